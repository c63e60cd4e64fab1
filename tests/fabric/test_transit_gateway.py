"""Transit gateways (data-plane section 6, traps 2, 3, 20, 21, 31, 35)."""

from __future__ import annotations

from typing import Any

import pytest

from tabiji.estate import Estate
from tabiji.estate.transit_gateway import (
    AttachmentAssociation,
    TgwRoute,
    TgwRouteAttachment,
    TransitGatewayAttachment,
    TransitGatewayRoutes,
)
from tabiji.fabric.stage import Choice, First, Note
from walking import code, codes, estate, instance_eni, param, places, trip, trips


def net(hub: str = "", left: str = "", right: str = "", more: str = "", **sections: Any) -> Estate:
    """Two VPCs on one TGW with the default table; left in AZ a, right in AZ a."""
    return estate(
        f"""
region: us-east-1
vpcs:
  left:
    cidr: 10.1.0.0/16
    subnets:
      l: {{cidr: 10.1.1.0/24, az: a, routes: {{10.0.0.0/8: hub}}}}
    security_groups:
      client: {{in: all from 0.0.0.0/0}}
    instances:
      web: {{subnet: l, ip: 10.1.1.10, sg: client}}
    {left}
  right:
    cidr: 10.2.0.0/16
    subnets:
      r: {{cidr: 10.2.1.0/24, az: a, routes: {{10.0.0.0/8: hub}}}}
    security_groups:
      server: {{in: all from 0.0.0.0/0}}
    instances:
      db: {{subnet: r, ip: 10.2.1.10, sg: server}}
    {right}
transit_gateways:
  hub: {{attachments: {{left: {{subnets: l}}, right: {{subnets: r}}}}{hub}}}
{more}
""",
        **sections,
    )


DB = "10.2.1.10"


def with_routes(base: Estate, *routes: TgwRoute, attachment: TransitGatewayAttachment | None = None) -> Estate:
    """The estate with routes in its only TGW table, and one more attachment."""
    tables = {name: dict(table) for name, table in base.tables.items()}
    (table,) = tables["tgw_route_tables"]
    held = tables["tgw_routes"].get(table)
    have = held.routes if held is not None else ()
    tables["tgw_routes"][table] = TransitGatewayRoutes(transit_gateway_route_table_id=table, routes=(*have, *routes))
    if attachment is not None:
        tables["tgw_attachments"][attachment.transit_gateway_attachment_id] = attachment
    return Estate(tables)


def route(cidr: str, attachment: str = "", kind: str = "vpc", **more: Any) -> TgwRoute:
    hop = TgwRouteAttachment(transit_gateway_attachment_id=attachment, resource_type=kind)
    return TgwRoute(destination_cidr_block=cidr, transit_gateway_attachments=(hop,) if attachment else (), **more)


def attachment_of(base: Estate, vpc: str) -> str:
    return next(i for i, a in base.tgw_vpc_attachments.items() if a.vpc_id == vpc)


def test_tg1_the_table_of_the_attachment_decides() -> None:
    assert code(trip(net(), "web", DB)) == "ok"
    lonely = net(", default_association: false")
    assert code(trip(lonely, "web", DB)) == "tgw.no_association"
    assert code(trip(net(", default_propagation: false"), "web", DB)) == "tgw.no_route"


def test_tg2_longest_prefix_then_static_before_propagated() -> None:
    base = net()
    right = attachment_of(base, "vpc-right")
    left = attachment_of(base, "vpc-left")
    # static beats the propagated route of the same prefix: back to where it came from
    static = with_routes(base, route("10.2.0.0/16", left))
    assert code(trip(static, "web", DB)) != "ok"
    # a longer prefix beats both
    assert code(trip(with_routes(base, route("10.2.0.0/16", left), route("10.2.1.0/24", right)), "web", DB)) == "ok"
    listed = with_routes(base, route("10.2.0.0/16", left, prefix_list_id="pl-1"), route("10.2.0.0/16", right))
    assert code(trip(listed, "web", DB)) == "ok"  # static before prefix list reference


