"""The decision: every policy in play, in one order (IA1-IA6).

An explicit Deny anywhere wins.  Then organization, endpoint, boundary and
session policies must each allow; last, identity or resource policy must (in
one account either, across accounts both).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..estate import Estate
from ..estate.policy import RCP, SCP, Policy, Principal, ResourcePolicy
from .context import ANONYMOUS, AWS_OWNED, RequestContext, role_of
from .denial import denial_text
from .document import PolicyError, Statement, parse
from .statement import applies, by_account_only, missing_keys, unknown_keys

ALLOW, DENY, UNKNOWN = "allow", "deny", "unknown"
SERVICE_CONTROL, RESOURCE_CONTROL = "service_control", "resource_control"
ENDPOINT, BOUNDARY, SESSION = "endpoint", "boundary", "session"
IDENTITY, RESOURCE = "identity", "resource"
ORDER = (SERVICE_CONTROL, RESOURCE_CONTROL, ENDPOINT, BOUNDARY, SESSION, IDENTITY, RESOURCE)
"""Types of policy in the order they are consulted; which one an error names is AWS's choice (IA3)."""
FACTS = {
    ENDPOINT: ("IA1",),
    BOUNDARY: ("IA2",),
    SESSION: ("IA2",),
    SERVICE_CONTROL: ("IA2",),
    RESOURCE_CONTROL: ("IA2",),
}


class Assumption(msgspec.Struct, frozen=True, gc=False):
    """Something the decision takes for granted.

    ``kind``: ``missing`` (a policy the estate does not hold), ``key`` (a
    condition key nobody knows), ``malformed`` (a document that is no policy)
    or ``boundary`` (a boundary or session policy that does not allow what the
    resource policy grants).  ``policy`` is its type, ``subject`` whose, ``detail`` what.
    """

    kind: str
    policy: str
    subject: str = ""
    detail: str = ""


