"""What the client would print, and how long it takes to say so (data-plane 15.3, ER1, RQ39, HAR3-HAR13).

The tools' words are data and stay as the tools write them; ``...`` stands for
what varies.  Our own words are in the catalogue (``seen.*``).
"""

from __future__ import annotations

from typing import NamedTuple

from ..findings.finding import BLOCKER, NAME, PERMISSION, TLS, Finding
from ..names.public_endpoints import classify
from ..packet.header import TCP
from .model import BLOCKED, Journey, Path, Seen

AWS, AWS_V1, CURL, BROWSER = "aws", "aws-v1", "curl", "browser"
CLIENTS = (AWS, AWS_V1, CURL, BROWSER)
CONNECT_TIMEOUT = 60
"""Seconds the aws CLI waits for a connection, and for an answer (ER1, RQ39)."""
ATTEMPTS = {AWS: 3, AWS_V1: 5}
"""RQ39: standard and legacy retry mode."""
BROWSER_DNS_SILENCE = 26
"""Seconds (HAR7)."""

# Outcomes: what happened, as the client's TCP, DNS or TLS library sees it.
DROP, REFUSED, UNREACHABLE, DNS, DNS_SILENT = "drop", "refused", "unreachable", "dns", "dns_silent"
TLS_DROP, TLS_RESET, NAME_MISMATCH, UNKNOWN_CA, DENIED = "tls_drop", "tls_reset", "certificate_name", "ca", "denied"
REFUSING = ("host.not_listening",)
LOCAL = ("host.own_route", "host.no_family")


class Words(NamedTuple):
    """One cell of the table: the text, the exit code."""

    text: str
    exit: int | None


_CONNECT = Words('Could not connect to the endpoint URL: "{url}"', 255)
_AWS = {
    DROP: Words('Connect timeout on endpoint URL: "{url}"', 255),
    REFUSED: _CONNECT,
    UNREACHABLE: _CONNECT,
    DNS: _CONNECT,
    DNS_SILENT: _CONNECT,
    TLS_DROP: Words('Read timeout on endpoint URL: "{url}"', 255),
    TLS_RESET: Words('Connection was closed before we received a valid response from endpoint URL: "{url}"', 255),
    NAME_MISMATCH: Words("SSL validation failed ... CERTIFICATE_VERIFY_FAILED", 255),
    UNKNOWN_CA: Words("SSL validation failed ... CERTIFICATE_VERIFY_FAILED", 255),
}
_CURL_CONNECT = "Failed to connect to {host} port {port} ..."
TABLE: dict[str, dict[str, Words]] = {
    AWS: _AWS,
    AWS_V1: _AWS,
    CURL: {
        DROP: Words(f"curl: (28) {_CURL_CONNECT}", 28),
        REFUSED: Words(f"curl: (7) {_CURL_CONNECT}", 7),
        UNREACHABLE: Words(f"curl: (7) {_CURL_CONNECT}", 7),
        DNS: Words("curl: (6) Could not resolve host: {host}", 6),
        DNS_SILENT: Words("curl: (6) Could not resolve host: {host}", 6),
        TLS_DROP: Words("curl: (28) SSL connection timeout", 28),
        TLS_RESET: Words("curl: (35) Recv failure: Connection reset by peer", 35),
        NAME_MISMATCH: Words(
            "curl: (60) SSL: no alternative certificate subject name matches target host name '{host}'", 60
        ),
        UNKNOWN_CA: Words("curl: (60) SSL certificate problem: ...", 60),
    },
    BROWSER: {
        DROP: Words("net::ERR_CONNECTION_TIMED_OUT", None),
        REFUSED: Words("net::ERR_CONNECTION_REFUSED", None),
        UNREACHABLE: Words("net::ERR_ADDRESS_UNREACHABLE", None),
        DNS: Words("net::ERR_NAME_NOT_RESOLVED", None),
        DNS_SILENT: Words("net::ERR_NAME_NOT_RESOLVED", None),
        TLS_RESET: Words("net::ERR_CONNECTION_RESET", None),
        NAME_MISMATCH: Words("net::ERR_CERT_COMMON_NAME_INVALID", None),
        UNKNOWN_CA: Words("net::ERR_CERT_AUTHORITY_INVALID", None),
    },
}
"""Client -> outcome -> words; an outcome that nobody measured with that client is missing."""
HAR = {
    DROP: "HAR3", REFUSED: "HAR4", UNREACHABLE: "HAR5", DNS: "HAR6", DNS_SILENT: "HAR7", TLS_RESET: "HAR8",
    UNKNOWN_CA: "HAR11", NAME_MISMATCH: "HAR12", DENIED: "HAR13",
}  # fmt: skip


def all_seen(journey: Journey) -> tuple[Seen, ...]:
    """What the aws CLI, curl and a browser would show, as far as they would be used for such a request."""
    found = (seen(journey, client) for client in fitting(journey))
    return tuple(row for row in found if row is not None)


def fitting(journey: Journey) -> tuple[str, ...]:
    """The clients a person would use for this request."""
    request = journey.request
    if request.protocol != TCP:
        return ()
    web = request.scheme in ("http", "https") or (not request.scheme and request.port in (80, 443))
    spoken = classify(request.host) if web else None
    if spoken is not None and spoken.kind in ("service", "vpce"):
        return (AWS, CURL, BROWSER)
    return (CURL, BROWSER) if web else ()


