"""Suricata rule texts, as far as Network Firewall rule groups commonly use them.

``parse`` splits a text into rules; ``understand`` tells what a rule matches in
terms the fabric has (5-tuple, application, host name) or names the options it
does not understand.  The parsers to be had skip rules they cannot read, which
would turn a blocked request into a reachable one; hence this one, which
never drops a rule silently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..packet.address import V6_MAX, AddressError, parse_prefix
from ..packet.header import ICMP, ICMPV6, PORTS, TCP, UDP
from ..packet.ranges import Ranges, intersect, normalise, subtract
from .request_facts import host_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EVERYTHING: Ranges = ((0, V6_MAX),)

TRANSPORTS: dict[str, tuple[int, ...] | None] = {
    "ip": None,
    "tcp": (TCP,),
    "udp": (UDP,),
    "icmp": (ICMP, ICMPV6),
}
"""Header protocols that are no application; None is any protocol."""
APPLICATIONS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(
        ("tls", "http", "http2", "ssh", "smtp", "ftp", "ftp-data", "imap", "smb", "dcerpc", "msn", "rdp", "rfb"),
        (TCP,),
    ),
    **dict.fromkeys(("quic", "tftp", "ntp", "dhcp", "ikev2", "ike"), (UDP,)),
    **dict.fromkeys(("dns", "krb5", "nfs", "snmp", "sip"), (TCP, UDP)),
}
"""Application protocol -> transports it runs over."""

SAID = frozenset(
    ("msg", "sid", "rev", "gid", "classtype", "reference", "metadata", "priority", "target", "noalert", "fast_pattern",
     "ssl_state", "to_lowercase")
)  # fmt: skip
"""Options that do not change which requests a rule matches.  ``ssl_state`` only picks the packet of the handshake."""
BUFFERS = {"tls.sni": "tls_names", "tls_sni": "tls_names", "http.host": "http_names", "http_host": "http_names"}
"""Buffers ``content`` may look into -> the fact that holds them."""
PLACINGS = frozenset(("startswith", "endswith", "nocase", "dotprefix"))
FLOW_WORDS = frozenset(
    ("to_server", "from_client", "to_client", "from_server", "established", "not_established", "stateless")
)


class Written(NamedTuple):
    """A rule as it is written: action, the seven header fields, options in order."""

    action: str
    header: tuple[str, ...]
    options: tuple[tuple[str, str], ...]

    def option(self, name: str) -> str:
        """The first value of an option, or nothing."""
        return next((value for key, value in self.options if key == name), "")


class Condition(NamedTuple):
    """What a rule matches.

    ``sides`` holds (source, destination, source ports, destination ports),
    two of them for ``<>``; ``protos`` None is any.  ``app`` must be spoken,
    ``not_app`` must not.  ``names`` are (fact, pattern) that must hold.
    ``direction``: ``to_server``, ``to_client`` or empty for both;
    ``established`` None, True or False.  ``payload``: it looks into data, so
    it cannot match while a TCP connection is being set up.  ``unsupported`` is
    what is not understood: the rule may match less than the rest says.
    """

    sides: tuple[tuple[Ranges, Ranges, Ranges, Ranges], ...]
    protos: tuple[int, ...] | None
    app: str = ""
    not_app: str = ""
    names: tuple[tuple[str, str], ...] = ()
    direction: str = ""
    established: bool | None = None
    payload: bool = False
    unsupported: str = ""


class Variables(NamedTuple):
    """``$NAME`` and ``@NAME``: address sets and port sets; a name that is missing is unknown."""

    addresses: Mapping[str, Ranges]
    ports: Mapping[str, Ranges]


class NotUnderstood(ValueError):
    """A part of a rule that cannot be told; the message is that part."""


# Reading --------------------------------------------------------------------------


def parse(text: str) -> list[Written]:
    """All rules of a text; comments are left out, ``\\`` at the end of a line joins it to the next.

    Raises NotUnderstood with the line that is no rule.
    """
    joined = text.replace("\\\r\n", " ").replace("\\\n", " ")
    lines = (line.strip() for line in joined.splitlines())
    return [_rule(line) for line in lines if line and not line.startswith("#")]


def _rule(line: str) -> Written:
    head, bracket, rest = line.partition("(")
    if not bracket or not rest.rstrip().endswith(")"):
        raise NotUnderstood(line)
    words = _words(head)
    if len(words) != 7:
        raise NotUnderstood(line)
    options: list[tuple[str, str]] = []
    for piece in _split(rest.rstrip()[:-1], ";"):
        name, _, value = piece.partition(":")
        if name.strip():
            options.append((name.strip().lower(), value.strip()))
    return Written(words[0].lower(), tuple(words[1:]), tuple(options))


def _words(head: str) -> list[str]:
    """Header fields; a bracketed list is one word however it is spaced."""
    out, depth = [""], 0
    for char in head:
        depth += (char == "[") - (char == "]")
        if char.isspace() and not depth:
            out.append("")
        elif not char.isspace():
            out[-1] += char
    return [word for word in out if word]


def _split(text: str, mark: str) -> list[str]:
    """Split at marks outside of quotes and brackets; a backslash takes the next character as it is."""
    out, quoted, depth, i = [""], False, 0, 0
    while i < len(text):
        char = text[i]
        if char == "\\" and i + 1 < len(text):
            out[-1] += text[i : i + 2]
            i += 2
            continue
        if char == '"':
            quoted = not quoted
        elif not quoted:
            depth += (char == "[") - (char == "]")
        if char == mark and not quoted and depth <= 0:
            out.append("")
        else:
            out[-1] += char
        i += 1
    return [part for part in map(str.strip, out) if part]


# Understanding ------------------------------------------------------------------------


def understand(rule: Written, variables: Variables) -> Condition:
    """What a rule matches; unknown parts widen the match and are named in ``unsupported``."""
    proto, src, sport, arrow, dst, dport = rule.header
    missing: list[str] = []

    def known(read: Callable[[str], Ranges], text: str, wide: Ranges) -> Ranges:
        try:
            return read(text)
        except NotUnderstood as error:
            missing.append(str(error))
            return wide

    def addresses(text: str) -> Ranges:
        return known(lambda t: address_set(t, variables), text, EVERYTHING)

    def ports(text: str) -> Ranges:
        return known(lambda t: port_set(t, variables), text, (PORTS,))

    side = (addresses(src), addresses(dst), ports(sport), ports(dport))
    if arrow not in ("->", "<>"):
        missing.append(arrow)
    sides = (side, (side[1], side[0], side[3], side[2])) if arrow == "<>" else (side,)
    word = proto.lower()
    app = "" if word in TRANSPORTS else word
    if not app:
        protos = TRANSPORTS[word]
    elif word in APPLICATIONS:
        protos = APPLICATIONS[word]
    else:
        protos, app = None, ""
        missing.append(proto)
    options = _Options()
    for name, value in rule.options:
        options.take(name, value)
    missing += options.finish()
    return Condition(
        sides,
        protos,
        options.app or app,
        options.not_app,
        options.names,
        options.direction,
        options.established,
        bool(options.app or app or options.not_app or options.contents or any(map(_of_payload, options.missing))),
        missing[0] if missing else "",
    )


def _of_payload(option: str) -> bool:
    """Does an option look into data?  Buffers have a dot in their names."""
    return "." in option or option in ("pcre", "isdataat", "dsize", "byte_test", "byte_jump", "byte_extract")


class _Options:
    """Reads the options of one rule in their order: buffers first, contents and their placings after."""

    def __init__(self) -> None:
        self.buffer = ""
        self.dotted = False
        self.contents: list[tuple[str, str, set[str]]] = []
        self.app = ""
        self.not_app = ""
        self.direction = ""
        self.established: bool | None = None
        self.missing: list[str] = []
        self.names: tuple[tuple[str, str], ...] = ()

    def take(self, name: str, value: str) -> None:
        if name in SAID:
            return
        if name in ("tls_sni", "http_host") and self.contents and not self.contents[-1][0]:
            # The older spelling stands after the content it is about.
            self.contents[-1] = (BUFFERS[name], *self.contents[-1][1:])
        elif name in BUFFERS:
            self.buffer, self.dotted = BUFFERS[name], False
        elif name == "dotprefix":
            self.dotted = True
        elif name == "content":
            self.contents.append((self.buffer, value, {"dotprefix"} if self.dotted else set()))
        elif name in PLACINGS and self.contents:
            self.contents[-1][2].add(name)
        elif name == "flow":
            self._flow(value)
        elif name == "app-layer-protocol":
            self._application(value)
        else:
            if "." in name:  # another buffer: what follows is not about the host name
                self.buffer = ""
            self.missing.append(name)

    def _flow(self, value: str) -> None:
        for word in (w.strip().lower() for w in value.split(",")):
            if word not in FLOW_WORDS:
                self.missing.append(f"flow:{word}")
            elif word in ("to_server", "from_client"):
                self.direction = "to_server"
            elif word in ("to_client", "from_server"):
                self.direction = "to_client"
            elif word in ("established", "not_established"):
                self.established = word == "established"

    def _application(self, value: str) -> None:
        word = value.strip().lower()
        if word.startswith("!"):
            self.not_app = word[1:].strip()
        else:
            self.app = word.partition(",")[0]

    def finish(self) -> list[str]:
        patterns: dict[str, list[str]] = {}
        for buffer, value, placing in self.contents:
            pattern = _pattern(value, placing) if buffer else ""
            if pattern:
                patterns.setdefault(buffer, []).append(pattern)
            else:
                self.missing.append("content")
        self.names = tuple((fact, " ".join(found)) for fact, found in patterns.items())
        return self.missing


def _pattern(value: str, placing: set[str]) -> str:
    """The host pattern of a content, empty if it holds bytes or characters that no host name has."""
    negated = value.startswith("!")
    text = value[negated:].strip().strip('"')
    if not text or not all(c.isalnum() or c in "-._" for c in text):
        return ""
    if "nocase" in placing:
        text = text.lower()
    return host_pattern(
        text,
        starts="startswith" in placing,
        ends="endswith" in placing,
        dotted="dotprefix" in placing,
        negated=negated,
    )


def address_set(text: str, variables: Variables) -> Ranges:
    """Addresses of ``any``, a CIDR, ``$NAME``, ``@NAME``, ``!x`` or a list.  Raises NotUnderstood."""

    def one(word: str) -> Ranges:
        if word[:1] in "$@":
            if word[1:] not in variables.addresses:
                raise NotUnderstood(word)
            return variables.addresses[word[1:]]
        try:
            return (parse_prefix(word),)
        except AddressError:
            raise NotUnderstood(word) from None

    return _set(text, one, EVERYTHING)


def port_set(text: str, variables: Variables) -> Ranges:
    """Ports of ``any``, ``80``, ``80:90``, ``1024:``, ``:1023``, ``$NAME``, ``!x`` or a list.  Raises NotUnderstood."""

    def one(word: str) -> Ranges:
        if word.startswith("$"):
            if word[1:] not in variables.ports:
                raise NotUnderstood(word)
            return variables.ports[word[1:]]
        low, colon, high = word.partition(":")
        if not all(part.isdigit() or (colon and not part) for part in (low, high if colon else low)):
            raise NotUnderstood(word)
        first = int(low or 0)
        return ((first, int(high or PORTS[1]) if colon else first),)

    return _set(text, one, (PORTS,))


def _set(text: str, one: Callable[[str], Ranges], everything: Ranges) -> Ranges:
    """A term, a negation or a bracketed list of both: what the plain ones hold without what the negated ones hold."""
    text = text.strip()
    if text.lower() == "any":
        return everything
    if text.startswith("!"):
        return subtract(everything, intersect(everything, _set(text[1:], one, everything)))
    if not text.startswith("["):
        return one(text)
    if not text.endswith("]"):
        raise NotUnderstood(text)
    plain: list[tuple[int, int]] = []
    negated: list[tuple[int, int]] = []
    words = _split(text[1:-1], ",")
    for word in words:
        if word.startswith("!"):
            negated += _set(word[1:], one, everything)
        else:
            plain += _set(word, one, everything)
    held = normalise(plain) if any(not word.startswith("!") for word in words) else everything
    return subtract(held, normalise(negated))
