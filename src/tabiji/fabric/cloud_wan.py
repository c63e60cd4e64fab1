"""Cloud WAN: segments of a core network as route tables (data-plane section 7).

The policy document says which attachments a segment has and which segments
exchange routes; how a VPC attachment behaves mirrors the transit gateway
(CW4, switchable).  What the policy asks for beyond that is undetermined, by
name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ..packet.address import V4_ALL, V6_ALL, AddressError, Interval, is_v6, parse_prefix
from . import network_acl
from .compiler import Fabric, builds
from .route_table import Source, target
from .stage import Choice, Drop, Enter, Entry, Lpm, Mark, Place, Stage, Switch, Unknown, partition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..estate import Estate
    from ..estate.cloud_wan import CoreNetworkAttachment, CoreNetworkVpcAttachment
    from ..estate.route_table import Route

LIVE = ("AVAILABLE", "UPDATING", "PENDING_NETWORK_UPDATE", "PENDING_TAG_ACCEPTANCE")
KNOWN_ACTIONS = ("share", "create-route", "send-via", "send-to")
INSERTION = "insertion:"
"""Goes before the name of a network function group where an attachment's id would stand."""


@target("core-network")
def _core_network(fabric: Fabric, source: Source, route: Route) -> int:
    return fabric.node("core-from-vpc", route.target.rpartition("/")[2], source.vpc, source.az)


# The policy ------------------------------------------------------------------------------


class _Part(msgspec.Struct, rename="kebab", frozen=True):
    """Base of the shapes below: parts of a policy document that are read here, with the types they must have."""


class _Segment(_Part, frozen=True):
    name: str
    isolate_attachments: bool = False
    allow_filter: list[str] | None = None
    deny_filter: list[str] = []


class _Via(_Part, frozen=True):
    network_function_groups: list[str] = []


class _SentTo(_Part, frozen=True):
    segments: str | list[str] = "*"


class _Action(_Part, frozen=True):
    action: str
    segment: str = ""
    share_with: str | list[str] | dict[str, list[str]] = []
    destination_cidr_blocks: list[str] = []
    destinations: list[str] = []
    via: _Via = _Via()
    when_sent_to: _SentTo = _SentTo()


class _AttachmentRule(_Part, frozen=True):
    rule_number: int = 0
    condition_logic: str = "or"
    conditions: list[dict[str, Any]] = []
    action: dict[str, Any] = {}


class _Document(_Part, frozen=True):
    core_network_configuration: dict[str, Any] = {}
    segments: list[_Segment] = []
    segment_actions: list[_Action] = []
    attachment_policies: list[_AttachmentRule] = []