def test_tg2_prefix_list_that_was_not_collected_is_undetermined_unless_it_leads_the_same_way() -> None:
    base = net()
    right, left = attachment_of(base, "vpc-right"), attachment_of(base, "vpc-left")
    unknown = TgwRoute(
        prefix_list_id="pl-x", transit_gateway_attachments=(TgwRouteAttachment(transit_gateway_attachment_id=left),)
    )
    assert code(trip(with_routes(base, unknown), "web", DB)) == "unknown.prefix_list"
    same = TgwRoute(
        prefix_list_id="pl-x", transit_gateway_attachments=(TgwRouteAttachment(transit_gateway_attachment_id=right),)
    )
    found = trip(with_routes(base, same), "web", DB)
    assert found.forward.outcome == "delivered"


@pytest.mark.parametrize(
    ("state", "wanted"), [("blackhole", "tgw.blackhole"), ("pending", "unknown.route_state"), ("deleted", "ok")]
)
def test_tg3_states_of_routes(state: str, wanted: str) -> None:
    base = net()
    left = attachment_of(base, "vpc-left")
    assert code(trip(with_routes(base, route("10.2.1.0/24", left, state=state)), "web", DB)) == wanted
    if state == "blackhole":
        assert code(trip(with_routes(base, route("10.2.1.0/24", state=state)), "web", DB)) == wanted


def test_tg5_rt19_trap_2_a_source_in_an_az_without_attachment_cannot_enter() -> None:
    found = trip(net(left="").with_changes([]), "web", DB)
    assert code(found) == "ok"
    other = estate(
        """
region: us-east-1
vpcs:
  left:
    cidr: 10.1.0.0/16
    subnets:
      att-a: {cidr: 10.1.0.0/28, az: a}
      att-b: {cidr: 10.1.0.16/28, az: b}
      app: {cidr: 10.1.1.0/24, az: c, routes: {10.0.0.0/8: hub}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      web: {subnet: app, ip: 10.1.1.10, sg: open}
transit_gateways:
  hub: {attachments: {left: {subnets: [att-a, att-b]}}}
"""
    )
    found = trip(other, "web", "10.2.1.10")
    assert code(found) == "route.tgw_az"
    assert param(found, "zones") == "us-east-1a, us-east-1b"


ZONES = """
region: us-east-1
vpcs:
  left:
    cidr: 10.1.0.0/16
    subnets:
      l: {cidr: 10.1.1.0/24, az: %s, routes: {10.0.0.0/8: hub}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      web: {subnet: l, ip: 10.1.1.10, sg: open}
  right:
    cidr: 10.2.0.0/16
    subnets:
      ra: {cidr: 10.2.1.0/24, az: a, routes: {10.0.0.0/8: hub}}
      rb: {cidr: 10.2.2.0/24, az: b, routes: {10.0.0.0/8: hub}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      db: {subnet: ra, ip: 10.2.1.10, sg: open}
transit_gateways:
  hub: {attachments: {left: {subnets: l}, right: {subnets: [ra, rb]%s}}}
"""


def zone_entered(found: Any) -> str:
    return str(next(s.place.az for s in found.forward.steps if s.place.kind == "tgw_attachment"))


@pytest.mark.parametrize("zone", ["a", "b"])
def test_tg6_stays_in_the_source_az_where_the_attachment_has_it(zone: str) -> None:
    found = trip(estate(ZONES % (zone, "")), "web", DB)
    assert (code(found), zone_entered(found)) == ("ok", f"us-east-1{zone}")


def test_tg6_any_az_of_the_attachment_otherwise() -> None:
    found = trips(estate(ZONES % ("c", "")), "web", DB)
    assert {zone_entered(one) for one in found} == {"us-east-1a", "us-east-1b"}
    assert set(codes(found)) == {"ok"}
    assert any(isinstance(s.stage, Choice) and s.stage.code == "choice.tgw_az" for s in found[0].forward.steps)


