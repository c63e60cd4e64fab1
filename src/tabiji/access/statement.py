"""Does a statement apply to a request?  True, False, or None when that hangs on something not known."""

from __future__ import annotations

from collections.abc import Iterable

from .context import ANONYMOUS, RequestContext, account_of, role_of
from .document import Statement, Test
from .operators import OPERATORS, PATTERNS, WITH_VARIABLES
from .pattern import expand, fits, fits_action

Held = bool | None
"""True, False or not known."""


def any_of(rows: Iterable[Held]) -> Held:
    """True if one holds, None if one may."""
    found: Held = False
    for row in rows:
        if row:
            return True
        if row is None:
            found = None
    return found


def all_of(rows: Iterable[Held]) -> Held:
    """False if one fails, None if one may."""
    found: Held = True
    for row in rows:
        if row is False:
            return False
        if row is None:
            found = None
    return found


def negate(held: Held) -> Held:
    """The opposite; what is not known stays so."""
    return None if held is None else not held


def applies(statement: Statement, context: RequestContext) -> Held:
    """Do principal, action, resource and every condition hold?"""
    return all_of(
        (
            _action(statement, context),
            principal_fits(statement, context),
            _resource(statement, context),
            *(holds(test, context, statement.variables) for test in statement.tests),
        )
    )


def unknown_keys(statement: Statement, context: RequestContext) -> tuple[str, ...]:
    """What a statement hangs on that nobody knows, for the reader."""
    out = [test.key for test in statement.tests if holds(test, context, statement.variables) is None]
    if _resource(statement, context) is None:
        out.append("the resource")
    if principal_fits(statement, context) is None:
        out.append("the principal")
    if _action(statement, context) is None:
        out.append("the action")
    return tuple(dict.fromkeys(out))


def missing_keys(statement: Statement, context: RequestContext) -> tuple[str, ...]:
    """Keys that the request lacks and a negated test of the statement asks about: such a test holds (IA5)."""
    return tuple(
        dict.fromkeys(
            test.key
            for test in statement.tests
            if test.operator != "Null" and context.find(test.key) == () and OPERATORS[test.operator][1]
        )
    )


def _action(statement: Statement, context: RequestContext) -> Held:
    if statement.not_actions is not None:
        return negate(any_of(fits_action(p, context.action) for p in statement.not_actions))
    return any_of(fits_action(p, context.action) for p in statement.actions or ())


def _resource(statement: Statement, context: RequestContext) -> Held:
    if statement.not_resources is not None:
        return negate(any_of(_one_resource(p, statement, context) for p in statement.not_resources))
    if statement.resources is None:  # a policy on a resource or a role's trust policy may leave it out
        return True
    return any_of(_one_resource(p, statement, context) for p in statement.resources)


def _one_resource(pattern: str, statement: Statement, context: RequestContext) -> Held:
    if pattern == "*":
        return True
    if not context.resource:
        return None
    patterns = expand(pattern, context) if statement.variables else (pattern,)
    return None if patterns is None else any(fits(p, context.resource) for p in patterns)


# Principals ------------------------------------------------------------------


def principal_fits(statement: Statement, context: RequestContext) -> Held:
    """Is the caller among the statement's principals?  Identity policies have none: true."""
    if statement.not_principals is not None:
        return negate(any_of(_one_principal(kind, text, context) for kind, text in statement.not_principals))
    if statement.principals is None:
        return True
    return any_of(_one_principal(kind, text, context) for kind, text in statement.principals)


def by_account_only(statement: Statement, context: RequestContext) -> bool:
    """Does only the caller's account, not the caller, stand in the statement?  Then the account's policies decide."""
    rows = statement.principals or ()
    named = any(_one_principal(kind, text, context) for kind, text in rows if not _account_form(text))
    return not named and any(_one_principal(kind, text, context) for kind, text in rows if _account_form(text))


def _account_form(text: str) -> bool:
    return text.isdigit() or text.endswith(":root")


def _one_principal(kind: str, text: str, context: RequestContext) -> Held:
    who = context.principal
    if text == "*" and kind in ("AWS", "*"):
        return True
    if who == ANONYMOUS:
        return False
    if kind == "Service":
        return text == who
    if kind in ("Federated", "CanonicalUser"):
        return None
    if kind != "AWS":
        return False
    if not who and not context.account():
        return None
    account = text if text.isdigit() else account_of(text)
    if _account_form(text):
        return account == context.account()
    if account and context.account() and account != context.account():
        return False
    if not who:
        return None
    if text in (who, role_of(who)):
        return True
    role = role_of(who)  # a session's ARN lacks the role's path
    return bool(role) and text.rpartition("/")[2] == role.rpartition("/")[2] and ":role/" in text


# Conditions ------------------------------------------------------------------


def holds(test: Test, context: RequestContext, variables: bool = True) -> Held:
    """Does one condition hold?"""
    given = context.find(test.key)
    if test.operator == "Null":
        if given is None:
            return None
        return any(value.lower() == ("false" if given else "true") for value in test.values)
    match, negated = OPERATORS[test.operator]
    if given is None:
        return None
    if not given:  # IA5: a key the request lacks
        if test.if_exists or test.quantifier == "all":
            return True
        return negated and test.quantifier != "any"
    if not test.quantifier and len(given) > 1:
        return None  # several values without ForAnyValue or ForAllValues: what IAM makes of it is not established
    wanted = _wanted(test, context, variables)

    def one(value: str) -> Held:
        hit: Held = any(match(w, value) for w in wanted[0])
        if not hit and wanted[1]:
            hit = None
        return negate(hit) if negated else hit

    if test.quantifier == "all":
        return all_of(one(value) for value in given)
    return any_of(one(value) for value in given)


def _wanted(test: Test, context: RequestContext, variables: bool) -> tuple[list[str], bool]:
    """The policy's values with variables replaced, and whether some could not be."""
    if not variables or test.operator not in WITH_VARIABLES:
        return list(test.values), False
    out: list[str] = []
    unsure = False
    for value in test.values:
        expanded = expand(value, context)
        if expanded is None:
            unsure = True
        else:
            out += expanded
    if test.operator not in PATTERNS:  # compared literally: give back the signs that expand protects
        out = [w.replace("\ue000", "*").replace("\ue001", "?") for w in out]
    return out, unsure
