"""pcapng files: packets with the names of the interfaces they were seen at.

Only the blocks needed: a section header, an interface description when an
interface is first seen, an enhanced packet each.  Times are nanoseconds.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

ETHERNET = 1
"""Link type."""
INBOUND, OUTBOUND = 1, 2
"""Directions of a packet, as its flags say them."""
_END, _COMMENT = 0, 1
_NAME, _DESCRIPTION, _RESOLUTION = 2, 3, 9
_FLAGS = 2
_APPLICATION = 4
_NANOSECONDS = b"\x09"


class Writer:
    """Writes one section; little endian, every block whole in one write."""

    def __init__(self, out: BinaryIO, application: str = "tabiji lab") -> None:
        self._out = out
        self._interfaces: dict[object, int] = {}
        options = _option(_APPLICATION, application.encode()) + _option(_END)
        self._block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + options)

    def interface(self, key: object, name: str, description: str, link: int = ETHERNET) -> int:
        """The number of an interface; it is described when first asked for."""
        number = self._interfaces.get(key)
        if number is None:
            number = self._interfaces[key] = len(self._interfaces)
            options = _option(_NAME, name.encode()) + _option(_DESCRIPTION, description.encode())
            options += _option(_RESOLUTION, _NANOSECONDS) + _option(_END)
            self._block(1, struct.pack("<HHI", link, 0, 0) + options)
        return number

    def packet(
        self, interface: int, when: int, data: bytes, length: int = 0, direction: int = 0, comment: str = ""
    ) -> None:
        """One packet: ``when`` in nanoseconds since the epoch, ``length`` as it was on the wire."""
        options = _option(_COMMENT, comment.encode()) if comment else b""
        if direction:
            options += _option(_FLAGS, struct.pack("<I", direction))
        if options:
            options += _option(_END)
        head = struct.pack("<IIIII", interface, when >> 32, when & 0xFFFFFFFF, len(data), length or len(data))
        self._block(6, head + _padded(data) + options)

    def _block(self, kind: int, body: bytes) -> None:
        size = struct.pack("<I", len(body) + 12)
        self._out.write(struct.pack("<I", kind) + size + body + size)


def _option(code: int, value: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
