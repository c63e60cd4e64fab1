"""Instance metadata at 169.254.169.254 and fd00:ec2::254, from the estate, to whoever asks (RQ33g).

The interface is known by its address and the VPC the link belongs to.  A token
is good only for the interface that got it.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from ...estate import Estate
from ...estate.instance import Instance, MetadataOptions
from ...estate.network_interface import NetworkInterface
from ...names.public_endpoints import partition_of, suffixes_of
from .aws import keys
from .http import Request, Response, text

LONGEST_LIFE = 21600
"""Seconds a token may live."""
TOKEN, TTL = "X-aws-ec2-metadata-token", "X-aws-ec2-metadata-token-ttl-seconds"
VERSIONS = ("1.0", "2007-01-19", "2008-02-01", "2009-04-04", "2016-09-02", "2018-09-24", "2021-03-23", "latest")
MOST_TOKENS = 10000

Tree = Mapping[str, Any]
"""Folder or leaf by name; a leaf is its text."""


class Metadata:
    """The metadata service: its tokens, and the trees of instances."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def answer(self, estate: Estate, eni_id: str, request: Request, six: bool = False) -> Response:
        """The answer to an interface's request; ``six``: it came to the IPv6 address."""
        instance = estate.instances.get(estate.instance_by_eni.get(eni_id, ""))
        if instance is None:
            return _page(404, "Not Found")
        options = instance.metadata_options or MetadataOptions()
        if options.http_endpoint != "enabled" or (six and options.http_protocol_ipv6 != "enabled"):
            return msgspec.structs.replace(_page(403, "Forbidden"), close=True)
        path = [part for part in request.path.split("/") if part]
        if request.method == "PUT":
            return self._issue(eni_id, path, request)
        if request.method not in ("GET", "HEAD"):
            return _page(405, "Not Allowed")
        refused = self._refused(eni_id, request, options)
        if refused is not None:
            return refused
        return _look(estate, eni_id, instance, path)

    def _issue(self, eni_id: str, path: list[str], request: Request) -> Response:
        if path[1:] != ["api", "token"]:
            return _page(405, "Not Allowed")
        if request.headers.get("X-Forwarded-For"):
            return _page(403, "Forbidden")
        life = request.headers.get(TTL) or ""
        if not (life.isascii() and life.isdigit()) or not 1 <= int(life) <= LONGEST_LIFE:
            return _page(400, "Bad Request")
        token = secrets.token_urlsafe(42)
        with self._lock:
            if len(self._tokens) >= MOST_TOKENS:
                self._tokens.clear()
            self._tokens[token] = (eni_id, time.monotonic() + int(life))
        return Response(headers=(("Content-Type", "text/plain"), (TTL, life)), body=token.encode())

    def _refused(self, eni_id: str, request: Request, options: MetadataOptions) -> Response | None:
        token = request.headers.get(TOKEN)
        if token is None:
            return _page(401, "Unauthorized") if options.http_tokens == "required" else None
        owner, ends = self._tokens.get(token, ("", 0.0))
        return None if owner == eni_id and time.monotonic() < ends else _page(401, "Unauthorized")


def hop_limit(estate: Estate, eni_id: str) -> int:
    """Hops an answer with a token may take to the instance; 1 where the estate does not say."""
    instance = estate.instances.get(estate.instance_by_eni.get(eni_id, ""))
    options = instance.metadata_options if instance is not None else None
    return options.http_put_response_hop_limit if options is not None else 1


def _page(status: int, words: str) -> Response:
    head = '<?xml version="1.0" encoding="iso-8859-1"?>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="en">\n'
    body = (
        f"{head} <head><title>{status} - {words}</title></head>\n <body><h1>{status} - {words}</h1></body>\n</html>\n"
    )
    return text(status, body, "text/html")


def _look(estate: Estate, eni_id: str, instance: Instance, path: list[str]) -> Response:
    if not path:
        return text(200, "\n".join(VERSIONS))
    if path[0] not in VERSIONS:
        return _page(404, "Not Found")
    found: Any = tree(estate, eni_id, instance)
    for name in path[1:]:
        if not isinstance(found, Mapping) or name not in found:
            return _page(404, "Not Found")
        found = found[name]
    if not isinstance(found, Mapping):
        return text(200, str(found), "text/plain")
    # Keys are listed with what they name, folders with a slash.
    listed = [f"{name}/" if isinstance(value, Mapping) else name for name, value in found.items()]
    return text(200, "\n".join(listed), "text/plain")


# The tree -----------------------------------------------------------------------


def tree(estate: Estate, eni_id: str, instance: Instance) -> Tree:
    """Everything an instance can ask for, as seen through one of its interfaces."""
    return {
        "dynamic": {"instance-identity": {"document": document(estate, instance)}},
        "meta-data": _metadata(estate, eni_id, instance),
    }


def place_of(estate: Estate, instance: Instance) -> tuple[str, str, str]:
    """(Region, AZ, AZ id) of an instance."""
    subnet = estate.subnets.get(instance.subnet_id)
    zone = subnet.availability_zone if subnet is not None else ""
    record = estate.availability_zones.get(zone)
    zone_id = (subnet.availability_zone_id if subnet is not None else "") or (record.zone_id if record else "")
    return estate.region_of(instance.vpc_id), zone, zone_id


