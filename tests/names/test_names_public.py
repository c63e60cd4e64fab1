"""Public names, one's own DNS servers, and the texts of the steps (section 5, N1.12)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from names_estate import INTERNET, REGION, World, alias, inside, on_site

from tabiji import names
from tabiji.estate import Estate
from tabiji.estate.load_balancer import LbZone, LoadBalancer
from tabiji.estate.prefix_list import PrefixList
from tabiji.estate.site import DnsServer, DnsZone, Forwarder, PublicHost, PublicName, Site
from tabiji.names import Reach
from tabiji.names.answer import Answer
from tabiji.names.switches import SWITCHES
from tabiji.names.texts import TEXTS
from tabiji.packet.address import parse_address, parse_prefix


def dig(estate: Estate, at: object, name: str, rtype: str = "A", **options: Any) -> Answer:
    return names.resolve(estate, at, name, rtype, tool="dig", **options)  # type: ignore[arg-type]


def codes(answer: Answer) -> list[str]:
    return [s.code for s in answer.chain]


def public(name: str, **records: tuple[str, ...]) -> PublicName:
    return PublicName(name=name, records=records)


def test_names_of_the_estate() -> None:
    world = World().add(
        "public_names",
        public("www.example.com", A=("203.0.113.80",), AAAA=("2001:db8::80",)),
        public("alias.example.com", CNAME=("www.example.com",)),
        public("*.wild.example.com", A=("203.0.113.81",)),
        public("dead.example.com", CNAME=("nothing.invalid",)),
    )
    world.add("public_hosts", PublicHost(address="203.0.113.82", name="host.example.com"))
    estate = world.estate()
    assert dig(estate, INTERNET, "www.example.com").addresses() == ("203.0.113.80",)
    chain = dig(estate, INTERNET, "alias.example.com", "AAAA")
    assert [(r.type, r.rdata) for r in chain.answer] == [("CNAME", "www.example.com."), ("AAAA", "2001:db8::80")]
    assert dig(estate, INTERNET, "x.wild.example.com").addresses() == ("203.0.113.81",)
    assert dig(estate, INTERNET, "host.example.com").addresses() == ("203.0.113.82",)
    nodata = dig(estate, INTERNET, "host.example.com", "AAAA")
    assert (nodata.rcode, nodata.answer, nodata.unknown) == ("NOERROR", (), "")
    dead = dig(estate, INTERNET, "dead.example.com")
    assert (dead.rcode, [r.type for r in dead.answer]) == ("NXDOMAIN", ["CNAME"])  # N7.2l


def test_names_outside_the_estate_are_unknown() -> None:
    """N5.5: never an invented address."""
    answer = dig(World().estate(), INTERNET, "www.example.org")
    assert (answer.answer, answer.unknown) == ((), "www.example.org is not in the estate")


def test_public_hosted_zone_of_the_estate() -> None:
    world = World().vpc("vpc-x", "10.0.0.0/16").eni("eni-lb", "vpc-x", "10.0.0.5", public="54.0.0.5")
    arn = "arn:aws:elasticloadbalancing:ap-northeast-1:1:loadbalancer/app/web/0123456789abcdef"
    world.add("load_balancers", balancer(arn, "internet-facing"))
    world.rows["network_interfaces"][0] = described(world.rows["network_interfaces"][0], "app/web/0123456789abcdef")
    target = alias(f"dualstack.web-1.{REGION}.elb.amazonaws.com.")
    world.zone("example.com", {"www A": target, "sub NS": "ns.elsewhere.test", "t TXT": '"x"'})
    estate = world.estate()
    answer = dig(estate, INTERNET, "www.example.com")
    assert [(r.name, r.type, r.rdata) for r in answer.answer] == [("www.example.com.", "A", "54.0.0.5")]
    assert dig(estate, inside("vpc-x"), "www.example.com").addresses() == ("54.0.0.5",)
    assert dig(estate, INTERNET, "none.example.com").rcode == "NXDOMAIN"
    assert "delegated" in dig(estate, INTERNET, "a.sub.example.com").unknown
    assert dig(estate, INTERNET, "t.example.com", "TXT").answer[0].rdata == '"x"'


def balancer(arn: str, scheme: str) -> LoadBalancer:
    return LoadBalancer(
        load_balancer_arn=arn,
        load_balancer_name="web",
        dns_name=f"web-1.{REGION}.elb.amazonaws.com",
        scheme=scheme,
        type="application",
        availability_zones=(LbZone(zone_name=f"{REGION}a", subnet_id="subnet-vpc-x-a"),),
    )


def described(eni: Any, name: str) -> Any:
    import msgspec

    return msgspec.structs.replace(eni, description=f"ELB {name}", availability_zone=f"{REGION}a")


def test_load_balancers_inside_and_out() -> None:
    """Internal ones give private addresses to everybody."""
    world = World().vpc("vpc-x", "10.0.0.0/16").eni("eni-lb", "vpc-x", "10.0.0.5", public="54.0.0.5")
    arn = "arn:aws:elasticloadbalancing:ap-northeast-1:1:loadbalancer/app/web/0123456789abcdef"
    world.add("load_balancers", balancer(arn, "internal"))
    name = f"web-1.{REGION}.elb.amazonaws.com"
    assert "not collected" in dig(world.estate(), INTERNET, name).unknown
    world.rows["network_interfaces"][0] = described(world.rows["network_interfaces"][0], "app/web/0123456789abcdef")
    assert dig(world.estate(), INTERNET, name).addresses() == ("10.0.0.5",)
    assert dig(world.estate(), INTERNET, f"{REGION}a.{name}").addresses() == ("10.0.0.5",)
    assert dig(world.estate(), INTERNET, f"other-2.{REGION}.elb.amazonaws.com").unknown


DOCUMENTATION = [parse_prefix(c) for c in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


def test_assumed_addresses_are_stable_distinct_and_never_taken() -> None:
    """N5.5: documentation ranges, the same for a name every time, nobody else's."""
    hosts = [f"{s}.{REGION}.amazonaws.com" for s in ("ssm", "ec2", "kms", "sqs", "logs", "sts")]
    first = {h: dig(World().estate(), INTERNET, h).addresses() for h in hosts}
    assert first == {h: dig(World().estate(), INTERNET, h).addresses() for h in hosts}
    for (text,) in first.values():
        assert any(low < parse_address(text) < high for low, high in DOCUMENTATION)
    world = World()
    for (text,) in first.values():
        world.add("public_hosts", PublicHost(address=text))
    for host in hosts:
        (text,) = dig(world.estate(), INTERNET, host).addresses()
        assert text not in {t for (t,) in first.values()}
        assert "names.public.assumed" in codes(dig(world.estate(), INTERNET, host))


