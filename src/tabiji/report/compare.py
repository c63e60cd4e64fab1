"""Where a journey and a result of Reachability Analyzer differ, and what the analyser does not look at.

Both are brought to one form, the analyser's: ids of path components and
explanation codes.  The two print different things besides (instances,
attachments, interfaces AWS runs), so only what both print is laid side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ..estate import Estate
from ..fabric.compiler import eni_place
from ..findings.finding import BLOCKER, FORWARD, NAME, PERMISSION, REPLY, TLS, UNKNOWN
from ..journey.model import BLOCKED, REACHABLE, UNDETERMINED, Journey
from ..observe.analysis import FINISHED, Analysis
from ..packet.address import is_v6
from ..packet.header import TCP, UDP
from .labels import Labels
from .ra_json import ra_document
from .terminal import Style, wrap

SIDE = ("i-", "subnet-", "vpc-", "tgw-attach-", "tgw-rtb-")
"""Components that one of the two may leave out of a path that is the same."""
SITES = frozenset(("site", "on_prem_host", "dx", "vpn", "client_vpn", "lattice", "core_network"))
"""Kinds of places the analyser does not go to (RA6)."""
UNSEEN = ("UNSUPPORTED_COMPONENT", "UNASSOCIATED_COMPONENT", "NO_PATH", "NO_SOURCE_OR_DESTINATION",
          "TGW_RTB_ROUTES_ARE_UNKNOWN", "UNKNOWN_DESTINATION", "UNKNOWN_PEERED_SGS", "UNKNOWN_RESOURCE")  # fmt: skip
"""Codes with which the analyser says that it could not look."""
SKIPPED = ("FIREWALL_UNSUPPORTED_", "PATH_THROUGH_GWLB_NOT_CHECKED", "ASSUMPTION_", "MISSING_TARGET_GROUP_ATTRIBUTES")
"""Details with which it says what it left out."""


class Fork(msgspec.Struct, frozen=True, gc=False):
    """The first component of a leg that differs; ``after`` is the last one both have, empty ids mean the end."""

    leg: str
    after: str
    ours: str
    analysis: str


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why the two may differ: a code of the catalogue and the facts behind it."""

    code: str
    facts: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()