def document(estate: Estate, instance: Instance) -> str:
    """The instance identity document (unsigned: nobody here can sign as AWS does)."""
    region, zone, _ = place_of(estate, instance)
    told = {
        "accountId": estate.account_of(instance.vpc_id) or keys.account_of(estate),
        "architecture": "x86_64",
        "availabilityZone": zone,
        "billingProducts": None,
        "devpayProductCodes": None,
        "marketplaceProductCodes": None,
        "imageId": instance.image_id or None,
        "instanceId": instance.instance_id,
        "instanceType": instance.instance_type or None,
        "kernelId": None,
        "pendingTime": None,
        "privateIp": instance.private_ip_address,
        "ramdiskId": None,
        "region": region,
        "version": "2017-09-30",
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _metadata(estate: Estate, eni_id: str, instance: Instance) -> dict[str, Any]:
    region, zone, zone_id = place_of(estate, instance)
    enis = [estate.network_interfaces[i] for i in estate.enis_by_instance.get(instance.instance_id, ())]
    enis.sort(key=lambda eni: eni.attachment.device_index if eni.attachment is not None else 99)
    first = enis[0] if enis else estate.network_interfaces[eni_id]
    public = dict(first.public_pairs()).get(first.private_ip_address, "")
    placement = {"availability-zone": zone, "availability-zone-id": zone_id, "region": region}
    out: dict[str, Any] = {
        "ami-id": instance.image_id,
        "ami-launch-index": "0",
        "hostname": instance.private_dns_name or first.private_dns_name,
        "iam": _iam(estate, instance),
        "instance-action": "none",
        "instance-id": instance.instance_id,
        "instance-life-cycle": "on-demand",
        "instance-type": instance.instance_type,
        "local-hostname": instance.private_dns_name or first.private_dns_name,
        "local-ipv4": first.private_ip_address,
        "mac": mac_of(first.network_interface_id),
        "network": {"interfaces": {"macs": {mac_of(e.network_interface_id): _interface(estate, e) for e in enis}}},
        "placement": {name: value for name, value in placement.items() if value},
        "public-ipv4": public,
        "security-groups": "\n".join(g.group_name for g in first.groups if g.group_name),
        "services": {"domain": suffixes_of(region).suffix, "partition": partition_of(region) or "aws"},
    }
    if first.ipv6_addresses:
        out["ipv6"] = first.ipv6_addresses[0].ipv6_address
    options = instance.metadata_options
    if options is not None and options.instance_metadata_tags == "enabled":
        out["tags"] = {"instance": {tag.key: tag.value for tag in instance.tags}}
    return {name: value for name, value in sorted(out.items()) if value not in ("", None)}


def mac_of(eni_id: str) -> str:
    """A MAC address that only this interface has; the estate knows none."""
    digest = hashlib.sha256(eni_id.encode()).digest()
    return ":".join(f"{octet:02x}" for octet in (0x06, *digest[:5]))


def _interface(estate: Estate, eni: NetworkInterface) -> dict[str, Any]:
    vpc, subnet = estate.vpcs.get(eni.vpc_id), estate.subnets.get(eni.subnet_id)
    public = dict(eni.public_pairs())
    out: dict[str, Any] = {
        "device-number": str(eni.attachment.device_index if eni.attachment is not None else 0),
        "interface-id": eni.network_interface_id,
        "ipv4-associations": {p: private for private, p in public.items()},
        "ipv6s": "\n".join(six.ipv6_address for six in eni.ipv6_addresses),
        "local-hostname": eni.private_dns_name,
        "local-ipv4s": "\n".join(eni.private_v4()),
        "mac": mac_of(eni.network_interface_id),
        "owner-id": eni.owner_id,
        "public-ipv4s": "\n".join(public.values()),
        "security-group-ids": "\n".join(group.group_id for group in eni.groups),
        "security-groups": "\n".join(group.group_name for group in eni.groups if group.group_name),
        "subnet-id": eni.subnet_id,
        "subnet-ipv4-cidr-block": subnet.cidr_block if subnet is not None else "",
        "vpc-id": eni.vpc_id,
        "vpc-ipv4-cidr-block": vpc.cidr_block if vpc is not None else "",
        "vpc-ipv4-cidr-blocks": "\n".join(c for c in vpc.cidrs() if ":" not in c) if vpc is not None else "",
    }
    return {name: value for name, value in out.items() if value}


def _iam(estate: Estate, instance: Instance) -> dict[str, Any]:
    identity = keys.of_instance(estate, instance.instance_id)
    if ":assumed-role/" not in identity.arn:
        return {}
    role = identity.arn.split("/")[1]
    made = keys.credentials(identity)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    profile = f"arn:aws:iam::{identity.account}:instance-profile/{role}"
    told = {
        "Code": "Success",
        "LastUpdated": now,
        "Type": "AWS-HMAC",
        "AccessKeyId": made.key,
        "SecretAccessKey": made.secret,
        "Token": made.token,
        "Expiration": made.expires,
    }
    info = {"Code": "Success", "LastUpdated": now, "InstanceProfileArn": profile, "InstanceProfileId": made.key}
    return {"info": _json(info), "security-credentials": {role: _json(told)}}


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
