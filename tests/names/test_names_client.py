"""The client: where its servers come from, the search list, and who moves on when (section 1)."""

from __future__ import annotations

import pytest
from names_estate import INTERNET, REGION, At, World, inside, on_site

from tabiji import names
from tabiji.estate.resolver import DhcpConfiguration, DhcpOptions, DhcpValue
from tabiji.estate.site import DnsServer, DnsZone, Host, PublicName, Site
from tabiji.estate.subnet import Subnet
from tabiji.estate.vpc import Ipv6CidrAssociation
from tabiji.names import FromPlace, Reach
from tabiji.names.answer import Answer


def dhcp(name: str, **options: tuple[str, ...]) -> DhcpOptions:
    return DhcpOptions(
        dhcp_options_id=name,
        dhcp_configurations=tuple(
            DhcpConfiguration(key=k.replace("_", "-"), values=tuple(DhcpValue(value=v) for v in values))
            for k, values in options.items()
        ),
    )


def server(name: str, address: str, records: dict[str, dict[str, tuple[str, ...]]] | None = None) -> DnsServer:
    zones = (DnsZone(name="corp.test", records=records),) if records is not None else ()
    return DnsServer(name=name, address=address, zones=zones)


def asked(answer: Answer) -> list[str]:
    """Servers whose step says they were asked, in order."""
    return [dict(s.params)["address"] for s in answer.chain if s.code == "names.site_server.asked"]


def block(*dead: str, **how: bool) -> object:
    def transport(sender: FromPlace, address: str, protocol: str, port: int) -> Reach:
        assert protocol == "udp"
        assert port == 53
        if address in dead:
            return Reach(ok=False, code="sg.ingress.no_rule", detail="sg-1", **how)
        return Reach(ok=True)

    return transport


def test_default_option_set_is_the_vpc_resolver() -> None:
    """N1.1: VPC+2 of the primary CIDR, and the Region's search domain."""
    world = World().vpc("vpc-x", "10.7.0.0/16").vpc("vpc-u", "10.8.0.0/16", region="us-east-1")
    world.eni("eni-1", "vpc-x", "10.7.0.9")
    estate = world.estate()
    assert names.resolve(estate, inside("vpc-x"), "localhost.example").server == "10.7.0.2"
    short = names.lookup(estate, inside("vpc-x"), "ip-10-7-0-9")
    assert short[-1].name == f"ip-10-7-0-9.{REGION}.compute.internal."
    assert short[-1].addresses() == ("10.7.0.9",)
    assert names.lookup(estate, inside("vpc-u"), "ip-10-8-0-9")[-1].name == "ip-10-8-0-9.ec2.internal."


def test_custom_servers_and_domain_of_an_option_set() -> None:
    """N1.3: the hosts of the VPC ask the servers listed."""
    world = World().vpc("vpc-x", "10.7.0.0/16", dhcp_options_id="dopt-1")
    world.add("dhcp_options", dhcp("dopt-1", domain_name_servers=("10.7.0.53",), domain_name=("corp.test other.test",)))
    world.add("dns_servers", server("ns", "10.7.0.53", {"www": {"A": ("10.7.0.80",)}}))
    answer = names.lookup(world.estate(), inside("vpc-x"), "www")[-1]
    assert (answer.name, answer.addresses(), answer.server) == ("www.corp.test.", ("10.7.0.80",), "10.7.0.53")
    windows = world.add("hosts", Host(name="w", eni="eni-w", os="windows")).estate()
    assert names.lookup(windows, At(kind="eni", eni="eni-w", vpc="vpc-x"), "www")[-1].rcode == "NXDOMAIN"


def test_no_option_set_switches_resolution_off() -> None:
    """N1.2"""
    estate = World().vpc("vpc-x", "10.7.0.0/16", dhcp_options_id="default").estate()
    answer = names.resolve(estate, inside("vpc-x"), "www.example.com")
    assert answer.rcode == "CONNREFUSED"
    assert any(s.code == "names.client.no_dhcp_options" for s in answer.chain)


