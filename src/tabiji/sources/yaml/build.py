"""What the section builders share: ids, names, addresses, tables, errors with a place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from ...estate import Change, Estate, Scope
from ...estate.kinds import BY_NAME, record_id
from ...estate.record import Tag
from ...packet.address import AddressError, Interval, format_address, is_v6, parse_address, parse_prefix
from ..errors import SourceError
from ..spec import Names, Path, Spec, did_you_mean, many

PUBLIC_POOLS = ("203.0.113.0/24", "198.51.100.0/24")
"""Documentation ranges (RFC 5737) public addresses are invented from."""
RESERVED_AT_START = 4
"""Network, router, DNS and one for the future (RT20); the last address is reserved too."""


class Item:
    """One entry of a section: what was written, where, and the record it changes if there is one."""

    __slots__ = ("id", "name", "old", "path", "spec", "vpc")

    def __init__(self, name: str, spec: Any, path: Path, vpc: str = "") -> None:
        self.name = name
        self.spec = spec
        self.path = path
        self.vpc = vpc
        """Id of the VPC it stands in, if it stands in one."""
        self.id = ""
        self.old: Any = None


class Build:
    """Tables while they grow, over an estate (an overlay) or over nothing."""

    def __init__(self, file: str, text: bytes = b"", base: Estate | None = None) -> None:
        self.file = file
        self.text = text
        self.base = base
        self.account = ""
        self.region = ""
        self.tables: dict[str, dict[str, Any]] = {}
        self.removed: dict[str, set[str]] = {}
        self.scopes: dict[str, Scope] = {}
        self.paths: dict[str, Path] = {}
        self.mentioned: set[int] = set()
        """Every address the document names; invented ones keep clear of them."""
        self.main_routes: list[Item] = []
        self.subnet_routes: list[Item] = []
        self.guards: list[tuple[str, str]] = []
        """(subnet, NACL) pairs, settled when NACLs exist."""
        self.eip_of_eni: dict[str, str] = {}
        self.hooks: dict[str, list[Callable[[], None]]] = {}
        """Work to do once a section has been built."""
        self._names: dict[str, dict[str, list[str]]] = {}
        self._vpc_of: dict[str, str] = {}
        self._used: dict[str, set[int]] = {}
        self._declared: dict[str, set[str]] = {}

    # Errors.
    def fail(self, path: Path, reason: str) -> NoReturn:
        """Raise the one-line error for a place in the document."""
        place = ""
        if self.text and path:
            from ..yaml_text import line_of

            place = str(line_of(self.text, path))
        where = ".".join(str(part) for part in path)
        raise SourceError(self.file or "overlay", place, f"{where}: {reason}" if where else reason)

    def where(self, kind: str, key: str) -> str:
        """``file:line`` of a record, for checks that run later."""
        path = self.paths.get(key)
        if path is None or not self.text:
            return self.file or "overlay"
        from ..yaml_text import line_of

        return f"{self.file}:{line_of(self.text, path)}"

    def after(self, section: str, work: Callable[[], None]) -> None:
        """Do something once a later section has been built."""
        self.hooks.setdefault(section, []).append(work)

    # Records.
    def get(self, kind: str, key: str) -> Any:
        """A record of this document or of the estate below it; None if there is none."""
        found = self.tables.get(kind, {}).get(key)
        if found is None and self.base is not None and key not in self.removed.get(kind, ()):
            found = self.base.tables[kind].get(key)
        return found

    def all(self, kind: str) -> dict[str, Any]:
        """All records of a kind, this document's over the estate's."""
        mine = self.tables.get(kind, {})
        if self.base is None:
            return mine
        gone = self.removed.get(kind, ())
        return {**{k: v for k, v in self.base.tables[kind].items() if k not in gone}, **mine}

    def put(self, kind: str, record: Any) -> None:
        """Set a record."""
        self.tables.setdefault(kind, {})[record_id(BY_NAME[kind], record)] = record

    def remove(self, kind: str, key: str) -> None:
        """Take a record out."""
        self.tables.get(kind, {}).pop(key, None)
        self.removed.setdefault(kind, set()).add(key)

    def changes(self) -> tuple[Change, ...]:
        """What this document does to the estate below it."""
        out = [Change(kind, key) for kind, keys in self.removed.items() for key in sorted(keys)]
        out += [Change(kind, key, record) for kind, table in self.tables.items() for key, record in table.items()]
        return tuple(out)

    # Names and ids.
    def declare(
        self, kind: str, prefix: str, item: Item, *, within: str = "", account: str = "", region: str = ""
    ) -> str:
        """Give an entry its id: the one written, that of the record it names, or an invented one."""
        spec_id = getattr(item.spec, "id", None)
        if self.base is not None:
            item.id = self._existing(kind, item)
            item.old = self.get(kind, item.id) if item.id else None
        declared = self._declared.setdefault(kind, set())
        if not item.id:
            item.id = spec_id or self.invent(prefix, item.name, within)
            if item.id in declared and not spec_id and within:  # nat-a in two VPCs
                item.id = f"{prefix}-{within}-{item.id}"
        if item.id in declared:
            self.fail(item.path, f"{item.id} is there twice")
        declared.add(item.id)
        self.register(kind, item.id, item.name, item.vpc, item.path, account=account, region=region)
        return item.id

    def register(
        self, kind: str, key: str, name: str, vpc: str, path: Path, *, account: str = "", region: str = ""
    ) -> None:
        """Make a thing known by its name, and by its account and Region."""
        ids = self._names.setdefault(kind, {}).setdefault(name, [])
        if key not in ids:
            ids.append(key)
        if vpc:
            self._vpc_of[key] = vpc
        self.paths.setdefault(key, path)
        if key not in self.scopes and not (self.base is not None and self.get(kind, key) is not None):
            home = self.scopes.get(vpc) or (self.base.scope_of(vpc) if self.base is not None and vpc else None)
            account = account or (home.account if home else "") or self.account
            region = region or (home.region if home else "") or self.region
            self.scopes[key] = Scope(account, region)

    def invent(self, prefix: str, name: str, within: str = "") -> str:
        """A readable id: ``subnet-spoke-a-app``; a name that already is such an id stays."""
        head = f"{prefix}-"
        if name.startswith(head):
            return name
        tail = name if not within or name == within or name.startswith(f"{within}-") else f"{within}-{name}"
        return head + "".join(c if c.isalnum() or c in "-_." else "-" for c in tail)

    def _existing(self, kind: str, item: Item) -> str:
        assert self.base is not None
        if self.get(kind, item.name) is not None:
            return item.name
        ordinary = self._ordinary(kind, item.name, item.vpc)
        if ordinary:
            return ordinary
        found = [
            key
            for key in self.base.ids_by_name.get(item.name, ())
            if self.get(kind, key) is not None and (not item.vpc or self.vpc_of(kind, key) == item.vpc)
        ]
        if len(found) > 1:
            self.fail(item.path, f"{item.name} is the name of {', '.join(sorted(found))}; use an id")
        return found[0] if found else ""

    def _ordinary(self, kind: str, name: str, vpc: str) -> str:
        """A VPC's ``main`` route table, ``default`` NACL or ``default`` group in the estate below."""
        if self.base is None or not vpc:
            return ""
        if (kind, name) == ("route_tables", "main"):
            return str(self.base.main_route_tables.get(vpc, ""))
        if (kind, name) == ("network_acls", "default"):
            return str(self.base.default_nacls.get(vpc, ""))
        if (kind, name) == ("security_groups", "default"):
            groups = self.base.security_groups.items()
            return next((k for k, g in groups if (g.vpc_id, g.group_name) == (vpc, "default")), "")
        return ""

    def vpc_of(self, kind: str, key: str) -> str:
        """The VPC a thing is in, if it is in one."""
        return self._vpc_of.get(key) or str(getattr(self.get(kind, key), "vpc_id", ""))

    def vpc_name(self, vpc: str) -> str:
        """A VPC's name as ids are made from it."""
        name = self.name_tag(self.get("vpcs", vpc)) or vpc
        return name.removeprefix("vpc-")

    def vpc_name_declared(self, vpc: str) -> str:
        """A VPC's name for the ids of what stands in it; before its record exists, too."""
        for name, keys in self._names.get("vpcs", {}).items():
            if vpc in keys:
                return name.removeprefix("vpc-")
        return self.vpc_name(vpc) if vpc else ""

    def name_tag(self, record: Any) -> str:
        """The Name tag of a record."""
        tags = getattr(record, "tags", None) or getattr(record, "tag_set", None) or ()
        return next((t.value for t in tags if t.key == "Name"), "")

    def lookup(self, kind: str, text: str, vpc: str = "") -> list[str]:
        """Ids a text can mean: an id, ``vpc/name``, a name in this VPC, a name anywhere."""
        if text in self._declared.get(kind, ()) or self.get(kind, text) is not None:
            return [text]
        head, slash, tail = text.partition("/")
        if slash:
            vpcs = self.lookup("vpcs", head)
            return self._named(kind, tail, vpcs[0]) if len(vpcs) == 1 else []
        return (self._named(kind, text, vpc) if vpc else []) or self._named(kind, text)

    def _named(self, kind: str, name: str, vpc: str = "") -> list[str]:
        found = list(self._names.get(kind, {}).get(name, ()))
        if self.base is not None:
            ordinary = self._ordinary(kind, name, vpc)
            if ordinary:
                return [ordinary]
            for key in self.base.ids_by_name.get(name, ()):
                if key not in found and self.get(kind, key) is not None:
                    found.append(key)
        return [key for key in found if not vpc or self.vpc_of(kind, key) == vpc]

    def known_names(self, kind: str) -> list[str]:
        """Names and ids of a kind, for "did you mean"."""
        out = list(self._names.get(kind, {})) + list(self._declared.get(kind, ()))
        if self.base is not None and len(self.base.tables[kind]) < 2000:
            out += list(self.base.tables[kind])
        return out

    def find(self, kind: str, text: str, path: Path, vpc: str = "") -> str:
        """The one id a text means; fails if it means none or several."""
        found = self.lookup(kind, text, vpc)
        if len(found) == 1:
            return found[0]
        thing = THINGS.get(kind, kind)
        if found:
            self.fail(path, f"{text} may be {' or '.join(sorted(found))}; write vpc/name or an id")
        return self.fail(path, f"no {thing} is called {text!r}{did_you_mean(text, self.known_names(kind))}")

    def find_all(self, kind: str, names: Names | tuple[str, ...], path: Path, vpc: str = "") -> tuple[str, ...]:
        """The ids of one name or several."""
        return tuple(self.find(kind, name, path, vpc) for name in many(names))

    def tags(self, item: Item) -> tuple[Tag, ...]:
        """The Name tag an entry gives."""
        if item.old is not None:
            return tuple(item.old.tags)
        return (Tag(key="Name", value=item.name),)

    def home_vpc(self, item: Item, named: str | None, subnet: str | None = None) -> str:
        """The VPC an entry belongs to: around it, named, or of its subnet; an id or nothing."""
        if item.vpc:
            return item.vpc
        if named:
            return self.find("vpcs", named, (*item.path, "vpc"))
        if subnet:
            found = self.lookup("subnets", subnet)
            if len(found) == 1:
                return self.vpc_of("subnets", found[0])
        if self.base is None:  # an overlay's entry may be one of the estate's own, wherever that is
            vpcs = self._declared.get("vpcs", set())
            if len(vpcs) == 1:
                return next(iter(vpcs))
        return ""

    def need_vpc(self, item: Item) -> str:
        """The VPC of an entry that cannot be without."""
        if not item.vpc and item.old is not None:
            return str(item.old.vpc_id)
        if not item.vpc and self.base is not None:
            kind = next((k for k, ids in self._declared.items() if item.id in ids), "")
            known = did_you_mean(item.name, [k for k in self.known_names(kind) if k not in (item.name, item.id)])
            self.fail(
                item.path, f"no {THINGS.get(kind, kind)} is called {item.name!r}{known or '; a new one needs a vpc'}"
            )
        if not item.vpc:
            self.fail(item.path, "vpc is missing (write it inside a VPC, or name one)")
        return item.vpc

    def region_of(self, key: str) -> str:
        """Region of a thing."""
        scope = self.scopes.get(key)
        if scope is not None and scope.region:
            return scope.region
        if self.base is not None:
            return self.base.region_of(key) or self.base.scope_of(key).region or self.region
        return self.region

    def account_of(self, key: str) -> str:
        """Account of a thing."""
        scope = self.scopes.get(key)
        if scope is not None:
            return scope.account
        return self.base.scope_of(key).account if self.base is not None else self.account

    # Addresses.
    def cidr(self, text: str, path: Path) -> str:
        """A CIDR without host bits, as written; a bare address becomes a host prefix."""
        try:
            low, _ = parse_prefix(text, strict=True)
        except AddressError as error:
            self.fail(path, str(error))
        return text if "/" in text else f"{text}/{128 if is_v6(low) else 32}"

    def address(self, text: str, path: Path) -> str:
        """An address, as written."""
        try:
            parse_address(text)
        except AddressError as error:
            self.fail(path, str(error))
        return text

    def mention(self, value: Any) -> None:
        """Note every IPv4 address the document names."""
        if isinstance(value, dict):
            for key, entry in value.items():
                self.mention(key)
                self.mention(entry)
        elif isinstance(value, list):
            for entry in value:
                self.mention(entry)
        elif isinstance(value, str) and value.count(".") == 3:
            with suppress(AddressError):
                self.mentioned.add(parse_address(value))

    def take(self, subnet_id: str, text: str, path: Path) -> str:
        """An address somebody wrote for a thing in a subnet: inside it, not reserved, not taken."""
        subnet = self.get("subnets", subnet_id)
        value = parse_address(self.address(text, path))
        ranges = [parse_prefix(c) for c in subnet.cidrs()]
        inside = next((r for r in ranges if r[0] <= value <= r[1]), None)
        if inside is None:
            self.fail(path, f"{text} is not in {subnet_id} ({', '.join(subnet.cidrs())})")
        if value < inside[0] + RESERVED_AT_START or (value == inside[1] and not is_v6(value)):
            self.fail(path, f"{text} is reserved by AWS in {subnet_id}")  # RT20
        used = self._used_in(subnet.vpc_id)
        if value in used:
            self.fail(path, f"{text} is taken already in {subnet.vpc_id}")
        used.add(value)
        return text

    def allocate(self, subnet_id: str, path: Path, *, v6: bool = False) -> str:
        """The first free address of a subnet (RT20: .4 on)."""
        subnet = self.get("subnets", subnet_id)
        used = self._used_in(subnet.vpc_id)
        for text in subnet.cidrs():
            low, high = parse_prefix(text)
            if is_v6(low) != v6:
                continue
            value = low + RESERVED_AT_START
            while value < high and (value in used or value in self.mentioned):
                value += 1
            if value < high:
                used.add(value)
                return format_address(value)
        return self.fail(path, f"{subnet_id} has no free {'IPv6' if v6 else 'IPv4'} address")

    def _used_in(self, vpc: str) -> set[int]:
        if vpc not in self._used:
            owned = self.base.eni_by_address.get(vpc, {}) if self.base is not None else {}
            self._used[vpc] = set(owned)
        return self._used[vpc]

    def public_address(self, path: Path) -> str:
        """An invented public address from the documentation ranges."""
        used = self._used_in("public")
        if self.base is not None and not used:
            used.update(self.base.public_addresses)
        for pool in PUBLIC_POOLS:
            low, high = parse_prefix(pool)
            for value in range(low + 1, high):
                if value not in used and value not in self.mentioned:
                    used.add(value)
                    return format_address(value)
        return self.fail(path, "the documentation ranges have no more public addresses; write some")

    def subnet_range(self, subnet_id: str) -> tuple[Interval, ...]:
        """A subnet's CIDRs as intervals."""
        return tuple(parse_prefix(c) for c in self.get("subnets", subnet_id).cidrs())


