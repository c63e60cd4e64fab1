"""DNS messages as bytes: names with compression, records, queries, answers.

One table, ``RDATA``, says how the data of each record type is laid out; the
encoder and the decoder are loops over it.  What is not in the table travels in
the generic form of RFC 3597 (``\\# 4 0a000001``).

Everything read here comes from a stranger: each length is checked before it is
used, a compression pointer must point backwards, and whatever is wrong raises
``WireError``; nothing else leaves this module on bad bytes.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import msgspec

from .answer import NOERROR, Answer, ResourceRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

Labels = tuple[bytes, ...]
"""A name as its labels, without the root."""


class WireError(ValueError):
    """The bytes are no DNS message, or the text cannot be put into one."""


RDATA: dict[str, tuple[int, str]] = {
    "A": (1, "v4"),
    "NS": (2, "name"),
    "CNAME": (5, "name"),
    "SOA": (6, "name name u32 u32 u32 u32 u32"),
    "PTR": (12, "name"),
    "MX": (15, "u16 name"),
    "TXT": (16, "strings"),
    "AAAA": (28, "v6"),
    "SRV": (33, "u16 u16 u16 target"),
    "NAPTR": (35, "u16 u16 string string string target"),
    "DS": (43, "u16 u8 u8 hex"),
    "SSHFP": (44, "u8 u8 hex"),
    "TLSA": (52, "u8 u8 u8 hex"),
    "SPF": (99, "strings"),
    "CAA": (257, "u8 tag value"),
}
"""Type -> code and fields.  ``name`` is compressed, ``target`` is not (RFC 3597 section 4)."""

TYPES: dict[str, int] = {name: code for name, (code, _) in RDATA.items()} | {
    "HINFO": 13, "OPT": 41, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50, "SVCB": 64, "HTTPS": 65,
    "TSIG": 250, "IXFR": 251, "AXFR": 252, "ANY": 255,
}  # fmt: skip
TYPE_TEXT: dict[int, str] = {code: name for name, code in TYPES.items()}
CLASS_TEXT = {1: "IN", 3: "CH", 4: "HS", 255: "ANY"}
RCODES: dict[str, int] = {
    NOERROR: 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6,
    "YXRRSET": 7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10, "BADVERS": 16,
}  # fmt: skip
RCODE_TEXT: dict[int, str] = {code: name for name, code in RCODES.items()}

QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
OPCODE_MASK = 0x7800
OPT = 41
SERVER_UDP_SIZE = 4096
"""What the VPC resolver offers in its OPT (N2.10c)."""
PLAIN_UDP_SIZE = 512
"""The longest UDP answer to a query without OPT."""
OPT_ANSWER = struct.pack("!BHHIH", 0, OPT, SERVER_UDP_SIZE, 0, 0)
"""Version 0, no flags, 4096 octets, no cookie echo (N2.10c)."""
MAX_MESSAGE = 65535
_POINTERS_END = 0x4000


def type_code(text: str) -> int:
    """Number of a record type given as mnemonic or ``TYPE65``.  Raises WireError."""
    code = TYPES.get(text.upper())
    if code is None:
        digits = text[4:]
        if text[:4].upper() != "TYPE" or not (digits.isascii() and digits.isdigit()) or int(digits) > 65535:
            raise WireError(f"{text!r} is not a record type")
        code = int(digits)
    return code


def type_text(code: int) -> str:
    """Mnemonic of a record type, ``TYPE<n>`` without one."""
    return TYPE_TEXT.get(code) or f"TYPE{code}"


def class_text(code: int) -> str:
    """Mnemonic of a class, ``CLASS<n>`` without one."""
    return CLASS_TEXT.get(code) or f"CLASS{code}"


def rcode_text(code: int) -> str:
    """Mnemonic of a response code, ``RESERVED<n>`` without one (as dig says)."""
    return RCODE_TEXT.get(code) or f"RESERVED{code}"


# Names ----------------------------------------------------------------------

_ESCAPED = frozenset(b'"().;\\@$')


def labels_of(text: str) -> Labels:
    """Labels of a name in presentation form; the trailing dot may be missing.  Raises WireError."""
    if text in (".", ""):
        return ()
    if "\\" not in text:
        try:
            labels = tuple(text.encode("ascii").removesuffix(b".").split(b"."))
        except UnicodeEncodeError as error:
            raise WireError(f"name {text!r} is not ASCII; write it in its xn-- form") from error
    else:
        out, label, raw, i = [], bytearray(), text.encode("utf-8"), 0
        while i < len(raw):
            if raw[i] == 0x5C:
                byte, i = _unescape(raw, i)
                label.append(byte)
            elif raw[i] == 0x2E:
                out.append(bytes(label))
                label.clear()
                i += 1
                if i == len(raw):
                    break
            else:
                label.append(raw[i])
                i += 1
        else:
            out.append(bytes(label))
        labels = tuple(out)
    if not all(0 < len(label) < 64 for label in labels) or sum(map(len, labels)) + len(labels) > 254:
        raise WireError(f"{text!r} is not a domain name: an empty label, a label over 63 or a name over 255 octets")
    return labels


def _unescape(raw: bytes, i: int) -> tuple[int, int]:
    r"""The octet a backslash at ``i`` stands for (``\.`` or ``\046``), and where to go on."""
    digits = raw[i + 1 : i + 4]
    if len(digits) == 3 and digits.isdigit():
        if int(digits) > 255:
            raise WireError(f"escape \\{digits.decode()} is over 255")
        return int(digits), i + 4
    if not digits or digits[:1].isdigit():
        raise WireError("a backslash must be followed by a character or three digits")
    return digits[0], i + 2


def name_text(labels: Labels) -> str:
    """Presentation form with a trailing dot, escaped as dig does."""
    if not labels:
        return "."
    text = b".".join(labels).decode("latin-1")
    if (
        text.replace(".", "").replace("-", "").replace("_", "").isalnum()
        and text.isascii()
        and len(labels) == (text.count(".") + 1)
    ):
        return text + "."
    return ".".join("".join(map(_escaped, label)) for label in labels) + "."


def _escaped(byte: int) -> str:
    if byte in _ESCAPED:
        return "\\" + chr(byte)
    return chr(byte) if 0x20 < byte < 0x7F else f"\\{byte:03d}"


def reverse_name(address: str) -> str:
    """The name whose PTR record names an address, as ``dig -x`` asks it.  Raises WireError."""
    try:
        if ":" in address:
            nibbles = socket.inet_pton(socket.AF_INET6, address).hex()
            return ".".join(reversed(nibbles)) + ".ip6.arpa."
        return ".".join(map(str, reversed(socket.inet_pton(socket.AF_INET, address)))) + ".in-addr.arpa."
    except (OSError, ValueError) as error:
        raise WireError(f"{address!r} is not an IP address") from error


def read_name(data: bytes, at: int) -> tuple[Labels, int]:
    """The name at an offset, and the offset behind it.

    Pointers must lead backwards, each before the one that was followed, so a
    loop is impossible and the work is bounded by the 255 octets of a name.
    """
    labels: list[bytes] = []
    size, end, low = 0, -1, at
    while True:
        if at >= len(data):
            raise WireError("a name runs over the end of the message")
        length = data[at]
        if length < 64:
            at += 1
            if not length:
                break
            size += length + 1
            if size > 254 or at + length > len(data):
                raise WireError("a name is over 255 octets or runs over the end of the message")
            labels.append(data[at : at + length])
            at += length
        elif length >= 192 and at + 1 < len(data):
            target = (length & 63) << 8 | data[at + 1]
            if end < 0:
                end = at + 2
            if target >= low:
                raise WireError("a compression pointer does not lead backwards")
            at = low = target
        else:
            raise WireError("a label has a reserved type")
    return tuple(labels), at if end < 0 else end


class _Writer:
    """A message being written; knows where each name it may point at stands."""

    def __init__(self, start: int = 0) -> None:
        self.out = bytearray(start)
        self.places: dict[Labels, int] = {}
        self.owners: dict[str, bytes] = {}
        """Owner names as texts that stand somewhere already, and the pointer to them."""

    def name(self, labels: Labels, compress: bool = True) -> None:
        lowered = tuple(label.lower() for label in labels)
        for i, label in enumerate(labels):
            rest = lowered[i:]
            place = self.places.get(rest)
            if place is not None and compress:
                self.out += struct.pack("!H", 0xC000 | place)
                return
            if place is None and len(self.out) < _POINTERS_END:
                self.places[rest] = len(self.out)
            self.out.append(len(label))
            self.out += label
        self.out.append(0)

    def record(self, record: ResourceRecord) -> None:
        code = type_code(record.type)
        if not 0 <= record.ttl < 1 << 31:
            raise WireError(f"the TTL {record.ttl} of {record.name} {record.type} is not within 31 bits")
        pointer = self.owners.get(record.name)
        if pointer is not None:
            self.out += pointer
        else:
            place = len(self.out)
            self.name(labels_of(record.name))
            if place < _POINTERS_END and len(self.out) > place + 1:  # the root is shorter than a pointer
                at = self.out[place : place + 2] if self.out[place] >= 192 else struct.pack("!H", 0xC000 | place)
                self.owners[record.name] = bytes(at)
        self.out += struct.pack("!HHIH", code, 1, record.ttl, 0)
        start = len(self.out)
        _write_rdata(self, record.type.upper(), record.rdata)
        length = len(self.out) - start
        if length > MAX_MESSAGE:
            raise WireError(f"the data of {record.name} {record.type} is over 65535 octets")
        struct.pack_into("!H", self.out, start - 2, length)


# Record data ----------------------------------------------------------------

_NUMBERS = {"u8": ("!B", 1 << 8), "u16": ("!H", 1 << 16), "u32": ("!I", 1 << 32)}


def _tokens(text: str) -> list[str]:
    """Words of record data; a quoted word is one, its quotes dropped, its escapes kept."""
    words: list[str] = []
    i, n = 0, len(text)
    while i < n:
        if text[i].isspace():
            i += 1
            continue
        quoted = text[i] == '"'
        i = start = i + quoted
        while i < n and (text[i] != '"' if quoted else not text[i].isspace()):
            i += 2 if text[i] == "\\" else 1
        if quoted and i >= n:
            raise WireError(f"no closing quote in {text!r}")
        words.append(text[start:i])
        i += quoted
    return words


def _octets(word: str) -> bytes:
    raw = word.encode("utf-8")
    if b"\\" not in raw:
        return raw
    out, i = bytearray(), 0
    while i < len(raw):
        if raw[i] == 0x5C:
            byte, i = _unescape(raw, i)
            out.append(byte)
        else:
            out.append(raw[i])
            i += 1
    return bytes(out)


def _counted(octets: bytes) -> bytes:
    if len(octets) > 255:
        raise WireError("a character string is over 255 octets; split it into several")
    return bytes((len(octets),)) + octets


def _write_rdata(writer: _Writer, type_: str, text: str) -> None:
    try:
        if type_ == "A" and '"' not in text and "\\" not in text:  # by far the most frequent
            writer.out += socket.inet_pton(socket.AF_INET, text.strip())
            return
        words = _tokens(text)
        if words[:1] == ["\\#"]:
            data = bytes.fromhex("".join(words[2:]))
            if int(words[1]) != len(data):
                raise WireError(f"{text!r}: the length does not fit the octets")
            writer.out += data
            return
        if type_ not in RDATA:
            raise WireError(f"data of type {type_} must be written in the generic form \\# LENGTH HEX")
        for field in RDATA[type_][1].split():
            if field in _NUMBERS:
                pattern, limit = _NUMBERS[field]
                number = int(words.pop(0))
                if not 0 <= number < limit:
                    raise WireError(f"{number} does not fit {field}")
                writer.out += struct.pack(pattern, number)
            elif field in ("name", "target"):
                writer.name(labels_of(words.pop(0)), compress=field == "name")
            elif field == "v6":
                writer.out += socket.inet_pton(socket.AF_INET6, words.pop(0))
            elif field in ("string", "tag"):
                writer.out += _counted(_octets(words.pop(0)))
            elif field == "value":
                writer.out += _octets(words.pop(0))
            else:  # strings, hex: all that is left
                left, words = words, []
                if not left:
                    raise IndexError
                writer.out += (
                    b"".join(_counted(_octets(w)) for w in left) if field == "strings" else bytes.fromhex("".join(left))
                )
        if words:
            raise WireError("too many fields")
    except WireError as error:
        raise WireError(f"record data {text!r} of type {type_}: {error}") from None
    except (ValueError, OSError, IndexError) as error:
        raise WireError(f"record data {text!r} does not fit type {type_}") from error


def _quoted(octets: bytes) -> str:
    return '"' + "".join(
        "\\" + chr(b) if b in b'"\\' else chr(b) if 0x20 <= b < 0x7F else f"\\{b:03d}" for b in octets
    ) + '"'  # fmt: skip


def _read_rdata(data: bytes, at: int, length: int, code: int) -> str:
    end = at + length
    fields = RDATA.get(TYPE_TEXT.get(code, ""), (0, ""))[1]
    if not fields:
        return f"\\# {length} {data[at:end].hex().upper()}".rstrip() if length else "\\# 0"
    whole, words = data[:end], []
    try:
        for field in fields.split():
            if field in _NUMBERS:
                (number,) = struct.unpack_from(_NUMBERS[field][0], whole, at)
                at += int(field[1:]) // 8
                words.append(str(number))
            elif field in ("name", "target"):
                labels, at = read_name(whole, at)
                words.append(name_text(labels))
            elif field in ("v4", "v6"):
                family, size = (socket.AF_INET, 4) if field == "v4" else (socket.AF_INET6, 16)
                words.append(socket.inet_ntop(family, whole[at : at + size]))
                at += size
            elif field in ("string", "strings", "tag"):
                while True:
                    octets = whole[at + 1 : at + 1 + whole[at]]
                    if len(octets) != whole[at]:
                        raise WireError("a character string runs over the end of its record")
                    at += 1 + len(octets)
                    words.append(octets.decode("latin-1") if field == "tag" else _quoted(octets))
                    if field != "strings" or at == end:
                        break
            elif field == "value":
                words.append(_quoted(whole[at:]))
                at = end
            else:
                digits = whole[at:].hex().upper()
                words += [digits[i : i + 56] for i in range(0, len(digits), 56)]  # as dig splits them
                at = end
    except (struct.error, IndexError, ValueError) as error:
        raise WireError(f"record data of type {type_text(code)} is too short or malformed") from error
    if at != end:
        raise WireError(f"record data of type {type_text(code)} is too long")
    return " ".join(words)


# Queries --------------------------------------------------------------------


class Query(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A query as it came: ``question`` are its octets with the case kept (0x20)."""

    id: int
    flags: int
    name: str
    type: int
    qclass: int
    question: bytes
    labels: Labels
    payload: int = 0
    """UDP size the client takes, 0 without OPT."""
    version: int = 0
    """EDNS version."""

    @property
    def edns(self) -> bool:
        """The query has an OPT record."""
        return self.payload > 0

    @property
    def limit(self) -> int:
        """Longest UDP answer this client takes from this server (N9.7)."""
        return max(PLAIN_UDP_SIZE, min(self.payload, SERVER_UDP_SIZE))


