"""The plan in the making: Region, credentials, then one API call after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import RequestError
from .arguments import Words, globals_of
from .clients import Client
from .endpoint import Endpoint, Target, resolve, target_of
from .model import CREDENTIALS, DISCOVERY, REDIRECT, SERVICE, Call, Known, Refused, Why, why
from .models import model
from .proxy import proxy_for
from .settings import Settings

if TYPE_CHECKING:
    from ...estate import Estate
    from ...estate.site import Host

PORTS = {"https": 443, "wss": 443, "http": 80}


class Planner:
    """State while one command is planned.

    ``steps`` grows in the order in which the client sends; ``account`` is the
    account of the credentials when known (RQ30).
    """

    def __init__(
        self, argv: Sequence[str], host: Host | None, estate: Estate | None, client: Client, known: Known, eni: str
    ) -> None:
        self.client = client
        self.known = known
        self.estate = estate
        self.eni = eni or (host.eni if host is not None else "")
        self.host = host
        options, self.words = globals_of(argv, client.table)
        self.options: Words = options
        self.settings = Settings(host, options, client)
        self.steps: list[Call] = []
        self.warnings: list[Why] = []
        self.region = ""
        self.account = ""
        if options.get("endpoint-url"):
            split_url(options.get("endpoint-url"))  # a bad one is refused before anything else
        self.secrets: set[str] = set()
        self.signed = not options.has("no-sign-request")
        self.reason: Why | None = None
        self._bucket_regions: dict[tuple[str, str, str], str] = {}
        self._sessions: set[tuple[str, str]] = set()
        self._discovered: set[str] = set()

    def warn(self, told: Why) -> None:
        """Add a warning once."""
        if told not in self.warnings:
            self.warnings.append(told)

    def prepare(self, service: str) -> None:
        """Find Region and credentials, as a client does before its first service call."""
        from .credentials import find_credentials, find_region

        find_region(self)
        find_credentials(self)
        if service and self.region:
            from ...names.public_endpoints import listed
            from .models import global_region

            if listed(service, self.region) is False and not global_region(service):  # RQ31
                self.warn(why("aws.region_not_listed", "RQ31", service=service, region=self.region))
        if (
            self.client.old_s3
            and service
            and (service != "s3" or self.region not in ("ap-northeast-1", "eu-central-1"))
        ):
            self.warn(why("aws.not_measured", "RQ40", client=self.client.name, service=service, region=self.region))

    def api(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        target: Target | None = None,
        purpose: str = SERVICE,
        times: int = 1,
        optional: bool = False,
        reason: Why | None = None,
        own: bool = True,
        worker: str = "",
    ) -> Call:
        """Add the call of one API operation, and what the client sends before and after it.

        ``own``: the command's own service, which --endpoint-url moves.
        ``worker``: which of the command's clients sends it; each learns a
        bucket's Region and opens sessions by itself.  Raises Refused when the
        client would not send it.
        """
        given = dict(parameters or {})
        target = target or target_of(self, service, own=own)
        row = model(service)["operations"][operation]
        self._discover(target, row)
        bucket = str(given.get("Bucket", "")) if service == "s3" else ""
        elsewhere = self._bucket_regions.get((worker, bucket, target.region), "")
        if elsewhere:  # the client remembers where the bucket was
            target = _moved(target, elsewhere)
        found = resolve(self, target, operation, given)
        if found.signing == "v4-s3express" and (worker, bucket) not in self._sessions and operation != "CreateSession":
            self._sessions.add((worker, bucket))  # RQ14
            self.api(service, "CreateSession", {"Bucket": bucket}, target=target)
        call = self._call(service, operation, row, found, given, purpose, times, optional, reason)
        self.steps.append(call)
        home = self.known.buckets.get(bucket, "")
        if home and home != target.region and not elsewhere and not bucket.startswith("arn:"):
            self._bucket_regions[worker, bucket, target.region] = home
            self._redirect(call, target, operation, row, given, bucket, home)
        return call

    def _redirect(
        self, call: Call, target: Target, operation: str, row: Any, given: dict[str, Any], bucket: str, home: str
    ) -> None:
        """RQ15: the bucket is elsewhere; the same request again, with --endpoint-url to the same host."""
        found = resolve(self, _moved(target, home), operation, given)
        code = "aws.redirect_signed" if target.url else "aws.redirect"
        reason = why(code, "RQ15", "GE3", bucket=bucket, region=home, asked=target.region)
        self.steps.append(self._call("s3", operation, row, found, given, REDIRECT, call.times, False, reason))

    def _discover(self, target: Target, row: Any) -> None:
        """RQ26, RQ48: services that are first asked for the host to use."""
        service = target.service
        if not row.get("endpointdiscovery", {}).get("required") or target.url or service in self._discovered:
            return
        self._discovered.add(service)
        for name, other in model(service)["operations"].items():
            if other.get("endpointoperation"):
                self.api(service, name, target=target, purpose=DISCOVERY, reason=why("aws.discovery", "RQ48"))

    def _call(
        self,
        service: str,
        operation: str,
        row: Any,
        found: Endpoint,
        given: dict[str, Any],
        purpose: str,
        times: int,
        optional: bool,
        reason: Why | None,
    ) -> Call:
        unsigned = row.get("authtype") == "none" or "smithy.api#noAuth" in row.get("auth", ())
        signing = "none" if unsigned or not self.signed else found.signing
        if found.signing == "v4" and row.get("auth", [""])[0] == "aws.auth#sigv4a" and self.client.sigv4a:
            signing = "v4a"
        scheme, host, port, base = split_url(found.url)
        if service in self._discovered and purpose == SERVICE:
            host, reason = "", why("aws.discovered", "RQ48", near=host)
        prefix = row.get("endpoint", {}).get("hostPrefix", "")
        if prefix and host and service != "s3control":
            host = _filled(prefix, given, service, operation, host_label=True) + host
        path = _path(row, given, service, operation)
        return Call(
            service=service,
            operation=operation,
            method=row["http"]["method"],
            scheme=scheme,
            host=host,
            port=port,
            path=(base.rstrip("/") if path else base) + path or "/",
            region=found.region,
            signing_name="" if signing == "none" else found.signing_name,
            signing_region="" if signing == "none" else "*" if signing == "v4a" else found.signing_region,
            signing=signing,
            purpose=purpose,
            why=reason or found.why,
            via_proxy=self.proxy(scheme, host, port),
            optional=optional,
            times=times,
            path_style=bool(service == "s3" and given.get("Bucket") and base.strip("/")),
            verify=not self.options.has("no-verify-ssl"),
            parameters=_told(given, service, operation),
        )

    def plain(self, url: str, reason: Why, *, method: str = "GET", purpose: str = CREDENTIALS,
              optional: bool = False) -> None:  # fmt: skip
        """Add a request that is no API call: instance metadata, container credentials, a fetched file."""
        scheme, host, port, path = split_url(url)
        call = Call(
            method=method, scheme=scheme, host=host, port=port, path=path or "/", region=self.region, signing="none",
            purpose=purpose, why=reason, via_proxy=self.proxy(scheme, host, port), optional=optional,
            verify=not self.options.has("no-verify-ssl"),
        )  # fmt: skip
        self.steps.append(call)

    def proxy(self, scheme: str, host: str, port: int) -> str:
        """RQ37."""
        return proxy_for(self.settings.environment, scheme, host, port, PORTS.get(scheme) == port) if host else ""

    def refuse(self, told: Why) -> Refused:
        """For ``raise planner.refuse(...)``."""
        return Refused(told)


def _moved(target: Target, region: str) -> Target:
    return Target(service=target.service, region=region, url=target.url, source=target.source, legacy=target.legacy)


def split_url(url: str) -> tuple[str, str, int, str]:
    """Scheme, host without brackets, port, path; raises RequestError for what is no URL."""
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    authority = authority.partition("?")[0].rpartition("@")[2]
    if not mark or scheme.lower() not in PORTS or not authority:
        raise RequestError(f"{url!r}: not an http or https URL")
    host, _, tail = authority.rpartition(":")
    if authority.startswith("["):
        host, _, tail = authority[1:].partition("]")
        tail = tail.removeprefix(":")
    elif not host or not tail.isdigit():
        if host and not tail.isdigit():
            raise RequestError(f"{url!r}: {tail!r} is not a port (1-65535)")
        host, tail = authority, ""
    if tail and not 0 < int(tail) < 65536:
        raise RequestError(f"{url!r}: {tail!r} is not a port (1-65535)")
    path = (slash + path).partition("?")[0].partition("#")[0]
    return scheme.lower(), host, int(tail) if tail else PORTS[scheme.lower()], path


def _path(row: Any, given: Mapping[str, Any], service: str, operation: str) -> str:
    """The operation's path with its parameters; a bucket is in the endpoint's URL, not here."""
    template = row["http"]["requestUri"].partition("?")[0]
    if service == "s3":
        template = template.replace("/{Bucket}", "")
    if template in ("", "/"):
        return ""
    return _filled(template, given, service, operation)


def _filled(template: str, given: Mapping[str, Any], service: str, operation: str, host_label: bool = False) -> str:
    """A template of the model with the parameters in their places; a missing one stays as ``{name}``."""
    from urllib.parse import quote

    shapes = model(service)["shapes"]
    shape = shapes.get(model(service)["operations"][operation].get("input", {}).get("shape", ""), {})
    by_label = {member.get("locationName", name): name for name, member in shape.get("members", {}).items()}
    out = template
    for part in template.split("{")[1:]:
        label = part.partition("}")[0]
        name = label.removesuffix("+")
        value = given.get(name, given.get(by_label.get(name, ""), None))
        if value is None:
            continue
        text = str(value)
        if service == "route53" and name in ("Id", "HostedZoneId", "DelegationSetId"):
            text = text.rpartition("/")[2]  # the client takes ids with their path
        if not host_label:
            text = quote(text, safe="/~" if label.endswith("+") else "-._~")
        out = out.replace("{" + label + "}", text)
    return out


def secret_members(service: str, operation: str) -> frozenset[str]:
    """The input members the model marks as sensitive."""
    shapes = model(service)["shapes"]
    shape = shapes.get(model(service)["operations"][operation].get("input", {}).get("shape", ""), {})
    rows = shape.get("members", {}).items()
    return frozenset(name for name, row in rows if row.get("sensitive") or shapes[row["shape"]].get("sensitive"))


def _told(given: Mapping[str, Any], service: str, operation: str) -> tuple[tuple[str, str], ...]:
    """The parameters a permission check may want; nothing marked sensitive, nothing long."""
    shapes = model(service)["shapes"]
    shape = shapes.get(model(service)["operations"][operation].get("input", {}).get("shape", ""), {})
    secret = secret_members(service, operation)
    out = []
    for name, value in given.items():
        kind = shapes.get(shape.get("members", {}).get(name, {}).get("shape", ""), {}).get("type")
        plain = isinstance(value, str) and len(value) <= 1024 and "\n" not in value
        if plain and kind == "string" and name not in secret:
            out.append((name, value))
    return tuple(out)
