"""``tabiji logs`` on flow logs: what explains each refusal, and every format they come in."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import flow_logs
import msgspec
import pytest
from flow_logs import START, V2, V5, predicted, row, write, write_parquet

import tabiji
from estates import Question, random_estate, random_packets
from tabiji.cli import main
from tabiji.estate import Estate
from tabiji.journey.engine import walk_request
from tabiji.journey.evidence import flow_records
from tabiji.journey.model import Journey
from tabiji.observe.logs.explain import Explainer
from tabiji.observe.logs.model import (
    CONTRADICTED,
    EXPLAINED,
    LOST,
    OPEN,
    Flow,
    LogReport,
    Told,
)
from tabiji.observe.logs.read import read_logs
from tabiji.packet.address import format_address, is_v6
from tabiji.request.model import Request
from tabiji.request.vantage import of_eni

pytest.importorskip("duckdb")

CONSOLE = Path(__file__).resolve().parents[2] / "examples" / "console-over-dx.yaml"
ENDPOINT, SERVICE = "eni-vpce-tokyo-vpc-monitoring-ap-northeast-1a", "172.20.144.5"
LAPTOP, EC2 = "192.168.10.20", "172.20.144.10"

NET = """
region: ap-northeast-1
account: "111122223333"
vpcs:
  net:
    cidr: 10.0.0.0/16
    igw: true
    subnets:
      front: {cidr: 10.0.1.0/24, az: a, nacl: tight}
      back: {cidr: 10.0.2.0/24, az: a}
      pub: {cidr: 10.0.3.0/24, az: a, routes: {default: igw}}
      lonely: {cidr: 10.0.4.0/24, az: a, routes: {default: nat-1}}
      dead: {cidr: 10.0.5.0/24, az: a, routes: {10.9.0.0/16: {to: nat-1, state: blackhole}}}
    network_acls:
      tight: {in: [100 allow tcp 443 from 0.0.0.0/0], out: [100 allow tcp 443 to 0.0.0.0/0]}
    security_groups:
      open: {in: [all from 0.0.0.0/0], out: [all to 0.0.0.0/0]}
      web: {in: [tcp 443 from 0.0.0.0/0, tcp 8080 from 10.0.0.0/16], out: [all to 0.0.0.0/0]}
    nat_gateways:
      nat-1: {subnet: pub, ip: 10.0.3.9, eip: 203.0.113.9}
    instances:
      client: {subnet: front, ip: 10.0.1.10, sg: open}
      server: {subnet: back, ip: 10.0.2.10, sg: open}
      public: {subnet: pub, ip: 10.0.3.10, sg: web, public: 203.0.113.10}
      private: {subnet: lonely, ip: 10.0.4.10, sg: open}
      stuck: {subnet: dead, ip: 10.0.5.10, sg: open}
"""
CLIENT, SERVER, PUBLIC, PRIVATE, STUCK, NAT = (
    "eni-net-client", "eni-net-server", "eni-net-public", "eni-net-private", "eni-net-stuck", "eni-nat-1",
)  # fmt: skip


def estate_of(tmp_path: Path, text: str = NET) -> Estate:
    path = tmp_path / "net.yaml"
    path.write_text(text)
    return tabiji.load(path)


def read(tmp_path: Path, estate: Estate, rows: list[dict[str, Any]], fields: list[str] = V2) -> LogReport:
    return read_logs(estate, [write(tmp_path / "flow.log", rows, fields)])


def only(report: LogReport) -> Told:
    assert len(report.flows) == 1, report.flows
    return report.flows[0]


def code(told: Told) -> str:
    assert told.because is not None
    return told.because.code


# What explains a refusal ------------------------------------------------------------------


def test_endpoint_refuses_the_laptop(tmp_path: Path) -> None:
    """FL3: on-premises client, REJECT on the endpoint's interface only; the SG that lacks a rule is named."""
    rows = [row(ENDPOINT, LAPTOP, SERVICE, 50000 + i, 443, "REJECT", start=START + i) for i in range(3)]
    report = read(tmp_path, tabiji.load(CONSOLE), rows)
    told = only(report)
    assert (told.state, code(told)) == (EXPLAINED, "logs.because.endpoint_refused")
    assert told.findings[0].code == "sg.ingress.no_rule"
    assert told.findings[0].component == "sg-tokyo-vpc-endpoints"
    assert told.because is not None
    assert told.because.facts == ("FL3",)
    assert (told.flow.records, told.flow.packets, told.flow.first) == (3, 9, START)
    assert report.state == "explained"


