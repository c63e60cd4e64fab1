"""Names every VPC with DNS hostnames has by itself (N2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import format_address, parse_prefix
from . import ec2_name
from .answer import NOERROR, NXDOMAIN, ResourceRecord
from .dns_peers import peers_of
from .dnsname import reversed_address
from .resolution import Result, step
from .view import Claim, Handler, Question, View
from .why import why
from .zone import SOA_RDATA, SOA_TTL

if TYPE_CHECKING:
    from collections.abc import Iterator

RFC1918_ZONES = (
    "10.in-addr.arpa.",
    *(f"{n}.172.in-addr.arpa." for n in range(16, 32)),
    "168.192.in-addr.arpa.",
    "254.169.254.169.in-addr.arpa.",
)


def claims(view: View) -> Iterator[Claim]:
    """Compute names, reverse zones and localhost; most only with enableDnsHostnames (N2.2e)."""
    estate = view.estate
    peers = peers_of(view)
    regions = dict.fromkeys([view.region, *(estate.region_of(p) for p in peers)])  # N2.5d
    # Section 11: N3.1a/N3.2b let RFC 1918 IP names resolve whatever the flags say, N2.2b does not.
    always = estate.switch("N3.2b", "N2.2b") not in ("N2.2b", "")
    if view.dns.hostnames is not False or always:
        for region in regions:
            if region:
                zone = ec2_name.private_zone(region)
                yield Claim(zone, "autodefined", view.vpc_id, _private(zone))
    if "us-east-1" in regions and estate.switch("NT11", "NXDOMAIN") != "NXDOMAIN":  # NT11 is inferred
        yield Claim("us-east-1.compute.internal.", "autodefined", view.vpc_id, _private("us-east-1.compute.internal."))
    if view.dns.hostnames is False:
        return
    for region in regions:
        if region:
            yield Claim(ec2_name.public_zone(region), "autodefined", view.vpc_id, _public)
    for name in ("localhost.", "localdomain.", "127.in-addr.arpa."):  # N2.5c
        yield Claim(name, "autodefined", view.vpc_id, _local)
    for digits in ("1" + "0" * 31, "0" * 32):
        yield Claim(".".join(digits) + ".ip6.arpa.", "autodefined", view.vpc_id, _local)
    record = estate.tables["vpc_attributes"].get(view.vpc_id)
    if record is not None and not record.autodefined_reverse:  # N2.5e
        return
    zones = list(RFC1918_ZONES)
    for vpc_id in (view.vpc_id, *peers):
        vpc = estate.vpcs.get(vpc_id)
        for cidr in vpc.cidrs() if vpc is not None else ():
            zones += ec2_name.reverse_zones(parse_prefix(cidr))
    for zone in dict.fromkeys(zones):
        yield Claim(zone, "autodefined", view.vpc_id, _reverse(zone))


def _said(view: View, result: Result, zone: str) -> Result:
    result.steps.insert(0, step("names.autodefined.zone", view.vpc_id, ("N2.5a", "N2.5b"), zone=zone))
    if not result.answer and view.estate.switch("N3.6b", "none") == "soa":  # N3.6b: the SOA is not established
        result.authority = (ResourceRecord(zone, "SOA", SOA_TTL, SOA_RDATA),)
    if view.dns.hostnames is None and not result.unknown:
        result.unknown = why("names.why.hostnames", vpc=view.vpc_id)
    return result


def _private(zone: str) -> Handler:
    def handler(view: View, question: Question, name: str) -> Result:
        return _said(view, ec2_name.private(view, name, question.rtype, zone), zone)

    return handler


def _public(view: View, question: Question, name: str) -> Result:
    return _said(view, ec2_name.public(view.estate, name, question.rtype, view), ec2_name.region_of_public_zone(name))


def _reverse(zone: str) -> Handler:
    def handler(view: View, question: Question, name: str) -> Result:
        address = reversed_address(name)
        if address is None:  # an inner node of the reverse tree
            return _said(view, Result(NOERROR), zone)
        result = ec2_name.pointer(view, name, address)
        if result is None:  # N3.6a: other private addresses end here, they are not forwarded
            text = format_address(address)
            facts = ("N3.6a", "N2.5b")
            return _said(
                view,
                Result(NXDOMAIN, steps=(step("names.autodefined.no_pointer", view.vpc_id, facts, address=text),)),
                zone,
            )
        if question.rtype not in ("PTR", "ANY"):
            result.answer = []
        return _said(view, result, zone)

    return handler


def _local(view: View, question: Question, name: str) -> Result:
    records: list[ResourceRecord] = []
    rcode = NOERROR
    rtype = question.rtype
    if name == "localhost." or name == "localhost.localdomain.":
        if rtype == "A":
            records = [ResourceRecord(name, "A", ec2_name.TTL, "127.0.0.1")]
        elif rtype == "AAAA":
            records = [ResourceRecord(name, "AAAA", ec2_name.TTL, "::1")]
    elif name == "1.0.0.127.in-addr.arpa." or (name.startswith("1.0.0.0.") and name.endswith(".ip6.arpa.")):
        if rtype == "PTR":
            records = [ResourceRecord(name, "PTR", ec2_name.TTL, "localhost.")]
    elif name not in ("localdomain.", "127.in-addr.arpa."):
        rcode = NXDOMAIN
    return Result(rcode, records, steps=(step("names.autodefined.local", view.vpc_id, ("N2.5c",), name=name),))