def test_tg7_the_attachment_subnets_route_table_steers_on() -> None:
    base = estate(
        ZONES.replace("ra: {cidr: 10.2.1.0/24, az: a, routes: {10.0.0.0/8: hub}}",
                      "ra: {cidr: 10.2.1.0/24, az: a, routes: {10.0.0.0/8: hub}}\n"
                      "      att: {cidr: 10.2.9.0/28, az: a, routes: {10.2.1.0/24: firewall}}\n"
                      "      fw: {cidr: 10.2.8.0/24, az: a}")
        .replace("db: {subnet: ra", "firewall: {subnet: fw, ip: 10.2.8.9, sg: open, source_dest_check: false, "
                 "forwards: route}\n      db: {subnet: ra").replace("[ra, rb]", "[att, rb]") % ("a", "")
    )  # fmt: skip
    found = trip(base, "web", DB)
    assert instance_eni(base, "firewall") in places(found)


# Appliance mode (TG8): the inspection VPC between spokes in AZs of choice.


def inspected(left: str, right: str, zones: str, propagate: bool = True) -> Estate:
    """A spoke in AZ ``left``, one in AZ ``right``, an inspection VPC with appliance mode in ``zones``."""
    subnets = "\n".join(
        f"      in-{z}: {{cidr: 10.9.{n}.0/24, az: {z}, routes: {{0.0.0.0/0: hub}}}}" for n, z in enumerate(zones)
    )
    ends = ", ".join(f"in-{z}" for z in zones)
    return estate(
        f"""
region: us-east-1
vpcs:
  left:
    cidr: 10.1.0.0/16
    subnets: {{l: {{cidr: 10.1.1.0/24, az: {left}, routes: {{0.0.0.0/0: hub}}}}}}
    security_groups: {{open: {{in: all from 0.0.0.0/0}}}}
    instances: {{web: {{subnet: l, ip: 10.1.1.10, sg: open}}}}
  right:
    cidr: 10.2.0.0/16
    subnets: {{r: {{cidr: 10.2.1.0/24, az: {right}, routes: {{0.0.0.0/0: hub}}}}}}
    security_groups: {{open: {{in: all from 0.0.0.0/0}}}}
    instances: {{db: {{subnet: r, ip: 10.2.1.10, sg: open}}}}
  inspection:
    cidr: 10.9.0.0/16
    subnets:
{subnets}
transit_gateways:
  hub:
    default_association: false
    default_propagation: false
    attachments:
      left: {{subnets: l}}
      right: {{subnets: r}}
      inspection: {{subnets: [{ends}], appliance_mode: true}}
    route_tables:
      spokes: {{associate: [left, right], routes: {{0.0.0.0/0: inspection}}}}
      back: {{associate: inspection{
            ", propagate: [left, right]" if propagate else ", routes: {10.1.0.0/16: left, 10.2.0.0/16: right}"
        }}}
"""
    )


@pytest.mark.parametrize(
    ("left", "right", "zones", "propagate", "wanted"),
    [
        ("a", "a", "abc", True, {"a"}),  # both ends in one AZ: that AZ
        ("a", "b", "abc", True, {"a", "b", "c"}),  # different AZs: hash among the appliance AZs
        ("c", "c", "ab", True, {"a", "b"}),  # appliances only in third AZs: hash
        ("a", "a", "abc", False, {"a", "b", "c"}),  # no propagation: always hash
    ],
)
def test_tg8_az_of_the_appliance(left: str, right: str, zones: str, propagate: bool, wanted: set[str]) -> None:
    found = trips(inspected(left, right, zones, propagate), "web", DB)
    assert {zone_entered(one)[-1] for one in found} == wanted
    for one in found:
        assert code(one) == "ok"
        assert one.reply is not None
        back = [s.place.az for s in one.reply.steps if s.place.kind == "tgw_attachment" and s.place.vpc.endswith("ion")]
        assert set(back) == {zone_entered(one)}  # the same AZ both ways


def test_tg8_a_destination_without_az_takes_the_sources() -> None:
    base = inspected("b", "a", "abc")
    found = trips(base, "web", "198.51.100.9")
    assert {zone_entered(one)[-1] for one in found} == {"b"}


