"""/etc/hosts: read before any DNS by everything that uses the C library, never by dig and its kin (N0.c1, N1.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answer import NOERROR, ResourceRecord
from .dnsname import is_v6_text, lenient
from .resolution import Result, step

if TYPE_CHECKING:
    from ..estate import Estate
    from .answer import Step
    from .transport import Vantage

LOCALHOST = {"A": "127.0.0.1", "AAAA": "::1"}


def host_of(estate: Estate, vantage: Vantage) -> str:
    """The host at a vantage: named, on its ENI, or at its site address; empty when none is described."""
    if vantage.host in estate.hosts:
        return vantage.host
    if vantage.eni:
        return str(estate.host_by_eni.get(vantage.eni, ""))
    if vantage.site:
        return str(estate.site_hosts.get(vantage.site, {}).get(vantage.address, ""))
    return ""


def answer(estate: Estate, vantage: Vantage, name: str, types: tuple[str, ...]) -> Result | None:
    """Addresses of the wanted families if the hosts file has the name; None goes on to DNS."""
    host = estate.hosts.get(host_of(estate, vantage))
    wanted: tuple[str, ...] = ()
    if host is not None:
        for key, values in host.hosts_file.items():
            if lenient(key) == name:
                wanted = values
    if not wanted and name == "localhost.":
        wanted = tuple(LOCALHOST[t] for t in types if t in LOCALHOST)
    records = [ResourceRecord(name, "AAAA" if is_v6_text(a) else "A", 0, a) for a in wanted]
    records = [r for r in records if r.type in types]
    if not records:
        return None
    said = step(
        "names.hosts_file.answer",
        host.name if host is not None else "",
        ("N0.c1", "N1.10"),
        name=name,
        addresses=", ".join(r.rdata for r in records),
    )
    return Result(NOERROR, records, steps=(said,))


def unread(estate: Estate, vantage: Vantage, name: str) -> Step | None:
    """What a DNS tool does not see: the addresses that programs get which do read the hosts file (N1.10)."""
    found = answer(estate, vantage, name, ("A", "AAAA"))
    if found is None:
        return None
    addresses = ", ".join(record.rdata for record in found.answer)
    return step("names.hosts_file.others", host_of(estate, vantage), ("N1.10",), name=name, addresses=addresses)
