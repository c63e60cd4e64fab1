"""The one error every source raises for bad input."""

from __future__ import annotations


class SourceError(Exception):
    """Input that cannot be an estate; its text is one line, ``file:place: reason``.

    ``place`` is a line (``12``, ``12:7``) or a path inside the document
    (``Vpcs[3].CidrBlock``); it is empty when the file as a whole is meant.
    """

    def __init__(self, file: str, place: str, reason: str) -> None:
        self.file = file
        self.place = place
        self.reason = " ".join(reason.split())
        super().__init__(": ".join(part for part in (f"{file}:{place}" if place else file, self.reason) if part))