def test_tg10_overlapping_cidrs_only_one_of_which_is_propagated() -> None:
    base = net(
        more="",
        left="",
        right="",
        vpcs={
            "twin": {"cidr": "10.2.0.0/16", "subnets": {"t": {"cidr": "10.2.1.0/24", "az": "a"}}},
        },
    )
    hub = {"attachments": {"left": {"subnets": "l"}, "right": {"subnets": "r"}, "twin": {"subnets": "t"}}}
    both = estate_with(base, hub)
    found = trips(both, "web", DB)
    assert len(found) == 2
    assert len(set(codes(found))) == 2
    assert "ok" in codes(found)


def estate_with(base: Estate, hub: dict[str, Any]) -> Estate:
    """The estate with another ``hub``: laid over it."""
    from tabiji.sources import apply_overlay

    return apply_overlay(base, {"transit_gateways": {"hub": hub}})


def test_tg10_a_narrower_cidr_inside_a_wider_one_may_be_missing() -> None:
    base = net(vpcs={"small": {"cidr": "10.2.1.0/24", "subnets": {"s": {"cidr": "10.2.1.0/24", "az": "a"}}}})
    both = estate_with(base, {"attachments": {"small": {"subnets": "s"}}})
    assert len(codes(trips(both, "web", DB))) == 2
    outside = codes(trips(both, "web", "10.2.200.1"))
    assert set(outside) == {"address.nobody", "tgw.no_route"}


def test_tg11_ipv6_is_propagated_only_with_support() -> None:
    text = """
region: us-east-1
vpcs:
  left:
    cidr: 10.1.0.0/16
    ipv6: 2001:db8:1::/56
    subnets:
      l: {cidr: 10.1.1.0/24, ipv6: 2001:db8:1:1::/64, az: a, routes: {"::/0": hub}}
    security_groups: {open: {in: [all from 0.0.0.0/0, "all from ::/0"], out: "all to ::/0"}}
    instances: {web: {subnet: l, ip: 10.1.1.10, ipv6: 2001:db8:1:1::10, sg: open}}
  right:
    cidr: 10.2.0.0/16
    ipv6: 2001:db8:2::/56
    subnets:
      r: {cidr: 10.2.1.0/24, ipv6: 2001:db8:2:1::/64, az: a, routes: {"::/0": hub}}
    security_groups: {open: {in: "all from ::/0", out: "all to ::/0"}}
    instances: {db: {subnet: r, ip: 10.2.1.10, ipv6: 2001:db8:2:1::10, sg: open}}
transit_gateways:
  hub: {attachments: {left: {subnets: l, ipv6: %s}, right: {subnets: r, ipv6: %s}}}
"""
    assert code(trip(estate(text % ("true", "true")), "web", "2001:db8:2:1::10")) == "ok"
    assert code(trip(estate(text % ("true", "false")), "web", "2001:db8:2:1::10")) == "tgw.no_route"


def test_tg10_routes_that_aws_lists_are_settled() -> None:
    base = net(vpcs={"small": {"cidr": "10.2.1.0/24", "subnets": {"s": {"cidr": "10.2.1.0/24", "az": "a"}}}})
    both = estate_with(base, {"attachments": {"small": {"subnets": "s"}}})
    rows = [
        route(cidr, attachment_of(base, vpc), type="propagated")
        for cidr, vpc in (("10.1.0.0/16", "vpc-left"), ("10.2.0.0/16", "vpc-right"))
    ]
    assert code(trip(with_routes(both, *rows), "web", DB)) == "ok"


# Security group references (TG12).


def referencing(hub: str, right_attachment: str = "", rule: str = "in: all from sg-left-client") -> Estate:
    return estate(
        f"""
region: us-east-1
vpcs:
  left:
    cidr: 10.1.0.0/16
    subnets: {{l: {{cidr: 10.1.1.0/24, az: a, routes: {{10.0.0.0/8: hub}}}}}}
    security_groups: {{client: {{in: all from 0.0.0.0/0}}}}
    instances: {{web: {{subnet: l, ip: 10.1.1.10, sg: client}}}}
  right:
    cidr: 10.2.0.0/16
    subnets: {{r: {{cidr: 10.2.1.0/24, az: a, routes: {{10.0.0.0/8: hub}}}}}}
    security_groups: {{server: {{{rule}}}}}
    instances: {{db: {{subnet: r, ip: 10.2.1.10, sg: server}}}}
    endpoints: {{ssm: {{ips: {{r: 10.2.1.20}}, sg: server}}}}
transit_gateways:
  hub: {{{hub} attachments: {{left: {{subnets: l}}, right: {{subnets: r{right_attachment}}}}}}}
"""
    )