@pytest.mark.parametrize(
    ("name", "six"),
    [
        (f"ssm.{REGION}.amazonaws.com", False),
        (f"ssm.{REGION}.api.aws", True),
        (f"s3.{REGION}.amazonaws.com", False),
        (f"b.s3.dualstack.{REGION}.amazonaws.com", True),
    ],
)
def test_dual_stack_names_have_ipv6(name: str, six: bool) -> None:
    """N5.1"""
    answer = dig(World().estate(), INTERNET, name, "AAAA")
    assert answer.rcode == "NOERROR"
    assert [a.startswith("2001:db8:") for a in answer.addresses()] == ([True] if six else [])


def test_unlisted_service_is_told() -> None:
    """RQ31: an amazonaws.com name nobody lists may not exist."""
    assert "may not have" in dig(World().estate(), INTERNET, f"nosuchservice.{REGION}.amazonaws.com").unknown


@pytest.mark.parametrize(
    ("name", "service"),
    [
        (f"s3.{REGION}.amazonaws.com", "s3"),
        (f"bucket.s3.{REGION}.amazonaws.com", "s3"),
        (f"s3-{REGION}.amazonaws.com", "s3"),
        (f"dynamodb.{REGION}.amazonaws.com", "dynamodb"),
    ],
)
def test_gateway_prefix_lists_catch_the_assumed_address(name: str, service: str) -> None:
    """N5.5, GE1"""
    world = World()
    for n, each in enumerate(("s3", "dynamodb")):
        world.add(
            "prefix_lists",
            PrefixList(
                prefix_list_id=f"pl-{each}",
                prefix_list_name=f"com.amazonaws.{REGION}.{each}",
                cidrs=(f"52.9{n}.8.0/22",),
            ),
            PrefixList(
                prefix_list_id=f"pl-us-{each}",
                prefix_list_name=f"com.amazonaws.us-east-1.{each}",
                cidrs=("3.5.0.0/24",),
            ),
        )
    answer = dig(world.estate(), INTERNET, name)
    low, high = parse_prefix(f"52.9{('s3', 'dynamodb').index(service)}.8.0/22")
    assert [low < parse_address(a) < high for a in answer.addresses()] == [True]
    assert "names.public.assumed" in codes(answer)


