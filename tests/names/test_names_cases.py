"""The 25 cases of the names reference, section 10."""

from __future__ import annotations

import pytest
from names_estate import INTERNET, REGION, World, alias, inside, on_site

from tabiji import names
from tabiji.estate import Estate
from tabiji.estate.instance import Instance
from tabiji.estate.peering import PeeringOptions, PeeringVpc, VpcPeeringConnection
from tabiji.estate.resolver import (
    FirewallDomainList,
    FirewallRule,
    FirewallRuleGroup,
    FirewallRuleGroupAssociation,
)
from tabiji.estate.site import DnsServer, Host, PublicName, Site
from tabiji.estate.subnet import HostnameOptions
from tabiji.names.answer import Answer
from tabiji.names.wire import decode_query, encode_answer, encode_query

SSM = f"ssm.{REGION}.amazonaws.com"
LOGS = f"logs.{REGION}.amazonaws.com"
MONITORING = f"monitoring.{REGION}.amazonaws.com"
ENIS = ("172.20.144.169", "172.20.128.22")
REGIONAL = f"vpce-ssm-abcd1234.ssm.{REGION}.vpce.amazonaws.com"
DOCUMENTATION = ("192.0.2.", "198.51.100.", "203.0.113.")


def vpc_a(flags: str = "TT", private_dns: bool = True) -> World:
    world = World().vpc("vpc-a", "172.20.128.0/17", flags)
    return world.endpoint("ssm", "vpc-a", "ssm", {"a": ENIS[0], "c": ENIS[1]}, private_dns=private_dns)


def dig(estate: Estate, at: object, name: str, rtype: str = "A", **options: object) -> Answer:
    return names.resolve(estate, at, name, rtype, tool="dig", **options)  # type: ignore[arg-type]


def codes(answer: Answer) -> list[str]:
    return [s.code for s in answer.chain]


def is_public(answer: Answer) -> bool:
    """Answered from public DNS with an address that stands for AWS's own."""
    return (
        answer.rcode == "NOERROR"
        and not answer.unknown
        and "names.public.assumed" in codes(answer)
        and all(a.startswith(DOCUMENTATION) for a in answer.addresses())
        and len(answer.addresses()) == 1
    )


def test_nt1_private_dns_gives_the_enis_of_both_zones() -> None:
    answer = dig(vpc_a().estate(), inside("vpc-a"), SSM)
    assert answer.addresses() == ENIS
    assert {r.ttl for r in answer.answer} == {60}
    assert answer.server == "172.20.128.2"
    assert "names.managed_zone.answer" in codes(answer)
    query = decode_query(encode_query(SSM, "A"))
    assert len(encode_answer(answer, query)) == 93  # N7.5


def test_nt2_regional_name_inside_and_on_the_internet() -> None:
    estate = vpc_a().estate()
    for at in (inside("vpc-a"), INTERNET):
        answer = dig(estate, at, REGIONAL)
        assert answer.addresses() == ENIS
        assert not answer.unknown


def test_nt3_zonal_names_give_one_eni_each() -> None:
    estate = vpc_a().estate()
    for zone, address in zip(("a", "c"), ENIS, strict=True):
        name = f"vpce-ssm-abcd1234-{REGION}{zone}.ssm.{REGION}.vpce.amazonaws.com"
        assert dig(estate, inside("vpc-a"), name).addresses() == (address,)
    missing = f"vpce-ssm-abcd1234-{REGION}d.ssm.{REGION}.vpce.amazonaws.com"
    assert dig(estate, inside("vpc-a"), missing).rcode == "NXDOMAIN"  # N4.4b


def test_nt4_private_dns_off() -> None:
    estate = vpc_a(private_dns=False).estate()
    answer = dig(estate, inside("vpc-a"), SSM)
    assert is_public(answer)
    assert answer.answer[0].ttl <= 60
    assert dig(estate, inside("vpc-a"), REGIONAL).addresses() == ENIS


def test_nt5_peered_vpc_has_no_part_in_the_hidden_zone() -> None:
    world = vpc_a().vpc("vpc-b", "10.0.0.0/16")
    world.add("peerings", peering("vpc-a", "vpc-b", owner_option=True))
    estate = world.estate()
    assert is_public(dig(estate, inside("vpc-b"), SSM))
    assert dig(estate, inside("vpc-b"), REGIONAL).addresses() == ENIS


