"""The compiler part by part: what a thing of AWS becomes in the plan."""

from __future__ import annotations

import plan_net as net
import pytest

from tabiji.estate import Estate
from tabiji.estate.instance import Instance, InstanceEni, InstanceState
from tabiji.estate.network_interface import EniAttachment, NetworkInterface
from tabiji.estate.record import Tag
from tabiji.estate.subnet import Subnet
from tabiji.estate.vpc import Vpc
from tabiji.lab.plan import flows, security_group
from tabiji.lab.plan.compile import compile_plan
from tabiji.lab.plan.model import CONTEXT_MASK, IDENTITY_MASK

TWO = """
vpcs:
  a:
    cidr: 10.1.0.0/16
    routes: {ROUTES}
    subnets: {s: {cidr: 10.1.1.0/24, az: a}}
    security_groups: {sg: {in: [], out: [all to 0.0.0.0/0]}}
    instances: {one: {subnet: s, ip: 10.1.1.10, sg: sg}}
  b:
    cidr: 10.2.0.0/16
    routes: {10.1.0.0/16: ab}
    subnets: {s: {cidr: 10.2.1.0/24, az: a}}
    security_groups: {sg: {in: ["tcp 443 from sg:a/sg"], out: ["tcp 80 to sg:a/sg"]}}
    instances: {two: {subnet: s, ip: 10.2.1.10, sg: sg}}
peerings:
  ab: {vpcs: [a, b]}
"""


def two(routes: str = "10.2.0.0/16: ab", **more: str) -> str:
    return TWO.replace("ROUTES", routes) + "".join(f"{key}: {value}\n" for key, value in more.items())


# Words of rules.


@pytest.mark.parametrize(
    ("protocol", "low", "high", "family", "words"),
    [
        ("tcp", 443, 443, "ip", "tcp dport 443"),
        ("6", 1024, 65535, "ip6", "tcp dport 1024-65535"),
        ("udp", 0, 65535, "ip", "meta l4proto udp"),
        ("-1", 443, 443, "ip", ""),
        ("50", 443, 443, "ip", "meta l4proto 50"),
        ("icmp", 8, -1, "ip", "icmp type 8"),
        ("icmp", 8, 0, "ip", "icmp type 8 icmp code 0"),
        ("icmp", -1, -1, "ip", "meta l4proto icmp"),
        ("icmp", 8, -1, "ip6", None),
        ("icmpv6", None, None, "ip6", "meta l4proto ipv6-icmp"),
    ],
)
def test_sg3_protocol_and_ports(protocol, low, high, family, words):
    assert flows.port_match(protocol, low, high, family) == words


def test_prefixes_that_overlap_become_one():
    assert security_group.among("ip saddr", "ip", ["10.0.0.0/8", "10.1.0.0/16"]) == "ip saddr { 10.0.0.0/8 }"
    assert security_group.among("ip saddr", "ip", ["10.1.0.0/16", "0.0.0.0/0"]) == "meta nfproto ipv4"
    assert security_group.among("ip6 saddr", "ip6", ["::/0"]) == "meta nfproto ipv6"


# Security groups.


def test_sg4_reference_inwards_is_the_members_vpc_and_address():
    made = net.plan(two())
    chain = net.body(made, net.chain_at(made, "10.2.1.10", "filters_in"))
    (name,) = {word[1:] for word in chain.split() if word.startswith("@set_")}
    text = made.nft[made.nft.index(f"set {name} {{") :].partition("\n }")[0]
    (member,) = [line.split() for line in text.splitlines() if "10.1.1.10" in line]
    (port,) = [p for p in made.ports if "10.1.1.10" in p.addresses]
    assert int(member[0], 16) == port.context & IDENTITY_MASK != 0
    assert f"meta mark & 0x{IDENTITY_MASK:08x} . ip saddr @{name} tcp dport 443" in chain


