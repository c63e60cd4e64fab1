"""Asking a real resolver for the names an estate does not know."""

from __future__ import annotations

import asyncio
import secrets
import socket
from typing import Final

from ..names.answer import TIMEOUT, Answer
from ..names.wire import RCODE_TEXT, TC, Message, WireError, decode_answer, encode_query, labels_of, type_code

MOST: Final = 512
"""Questions under way at once; more are answered SERVFAIL."""


class Forwarder:
    """Asks one resolver, by UDP and, when the answer is cut, by TCP.

    Each question has its own socket (so its own port) and a random id; an
    answer counts only when it comes from that resolver with the same id and
    question.  ``timeout`` is seconds for one try.
    """

    def __init__(self, host: str, port: int = 53, *, timeout: float = 2.0, tries: int = 2) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout
        self.tries = tries
        self._under_way = 0

    async def ask(self, name: str, type_: str) -> Answer:
        """The resolver's answer; rcode TIMEOUT when none came.  Never raises for what the resolver does."""
        if self._under_way >= MOST:
            return Answer(name=name, type=type_, rcode="SERVFAIL", unknown="too many forwarded questions")
        self._under_way += 1
        try:
            for _ in range(self.tries):
                try:
                    async with asyncio.timeout(self.timeout):
                        message = await self._udp(name, type_)
                        if message.flags & TC:
                            message = await self._tcp(name, type_)
                except (TimeoutError, OSError, WireError, asyncio.IncompleteReadError):
                    continue
                return Answer(
                    name=name,
                    type=type_,
                    rcode=RCODE_TEXT.get(message.rcode, "SERVFAIL"),
                    answer=message.answer,
                    authority=message.authority,
                    server=self.host,
                )
            return Answer(name=name, type=type_, rcode=TIMEOUT, server=self.host)
        finally:
            self._under_way -= 1

    async def _udp(self, name: str, type_: str) -> Message:
        loop = asyncio.get_running_loop()
        ident = secrets.randbits(16)
        with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect((self.host, self.port))
            await loop.sock_sendall(sock, encode_query(name, type_, ident=ident))
            while True:
                try:
                    message = decode_answer(await loop.sock_recv(sock, 4096))
                except WireError:
                    continue
                if _answers(message, ident, name, type_):
                    return message

    async def _tcp(self, name: str, type_: str) -> Message:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            ident = secrets.randbits(16)
            query = encode_query(name, type_, ident=ident)
            writer.write(len(query).to_bytes(2, "big") + query)
            length = int.from_bytes(await reader.readexactly(2), "big")
            message = decode_answer(await reader.readexactly(length))
            if not _answers(message, ident, name, type_):
                raise WireError("an answer to another question")
            return message
        finally:
            writer.close()


def _answers(message: Message, ident: int, name: str, type_: str) -> bool:
    if message.id != ident or len(message.question) != 1:
        return False
    asked, code, klass = message.question[0]
    same = tuple(label.lower() for label in labels_of(asked)) == tuple(label.lower() for label in labels_of(name))
    return same and code == type_code(type_) and klass == 1
