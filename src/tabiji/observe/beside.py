"""What was observed beside what the estate predicts, and the first difference."""

from __future__ import annotations

import msgspec

from ..estate import Estate
from ..findings.finding import BLOCKER, PERMISSION, TLS, Finding
from ..journey.engine import journey
from ..journey.model import BLOCKED, REACHABLE, UNDETERMINED, Journey, Path, Vantage
from ..packet.address import AddressError, parse_address
from ..packet.header import TCP, UDP
from ..request.errors import RequestError
from ..request.model import Request
from ..request.parse import TLS_PORTS

NAME_STAGE, TRANSPORT, TLS_STAGE = "name", "transport", "tls"
LATER = (TLS, PERMISSION)
"""Parts of a journey that come after the transport connection."""


class Observed(msgspec.Struct, kw_only=True):
    """A destination as it was observed, whoever observed it.

    ``rcodes`` are what DNS said when it was asked; ``addresses`` the answers;
    ``reached`` says of each address tried whether the connection opened;
    ``tls`` whether the handshake went through, None without one.
    """

    host: str
    port: int
    protocol: str = "tcp"
    rcodes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    reached: dict[str, bool] = {}
    uses_tls: bool = False
    tls: bool | None = None


class Stage(msgspec.Struct, kw_only=True):
    """One stage: ``observed`` and ``predicted`` are words of data, ``same`` None when it cannot be compared."""

    kind: str
    observed: str
    predicted: str
    same: bool | None
    finding: Finding | None = None
    """What the estate says stops it there."""


class Compared(msgspec.Struct, kw_only=True):
    """A destination, its journey, and the two side by side; ``first`` is the index of the first difference."""

    observed: Observed
    told: Journey | None = None
    stages: tuple[Stage, ...] = ()
    first: int | None = None
    error: str = ""
    """Why there is no journey."""


def compare(estate: Estate, vantage: Vantage, observed: Observed) -> Compared:
    """Predict the request that was observed, and compare stage by stage."""
    port = observed.port or 443
    protocol = UDP if observed.protocol == "udp" else TCP
    tls = observed.uses_tls or (protocol == TCP and port in TLS_PORTS)
    request = Request(
        text=f"{observed.host}:{port}", host=observed.host, protocol=protocol, port=port, scheme="", tls=tls
    )
    try:
        told = journey(estate, vantage, request, fixes=False)
    except RequestError as error:
        return Compared(observed=observed, error=str(error))
    except ValueError as error:
        return Compared(observed=observed, error=f"{observed.host}: {error}")
    stages = [_name(observed, told), *_transport(observed, told), *_tls(observed, told)]
    first = next((i for i, stage in enumerate(stages) if stage.same is False), None)
    return Compared(observed=observed, told=told, stages=tuple(stages), first=first)


def _name(observed: Observed, told: Journey) -> Stage:
    """The addresses a name gave; an address typed as such has none to compare."""
    answer = told.resolution
    if _number(observed.host) is not None:
        return Stage(kind=NAME_STAGE, observed=observed.host, predicted=observed.host, same=True)
    seen = sorted(set(observed.addresses or observed.reached))
    words = ", ".join(seen) or ", ".join(dict.fromkeys(observed.rcodes)) or "-"
    if answer is None:
        return Stage(kind=NAME_STAGE, observed=words, predicted="-", same=None)
    found = {address for one in told.resolutions or (answer,) for address in one.addresses()}
    expected = ", ".join(sorted(found)) or answer.rcode
    if any(one.unknown for one in (answer, *told.resolutions)):
        return Stage(kind=NAME_STAGE, observed=words, predicted=expected, same=None)
    if seen:
        # A server gives some of many addresses; a client may have asked for one kind only.
        same = bool(found) and bool({_number(a) for a in seen} & {_number(a) for a in found})
    elif found:
        same = False
    else:
        same = not observed.rcodes or answer.rcode in observed.rcodes
    return Stage(kind=NAME_STAGE, observed=words, predicted=expected, same=same)


def _transport(observed: Observed, told: Journey) -> list[Stage]:
    out = []
    for address, reached in observed.reached.items():
        number = _number(address)
        paths = [path for path in told.paths if path.destination == number]
        if not paths:
            continue
        verdicts = {_verdict(path) for path in paths}
        predicted = verdicts.pop() if len(verdicts) == 1 else UNDETERMINED
        same = None if predicted == UNDETERMINED else (predicted == REACHABLE) == reached
        stops = next((f for path in paths for f in path.findings if f.severity == BLOCKER and f.leg not in LATER), None)
        said = f"{address} {'opened' if reached else 'failed'}"
        out.append(Stage(kind=TRANSPORT, observed=said, predicted=predicted, same=same, finding=stops))
    return out


def _tls(observed: Observed, told: Journey) -> list[Stage]:
    if observed.tls is None:
        return []
    everything = (*told.findings, *(f for path in told.paths for f in path.findings))
    stops = next((f for f in everything if f.severity == BLOCKER and f.leg == TLS), None)
    said = "opened" if observed.tls else "failed"
    if stops is None and not observed.tls and all(_verdict(path) != REACHABLE for path in told.paths):
        return []  # predicted not to come that far
    predicted = BLOCKED if stops else REACHABLE
    return [
        Stage(kind=TLS_STAGE, observed=said, predicted=predicted, same=(stops is None) == observed.tls, finding=stops)
    ]


def _verdict(path: Path) -> str:
    """The verdict of the transport alone."""
    blockers = [f for f in path.findings if f.severity == BLOCKER]
    if path.verdict == BLOCKED and blockers and all(f.leg in LATER for f in blockers):
        return REACHABLE
    return path.verdict


def _number(address: str) -> int | None:
    try:
        return parse_address(address)
    except AddressError:
        return None
