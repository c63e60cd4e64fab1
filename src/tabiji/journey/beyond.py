"""Beyond the packet: TLS, then permission, then what the client shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..estate import Estate
from ..findings.finding import BLOCKER, UNKNOWN, Finding
from .model import BLOCKED, REACHABLE, UNDETERMINED, Journey

if TYPE_CHECKING:
    from .permission import ApiCall


def beyond(estate: Estate, told: Journey, call: ApiCall | None = None) -> Journey:
    """The journey with what happens after the packets got through, if they do.

    A TLS or permission refusal that is certain blocks the journey; one that
    is not makes it undetermined.
    """
    found: tuple[Finding, ...] = ()
    if told.verdict != BLOCKED:
        if told.request.tls and (call is None or call.verify):
            from .tls import check

            found = check(estate, told)
        refused = any(f.severity == BLOCKER for f in found)
        if not refused and (call is not None or _behind_policy(estate, told)):
            from .permission import check as check_permission

            found += check_permission(estate, told, call)
    verdict = told.verdict
    if any(f.severity == BLOCKER for f in found):
        verdict = BLOCKED
    elif verdict == REACHABLE and any(f.severity == UNKNOWN for f in found):
        verdict = UNDETERMINED
    if found:
        told = msgspec.structs.replace(told, verdict=verdict, findings=(*told.findings, *found))
    if verdict == BLOCKED:
        from .seen import all_seen

        told = msgspec.structs.replace(told, seen=all_seen(told))
    return told


def _behind_policy(estate: Estate, told: Journey) -> bool:
    """Does a path pass an endpoint that has a policy (IE7), or does the URL name a bucket whose policy is known?"""
    if estate.resource_policies:
        from .permission import has_bucket_policy

        if has_bucket_policy(estate, told.request):
            return True
    for path in told.paths:
        for hop in path.hops:
            if hop.place.kind == "endpoint":
                endpoint = estate.vpc_endpoints.get(hop.place.id)
                if endpoint is not None and endpoint.policy_document:
                    return True
    return False
