"""The VPC resolver's view: attributes, rules, endpoints, Profiles, instance names, DNS64 (sections 2 and 3)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from names_estate import INTERNET, REGION, World, alias, inside, on_site, record_set

from tabiji import names
from tabiji.estate import Change, Estate
from tabiji.estate.availability_zone import AvailabilityZone
from tabiji.estate.hosted_zone import HostedZone, HostedZoneConfig, HostedZonesByVpc, HostedZoneSummary, ZoneVpc
from tabiji.estate.peering import PeeringOptions, PeeringVpc, VpcPeeringConnection
from tabiji.estate.resolver import (
    FirewallDomainList,
    FirewallRule,
    FirewallRuleGroup,
    Profile,
    ProfileAssociation,
    ProfileResource,
    ResolverRule,
    ResolverRuleAssociation,
)
from tabiji.estate.site import DnsServer, DnsZone, Forwarder, PublicName, Site
from tabiji.estate.subnet import HostnameOptions, Subnet
from tabiji.estate.transit_gateway import TransitGateway, TransitGatewayVpcAttachment, VpcAttachmentOptions
from tabiji.estate.vpc import VpcAttributes
from tabiji.names import FromPlace, Reach, View
from tabiji.names.answer import Answer
from tabiji.names.public import DECIDES

SSM = f"ssm.{REGION}.amazonaws.com"


def dig(estate: Estate, at: object, name: str, rtype: str = "A", **options: Any) -> Answer:
    return names.resolve(estate, at, name, rtype, tool="dig", **options)  # type: ignore[arg-type]


def codes(answer: Answer) -> list[str]:
    return [s.code for s in answer.chain]


def x(flags: str = "TT") -> World:
    return World().vpc("vpc-x", "10.0.0.0/16", flags)


# Forwarding -----------------------------------------------------------------


def hybrid() -> World:
    """vpc-x forwards corp.test to two on-prem servers; a site asks vpc-x by an inbound endpoint."""
    world = x().outbound("out", "vpc-x", "10.0.0.10", "10.0.1.10").inbound("in", "vpc-x", "10.0.0.20")
    world.rule("corp.test", ("vpc-x",), ("192.168.0.53", "192.168.0.54"))
    world.add("sites", Site(name="s", prefixes=("192.168.0.0/16",), dns=("192.168.0.53",)))
    for n, address in enumerate(("192.168.0.53", "192.168.0.54")):
        world.add(
            "dns_servers",
            DnsServer(
                name=f"ns{n}",
                address=address,
                zones=(DnsZone(name="corp.test", records={"www": {"A": ("192.168.0.80",)}}),),
                forwarders=(Forwarder(suffix="amazonaws.com", to=("10.0.0.20",)),),
            ),
        )
    return world


def test_forward_leaves_from_the_outbound_endpoints_enis() -> None:
    """N2.7c, N2.7e: the sender the walk sees is an ENI of the endpoint, not the client."""
    seen: list[tuple[str, str, str, int]] = []

    def transport(sender: FromPlace, server: str, protocol: str, port: int) -> Reach:
        seen.append((sender.role, sender.eni, server, port))
        return Reach(ok=True)

    answer = dig(hybrid().estate(), inside("vpc-x"), "www.corp.test", transport=transport)
    assert answer.addresses() == ("192.168.0.80",)
    assert seen == [
        ("outbound_endpoint", "eni-out-0", "192.168.0.53", 53),
        ("outbound_endpoint", "eni-out-0", "192.168.0.54", 53),
    ]
    assert not answer.choice


def test_one_dead_target_does_not_matter_all_dead_give_servfail() -> None:
    """N2.7c, N2.7h"""

    def blocks(*dead: str) -> Any:
        return lambda sender, server, protocol, port: Reach(ok=server not in dead, code="tgw.no_route")

    estate = hybrid().estate()
    one = dig(estate, inside("vpc-x"), "www.corp.test", transport=blocks("192.168.0.53"))
    assert one.addresses() == ("192.168.0.80",)
    assert codes(one).count("names.outbound_endpoint.blocked") == 2  # tried from both ENIs
    every = dig(estate, inside("vpc-x"), "www.corp.test", transport=blocks("192.168.0.53", "192.168.0.54"))
    assert (every.rcode, codes(every)[-1]) == ("SERVFAIL", "names.outbound_endpoint.no_target")
    assert every.chain[-1].facts == ("N2.7h",)
    patient = hybrid().switch("N2.7h", "timeout").estate()
    at = inside("vpc-x")
    assert dig(patient, at, "www.corp.test", transport=blocks("192.168.0.53", "192.168.0.54")).rcode == "TIMEOUT"


def test_undetermined_targets_are_used_and_told() -> None:
    """What cannot be walked is not taken as blocked: the answer is the best assumption."""

    def unsure(sender: FromPlace, server: str, protocol: str, port: int) -> Reach:
        return Reach(ok=None, code="coverage.routes", detail="no routes")

    answer = dig(hybrid().estate(), inside("vpc-x"), "www.corp.test", transport=unsure)
    assert (answer.addresses(), "no routes" in answer.unknown) == (("192.168.0.80",), True)

    def half(sender: FromPlace, server: str, protocol: str, port: int) -> Reach:
        return Reach(ok=True if server == "192.168.0.54" else None, code="coverage.routes")

    assert not dig(hybrid().estate(), inside("vpc-x"), "www.corp.test", transport=half).unknown


def test_targets_that_disagree_are_a_choice() -> None:
    """N2.7c: the target is chosen in no fixed order."""
    world = hybrid()
    other = DnsZone(name="corp.test", records={"www": {"A": ("192.168.0.81",)}})
    world.rows["dns_servers"][1] = DnsServer(name="ns1", address="192.168.0.54", zones=(other,))
    assert dig(world.estate(), inside("vpc-x"), "www.corp.test").choice


def test_onprem_forwarder_to_the_inbound_endpoint() -> None:
    """N1.12, N2.7f: the forwarder's own query is walked from the server's place."""
    world = hybrid().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"})
    seen = []

    def transport(sender: FromPlace, server: str, protocol: str, port: int) -> Reach:
        seen.append((sender.role, sender.site, server))
        return Reach(ok=True)

    answer = dig(world.estate(), on_site("s"), SSM, transport=transport)
    assert answer.addresses() == ("10.0.0.30",)
    assert seen == [("client", "s", "192.168.0.53"), ("dns_server", "s", "10.0.0.20")]

    def closed(sender: FromPlace, server: str, protocol: str, port: int) -> Reach:
        return Reach(ok=server != "10.0.0.20", code="sg.ingress.no_rule")

    blocked = dig(world.estate(), on_site("s"), SSM, transport=closed)
    assert blocked.rcode == "SERVFAIL"
    assert "names.site_server.blocked" in codes(blocked)


def test_loop_between_vpc_and_onprem() -> None:
    """N2.7g: corp.test forwarded on-prem, and forwarded back."""
    world = hybrid()
    back = (Forwarder(suffix="corp.test", to=("10.0.0.20",)),)
    world.rows["dns_servers"] = [
        DnsServer(name=f"ns{n}", address=f"192.168.0.5{3 + n}", forwarders=back) for n in range(2)
    ]
    answer = dig(world.estate(), inside("vpc-x"), "www.corp.test")
    assert answer.rcode == "SERVFAIL"
    assert "names.server.loop" in codes(answer)


def test_rule_that_was_not_collected_makes_answers_uncertain() -> None:
    world = x().add(
        "resolver_rule_associations",
        ResolverRuleAssociation(id="a", resolver_rule_id="rslvr-rr-9", vpc_id="vpc-x"),
        ResolverRuleAssociation(id="b", resolver_rule_id="rslvr-autodefined-rr-internet-resolver", vpc_id="vpc-x"),
    )
    assert "rslvr-rr-9" in dig(world.estate(), inside("vpc-x"), SSM).unknown
    world.rows["resolver_rule_associations"].pop(0)
    assert not dig(world.estate(), inside("vpc-x"), SSM).unknown


def test_delegate_rule_follows_ns_below_the_apex() -> None:
    """N2.4d, N2.4e: without a DELEGATE rule the NS record is only a record."""
    world = x().outbound("out", "vpc-x", "10.0.0.10")
    world.zone("corp.test", {"eu NS": "ns.eu.corp.test", "ns.eu A": "192.168.0.53"}, "vpc-x")
    zone = DnsZone(name="eu.corp.test", records={"www": {"A": ("192.168.9.9",)}})
    world.add("dns_servers", DnsServer(name="ns", address="192.168.0.53", zones=(zone,)))
    assert dig(world.estate(), inside("vpc-x"), "www.eu.corp.test").rcode == "NXDOMAIN"
    rule = ResolverRule(
        id="d", domain_name=".", rule_type="DELEGATE", resolver_endpoint_id="out", delegation_record="eu.corp.test"
    )
    world.add("resolver_rules", rule)
    world.add("resolver_rule_associations", ResolverRuleAssociation(id="d", resolver_rule_id="d", vpc_id="vpc-x"))
    answer = dig(world.estate(), inside("vpc-x"), "www.eu.corp.test")
    assert answer.addresses() == ("192.168.9.9",)
    assert "names.resolver_rule.delegate" in codes(answer)


def test_inbound_endpoint_states_and_protocols() -> None:
    """N2.7a"""
    for extra, rcode in (({"status": "CREATING"}, "TIMEOUT"), ({"protocols": ("DoH",)}, "CONNREFUSED")):
        world = x().inbound("in", "vpc-x", "10.0.0.20", **extra)
        assert dig(world.estate(), on_site(""), SSM, server="10.0.0.20").rcode == rcode


def test_same_address_in_two_vpcs() -> None:
    """The walk tells which inbound endpoint a query met; without it the answer is uncertain."""
    world = x().vpc("vpc-y", "10.0.0.0/16").inbound("in-x", "vpc-x", "10.0.0.20").inbound("in-y", "vpc-y", "10.0.0.20")
    world.zone("corp.test", {"www A": "10.0.0.1"}, "vpc-x", zone_id="ZX")
    world.zone("corp.test", {"www A": "10.0.0.2"}, "vpc-y", zone_id="ZY")
    estate = world.estate()
    assert "several inbound endpoints" in dig(estate, on_site(""), "www.corp.test", server="10.0.0.20").unknown

    def transport(sender: FromPlace, server: str, protocol: str, port: int) -> Reach:
        return Reach(ok=True, vpc="vpc-y")

    answer = dig(estate, on_site(""), "www.corp.test", server="10.0.0.20", transport=transport)
    assert (answer.addresses(), answer.unknown) == (("10.0.0.2",), "")


# Profiles -------------------------------------------------------------------


def profile(world: World, *arns: str, priority: int = 100, name: str = "rp-1") -> World:
    resources = tuple(ProfileResource(resource_arn=a) for a in arns)
    world.add("profiles", Profile(id=name, resources=resources))
    return world.add(
        "profile_associations",
        ProfileAssociation(id=f"a-{name}", profile_id=name, resource_id="vpc-x", priority=priority),
    )


def test_profile_carries_an_interface_endpoint() -> None:
    """N6.D, NT5's assumption lifted."""
    world = x().vpc("vpc-hub", "10.9.0.0/16").endpoint("ssm", "vpc-hub", "ssm", {"a": "10.9.0.30"})
    assert dig(world.estate(), inside("vpc-x"), SSM).addresses() != ("10.9.0.30",)
    profile(world, "arn:aws:ec2:ap-northeast-1:111122223333:vpc-endpoint/vpce-ssm")
    assert dig(world.estate(), inside("vpc-x"), SSM).addresses() == ("10.9.0.30",)


