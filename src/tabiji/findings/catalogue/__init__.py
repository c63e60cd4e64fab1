"""Texts for people: every code's sentence in English and Japanese, side by side.

One file a topic, each a dict ``TEXTS``: code -> (English, Japanese), with
``{param}`` placeholders.  To add a code, add one line to its topic's file; a
new topic (the part of the code before the first dot) is one line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LANGUAGES = ("en", "ja")

TOPICS = {
    "address": "address",
    "appliance": "gateway",
    "aws": "aws",
    "bench_paths": "bench_paths",
    "bpa": "gateway",
    "bundle": "aws",
    "check": "checks",
    "choice": "choices",
    "cli": "interface",
    "client_vpn": "client_vpn",
    "cloud_wan": "cloud_wan",
    "command": "command",
    "compare": "compare",
    "demo": "demo",
    "direction": "checks",
    "dns": "name",
    "dx": "site",
    "eigw": "gateway",
    "endpoint": "endpoint",
    "eni": "network_interface",
    "firewall": "firewall",
    "fix": "fixes",
    "har": "har",
    "hop": "hops",
    "host": "network_interface",
    "igw": "gateway",
    "internet": "address",
    "known_service": "known_service",
    "lab": "lab",
    "lattice": "cloud_wan",
    "lb": "load_balancer",
    "lint": "lint",
    "logs": "logs",
    "nacl": "network_acl",
    "name": "name",
    "names": "names",
    "names_table": "names_table",
    "nat": "nat_gateway",
    "note": "notes",
    "path": "reply",
    "peering": "peering",
    "estate": "problems",
    "evidence": "evidence",
    "feature": "lab_features",
    "permission": "permission",
    "probe": "strace",
    "seen": "seen",
    "story": "story",
    "strace": "strace",
    "tls": "tls",
    "reply": "reply",
    "report": "report",
    "route": "route",
    "sg": "security_group",
    "site": "site",
    "space": "unknowns",
    "tgw": "transit_gateway",
    "unknown": "unknowns",
    "verdict": "verdicts",
    "vgw": "site",
    "vpn": "site",
}
"""First part of a code -> file of this folder that holds its texts; loaded when first needed."""

_loaded: dict[str, Mapping[str, tuple[str, str]]] = {}


class _Params(dict[str, str]):
    """Parameters of a text; what is missing shows as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


def entry(code: str) -> tuple[str, str] | None:
    """Both texts of a code, or None for a code the catalogue does not hold."""
    topic = TOPICS.get(code.partition(".")[0])
    if topic is None:
        return None
    texts = _loaded.get(topic)
    if texts is None:
        from importlib import import_module

        texts = _loaded[topic] = import_module(f".{topic}", __name__).TEXTS
    return texts.get(code)


def text(code: str, params: Mapping[str, str] | Iterable[tuple[str, str]] = (), lang: str = "en") -> str:
    """The sentence for a code.  Never fails: an unknown code is shown with its parameters."""
    values = _Params(params)
    found = entry(code)
    if found is None:
        told = ", ".join(f"{key}={value}" for key, value in values.items())
        return f"{code} ({told})" if told else code
    return found[lang == "ja"].format_map(values)


def all_texts() -> dict[str, tuple[str, str]]:
    """Every text of every topic, for tests and documentation."""
    from importlib import import_module

    out: dict[str, tuple[str, str]] = {}
    for topic in sorted(set(TOPICS.values())):
        out.update(import_module(f".{topic}", __name__).TEXTS)
    return out
