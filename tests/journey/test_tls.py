"""Which certificate answers, and does it cover the name (RQ42-RQ47)."""

import pytest

from journey.kit import R, ask, codes, estate, interface, story
from tabiji.findings.finding import BLOCKER, NOTE
from tabiji.journey.tls import aws_names, matches


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("s3.example", "s3.example", True),
        ("S3.example", "s3.EXAMPLE.", True),
        ("*.s3.example", "b.s3.example", True),
        ("*.s3.example", "a.b.s3.example", False),
        ("*.s3.example", "s3.example", False),
        ("*.s3.example", ".s3.example", False),
    ],
)
def test_rq47_a_wildcard_is_one_label(pattern, name, expected):
    assert matches(pattern, name) is expected


def relay(**more):
    return {"server": {"instance": "server", **more}}


def through_relay(name, host=None, source="app"):
    hosts = {"app": {"instance": "app", "hosts_file": {name: "10.0.2.20"}}, **relay(**(host or {}))}
    return ask(estate(hosts=hosts), source, f"https://{name}/")


@pytest.mark.parametrize(
    "name", [f"s3-{R}", f"s3.{R}", f"bucket.s3.{R}", f"bucket.s3-{R}", "bucket.s3.amazonaws.com", f"s3.dualstack.{R}"]
)
def test_rq42c_rq43_a_relay_shows_s3s_own_certificate(name):
    told = through_relay(name, {"relays": f"s3.{R}:443"})
    assert told.verdict == "reachable", story(told)
    assert codes(told, "tls") == []


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("relay.corp.example", "RQ42f"),
        (f"a.b.s3.{R}", "RQ47"),
        ("s3.us-west-2.amazonaws.com", "RQ43"),
        (f"sqs.{R}", "RQ43"),
    ],
)
def test_rq42_a_relay_asked_by_another_name_fails(name, fact):
    told = through_relay(name, {"relays": f"s3.{R}:443"})
    assert told.verdict == "blocked", story(told)
    (found,) = [f for f in told.findings if f.leg == "tls"]
    assert (found.code, found.severity) == ("tls.name_mismatch", BLOCKER)
    assert fact in found.facts
    assert found.param("via") == "server"


def test_rq42d_asked_by_address():
    told = ask(estate(hosts=relay(relays=f"s3.{R}")), "app", "https://10.0.2.20/")
    assert told.verdict == "blocked"
    assert [f.facts for f in told.findings if f.leg == "tls"] == [("RQ42d",)]


def test_an_address_and_a_port_is_a_question_about_packets():
    told = ask(estate(hosts=relay(relays=f"s3.{R}")), "app", "10.0.2.20:443")
    assert told.verdict == "reachable"
    assert codes(told, "tls") == []


def test_a_name_of_s3_not_seen_on_its_certificate_is_a_note():
    told = through_relay(f"bucket.s3-fips.{R}", {"relays": f"s3.{R}"})
    assert told.verdict == "reachable"
    assert codes(told, "tls") == ["note.certificate_assumed"]


def test_an_aws_name_at_a_server_of_ones_own_is_taken_for_a_relay():
    told = through_relay(f"s3.{R}")
    assert told.verdict == "reachable"
    assert [(f.code, f.severity) for f in told.findings if f.leg == "tls"] == [("note.relay_assumed", NOTE)]


# Servers of one's own ------------------------------------------------------------


def own(certificate, name="app.corp.example", **more):
    return through_relay(name, {"certificate": certificate, **more})


def test_own_certificate_covers():
    assert own(["*.corp.example"]).verdict == "reachable"
    assert own("app.corp.example").verdict == "reachable"


def test_own_certificate_does_not_cover():
    told = own(["www.corp.example"])
    assert told.verdict == "blocked"
    assert codes(told, "tls") == ["tls.name_mismatch"]
    assert own(["www.corp.example"], name=f"s3.{R}").verdict == "blocked"


def test_rq42f_a_private_ca_must_be_trusted():
    told = own("app.corp.example", certificate_ca="corp-ca")
    assert told.verdict == "blocked"
    (found,) = [f for f in told.findings if f.leg == "tls"]
    assert (found.code, found.param("ca"), found.param("host")) == ("tls.unknown_ca", "corp-ca", "app")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({"trusts": ["corp-ca"]}, []), ({"environment": {"AWS_CA_BUNDLE": "/etc/ca.pem"}}, ["note.ca_assumed"])],
)
def test_a_client_that_trusts_the_private_ca(settings, expected):
    hosts = {
        "app": {"instance": "app", "hosts_file": {"app.corp.example": "10.0.2.20"}, **settings},
        **relay(certificate="app.corp.example", certificate_ca="corp-ca"),
    }
    told = ask(estate(hosts=hosts), "app", "https://app.corp.example/")
    assert told.verdict == "reachable", story(told)
    assert codes(told, "tls") == expected


def test_no_certificate_known_is_a_note():
    told = through_relay("app.corp.example")
    assert told.verdict == "reachable"
    assert codes(told, "tls") == ["note.certificate_assumed"]


