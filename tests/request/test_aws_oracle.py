"""The planner against what the real CLI was seen to send (tools/aws_oracle.py records it)."""

import json
from pathlib import Path

import pytest
from request.commands import Case, cases

from tabiji.estate.site import Host
from tabiji.request.aws import Known, Plan, plan
from tabiji.request.errors import RequestError

FOLDER = Path(__file__).parent
RECORDED = {label: json.loads((FOLDER / f"oracle_{label}.json").read_text()) for label in ("v1", "v2")}
CASES = [(label, case) for label in RECORDED for case in cases() if label in case.clients]
METADATA_REGION = "/latest/meta-data/placement/"


def planned(case: Case, label: str) -> Plan:
    host = Host(name="here", internet=True, environment=case.environment, aws_config=case.config)
    known = Known(
        files=case.files,
        buckets=case.buckets,
        objects=tuple(case.keys),
        object_size=case.objects,
        instance_role=case.imds == "role",
        metadata_region="" if case.imds == "off" else "ap-northeast-1",
        plugin="session-manager-plugin" in case.programs,
    )
    return plan(case.argv, host, None, profile=f"cli-{label}", known=known)


def ours(case: Case, label: str) -> list[str]:
    """The plan in the words of the recording."""
    try:
        told = planned(case, label)
    except RequestError:
        return []
    lines = []
    for call in told.steps:
        if call.purpose == "plugin":  # a program of its own, which the recording does not see (RQ53c)
            continue
        if call.optional and not call.purpose and not call.times:
            continue
        operation = f"{call.service}:{call.operation}" if call.operation else "-"
        scope = f"{call.signing_name}/{call.signing_region}" if call.signing_region else "-"
        proxy = f"http://{call.via_proxy}" if call.via_proxy else "-"
        lines += [f"{call.method} {call.url} {operation} {scope} {proxy}"] * max(1, call.times)
    return lines


def known_apart(lines: list[str]) -> list[str]:
    """Without what depends on chance: a repeated question for the Region (RQ18), how often a waiter asks,
    which cell a discovered endpoint is in."""
    out: list[str] = []
    for line in lines:
        if "-cell1." in line:
            method, url, rest = line.split(" ", 2)
            line = f"{method} https:///{url.split('/', 3)[3]} {rest}"
        out.append(line)
    pairs = [i for i, line in enumerate(out) if METADATA_REGION in line]
    for i in reversed(pairs[1:]):
        if out[i - 1 : i + 1] == out[i - 3 : i - 1]:
            del out[i - 1 : i + 1]
    return out


@pytest.mark.parametrize(("label", "case"), CASES, ids=lambda x: x if isinstance(x, str) else x.title)
def test_same_requests(label: str, case: Case) -> None:
    """Hosts, order, methods, paths, operations, signing scope and proxies are those of the real client."""
    recorded = RECORDED[label]["commands"][case.title]
    assert known_apart(ours(case, label)) == known_apart(recorded["calls"])


def test_agreement_and_size() -> None:
    """Prints the agreement (pytest -s); every command of the table has a recording."""
    for label, recording in RECORDED.items():
        wanted = [case for of, case in CASES if of == label]
        assert {case.title for case in wanted} == set(recording["commands"])
        same = sum(known_apart(ours(c, label)) == known_apart(recording["commands"][c.title]["calls"]) for c in wanted)
        print(f"aws-cli {recording['client']}: {same} of {len(wanted)} commands agree")
        assert len(wanted) >= 150