class Policy:
    """A core network's live policy."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.segments: dict[str, dict[str, Any]] = {s.get("name", ""): s for s in document.get("segments", ())}
        self.actions: list[dict[str, Any]] = list(document.get("segment-actions", ()))

    def references(self) -> bool:
        """Are security group references supported?"""
        return bool(self.document.get("core-network-configuration", {}).get("security-group-support"))

    def isolated(self, segment: str) -> bool:
        """CW2: do its members not reach each other?"""
        return bool(self.segments.get(segment, {}).get("isolate-attachments"))

    def learns_from(self, segment: str) -> list[str]:
        """CW2: other segments whose routes this one takes: shares go both ways, filters hold back."""
        out: list[str] = []
        for action in self.actions:
            if action.get("action") != "share":
                continue
            one, others = action.get("segment", ""), self._named(action.get("share-with", ()), action.get("segment"))
            out += others if one == segment else [one] if segment in others else []
        held = self.segments.get(segment, {})
        allowed, denied = held.get("allow-filter"), held.get("deny-filter", ())
        return [s for s in dict.fromkeys(out) if s not in denied and (allowed is None or s in allowed)]

    def _named(self, said: Any, but: Any) -> list[str]:
        """``*``, a list, or everything except a list."""
        if isinstance(said, dict):
            said = [s for s in self.segments if s not in said.get("except", ())]
        elif said == "*" or "*" in said:
            said = list(self.segments)
        return [s for s in said if s != but]

    def static(self, segment: str) -> Iterable[tuple[str, str]]:
        """(prefix, attachment or ``blackhole``) of the routes the policy creates in a segment; not shared (CW2)."""
        for action in self.actions:
            if action.get("action") == "create-route" and action.get("segment") == segment:
                for cidr in action.get("destination-cidr-blocks", ()):
                    for destination in action.get("destinations", ()):
                        yield cidr, destination

    def inserted(self, segment: str) -> tuple[dict[str, str], str]:
        """CW3: segments that are reached through a network function group, and the group everything else goes to."""
        via: dict[str, str] = {}
        rest = ""
        for action in self.actions:
            groups = action.get("via", {}).get("network-function-groups", ())
            if not groups:
                continue
            one = action.get("segment", "")
            if action.get("action") == "send-to" and one == segment:
                rest = groups[0]
            elif action.get("action") == "send-via":
                others = self._named(action.get("when-sent-to", {}).get("segments", "*"), one)
                for other in others if one == segment else [one] if segment in others else []:
                    via[other] = groups[0]
        return via, rest

    def unknown_action(self, segment: str) -> str:
        """An action about the segment that is not modelled, or nothing."""
        for action in self.actions:
            if action.get("action") not in KNOWN_ACTIONS and segment in str(action):
                return str(action.get("action"))
        return ""

    def segment_of(self, attachment: CoreNetworkAttachment) -> str | None:
        """CW1: the segment an attachment maps to; None if that cannot be told."""
        if attachment.segment_name or attachment.network_function_group_name:
            return attachment.segment_name
        rules = sorted(self.document.get("attachment-policies", ()), key=lambda rule: int(rule.get("rule-number", 0)))
        tags = {tag.key: tag.value for tag in attachment.tags}
        for rule in rules:
            found = [_holds(c, attachment, tags) for c in rule.get("conditions", ())]
            if None in found:
                return None
            if (any if rule.get("condition-logic", "or") == "or" else all)(found):
                action = rule.get("action", {})
                if action.get("association-method") == "tag":
                    return tags.get(action.get("tag-value-of-key", ""), "")
                return str(action.get("segment", ""))
        return ""


def _holds(condition: dict[str, Any], attachment: CoreNetworkAttachment, tags: dict[str, str]) -> bool | None:
    """One condition of an attachment policy; None: not understood."""
    kind = condition.get("type")
    if kind == "any":
        return True
    if kind in ("tag-exists", "tag-name"):
        return condition.get("key") in tags
    value = {
        "tag-value": tags.get(condition.get("key", ""), ""),
        "account-id": attachment.owner_account_id,
        "account": attachment.owner_account_id,
        "region": attachment.edge_location,
        "resource-id": attachment.resource_id,
        "attachment-type": attachment.attachment_type.lower().replace("_", "-"),
    }.get(str(kind))
    wanted = str(condition.get("value", ""))
    if value is None:
        return None
    return {
        "equals": value == wanted,
        "not-equals": value != wanted,
        "contains": wanted in value,
        "begins-with": value.startswith(wanted),
    }.get(str(condition.get("operator", "equals")))


def policy_of(estate: Estate, core: str) -> Policy | None:
    """The live policy of a core network; None if it was not collected or does not read as one."""
    return estate.memo("core_policies", ("core_network_policies",), _policies).get(core)


def _policies(estate: Estate) -> dict[str, Policy]:
    out: dict[str, Policy] = {}
    for core, record in estate.core_network_policies.items():
        try:
            document = msgspec.json.decode(record.policy_document)
            shape = msgspec.convert(document, _Document, strict=False)
            for action in shape.segment_actions:
                for cidr in action.destination_cidr_blocks:
                    parse_prefix(cidr)
        except (msgspec.DecodeError, msgspec.ValidationError, AddressError):
            continue
        out[core] = Policy(document)
    return out


# Attachments -------------------------------------------------------------------------------


def attachments_of(estate: Estate, core: str) -> dict[str, CoreNetworkAttachment]:
    """Attachments of a core network, whichever call told of them."""
    found = {i: a.attachment for i, a in estate.core_network_vpc_attachments.items()}
    found |= dict(estate.core_network_attachments)
    return {i: a for i, a in found.items() if core in (a.core_network_id, a.core_network_arn.rpartition("/")[2])}


def zones(estate: Estate, attachment: CoreNetworkVpcAttachment) -> dict[str, str]:
    """AZ -> attachment subnet."""
    held = (estate.subnets.get(i) for i in attachment.subnet_ids())
    return {subnet.availability_zone: subnet.subnet_id for subnet in held if subnet is not None}


def prefixes(estate: Estate, attachment: CoreNetworkAttachment) -> list[Interval]:
    """What an attachment brings into its segment."""
    if attachment.attachment_type == "VPC":
        vpc = estate.vpcs.get(attachment.resource_id)
        record = estate.core_network_vpc_attachments.get(attachment.attachment_id)
        six = record is not None and record.options.ipv6_support
        return [p for p in map(parse_prefix, vpc.cidrs() if vpc else ()) if six or not is_v6(p[0])]
    ends = (attachment.attachment_id, attachment.resource_id)
    out = [parse_prefix(p) for s in estate.sites.values() if any(e in s.attachments for e in ends) for p in s.prefixes]
    vpn = estate.vpn_connections.get(attachment.resource_id)
    if vpn is not None:
        out += [parse_prefix(r.destination_cidr_block) for r in vpn.routes if r.destination_cidr_block]
    return out


class Way(NamedTuple):
    """A route of a segment: static ones win; to an attachment, ``blackhole`` or a network function group."""

    static: bool
    to: str
    origin: str


def segment_routes(estate: Estate, core: str, segment: str) -> dict[Interval, list[Way]]:
    """CW1, CW2: prefix -> the best ways; several only where attachments bring the same prefix."""
    policy = policy_of(estate, core)
    assert policy is not None
    via, rest = policy.inserted(segment)
    found: dict[Interval, list[Way]] = {}
    for cidr, to in policy.static(segment):
        found.setdefault(parse_prefix(cidr), []).append(Way(True, to, "static"))
    if rest:
        for everything in (V4_ALL, V6_ALL):
            found.setdefault(everything, []).append(Way(True, INSERTION + rest, "send-to"))
    learned = policy.learns_from(segment) + ([] if policy.isolated(segment) else [segment])
    for attachment in attachments_of(estate, core).values():
        member_of = policy.segment_of(attachment)
        if attachment.state not in LIVE or not member_of:
            continue
        if member_of not in learned and member_of not in via:
            continue
        to = INSERTION + via[member_of] if member_of in via else attachment.attachment_id
        for prefix in prefixes(estate, attachment):
            rows = found.setdefault(prefix, [])
            if not any(way.static or way.to == to for way in rows):
                rows.append(Way(False, to, f"segment {member_of}"))
    return found


def advertised_by(estate: Estate, line: str) -> list[Interval]:
    """Prefixes a core network tells the far end of a VPN or Direct Connect gateway."""
    out: list[Interval] = []
    for attachment_id, attachment in estate.core_network_attachments.items():
        core = attachment.core_network_id or attachment.core_network_arn.rpartition("/")[2]
        policy = policy_of(estate, core)
        if line not in (attachment_id, attachment.resource_id) or policy is None:
            continue
        segment = policy.segment_of(attachment)
        if segment:
            found = segment_routes(estate, core, segment).items()
            out += [prefix for prefix, ways in found if ways[0].to != attachment_id]
    return out


# The walk ----------------------------------------------------------------------------------


@builds("core-from-vpc")
def _from_vpc(fabric: Fabric, core: str, vpc: str, az: str) -> Stage:
    """CW4: in by the attachment subnet of the source's AZ."""
    estate = fabric.estate
    params = (("core", core), ("vpc", vpc), ("az", az))
    mine = [a for a in attachments_of(estate, core).values() if a.attachment_type == "VPC" and a.resource_id == vpc]
    if not mine:
        if not estate.coverage.has("core_network_attachments"):
            return Unknown("unknown.cloud_wan", core, ("CW1",), params)
        return Drop("cloud_wan.attachment_missing", core, ("CW4",), params)
    attachment = mine[0]
    if attachment.state not in LIVE:
        return Drop("cloud_wan.attachment_state", attachment.attachment_id, ("CW4",), (("state", attachment.state),))
    record = estate.core_network_vpc_attachments.get(attachment.attachment_id)
    subnets = zones(estate, record) if record is not None else {}
    if not subnets or estate.switch("CW4", "as-tgw") != "as-tgw":
        return Unknown("unknown.cloud_wan", attachment.attachment_id, ("CW4",), params)
    if az not in subnets:
        told = (*params, ("zones", ", ".join(sorted(subnets))))
        return Drop("cloud_wan.az", attachment.attachment_id, ("CW4", "RT19"), told)
    table = fabric.node("core-associated", core, attachment.attachment_id)
    if not _references(estate, core, record):
        table = fabric.put(Mark((("identity", None),), table))
    checked = network_acl.ingress(fabric, subnets[az], table) or fabric.stage(table)
    return Enter(Place("core_network", core, "", az), fabric.put(checked))


