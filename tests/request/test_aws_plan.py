"""Planned aws commands: the relay story, settings of a host, what must not leak, errors, assumptions."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tabiji.estate.site import Host, Proxy
from tabiji.findings.catalogue import all_texts
from tabiji.request.aws import Known, Plan, plan
from tabiji.request.aws.clients import CLIENTS
from tabiji.request.bundles import BUNDLES, bundle
from tabiji.request.errors import RequestError

SOURCE = Path(__file__).parents[2] / "src" / "tabiji"
TOKYO = {"AWS_DEFAULT_REGION": "ap-northeast-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"}
DASH = "s3-ap-northeast-1.amazonaws.com"


def told(command: str, client: str = "cli-v2", known: Known | None = None, **host: object) -> Plan:
    fields = {"environment": TOKYO, "internet": True, **host}
    return plan(["aws", *command.split()], Host(name="laptop", **fields), None, profile=client, known=known)  # type: ignore[arg-type]


def codes(found: Plan) -> list[str]:
    return [warning.code for warning in found.warnings]


@pytest.mark.parametrize(
    ("client", "command", "host", "path"),
    [
        ("cli-2016", "s3 ls", DASH, "/"),  # RQ40a
        ("cli-2016", "s3 cp f s3://bucket/k", "bucket.s3.amazonaws.com", "/k"),  # RQ40b
        ("cli-2016", f"s3 cp f s3://b/k --endpoint-url https://{DASH}", DASH, "/b/k"),  # RQ40c
        ("cli-2016", "s3 ls s3://a.b", DASH, "/a.b"),  # RQ40d
        ("cli-2016", "s3 ls s3://b --region eu-central-1", "s3.eu-central-1.amazonaws.com", "/b"),  # RQ40e
        ("cli-v2", "s3 ls", "s3.ap-northeast-1.amazonaws.com", "/"),  # RQ42a: misses the dash name
        ("cli-v2", "s3 cp f s3://bucket/k", "bucket.s3.ap-northeast-1.amazonaws.com", "/k"),  # RQ42b
        ("cli-v2", f"s3 ls --endpoint-url https://{DASH}", DASH, "/"),  # RQ42c
        ("cli-v2", f"s3 cp f s3://b/k --endpoint-url https://{DASH}", DASH, "/b/k"),
        ("cli-v2", "s3 cp f s3://b/k --endpoint-url https://10.0.0.5", "10.0.0.5", "/b/k"),  # RQ42d
    ],
)
def test_rq40_rq42_relay(client: str, command: str, host: str, path: str) -> None:
    """Which commands a hosts entry for the plain S3 name catches, then and now."""
    call = told(command, client).steps[-1]
    assert (call.host, call.path) == (host, path)


def test_rq42d_sni() -> None:
    """An address and an unchecked certificate give no SNI."""
    assert told("s3 ls --endpoint-url https://10.0.0.5").steps[-1].sni == ""
    assert told(f"s3 ls --endpoint-url https://{DASH} --no-verify-ssl").steps[-1].sni == ""
    call = told(f"s3 ls --endpoint-url https://{DASH}:8443").steps[-1]
    assert (call.sni, call.port, call.url) == (DASH, 8443, f"https://{DASH}:8443/")


def test_nothing_of_this_machine_leaks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """RQ61: neither environment, nor ~/.aws, nor the network of the machine this runs on."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\nregion = eu-west-3\nendpoint_url = https://leak.example\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "https://leak.example")
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    monkeypatch.setenv("AWS_PROFILE", "leak")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setattr(socket.socket, "connect", None)
    monkeypatch.setattr(socket, "getaddrinfo", None)
    call = told("s3 ls").steps[-1]
    assert (call.host, call.via_proxy, call.region) == ("s3.ap-northeast-1.amazonaws.com", "", "ap-northeast-1")
    found = plan(["s3", "ls"], None, None)
    assert "leak" not in repr(found)
    assert "eu-west-3" not in repr(found)


def test_secrets_stay_out() -> None:
    """Proxy passwords and sensitive parameters are in no plan."""
    found = told(
        "secretsmanager put-secret-value --secret-id s --secret-string hidden",
        environment={**TOKYO, "HTTPS_PROXY": "http://user:hidden@proxy:3128"},
    )
    assert found.steps[-1].via_proxy == "proxy:3128"
    assert found.steps[-1].parameter("SecretId") == "s"
    assert "hidden" not in repr(found)