def options_fit(data: bytes, at: int) -> bool:
    """True when the EDNS options from ``at`` end exactly where the message ends."""
    while at + 4 <= len(data):
        at += 4 + (data[at + 2] << 8 | data[at + 3])
    return at == len(data)


def decode_query(data: bytes) -> Query:
    """Read a standard query: one question, at most one OPT, nothing else.  Raises WireError.

    Records of other types in the additional section (a signature, padding by
    hand) are refused: the server could not honour what they ask.
    """
    if len(data) < 17:
        raise WireError("shorter than a header and a question")
    ident, flags, questions, answers, authorities, additional = struct.unpack_from("!6H", data)
    if questions != 1 or answers or authorities or additional > 1:
        raise WireError("a query has one question and at most an OPT record")
    at, labels = 12, []
    while length := data[at]:
        if length > 63:
            raise WireError("a name in a question is never compressed")
        labels.append(data[at + 1 : at + 1 + length])
        at += 1 + length
        if at >= len(data) or at > 12 + 254:
            raise WireError("the name runs over the end of the message or over 255 octets")
    end = at + 5
    if end > len(data):
        raise WireError("the question runs over the end of the message")
    qtype, qclass = struct.unpack_from("!HH", data, at + 1)
    payload = version = 0
    if additional:
        if len(data) < end + 11:
            raise WireError("the OPT record runs over the end of the message")
        root, code, payload, extended, length = struct.unpack_from("!BHHIH", data, end)
        if root or code != OPT:
            raise WireError("the additional record is not OPT")
        if end + 11 + length != len(data) or not options_fit(data, end + 11):
            raise WireError("the OPT record does not fit the message")
        payload, version = max(payload, PLAIN_UDP_SIZE), extended >> 16 & 255
    elif end != len(data):
        raise WireError("octets behind the question")
    return Query(
        id=ident,
        flags=flags,
        name=name_text(tuple(labels)),
        type=qtype,
        qclass=qclass,
        question=data[12:end],
        labels=tuple(labels),
        payload=payload,
        version=version,
    )


