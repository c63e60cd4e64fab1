"""Condition keys that the way of a request settles (IA4, IA6, IA8, GE6)."""

from __future__ import annotations

import msgspec

WITH_VPC_ARN = frozenset(("s3", "kms", "lambda", "iam", "ecr", "ecs"))
"""IA4: services known to get ``aws:SourceVpcArn`` and ``aws:VpceAccount``; of others nothing is known."""
ENDPOINT_KEYS = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip")
OWNER_KEYS = ("aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths")
NETWORK_KEYS = frozenset(("aws:sourceip", *ENDPOINT_KEYS, *OWNER_KEYS))
"""Keys whose presence hangs on the way alone."""


class Way(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How a request reached the service.

    ``endpoint`` with its VPC, account and Region, empty when it came over the
    Internet.  ``source`` is the sender's address as the service sees it: a
    private one through an endpoint, else the public one; empty when not known.
    """

    endpoint: str = ""
    vpc: str = ""
    account: str = ""
    region: str = ""
    partition: str = "aws"
    source: str = ""
    tls: bool = True
    outside_vpc: bool = False
    """It came to the endpoint from outside any VPC (IA8)."""


def network_keys(
    way: Way, service: str, *, trust_ia8: bool = True
) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """Keys the request has, and keys it certainly lacks.

    ``trust_ia8``: is the address of a sender outside AWS what the service sees
    through an endpoint?  Otherwise that key is left open.
    """
    held: dict[str, tuple[str, ...]] = {
        "aws:securetransport": ("true" if way.tls else "false",),
        # IA6: the client calls itself, no service does it for it.
        "aws:viaawsservice": ("false",),
        "aws:principalisawsservice": ("false",),
    }
    absent = {"aws:calledvia", "aws:calledviafirst", "aws:calledvialast"}
    if not way.endpoint:
        absent.update(ENDPOINT_KEYS)
        absent.update(OWNER_KEYS)
        if way.source:
            held["aws:sourceip"] = (way.source,)
        return held, frozenset(absent)
    absent.add("aws:sourceip")  # IA4, GE6
    held["aws:sourcevpce"] = (way.endpoint,)
    if way.vpc:
        held["aws:sourcevpc"] = (way.vpc,)
    if way.source and (trust_ia8 or not way.outside_vpc):
        held["aws:vpcsourceip"] = (way.source,)
    if service in WITH_VPC_ARN:
        if way.account:
            held["aws:vpceaccount"] = (way.account,)
        if way.vpc and way.account and way.region:
            held["aws:sourcevpcarn"] = (f"arn:{way.partition}:ec2:{way.region}:{way.account}:vpc/{way.vpc}",)
    return held, frozenset(absent)