def test_nt6_central_zone_with_alias_is_flattened() -> None:
    world = vpc_a(private_dns=False).vpc("vpc-b", "10.0.0.0/16")
    world.zone(SSM, {"@ A": alias(REGIONAL, "Z2E726K9Y6RL4W")}, "vpc-b")
    answer = dig(world.estate(), inside("vpc-b"), SSM)
    assert answer.addresses() == ENIS
    assert {(r.name, r.type) for r in answer.answer} == {(SSM + ".", "A")}


def test_nt7_hostnames_off() -> None:
    world = vpc_a("TF").zone("corp.internal", {"db A": "172.20.130.5"}, "vpc-a")
    estate = world.estate()
    assert is_public(dig(estate, inside("vpc-a"), SSM))
    assert dig(estate, inside("vpc-a"), "db.corp.internal").rcode == "NXDOMAIN"


def test_nt8_support_off() -> None:
    estate = vpc_a("FF").estate()
    answer = dig(estate, inside("vpc-a"), SSM)
    assert answer.rcode == "TIMEOUT"
    assert answer.elapsed == 15.0
    assert "N2.2f" in answer.chain[-1].facts
    assert [a.rcode for a in names.lookup(estate, inside("vpc-a"), SSM)][-1] == "TIMEOUT"
    switched = vpc_a("FF").switch("N2.2f", "refused").estate()
    assert dig(switched, inside("vpc-a"), SSM).rcode == "REFUSED"


def test_nt9_addresses_outside_rfc1918_need_hostnames() -> None:
    name = f"ip-28-0-1-254.{REGION}.compute.internal"
    off = World().vpc("vpc-r", "28.0.0.0/16", "TF").estate()
    assert dig(off, inside("vpc-r"), name).rcode == "NXDOMAIN"
    on = World().vpc("vpc-r", "28.0.0.0/16").estate()
    assert dig(on, inside("vpc-r"), name).addresses() == ("28.0.1.254",)


def test_nt9_legacy_vpc_does_not_answer() -> None:
    """N3.3: a VPC from before October 2016."""
    from tabiji.estate.vpc import VpcAttributes

    world = World().vpc("vpc-r", "28.0.0.0/16", "")
    world.add(
        "vpc_attributes",
        VpcAttributes(vpc_id="vpc-r", enable_dns_support=True, enable_dns_hostnames=True, legacy_non_rfc1918_dns=True),
    )
    answer = dig(world.estate(), inside("vpc-r"), f"ip-28-0-1-254.{REGION}.compute.internal")
    assert answer.rcode == "NXDOMAIN"
    assert answer.chain[-1].facts == ("N3.3",)


def test_nt10_ip_names_are_computed() -> None:
    estate = World().vpc("vpc-x", "10.0.0.0/16").estate()
    answer = dig(estate, inside("vpc-x"), f"ip-172-20-44-213.{REGION}.compute.internal")
    assert [(r.rdata, r.ttl) for r in answer.answer] == [("172.20.44.213", 60)]
    assert dig(estate, inside("vpc-x"), f"ip-28-0-1-254.{REGION}.compute.internal").rcode == "NXDOMAIN"
    nodata = dig(estate, inside("vpc-x"), f"ip-10-0-0-9.{REGION}.compute.internal", "AAAA")
    assert (nodata.rcode, nodata.answer) == ("NOERROR", ())  # N3.1a: A only


def test_nt11_us_east_1_has_its_own_form() -> None:
    estate = World().vpc("vpc-u", "10.24.0.0/16", region="us-east-1").estate()
    assert dig(estate, inside("vpc-u"), "ip-10-24-34-0.ec2.internal").addresses() == ("10.24.34.0",)
    assert dig(estate, inside("vpc-u"), "ip-10-24-34-0.us-east-1.compute.internal").rcode == "NXDOMAIN"