def _references(estate: Estate, core: str, record: CoreNetworkVpcAttachment | None) -> bool:
    """CW4: references need support on the core network and on the attachment, as on a TGW (TG12)."""
    policy = policy_of(estate, core)
    supported = policy is not None and policy.references()
    return supported and record is not None and record.options.security_group_referencing_support


@builds("core-in")
def _in(fabric: Fabric, attachment_id: str) -> Stage:
    """From a VPN or a Direct Connect gateway."""
    attachment = fabric.estate.core_network_attachments[attachment_id]
    core = attachment.core_network_id or attachment.core_network_arn.rpartition("/")[2]
    if attachment.state not in LIVE:
        return Drop("cloud_wan.attachment_state", attachment_id, ("CW1",), (("state", attachment.state),))
    lost = Mark((("identity", None), ("az", None)), fabric.node("core-associated", core, attachment_id))
    return Enter(Place("core_network", core), fabric.put(lost))


@builds("core-associated")
def _associated(fabric: Fabric, core: str, attachment_id: str) -> Stage:
    """CW1: the segment of the attachment the packet came in by."""
    estate = fabric.estate
    policy = policy_of(estate, core)
    attachment = attachments_of(estate, core)[attachment_id]
    params = (("core", core), ("attachment", attachment_id))
    if policy is None:
        return Unknown("unknown.cloud_wan_policy", core, ("CW1",), params)
    if attachment.network_function_group_name:
        told = (*params, ("group", attachment.network_function_group_name))
        return Unknown("unknown.cloud_wan_insertion", attachment_id, ("CW3",), told)
    segment = policy.segment_of(attachment)
    if segment is None:
        return Unknown("unknown.cloud_wan_policy", attachment_id, ("CW1",), params)
    if segment not in policy.segments:
        return Drop("cloud_wan.no_segment", attachment_id, ("CW1",), params)
    return fabric.stage(fabric.node("core-segment", core, segment))


