"""A whole command: every call the client makes, in its order, each a journey of its own.

The plan comes from ``request.aws`` (which hosts, in which order, for which
API calls); here each call is walked from the place the command runs at.  A
call through a proxy goes to the proxy, and the proxy resolves the name: that
is a second journey, from the proxy's own place when the estate knows it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..estate import Estate
from ..packet.address import format_address
from ..request.aws.model import Call, Plan
from ..request.errors import RequestError
from ..request.vantage import find_vantage
from .engine import journey
from .model import BLOCKED, REACHABLE, UNDETERMINED, Journey, Request, Vantage
from .permission import ApiCall, of_planned


class CallJourney(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One call of the plan, walked.

    ``journey`` is None where the plan itself does not know the host; the
    verdict is ``undetermined`` then.  ``onward`` is the proxy's own journey.
    """

    call: Call
    verdict: str
    journey: Journey | None = None
    onward: Journey | None = None


class CommandJourney(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A command or a job: its calls and one verdict for all that must work.

    ``plan`` is None for a job (a bundle of names) that no single command makes.
    """

    vantage: Vantage
    title: str
    verdict: str
    plan: Plan | None = None
    calls: tuple[CallJourney, ...] = ()

    @property
    def decisive(self) -> CallJourney | None:
        """The first call that must work and does not, or cannot be told."""
        needed = [c for c in self.calls if not c.call.optional]
        for verdict in (BLOCKED, UNDETERMINED):
            for call in needed:
                if call.verdict == verdict:
                    return call
        return None


def walk_plan(estate: Estate, vantage: Vantage, plan: Plan, title: str = "", *, fixes: bool = True) -> CommandJourney:
    """Walk every call of a planned command.

    A client that gives up by itself before the service call (no Region, no
    credentials) cannot succeed: blocked, whatever the network allows.
    """
    told = walk_calls(estate, vantage, plan.steps, title or " ".join(plan.argv), fixes=fixes)
    verdict = BLOCKED if plan.refusal is not None else told.verdict
    return msgspec.structs.replace(told, plan=plan, verdict=verdict)


def walk_calls(
    estate: Estate, vantage: Vantage, calls: Sequence[Call], title: str, *, fixes: bool = True
) -> CommandJourney:
    """Walk calls one by one; each host and port once."""
    held: dict[tuple[object, ...], CallJourney] = {}
    out: list[CallJourney] = []
    for call in calls:
        key = (call.host, call.port, call.scheme, call.via_proxy, call.service, call.operation, call.path)
        if key not in held:
            held[key] = _walk(estate, vantage, call, fixes)
        out.append(msgspec.structs.replace(held[key], call=call))
    needed = {entry.verdict for entry in out if not entry.call.optional}
    verdict = BLOCKED if BLOCKED in needed else UNDETERMINED if UNDETERMINED in needed else REACHABLE
    return CommandJourney(vantage=vantage, title=title, verdict=verdict, calls=tuple(out))


def request_of(call: Call) -> Request:
    """The request a call is on the wire, without a proxy."""
    return Request(
        text=call.url, host=call.host, port=call.port, scheme=call.scheme, path=call.path or "/", tls=call.tls
    )


def _walk(estate: Estate, vantage: Vantage, call: Call, fixes: bool) -> CallJourney:
    if not call.host:
        return CallJourney(call=call, verdict=UNDETERMINED)
    api: ApiCall | None = of_planned(call) if call.service and call.operation else None
    if not call.via_proxy:
        told = journey(estate, vantage, request_of(call), fixes=fixes, call=api)
        return CallJourney(call=call, verdict=told.verdict, journey=told)
    host, _, port = call.via_proxy.rpartition(":")
    to_proxy = Request(text=call.via_proxy, host=host.strip("[]"), port=int(port))
    first = journey(estate, vantage, to_proxy, fixes=fixes)
    if first.verdict == BLOCKED:
        return CallJourney(call=call, verdict=BLOCKED, journey=first)
    proxy = _place_of(estate, first)
    if proxy is None:
        return CallJourney(call=call, verdict=UNDETERMINED, journey=first)
    onward = journey(estate, proxy, request_of(call), fixes=fixes, call=api)
    worst = BLOCKED if onward.verdict == BLOCKED else REACHABLE
    if worst == REACHABLE and UNDETERMINED in (first.verdict, onward.verdict):
        worst = UNDETERMINED
    return CallJourney(call=call, verdict=worst, journey=first, onward=onward)


def _place_of(estate: Estate, to_proxy: Journey) -> Vantage | None:
    """Where the proxy is: the ENI or host that owns the address it was reached at."""
    for path in to_proxy.paths:
        try:
            return find_vantage(estate, format_address(path.destination))
        except RequestError:
            continue
    return None