def encode_query(
    name: str, type_: str, *, ident: int = 0, flags: int = RD, edns: bool = True, payload: int = 1232
) -> bytes:
    """A query for one name.  Raises WireError for a bad name or type."""
    writer = _Writer(12)
    writer.name(labels_of(name))
    writer.out += struct.pack("!HH", type_code(type_), 1)
    if edns:
        writer.out += struct.pack("!BHHIH", 0, OPT, payload, 0, 0)
    struct.pack_into("!6H", writer.out, 0, ident, flags, 1, 0, 0, int(edns))
    return bytes(writer.out)


# Answers --------------------------------------------------------------------


def encode_tails(answer: Answer, query: Query, most: int = 1) -> tuple[bytes, list[bytes]]:
    """The answer to a query in two parts: flags and counts (10 octets), and what follows the question.

    Whole message: id + first part + ``query.question`` + second part.  Flags
    are qr and ra, with rd as asked; never aa, ad or cd (N2.10).  A tail
    depends on the question's octets by pointers only, so any case of the same
    name takes the same tail (N9.3).  The tails are one for each turn of the
    largest set of addresses or texts, up to ``most``: the first has the
    answer's own order, each further one begins with the next record.
    Raises WireError.
    """
    writer = _Writer(12)
    writer.name(query.labels)
    if query.labels:
        writer.owners[query.name] = writer.owners[query.name.lower()] = _QUESTION
    writer.out += query.question[-4:]
    out = writer.out
    start = len(out)
    places = []
    for record in answer.answer:
        places.append(len(out))
        writer.record(record)
    places.append(len(out))
    for record in answer.authority:
        writer.record(record)
    if query.edns:
        out += OPT_ANSWER
    if len(out) > MAX_MESSAGE:
        raise WireError(f"the answer for {answer.name} {answer.type} is over 65535 octets")
    code = RCODES.get(answer.rcode, RCODES["SERVFAIL"])
    tails = [bytes(out[start:])]
    if most > 1 and len(answer.answer) > 1:
        sets = _turning(answer.answer, places, out)
        for turn in range(1, min(most, max(map(len, sets)))):
            parts = [out[start : places[0]]]
            for chunks in sets:
                cut = turn % len(chunks)
                parts += chunks[cut:] + chunks[:cut]
            tails.append(b"".join([*parts, out[places[-1] :]]))
    return head(query, code, len(answer.answer), len(answer.authority)), tails