def test_sg4_reference_outwards_is_the_way_straight_there():
    made = net.plan(two())
    chain = net.body(made, net.chain_at(made, "10.2.1.10", "filters_out"))
    (name,) = {word[1:] for word in chain.split() if word.startswith("@set_")}
    text = made.nft[made.nft.index(f"set {name} {{") :].partition("\n }")[0]
    (device,) = net.QUOTED.findall(text)
    assert net.owner(made, device).startswith("pcx-")


def test_sg1_no_rule_matches_names_the_groups():
    made = net.plan(two())
    chain = net.body(made, net.chain_at(made, "10.1.1.10", "filters_in"))
    reason = made.reasons[int(net.DROP.findall(chain)[-1])]
    assert (reason.code, len(reason.owner.split(","))) == ("sg.in", 1)


def test_groups_in_common_share_a_chain():
    made = net.plan(
        two().replace(
            "one: {subnet: s, ip: 10.1.1.10, sg: sg}",
            "one: {subnet: s, ip: 10.1.1.10, sg: sg}, x: {subnet: s, ip: 10.1.1.11, sg: sg}",
        )
    )
    assert net.chain_at(made, "10.1.1.10", "filters_in") == net.chain_at(made, "10.1.1.11", "filters_in")
    assert net.chain_at(made, "10.1.1.10", "filters_in") != net.chain_at(made, "10.2.1.10", "filters_in")


# Network ACLs.


def test_na2_rules_in_the_order_of_their_numbers():
    made = net.plan(
        """
        vpcs:
          v:
            cidr: 10.0.0.0/16
            subnets: {s: {cidr: 10.0.0.0/24, az: a, nacl: n}}
            network_acls:
              n: {in: ["200 allow all from 0.0.0.0/0", "100 deny tcp 22 from 0.0.0.0/0"]}
            instances: {i: {subnet: s, ip: 10.0.0.10}}
        """
    )
    lines = net.body(made, net.chain_at(made, "10.0.0.10", "acls_in")).splitlines()[1:]
    assert "tcp dport 22" in lines[0]
    assert "return" in lines[1]
    rules = [made.reasons[int(n)].rule for line in lines for n in net.DROP.findall(line)]
    assert rules == ["100", "*", "*"]


# Route tables.


def test_rt2_local_is_left_to_the_vpc():
    made = net.plan(two())
    (port,) = [p for p in made.ports if "10.1.1.10" in p.addresses]
    tables = [r.table for r in made.rules if r.mark == port.context & CONTEXT_MASK]
    layer2, routed, local = (t for number in tables for t in made.tables if t.number == number)
    assert {r.prefix: r.dev for r in routed.routes}["10.1.0.0/16"] == ""
    assert {r.prefix: r.dev for r in local.routes}["10.1.1.10/32"] == port.name
    assert {r.prefix: r.dev for r in layer2.routes}["10.1.1.10/32"] == port.name


def test_rt13_blackhole_drops_with_its_prefix():
    made = net.plan(two().replace("{vpcs: [a, b]}", "{vpcs: [a, b], state: deleted}"))
    dropped = [net.refusal(made, p.name) for p in made.ports if p.role == "sink"]
    assert {r.rule for r in dropped if r.code == "blackhole"} == {"10.2.0.0/16", "10.1.0.0/16"}


HUB = """
vpcs:
  a:
    cidr: 10.1.0.0/16
    routes: {0.0.0.0/0: hub}
    subnets: {x: {cidr: 10.1.1.0/24, az: a}, y: {cidr: 10.1.2.0/24, az: c}}
    instances: {one: {subnet: x, ip: 10.1.1.10}, other: {subnet: y, ip: 10.1.2.10}}
  b:
    cidr: 10.2.0.0/16
    subnets: {x: {cidr: 10.2.1.0/24, az: a}, y: {cidr: 10.2.2.0/24, az: c}}
    instances: {two: {subnet: x, ip: 10.2.1.10}, three: {subnet: y, ip: 10.2.2.10}}
transit_gateways:
  hub:
    attachments: {a: [SUBNETS], b: {subnets: [x, y], appliance_mode: APPLIANCE}}
    route_tables: {default: {ROUTES}}
"""


