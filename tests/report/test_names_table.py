"""The table of names: what each answer is, what looks wrong, what comes first."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

import tabiji
from tabiji.cli.names_table import place
from tabiji.estate import Estate
from tabiji.estate.vpc import Vpc
from tabiji.estate.vpc_endpoint import DnsEntry, VpcEndpoint
from tabiji.report.labels import Labels
from tabiji.report.names_asked import every_viewpoint, names_for, of_vpc, other_servers, regions_of
from tabiji.report.names_table import Table, build
from tabiji.report.names_table_text import render_table, table_document
from tabiji.report.terminal import Style

R = "ap-northeast-1"
HEAD = f"account: '111122223333'\nregion: {R}\n"
Changes = tuple[tuple[str, str], ...]
HUB = """
hub:
  cidr: 10.1.0.0/16
  dns_hostnames: true
  routes: {10.0.0.0/8: tgw}
  subnets: {a: {cidr: 10.1.0.0/20, az: a}, c: {cidr: 10.1.16.0/20, az: c}}
  security_groups: {ep: {in: https from 10.0.0.0/8}, app: {in: []}}
  endpoints: ENDPOINTS
  instances: {hub-ec2: {subnet: a, ip: 10.1.0.10, sg: app}}
"""
SPOKE = """
spoke:
  cidr: 10.2.0.0/16
  dns_hostnames: true
  routes: {10.0.0.0/8: tgw}
  subnets: {a: {cidr: 10.2.0.0/20, az: a}}
  security_groups: {app: {in: []}}
  instances: {spoke-ec2: {subnet: a, ip: 10.2.0.10, sg: app}}
"""
LONELY = """
lonely:
  cidr: 10.3.0.0/16
  dns_hostnames: true
  subnets: {a: {cidr: 10.3.0.0/20, az: a}}
  instances: {lonely-ec2: {subnet: a, ip: 10.3.0.10}}
"""
TGW = """
transit_gateways:
  tgw: {attachments: {hub: {vpc: hub, subnets: [a, c]}, spoke: {vpc: spoke, subnets: [a]}}}
"""


def estate(
    tmp_path: Path,
    endpoints: str = "{ssm: {ips: {a: 10.1.0.20, c: 10.1.16.20}, sg: ep}}",
    more: str = "",
    vpcs: str = "",
    changes: Changes = (),
) -> Estate:
    text = HEAD + "vpcs:" + indent(HUB.replace("ENDPOINTS", endpoints) + SPOKE + LONELY + vpcs, "  ") + TGW + more
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "net.yaml").write_text(text)
    return tabiji.load(tmp_path / "net.yaml")


def table(
    estate: Estate, *services: str, places: tuple[str, ...] = ("hub", "spoke", "lonely"), **options: bool
) -> Table:
    connect = options.pop("connect", False)
    viewpoints = [place(estate, text) for text in places]
    asked = names_for(estate, services, regions_of(estate, viewpoints), own=False, **options)
    return build(estate, viewpoints, asked, connect=connect)


def kinds(found: Table, name: str) -> list[str]:
    return [cell.kind for row in found.rows if row.asked.name == name for cell in row.cells]


def wrong(found: Table) -> dict[tuple[str, str], str]:
    return {
        (row.asked.name, viewpoint.label): reason.code.removeprefix("names_table.")
        for row in found.rows
        for viewpoint, cell in zip(found.viewpoints, row.cells, strict=True)
        for reason in cell.wrong
    }


SSM = f"ssm.{R}.amazonaws.com"
S3 = f"s3.{R}.amazonaws.com"


def test_an_endpoint_a_public_answer_beside_it_and_a_place_with_no_way(tmp_path: Path) -> None:
    """FA2: the spoke has a way to the endpoint and does not use it (N6.G); the VPC without a way may stay public."""
    found = table(estate(tmp_path), "ssm", "kms")
    assert kinds(found, SSM) == ["endpoint", "public", "public"]
    assert wrong(found) == {(SSM, "spoke"): "public_near"}
    assert (found.rows[0].asked.name, found.rows[0].cells[0].endpoint) == (SSM, "vpce-hub-ssm")
    assert found.endpoints == {"vpce-hub-ssm": ("hub",)}


def test_private_dns_off_in_the_endpoints_own_vpc(tmp_path: Path) -> None:
    """N4.6: the name goes public beside the endpoint; that is worse than the spoke's public answer."""
    net = estate(tmp_path, "{ssm: {subnets: [a], sg: ep, private_dns: false}, kms: {subnets: [a], sg: ep}}")
    found = table(net, "kms", "ssm")
    assert wrong(found)[SSM, "hub"] == "public_own"
    assert found.rows[0].cells[0].wrong[0].cause == "names_table.cause.private_dns_off"
    assert [row.asked.tail for row in found.rows] == ["ssm", "kms"]  # the worst row first
    assert found.endpoints["vpce-hub-ssm"] == ()


