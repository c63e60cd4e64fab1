"""A journey in the shape of ``describe-network-insights-analyses`` (ECO8): ``docs/ra-json.md`` describes it.

What the analyser has a name for goes by that name, the rest by our own code
with ``TABIJI_`` before it, so that scripts written for the analyser can read
it.  Nothing in it depends on the time: the same question gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..estate import Estate
from ..fabric.stage import Place
from ..findings.aws_codes import analyser_code
from ..findings.finding import BLOCKER, FORWARD, REPLY, UNKNOWN, Finding
from ..journey.model import BLOCKED, REACHABLE, Check, Hop, Journey, Path
from ..packet.header import protocol_name
from .labels import Labels
from .ra_parts import Parts, cidr, header
from .text import finding_params

TAGS = ("tabiji:from", "tabiji:to", "tabiji:protocol", "tabiji:port", "tabiji:verdict")
"""Tags of an analysis: the question as it was asked, and the verdict in our own words."""
WAYSIDE = frozenset(("internet", "subnet"))
"""Places the analyser has no component for: its paths begin and end at the gateway."""
MEMBERS = (
    ("tgw-attach-", "TransitGatewayAttachment"),
    ("tgw-rtb-", "TransitGatewayRouteTable"),
    ("tgw-", "TransitGateway"),
    ("acl-", "Acl"),
    ("rtb-", "RouteTable"),
    ("igw-", "InternetGateway"),
    ("nat-", "NatGateway"),
    ("eni-", "NetworkInterface"),
    ("pcx-", "VpcPeeringConnection"),
    ("pl-", "PrefixList"),
    ("subnet-", "Subnet"),
    ("vgw-", "VpnGateway"),
    ("vpn-", "VpnConnection"),
    ("cgw-", "CustomerGateway"),
    ("vpce-svc-", "Component"),
    ("vpce-", "VpcEndpoint"),
    ("vpc-", "Vpc"),
)
"""Prefix of an id -> member of an ``Explanation`` that names such a thing."""
NAMED_BY_PARAMS = ("eni", "table", "tgw", "subnet", "vpc", "nacl", "attachment", "target")
ABOUT_DESTINATION = ("route.", "tgw.", "address.", "vgw.destination_not_eni", "igw.private_destination", "endpoint.")
ABOUT_SOURCE = (
    "igw.no_public_ip",
    "igw.foreign_source",
    "igw.private_source",
    "eni.source_check",
    "vgw.source_not_eni",
)
ABOUT_PROTOCOL = ("nat.protocol", "endpoint.gateway_protocol")


def ra_document(told: Journey, *, estate: Estate, lang: str = "en", forward_only: bool = False) -> dict[str, Any]:
    """``{"NetworkInsightsAnalyses": [one analysis]}`` for a journey."""
    return {"NetworkInsightsAnalyses": [_Analysis(told, estate, lang, forward_only).document()]}


class _Analysis:
    def __init__(self, told: Journey, estate: Estate, lang: str, forward_only: bool) -> None:
        self.told = told
        self.estate = estate
        self.parts = Parts(estate)
        self.labels = Labels(estate, lang)
        self.forward_only = forward_only
        self.path = _shown(told)

    def document(self) -> dict[str, Any]:
        told = self.told
        question = self._question()
        account, region = self.parts.home(told.vantage.eni, told.vantage.vpc)
        out: dict[str, Any] = {
            "NetworkInsightsAnalysisId": f"nia-{_digest(*question.values(), told.verdict)}",
            "NetworkInsightsPathId": f"nip-{_digest(*question.values())}",
            "Status": "succeeded" if told.verdict in (REACHABLE, BLOCKED) else "failed",
        }
        arn = self.parts.arn_of("network-insights-analysis", out["NetworkInsightsAnalysisId"], account, region)
        if arn:
            out["NetworkInsightsAnalysisArn"] = arn
        if told.verdict in (REACHABLE, BLOCKED):
            out["NetworkPathFound"] = told.verdict == REACHABLE
        else:  # the analyser has no third answer, and a false one would be a lie
            out["StatusMessage"] = " ".join(self._text(f) for f in told.findings if f.severity == UNKNOWN)
        warnings = [self._text(f) for f in told.findings if f.severity == "warning"]
        if warnings:
            out["WarningMessage"] = " ".join(warnings)
        if self.path is not None:
            forward, reply = self._legs(self.path)
            if forward:
                out["ForwardPathComponents"] = forward
            if reply:
                out["ReturnPathComponents"] = reply
            hints = self._elsewhere(forward, reply)
            if hints:
                out["AlternatePathHints"] = hints
        refusals = [] if told.verdict == REACHABLE else [f for f in told.findings if f.severity in (BLOCKER, UNKNOWN)]
        out["Explanations"] = [self._explanation(f) for f in refusals]
        out["Tags"] = [
            {"Key": key, "Value": value} for key, value in {**question, "tabiji:verdict": told.verdict}.items()
        ]
        return out

    def _question(self) -> dict[str, str]:
        request = self.told.request
        port = "" if request.port is None else str(request.port)
        values = (self.told.vantage.label, request.text, protocol_name(request.protocol), port)
        return {key: value for key, value in zip(TAGS[:4], values, strict=True) if value}

    def _text(self, finding: Finding) -> str:
        return self.labels.text(finding.code, finding_params(finding))

    # Paths ---------------------------------------------------------------------

    def _legs(self, path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Components there and back, as far as the packet gets."""
        there = [hop for hop in path.hops if hop.leg == FORWARD]
        back = [hop for hop in path.hops if hop.leg == REPLY]
        forward, through = self._leg(there, path)
        if self.forward_only and forward:
            forward[-1]["AdditionalDetails"].append({"AdditionalDetailType": "UNIDIRECTIONAL_PATH_ANALYSIS_ONLY"})
        return forward, self._leg(back, path)[0] if through else []

    def _leg(self, hops: Sequence[Hop], path: Path) -> tuple[list[dict[str, Any]], bool]:
        out: list[dict[str, Any]] = []
        refused = False
        for index, hop in enumerate(hops):
            first, last = index == 0, index == len(hops) - 1
            checks, refused = _until_refusal(hop.checks)
            rows = self._hop(hop, checks, first, last, refused)
            details = self._details(path, hop)
            if details and rows:
                rows[-1]["AdditionalDetails"] = details
            out.extend(rows)
            if refused:
                break
        empty = ("AdditionalDetails", "Explanations")
        out = [
            {"SequenceNumber": number, **row, **{name: [] for name in empty if name not in row}}
            for number, row in enumerate(out, 1)
        ]
        if out and hops:
            out[0].setdefault("OutboundHeader", header(hops[0].leaves))
            if not refused:
                out[-1].setdefault("InboundHeader", header(hops[-1].packet))
        return out, not refused

    def _hop(self, hop: Hop, checks: Sequence[Check], first: bool, last: bool, refused: bool) -> list[dict[str, Any]]:
        """The place and its tables: those of the way in before it, the others behind it.

        A place whose way in refuses the packet, or that refuses it itself, is not reached.
        """
        entering = 0
        while not first and entering < len(checks) and checks[entering].direction == "ingress":
            entering += 1
        rows = [row for check in checks[:entering] for row in self._table(check, hop.place)]
        reached = first or not refused or entering < len(checks)
        if reached and hop.place.kind not in WAYSIDE:
            rows.extend(self._place(hop, first, last and not refused))
        rows.extend(row for check in checks[entering:] for row in self._table(check, hop.place))
        return rows

    def _place(self, hop: Hop, first: bool, last: bool) -> list[dict[str, Any]]:
        place = hop.place
        row: dict[str, Any] = {"Component": self.parts.component(_id_of(self.estate, place), place.vpc)}
        if hop.packet != hop.leaves:
            row["InboundHeader"], row["OutboundHeader"] = header(hop.packet), header(hop.leaves)
        instance = ""
        if place.kind == "eni":
            eni = self.estate.network_interfaces.get(place.id)
            if eni is not None and eni.subnet_id:
                row["Subnet"] = self.parts.component(eni.subnet_id, eni.vpc_id)
            instance = self.estate.instance_by_eni.get(place.id, "")
            if instance:
                row["AttachedTo"] = self.parts.component(instance, place.vpc)
        if place.vpc:
            row["Vpc"] = self.parts.component(place.vpc)
        if not instance:
            return [row]
        machine = {"Component": row["AttachedTo"]}
        return [machine, row] if first else [row, machine] if last else [row]

    def _table(self, check: Check, place: Place) -> list[dict[str, Any]]:
        """What a table did, as a component of its own; refusals show as explanations only."""
        if check.ok is not True:
            return []
        component = self.parts.component
        if check.kind == "security_group":
            if check.stateful:  # the analyser, too, names the group without a rule on the way back
                return [{"Component": component(check.component.split(",")[0])}]
            return [
                {
                    "Component": component(self.parts.group_of_rule(check)),
                    "SecurityGroupRule": self.parts.group_rule(check),
                }
            ]
        if check.kind == "network_acl":
            rule = self.parts.acl_rule(check.component, check.direction == "egress", check.rule)
            return [{"Component": component(check.component), "AclRule": rule}]
        if check.kind == "route_table":
            route = self.parts.route(check.component, check.detail, check.target)
            return [{"Component": component(check.component), "RouteTableRoute": route}]
        if check.kind == "tgw_route_table":
            return [
                {"Component": component(check.component), "TransitGatewayRouteTableRoute": self.parts.tgw_route(check)}
            ]
        return []

    def _details(self, path: Path, hop: Hop) -> list[dict[str, Any]]:
        """Notes and warnings of a hop."""
        return [
            {"AdditionalDetailType": analyser_code(f), **self._detail_component(f)}
            for f in path.findings
            if f.hop == hop.number and f.severity not in (BLOCKER, UNKNOWN)
        ]

    def _detail_component(self, finding: Finding) -> dict[str, Any]:
        return {"Component": self.parts.component(finding.component)} if finding.component else {}

    def _elsewhere(self, *legs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Components of the other ways the packet may take (RA3: the analyser shows one path only)."""
        met = {row["Component"]["Id"] for leg in legs for row in leg}
        found: dict[str, dict[str, Any]] = {}
        for path in self.told.paths:
            if path is not self.path:
                for leg in self._legs(path):
                    for row in leg:
                        if row["Component"]["Id"] not in met:
                            found.setdefault(row["Component"]["Id"], row["Component"])
        return [
            {"ComponentId": key, **({"ComponentArn": part["Arn"]} if "Arn" in part else {})}
            for key, part in found.items()
        ]

    # Explanations --------------------------------------------------------------

    def _explanation(self, finding: Finding) -> dict[str, Any]:
        out: dict[str, Any] = {"ExplanationCode": analyser_code(finding)}
        direction = next((word for word in ("egress", "ingress") if f".{word}." in finding.code), "")
        if finding.code == "sg.reference_lost":
            direction = "ingress"
        if direction:
            out["Direction"] = direction
        vpc = finding.place.vpc if finding.place else ""
        self._name(out, finding.component, vpc)
        for key in NAMED_BY_PARAMS:
            value = finding.param(key)
            if value and " " not in value and value != finding.component:
                self._name(out, value, vpc, sure=False)
        place = finding.place
        if place is not None and place.kind == "eni":
            eni = self.estate.network_interfaces.get(place.id)
            out.setdefault("NetworkInterface", self.parts.component(place.id, place.vpc))
            if eni is not None and eni.subnet_id:
                out.setdefault("Subnet", self.parts.component(eni.subnet_id, eni.vpc_id))
        if vpc:
            out.setdefault("Vpc", self.parts.component(vpc))
        if "Acl" in out and direction and finding.rule:
            out["AclRule"] = self.parts.acl_rule(out["Acl"]["Id"], direction == "egress", finding.rule)
        if finding.param("state"):
            out["State"] = finding.param("state")
        zones = finding.param("az") or finding.param("zone")
        if zones and finding.code in ("route.tgw_az", "cloud_wan.az", "endpoint.service_az", "lb.target_zone"):
            out["AvailabilityZones"] = [zones]
        if finding.packet is not None:
            self._packet(out, finding)
        account, region = self.parts.home(finding.component, vpc)
        if account:
            out["ComponentAccount"] = account
        if region:
            out["ComponentRegion"] = region
        return out

    def _name(self, out: dict[str, Any], component: str, vpc: str, sure: bool = True) -> None:
        """Put a thing under the member that fits it; what fits none is ``Component``, if it is the deciding one."""
        if not component:
            return
        if component.startswith("sg-"):
            if sure:
                out["SecurityGroups"] = [self.parts.component(group, vpc) for group in component.split(",")]
            return
        if ":loadbalancer/" in component:
            out.setdefault("LoadBalancerArn", component)
            return
        if ":targetgroup/" in component:
            out.setdefault("LoadBalancerTargetGroup", self.parts.component(component))
            return
        member = next((name for head, name in MEMBERS if component.startswith(head)), "")
        if member or sure:
            out.setdefault(member or "Component", self.parts.component(component, vpc))

    def _packet(self, out: dict[str, Any], finding: Finding) -> None:
        """The field of the packet the refusal is about."""
        packet = finding.packet
        assert packet is not None
        if finding.code.startswith(ABOUT_SOURCE):
            out["Address"], out["PacketField"] = cidr(packet.src), "source-address"
        elif finding.code.startswith(ABOUT_PROTOCOL):
            out["Protocols"], out["PacketField"] = [str(packet.proto)], "protocol"
        elif finding.code.startswith(ABOUT_DESTINATION):
            out["Address"], out["PacketField"] = cidr(packet.dst), "destination-address"


def _shown(told: Journey) -> Path | None:
    """The one path that is shown: the shortest that works, else the first that settles the verdict (RA3)."""
    if told.verdict == REACHABLE:
        return min((p for p in told.paths if p.verdict == REACHABLE), key=lambda p: len(p.hops), default=None)
    return next((p for p in told.paths if p.verdict == told.verdict), told.paths[0] if told.paths else None)


def _until_refusal(checks: Sequence[Check]) -> tuple[Sequence[Check], bool]:
    """Checks before the first refusal: what follows was only looked at to list further ones."""
    for index, check in enumerate(checks):
        if check.kind in ("drop", "unknown"):
            return checks[:index], True
    return checks, False


def _id_of(estate: Estate, place: Place) -> str:
    """Id of a place; a firewall goes by its ARN where the estate has it."""
    if place.kind == "firewall":
        named = (a for a, f in estate.tables["network_firewalls"].items() if f.firewall.firewall_name == place.id)
        return next(named, place.id)
    return place.id


def _digest(*words: str) -> str:
    """17 hexadecimal digits, as ids of AWS have, that depend on the words alone."""
    from hashlib import sha256

    return sha256("\0".join(words).encode()).hexdigest()[:17]
