"""The catalogue: endpoint service -> private DNS names, per partition and Region (N4.8-N4.12, section 8).

Shipped data is derived (docs/catalogue.md says from what); what AWS itself
said of a Region, kept in the user's data folder by :func:`refresh`, wins over
it, and DnsEntries of a snapshot win over both (N8.9).
"""

from __future__ import annotations

import os
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from .public_endpoints import ServiceName, classify, listed, partition_of, split, suffixes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..estate import Estate
    from ..estate.vpc_endpoint import VpcEndpointService

CONFIRMED, EXCEPTION, RULE, UNKNOWN = "confirmed", "exception", "rule", "unknown"

COMMON_SERVICES = (
    "ssm", "ssmmessages", "ec2messages", "ec2", "logs", "monitoring", "events", "sts", "kms", "secretsmanager",
    "s3", "dynamodb", "sqs", "sns", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "eks", "lambda",
    "execute-api", "states", "kinesis-streams", "kinesis-firehose", "glue", "athena", "rds", "elasticfilesystem",
    "elasticloadbalancing", "autoscaling", "cloudformation", "cloudtrail", "config", "codebuild", "codecommit",
    "git-codecommit", "sagemaker.runtime", "bedrock-runtime", "xray",
)  # fmt: skip
"""Tails of the services a team usually checks, the most asked for first."""


class CatalogueError(ValueError):
    """A catalogue file that cannot be read, or a refresh that cannot be done; the text is one line."""


