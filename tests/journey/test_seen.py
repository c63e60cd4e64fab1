"""What clients print for each kind of failure (data-plane 15.3, ER1, RQ39, HAR3-HAR13)."""

import pytest

from journey.kit import R, allow, ask, estate, interface, policy, story
from tabiji.journey.permission import ApiCall
from tabiji.journey.seen import AWS, AWS_V1, BROWSER, CURL, TABLE, all_seen, endpoint_url, fitting, outcome, seen
from tabiji.request.parse import parse_request

SSM = f"https://ssm.{R}/"


def closed(subnets=("ends",)):
    return estate(endpoints={"ssm": interface(subnets=list(subnets))}, open_to="172.16.0.0/12")


def texts(told):
    return {row.client: (row.text, row.exit) for row in all_seen(told)}


def test_15_3_a_silent_drop_on_the_way_there():
    told = ask(closed(), "app", SSM)
    assert texts(told) == {
        AWS: (f'Connect timeout on endpoint URL: "{SSM}"', 255),
        CURL: (f"curl: (28) Failed to connect to ssm.{R} port 443 ...", 28),
        BROWSER: ("net::ERR_CONNECTION_TIMED_OUT", None),
    }
    assert told.seen == all_seen(told)


def test_er1_rq39_waiting_for_one_address_and_for_two():
    one = ask(closed(), "app", SSM)
    assert [seen(one, client).seconds for client in (AWS, AWS_V1)] == [180, 300]
    assert [seen(one, client).seconds for client in (CURL, BROWSER)] == [None, None]
    from tabiji.sources import apply_overlay

    two = apply_overlay(
        closed(), {"subnets": {"more": {"vpc": "main", "cidr": "10.0.3.0/24", "az": "c"}},
                   "endpoints": {"vpce-main-ssm": {"subnets": ["ends", "more"]}}},
    )  # fmt: skip
    both = ask(two, "app", SSM)
    assert len(both.paths) == 2, story(both)
    assert [seen(both, client).seconds for client in (AWS, AWS_V1)] == [360, 600]


def test_w12_a_drop_on_the_way_back_looks_the_same():
    """The reply's subnet NACL refuses: to the client that is a connect timeout too."""
    held = estate(
        endpoints={"ssm": interface()},
        network_acls={
            "shut": {"vpc": "main", "subnets": ["ends"], "in": ["100 allow all from 0.0.0.0/0"],
                     "out": ["100 deny all to 0.0.0.0/0"]}
        },
    )  # fmt: skip
    told = ask(held, "app", SSM)
    assert told.verdict == "blocked", story(told)
    assert {f.leg for f in told.findings if f.severity == "blocker"} == {"reply"}
    found = seen(told)
    assert (found.outcome, found.text) == ("drop", f'Connect timeout on endpoint URL: "{SSM}"')
    assert "W12" in found.facts


def listening(port):
    return estate(hosts={"server": {"instance": "server", "listens": f"tcp/{port}"}})


def test_15_3_a_closed_port_is_refused_at_once():
    told = ask(listening(80), "app", "https://10.0.2.20/")
    assert {row.client: (row.text, row.exit, row.seconds) for row in all_seen(told)} == {
        CURL: ("curl: (7) Failed to connect to 10.0.2.20 port 443 ...", 7, 0),
        BROWSER: ("net::ERR_CONNECTION_REFUSED", None, 0),
    }
    assert seen(told, AWS).text == 'Could not connect to the endpoint URL: "https://10.0.2.20/"'


def test_15_3_no_local_route():
    held = estate(hosts={"app": {"instance": "app", "routes": {"10.0.2.0/24": "docker0"}}})
    told = ask(held, "app", "https://10.0.2.20/")
    assert outcome(told)[0] == "unreachable", story(told)
    assert (seen(told, CURL).exit, seen(told, BROWSER).text) == (7, "net::ERR_ADDRESS_UNREACHABLE")


def test_15_3_er3_dns_has_the_text_of_a_refusal():
    told = ask(
        estate(hosted_zones={"corp.example": {"vpcs": ["main"], "records": {}}}), "app", "https://x.corp.example/"
    )
    assert told.verdict == "blocked", story(told)
    assert outcome(told)[0] == "dns"
    assert seen(told, AWS).text == 'Could not connect to the endpoint URL: "https://x.corp.example/"'
    assert (seen(told, CURL).text, seen(told, CURL).exit) == ("curl: (6) Could not resolve host: x.corp.example", 6)
    assert (seen(told, BROWSER).text, seen(told, BROWSER).facts) == ("net::ERR_NAME_NOT_RESOLVED", ("HAR6",))


