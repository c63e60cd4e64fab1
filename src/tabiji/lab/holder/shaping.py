"""Links of a running lab made slower, farther, lossier: both ends of a port (LAB28, LAB29)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from .. import delay, shape
from ..bring_up import Running
from ..kernel.errors import KernelError
from ..plan.model import FABRIC_MAC, Plan, Port
from .errors import LabError

Far = delay.Running


def shape_ports(running: Running, plan: Plan, ports: Iterable[Port], link: shape.Link, far: dict[str, Far]) -> None:
    """Shape the links of some ports; ``far`` holds the processes that delay where the kernel has no netem.

    Raises LabError; links shaped before the one that failed stay shaped.
    """
    links = {one.port: one.name for guest in plan.guests for one in guest.links}
    for port in ports:
        _nearer(far, port.name)
        device = links.get(port.name, "")
        try:
            here = shape.shape(running.fabric, port.name, link)
            there = shape.shape(running.guests[port.guest], device, link)
            if not (here and there):
                if port.role == "service":
                    raise LabError("lab.no_delay", who=port.owner)
                # It holds what the host sends, once for the whole round trip.
                far[port.name] = delay.detour(running.guests[port.guest], device, FABRIC_MAC, 2 * link.delay)
        except (KernelError, ValueError) as error:
            raise LabError("lab.shape_failed", who=port.owner, why=str(error)) from None


def _nearer(far: dict[str, Far], port: str) -> None:
    running = far.pop(port, None)
    if running is not None:
        with contextlib.suppress(ChildProcessError):  # already reaped
            running.stop()
