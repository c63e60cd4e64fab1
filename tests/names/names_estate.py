"""A compact way to build estates for the name tests."""

from __future__ import annotations

from typing import Any, NamedTuple

from tabiji.estate import Estate
from tabiji.estate.coverage import Coverage
from tabiji.estate.hosted_zone import AliasTarget, HostedZone, HostedZoneConfig, RecordSet, ResourceRecord, ZoneVpc
from tabiji.estate.kinds import BY_NAME, record_id
from tabiji.estate.network_interface import EniAddress, EniIpv6, NetworkInterface, PublicAssociation
from tabiji.estate.resolver import ResolverEndpoint, ResolverIp, ResolverRule, ResolverRuleAssociation, TargetIp
from tabiji.estate.site import Switch
from tabiji.estate.subnet import Subnet
from tabiji.estate.vpc import Vpc, VpcAttributes
from tabiji.estate.vpc_endpoint import DnsEntry, EndpointDnsOptions, VpcEndpoint
from tabiji.packet.address import parse_address

REGION = "ap-northeast-1"


class At(NamedTuple):
    """A vantage."""

    kind: str = "internet"
    eni: str = ""
    vpc: str = ""
    subnet: str = ""
    site: str = ""
    host: str = ""
    address: int = 0


INTERNET = At()


def inside(vpc: str, subnet: str = "", host: str = "") -> At:
    return At(kind="eni", vpc=vpc, subnet=subnet, host=host)


def on_site(site: str, host: str = "", address: str = "") -> At:
    return At(kind="site", site=site, host=host, address=parse_address(address) if address else 0)


