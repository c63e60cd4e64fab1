"""The file that is sent: random, so that nothing on the way can compress it; and its checksum."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from .errors import PathsError

LARGEST = 5 << 30
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_PIECE = 1 << 20


class Payload(NamedTuple):
    """A file to send; ``size`` in bytes."""

    path: Path
    size: int
    digest: bytes


def size_of(text: str) -> int:
    """Bytes of ``20M``, ``512K``, ``1G`` (powers of 1024) or a plain number.  Raises PathsError."""
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].isalpha() else (text, "")
    if not number.isascii() or not number.isdigit() or unit not in _UNITS or len(number) > 12:
        raise PathsError(f"--size {text}: wants a number of bytes such as 20M, 512K or 1G")
    size = int(number) * _UNITS[unit]
    if not 0 < size <= LARGEST:
        raise PathsError(f"--size {text}: from 1 byte to 5G")
    return size


def create(path: Path, size: int) -> Payload:
    """Write a random file.  Raises PathsError where there is no room."""
    digest, left = hashlib.sha256(), size
    try:
        with path.open("wb") as file:
            while left:
                piece = os.urandom(min(left, _PIECE))
                digest.update(piece)
                file.write(piece)
                left -= len(piece)
    except OSError as error:
        raise PathsError(f"{path}: {error.strerror}") from None
    return Payload(path, size, digest.digest())


def digest_of(path: Path) -> bytes:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