def test_har7_a_silent_dns_server_takes_its_time():
    held = estate(hosts={"app": {"instance": "app", "nameservers": "10.0.2.99"}})
    told = ask(held, "app", "https://x.corp.example/")
    assert told.verdict == "blocked", story(told)
    assert outcome(told)[0] == "dns_silent", story(told)
    assert seen(told, BROWSER).seconds == 26
    waited = sum(answer.elapsed for answer in told.resolutions)
    assert waited > 0
    assert [seen(told, client).seconds for client in (AWS, AWS_V1)] == [int(waited * 3), int(waited * 5)]


def test_15_3_certificate_of_another_name():
    held = estate(hosts={"server": {"instance": "server", "certificate": "x.example"}})
    told = ask(held, "app", "https://10.0.2.20/")
    assert texts(told) == {
        CURL: ("curl: (60) SSL: no alternative certificate subject name matches target host name '10.0.2.20'", 60),
        BROWSER: ("net::ERR_CERT_COMMON_NAME_INVALID", None),
    }
    assert seen(told, AWS).text == "SSL validation failed ... CERTIFICATE_VERIFY_FAILED"
    assert seen(told, AWS).seconds == 0


def test_har11_an_unknown_ca():
    held = estate(
        hosts={
            "app": {"instance": "app", "hosts_file": {"app.corp.example": "10.0.2.20"}},
            "server": {"instance": "server", "certificate": "app.corp.example", "certificate_ca": "corp"},
        }
    )
    told = ask(held, "app", "https://app.corp.example/")
    assert (seen(told, CURL).exit, seen(told, BROWSER).text) == (60, "net::ERR_CERT_AUTHORITY_INVALID")


def test_15_2_a_denial_is_an_answer():
    held = estate(endpoints={"ssm": interface(policy=policy(allow("ssm:GetParameter")))})
    call = ApiCall(service="ssm", operation="StartSession", principal="arn:aws:iam::111122223333:role/app")
    told = ask(held, "app", SSM, call)
    assert told.verdict == "blocked", story(told)
    found = {row.client: row for row in told.seen}
    assert found[AWS].text == (
        "An error occurred (AccessDenied) when calling the StartSession operation: "
        "User: arn:aws:iam::111122223333:role/app is not authorized to perform: ssm:StartSession "
        "because no VPC endpoint policy allows the ssm:StartSession action"
    )
    assert (found[AWS].exit, found[AWS].seconds) == (254, 0)
    assert found[BROWSER].facts == ("HAR13",)
    assert found[CURL].text.startswith("HTTP 403: User: ")


def test_nothing_to_see_where_it_works_or_cannot_be_told():
    held = estate(endpoints={"ssm": interface()})
    told = ask(held, "app", SSM)
    assert told.verdict == "reachable"
    assert told.seen == ()
    assert seen(told) is None


@pytest.mark.parametrize(
    ("target", "clients"),
    [
        (SSM, (AWS, CURL, BROWSER)),
        ("https://www.example.com/", (CURL, BROWSER)),
        ("www.example.com", (CURL, BROWSER)),
        ("ssh://10.0.2.20", ()),
        ("ping://10.0.2.20", ()),
        ("10.0.2.20:5432", ()),
    ],
)
def test_clients_a_person_would_use(target, clients):
    held = closed()
    told = ask(held, "app", target)
    assert fitting(told) == clients


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("https://s3.example/b", "https://s3.example/b"),
        ("s3.example", "https://s3.example/"),
        ("http://s3.example:8080/x", "http://s3.example:8080/x"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
    ],
)
def test_endpoint_url(target, url):
    import msgspec

    told = ask(closed(), "app", "10.0.2.20:443")
    assert endpoint_url(msgspec.structs.replace(told, request=parse_request(target))) == url


def test_every_cell_of_the_table_fills():
    for rows in TABLE.values():
        for words in rows.values():
            assert "{" not in words.text.format(url="u", host="h", port=1)
