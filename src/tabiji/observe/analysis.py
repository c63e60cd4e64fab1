"""A result of Reachability Analyzer from a file: what it says, and what it was asked.

``aws ec2 describe-network-insights-analyses`` prints one; a file may also hold
the answer of ``describe-network-insights-paths`` (``NetworkInsightsPaths``),
which alone says from where to where.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..estate import Estate
from ..packet.address import AddressError, format_address, parse_address
from ..packet.header import protocol_name
from ..sources.errors import SourceError
from ..sources.reading import place_of, read_bytes

FINISHED, FAILED = "succeeded", "failed"
LARGEST = 64 << 20
"""Bytes; a result has a few hundred components at most."""


class _Shape(msgspec.Struct, frozen=True, gc=False, rename="pascal", kw_only=True):
    """AWS's spelling of field names; what is not named here is ignored."""


class Component(_Shape, frozen=True):
    """``AnalysisComponent``."""

    id: str = ""
    arn: str = ""


class Ports(msgspec.Struct, frozen=True, gc=False):
    """``PortRange``; ``FilterPortRange`` spells its fields differently."""

    low: int = msgspec.field(default=0, name="From")
    high: int = msgspec.field(default=65535, name="To")


class FilterPorts(_Shape, frozen=True):
    """``FilterPortRange``."""

    from_port: int = 0
    to_port: int = 65535


class Header(_Shape, frozen=True):
    """``AnalysisPacketHeader``."""

    source_addresses: tuple[str, ...] = ()
    destination_addresses: tuple[str, ...] = ()
    protocol: str = ""
    destination_port_ranges: tuple[Ports, ...] = ()


class Detail(_Shape, frozen=True):
    """``AdditionalDetail``."""

    additional_detail_type: str = ""


class PathComponent(_Shape, frozen=True):
    """One step of a path."""

    sequence_number: int = 0
    component: Component = Component()
    inbound_header: Header | None = None
    outbound_header: Header | None = None
    additional_details: tuple[Detail, ...] = ()


class Tag(_Shape, frozen=True):
    """A tag."""

    key: str = ""
    value: str = ""


class Filter(_Shape, frozen=True):
    """``PathFilter``."""

    source_address: str = ""
    destination_address: str = ""
    destination_port_range: FilterPorts | None = None


class AnalysedPath(_Shape, frozen=True):
    """``NetworkInsightsPath``: the question."""

    network_insights_path_id: str = ""
    source: str = ""
    destination: str = ""
    source_ip: str = ""
    destination_ip: str = ""
    protocol: str = ""
    destination_port: int | None = None
    filter_at_source: Filter | None = None


class Analysis(_Shape, frozen=True):
    """``NetworkInsightsAnalysis``: the answer."""

    network_insights_analysis_id: str = ""
    network_insights_path_id: str = ""
    start_date: str = ""
    status: str = FINISHED
    network_path_found: bool | None = None
    forward_path_components: tuple[PathComponent, ...] = ()
    return_path_components: tuple[PathComponent, ...] = ()
    explanations: tuple[dict[str, Any], ...] = ()
    tags: tuple[Tag, ...] = ()

    def codes(self) -> tuple[str, ...]:
        """Explanation codes, each once, in order."""
        told = (str(row.get("ExplanationCode", "")) for row in self.explanations)
        return tuple(dict.fromkeys(code for code in told if code))

    def details(self) -> tuple[str, ...]:
        """Types of the additional details of all components, each once."""
        rows = (*self.forward_path_components, *self.return_path_components)
        return tuple(dict.fromkeys(d.additional_detail_type for row in rows for d in row.additional_details))


class _File(_Shape, frozen=True):
    network_insights_analyses: tuple[Analysis, ...] | None = None
    network_insights_analysis: Analysis | None = None
    network_insights_paths: tuple[AnalysedPath, ...] = ()


class Question(msgspec.Struct, frozen=True, gc=False):
    """What an analysis was asked, in the words of ``tabiji trace``; empty or None where the file does not say."""

    source: str = ""
    destination: str = ""
    protocol: str | None = None
    port: int | None = None


