"""A planned aws command as data: which hosts, in which order, for which API calls."""

from __future__ import annotations

import msgspec

CREDENTIALS, REGION, DISCOVERY, SERVICE, REDIRECT, PLUGIN = (
    "credentials", "region", "discovery", "service", "redirect", "plugin",
)  # fmt: skip
"""Purposes of a call, in the order in which a command comes to them."""


class Why(msgspec.Struct, frozen=True, gc=False):
    """A catalogue code (findings) with its parameters, and the facts it rests on."""

    code: str
    params: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()


def why(code: str, *facts: str, **params: str) -> Why:
    """Shorthand for a Why."""
    return Why(code, tuple(params.items()), facts)


class Call(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One request the client sends.

    ``service`` and ``operation`` are botocore's names, empty for what is no
    API (instance metadata, container credentials).  ``host`` is a name or an
    address without brackets; empty when only an earlier answer tells it
    (endpoint discovery): the journey is then undetermined there.  ``path`` is
    the URL's path, the bucket in it for path style.  ``region`` is the Region
    in force; ``signing_name``, ``signing_region`` and ``signing`` (``v4``,
    ``v4a``, ``v4-s3express``, ``none``) are the signature's scope.
    ``via_proxy``: host:port of the proxy the client connects to instead; the
    proxy then resolves the name.  ``optional``: the call is not made in every
    state of the machine (cached credentials, a plugin that is missing);
    ``times``: how often it is sent in a row, 0 for unknown.
    """

    service: str = ""
    operation: str = ""
    method: str = "GET"
    scheme: str = "https"
    host: str
    port: int = 443
    path: str = "/"
    region: str = ""
    signing_name: str = ""
    signing_region: str = ""
    signing: str = "v4"
    purpose: str = SERVICE
    why: Why = Why("")
    via_proxy: str = ""
    optional: bool = False
    times: int = 1
    path_style: bool = False
    verify: bool = True
    """Does the client check the certificate?"""
    parameters: tuple[tuple[str, str], ...] = ()
    """Input members with a plain text value, secret ones left out: what a permission check needs."""

    @property
    def tls(self) -> bool:
        """Does a TLS handshake follow the TCP one?"""
        return self.scheme in ("https", "wss")

    @property
    def sni(self) -> str:
        """The name in the ClientHello; empty for addresses and unchecked certificates (RQ42d)."""
        plain = self.host.replace(".", "").replace(":", "")
        is_address = ":" in self.host or plain.isdigit()
        return self.host if self.tls and self.verify and not is_address else ""

    @property
    def authority(self) -> str:
        """``host[:port]`` as in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "wss": 443, "http": 80}.get(self.scheme)
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Scheme, host, port and path."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def parameter(self, name: str) -> str:
        """An input member's value, or nothing."""
        return dict(self.parameters).get(name, "")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the estate: of the machine's disk, of the buckets, of instance metadata.

    ``credential_profiles``: the profiles the credentials file has keys for;
    None for unknown.  ``files``: size in bytes of local files.  ``buckets``: Region of a bucket.
    ``objects``: the keys a listing would show; ``object_size``: their size.
    ``instance_role``: does the machine get credentials from instance
    metadata?  None: taken for granted on an instance, not elsewhere.
    ``metadata_region``: the Region that instance metadata tells; empty for
    none, None for that of the estate.  ``cached_role``: is there a cached
    result of AssumeRole?  ``plugin``: is the Session Manager plugin there?
    """

    credential_profiles: tuple[str, ...] | None = None
    files: dict[str, int] = {}
    buckets: dict[str, str] = {}
    objects: tuple[str, ...] = ()
    object_size: int | None = None
    instance_role: bool | None = None
    metadata_region: str | None = None
    cached_role: bool = False
    plugin: bool = True


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The whole command.

    ``reason`` says why there is no service call (a command that works
    locally); ``refusal`` that the client gives up by itself after ``steps``
    (no Region, no credentials, settings that exclude each other).
    ``connect_timeout`` and ``read_timeout`` are seconds, 0 for none;
    ``attempts`` how often a request is tried in all (RQ39).
    """

    argv: tuple[str, ...]
    client: str
    steps: tuple[Call, ...] = ()
    reason: Why | None = None
    refusal: Why | None = None
    warnings: tuple[Why, ...] = ()
    region: str = ""
    profile: str = ""
    attempts: int = 3
    connect_timeout: float = 60.0
    read_timeout: float = 60.0
    versions: tuple[tuple[str, str], ...] = ()
    """Of the data the plan stands on: ``botocore``, ``aws-cli``."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts contacted, in order, each once."""
        return tuple(dict.fromkeys(call.host for call in self.steps if call.host))


class Refused(Exception):
    """The client itself gives up here; carries the reason for the plan."""

    def __init__(self, reason: Why) -> None:
        super().__init__(reason.code)
        self.reason = reason
