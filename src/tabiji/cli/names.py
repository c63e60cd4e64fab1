"""``tabiji _names``: what a place may be called in an estate, one name a line; for shell completion."""

from __future__ import annotations

from typing import Any

from . import YES
from .settings import estate_of

MOST = 2000
"""More names than this help nobody."""


def run(options: Any) -> int:
    """Print hosts, sites and instances; nothing at all when there is no estate to read."""
    from ..sources.errors import SourceError
    from . import UsageError

    try:
        estate = estate_of(options)
    except (UsageError, SourceError):
        return YES
    names = [*estate.hosts, *estate.sites, "internet"]
    for instance_id in estate.instances:
        if len(names) > MOST:
            break
        names.extend(name for name in (estate.name(instance_id), instance_id) if name)
    print("\n".join(dict.fromkeys(names)))
    return YES
