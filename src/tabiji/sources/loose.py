"""Raw API answers whose shape is not ``{key: [records]}``, turned into records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from ..estate.hosted_zone import HostedZone, ZoneVpc
from ..estate.load_balancer import Listener, LoadBalancerListeners
from ..estate.record import Record
from ..estate.vpc import VpcAttributes

Pairs = Iterable[tuple[str, list[Any]]]


class Flag(Record, frozen=True, kw_only=True):
    """An attribute value."""

    value: bool


class VpcAttributeAnswer(Record, frozen=True, kw_only=True):
    """``describe-vpc-attribute``: one attribute of one VPC."""

    vpc_id: str
    enable_dns_support: Flag | None = None
    enable_dns_hostnames: Flag | None = None


class HostedZoneAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``get-hosted-zone``: the VPCs stand beside the zone."""

    zone: HostedZone = msgspec.field(name="HostedZone")
    vpcs: tuple[ZoneVpc, ...] = msgspec.field(default=(), name="VPCs")


class ResolverConfig(Record, frozen=True, kw_only=True):
    """``list-resolver-configs`` (names N2.5e)."""

    resource_id: str
    autodefined_reverse: str = "ENABLED"


def _vpc_attribute(rows: list[VpcAttributeAnswer]) -> Pairs:
    for row in rows:
        support, hostnames = row.enable_dns_support, row.enable_dns_hostnames
        yield (
            "vpc_attributes",
            [
                VpcAttributes(
                    vpc_id=row.vpc_id,
                    enable_dns_support=support.value if support else None,
                    enable_dns_hostnames=hostnames.value if hostnames else None,
                )
            ],
        )


def _hosted_zone(rows: list[HostedZoneAnswer]) -> Pairs:
    yield "hosted_zones", [replace(row.zone, vpcs=row.vpcs) for row in rows]


def _resolver_configs(rows: list[ResolverConfig]) -> Pairs:
    yield (
        "vpc_attributes",
        [
            VpcAttributes(
                vpc_id=r.resource_id, autodefined_reverse=r.autodefined_reverse not in ("DISABLED", "DISABLING")
            )
            for r in rows
        ],
    )


def _listeners(rows: list[Listener]) -> Pairs:
    yield (
        "load_balancer_listeners",
        [LoadBalancerListeners(load_balancer_arn=r.load_balancer_arn, listeners=(r,)) for r in rows],
    )


class Loose(NamedTuple):
    """How to read one such answer: the type of an entry and what records it gives."""

    type: Any
    records: Callable[[list[Any]], Pairs]


BY_LOOSE_KEY: dict[str, Loose] = {
    "ResolverConfigs": Loose(ResolverConfig, _resolver_configs),
    "Listeners": Loose(Listener, _listeners),
}
"""Lists under a key of their own."""

WHOLE: dict[str, Loose] = {
    "VpcId": Loose(VpcAttributeAnswer, _vpc_attribute),
    "HostedZone": Loose(HostedZoneAnswer, _hosted_zone),
}
"""Answers in which the whole document is one entry, told by a key it has."""
