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

    Raises LabError; the link that failed is then without any shape, those before it stay shaped.
    """
    links = {one.port: one.name for guest in plan.guests for one in guest.links}
    for port in ports:
        _nearer(far, port.name)
        ends = ((running.fabric, port.name), (running.guests[port.guest], links.get(port.name, "")))
        try:
            by_kernel = [shape.shape(namespace, device, link) for namespace, device in ends]
            if not all(by_kernel):
                far[port.name] = _farther(port, *ends[1], link)
        except (KernelError, ValueError, LabError) as error:
            for namespace, device in ends:
                with contextlib.suppress(KernelError, ValueError):
                    shape.clear(namespace, device)
            if isinstance(error, LabError):
                raise
            raise LabError("lab.shape_failed", who=port.owner, why=str(error)) from None


def _farther(port: Port, namespace: int, device: str, link: shape.Link) -> Far:
    """Hold what the host sends, once for the whole round trip.  Raises LabError."""
    if port.role == "service":
        raise LabError("lab.no_delay", who=port.owner)
    try:
        return delay.detour(namespace, device, FABRIC_MAC, 2 * link.delay)
    except KernelError as error:
        raise LabError("lab.cannot_delay", who=port.owner, why=str(error)) from None


def _nearer(far: dict[str, Far], port: str) -> None:
    running = far.pop(port, None)
    if running is not None:
        with contextlib.suppress(ChildProcessError):  # already reaped
            running.stop()
