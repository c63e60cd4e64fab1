"""Permission: do the policies let the request through, once the network does?

The way of the packet settles the network condition keys (IA4); the caller's
identity and what it asks come from the call, or, for a plain URL of S3, from
the URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec

from ..access import (
    ALLOW,
    DENY,
    Decision,
    Denial,
    RequestContext,
    Way,
    actions_of,
    authorise,
    network_keys,
    resource_arn,
)
from ..access.actions import prefix_of
from ..access.context import AWS_OWNED
from ..access.evaluate import ENDPOINT, RESOURCE, Assumption
from ..access.network import NETWORK_KEYS
from ..estate import Estate
from ..findings.finding import BLOCKER, NOTE, PERMISSION, UNKNOWN, Finding
from ..names.public_endpoints import classify
from ..packet.address import format_address
from .model import BLOCKED, Journey, Path
from .model import Request as JourneyRequest

ECR_LAYERS = re.compile(r"prod-[a-z0-9-]+-starport-layer-bucket")
"""Buckets ECR keeps layers in; what reads them is signed by ECR, not by the caller (F25)."""


class ApiCall(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An API call to judge.

    ``service`` and ``operation`` are botocore's names (``s3``,
    ``ListObjectsV2``); no operation when only the service is known.
    ``resource`` is the ARN it is about, else made from ``params``, the
    request's own parameters as text.  ``principal`` is the caller's ARN,
    ``*`` for an unsigned call; empty: whoever the estate says uses the
    machine.  ``verify``: does the client check certificates?
    """

    service: str
    operation: str = ""
    resource: str = ""
    principal: str = ""
    params: Mapping[str, str] = {}
    region: str = ""
    verify: bool = True


class Planned(Protocol):
    """What a planner of client commands knows of a call."""

    @property
    def service(self) -> str:
        """botocore's service name; empty for what is no API."""

    @property
    def operation(self) -> str:
        """botocore's operation name."""

    @property
    def region(self) -> str:
        """Region in force."""

    @property
    def signing(self) -> str:
        """``none`` for an unsigned request."""

    @property
    def verify(self) -> bool:
        """Does the client check the certificate?"""

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Input members with a plain text value."""


def of_planned(planned: Planned, principal: str = "") -> ApiCall:
    """A planned call as this file judges it; ``principal`` signs it unless it is unsigned."""
    return ApiCall(
        service=planned.service,
        operation=planned.operation,
        principal="*" if planned.signing == "none" else principal,
        params=dict(planned.parameters),
        region=planned.region,
        verify=planned.verify,
    )


def check(estate: Estate, journey: Journey, call: ApiCall | None = None) -> tuple[Finding, ...]:
    """Findings about policies: blockers where one certainly denies, unknowns and notes where it hangs on something.

    Without a call the URL is asked: S3's say what is read, of others only the
    service is known, which is enough for endpoint policies that allow nothing.
    """
    from_url = call is None
    asked = call if call is not None else call_of(journey.request)
    if asked is None or not asked.service:
        return ()
    told: dict[Way, list[Finding]] = {}
    for way, context, decision in decisions(estate, journey, asked):
        told.setdefault(way, []).extend(_findings(estate, context, decision, from_url))
    from .tls import settled

    return settled(list(told.values()))


def decisions(estate: Estate, journey: Journey, call: ApiCall) -> Iterator[tuple[Way, RequestContext, Decision]]:
    """What the policies say, for each way the packet may take and each action the call needs."""
    seen: set[Way] = set()
    for path in journey.paths:
        if path.verdict == BLOCKED:
            continue
        way = way_of(estate, journey, path)
        if way in seen:
            continue
        seen.add(way)
        for context in contexts(estate, journey, call, way):
            yield way, context, authorise(estate, context)


# The request -------------------------------------------------------------------


def call_of(request: JourneyRequest) -> ApiCall | None:
    """What a URL asks of AWS: a read of S3's, or any call of another service; None when it is no AWS name."""
    spoken = classify(request.host)
    if spoken is None or spoken.kind not in ("service", "vpce"):
        return None
    service = spoken.service
    if spoken.kind == "vpce":
        service = "s3" if spoken.host == "s3" or spoken.host.endswith(".s3") else spoken.host.rpartition(".")[2]
    if not service:
        return None
    if service != "s3" or (spoken.kind == "service" and spoken.host != "s3"):
        return ApiCall(service=service, region=spoken.region)
    bucket, key = (spoken.resource if spoken.kind == "service" else ""), request.path.partition("?")[0].lstrip("/")
    if not bucket:  # path style
        bucket, _, key = key.partition("/")
    if not bucket:
        return ApiCall(service="s3", region=spoken.region)  # ListBuckets, or only a look whether it answers
    params = {"Bucket": bucket, "Key": key} if key else {"Bucket": bucket}
    operation = "GetObject" if key else "ListObjectsV2"
    return ApiCall(service="s3", operation=operation, params=params, region=spoken.region)


def has_bucket_policy(estate: Estate, request: JourneyRequest) -> bool:
    """Does the estate hold the policy of the bucket a URL names?"""
    asked = call_of(request) if estate.resource_policies else None
    bucket = asked.params.get("Bucket", "") if asked is not None else ""
    return bool(bucket) and f"arn:aws:s3:::{bucket}" in estate.resource_policies