def seen(journey: Journey, client: str = AWS) -> Seen | None:
    """What a client shows for a blocked journey; None for one that works, cannot be told, or was never measured."""
    if journey.verdict != BLOCKED:
        return None
    told = outcome(journey)
    if told is None:
        return None
    kind, finding = told
    if kind == DENIED:
        return _denied(client, finding)
    words = TABLE[client].get(kind)
    if words is None:
        return None
    request = journey.request
    text = words.text.format(url=endpoint_url(journey), host=request.host, port=request.port or "")
    facts: tuple[str, ...] = ("15.3",) if client != BROWSER else (HAR[kind],)
    if client in ATTEMPTS and kind == DROP:
        facts = ("15.3", "ER1", "RQ39", "W12") if finding.leg == "reply" else ("15.3", "ER1", "RQ39")
    return Seen(
        client=client,
        outcome=kind,
        text=text,
        exit=words.exit,
        seconds=_seconds(journey, client, kind),
        code=f"seen.{kind}",
        facts=facts,
    )


def outcome(journey: Journey) -> tuple[str, Finding] | None:
    """What happens to the client, and the finding that makes it happen; None when no blocker says."""
    blockers = [f for f in journey.findings if f.severity == BLOCKER]
    for finding in blockers:
        if finding.leg == NAME:
            return (DNS_SILENT if finding.code in ("name.timeout", "name.no_answer") else DNS), finding
    # The client goes through its addresses: the last one's failure is what it reports.
    for path in reversed(journey.paths):
        stopped = next((f for f in path.findings if f.severity == BLOCKER), None)
        if path.verdict == BLOCKED and stopped is not None:
            return _of_packet(stopped), stopped
    for finding in blockers:
        if finding.leg == TLS:
            return (UNKNOWN_CA if finding.code == "tls.unknown_ca" else NAME_MISMATCH), finding
        if finding.leg == PERMISSION:
            return DENIED, finding
    return None


def _of_packet(finding: Finding) -> str:
    """15.3 by what stopped the packet: most things drop without a word."""
    if finding.code in REFUSING:
        return REFUSED
    if finding.code in LOCAL:
        return UNREACHABLE
    late = finding.param("phase") == "data"
    if finding.code == "firewall.drop_application":
        return TLS_DROP
    if finding.code == "firewall.reject":
        return TLS_RESET if late else REFUSED
    return DROP


def _seconds(journey: Journey, client: str, kind: str) -> int | None:
    if kind == DNS_SILENT:
        if client == BROWSER:
            return BROWSER_DNS_SILENCE
        waited = sum(answer.elapsed for answer in journey.resolutions)
        return int(waited * ATTEMPTS.get(client, 1)) or None  # RQ39: DNS is asked again for each attempt
    if kind not in (DROP, TLS_DROP):
        return 0
    if client not in ATTEMPTS:
        return None  # the system's own timeout
    if kind == TLS_DROP:
        return CONNECT_TIMEOUT  # how often it is tried again was not measured
    tried = sum(1 for destination, paths in _by_destination(journey).items() if all(_silent(p) for p in paths))
    return CONNECT_TIMEOUT * max(1, tried) * ATTEMPTS[client]


def _by_destination(journey: Journey) -> dict[int, list[Path]]:
    out: dict[int, list[Path]] = {}
    for path in journey.paths:
        out.setdefault(path.destination, []).append(path)
    return out


def _silent(path: Path) -> bool:
    stopped = next((f for f in path.findings if f.severity == BLOCKER), None)
    return stopped is not None and _of_packet(stopped) == DROP


def _denied(client: str, finding: Finding) -> Seen:
    """An HTTP 403: the network worked (15.2)."""
    from ..access.denial import EXIT_SERVICE_ERROR, cli_text

    message = finding.param("text")
    if client in ATTEMPTS:
        text = cli_text(finding.param("operation"), message)
        code = EXIT_SERVICE_ERROR if client == AWS else None
        return Seen(client=client, outcome=DENIED, text=text, exit=code, seconds=0, code="seen.denied", facts=("15.2",))
    facts = ("15.2",) if client == CURL else (HAR[DENIED],)
    exit_code = 0 if client == CURL else None
    text = f"HTTP 403: {message}"
    return Seen(client=client, outcome=DENIED, text=text, exit=exit_code, seconds=0, code="seen.denied", facts=facts)


def endpoint_url(journey: Journey) -> str:
    """The URL as the client knows it."""
    request = journey.request
    scheme = request.scheme or ("https" if request.tls else "http")
    usual = {"https": 443, "http": 80}.get(scheme)
    host = request.host
    if ":" in host:
        host = f"[{host}]"
    port = "" if request.port in (None, usual) else f":{request.port}"
    return f"{scheme}://{host}{port}{request.path or '/'}"


__all__ = [
    "AWS",
    "AWS_V1",
    "BROWSER",
    "CLIENTS",
    "CURL",
    "Seen",
    "all_seen",
    "endpoint_url",
    "fitting",
    "outcome",
    "seen",
]
