"""What a request shows to devices that look beyond ports: its application protocol and the name in clear.

Three facts travel with the packet:

* ``app``: the application protocol as Suricata names it (``tls``, ``http``,
  ``dns``, ``ssh``...), another word for one that no rule knows, or None when
  it is not known what will be spoken;
* ``tls_names``: the server name of the ClientHello;
* ``http_names``: the Host header of a request that is not encrypted.

The names are ``Host``s: rules test them with patterns (``host_pattern``).
"""

from __future__ import annotations

APPS = {"https": "tls", "http": "http", "ssh": "ssh", "dns": "dns", "ftp": "ftp", "smtp": "smtp", "tls": "tls"}
"""URL scheme -> application protocol on the wire."""


class Host:
    """A host name that knows which patterns it fulfils: ``pattern in host``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name.lower().rstrip(".")

    def __contains__(self, pattern: object) -> bool:
        return all(self._holds(part) for part in str(pattern).split(" "))

    def _holds(self, part: str) -> bool:
        how, _, text = part.partition(":")
        name = f".{self.name}" if "d" in how else self.name
        if "s" in how and "e" in how:
            found = name == text
        elif "s" in how:
            found = name.startswith(text)
        elif "e" in how:
            found = name.endswith(text)
        else:
            found = text in name
        return found != ("n" in how)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Host) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Host({self.name!r})"


def host_pattern(
    text: str, *, starts: bool = False, ends: bool = False, dotted: bool = False, negated: bool = False
) -> str:
    """One pattern: where ``text`` must stand in the name; several, separated by a space, must all hold.

    ``dotted``: the name is looked at with a dot put before it, so that
    ``.example.com`` at the end means the name itself and its subdomains (NF6).
    """
    flags = (("s", starts), ("e", ends), ("d", dotted), ("n", negated))
    return "".join(letter for letter, on in flags if on) + ":" + text


def domain_pattern(target: str) -> str:
    """The pattern of a domain list's entry (NF6): a leading dot means the name and its subdomains."""
    if target.startswith("."):
        return host_pattern(target.lower(), ends=True, dotted=True)
    return host_pattern(target.lower(), starts=True, ends=True)


def request_facts(host: str, app: str | None) -> dict[str, object]:
    """Facts of a request to ``host`` that speaks ``app`` (or a URL scheme); None: it is not known what is spoken.

    A TLS client sends no server name when it was given an address.
    """
    app = APPS.get(app, app) if app else None
    named = bool(host) and not _is_address(host)
    return {
        "app": app,
        "tls_names": Host(host) if app == "tls" and named else None,
        "http_names": Host(host) if app == "http" and host else None,
    }


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
