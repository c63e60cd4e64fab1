"""The lab's AWS API by its real names, asked by boto3 over TLS, on loopback and without privileges."""

from __future__ import annotations

import os
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError, SSLError

from svc_world import ESTATE, LOGS, S3, World, estate_of, plan_of, running, use_lab_names
from tabiji.access import Way
from tabiji.estate import Change, Estate
from tabiji.estate.vpn import DirectConnectGateway
from tabiji.lab.svc.authority import ca_files
from tabiji.lab.svc.aws import ec2, permit
from tabiji.lab.svc.aws.call import Call, read
from tabiji.lab.svc.aws.emulator import plain_body
from tabiji.lab.svc.aws.errors import AwsError, respond
from tabiji.lab.svc.aws.keys import Keys, credentials, environment_of, of_host, of_instance
from tabiji.lab.svc.aws.shapes import model, xml
from tabiji.lab.svc.http import Request

pytest.importorskip("moto")


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("svc")) as world:
        yield world


@pytest.fixture
def world(up: World, monkeypatch: pytest.MonkeyPatch) -> World:
    use_lab_names(up, monkeypatch)
    return up


def bucket(world: World, name: str) -> Any:
    s3 = world.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    return s3


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


# S3 -------------------------------------------------------------------------------


def test_lab47_a_multipart_upload_comes_back_as_it_was(world: World, tmp_path: Any) -> None:
    s3 = bucket(world, "bucket-1")  # reached as bucket-1.s3.<region>
    data = os.urandom(20 << 20)
    (tmp_path / "file").write_bytes(data)
    s3.upload_file(str(tmp_path / "file"), "bucket-1", "dir/a file+ü")
    assert s3.get_object(Bucket="bucket-1", Key="dir/a file+ü")["Body"].read() == data
    assert s3.get_object(Bucket="bucket-1", Key="dir/a file+ü", Range="bytes=5-14")["Body"].read() == data[5:15]
    assert s3.head_object(Bucket="bucket-1", Key="dir/a file+ü")["ContentLength"] == len(data)
    assert [row["Key"] for row in s3.list_objects_v2(Bucket="bucket-1")["Contents"]] == ["dir/a file+ü"]
    seen = [e for e in world.entries() if e.get("operation") == "UploadPart"]
    assert {e["host"] for e in seen} == {"bucket-1.s3.ap-northeast-1.amazonaws.com"}
    assert sum(e["received"] for e in seen) >= len(data)


def test_path_style_and_bucket_in_the_name_are_one_bucket(world: World) -> None:
    path_style = world.client("s3", config={"s3": {"addressing_style": "path"}})
    bucket(world, "bucket-2")
    path_style.put_object(Bucket="bucket-2", Key="k", Body=b"one")
    virtual = world.client("s3", config={"s3": {"addressing_style": "virtual"}})
    assert virtual.get_object(Bucket="bucket-2", Key="k")["Body"].read() == b"one"
    hosts = {e["host"].partition(".")[0] for e in world.entries() if e.get("path", "").endswith("/k")}
    assert hosts == {"s3", "bucket-2"}


def test_an_unsigned_request_sees_no_bucket(world: World) -> None:
    anonymous = world.client("s3", config={"signature_version": UNSIGNED})
    with pytest.raises(ClientError) as error:
        anonymous.list_objects_v2(Bucket="bucket-3")
    assert refusal(error)[0] == "AccessDenied"


def test_a_key_nobody_has_is_refused_in_each_services_words(world: World) -> None:
    stranger = {"aws_access_key_id": "AKIAAAAAAAAAAAAAAAAA", "aws_session_token": None}
    for service, call, code in (
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("ssm", "describe_parameters", "UnrecognizedClientException"),
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ):
        with pytest.raises(ClientError) as error:
            getattr(world.client(service, **stranger), call)()
        assert refusal(error)[0] == code


def test_plain_http_is_answered_too(world: World) -> None:
    s3 = world.client("s3", endpoint_url="http://s3.ap-northeast-1.amazonaws.com")
    assert isinstance(s3.list_buckets()["Buckets"], list)


