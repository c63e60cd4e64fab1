"""Where does this request go, and if it does not arrive, what stops it?

The public interface: ``load`` an estate, then ``trace`` a request or ``dig``
a name from any place in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from .estate import Estate
    from .journey.model import Journey, Vantage
    from .names.answer import Answer

__version__ = "0.1.0"
__all__ = ["__version__", "dig", "load", "trace"]


def load(path: str | os.PathLike[str], overlays: Sequence[str | os.PathLike[str]] = ()) -> Estate:
    """The estate in a folder of describe-* JSON, in one such file or in a YAML file, with overlays laid over it.

    Raises tabiji.sources.SourceError, whose text is one line: file, place, reason.
    """
    from .sources import load as load_estate

    return load_estate(path, overlays)


def trace(
    estate: Estate,
    source: str | Vantage,
    destination: str,
    *,
    protocol: str | None = None,
    port: int | None = None,
    forward_only: bool = False,
    all_blockers: bool = True,
    fixes: bool = True,
) -> Journey:
    """The journey of one request.

    ``source`` is a host name, instance, ENI, address, site or ``internet``;
    ``destination`` a URL, ``host:port``, name or address.  ``protocol`` and
    ``port`` override what the destination says.  Raises
    tabiji.request.errors.RequestError when either names nothing.
    """
    from .journey.engine import journey
    from .request.parse import parse_request

    request = parse_request(destination, protocol, port)
    vantage = _vantage(estate, source)
    try:
        return journey(estate, vantage, request, forward_only=forward_only, all_blockers=all_blockers, fixes=fixes)
    except ValueError as error:
        raise _as_request_error(error) from None


def dig(
    estate: Estate,
    source: str | Vantage,
    name: str,
    rtype: str = "A",
    *,
    server: str | None = None,
    protocol: str = "udp",
    tool: str = "dig",
    search: bool | None = None,
) -> Answer:
    """What a name resolves to from a place, and who decided it.

    ``server`` asks that address or named DNS server instead of the configured
    ones; ``tool`` is the asking program (``dig``, ``nslookup``, ``host``, or
    ``libc`` for what programs get, hosts file and search list included);
    ``search`` overrides that program's habit of using the search list.
    Raises tabiji.request.errors.RequestError.
    """
    from .journey.naming import transport
    from .names import resolve

    vantage = _vantage(estate, source)
    try:
        carry = transport(estate)
        return resolve(
            estate, vantage, name, rtype, transport=carry, server=server, protocol=protocol, tool=tool, search=search
        )
    except ValueError as error:
        raise _as_request_error(error) from None


def _as_request_error(error: ValueError) -> ValueError:
    """A host that cannot be a name is a bad question; any other error stays what it is."""
    from .names.dnsname import BadName
    from .request.errors import RequestError

    return RequestError(str(error)) if isinstance(error, BadName) else error


def _vantage(estate: Estate, source: str | Vantage) -> Vantage:
    if not isinstance(source, str):
        return source
    from .request.vantage import find_vantage

    return find_vantage(estate, source)