def test_dns_hostnames_off_is_told_as_the_cause(tmp_path: Path) -> None:
    """N2.2b, N4.6."""
    net = estate(tmp_path)
    text = (
        (tmp_path / "net.yaml").read_text().replace("cidr: 10.1.0.0/16\n    dns_hostnames: true", "cidr: 10.1.0.0/16")
    )
    (tmp_path / "net.yaml").write_text(text)
    net = tabiji.load(tmp_path / "net.yaml")
    (row,) = table(net, "ssm", places=("hub",)).rows
    assert [r.cause for r in row.cells[0].wrong] == ["names_table.cause.attributes"]


CENTRAL = f"""
hosted_zones:
  ssm: {{name: {SSM}, vpcs: [spoke], records: {{"@": {{A: TARGET}}}}}}
"""


def test_a_central_endpoint_reached_by_a_hosted_zone_is_fine(tmp_path: Path) -> None:
    """N6.B: the spoke resolves to the hub's endpoint, and packets get there."""
    net = estate(tmp_path, more=CENTRAL.replace("TARGET", "[10.1.0.20, 10.1.16.20]"))
    found = table(net, "ssm", connect=True, places=("hub", "spoke"))
    assert wrong(found) == {}
    spoke = found.rows[0].cells[1]
    assert (spoke.kind, spoke.vpc, spoke.connect) == ("endpoint", "vpc-hub", "reachable")


def test_a_record_that_nobody_has_and_one_of_another_service(tmp_path: Path) -> None:
    net = estate(tmp_path, more=CENTRAL.replace("TARGET", "[10.1.9.9]"))
    assert wrong(table(net, "ssm", places=("spoke",))) == {(SSM, "spoke"): "stale"}
    both = "{ssm: {ips: {a: 10.1.0.20}, sg: ep}, kms: {ips: {a: 10.1.0.21}, sg: ep}}"
    net = estate(tmp_path, both, CENTRAL.replace("TARGET", "10.1.0.21"))
    found = table(net, "ssm", places=("spoke",))
    assert kinds(found, SSM) == ["other_endpoint"]
    assert wrong(found) == {(SSM, "spoke"): "wrong_service"}


def test_another_vpcs_endpoint_although_the_own_one_is_there(tmp_path: Path) -> None:
    third = SPOKE.replace("spoke", "third").replace("10.2.", "10.4.")
    third = third.replace("  instances", "  endpoints: {ssm: {subnets: [a], private_dns: false, sg: app}}\n  instances")
    more = CENTRAL.replace("TARGET", "10.1.0.20").replace("[spoke]", "[third]")
    found = table(estate(tmp_path, more=more, vpcs=third), "ssm", places=("third",))
    assert kinds(found, SSM) == ["other_endpoint"]
    assert wrong(found) == {(SSM, "third"): "not_the_own"}


