"""TLS: does the certificate of where the packet really arrives cover the name the client used?

What is certain becomes a blocker; what is not known is a note, never a verdict.
"""

from __future__ import annotations

import msgspec

from ..estate import Estate
from ..estate.site import Host
from ..findings.finding import BLOCKER, NOTE, TLS, UNKNOWN, Finding
from ..names.public_endpoints import ServiceName, classify, suffixes_of
from ..packet.address import format_address
from ..packet.header import TCP
from ..request.parse import as_address
from .model import BLOCKED, Hop, Journey, Path

BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables that put another set of trusted CAs in place of the public ones."""
SHOWN = 4
"""Names of a certificate that a finding lists."""


class Server(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Who answers the handshake.

    ``component`` is what terminates TLS, ``service`` and ``region`` say which
    AWS service it is, ``names`` what its own certificate carries (None: not
    known), ``ca`` the private CA behind it.  ``via`` is a relay in front.
    """

    component: str
    kind: str
    """``endpoint``, ``aws``, ``host``, ``internet`` or ``other``."""
    service: str = ""
    region: str = ""
    names: tuple[str, ...] | None = None
    ca: str = ""
    via: str = ""


def check(estate: Estate, journey: Journey) -> tuple[Finding, ...]:
    """Findings about TLS: blockers where the handshake certainly fails, notes where it is taken to work."""
    request = journey.request
    if not request.tls or request.protocol != TCP or (as_address(request.host) is not None and not request.scheme):
        return ()  # an address and a port: a question about packets
    alive = [path for path in journey.paths if path.verdict != BLOCKED and path.hops]
    return settled([_of_path(estate, journey, path) for path in alive])


def settled(told: list[list[Finding]]) -> tuple[Finding, ...]:
    """Findings of all paths: a refusal on some of them only is not certain, as the client may take another."""
    certain = all(any(f.severity == BLOCKER for f in findings) for findings in told)
    out: list[Finding] = []
    for findings in told:
        for finding in findings:
            if finding.severity == BLOCKER and not certain:
                finding = msgspec.structs.replace(finding, severity=UNKNOWN)
            if finding not in out:
                out.append(finding)
    return tuple(out)


def _of_path(estate: Estate, journey: Journey, path: Path) -> list[Finding]:
    forward = [hop for hop in path.hops if hop.leg == "forward"]
    out: list[Finding] = []
    opened = _inspection(estate, journey, forward)
    if opened is not None:
        return [opened]
    for hop in forward:
        note = _firewall_inspection(estate, hop)
        if note is not None and note not in out:
            out.append(note)
    server = server_of(estate, path)
    if server is not None:
        found = _judge(estate, journey, server)
        if found is not None:
            out.append(found)
    return out


# Who answers ------------------------------------------------------------------


def server_of(estate: Estate, path: Path) -> Server | None:
    """Who the handshake of a path is with; None when it ends nowhere."""
    last = next((hop for hop in reversed(path.hops) if hop.leg == "forward"), None)
    if last is None:
        return None
    place = last.place
    if place.kind == "endpoint":
        endpoint = estate.vpc_endpoints.get(place.id)
        if endpoint is None:
            return Server(component=place.id, kind="other")
        return _service(place.id, "endpoint", endpoint.service_name, endpoint.service_region)
    if place.kind == "aws_service":
        return _service(place.id, "aws", place.id)
    if place.kind in ("eni", "on_prem_host"):
        name = place.id if place.kind == "on_prem_host" else estate.host_by_eni.get(place.id, "")
        return _of_host(place.id, estate.hosts.get(name))
    if place.kind == "internet":
        public = estate.public_hosts.get(format_address(last.packet.dst))
        if public is not None and public.service:
            return Server(component=public.address, kind="aws", service=public.service, region=public.region)
        from ..fabric.internet import service_of_list, service_ranges

        kinds = ("prefix_lists", "prefix_list_entries", "managed_prefix_lists")
        for list_id, ranges in estate.memo("service_ranges", kinds, service_ranges).items():
            if any(low <= last.packet.dst <= high for low, high in ranges):
                region = estate.prefix_list_names[list_id].split(".")[-2]
                return Server(component=list_id, kind="aws", service=service_of_list(estate, list_id), region=region)
        return Server(component=format_address(last.packet.dst), kind="internet")
    return Server(component=place.id, kind="other")