def test_rq37_proxy_of_the_host_record() -> None:
    """The host's proxy record counts like its variables; the environment wins."""
    proxy = Proxy(http="http://web:8080", https="http://web:8080", no_proxy=("169.254.169.254",))
    found = told("s3 ls", environment={"AWS_REGION": "ap-northeast-1"}, proxy=proxy, known=Known(instance_role=True))
    assert [call.via_proxy for call in found.steps] == ["", "", "", "web:8080"]
    found = told("s3 ls", environment={**TOKYO, "https_proxy": "other:1"}, proxy=proxy)
    assert found.steps[-1].via_proxy == "other:1"


def test_assumptions_are_told() -> None:
    """No credentials in sight: keys off AWS, a role on an instance, each as a warning."""
    bare = {"AWS_REGION": "ap-northeast-1"}
    assert codes(told("s3 ls", environment=bare)) == ["aws.assumed_keys"]
    found = told("s3 ls", environment=bare, eni="eni-1", internet=False)
    assert codes(found) == ["aws.assumed_role"]
    assert [call.host for call in found.steps] == ["169.254.169.254"] * 3 + ["s3.ap-northeast-1.amazonaws.com"]


def test_rq34_f29_global_sts_is_warned_of() -> None:
    """A role profile with the global STS name."""
    config = "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = b\n[profile b]\n"
    found = told("s3 ls --profile r", "cli-v1", environment={**TOKYO, "AWS_STS_REGIONAL_ENDPOINTS": "legacy"},
                 aws_config=config)  # fmt: skip
    assert found.steps[0].host == "sts.amazonaws.com"
    assert "aws.name.sts_global" in codes(found)


def test_rq31_region_not_listed() -> None:
    assert "aws.region_not_listed" in codes(told("pricing get-products --service-code AmazonEC2"))


def test_rq17_rq18_no_region() -> None:
    """CLI v1 refuses most services, v2 asks instance metadata first."""
    keys = {"AWS_ACCESS_KEY_ID": "x"}
    found = told("ec2 describe-vpcs", "cli-v1", environment=keys)
    assert found.steps == ()
    assert found.refusal is not None
    assert found.refusal.code == "aws.no_region"
    assert codes(told("s3 ls", "cli-v1", environment=keys)) == ["aws.region_missing"]
    found = told("ec2 describe-vpcs", environment=keys, known=Known(metadata_region="eu-west-1"))
    assert [call.purpose for call in found.steps] == ["region", "region", "service"]
    assert found.steps[-1].host == "ec2.eu-west-1.amazonaws.com"


def test_rq35_cached_role_and_presigning() -> None:
    """A cached role needs no STS; presigning still needs credentials."""
    config = "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = Environment\n"
    assert [c.operation for c in told("s3 presign s3://b/k --profile r", aws_config=config).steps] == ["AssumeRole"]
    assert told("s3 presign s3://b/k --profile r", aws_config=config, known=Known(cached_role=True)).steps == ()


def test_rq39_attempts() -> None:
    assert [told("s3 ls", client).attempts for client in CLIENTS] == [3, 5, 3, 5]
    assert told("s3 ls", environment={**TOKYO, "AWS_MAX_ATTEMPTS": "7"}).attempts == 7
    assert told("s3 ls --cli-connect-timeout 5").connect_timeout == 5.0


def test_rq38_values_fetched_by_v1() -> None:
    command = "cloudformation validate-template --template-body https://files.example.com/t.yaml"
    assert told(command, "cli-v1").hosts == ("files.example.com", "cloudformation.ap-northeast-1.amazonaws.com")
    assert told(command).hosts == ("cloudformation.ap-northeast-1.amazonaws.com",)


def test_rq52_session() -> None:
    """start-session is followed by the plugin's web socket, or without plugin by TerminateSession."""
    command = "ssm start-session --target i-1"
    assert told(command).hosts == ("ssm.ap-northeast-1.amazonaws.com", "ssmmessages.ap-northeast-1.amazonaws.com")
    assert told(command).steps[-1].tls
    assert told(command, known=Known(plugin=False)).steps[-1].operation == "TerminateSession"


def test_rq48_discovered_host_is_not_guessed() -> None:
    found = told("timestream-query query --query-string x")
    assert [call.host for call in found.steps] == ["query.timestream.ap-northeast-1.amazonaws.com", ""]