# AWS endpoints ---------------------------------------------------------------------


def endpoint_estate(service="ssm", **more):
    return estate(endpoints={service: interface(id="vpce-0123456789abcdef0", ips={"ends": "10.0.2.7"}, **more)})


def vpce_name(service, zone="", prefix=""):
    return f"{prefix}vpce-0123456789abcdef0-abcdefgh{zone}.{service}.ap-northeast-1.vpce.amazonaws.com"


def test_rq45_an_interface_endpoint_covers_service_and_endpoint_names():
    held = endpoint_estate()
    for name in (f"ssm.{R}", *(e.dns_name for e in held.vpc_endpoints["vpce-0123456789abcdef0"].dns_entries)):
        told = ask(held, "app", f"https://{name}/")
        assert told.verdict == "reachable", f"{name} {story(told)}"
        assert codes(told, "tls") == [], name


def test_rq42d_an_interface_endpoint_by_address():
    told = ask(endpoint_estate(), "app", "https://10.0.2.7/")
    assert told.verdict == "blocked"
    assert codes(told, "tls") == ["tls.name_mismatch"]


@pytest.mark.parametrize("name", [f"logs.{R}", "ssm.us-east-1.amazonaws.com", "ssm.corp.example"])
def test_another_name_pointed_at_an_endpoint(name):
    held = estate(
        endpoints={"ssm": interface(ips={"ends": "10.0.2.7"})},
        hosts={"app": {"instance": "app", "hosts_file": {name: "10.0.2.7"}}},
    )
    told = ask(held, "app", f"https://{name}/")
    assert told.verdict == "blocked", story(told)
    assert codes(told, "tls") == ["tls.name_mismatch"]


def test_rq46_the_names_of_an_s3_interface_endpoint_are_a_switch():
    held = endpoint_estate("s3")
    entry = held.vpc_endpoints["vpce-0123456789abcdef0"].dns_entries[0].dns_name
    name = entry.replace("*", "bucket")
    told = ask(held, "app", f"https://{name}/b/k")
    assert told.verdict == "reachable"
    assert [(f.code, f.facts) for f in told.findings if f.leg == "tls"] == [("note.certificate_assumed", ("RQ46",))]
    known = estate(endpoints={"s3": interface(id="vpce-0123456789abcdef0")}, switches={"RQ46": "covers"})
    assert codes(ask(known, "app", f"https://{name}/b/k"), "tls") == []
    open_ = estate(endpoints={"s3": interface(id="vpce-0123456789abcdef0")}, switches={"RQ46": "undetermined"})
    assert ask(open_, "app", f"https://{name}/b/k").verdict == "undetermined"


def test_rq43_names_of_other_partitions_and_of_no_region():
    assert "*.s3.cn-north-1.amazonaws.com.cn" in aws_names("s3", "cn-north-1")
    assert aws_names("ssm", "") == ()


# Inspection ------------------------------------------------------------------------


def inspected(host=None):
    sites = {
        "tokyo": {
            "prefixes": ["192.168.10.0/24"], "attachments": ["dx"], "public_address": "198.51.100.7",
            "tls_inspection": "corp-ca",
            "hosts": {"laptop": {"address": "192.168.10.20", **(host or {})}},
        }
    }  # fmt: skip
    return estate(
        endpoints={"ssm": interface(ips={"ends": "10.0.2.7"})},
        sites=sites,
        open_to="192.168.10.0/24",
        public_names={"www.example.com": "203.0.113.80"},
    )


def test_a_site_that_opens_tls_shows_its_own_ca():
    told = ask(inspected(), "laptop", "https://www.example.com/")
    assert told.verdict == "blocked", story(told)
    assert codes(told, "tls") == ["tls.unknown_ca"]
    trusted = ask(inspected({"trusts": "corp-ca"}), "laptop", "https://www.example.com/")
    assert trusted.verdict == "reachable"
    assert codes(trusted, "tls") == ["note.tls_inspected"]


def test_tls_to_a_vpc_is_not_opened():
    held = inspected({"hosts_file": {f"ssm.{R}": "10.0.2.7"}})
    told = ask(held, "laptop", f"https://ssm.{R}/")
    assert told.verdict == "reachable", story(told)
    assert codes(told, "tls") == []


# Scope -----------------------------------------------------------------------------


def test_plain_http_has_no_certificate():
    assert codes(ask(estate(hosts=relay(certificate="x.example")), "app", "http://10.0.2.20/"), "tls") == []


def test_a_public_server_nobody_knows_is_not_judged():
    held = estate(public_names={"www.example.com": "203.0.113.80"})
    told = ask(held, "app", "https://www.example.com/")
    assert told.verdict == "reachable"
    assert codes(told, "tls") == []


def test_a_blocked_packet_meets_no_certificate():
    told = ask(estate(hosts=relay(certificate="x.example"), open_to="172.16.0.0/12"), "app", "https://10.0.2.20/")
    assert told.verdict == "blocked"
    assert codes(told, "tls") == []
