"""On-premises networks that a snapshot proves without naming them."""

import msgspec

from tabiji.estate import Coverage, Estate, Scope
from tabiji.estate.coverage import COLLECTED
from tabiji.estate.kinds import KINDS
from tabiji.estate.route_table import Route
from tabiji.estate.site import Site
from tabiji.journey.batch import answer
from tabiji.sources import load


def snapshot(tmp_path, *, up=True, written=()):
    text = f"""
vpcs:
  a:
    cidr: 10.0.0.0/16
    vgw: true
    subnets: {{s: {{cidr: 10.0.1.0/24, az: a, propagate: true}}}}
    security_groups: {{ssh: {{in: [tcp 22 from 192.168.0.0/16]}}}}
    instances: {{web: {{subnet: s, ip: 10.0.1.10, sg: ssh}}}}
vpn_connections:
  line: {{vgw: vgw-a, customer_gateway: 203.0.113.9, tunnels: [{"UP, DOWN" if up else "DOWN, DOWN"}]}}
"""
    file = tmp_path / "estate.yaml"
    file.write_text(text, encoding="utf-8")
    estate = load(file)
    propagated = Route(destination_cidr_block="192.168.0.0/16", gateway_id="vgw-a", origin="EnableVgwRoutePropagation")
    tables = {
        name: msgspec.structs.replace(table, routes=(*table.routes, propagated))
        for name, table in estate.route_tables.items()
    }
    held = dict(estate.tables) | {"route_tables": tables, "sites": {s.name: s for s in written}}
    states = {(Scope("1", "us-east-1"), kind.name): COLLECTED for kind in KINDS if not kind.by_hand}
    return Estate(held, coverage=Coverage(complete=False, states=states))


def question(source, destination, port=22, kind="on-prem"):
    return {"id": 1, "source_kind": kind, "source_ip": source, "destination_ip": destination, "protocol": "tcp",
            "destination_port": port}  # fmt: skip


def test_dx5_a_propagated_vpn_route_implies_a_site(tmp_path):
    estate = snapshot(tmp_path)
    (site,) = estate.sites.values()
    assert (site.implied, site.prefixes) == (True, ("192.168.0.0/16",))
    admitted = answer(estate, question("192.168.7.7", "10.0.1.10"))
    refused = answer(estate, question("192.168.7.7", "10.0.1.10", 443))
    assert (admitted["reachable"], refused["reachable"]) == (True, False)
    assert refused["deciding"]["code"] == "sg.ingress.no_rule"
    out = answer(estate, question("10.0.1.10", "192.168.7.7", kind="eni"))
    assert out["reachable"] is True
    assert "note.site_implied" in out["findings"]


def test_vg5_a_line_that_is_down_carries_nothing(tmp_path):
    told = answer(snapshot(tmp_path, up=False), question("192.168.7.7", "10.0.1.10"))
    assert (told["reachable"], told["deciding"]["code"]) == (False, "vpn.down")


def test_a_written_site_on_the_line_leaves_nothing_to_imply(tmp_path):
    line = next(iter(snapshot(tmp_path).vpn_connections))
    written = Site(name="office", prefixes=("192.168.0.0/16",), attachments=(line,))
    assert list(snapshot(tmp_path, written=[written]).sites) == ["office"]


def test_on_premises_of_which_nothing_is_known_is_undetermined():
    told = answer(Estate.of(), question("192.168.7.7", "10.0.1.10"))
    assert (told["reachable"], told["findings"]) == (None, ["unknown.external"])
