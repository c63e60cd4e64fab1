"""`tabiji names`, `tabiji catalogue` and what `tabiji dig` learned: options, exit codes, streams."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tabiji.cli import main
from tabiji.cli.demo import examples_folder
from tabiji.names import catalogue

EXAMPLES = Path(examples_folder())
CONSOLE = str(EXAMPLES / "console-over-dx.yaml")
EGRESS = str(EXAMPLES / "central-egress.yaml")
ENDPOINT = str(EXAMPLES / "interface-endpoint.yaml")
RELAY = str(EXAMPLES / "s3-relay.yaml")
R = "ap-northeast-1"
SSM = f"ssm.{R}.amazonaws.com"
SERVERS = """
region: ap-northeast-1
vpcs:
  a:
    cidr: 10.0.0.0/16
    dns_hostnames: true
    subnets: {one: {cidr: 10.0.1.0/24, az: a}}
    instances:
      two-servers: {subnet: one, ip: 10.0.1.10}
      stub: {subnet: one, ip: 10.0.1.11}
hosts:
  two-servers:
    {instance: two-servers, nameservers: [10.0.1.200, 10.0.0.2], search: [ap-northeast-1.compute.internal]}
  stub: {instance: stub, stub_resolver: true}
public_names: {www.example.com: 203.0.113.9}
"""


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TABIJI_NET", "TABIJI_DEBUG", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "COLUMNS", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    catalogue.forget()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


# names ------------------------------------------------------------------------------------------------------------


def test_names_exits_0_2_and_3(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "names", "-n", EGRESS)[0] == 0
    code, out, err = run(capsys, "names", "-n", ENDPOINT)
    assert (code, err) == (2, "")
    assert f"✗ {SSM} at vpc-b: gets a public address" in out
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "vpcs.json").write_text('{"Vpcs": [{"VpcId": "vpc-0a1", "CidrBlock": "10.0.0.0/16"}]}')
    assert run(capsys, "names", "-n", "bare", "--region", "eu-west-1")[0] == 3


def test_names_from_hosts_sites_and_vpcs(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("names", "-n", CONSOLE, "--services", "monitoring,kms", "--format", "json")
    code, out, _ = run(
        capsys, *words, "--from", "laptop", "--from", "tokyo", "--from", "vpc-tokyo-vpc", "--from", "internet"
    )
    document = json.loads(out)
    assert code == 0
    assert [p["kind"] for p in document["places"]] == ["site", "site", "vpc", "internet"]
    (monitoring,) = [row for row in document["rows"] if row["service"] == "monitoring"]
    assert [c["kind"] for c in monitoring["cells"]] == ["endpoint", "endpoint", "endpoint", "public"]
    assert monitoring["cells"][0]["endpoint"] == "vpce-tokyo-vpc-monitoring"


def test_names_with_connect_shows_what_trace_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Story 4: the name leads to the endpoint, whose security group admits only its own VPC."""
    words = ("names", "-n", CONSOLE, "--services", "monitoring", "--connect")
    code, out, _ = run(capsys, *words)
    assert code == 2
    assert "sg.ingress.no_rule" in out
    cells = json.loads(run(capsys, *words, "--format", "json")[1])["rows"][0]["cells"]
    assert [c["connect"] for c in cells] == ["reachable", "blocked"]
    assert run(capsys, *words, "--from", "vpc:tokyo-vpc")[0] == 0


def test_names_all_services_and_another_region(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(run(capsys, "names", "-n", ENDPOINT, "--services", "all", "--format", "json")[1])
    assert len(document["rows"]) > 300
    document = json.loads(run(capsys, "names", "-n", ENDPOINT, "--region", "eu-west-1", "--format", "json")[1])
    assert {row["region"] for row in document["rows"]} == {"eu-west-1"}
    estate = json.loads(run(capsys, "names", "-n", ENDPOINT, "--services", "estate", "--format", "json")[1])
    assert [row["name"] for row in estate["rows"]] == [SSM]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--services", "ecr.dk"], "did you mean ecr.dkr"),
        (["--services", ","], "--services"),
        (["--from", "nobody"], "nobody"),
        (["--from", "vpc:nobody"], "no VPC of this estate"),
    ],
)
def test_names_bad_usage_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "names", "-n", ENDPOINT, *words)
    assert (code, out, err.count("\n")) == (64, "", 1)
    assert said in err


def test_names_with_a_broken_catalogue_is_bad_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "data" / "tabiji").mkdir(parents=True)
    (tmp_path / "data" / "tabiji" / "catalogue.json").write_text("{")
    catalogue.forget()
    code, _, err = run(capsys, "names", "-n", ENDPOINT)
    assert (code, err.count("\n")) == (65, 1)
    assert "catalogue.json" in err


# catalogue --------------------------------------------------------------------------------------------------------


def test_catalogue_lists_and_shows(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "catalogue", "--region", R)
    assert code == 0
    assert any(line.split()[0] == "ssm" and SSM in line for line in out.splitlines()[1:])
    code, out, _ = run(capsys, "catalogue", "show", "ecr.dkr", "--region", R)
    assert code == 0
    assert f"*.dkr.ecr.{R}.amazonaws.com" in out
    document = json.loads(run(capsys, "catalogue", "show", f"com.amazonaws.{R}.ssm", "--format", "json")[1])
    assert (document["region"], document["services"][0]["names"]) == (R, [SSM])