def test_bucket_is_a_cname_with_a_short_ttl() -> None:
    """N5.4"""
    answer = dig(World().estate(), INTERNET, f"b.s3.{REGION}.amazonaws.com")
    assert [(r.type, r.ttl <= 5) for r in answer.answer] == [("CNAME", False), ("A", True)]
    assert answer.answer[0].rdata == f"s3-r-w.{REGION}.amazonaws.com."


def test_service_address_of_the_estate_comes_first() -> None:
    world = World().add("public_hosts", PublicHost(address="203.0.113.9", service="ssm", region=REGION))
    answer = dig(world.estate(), INTERNET, f"ssm.{REGION}.amazonaws.com")
    assert (answer.addresses(), codes(answer)[-1]) == (("203.0.113.9",), "names.public.service_host")


# One's own servers ----------------------------------------------------------------


def site_world(**server: Any) -> Estate:
    world = World().add("sites", Site(name="s", prefixes=("192.168.0.0/16",), dns=("192.168.0.53",)))
    world.add("dns_servers", DnsServer(name="ns", address="192.168.0.53", **server))
    inner = DnsZone(name="aws.corp.test", records={"www": {"A": ("10.0.0.9",)}})
    world.add("dns_servers", DnsServer(name="inner", address="192.168.0.54", zones=(inner,)))
    world.add("public_names", public("www.example.com", A=("203.0.113.80",)))
    return world.estate()


ZONE = DnsZone(
    name="corp.test",
    records={
        "@": {"MX": ("10 mail.corp.test.",), "A": ("192.168.0.1",)},
        "www": {"A": ("192.168.0.80",)},
        "full.corp.test.": {"A": ("192.168.0.81",)},
        "old": {"CNAME": ("www.example.com",)},
    },
)


@pytest.mark.parametrize(
    ("name", "rtype", "rcode", "data"),
    [
        ("www.corp.test", "A", "NOERROR", ["192.168.0.80"]),
        ("corp.test", "A", "NOERROR", ["192.168.0.1"]),
        ("corp.test", "MX", "NOERROR", ["10 mail.corp.test."]),
        ("full.corp.test", "A", "NOERROR", ["192.168.0.81"]),
        ("www.corp.test", "AAAA", "NOERROR", []),
        ("none.corp.test", "A", "NXDOMAIN", []),
        ("www.aws.corp.test", "A", "NOERROR", ["10.0.0.9"]),  # the forwarder's suffix is longer
        ("old.corp.test", "A", "NOERROR", ["www.example.com.", "203.0.113.80"]),
    ],
)
def test_zones_and_forwarders_by_longest_suffix(name: str, rtype: str, rcode: str, data: list[str]) -> None:
    """N1.12"""
    estate = site_world(zones=(ZONE,), forwarders=(Forwarder(suffix="aws.corp.test", to=("192.168.0.54",)),))
    answer = dig(estate, on_site("s"), name, rtype)
    assert (answer.rcode, [r.rdata for r in answer.answer]) == (rcode, data)


def test_second_forwarder_is_used_when_the_first_is_silent() -> None:
    estate = site_world(forwarders=(Forwarder(suffix="aws.corp.test", to=("192.168.0.99", "192.168.0.54")),))

    def transport(sender: Any, server: str, protocol: str, port: int) -> Reach:
        return Reach(ok=server != "192.168.0.99", code="site.firewall")

    answer = dig(estate, on_site("s"), "www.aws.corp.test", transport=transport)
    assert answer.addresses() == ("10.0.0.9",)
    assert "names.site_server.blocked" in codes(answer)


