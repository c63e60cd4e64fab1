"""Floor 2: everything an estate can be read from.

``load`` takes a folder of describe-* JSON, one such file, or a hand-written
YAML file; ``overlays`` are YAML files laid over it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ..estate import Change, Estate
from .errors import SourceError

__all__ = ["SourceError", "apply_overlay", "changes_of_overlay", "load"]

Path = str | os.PathLike[str]


def load(path: Path, overlays: Sequence[Path] = ()) -> Estate:
    """The estate at ``path`` with the overlays applied in order.  Raises SourceError."""
    text = os.fspath(path)
    if text.endswith((".yaml", ".yml")) and not os.path.isdir(text):
        from .document import load_yaml

        estate = load_yaml(text)
    else:
        from .describe import load_describe

        estate = load_describe(text)
    for overlay in overlays:
        estate = apply_overlay(estate, overlay)
    return estate


def apply_overlay(estate: Estate, overlay: Path | dict[str, Any]) -> Estate:
    """The estate changed as an overlay (a YAML file or its content) says.  Raises SourceError."""
    from .document import overlay_changes, read_overlay

    if isinstance(overlay, dict):
        return overlay_changes(estate, overlay).apply()
    file = os.fspath(overlay)
    data, text = read_overlay(file)
    return overlay_changes(estate, data, file, text).apply()


def changes_of_overlay(estate: Estate, data: Any, file: str = "") -> tuple[Change, ...]:
    """What an overlay's content changes in the estate.  Raises SourceError."""
    from .document import overlay_changes

    return overlay_changes(estate, data, file).changes