def test_tg12_inbound_references_need_support_on_the_tgw_and_on_the_attachments() -> None:
    assert code(trip(referencing("sg_referencing: true,"), "web", DB)) == "ok"
    assert code(trip(referencing(""), "web", DB)) == "sg.ingress.no_rule"
    off = referencing("sg_referencing: true,", ", sg_referencing: false")
    assert code(trip(off, "web", DB)) == "sg.ingress.no_rule"


def test_tg12_trap_35_egress_references_never_match_over_a_tgw() -> None:
    base = referencing("sg_referencing: true,", rule="in: all from 0.0.0.0/0, out: all to sg-left-client")
    assert code(trip(base, "db", "10.1.1.10")) == "sg.egress.no_rule"


def test_tg12_ie12_an_endpoints_groups_do_not_match_references_over_a_tgw() -> None:
    assert code(trip(referencing("sg_referencing: true,"), "web", "10.2.1.20")) == "sg.ingress.no_rule"


def test_tg12_not_in_an_az_without_it() -> None:
    base = referencing("sg_referencing: true,")
    tables = {name: dict(table) for name, table in base.tables.items()}
    from msgspec.structs import replace

    for key, subnet in tables["subnets"].items():
        if subnet.vpc_id == "vpc-right":
            tables["subnets"][key] = replace(subnet, availability_zone_id="use1-az3")
    assert code(trip(Estate(tables), "web", DB)) == "sg.ingress.no_rule"


# Other attachments.


def extra(kind: str, resource: str = "", state: str = "available") -> tuple[Estate, TransitGatewayAttachment]:
    base = net()
    (table,) = base.tgw_route_tables
    attachment = TransitGatewayAttachment(
        transit_gateway_attachment_id="tgw-attach-x",
        transit_gateway_id=next(iter(base.transit_gateways)),
        resource_type=kind,
        resource_id=resource,
        state=state,
        association=AttachmentAssociation(transit_gateway_route_table_id=table),
    )
    return with_routes(base, route("10.7.0.0/16", "tgw-attach-x", kind), attachment=attachment), attachment


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("connect", "unknown.tgw_connect"),  # TG16
        ("client-vpn", "unknown.target_kind"),
        ("network-function", "unknown.firewall"),  # NF10
        ("vpn-concentrator", "unknown.external"),
        ("direct-connect-gateway", "unknown.external"),
        ("peering", "unknown.tgw_attachments"),
    ],
)
def test_tg14_every_type_of_attachment_has_an_answer(kind: str, wanted: str) -> None:
    assert code(trip(extra(kind)[0], "web", "10.7.0.1")) == wanted


def test_tg18_attachment_must_be_available() -> None:
    assert code(trip(extra("vpn", state="deleting")[0], "web", "10.7.0.1")) == "tgw.attachment_state"


# NACLs with a TGW (table of section 6).


def nacl(subnet: str, inbound: list[str], out: list[str]) -> dict[str, Any]:
    return {"vpc": "left" if subnet.startswith("l") else "right", "subnets": subnet, "in": inbound, "out": out}


ALL_IN, ALL_OUT = "100 allow all from 0.0.0.0/0", "100 allow all to 0.0.0.0/0"


def test_nacl_table_trap_31_same_subnet_from_the_tgw_nothing_is_evaluated() -> None:
    """Requests come in unseen; the answers leave through both directions' rules."""
    base = net(network_acls={"n": nacl("r", ["50 deny all from 10.1.0.0/16", ALL_IN], [ALL_OUT])})
    found = trip(base, "web", DB)
    assert code(found) == "ok"
    assert not any(isinstance(s.stage, First) and s.stage.component == "acl-right-n" for s in found.forward.steps)
    blocked = net(network_acls={"n": nacl("r", [ALL_IN], ["50 deny all to 10.1.0.0/16", ALL_OUT])})
    assert code(trip(blocked, "web", DB)) == "nacl.egress.deny"


