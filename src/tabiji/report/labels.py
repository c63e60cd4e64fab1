"""What things are called: the Name tag beside the id, the kind in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..estate import Estate
from ..estate.record import name_of
from ..fabric.stage import Place
from ..findings.catalogue import text

TABLES: dict[str, tuple[str, ...]] = {
    "acl": ("network_acls",),
    "eigw": ("egress_only_internet_gateways",),
    "eni": ("network_interfaces",),
    "i": ("instances",),
    "igw": ("internet_gateways",),
    "nat": ("nat_gateways",),
    "pcx": ("peerings",),
    "pl": ("managed_prefix_lists", "prefix_lists"),
    "rslvr": ("resolver_endpoints", "resolver_rules"),
    "rtb": ("route_tables",),
    "sg": ("security_groups",),
    "subnet": ("subnets",),
    "tgw": ("transit_gateways", "tgw_attachments", "tgw_vpc_attachments", "tgw_route_tables"),
    "vgw": ("vpn_gateways",),
    "vpc": ("vpcs",),
    "vpce": ("vpc_endpoints",),
    "vpn": ("vpn_connections",),
    "Z": ("hosted_zones",),
}
"""Prefix of an id -> tables to look in."""
_OWN_NAMES = ("group_name", "prefix_list_name", "name")


class Labels:
    """Names of an estate's things, in one language.  Without an estate, ids stand alone."""

    def __init__(self, estate: Estate | None = None, lang: str = "en") -> None:
        self.estate = estate
        self.lang = lang
        self._known: dict[str, str] = {}

    def text(self, code: str, params: Mapping[str, str] | Iterable[tuple[str, str]] = (), **more: str) -> str:
        """The catalogue's sentence for a code, ids among the parameters with their names beside them."""
        values = {key: self.value(value) for key, value in (dict(params) | more).items()}
        if values.get("direction") in ("egress", "ingress"):
            values["direction"] = text(f"direction.{values['direction']}.long", (), self.lang)
        return text(code, values, self.lang)

    def value(self, value: str) -> str:
        """A parameter as it is shown: every id in it with its name; a reason in this language."""
        if type(value) is not str:
            from ..names.why import Why

            if isinstance(value, Why):
                return self.text(value.code, value.params)
        value = value.replace(" > ", " → ")
        if len(value) > 1 and value[-1] == "." and " " not in value:
            return value[:-1]  # an absolute name, as a person writes it
        if "-" not in value or " " in value:
            return value
        return ", ".join(self.label(part) for part in value.split(",")) if "," in value else self.label(value)

    def label(self, resource_id: str) -> str:
        """``id (name)``, or the id alone."""
        if resource_id.startswith("arn:"):
            return short_arn(resource_id)
        name = self.name(resource_id)
        return f"{resource_id} ({name})" if name and name != resource_id else resource_id

    def name(self, resource_id: str) -> str:
        """The name of a thing, or nothing."""
        if resource_id.startswith("arn:"):
            return short_arn(resource_id)
        if self.estate is None or not resource_id:
            return ""
        known = self._known.get(resource_id)
        if known is None:
            known = self._known[resource_id] = self._find(resource_id, self.estate)
        return known

    def _find(self, resource_id: str, estate: Estate) -> str:
        record = self._record(resource_id, estate)
        if record is None:
            return ""
        tags = getattr(record, "tags", None) or getattr(record, "tag_set", None)
        name = name_of(tags) if tags else ""
        if name:
            return name
        if resource_id.startswith("eni-"):
            return _eni_name(self, estate, resource_id, record)
        for field in _OWN_NAMES:
            own = getattr(record, field, "")
            if isinstance(own, str) and own:
                return str(own)
        if resource_id.startswith("vpce-"):
            return str(record.service_name).removeprefix("com.amazonaws.")
        if resource_id.startswith("tgw-attach-"):
            return self.name(getattr(record, "vpc_id", "") or getattr(record, "resource_id", ""))
        return ""

    def _record(self, resource_id: str, estate: Estate) -> Any:
        prefix = resource_id.split("-", 1)[0] if "-" in resource_id else resource_id[:1]
        for kind in TABLES.get(prefix, ()):
            record = estate.tables[kind].get(resource_id)
            if record is not None:
                return record
        return None

    def kind(self, place: Place) -> str:
        """The kind of a place in words."""
        return text(f"hop.{place.kind}", (), self.lang)

    def place(self, place: Place) -> str:
        """A place in one phrase: kind, name and id."""
        name = self.name(place.id)
        kind = self.kind(place)
        if place.kind == "internet":
            return kind
        return f"{kind} {name} ({place.id})" if name and name != place.id else f"{kind} {place.id}"


def short_arn(arn: str) -> str:
    """The name in an ARN: of a load balancer, target group, firewall..."""
    parts = arn.rpartition(":")[2].split("/")
    # loadbalancer/net/NAME/HASH, targetgroup/NAME/HASH, but firewall/NAME
    return parts[-2] if len(parts) > 2 else parts[-1]


def _eni_name(labels: Labels, estate: Estate, eni_id: str, eni: Any) -> str:
    """An interface without a Name tag goes by its host, its instance, or what it belongs to."""
    host = estate.host_by_eni.get(eni_id)
    if host:
        return str(host)
    owner = estate.endpoint_by_eni.get(eni_id) or estate.nat_by_eni.get(eni_id)
    if owner:
        return labels.name(owner) or owner
    attachment = eni.attachment
    instance = attachment.instance_id if attachment is not None else ""
    return labels.name(instance) or instance or str(eni.description)