def test_option_set_that_was_not_collected() -> None:
    """N1.1: a snapshot names a set it does not hold; the default is only an assumption."""
    from tabiji.estate.coverage import Coverage

    world = World().vpc("vpc-x", "10.7.0.0/16", dhcp_options_id="dopt-9")
    world.coverage = Coverage(complete=False)
    at, name = inside("vpc-x"), f"ip-10-7-0-9.{REGION}.compute.internal"
    answer = names.resolve(world.estate(), at, name, tool="dig")
    assert (answer.server, "dopt-9" in answer.unknown) == ("10.7.0.2", True)
    assert not names.resolve(world.switch("N1.1", "default").estate(), at, name, tool="dig").unknown


def test_mixed_option_set_is_told() -> None:
    """N1.3: AmazonProvidedDNS beside other servers is unpredictable."""
    world = World().vpc("vpc-x", "10.7.0.0/16", dhcp_options_id="dopt-1")
    world.add("dhcp_options", dhcp("dopt-1", domain_name_servers=("AmazonProvidedDNS", "10.7.0.53")))
    estate = world.estate()
    assert [p.code for p in names.problems(estate)] == ["names.mixed_dns"]
    answer = names.resolve(estate, inside("vpc-x"), f"ssm.{REGION}.amazonaws.com", tool="dig")
    assert answer.server == "10.7.0.2"
    assert any(s.code == "names.client.mixed_dns" for s in answer.chain)


def test_ipv6_only_subnet_asks_the_ipv6_address() -> None:
    """N1.4, N2.1a"""
    world = World().vpc("vpc-x", "10.7.0.0/16")
    six = (Ipv6CidrAssociation(ipv6_cidr_block="2001:db8:7::/64"),)
    world.add("subnets", Subnet(subnet_id="subnet-6", vpc_id="vpc-x", ipv6_cidr_block_association_set=six))
    answer = names.resolve(world.estate(), inside("vpc-x", "subnet-6"), f"ssm.{REGION}.amazonaws.com", tool="dig")
    assert (answer.server, answer.rcode) == ("fd00:ec2::253", "NOERROR")


SEARCH = ("a.test", "b.test")


@pytest.mark.parametrize(
    ("text", "ndots", "order"),
    [
        ("www", 1, ["www.a.test.", "www.b.test.", "www."]),
        ("www.x", 1, ["www.x.", "www.x.a.test.", "www.x.b.test."]),
        ("www.x", 5, ["www.x.a.test.", "www.x.b.test.", "www.x."]),
        ("www.x.", 5, ["www.x."]),
        ("WWW.x.", 1, ["www.x."]),
    ],
)
def test_search_order(text: str, ndots: int, order: list[str]) -> None:
    """N1.6"""
    world = World().add("sites", Site(name="s", dns=("192.0.2.53",)))
    world.add("dns_servers", DnsServer(name="ns", address="192.0.2.53", zones=(DnsZone(name=".", records={}),)))
    world.add("hosts", Host(name="h", site="s", search=SEARCH, ndots=ndots))
    answers = names.lookup(world.estate(), on_site("s", "h"), text)
    assert [a.name.lower() for a in answers if a.type == "A"] == order
    assert {a.rcode for a in answers} == {"NXDOMAIN"}


def test_search_can_turn_a_public_name_into_a_wrong_hit() -> None:
    """N1.6: ndots:5 with a wildcard in the searched zone."""
    world = World().add("sites", Site(name="s", dns=("192.168.0.53",)))
    world.add("dns_servers", server("ns", "192.168.0.53", {"*": {"A": ("192.168.0.66",)}}))
    world.add("public_names", PublicName(name="www.example.com", records={"A": ("203.0.113.80",)}))
    for ndots, address in ((1, "203.0.113.80"), (5, "192.168.0.66")):
        world.rows["hosts"] = [Host(name="h", site="s", search=("corp.test",), ndots=ndots)]
        assert names.lookup(world.estate(), on_site("s", "h"), "www.example.com")[-1].addresses() == (address,)


def test_nodata_of_a_candidate_outranks_later_nxdomain() -> None:
    """N1.6, N7.2b: what the caller sees is "no address", not "unknown name"."""
    world = World().add("sites", Site(name="s", dns=("192.168.0.53",)))
    world.add("dns_servers", server("ns", "192.168.0.53", {"www": {"TXT": ('"x"',)}}))
    world.add("hosts", Host(name="h", site="s", search=("corp.test",)))
    answers = names.lookup(world.estate(), on_site("s", "h"), "www")
    assert (answers[-1].name, answers[-1].rcode) == ("www.corp.test.", "NOERROR")
    one = names.resolve(world.estate(), on_site("s", "h"), "www")
    assert (one.name, one.rcode) == ("www.corp.test.", "NOERROR")


