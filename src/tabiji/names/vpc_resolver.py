"""The VPC resolver: VPC+2, 169.254.169.253 and fd00:ec2::253 (section 2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import format_address, parse_prefix
from .answer import REFUSED, SERVFAIL, TIMEOUT
from .resolution import KINDS, Resolution, Result, step
from .view import Question, View
from .why import why

if TYPE_CHECKING:
    from ..estate import Estate
    from .transport import FromPlace

LINK_LOCAL = ("169.254.169.253", "fd00:ec2::253")


def serve(resolution: Resolution, server: str, sender: FromPlace, name: str, rtype: str) -> Result | None:
    """Answer when the address is the sender's VPC resolver; no packet rules apply (N2.1b)."""
    estate = resolution.estate
    if not sender.vpc:
        described = server in estate.memo("names.described_servers", KINDS, _described)
        foreign = "" if described else estate.memo("names.plus_two", KINDS, _plus_twos).get(server, "")
        return _elsewhere(server, foreign) if foreign else None
    if not is_own(estate, sender, server):
        foreign = estate.memo("names.plus_two", KINDS, _plus_twos).get(server, "")
        return _elsewhere(server, foreign) if foreign else None
    view = View.of(estate, sender.vpc)
    subnet = estate.subnets.get(sender.subnet)
    dns64 = sender.subnet if subnet is not None and subnet.enable_dns64 else ""
    result = view.ask(Question(resolution, name, rtype, dns64=dns64))
    result.steps.insert(
        0, step("names.vpc_resolver.asked", sender.vpc, ("N2.1a", "N2.1b"), vpc=sender.vpc, server=server)
    )
    return result


def is_own(estate: Estate, sender: FromPlace, server: str) -> bool:
    """Is the address the sender's own VPC resolver?  Such queries meet no NACL, SG or route (N2.1b)."""
    return bool(sender.vpc) and (server in LINK_LOCAL or server == View.of(estate, sender.vpc).plus_two)


def _described(estate: Estate) -> set[str]:
    """Addresses of servers the estate describes; an on-prem one may happen to be some VPC's +2."""
    out = {r.address for r in estate.tables["dns_servers"].values()}
    return out.union(*(site.dns for site in estate.sites.values()))


def _plus_twos(estate: Estate) -> dict[str, str]:
    out: dict[str, str] = {}
    for vpc_id, vpc in estate.vpcs.items():
        out.setdefault(format_address(parse_prefix(vpc.cidr_block)[0] + 2), vpc_id)
    return out


def _elsewhere(server: str, vpc: str) -> Result:
    """N1.11: a VPC+2 address asked from outside its VPC is documented as unsupported."""
    return Result(
        TIMEOUT,
        steps=(step("names.vpc_resolver.from_outside", vpc, ("N1.11",), vpc=vpc, server=server),),
        unknown=why("names.why.vpc_resolver", server=server, vpc=vpc),
    )


def switched_on(view: View, question: Question) -> Result | None:
    """Without enableDnsSupport nothing answers (N0.v0, N2.2d)."""
    dns = view.dns
    if dns.support is not False:
        return None
    rcode = view.estate.switch("N2.2f", "timeout").upper()  # N2.2f: what the client sees is not established
    if rcode not in (TIMEOUT, REFUSED, SERVFAIL):
        rcode = TIMEOUT
    return Result(rcode, steps=(step("names.vpc_resolver.off", view.vpc_id, ("N2.2d", "N2.2f"), vpc=view.vpc_id),))
