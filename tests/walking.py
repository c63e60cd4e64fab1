"""Small estates from YAML and one-packet walks through them, for tests of single AWS things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from tabiji.estate import Estate
from tabiji.fabric import Fabric
from tabiji.fabric.request_facts import request_facts
from tabiji.packet.address import is_v6, parse_address
from tabiji.packet.header import ICMP, ICMPV6, TCP, FiveTuple
from tabiji.sources.document import estate_of
from tabiji.walk import Trip, all_trips


def estate(text: str, **sections: Any) -> Estate:
    """An estate of YAML text; further top-level sections as keywords."""
    data = yaml.safe_load(text)
    for name, value in sections.items():
        data[name] = {**data.get(name, {}), **value} if isinstance(value, dict) else value
    return estate_of(data)


def instance_eni(net: Estate, name: str) -> str:
    """The ENI of an instance by its name."""
    (instance,) = [i for i in net.ids_by_name.get(name, ()) if i.startswith("i-")]
    return net.enis_by_instance[instance][0]


def trips(
    net: Estate, source: str, to: str, port: int = 443, *, app: str | None = None, host: str = "", proto: int = TCP
) -> list[Trip]:
    """Every trip of a request from an instance, ``site/address`` or ``internet/address``."""
    fabric = Fabric(net)
    dst = parse_address(to)
    where, slash, address = source.partition("/")
    if not slash:
        eni = instance_eni(net, source)
        start, home = fabric.leave_eni(eni)
        record = net.network_interfaces[eni]
        src = parse_address(record.ipv6_addresses[0].ipv6_address if is_v6(dst) else record.private_ip_address)
    elif where == "internet":
        start, home, src = *fabric.leave_internet(), parse_address(address)
    else:
        src = parse_address(address)
        start, home = fabric.leave_site(where, src)
    ports = (0, 0x0800 if proto == ICMP else 0x8000) if proto in (ICMP, ICMPV6) else (40000, port)
    packet = FiveTuple(src, dst, proto, *ports)
    return all_trips(fabric, start, packet, request_facts(host, app), home)


def trip(net: Estate, source: str, to: str, port: int = 443, **more: Any) -> Trip:
    """The only trip; fails if a choice is open."""
    (only,) = trips(net, source, to, port, **more)
    return only


def code(found: Trip) -> str:
    """What ended a trip: the code of the refusal or the unknown, ``ok`` if nothing did."""
    end: Any = (found.reply or found.forward).end
    return str(getattr(end, "code", "ok")) if found.outcome != "delivered" else "ok"


def param(found: Trip, name: str) -> str:
    """A parameter of what ended a trip."""
    end: Any = (found.reply or found.forward).end
    return dict(end.params).get(name, "")


def places(found: Trip, back: bool = False) -> list[str]:
    """Ids of the places a leg went through, in order."""
    leg = found.reply if back else found.forward
    out: list[str] = []
    for step in leg.steps if leg is not None else ():
        here = step.place.id or getattr(getattr(step.stage, "place", None), "id", "")
        if here and here not in out[-1:]:
            out.append(here)
    return out


def codes(found: list[Trip]) -> Mapping[str, int]:
    """How many trips ended by each code."""
    out: dict[str, int] = {}
    for one in found:
        out[code(one)] = out.get(code(one), 0) + 1
    return out