@builds("core-segment")
def _segment(fabric: Fabric, core: str, segment: str) -> Stage:
    """A segment's routes."""
    policy = policy_of(fabric.estate, core)
    assert policy is not None
    params = (("core", core), ("segment", segment))
    odd = policy.unknown_action(segment)
    if odd:
        return Unknown("unknown.cloud_wan_action", core, ("CW1",), (*params, ("action", odd)))
    rows: list[tuple[Interval, Entry]] = []
    for prefix, ways in segment_routes(fabric.estate, core, segment).items():
        stages = {way.to: _leave(fabric, core, segment, way.to) for way in ways}
        stage = next(iter(stages.values()))
        if len(stages) > 1:
            told = (*params, ("attachments", ", ".join(sorted(stages))))
            stage = fabric.put(Unknown("unknown.cloud_wan_overlap", core, ("CW1",), told))
        rows.append((prefix, Entry(prefix, stage, " | ".join(sorted(stages)), ways[0].origin, ("CW1", "CW2"))))
    starts, entries = partition(rows)
    missing = fabric.put(Drop("cloud_wan.no_route", core, ("CW1", "CW2"), params))
    return Lpm("core_segment", f"{core} {segment}", starts, entries, missing, ("CW1", "CW2"))


def _leave(fabric: Fabric, core: str, segment: str, to: str) -> int:
    params = (("core", core), ("segment", segment))
    if to == "blackhole":
        return fabric.put(Drop("cloud_wan.blackhole", core, ("CW1",), params))
    if not to.startswith(INSERTION):
        return fabric.node("core-to", core, to)
    # CW3: through a network function group; without an attachment in it the traffic is dropped.
    group = to.removeprefix(INSERTION)
    held = attachments_of(fabric.estate, core).values()
    told = (*params, ("group", group))
    if not any(a.network_function_group_name == group and a.state in LIVE for a in held):
        return fabric.put(Drop("cloud_wan.no_function", core, ("CW3",), told))
    return fabric.put(Unknown("unknown.cloud_wan_insertion", core, ("CW3",), told))


