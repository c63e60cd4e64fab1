"""Bad documents: file, line, key, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

# ruff: noqa: E501 - a document in one line
from tabiji.estate import Estate
from tabiji.sources import SourceError, load

Written = Callable[[str], Estate]

V = "vpcs:\n  v:\n    cidr: 10.0.0.0/16\n    subnets: {a: {cidr: 10.0.1.0/24}}\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("- a\n", "1: must be a mapping of sections"),
        ("vpc: {}\n", "1: vpc: unknown section; did you mean vpcs?"),
        ("version: 2\n", "1: version: only version 1 is known"),
        ("vpcs: [a]\n", "1: vpcs: must be a mapping of names"),
        ("vpcs:\n  v:\n    cdir: 10.0.0.0/16\n", "3: vpcs.v.cdir: unknown key; did you mean cidr?"),
        ("vpcs:\n  v: {}\n", "2: vpcs.v: cidr is missing"),
        (
            "vpcs:\n  v: {cidr: 10.0.0.1/16}\n",
            "2: vpcs.v.cidr: '10.0.0.1/16' has host bits set; did you mean 10.0.0.0/16?",
        ),
        ("vpcs:\n  v: {cidr: {}}\n", "2: vpcs.v.cidr: must be text or a list, not a mapping"),
        (
            "vpcs:\n  v: {cidr: 10.0.0.0/16, dns_support: no}\n",
            "2: vpcs.v.dns_support: must be true or false, not text",
        ),
        ("vpcs:\n  v: {cidr: 10.0.0.0/16, igw: no}\n", "2: vpcs.v.igw: write true or false"),
        ("vpcs:\n  v: {cidr: x}\n  v: {cidr: y}\n", "3: key 'v' is there twice"),
        ("vpcs: {v: {cidr: 10.0.0.0/16, id: x}, w: {cidr: 10.1.0.0/16, id: x}}\n", "1: vpcs.w: x is there twice"),
        (V + "    routes: {10.9.0.0/16: tgw}\n", "5: vpcs.v.routes.10.9.0.0/16: there is no transit gateway"),
        (V + "    routes:\n      0.0.0.0/0: gw-1\n", "6: vpcs.v.routes.0.0.0.0/0: no route target is called 'gw-1'"),
        (
            V + "    instances:\n      i: {subnet: b}\n",
            "6: vpcs.v.instances.i.subnet: no subnet is called 'b'",
        ),
        (
            V + "    instances:\n      i: {subnet: a, ip: 10.0.2.9}\n",
            "6: vpcs.v.instances.i.ip: 10.0.2.9 is not in subnet-v-a (10.0.1.0/24)",
        ),
        (
            V + "    instances:\n      i: {subnet: a, ip: 10.0.1.3}\n",
            "6: vpcs.v.instances.i.ip: 10.0.1.3 is reserved by AWS in subnet-v-a",
        ),
        (
            V + "    instances:\n      i: {subnet: a, ip: 10.0.1.9}\n      j: {subnet: a, ip: 10.0.1.9}\n",
            "7: vpcs.v.instances.j.ip: 10.0.1.9 is taken already in vpc-v",
        ),
        (
            "vpcs:\n  v:\n    cidr: 10.0.0.0/16\n    subnets:\n      a: {cidr: 10.0.1.0/24}\n      b: {cidr: 10.0.0.0/20}\n",
            "6: vpcs.v.subnets.b.cidr: 10.0.0.0/20 overlaps 10.0.1.0/24 of subnet-v-a",
        ),
        (
            "vpcs:\n  v:\n    cidr: 10.0.0.0/16\n    subnets:\n      b: {cidr: 10.9.0.0/20}\n",
            "5: vpcs.v.subnets.b.cidr: 10.9.0.0/20 is not inside vpc-v (10.0.0.0/16)",
        ),
        (
            V
            + "    security_groups:\n      g:\n        in:\n          - tcp 443 from 10.0.0.0/8\n          - tcp 443 to 10.0.0.0/8\n",
            "9: vpcs.v.security_groups.g.in.1: 'tcp 443 to 10.0.0.0/8': an inbound rule says 'from', not 'to'",
        ),
        (
            V + "    security_groups: {g: {in: tpc 443 from 10.0.0.0/8}}\n",
            "5: vpcs.v.security_groups.g.in: 'tpc 443 from 10.0.0.0/8': 'tpc' is no protocol",
        ),
        (V + "    security_groups: {g: {in: tcp 99999 from 10.0.0.0/8}}\n", "is no port range within 0-65535"),
        (V + "    security_groups: {g: {in: tcp 443 from sg:h}}\n", "no security group is called 'h'"),
        (V + "    security_groups: {g: {in: tcp 443 from home}}\n", "'home' is no peer"),
        (
            V + "    network_acls: {n: {in: [100 allow all from 10.0.0.0/8, 100 deny all from 0.0.0.0/0]}}\n",
            "rule number 100 is there twice",
        ),
        (V + "    network_acls: {n: {in: allow all from 10.0.0.0/8}}\n", "does not read like"),
        (V + "peerings: {p: {vpcs: [v]}}\n", "5: peerings.p.vpcs: a peering connection has two VPCs"),
        (V + "transit_gateways: {t: {attachments: {w: [a]}}}\n", "no VPC is called 'w'"),
        (
            V + "transit_gateways: {t: {attachments: {v: {subnet: a}}}}\n",
            "5: transit_gateways.t.attachments.v.subnet: unknown key; did you mean subnets?",
        ),
        (V + "hosts: {h: {site: x, internet: true}}\n", "5: hosts.h: instance, interface, site and internet exclude"),
        (V + "hosts: {h: {}}\n", "5: hosts.h: instance, interface, site or internet: true is missing"),
        (V + "endpoints: {x: {type: gatway, vpc: v}}\n", "5: endpoints.x.type: 'gatway' is none of interface, gateway"),
        (
            "dns_servers:\n  a: {address: 192.0.2.1, forward_all: 192.0.2.2}\n  b: {address: 192.0.2.2, forward_all: 192.0.2.1}\n",
            "2: dns_servers.a: DNS servers forward in a circle: a -> b -> a",
        ),
        ("records: {nothing: []}\n", "1: records.nothing: no such kind"),
        ("records: {vpcs: [{VpcId: v}]}\n", "1: records.vpcs.0: CidrBlock is missing"),
        (
            "records:\n  route_tables:\n    - {RouteTableId: r, VpcId: vpc-9}\n",
            "3: r names vpc-9, which does not exist",
        ),
        ("vpcs: *x\n", "1: alias *x stands for nothing"),
        ("vpcs: {v: {cidr: !env X}}\n", "1: unknown tag !env"),
        ("a: 1\n--- \nb: 2\n", "2: a second document"),
        ("vpcs:\n  v: {cidr: 10.0.0.0/16\n", "is not YAML"),
        ("vpcs:\n\tv: {}\n", "2:1: is not YAML: found character that cannot start any token"),
        ("vpcs: {&a [x]: 1}\n", "a key must be text"),
    ],
)
def test_message(written: Written, tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(SourceError) as caught:
        written(text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'estate.yaml'}:")
    assert error in message
    assert "\n" not in message


def test_bombs_are_refused(written: Written) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for one, two in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{two}: &{two} [{', '.join([f'*{one}'] * 10)}]")
    with pytest.raises(SourceError, match="aliases repeat too much"):
        written("\n".join(lines))
    with pytest.raises(SourceError, match="is nested too deeply"):
        written("vpcs: " + "[" * 5000)
    with pytest.raises(SourceError, match="or for what it is part of"):
        written("vpcs: &a {v: *a}")


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"vpcs:\n  caf\xe9: {}\n")
    with pytest.raises(SourceError, match=r"x\.yaml:2:6: is not UTF-8"):
        load(path)


def test_a_circle_with_a_way_out_is_none(written: Written) -> None:
    written(
        dedent("""
        dns_servers:
          a: {address: 192.0.2.1, forward: {corp: 192.0.2.2}, forward_all: 192.0.2.9}
          b: {address: 192.0.2.2, forward_all: 192.0.2.1, zones: {corp: {www: 192.0.2.7}}}
        """)
    )
