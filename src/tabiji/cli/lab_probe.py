"""``tabiji lab probe``: one packet through the real kernel, beside what tabiji says of it.

The estate is compiled to a network of its own for this one question; nothing
need be up.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import NO, UNDETERMINED, YES
from .settings import estate_of, lang_of

if TYPE_CHECKING:
    from ..estate import Estate
    from ..journey.model import Vantage
    from ..lab.judge.compare import Judgement
    from ..lab.judge.testimony import Statement
    from ..lab.judge.verdict import Verdict
    from ..report.labels import Labels


def run(options: Any) -> int:
    """Ask for each address the target has: 0 it arrives and is answered, 2 it does not, 3 the lab cannot tell."""
    estate = estate_of(options)
    from .. import trace
    from ..lab.holder.errors import LabError
    from ..lab.judge.compare import judge
    from ..lab.judge.names import NoPort
    from ..lab.judge.predicted import Predictor
    from ..lab.judge.questions import Question
    from ..lab.judge.testimony import Witness
    from ..lab.oracle import Oracle, usable
    from ..lab.plan.compile import compile_plan
    from ..request.vantage import find_vantage

    vantage = find_vantage(estate, options.source)
    told = trace(estate, vantage, options.target, protocol=options.protocol, port=options.port, fixes=False)
    packets = list(dict.fromkeys(path.packet for path in told.paths if path.packet.src))
    if not packets:
        for finding in told.findings:
            if finding.code == "host.no_family":  # nothing to send with; the walk says it best
                raise LabError(finding.code, **dict(finding.params), exit=str(NO))
        raise LabError("lab.probe.no_address", target=options.target)
    why = usable()
    if why:
        raise LabError("lab.no_namespaces", why=why)
    with Oracle(compile_plan(estate, hosts=False)) as oracle:
        try:
            heard = Witness(estate, oracle).hear([Question(_sender(estate, vantage), packet) for packet in packets])
        except NoPort:
            raise LabError("lab.probe.no_port", source=options.source) from None
    predictor = Predictor(estate)
    judged = [judge(predictor, testimony) for testimony in heard]
    _tell(options, estate, heard, judged)
    ends = [_works(testimony) for testimony in heard]
    return YES if all(ends) else UNDETERMINED if None in ends and False not in ends else NO


def _sender(estate: Estate, vantage: Vantage) -> str:
    """Who sends, in the judge's words."""
    if vantage.kind == "eni":
        return vantage.eni
    return vantage.site if vantage.kind == "site" else "internet"


def _works(testimony: Statement) -> bool | None:
    """Whether the packet arrived and its answer came back; None where the lab does not build what it met."""
    from ..lab.judge.verdict import DELIVERED, DROPPED

    ends = [verdict.outcome for verdict in (testimony.forward, testimony.reply) if verdict is not None]
    if all(end == DELIVERED for end in ends):
        return True
    return False if DROPPED in ends else None


def _tell(options: Any, estate: Estate, heard: list[Statement], judged: list[Judgement]) -> None:
    if options.format == "json":
        from ..report.json import encode

        rows = [_row(testimony, judgement) for testimony, judgement in zip(heard, judged, strict=True)]
        document = {"version": 1, "kind": "lab-probe", "source": options.source, "target": options.target}
        print(encode({**document, "packets": rows}, pretty=sys.stdout.isatty()))
        return
    from ..report.labels import Labels
    from ..report.terminal import style_for
    from ..report.text import five_tuple, service

    labels, style = Labels(estate, lang_of(options)), style_for(options.color)
    for testimony, judgement in zip(heard, judged, strict=True):
        packet = testimony.question.packet
        ends = f"{style(options.source, 'bold')} → {style(options.target, 'bold')}"
        print(f"{ends}  {service(packet)}  {five_tuple(packet)}")
        _leg("lab.probe.there", testimony.forward, labels)
        if testimony.reply is not None:
            _leg("lab.probe.back", testimony.reply, labels)
        if judgement.found is not None:
            params = {"predicted": str(judgement.found.predicted), "what": judgement.found.what}
            print(style("  ✗ " + labels.text("lab.probe.disagrees", (), **params), "bad"))
        elif judgement.verdicts:
            print(style("  ✓ " + labels.text("lab.probe.agrees", ()), "good"))
        else:
            print(style("  ? " + labels.text("lab.probe.no_claim", ()), "odd"))


def _leg(code: str, verdict: Verdict, labels: Labels) -> None:
    from ..lab.judge.verdict import DELIVERED
    from ..report.text import five_tuple

    way = " → ".join(labels.label(name) for name in verdict.way)
    print(f"  {labels.text(code, ())}: {way}" if way else f"  {labels.text(code, ())}:")
    if verdict.outcome == DELIVERED and verdict.packet is not None:
        end = labels.text("lab.probe.arrived", (), at=verdict.at, packet=five_tuple(verdict.packet))
    else:
        parts = (verdict.code, labels.label(verdict.component), verdict.rule)
        end = labels.text(f"lab.probe.{verdict.outcome}", (), why=" ".join(part for part in parts if part))
    print(f"    {end}")


def _row(testimony: Statement, judgement: Judgement) -> dict[str, Any]:
    found = judgement.found
    return {
        "packet": str(testimony.question.packet),
        "works": _works(testimony),
        "forward": _verdict(testimony.forward),
        "reply": _verdict(testimony.reply) if testimony.reply is not None else None,
        "predicted": {
            "agrees": found is None if judgement.verdicts else None,
            "forward": judgement.forward,
            "reply": judgement.reply,
            "instead": _verdict(found.predicted) if found is not None else None,
        },
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    fields = {**verdict._asdict(), "packet": str(verdict.packet) if verdict.packet else ""}
    return {name: value for name, value in fields.items() if value}