@builds("core-to")
def _to(fabric: Fabric, core: str, attachment_id: str) -> Stage:
    """Out of the core network by an attachment."""
    estate = fabric.estate
    attachment = attachments_of(estate, core).get(attachment_id)
    params: tuple[tuple[str, str], ...] = (("core", core), ("attachment", attachment_id))
    if attachment is None:
        return Unknown("unknown.cloud_wan", attachment_id, ("CW1",), params)
    if attachment.attachment_type in ("SITE_TO_SITE_VPN", "DIRECT_CONNECT_GATEWAY"):
        return fabric.stage(fabric.node("to-on-prem", attachment_id, attachment.resource_id))
    if attachment.attachment_type != "VPC":
        told = (*params, ("type", attachment.attachment_type))
        return Unknown("unknown.cloud_wan_attachment", attachment_id, ("CW1",), told)
    record = estate.core_network_vpc_attachments.get(attachment_id)
    subnets = zones(estate, record) if record is not None else {}
    if record is None or not subnets:
        return Unknown("unknown.cloud_wan", attachment_id, ("CW4",), params)
    ways = {az: fabric.node("core-vpc-zone", core, attachment_id, subnet) for az, subnet in subnets.items()}
    if len(ways) == 1:
        return fabric.stage(next(iter(ways.values())))
    branches = tuple(sorted(ways.items()))
    if record.options.appliance_mode_support:  # CW4, TG8: one AZ for both directions, which one is a hash
        return Choice("choice.appliance_hash", attachment_id, branches, f"appliance:{attachment_id}", ("CW4",), params)
    anywhere = fabric.put(Choice("choice.tgw_az", attachment_id, branches, "", ("CW4", "TG6"), params))
    return Switch("az", ways, anywhere)


@builds("core-vpc-zone")
def _zone(fabric: Fabric, core: str, attachment_id: str, subnet_id: str) -> Stage:
    """CW4, TG7: in the attachment subnet, on by its route table."""
    estate = fabric.estate
    record = estate.core_network_vpc_attachments[attachment_id]
    az = estate.subnets[subnet_id].availability_zone
    facts: list[tuple[str, object]] = [("az", az), ("tgw", core)]
    if not _references(estate, core, record):
        facts.append(("identity", None))
    edge = fabric.node("subnet-edge", subnet_id)
    place = Place("core_network_attachment", attachment_id, record.vpc_id, az)
    return Enter(place, fabric.put(Mark(tuple(facts), edge)))