class CatalogueEntry(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is known of one endpoint service in one Region.

    ``names`` are the private names as AWS lists them (``*.x`` for a
    wildcard); ``extra_names`` other variants the endpoint may serve as well,
    which only DnsEntries can tell (N4.8).  ``confidence``: ``confirmed`` (a
    source states the name), ``exception`` (the reviewed list does), ``rule``
    (derived, nobody contradicts), ``unknown`` (a guess: a verdict that hangs
    on it is undetermined); ``fact`` says where that comes from.  ``kinds``
    are ``interface`` and ``gateway``; ``ports`` is empty when not
    established.  ``policy``: does the service take an endpoint policy?  Only a
    refresh says False.  ``listed``: do the sources list the service in this
    Region?  None is "not known" in both.
    """

    service_name: str
    tail: str
    region: str
    partition: str
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    extra_names: tuple[str, ...] = ()
    confidence: str
    fact: str
    ports: tuple[int, ...] = (443,)
    policy: bool | None = None
    listed: bool | None = None
    service: str = ""
    """botocore's name of the service behind it."""

    @property
    def kind(self) -> str:
        """``interface``, or ``gateway`` for a service that has no interface endpoints."""
        return self.kinds[0]


class Serving(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An endpoint service that serves, or could serve, a public name.

    ``how``: ``private`` (the name is among its private names), ``variant``
    (one of its extra names), ``service`` (its private DNS does not cover this
    name: a legacy, website or accelerate form; ask for ``use`` instead).
    """

    service_name: str
    kinds: tuple[str, ...]
    how: str
    use: str = ""


class RefreshSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a refresh of one Region changed against the shipped data."""

    region: str
    path: str
    services: int
    new: tuple[str, ...]
    """Service names the shipped data does not know."""
    changed: tuple[str, ...]
    """Service names whose private names differ from the shipped ones."""


# --- shipped data -----------------------------------------------------------------------------------------------


class _Row(msgspec.Struct, frozen=True, gc=False, array_like=True):
    tail: str
    prefix: str
    without_region: bool
    kinds: str
    ports: tuple[int, ...]
    names: tuple[str, ...]
    extra: tuple[str, ...]
    confidence: str
    fact: str
    service: str
    policy: bool | None


class _Shipped(msgspec.Struct, frozen=True):
    sources: dict[str, str]
    prefixes: dict[str, tuple[str, tuple[str, ...], str, tuple[str, ...]]]
    services: tuple[_Row, ...]


_KINDS = {"I": "interface", "G": "gateway"}


@cache
def _shipped() -> _Shipped:
    with open(os.path.join(os.path.dirname(__file__), "data", "endpoint_services.json"), "rb") as file:
        return msgspec.json.decode(file.read(), type=_Shipped)


@cache
def _rows() -> dict[tuple[str, str], _Row]:
    """(own prefix or nothing, tail) -> row."""
    return {(row.prefix, row.tail): row for row in _shipped().services}


@cache
def _by_tail() -> dict[str, _Row]:
    return {row.tail: row for row in _shipped().services}


@cache
def _by_template() -> dict[str, list[tuple[_Row, str]]]:
    """Name template (wildcards with their star) -> the services having it, and how."""
    out: dict[str, list[tuple[_Row, str]]] = {}
    for row in _shipped().services:
        for how, templates in (("private", row.names), ("variant", row.extra)):
            for template in templates:
                out.setdefault(template, []).append((row, how))
    return out


def versions() -> dict[str, str]:
    """The packages the shipped data was built from, with their versions."""
    return dict(_shipped().sources)


# --- service names ----------------------------------------------------------------------------------------------


def parse_service_name(service_name: str) -> tuple[str, str, str] | None:
    """(prefix, Region or nothing, tail); None for a customer's own service and for text that is no service name."""
    labels = service_name.split(".")
    if "vpce" in labels[:4] or len(labels) < 3:
        return None  # com.amazonaws.vpce.<region>.vpce-svc-...: PrivateLink of a customer
    for i, label in enumerate(labels[:-1]):
        if partition_of(label):
            region, prefix, tail = label, ".".join(labels[:i]), ".".join(labels[i + 1 :])
            suffix = _shipped().prefixes.get(region)
            if suffix is not None and suffix[2] and tail.removesuffix(suffix[2]) in suffix[3]:
                tail = tail.removesuffix(suffix[2])
            return prefix, region, tail
    for row in _shipped().services:
        if row.without_region and service_name == f"{row.prefix}.{row.tail}":
            return row.prefix, "", row.tail
    return None


def service_name(tail: str, region: str) -> str:
    """The full endpoint service name of a tail (``ecr.dkr``) in a Region, as the partition spells it."""
    row = _by_tail().get(tail)
    if row is not None and row.without_region:
        return f"{row.prefix}.{tail}"
    prefix = row.prefix if row is not None else ""
    end = ""
    special = _shipped().prefixes.get(region)
    if special is not None:
        prefix = prefix or (special[0] if tail in special[1] else "")
        end = special[2] if tail in special[3] else ""
    return f"{prefix or 'com.amazonaws'}.{region}.{tail}{end}"


def all_services(region: str = "") -> tuple[str, ...]:
    """Tails of every service known; with a Region, without those the sources do not list there."""
    if not region:
        return tuple(row.tail for row in _shipped().services)
    told = _told().get(region)
    if told is not None:
        parsed = (parse_service_name(name) for name in told.services)
        return tuple(sorted({p[2] for p in parsed if p is not None}))
    return tuple(row.tail for row in _shipped().services if _listed(row, region) is not False)


# --- lookups ----------------------------------------------------------------------------------------------------


def entry(service_name: str, region: str = "") -> CatalogueEntry | None:
    """What is known of an endpoint service; None when it is a customer's, or no endpoint service name at all.

    ``region`` is needed only for services whose name has none
    (``com.amazonaws.iam``).  A service the catalogue does not know gets the
    name the rule gives, with confidence ``unknown``.
    """
    parsed = parse_service_name(service_name)
    if parsed is None:
        return None
    prefix, named, tail = parsed
    region = named or region
    told = _told().get(region)
    row = _rows().get((prefix, tail)) or _rows().get(("", tail))
    if told is not None and service_name in told.services:
        return _from_aws(service_name, tail, region, told.services[service_name], row)
    partition = partition_of(region) or "aws"
    if row is None:
        name = ".".join(reversed(tail.split("."))) + ".{r}.{s}"
        return CatalogueEntry(
            service_name=service_name, tail=tail, region=region, partition=partition, kinds=("interface",),
            names=(_fill(name, region),), confidence=UNKNOWN, fact="N8.4", ports=(),
            listed=None if told is None else False,
        )  # fmt: skip
    confidence = row.confidence
    if partition != "aws" and any("{s}" not in n and "{d}" not in n for n in row.names):
        confidence = UNKNOWN  # a suffix known for one partition only
    return CatalogueEntry(
        service_name=service_name,
        tail=tail,
        region=region,
        partition=partition,
        kinds=tuple(_KINDS[k] for k in row.kinds),
        names=tuple(_fill(n, region) for n in row.names),
        extra_names=tuple(_fill(n, region) for n in row.extra),
        confidence=confidence,
        fact=row.fact,
        ports=row.ports,
        policy=row.policy,
        listed=_listed(row, region) if told is None else False,
        service=row.service,
    )


def private_names(service_name: str, region: str = "") -> tuple[str, ...]:
    """Private DNS names of an endpoint service, best first; empty when it has none or is a customer's.

    Each wildcard is followed by its apex: AWS lists ``*.s3.<region>`` alone,
    and the private zone answers for both (N4.9a, N4.11a).  Ask :func:`entry`
    how sure the names are.
    """
    found = entry(service_name, region)
    if found is None:
        return ()
    out: dict[str, None] = {}
    for name in found.names:
        out[name] = None
        if name.startswith("*."):
            out[name[2:]] = None
    return tuple(out)


def example_name(service_name: str, region: str = "") -> str:
    """One name a client would really ask for; empty when the service has no private name."""
    found = entry(service_name, region)
    if found is None:
        return ""
    if not found.names:
        return f"{found.tail}.{_fill('{r}.{s}', found.region)}" if "gateway" in found.kinds else ""
    name = found.names[0]
    if not name.startswith("*."):
        return name
    # `aws s3 ls` asks for the apex (RQ8); the others are only asked with something in front.
    front = {"s3": "", "ecr.dkr": "123456789012."}.get(found.tail, "example.")
    return front + name[2:]


def endpoint_services(public_name: str) -> tuple[Serving, ...]:
    """Endpoint services for a public host name, those whose private DNS covers it first; empty when none exists."""
    spoken = classify(public_name)
    if spoken is None or spoken.kind != "service":
        return ()
    out: dict[str, Serving] = {}
    for name, (full, kinds) in _told_names(spoken.region).items():
        if covers(name, spoken.name):
            out[full] = Serving(service_name=full, kinds=kinds, how="private")
    for template in _templates(spoken):
        for row, how in _by_template().get(template, ()):
            _offer(out, row, spoken.region, how)
    if not out and spoken.service:
        region = spoken.region or spoken.home
        for row in _shipped().services:
            fits = row.service == spoken.service and row.names and not row.tail.endswith("-fips")
            if fits and (region or row.without_region):
                _offer(out, row, region, "service", _regular(row, spoken, region))
    return tuple(sorted(out.values(), key=lambda s: ("private", "variant", "service").index(s.how)))


def _offer(out: dict[str, Serving], row: _Row, region: str, how: str, use: str = "") -> None:
    """Add a shipped service, unless AWS, asked, did not list it in the Region."""
    full = f"{row.prefix}.{row.tail}" if row.without_region else service_name(row.tail, region)
    told = _told().get(region)
    if told is None or full in told.services:
        out.setdefault(full, Serving(service_name=full, kinds=tuple(_KINDS[k] for k in row.kinds), how=how, use=use))


def covers(private_name: str, host: str) -> bool:
    """Does a private name answer for a host?  A wildcard does for its apex and all below (N4.9a, N4.10a)."""
    host = host.lower().removesuffix(".")
    name = private_name.lower().removesuffix(".")
    if name.startswith("*."):
        return host == name[2:] or host.endswith(name[1:])
    return host == name


def _fill(template: str, region: str) -> str:
    partition = suffixes_of(region)
    return template.replace("{r}", region).replace("{s}", partition.suffix).replace("{d}", partition.dual)


def _listed(row: _Row, region: str) -> bool | None:
    """From the public service's Regions; they are the best hint the packages hold of an endpoint's (RQ31)."""
    return listed(row.service, region) if row.service else None


def _templates(spoken: ServiceName) -> list[str]:
    """The templates that would give this name: itself, as an apex, and each wildcard above it."""
    found = split(spoken.name)
    assert found is not None  # classify read it
    labels, suffix, dual = found
    parts = ["{r}" if spoken.region and label == spoken.region else label for label in labels]
    end = suffix if suffix == "sagemaker.aws" else "{d}" if dual else "{s}"
    whole = ".".join((*parts, end))
    out = [whole, f"*.{whole}"]
    for i in range(1, len(parts)):
        out.append("*." + ".".join((*parts[i:], end)))
    return out


def _regular(row: _Row, spoken: ServiceName, region: str) -> str:
    """The name to use instead of one that private DNS does not cover."""
    if row.tail == "s3":
        front = f"{spoken.resource}." if spoken.resource else ""
        return front + _fill("s3.{r}.{s}", region)
    name = _fill(row.names[0], region)
    return name if not name.startswith("*.") else ""


# --- what AWS said ----------------------------------------------------------------------------------------------


class _Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One service as describe-vpc-endpoint-services told it."""

    names: tuple[str, ...]
    kinds: tuple[str, ...] = ("interface",)
    policy: bool | None = None


class _ToldRegion(msgspec.Struct, frozen=True):
    services: dict[str, _Told]


class _ToldFile(msgspec.Struct, frozen=True):
    format: int = 1
    regions: dict[str, _ToldRegion] = {}


def user_path() -> str:
    """Where a refresh is kept: ``$XDG_DATA_HOME/tabiji/catalogue.json``."""
    base = os.environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(base):  # unset, or not to be used
        base = os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.join(base, "tabiji", "catalogue.json")


@cache
def _told() -> Mapping[str, _ToldRegion]:
    return _read(user_path()).regions


@lru_cache(maxsize=64)
def _told_names(region: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Private name -> (service name, kinds), as refreshed for a Region."""
    told = _told().get(region)
    services = told.services.items() if told is not None else ()
    return {name: (service, row.kinds) for service, row in services for name in row.names}


def _read(path: str) -> _ToldFile:
    try:
        with open(path, "rb") as file:
            told = msgspec.json.decode(file.read(), type=_ToldFile)
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # $HOME may be another user's (sudo)
        return _ToldFile()
    except (OSError, msgspec.DecodeError) as error:
        raise CatalogueError(f"{path}: {error}") from error
    if told.format != 1:
        raise CatalogueError(f"{path}: format {told.format} is of another version; refresh it or remove it")
    return told


def forget() -> None:
    """Read the refreshed data anew at the next lookup."""
    _told.cache_clear()
    _told_names.cache_clear()


def _from_aws(service_name: str, tail: str, region: str, told: _Told, row: _Row | None) -> CatalogueEntry:
    return CatalogueEntry(
        service_name=service_name,
        tail=tail,
        region=region,
        partition=partition_of(region) or "aws",
        kinds=told.kinds,
        names=told.names,
        confidence=CONFIRMED,
        fact="N4.8",
        ports=row.ports if row is not None else (),
        policy=told.policy,
        listed=True,
        service=row.service if row is not None else "",
    )


def refresh_from_services(services: Iterable[VpcEndpointService], region: str, path: str = "") -> RefreshSummary:
    """Keep what AWS said of a Region's endpoint services; what was kept of other Regions stays.

    Services of customers are left out: their names are in no catalogue.  Only
    verified names count (N4.14a).  Raises CatalogueError when there is nothing
    to keep or the file cannot be written.
    """
    path = path or user_path()
    kept: dict[str, _Told] = {}
    for service in services:
        parsed = parse_service_name(service.service_name)
        if parsed is None or (service.owner and service.owner != "amazon") or parsed[1] not in ("", region):
            continue
        kept[service.service_name] = _merged(kept.get(service.service_name), _told_of(service))
    if not kept:
        raise CatalogueError(
            f"{region}: no endpoint services of AWS among those described; the catalogue stays as it is"
        )
    new: list[str] = []
    changed: list[str] = []
    rows = _rows()
    for name, row in kept.items():
        prefix, _, tail = parse_service_name(name) or ("", "", "")
        shipped = rows.get((prefix, tail)) or rows.get(("", tail))
        if shipped is None:
            new.append(name)
        elif set(row.names) != {_fill(n, region) for n in shipped.names} and "interface" in row.kinds:
            changed.append(name)
    told = _read(path)
    _write(path, _ToldFile(1, {**told.regions, region: _ToldRegion(dict(sorted(kept.items())))}))
    forget()
    return RefreshSummary(
        region=region, path=path, services=len(kept), new=tuple(sorted(new)), changed=tuple(sorted(changed))
    )


def _told_of(service: VpcEndpointService) -> _Told:
    names = tuple(n.private_dns_name for n in service.private_dns_names)
    if not names and service.private_dns_name:
        names = (service.private_dns_name,)
    if service.private_dns_name_verification_state.lower() not in ("", "verified"):
        names = ()
    kinds = tuple(t.service_type.lower() for t in service.service_type) or ("interface",)
    return _Told(names=names, kinds=kinds, policy=service.vpc_endpoint_policy_supported)


def _merged(first: _Told | None, second: _Told) -> _Told:
    """S3 and DynamoDB are described twice, as gateway and as interface service."""
    if first is None:
        return second
    kinds = tuple(dict.fromkeys(sorted((*first.kinds, *second.kinds), reverse=True)))  # interface first
    return _Told(
        names=tuple(dict.fromkeys((*first.names, *second.names))),
        kinds=kinds,
        policy=first.policy if second.policy is None else second.policy,
    )


def _write(path: str, told: _ToldFile) -> None:
    """Write beside, then put in place, so that a reader never sees half a file."""
    beside = f"{path}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(beside, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(told), indent=1))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        if os.path.exists(beside):
            os.unlink(beside)
        raise CatalogueError(f"{path}: {error.strerror or error}") from error


def refresh(source: Estate | Any = None, regions: Iterable[str] = (), path: str = "") -> tuple[RefreshSummary, ...]:
    """Rebuild the user's catalogue, one summary a Region.

    ``source``: an estate that holds describe-vpc-endpoint-services output, a
    boto3 session, or nothing for a session with the default credentials.
    ``regions``: for an estate, those to keep (all when empty); for a session,
    those to ask (the session's own when empty).  Raises CatalogueError.
    """
    from ..estate import Estate

    wanted = tuple(regions)
    by_region = _of_estate(source) if isinstance(source, Estate) else _of_session(source, wanted)
    if wanted:
        by_region = {region: by_region[region] for region in wanted if region in by_region}
    if not by_region:
        raise CatalogueError("no describe-vpc-endpoint-services output for the Regions asked for")
    return tuple(refresh_from_services(rows, region, path) for region, rows in sorted(by_region.items()))


def _of_estate(estate: Estate) -> dict[str, list[VpcEndpointService]]:
    out: dict[str, list[VpcEndpointService]] = {}
    nowhere: list[VpcEndpointService] = []
    for row in estate.tables["vpc_endpoint_services"].values():
        parsed = parse_service_name(row.service_name)
        if parsed is not None:
            (out.setdefault(parsed[1], []) if parsed[1] else nowhere).append(row)
    for rows in out.values():
        rows.extend(nowhere)
    return out


def _of_session(session: Any, regions: tuple[str, ...]) -> dict[str, list[VpcEndpointService]]:
    from importlib import import_module  # boto3 is not a dependency, and has no types of its own

    from ..estate.vpc_endpoint import VpcEndpointService

    try:
        boto3, errors = import_module("boto3"), import_module("botocore.exceptions")
    except ImportError:
        raise CatalogueError("refreshing from AWS needs boto3, which is not installed") from None
    out: dict[str, list[VpcEndpointService]] = {}
    try:
        session = session or boto3.Session()
        for region in regions or tuple(filter(None, (session.region_name,))):
            pages = session.client("ec2", region_name=region).get_paginator("describe_vpc_endpoint_services").paginate()
            rows = [row for page in pages for row in page.get("ServiceDetails", ())]
            out[region] = msgspec.convert(rows, list[VpcEndpointService])
    except (errors.BotoCoreError, errors.ClientError, msgspec.ValidationError) as error:
        raise CatalogueError(f"describe-vpc-endpoint-services: {' '.join(str(error).split())}") from error
    if not out:
        raise CatalogueError("no Region: name one, or set AWS_REGION")
    return out
