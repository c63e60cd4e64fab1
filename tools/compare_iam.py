#!/usr/bin/env python3
"""Compare the policy evaluation with an independent simulator on random policies.

    tools/compare_iam.py [--cases N] [--seed N] [--work FOLDER]

The simulator is @cloud-copilot/iam-simulate, fetched by npm into a scratch
folder (--work keeps it).  It is an outside witness: nothing of it is shipped
or imported.  A certain verdict (allow, explicit or implicit deny) must be the
same; "unknown" is counted.  The exit code is 1 when one differs.  Needs node
and npm.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from tabiji.access import ALLOW, DENY, Decision, RequestContext, authorise, keys_of
from tabiji.estate import Estate
from tabiji.estate.policy import OrganizationPolicy, Policy, Principal, ResourcePolicy
from tabiji.estate.vpc_endpoint import VpcEndpoint

SIMULATOR = "@cloud-copilot/iam-simulate"
RUNNER = """
import { runSimulation } from '@cloud-copilot/iam-simulate';
import fs from 'fs';
const told = [];
for (const line of fs.readFileSync('cases.jsonl', 'utf8').trim().split('\\n')) {
  const out = await runSimulation(JSON.parse(line), {});
  told.push(out.resultType === 'error' ? JSON.stringify(out.errors) : out.overallResult);
}
fs.writeFileSync('told.json', JSON.stringify(told));
"""
ME, OTHER = "111122223333", "444455556666"
ROLE, BUCKET = f"arn:aws:iam::{ME}:role/app", "arn:aws:s3:::b"
VALUES: dict[str, list[str]] = {
    "aws:SourceVpce": ["vpce-1", "vpce-2", "vpce-*"],
    "aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"],
    "aws:username": ["ann", "an*", "${aws:username}", "ANN"],
    "aws:CalledVia": ["a", "b", "c"],
    "aws:SecureTransport": ["true", "false"],
    "aws:PrincipalArn": [ROLE, "arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*"],
    "aws:MultiFactorAuthAge": ["10", "20"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"],
}
TYPED = {
    "Ip": "aws:SourceIp",
    "Numeric": "aws:MultiFactorAuthAge",
    "Date": "aws:CurrentTime",
    "Arn": "aws:PrincipalArn",
}
STRINGS = (
    "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists",
    "StringNotEqualsIfExists", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "ForAnyValue:StringEquals",
    "ForAllValues:StringEquals", "ForAnyValue:StringNotLike", "ForAllValues:StringNotEquals",
)  # fmt: skip
OTHERS = (
    "IpAddress", "NotIpAddress", "NotIpAddressIfExists", "Null", "Bool", "ArnLike", "ArnNotLike", "NumericLessThan",
    "NumericGreaterThanEquals", "DateLessThan",
)  # fmt: skip


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    cases = [case(dice) for _ in range(options.cases)]
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        if not (work / "node_modules" / SIMULATOR).exists():
            subprocess.run(["npm", "install", "--silent", SIMULATOR], cwd=work, check=True)
        (work / "run.mjs").write_text(RUNNER)
        (work / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in cases))
        subprocess.run(["node", "run.mjs"], cwd=work, check=True)
        told: list[str] = json.loads((work / "told.json").read_text())
    counts: Counter[str] = Counter()
    for row, theirs in zip(cases, told, strict=True):
        ours = word(judge(row))
        same = "same" if ours == theirs else "unknown" if ours == "unknown" else "differs"
        counts[same] += 1
        if same == "differs":
            print(json.dumps({"ours": ours, "theirs": theirs, "case": row}))
    print(f"{len(cases)} cases: {dict(sorted(counts.items()))}", file=sys.stderr)
    return 1 if counts["differs"] else 0


def condition(dice: random.Random) -> dict[str, Any]:
    """Up to two conditions."""
    out: dict[str, Any] = {}
    for _ in range(dice.choice((0, 1, 1, 2))):
        operator = dice.choice(STRINGS + OTHERS)
        key = next((k for head, k in TYPED.items() if head in operator), dice.choice(list(VALUES)))
        values = VALUES["aws:SecureTransport" if operator in ("Null", "Bool") else key]
        key = "aws:SecureTransport" if operator == "Bool" else key
        count = 1 if operator in ("Null", "Bool") else dice.choice((1, 1, 2))
        out.setdefault(operator, {})[key] = dice.sample(values, k=count)
    return out


def document(dice: random.Random, principals: tuple[Any, ...] = ()) -> dict[str, Any]:
    """A policy of one to three statements."""
    rows = []
    for number in range(dice.choice((1, 1, 2, 3))):
        row: dict[str, Any] = {"Sid": f"S{number}", "Effect": dice.choice(("Allow", "Allow", "Allow", "Deny"))}
        if dice.random() < 0.85:
            row["Action"] = dice.choice(("*", "s3:*", "s3:Get*", "S3:getobject", ["ssm:*", "s3:Put*"], "s3:GetObjec?"))
        else:
            row["NotAction"] = dice.choice(("ssm:*", "s3:*", ["s3:Put*"]))
        if dice.random() < 0.85:
            user = f"{BUCKET}/${{aws:username}}/*"
            row["Resource"] = dice.choice(
                ("*", f"{BUCKET}/*", BUCKET, user, [BUCKET, f"{BUCKET}/*"], f"{BUCKET}/?nn/k")
            )
        else:
            row["NotResource"] = dice.choice((f"{BUCKET}/x/*", "*", f"{BUCKET}/ann/*"))
        if principals:
            row["Principal"] = dice.choice(principals)
        tests = condition(dice)
        if tests:
            row["Condition"] = tests
        rows.append(row)
    return {"Version": "2012-10-17", "Statement": rows}


def case(dice: random.Random) -> dict[str, Any]:
    """One simulation as the simulator takes it."""
    root, service = f"arn:aws:iam::{ME}:root", {"Service": "ec2.amazonaws.com"}
    callers = (
        "*",
        {"AWS": "*"},
        {"AWS": ROLE},
        {"AWS": ME},
        {"AWS": root},
        {"AWS": OTHER},
        {"AWS": f"{ROLE}2"},
        service,
    )
    context: dict[str, Any] = {
        "aws:SecureTransport": "true", "aws:CurrentTime": "2026-06-01T00:00:00Z", "aws:PrincipalArn": ROLE,
    }  # fmt: skip
    sometimes = {
        "aws:SourceVpce": "vpce-1", "aws:SourceIp": "10.1.1.1", "aws:username": "ann", "aws:CalledVia": ["a", "b"],
        "aws:MultiFactorAuthAge": "10",
    }  # fmt: skip
    context |= {key: value for key, value in sometimes.items() if dice.random() < 0.6}
    row: dict[str, Any] = {
        "request": {
            "principal": ROLE,
            "action": "s3:GetObject",
            "resource": {"resource": f"{BUCKET}/ann/k", "accountId": dice.choice((ME, ME, OTHER))},
            "contextVariables": context,
        },
        "identityPolicies": [{"name": "id", "policy": document(dice)}],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if dice.random() < 0.6:
        row["resourcePolicy"] = document(dice, callers)
    if dice.random() < 0.3:
        row["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": document(dice)}]
    if dice.random() < 0.4:
        row["vpcEndpointPolicies"] = [{"name": "endpoint", "policy": document(dice, ("*",))}]
    if dice.random() < 0.3:
        policies = [{"name": "scp", "policy": document(dice)}]
        row["serviceControlPolicies"] = [{"orgIdentifier": "o", "policies": policies}]
    if dice.random() < 0.2:
        row["sessionPolicy"] = document(dice)
    return row


def judge(row: dict[str, Any]) -> Decision:
    """The same case by our own evaluation."""

    def policies(key: str) -> tuple[Policy, ...]:
        return tuple(Policy(name=p["name"], document=json.dumps(p["policy"])) for p in row.get(key, ()))

    request = row["request"]
    owner, resource = request["resource"]["accountId"], request["resource"]["resource"]
    boundary, endpoint = policies("permissionBoundaryPolicies"), policies("vpcEndpointPolicies")
    session = row.get("sessionPolicy")
    principal = Principal(
        arn=ROLE,
        policies=policies("identityPolicies"),
        boundary=boundary[0] if boundary else None,
        session=(Policy(name="session", document=json.dumps(session)),) if session else (),
    )
    bucket = json.dumps(row["resourcePolicy"]) if "resourcePolicy" in row else ""
    estate = Estate.of(
        principals=[principal],
        resource_policies=[ResourcePolicy(arn=BUCKET, document=bucket, account=owner)],
        organization_policies=[
            OrganizationPolicy(name=p["name"], type="scp", document=json.dumps(p["policy"]))
            for level in row["serviceControlPolicies"]
            for p in level["policies"]
        ],
        vpc_endpoints=[VpcEndpoint(vpc_endpoint_id="vpce-x", policy_document=p.document) for p in endpoint],
    )
    keys = keys_of((k, tuple(v) if isinstance(v, list) else v) for k, v in request["contextVariables"].items())
    keys["aws:principalaccount"] = (ME,)
    return authorise(
        estate,
        RequestContext(
            principal=ROLE,
            action=request["action"],
            resource=resource,
            resource_account=owner,
            keys=keys,
            absent=frozenset(key.lower() for key in VALUES if key.lower() not in keys),
            endpoint="vpce-x" if endpoint else "",
        ),
    )


def word(decision: Decision) -> str:
    """A decision in the simulator's words."""
    if decision.verdict == ALLOW:
        return "Allowed"
    if decision.verdict != DENY:
        return "unknown"
    explicit = decision.explicit or any(denial.explicit for denial in decision.others)
    return "ExplicitlyDenied" if explicit else "ImplicitlyDenied"


if __name__ == "__main__":
    sys.exit(main())
