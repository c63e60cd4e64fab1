"""STS: who am I, and other roles; the keys it makes are taken everywhere in the lab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..http import Response
from .call import Call
from .errors import XML, AwsError, request_id
from .keys import Credentials, Identity, Keys, session_of
from .shapes import xml


def answer(keys: Keys, call: Call, identity: Identity | None) -> Response | None:
    """The answer to a call of STS; None for one that is left to the emulator."""
    do = OPERATIONS.get(call.operation)
    if do is None:
        return None
    asked = request_id()
    body = xml("sts", call.operation, do(keys, call, identity), asked)
    return Response(headers=(*XML, ("x-amzn-RequestId", asked)), body=body)


def _who(keys: Keys, call: Call, identity: Identity | None) -> dict[str, Any]:
    assert identity is not None  # unsigned calls do not get here
    return {"UserId": f"{call.signature.key if call.signature else ''}", "Account": identity.account,
            "Arn": identity.arn}  # fmt: skip


def _assume(keys: Keys, call: Call, identity: Identity | None) -> dict[str, Any]:
    role, session = call.params.get("RoleArn", ""), call.params.get("RoleSessionName", "")
    if role.count(":") < 5 or not role.split(":", 5)[5].startswith("role/"):
        raise AwsError("ValidationError", f"{role} is invalid")
    if not session:
        raise AwsError("ValidationError", "RoleSessionName is missing")
    assumed = session_of(role, session)
    made = keys.assume(assumed, _hours(call))
    user = {"AssumedRoleId": f"{made.key}:{session}", "Arn": assumed.arn}
    return {"Credentials": _shown(made), "AssumedRoleUser": user}


def _session(keys: Keys, call: Call, identity: Identity | None) -> dict[str, Any]:
    assert identity is not None
    return {"Credentials": _shown(keys.assume(identity, _hours(call)))}


def _hours(call: Call) -> float:
    text = call.params.get("DurationSeconds", "3600")
    if not text.isdigit() or not 900 <= int(text) <= 129600:
        raise AwsError("ValidationError", f"DurationSeconds {text} is not between 900 and 129600")
    return int(text) / 3600


def _shown(made: Credentials) -> dict[str, str]:
    return {
        "AccessKeyId": made.key,
        "SecretAccessKey": made.secret,
        "SessionToken": made.token,
        "Expiration": made.expires,
    }


OPERATIONS: Mapping[str, Callable[[Keys, Call, Identity | None], dict[str, Any]]] = {
    "GetCallerIdentity": _who,
    "AssumeRole": _assume,
    "AssumeRoleWithWebIdentity": _assume,
    "GetSessionToken": _session,
}