def test_profile_carries_zones_and_the_lowest_priority_wins() -> None:
    """N2.8a"""
    world = x().vpc("vpc-o", "10.9.0.0/16")
    for n in (1, 2):
        world.zone("corp.test", {"www A": f"10.0.0.{n}"}, "vpc-o", zone_id=f"Z{n}")
    profile(world, "arn:aws:route53:::hostedzone/Z1", priority=300, name="rp-1")
    profile(world, "arn:aws:route53:::hostedzone/Z2", priority=200, name="rp-2")
    assert dig(world.estate(), inside("vpc-x"), "www.corp.test").addresses() == ("10.0.0.2",)


def test_profile_against_vpc_is_a_switch() -> None:
    """N2.8b: VPC-direct wins unless switched."""
    world = x().zone("corp.test", {"www A": "10.0.0.1"}, "vpc-x").outbound("out", "vpc-x", "10.0.0.10")
    world.rule("corp.test", (), ("192.168.0.53",))
    zone = DnsZone(name="corp.test", records={"www": {"A": ("192.168.0.80",)}})
    world.add("dns_servers", DnsServer(name="ns", address="192.168.0.53", zones=(zone,)))
    profile(world, "arn:aws:route53resolver:ap-northeast-1:111122223333:resolver-rule/rule-corp.test")
    assert dig(world.estate(), inside("vpc-x"), "www.corp.test").addresses() == ("10.0.0.1",)
    kind = world.switch("N2.8b", "kind").estate()
    assert dig(kind, inside("vpc-x"), "www.corp.test").addresses() == ("192.168.0.80",)


