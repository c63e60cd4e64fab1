"""Public AWS host names taken apart: service, Region, variant and resource of a name (section 5, RQ8-RQ31).

The tables come from ``data/public_services.json`` (see docs/catalogue.md) and
are read at the first question.
"""

from __future__ import annotations

import os
from functools import cache, lru_cache

import msgspec

S3, DYNAMODB, EC2, CLOUDFRONT, AMAZON = "S3", "DYNAMODB", "EC2", "CLOUDFRONT", "AMAZON"
"""Service tags of the published address ranges (N5.5)."""


class ServiceName(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One public AWS host name.

    ``kind``: ``service`` (an API or S3), ``vpce`` (a name of a VPC endpoint),
    ``elb``, ``ec2``, ``rds`` (a resource's own name), ``cloudfront``.
    ``service`` is botocore's name, empty when no table knows the host.
    ``host`` is the part left of the Region without resource and variant
    (``s3-control``, ``api.ecr``); of a vpce name the service's labels.
    ``variant``: ``default``, ``fips``, ``dualstack``, ``both``, ``legacy``
    (forms only older clients use), ``global`` (no Region), ``website``,
    ``accelerate``, ``express``.  ``resource`` is what stands in front:
    bucket, account, endpoint or balancer.  ``zone`` is the AZ a vpce name or
    the AZ id a directory bucket names.  ``home`` is the signing Region of a
    name without Region.  ``tag`` is the address range its public answers
    come from; ``ports`` those that answer, empty when not established.
    ``listed``: do the tables list this variant in this Region?  None: they do
    not say (RQ31).
    """

    name: str
    partition: str
    kind: str
    service: str = ""
    host: str = ""
    region: str = ""
    variant: str = "default"
    resource: str = ""
    zone: str = ""
    home: str = ""
    tag: str = AMAZON
    ports: tuple[int, ...] = (443,)
    listed: bool | None = None

    @property
    def regional(self) -> bool:
        """Does the name carry its Region?"""
        return bool(self.region)


class Partition(msgspec.Struct, frozen=True, gc=False):
    """DNS suffixes of a partition (N5.1) and its Regions; ``heads`` begin Regions not yet listed."""

    suffix: str
    dual: str
    heads: tuple[str, ...]
    regions: tuple[str, ...]


class _Service(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Ports, and per variant a bit for each Region that lists it."""

    ports: tuple[int, ...]
    default: int
    fips: int
    dualstack: int
    both: int


class _Tables(msgspec.Struct, frozen=True):
    regions: tuple[str, ...]
    partitions: dict[str, Partition]
    services: dict[str, _Service]
    hosts: dict[str, tuple[str, str, bool]]
    names: dict[str, tuple[str, str, str]]
    legacy: dict[str, str]


_OTHER_SUFFIXES = {"sagemaker.aws": "aws", "cloudfront.net": "aws"}
_VARIANTS = ("default", "fips", "dualstack", "both")


@cache
def tables() -> _Tables:
    """The shipped tables, read once."""
    with open(os.path.join(os.path.dirname(__file__), "data", "public_services.json"), "rb") as file:
        return msgspec.json.decode(file.read(), type=_Tables)


@cache
def _suffixes() -> dict[str, tuple[str, bool]]:
    """Suffix -> (partition, is it the dual-stack suffix?)."""
    out = {suffix: (partition, False) for suffix, partition in _OTHER_SUFFIXES.items()}
    for name, partition in tables().partitions.items():
        out.setdefault(partition.suffix, (name, False))  # us-gov shares those of aws
        out.setdefault(partition.dual, (name, True))
    return out


@cache
def _bits() -> dict[str, int]:
    return {region: 1 << i for i, region in enumerate(tables().regions)}


@cache
def _partition_bits(partition: str) -> int:
    return sum(_bits()[region] for region in tables().partitions[partition].regions)


def partition_of(region: str) -> str:
    """The partition of a Region, also of one newer than the tables; empty when the text is no Region."""
    return _partition_of(region) if region.count("-") in (2, 3) else ""


@lru_cache(maxsize=4096)  # labels come from whoever asks
def _partition_of(region: str) -> str:
    parts = region.split("-")
    if not (parts[-1].isdigit() and all(p.isalpha() for p in parts[:-1])):
        return ""
    found = ""
    longest = 0
    for name, partition in tables().partitions.items():
        if region in partition.regions:
            return name
        for head in partition.heads:  # "us-" is also the beginning of "us-gov-": the longest head decides
            if len(head) > longest and region.startswith(head):
                found, longest = name, len(head)
    return found


def suffixes_of(region: str) -> Partition:
    """The partition record of a Region; that of ``aws`` for a text that is none."""
    return tables().partitions[partition_of(region) or "aws"]


def split(name: str) -> tuple[list[str], str, bool] | None:
    """(labels left of the AWS suffix, suffix, is it the dual-stack one?) of a lower-case name without final dot."""
    labels = name.split(".")
    known = _suffixes()
    for count in range(min(len(labels) - 1, 4), 1, -1):
        suffix = ".".join(labels[-count:])
        if suffix in known:
            return labels[:-count], suffix, known[suffix][1]
    return None


def classify(name: str) -> ServiceName | None:
    """Take a public AWS host name apart; None when the name is not one (private names such as ``*.internal`` too)."""
    host = name.lower().removesuffix(".")
    found = split(host)
    if found is None:
        return None
    labels, suffix, dual = found
    partition = _suffixes()[suffix][0]
    if suffix == "cloudfront.net":
        return ServiceName(
            name=host, partition=partition, kind="cloudfront", service="cloudfront", resource=".".join(labels),
            variant="global", tag=CLOUDFRONT, ports=(443, 80),
        )  # fmt: skip
    fixed = tables().names.get(host)
    if fixed is not None and fixed[0] != "s3":
        return _fixed(host, partition, labels, fixed)
    region = labels[-1] if partition_of(labels[-1]) else ""
    if region:
        partition = partition_of(region)
        labels = labels[:-1]
    if not labels:
        return None
    return (
        _vpce(host, partition, labels)
        or _resource(host, partition, labels, region)
        or _s3(host, partition, labels, region, dual)
        or _legacy(host, partition, labels, region)
        or _api(host, partition, labels, region, suffix, dual)
    )


def _fixed(host: str, partition: str, labels: list[str], row: tuple[str, str, str]) -> ServiceName:
    """Names without a Region (N5.2), and the legacy ones of single services (N5.3)."""
    service, variant, home = row
    return ServiceName(
        name=host,
        partition=partition_of(home) or partition,
        kind="service",
        service=service,
        host=".".join(labels),
        variant="global" if variant == "default" else variant,
        home=home,
        tag=_tag(service, labels[-1]),
        ports=_ports(service),
        listed=True,
    )


def _vpce(host: str, partition: str, labels: list[str]) -> ServiceName | None:
    """``[x.]vpce-<id>-<8 characters>[-<az>].<service>.<region>.vpce.<suffix>`` (N4.1, N4.11a)."""
    if labels[-1] != "vpce" or len(labels) < 3:
        return None
    region = labels[-2] if partition_of(labels[-2]) else ""
    rest = labels[:-2] if region else labels[:-1]
    at = next((i for i, x in enumerate(rest) if x.startswith("vpce-") and not x.startswith("vpce-svc-")), -1)
    resource, zone = _endpoint_and_zone(rest[at], region) if at >= 0 else ("", "")
    return ServiceName(
        name=host,
        partition=partition_of(region) or partition,
        kind="vpce",
        host=".".join(rest[at + 1 :]),
        region=region,
        resource=resource,
        zone=zone,
        ports=(),
    )


def _endpoint_and_zone(label: str, region: str) -> tuple[str, str]:
    """``vpce-0abc`` and ``us-east-1a`` of ``vpce-0abc-c8nebmg2-us-east-1a``; hand-made ids hold dashes too."""
    front, dash, behind = label.rpartition(f"-{region}") if region else ("", "", "")
    zone = region + behind if dash and front.count("-") > 1 else ""
    if zone:
        label = front
    endpoint, _, _ = label.rpartition("-")  # the eight characters that AWS adds
    return (endpoint if "-" in endpoint else label), zone


def _resource(host: str, partition: str, labels: list[str], region: str) -> ServiceName | None:
    """Load balancers, instances and databases: names of a customer's own resources."""
    kind, resource = "", labels[:-1]
    variant = "default"
    if not region and len(labels) > 2 and partition_of(labels[-2]) and labels[-1] in ("elb", "compute", "rds"):
        kind, region, resource = {"compute": "ec2"}.get(labels[-1], labels[-1]), labels[-2], labels[:-2]
    elif not region and labels[-1] == "compute-1" and resource:  # N3.4: us-east-1
        kind, region = "ec2", "us-east-1"
    elif region and labels[-1] == "elb" and resource:  # Network Load Balancers put the Region last
        kind = "elb"
    elif region and labels[-1] in ("compute", "rds") and resource:  # the order of some partitions
        kind = {"compute": "ec2"}.get(labels[-1], labels[-1])
    if not kind:
        return None
    if kind == "elb" and resource[0] == "dualstack":
        variant, resource = "dualstack", resource[1:]
    return ServiceName(
        name=host, partition=partition_of(region) or partition, kind=kind, service="", region=region, variant=variant,
        resource=".".join(resource), tag=EC2, ports=(),
    )  # fmt: skip


# S3 label -> (botocore service, variant); "-fips" is taken off before.
_S3_REGIONAL = {
    "s3": "s3",
    "s3-accesspoint": "s3",
    "s3-object-lambda": "s3",
    "s3-control": "s3control",
    "s3-outposts": "s3outposts",
    "s3express-control": "s3",
    "s3-r-w": "s3",
}


def _s3(host: str, partition: str, labels: list[str], region: str, on_dual: bool) -> ServiceName | None:
    """S3 in all its forms (RQ8-RQ16, N5.1, N5.3, N4.11a); read from the right, as buckets may hold dots."""
    rest = labels
    dual = on_dual
    if rest[-1] == "dualstack":
        dual, rest = True, rest[:-1]
    if not rest or not rest[-1].startswith("s3"):
        return None
    root, resource = rest[-1], rest[:-1]
    fips = root.endswith("-fips") or "-fips-" in root
    root = root.replace("-fips", "", 1)
    variant = "both" if fips and dual else "fips" if fips else "dualstack" if dual else "default"
    home = zone = ""
    ports: tuple[int, ...] = (443, 80)
    tag = S3
    service = "s3"
    mine = region
    if region and root in _S3_REGIONAL:
        service = _S3_REGIONAL[root]
    elif region and root.startswith("s3express-"):  # RQ14
        zone, root, variant, tag = root.removeprefix("s3express-"), "s3express", "express", AMAZON
        ports = (443,)
    elif not region and root == "s3":  # RQ10, N4.10b
        variant, home = ("global", "us-east-1") if variant == "default" else (variant, "us-east-1")
    elif not region and root in ("s3-external-1", "s3-external-2"):  # N5.3
        variant, home, root = "legacy", "us-east-1", "s3"
    elif not region and root == "s3-accelerate":  # RQ12; edge addresses, so not the S3 range
        variant, tag = "accelerate", AMAZON
    elif root == "s3-website" or (not region and partition_of(root.removeprefix("s3-website-"))):
        mine = region or root.removeprefix("s3-website-")
        variant, root, ports = "website", "s3-website", (80,)  # no reference states it: they speak plain HTTP
    elif not region and partition_of(root.removeprefix("s3-")):  # dash form
        mine, root = root.removeprefix("s3-"), "s3"
        variant = variant if fips else "legacy"
    elif not region and root == "s3-global" and resource[-1:] == ["accesspoint"]:  # RQ13: multi-Region access point
        root, resource, variant, ports, tag = "accesspoint.s3-global", resource[:-1], "global", (443,), AMAZON
    else:
        return None  # a service of its own, such as s3tables
    there = listed("s3", mine) if root in ("s3", "s3-website") and mine else None
    if variant in _VARIANTS[1:] and there:
        there = listed("s3", mine, variant)
    return ServiceName(
        name=host,
        partition=partition_of(mine) or partition,
        kind="service",
        service=service,
        host=root,
        region=mine,
        variant=variant,
        resource=".".join(resource),
        zone=zone,
        home=home,
        tag=tag,
        ports=ports,
        listed=there,
    )


def _legacy(host: str, partition: str, labels: list[str], region: str) -> ServiceName | None:
    """``<region>.queue`` and ``<region>.elasticmapreduce`` (N5.3, RQ27)."""
    if region or len(labels) != 2 or labels[1] not in tables().legacy or not partition_of(labels[0]):
        return None
    service = tables().legacy[labels[1]]
    return ServiceName(
        name=host,
        partition=partition_of(labels[0]),
        kind="service",
        service=service,
        host=labels[1],
        region=labels[0],
        variant="legacy",
        tag=_tag(service, labels[1]),
        ports=_ports(service),
    )


# Hosts with a resource in front that no table states: host -> service.
_WITH_RESOURCE = {"dkr.ecr": "ecr", "ddb": "dynamodb"}  # N4.9a, RQ30


def _api(host: str, partition: str, labels: list[str], region: str, suffix: str, dual: bool) -> ServiceName:
    """A service's API host, with or without something in front of it."""
    service, left, resource, variant = "", ".".join(labels), "", "default"
    if region:
        for i in range(len(labels)):
            tail = ".".join(labels[i:])
            plain = tail.removesuffix("-fips")
            fips = plain != tail
            if plain in _WITH_RESOURCE:
                service, left, variant = _WITH_RESOURCE[plain], plain, _variant(fips, dual)
            else:
                row = tables().hosts.get(tail) or tables().hosts.get(plain)
                if row is None:
                    continue
                service, left = row[0], plain
                # A host that is at home on the dual-stack suffix has no variant for being there (RQ24).
                variant = _variant(fips or row[1] in ("fips", "both"), dual and not row[2])
            resource = ".".join(labels[:i])
            break
        else:
            variant = _variant(left.endswith("-fips"), dual)
            left = left.removesuffix("-fips")
    else:
        variant = "global"
    there = listed(service, region, variant) if service and region else None
    home = _suffixes()[suffix][0]
    if region and suffix not in _OTHER_SUFFIXES and home != partition and {home, partition} != {"aws", "aws-us-gov"}:
        there = False  # a Region under another partition's suffix
    return ServiceName(
        name=host,
        partition=partition,
        kind="service",
        service=service,
        host=left,
        region=region,
        variant=variant,
        resource=resource,
        tag=_tag(service, left),
        ports=_ports(service),
        listed=there,
    )


def _variant(fips: bool, dual: bool) -> str:
    return "both" if fips and dual else "fips" if fips else "dualstack" if dual else "default"


def listed(service: str, region: str, variant: str = "default") -> bool | None:
    """Listed in this Region?  Only the plain variant's absence means anything, the other lists have gaps (N4.8)."""
    row = tables().services.get(service)
    bit = _bits().get(region)
    if row is None or bit is None or not row.default & _partition_bits(partition_of(region)):
        return None  # a Region newer than the tables, or no Regions told of this service here (RQ31)
    if not row.default & bit:
        return False
    return True if getattr(row, variant) & bit else None


def _tag(service: str, host: str) -> str:
    """N5.5.  That streams stand outside the DynamoDB range is our choice: the references are silent."""
    return DYNAMODB if service == "dynamodb" and "streams" not in host else AMAZON


def _ports(service: str) -> tuple[int, ...]:
    if service == "keyspaces":
        return (9142,)  # the port aws-cdk-lib states for Cassandra
    row = tables().services.get(service)
    return row.ports if row is not None else (443,)
