"""What is said over a lab's control socket, and how it is framed.

A frame is a header (magic, version, whether the body is in a file descriptor,
length) and a JSON body with a ``type``.  A long body travels as a memory file,
so that writing a frame never blocks the holder.  File descriptors ride along
(SCM_RIGHTS).  Whoever breaks the rules is cut off.
"""

from __future__ import annotations

import array
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any

import msgspec

VERSION = 1
"""Of the protocol; a holder answers no other."""
HEADER = struct.Struct("!4sBBHI")
MAGIC = b"tbji"
SHORT = 32 << 10
"""Bytes a body may have inside the frame."""
LONG = 64 << 20
"""Bytes a body may have at all."""
MOST_FDS = 8
"""File descriptors that may wait for their message."""


class ProtocolError(Exception):
    """The other side says something that is no message."""


class OtherVersion(ProtocolError):
    """The other side speaks another version of the protocol."""

    def __init__(self, version: int) -> None:
        super().__init__(f"protocol version {version}, not {VERSION}")
        self.version = version


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """Base of all messages."""


class Status(Message, frozen=True, kw_only=True):
    """What is up?  Answered by Told."""


class Told(Message, frozen=True, kw_only=True):
    """An answer: a JSON object whose shape the question decides; file descriptors may ride along."""

    body: dict[str, Any] = {}


class Failed(Message, frozen=True, kw_only=True):
    """It did not work: a code of the catalogue and its parameters."""

    code: str
    params: dict[str, str] = {}


class Run(Message, frozen=True, kw_only=True):
    """Run a program in a host; standard input, output and error ride along.

    Answered by Told when it was started; Ended follows.  ``terminal``: they
    are a terminal it shall control.
    """

    host: str
    argv: tuple[str, ...]
    environment: dict[str, str] = {}
    given: tuple[str, ...] = ()
    """Variables that win over the host's own."""
    folder: str = "/"
    terminal: bool = False
    home: str = ""
    """Home directory whose AWS settings are to be hidden."""


class Signal(Message, frozen=True, kw_only=True):
    """Pass a signal to the program of this connection."""

    number: int


class Ended(Message, frozen=True, kw_only=True):
    """The program of this connection ended with this code (128 + n: by signal n)."""

    code: int


class Apply(Message, frozen=True, kw_only=True):
    """Change the lab to this plan.  ``plan`` is JSON of its own, for the compiler's types to decode."""

    plan: msgspec.Raw
    facts: msgspec.Raw
    net: str = ""
    overlay: tuple[str, ...] = ()


class Watch(Message, frozen=True, kw_only=True):
    """Hand over a socket that sees packets (``frames``) or hops (``hops``) of the fabric."""

    what: str


class Plan(Message, frozen=True, kw_only=True):
    """The plan that is up."""


class Shape(Message, frozen=True, kw_only=True):
    """Make the links of a host, or of what a resource id owns, so fast (Mbit/s), so far (seconds), so lossy (0 to 1).

    Zero everywhere: as they were.
    """

    who: str
    mbit: float = 0.0
    delay: float = 0.0
    loss: float = 0.0


class Down(Message, frozen=True, kw_only=True):
    """Take the lab down; the connection's end is the answer."""


AnyMessage = Status | Told | Failed | Run | Signal | Ended | Apply | Watch | Plan | Shape | Down
_decoder = msgspec.json.Decoder(AnyMessage)
_encoder = msgspec.json.Encoder()


class Channel:
    """One end of a connection; cares for framing, limits and file descriptors."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.ended = False
        """The other side has closed."""
        self._buffer = bytearray()
        self._fds: list[int] = []

    def fileno(self) -> int:
        """Of the socket, for selectors."""
        return self.sock.fileno()

    def close(self) -> None:
        """Close the socket and what was received and not taken."""
        self.sock.close()
        while self._fds:
            os.close(self._fds.pop())

    def send(self, message: Message, fds: Sequence[int] = ()) -> None:
        """Write one message.  Raises OSError; BlockingIOError means that the other side does not read."""
        body = _encoder.encode(message)
        if len(body) > LONG:
            raise ProtocolError(f"a message of {len(body)} bytes")
        if len(body) <= SHORT:
            self._write(HEADER.pack(MAGIC, VERSION, 0, 0, len(body)) + body, fds)
            return
        memory = os.memfd_create("tabiji-lab", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(memory), "wb") as file:
                file.write(body)
            self._write(HEADER.pack(MAGIC, VERSION, 1, 0, len(body)), (memory, *fds))
        finally:
            os.close(memory)

    def _write(self, frame: bytes, fds: Sequence[int]) -> None:
        sent = socket.send_fds(self.sock, [frame], list(fds)) if fds else self.sock.send(frame)
        if sent < len(frame):
            self.sock.sendall(frame[sent:])

    def read(self) -> bool:
        """Take what has arrived; False when nothing had.  Raises ProtocolError, OSError."""
        try:
            data, ancillary, flags, _ = self.sock.recvmsg(
                SHORT, socket.CMSG_SPACE(MOST_FDS * 4), socket.MSG_CMSG_CLOEXEC
            )
        except (BlockingIOError, InterruptedError):
            return False
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers = array.array("i")
                numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
                self._fds.extend(numbers)
        if flags & socket.MSG_CTRUNC or len(self._fds) > MOST_FDS:
            raise ProtocolError("too many file descriptors")
        if not data:
            self.ended = True
            return False
        self._buffer += data
        return True

    def take(self) -> tuple[AnyMessage, list[int]] | None:
        """The next whole message with its file descriptors, or None.  Raises ProtocolError."""
        if len(self._buffer) < HEADER.size:
            return None
        magic, version, apart, _, length = HEADER.unpack_from(self._buffer)
        if magic != MAGIC:
            raise ProtocolError("no message")
        if version != VERSION:
            raise OtherVersion(version)
        if length > (LONG if apart else SHORT):
            raise ProtocolError(f"a message of {length} bytes")
        if apart:
            del self._buffer[: HEADER.size]
            body = self._memory(length)
        else:
            if len(self._buffer) < HEADER.size + length:
                return None
            body = bytes(self._buffer[HEADER.size : HEADER.size + length])
            del self._buffer[: HEADER.size + length]
        fds, self._fds = self._fds, []
        try:
            return _decoder.decode(body), fds
        except msgspec.MsgspecError as error:
            for fd in fds:
                os.close(fd)
            raise ProtocolError(str(error)) from None

    def _memory(self, length: int) -> bytes:
        if not self._fds:
            raise ProtocolError("a message without its body")
        memory = self._fds.pop(0)
        try:
            if os.fstat(memory).st_size != length:
                raise ProtocolError("a body of another length than told")
            body = os.pread(memory, length, 0)
        except OSError as error:
            raise ProtocolError(str(error)) from None
        finally:
            os.close(memory)
        if len(body) != length:
            raise ProtocolError("a body cut short")
        return body

    def receive(self) -> tuple[AnyMessage, list[int]] | None:
        """Wait for the next message; None when the other side has closed.  For blocking sockets."""
        while True:
            found = self.take()
            if found is not None:
                return found
            if not self.read() and self.ended:
                return None