def test_a_refusal_the_estate_does_not_predict_is_a_contradiction(tmp_path: Path) -> None:
    """The same refusal of a client the group admits; the journey and possible reasons stand beside it."""
    told = only(read(tmp_path, tabiji.load(CONSOLE), [row(ENDPOINT, EC2, SERVICE, 50000, 443, "REJECT")]))
    assert (told.state, code(told)) == (CONTRADICTED, "logs.because.reject_admitted")
    assert told.journey is not None
    assert told.journey.verdict == "reachable"
    assert [h.code for h in told.hints] == ["logs.hint.after_close", "logs.hint.changed"]


def test_accepted_and_refused_records_of_one_flow_say_so(tmp_path: Path) -> None:
    rows = [row(ENDPOINT, EC2, SERVICE, 50000, 443, action) for action in ("ACCEPT", "REJECT")]
    told = only(read(tmp_path, tabiji.load(CONSOLE), rows))
    assert "logs.hint.both" in [h.code for h in told.hints]


def test_packets_after_close_are_no_contradiction(tmp_path: Path) -> None:
    """FL1: REJECT of packets after close; with a SYN among them it is a contradiction again."""
    estate = tabiji.load(CONSOLE)
    late = row(ENDPOINT, EC2, SERVICE, 50000, 443, "REJECT", tcp_flags=4)
    told = only(read(tmp_path, estate, [late], V5))
    assert (told.state, code(told)) == (EXPLAINED, "logs.because.after_close")
    told = only(read(tmp_path, estate, [late, row(ENDPOINT, EC2, SERVICE, 50001, 443, "REJECT", tcp_flags=2)], V5))
    assert told.state == CONTRADICTED


def test_trap_9_the_reply_is_refused(tmp_path: Path) -> None:
    """FL2, NA3: request ACCEPT at both ends, the answer REJECT at the client's interface, by its subnet's NACL."""
    rows = [
        row(CLIENT, "10.0.1.10", "10.0.2.10", 40000, 443),
        row(SERVER, "10.0.1.10", "10.0.2.10", 40000, 443),
        row(SERVER, "10.0.2.10", "10.0.1.10", 443, 40000),
        row(CLIENT, "10.0.2.10", "10.0.1.10", 443, 40000, "REJECT"),
    ]
    report = read(tmp_path, estate_of(tmp_path), rows)
    refused = [t for t in report.flows if t.flow.action == "REJECT"]
    assert [(t.state, code(t)) for t in refused] == [(EXPLAINED, "logs.because.reply_refused")]
    assert refused[0].flow.leg == "reply"
    assert refused[0].flow.client == "10.0.1.10"
    assert (refused[0].findings[0].code, refused[0].findings[0].component) == ("nacl.ingress.deny", "acl-net-tight")
    lost = [t for t in report.flows if t.flow.action == "ACCEPT"]
    assert {(t.state, code(t)) for t in lost} == {(LOST, "logs.because.lost_reply")}
    assert len(lost) == 3


def test_accepted_then_nothing_is_routing(tmp_path: Path) -> None:
    """FL4: a blackhole route: ACCEPT at the source, no record anywhere else."""
    told = only(read(tmp_path, estate_of(tmp_path), [row(STUCK, "10.0.5.10", "10.9.1.1", 40000, 443)]))
    assert (told.state, code(told)) == (LOST, "logs.because.lost_route")
    assert told.findings[0].code == "route.blackhole"


def test_what_vanishes_without_reason_is_a_contradiction(tmp_path: Path) -> None:
    """FL4 the other way round: predicted to arrive, but the destination's records do not hold it."""
    rows = [row(PUBLIC, "10.0.3.10", "10.0.2.10", 40000, 443), row(SERVER, "10.0.4.10", "10.0.2.10", 40000, 443)]
    estate = estate_of(tmp_path)
    told = only(read(tmp_path, estate, rows))
    assert (told.state, code(told)) == (CONTRADICTED, "logs.because.vanished")
    assert told.flow.interface == PUBLIC
    rows.append(row(SERVER, "10.0.3.10", "10.0.2.10", 40000, 443))
    assert not read(tmp_path, estate, rows).flows