class World:
    """Records, put together piece by piece."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Any]] = {}
        self.coverage = Coverage()

    def add(self, kind: str, *records: Any) -> World:
        self.rows.setdefault(kind, []).extend(records)
        return self

    def estate(self) -> Estate:
        tables = {
            name: {record_id(BY_NAME[name], record): record for record in rows} for name, rows in self.rows.items()
        }
        return Estate(tables, coverage=self.coverage)

    def vpc(
        self,
        name: str,
        cidr: str,
        flags: str = "TT",
        zones: tuple[str, ...] = ("a", "c"),
        region: str = REGION,
        **extra: Any,
    ) -> World:
        self.add("vpcs", Vpc(vpc_id=name, cidr_block=cidr, **extra))
        if flags:
            self.add(
                "vpc_attributes",
                VpcAttributes(vpc_id=name, enable_dns_support=flags[0] == "T", enable_dns_hostnames=flags[1] == "T"),
            )
        for zone in zones:
            self.add(
                "subnets",
                Subnet(
                    subnet_id=f"subnet-{name}-{zone}",
                    vpc_id=name,
                    cidr_block=cidr,
                    availability_zone=f"{region}{zone}",
                ),
            )
        return self

    def eni(
        self, name: str, vpc: str, address: str, zone: str = "a", public: str = "", six: str = "", **extra: Any
    ) -> World:
        return self.add(
            "network_interfaces",
            NetworkInterface(
                network_interface_id=name,
                vpc_id=vpc,
                subnet_id=f"subnet-{vpc}-{zone}",
                private_ip_address=address,
                private_ip_addresses=(
                    EniAddress(
                        private_ip_address=address,
                        primary=True,
                        association=PublicAssociation(public_ip=public) if public else None,
                    ),
                ),
                ipv6_addresses=(EniIpv6(ipv6_address=six),) if six else (),
                **extra,
            ),
        )

    def endpoint(
        self,
        name: str,
        vpc: str,
        service: str,
        addresses: dict[str, str],
        private: tuple[str, ...] | None = (),
        *,
        region: str = REGION,
        private_dns: bool = True,
        only_inbound: bool | None = None,
        listed: bool = True,
        **extra: Any,
    ) -> World:
        """An interface endpoint; ``addresses`` by AZ letter; ``private`` names, () for the service's plain one."""
        enis = []
        for zone, address in addresses.items():
            eni = f"eni-{name}-{zone}"
            self.eni(eni, vpc, address, zone)
            enis.append(eni)
        tail = ".".join(reversed(service.split(".")))
        names = [f"vpce-{name}-abcd1234.{tail}.{region}.vpce.amazonaws.com"]
        names += [f"vpce-{name}-abcd1234-{region}{z}.{tail}.{region}.vpce.amazonaws.com" for z in addresses]
        entries = [DnsEntry(dns_name=n, hosted_zone_id="Z2E726K9Y6RL4W") for n in names]
        if private_dns and private is not None:
            for each in private or (f"{tail}.{region}.amazonaws.com",):
                entries.append(DnsEntry(dns_name=each, hosted_zone_id="Z06320943MMOWYG6MAVL9"))
        return self.add(
            "vpc_endpoints",
            VpcEndpoint(
                vpc_endpoint_id=f"vpce-{name}",
                vpc_id=vpc,
                service_name=f"com.amazonaws.{region}.{service}",
                subnet_ids=tuple(f"subnet-{vpc}-{z}" for z in addresses),
                network_interface_ids=tuple(enis),
                private_dns_enabled=private_dns,
                dns_entries=tuple(entries) if listed else (),
                dns_options=EndpointDnsOptions(private_dns_only_for_inbound_resolver_endpoint=only_inbound),
                **extra,
            ),
        )

    def gateway_endpoint(self, name: str, vpc: str, service: str = "s3", region: str = REGION) -> World:
        return self.add(
            "vpc_endpoints",
            VpcEndpoint(
                vpc_endpoint_id=f"vpce-{name}",
                vpc_id=vpc,
                vpc_endpoint_type="Gateway",
                service_name=f"com.amazonaws.{region}.{service}",
            ),
        )

    def zone(self, name: str, records: dict[str, Any] | None, *vpcs: str, zone_id: str = "") -> World:
        """A hosted zone: ``{"www A": "10.0.0.1", "@ A": alias("...")}``; private when VPCs are given."""
        sets = None
        if records is not None:
            sets = tuple(record_set(key, value, name) for key, value in records.items())
        return self.add(
            "hosted_zones",
            HostedZone(
                id=f"/hostedzone/{zone_id or 'Z' + name.upper().replace('.', '')}",
                name=name + ".",
                config=HostedZoneConfig(private_zone=bool(vpcs)),
                vpcs=tuple(ZoneVpc(vpc_id=v, vpc_region=REGION) for v in vpcs),
                record_sets=sets,
            ),
        )

    def inbound(self, name: str, vpc: str, *addresses: str, **extra: Any) -> World:
        for n, address in enumerate(addresses):
            self.eni(f"eni-{name}-{n}", vpc, address)
        return self.add(
            "resolver_endpoints",
            ResolverEndpoint(
                id=name,
                direction="INBOUND",
                host_vpc_id=vpc,
                ip_addresses=tuple(ResolverIp(ip=a, subnet_id=f"subnet-{vpc}-a") for a in addresses),
                **extra,
            ),
        )

    def outbound(self, name: str, vpc: str, *addresses: str) -> World:
        for n, address in enumerate(addresses):
            self.eni(f"eni-{name}-{n}", vpc, address)
        return self.add(
            "resolver_endpoints",
            ResolverEndpoint(
                id=name,
                direction="OUTBOUND",
                host_vpc_id=vpc,
                ip_addresses=tuple(ResolverIp(ip=a, subnet_id=f"subnet-{vpc}-a") for a in addresses),
            ),
        )

    def rule(
        self, domain: str, vpcs: tuple[str, ...], targets: tuple[str, ...] = (), endpoint: str = "out", kind: str = ""
    ) -> World:
        rule_id = f"rule-{domain}"
        self.add(
            "resolver_rules",
            ResolverRule(
                id=rule_id,
                domain_name=domain,
                rule_type=kind or "FORWARD",
                resolver_endpoint_id=endpoint if targets else "",
                target_ips=tuple(TargetIp(ip=t) for t in targets),
            ),
        )
        for vpc in vpcs:
            self.add(
                "resolver_rule_associations",
                ResolverRuleAssociation(id=f"{rule_id}-{vpc}", resolver_rule_id=rule_id, vpc_id=vpc),
            )
        return self

    def switch(self, fact: str, value: str) -> World:
        return self.add("switches", Switch(fact=fact, value=value))


def alias(target: str, zone: str = "ZELSEWHERE") -> AliasTarget:
    return AliasTarget(dns_name=target, hosted_zone_id=zone)


def record_set(key: str, value: Any, zone: str, **extra: Any) -> RecordSet:
    owner, rtype = key.split()
    name = f"{zone}." if owner == "@" else f"{owner}.{zone}."
    if isinstance(value, AliasTarget):
        return RecordSet(name=name, type=rtype, alias_target=value, **extra)
    values = (value,) if isinstance(value, str) else tuple(value)
    return RecordSet(
        name=name, type=rtype, ttl=300, resource_records=tuple(ResourceRecord(value=v) for v in values), **extra
    )