def two_servers(first: DnsServer | None) -> World:
    world = World().add("sites", Site(name="s", dns=("192.168.0.1", "192.168.0.2")))
    if first is not None:
        world.add("dns_servers", first)
    return world.add("dns_servers", server("second", "192.168.0.2", {"www": {"A": ("192.168.0.80",)}}))


REFUSES = DnsServer(name="first", address="192.168.0.1", recursion=False)
FAILS = DnsServer(name="first", address="192.168.0.1", forward_all=("192.168.0.99",))
DENIES = server("first", "192.168.0.1", {})
EMPTY = server("first", "192.168.0.1", {"www": {"TXT": ('"x"',)}})


@pytest.mark.parametrize(
    ("first", "tool", "rcode", "asked_servers"),
    [
        (REFUSES, "libc", "NOERROR", 2),  # N1.7
        (REFUSES, "dig", "REFUSED", 1),  # N1.9
        (REFUSES, "nslookup", "REFUSED", 1),
        (FAILS, "libc", "NOERROR", 2),
        (FAILS, "dig", "SERVFAIL", 1),
        (FAILS, "nslookup", "NOERROR", 2),
        (DENIES, "libc", "NXDOMAIN", 1),  # N1.7: final
        (EMPTY, "libc", "NOERROR", 1),
    ],
)
def test_who_goes_on_to_the_next_server(first: DnsServer, tool: str, rcode: str, asked_servers: int) -> None:
    estate = two_servers(first).estate()
    transport = block("192.168.0.99")
    answer = names.resolve(estate, on_site("s"), "www.corp.test", tool=tool, transport=transport)  # type: ignore[arg-type]
    assert answer.rcode == rcode
    assert len(asked(answer)) == asked_servers
    if asked_servers == 2:
        assert answer.addresses() == ("192.168.0.80",)
    elif first is EMPTY:
        assert answer.answer == ()


@pytest.mark.parametrize("tool", ["libc", "dig", "nslookup"])
def test_silent_first_server_costs_time(tool: str) -> None:
    """N1.7: everybody moves on at a timeout, after waiting."""
    estate = two_servers(server("first", "192.168.0.1", {})).estate()
    transport = block("192.168.0.1")
    answer = names.resolve(estate, on_site("s"), "www.corp.test", tool=tool, transport=transport)  # type: ignore[arg-type]
    assert answer.addresses() == ("192.168.0.80",)
    assert answer.server == "192.168.0.2"
    assert answer.elapsed == 5.0
    said = next(s for s in answer.chain if s.code == "names.client.blocked")
    assert dict(said.params)["reason"] == "sg.ingress.no_rule"


@pytest.mark.parametrize(
    ("how", "rcode"),
    [({}, "TIMEOUT"), ({"refused": True}, "CONNREFUSED"), ({"unreachable": True}, "UNREACHABLE")],
)
def test_all_servers_blocked(how: dict[str, bool], rcode: str) -> None:
    """N7.2f-N7.2h"""
    estate = two_servers(None).estate()
    transport = block("192.168.0.1", "192.168.0.2", **how)
    answer = names.resolve(estate, on_site("s"), "www.corp.test", tool="dig", transport=transport)  # type: ignore[arg-type]
    assert answer.rcode == rcode
    assert answer.elapsed == (30.0 if rcode == "TIMEOUT" else 0.0)


def test_undetermined_reach_is_told_not_guessed() -> None:
    estate = two_servers(server("first", "192.168.0.1", {"www": {"A": ("192.168.0.70",)}})).estate()

    def transport(sender: FromPlace, address: str, protocol: str, port: int) -> Reach:
        return Reach(ok=None, code="coverage.routes", detail="routes were not collected")

    answer = names.resolve(estate, on_site("s"), "www.corp.test", transport=transport)
    assert "routes were not collected" in answer.unknown
    assert answer.addresses() == ("192.168.0.70",)