def test_arrival_of_what_should_be_stopped_is_a_contradiction(tmp_path: Path) -> None:
    """ACCEPT where the estate refuses (SG), and ACCEPT beyond the place that should stop it (route)."""
    rows = [row(PUBLIC, "198.51.100.7", "10.0.3.10", 40000, 22)]
    assert code(only(read(tmp_path, estate_of(tmp_path), rows))) == "logs.because.accept_refused"
    cut = NET.replace("dead: {cidr: 10.0.5.0/24, az: a,", "dead: {cidr: 10.0.5.0/24, az: a, nacl: shut,").replace(
        "    network_acls:\n", "    network_acls:\n      shut: {in: [], out: []}\n"
    )
    rows = [row(SERVER, "10.0.5.10", "10.0.2.10", 40000, 443)]
    assert code(only(read(tmp_path, estate_of(tmp_path, cut), rows))) == "logs.because.accept_beyond"


def test_from_the_internet_to_the_private_address_in_the_log(tmp_path: Path) -> None:
    """IG1: the log shows the private address, the client spoke to the public one."""
    told = only(read(tmp_path, estate_of(tmp_path), [row(PUBLIC, "198.51.100.7", "10.0.3.10", 40000, 22, "REJECT")]))
    assert (told.state, code(told)) == (EXPLAINED, "logs.because.refused")
    assert told.journey is not None
    assert told.journey.request.host == "203.0.113.10"


def test_block_public_access(tmp_path: Path) -> None:
    """BP5: reject-reason BPA is explained by the estate's block, and contradicts an estate without one."""
    rows = [row(PUBLIC, "198.51.100.7", "10.0.3.10", 40000, 443, "REJECT", reject_reason="BPA")]
    blocked = NET + "block_public_access: {here: {mode: block-bidirectional}}\n"
    told = only(read(tmp_path, estate_of(tmp_path, blocked), rows, V5))
    assert (told.state, code(told)) == (EXPLAINED, "logs.because.bpa")
    assert told.findings[0].code == "bpa.blocked"
    told = only(read(tmp_path, estate_of(tmp_path), rows, V5))
    assert (told.state, code(told)) == (CONTRADICTED, "logs.because.reject_bpa")


def test_encryption_controls_are_not_judged(tmp_path: Path) -> None:
    rows = [row(PUBLIC, "198.51.100.7", "10.0.3.10", 40000, 443, "REJECT", reject_reason="EC")]
    assert code(only(read(tmp_path, estate_of(tmp_path), rows, V5))) == "logs.open.encryption"


def test_nat_gateway_needs_the_packet_addresses(tmp_path: Path) -> None:
    """FL6, NA9: the NAT gateway's interface shows its own address; pkt-dstaddr tells where the packet went."""
    walled = NET.replace("pub: {cidr: 10.0.3.0/24, az: a,", "pub: {cidr: 10.0.3.0/24, az: a, nacl: tight,").replace(
        "in: [100 allow tcp 443", "in: [100 allow tcp 22"
    )
    estate = estate_of(tmp_path, walled)
    shown = row(NAT, "10.0.4.10", "10.0.3.9", 40000, 443, "REJECT")
    told = only(read(tmp_path, estate, [shown | {"pkt-srcaddr": "10.0.4.10", "pkt-dstaddr": "198.51.100.7"}], V5))
    assert (told.state, told.flow.server) == (EXPLAINED, "198.51.100.7")
    assert told.findings[0].component == "acl-net-tight"
    # Without it the NACL is all that can be asked.
    told = only(read(tmp_path, estate, [shown]))
    assert (told.state, code(told)) == (EXPLAINED, "logs.because.own_filter")
    told = only(read(tmp_path, estate_of(tmp_path), [shown]))
    assert (told.state, code(told)) == (OPEN, "logs.open.no_packet_address")