def test_an_unsigned_trailer_is_taken_off() -> None:
    headers = Message()
    headers["x-amz-content-sha256"] = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    body = b"4\r\nabcd\r\n3;chunk-signature=00\r\nefg\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    request = Request(method="PUT", target="/b/k", headers=headers, body=body)
    assert plain_body(request) == (b"abcdefg", [("x-amz-checksum-crc32", "AAAAAA==")])
    request.body = body[:12]
    with pytest.raises(Exception, match="IncompleteBody"):
        plain_body(request)


# Endpoints and policies --------------------------------------------------------------


def test_ia1_the_endpoint_policy_holds_where_the_request_came_in(world: World) -> None:
    logs = world.client("logs")  # private DNS leads to the endpoint
    logs.create_log_group(logGroupName="group-1")
    assert [g["logGroupName"] for g in logs.describe_log_groups()["logGroups"]] == ["group-1"]
    with pytest.raises(ClientError) as error:
        logs.delete_log_group(logGroupName="group-1")
    code, message = refusal(error)
    assert code == "AccessDeniedException"
    assert message.endswith("because no VPC endpoint policy allows the logs:DeleteLogGroup action")
    last = [e for e in world.entries() if e.get("operation") == "DeleteLogGroup"][-1]
    assert (last["address"], last["endpoint"], last["vpc"], last["status"]) == (
        LOGS, next(iter(world.estate.vpc_endpoints)), "vpc-main", 400,
    )  # fmt: skip


def test_lab47_an_endpoints_own_name_needs_no_host_of_the_emulators(world: World) -> None:
    endpoint = next(iter(world.estate.vpc_endpoints.values()))
    name = endpoint.dns_entries[0].dns_name
    assert ".vpce." in name
    logs = world.client("logs", endpoint_url=f"https://{name}")
    assert "logGroups" in logs.describe_log_groups()


def test_rq45_a_name_pointed_at_another_service_fails_the_handshake(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_lab_names(world, monkeypatch, {"s3.ap-northeast-1.amazonaws.com": LOGS})
    with pytest.raises(SSLError, match=r"doesn't match"):
        world.client("s3").list_buckets()


def test_a_signature_for_another_region_is_refused(world: World) -> None:
    ssm = world.client("ssm", endpoint_url="https://ssm.ap-northeast-1.amazonaws.com", region_name="us-east-1")
    with pytest.raises(ClientError) as error:
        ssm.describe_parameters()
    assert refusal(error)[0] == "InvalidSignatureException"


# Other services ------------------------------------------------------------------------


def test_queues_parameters_and_metrics_answer_by_name(world: World) -> None:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="queue-1")["QueueUrl"]
    assert "/111122223333/queue-1" in url
    ssm = world.client("ssm")
    ssm.put_parameter(Name="/a/b", Value="c", Type="String")
    assert ssm.get_parameter(Name="/a/b")["Parameter"]["Value"] == "c"
    cloudwatch = world.client("cloudwatch")
    cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}])
    assert cloudwatch.list_metrics(Namespace="n")["Metrics"][0]["MetricName"] == "m"


