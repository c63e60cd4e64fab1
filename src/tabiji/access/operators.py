"""Condition operators: does one value of the request match one value of the policy?

``OPERATORS`` maps a name to its test and to whether it is negated; a negated
operator holds when the plain one does not (IA5).
"""

from __future__ import annotations

from collections.abc import Callable

from ..packet.address import AddressError, parse_address, parse_prefix

Match = Callable[[str, str], bool]
"""(policy's value, request's value) -> does it match?"""


def _like(wanted: str, given: str) -> bool:
    from .pattern import fits

    return fits(wanted, given)


def _arn(wanted: str, given: str) -> bool:
    from .pattern import fits_arn

    return fits_arn(wanted, given)


def _equal(wanted: str, given: str) -> bool:
    return wanted == given


def _folded(wanted: str, given: str) -> bool:
    return wanted.lower() == given.lower()


def _number(test: Callable[[float, float], bool]) -> Match:
    def match(wanted: str, given: str) -> bool:
        try:
            return test(float(given), float(wanted))
        except ValueError:
            return False

    return match


def _date(test: Callable[[float, float], bool]) -> Match:
    def match(wanted: str, given: str) -> bool:
        try:
            return test(_seconds(given), _seconds(wanted))
        except ValueError:
            return False

    return match


def _seconds(text: str) -> float:
    """Seconds since 1970 of a date (ISO 8601) or of such a number.  Raises ValueError."""
    try:
        return float(text)
    except ValueError:
        from datetime import UTC, datetime

        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _address(wanted: str, given: str) -> bool:
    try:
        low, high = parse_prefix(wanted)
        return low <= parse_address(given) <= high
    except AddressError:
        return False


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}

OPERATORS: dict[str, tuple[Match, bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_folded, False),
    "StringNotEqualsIgnoreCase": (_folded, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_arn, False),
    "ArnLike": (_arn, False),
    "ArnNotEquals": (_arn, True),
    "ArnNotLike": (_arn, True),
    "IpAddress": (_address, False),
    "NotIpAddress": (_address, True),
    "Bool": (_folded, False),
    "BinaryEquals": (_equal, False),
    "Null": (_equal, False),
    "NumericNotEquals": (_number(_COMPARISONS["Equals"]), True),
    "DateNotEquals": (_date(_COMPARISONS["Equals"]), True),
    **{f"Numeric{name}": (_number(test), False) for name, test in _COMPARISONS.items()},
    **{f"Date{name}": (_date(test), False) for name, test in _COMPARISONS.items()},
}
WITH_VARIABLES = frozenset(name for name in OPERATORS if name.startswith(("String", "Arn")))
"""Operators whose values may hold policy variables."""
PATTERNS = frozenset(name for name in OPERATORS if name.endswith("Like") or name.startswith("Arn"))
"""Operators whose values are patterns."""