def test_nobody_known_sent_it(tmp_path: Path) -> None:
    """A private address of no site: the interface's own rules are asked; who is refused by them is explained."""
    estate = estate_of(tmp_path)
    rows = [row(PUBLIC, "172.31.9.9", "10.0.3.10", 40000, 8080, "REJECT")]
    told = only(read(tmp_path, estate, rows))
    assert (told.state, code(told)) == (EXPLAINED, "logs.because.own_filter")
    assert told.journey is None
    told = only(read(tmp_path, estate, [row(PUBLIC, "172.31.9.9", "10.0.3.10", 40000, 443, "REJECT")]))
    assert (told.state, code(told)) == (OPEN, "logs.open.stranger")


def test_an_interface_of_somebody_else(tmp_path: Path) -> None:
    told = only(read(tmp_path, estate_of(tmp_path), [row("eni-0123", "10.7.0.1", "10.7.0.2", 40000, 443, "REJECT")]))
    assert (told.state, code(told)) == (OPEN, "logs.open.interface")


@pytest.mark.parametrize(
    ("sport", "dport", "flags", "leg", "port"),
    [
        (40000, 443, "-", "forward", 443),
        (443, 40000, "-", "reply", 443),
        (1500, 8080, "-", "forward", 8080),  # a rule names 8080: the low port is the client's
        (8080, 1500, "-", "reply", 8080),
        (40000, 9000, "-", "forward", 9000),
        (9000, 40000, "-", "reply", 9000),
        (9000, 40000, 2, "forward", 40000),  # who sends a SYN opens
    ],
)
def test_who_opened_the_flow(tmp_path: Path, sport: int, dport: int, flags: Any, leg: str, port: int) -> None:
    rows = [row("eni-0123", "10.7.0.1", "10.7.0.2", sport, dport, "REJECT", tcp_flags=flags)]
    flow = only(read(tmp_path, estate_of(tmp_path), rows, V5)).flow
    assert (flow.leg, flow.port) == (leg, port)
    assert flow.client == ("10.7.0.1" if leg == "forward" else "10.7.0.2")


# Walks and their records, back again --------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_records_of_walks_are_never_contradictions(tmp_path: Path, seed: int) -> None:
    """ECO59: logs generated from walks over random estates come back explained, lost or in agreement."""
    estate = random_estate(Random(seed))
    rows: list[dict[str, Any]] = []
    refused = 0
    for question in random_packets(estate, Random(seed), 60):
        journey = _journey(estate, question)
        if len(journey.paths) == 1:
            made = [predicted(record) for record in flow_records(estate, journey.paths[0])]
            refused += sum(r["action"] == "REJECT" for r in made)
            rows += made
    if not rows:
        pytest.skip("no records in this estate")
    report = read(tmp_path, estate, rows, V5)
    bad = [(t.flow, code(t)) for t in report.flows if t.state == CONTRADICTED]
    assert not bad
    assert report.count.rejected == refused
    assert sum(t.flow.records for t in report.flows if t.flow.action == "REJECT") == refused


def _journey(estate: Estate, question: Question) -> Journey:
    packet = question.packet
    vantage = of_eni(estate, question.source, question.source)
    field = "address6" if is_v6(packet.src) else "address"
    host = format_address(packet.dst)
    port = packet.dport if packet.proto in (6, 17) else None
    request = Request(text=host, host=host, protocol=packet.proto, port=port)
    return walk_request(estate, msgspec.structs.replace(vantage, **{field: packet.src}), request, all_blockers=False)