def test_nacl_table_same_subnet_to_the_tgw_both_directions_rules_are_evaluated() -> None:
    base = net(network_acls={"n": nacl("l", ["50 deny all from 10.1.1.0/24", ALL_IN], [ALL_OUT])})
    assert code(trip(base, "web", DB)) == "nacl.ingress.deny"  # on the source address


SPLIT = """
region: us-east-1
vpcs:
  left:
    cidr: 10.1.0.0/16
    subnets:
      l: {cidr: 10.1.1.0/24, az: a, routes: {10.0.0.0/8: hub}}
      latt: {cidr: 10.1.9.0/28, az: a}
    security_groups: {open: {in: all from 0.0.0.0/0}}
    instances: {web: {subnet: l, ip: 10.1.1.10, sg: open}}
  right:
    cidr: 10.2.0.0/16
    subnets:
      r: {cidr: 10.2.1.0/24, az: a, routes: {10.0.0.0/8: hub}}
      ratt: {cidr: 10.2.9.0/28, az: a}
    security_groups: {open: {in: all from 0.0.0.0/0}}
    instances: {db: {subnet: r, ip: 10.2.1.10, sg: open}}
transit_gateways:
  hub: {attachments: {left: {subnets: latt}, right: {subnets: ratt}}}
"""


@pytest.mark.parametrize(
    ("subnet", "inbound", "out", "wanted"),
    [
        # instance -> TGW: outbound rules of the instance's subnet on the destination ...
        ("l", [ALL_IN], ["50 deny all to 10.2.0.0/16", ALL_OUT], "nacl.egress.deny"),
        # ... inbound rules of the attachment's subnet on the source ...
        ("latt", ["50 deny all from 10.1.0.0/16", ALL_IN], [ALL_OUT], "nacl.ingress.deny"),
        # ... and its outbound rules not on the way out (the answer: destination 10.1.1.10)
        ("latt", [ALL_IN], ["50 deny all to 10.2.0.0/16", ALL_OUT], "ok"),
        ("latt", [ALL_IN], ["50 deny all to 10.1.0.0/16", ALL_OUT], "nacl.egress.deny"),
        # TGW -> instance: outbound rules of the attachment's subnet on the destination, not its inbound rules ...
        ("ratt", [ALL_IN], ["50 deny all to 10.2.0.0/16", ALL_OUT], "nacl.egress.deny"),
        ("ratt", ["50 deny all from 10.1.0.0/16", ALL_IN], [ALL_OUT], "ok"),
        # ... then inbound rules of the instance's subnet
        ("r", ["50 deny all from 10.1.0.0/16", ALL_IN], [ALL_OUT], "nacl.ingress.deny"),
    ],
)
def test_nacl_table_different_subnets(subnet: str, inbound: list[str], out: list[str], wanted: str) -> None:
    assert code(trip(estate(SPLIT, network_acls={"n": nacl(subnet, inbound, out)}), "web", DB)) == wanted


def test_tg15_vpn_ties_are_choices() -> None:
    base, _ = extra("vpn", "vpn-1")
    other = TransitGatewayAttachment(
        transit_gateway_attachment_id="tgw-attach-y",
        transit_gateway_id=next(iter(base.transit_gateways)),
        resource_type="vpn",
        resource_id="vpn-2",
    )
    rows = (
        route("10.8.0.0/16", "tgw-attach-x", "vpn", type="propagated"),
        route("10.8.0.0/16", "tgw-attach-y", "vpn", type="propagated"),
    )
    found = trips(with_routes(base, *rows, attachment=other), "web", "10.8.0.1")
    assert len(found) == 2
    stages = [s.stage for s in found[0].forward.steps]
    assert any(isinstance(s, Choice) and s.code == "choice.ecmp" for s in stages)
    assert not any(isinstance(s, Note) for s in stages)