def _service(component: str, kind: str, service_name: str, region: str = "") -> Server:
    from ..names.endpoint_names import service_tail
    from ..names.partition import region_in

    if ".vpce-svc-" in service_name:  # a service of somebody's own: the certificate is theirs
        return Server(component=component, kind="other")
    region = region or region_in(service_name)
    return Server(component=component, kind=kind, service=service_tail(service_name), region=region)


def _of_host(component: str, host: Host | None) -> Server:
    if host is None:
        return Server(component=component, kind="host")
    if host.relays:  # it passes the bytes on: whoever is behind presents the certificate
        behind = classify(host.relays.partition(":")[0])
        if behind is not None and behind.kind == "service" and behind.service:
            return Server(
                component=behind.name, kind="aws", service=behind.service, region=behind.region, via=host.name
            )
        return Server(component=host.relays, kind="other", via=host.name)
    return Server(component=component, kind="host", names=host.certificate, ca=host.certificate_ca)


# Does it fit ------------------------------------------------------------------


def _judge(estate: Estate, journey: Journey, server: Server) -> Finding | None:
    name = journey.request.host.lower().rstrip(".")
    if server.names is not None:
        if not any(matches(pattern, name) for pattern in server.names):
            return _mismatch(server, name, server.names, ("RQ47",))
        return _trust(estate, journey, server.ca, server.component)
    if server.service:
        return _of_aws(estate, server, name)
    if server.kind == "internet":
        return None  # the walk has said already that the host is taken to answer
    spoken = None if as_address(name) is not None else classify(name)
    if spoken is not None and spoken.kind in ("service", "vpce") and server.kind in ("host", "other"):
        return _note("note.relay_assumed", server, name, ("RQ42b", "RQ42f"))
    return _note("note.certificate_assumed", server, name, ())


def _of_aws(estate: Estate, server: Server, name: str) -> Finding | None:
    """An AWS service's own certificate: the names a client may use for it."""
    names = aws_names(server.service, server.region)
    if as_address(name) is not None:
        return _mismatch(server, name, names, ("RQ42d",))
    if any(matches(pattern, name) for pattern in names) and not (server.service == "s3" and server.kind == "endpoint"):
        return None
    spoken = classify(name)
    if spoken is None or spoken.kind not in ("service", "vpce"):
        return _mismatch(server, name, names, ("RQ42f",))
    if not _same_service(estate, server, spoken):
        return _mismatch(server, name, names, ("RQ43", "RQ45"))
    if server.service == "s3":
        if spoken.kind == "service" and "." in spoken.resource and spoken.host == "s3":
            return _mismatch(server, name, names, ("RQ47", "RQ9"))
        if spoken.kind == "service" and spoken.region and server.region and spoken.region != server.region:
            return _mismatch(server, name, names, ("RQ43",))
        if server.kind != "endpoint":
            return _note("note.certificate_assumed", server, name, ("RQ43",))
        setting = estate.switch("RQ46", "assume")  # what an S3 interface endpoint shows is not established
        if setting == "undetermined":
            return _note("tls.unknown_names", server, name, ("RQ46",), UNKNOWN)
        return None if setting == "covers" else _note("note.certificate_assumed", server, name, ("RQ46",))
    if spoken.region and server.region and spoken.region != server.region:
        return _mismatch(server, name, names, ("RQ45",))
    return None


def _same_service(estate: Estate, server: Server, spoken: ServiceName) -> bool:
    """May the name be one of this service's?  What no table knows may be."""
    if spoken.kind == "service" and not spoken.service:
        return True
    if server.kind == "endpoint":
        from ..names.endpoint_names import names_of, service_tail

        endpoint = estate.vpc_endpoints[server.component]
        if any(matches(n.name.rstrip("."), spoken.name) for n in names_of(estate, endpoint)):
            return True
        if spoken.kind == "vpce":
            return spoken.resource in ("", endpoint.vpc_endpoint_id) or spoken.host == ".".join(
                reversed(service_tail(endpoint.service_name).split("."))
            )
        from ..names.catalogue import endpoint_services

        return any(serving.service_name == endpoint.service_name for serving in endpoint_services(spoken.name))
    return spoken.service.startswith(server.service) or server.service.startswith(spoken.service or "?")


