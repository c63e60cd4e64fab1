"""The command line: exit codes, settings, errors, what goes to which stream."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tabiji
from tabiji.cli import main
from tabiji.cli.demo import examples_folder

EXAMPLES = Path(examples_folder())
CONSOLE = str(EXAMPLES / "console-over-dx.yaml")
EGRESS = str(EXAMPLES / "central-egress.yaml")
ENDPOINT = str(EXAMPLES / "interface-endpoint.yaml")
MONITORING = "https://monitoring.ap-northeast-1.amazonaws.com/"
UNKNOWN = """
vpcs:
  a:
    cidr: 10.0.0.0/16
    subnets: {one: {cidr: 10.0.1.0/24, az: a}}
    instances: {web: {subnet: one, ip: 10.0.1.10}}
hosts: {web: {instance: web}}
"""


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TABIJI_NET", "TABIJI_DEBUG", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capsys.readouterr()
    return captured.out, captured.err


# Verdicts ---------------------------------------------------------------------


def test_yes_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "-n", EGRESS, "spoke-a-ec2", "https://example.com/"]) == 0
    out, err = said(capsys)
    assert "Reachable: tcp 443 gets from spoke-a-ec2 to example.com and back." in out
    assert err == ""


def test_no_is_2_with_the_fix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "-n", CONSOLE, "laptop", MONITORING]) == 2
    out, _ = said(capsys)
    assert "sg.ingress.no_rule" in out
    assert "aws ec2 authorize-security-group-ingress" in out


def test_undetermined_is_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(UNKNOWN)
    assert main(["trace", "-n", "net.yaml", "web", "169.254.168.7:80"]) == 3
    assert "unknown.link_local" in said(capsys)[0]


def test_the_fix_works_as_an_overlay(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["trace", "-n", CONSOLE, "laptop", MONITORING, "--format", "json"])
    overlay = json.loads(said(capsys)[0])["fixes"][0]["overlay"]
    (tmp_path / "fix.yaml").write_text(json.dumps(overlay))
    assert main(["trace", "-n", CONSOLE, "laptop", MONITORING, "--overlay", "fix.yaml"]) == 0
    assert main(["--overlay", "fix.yaml", "trace", "-n", CONSOLE, "laptop", MONITORING]) == 0


def test_ports_and_protocols(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(UNKNOWN)
    for words, expected in (
        (["web", "10.0.1.99", "--port", "22"], ("tcp", 22)),
        (["--udp", "web", "--port", "53", "10.0.1.99"], ("udp", 53)),
        (["web", "10.0.1.99", "--icmp"], ("icmp", None)),
        (["web", "10.0.1.99", "--protocol", "udp", "--port", "123"], ("udp", 123)),
    ):
        assert main(["trace", "-n", "net.yaml", "--format", "json", *words]) == 2
        request = json.loads(said(capsys)[0])["request"]
        assert (request["protocol"], request["port"]) == expected


def test_first_blocker_and_forward_only(capsys: pytest.CaptureFixture[str]) -> None:
    def legs(*more: str) -> set[str]:
        main(["trace", "-n", CONSOLE, "laptop", MONITORING, "--format", "json", *more])
        return {hop["leg"] for path in json.loads(said(capsys)[0])["paths"] for hop in path["hops"]}

    assert legs() == {"forward", "reply"}
    assert legs("--first-blocker") == {"forward"}
    assert legs("--forward-only") == {"forward"}


# Usage ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["bogus"],
        ["trace"],
        ["trace", "-n", EGRESS, "only-one"],
        ["trace", "-n", EGRESS, "spoke-a-ec2", "x", "--port", "99999"],
        ["trace", "-n", EGRESS, "spoke-a-ec2", "x", "--bogus"],
        ["trace", "-n", EGRESS, "nobody", "https://example.com/"],
        ["trace", "-n", EGRESS, "spoke-a-ec2", "a..b"],
        ["trace", "-n", EGRESS, "spoke-a-ec2", "bogus://x"],
        ["trace", "-n", EGRESS, "--udp", "--icmp", "spoke-a-ec2", "x"],
        ["trace", "--batch", "-n", EGRESS, "from", "to"],
        ["trace", "spoke-a-ec2", "https://example.com/"],
        ["--lang", "fr", "show"],
        ["dig", "-n", EGRESS],
        ["dig", "-n", EGRESS, "spoke-a-ec2", "example.com", "+bogus"],
        ["dig", "-n", EGRESS, "spoke-a-ec2", "-x", "not-an-address"],
        ["dig", "-n", EGRESS, "spoke-a-ec2", "a..b"],
        ["dig", "-n", EGRESS, "spoke-a-ec2", "example.com", "--when", "yesterday"],
    ],
)
def test_wrong_usage_is_64_in_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 64
    out, err = said(capsys)
    assert out == ""
    assert err.startswith("tabiji: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"vpcs: [", "bad.yaml"), (b"vpcs: {a: {cidr: 10.0.0.0/99}}", "10.0.0.0/99"), (b"\xff\xfe", "bad.yaml")],
)
def test_bad_data_is_65_in_one_line(
    content: bytes, told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_bytes(content)
    assert main(["show", "-n", "bad.yaml"]) == 65
    out, err = said(capsys)
    assert out == ""
    assert told in err
    assert err.count("\n") == 1


def test_a_missing_estate_is_65(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "-n", "nowhere"]) == 65
    assert "nowhere" in said(capsys)[1]


def test_a_fault_of_ours_is_70_and_shows_where_only_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(tabiji, "trace", broken)
    words = ["trace", "-n", EGRESS, "spoke-a-ec2", "https://example.com/"]
    assert main(words) == 70
    err = said(capsys)[1]
    assert err == "tabiji: internal error: RuntimeError: two lines (TABIJI_DEBUG=1 shows where)\n"
    monkeypatch.setenv("TABIJI_DEBUG", "1")
    assert main(words) == 70
    assert "Traceback" in said(capsys)[1]


def test_help_and_version_are_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert said(capsys)[0] == f"tabiji {tabiji.__version__}\n"
    for words in (["--help"], ["trace", "--help"], ["dig", "--help"]):
        assert main(words) == 0
        assert "exit codes: 0 yes, 2 no" in said(capsys)[0]


# Settings ---------------------------------------------------------------------


def test_options_before_and_after_the_verb(capsys: pytest.CaptureFixture[str]) -> None:
    outputs = set()
    for words in (
        ["--lang", "ja", "-n", EGRESS, "trace", "spoke-a-ec2", "https://example.com/"],
        ["trace", "spoke-a-ec2", "https://example.com/", "--lang", "ja", "-n", EGRESS],
        ["-n", EGRESS, "trace", "--lang", "ja", "spoke-a-ec2", "https://example.com/"],
    ):
        assert main(words) == 0
        outputs.add(said(capsys)[0])
    assert len(outputs) == 1
    assert "到達できます" in outputs.pop()


@pytest.mark.parametrize(
    ("variables", "japanese"),
    [
        ({"LANG": "ja_JP.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ja_JP.UTF-8"}, True),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, False),
    ],
)
def test_language_follows_the_locale(
    variables: dict[str, str], japanese: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    main(["trace", "-n", EGRESS, "spoke-a-ec2", "https://example.com/"])
    assert ("往路" in said(capsys)[0]) is japanese


def test_estate_from_environment_and_from_toml(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["trace", "spoke-a-ec2", "https://example.com/"]
    monkeypatch.setenv("TABIJI_NET", EGRESS)
    assert main(words) == 0
    monkeypatch.delenv("TABIJI_NET")
    (tmp_path / "net.yaml").write_text(Path(EGRESS).read_text())
    (tmp_path / "tabiji.toml").write_text('[tabiji]\nnet = "net.yaml"\nlang = "ja"\n')
    below = tmp_path / "below"
    below.mkdir()
    monkeypatch.chdir(below)  # the file is found upward, and its paths count from it
    capsys.readouterr()
    assert main(words) == 0
    assert "到達できます" in said(capsys)[0]


@pytest.mark.parametrize("content", ["tabiji = 1", "[tabiji", "[tabiji]\nnet = 5", '[tabiji]\nlang = "fr"\nnet = "x"'])
def test_a_bad_toml_is_told_in_one_line(content: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "tabiji.toml").write_text(content)
    assert main(["show"]) in (64, 65)
    err = said(capsys)[1]
    assert "tabiji.toml" in err
    assert err.count("\n") == 1


# Verbs ------------------------------------------------------------------------


def test_dig_prints_what_dig_prints_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    fixed = ["--query-id", "4711", "--query-time", "3", "--when", "2026-11-21T10:00:00+09:00"]
    assert main(["dig", "-n", ENDPOINT, "ec2", "ssm.ap-northeast-1.amazonaws.com", *fixed]) == 0
    out, _ = said(capsys)
    lines = out.splitlines()
    assert lines[1].endswith("<<>> ssm.ap-northeast-1.amazonaws.com")
    assert ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711" in lines
    assert ";; Query time: 3 msec" in lines
    records = [line.split()[-1] for line in lines if "\tA\t" in line and not line.startswith(";")]
    assert records == ["172.20.144.169", "172.20.128.22"]
    assert lines.index(";; MSG SIZE  rcvd: 93") < next(
        i for i, line in enumerate(lines) if "private DNS of endpoint" in line
    )


@pytest.mark.parametrize(
    ("words", "code", "out"),
    [
        (["ec2", "ssm.ap-northeast-1.amazonaws.com", "+short"], 0, "172.20.144.169\n172.20.128.22\n"),
        (["+short", "ec2", "-x", "172.20.144.169"], 0, "ip-172-20-144-169.ap-northeast-1.compute.internal.\n"),
        (["ec2", "ssm.ap-northeast-1.amazonaws.com", "AAAA", "+short"], 2, ""),
        (["ec2", "nothing.internal", "+short"], 2, ""),
    ],
)
def test_dig_short(words: list[str], code: int, out: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dig", "-n", ENDPOINT, *words]) == code
    assert said(capsys)[0] == out


def test_dig_as_other_tools_with_their_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    name = "ssm.ap-northeast-1.amazonaws.com"
    assert main(["dig", "-n", ENDPOINT, "--as", "getent", "ec2", name]) == 0
    assert said(capsys)[0].splitlines()[0].split() == ["172.20.144.169", name]
    assert main(["dig", "-n", ENDPOINT, "--as", "getent", "ec2", "nothing.internal"]) == 2
    assert said(capsys)[0] == ""
    assert main(["dig", "-n", ENDPOINT, "--as", "nslookup", "ec2", "nothing.internal", "+noexplain"]) == 1
    assert "** server can't find nothing.internal: NXDOMAIN" in said(capsys)[0]
    assert main(["dig", "-n", ENDPOINT, "--as", "dig", "ec2", "nothing.internal", "+noexplain"]) == 0


def test_dig_from_outside_gives_another_answer(capsys: pytest.CaptureFixture[str]) -> None:
    main(["dig", "-n", ENDPOINT, "internet", "ssm.ap-northeast-1.amazonaws.com", "--format", "json"])
    answer = json.loads(said(capsys)[0])["answer"]
    assert answer["chain"]
    assert not {"172.20.144.169", "172.20.128.22"} & {r["data"] for r in answer["records"]}


def test_show_counts_what_the_estate_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "-n", EGRESS, "--format", "json"]) == 0
    found = json.loads(said(capsys)[0])
    estate = tabiji.load(EGRESS)
    assert found["kinds"]["vpcs"] == len(estate.vpcs)
    assert found["count"] == sum(len(rows) for rows in estate.tables.values())
    assert {(s["account"], s["region"]) for s in found["scopes"]} >= {("111122223333", "ap-northeast-1")}
    assert main(["show", "-n", EGRESS]) == 0
    out, _ = said(capsys)
    assert f"vpcs{len(estate.vpcs)}" in out.replace(" ", "")
    assert "what is not written does not exist" in out


def test_show_tells_what_is_odd_and_what_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "net"
    folder.mkdir()
    subnet = {"SubnetId": "subnet-1", "VpcId": "vpc-gone", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "us-east-1a"}
    (folder / "subnets.json").write_text(json.dumps({"Subnets": [subnet]}))
    (folder / "vpcs.json").write_text(json.dumps({"Vpcs": []}))
    (folder / "odd.json").write_text(json.dumps({"FancyThings": [{}, {}]}))
    assert main(["show", "-n", "net"]) == 0
    out, _ = said(capsys)
    assert "subnet-1 refers to vpc-gone, which is not there" in out
    assert "FancyThings 2" in out


def test_the_stories_come_out_as_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    out, err = said(capsys)
    assert err == ""
    assert out.count("$ tabiji ") >= 5
    assert main(["demo", "--lang", "ja"]) == 0
    assert "往路" in said(capsys)[0]


def test_doctor(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["doctor", "-n", EGRESS]) == 0
    assert "✓ msgspec" in said(capsys)[0]
    (tmp_path / "bad.yaml").write_text("vpcs: [")
    assert main(["doctor", "-n", "bad.yaml", "--format", "json"]) == 2
    told = json.loads(said(capsys)[0])
    assert told["ok"] is False


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    out, _ = said(capsys)
    for word in ("trace", "doctor", "first-blocker", "auto always never"):
        assert word in out


def test_bash_completes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["completion", "bash"])
    script = said(capsys)[0]
    (tmp_path / "tabiji").write_text(f'#!/bin/sh\nexec {sys.executable} -m tabiji "$@"\n')
    (tmp_path / "tabiji").chmod(0o755)

    def complete(*words: str) -> list[str]:
        line = " ".join(f"'{word}'" for word in words)
        run = f'{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _tabiji; printf "%s\\n" "${{COMPREPLY[@]}}"'
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", run], capture_output=True, text=True, env=environment, check=True)
        return done.stdout.split()

    assert complete("tabiji", "tr") == ["trace"]
    assert complete("tabiji", "trace", "--first") == ["--first-blocker"]
    assert complete("tabiji", "--lang", "") == ["en", "ja"]
    assert complete("tabiji", "-n", EGRESS, "trace", "spoke-a") == ["spoke-a-ec2"]


def test_names_for_completion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["_names", "-n", CONSOLE]) == 0
    names = said(capsys)[0].split()
    assert {"laptop", "tokyo", "ec2", "internet"} <= set(names)
    assert len(names) == len(set(names))


def test_names_for_completion_are_quiet_without_an_estate(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["_names"]) == 0
    assert said(capsys) == ("", "")


# Batch ------------------------------------------------------------------------


def ask(
    lines: bytes, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], *more: str
) -> tuple[int, list[dict[str, object]]]:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    code = main(["trace", "--batch", "-n", EGRESS, *more])
    return code, [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


GOOD = {
    "id": "q1",
    "source_kind": "eni",
    "source_ip": "10.1.1.10",
    "destination_ip": "198.51.100.80",
    "protocol": "tcp",
    "destination_port": 443,
}


def test_batch_answers_line_by_line(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    refused = {**GOOD, "id": 2, "destination_ip": "10.1.1.77"}
    lines = b"\n".join(json.dumps(question).encode() for question in (GOOD, refused))
    code, answers = ask(lines, monkeypatch, capsysbinary)
    assert code == 0
    assert [(a["id"], a["reachable"], a["verdict"]) for a in answers] == [
        ("q1", True, "reachable"),
        (2, False, "blocked"),
    ]
    assert answers[1]["deciding"]["code"] == "address.nobody"  # type: ignore[index]


def test_bad_lines_are_told_and_the_others_answered(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    good = json.dumps(GOOD).encode()
    nobody = json.dumps({**GOOD, "id": "q5", "source_ip": "192.0.2.200"}).encode()
    lines = b"\n".join((b"{", good, b"", b"[1]", b"\xff\xfe", nobody, good))
    code, answers = ask(lines, monkeypatch, capsysbinary)
    assert code == 65
    assert [a.get("line") for a in answers] == [1, None, 4, 5, 6, None]
    assert answers[4]["id"] == "q5"
    assert all(isinstance(a["error"], str) and "\n" not in a["error"] for a in answers if "line" in a)
    assert [a["reachable"] for a in answers if "line" not in a] == [True, True]


# The process ------------------------------------------------------------------


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m tabiji demo | head -n 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_terminal_without_unicode_gets_no_traceback() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LANG": "C"}
    words = [sys.executable, "-m", "tabiji", "trace", "-n", EGRESS, "spoke-a-ec2", "https://example.com/"]
    done = subprocess.run(words, capture_output=True, env=environment)
    assert done.returncode == 0
    assert done.stderr == b""
    assert b"Reachable" in done.stdout


def test_the_trace_path_imports_no_more_than_it_needs() -> None:
    code = (
        "import sys; from tabiji.cli import main; "
        f"main(['trace', '-n', {EGRESS!r}, 'spoke-a-ec2', 'https://example.com/']); "
        "heavy = {'rich', 'tomllib', 'dataclasses', 'jsonschema', 'socket', 'asyncio', 'http', 'email', 'boto3', "
        " 'tabiji.report.json', 'tabiji.report.dig', 'tabiji.dnsd', 'tabiji.space', 'traceback', 'shutil'}; "
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == 0
