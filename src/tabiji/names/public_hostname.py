"""Public hostnames an interface has by type: IPv4, IPv6 or dual-stack (N3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answer import NOERROR, ResourceRecord
from .dns_peers import peers_of
from .dnsname import lenient
from .ec2_name import TTL
from .resolution import KINDS, Result, step
from .view import Claim, Question, View
from .why import why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..estate import Estate

Hostname = tuple[str, tuple[str, ...]]
"""(interface, record types the name has)."""


def hostnames(estate: Estate) -> dict[str, Hostname]:
    """Name -> interface and types, as describe-network-interfaces tells them."""

    def collect(estate: Estate) -> dict[str, Hostname]:
        out: dict[str, Hostname] = {}
        for eni_id, eni in estate.network_interfaces.items():
            names = eni.public_ip_dns_name_options
            if names is not None:
                told = (
                    (names.public_ipv4_dns_name, ("A",)),
                    (names.public_ipv6_dns_name, ("AAAA",)),
                    (names.public_dual_stack_dns_name, ("A", "AAAA")),
                )
                out |= {name: (eni_id, types) for name, types in ((lenient(n), t) for n, t in told if n) if name}
        return out

    return estate.memo("names.public_hostnames", KINDS, collect)


def claims(view: View) -> Iterator[Claim]:
    """Those of this VPC and of the VPCs connected for DNS answer with the private IPv4 address (N3.4, N3.5)."""
    if view.dns.hostnames is False:
        return
    inside = {view.vpc_id, *peers_of(view)}
    for name, (eni_id, _) in hostnames(view.estate).items():
        if view.estate.network_interfaces[eni_id].vpc_id in inside:
            yield Claim(name, "autodefined", view.vpc_id, _handler)


def _handler(view: View, question: Question, name: str) -> Result:
    found = hostnames(view.estate).get(name)
    if found is None:  # a name below one
        return Result("NXDOMAIN", steps=(step("names.ec2_name.no_such", "", ("N3.4",), name=name),))
    result = answer(view.estate, name, question.rtype, found, inside=True)
    if view.dns.hostnames is None:
        result.unknown = why("names.why.hostnames", vpc=view.vpc_id)
    return result


def answer(estate: Estate, name: str, rtype: str, found: Hostname, *, inside: bool) -> Result:
    """The private or public IPv4 address, and the IPv6 address, as far as the name has them."""
    eni_id, types = found
    eni = estate.network_interfaces[eni_id]
    public = dict(eni.public_pairs())
    private = next(iter(eni.private_v4()), "")
    four = private if inside else public.get(private, "")
    six = eni.ipv6_addresses[0].ipv6_address if eni.ipv6_addresses else ""
    values = [(kind, text) for kind, text in (("A", four), ("AAAA", six)) if text and kind in types]
    code = "names.ec2_name.public_inside" if inside else "names.ec2_name.public_outside"
    said = step(code, eni_id, ("N3.4",), name=name, address=", ".join(text for _, text in values))
    records = [ResourceRecord(name, kind, TTL, text) for kind, text in values if rtype in (kind, "ANY")]
    return Result(NOERROR, records, steps=(said,))