def test_sts_knows_the_instance_and_assumed_roles(world: World) -> None:
    sts = world.client("sts")
    mine = sts.get_caller_identity()
    assert mine["Arn"] == "arn:aws:sts::111122223333:assumed-role/tabiji-lab/i-main-client"
    role = "arn:aws:iam::111122223333:role/reader"
    made = sts.assume_role(RoleArn=role, RoleSessionName="session-1")["Credentials"]
    other = world.client(
        "sts",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    assert other.get_caller_identity()["Arn"] == "arn:aws:sts::111122223333:assumed-role/reader/session-1"


def test_a_service_the_emulator_lacks_is_said_to_be_missing(world: World) -> None:
    with pytest.raises(ClientError) as error:
        world.client("ssm").list_ops_metadata()
    assert refusal(error)[0] == "NotImplemented"


def test_listings_of_other_services_come_from_the_estate(world: World) -> None:
    gateway = DirectConnectGateway(direct_connect_gateway_id="dxgw-1")
    other = DirectConnectGateway(direct_connect_gateway_id="dxgw-2")
    changes = [Change("direct_connect_gateways", g.direct_connect_gateway_id, g) for g in (gateway, other)]
    changed = world.estate.with_changes(changes)
    world.services.use(changed, plan_of(changed))
    try:
        client = world.client("directconnect")
        ids = [g["directConnectGatewayId"] for g in client.describe_direct_connect_gateways()["directConnectGateways"]]
        assert ids == ["dxgw-1", "dxgw-2"]
        one = client.describe_direct_connect_gateways(directConnectGatewayId="dxgw-2")["directConnectGateways"]
        assert [g["directConnectGatewayState"] for g in one] == ["available"]
    finally:
        world.services.use(world.estate, plan_of(world.estate))


# Policies of identities and resources ------------------------------------------------------


POLICIES = """
principals:
  reader:
    used_by: client
    policies: {read: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:Get*", Resource: "*"}]}}
bucket_policies:
  open: {policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject",
                                                      Resource: "arn:aws:s3:::open/*"}]}}
"""


def call_of(method: str, target: str, key: str = "") -> Call:
    headers = Message()
    headers["Host"] = "s3.ap-northeast-1.amazonaws.com"
    if key:
        headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={key}/20260101/ap-northeast-1/s3/aws4_request, x"
    return read(Request(method=method, target=target, headers=headers), "", "s3", "ap-northeast-1")


def judged(estate: Estate, call: Call) -> str:
    """The refusal's text; empty when the call may be made."""
    try:
        permit.check(estate, call, permit.identify(call, Keys(estate)), Way())
    except AwsError as error:
        return error.message
    return ""


def test_ia2_the_identity_policy_of_a_machine_holds(tmp_path: Path) -> None:
    estate = estate_of(tmp_path, ESTATE + POLICIES)
    key = credentials(of_instance(estate, "i-main-client")).key
    assert judged(estate, call_of("GET", "/any/key", key)) == ""
    said = judged(estate, call_of("PUT", "/any/key", key))
    assert said.startswith("User: arn:aws:sts::111122223333:assumed-role/reader/i-main-client is not authorized")
    assert said.endswith("because no identity-based policy allows the s3:PutObject action")


def test_a_bucket_policy_opens_a_bucket_to_everybody(tmp_path: Path) -> None:
    estate = estate_of(tmp_path, ESTATE + POLICIES)
    assert judged(estate, call_of("GET", "/open/key")) == ""
    assert judged(estate, call_of("PUT", "/open/key")) != ""
    assert judged(estate, call_of("GET", "/other/key")) == "Access Denied"


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("my.s3.ap-northeast-1.amazonaws.com", "my"),
        ("my.s3-ap-northeast-1.amazonaws.com", "my"),
        ("my.s3.dualstack.ap-northeast-1.amazonaws.com", "my"),
        ("bucket.vpce-0a-abc.s3.ap-northeast-1.vpce.amazonaws.com", ""),
        ("my.bucket.vpce-0a-abc.s3.ap-northeast-1.vpce.amazonaws.com", "my"),
        ("vpce-0a-abc.s3.ap-northeast-1.vpce.amazonaws.com", ""),
    ],
)
def test_lab47_every_form_of_a_bucket_becomes_a_path(host: str, bucket: str) -> None:
    headers = Message()
    headers["Host"] = host
    call = read(Request(method="GET", target="/k", headers=headers), host, "s3", "ap-northeast-1")
    assert call.path == (f"/{bucket}/k" if bucket else "/k")
    assert call.host == "s3.ap-northeast-1.amazonaws.com"
    assert call.operation == ("GetObject" if bucket else "ListObjects")


