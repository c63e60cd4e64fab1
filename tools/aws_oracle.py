#!/usr/bin/env python3
"""Record what the real aws CLI would contact, for the differential tests of the planner.

    tools/aws_oracle.py PYTHON [--path FOLDER] [--label v1|v2] [--out FILE] [--only TEXT] [--show]
    tools/aws_oracle.py --tables v1=PYTHON v2=PYTHON:FOLDER

PYTHON is the interpreter of an environment that holds the CLI (``awscli`` from
PyPI is version 1; for version 2 take Debian's package: unpack it, install its
Python dependencies into a virtual environment, and name the folder that holds
``awscli`` with --path).  Every command of tests/request/commands.yaml runs in a
forked process with its own HOME, in an empty network namespace, with the HTTP
transport replaced: requests are recorded, canned answers are returned, and
nothing leaves the machine.  Without --out the result is printed.

--tables writes src/tabiji/request/aws/data/commands.json: how the command
tables of the two versions differ from the plain kebab-case form of botocore's
models (renamed services, operations and options, commands of their own).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from typing import Any

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMANDS = os.path.join(ROOT, "tests", "request", "commands.yaml")
LIMIT = 20
"""Seconds a command may take."""


def main() -> int:
    """Run the tool; 1 when a command could not be recorded."""
    if sys.argv[1:2] == ["--serve"]:
        return serve()
    if sys.argv[1:2] == ["--describe"]:
        return describe()
    if sys.argv[1:2] == ["--tables"]:
        return tables(sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python")
    parser.add_argument("--path", default="")
    parser.add_argument("--label", default="v2", choices=("v1", "v2"))
    parser.add_argument("--out", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--show", action="store_true", help="print what the command said, too")
    options = parser.parse_args()
    sys.path.insert(0, os.path.join(ROOT, "tests"))
    from request.commands import cases

    wanted = [case for case in cases() if options.label in case.clients and options.only in case.title]
    asked = "".join(json.dumps(case.as_dict()) + "\n" for case in wanted)
    command = ["unshare", "-Urn", options.python, os.path.abspath(__file__), "--serve"]
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": options.path, "LANG": "C.UTF-8", "HOME": home}
        done = subprocess.run(command, input=asked, text=True, capture_output=True, env=environment)
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        return 1
    version, *lines = done.stdout.splitlines()
    told = [json.loads(line) for line in lines]
    bad = [case["title"] for case in told if case["exit"] == "timeout"]
    for case in told:
        if options.show:
            print(case["title"], case["exit"], *case["calls"], case["said"], sep="\n    ", file=sys.stderr)
    document = {
        "client": json.loads(version),
        "commands": {case["title"]: {"exit": case["exit"], "calls": case["calls"]} for case in told},
    }
    text = json.dumps(document, indent=1) + "\n"
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
    for title in bad:
        print(f"{title}: no end within {LIMIT} s", file=sys.stderr)
    return 1 if bad else 0


def tables(clients: list[str]) -> int:
    """Write the table of what is not plain in the command tables of the given clients."""
    found: dict[str, Any] = {}
    for client in clients:
        label, _, rest = client.partition("=")
        python, _, path = rest.partition(":")
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "LANG": "C.UTF-8", "HOME": "/nonexistent"}
        command = [python, os.path.abspath(__file__), "--describe"]
        found[label] = json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
    target = os.path.join(ROOT, "src", "tabiji", "request", "aws", "data", "commands.json")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    lines = []
    for label, told in found.items():
        services = ",\n".join(
            f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(told["services"].items())
        )
        lines.append(f'"{label}": {{"client": {json.dumps(told["client"])}, "services": {{\n{services}\n}}}}')
    with open(target, "w", encoding="utf-8") as file:
        file.write("{" + ",\n".join(lines) + "}\n")
    print(target, os.path.getsize(target), "bytes", file=sys.stderr)
    return 0


# --- in the interpreter of the CLI -------------------------------------------------------------------------------


def serve() -> int:
    """Load the CLI once, then run each command of standard input in a process of its own."""
    import awscli.clidriver  # puts its own botocore in place
    import botocore.httpsession  # noqa: F401

    print(json.dumps(awscli.__version__), flush=True)
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps({"title": case["title"], **forked(case)}), flush=True)
    return 0


COMMON = {"cli-input-json", "cli-input-yaml", "generate-cli-skeleton", "page-size", "max-items", "starting-token"}


def describe() -> int:
    """Print what is not plain in this CLI's command table.

    Per command: ``service`` (botocore's name, when another), ``without``
    (operations that have no command), ``named`` (command -> operation, when
    not the plain form), ``options`` (command -> option -> member, empty for
    one of the CLI's own), ``own`` (path of a command of the CLI's own ->
    option -> number of values, ``?`` for a flag, ``o`` for an optional value, ``*`` for many; positional
    ones begin with ``<``).
    """
    import awscli
    import awscli.clidriver
    from botocore import xform_name

    driver = awscli.clidriver.create_clidriver()
    top = driver._get_command_table()
    models = set(driver.session.get_available_services())
    services: dict[str, Any] = {}
    for name, command in top.items():
        row: dict[str, Any] = {}
        model = command.service_model if hasattr(command, "service_model") else None
        if model is None:
            services[name] = {"service": "", "own": own_commands(command, ())}
            continue
        service = model.service_name
        models.discard(service)
        if service != name:
            row["service"] = service
        table = command._get_command_table()
        seen = set()
        for verb, entry in table.items():
            operation = getattr(entry, "_operation_model", None)
            if operation is None:
                if verb != "wait":
                    row.setdefault("own", {}).update(own_commands(entry, (verb,)))
                continue
            seen.add(operation.name)
            if xform_name(operation.name, "-") != verb:
                row.setdefault("named", {})[verb] = operation.name
            members = operation.input_shape.members if operation.input_shape is not None else {}
            plain = {xform_name(member, "-"): member for member in members}
            for option, argument in entry.arg_table.items():
                member = getattr(argument, "_serialized_name", "") or ""
                if option in COMMON or (option.startswith("no-") and option[3:] in entry.arg_table):
                    continue
                if plain.get(option) != member or not member:
                    mark = "<" if argument.positional_arg else ""
                    row.setdefault("options", {}).setdefault(verb, {})[mark + option] = member
        without = sorted(set(model.operation_names) - seen)
        if without:
            row["without"] = without
        if row:
            services[name] = row
    print(json.dumps({"client": awscli.__version__, "services": services}))
    return 0


def own_commands(command: Any, path: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Path -> options of a command the CLI has of its own, and of those below it."""
    out = {}
    below = command.subcommand_table if hasattr(command, "subcommand_table") else {}
    options = {}
    for option, argument in (getattr(command, "arg_table", None) or {}).items():
        settings: dict[str, Any] = {}

        class Parser:
            def add_argument(self, *_: Any, **given: Any) -> None:
                settings.update(given)  # noqa: B023

        try:
            argument.add_to_parser(Parser())
        except Exception as error:
            print(path, option, error, file=sys.stderr)
        nargs = {"?": "o"}.get(settings.get("nargs"), settings.get("nargs") or 1)
        count = "?" if str(settings.get("action", "")).startswith("store_") else str(nargs)
        options[("<" if argument.positional_arg else "") + option] = {"+": "*"}.get(count, count)
    out[" ".join(path)] = options
    for name, entry in below.items():
        out.update(own_commands(entry, (*path, name)))
    return out


def forked(case: dict[str, Any]) -> dict[str, Any]:
    """Run one command; returns exit status, calls and what it said."""
    import shutil
    import signal

    home = os.environ["HOME"]  # the CLI takes its caches' folders from it at import: keep it, but clean
    shutil.rmtree(home)
    os.makedirs(home)
    out = os.path.join(home, ".calls")
    open(out, "w").close()
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.alarm(LIMIT)
        try:
            os._exit(run(case, home, out))
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(99)
    _, status = os.waitpid(child, 0)
    exit_code: Any = "timeout" if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)
    with open(out, encoding="utf-8") as file:
        calls = [line.rstrip("\n") for line in file]
    said = ""
    if os.path.exists(os.path.join(home, ".said")):
        with open(os.path.join(home, ".said"), encoding="utf-8", errors="replace") as file:
            said = file.read()[-1500:]
    return {"exit": exit_code, "calls": calls, "said": said}


