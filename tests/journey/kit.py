"""Small estates and journeys for the tests of this folder."""

import json

from tabiji.estate import Estate
from tabiji.journey.engine import journey, walk_request
from tabiji.journey.model import Journey
from tabiji.request.parse import parse_request
from tabiji.request.vantage import find_vantage
from tabiji.sources.document import estate_of

REGION = "ap-northeast-1"
R = f"{REGION}.amazonaws.com"
ROLE = "arn:aws:iam::111122223333:role/app"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action="*", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Principal": "*", **more}


def deny(action="*", resource="*", **more):
    return allow(action, resource, **more) | {"Effect": "Deny"}


def estate(endpoints=None, hosts=None, sites=None, open_to="10.0.0.0/8", **sections) -> Estate:
    """One VPC: an application, a server, interface endpoints in one subnet, a way out."""
    return estate_of(
        {
            "account": "111122223333",
            "region": REGION,
            "vpcs": {
                "main": {
                    "cidr": "10.0.0.0/16",
                    "dns_hostnames": True,
                    "igw": True,
                    "vgw": True,
                    "propagate": True,
                    "subnets": {
                        "app": {"cidr": "10.0.1.0/24", "az": "a", "routes": {"0.0.0.0/0": "igw"}},
                        "ends": {"cidr": "10.0.2.0/24", "az": "a"},
                    },
                    "security_groups": {
                        "open": {"in": f"all from {open_to}"},
                        "https": {"in": f"https from {open_to}"},
                    },
                    "endpoints": endpoints or {},
                    "instances": {
                        "app": {"subnet": "app", "ip": "10.0.1.10", "sg": "open", "public": "203.0.113.10"},
                        "server": {"subnet": "ends", "ip": "10.0.2.20", "sg": "open"},
                    },
                }
            },
            "direct_connect_gateways": {"dx": {"associations": {"vgw-main": ["10.0.0.0/16"]}}},
            "sites": sites
            or {
                "tokyo": {"prefixes": ["192.168.10.0/24"], "attachments": ["dx"], "hosts": {"laptop": "192.168.10.20"}}
            },
            "hosts": hosts or {},
            **sections,
        }
    )


def interface(**more):
    return {"subnets": ["ends"], "sg": "https", **more}


def ask(held: Estate, source: str, target: str, call=None) -> Journey:
    return walk_request(held, find_vantage(held, source), parse_request(target), call=call)


def ask_fully(held: Estate, source: str, target: str) -> Journey:
    return journey(held, find_vantage(held, source), parse_request(target))


def codes(told: Journey, leg: str = "") -> list[str]:
    return [f.code for f in told.findings if not leg or f.leg == leg]


def story(told: Journey) -> str:
    return json.dumps([(f.code, f.severity, f.component) for f in told.findings])
