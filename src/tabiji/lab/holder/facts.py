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
    keys: dict[str, str] = {}
    """Variables with the lab's own keys, for a host that has no metadata service to ask for some."""


def host_facts(estate: Estate, plan: Plan) -> dict[str, HostFacts]:
    """Of every host of a plan, by guest name.  A host outside AWS gets the estate's Region if there is one only."""
    regions = {eni.availability_zone[:-1] for eni in estate.network_interfaces.values() if eni.availability_zone}
    only = next(iter(regions)) if len(regions) == 1 else ""
    from ..svc.aws.keys import environment_of

    out = {}
    for guest in plan.guests:
        owned = estate.enis_by_instance.get(guest.owner, (guest.owner,))
        eni = next((estate.network_interfaces[one] for one in owned if one in estate.network_interfaces), None)
        host = estate.hosts.get(guest.name) or next(
            (estate.hosts[estate.host_by_eni[one]] for one in owned if one in estate.host_by_eni), None
        )
        zone = eni.availability_zone if eni is not None else ""
        out[guest.name] = HostFacts(
            region=zone[:-1] or only,
            trusts=tuple(host.trusts) if host is not None else (),
            keys=environment_of(estate, guest.name) if guest.name in estate.hosts else {},
        )
    return out
