"""What is wrong with an estate whatever is asked of it.

Each rule is a function in a file of this folder, from an estate to findings of
severity ``warning``; ``RULES`` lists them.  Their texts are in the catalogue
(topic ``lint``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...estate import Estate
from ..finding import Finding
from . import endpoint, firewall, overlap

Rule = Callable[[Estate], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    endpoint.admits_nobody,
    firewall.other_zone,
    overlap.peered,
    overlap.behind_one_gateway,
    overlap.container_bridge,
)


def lint(estate: Estate) -> tuple[Finding, ...]:
    """Everything the rules find, rule by rule."""
    return tuple(finding for rule in RULES for finding in rule(estate))


__all__ = ["RULES", "lint"]