def test_lab48_the_legacy_name_of_queues_is_sqs() -> None:
    headers = Message()
    headers["Host"] = "ap-northeast-1.queue.amazonaws.com"
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    request = Request(method="POST", target="/", headers=headers, body=b"Action=ListQueues&Version=2012-11-05")
    call = read(request, "", "", "")
    assert (call.service, call.region, call.operation, call.protocol) == (
        "sqs",
        "ap-northeast-1",
        "ListQueues",
        "query",
    )
    assert call.host == "sqs.ap-northeast-1.amazonaws.com"


@pytest.mark.parametrize("protocol", ["ec2", "query", "s3", "json", "cbor"])
def test_errors_are_readable_in_every_protocol(protocol: str) -> None:
    from botocore.parsers import create_parser

    answer = respond(AwsError("Some.Code", "it's <so>", 403), protocol)
    name = {"s3": "rest-xml", "cbor": "smithy-rpc-v2-cbor"}.get(protocol, protocol)
    headers = {key.lower(): value for key, value in answer.headers}
    told = create_parser(name).parse({"status_code": answer.status, "headers": headers, "body": answer.body}, None)
    assert (told["Error"]["Code"], told["Error"]["Message"]) == ("Some.Code", "it's <so>")


# EC2 --------------------------------------------------------------------------------------


def test_lab47_ec2_tells_the_estate(world: World) -> None:
    client = world.client("ec2")
    assert [v["VpcId"] for v in client.describe_vpcs()["Vpcs"]] == ["vpc-main"]
    reservations = client.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["cl*"]}])["Reservations"]
    (instance,) = reservations[0]["Instances"]
    assert (instance["PrivateIpAddress"], instance["State"]["Name"]) == ("127.77.1.10", "running")
    assert instance["NetworkInterfaces"][0]["NetworkInterfaceId"] == "eni-main-client"
    (endpoint,) = client.describe_vpc_endpoints()["VpcEndpoints"]
    assert endpoint["ServiceName"] == "com.amazonaws.ap-northeast-1.logs"
    attribute = client.describe_vpc_attribute(VpcId="vpc-main", Attribute="enableDnsHostnames")
    assert attribute["EnableDnsHostnames"] == {"Value": True}


def test_filters_are_anded_and_their_values_ored(world: World) -> None:
    client = world.client("ec2")

    def ids(*filters: tuple[str, list[str]]) -> list[str]:
        rows = client.describe_network_interfaces(Filters=[{"Name": n, "Values": v} for n, v in filters])
        return sorted(row["NetworkInterfaceId"] for row in rows["NetworkInterfaces"])

    both = ["127.77.1.10", "127.77.1.11"]
    assert ids(("private-ip-address", both)) == ["eni-main-client", "eni-main-other"]
    assert ids(("addresses.private-ip-address", both), ("attachment.instance-id", ["i-main-other"])) == [
        "eni-main-other"
    ]
    assert ids(("vpc-id", ["vpc-?ain"]), ("interface-type", ["vpc_endpoint"])) != []
    assert ids(("vpc-id", ["vpc-nobody"])) == []


def test_pages_follow_each_other(world: World) -> None:
    client = world.client("ec2", config={"parameter_validation": False})  # boto3 wants pages of 5 at least
    whole = {n["NetworkInterfaceId"] for n in client.describe_network_interfaces()["NetworkInterfaces"]}
    paginator = client.get_paginator("describe_network_interfaces")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 1}))
    assert len(pages) == len(whole) > 1
    assert {n["NetworkInterfaceId"] for page in pages for n in page["NetworkInterfaces"]} == whole


