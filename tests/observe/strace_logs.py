"""Small strace logs written line by line: what each situation looks like."""

from __future__ import annotations

from tabiji.names.answer import Answer, ResourceRecord
from tabiji.names.wire import decode_query, encode_answer, encode_query
from tabiji.observe.strace.arguments import escape
from tabiji.observe.strace.payload import Hello, minimal_hello

NAME = "s3.ap-northeast-1.amazonaws.com."
SERVER = "10.0.0.2"
HELLO = minimal_hello(Hello("s3.ap-northeast-1.amazonaws.com", ("h2", "http/1.1"), True))
SERVER_HELLO = b"\x16\3\3\0\x7a\2\0\0\x76\3\3" + bytes(110)
FINISHED = b"\x14\3\3\0\1\1\x17\3\3\0\x45" + bytes(69)
REQUEST = b"\x17\3\3\0\x70" + bytes(112)
CLOSE_NOTIFY = b"\x17\3\3\0\x13" + bytes(19)


def inet(address: str, port: int) -> str:
    if ":" in address:
        return (
            f'{{sa_family=AF_INET6, sin6_port=htons({port}), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "{address}", '
            "&sin6_addr), sin6_scope_id=0}"
        )
    return f'{{sa_family=AF_INET, sin_port=htons({port}), sin_addr=inet_addr("{address}")}}'


class Writer:
    """Writes lines as ``strace -f -ttt -T -yy -o FILE`` does; the clock moves with every call."""

    def __init__(self, pid: int = 100, time: float = 1_700_000_000.0) -> None:
        self.pid, self.time, self.lines = pid, time, list[str]()

    def call(self, text: str, result: str = "0", took: float = 0.00001, pid: int = 0) -> None:
        self.lines.append(f"{pid or self.pid}  {self.time:.6f} {text} = {result} <{took:.6f}>")
        self.time += took + 0.0001

    def end(self, code: int = 0, pid: int = 0) -> None:
        self.lines.append(f"{pid or self.pid}  {self.time:.6f} +++ exited with {code} +++")

    def text(self) -> bytes:
        return ("\n".join(self.lines) + "\n").encode()

    # Pieces ---------------------------------------------------------------------

    def dns(
        self, fd: int = 3, rcode: str | None = "NOERROR", addresses: tuple[str, ...] = ("10.0.0.9",), name: str = NAME
    ) -> None:
        """One A question as glibc asks it; ``rcode`` None: nobody answers."""
        label = f"<UDP:[10.0.0.1:4000->{SERVER}:53]>"
        self.call("socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC|SOCK_NONBLOCK, IPPROTO_IP)", f"{fd}<UDP:[{fd}77]>")
        self.call(f"connect({fd}<UDP:[{fd}77]>, {inet(SERVER, 53)}, 16)")
        query = encode_query(name, "A", ident=7, edns=False)
        for _ in range(2 if rcode is None else 1):
            self.call(f'sendto({fd}{label}, "{escape(query)}", {len(query)}, MSG_NOSIGNAL, NULL, 0)', str(len(query)))
            if rcode is None:
                self.call(f"poll([{{fd={fd}{label}, events=POLLIN}}], 1, 5000)", "0 (Timeout)", 5.0)
        if rcode is not None:
            records = tuple(ResourceRecord(name, "A", 60, address) for address in addresses)
            answer = Answer(name=name, type="A", rcode=rcode, answer=records if rcode == "NOERROR" else ())
            data = encode_answer(answer, decode_query(query))
            self.call(
                f'recvfrom({fd}{label}, "{escape(data)}", 2048, 0, {inet(SERVER, 53)}, [28 => 16])', str(len(data))
            )
        self.call(f"close({fd}{label})")

    def connect(self, address: str, port: int = 443, fd: int = 3, error: str = "0", wait: float = 0.003) -> str:
        """A connect that does not wait, a poll, and its result; ``error`` TIMEOUT: the poll runs out of time."""
        family = "TCPv6" if ":" in address else "TCP"
        local = "[fd00::1]:5000" if ":" in address else "10.0.0.1:5000"
        there = f"[{address}]" if ":" in address else address
        bare, label = f"<{family}:[{fd}{self.time:.0f}]>", f"<{family}:[{local}->{there}:{port}]>"
        kind = "AF_INET6" if ":" in address else "AF_INET"
        self.call(f"socket({kind}, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP)", f"{fd}{bare}")
        self.call(f"connect({fd}{bare}, {inet(address, port)}, 16)", "-1 EINPROGRESS (Operation now in progress)")
        polled = f"poll([{{fd={fd}{label}, events=POLLOUT|POLLERR}}], 1, 2000)"
        if error == "TIMEOUT":
            self.call(polled, "0 (Timeout)", 2.002)
            self.call(f"close({fd}{label})")
            return label
        self.call(polled, f"1 ([{{fd={fd}, revents=POLLOUT}}])", wait)
        self.call(f"getsockopt({fd}{label}, SOL_SOCKET, SO_ERROR, [{error}], [4])")
        return label

    def write(self, label: str, data: bytes, fd: int = 3) -> None:
        self.call(f'write({fd}{label}, "{escape(data)}", {len(data)})', str(len(data)))

    def read(self, label: str, data: bytes, fd: int = 3) -> None:
        self.call(f'read({fd}{label}, "{escape(data)}", 16384)', str(len(data)))

    def fail(self, what: str, label: str, error: str, fd: int = 3) -> None:
        self.call(f"{what}({fd}{label}, 0x7f00, 16384)", f"-1 {error} (it failed)")


def tls(after: list[tuple[str, bytes]]) -> bytes:
    """A lookup, a connection and a ClientHello, then what follows: ``read`` or ``write`` of octets, or an error."""
    writer = Writer()
    writer.dns()
    label = writer.connect("10.0.0.9")
    writer.write(label, HELLO)
    for what, data in after:
        if what == "read":
            writer.read(label, data)
        elif what == "write":
            writer.write(label, data)
        elif what == "wait":
            writer.call(f"poll([{{fd=3{label}, events=POLLIN}}], 1, 60000)", "0 (Timeout)", 60.0)
        else:
            writer.fail("read", label, what)
    writer.call(f"close(3{label})")
    writer.end()
    return writer.text()