def aws_names(service: str, region: str) -> tuple[str, ...]:
    """Names known to be on the certificates of a service in a Region (RQ43-RQ45); of S3 the most is known."""
    if not region:
        return ()
    suffix = f"{region}.{suffixes_of(region).suffix}"
    if service == "s3":  # RQ43
        return (
            f"s3.{suffix}", f"*.s3.{suffix}", f"s3-{suffix}", f"*.s3-{suffix}", f"s3.dualstack.{suffix}",
            f"*.s3.dualstack.{suffix}", f"*.s3.{suffixes_of(region).suffix}", f"s3-control.{suffix}",
            f"*.s3-control.{suffix}", f"s3-control.dualstack.{suffix}", f"*.s3-control.dualstack.{suffix}",
            f"*.s3-accesspoint.{suffix}", f"*.s3-accesspoint.dualstack.{suffix}",
        )  # fmt: skip
    tail = ".".join(reversed(service.split(".")))
    return (f"{tail}.{suffix}", f"*.{tail}.{region}.vpce.{suffixes_of(region).suffix}")  # RQ45


def matches(pattern: str, name: str) -> bool:
    """Does a certificate's name cover a host name?  A wildcard is one label (RQ47)."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if not pattern.startswith("*."):
        return pattern == name
    label, dot, rest = name.partition(".")
    return bool(label) and bool(dot) and rest == pattern[2:]


# Trust ------------------------------------------------------------------------


def _trust(estate: Estate, journey: Journey, ca: str, component: str) -> Finding | None:
    """Does the client know the CA?  Public ones every client does."""
    if not ca:
        return None
    host = estate.hosts.get(journey.vantage.host)
    if host is not None and ca in host.trusts:
        return None
    bundle = next((v for v in BUNDLES if host is not None and v in host.environment), "")
    params = (
        ("ca", ca),
        ("name", journey.request.host),
        ("component", component),
        ("host", journey.vantage.label),
        ("variable", bundle),
    )
    if bundle:
        return Finding(code="note.ca_assumed", severity=NOTE, leg=TLS, component=component, params=params)
    facts = ("HAR11", "RQ42f")
    return Finding(code="tls.unknown_ca", severity=BLOCKER, leg=TLS, component=component, params=params, facts=facts)


def _inspection(estate: Estate, journey: Journey, forward: list[Hop]) -> Finding | None:
    """A site that opens TLS on its way to the Internet shows its own certificate, for whatever name."""
    site = estate.sites.get(journey.vantage.site)
    if site is None or not site.tls_inspection or forward[-1].place.kind != "internet":
        return None
    return _trust(estate, journey, site.tls_inspection, site.name) or Finding(
        code="note.tls_inspected",
        severity=NOTE,
        leg=TLS,
        component=site.name,
        params=(("component", site.name), ("ca", site.tls_inspection)),
    )


def _firewall_inspection(estate: Estate, hop: Hop) -> Finding | None:
    """A network firewall with a TLS inspection configuration may open the connection: what it covers is not in it."""
    if hop.place.kind != "firewall":
        return None
    for firewall in estate.network_firewalls.values():
        if firewall.firewall.firewall_name == hop.place.id or firewall.firewall_arn == hop.place.id:
            policy = estate.network_firewall_policies.get(firewall.firewall.firewall_policy_arn)
            if policy is not None and policy.firewall_policy.tls_inspection_configuration_arn:
                return Finding(
                    code="note.tls_may_be_inspected",
                    severity=NOTE,
                    leg=TLS,
                    component=hop.place.id,
                    params=(("component", hop.place.id),),
                    hop=hop.number,
                )
    return None


# Findings ---------------------------------------------------------------------


def _mismatch(server: Server, name: str, names: tuple[str, ...], facts: tuple[str, ...]) -> Finding:
    listed = ", ".join(names[:SHOWN]) + ("..." if len(names) > SHOWN else "")
    return Finding(
        code="tls.name_mismatch",
        severity=BLOCKER,
        leg=TLS,
        component=server.component,
        facts=facts,
        params=(("name", name), ("names", listed or "-"), ("component", server.component), ("via", server.via)),
    )


def _note(code: str, server: Server, name: str, facts: tuple[str, ...], severity: str = NOTE) -> Finding:
    params = (("name", name), ("component", server.component))
    return Finding(code=code, severity=severity, leg=TLS, component=server.component, facts=facts, params=params)
