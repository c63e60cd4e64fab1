"""Which proxy a request goes through, by the host's variables (RQ37)."""

from __future__ import annotations

from collections.abc import Mapping


def proxy_for(environment: Mapping[str, str], scheme: str, host: str, port: int, usual: bool) -> str:
    """``host:port`` of the proxy, user and password left out; empty when the request goes direct.

    ``usual``: the URL names no port.  Lower-case variables win; only
    ``<scheme>_proxy`` counts, so that instance metadata goes by HTTP_PROXY.
    """
    found = _variable(environment, f"{'https' if scheme == 'wss' else scheme}_proxy")
    if not found or _bypassed(_variable(environment, "no_proxy"), host, port, usual):
        return ""
    kind, mark, rest = found.partition("://")
    if not mark:
        kind, rest = "http", found.removeprefix("//")
    authority = rest.partition("/")[0].rpartition("@")[2]
    tail = authority.rpartition("]")[2]
    return authority if ":" in tail else f"{authority}:{443 if kind == 'https' else 80}"


def _variable(environment: Mapping[str, str], name: str) -> str:
    if name in environment:
        return environment[name]
    for key, value in environment.items():
        if key.lower() == name:
            return value
    return ""


def _bypassed(no_proxy: str, host: str, port: int, usual: bool) -> bool:
    """Suffixes of names count, with or without a leading dot; CIDRs are not understood (RQ37)."""
    if no_proxy.strip() == "*":
        return True
    bare = f"[{host}]" if ":" in host else host.lower()
    forms = [bare] if usual else [bare, f"{bare}:{port}"]
    for entry in no_proxy.split(","):
        name = entry.strip().lstrip(".").lower()
        if name and any(form == name or form.endswith(f".{name}") for form in forms):
            return True
    return False
