"""How a call ended, and what the file proves about the cause (HAR1-HAR18)."""

from __future__ import annotations

from .call import Call

OK, CANCELLED = "ok", "cancelled"
TIMEOUT, REFUSED, UNREACHABLE, RESET, EMPTY = "timeout", "refused", "unreachable", "reset", "empty"
NO_NAME, NO_DNS, DNS, OFFLINE = "no_name", "no_dns", "dns", "offline"
UNKNOWN_CA, WRONG_CERTIFICATE, TLS = "unknown_ca", "wrong_certificate", "tls"
LNA, PREFLIGHT, NO_CORS, FAILED = "lna", "preflight_refused", "no_cors", "failed"
PERMISSION, THROTTLED, ANSWERED, SERVER = "permission", "throttled", "answered", "server_error"
PENDING, UNRECORDED, PROXY, BLOCKED_HERE, OTHER = "pending", "unrecorded", "proxy", "blocked_here", "other"

NETWORK = frozenset((TIMEOUT, REFUSED, UNREACHABLE, RESET, EMPTY, NO_NAME, NO_DNS, DNS, OFFLINE, PENDING, UNRECORDED))
"""The connection failed, or may have: a journey can tell why."""
NAMES = frozenset((NO_NAME, NO_DNS, DNS))
NEVER_SENT = frozenset(
    (TIMEOUT, REFUSED, UNREACHABLE, NO_NAME, NO_DNS, DNS, OFFLINE, UNKNOWN_CA, WRONG_CERTIFICATE, TLS, LNA, PREFLIGHT,
     PROXY, BLOCKED_HERE)
)  # fmt: skip
"""The API received no call, so CloudTrail cannot hold one (data-plane 15.4)."""
REACHED = frozenset((PERMISSION, THROTTLED, ANSWERED, SERVER, NO_CORS, PREFLIGHT))
"""A server answered: the network worked."""

ERRORS = {
    "ERR_CONNECTION_TIMED_OUT": TIMEOUT,  # HAR3
    "ERR_TIMED_OUT": TIMEOUT,
    "ERR_CONNECTION_REFUSED": REFUSED,  # HAR4
    "ERR_ADDRESS_UNREACHABLE": UNREACHABLE,  # HAR5
    "ERR_INTERNET_DISCONNECTED": OFFLINE,  # HAR10
    "ERR_CONNECTION_RESET": RESET,  # HAR8
    "ERR_CONNECTION_CLOSED": RESET,
    "ERR_EMPTY_RESPONSE": EMPTY,  # HAR9
    "ERR_CERT_AUTHORITY_INVALID": UNKNOWN_CA,  # HAR11
    "ERR_CERT_COMMON_NAME_INVALID": WRONG_CERTIFICATE,  # HAR12
    "ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS": LNA,  # HAR17
    "ERR_FAILED": FAILED,
    "ERR_ABORTED": CANCELLED,
    "ERR_BLOCKED_BY_CLIENT": BLOCKED_HERE,
    "ERR_BLOCKED_BY_ADMINISTRATOR": BLOCKED_HERE,
}
SILENT_AFTER, NO_SUCH_WITHIN = 10_000.0, 2_000.0
"""ms: HAR7 measured 26 s for a silent DNS server, HAR6 0.14 s for a name that does not exist."""
DENIALS = ("AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden", "ExplicitDeny", "UnrecognizedClient",
           "InvalidClientTokenId", "ExpiredToken", "SignatureDoesNotMatch", "OptInRequired")  # fmt: skip
THROTTLES = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "ProvisionedThroughputExceeded")


def judge(call: Call) -> str:
    """The outcome of one entry by itself."""
    if call.error:
        found = ERRORS.get(call.error) or _by_family(call.error)
        if found == FAILED and call.status:
            return NO_CORS  # HAR14: a server was reached
        if found in (None, FAILED) and call.status:
            return _answered(call)
        if found == DNS:  # HAR6, HAR7: only the time separates them
            return NO_DNS if call.time >= SILENT_AFTER else NO_NAME if call.time <= NO_SUCH_WITHIN else DNS
        return found or OTHER
    if not call.status:
        # HAR16; HAR18: no address and status 0 is a failure even where no error is recorded
        return PENDING if call.pending else UNRECORDED
    return _answered(call)


def _by_family(error: str) -> str | None:
    if error.startswith(("ERR_NAME_", "ERR_DNS_")):
        return DNS
    if error.startswith(("ERR_CERT_", "ERR_SSL_")):
        return TLS
    if error.startswith(("ERR_PROXY_", "ERR_TUNNEL_")):
        return PROXY
    return None


def _answered(call: Call) -> str:
    """HAR13: a server answered."""
    status = call.status
    if status < 400:
        return OK
    if status == 429 or any(sign in call.aws_error for sign in THROTTLES):
        return THROTTLED
    if any(sign in call.aws_error for sign in DENIALS) or "not authorized to perform" in call.message:
        return PERMISSION
    if status in (401, 403):
        return PERMISSION
    return SERVER if status >= 500 else ANSWERED


def join(call: Call, preflight: Call) -> str:
    """The outcome of a call whose preflight was recorded too (HAR19)."""
    if preflight.outcome == LNA:
        return LNA  # HAR17
    if call.outcome == FAILED:
        if preflight.status >= 400:
            return PREFLIGHT  # HAR15
        if preflight.outcome not in (OK, UNRECORDED, PENDING, FAILED):
            return preflight.outcome
    if call.outcome == UNRECORDED and preflight.status >= 400:
        return PREFLIGHT
    return call.outcome
