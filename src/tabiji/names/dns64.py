"""DNS64: AAAA made from A for subnets or inbound endpoints that have it on (N2.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import format_address, parse_address
from .answer import NOERROR, ResourceRecord
from .resolution import Result, step

if TYPE_CHECKING:
    from .view import Question, View

PREFIX = 0x0064_FF9B << 96


def synthesise(view: View, question: Question, result: Result) -> Result:
    """64:ff9b::/96 addresses where AAAA came out empty; forwarded names too (N0.v6)."""
    if not question.dns64 or question.rtype != "AAAA" or result.rcode != NOERROR or result.has("AAAA"):
        return result
    four = view.lookup(question, "A")
    if four.rcode != NOERROR or not four.has("A"):
        return result
    four.answer = [
        ResourceRecord(r.name, "AAAA", r.ttl, format_address(PREFIX + parse_address(r.rdata))) if r.type == "A" else r
        for r in four.answer
    ]
    four.steps.append(step("names.dns64.synthesised", question.dns64, ("N2.11",), where=question.dns64))
    four.unknown = four.unknown or result.unknown
    four.elapsed += result.elapsed
    return four