def _turning(records: Sequence[ResourceRecord], places: Sequence[int], out: bytearray) -> list[list[bytearray]]:
    """The records' octets, those of one set that may change places together: all but data with names in it."""
    sets: list[list[bytearray]] = []
    before: ResourceRecord | None = None
    for number, record in enumerate(records):
        chunk = out[places[number] : places[number + 1]]
        same = before is not None and before.name == record.name and before.type == record.type
        if same and record.type in _TURNING and sets[-1][0][0] >= 192:
            sets[-1].append(chunk)
        else:
            sets.append([chunk])
        before = record
    return sets


_TURNING = frozenset(("A", "AAAA", "TXT"))
_QUESTION = b"\xc0\x0c"
"""A pointer to the name in the question."""


def head(query: Query, rcode: int, answers: int = 0, authorities: int = 0, flags: int = 0) -> bytes:
    """Flags and counts of the answer to a query; ``flags`` are added to qr, ra and the query's rd."""
    word = QR | RA | query.flags & (RD | OPCODE_MASK) | rcode | flags
    return struct.pack("!5H", word, 1, answers, authorities, int(query.edns))


def encode_answer(answer: Answer, query: Query) -> bytes:
    """The whole message, whatever its size.  Raises WireError."""
    first, tails = encode_tails(answer, query)
    return query.id.to_bytes(2, "big") + first + query.question + tails[0]


