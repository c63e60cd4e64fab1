"""A log that may be handed on: the calls, times and addresses, without what was said.

Of payloads only DNS messages, the name and protocols of a ClientHello, TLS
record heads and alerts, and the first line of plain HTTP stay; of commands
only the program.  The result is read by ``tabiji strace --read`` like any log.
"""

from __future__ import annotations

from .arguments import STRING, descriptor, escape, label, string, unescape
from .lines import Call, Exit
from .payload import Hello, dns_message, http_request, http_status, minimal_hello, tls_record

NAMED = frozenset((
    "open", "openat", "openat2", "connect", "bind", "socket", "getsockopt", "poll", "ppoll", "select", "pselect6",
    "getsockname", "getpeername", "accept", "accept4", "close", "clone", "clone3",
))  # fmt: skip
"""Calls whose strings are names of files and addresses."""
DATA = frozenset((
    "send", "sendto", "sendmsg", "sendmmsg", "write", "writev",
    "recv", "recvfrom", "recvmsg", "recvmmsg", "read", "readv",
))  # fmt: skip
"""Calls whose strings are what was said."""


def redacted(event: Call | Exit) -> str:
    """One line of a log for an event, nothing secret in it."""
    clock = f"{event.time:.6f} " if event.time is not None else ""
    head = f"{event.pid} {clock}" if event.pid else clock
    if isinstance(event, Exit):
        what = f"killed by {event.signal}" if event.signal else f"exited with {event.code}"
        return f"{head}+++ {what} +++"
    args = event.args
    if event.name in ("execve", "execveat"):
        program = string(args)
        args = f'"{escape(program.data)}", [], NULL' if program else ""
    elif event.name in DATA:
        fd = descriptor(args)
        known = fd is not None and (not fd.label or label(fd.label) is not None)
        args = STRING.sub(lambda found: _payload(found[1], args, found.start(), known), args)
    elif event.name not in NAMED:
        args = STRING.sub('""...', args)
    result = "?" if event.result is None else str(event.result)
    detail = f" {event.detail}" if event.detail else ""
    took = f" <{event.duration:.6f}>" if event.duration is not None else ""
    return f"{head}{event.name}({args}) = {result}{STRING.sub('', detail)}{took}"


def _payload(text: str, args: str, at: int, known: bool) -> str:
    """A string of a call that sends or receives: an address stays, of a payload what is safe."""
    if args[max(0, at - 10) : at].endswith(("inet_addr(", "AF_INET6, ", "sun_path=", "sun_path=@")):
        return f'"{text}"'
    data = unescape(text)
    safe = _safe(data) if known else b""
    return f'"{escape(safe)}"' if safe == data else f'"{escape(safe)}"...'


def _safe(data: bytes) -> bytes:
    record = tls_record(data)
    if record is not None and isinstance(record[1], Hello):
        return minimal_hello(record[1])
    if data[:1] in (b"\x14", b"\x15", b"\x16", b"\x17") and data[1:2] == b"\3":
        return data[:7] if data[0] == 0x15 and len(data) == 7 else data[:6] if data[0] == 22 else data[:5]
    request = http_request(data)
    if request is not None:
        return f"{request.method} {request.path} HTTP/1.1\r\nHost: {request.host}\r\n\r\n".encode("ascii", "replace")
    status = http_status(data)
    if status is not None:
        return b"HTTP/1.1 %03d" % status
    message = dns_message(data)
    if message is not None and not any(r.type == "TXT" for r in message.answer):
        return data
    return b""