def test_folding_changes_no_answer(tmp_path: Path) -> None:
    """Thousands of strangers become a few groups, and every member gets its group's answer when asked alone."""
    estate = estate_of(tmp_path)
    rng = Random(3)
    rows = []
    for _ in range(3000):
        src = f"{rng.randrange(1, 223)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        if rng.random() < 0.3:
            src = f"10.0.{rng.randrange(8)}.{rng.randrange(4, 255)}"
        eni, dst = rng.choice([(PUBLIC, "10.0.3.10"), (CLIENT, "10.0.1.10"), (SERVER, "10.0.2.10")])
        rows.append(row(eni, src, dst, 50000, rng.choice([22, 80, 443, 8080, rng.randrange(1, 20000)]), "REJECT"))
    report = read(tmp_path, estate, rows)
    assert sum(t.flow.records for t in report.flows) == 3000
    assert len(report.flows) < 500
    groups = {(t.flow.interface, t.flow.leg, t.flow.client, t.flow.port): (t.state, code(t)) for t in report.flows}
    members: dict[tuple[Any, ...], set[tuple[str, str]]] = {}
    explainer = Explainer(estate)
    for r in rng.sample(rows, 400):
        flow = Flow(
            interface=r["interface-id"], direction="ingress", leg="forward", client=r["srcaddr"], server=r["dstaddr"],
            protocol=6, port=r["dstport"], other=r["srcport"], action="REJECT", records=1,
        )  # fmt: skip
        alone = explainer.explain(flow)
        members.setdefault((flow.interface, alone.state, code(alone)), set()).add((flow.client, str(flow.port)))
        exact = groups.get((flow.interface, "forward", flow.client, flow.port))
        assert exact is None or exact == (alone.state, code(alone))
    told = {(t.flow.interface, t.state, code(t)) for t in report.flows}
    assert set(members) <= told


# Formats --------------------------------------------------------------------------------------


def story() -> list[dict[str, Any]]:
    return [
        row(ENDPOINT, LAPTOP, SERVICE, 50000, 443, "REJECT", tcp_flags=2, flow_direction="ingress"),
        row(ENDPOINT, EC2, SERVICE, 50000, 443, tcp_flags=3, flow_direction="ingress"),
        {"version": 2, "interface-id": ENDPOINT, "start": START, "end": START, "log-status": "NODATA"},
        {"version": 2, "interface-id": ENDPOINT, "start": START, "end": START, "log-status": "SKIPDATA"},
    ]


def summary(report: LogReport) -> Any:
    c = report.count
    flows = [(t.state, code(t), t.flow.client, t.flow.records, t.flow.packets, t.flow.first) for t in report.flows]
    return flows, c.accepted, c.rejected, c.nodata, c.skipdata, [str(p) for p in report.problems]


V8_SHUFFLED = [
    "reject-reason", "dstport", "log-status", "flow-direction", "traffic-path", "srcport", "protocol", "tcp-flags",
    "action", "ecs-cluster-name", "dstaddr", "end", "vpc-id", "srcaddr", "bytes", "interface-id", "start", "packets",
]  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["v2", "no header", "exported", "v5", "shuffled v8", "gz", "gz without name", "parquet", "dashes"]
)
def test_every_format_says_the_same(tmp_path: Path, kind: str) -> None:
    """ECO59: text v2-v8 in any order of fields, gz, parquet with either spelling."""
    path = tmp_path / ("flow.log.gz" if kind == "gz" else "flow.log")
    if kind in ("parquet", "dashes"):
        name = write_parquet(tmp_path / "flow.parquet", story(), V5, "-" if kind == "dashes" else "_")
    else:
        fields = {"v5": V5, "shuffled v8": V8_SHUFFLED}.get(kind, V2)
        name = write(path, story(), fields, header=kind != "no header")
        if kind == "exported":  # CloudWatch Logs puts the time before each line, and knows no header
            lines = flow_logs.text(story()).splitlines()[1:]
            path.write_text("".join(f"2026-01-01T00:00:00.000Z {line}\n" for line in lines))
        if kind == "gz without name":
            name = write(tmp_path / "x.gz", story())
            (tmp_path / "plain-name").write_bytes(Path(name).read_bytes())
            name = str(tmp_path / "plain-name")
    estate = tabiji.load(CONSOLE)
    report = read_logs(estate, [name])
    expected = [(EXPLAINED, "logs.because.endpoint_refused", LAPTOP, 1, 3, START)]
    assert summary(report) == (expected, 1, 1, 1, 1, [])