def test_profile_carries_a_firewall_group() -> None:
    """N2.8a; the group's priority inside the Profile orders it."""
    world = x()
    world.add("firewall_domain_lists", FirewallDomainList(id="l", domains=("*",)))
    rule = FirewallRule(firewall_domain_list_id="l", action="BLOCK", block_response="NXDOMAIN")
    world.add("firewall_rule_groups", FirewallRuleGroup(id="g", rules=(rule,)))
    profile(world, "arn:aws:route53resolver:ap-northeast-1:111122223333:firewall-rule-group/g")
    assert codes(dig(world.estate(), inside("vpc-x"), SSM))[-1] == "names.dns_firewall.block"


# Private hosted zones ---------------------------------------------------------


def test_zone_of_another_account_without_records() -> None:
    """N2.6f: listed, but records not visible: undetermined.  An endpoint's own zone is listed too, and known."""
    world = x().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"})
    listed = (
        HostedZoneSummary(hosted_zone_id="ZFAR", name="corp.test."),
        HostedZoneSummary(hosted_zone_id="ZM", name=SSM),
    )
    world.add("hosted_zones_by_vpc", HostedZonesByVpc(vpc_id="vpc-x", hosted_zone_summaries=listed))
    estate = world.estate()
    assert "not collected" in dig(estate, inside("vpc-x"), "www.corp.test").unknown
    assert dig(estate, inside("vpc-x"), SSM).addresses() == ("10.0.0.30",)
    assert not dig(estate, inside("vpc-x"), SSM).unknown


def test_alias_inside_the_zone_and_alias_circle() -> None:
    """N0.v5"""
    world = x().zone(
        "corp.test",
        {
            "www A": alias("web.corp.test.", "ZC"),
            "web A": ("10.0.0.1", "10.0.0.2"),
            "p A": alias("q.corp.test.", "ZC"),
            "q A": alias("p.corp.test.", "ZC"),
        },
        "vpc-x",
        zone_id="ZC",
    )
    answer = dig(world.estate(), inside("vpc-x"), "www.corp.test")
    assert [(r.name, r.type, r.rdata) for r in answer.answer] == [
        ("www.corp.test.", "A", "10.0.0.1"),
        ("www.corp.test.", "A", "10.0.0.2"),
    ]
    circle = dig(world.estate(), inside("vpc-x"), "p.corp.test")
    assert (circle.answer, "names.zone.alias_loop" in codes(circle)) == ((), True)
    assert dig(world.estate(), inside("vpc-x"), "www.corp.test", "AAAA").authority  # NODATA
    world.zone("one.test", {"@ A": alias("two.test.")}).zone("two.test", {"@ A": alias("one.test.")})
    assert "names.zone.alias_loop" in codes(dig(world.estate(), INTERNET, "one.test"))


