"""A probe from this machine, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..estate import Estate
from ..findings.catalogue import text
from ..observe.beside import Compared
from ..observe.probe import Probe
from .json import VERSION
from .strace import beside_lines, compared_document
from .terminal import Style, pad, wrap


def render_probe(
    done: Probe,
    *,
    lang: str,
    style: Style,
    compared: Sequence[Compared] = (),
    source: str = "",
    estate: Estate | None = None,
) -> str:
    """One line a stage, with times; the prediction beside it when there is one."""
    out = [style(text("probe.head", {"target": _target(done)}, lang), "bold")]
    for stage in done.stages:
        mark = style("✓", "good") if stage.ok else style("✗", "bad")
        kind = text(f"probe.stage.{stage.kind}", (), lang)
        words = text(stage.code, stage.params, lang)
        lead = f"  {mark} {stage.started * 1000:8.1f} ms  {pad(kind, 8)} "
        first, *rest = wrap(f"{words}  {stage.seconds * 1000:.1f} ms", max(30, style.width - 26))
        out.append(lead + first)
        out += [" " * 26 + more for more in rest]
    if done.proxy:
        words = text("probe.proxy", {"variable": done.proxy[0], "proxy": done.proxy[1]}, lang)
        out += [style(f"  {line}", "dim") for line in wrap(words, style.width - 2)]
    if compared:
        out += ["", *beside_lines(compared, lang=lang, style=style, source=source, estate=estate)]
    return "\n".join(line.rstrip() for line in out) + "\n"


def _target(done: Probe) -> str:
    """The target without user, password and query."""
    request = done.request
    host = f"[{request.host}]" if ":" in request.host else request.host
    scheme = f"{request.scheme}://" if request.scheme else ""
    return f"{scheme}{host}:{request.port}{request.path.split('?')[0].split('#')[0]}"


def probe_document(
    done: Probe, *, lang: str, compared: Sequence[Compared] = (), estate: Estate | None = None
) -> dict[str, Any]:
    """The same as plain data; times in seconds since the start."""
    certificate = done.certificate
    return {
        "version": VERSION,
        "kind": "probe",
        "lang": lang,
        "target": _target(done),
        "ok": done.ok,
        "addresses": list(done.addresses),
        "stages": [
            {
                "kind": stage.kind,
                "ok": stage.ok,
                "code": stage.code,
                "text": text(stage.code, stage.params, lang),
                "address": stage.address or None,
                "started": round(stage.started, 6),
                "seconds": round(stage.seconds, 6),
            }
            for stage in done.stages
        ],
        "tls": None
        if done.verified is None
        else {
            "version": done.version or None,
            "verified": done.verified,
            "names": list(certificate.names) if certificate else [],
            "subject": certificate.subject if certificate else None,
            "issuer": certificate.issuer if certificate else None,
            "not_before": certificate.not_before if certificate else None,
            "not_after": certificate.not_after if certificate else None,
        },
        "status": done.status or None,
        "proxy": {"variable": done.proxy[0], "proxy": done.proxy[1]} if done.proxy else None,
        "compared": [compared_document(one, lang=lang, estate=estate) for one in compared],
    }
