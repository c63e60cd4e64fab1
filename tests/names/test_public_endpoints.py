"""Public AWS host names taken apart (names section 5, requests RQ8-RQ31)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabiji.names.public_endpoints import classify, listed, partition_of, suffixes_of, tables

R = "ap-northeast-1"
HOSTS = json.loads((Path(__file__).parent / "fixtures" / "botocore_hosts.json").read_text())["hosts"]


def read(name):
    found = classify(name)
    assert found is not None, name
    return found


@pytest.mark.parametrize(("host", "services", "variants"), HOSTS, ids=[h[0] for h in HOSTS])
def test_n5_1_hosts_botocore_builds(host, services, variants):
    found = read(host)
    assert found.service in services
    # A name without a Region says which service it is, and that it is global; FIPS and dual-stack ones say more.
    assert found.variant in variants or found.variant == "global"
    assert found.name == host


S3_FORMS = [
    # name, host, resource, Region, variant
    (f"s3.{R}.amazonaws.com", "s3", "", R, "default"),
    (f"mybucket.s3.{R}.amazonaws.com", "s3", "mybucket", R, "default"),
    (f"my.dotted.bucket.s3.{R}.amazonaws.com", "s3", "my.dotted.bucket", R, "default"),
    (f"a.s3.b.s3.{R}.amazonaws.com", "s3", "a.s3.b", R, "default"),
    ("s3.amazonaws.com", "s3", "", "", "global"),
    ("mybucket.s3.amazonaws.com", "s3", "mybucket", "", "global"),
    (f"s3-{R}.amazonaws.com", "s3", "", R, "legacy"),
    (f"mybucket.s3-{R}.amazonaws.com", "s3", "mybucket", R, "legacy"),
    ("mybucket.s3-external-1.amazonaws.com", "s3", "mybucket", "", "legacy"),
    (f"mybucket.s3.dualstack.{R}.amazonaws.com", "s3", "mybucket", R, "dualstack"),
    (f"mybucket.s3-fips.{R}.amazonaws.com", "s3", "mybucket", R, "fips"),
    ("s3-fips-us-gov-west-1.amazonaws.com", "s3", "", "us-gov-west-1", "fips"),
    ("mybucket.s3-fips.dualstack.us-east-1.amazonaws.com", "s3", "mybucket", "us-east-1", "both"),
    ("mybucket.s3-accelerate.amazonaws.com", "s3-accelerate", "mybucket", "", "accelerate"),
    ("mybucket.s3-accelerate.dualstack.amazonaws.com", "s3-accelerate", "mybucket", "", "accelerate"),
    ("mybucket.s3-website-us-east-1.amazonaws.com", "s3-website", "mybucket", "us-east-1", "website"),
    ("w.example.s3-website.eu-central-1.amazonaws.com", "s3-website", "w.example", "eu-central-1", "website"),
    (f"myap-123456789012.s3-accesspoint.{R}.amazonaws.com", "s3-accesspoint", "myap-123456789012", R, "default"),
    ("ap-1.s3-accesspoint-fips.dualstack.us-west-2.amazonaws.com", "s3-accesspoint", "ap-1", "us-west-2", "both"),
    (f"123456789012.s3-control.{R}.amazonaws.com", "s3-control", "123456789012", R, "default"),
    (f"ol-123456789012.s3-object-lambda.{R}.amazonaws.com", "s3-object-lambda", "ol-123456789012", R, "default"),
    (f"ap-1.op-01ac5d28.s3-outposts.{R}.amazonaws.com", "s3-outposts", "ap-1.op-01ac5d28", R, "default"),
    (f"s3express-control.{R}.amazonaws.com", "s3express-control", "", R, "default"),
    ("mfzwi23.mrap.accesspoint.s3-global.amazonaws.com", "accesspoint.s3-global", "mfzwi23.mrap", "", "global"),
    (f"s3-r-w.{R}.amazonaws.com", "s3-r-w", "", R, "default"),
    ("mybucket.s3.cn-north-1.amazonaws.com.cn", "s3", "mybucket", "cn-north-1", "default"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "host", "resource", "region", "variant"), S3_FORMS, ids=[f[0] for f in S3_FORMS])
def test_rq8_to_rq16_s3_in_all_its_forms(name, host, resource, region, variant):
    found = read(name)
    assert (found.host, found.resource, found.region, found.variant) == (host, resource, region, variant)
    assert found.kind == "service"
    assert found.service in ("s3", "s3control", "s3outposts")
    assert found.regional is bool(region)


def test_rq14_directory_bucket_names_its_zone():
    found = read(f"mybucket--apne1-az1--x-s3.s3express-apne1-az1.{R}.amazonaws.com")
    assert (found.variant, found.zone, found.resource) == ("express", "apne1-az1", "mybucket--apne1-az1--x-s3")
    assert found.tag == "AMAZON"


def test_n5_5_address_ranges():
    assert read(f"b.s3.{R}.amazonaws.com").tag == "S3"
    assert read("b.s3-accelerate.amazonaws.com").tag == "AMAZON"
    assert read(f"dynamodb.{R}.amazonaws.com").tag == "DYNAMODB"
    assert read(f"123456789012.ddb.{R}.amazonaws.com").tag == "DYNAMODB"
    assert read(f"streams.dynamodb.{R}.amazonaws.com").tag == "AMAZON"
    assert read("ec2-54-1-2-3.compute-1.amazonaws.com").tag == "EC2"
    assert read("d111111abcdef8.cloudfront.net").tag == "CLOUDFRONT"
    assert read(f"ssm.{R}.amazonaws.com").tag == "AMAZON"


def test_ports():
    assert read(f"ssm.{R}.amazonaws.com").ports == (443,)
    assert read(f"b.s3.{R}.amazonaws.com").ports == (443, 80)
    assert read("b.s3-website-us-east-1.amazonaws.com").ports == (80,)
    assert read(f"cassandra.{R}.amazonaws.com").ports == (9142,)
    assert read(f"my-nlb-0a1b.elb.{R}.amazonaws.com").ports == ()


@pytest.mark.parametrize(
    ("name", "service", "region", "home"),
    [
        (f"{R}.queue.amazonaws.com", "sqs", R, ""),
        ("queue.amazonaws.com", "sqs", "", "us-east-1"),
        (f"{R}.elasticmapreduce.amazonaws.com", "emr", R, ""),
        ("rds.amazonaws.com", "rds", "", "us-east-1"),
        ("cn-north-1.queue.amazonaws.com.cn", "sqs", "cn-north-1", ""),
    ],
)
def test_rq27_legacy_names(name, service, region, home):
    found = read(name)
    assert (found.service, found.region, found.home, found.variant) == (service, region, home, "legacy")


@pytest.mark.parametrize(
    ("name", "service", "host", "resource"),
    [
        (f"api.ecr.{R}.amazonaws.com", "ecr", "api.ecr", ""),
        (f"monitoring.{R}.amazonaws.com", "cloudwatch", "monitoring", ""),
        (f"states.{R}.amazonaws.com", "stepfunctions", "states", ""),
        (f"sync-states.{R}.amazonaws.com", "stepfunctions", "sync-states", ""),
        (f"stream-logs.{R}.amazonaws.com", "logs", "stream-logs", ""),
        (f"data-servicediscovery.{R}.amazonaws.com", "servicediscovery", "data-servicediscovery", ""),
        (f"elasticmapreduce.{R}.amazonaws.com", "emr", "elasticmapreduce", ""),
        (f"ssmmessages.{R}.amazonaws.com", "ssm", "ssmmessages", ""),
        (f"123456789012.dkr.ecr.{R}.amazonaws.com", "ecr", "dkr.ecr", "123456789012"),
        (f"abc123.execute-api.{R}.amazonaws.com", "apigatewaymanagementapi", "execute-api", "abc123"),
        (f"123456789012.ddb.{R}.amazonaws.com", "dynamodb", "ddb", "123456789012"),
    ],
)
def test_rq26_prefixes_that_are_not_the_service_name(name, service, host, resource):
    found = read(name)
    assert (found.service, found.host, found.resource, found.region) == (service, host, resource, R)


@pytest.mark.parametrize(
    "name", ["iam", "route53", "cloudfront", "budgets", "savingsplans", "waf", "importexport", "sts"]
)
def test_n5_2_global_names(name):
    found = read(f"{name}.amazonaws.com")
    assert (found.service, found.variant, found.regional, found.listed) == (name, "global", False, True)


def test_rq24_api_aws_by_default_is_no_variant():
    assert read("freetier.us-east-1.api.aws").variant == "default"
    assert read("dsql.us-east-1.api.aws").variant == "default"
    assert read("ec2.us-east-1.api.aws").variant == "dualstack"
    assert read("monitoring-fips.us-east-1.api.aws").variant == "both"


def test_rq31_what_the_tables_list():
    assert read("api.pricing.ap-northeast-1.amazonaws.com").listed is False
    assert read("api.pricing.us-east-1.amazonaws.com").listed is True
    assert read("freetier.us-east-1.api.aws").listed is None  # no Regions told of it
    assert read(f"monitoring.{R}.api.aws").listed is None  # exists (N4.8) though endpoints.json has no such row
    assert read(f"unheard-of.{R}.amazonaws.com").listed is None
    assert read("ec2.cn-north-1.amazonaws.com").listed is False  # another partition's suffix
    assert listed("ec2", "eu-west-9") is None


@pytest.mark.parametrize(
    ("name", "endpoint", "zone", "service"),
    [
        (f"vpce-0abc-c8nebmg2.ssm.{R}.vpce.amazonaws.com", "vpce-0abc", "", "ssm"),
        (f"vpce-0abc-c8nebmg2-{R}a.ssm.{R}.vpce.amazonaws.com", "vpce-0abc", f"{R}a", "ssm"),
        (f"vpce-0abc-c8nebmg2.api.ecr.{R}.vpce.amazonaws.com", "vpce-0abc", "", "api.ecr"),
        (f"bucket.vpce-0abc-c8nebmg2.s3.{R}.vpce.amazonaws.com", "vpce-0abc", "", "s3"),
        (f"myap-1.accesspoint.vpce-0abc-c8nebmg2.s3.{R}.vpce.amazonaws.com", "vpce-0abc", "", "s3"),
        (f"vpce-0abc-c8nebmg2.vpce-svc-0def.{R}.vpce.amazonaws.com", "vpce-0abc", "", "vpce-svc-0def"),
        (f"vpce-a-ssm-c8nebmg2.ssm.{R}.vpce.amazonaws.com", "vpce-a-ssm", "", "ssm"),  # an id made by hand
        (f"vpce-a-ssm-c8nebmg2-{R}c.ssm.{R}.vpce.amazonaws.com", "vpce-a-ssm", f"{R}c", "ssm"),
        ("vpce-0abc-c8nebmg2.sts.cn-north-1.vpce.amazonaws.com.cn", "vpce-0abc", "", "sts"),
    ],
)
def test_n4_1_vpce_names(name, endpoint, zone, service):
    found = read(name)
    assert (found.kind, found.resource, found.zone, found.host) == ("vpce", endpoint, zone, service)


@pytest.mark.parametrize(
    ("name", "kind", "resource", "region"),
    [
        (f"internal-web-1234567890.{R}.elb.amazonaws.com", "elb", "internal-web-1234567890", R),
        (f"dualstack.web-1234567890.{R}.elb.amazonaws.com", "elb", "web-1234567890", R),
        (f"web-0123456789abcdef.elb.{R}.amazonaws.com", "elb", "web-0123456789abcdef", R),
        ("ec2-54-1-2-3.compute-1.amazonaws.com", "ec2", "ec2-54-1-2-3", "us-east-1"),
        (f"ec2-54-1-2-3.{R}.compute.amazonaws.com", "ec2", "ec2-54-1-2-3", R),
        (f"db.c0ffee.{R}.rds.amazonaws.com", "rds", "db.c0ffee", R),
    ],
)
def test_names_of_own_resources(name, kind, resource, region):
    found = read(name)
    assert (found.kind, found.resource, found.region) == (kind, resource, region)


@pytest.mark.parametrize(
    "name",
    ["example.com", f"ip-10-0-0-1.{R}.compute.internal", "amazonaws.com", "us-east-1.amazonaws.com", "", ".", "com",
     "notamazonaws.com", "x.amazonaws.com.example.org"],
)  # fmt: skip
def test_not_a_public_aws_name(name):
    assert classify(name) is None


def test_case_and_final_dot_do_not_matter():
    assert read("MyBucket.S3.AP-Northeast-1.AmazonAWS.com.") == read("mybucket.s3.ap-northeast-1.amazonaws.com")


def test_n5_1_suffixes_of_partitions():
    pairs = {"us-east-1": "amazonaws.com", "cn-north-1": "amazonaws.com.cn", "eusc-de-east-1": "amazonaws.eu",
             "us-iso-east-1": "c2s.ic.gov", "us-isob-east-1": "sc2s.sgov.gov", "eu-isoe-west-1": "cloud.adc-e.uk",
             "us-isof-south-1": "csp.hci.ic.gov"}  # fmt: skip
    assert {region: suffixes_of(region).suffix for region in pairs} == pairs
    assert partition_of("us-gov-east-1") == "aws-us-gov"
    assert partition_of("us-gov-north-7") == "aws-us-gov"  # newer than the tables
    assert partition_of("ap-southeast-19") == "aws"
    assert partition_of("my-bucket-1") == ""
    assert partition_of("us-east-1a") == ""


LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)


@given(st.lists(LABEL | st.sampled_from(["s3", "vpce", "elb", "dualstack", R, "compute", "queue", "*"]), max_size=6))
def test_any_name_is_read_or_refused(labels):
    found = classify(".".join([*labels, "amazonaws", "com"]))
    if found is not None:
        assert found.partition in tables().partitions
        assert found.region == "" or partition_of(found.region) == found.partition