def test_the_vpc_resolver_is_never_walked() -> None:
    """N2.1b, SG9"""
    world = World().vpc("vpc-x", "10.7.0.0/16")

    def transport(sender: FromPlace, address: str, protocol: str, port: int) -> Reach:
        raise AssertionError(f"walked a query to {address}")

    for address in ("10.7.0.2", "169.254.169.253", "fd00:ec2::253"):
        answer = names.resolve(
            world.estate(), inside("vpc-x"), "localhost.", server=address, tool="dig", transport=transport
        )
        assert (answer.server, answer.addresses()) == (address, ("127.0.0.1",))


def test_vpc_resolver_from_outside_is_not_supported() -> None:
    """N1.11: an on-prem server pointed at a VPC+2 address."""
    world = World().vpc("vpc-x", "10.7.0.0/16").add("sites", Site(name="s"))
    world.add("hosts", Host(name="h", site="s", nameservers=("10.7.0.2",)))
    answer = names.resolve(world.estate(), on_site("s", "h"), "www.example.com")
    assert answer.rcode == "TIMEOUT"
    assert answer.unknown
    assert "N1.11" in answer.chain[-1].facts


def test_stub_resolver_is_what_the_client_sees() -> None:
    """N1.5"""
    world = World().vpc("vpc-x", "10.7.0.0/16").eni("eni-1", "vpc-x", "10.7.0.9")
    world.add("hosts", Host(name="ubuntu", eni="eni-1", stub_resolver=True))
    at = At(kind="eni", eni="eni-1", vpc="vpc-x")
    answer = names.resolve(world.estate(), at, f"ip-10-7-0-9.{REGION}.compute.internal", tool="dig")
    assert (answer.server, answer.addresses()) == ("127.0.0.53", ("10.7.0.9",))


def test_hosts_file_is_for_the_c_library_only() -> None:
    """N1.10: and a name with an IPv4 entry only still asks DNS for AAAA when AAAA alone is asked."""
    world = World().add(
        "hosts", Host(name="h", internet=True, hosts_file={"Relay.Example": ("192.0.2.7", "2001:db8::7")})
    )
    at = At(host="h")
    found = names.lookup(world.estate(), at, "relay.example")
    assert [(a.type, a.addresses(), a.from_hosts_file) for a in found] == [
        ("A", ("192.0.2.7",), True),
        ("AAAA", ("2001:db8::7",), True),
    ]
    assert names.resolve(world.estate(), at, "relay.example", "A", tool="curl").from_hosts_file
    assert not names.resolve(world.estate(), at, "relay.example", "A", tool="dig").from_hosts_file
    assert not names.resolve(world.estate(), at, "relay.example", "TXT").from_hosts_file


def test_loopback_server_needs_a_description() -> None:
    world = World().vpc("vpc-x", "10.7.0.0/16").add("hosts", Host(name="h", eni="eni-1", nameservers=("127.0.0.1",)))
    at = At(kind="eni", eni="eni-1", vpc="vpc-x", host="h")
    assert "127.0.0.1" in names.resolve(world.estate(), at, "www.corp.test").unknown
    world.add("dns_servers", server("h", "10.7.0.9", {"www": {"A": ("10.7.0.80",)}}))
    assert names.resolve(world.estate(), at, "www.corp.test").addresses() == ("10.7.0.80",)


def test_unknown_server_and_closed_port() -> None:
    world = World().add("hosts", Host(name="db", site="s", address="192.168.0.5", listens=("tcp/5432",)))
    world.add("sites", Site(name="s"))
    estate = world.estate()
    assert "no DNS server is known" in names.resolve(estate, on_site("s"), "a.test", server="192.168.0.9").unknown
    assert names.resolve(estate, on_site("s"), "a.test", server="192.168.0.5").rcode == "CONNREFUSED"


def test_case_of_the_question_is_kept() -> None:
    estate = World().add("public_names", PublicName(name="www.example.com", records={"A": ("203.0.113.80",)})).estate()
    answer = names.resolve(estate, INTERNET, "WWW.Example.com")
    assert (answer.name, answer.answer[0].name) == ("WWW.Example.com.", "WWW.Example.com.")


@pytest.mark.parametrize("bad", ["a..b", ".a", "x" * 64 + ".test", "a." * 130])
def test_bad_names_are_refused(bad: str) -> None:
    from tabiji.names.dnsname import BadName

    with pytest.raises(BadName, match="is not a domain name"):
        names.resolve(World().estate(), INTERNET, bad)
