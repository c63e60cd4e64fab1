"""Where settings come from: options, environment, ``tabiji.toml``, locale."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from . import UsageError

if TYPE_CHECKING:
    from ..estate import Estate

FILE = "tabiji.toml"


def estate_of(options: Any) -> Estate:
    """The estate the command is about.  Raises UsageError when none is named, SourceError when it is bad."""
    from .. import load

    return load(net_of(options), options.overlay)


def net_of(options: Any) -> str:
    """Path of the estate: ``-n``, else TABIJI_NET, else ``net`` in tabiji.toml."""
    found = options.net or os.environ.get("TABIJI_NET") or setting("net")
    if not found:
        raise UsageError(
            "which estate? give -n ESTATE, set TABIJI_NET, or write net = ... under [tabiji] in tabiji.toml"
        )
    return str(found)


def lang_of(options: Any) -> str:
    """Language of texts: ``--lang``, else ``lang`` in tabiji.toml, else the locale's."""
    if options.lang:
        return str(options.lang)
    found = setting("lang")
    if found:
        if found not in ("en", "ja"):
            raise UsageError(f"{FILE}: lang must be en or ja, not {found!r}")
        return found
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "ja" if locale.startswith("ja") else "en"


def setting(name: str) -> str:
    """A value of the nearest ``tabiji.toml``, from here upward; a relative ``net`` counts from that file."""
    folder = os.getcwd()
    while True:
        path = os.path.join(folder, FILE)
        if os.path.isfile(path):
            value = _read(path).get(name, "")
            if not isinstance(value, str):
                raise UsageError(f"{path}: {name} must be text")
            return os.path.join(folder, value) if value and name == "net" else value
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above


def _read(path: str) -> dict[str, Any]:
    import tomllib

    from ..sources.errors import SourceError

    try:
        with open(path, "rb") as file:
            table = tomllib.load(file).get("tabiji", {})
    except (OSError, ValueError) as error:
        raise SourceError(path, "", str(error)) from None
    if not isinstance(table, dict):
        raise SourceError(path, "tabiji", "must be a table")
    return table