@pytest.mark.parametrize(
    ("four", "six", "a_rcode", "a", "aaaa"),
    [
        (False, False, "NXDOMAIN", (), ()),
        (True, False, "NOERROR", ("10.0.1.7",), ()),
        (False, True, "NOERROR", (), ("2001:db8:1::7",)),
        (True, True, "NOERROR", ("10.0.1.7",), ("2001:db8:1::7",)),
    ],
)
def test_nt12_resource_names(four: bool, six: bool, a_rcode: str, a: tuple[str, ...], aaaa: tuple[str, ...]) -> None:
    world = World().vpc("vpc-x", "10.0.0.0/16").eni("eni-1", "vpc-x", "10.0.1.7", six="2001:db8:1::7")
    options = HostnameOptions(enable_resource_name_dns_a_record=four, enable_resource_name_dns_aaaa_record=six)
    world.add("instances", instance("i-0abc", "vpc-x", "10.0.1.7", "eni-1", options))
    name = f"i-0abc.{REGION}.compute.internal"
    first, second = dig(world.estate(), inside("vpc-x"), name), dig(world.estate(), inside("vpc-x"), name, "AAAA")
    assert (first.rcode, first.addresses(), second.addresses()) == (a_rcode, a, aaaa)
    if not four and not six:
        assert dig(world.switch("N3.1b", "NODATA").estate(), inside("vpc-x"), name).rcode == "NOERROR"


def test_nt13_public_instance_names() -> None:
    name = f"ec2-54-1-2-3.{REGION}.compute.amazonaws.com"

    def world(option: bool, peer_flags: str = "TT") -> Estate:
        out = World().vpc("vpc-o", "10.0.0.0/16").vpc("vpc-p", "10.1.0.0/16", peer_flags)
        out.eni("eni-1", "vpc-o", "10.0.1.7", public="54.1.2.3")
        out.add("peerings", peering("vpc-p", "vpc-o", owner_option=option))
        return out.estate()

    assert dig(world(False), inside("vpc-o"), name).addresses() == ("10.0.1.7",)
    assert dig(world(False), inside("vpc-p"), name).addresses() == ("54.1.2.3",)
    assert dig(world(True), inside("vpc-p"), name).addresses() == ("10.0.1.7",)
    assert dig(world(True, "TF"), inside("vpc-p"), name).addresses() == ("54.1.2.3",)  # N3.5a: both flags of both VPCs
    assert dig(world(True), INTERNET, name).addresses() == ("54.1.2.3",)


def console_world(extra: tuple[str, ...] = ()) -> World:
    world = World().vpc("vpc-a", "172.20.128.0/17")
    world.endpoint("logs", "vpc-a", "logs", {"a": "172.20.144.10"})
    world.endpoint("mon", "vpc-a", "monitoring", {"a": "172.20.144.11"}, (MONITORING, *extra))
    world.inbound("rslvr-in", "vpc-a", "172.20.128.250", "172.20.129.250")
    return world.add("sites", Site(name="tokyo", prefixes=("192.168.10.0/24",), dns=("172.20.128.250",)))


def test_nt14_onprem_console_case() -> None:
    estate = console_world().estate()
    laptop = on_site("tokyo", address="192.168.10.5")
    answer = dig(estate, laptop, MONITORING)
    assert answer.addresses() == ("172.20.144.11",)
    assert answer.server == "172.20.128.250"
    assert codes(answer) == ["names.client.site", "names.inbound_endpoint.asked", "names.managed_zone.answer"]
    assert dig(estate, laptop, LOGS).addresses() == ("172.20.144.10",)
    assert is_public(dig(estate, laptop, f"cloudformation.{REGION}.amazonaws.com"))


def test_nt15_private_names_follow_the_dns_entries() -> None:
    laptop = on_site("tokyo", address="192.168.10.5")
    others = (
        f"monitoring.{REGION}.api.aws",
        f"monitoring-fips.{REGION}.amazonaws.com",
        f"monitoring-fips.{REGION}.api.aws",
    )
    listed, unlisted = console_world(others).estate(), console_world().estate()
    for name in others:
        assert dig(listed, laptop, name).addresses() == ("172.20.144.11",)
        assert dig(unlisted, laptop, name).addresses()[0].startswith(DOCUMENTATION)


def test_nt16_onprem_without_forwarder_is_public() -> None:
    world = console_world()
    world.rows["sites"] = [Site(name="tokyo", prefixes=("192.168.10.0/24",), dns=("192.168.10.53",))]
    for plain in (True, False):
        if not plain:
            world.add("dns_servers", DnsServer(name="ns-tokyo", address="192.168.10.53"))
        for name in (LOGS, MONITORING):
            assert is_public(dig(world.estate(), on_site("tokyo"), name))


