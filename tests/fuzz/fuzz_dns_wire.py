"""Coverage-guided fuzzing of the DNS codec and a view (needs ``atheris``; not part of the test run).

    python tests/fuzz/fuzz_dns_wire.py -max_total_time=600 -max_len=4096

Anything but WireError, an answer that does not read back, or a warm cache
that answers otherwise than a cold one is a finding.
"""

from __future__ import annotations

import contextlib
import sys

try:
    import atheris
except ImportError:
    sys.exit("this fuzz target needs atheris (pip install atheris)")

with atheris.instrument_imports():
    from tabiji.dnsd.view import Pending, View
    from tabiji.names.answer import NOERROR, Answer, ResourceRecord
    from tabiji.names.wire import WireError, decode_answer, decode_query, encode_answer, encode_query


def fixed(name: str, rtype: str) -> Answer:
    records = (ResourceRecord(name, "CNAME", 5, "t.example."), ResourceRecord("t.example.", "A", 5, "10.0.0.1"))
    return Answer(name=name, type=rtype, rcode=NOERROR, answer=records)


WARM = View("warm", fixed, cache_size=64)


def one(data: bytes) -> None:
    try:
        query = decode_query(data)
    except WireError:
        query = None
    if query is not None:
        back = decode_answer(encode_answer(fixed(query.name, "A"), query))
        assert back.id == query.id
        again = encode_query(query.name, "A", ident=query.id)
        assert decode_query(again).labels == query.labels
    with contextlib.suppress(WireError):
        decode_answer(data)
    for tcp in (False, True):
        first = View("cold", fixed, cache_size=4).respond(data, tcp)
        for _ in range(3):
            assert WARM.respond(data, tcp) == first
        assert not isinstance(first, Pending)
        if first is not None:
            decode_answer(first)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