def test_files_folders_and_patterns_together(tmp_path: Path) -> None:
    """Several formats at once; a file named twice counts once; names are never patterns inside DuckDB."""
    folder = tmp_path / "a [b]" / "2026"
    folder.mkdir(parents=True)
    one = write(folder / "it's.log", story())
    write(folder / "two.log.gz", story(), V8_SHUFFLED)
    write_parquet(folder / "three.parquet", story(), V5)
    (folder / ".hidden").write_text("no log")
    estate = tabiji.load(CONSOLE)
    report = read_logs(estate, [str(tmp_path / "a [b]"), one, str(tmp_path / "a*" / "**" / "*.log")])
    assert (report.count.files, report.count.rejected, report.problems) == (3, 3, ())
    assert only(report).flow.records == 3


def test_damage_is_named_and_the_rest_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Short, long and senseless lines, a cut gz, a parquet of something else, an empty file: one line each, 65."""
    lines = flow_logs.text(story()[:1]).splitlines()
    bad = [lines[0], lines[1], "2 too short", lines[1] + " too long", lines[1].replace(" 443 ", " 99999 "),
           lines[1].replace("REJECT", "MAYBE"), lines[1].replace(LAPTOP, "laptop"), lines[1]]  # fmt: skip
    (tmp_path / "bad.log").write_text("\n".join(bad) + "\n")
    many = [row(ENDPOINT, LAPTOP, SERVICE, 40000 + i, 443, "REJECT", bytes=i * 7919 % 10007) for i in range(2000)]
    cut = Path(write(tmp_path / "cut.log.gz", many))
    cut.write_bytes(cut.read_bytes()[:-2000])
    (tmp_path / "junk.log").write_bytes(b"\n".join([*(x.encode() for x in lines), Random(1).randbytes(2000), b""]))
    (tmp_path / "empty.log").write_text("")
    (tmp_path / "other.txt").write_text("hello there\n")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1" + bytes(50))
    (tmp_path / "short.log").write_text("version interface-id action\n2 eni-1 REJECT\n")
    code_ = main(["logs", "-n", str(CONSOLE), str(tmp_path), "--format", "json"])
    out, err = capsys.readouterr()
    assert code_ == 65
    named = [line.removeprefix(f"tabiji: {tmp_path}/") for line in err.splitlines()]
    for wanted in (
        "bad.log:3: fewer fields than the header names", "bad.log:4: more fields than the header names",
        "bad.log:5: no dstport", "bad.log:6: no action", "bad.log:7: no srcaddr",
        "cut.log.gz: damaged gzip file: used as far as it goes", "empty.log: empty",
        "torn.parquet: damaged parquet file",
        "other.txt:1: neither a flow log (no header line) nor CloudTrail JSON",
        "short.log:1: a flow log without dstaddr, srcaddr cannot be explained",
    ):  # fmt: skip
        assert wanted in named
    assert any(line.startswith("junk.log:3: ") for line in named)
    document = json.loads(out)
    assert len(document["flows"]) == 1
    assert 3 + 500 < document["flows"][0]["records"] < 3 + 2000
    assert document["count"]["unreadable"] >= 6


def test_no_terminal_escapes_and_no_pipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a line of a log says is text, whatever it holds; a pipe would be empty the second time."""
    text = flow_logs.text([row("eni-\x1b[31mx", "10.7.0.1\x1b[0m", "10.7.0.2", 40000, 443, "REJECT")])
    (tmp_path / "flow.log").write_text(text)
    os.mkfifo(tmp_path / "pipe")
    for form in ("text", "json"):
        assert main(["logs", "-n", str(CONSOLE), str(tmp_path), "--lang", "en", "--format", form]) == 65
        out, err = capsys.readouterr()
        assert "eni-" in out
        assert "\x1b" not in out + err
        assert "\\u001b" not in out
        assert "pipe: not a regular file" in err


def test_files_without_a_record_answer_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "flow.log", [])
    assert main(["logs", "-n", str(CONSOLE), path, "--lang", "en"]) == 3
    assert "No record or event could be used." in capsys.readouterr().out


def test_a_header_in_the_middle_is_no_damage(tmp_path: Path) -> None:
    """Files put together with cat."""
    path = tmp_path / "cat.log"
    path.write_text(flow_logs.text(story()) * 2)
    report = read_logs(tabiji.load(CONSOLE), [str(path)])
    assert (report.count.rejected, report.problems) == (2, ())