def test_recursion_needs_a_way_to_the_internet() -> None:
    """N1.12: walked when somebody can walk, else the site's own word."""
    estate = site_world()
    assert dig(estate, on_site("s"), "www.example.com").addresses() == ("203.0.113.80",)

    def shut(sender: Any, server: str, protocol: str, port: int) -> Reach:
        return Reach(ok=server.startswith("192.168."), code="route.none")

    walked = dig(estate, on_site("s"), "www.example.com", transport=shut)
    assert (walked.rcode, codes(walked)[-1]) == ("SERVFAIL", "names.site_server.no_internet")
    world = World().add("sites", Site(name="s", prefixes=("192.168.0.0/16",), dns=("192.168.0.53",), internet=False))
    world.add("dns_servers", DnsServer(name="ns", address="192.168.0.53"))
    assert dig(world.estate(), on_site("s"), "www.example.com").rcode == "SERVFAIL"


def test_server_on_an_instance_asks_the_vpc_resolver() -> None:
    """N1.11: what it forwards to VPC+2 gets the VPC's view, without a walk."""
    world = World().vpc("vpc-x", "10.0.0.0/16").eni("eni-ns", "vpc-x", "10.0.0.53")
    world.endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"})
    world.add("dns_servers", DnsServer(name="ns", address="10.0.0.53", forward_all=("10.0.0.2",)))
    asked = []

    def transport(sender: Any, server: str, protocol: str, port: int) -> Reach:
        asked.append(server)
        return Reach(ok=True)

    name = f"ssm.{REGION}.amazonaws.com"
    answer = dig(world.estate(), on_site(""), name, server="10.0.0.53", transport=transport)
    assert (answer.addresses(), asked) == (("10.0.0.30",), ["10.0.0.53"])


def test_forwarder_that_forwards_to_nobody() -> None:
    estate = site_world(forwarders=(Forwarder(suffix="aws.corp.test"),))
    answer = dig(estate, on_site("s"), "www.aws.corp.test")
    assert (answer.rcode, codes(answer)[-1]) == ("SERVFAIL", "names.site_server.no_forwarder")


# Texts ------------------------------------------------------------------------------


FOLDER = Path(names.__file__).parent


def is_code(text: object) -> bool:
    return isinstance(text, str) and text.startswith("names.") and text.count(".") == 2


def constants(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and is_code(n.value)}


def spread(function: ast.FunctionDef, call: ast.Call) -> set[str]:
    """Keys of a dictionary given as ``**params``."""
    names_spread = {k.value.id for k in call.keywords if k.arg is None and isinstance(k.value, ast.Name)}
    return {
        key.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in names_spread
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    }


SPEAKERS = ("step", "why")


def step_calls() -> Iterator[tuple[str, set[str]]]:
    """(code, parameter names) of every step and reason made; a code held in a variable counts for its function."""
    for path in FOLDER.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            calls = [n for n in ast.walk(function) if isinstance(n, ast.Call) and getattr(n.func, "id", "") in SPEAKERS]
            direct = set().union(*(constants(c.args[0]) for c in calls)) if calls else set()
            for call in calls:
                given = {k.arg for k in call.keywords if k.arg} | spread(function, call)
                for code in constants(call.args[0]) or constants(function) - direct:
                    yield code, given


def test_texts_and_codes_match() -> None:
    """Every code has a text in both languages with the parameters its steps carry; no text is left over."""
    found = list(step_calls())
    assert {code for code, _ in found} == set(TEXTS)
    for code, given in found:
        for text in TEXTS[code]:
            needed = {part.partition("}")[0] for part in text.split("{")[1:]}
            assert needed <= given, code
    for english, japanese in TEXTS.values():
        assert english
        assert any(ord(c) > 0x3000 for c in japanese)


def test_switches_are_listed_with_their_defaults() -> None:
    """Section 11: every assumption the code asks for is in the table, and no other."""
    asked = {}
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "switch":
                fact, default = node.args
                assert isinstance(fact, ast.Constant)
                value = default.value if isinstance(default, ast.Constant) else ast.unparse(default)
                asked[fact.value] = value
    assert asked == {fact: default for fact, (default, _, _) in SWITCHES.items()}
    for default, values, _ in SWITCHES.values():
        assert default in ("", *values)