def read_analysis(path: str) -> tuple[Analysis, AnalysedPath | None]:
    """The one analysis a file holds, and its path if that is there too.  Raises SourceError."""
    data = read_bytes(path)
    if len(data) > LARGEST:
        raise SourceError(path, "", f"is larger than {LARGEST >> 20} MiB, so no analysis")
    try:
        told = msgspec.json.decode(data)
        if not isinstance(told, dict):
            raise SourceError(path, "", "is not an answer of describe-network-insights-analyses")
        file = msgspec.convert(told, _File)
        found = file.network_insights_analyses
        if file.network_insights_analysis is not None:
            found = (*(found or ()), file.network_insights_analysis)
        if found is None:
            if "NetworkInsightsAnalysisId" not in told and "NetworkPathFound" not in told:
                raise SourceError(path, "", "holds no NetworkInsightsAnalyses and is no NetworkInsightsAnalysis")
            found = (msgspec.convert(told, Analysis),)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        raise SourceError(path, place.strip("`").removeprefix("$."), reason) from None
    except msgspec.DecodeError as error:
        raise SourceError(path, _place(data, str(error)), f"is not JSON: {error}") from None
    except RecursionError:
        raise SourceError(path, "", "is nested too deeply") from None
    if len(found) != 1:
        ids = ", ".join(a.network_insights_analysis_id or "?" for a in found[:5])
        reason = f"holds {len(found)} analyses ({ids}); keep one" if found else "holds no analysis"
        raise SourceError(path, "NetworkInsightsAnalyses", reason)
    asked = found[0].network_insights_path_id
    return found[0], next((p for p in file.network_insights_paths if p.network_insights_path_id == asked), None)


def _place(data: bytes, error: str) -> str:
    digits = error.rpartition("(byte ")[2].rstrip(")")
    return place_of(data, int(digits)) if digits.isdigit() else ""


def question_of(analysis: Analysis, asked: AnalysedPath | None, estate: Estate) -> Question:
    """From where to where the analysis looked, as far as the file and the estate tell."""
    tags = {tag.key: tag.value for tag in analysis.tags}
    if tags.get("tabiji:from") and tags.get("tabiji:to"):  # our own output says it as it was typed
        port = tags.get("tabiji:port", "")
        return Question(
            tags["tabiji:from"], tags["tabiji:to"], tags.get("tabiji:protocol"), int(port) if port.isdigit() else None
        )
    return _of_path(asked, estate) if asked is not None else _of_components(analysis, estate)


def _of_path(asked: AnalysedPath, estate: Estate) -> Question:
    narrowed = asked.filter_at_source or Filter()
    source_ip = asked.source_ip or narrowed.source_address
    source = asked.source.rpartition("/")[2]
    if source.startswith("igw-"):
        source = f"internet:{source_ip}" if source_ip else "internet"
    port = asked.destination_port
    ports = narrowed.destination_port_range
    if port is None and ports is not None and ports.from_port == ports.to_port:
        port = ports.from_port
    destination = asked.destination_ip or narrowed.destination_address
    if not destination:
        destination = _address_of(asked.destination.rpartition("/")[2], estate)
    return Question(source, destination, asked.protocol.lower() or None, port)


def _of_components(analysis: Analysis, estate: Estate) -> Question:
    """The first component's end, and the header it sends."""
    rows = sorted(analysis.forward_path_components, key=lambda row: row.sequence_number)
    if not rows:
        return Question()
    headers = [h for row in rows for h in (row.inbound_header, row.outbound_header) if h is not None]
    sent = rows[0].inbound_header or (headers[0] if headers else Header())
    source = rows[0].component.id
    if source.startswith("igw-"):
        one = _single(sent.source_addresses)
        source = f"internet:{one}" if one else "internet"
    destination = _single(sent.destination_addresses) or _address_of(rows[-1].component.id, estate)
    ports = next((h.destination_port_ranges for h in headers if h.destination_port_ranges), ())
    protocol = next((h.protocol for h in headers if h.protocol), "")
    port = ports[0].low if len(ports) == 1 and ports[0].low == ports[0].high else None
    return Question(source, destination, protocol_name(int(protocol)) if protocol.isdigit() else protocol or None, port)


def _single(addresses: tuple[str, ...]) -> str:
    """The one address a list of CIDRs means, or nothing."""
    address, _, bits = addresses[0].partition("/") if len(addresses) == 1 else ("", "", "")
    try:
        return format_address(parse_address(address)) if bits in ("", "32", "128") else ""
    except AddressError:
        return ""


def _address_of(resource_id: str, estate: Estate) -> str:
    """The address of an instance, an ENI or an endpoint with a single interface; empty for other things."""
    enis: tuple[str, ...] = (resource_id,)
    if resource_id in estate.instances:
        enis = estate.enis_by_instance.get(resource_id, ())
    elif resource_id in estate.vpc_endpoints:
        enis = estate.vpc_endpoints[resource_id].network_interface_ids
    found = [estate.network_interfaces[e] for e in enis if e in estate.network_interfaces]
    if len(found) > 1:  # the primary interface; endpoints have none
        found = [
            e for e in found if e.attachment is not None and e.attachment.device_index == 0 and e.attachment.instance_id
        ]
    return found[0].private_ip_address if found else ""