def policy_zone(*sets: dict[str, Any]) -> Estate:
    world = x()
    records = tuple(
        record_set("www A", f"10.0.0.{n}", "corp.test", set_identifier=f"s{n}", **extra)
        for n, extra in enumerate(sets, 1)
    )
    zone = HostedZone(
        id="ZP",
        name="corp.test.",
        config=HostedZoneConfig(private_zone=True),
        vpcs=(ZoneVpc(vpc_id="vpc-x"),),
        record_sets=records,
    )
    return world.add("hosted_zones", zone).estate()


@pytest.mark.parametrize(
    ("sets", "addresses", "choice"),
    [
        (({"weight": 1}, {"weight": 3}), ("10.0.0.1", "10.0.0.2"), True),
        (({"weight": 0}, {"weight": 3}), ("10.0.0.2",), False),
        (({"weight": 0}, {"weight": 0}), ("10.0.0.1", "10.0.0.2"), True),
        (({"region": "ap-northeast-1"}, {"region": "us-east-1"}), ("10.0.0.1", "10.0.0.2"), True),
        (({"failover": "PRIMARY"}, {"failover": "SECONDARY"}), ("10.0.0.1", "10.0.0.2"), True),
        (({"multi_value_answer": True}, {"multi_value_answer": True}), ("10.0.0.1", "10.0.0.2"), False),
    ],
)
def test_routing_policies_answer_with_all_candidates(
    sets: tuple[dict[str, Any], ...], addresses: tuple[str, ...], choice: bool
) -> None:
    """N2.6e"""
    answer = dig(policy_zone(*sets), inside("vpc-x"), "www.corp.test")
    assert answer.addresses() == addresses
    assert bool(answer.choice) is choice


def test_cname_from_a_zone_to_an_endpoint_name_restarts_in_the_view() -> None:
    """N0.v5"""
    world = x().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"}).zone("corp.test", {"s CNAME": SSM}, "vpc-x")
    answer = dig(world.estate(), inside("vpc-x"), "s.corp.test")
    assert [(r.type, r.rdata) for r in answer.answer] == [("CNAME", SSM + "."), ("A", "10.0.0.30")]


def test_escaped_wildcard_as_route53_prints_it() -> None:
    world = x().zone("corp.test", {"\\052 A": "10.0.0.9"}, "vpc-x")
    assert dig(world.estate(), inside("vpc-x"), "anything.corp.test").addresses() == ("10.0.0.9",)


# Endpoints --------------------------------------------------------------------


def test_endpoint_without_subnets_shadows_the_public_name() -> None:
    """N4.5"""
    answer = dig(x().endpoint("ssm", "vpc-x", "ssm", {}).estate(), inside("vpc-x"), SSM)
    assert (answer.rcode, answer.answer, codes(answer)[-1]) == ("NOERROR", (), "names.managed_zone.no_subnets")


def test_pending_endpoint_has_no_private_dns() -> None:
    """N4.6, IE8"""
    estate = x().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"}, state="pendingAcceptance").estate()
    assert "names.public.assumed" in codes(dig(estate, inside("vpc-x"), SSM))


def test_siblings_and_subnames_of_a_private_name() -> None:
    """N4.10a"""
    estate = x().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"}).estate()
    assert dig(estate, inside("vpc-x"), f"x.{SSM}").rcode == "NXDOMAIN"
    assert "names.public.assumed" in codes(dig(estate, inside("vpc-x"), f"ssmmessages.{REGION}.amazonaws.com"))


def test_impaired_zone_leaves_the_answers_but_not_its_zonal_name() -> None:
    """N4.4b"""
    world = x().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30", "c": "10.0.0.31"})
    world.add("availability_zones", AvailabilityZone(zone_name=f"{REGION}c", region_name=REGION, state="impaired"))
    estate = world.estate()
    assert dig(estate, inside("vpc-x"), SSM).addresses() == ("10.0.0.30",)
    zonal = f"vpce-ssm-abcd1234-{REGION}c.ssm.{REGION}.vpce.amazonaws.com"
    assert dig(estate, inside("vpc-x"), zonal).addresses() == ("10.0.0.31",)


