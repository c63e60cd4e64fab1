"""How a name was resolved; the texts stand beside the code that tells the steps."""

from __future__ import annotations

from ...names.texts import TEXTS

__all__ = ["TEXTS"]