def test_nt17_phz_no_fallthrough() -> None:
    world = World().vpc("vpc-x", "10.0.0.0/16").zone("example.com", {"www A": "10.0.0.80"}, "vpc-x")
    world.add("public_names", PublicName(name="api.example.com", records={"A": ("203.0.113.8",)}))
    estate = world.estate()
    assert dig(estate, INTERNET, "api.example.com").addresses() == ("203.0.113.8",)
    missing = dig(estate, inside("vpc-x"), "api.example.com")
    assert missing.rcode == "NXDOMAIN"
    assert missing.authority[0].rdata.startswith("ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900")
    nodata = dig(estate, inside("vpc-x"), "www.example.com", "AAAA")
    assert (nodata.rcode, nodata.answer) == ("NOERROR", ())
    assert nodata.authority[0].rdata == (
        "ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    )


def test_nt18_longest_zone_decides() -> None:
    world = World().vpc("vpc-x", "10.0.0.0/16")
    world.zone("example.com", {"x.acct A": "10.0.0.1"}, "vpc-x").zone("acct.example.com", {}, "vpc-x")
    assert dig(world.estate(), inside("vpc-x"), "x.acct.example.com").rcode == "NXDOMAIN"


def forwarding(rules: dict[str, str], zones: tuple[str, ...]) -> Estate:
    """VPC with an outbound endpoint to an on-prem server that says 192.168.0.9 to everything in example.com."""
    world = World().vpc("vpc-x", "10.0.0.0/16").outbound("out", "vpc-x", "10.0.0.10", "10.0.0.11")
    for zone in zones:
        world.zone(zone, {"a A": "10.0.0.1", "b A": "10.0.0.2"}, "vpc-x")
    for domain, kind in rules.items():
        world.rule(domain, ("vpc-x",), ("192.168.0.53",) if kind == "FORWARD" else (), kind=kind)
    from tabiji.estate.site import DnsZone

    server = DnsServer(
        name="onprem",
        address="192.168.0.53",
        zones=(DnsZone(name="example.com", records={"*": {"A": ("192.168.0.9",)}}),),
    )
    return world.add("dns_servers", server).estate()


def test_nt19_rules_against_zones() -> None:
    at = inside("vpc-x")
    same = forwarding({"example.com": "FORWARD"}, ("example.com",))
    assert dig(same, at, "a.example.com").addresses() == ("192.168.0.9",)
    root = forwarding({".": "FORWARD"}, ("example.com",))
    assert dig(root, at, "a.example.com").addresses() == ("10.0.0.1",)
    carved = forwarding({"example.com": "FORWARD", "acme.example.com": "SYSTEM"}, ("acme.example.com",))
    assert dig(carved, at, "a.acme.example.com").addresses() == ("10.0.0.1",)
    assert dig(carved, at, "b.example.com").addresses() == ("192.168.0.9",)


def test_nt20_forwarding_amazonaws_com_spares_longer_names() -> None:
    world = vpc_a().outbound("out", "vpc-a", "172.20.128.10")
    world.rule("amazonaws.com", ("vpc-a",), ("192.168.0.53",))
    world.add("dns_servers", DnsServer(name="onprem", address="192.168.0.53"))
    estate = world.estate()
    assert dig(estate, inside("vpc-a"), SSM).addresses() == ENIS
    forwarded = dig(estate, inside("vpc-a"), f"ec2.{REGION}.amazonaws.com")
    assert "names.outbound_endpoint.sent" in codes(forwarded)
    assert "names.site_server.recursion" in codes(forwarded)


def test_nt21_loop_through_ones_own_inbound_endpoint() -> None:
    world = (
        World().vpc("vpc-x", "10.0.0.0/16").outbound("out", "vpc-x", "10.0.0.10").inbound("in", "vpc-x", "10.0.0.20")
    )
    world.rule("corp", ("vpc-x",), ("10.0.0.20",))
    answer = dig(world.estate(), inside("vpc-x"), "files.corp")
    assert answer.rcode == "SERVFAIL"
    loop = next(s for s in answer.chain if s.code == "names.server.loop")
    assert loop.facts == ("N2.7g",)


def s3_world(only_inbound: bool | None, gateway: bool = True) -> World:
    private = tuple(f"{star}s3.{REGION}.amazonaws.com" for star in ("", "*."))
    world = World().vpc("vpc-a", "172.20.128.0/17")
    world.endpoint("s3", "vpc-a", "s3", {"a": "172.20.144.30"}, private, only_inbound=only_inbound)
    world.inbound("in", "vpc-a", "172.20.128.250")
    world.add("sites", Site(name="tokyo", prefixes=("192.168.10.0/24",), dns=("172.20.128.250",)))
    return world.gateway_endpoint("gw", "vpc-a") if gateway else world


def test_nt22_s3_private_names_for_inbound_queries_only() -> None:
    bucket = f"b.s3.{REGION}.amazonaws.com"
    for option in (True, None):  # N4.11b: true is the default
        estate = s3_world(option).estate()
        own = dig(estate, inside("vpc-a"), bucket)
        assert (own.answer[0].type, own.answer[0].rdata) == ("CNAME", f"s3-r-w.{REGION}.amazonaws.com.")
        assert is_public(own)
        assert dig(estate, on_site("tokyo"), bucket).addresses() == ("172.20.144.30",)
        assert not names.problems(estate)
    everybody = s3_world(False).estate()
    assert dig(everybody, inside("vpc-a"), bucket).addresses() == ("172.20.144.30",)
    assert dig(everybody, on_site("tokyo"), bucket).addresses() == ("172.20.144.30",)
    assert [p.code for p in names.problems(s3_world(True, gateway=False).estate())] == ["names.s3_without_gateway"]


def test_nt23_zone_without_wildcard_breaks_buckets() -> None:
    apex = f"s3.{REGION}.amazonaws.com"
    target = alias(f"vpce-s3-abcd1234.s3.{REGION}.vpce.amazonaws.com")
    for wildcard in (False, True):
        world = World().vpc("vpc-a", "172.20.128.0/17")
        world.endpoint("s3", "vpc-a", "s3", {"a": "172.20.144.30"}, private_dns=False)
        world.zone(apex, {"@ A": target} | ({"* A": target} if wildcard else {}), "vpc-a")
        estate = world.estate()
        bucket = dig(estate, inside("vpc-a"), f"mybucket.{apex}")
        assert (bucket.rcode, bucket.addresses()) == (("NOERROR", ("172.20.144.30",)) if wildcard else ("NXDOMAIN", ()))
        for other in (f"s3-{REGION}.amazonaws.com", "s3.amazonaws.com"):
            assert is_public(dig(estate, inside("vpc-a"), other))


def test_nt24_wildcard_private_names() -> None:
    image = f"123456789012.dkr.ecr.{REGION}.amazonaws.com"
    world = World().vpc("vpc-a", "172.20.128.0/17")
    world.endpoint("api", "vpc-a", "ecr.api", {"a": "172.20.144.40"})
    assert is_public(dig(world.estate(), inside("vpc-a"), image))
    private = tuple(f"{star}dkr.ecr.{REGION}.amazonaws.com" for star in ("", "*."))
    world.endpoint("dkr", "vpc-a", "ecr.dkr", {"a": "172.20.144.41"}, private)
    assert dig(world.estate(), inside("vpc-a"), image).addresses() == ("172.20.144.41",)
    assert dig(world.estate(), inside("vpc-a"), f"api.ecr.{REGION}.amazonaws.com").addresses() == ("172.20.144.40",)
    private = tuple(f"{star}execute-api.{REGION}.amazonaws.com" for star in ("", "*."))
    world.endpoint("exec", "vpc-a", "execute-api", {"a": "172.20.144.42"}, private)
    name = f"abc.execute-api.{REGION}.amazonaws.com"
    assert dig(world.estate(), inside("vpc-a"), name).addresses() == ("172.20.144.42",)  # N4.9b


def firewall(*rules: FirewallRule, lists: dict[str, tuple[str, ...]]) -> World:
    world = World().vpc("vpc-x", "10.0.0.0/16")
    world.add("firewall_domain_lists", *(FirewallDomainList(id=i, domains=d) for i, d in lists.items()))
    world.add("firewall_rule_groups", FirewallRuleGroup(id="rslvr-frg-1", rules=rules))
    return world.add(
        "firewall_rule_group_associations",
        FirewallRuleGroupAssociation(id="a", firewall_rule_group_id="rslvr-frg-1", vpc_id="vpc-x", priority=101),
    )


@pytest.mark.parametrize("response", ["NXDOMAIN", "NODATA", "OVERRIDE"])
def test_nt25_firewall_block(response: str) -> None:
    rule = FirewallRule(
        firewall_domain_list_id="deny",
        priority=1,
        action="BLOCK",
        block_response=response,
        block_override_domain="sink.example",
        block_override_ttl=30,
    )
    estate = firewall(rule, lists={"deny": ("*.example.net",)}).estate()
    answer = dig(estate, inside("vpc-x"), "www.example.net")
    assert answer.rcode == ("NXDOMAIN" if response == "NXDOMAIN" else "NOERROR")
    assert not answer.unknown
    records = [(r.type, r.ttl, r.rdata) for r in answer.answer]
    assert records == ([("CNAME", 30, "sink.example.")] if response == "OVERRIDE" else [])
    assert dig(estate, inside("vpc-x"), "example.net").unknown  # the list names only what is below


@pytest.mark.parametrize(("redirection", "blocked"), [("INSPECT", True), ("TRUST", False)])
def test_nt25_firewall_redirections(redirection: str, blocked: bool) -> None:
    bucket = f"bucket.s3.{REGION}.amazonaws.com"
    allow = FirewallRule(
        firewall_domain_list_id="allow",
        priority=1,
        action="ALLOW",
        firewall_domain_redirection_action=f"{redirection}_REDIRECTION_DOMAIN",
    )
    deny = FirewallRule(firewall_domain_list_id="all", priority=2, action="BLOCK", block_response="NXDOMAIN")
    estate = firewall(allow, deny, lists={"allow": (bucket,), "all": ("*",)}).estate()
    answer = dig(estate, inside("vpc-x"), bucket)
    assert answer.rcode == ("NXDOMAIN" if blocked else "NOERROR")
    assert ("names.dns_firewall.block_redirection" in codes(answer)) is blocked
    assert bool(answer.addresses()) is not blocked


def test_nt25_refused_first_server() -> None:
    world = vpc_a()
    world.add("dns_servers", DnsServer(name="closed", address="10.9.9.9", recursion=False))
    world.add(
        "hosts",
        Host(
            name="h",
            eni="eni-h",
            nameservers=("10.9.9.9", "172.20.128.2"),
            hosts_file={f"s3.{REGION}.amazonaws.com": ("28.0.1.254",)},
        ),
    )
    estate = world.estate()
    at = inside("vpc-a", host="h")
    assert names.lookup(estate, at, SSM)[-1].addresses() == ENIS
    refused = dig(estate, at, SSM)
    assert (refused.rcode, refused.server) == ("REFUSED", "10.9.9.9")
    relay = names.lookup(estate, at, f"s3.{REGION}.amazonaws.com")
    assert (relay[-1].addresses(), relay[-1].from_hosts_file) == (("28.0.1.254",), True)
    dug = dig(estate, at, f"s3.{REGION}.amazonaws.com", server="172.20.128.2")
    assert dug.addresses() != ("28.0.1.254",)
    assert is_public(dug)


def instance(name: str, vpc: str, address: str, eni: str, options: HostnameOptions | None = None) -> Instance:
    from tabiji.estate.instance import InstanceEni

    return Instance(
        instance_id=name,
        vpc_id=vpc,
        subnet_id=f"subnet-{vpc}-a",
        private_ip_address=address,
        network_interfaces=(InstanceEni(network_interface_id=eni),),
        private_dns_name_options=options,
    )


def peering(requester: str, accepter: str, *, owner_option: bool, status: str = "active") -> VpcPeeringConnection:
    from tabiji.estate.peering import PeeringStatus

    return VpcPeeringConnection(
        vpc_peering_connection_id="pcx-1",
        requester=PeeringVpc(vpc_id=requester),
        accepter=PeeringVpc(
            vpc_id=accepter, peering_options=PeeringOptions(allow_dns_resolution_from_remote_vpc=owner_option)
        ),
        status=PeeringStatus(code=status),
    )
