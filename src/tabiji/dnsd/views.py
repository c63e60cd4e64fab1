"""Which views of an estate are served where: ``vpc-0a1=127.0.0.1:5301``.

    VIEW=ADDRESS:PORT[@PREFIX,PREFIX...]

VIEW is a VPC (id or name: what its resolver answers), ``inbound:VPC`` or a
Resolver inbound endpoint (what comes in from outside gets), or any vantage a
trace may start from (``site:tokyo``, a host, an instance, an ENI): what a
client there gets from the servers it is configured with.  An IPv6 address
stands in brackets.  Several views may share an address when all but one name
the client prefixes they are for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

from ..estate import Estate
from ..names import resolve, view
from ..names.answer import Answer
from ..names.dnsname import BadName
from ..request.errors import RequestError
from ..request.vantage import find_vantage
from .forward import Forwarder
from .querylog import QueryLog
from .server import ListenError, ViewBinding, fingerprint, run
from .view import AnswerFunction

_OUTSIDE: Final = frozenset(
    ("names.public.assumed", "names.public.assumed_nodata", "names.public.bucket", "names.public.unknown")
)
"""Steps at which the estate begins to guess about public DNS (N5.4, N5.5)."""


def outside_name(answer: Answer) -> str:
    """The name from which on an answer is the estate's guess about public DNS; empty when there is none.

    It may be the target of a CNAME the estate does know.
    """
    for step in answer.chain:
        if step.code in _OUTSIDE:
            return dict(step.params).get("name", "")
    return ""


class ViewSpec:
    """One ``VIEW=ADDRESS:PORT`` text, taken apart.  Raises ListenError for a malformed one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.view, equals, where = text.rpartition("=")
        where, _, sources = where.partition("@")
        self.sources = tuple(part for part in sources.split(",") if part)
        host, colon, port = where.rpartition(":")
        if not (self.view and equals and host and colon and port.isascii() and port.isdigit()):
            raise ListenError(f"--view {text}: write VIEW=ADDRESS:PORT, for example vpc-0a1=127.0.0.1:5301")
        self.host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        self.port = int(port)


def bindings(estate: Estate, specs: Sequence[str]) -> tuple[ViewBinding, ...]:
    """The bindings of some ``VIEW=ADDRESS:PORT`` texts over an estate.  Raises ListenError."""
    return tuple(
        ViewBinding(
            name=spec.view, answer=answers_of(estate, spec.view), host=spec.host, port=spec.port, sources=spec.sources
        )
        for spec in map(ViewSpec, specs)
    )


def answers_of(estate: Estate, text: str) -> AnswerFunction:
    """The answer function of what a person calls a view.  Raises ListenError when the estate has no such thing."""
    # Queries that leave a resolver are walked like any packet; the journey floor knows how.
    from ..journey.naming import transport

    carry = transport(estate)
    head, _, tail = text.partition(":")
    inbound = head == "inbound" and bool(tail)
    wanted = tail if inbound else text
    dns64 = False
    endpoint = estate.tables["resolver_endpoints"].get(wanted)
    if endpoint is not None:
        if "INBOUND" not in endpoint.direction:
            raise ListenError(f"view {text}: {wanted} is not an inbound endpoint")
        wanted, inbound, dns64 = endpoint.host_vpc_id, True, endpoint.dns64
    vpcs = [wanted] if wanted in estate.vpcs else [i for i in estate.ids_by_name.get(wanted, ()) if i in estate.vpcs]
    if len(vpcs) > 1:
        raise ListenError(f"view {text}: {wanted} is the name of several VPCs: {', '.join(sorted(vpcs))}")
    if vpcs:
        vpc = vpcs[0]
        return _safe(lambda name, rtype: view(estate, vpc, name, rtype, inbound=inbound, dns64=dns64, transport=carry))
    if inbound:
        raise ListenError(f"view {text}: the estate has no VPC {wanted}")
    try:
        vantage = find_vantage(estate, text)
    except RequestError as error:
        raise ListenError(f"view {text}: {error}") from error
    return _safe(lambda name, rtype: resolve(estate, vantage, name, rtype, transport=carry, tool="dig"))


def _safe(ask: AnswerFunction) -> AnswerFunction:
    """SERVFAIL for names DNS allows and the estate's names do not (a dot within a label)."""

    def answer(name: str, rtype: str) -> Answer:
        try:
            return ask(name, rtype)
        except BadName as error:
            return Answer(name=name, type=rtype, rcode="SERVFAIL", unknown=str(error))

    return answer


def serve_estate(
    load: Callable[[], Estate],
    specs: Sequence[str],
    *,
    watch: Sequence[str | os.PathLike[str]] = (),
    forward: str = "",
    log: TextIO | None = None,
    allow_remote: bool = False,
    **options: Any,
) -> int:
    """Serve views of an estate until a signal; ``load`` is called again when a file under ``watch`` changes.

    ``forward`` is the address (or ADDRESS:PORT) of a real resolver that gets
    the names outside the estate; none by default.  ``log`` takes the query
    log.  Returns 0.  Raises ListenError, and what ``load`` raises the first
    time.
    """

    def fresh() -> tuple[ViewBinding, ...]:
        return bindings(load(), specs)

    files = [Path(path) for path in watch]
    seen = fingerprint(files)  # before they are read, so that no change is missed
    return run(
        fresh(),
        reload=fresh,
        watch=files,
        seen=seen,
        log=QueryLog(log) if log is not None else None,
        forwarder=_forwarder(forward) if forward else None,
        outside=outside_name,
        allow_remote=allow_remote,
        **options,
    )


def _forwarder(text: str) -> Forwarder:
    import ipaddress

    host, port = text, "53"
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        host, port = host if bracket else text, rest.removeprefix(":") or "53"
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        ipaddress.ip_address(host)
        if not 0 < int(port) < 65536:
            raise ValueError
    except ValueError as error:
        raise ListenError(f"--forward {text}: not an address or ADDRESS:PORT") from error
    return Forwarder(host, int(port))