@pytest.mark.parametrize(
    ("kind", "a", "aaaa", "regional_aaaa"),
    [("ipv4", 1, 0, 0), ("ipv6", 0, 1, 1), ("dualstack", 1, 1, 1), ("service-defined", 1, 0, 1)],
)
def test_dns_record_ip_types(kind: str, a: int, aaaa: int, regional_aaaa: int) -> None:
    """N4.13"""
    from tabiji.estate.network_interface import EniIpv6
    from tabiji.estate.vpc_endpoint import EndpointDnsOptions

    world = x().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"})
    eni = world.rows["network_interfaces"][0]
    six = (EniIpv6(ipv6_address="2001:db8:1::30"),)
    world.rows["network_interfaces"][0] = msgspec.structs.replace(eni, ipv6_addresses=six)
    options = EndpointDnsOptions(dns_record_ip_type=kind)
    world.rows["vpc_endpoints"][0] = msgspec.structs.replace(world.rows["vpc_endpoints"][0], dns_options=options)
    estate = world.estate()
    regional = f"vpce-ssm-abcd1234.ssm.{REGION}.vpce.amazonaws.com"
    assert len(dig(estate, inside("vpc-x"), SSM).addresses()) == a
    assert len(dig(estate, inside("vpc-x"), SSM, "AAAA").addresses()) == aaaa
    assert len(dig(estate, inside("vpc-x"), regional, "AAAA").addresses()) == regional_aaaa


def test_eni_that_was_not_collected() -> None:
    world = x().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"})
    world.rows["network_interfaces"].clear()
    assert "eni-ssm-a" in dig(world.estate(), inside("vpc-x"), SSM).unknown


def test_names_are_derived_when_no_entries_tell_them() -> None:
    """N4.1, N4.8, N4.9a: and a derived name says so."""
    world = x().endpoint("dkr", "vpc-x", "ecr.dkr", {"a": "10.0.0.30"}, listed=False)
    world.endpoint("api", "vpc-x", "ecr.api", {"a": "10.0.0.31"}, listed=False)
    estate = world.estate()
    image = dig(estate, inside("vpc-x"), f"1.dkr.ecr.{REGION}.amazonaws.com")
    assert image.addresses() == ("10.0.0.30",)
    assert "names.managed_zone.derived" in codes(image)
    assert dig(estate, inside("vpc-x"), f"api.ecr.{REGION}.amazonaws.com").addresses() == ("10.0.0.31",)


def test_zonal_names_of_endpoints_with_dashes_in_their_id() -> None:
    """Hand-written estates name endpoints freely; N4.1."""
    estate = x().endpoint("my-own-ssm", "vpc-x", "ssm", {"a": "10.0.0.30", "c": "10.0.0.31"}).estate()
    tail = f"ssm.{REGION}.vpce.amazonaws.com"
    assert dig(estate, INTERNET, f"vpce-my-own-ssm-abcd1234-{REGION}c.{tail}").addresses() == ("10.0.0.31",)
    assert dig(estate, INTERNET, f"vpce-my-own-ssm-abcd1234.{tail}").addresses() == ("10.0.0.30", "10.0.0.31")
    assert dig(estate, INTERNET, f"vpce-my-own-ssm-abcd1234-{REGION}d.{tail}").rcode == "NXDOMAIN"


def test_cross_region_endpoint_has_no_zonal_names() -> None:
    """N4.15"""
    from tabiji.names.endpoint_names import names_of

    world = x().endpoint("s", "vpc-x", "ecr.api", {"a": "10.0.0.30"}, region="us-east-1", listed=False)
    endpoint = msgspec.structs.replace(world.rows["vpc_endpoints"][0], service_region="us-east-1")
    world.rows["vpc_endpoints"][0] = endpoint
    found = [n for n in names_of(world.estate(), endpoint) if not n.private]
    assert [n.zone for n in found] == [""]
    assert found[0].name.endswith(".api.ecr.us-east-1.vpce.amazonaws.com.")


# Attributes ---------------------------------------------------------------------


def test_attributes_that_were_not_collected() -> None:
    """Section 2.2: told by an endpoint, by the switch, else unknown in a snapshot."""
    from tabiji.estate.coverage import COLLECTED, Coverage, Scope

    world = x("").zone("corp.test", {"www A": "10.0.0.1"}, "vpc-x")
    at = inside("vpc-x")
    assert dig(world.estate(), at, "www.corp.test").rcode == "NXDOMAIN"  # by hand: AWS's default, off
    scope = Scope()
    kinds = (*DECIDES, "dhcp_options")
    world.coverage = Coverage(complete=False, states={(scope, k): COLLECTED for k in kinds})
    unknown = dig(world.estate(), at, "www.corp.test")
    assert (unknown.addresses(), bool(unknown.unknown)) == (("10.0.0.1",), True)
    assert not dig(world.estate(), at, SSM).unknown  # does not hinge on it
    switched = World()
    switched.rows = {k: list(v) for k, v in world.rows.items()}
    switched.coverage = world.coverage
    switched.switch("N2.2", "T/T")
    assert not dig(switched.estate(), at, "www.corp.test").unknown
    world.endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"})
    assert not dig(world.estate(), at, "www.corp.test").unknown  # N4.6: private DNS needs both


def test_zones_not_collected_make_public_answers_uncertain() -> None:
    from tabiji.estate.coverage import Coverage

    world = x().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"})
    world.coverage = Coverage(complete=False)
    estate = world.estate()
    assert "hosted_zones" in dig(estate, inside("vpc-x"), f"ec2.{REGION}.amazonaws.com").unknown
    assert not dig(estate, inside("vpc-x"), SSM).unknown
    switched = world.switch("N2.4a", "public").estate()
    assert not dig(switched, inside("vpc-x"), f"ec2.{REGION}.amazonaws.com").unknown


