"""Real resolver tools in a network namespace of their own, with a resolv.conf of their own.

``outputs`` runs this file inside ``unshare``; there it serves ``NAMES`` on
127.0.0.2:53 and some failing servers beside it, and runs the commands.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

from dns_serving import SOA, SSM_ANSWER, Running, Zone, ok, rr, soa
from tabiji.dnsd import Server, ViewBinding
from tabiji.names.answer import NXDOMAIN, TIMEOUT, Answer

GOOD, SILENT, SERVFAIL, REFUSED, CLOSED, NO_ROUTE = (
    "127.0.0.2", "127.0.0.3", "127.0.0.5", "127.0.0.6", "127.0.0.7", "10.99.0.2",
)  # fmt: skip

_DATA = {
    "MX": "10 mail.example.com.",
    "TXT": '"a b" "c\\"d;e"',
    "SRV": "1 2 53 srv.example.com.",
    "SOA": SOA,
    "NS": "ns1.example.com.",
    "CAA": '0 issue "ca.example.net"',
    "DS": "1 13 2 " + "AB" * 32,
    "TLSA": "3 1 1 " + "CD" * 32,
    "SSHFP": "1 2 " + "0F" * 32,
    "NAPTR": '10 20 "u" "sip" "!^.*$!x!" .',
    "SPF": '"v=spf1 -all"',
}
_TWO = rr("two.example.com.", "A", "10.1.1.1")
_TWO6 = rr("two.example.com.", "AAAA", "2001:db8::1")
_CHAIN = (rr("www.example.com.", "CNAME", "mid.example.com."), rr("mid.example.com.", "CNAME", "two.example.com."))
_GONE = rr("dangling.example.com.", "CNAME", "gone.example.com.")
_EMPTY = rr("cn.example.com.", "CNAME", "txt.example.com.")

NAMES = Zone(
    [
        SSM_ANSWER,
        ok("two.example.com.", "A", _TWO),
        ok("two.example.com.", "AAAA", _TWO6),
        ok("six.example.com.", "AAAA", rr("six.example.com.", "AAAA", "2001:db8::6")),
        ok("four.example.com.", "A", rr("four.example.com.", "A", "10.1.1.4")),
        ok("www.example.com.", "A", *_CHAIN, _TWO),
        ok("www.example.com.", "AAAA", *_CHAIN, _TWO6),
        *(ok("dangling.example.com.", t, _GONE, rcode=NXDOMAIN, authority=soa("example.com.")) for t in ("A", "AAAA")),
        *(ok("cn.example.com.", t, _EMPTY, authority=soa("example.com.")) for t in ("A", "AAAA")),
        ok("txt.example.com.", "TXT", rr("txt.example.com.", "TXT", "x")),
        ok("big.example.com.", "A", *(rr("big.example.com.", "A", f"10.0.{i >> 8}.{i & 255}") for i in range(300))),
        ok("4.3.2.10.in-addr.arpa.", "PTR", rr("4.3.2.10.in-addr.arpa.", "PTR", "ip-10-2-3-4.ec2.internal.")),
        *(ok("m.example.com.", t, rr("m.example.com.", t, data)) for t, data in _DATA.items()),
        *(
            ok(f"{rcode.lower()}.example.com.", t, rcode=rcode)
            for rcode in ("SERVFAIL", "REFUSED", "FORMERR", "NOTIMP", TIMEOUT)
            for t in ("A", "AAAA")
        ),
        *(ok(f"six-{r.lower()}.example.com.", "A", rr(f"six-{r.lower()}.example.com.", "A", "10.4.4.4")) for r in
          ("SERVFAIL", "NXDOMAIN", "REFUSED", TIMEOUT)),
        *(ok(f"six-{r.lower()}.example.com.", "AAAA", rcode=r) for r in
          ("SERVFAIL", "NXDOMAIN", "REFUSED", TIMEOUT)),
    ]
)  # fmt: skip


def answer_of(server: str, name: str, type_: str) -> Answer:
    """What that server gives, as a client sees it."""
    import msgspec

    rcode = {SILENT: TIMEOUT, CLOSED: "CONNREFUSED", NO_ROUTE: "UNREACHABLE", SERVFAIL: "SERVFAIL", REFUSED: "REFUSED"}
    if server in rcode:
        return Answer(name=name, type=type_, rcode=rcode[server], server=server)
    return msgspec.structs.replace(NAMES(name.lower(), type_), server=server)


@cache
def _unusable() -> str:
    for command in ("unshare", "ip", "mount"):
        if not shutil.which(command):
            return f"{command} is not installed"
    if subprocess.run(["unshare", "-n", "-m", "true"], capture_output=True, check=False).returncode:
        return "no right to make a network namespace"
    return ""


def outputs(*commands: tuple[str, ...], servers: tuple[str, ...] = (GOOD,), **options: Any) -> list[tuple[str, int]]:
    """Standard output and exit code of each command; skips the test where namespaces cannot be made.

    ``search``: the search list; ``addresses``: addresses the host has besides
    loopback; ``options``: the options line of resolv.conf.
    """
    if reason := _unusable():
        pytest.skip(reason)
    job = json.dumps({"commands": commands, "servers": servers, **options})
    done = subprocess.run(
        ["unshare", "-n", "-m", sys.executable, __file__],
        input=job, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [tuple(entry) for entry in json.loads(done.stdout)]


def _main() -> None:
    job = json.load(sys.stdin)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in job.get("addresses", ()):
        subprocess.run(["ip", "addr", "add", address, "dev", "lo", "nodad"], check=False)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
        lines = [f"nameserver {server}" for server in job["servers"]]
        lines += [f"search {job['search']}"] if job.get("search") else []
        lines += [f"options {job['options']}"] if job.get("options") else []
        conf.write("\n".join([*lines, ""]))
        conf.flush()
        subprocess.run(["mount", "--bind", conf.name, "/etc/resolv.conf"], check=True)
        dead = {SILENT: TIMEOUT, SERVFAIL: "SERVFAIL", REFUSED: "REFUSED"}

        def always(rcode: str) -> Any:
            return lambda name, type_: Answer(name=name, type=type_, rcode=rcode)

        bindings = [ViewBinding(name="good", answer=NAMES, host=GOOD, port=53)]
        bindings += [ViewBinding(name=r, answer=always(r), host=h, port=53) for h, r in dead.items()]
        with Running(Server(bindings)):
            results = []
            for command in job["commands"]:
                done = subprocess.run(
                    command, capture_output=True, text=True, check=False, env={**os.environ, "TZ": "UTC", "LC_ALL": "C"}
                )
                results.append((done.stdout, done.returncode))
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    _main()
