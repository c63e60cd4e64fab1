"""What listens on a host, when the estate says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.header import ECHO6_REQUEST, ECHO_REQUEST, ICMP, ICMPV6, protocol_number
from .stage import Drop, First, Rule, Stage, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .compiler import Fabric


def listening(fabric: Fabric, name: str, services: Sequence[str], ok: int) -> Stage:
    """Admit only ``tcp/443``, ``udp/53``, ``icmp``...; a bare protocol means all its ports.

    Answers (leg 1) come back to a port that nobody needs to listen on.
    """
    rules: list[Rule] = []
    for service in services:
        proto, _, port = service.partition("/")
        if proto == "icmp":
            rules.append(Rule(proto=ICMP, dports=(ECHO_REQUEST, ECHO_REQUEST + 255), origin="icmp"))
            rules.append(Rule(proto=ICMPV6, dports=(ECHO6_REQUEST, ECHO6_REQUEST + 255), origin="icmp"))
            continue
        low, _, high = port.partition("-")
        ports = (int(low), int(high or low)) if low else None
        rules.append(Rule(proto=protocol_number(proto), dports=ports, origin=service))
    text = ", ".join(services) or "-"
    no = fabric.put(Drop("host.not_listening", name, (), (("listens", text),), ok))
    check = fabric.put(First("listener", name, "ingress", tuple(rules), ok, no))
    return State("", check, ok, ok)