def run(case: dict[str, Any], home: str, out: str) -> int:
    """The child: set the stage, run the CLI's own main."""
    said = os.open(os.path.join(home, ".said"), os.O_WRONLY | os.O_CREAT)
    for number in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDONLY) if number == 0 else said, number)
    work = os.path.join(home, "work")
    os.makedirs(work)
    os.makedirs(os.path.join(home, ".aws"))
    os.makedirs(os.path.join(home, "bin"))
    for name in case["programs"]:  # what the CLI runs, doing nothing
        with open(os.path.join(home, "bin", name), "w") as file:
            file.write("#!/bin/sh\nexit 0\n")
        os.chmod(os.path.join(home, "bin", name), 0o755)
    os.chdir(work)
    models = {key: value for key, value in os.environ.items() if key == "AWS_DATA_PATH"}  # the CLI set it itself
    os.environ.clear()
    os.environ.update(
        {"HOME": home, "PATH": os.path.join(home, "bin"), "LANG": "C.UTF-8", **models, **case["environment"]}
    )
    if case["config"]:
        with open(os.path.join(home, ".aws", "config"), "w") as file:
            file.write(case["config"])
    for name, size in case["files"].items():
        os.makedirs(os.path.dirname(os.path.abspath(name)), exist_ok=True)
        with open(name, "wb") as file:
            file.truncate(size)
    for name, text in case["texts"].items():
        with open(name, "w") as file:
            file.write(text)
    sso_token(home, case["config"])
    replace_transport(case, out)
    import awscli.clidriver

    sys.argv = ["aws", *case["argv"]]
    try:
        return int(awscli.clidriver.main() or 0)
    except SystemExit as error:
        return int(error.code or 0) if not isinstance(error.code, str) else 1