def hub(subnets: str = "x, y", appliance: str = "false", table: str = "") -> str:
    return HUB.replace("SUBNETS", subnets).replace("APPLIANCE", appliance).replace("ROUTES", table)


def labels(made, owner: str, zone: str) -> dict[str, tuple[str, str]]:
    """Of a TGW table seen from an AZ: prefix -> (owner, label) of the wire."""
    wires = {end: w for w in made.wires for end in (w.a, w.b)}
    contexts = {w.b_context for w in made.wires if w.owner == owner and w.label.endswith(zone)}
    (number,) = {r.table for r in made.rules if r.mark in contexts}
    (table,) = [t for t in made.tables if t.number == number]
    return {r.prefix: (wires[r.dev].owner, wires[r.dev].label[-1]) for r in table.routes if r.dev in wires}


def attachment(made, name: str) -> str:
    (found,) = {w.owner for w in made.wires if w.owner.endswith(f"-{name}") and w.owner.startswith("tgw-attach")}
    return found


def test_rt19_no_attachment_in_the_zone():
    made = net.plan(hub("x"))
    codes = {net.refusal(made, p.name).code for p in made.ports if p.role == "sink"}
    assert "tgw.no-az" in codes
    made = net.plan(hub())
    assert "tgw.no-az" not in {net.refusal(made, p.name).code for p in made.ports if p.role == "sink"}


def test_tg6_stays_in_the_zone_it_came_from():
    made = net.plan(hub())
    a, b = attachment(made, "a"), attachment(made, "b")
    assert labels(made, a, "a")["10.2.0.0/16"] == (b, "a")
    assert labels(made, a, "c")["10.2.0.0/16"] == (b, "c")


def test_tg6_draws_when_the_zone_is_not_there():
    made = net.plan(hub("x"))
    a, b = attachment(made, "a"), attachment(made, "b")
    assert labels(made, b, "c")["10.1.0.0/16"] == (a, "a")  # only one
    text = (
        hub()
        .replace("b: {subnets: [x, y]", "b: {subnets: [x]")
        .replace("az: c}}\n    instances: {one", "az: d}}\n    instances: {one")
    )
    made = net.plan(text)
    assert labels(made, attachment(made, "b"), "a")["10.1.0.0/16"] == (attachment(made, "a"), "a")
    assert not [w for w in made.wires if w.label in ("random", "flow")]
    made = net.plan(text.replace("b: {subnets: [x]", "b: {subnets: [y]"))
    assert [w.label for w in made.wires if w.label in ("random", "flow")] == ["random"]


def test_tg8_appliance_mode_by_both_ends():
    made = net.plan(hub(appliance="true"))
    a, b = attachment(made, "a"), attachment(made, "b")
    seen = labels(made, a, "a")
    assert seen["10.2.1.0/24"] == (b, "a")  # both ends in one AZ
    assert seen["10.2.2.0/24"] == (b, "w")  # different ones: by the flow
    assert seen["10.2.0.0/16"] == (b, "a")  # no AZ known: the sender's
    assert "symhash mod 2 vmap" in made.nft


def test_tg2_static_before_propagated():
    made = net.plan(hub(table="routes: {10.2.0.0/16: a}"))
    a = attachment(made, "a")
    assert labels(made, a, "a")["10.2.0.0/16"][0] == a


def test_tg3_blackhole_of_a_tgw():
    made = net.plan(hub(table="routes: {10.2.1.0/24: blackhole}"))
    reasons = [net.refusal(made, p.name) for p in made.ports if p.role == "sink"]
    assert [(r.code, r.rule) for r in reasons if r.owner.startswith("tgw-rtb") and r.code == "blackhole"] == [
        ("blackhole", "10.2.1.0/24")
    ]