THINGS: dict[str, str] = {
    "vpcs": "VPC",
    "subnets": "subnet",
    "route_tables": "route table",
    "network_acls": "network ACL",
    "security_groups": "security group",
    "instances": "instance",
    "network_interfaces": "network interface",
    "internet_gateways": "internet gateway",
    "egress_only_internet_gateways": "egress-only internet gateway",
    "nat_gateways": "NAT gateway",
    "managed_prefix_lists": "prefix list",
    "peerings": "peering connection",
    "transit_gateways": "transit gateway",
    "tgw_attachments": "TGW attachment",
    "tgw_route_tables": "TGW route table",
    "vpn_gateways": "virtual private gateway",
    "direct_connect_gateways": "Direct Connect gateway",
    "vpn_connections": "VPN connection",
    "vpc_endpoints": "VPC endpoint",
    "dhcp_options": "DHCP option set",
    "resolver_endpoints": "Resolver endpoint",
    "resolver_rules": "Resolver rule",
    "hosted_zones": "hosted zone",
    "load_balancers": "load balancer",
    "target_groups": "target group",
    "sites": "site",
}


def flag(value: Any, path: Path, build: Build) -> bool | None:
    """A yes/no that may also be a name: True, False, or None for a name."""
    if isinstance(value, bool) or value is None:
        return bool(value)
    if value.lower() in ("yes", "no", "on", "off", "y", "n"):
        build.fail(path, "write true or false")
    return None


def given(spec: Spec, **fields: str) -> dict[str, Any]:
    """Record fields for those spec fields that were said: ``given(spec, state="state")``."""
    out = {}
    for ours, theirs in fields.items():
        value = getattr(spec, ours)
        if value is not None:
            out[theirs] = value
    return out
