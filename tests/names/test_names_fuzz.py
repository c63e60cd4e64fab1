"""Whatever texts an estate holds, a question ends in an answer or in BadName, never in a traceback or a hang."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st
from names_estate import INTERNET, REGION, At, World, alias, inside, on_site

from tabiji import names
from tabiji.estate.hosted_zone import HostedZone, HostedZoneConfig, RecordSet, ResourceRecord, ZoneVpc
from tabiji.estate.resolver import (
    FirewallDomainList,
    FirewallRule,
    FirewallRuleGroup,
    FirewallRuleGroupAssociation,
    ResolverRule,
    ResolverRuleAssociation,
    TargetIp,
)
from tabiji.estate.site import DnsServer, DnsZone, Forwarder, Host, PublicName, Site
from tabiji.names.dnsname import BadName

known = st.sampled_from(
    (
        "corp.test",
        "www.corp.test",
        "*.corp.test",
        "a.b.corp.test.",
        "\\052.corp.test",
        f"ssm.{REGION}.amazonaws.com",
        f"ip-10-0-0-1.{REGION}.compute.internal",
        f"i-0abc.{REGION}.compute.internal",
        f"ec2-54-1-2-3.{REGION}.compute.amazonaws.com",
        "1.0.0.10.in-addr.arpa",
        "0.10.in-addr.arpa",
        "localhost",
        "amazonaws.com",
        f"x.vpce-1-2.s3.{REGION}.vpce.amazonaws.com",
        ".",
        "",
    )
)
text = st.one_of(known, st.text(max_size=12), st.from_regex(r"[a-c*\\.\-0-9]{0,20}", fullmatch=True))
rtype = st.sampled_from(("A", "AAAA", "CNAME", "PTR", "NS", "SOA", "ANY", "TXT", "MX"))
address = st.sampled_from(
    ("10.0.0.53", "192.168.0.53", "10.0.0.20", "10.0.0.2", "169.254.169.253", "127.0.0.1", "8.8.8.8")
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World().vpc("vpc-x", "10.0.0.0/16", draw(st.sampled_from(("TT", "TF", "FF", "FT", ""))))
    world.inbound("in", "vpc-x", "10.0.0.20").outbound("out", "vpc-x", "10.0.0.10")
    world.endpoint("ssm", "vpc-x", "ssm", {"a": "10.0.0.30"}, tuple(draw(st.lists(text, max_size=2))))
    records = []
    for name in draw(st.lists(text, max_size=5)):
        value = draw(text)
        if draw(st.booleans()):
            records.append(
                RecordSet(name=name, type=draw(rtype), alias_target=alias(value, draw(st.sampled_from(("Z", "")))))
            )
        else:
            records.append(
                RecordSet(name=name, type=draw(rtype), ttl=1, resource_records=(ResourceRecord(value=value),))
            )
    for n, private in enumerate((True, False)):
        world.add(
            "hosted_zones",
            HostedZone(
                id=f"Z{n}" if n else "Z",
                name=draw(text),
                config=HostedZoneConfig(private_zone=private),
                vpcs=(ZoneVpc(vpc_id="vpc-x"),) if private else (),
                record_sets=tuple(records),
            ),
        )
    world.add(
        "resolver_rules",
        ResolverRule(
            id="r",
            domain_name=draw(text),
            rule_type=draw(st.sampled_from(("FORWARD", "SYSTEM", "DELEGATE", "RECURSIVE"))),
            resolver_endpoint_id=draw(st.sampled_from(("out", "gone"))),
            target_ips=tuple(TargetIp(ip=a) for a in draw(st.lists(address, max_size=2))),
            delegation_record=draw(text),
        ),
    )
    world.add("resolver_rule_associations", ResolverRuleAssociation(id="ra", resolver_rule_id="r", vpc_id="vpc-x"))
    world.add("firewall_domain_lists", FirewallDomainList(id="l", domains=tuple(draw(st.lists(text, max_size=2)))))
    rule = FirewallRule(
        firewall_domain_list_id="l",
        action=draw(st.sampled_from(("BLOCK", "ALLOW"))),
        block_response=draw(st.sampled_from(("NODATA", "NXDOMAIN", "OVERRIDE"))),
        block_override_domain=draw(text),
    )
    world.add("firewall_rule_groups", FirewallRuleGroup(id="g", rules=(rule,)))
    world.add(
        "firewall_rule_group_associations",
        FirewallRuleGroupAssociation(id="ga", firewall_rule_group_id="g", vpc_id="vpc-x"),
    )
    world.add("public_names", PublicName(name=draw(text), records={draw(rtype): (draw(text),)}))
    world.add("sites", Site(name="s", prefixes=("192.168.0.0/16",), dns=("192.168.0.53",)))
    for server in ("192.168.0.53", "10.0.0.53"):
        zone = DnsZone(name=draw(text), records={draw(text): {draw(rtype): (draw(text),)}})
        forwarder = Forwarder(suffix=draw(text), to=tuple(draw(st.lists(address, max_size=2))))
        forward_all = tuple(draw(st.lists(address, max_size=1)))
        world.add(
            "dns_servers",
            DnsServer(name=server, address=server, zones=(zone,), forwarders=(forwarder,), forward_all=forward_all),
        )
    world.add(
        "hosts",
        Host(
            name="h",
            eni="eni-h",
            nameservers=tuple(draw(st.lists(address, max_size=2))),
            search=tuple(draw(st.lists(text, max_size=2))),
            hosts_file={draw(text): ("10.0.0.9",)},
        ),
    )
    return world


@settings(max_examples=100, deadline=None)
@given(world=worlds(), questions=st.lists(st.tuples(text, rtype), min_size=1, max_size=6))
def test_every_question_ends(world: World, questions: list[tuple[str, str]]) -> None:
    estate = world.estate()
    places: tuple[At, ...] = (inside("vpc-x"), inside("vpc-x", host="h"), on_site("s"), INTERNET)
    names.problems(estate)
    for name, kind in questions:
        for at in places:
            for tool in ("libc", "dig"):
                with contextlib.suppress(BadName):
                    answer = names.resolve(estate, at, name, kind, tool=tool)
                    assert answer.rcode
                    assert all(r.name.endswith(".") for r in answer.answer)
            with contextlib.suppress(BadName):
                assert names.lookup(estate, at, name)


def test_servers_that_forward_to_each_other_end() -> None:
    """A full mesh of forwarders has more ways through it than anybody can wait for."""
    addresses = [f"192.168.0.{n}" for n in range(1, 13)]
    world = World().add("sites", Site(name="s", dns=("192.168.0.1",)))
    for own in addresses:
        to = tuple(a for a in addresses if a != own)
        world.add("dns_servers", DnsServer(name=own, address=own, forward_all=to))
    answer = names.resolve(world.estate(), on_site("s"), "www.corp.test", tool="dig")
    assert answer.rcode == "SERVFAIL"
    assert any(s.code == "names.server.too_many" for s in answer.chain)