def test_rq32_no_network() -> None:
    for command in ("s3 presign s3://b/k", "rds generate-db-auth-token --hostname h --port 1 --username u",
                    "configure list", "--version", "ec2 help"):  # fmt: skip
        found = told(command)
        assert found.steps == (), command
        assert found.reason is not None


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("nosuch list", "aws nosuch: no such command"),
        ("ec2 describe-vpcz", "did you mean describe-vpcs"),
        ("ec2 describe-vpcs --vpc-idz x", "unknown option --vpc-idz; did you mean --vpc-ids?"),
        ("s3 ls --nosuch", "unknown option"),
        ("s3 cp a b", "no s3:// path"),
        ("s3 cp s3://b/k", "2 paths expected"),
        ("s3 fly s3://b", "no such command"),
        ("s3api get-object --bucket b", "--key is missing"),
        ("s3 ls --endpoint-url ftp://x", "not an http or https URL"),
        ("s3 ls --endpoint-url https://x:99999", "not a port"),
        ("s3 ls --region", "--region needs a value"),
        ("ec2 wait nothing", "no such waiter"),
        ("s3 ls --cli-read-timeout soon", "not a number of seconds"),
        ("", "which command"),
    ],
)
def test_one_line_errors(command: str, said: str) -> None:
    with pytest.raises(RequestError, match=re.escape(said)) as caught:
        told(command)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("region = x\n", "line 1: neither a section"),
        ("[default\n", "line 1: no section name"),
        ("[default]\nnonsense\n", "line 2: neither a section"),
        ("[default]\nservices = gone\n", "names services 'gone', which is missing"),
        ("[default]\nrole_arn = arn:aws:iam::123456789012:role/r\n", "no source_profile"),
        ("[default]\nsso_start_url = x\n", "no sso_region"),
        ("[default]\nrole_arn = a\nsource_profile = b\n[profile b]\nrole_arn = c\nsource_profile = default\n",
         "comes back to itself"),
    ],
)  # fmt: skip
def test_bad_config(config: str, said: str) -> None:
    with pytest.raises(RequestError, match=re.escape(said)) as caught:
        told("s3 ls", environment={"AWS_REGION": "eu-west-1"}, aws_config=config)
    assert "laptop" in str(caught.value)


def test_unknown_client() -> None:
    with pytest.raises(RequestError, match="there are cli-v2, cli-v1, boto3, cli-2016"):
        told("s3 ls", "cli-v3")


def test_every_code_has_its_texts() -> None:
    """Codes written in the planner are in the catalogue, and the other way round."""
    written = set()
    for file in [*(SOURCE / "request" / "aws").glob("*.py"), SOURCE / "request" / "bundles.py"]:
        written |= set(re.findall(r'"((?:aws|bundle)\.[a-z0-9_.]+)"', file.read_text()))
    written |= {f"bundle.use.{need.use}" for needs in BUNDLES.values() for need in needs}
    texts = {code for code in all_texts() if code.startswith(("aws.", "bundle."))}
    assert written == texts


def test_bundles() -> None:
    """Every bundle gives names of the Region asked; required and optional ones are told apart (F20-F33)."""
    for name in BUNDLES:
        for region, end in (("ap-northeast-1", ".amazonaws.com"), ("cn-north-1", ".amazonaws.com.cn")):
            calls = bundle(name, region, account="123456789012")
            assert calls
            assert all(call.host.endswith(end) and call.why.facts for call in calls)
            assert all("{" not in call.host for call in calls)
    pull = bundle("ecr-pull", "eu-west-1", account="123456789012")
    assert [(call.host, call.optional) for call in pull] == [
        ("api.ecr.eu-west-1.amazonaws.com", False),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", False),
        ("prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com", False),
        ("logs.eu-west-1.amazonaws.com", True),
    ]
    for bad in (("nosuch", "eu-west-1", ""), ("yum", "mars", ""), ("yum", "eu-west-1", "12")):
        with pytest.raises(RequestError):
            bundle(bad[0], bad[1], account=bad[2])


def test_only_one_service_is_read() -> None:
    """s3 ls reads no model but S3's, and neither botocore's sessions nor its HTTP client's pools are made."""
    code = (
        "import sys; from tabiji.request.aws import plan, models; from tabiji.estate.site import Host;"
        f"plan(['s3', 'ls'], Host(name='x', internet=True, environment={TOKYO!r}));"
        "print(models.model.cache_info().currsize, models.provider.cache_info().currsize,"
        "'botocore.session' in sys.modules, 'awscli' in sys.modules)"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["1", "1", "False", "False"]
