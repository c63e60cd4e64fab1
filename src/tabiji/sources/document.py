"""A hand-written estate or overlay: one YAML document, section by section."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..estate import Change, Estate, Scope
from ..estate.kinds import BY_NAME
from . import checks
from .errors import SourceError
from .spec import Path, convert, did_you_mean
from .yaml import SECTIONS, Section
from .yaml.build import Build, Item

DEFAULT_ACCOUNT = "111122223333"
"""An account of AWS's own documentation; used where nobody writes one."""
DEFAULT_REGION = "us-east-1"
HEAD = ("version", "account", "region")
BY_SECTION = {section.name: section for section in SECTIONS}


class Overlaid(NamedTuple):
    """What an overlay does to an estate."""

    base: Estate
    changes: tuple[Change, ...]
    scopes: dict[str, Scope]

    def apply(self) -> Estate:
        """The changed estate."""
        return self.base.with_changes(self.changes, self.scopes)


def load_yaml(file: str) -> Estate:
    """The estate in a YAML file.  Raises SourceError."""
    from .yaml_text import read_yaml

    data, text = read_yaml(file)
    return estate_of(data, file, text)


def estate_of(data: Any, file: str = "", text: bytes = b"") -> Estate:
    """The estate a document's content describes.  Raises SourceError."""
    build = Build(file, text)
    _run(build, data)
    _check(build)
    return Estate(build.tables, build.scopes, source=file)


def read_overlay(file: str) -> tuple[Any, bytes]:
    """An overlay file's content and bytes.  Raises SourceError."""
    from .yaml_text import read_yaml

    return read_yaml(file)


def overlay_changes(estate: Estate, data: Any, file: str = "", text: bytes = b"") -> Overlaid:
    """What an overlay's content changes in an estate.  Raises SourceError."""
    build = Build(file, text, estate)
    _run(build, data)
    _check(build)
    return Overlaid(estate, build.changes(), build.scopes)


def _run(build: Build, data: Any) -> None:
    """Declare everything, then build everything, in the order of SECTIONS."""
    if not isinstance(data, dict):
        raise SourceError(build.file or "overlay", "1", "must be a mapping of sections")
    known = [*HEAD, *BY_SECTION]
    for key in data:
        if key not in known:
            build.fail((key,), f"unknown section{did_you_mean(key, known)}")
    if data.get("version") not in (None, "1", 1):
        build.fail(("version",), "only version 1 is known")
    build.account = convert(data.get("account"), str | None, ("account",), build.fail) or DEFAULT_ACCOUNT
    build.region = convert(data.get("region"), str | None, ("region",), build.fail) or DEFAULT_REGION
    build.mention(data)
    items = {section.name: list(_items(build, section, data)) for section in SECTIONS if not section.plain}
    for section in SECTIONS:
        if section.plain or not items[section.name]:
            continue
        module = section.load()
        for item in items[section.name]:
            item.spec = convert(item.spec, _type(module, section), item.path, build.fail)
        getattr(module, f"declare_{section.name}")(build, items[section.name])
        if section.name == "vpcs":
            _settle_vpcs(items)
    for section in SECTIONS:
        if section.plain:
            value = data.get(section.name)
            if value is not None:
                module = section.load()
                value = convert(value, _type(module, section), (section.name,), build.fail)
                getattr(module, f"build_{section.name}")(build, value, (section.name,))
        elif items[section.name] or section.name in _always(build):
            getattr(section.load(), f"build_{section.name}")(build, items[section.name])
        for work in build.hooks.pop(section.name, ()):
            work()


def _always(build: Build) -> tuple[str, ...]:
    """Sections with something to settle although nobody wrote them."""
    out = []
    if build.guards:
        out.append("network_acls")
    if build.main_routes or build.subnet_routes:
        out.append("route_tables")
    return tuple(out)


def _items(build: Build, section: Section, data: dict[str, Any]) -> Iterator[Item]:
    """Entries of a section, at the top and inside VPCs, in the order written."""
    for name, spec in _mapping(build, data.get(section.name), (section.name,)).items():
        if section.name == "vpcs":
            inner = {s.name for s in SECTIONS if s.in_vpc}
            if isinstance(spec, dict):
                spec = {key: value for key, value in spec.items() if key not in inner}
            yield Item(name, {} if spec is None else spec, ("vpcs", name))
        else:
            yield Item(name, {} if spec is None else spec, (section.name, name))
    if section.in_vpc:
        for vpc, body in _mapping(build, data.get("vpcs"), ("vpcs",)).items():
            if isinstance(body, dict) and section.name in body:
                path: Path = ("vpcs", vpc, section.name)
                for name, spec in _mapping(build, body[section.name], path).items():
                    yield Item(name, {} if spec is None else spec, (*path, name))


def _mapping(build: Build, value: Any, path: Path) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        build.fail(path, "must be a mapping of names")
    return value


def _settle_vpcs(items: dict[str, list[Item]]) -> None:
    """Tell what stands inside a VPC which one."""
    ids = {item.path: item.id for item in items["vpcs"]}
    for section in SECTIONS:
        if section.in_vpc:
            for item in items[section.name]:
                if item.path[0] == "vpcs":
                    item.vpc = ids[item.path[:2]]


def _type(module: Any, section: Section) -> Any:
    return getattr(module, section.spec)


def _check(build: Build) -> None:
    """What a document must not hold: dangling ids, text that is no address, DNS servers in a circle."""
    own = {kind: table for kind, table in build.tables.items() if table}
    checks.check_addresses(own, build.where)
    every = {kind.name: build.all(kind.name) for kind in BY_NAME.values()} if build.base is None else None
    if every is not None:
        checks.check_overlaps(own, build.where)
    for kind, extract in checks.REFERENCES.items():
        for key, record in own.get(kind, {}).items():
            if checks.gone(record):
                continue
            for target_kind, target in extract(record):
                if target and build.get(target_kind, target) is None and not _given_up(build, target_kind, target):
                    where = build.where(kind, key)
                    file, _, line = where.rpartition(":")
                    place = (file, line) if line.isdigit() else (where, "")
                    raise SourceError(*place, f"{key} names {target}, which does not exist")
    loop = checks.forwarding_loop(build.all("dns_servers"))
    if loop:
        build.fail(build.paths.get(loop[0], ("dns_servers",)), f"DNS servers forward in a circle: {' -> '.join(loop)}")


def _given_up(build: Build, kind: str, key: str) -> bool:
    """A snapshot's own dangling ids, or kinds it never collected, are not the overlay's fault."""
    if build.base is None:
        return False
    return not build.base.coverage.has(kind) or key not in build.removed.get(kind, ())
