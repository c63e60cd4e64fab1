"""The plain command lines of ``tabiji trace``, read without argparse.

Importing and filling argparse takes as long as starting Python itself.  What
is not plain (other verbs, help, mistakes, abbreviations, ``--option=value``)
is left to it; where both understand a line they agree, which a test holds.
"""

from __future__ import annotations

from types import SimpleNamespace

VALUES = {
    "-n": ("net", None),
    "--net": ("net", None),
    "--lang": ("lang", ("en", "ja")),
    "--format": ("format", ("text", "json", "ra-json")),
    "--color": ("color", ("auto", "always", "never")),
    "--protocol": ("protocol", None),
    "--compare": ("compare", None),
}
"""Option -> attribute and, if limited, the values it takes."""
FLAGS = {
    "--explain": ("explain", True),
    "--forward-only": ("forward_only", True),
    "--all-blockers": ("all_blockers", True),
    "--first-blocker": ("all_blockers", False),
    "--udp": ("protocol", "udp"),
    "--icmp": ("protocol", "icmp"),
    "--batch": ("batch", True),
    "--evidence": ("evidence", True),
}
ONLY_AFTER_THE_VERB = frozenset(("--protocol", "--udp", "--icmp", "--batch", "--port", "--compare", "--evidence"))
EXCLUSIVE = frozenset(("protocol", "all_blockers"))
"""Attributes that may be given once only."""


def quick(argv: list[str]) -> SimpleNamespace | None:
    """The options of a plain ``trace`` or ``lab exec`` line; None for any line argparse had better look at."""
    if "lab" in argv:
        from .lab_exec import quick as quick_exec

        found_exec = quick_exec(argv)
        if found_exec is not None:
            return found_exec
    found: dict[str, object] = {
        "verb": "trace", "words": [], "net": None, "lang": None, "format": "text", "color": "auto", "explain": False,
        "forward_only": False, "all_blockers": True, "protocol": None, "port": None, "batch": False, "compare": None,
        "evidence": False, "job": None, "client": "cli-v2",
    }  # fmt: skip
    words: list[str] = []
    overlay: list[str] = []
    given: set[str] = set()
    verb = False
    rest = iter(argv)
    for word in rest:
        if not word.startswith("-"):
            if not verb and word != "trace":
                return None
            if verb:
                words.append(word)
            verb = True
            continue
        if word in ONLY_AFTER_THE_VERB and not verb:
            return None
        if word in FLAGS:
            name, flag = FLAGS[word]
            found[name] = flag
        else:
            value = next(rest, "-")
            if value.startswith("-"):
                return None
            if word == "--overlay":
                overlay.append(value)
                continue
            if word == "--port" and value.isascii() and value.isdigit() and 0 < int(value) < 65536:
                found["port"] = int(value)
                continue
            name, allowed = VALUES.get(word, ("", None))
            if not name or (allowed is not None and value not in allowed):
                return None
            found[name] = value
        if name in given and name in EXCLUSIVE:
            return None
        given.add(name)
    return SimpleNamespace(**{**found, "words": words, "overlay": overlay}) if verb else None
