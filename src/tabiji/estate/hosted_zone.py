"""Route 53 hosted zone and its records."""

import msgspec

from .record import Record


class HostedZoneConfig(Record, frozen=True, kw_only=True):
    """Public or private."""

    private_zone: bool = False
    comment: str = ""


class ZoneVpc(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A VPC a private zone is associated with."""

    vpc_region: str = msgspec.field(default="", name="VPCRegion")
    vpc_id: str = msgspec.field(default="", name="VPCId")


class ResourceRecord(Record, frozen=True, kw_only=True):
    """One value."""

    value: str = ""


class AliasTarget(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Where an alias points; flattened by the resolver (names N0.v5)."""

    hosted_zone_id: str = msgspec.field(default="", name="HostedZoneId")
    dns_name: str = msgspec.field(default="", name="DNSName")
    evaluate_target_health: bool = msgspec.field(default=False, name="EvaluateTargetHealth")


class GeoLocation(Record, frozen=True, kw_only=True):
    """Of a geolocation record."""

    continent_code: str = ""
    country_code: str = ""
    subdivision_code: str = ""


class RecordSet(msgspec.Struct, frozen=True, gc=False, rename="pascal", kw_only=True, omit_defaults=True):
    """``list-resource-record-sets`` (names N2.6e)."""

    name: str
    type: str
    ttl: int | None = msgspec.field(default=None, name="TTL")
    resource_records: tuple[ResourceRecord, ...] = ()
    alias_target: AliasTarget | None = None
    set_identifier: str = ""
    weight: int | None = None
    region: str = ""
    failover: str = ""
    multi_value_answer: bool = False
    geo_location: GeoLocation | None = None
    health_check_id: str = ""


class HostedZone(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """``list-hosted-zones`` / ``get-hosted-zone`` with VPCs and records joined."""

    id: str = msgspec.field(name="Id")
    name: str = msgspec.field(name="Name")
    config: HostedZoneConfig = msgspec.field(default=HostedZoneConfig(), name="Config")
    vpcs: tuple[ZoneVpc, ...] = msgspec.field(default=(), name="VPCs")
    record_sets: tuple[RecordSet, ...] | None = msgspec.field(default=None, name="ResourceRecordSets")
    """None: the records were not collected."""


class HostedZoneRecords(Record, frozen=True, kw_only=True):
    """Records of one zone, id put in by the collector."""

    hosted_zone_id: str
    resource_record_sets: tuple[RecordSet, ...] = ()


class HostedZoneSummary(Record, frozen=True, kw_only=True):
    """``list-hosted-zones-by-vpc``: also zones of other accounts and services (ECO61)."""

    hosted_zone_id: str
    name: str = ""


class HostedZonesByVpc(Record, frozen=True, kw_only=True):
    """That list for one VPC, id put in by the collector."""

    vpc_id: str
    hosted_zone_summaries: tuple[HostedZoneSummary, ...] = ()