def test_a_zone_without_wildcard_breaks_bucket_names(tmp_path: Path) -> None:
    """NT23, N4.10a."""
    more = f'\nhosted_zones:\n  s3: {{name: {S3}, vpcs: [spoke], records: {{"@": {{A: 10.1.0.10}}}}}}\n'
    found = table(estate(tmp_path, more=more), "s3", places=("spoke",))
    bucket = found.rows[0]
    assert bucket.asked.name == f"example.{S3}"
    assert [c.kind for c in bucket.cells] == ["nxdomain"]
    assert wrong(found)[bucket.asked.name, "spoke"] == "shadowed"
    assert "Z-s3" in bucket.cells[0].wrong[0].component or "s3" in bucket.cells[0].wrong[0].component


def test_a_gateway_endpoint_makes_public_answers_right(tmp_path: Path) -> None:
    """N4.16."""
    found = table(estate(tmp_path, "{s3: {type: gateway, route_tables: [main]}}"), "s3")
    assert kinds(found, S3) == ["gateway", "public", "public"]
    assert wrong(found) == {}


def test_a_dns_firewall_that_blocks_is_wrong_only_beside_an_endpoint(tmp_path: Path) -> None:
    """N2.9b."""
    wall = """
dns_firewall:
  no-aws: {vpcs: [spoke, lonely], rules: [{block: [ssm.ap-northeast-1.amazonaws.com]}]}
"""
    net = estate(tmp_path, more=wall)
    found = table(net, "ssm", places=("spoke", "lonely"))
    assert kinds(found, SSM) == ["blocked", "blocked"]
    assert wrong(found) == {(SSM, "spoke"): "blocked"}


def test_no_resolver_at_all(tmp_path: Path) -> None:
    """N2.2d, NT8."""
    net = estate(tmp_path, vpcs="\noff:\n  cidr: 10.5.0.0/16\n  dns_support: false\n")
    found = table(net, "ssm", places=("off",))
    assert kinds(found, SSM) == ["blocked"]
    assert wrong(found) == {(SSM, "off"): "no_answer"}


def test_two_hosts_of_one_vpc_that_differ(tmp_path: Path) -> None:
    """N1.10: a hosts file gives one of them something else."""
    more = f"""
hosts:
  plain: {{instance: hub-ec2}}
  odd: {{instance: hub-two, hosts_file: {{{SSM}: 198.51.100.9, sts.{R}.amazonaws.com: 198.51.100.9}}}}
"""
    two = "hub-ec2: {subnet: a, ip: 10.1.0.10, sg: app}, hub-two: {subnet: a, ip: 10.1.0.11, sg: app}"
    net = estate(tmp_path, more=more, changes=(("hub-ec2: {subnet: a, ip: 10.1.0.10, sg: app}", two),))
    found = table(net, "ssm", "sts", places=("plain", "odd"))
    assert kinds(found, SSM) == ["endpoint", "private"]
    assert wrong(found) == {(SSM, "odd"): "not_the_own"}  # its own VPC has the endpoint; for sts there is none


def test_two_hosts_of_one_site_that_differ(tmp_path: Path) -> None:
    """N1.7: one asks the inbound endpoint, the other a public resolver of its own."""
    more = """
hosts:
  one: {site: tokyo, address: 192.168.0.10}
  two: {site: tokyo, address: 192.168.0.11, nameservers: 8.8.8.8}
sites:
  tokyo: {prefixes: 192.168.0.0/24, dns: 10.1.0.53, attachments: tokyo-dx}
direct_connect_gateways:
  tokyo-dx: {associations: {hub: 10.1.0.0/16}}
"""
    inbound = (
        (
            "  endpoints:",
            "  resolver_endpoints: {inbound: {ips: {a: 10.1.0.53, c: 10.1.16.53}, sg: open}}\n    endpoints:",
        ),
        (
            "app: {in: []}}\n    resolver",
            "app: {in: []}, open: {in: [dns from 192.168.0.0/24]}}\n    vgw: true\n    propagate: true\n    resolver",
        ),
    )
    found = table(estate(tmp_path, more=more, changes=inbound), "ssm", places=("one", "two"))
    assert kinds(found, SSM) == ["endpoint", "public"]
    assert set(wrong(found)) == {(SSM, "two")}