def sso_token(home: str, config: str) -> None:
    """The token a login would have left, for every session the configuration names."""
    import configparser
    import hashlib

    read = configparser.RawConfigParser()
    read.read_string(config)
    folder = os.path.join(home, ".aws", "sso", "cache")
    os.makedirs(folder)
    keys = [name.split(None, 1)[1] for name in read.sections() if name.startswith("sso-session ")]
    keys += [read[name]["sso_start_url"] for name in read.sections() if "sso_start_url" in read[name]]
    for key in keys:
        token = {"accessToken": "t", "expiresAt": "2099-01-01T00:00:00Z", "region": "us-east-1", "startUrl": "x"}
        with open(os.path.join(folder, hashlib.sha1(key.encode()).hexdigest() + ".json"), "w") as file:
            json.dump(token, file)


def cell(front: str) -> dict[str, Any]:
    """The answer of an endpoint discovery."""
    address = f"{front}-cell1.timestream.ap-northeast-1.amazonaws.com"
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": 9}]}


ANSWERS: dict[str, dict[str, Any]] = {
    "s3:CreateMultipartUpload": {"UploadId": "u"},
    "s3:UploadPart": {"ETag": '"e"'},
    "s3:UploadPartCopy": {"CopyPartResult": {"ETag": '"e"'}},
    "s3:CopyObject": {"CopyObjectResult": {}},
    "s3:ListObjectsV2": {"Contents": [], "KeyCount": 0},
    "ecr:GetAuthorizationToken": {"authorizationData": [{"authorizationToken": "QVdTOng=", "proxyEndpoint": "https://x"}]},
    "ecr-public:GetAuthorizationToken": {"authorizationData": {"authorizationToken": "QVdTOng="}},
    "ssm:StartSession": {"SessionId": "s", "TokenValue": "t", "StreamUrl": "wss://x"},
    "ecs:ExecuteCommand": {
        "session": {"sessionId": "s", "tokenValue": "t", "streamUrl": "wss://x"},
        "clusterArn": "arn:aws:ecs:ap-northeast-1:123456789012:cluster/c",
        "taskArn": "arn:aws:ecs:ap-northeast-1:123456789012:task/c/t",
        "containerName": "c",
    },
    "cloudformation:GetTemplateSummary": {"Parameters": []},
    "s3:GetObjectTagging": {"TagSet": []},
    "config:DescribeConfigurationRecorders": {"ConfigurationRecorders": []},
    "config:DescribeDeliveryChannels": {"DeliveryChannels": []},
    "emr:DescribeCluster": {"Cluster": {}},
    "sso-oidc:RegisterClient": {"clientId": "c", "clientSecret": "s", "clientSecretExpiresAt": 4070908800},
    "sso-oidc:StartDeviceAuthorization": {
        "deviceCode": "d", "userCode": "u", "verificationUri": "https://x", "verificationUriComplete": "https://x",
        "expiresIn": 600, "interval": 1,
    },
    "sso-oidc:CreateToken": {"accessToken": "t", "expiresIn": 600},
    "iam:CreateUser": {"User": {"Arn": "arn:aws:iam::123456789012:user/u"}},
    "iam:CreateAccessKey": {"AccessKey": {"AccessKeyId": "A", "SecretAccessKey": "x"}},
    "datapipeline:QueryObjects": {"ids": []},
    "config:DescribeConfigurationRecorderStatus": {"ConfigurationRecordersStatus": []},
    "config:DescribeDeliveryChannelStatus": {"DeliveryChannelsStatus": []},
    "s3:PutObject": {"ETag": '"e"'},
    "ecs:DescribeTasks": {"failures": [], "tasks": [{"containers": [{"name": "c", "runtimeId": "r"}]}]},
    "eks:DescribeCluster": {
        "cluster": {
            "name": "c", "arn": "arn:aws:eks:ap-northeast-1:123456789012:cluster/c", "status": "ACTIVE",
            "endpoint": "https://x", "certificateAuthority": {"data": "eA=="},
            "identity": {"oidc": {"issuer": "https://oidc.eks/id/x"}},
        }
    },
    "timestream-query:DescribeEndpoints": cell("query"),
    "timestream-write:DescribeEndpoints": cell("ingest"),
    "codeartifact:GetAuthorizationToken": {"authorizationToken": "t"},
    "codeartifact:GetRepositoryEndpoint": {"repositoryEndpoint": "https://x/"},
    "ec2:DescribeInstances": {
        "Reservations": [
            {
                "Instances": [
                    {"InstanceId": "i-1234567890abcdef0", "PrivateIpAddress": "10.0.0.9", "VpcId": "v", "SubnetId": "s"}
                ]
            }
        ]
    },
    "rds:DescribeDBInstances": {"DBInstances": []},
    "sts:GetCallerIdentity": {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/u"},
}  # fmt: skip
"""Answers the CLI's own code looks into; every other operation gets an empty one."""
KEYS = {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "x", "Expiration": "2099-01-01T00:00:00Z"}


def replace_transport(case: dict[str, Any], out: str) -> None:
    """Record instead of sending; answer by operation, or by address for what is no API."""
    import datetime
    import io
    import socket
    import threading
    import time

    import botocore.endpoint
    import botocore.parsers
    import botocore.response
    from botocore.awsrequest import AWSResponse
    from botocore.httpsession import URLLib3Session

    here = threading.local()
    lock = threading.Lock()
    count = [0]
    listings: list[int] = []

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("no network in the oracle")

    socket.socket.connect = refuse  # type: ignore[method-assign]
    socket.getaddrinfo = refuse
    time.sleep = lambda _: None

    def send(session: Any, request: Any) -> Any:
        model = getattr(here, "model", None)
        operation = f"{model.service_model.service_name}:{model.name}" if model is not None else "-"
        scheme, _, rest = request.url.partition("://")
        host, slash, target = rest.partition("/")
        path = slash + target.partition("?")[0]
        proxy = session._proxy_config.proxy_url_for(request.url) or "-"
        with lock, open(out, "a") as file:
            count[0] += 1
            file.write(f"{request.method} {scheme}://{host}{path or '/'} {operation} {scope(request)} {proxy}\n")
            file.flush()
        if count[0] > 60:
            os._exit(98)
        status, headers, body = answer(case, operation, request, path)
        return AWSResponse(request.url, status, headers, Raw(body))

    def scope(request: Any) -> str:
        written = request.headers.get("Authorization", b"")
        text = written.decode() if isinstance(written, bytes) else written
        if "Credential=" not in text:
            return "-"
        parts = text.split("Credential=")[1].split(",")[0].split("/")
        if text.startswith("AWS4-ECDSA"):
            return f"{parts[2]}/*"
        return f"{parts[3]}/{parts[2]}"

    class Raw(io.BytesIO):
        def stream(self, *_: Any, **__: Any) -> Any:
            yield self.read()

    real_send = botocore.endpoint.Endpoint._send_request

    def send_request(self: Any, request_dict: Any, operation_model: Any) -> Any:
        before = getattr(here, "model", None)
        here.model = operation_model
        try:
            return real_send(self, request_dict, operation_model)
        finally:
            here.model = before

    botocore.endpoint.Endpoint._send_request = send_request
    URLLib3Session.send = send
    real_parse = botocore.parsers.ResponseParser.parse

    def parse(self: Any, response: Any, shape: Any) -> Any:
        if response["status_code"] >= 300:
            return real_parse(self, response, shape)
        model = getattr(here, "model", None)
        operation = f"{model.service_model.service_name}:{model.name}" if model is not None else ""
        told: dict[str, Any] = json.loads(json.dumps(ANSWERS.get(operation, {})))
        told.update(case["answers"].get(operation, {}))
        expiry = datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)
        keys = {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "x", "SessionToken": "t", "Expiration": expiry}
        if operation.startswith("sts:AssumeRole") or operation == "s3:CreateSession":
            told = {"Credentials": keys, "AssumedRoleUser": {"Arn": "arn:aws:sts::123456789012:assumed-role/r/s"}}
        if operation == "ec2:DescribeInstances" and case["argv"][1] == "wait":
            told = {"Reservations": [{"Instances": [{"State": {"Name": "terminated"}}]}]}
        if operation == "sso:GetRoleCredentials":
            told = {
                "roleCredentials": {
                    "accessKeyId": "A", "secretAccessKey": "x", "sessionToken": "t", "expiration": 4070908800000,
                }
            }  # fmt: skip
        if operation == "codeartifact:GetAuthorizationToken":
            told["expiration"] = expiry
        if operation in ("ecr:GetAuthorizationToken", "ecr-public:GetAuthorizationToken"):
            rows = told["authorizationData"]
            for row in rows if isinstance(rows, list) else [rows]:
                row["expiresAt"] = expiry
        size = int(case["objects"])
        if operation == "s3:HeadObject":
            told.update(ContentLength=size, ETag='"e"', LastModified="2026-01-01T00:00:00+00:00")
        if operation == "s3:ListObjectsV2" and case["keys"] and not listings:
            listings.append(1)
            told["Contents"] = [
                {"Key": key, "Size": size, "LastModified": "2026-01-01T00:00:00+00:00", "ETag": '"e"'}
                for key in case["keys"]
            ]
        if operation == "s3:GetObject":
            told.update(ContentLength=size, ETag='"e"', Body=botocore.response.StreamingBody(Raw(b"x" * size), size))
        told["ResponseMetadata"] = {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RequestId": "r"}
        return told

    botocore.parsers.ResponseParser.parse = parse


def answer(case: dict[str, Any], operation: str, request: Any, path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body for one request."""
    bucket_region = case["buckets"].get(path.strip("/").split("/")[0]) or case["buckets"].get(
        request.url.split("//")[1].split(".")[0]
    )
    if operation.startswith("s3:") and bucket_region and f".{bucket_region}." not in request.url:
        headers = {"x-amz-bucket-region": bucket_region}
        if request.method == "HEAD":
            return 400, headers, b""
        code = b"<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>"
        return 301, headers, code
    if operation != "-":
        return 200, {}, b""
    imds = case["imds"]
    if "/latest/" in request.url:
        if imds == "off":
            from botocore.exceptions import ConnectTimeoutError

            raise ConnectTimeoutError(endpoint_url=request.url)
        if path.endswith("/api/token"):
            return 200, {}, b"token"
        if "placement" in path:
            return 200, {}, b"ap-northeast-1a"
        if path.rstrip("/").endswith(("security-credentials", "security-credentials-extended")):
            return (200, {}, b"role") if imds == "role" else (404, {}, b"")
        return 200, {}, json.dumps({"Code": "Success", **KEYS, "Token": "t"}).encode()
    return 200, {}, json.dumps({**KEYS, "Token": "t"}).encode()


if __name__ == "__main__":
    sys.exit(main())