def test_hostnames_without_support_counts_as_off() -> None:
    """N2.2c"""
    estate = x("FT").estate()
    assert dig(estate, inside("vpc-x"), SSM).rcode == "TIMEOUT"
    assert [p.code for p in names.problems(estate)] == ["names.hostnames_without_support"]


# Instance names -------------------------------------------------------------------


def test_ip_names_without_hostnames_are_a_switch() -> None:
    """Section 11: N2.2b is the default; N3.2b lets RFC 1918 names resolve whatever the flags say."""
    name = f"ip-10-0-0-9.{REGION}.compute.internal"
    assert dig(x("TF").estate(), inside("vpc-x"), name).rcode == "NXDOMAIN"
    switched = x("TF").switch("N3.2b", "always").estate()
    assert dig(switched, inside("vpc-x"), name).addresses() == ("10.0.0.9",)


def two(tgw: bool, other_cidr: str = "28.0.0.0/16", region: str = REGION) -> World:
    world = x().vpc("vpc-y", other_cidr, region=region)
    if tgw:
        world.add("transit_gateways", TransitGateway(transit_gateway_id="tgw-1"))
        for vpc in ("vpc-x", "vpc-y"):
            world.add(
                "tgw_vpc_attachments",
                TransitGatewayVpcAttachment(
                    transit_gateway_attachment_id=f"att-{vpc}", transit_gateway_id="tgw-1", vpc_id=vpc
                ),
            )
    else:
        side = PeeringOptions(allow_dns_resolution_from_remote_vpc=True)
        world.add(
            "peerings",
            VpcPeeringConnection(
                vpc_peering_connection_id="pcx-1",
                requester=PeeringVpc(vpc_id="vpc-x"),
                accepter=PeeringVpc(vpc_id="vpc-y", peering_options=side),
            ),
        )
    return world.eni("eni-y", "vpc-y", "28.0.0.9", public="54.1.2.3")


def test_tgw_dns_support_is_a_switch() -> None:
    """N3.5b: the same private answer between attached VPCs; the effect is not established."""
    name = f"ec2-54-1-2-3.{REGION}.compute.amazonaws.com"
    answer = dig(two(True).estate(), inside("vpc-x"), name)
    assert (answer.addresses(), answer.chain[-1].facts) == (("28.0.0.9",), ("N3.5b",))
    assert dig(two(True).switch("N3.5b", "public").estate(), inside("vpc-x"), name).addresses() == ("54.1.2.3",)
    world = two(True)
    off = VpcAttachmentOptions(dns_support="disable")
    world.rows["tgw_vpc_attachments"][1] = msgspec.structs.replace(world.rows["tgw_vpc_attachments"][1], options=off)
    assert dig(world.estate(), inside("vpc-x"), name).addresses() == ("54.1.2.3",)


def test_non_rfc1918_names_of_a_peer_are_a_switch() -> None:
    """Section 11: N3.2b refuses, data-plane PC7 answers."""
    name = f"ip-28-0-0-9.{REGION}.compute.internal"
    assert dig(two(False).estate(), inside("vpc-x"), name).rcode == "NXDOMAIN"
    assert dig(two(False).switch("PC7", "PC7").estate(), inside("vpc-x"), name).addresses() == ("28.0.0.9",)


def test_names_of_a_peers_region() -> None:
    """N2.5a, N2.5d, N3.5a: a peer in another Region brings that Region's names."""
    world = two(False, "10.1.0.0/16", "us-east-1")
    world.eni("eni-z", "vpc-y", "10.1.0.9", public="54.9.9.9")
    name = "ec2-54-9-9-9.compute-1.amazonaws.com"
    assert dig(world.estate(), inside("vpc-x"), name).addresses() == ("10.1.0.9",)
    assert dig(world.estate(), INTERNET, name).addresses() == ("54.9.9.9",)
    assert dig(x().estate(), inside("vpc-x"), "ip-10-1-0-9.ec2.internal").rcode == "NXDOMAIN"


@pytest.mark.parametrize(
    ("name", "rcode", "target"),
    [
        ("9.0.0.10.in-addr.arpa", "NOERROR", f"ip-10-0-0-9.{REGION}.compute.internal."),
        ("7.1.0.10.in-addr.arpa", "NOERROR", f"i-0abc.{REGION}.compute.internal."),
        ("9.0.0.28.in-addr.arpa", "NOERROR", f"ip-28-0-0-9.{REGION}.compute.internal."),
        ("9.0.168.192.in-addr.arpa", "NXDOMAIN", ""),
        ("1.0.0.127.in-addr.arpa", "NOERROR", "localhost."),
        ("3.2.1.54.in-addr.arpa", "NOERROR", f"ec2-54-1-2-3.{REGION}.compute.amazonaws.com."),
    ],
)
def test_pointers(name: str, rcode: str, target: str) -> None:
    """N3.6a, N2.5b-N2.5d: this VPC, a DNS peer, other private addresses, the public ones."""
    from tabiji.estate.instance import Instance, InstanceEni

    world = two(False).eni("eni-i", "vpc-x", "10.0.1.7")
    options = HostnameOptions(hostname_type="resource-name", enable_resource_name_dns_a_record=True)
    world.add(
        "instances",
        Instance(
            instance_id="i-0abc",
            vpc_id="vpc-x",
            network_interfaces=(InstanceEni(network_interface_id="eni-i"),),
            private_dns_name_options=options,
        ),
    )
    answer = dig(world.estate(), inside("vpc-x"), name, "PTR")
    assert answer.rcode == rcode
    assert [r.rdata for r in answer.answer] == ([target] if target else [])