def test_connecting_shows_what_names_alone_do_not(tmp_path: Path) -> None:
    net = estate(tmp_path, changes=(("https from 10.0.0.0/8", "https from 10.99.0.0/16"),))
    found = table(net, "ssm", "kms", places=("hub",), connect=True)
    ssm, kms = found.rows
    assert [c.connect for c in (*ssm.cells, *kms.cells)] == ["blocked", "blocked"]
    assert wrong(found) == {(SSM, "hub"): "no_connection"}  # kms is public and was not asked for by name
    assert ssm.cells[0].stopped is not None
    assert ssm.cells[0].stopped.code == "sg.ingress.no_rule"
    named = table(net, "kms", places=("hub",), connect=True, named=True)
    assert set(wrong(named).values()) == {"no_connection"}


def test_what_was_not_collected_is_unknown(tmp_path: Path) -> None:
    """N2.4a: a zone nobody collected may answer."""
    (tmp_path / "vpcs.json").write_text('{"Vpcs": [{"VpcId": "vpc-0a1", "CidrBlock": "10.0.0.0/16"}]}')
    net = tabiji.load(tmp_path)
    found = build(net, [of_vpc(net, "vpc-0a1")], names_for(net, ["ssm"], ["eu-west-1"]))
    (cell,) = found.rows[0].cells
    assert (cell.kind, cell.likely) == ("unknown", "public")
    assert "not collected" in cell.reason
    assert (found.wrong, found.unknown) == (0, 1)


def test_a_service_no_table_lists_is_still_certain_to_go_public(tmp_path: Path) -> None:
    """Whether public DNS has the name is another question than where it goes."""
    found = table(estate(tmp_path), "appmesh-envoy-management", places=("lonely",))
    assert [cell.kind for row in found.rows for cell in row.cells] == ["public"]


def test_dns_entries_of_the_estate_are_asked_for() -> None:
    """N4.8: what an endpoint says of itself, where the catalogue's name is not among it."""
    endpoint = VpcEndpoint(
        vpc_endpoint_id="vpce-1",
        vpc_id="vpc-1",
        service_name=f"com.amazonaws.{R}.ssm",
        private_dns_enabled=True,
        dns_entries=(DnsEntry(dns_name="ssm.other.example"),),
    )
    net = Estate.of(vpcs=[Vpc(vpc_id="vpc-1", cidr_block="10.0.0.0/16")], vpc_endpoints=[endpoint])
    assert {a.name for a in names_for(net, (), (R,))} == {SSM, "ssm.other.example"}
    assert names_for(net, (), ("eu-west-1",)) == ()


def test_variants_add_every_form(tmp_path: Path) -> None:
    """NT15."""
    net = estate(tmp_path)
    plain = {a.name for a in names_for(net, ["monitoring"], (R,), own=False)}
    every = {a.name for a in names_for(net, ["monitoring"], (R,), own=False, variants=True)}
    assert plain == {f"monitoring.{R}.amazonaws.com"}
    assert every > plain
    assert f"monitoring-fips.{R}.api.aws" in every


def test_by_default_each_vpc_and_site_is_a_place(tmp_path: Path) -> None:
    more = "\nsites:\n  tokyo: {prefixes: 192.168.0.0/24, dns: 192.168.0.53}\n"
    net = estate(tmp_path, more=more)
    places = every_viewpoint(net)
    assert [p.label for p in places] == ["hub", "spoke", "lonely", "tokyo"]
    assert [p.kind for p in places] == ["vpc", "vpc", "vpc", "site"]
    assert regions_of(net, places) == (R,)