def test_only_the_time_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(ENDPOINT, LAPTOP, SERVICE, 50000, 443, "REJECT", start=START + 3600 * i) for i in range(4)]
    path = write(tmp_path / "flow.log", rows)
    words = ["logs", "-n", str(CONSOLE), path, "--format", "json", "--from", "2026-01-01T01:00:00Z"]
    assert main([*words, "--to", "2026-01-01T12:00:00+09:00"]) == 2
    count = json.loads(capsys.readouterr().out)["count"]
    assert (count["rejected"], count["outside"]) == (2, 2)
    for wrong in (["--to", "yesterday"], ["--to", "2026-01-01"]):
        assert main([*words, *wrong]) == 64


# Whole command ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "expected"), [([1], 0), ([0], 2), ([0, 1], 2), ([0, 4], 3)])
def test_exit_codes(tmp_path: Path, rows: list[int], expected: int, capsys: pytest.CaptureFixture[str]) -> None:
    every = [*story(), row("eni-0123", "10.7.0.1", "10.7.0.2", 40000, 443, "REJECT")]
    path = write(tmp_path / "flow.log", [every[i] for i in rows])
    assert main(["logs", "-n", str(CONSOLE), path]) == expected


def test_text_names_things_and_hides_accounts_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "flow.log", [*story(), row("eni-111122223333", "10.7.0.1", "10.7.0.2", 4, 443, "REJECT")])
    words = ["logs", "-n", str(CONSOLE), path, "--lang", "en"]
    assert main([*words, "--explain"]) == 3
    out = " ".join(capsys.readouterr().out.split())
    for wanted in (
        "1 ACCEPT, 2 REJECT", "1 NODATA, 1 SKIPDATA", "192.168.10.20 (laptop) → 172.20.144.5 (monitoring) tcp 443",
        "sg-tokyo-vpc-endpoints (endpoints)", "[sg.ingress.no_rule SG1]", "FL3", "2026-01-01T00:00:00Z",
        "192.168.10.20 (laptop) records 1", "The interface eni-111122223333 is not in this estate",
    ):  # fmt: skip
        assert wanted in out
    assert main([*words, "--redact-accounts"]) == 3
    out = capsys.readouterr().out
    assert "111122223333" not in out
    assert "eni-[account]" in out
    assert main([*words, "--redact-accounts", "--format", "json"]) == 3
    assert "111122223333" not in capsys.readouterr().out


def test_japanese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "-n", str(CONSOLE), write(tmp_path / "f", story()), "--lang", "ja"]) == 2
    assert "構成どおり拒否されたもの" in capsys.readouterr().out


def test_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(f"eni-{i}", "10.7.0.1", "10.7.0.2", 40000, 443, "REJECT") for i in range(5)]
    words = ["logs", "-n", str(CONSOLE), write(tmp_path / "f", rows), "--lang", "en", "--limit", "2"]
    assert main(words) == 3
    out = capsys.readouterr().out
    assert out.count("observed: REJECT") == 2
    assert "+3 more" in out
    main([*words, "--format", "json"])
    assert len(json.loads(capsys.readouterr().out)["flows"]) == 2


def test_groups_beyond_the_walks_leave_the_answer_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not walked is said, and is not called explained."""
    monkeypatch.setattr("tabiji.observe.logs.read.REFUSED_WALKS", 1)
    rows = [row(ENDPOINT, LAPTOP, SERVICE, 50000, port, "REJECT") for port in (443, 443, 22)]
    report = read(tmp_path, tabiji.load(CONSOLE), rows)
    assert (report.count.groups, report.count.unwalked, len(report.flows), report.state) == (2, 1, 1, "open")
    assert "logs.note.unwalked" in [n.code for n in report.notes]


def test_nothing_is_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("nowhere.log", str(tmp_path), str(tmp_path / "*.log")):
        assert main(["logs", "-n", str(CONSOLE), name]) == 65
        assert capsys.readouterr().err.count("\n") == 1


def test_without_duckdb_one_line_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    assert main(["logs", "-n", str(CONSOLE), write(tmp_path / "f", story())]) == 64
    assert capsys.readouterr().err == "tabiji: tabiji logs needs DuckDB: pip install 'tabiji[logs]'\n"