class Comparison(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """``same`` is None when one of the two gave no verdict."""

    same: bool | None
    ours: str
    analysis: str
    legs: tuple[str, ...] = ()
    """Legs that could be laid side by side."""
    forks: tuple[Fork, ...] = ()
    both: tuple[str, ...] = ()
    only_ours: tuple[str, ...] = ()
    only_analysis: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


def compare(told: Journey, analysis: Analysis, estate: Estate, *, forward_only: bool = False) -> Comparison:
    """Lay them side by side.

    The same: one verdict, no path that parts from the other, and, if blocked,
    at least one explanation in common (RA3: the analyser names one blocking
    combination, a journey all of them).
    """
    document = ra_document(told, estate=estate, forward_only=forward_only)["NetworkInsightsAnalyses"][0]
    theirs = _verdict(analysis)
    codes = tuple(dict.fromkeys(row["ExplanationCode"] for row in document["Explanations"]))
    named = analysis.codes()
    both = tuple(code for code in codes if code in named)
    pairs = (
        (FORWARD, document.get("ForwardPathComponents", ()), analysis.forward_path_components),
        (REPLY, document.get("ReturnPathComponents", ()), analysis.return_path_components),
    )
    legs, forks = [], []
    for leg, mine, other in pairs:
        ids = [_key(row["Component"]["Id"], row["Component"].get("Arn", ""), estate) for row in mine]
        rows = sorted(other, key=lambda row: row.sequence_number)
        others = [_key(row.component.id, row.component.arn, estate) for row in rows]
        if ids and others:
            legs.append(leg)
            fork = _fork(leg, ids, others, whole=told.verdict == theirs == REACHABLE)
            if fork is not None:
                forks.append(fork)
    same: bool | None = None
    if UNDETERMINED not in (told.verdict, theirs):
        explained = bool(both) or not named or theirs == REACHABLE
        same = told.verdict == theirs and not forks and explained
    return Comparison(
        same=same,
        ours=told.verdict,
        analysis=theirs,
        legs=tuple(legs),
        forks=tuple(forks),
        both=both,
        only_ours=tuple(code for code in codes if code not in named),
        only_analysis=tuple(code for code in named if code not in codes),
        reasons=() if same else tuple(_reasons(told, analysis, theirs, estate)),
    )


def _verdict(analysis: Analysis) -> str:
    if analysis.status != FINISHED or analysis.network_path_found is None:
        return UNDETERMINED
    return REACHABLE if analysis.network_path_found else BLOCKED


def _key(component: str, arn: str, estate: Estate) -> str:
    """One name for a thing both show: the owner of an interface AWS runs, the ARN of a load balancer."""
    if component in estate.network_interfaces:
        place = eni_place(estate, component)
        if estate.network_interfaces[component].interface_type == "transit_gateway":
            return ""
        return place.id
    if ":elasticloadbalancing:" in arn or ":network-firewall:" in arn:
        return arn
    return component


def _fork(leg: str, ours: Sequence[str], theirs: Sequence[str], whole: bool) -> Fork | None:
    """Where two ways part; a way that ends early (refused) is no other way, if ``whole`` is false."""
    mine, other = _shared(ours, theirs), _shared(theirs, ours)
    length = max(len(mine), len(other)) if whole else min(len(mine), len(other))
    for index in range(length):
        left = mine[index] if index < len(mine) else ""
        right = other[index] if index < len(other) else ""
        if left != right:
            return Fork(leg, mine[index - 1] if index else "", left, right)
    return None


def _shared(ids: Iterable[str], other: Sequence[str]) -> list[str]:
    """Ids without the kinds the other side leaves out altogether, and without repeats in a row."""
    out: list[str] = []
    for one in ids:
        side = next((head for head in SIDE if one.startswith(head)), None)
        if not one or (side is not None and not any(o.startswith(side) for o in other)):
            continue
        if "-" not in one and ":" not in one:  # a site or host: no component of AWS
            continue
        if not out or out[-1] != one:
            out.append(one)
    return out


# Why ----------------------------------------------------------------------------


def _reasons(told: Journey, analysis: Analysis, theirs: str, estate: Estate) -> Iterable[Reason]:
    """What the analyser does not look at, or looks at differently, that this journey meets."""
    found = list(_limits(told, analysis, estate))
    if told.verdict == BLOCKED == theirs:
        found.append(Reason("compare.why.one_combination", ("RA3",)))
    if len(told.paths) > 1:
        found.append(Reason("compare.why.one_path", ("RA3",), (("paths", str(len(told.paths))),)))
    if analysis.status != FINISHED:
        found.append(Reason("compare.why.unfinished", (), (("status", analysis.status),)))
    return found or [Reason("compare.why.changed", (), (("date", analysis.start_date or "?"),))]


def _limits(told: Journey, analysis: Analysis, estate: Estate) -> Iterable[Reason]:
    decisive = [f for f in told.findings if f.severity in (BLOCKER, UNKNOWN)]
    codes = analysis.codes()
    hops = [hop for path in told.paths for hop in path.hops]
    kinds = {hop.place.kind for hop in hops}
    if any(f.leg == NAME for f in decisive):
        yield Reason("compare.why.name", ("RA6",))
    if any(f.leg in (TLS, PERMISSION) for f in decisive):
        yield Reason("compare.why.beyond", ("RA6",))
    if told.request.protocol not in (TCP, UDP):
        yield Reason("compare.why.protocol", ("RA4",))
    if told.paths and all(is_v6(path.destination) for path in told.paths):
        yield Reason("compare.why.ipv6", ("RA4",))
    if any(f.leg == REPLY for f in decisive) and not analysis.return_path_components:
        yield Reason("compare.why.one_way", ("RA4", "W11"))
    if kinds & SITES:
        yield Reason("compare.why.sites", ("RA6",))
    if any(f.code.startswith(("firewall.", "unknown.firewall")) for f in decisive):
        yield Reason("compare.why.firewall", ("RA5",))
    if kinds & {"gwlb_endpoint"}:
        yield Reason("compare.why.appliances", ("RA5",))
    if any(f.code in ("lb.no_healthy_target", "note.lb_fail_open") for f in told.findings):
        yield Reason("compare.why.health", ("RA5",))
    regions = {estate.region_of(hop.place.vpc) for hop in hops if hop.place.vpc} - {""}
    if len(regions) > 1:
        yield Reason("compare.why.regions", ("RA6",), (("regions", ", ".join(sorted(regions))),))
    if "NGW_REQUIRES_SOURCE_IN_VPC" in codes:
        yield Reason("compare.why.nat_source", ("NG9",))
    if "IGW_NAT_REFLECTION" in codes:
        yield Reason("compare.why.reflection", ("IG7",))
    filters = [code for code in codes if code.startswith(("FILTER_", "COMPONENT_FILTER_"))]
    if filters:
        yield Reason("compare.why.filters", ("RA2",), (("codes", ", ".join(filters)),))
    unseen = [code for code in codes if code in UNSEEN]
    if unseen:
        yield Reason("compare.why.not_seen", ("RA1",), (("codes", ", ".join(unseen)),))
    skipped = [detail for detail in analysis.details() if detail.startswith(SKIPPED)]
    if skipped:
        yield Reason("compare.why.skipped", ("RA5",), (("details", ", ".join(skipped)),))
    if told.verdict == UNDETERMINED:
        found = [f.code for f in decisive if f.severity == UNKNOWN]
        yield Reason("compare.why.we_do_not_know", (), (("codes", ", ".join(dict.fromkeys(found))),))


# Shown --------------------------------------------------------------------------


def comparison_document(found: Comparison, labels: Labels) -> dict[str, Any]:
    """The comparison as plain data (docs/ra-json.md)."""
    return {
        "version": 1,
        "kind": "comparison",
        "lang": labels.lang,
        "same": found.same,
        "verdicts": {"tabiji": found.ours, "analysis": found.analysis},
        "legs": list(found.legs),
        "differences": [
            {"leg": f.leg, "after": f.after, "tabiji": f.ours, "analysis": f.analysis} for f in found.forks
        ],
        "codes": {"both": list(found.both), "tabiji": list(found.only_ours), "analysis": list(found.only_analysis)},
        "reasons": [
            {"code": r.code, "text": labels.text(r.code, r.params), "facts": list(r.facts)} for r in found.reasons
        ],
    }


def render_comparison(found: Comparison, labels: Labels, style: Style) -> str:
    """The comparison for a person, ending in a newline."""
    say = labels.text
    head = "compare.same" if found.same else "compare.different" if found.same is False else "compare.open"
    words = {"ours": say(f"compare.verdict.{found.ours}"), "analysis": say(f"compare.verdict.{found.analysis}")}
    lines = [style(say(head), "bold"), "  " + say("compare.verdicts", words)]

    def item(text: str, lead: str = "  ") -> None:
        for number, line in enumerate(wrap(text, style.width - len(lead))):
            lines.append((" " * len(lead) if number else lead) + line)

    for leg in found.legs:
        fork = next((f for f in found.forks if f.leg == leg), None)
        if fork is None:
            item(say(f"compare.leg.{leg}.same"))
        else:
            end = say("compare.end")
            params = {"after": fork.after or "-", "ours": fork.ours or end, "analysis": fork.analysis or end}
            item(say(f"compare.leg.{leg}.fork", params))
    for code, row in (
        ("compare.codes.both", found.both),
        ("compare.codes.ours", found.only_ours),
        ("compare.codes.analysis", found.only_analysis),
    ):
        if row:
            item(say(code, codes=", ".join(row)))
    if found.reasons:
        lines += ["", style(say("compare.why"), "bold")]
        for reason in found.reasons:
            facts = f" [{', '.join(reason.facts)}]" if reason.facts else ""
            item(say(reason.code, reason.params) + facts, "  - ")
    return "\n".join(lines) + "\n"
