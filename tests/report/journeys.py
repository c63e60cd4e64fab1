"""Hand-built journeys: what the renderers are given, without an engine."""

from __future__ import annotations

from tabiji.fabric.stage import Place
from tabiji.findings.finding import BLOCKER, FORWARD, NOTE, REPLY, Finding, Fix
from tabiji.journey.model import BLOCKED, REACHABLE, Check, Hop, Journey, Path
from tabiji.names.answer import Answer, ResourceRecord, Step
from tabiji.packet.address import parse_address
from tabiji.packet.header import TCP, FiveTuple, reply_to
from tabiji.request.model import Request, Vantage

CLIENT, NAT, PUBLIC, SERVER = (parse_address(t) for t in ("10.1.1.10", "10.2.0.5", "203.0.113.10", "198.51.100.80"))
OUT = FiveTuple(CLIENT, SERVER, TCP, 40000, 443)
BEHIND_NAT = OUT._replace(src=NAT, sport=33000)
OUTSIDE = BEHIND_NAT._replace(src=PUBLIC)
ENI = Place("eni", "eni-0aaa", "vpc-0a", "ap-northeast-1a")
GATEWAY = Place("nat_gateway", "nat-0bbb", "vpc-0b", "ap-northeast-1a")
IGW = Place("igw", "igw-0ccc", "vpc-0b")
INTERNET = Place("internet", "internet")
VANTAGE = Vantage(label="web-1", kind="eni", eni="eni-0aaa", vpc="vpc-0a", subnet="subnet-0a", address=CLIENT)
REQUEST = Request(text="https://example.com/", host="example.com", port=443, scheme="https", path="/", tls=True)
ANSWER = Answer(
    name="example.com.",
    type="A",
    rcode="NOERROR",
    answer=(ResourceRecord("example.com.", "A", 60, "198.51.100.80"),),
    server="10.1.0.2",
    chain=(Step(kind="vpc_resolver", component="vpc-0a", code="names.vpc_resolver.asked",
                params=(("server", "10.1.0.2"), ("vpc", "vpc-0a")), facts=("N2.1a",)),),
)  # fmt: skip


def _security_group(direction: str, **more: object) -> Check:
    return Check(kind="security_group", component="sg-0aaa", direction=direction, **{"ok": True, **more})  # type: ignore[arg-type]


def _network_acl(direction: str, detail: str = "allow all to 0.0.0.0/0") -> Check:
    return Check(
        kind="network_acl",
        component="acl-0aaa",
        direction=direction,
        ok=True,
        rule="100",
        detail=detail,
        facts=("NA2",),
    )


def _route(table: str, prefix: str, target: str) -> Check:
    return Check(
        kind="route_table", component=table, ok=True, rule="static", detail=prefix, target=target, facts=("RT4",)
    )


def _hop(
    number: int, leg: str, place: Place, packet: FiveTuple, *checks: Check, leaves: FiveTuple | None = None
) -> Hop:
    return Hop(number=number, leg=leg, place=place, packet=packet, leaves=leaves or packet, checks=checks)


TRANSLATED = Check(kind="translate", component="nat-0bbb", direction="nat_gateway", detail="", facts=("NG1",))
ARRIVED = Check(kind="deliver", component="internet", ok=True)
THERE = (
    _hop(1, FORWARD, ENI, OUT,
         _security_group("egress", rule="sgr-1", detail="all to 0.0.0.0/0", facts=("SG1",)),
         _network_acl("egress"), _route("rtb-0aaa", "0.0.0.0/0", "nat-0bbb")),
    _hop(2, FORWARD, GATEWAY, OUT, TRANSLATED, _route("rtb-0bbb", "0.0.0.0/0", "igw-0ccc"), leaves=BEHIND_NAT),
    _hop(3, FORWARD, IGW, BEHIND_NAT, TRANSLATED, leaves=OUTSIDE),
    _hop(4, FORWARD, INTERNET, OUTSIDE, ARRIVED),
)  # fmt: skip
BACK = (
    _hop(5, REPLY, INTERNET, reply_to(OUTSIDE)),
    _hop(6, REPLY, IGW, reply_to(OUTSIDE), TRANSLATED, leaves=reply_to(BEHIND_NAT)),
    _hop(7, REPLY, GATEWAY, reply_to(BEHIND_NAT), TRANSLATED, leaves=reply_to(OUT)),
    _hop(8, REPLY, ENI, reply_to(OUT),
         _network_acl("ingress", "allow all from 0.0.0.0/0"),
         _security_group("ingress", stateful=True, facts=("SG2",)), ARRIVED),
)  # fmt: skip
TIMEOUT_NOTE = Finding(
    code="note.internet_host_assumed", severity=NOTE, component="internet", hop=4, packet=OUTSIDE, place=INTERNET
)


