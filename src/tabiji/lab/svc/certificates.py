"""Names on the certificates the lab's servers show: those the real ones would have (RQ43-RQ47).

A client that reaches a server by a name its certificate does not carry must
fail here as it would there: a hosts entry that points S3's name at another
service gets that service's certificate.
"""

from __future__ import annotations

from ...estate import Estate
from ...estate.site import Host
from ...journey.tls import aws_names, matches
from ...names.dnsname import absolute
from ...names.endpoint_names import names_of, service_tail
from ...names.public import follow
from ...names.public_endpoints import ServiceName, classify, suffixes_of
from ..plan.model import Service
from .directory import plain

NOBODY = "another.service.amazonaws.com"
"""On the certificate at an address of AWS's that the name asked for does not have: certainly another one's."""
S3_HEADS = ("bucket", "accesspoint", "control")
"""Labels in front of an S3 interface endpoint's name, each with names below it."""


def botocore_name(short: str, region: str) -> str:
    """botocore's name (``cloudwatch``) of a service by its short one (``monitoring``, ``ecr.api``), or that itself."""
    tail = ".".join(reversed(short.split(".")))
    spoken = classify(f"{tail}.{region or 'us-east-1'}.{suffixes_of(region).suffix}")
    return (spoken.service if spoken is not None else "") or short


def of_service(estate: Estate, service: Service, endpoint: str, sni: str, address: str = "") -> tuple[str, ...]:
    """Names on the certificate of a service of the plan, for a client that asked for ``sni`` (empty: none).

    ``address`` is the one asked, where the service has no address of its own.
    """
    address = address or plain(service.address)
    if service.kind == "web" or (service.kind == "aws" and not service.service and not is_aws(sni)):
        return _of_web(estate, service, sni, address)
    if service.kind == "aws" and not service.service:
        return (sni,) if _leads_to(estate, sni, address) else (NOBODY,)
    record = estate.vpc_endpoints.get(endpoint) if service.kind == "endpoint" else None
    short = service_tail(record.service_name) if record is not None else service.service
    if ".vpce-svc-" in (record.service_name if record is not None else ""):
        return (sni,) if sni else service.names  # a service of somebody's own: the certificate is theirs
    names = [*aws_names(short, service.region), *service.names]
    if record is not None:
        names += [name.name.rstrip(".") for name in names_of(estate, record)]
        if short == "s3":
            stars = [name for name in names if name.startswith("*.vpce-")]
            names += [f"*.{head}.{name[2:]}" for name in stars for head in S3_HEADS]
    if sni and not any(matches(name, sni) for name in names) and _same(short, service.region, classify(sni)):
        names.append(sni)
    return tuple(dict.fromkeys(name.lower() for name in names)) or (sni or address,)


def is_aws(name: str) -> bool:
    """Is a name one of an AWS service?"""
    spoken = classify(name) if name else None
    return spoken is not None and spoken.kind in ("service", "vpce")


def _same(short: str, region: str, spoken: ServiceName | None) -> bool:
    """Is a name one of this service in this Region, though no list has it?  S3 has no dotted buckets (RQ47)."""
    if spoken is None or spoken.kind != "service" or spoken.service != botocore_name(short, region):
        return False
    if short == "s3" and "." in spoken.resource:
        return False
    return not region or (spoken.region or spoken.home) in ("", region)


def _leads_to(estate: Estate, name: str, address: str) -> bool:
    """Does public DNS, as the estate knows or assumes it, give this address for an AWS name?"""
    kind = "AAAA" if ":" in address else "A"
    found = follow(estate, absolute(name), kind)
    return any(record.type == kind and plain(record.rdata) == address for record in found.answer)


def _of_web(estate: Estate, service: Service, sni: str, address: str) -> tuple[str, ...]:
    """A public server's: every public name that leads to it; where the estate has none, whatever is asked."""
    names = list(service.names)
    host = estate.public_hosts.get(address)
    if host is not None and host.name:
        names.append(host.name)
    for name, record in estate.tables["public_names"].items():
        values = (value for kind in ("A", "AAAA") for value in record.records.get(kind, ()))
        if any(plain(value) == address for value in values):
            names.append(name)
    found = tuple(dict.fromkeys(name.lower().rstrip(".") for name in names if "." in name))
    return found or ((sni,) if sni else (address,))


def of_host(host: Host | None, name: str, addresses: tuple[str, ...], sni: str) -> tuple[str, ...]:
    """Names on the certificate of a guest: its own where known, else whatever is asked."""
    if host is not None and host.certificate is not None:
        return host.certificate or (name,)
    return (sni,) if sni else (name, *addresses)