PEERED = """
region: us-east-1
vpcs:
  left:
    cidr: 10.1.0.0/16
    subnets: {l: {cidr: 10.1.1.0/24, az: a, routes: {10.0.0.0/8: one}}}
    security_groups: {client: {in: all from 0.0.0.0/0}}
    instances: {web: {subnet: l, ip: 10.1.1.10, sg: client}}
  right:
    cidr: 10.2.0.0/16
    subnets: {r: {cidr: 10.2.1.0/24, az: a, routes: {10.0.0.0/8: two}}}
    security_groups: {server: {in: %s}}
    instances: {db: {subnet: r, ip: 10.2.1.10, sg: server}}
transit_gateways:
  one:
    sg_referencing: true
    default_association: false
    attachments: {left: {subnets: l}}
    route_tables: {t1: {associate: [left, one-two], propagate: left, routes: {10.2.0.0/16: one-two}}}
  two:
    sg_referencing: true
    default_association: false
    attachments: {right: {subnets: r}}
    route_tables:
      t2: {associate: [right, one-two-accepter], propagate: right, routes: {10.1.0.0/16: one-two-accepter}}
tgw_peerings:
  one-two: {tgws: [one, two]}
"""


def test_tg4_a_peering_has_static_routes_only_and_loses_the_group() -> None:
    assert code(trip(estate(PEERED % "all from 10.1.0.0/16"), "web", DB)) == "ok"
    assert code(trip(estate(PEERED % "all from sg-left-client"), "web", DB)) == "sg.ingress.no_rule"
    static = PEERED.replace(", routes: {10.2.0.0/16: one-two}", "") % "all from 10.1.0.0/16"
    assert code(trip(estate(static), "web", DB)) == "tgw.no_route"


def test_tg17_out_by_the_attachment_it_came_in_by() -> None:
    """An inspection VPC hands packets back to the TGW; only tables decide."""
    base = inspected("a", "a", "a")
    hairpin = trip(base, "web", DB)
    assert places(hairpin).count(next(iter(base.transit_gateways))) == 2
    assert code(hairpin) == "ok"


def test_tg1_trap_21_the_inspection_attachments_own_table_decides_after_the_firewall() -> None:
    base = inspected("a", "a", "a")
    tables = {name: dict(table) for name, table in base.tables.items()}
    (back,) = (t for t in tables["tgw_propagations"] if t.endswith("back"))
    record = tables["tgw_propagations"][back]
    left = attachment_of(base, "vpc-left")
    kept = tuple(e for e in record.transit_gateway_route_table_propagations if e.transit_gateway_attachment_id == left)
    from msgspec.structs import replace

    tables["tgw_propagations"][back] = replace(record, transit_gateway_route_table_propagations=kept)
    found = trip(Estate(tables), "web", DB)
    assert (code(found), found.reply) == ("tgw.no_route", None)


def test_ng11_trap_3_the_nat_gateways_subnet_needs_the_way_back() -> None:
    text = """
region: us-east-1
vpcs:
  spoke:
    cidr: 10.1.0.0/16
    subnets: {l: {cidr: 10.1.1.0/24, az: a, routes: {0.0.0.0/0: hub}}}
    security_groups: {open: {in: all from 0.0.0.0/0}}
    instances: {web: {subnet: l, ip: 10.1.1.10, sg: open}}
  egress:
    cidr: 10.9.0.0/16
    igw: true
    subnets:
      att: {cidr: 10.9.1.0/28, az: a, routes: {0.0.0.0/0: out}}
      pub: {cidr: 10.9.2.0/24, az: a, routes: {0.0.0.0/0: igw%s}}
    nat_gateways: {out: {subnet: pub, ip: 10.9.2.7}}
transit_gateways:
  hub:
    default_association: false
    default_propagation: false
    attachments: {spoke: {subnets: l}, egress: {subnets: att}}
    route_tables:
      spokes: {associate: spoke, routes: {0.0.0.0/0: egress}}
      out: {associate: egress, propagate: spoke}
"""
    lost = trip(estate(text % ""), "web", "198.51.100.9")
    assert lost.forward.outcome == "delivered"
    assert code(lost) == "igw.private_destination"
    assert code(trip(estate(text % ", 10.1.0.0/16: hub"), "web", "198.51.100.9")) == "ok"
