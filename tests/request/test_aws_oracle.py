"""The planner against what the real CLI was seen to send (tools/aws_oracle.py records it)."""

import json
import re
from pathlib import Path

import pytest

from request.commands import Case, cases
from tabiji.estate.site import Host
from tabiji.request.aws import Known, Plan, plan
from tabiji.request.errors import RequestError

FOLDER = Path(__file__).parent
RECORDED = {label: json.loads((FOLDER / f"oracle_{label}.json").read_text()) for label in ("v1", "v2")}
CASES = [(label, case) for label in RECORDED for case in cases() if label in case.clients]
OTHER_MODEL = {
    "sesv2 list-email-identities": "POST https://email.ap-northeast-1.amazonaws.com/v2/email/list-identities "
    "sesv2:ListEmailIdentities ses/ap-northeast-1 -"
}
"""Commands whose method or path differs because botocore's model is newer than the CLI's; the host does not."""
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
        credential_profiles=(),
        plugin="session-manager-plugin" in case.programs,
    )
    return plan(case.argv, host, None, profile=f"cli-{label}", known=known)


def ours(case: Case, label: str) -> list[tuple[str, bool]]:
    """The plan in the words of the recording; (line, may it be missing?)."""
    try:
        told = planned(case, label)
    except RequestError:
        return []
    lines = []
    for call in told.steps:
        if call.purpose == "plugin":  # a program of its own, which the recording does not see (RQ53c)
            continue
        operation = f"{call.service}:{call.operation}" if call.operation else "-"
        scope = f"{call.signing_name}/{call.signing_region}" if call.signing_region else "-"
        proxy = f"http://{call.via_proxy}" if call.via_proxy else "-"
        line = f"{call.method} {call.url} {operation} {scope} {proxy}"
        lines += [(line, call.optional and call.purpose == "service")] * max(1, call.times)
    return lines


def without_chance(lines: list[str]) -> list[str]:
    """What nobody can know left out: how often the Region is asked for (RQ18), which cell a discovered
    endpoint is in, the name of an uploaded template."""
    out = [
        re.sub(r"//[a-z]+-cell1[^/]*", "//", re.sub(r"/[0-9a-f]{32}\.template ", "/{Key+} ", line)) for line in lines
    ]
    for i in range(len(out) - 1, 2, -1):
        if METADATA_REGION in out[i] and out[i - 1 : i + 1] == out[i - 3 : i - 1]:
            del out[i - 1 : i + 1]
    return out


def agree(case: Case, label: str) -> bool:
    """The recording is the plan, from which optional calls may be missing."""
    recorded = without_chance(RECORDED[label]["commands"][case.title]["calls"])
    if case.title in OTHER_MODEL:
        recorded = [OTHER_MODEL[case.title]]
    plan_lines = ours(case, label)
    if case.unordered:
        return sorted(line for line, _ in plan_lines) == sorted(recorded)
    for line, optional in plan_lines:
        if recorded and recorded[0] == line:
            recorded.pop(0)
        elif not optional:
            return False
    return not recorded


@pytest.mark.parametrize(("label", "case"), CASES, ids=lambda x: x if isinstance(x, str) else x.title)
def test_same_requests(label: str, case: Case) -> None:
    """Hosts, order, methods, paths, operations, signing scope and proxies are those of the real client."""
    assert agree(case, label), (ours(case, label), RECORDED[label]["commands"][case.title]["calls"])


@pytest.mark.parametrize(("label", "case"), CASES, ids=lambda x: x if isinstance(x, str) else x.title)
def test_silence_has_the_same_cause(label: str, case: Case) -> None:
    """Where the real client sent nothing: it refused and so do we, or it needed nothing and the plan says why."""
    recorded = RECORDED[label]["commands"][case.title]
    try:
        told = planned(case, label)
    except RequestError:
        assert not recorded["calls"]
        assert recorded["exit"] in (2, 252, 255)
        return
    if told.refusal is not None:
        assert recorded["exit"] in (253, 255)
    elif not recorded["calls"]:
        assert recorded["exit"] in (0, 1)  # 1: configure get finds nothing
        assert told.reason is not None or all(call.optional for call in told.steps)


def test_agreement_and_size() -> None:
    """Prints the agreement (pytest -s); every command of the table has a recording."""
    for label, recording in RECORDED.items():
        wanted = [case for of, case in CASES if of == label]
        assert {case.title for case in wanted} == set(recording["commands"])
        calls = sum(len(row["calls"]) for row in recording["commands"].values())
        same = sum(agree(c, label) for c in wanted)
        print(f"aws-cli {recording['client']}: {same} of {len(wanted)} commands agree ({calls} requests)")
        assert len(wanted) >= 150
