"""A lab in words: what came up, what is up, what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..findings.catalogue import text
from .terminal import Style, pad

SHOWN = 20
"""Hosts listed when a lab comes up."""


def up_lines(name: str, told: Mapping[str, Any], lang: str, style: Style, *, alone: bool = True) -> Iterator[str]:
    """What came up, how long it took, and what to do with it; ``alone``: no other lab is up that could be meant."""

    def say(code: str, **params: str) -> str:
        return text(code, params, lang)

    hosts: Sequence[Mapping[str, Any]] = told["hosts"]
    seconds = f"{told['seconds']['whole']:.2f}"
    yield say(
        "lab.is_up",
        name=style(name, "bold"),
        hosts=str(len(hosts)),
        ports=str(told["ports"]),
        services=say("lab.with_services" if told["services"] else "lab.without_services"),
        seconds=seconds,
    )
    yield from host_lines(hosts[:SHOWN], lang, style)
    if len(hosts) > SHOWN:
        yield "  " + say("lab.more_hosts", count=str(len(hosts) - SHOWN))
    yield from uncovered_lines(told["uncovered"], lang, style)
    if hosts:
        first = hosts[0]["name"] if alone else f"--lab {name} {hosts[0]['name']}"
        yield say("lab.then", exec=style(f"tabiji lab exec {first} -- COMMAND", "bold"), down=f"tabiji lab down {name}")


def host_lines(hosts: Sequence[Mapping[str, Any]], lang: str, style: Style) -> Iterator[str]:
    """A line for each host: name, addresses, whose it is, what it serves."""
    names = max((len(host["name"]) for host in hosts), default=0)
    addresses = max((len(", ".join(host["addresses"])) for host in hosts), default=0)
    for host in hosts:
        more = [host["owner"]] if host["owner"] != host["name"] else []
        if host["forwards"]:
            more.append(text("lab.forwards", (), lang))
        if host["listens"]:
            more.append(text("lab.listens", {"ports": " ".join(host["listens"])}, lang))
        shown = ", ".join(host["addresses"])
        line = f"  {style(pad(host['name'], names), 'bold')}  {pad(shown, addresses)}  {style('  '.join(more), 'dim')}"
        yield line.rstrip()


def uncovered_lines(uncovered: Sequence[Mapping[str, str]], lang: str, style: Style) -> Iterator[str]:
    """What of the estate the lab does not build."""
    if uncovered:
        yield style(text("lab.uncovered", {"count": str(len(uncovered))}, lang), "odd")
        for row in uncovered:
            yield f"  {row['owner']}: {row['why']}"


def status_lines(rows: Sequence[Mapping[str, Any]], lang: str, style: Style) -> Iterator[str]:
    """Each lab and its hosts."""
    if not rows:
        yield text("lab.none", (), lang)
    for row in rows:
        if row["state"] != "up":
            code = "lab.starting" if row["state"] == "starting" else "lab.no_answer"
            yield text(code, {"name": row["name"], "why": row.get("why", "")}, lang)
            continue
        params = {
            "name": style(row["name"], "bold"),
            "hosts": str(len(row["hosts"])),
            "ports": str(row["ports"]),
            "programs": str(row["programs"]),
            "services": text("lab.with_services" if row["services"] else "lab.without_services", (), lang),
            "time": duration(row["uptime"]),
            "net": row["net"],
        }
        yield text("lab.status", params, lang)
        yield from host_lines(row["hosts"], lang, style)


def duration(seconds: float) -> str:
    """``42 s``, ``3 min``, ``5 h 20 min``."""
    whole = int(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
