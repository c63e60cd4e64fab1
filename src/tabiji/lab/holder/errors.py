"""What can go wrong between a person and a lab."""

from __future__ import annotations


class LabError(Exception):
    """Something a person is told: ``code`` is a text of the catalogue, ``params`` what it speaks of."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        from ...findings.catalogue import text

        return text(self.code, self.params)
