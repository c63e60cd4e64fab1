"""``tabiji fix --prove``: a fix in the kernel, before and with it, beside what tabiji says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..estate import Estate
    from ..journey.model import Journey
    from ..lab.judge.verdict import Verdict
    from ..lab.prove import Proof, Row, Sent
    from ..report.fix import Offered, Told
    from ..report.labels import Labels
    from ..report.terminal import Style


def proved(estate: Estate, told: Told, row: Offered) -> Proof:
    """Ask the kernel without the fix and with it.  Raises Unprovable."""
    from ..lab.prove import Unprovable, prove
    from ..sources import apply_overlay

    if row.after is None:
        raise Unprovable("the fix cannot be said as an overlay")
    changed = apply_overlay(estate, row.fix.overlay)
    pairs = list(_pairs(told, row.after))
    before = list(dict.fromkeys(sent for old, _ in pairs for sent in _packets(old)))
    after = list(dict.fromkeys(sent for _, new in pairs for sent in _packets(new)))
    if not after:
        raise Unprovable("there is no packet to send")
    return prove(estate, changed, before, after)


def _pairs(told: Told, after: Told) -> Iterator[tuple[Journey, Journey]]:
    """Journeys before and after: the one, or of a command those of the calls that did not work."""
    from ..journey.model import Journey

    if isinstance(told, Journey):
        if isinstance(after, Journey):
            yield told, after
        return
    assert not isinstance(after, Journey)
    for old, new in zip(told.calls, after.calls, strict=True):
        for was, now in ((old.journey, new.journey), (old.onward, new.onward)):
            if was is not None and now is not None and was.verdict != "reachable":
                yield was, now


def _packets(journey: Journey) -> Iterator[Sent]:
    """Each packet the client may send, with what its paths say; policies and TLS are not the kernel's."""
    from ..lab.prove import Sent

    vantage = journey.vantage
    source = vantage.eni if vantage.kind == "eni" else vantage.site if vantage.kind == "site" else "internet"
    for packet in dict.fromkeys(path.packet for path in journey.paths):
        verdicts = {path.verdict for path in journey.paths if path.packet == packet}
        predicted = {"reachable": True, "blocked": False}.get(verdicts.pop()) if len(verdicts) == 1 else None
        yield Sent(source, packet, predicted)


def proof_lines(proof: Proof, number: int, labels: Labels, style: Style) -> list[str]:
    """The proof for a person."""
    say = labels.text
    lines = ["", style(say("fix.proof.heading", (), number=str(number)), "bold")]
    if not proof.before:
        lines.append("  " + say("fix.proof.no_packet"))
    for title, rows in (("fix.proof.before", proof.before), ("fix.proof.after", proof.after)):
        for row in rows:
            lines += _row_lines(say(title), row, labels, style)
    took = {"build": f"{proof.build * 1000:.0f}", "change": f"{proof.change * 1000:.0f}"}
    mark, dress = ("✓", "good") if proof.holds else ("?", "odd")
    code = "holds" if proof.holds else "open" if proof.of_packets else "no_packets"
    lines.append(f"{style(mark, dress)} {say(f'fix.proof.{code}', took)}")
    return lines


def _row_lines(title: str, row: Row, labels: Labels, style: Style) -> Iterator[str]:
    from ..report.text import five_tuple, service

    packet = row.sent.packet
    mark, dress = ("✓", "good") if row.as_predicted else ("✗", "bad") if row.agrees is False else ("?", "odd")
    yield f"  {style(mark, dress)} {title}: {service(packet)}  {five_tuple(packet)}"
    word = {True: "reachable", False: "blocked", None: "undetermined"}[row.sent.predicted]
    yield f"      {labels.text('logs.predicted')}: {labels.text(f'verdict.word.{word}')}"
    yield f"      {labels.text('lab.probe.there')}: {_end(row.heard.forward, labels)}"
    if row.heard.reply is not None:
        yield f"      {labels.text('lab.probe.back')}: {_end(row.heard.reply, labels)}"


def _end(verdict: Verdict, labels: Labels) -> str:
    from ..report.text import five_tuple

    if verdict.outcome == "delivered" and verdict.packet is not None:
        return labels.text("lab.probe.arrived", (), at=verdict.at, packet=five_tuple(verdict.packet))
    why = " ".join(part for part in (verdict.code, labels.label(verdict.component), verdict.rule) if part)
    return labels.text(f"lab.probe.{verdict.outcome}", (), why=why)


def proof_document(proof: Proof, number: int) -> dict[str, Any]:
    """The same as data (``docs/json.md``)."""
    from ..report.json import packet_document

    def row(one: Row) -> dict[str, Any]:
        legs = {"forward": one.heard.forward, "reply": one.heard.reply}
        return {
            "source": one.sent.source,
            "packet": packet_document(one.sent.packet),
            "predicted": one.sent.predicted,
            "works": one.works,
            "agrees": one.agrees,
            **{
                name: None
                if leg is None
                else {
                    "outcome": leg.outcome, "at": leg.at, "code": leg.code, "component": leg.component,
                    "rule": leg.rule, "way": list(leg.way),
                }
                for name, leg in legs.items()
            },
        }  # fmt: skip

    return {
        "take": number,
        "holds": proof.holds,
        "before": [row(one) for one in proof.before],
        "after": [row(one) for one in proof.after],
        "build_seconds": round(proof.build, 6),
        "change_seconds": round(proof.change, 6),
    }