# Sites.

SITE = """
vpcs:
  v:
    cidr: 10.0.0.0/16
    vgw: true
    propagate: true
    subnets: {s: {cidr: 10.0.0.0/24, az: a}}
    instances: {i: {subnet: s, ip: 10.0.0.10}}
direct_connect_gateways:
  dx: {associations: {v: ALLOWED}}
sites:
  office: {prefixes: 192.168.0.0/24, attachments: dx, public_address: 198.51.100.9, hosts: {pc: 192.168.0.5}MORE}
"""


@pytest.mark.parametrize(("allowed", "told"), [("10.0.0.0/8", True), ("10.0.0.0/16", True), ("10.0.0.0/24", False)])
def test_dx2_the_vpc_cidr_is_told_if_an_allowed_prefix_holds_it(allowed, told):
    made = net.plan(SITE.replace("ALLOWED", allowed).replace("MORE", ""))
    assert ("10.0.0.0/16" in net.table(made, "office")) is told


def test_dx5_a_written_table_is_the_whole_table():
    derived = net.plan(SITE.replace("ALLOWED", "10.0.0.0/16").replace("MORE", ""))
    written = net.plan(SITE.replace("ALLOWED", "10.0.0.0/16").replace("MORE", ", routes: {10.0.0.0/8: dx}"))
    assert net.owner(derived, net.table(derived, "office")["0.0.0.0/0"]) == "office"
    assert net.refusal(written, net.table(written, "office")["0.0.0.0/0"]).code == "no-route"
    assert net.owner(written, net.table(written, "office")["10.0.0.0/8"]).startswith("dxgw-")


def test_vg1_only_the_vpcs_own_interfaces_leave_by_its_gateway():
    made = net.plan(SITE.replace("ALLOWED", "10.0.0.0/16").replace("MORE", ""))
    (rule,) = [line for line in made.nft.splitlines() if "ip saddr != @" in line and 'iifname "vgw' in line]
    assert made.reasons[int(net.DROP.findall(rule)[0])].code == "vgw.foreign-source"


def test_a_sites_firewall_is_asked_first_match_first():
    made = net.plan(
        SITE.replace("ALLOWED", "10.0.0.0/16").replace(
            "MORE", ', firewall: ["allow tcp 22 to 10.0.0.9/32", "deny tcp 22 to 10.0.0.0/8"]'
        )
    )
    lines = net.body(made, net.chain_at(made, "192.168.0.5", "filters_out")).splitlines()
    allow, deny = (
        next(i for i, line in enumerate(lines) if f"ip daddr {p}" in line) for p in ("10.0.0.9/32", "10.0.0.0/8")
    )
    assert allow < deny
    assert made.reasons[int(net.DROP.findall(lines[deny])[0])].code == "site.firewall"


def test_a_host_is_called_by_its_instances_name_though_its_interface_bears_it_too():
    tags = (Tag(key="Name", value="web"),)
    estate = Estate.of(
        vpcs=[Vpc(vpc_id="vpc-1", cidr_block="10.0.0.0/16")],
        subnets=[Subnet(subnet_id="subnet-1", vpc_id="vpc-1", cidr_block="10.0.1.0/24")],
        network_interfaces=[
            NetworkInterface(
                network_interface_id="eni-1",
                vpc_id="vpc-1",
                subnet_id="subnet-1",
                private_ip_address="10.0.1.10",
                attachment=EniAttachment(instance_id="i-1"),
                tag_set=tags,
            )
        ],
        instances=[
            Instance(instance_id="i-1", network_interfaces=(InstanceEni(network_interface_id="eni-1"),), tags=tags),
            Instance(instance_id="i-0", state=InstanceState(name="terminated"), tags=tags),
        ],
    )
    plan = compile_plan(estate)
    assert [g.name for g in plan.guests if g.owner == "i-1"] == ["web"]