def encode_error(query: Query, rcode: int) -> bytes:
    """An answer that is only a response code (up to 4095, the upper bits in OPT)."""
    opt = struct.pack("!BHHBBHH", 0, OPT, SERVER_UDP_SIZE, rcode >> 4, 0, 0, 0) if query.edns else b""
    return query.id.to_bytes(2, "big") + head(query, rcode & 15) + query.question + opt


def encode_truncated(query: Query, rcode: int = 0) -> bytes:
    """An answer that says: ask again by TCP (N9.7)."""
    opt = OPT_ANSWER if query.edns else b""
    return query.id.to_bytes(2, "big") + head(query, rcode, flags=TC) + query.question + opt


def encode_bare_error(data: bytes, rcode: int) -> bytes:
    """An answer to a message whose header (12 octets or more) is all that could be read."""
    ident, flags = struct.unpack_from("!HH", data)
    return struct.pack("!6H", ident, QR | RA | flags & (OPCODE_MASK | RD) | rcode, 0, 0, 0, 0)


class Opt(msgspec.Struct, frozen=True, gc=False):
    """The OPT record of an answer."""

    payload: int
    version: int
    flags: int
    extended_rcode: int


class Message(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An answer read from bytes; names have the case of the bytes."""

    id: int
    flags: int
    rcode: int
    question: tuple[tuple[str, int, int], ...] = ()
    """Name, type, class."""
    answer: tuple[ResourceRecord, ...] = ()
    authority: tuple[ResourceRecord, ...] = ()
    additional: tuple[ResourceRecord, ...] = ()
    """Without the OPT."""
    opt: Opt | None = None
    size: int = 0


def decode_answer(data: bytes) -> Message:
    """Read an answer.  Raises WireError for anything that is not a whole, well-formed message."""
    if len(data) < 12:
        raise WireError("shorter than a header")
    ident, flags, questions, *counts = struct.unpack_from("!6H", data)
    if not flags & QR:
        raise WireError("a query, not an answer")
    at, asked = 12, []
    for _ in range(questions):
        labels, at = read_name(data, at)
        if at + 4 > len(data):
            raise WireError("the question runs over the end of the message")
        asked.append((name_text(labels), *struct.unpack_from("!HH", data, at)))
        at += 4
    sections: list[tuple[ResourceRecord, ...]] = []
    opt = None
    for count in counts:
        records: list[ResourceRecord] = []
        for _ in range(count):  # each record takes at least 11 octets, so a false count ends with the data
            labels, at = read_name(data, at)
            if at + 10 > len(data):
                raise WireError("a record runs over the end of the message")
            code, klass, ttl, length = struct.unpack_from("!HHIH", data, at)
            at += 10
            if at + length > len(data):
                raise WireError("record data runs over the end of the message")
            if code == OPT:
                opt = Opt(klass, ttl >> 16 & 255, ttl & 0xFFFF, ttl >> 24)
            else:
                rdata = _read_rdata(data, at, length, code)
                records.append(ResourceRecord(name_text(labels), type_text(code), ttl if ttl < 1 << 31 else 0, rdata))
            at += length
        sections.append(tuple(records))
    return Message(
        id=ident,
        flags=flags,
        rcode=flags & 15 | (opt.extended_rcode << 4 if opt else 0),
        question=tuple(asked),
        answer=sections[0],
        authority=sections[1],
        additional=sections[2],
        opt=opt,
        size=len(data),
    )
