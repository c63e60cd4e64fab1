"""Reading files without surprises: regular files only, one-line errors, places in lines and columns."""

from __future__ import annotations

import os
import stat

from .errors import SourceError


def read_bytes(path: str) -> bytes:
    """All bytes of a regular file, without a UTF-8 byte order mark.

    FIFOs, sockets and devices are never opened: opening one can block or act.
    Raises SourceError.
    """
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise SourceError(path, "", "is a folder, not a file")
        if not stat.S_ISREG(found.st_mode):
            raise SourceError(path, "", "is not a regular file (FIFO, socket or device)")
        # O_NONBLOCK: the name may have become a FIFO since the look above.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as file:
            data = file.readall()
    except OSError as error:
        raise SourceError(path, "", (error.strerror or "cannot be read").lower()) from None
    except ValueError:  # a NUL in the name
        raise SourceError(path.replace("\0", "\\0"), "", "is not a file name") from None
    except MemoryError:
        raise SourceError(path, "", "is too large for this machine's memory") from None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError(path, "1", "is UTF-16; save it as UTF-8")
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    check_utf8(path, data)
    return data


def check_utf8(path: str, data: bytes) -> None:
    """Refuse text that is not UTF-8, naming the place; piecewise, so that no second copy of the file is made."""
    if data.isascii():
        return
    start, size, step = 0, len(data), 1 << 20
    while start < size:
        end = min(start + step, size)
        while end < size and end > start and data[end] & 0xC0 == 0x80:  # not amid a character
            end -= 1
        try:
            data[start:end].decode("utf-8")
        except UnicodeDecodeError as error:
            at = start + error.start
            raise SourceError(path, place_of(data, at), f"is not UTF-8 (byte 0x{data[at]:02x})") from None
        start = end if end > start else size


def place_of(data: bytes, offset: int) -> str:
    """``line:column`` of a byte, both from 1."""
    offset = max(0, min(offset, len(data)))
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    return f"{line}:{column}"
