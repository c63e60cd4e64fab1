"""What a host's programs need to know beyond the plan: the Region it is in, the private CAs it trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ...estate import Estate
    from ..plan.model import Plan


class HostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Of one host."""

    region: str = ""
    trusts: tuple[str, ...] = ()
    """Names of private CAs."""


def host_facts(estate: Estate, plan: Plan) -> dict[str, HostFacts]:
    """Of every host of a plan, by guest name.  A host outside AWS gets the estate's Region if there is one only."""
    regions = {eni.availability_zone[:-1] for eni in estate.network_interfaces.values() if eni.availability_zone}
    only = next(iter(regions)) if len(regions) == 1 else ""
    out = {}
    for guest in plan.guests:
        eni = estate.network_interfaces.get(guest.owner)
        host = estate.hosts.get(guest.name) or estate.hosts.get(estate.host_by_eni.get(guest.owner, ""))
        zone = eni.availability_zone if eni is not None else ""
        out[guest.name] = HostFacts(region=zone[:-1] or only, trusts=tuple(host.trusts) if host is not None else ())
    return out
