"""What was collected, so that "no route" and "routes were not collected" stay apart."""

from __future__ import annotations

import msgspec

COLLECTED, ABSENT, DENIED = "collected", "absent", "denied"


class Scope(msgspec.Struct, frozen=True, gc=False, order=True):
    """One account in one Region; empty strings where a snapshot does not say."""

    account: str = ""
    region: str = ""

    def __str__(self) -> str:
        return f"{self.account or '-'}/{self.region or '-'}"


class Coverage(msgspec.Struct, frozen=True):
    """Per (scope, kind): collected, absent (nobody asked) or denied (asked and refused).

    ``complete`` is a hand-written estate: what is not written does not exist.
    """

    complete: bool = True
    states: dict[tuple[Scope, str], str] = {}
    not_modelled: dict[str, int] = {}
    """Top-level keys of kinds tabiji does not know: key -> number of entries."""

    def state(self, kind: str, scope: Scope | None = None) -> str:
        """State of a kind in one scope, or in any scope."""
        if self.complete:
            return COLLECTED
        if scope is not None:
            exact = self.states.get((scope, kind))
            if exact is not None:
                return exact
            loose = [state for (s, k), state in self.states.items() if k == kind and s.region in ("", scope.region)]
            return COLLECTED if COLLECTED in loose else (loose[0] if loose else ABSENT)
        found = {state for (_, k), state in self.states.items() if k == kind}
        return COLLECTED if COLLECTED in found else DENIED if DENIED in found else ABSENT

    def has(self, kind: str, scope: Scope | None = None) -> bool:
        """Was the kind collected?"""
        return self.state(kind, scope) == COLLECTED


class Problem(msgspec.Struct, frozen=True, gc=False):
    """Something odd in the input that did not stop the load.

    ``code`` is stable; ``where`` is a file and place.
    """

    code: str
    subject: str
    detail: str = ""
    where: str = ""
