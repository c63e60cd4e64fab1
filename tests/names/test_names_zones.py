"""The view against an oracle: private zones read by dnspython, looked up by RFC 1034 and 4592 to the letter."""

from __future__ import annotations

import dns.name
import dns.rdatatype
import dns.zone
from hypothesis import example, given, settings
from hypothesis import strategies as st
from names_estate import World

from tabiji import names

ORIGINS = ("t.invalid", "a.t.invalid", "b.a.t.invalid", "c.invalid")
LABEL = st.sampled_from(["a", "b", "c"])
TYPES = ("A", "AAAA", "TXT", "CNAME")

relative = st.lists(LABEL, max_size=3).map(".".join)
owner = st.builds(lambda star, rest: ("*." + rest).strip(".") if star else rest or "@", st.booleans(), relative)
target = st.builds(
    lambda rest, origin: f"{rest}.{origin}.".lstrip("."), relative, st.sampled_from((*ORIGINS, "x.test"))
)


@st.composite
def zone_records(draw: st.DrawFn) -> dict[str, object]:
    """``{"a.b A": ...}``: a name has either a CNAME or other records, as Route 53 demands."""
    records: dict[str, object] = {}
    for at in draw(st.lists(owner, max_size=6, unique=True)):
        if at != "@" and draw(st.integers(0, 3)) == 0:
            records[f"{at} CNAME"] = draw(target)
            continue
        for rtype in draw(st.sets(st.sampled_from(["A", "AAAA", "TXT"]), max_size=2)):
            number = draw(st.integers(1, 250))
            records[f"{at} {rtype}"] = {"A": f"10.0.0.{number}", "AAAA": f"fd00::{number:x}", "TXT": f'"{number}"'}[
                rtype
            ]
    return records


zones_strategy = st.dictionaries(st.sampled_from(ORIGINS), zone_records(), min_size=1, max_size=4)
question = st.tuples(
    st.builds(lambda rest, origin: f"{rest}.{origin}".lstrip("."), relative, st.sampled_from(ORIGINS)),
    st.sampled_from(TYPES),
)


class Oracle:
    """Longest zone; exact node, else the closest encloser's wildcard; CNAMEs start over."""

    def __init__(self, zones: dict[str, dict[str, object]]) -> None:
        self.zones = {}
        for origin, records in zones.items():
            text = "@ 900 IN SOA ns. host. 1 7200 900 1209600 86400\n@ 172800 IN NS ns.\n"
            for key, value in records.items():
                at, rtype = key.split()
                text += f"{at} 300 IN {rtype} {value}\n"
            name = dns.name.from_text(origin)
            self.zones[name] = dns.zone.from_text(text, origin=name, relativize=False)

    def ask(self, name: dns.name.Name, rtype: str) -> tuple[str, list[tuple[str, str, str]]]:
        records: list[tuple[str, str, str]] = []
        seen: set[dns.name.Name] = set()
        while name not in seen:
            seen.add(name)
            origin = max((o for o in self.zones if name.is_subdomain(o)), key=len, default=None)
            if origin is None:
                return "NXDOMAIN", records
            node = self.node(self.zones[origin], origin, name)
            if node is None:
                return "NXDOMAIN", records
            kind = dns.rdatatype.from_text(rtype)
            found = [s for s in node if s.rdtype == kind] or [s for s in node if s.rdtype == dns.rdatatype.CNAME]
            if not found:
                return "NOERROR", records
            (rdataset,) = found
            shown = dns.rdatatype.to_text(rdataset.rdtype)
            records += [(name.to_text(), shown, r.to_text()) for r in rdataset]
            if shown != "CNAME" or rtype == "CNAME":
                return "NOERROR", records
            name = rdataset[0].target
        return "SERVFAIL", records

    @staticmethod
    def node(zone: dns.zone.Zone, origin: dns.name.Name, name: dns.name.Name) -> list[object] | None:
        existing = {origin}
        for present in zone.nodes:
            while present != origin:
                existing.add(present)
                present = present.parent()
        if name in existing:
            return list(zone.nodes.get(name) or [])
        while name not in existing:
            name = name.parent()
        wildcard = zone.nodes.get(dns.name.from_text("*", origin=name))
        return list(wildcard) if wildcard is not None else None


@settings(max_examples=100, deadline=None)
@given(zones=zones_strategy, questions=st.lists(question, min_size=1, max_size=12))
@example(zones={"t.invalid": {"*.a A": "10.0.0.1", "b.a TXT": '"1"'}}, questions=[("c.b.a.t.invalid", "A")])
@example(zones={"t.invalid": {"c.b.a A": "10.0.0.1"}}, questions=[("b.a.t.invalid", "A"), ("a.b.a.t.invalid", "A")])
@example(
    zones={"t.invalid": {"a CNAME": "a.c.invalid."}, "c.invalid": {"a CNAME": "a.t.invalid."}},
    questions=[("a.t.invalid", "A"), ("a.t.invalid", "CNAME")],
)
def test_view_agrees_with_dnspython(zones: dict[str, dict[str, object]], questions: list[tuple[str, str]]) -> None:
    """N2.6a, N2.6b: longest zone, wildcards, CNAMEs, NODATA, NXDOMAIN, empty non-terminals."""
    world = World().vpc("vpc-x", "10.0.0.0/16")
    for origin, records in zones.items():
        world.zone(origin, records, "vpc-x")
    estate, oracle = world.estate(), Oracle(zones)
    for name, rtype in questions:
        answer = names.view(estate, "vpc-x", name, rtype)
        rcode, records = oracle.ask(dns.name.from_text(name), rtype)
        assert answer.rcode == rcode, (name, rtype, answer)
        if rcode != "SERVFAIL":
            assert [(r.name, r.type, r.rdata) for r in answer.answer] == records
            assert not answer.unknown
            held = any(name == o or name.endswith("." + o) for o in zones)
            if held and not records:
                assert [r.type for r in answer.authority] == ["SOA"]