def test_hosts_of_a_vpc_ask_what_dhcp_says(tmp_path: Path) -> None:
    """N1.1: by default a VPC's hosts are meant; its resolver when it is named."""
    own = ("cidr: 10.3.0.0/16", "cidr: 10.3.0.0/16\n    dhcp_options: own")
    more = "\ndhcp_options:\n  own: {dns_servers: [10.3.0.53]}\n"
    net = estate(tmp_path, more=more, changes=(own,))
    assert other_servers(net, "vpc-lonely") == ("10.3.0.53",)
    assert [p.resolver for p in every_viewpoint(net)] == [True, True, False]
    assert place(net, "lonely").resolver


# What is shown ----------------------------------------------------------------------------------------------------


def shown(found: Table, net: Estate, lang: str = "en", **options: bool) -> str:
    return render_table(found, labels=Labels(net, lang), style=Style(width=100), **options)


def test_text_puts_complaints_first_and_folds_what_is_alike(tmp_path: Path) -> None:
    net = estate(tmp_path)
    text = shown(table(net, "ssm", "kms", "sts"), net)
    lines = text.splitlines()
    assert lines[0] == "3 names × 3 places: 1 answers look wrong, 0 cannot be told"
    assert (
        lines.index("Looks wrong") < lines.index("Answers") < lines.index("Endpoints, and who resolves a name to them")
    )
    row = next(line for line in lines if line.startswith(f"  {SSM}  "))
    assert row.split() == [SSM, "vpce-hub-ssm", "✗", "public", "public"]
    assert "  2 more names are public everywhere (--explain lists them)" in lines
    assert "  vpce-hub-ssm (ssm): hub" in lines


def test_places_with_the_same_answers_share_a_column(tmp_path: Path) -> None:
    more = "".join(LONELY.replace("lonely", f"x{i}").replace("10.3.", f"10.{60 + i}.") for i in range(12))
    net = estate(tmp_path, vpcs=more)
    places = ("hub", *(f"x{i}" for i in range(12)))
    text = shown(table(net, "ssm", places=places), net)
    assert "x0 +11" in text
    assert "x0 stands for x1, x2, x3, x4, x5, x6 +5 too" in text


def test_a_wide_table_goes_on_below(tmp_path: Path) -> None:
    net = estate(tmp_path)
    style = Style(width=62)
    text = render_table(table(net, "ssm"), labels=Labels(net), style=style)
    table_lines = [line for line in text.splitlines() if SSM in line and "at" not in line.split()]
    assert len(table_lines) == 2
    assert all(len(line) <= 62 for line in table_lines)


def test_facts_and_everything_else_with_explain(tmp_path: Path) -> None:
    net = estate(tmp_path)
    text = shown(table(net, "ssm", "kms"), net, explain=True)
    assert "[N4.3 N6.G]" in text
    assert any(line.split()[:1] == [f"kms.{R}.amazonaws.com"] for line in text.splitlines())


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_no_text_is_left_without_words(tmp_path: Path, lang: str) -> None:
    net = estate(tmp_path, "{ssm: {subnets: [a, c], sg: ep, private_dns: false}}")
    text = shown(table(net, "ssm", "s3", connect=True), net, lang, explain=True)
    assert "names_table." not in text
    assert "{" not in text


def test_json_holds_every_cell(tmp_path: Path) -> None:
    net = estate(tmp_path)
    document = table_document(table(net, "ssm", connect=True), labels=Labels(net))
    assert (document["kind"], document["wrong"], document["unknown"]) == ("names", 1, 0)
    (row,) = document["rows"]  # type: ignore[misc]
    assert [c["kind"] for c in row["cells"]] == ["endpoint", "public", "public"]
    assert row["cells"][0]["connect"] == "reachable"
    assert row["cells"][1]["wrong"][0]["code"] == "names_table.public_near"
    assert row["cells"][1]["wrong"][0]["facts"] == ["N4.3", "N6.G"]
    assert document["endpoints"] == [{"id": "vpce-hub-ssm", "name": "ssm", "places": ["hub"]}]
