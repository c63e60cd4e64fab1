"""Estate to plan.  The order below is the order of building; each row is an AWS thing and has a file of its own."""

from __future__ import annotations

from ...estate import Estate
from . import guests, interface, internet, internet_gateway, nat_gateway, nft_text, site, subnet, transit_gateway
from .draft import Draft
from .model import Plan

ORDER = (
    interface.build,  # ports of ENIs, appliances among them
    internet.build,  # public servers and hosts
    subnet.build,  # local services, layer 2, route tables and all that routes lead to
    internet_gateway.build,
    nat_gateway.build,
    transit_gateway.build,
    site.build,
    internet_gateway.close,  # IPv6 addresses as the Internet sees them
    subnet.close,  # addresses nobody has
    internet.close,
    guests.build,  # namespaces, their files, what answers in them
)


def compile_plan(estate: Estate, *, hosts: bool = True) -> Plan:
    """The plan of an estate.

    ``hosts``: hosts are namespaces and forward by themselves; without, every
    host is a device packets are put in at and come out of, and appliances
    are wires that turn back.  Never raises for what it does not know: that is
    in ``Plan.uncovered``, and packets that meet it are dropped with code
    ``uncovered``.
    """
    draft = Draft(estate, hosts=hosts)
    for part in ORDER:
        part(draft)
    return draft.plan(nft_text.ruleset(draft), nft_text.services(draft))