class Denial(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One policy type that says no: explicitly, by a statement, or by allowing nothing."""

    by: str
    explicit: bool
    policy: str = ""
    """Name or id of the policy."""
    statement: str = ""
    facts: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    """Condition keys the request lacks, which is why the statement denies (IA5)."""


class Decision(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What the policies say.

    ``verdict``: ``allow``, ``deny`` (certain) or ``unknown`` (everything known
    allows or may; ``assumptions`` tells what is missing).  ``by``, ``policy``
    and ``statement`` name what decided; ``others`` are further policy types
    that say no (IA3).  ``denial_text`` is AWS's error message for it.
    """

    verdict: str
    by: str = ""
    explicit: bool = False
    policy: str = ""
    statement: str = ""
    assumptions: tuple[Assumption, ...] = ()
    others: tuple[Denial, ...] = ()
    denial_text: str = ""
    facts: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    """As in ``Denial``."""


class _Verdict(msgspec.Struct):
    """What one type of policy says."""

    allows: bool | None = False
    denies: bool | None = False
    policy: str = ""
    statement: str = ""
    """The statement that allows or denies."""
    absent: tuple[str, ...] = ()
    delegates: bool = False
    """The allow names only the caller's account."""


class _Court:
    """Gathers verdicts and assumptions for one request."""

    def __init__(self, context: RequestContext) -> None:
        self.context = context
        self.assumptions: list[Assumption] = []
        self.verdicts: dict[str, list[_Verdict]] = {}

    def hear(self, kind: str, policies: Iterable[Policy]) -> _Verdict:
        """One set of policies of one type, judged together."""
        out = _Verdict()
        for policy in policies:
            try:
                statements = parse(policy.document)
            except PolicyError as error:
                self.assume("malformed", kind, policy.name, str(error))
                out.allows = out.allows or None
                out.denies = out.denies or None
                out.policy = out.policy or policy.name
                continue
            for statement in statements:
                self._weigh(out, kind, policy, statement)
            out.policy = out.policy or policy.name
        self.verdicts.setdefault(kind, []).append(out)
        return out

    def _weigh(self, out: _Verdict, kind: str, policy: Policy, statement: Statement) -> None:
        held = applies(statement, self.context)
        if held is False:
            return
        if held is None:
            for key in unknown_keys(statement, self.context):
                self.assume("key", kind, f"{policy.name} {statement.label}", key)
            if statement.allow:
                out.allows = out.allows or None
            else:
                out.denies = out.denies or None
            return
        if not statement.allow:
            if out.denies is not True:
                out.denies, out.policy, out.statement = True, policy.name, statement.label
                out.absent = missing_keys(statement, self.context)
            return
        delegates = kind == RESOURCE and by_account_only(statement, self.context)
        if out.allows is not True or (out.delegates and not delegates):
            out.allows, out.delegates = True, delegates
            if out.denies is not True:
                out.policy, out.statement = policy.name, statement.label

    def assume(self, kind: str, policy: str, subject: str = "", detail: str = "") -> None:
        """Note an assumption, once."""
        found = Assumption(kind, policy, subject, detail)
        if found not in self.assumptions:
            self.assumptions.append(found)


def authorise(estate: Estate, context: RequestContext) -> Decision:
    """Judge a request by all policies of the estate that are in play.  Never raises."""
    court = _Court(context)
    principal = principal_of(estate, context.principal)
    resource = resource_policy(estate, context.resource)
    owner = context.resource_account or (resource.account if resource is not None else "")
    _organization(estate, court, owner)
    endpoint = estate.vpc_endpoints.get(context.endpoint)
    if endpoint is not None and endpoint.policy_document:  # IE7: without a policy everything is allowed
        court.hear(ENDPOINT, (Policy(name=endpoint.vpc_endpoint_id, document=endpoint.policy_document),))
    if principal is not None:
        if principal.boundary is not None:
            court.hear(BOUNDARY, (principal.boundary,))
        if principal.session:
            court.hear(SESSION, principal.session)
        court.hear(IDENTITY, principal.policies)
    elif context.principal != ANONYMOUS and context.account() != AWS_OWNED:
        court.assume("missing", IDENTITY, context.principal)
    if resource is not None and resource.document:
        court.hear(RESOURCE, (Policy(name=resource.arn, document=resource.document),))
    return _settle(court, principal, resource, owner)


def principal_of(estate: Estate, arn: str) -> Principal | None:
    """The record of a caller: of that ARN, or of the role behind a session's ARN."""
    found: Principal | None = estate.principals.get(arn) or estate.principals.get(role_of(arn))
    return found


def resource_policy(estate: Estate, arn: str) -> ResourcePolicy | None:
    """The policy on a resource; an object's is its bucket's."""
    table = estate.resource_policies
    found: ResourcePolicy | None = table.get(arn)
    if found is None and ":s3:::" in arn:
        found = table.get(arn.partition("/")[0])
    return found


def _organization(estate: Estate, court: _Court, owner: str) -> None:
    """Each level must allow (IA2); service control policies bind the caller's account, the others the resource's."""
    caller = court.context.account()
    levels: dict[tuple[str, str], list[Policy]] = {}
    for record in estate.organization_policies.values():
        kind, account = (SERVICE_CONTROL, caller) if record.type == SCP else (RESOURCE_CONTROL, owner)
        if (
            record.type not in (SCP, RCP)
            or account == AWS_OWNED
            or (record.accounts and account not in record.accounts)
        ):
            continue
        if record.type == SCP and court.context.principal == ANONYMOUS:
            continue
        levels.setdefault((kind, record.level), []).append(Policy(name=record.name, document=record.document))
    for (kind, _), policies in levels.items():
        court.hear(kind, policies)


def _settle(court: _Court, principal: Principal | None, resource: ResourcePolicy | None, owner: str) -> Decision:
    caller = court.context.account()
    by_resource = court.verdicts.get(RESOURCE, [_Verdict()])[0]
    # Whether an implicit deny of a boundary or session policy holds back what a resource policy of the same account
    # grants depends on the kind of principal it grants to; IA2 has that only in part.
    bypassed = by_resource.allows is True and not by_resource.delegates and (not owner or owner == caller)
    denials = [
        Denial(by=kind, explicit=True, policy=v.policy, statement=v.statement, facts=("IA2",), absent=v.absent)
        for kind in ORDER
        for v in court.verdicts.get(kind, ())
        if v.denies is True
    ]
    open_question = False
    for kind in ORDER[:5]:  # each of these must allow
        for v in court.verdicts.get(kind, ()):
            if v.allows is not False or v.denies is True:
                continue
            if bypassed and kind in (BOUNDARY, SESSION):
                court.assume("boundary", kind, v.policy)
                open_question = True
                continue
            denials.append(Denial(by=kind, explicit=False, policy=v.policy, facts=FACTS[kind]))
    granted, by = _granted(court, principal, resource, owner)
    if granted is False:
        name = (principal.name or principal.arn) if principal is not None and by == IDENTITY else ""
        denials.append(Denial(by=by, explicit=False, policy=name or (resource.arn if resource else ""), facts=("IA2",)))
    context = court.context
    assumptions = tuple(court.assumptions)
    if denials:
        first = denials[0]
        return Decision(
            verdict=DENY,
            by=first.by,
            explicit=first.explicit,
            policy=first.policy,
            statement=first.statement,
            assumptions=assumptions,
            others=tuple(denials[1:]),
            denial_text=denial_text(first.by, first.explicit, context),
            facts=first.facts,
            absent=first.absent,
        )
    said = [v for rows in court.verdicts.values() for v in rows]
    unsure = open_question or granted is None or any(v.denies is None for v in said)
    unsure = unsure or any(v.allows is None for kind in ORDER[:5] for v in court.verdicts.get(kind, ()))
    winner = next((v for v in court.verdicts.get(by, ()) if v.allows), None)
    return Decision(
        verdict=UNKNOWN if unsure else ALLOW,
        by=by,
        policy=winner.policy if winner else "",
        statement=winner.statement if winner else "",
        assumptions=assumptions,
        facts=("IA2", *(("IA1",) if court.verdicts.get(ENDPOINT) else ())),
    )


def _granted(
    court: _Court, principal: Principal | None, resource: ResourcePolicy | None, owner: str
) -> tuple[bool | None, str]:
    """Does identity or resource policy grant it (IA2), and which of the two decided."""
    context = court.context
    rows = court.verdicts
    identity: bool | None = rows[IDENTITY][0].allows if IDENTITY in rows else None
    if context.principal == ANONYMOUS or context.account() == AWS_OWNED:
        identity = None if context.account() == AWS_OWNED else False
    told = rows[RESOURCE][0] if RESOURCE in rows else None
    by_resource: bool | None
    if told is not None:
        by_resource = told.allows
    elif resource is not None:
        by_resource = False  # known to have no policy
    else:
        by_resource = None
        court.assume("missing", RESOURCE, context.resource)
    caller = context.account()
    if context.principal == ANONYMOUS:
        return by_resource, RESOURCE
    if caller and owner and caller != owner:
        if identity is False or by_resource is False:
            return False, IDENTITY if identity is False else RESOURCE
        both = identity is True and by_resource is True
        return (True if both else None), RESOURCE
    if identity is True:
        return True, IDENTITY
    if by_resource is True and told is not None and not told.delegates:
        return True, RESOURCE
    if identity is False and (by_resource is False or (told is not None and told.delegates)):
        return False, IDENTITY
    return None, IDENTITY