@pytest.mark.parametrize(
    ("call", "arguments", "code"),
    [
        ("describe_vpcs", {"VpcIds": ["vpc-nobody"]}, "InvalidVpcID.NotFound"),
        ("describe_subnets", {"SubnetIds": ["subnet-nobody"]}, "InvalidSubnetID.NotFound"),
        ("describe_vpcs", {"Filters": [{"Name": "no-such", "Values": ["x"]}]}, "InvalidParameterValue"),
        ("describe_vpcs", {"NextToken": "%%"}, "InvalidNextToken"),
        ("create_vpc", {"CidrBlock": "10.0.0.0/16"}, "UnsupportedOperation"),
        ("describe_volumes", {}, "UnsupportedOperation"),
        ("describe_vpcs", {"DryRun": True}, "DryRunOperation"),
    ],
)
def test_ec2_refuses_as_ec2_does(world: World, call: str, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as error:
        getattr(world.client("ec2"), call)(**arguments)
    assert refusal(error)[0] == code


def test_another_region_has_nothing_of_this_one(world: World) -> None:
    scope = ec2.Scope(world.estate, "us-east-1", "111122223333")
    assert ec2.listed(ec2.LISTINGS["DescribeVpcs"], scope, {})["Vpcs"] == []


EXAMPLES = ("central-egress", "interface-endpoint", "console-over-dx", "s3-relay")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_describe_call_is_readable_by_botocore(example: str) -> None:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel
    from botocore.parsers import create_parser

    from tabiji.sources import load

    estate = load(f"examples/{example}.yaml")
    service = ServiceModel(Loader().load_service_model("ec2", "service-2", "2016-11-15"))
    parser = create_parser("ec2")
    scope = ec2.Scope(estate, "ap-northeast-1", "111122223333")
    for operation, listing in ec2.LISTINGS.items():
        told = ec2.listed(listing, scope, {})
        body = xml("ec2", operation, told, "id")
        shape = service.operation_model(operation).output_shape
        read = parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)
        assert len(read[listing.member]) == len(told[listing.member]), operation
        for row in read[listing.member]:
            assert row.get(listing.id) or operation == "DescribeInstances"


def test_parameters_of_lists_and_filters_are_read_by_the_input_shape() -> None:
    form = {
        "VpcId.1": "vpc-1", "VpcId.2": "vpc-2", "Filter.1.Name": "state", "Filter.1.Value.1": "a",
        "Filter.1.Value.2": "b", "MaxResults": "5",
    }  # fmt: skip
    assert ec2.parameters("DescribeVpcs", form) == {
        "VpcIds": ["vpc-1", "vpc-2"],
        "Filters": [{"Name": "state", "Values": ["a", "b"]}],
        "MaxResults": "5",
    }
    assert "DescribeVpcs" in model("ec2").operations


# Keys and files --------------------------------------------------------------------------------


def test_hosts_without_metadata_get_keys_that_the_lab_takes(world: World) -> None:
    assert environment_of(world.estate, "client") == {}
    held = environment_of(world.estate, "nobody")
    assert held == credentials(of_host(world.estate, "nobody")).environment()
    sts = boto3.client(
        "sts", region_name="ap-northeast-1", verify=world.bundle,
        aws_access_key_id=held["AWS_ACCESS_KEY_ID"], aws_secret_access_key=held["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/tabiji-lab"


def test_lab46_the_bundle_holds_the_labs_ca_and_no_key(world: World, tmp_path: Any) -> None:
    pem = world.services.authorities[""].pem
    written = ca_files(str(tmp_path), [pem], {"SSL_CERT_FILE": "/own"})
    text = Path(written.bundle).read_text()
    assert pem in text
    assert "PRIVATE" not in text
    assert written.environment["AWS_CA_BUNDLE"] == written.bundle
    assert "SSL_CERT_FILE" not in written.environment


def test_the_log_holds_no_secret(world: World) -> None:
    s3 = world.client("s3", endpoint_url="https://s3.ap-northeast-1.amazonaws.com")
    url = s3.generate_presigned_url("list_buckets")
    context = ssl.create_default_context(cafile=world.bundle)
    port = world.ports[443]
    with urllib.request.urlopen(url.replace("amazonaws.com", f"amazonaws.com:{port}", 1), context=context) as answer:
        assert answer.status == 200
    logged = world.log.getvalue().decode()
    assert "X-Amz-" not in logged
    held = s3._request_signer._credentials
    assert held.secret_key not in logged
    assert held.token not in logged
    assert held.access_key not in logged


def test_a_port_nobody_listens_at_is_refused(world: World) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((S3, world.ports[7]), timeout=5)