def reachable() -> Journey:
    """Out by a NAT gateway and back."""
    path = Path(destination=SERVER, packet=OUT, verdict=REACHABLE, hops=(*THERE, *BACK), findings=(TIMEOUT_NOTE,))
    return Journey(
        vantage=VANTAGE, request=REQUEST, verdict=REACHABLE, resolution=ANSWER, resolutions=(ANSWER,), paths=(path,),
        findings=(TIMEOUT_NOTE,),
    )  # fmt: skip


NO_RULE = Finding(
    code="sg.egress.no_rule",
    severity=BLOCKER,
    component="sg-0aaa",
    facts=("SG1",),
    params=(("groups", "sg-0aaa"), ("eni", "eni-0aaa")),
    hop=1,
    packet=OUT,
    place=ENI,
)
DENIED = Finding(
    code="nacl.ingress.deny",
    severity=BLOCKER,
    leg=REPLY,
    component="acl-0aaa",
    rule="90",
    facts=("NA2", "NA3"),
    params=(("nacl", "acl-0aaa"), ("subnet", "subnet-0a"), ("rule", "90")),
    hop=8,
    packet=reply_to(OUT),
    place=ENI,
)
FIX = Fix(
    code="fix.several",
    cli=("aws ec2 authorize-security-group-egress --group-id sg-0aaa", "aws ec2 create-network-acl-entry"),
    overlay={"security_groups": {"sg-0aaa": {"add_out": ["tcp 443 to 198.51.100.80/32"]}}},
    terraform='resource "aws_vpc_security_group_egress_rule" "tabiji" {}\n',
    cost=20,
    steps=(
        Fix(
            code="fix.sg.add_rule",
            params=(("group", "sg-0aaa"), ("direction", "egress"), ("line", "tcp 443 to 198.51.100.80/32")),
        ),
        Fix(
            code="fix.nacl.add_rule",
            params=(("nacl", "acl-0aaa"), ("direction", "ingress"), ("line", "80 allow tcp 1024-65535")),
        ),
    ),
    verified=True,
)


def blocked() -> Journey:
    """Refused at the start by a security group and, were that mended, on the way back by a network ACL."""
    first = THERE[0]
    refused = Check(kind="security_group", component="sg-0aaa", direction="egress", ok=False, facts=("SG1",))
    drop = Check(
        kind="drop", component="sg-0aaa", code="sg.egress.no_rule", params=NO_RULE.params, ok=False, facts=("SG1",)
    )
    denied = Check(
        kind="network_acl", component="acl-0aaa", direction="ingress", ok=False, rule="90", detail="deny tcp 0-65535",
        facts=("NA2",),
    )  # fmt: skip
    hops = (
        _hop(1, FORWARD, ENI, OUT, refused, drop, *first.checks[1:]),
        *THERE[1:],
        *BACK[:-1],
        _hop(8, REPLY, ENI, reply_to(OUT), denied, Check(kind="drop", code="nacl.ingress.deny", ok=False)),
    )
    path = Path(destination=SERVER, packet=OUT, verdict=BLOCKED, hops=hops, findings=(NO_RULE, DENIED))
    return Journey(
        vantage=VANTAGE, request=REQUEST, verdict=BLOCKED, resolution=ANSWER, resolutions=(ANSWER,), paths=(path,),
        findings=(NO_RULE, DENIED), fixes=(FIX,),
    )  # fmt: skip