def way_of(estate: Estate, journey: Journey, path: Path) -> Way:
    """How the request of one path reaches the service."""
    forward = [hop for hop in path.hops if hop.leg == "forward"]
    tls = journey.request.tls
    if not forward:
        return Way(tls=tls)
    last = forward[-1]
    source = format_address(last.packet.src)
    via = last
    if last.place.kind == "aws_service":  # through the gateway endpoint before it
        via = next((hop for hop in reversed(forward) if hop.place.kind == "endpoint"), last)
    endpoint = estate.vpc_endpoints.get(via.place.id) if via.place.kind == "endpoint" else None
    if endpoint is None:
        return Way(source=source if last.place.kind == "internet" else "", tls=tls)
    return Way(
        endpoint=endpoint.vpc_endpoint_id,
        vpc=endpoint.vpc_id,
        account=endpoint.owner_id or estate.account_of(endpoint.vpc_id),
        region=estate.region_of(endpoint.vpc_id),
        source=source,
        tls=tls,
        outside_vpc=journey.vantage.kind != "eni",
    )


def contexts(estate: Estate, journey: Journey, call: ApiCall, way: Way) -> Iterator[RequestContext]:
    """One request for each action the call needs."""
    yield from contexts_of(estate, call, way, call.principal or principal_at(estate, journey))


def contexts_of(estate: Estate, call: ApiCall, way: Way, principal: str) -> Iterator[RequestContext]:
    """One request of that principal for each action the call needs."""
    region = call.region or way.region
    params = call.params
    prefix = prefix_of(call.service)
    account = principal.split(":", 5)[4] if principal.count(":") >= 5 else ""
    held, absent = network_keys(way, prefix, trust_ia8=estate.switch("IA8", "endpoint") == "endpoint")
    keys = dict(held)
    if region:
        keys["aws:requestedregion"] = (region,)
    if ECR_LAYERS.fullmatch(params.get("Bucket", "")) or ECR_LAYERS.match(call.resource.rpartition(":::")[2]):
        principal, account = "", AWS_OWNED
    if principal not in ("", "*"):
        keys["aws:principalarn"] = (principal,)
    if account:
        keys["aws:principalaccount"] = (account,)
    record = estate.principals.get(principal)
    if record is not None:
        keys |= {name.lower(): values for name, values in record.keys.items()}
    actions = actions_of(call.service, call.operation) or (f"{prefix}:",)
    for action in actions:
        resource = call.resource or resource_arn(call.service, action, params, region=region, account=account)
        yield RequestContext(
            principal=principal,
            action=action,
            resource=resource,
            keys=keys,
            absent=absent,
            endpoint=way.endpoint,
            operation=call.operation,
        )


def principal_at(estate: Estate, journey: Journey) -> str:
    """The principal whose requests leave from where the journey starts; empty when nobody said."""
    here = {journey.vantage.label, journey.vantage.host, journey.vantage.instance, journey.vantage.eni}
    here |= {estate.name(name) for name in tuple(here) if name}
    found = [p.arn for p in estate.principals.values() if here.intersection(p.used_by)]
    return found[0] if len(found) == 1 else ""


# Findings ----------------------------------------------------------------------


def _findings(estate: Estate, context: RequestContext, decision: Decision, from_url: bool) -> Iterator[Finding]:
    action = context.action if not context.action.endswith(":") else f"{context.action}*"
    common = (
        ("action", action),
        ("resource", context.resource or "-"),
        ("principal", context.principal or "-"),
        ("endpoint", context.endpoint or "-"),
    )
    if decision.verdict == DENY:
        denials: tuple[Decision | Denial, ...] = (decision, *decision.others)
        for no in denials:
            if from_url and not context.principal and no.by != ENDPOINT and not (no.by == RESOURCE and no.explicit):
                continue  # who asks is not known; these two are met by anybody
            where = (*common, ("policy", no.policy), ("statement", no.statement))
            told = decision.denial_text if no.by == decision.by else ""
            yield Finding(
                code=f"permission.{no.by}.{'explicit' if no.explicit else 'implicit'}",
                severity=BLOCKER,
                leg=PERMISSION,
                component=no.policy,
                rule=no.statement,
                facts=no.facts,
                params=(*where, ("operation", context.operation), ("text", told)),
            )
            absent = [key for key in no.absent if key.lower() in NETWORK_KEYS]
            if absent:
                yield Finding(
                    code=f"permission.absent_key.{'endpoint' if context.endpoint else 'internet'}",
                    severity=NOTE,
                    leg=PERMISSION,
                    component=no.policy,
                    rule=no.statement,
                    facts=("IA4", "IA5"),
                    params=(*where, ("keys", ", ".join(absent))),
                )
        return
    for assumption in decision.assumptions:
        if assumption.kind == "malformed":
            yield _assumed(assumption, "permission.malformed", UNKNOWN, common)
    if decision.verdict == ALLOW:
        return
    told_keys = [a for a in decision.assumptions if a.kind == "key"]
    if told_keys and not from_url:
        keys = ", ".join(dict.fromkeys(a.detail for a in told_keys))
        yield _assumed(told_keys[0], "permission.unknown_key", UNKNOWN, (*common, ("keys", keys)))
    for assumption in decision.assumptions:
        if assumption.kind == "boundary":
            yield _assumed(assumption, "permission.unknown_boundary", UNKNOWN, common)
    missing = [a for a in decision.assumptions if a.kind == "missing"]
    if missing and not from_url:
        # What nobody collected is taken to allow, and said so, unless the user wants it undetermined.
        strict = estate.switch("IA2", "assume") == "undetermined"
        for assumption in missing:
            code = f"permission.assumed.{assumption.policy}"
            yield _assumed(assumption, code, UNKNOWN if strict else NOTE, common)


def _assumed(assumption: Assumption, code: str, severity: str, params: tuple[tuple[str, str], ...]) -> Finding:
    subject = assumption.subject
    return Finding(
        code=code,
        severity=severity,
        leg=PERMISSION,
        component=subject.partition(" ")[0],
        rule=subject.partition(" ")[2],
        facts=("IA2",),
        params=(*params, ("subject", subject or "-"), ("detail", assumption.detail)),
    )