def test_peer_with_hostnames_off_has_no_names() -> None:
    """N2.2b, N3.5a: neither its PTRs nor its public instance names."""
    world = two(False)
    world.rows["vpc_attributes"][1] = VpcAttributes(vpc_id="vpc-y", enable_dns_support=True, enable_dns_hostnames=False)
    estate = world.estate()
    assert not dig(estate, inside("vpc-x"), "9.0.0.28.in-addr.arpa", "PTR").answer
    public = dig(estate, inside("vpc-x"), f"ec2-54-1-2-3.{REGION}.compute.amazonaws.com")
    assert (public.rcode, codes(public)[-1]) == ("NXDOMAIN", "names.ec2_name.not_assigned")
    assert dig(estate, INTERNET, f"ec2-54-1-2-3.{REGION}.compute.amazonaws.com").rcode == "NXDOMAIN"


def test_two_claims_to_one_name_are_told() -> None:
    """N4.7, N2.6d: AWS refuses them, so the data is odd."""
    world = x().endpoint("one", "vpc-x", "ssm", {"a": "10.0.0.30"}).endpoint("two", "vpc-x", "ssm", {"a": "10.0.0.31"})
    assert [p.code for p in names.problems(world.estate())] == ["names.two_claims"]
    zones = x().zone("corp.test", {}, "vpc-x", zone_id="Z1").zone("corp.test", {}, "vpc-x", zone_id="Z2")
    assert [p.code for p in names.problems(zones.estate())] == ["names.two_zones"]


def test_reverse_can_be_switched_off_and_overridden() -> None:
    """N2.5e, N2.4b: AutodefinedReverse off, and a FORWARD rule of the same name."""
    world = x("").add(
        "vpc_attributes",
        VpcAttributes(vpc_id="vpc-x", enable_dns_support=True, enable_dns_hostnames=True, autodefined_reverse=False),
    )
    assert dig(world.estate(), inside("vpc-x"), "9.0.0.10.in-addr.arpa", "PTR").rcode == "NXDOMAIN"
    forwarded = x().outbound("out", "vpc-x", "10.0.0.10").rule("0.10.in-addr.arpa", ("vpc-x",), ("192.168.0.53",))
    zone = DnsZone(name="10.in-addr.arpa", records={"9.0.0": {"PTR": ("nine.corp.test",)}})
    forwarded.add("dns_servers", DnsServer(name="ns", address="192.168.0.53", zones=(zone,)))
    answer = dig(forwarded.estate(), inside("vpc-x"), "9.0.0.10.in-addr.arpa", "PTR")
    assert [r.rdata for r in answer.answer] == ["nine.corp.test."]


@pytest.mark.parametrize(
    ("cidr", "zones"),
    [
        ("10.0.0.0/8", ["10.in-addr.arpa."]),
        ("10.4.0.0/15", ["4.10.in-addr.arpa.", "5.10.in-addr.arpa."]),
        ("10.4.2.0/23", ["2.4.10.in-addr.arpa.", "3.4.10.in-addr.arpa."]),
        ("10.4.2.16/28", ["2.4.10.in-addr.arpa."]),
    ],
)
def test_reverse_zones_of_a_cidr(cidr: str, zones: list[str]) -> None:
    """N2.5b"""
    from tabiji.names.ec2_name import reverse_zones
    from tabiji.packet.address import parse_prefix

    assert reverse_zones(parse_prefix(cidr)) == zones


# DNS64, DNS Firewall ------------------------------------------------------------


def test_dns64_of_a_subnet() -> None:
    """N2.11: AAAA made from A where there is none, and only there."""
    world = x().add("subnets", Subnet(subnet_id="subnet-64", vpc_id="vpc-x", enable_dns64=True))
    world.add("public_names", PublicName(name="four.test", records={"A": ("203.0.113.7",)}))
    world.add("public_names", PublicName(name="both.test", records={"A": ("203.0.113.7",), "AAAA": ("2001:db8::7",)}))
    estate = world.estate()
    at = inside("vpc-x", "subnet-64")
    made = dig(estate, at, "four.test", "AAAA")
    assert made.addresses() == ("64:ff9b::cb00:7107",)
    assert codes(made)[-1] == "names.dns64.synthesised"
    assert dig(estate, at, "both.test", "AAAA").addresses() == ("2001:db8::7",)
    assert dig(estate, inside("vpc-x", "subnet-vpc-x-a"), "four.test", "AAAA").addresses() == ()
    assert dig(estate, at, "no.corp", "AAAA").rcode == "NXDOMAIN"


def test_dns64_of_an_inbound_endpoint() -> None:
    """N2.11, N2.7d"""
    world = x().inbound("in", "vpc-x", "10.0.0.20", dns64=True)
    world.zone("corp.test", {"www A": "10.0.0.80"}, "vpc-x")
    answer = dig(world.estate(), on_site(""), "www.corp.test", "AAAA", server="10.0.0.20")
    assert answer.addresses() == ("64:ff9b::a00:50",)