def test_catalogue_show_of_a_host_name(capsys: pytest.CaptureFixture[str]) -> None:
    """N5.3: the dash form of S3 is covered by no private name."""
    code, out, _ = run(capsys, "catalogue", "show", f"s3-{R}.amazonaws.com")
    assert code == 0
    assert out.startswith(f"com.amazonaws.{R}.s3\n")
    assert f"s3.{R}.amazonaws.com is." in out
    assert run(capsys, "catalogue", "show", "www.example.com")[0] == 2


def test_catalogue_refresh_from_an_estate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    services = [
        {"ServiceName": f"com.amazonaws.{R}.ssm", "Owner": "amazon", "ServiceType": [{"ServiceType": "Interface"}],
         "PrivateDnsNames": [{"PrivateDnsName": "ssm.other.example"}]},
        {"ServiceName": f"com.amazonaws.{R}.brand-new", "Owner": "amazon", "PrivateDnsName": "brand-new.example"},
    ]  # fmt: skip
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "services.json").write_text(json.dumps({"ServiceDetails": services, "ServiceNames": []}))
    code, out, _ = run(capsys, "catalogue", "refresh", "-n", "net")
    assert code == 0
    assert f"{R}: 2 services of AWS kept in" in out
    assert f"com.amazonaws.{R}.brand-new" in out
    assert "ssm.other.example" in run(capsys, "catalogue", "show", "ssm", "--region", R)[1]
    code, out, _ = run(capsys, "catalogue", "refresh", "-n", "net", "--format", "json")
    assert json.loads(out)["regions"][0]["services"] == 2
    assert run(capsys, "catalogue", "refresh", "-n", "net", "--region", "eu-west-1")[0] == 65


def test_catalogue_without_anything_to_refresh_from(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "catalogue", "refresh", "-n", EGRESS)
    assert (code, err.count("\n")) == (65, 1)
    assert run(capsys, "catalogue", "refresh", "--profile", "x", "-n", EGRESS)[0] == 64


@pytest.mark.parametrize("words", [["show"], ["bogus"], ["list", "more"], ["show", "ssm", "--region", "nowhere"]])
def test_catalogue_bad_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "catalogue", *words)
    assert (code, err.count("\n")) == (64, 1)


# dig --------------------------------------------------------------------------------------------------------------


FIXED = ("--query-id", "4711", "--elapsed", "3", "--at", "2026-11-21T10:00:00+00:00")


def test_noexplain_leaves_the_transcript_alone(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("dig", "-n", ENDPOINT, *FIXED, "ec2", SSM)
    bare = run(capsys, *words, "+noexplain")[1]
    assert bare.endswith(";; MSG SIZE  rcvd: 93\n\n")  # NT1
    told = run(capsys, *words)[1]
    assert told.startswith(bare)
    assert "[N4.4a N4.6 IE4]" in told[len(bare) :]


def test_every_server_asked_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """N1.7, N7.2f: the first server is silent, the second answers."""
    (tmp_path / "net.yaml").write_text(SERVERS)
    out = run(capsys, "dig", "-n", "net.yaml", "two-servers", "www.example.com", "+noexplain")[1]
    lines = out.splitlines()
    assert lines[:4] == [";; communications error to 10.0.1.200#53: timed out"] * 3 + [""]
    assert ";; SERVER: 10.0.0.2#53(10.0.0.2) (UDP)" in lines
    code, out, _ = run(capsys, "dig", "-n", "net.yaml", "--as", "host", "two-servers", "www.example.com", "+noexplain")
    assert (code, out.splitlines()[2]) == (0, "www.example.com has address 203.0.113.9")
    code, out, _ = run(capsys, "dig", "-n", "net.yaml", "--as", "dig", "two-servers", "x.example.com", "@10.0.1.200")
    assert code == 9
    assert ";; no servers could be reached" in out


def test_the_stub_offers_its_own_size(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """N1.5."""
    (tmp_path / "net.yaml").write_text(SERVERS)
    out = run(capsys, "dig", "-n", "net.yaml", "stub", "www.example.com")[1]
    assert "; EDNS: version: 0, flags:; udp: 65494" in out
    assert ";; SERVER: 127.0.0.53#53(127.0.0.53) (UDP)" in out


def test_types_and_search(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SERVERS)
    out = run(capsys, "dig", "-n", "net.yaml", "-t", "txt", "stub", "www.example.com", "--dig-version", "9.20.1")[1]
    assert "; <<>> DiG 9.20.1 <<>> -t txt www.example.com" in out
    assert ";www.example.com.\t\tIN\tTXT" in out
    assert ";www.example.com.\t\tIN\tTYPE65400" in run(
        capsys, "dig", "-n", "net.yaml", "stub", "www.example.com", "TYPE65400"
    )[1]  # fmt: skip
    name = "ip-10-0-1-11"
    assert run(capsys, "dig", "-n", "net.yaml", "two-servers", name, "+short")[0] == 2
    assert run(capsys, "dig", "-n", "net.yaml", "two-servers", name, "+short", "+search")[1].endswith("10.0.1.11\n")
    assert run(capsys, "dig", "-n", "net.yaml", "-t", "nonsense", "stub", "www.example.com")[0] == 64


def test_what_the_hosts_file_gives_instead(capsys: pytest.CaptureFixture[str]) -> None:
    """N1.10, the relay case."""
    name = f"s3.{R}.amazonaws.com"
    assert "programs that read /etc/hosts get 28.0.1.254" in run(capsys, "dig", "-n", RELAY, "client", name)[1]
    assert "/etc/hosts" not in run(capsys, "dig", "-n", RELAY, "relay", name)[1]
    assert run(capsys, "dig", "-n", RELAY, "--as", "getent", "client", name)[1].startswith("28.0.1.254")