def test_firewall_order_qtype_and_hidden_lists() -> None:
    """N2.9a: first match by priority; a rule may name a type; managed lists show no domains."""
    from tabiji.estate.resolver import FirewallRuleGroupAssociation

    world = x().zone("corp.test", {"www A": "10.0.0.1", "www TXT": '"t"'}, "vpc-x")
    world.add("firewall_domain_lists", FirewallDomainList(id="corp", domains=("www.corp.test.",)))
    world.add("firewall_domain_lists", FirewallDomainList(id="m", name="AWSManagedDomainsMalwareDomainList"))
    rules = (
        FirewallRule(firewall_domain_list_id="corp", priority=20, action="BLOCK"),
        FirewallRule(firewall_domain_list_id="corp", priority=10, action="ALERT", qtype="TXT"),
        FirewallRule(firewall_domain_list_id="m", priority=5, action="BLOCK"),
    )
    world.add("firewall_rule_groups", FirewallRuleGroup(id="g", rules=rules))
    world.add(
        "firewall_rule_group_associations",
        FirewallRuleGroupAssociation(id="a", firewall_rule_group_id="g", vpc_id="vpc-x"),
    )
    estate = world.estate()
    blocked, passed = (
        dig(estate, inside("vpc-x"), "www.corp.test"),
        dig(estate, inside("vpc-x"), "www.corp.test", "TXT"),
    )
    assert (blocked.rcode, blocked.answer, blocked.unknown) == ("NOERROR", (), "")
    assert passed.answer[0].rdata == '"t"'
    assert "names.dns_firewall.hidden_list" in codes(blocked)
    world.rows["firewall_domain_lists"].pop()
    assert "m was not collected" in dig(world.estate(), inside("vpc-x"), "other.corp.test").unknown


def test_firewall_groups_by_association_priority() -> None:
    """N2.9a, DF1: the group with the lower number is asked first."""
    from tabiji.estate.resolver import FirewallRuleGroupAssociation

    world = x().add("firewall_domain_lists", FirewallDomainList(id="all", domains=("*",)))
    for group, action, priority in (("z-allow", "ALLOW", 101), ("a-block", "BLOCK", 900)):
        rule = FirewallRule(firewall_domain_list_id="all", action=action, block_response="NXDOMAIN")
        world.add("firewall_rule_groups", FirewallRuleGroup(id=group, rules=(rule,)))
        world.rows.setdefault("firewall_rule_group_associations", []).insert(
            0,
            FirewallRuleGroupAssociation(id=group, firewall_rule_group_id=group, vpc_id="vpc-x", priority=priority),
        )
    assert dig(world.estate(), inside("vpc-x"), SSM).rcode == "NOERROR"


def test_firewall_scope_is_a_switch() -> None:
    """N2.9f: that it runs before private zones is inferred."""
    from tabiji.estate.resolver import FirewallRuleGroupAssociation

    world = x().zone("corp.test", {"www A": "10.0.0.1"}, "vpc-x")
    world.add("firewall_domain_lists", FirewallDomainList(id="all", domains=("*",)))
    rule = FirewallRule(firewall_domain_list_id="all", action="BLOCK")
    world.add("firewall_rule_groups", FirewallRuleGroup(id="g", rules=(rule,)))
    association = FirewallRuleGroupAssociation(id="a", firewall_rule_group_id="g", vpc_id="vpc-x")
    world.add("firewall_rule_group_associations", association)
    assert dig(world.estate(), inside("vpc-x"), "www.corp.test").addresses() == ()
    world.switch("N2.9f", "public")
    assert dig(world.estate(), inside("vpc-x"), "www.corp.test").addresses() == ("10.0.0.1",)
    assert dig(world.estate(), inside("vpc-x"), SSM).addresses() == ()


# The view kept on the estate -------------------------------------------------------


def test_view_is_kept_while_names_do_not_change() -> None:
    world = x().endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"})
    estate = world.estate()
    view = View.of(estate, "vpc-x")
    assert View.of(estate.with_changes([Change("route_tables", "rtb-1")]), "vpc-x") is view
    endpoint = msgspec.structs.replace(estate.vpc_endpoints["vpce-ssm"], private_dns_enabled=False)
    changed = estate.with_changes([Change("vpc_endpoints", "vpce-ssm", endpoint)])
    assert dig(estate, inside("vpc-x"), SSM).addresses() == ("10.0.0.30",)
    assert dig(changed, inside("vpc-x"), SSM).addresses() != ("10.0.0.30",)
    assert dig(estate, inside("vpc-x"), SSM).addresses() == ("10.0.0.30",)


def test_view_function_is_what_an_inbound_endpoint_gives() -> None:
    """N2.7f"""
    private = (f"s3.{REGION}.amazonaws.com",)
    world = x().endpoint("s3", "vpc-x", "s3", {"a": "10.0.0.30"}, private).gateway_endpoint("g", "vpc-x")
    estate = world.estate()
    assert names.view(estate, "vpc-x", private[0], inbound=True).addresses() == ("10.0.0.30",)
    assert names.view(estate, "vpc-x", private[0]).addresses() != ("10.0.0.30",)
