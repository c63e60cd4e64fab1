"""``tabiji catalogue``: the endpoint services known, their names, and AWS's own word on them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from . import NO, YES, UsageError
from .settings import estate_of, lang_of, setting

if TYPE_CHECKING:
    from ..names.catalogue import CatalogueEntry

REGION = "us-east-1"
"""Taken where no Region is named, and said so."""


def run(options: Any) -> int:
    """``list``, ``show NAME`` or ``refresh``: 0, or 2 when nothing is known of the name."""
    from ..names.catalogue import CatalogueError
    from ..sources.errors import SourceError

    verb, *rest = options.words or ["list"]
    try:
        if verb == "list" and not rest:
            return listing(options)
        if verb == "show" and len(rest) == 1:
            return show(options, rest[0])
        if verb == "refresh" and not rest:
            return refresh(options)
    except CatalogueError as error:
        raise SourceError("catalogue", "", str(error)) from None
    raise UsageError("tabiji catalogue [list | show NAME | refresh] (see tabiji catalogue --help)")


def listing(options: Any) -> int:
    """Every service: its private names, kinds and how sure that is."""
    from ..names.catalogue import all_services, entry, service_name

    region = _region(options)
    found = [entry(service_name(tail, region), region) for tail in all_services(region)]
    return _print(options, region, [row for row in found if row is not None])


def show(options: Any, name: str) -> int:
    """A service by its tail (``ecr.dkr``) or full name, or what serves a host name."""
    from ..names.catalogue import all_services, endpoint_services, entry, parse_service_name, service_name

    region = _region(options)
    text = name.strip().rstrip(".").lower()
    rows: list[CatalogueEntry | None] = []
    uses: dict[str, str] = {}
    if text in all_services():
        rows = [entry(service_name(text, region), region)]
    elif parse_service_name(text) is not None and text.startswith(("com.", "cn.", "aws.", "eu.")):
        rows = [entry(text, region)]
    else:
        for serving in endpoint_services(text):
            rows.append(entry(serving.service_name, region))
            uses[serving.service_name] = serving.use if serving.how == "service" else ""
    known = [row for row in rows if row is not None]
    if not known and options.format != "json":
        print(_labels(options).text("known_service.nothing", (), name=name))
        return NO
    code = _print(options, known[0].region if known else region, known, whole=True)
    for use in filter(None, dict.fromkeys(uses.values())):  # N5.3
        if options.format != "json":
            print(_labels(options).text("known_service.use", (), name=text, use=use))
    return code


def refresh(options: Any) -> int:
    """Keep what AWS says: out of an estate, or asked live with boto3.  Raises CatalogueError, SourceError."""
    from ..names import catalogue

    if options.profile and options.net:
        raise UsageError("refresh takes -n ESTATE or --profile, not both")
    source: Any
    if options.profile or not (options.net or os.environ.get("TABIJI_NET") or setting("net")):
        source = _session(options.profile)
    else:
        source = estate_of(options)
    summaries = catalogue.refresh(source, options.region)
    if options.format == "json":
        from ..report.json import encode

        rows = [
            {"region": s.region, "path": s.path, "services": s.services, "new": list(s.new), "changed": list(s.changed)}
            for s in summaries
        ]
        print(encode({"version": 1, "kind": "refresh", "regions": rows}, pretty=sys.stdout.isatty()))
        return YES
    labels = _labels(options)
    for summary in summaries:
        told = {"region": summary.region, "count": str(summary.services), "path": summary.path}
        print(labels.text("known_service.kept", (), **told))
        for code, names in (("known_service.new", summary.new), ("known_service.changed", summary.changed)):
            if names:
                print("  " + labels.text(code, (), count=str(len(names)), names=", ".join(names)))
    return YES


def _session(profile: str | None) -> Any:
    """A boto3 session; None leaves the default one to the catalogue.  Raises CatalogueError."""
    if profile is None:
        return None
    from importlib import import_module

    from ..names.catalogue import CatalogueError

    try:
        boto3, errors = import_module("boto3"), import_module("botocore.exceptions")
    except ImportError:
        raise CatalogueError("refreshing from AWS needs boto3, which is not installed") from None
    try:
        return boto3.Session(profile_name=profile)
    except errors.BotoCoreError as error:
        raise CatalogueError(" ".join(str(error).split())) from None


def _region(options: Any) -> str:
    from ..names.public_endpoints import partition_of

    if len(options.region) > 1:
        raise UsageError("--region: one is enough here")
    named = options.region[0] if options.region else os.environ.get("AWS_REGION", "")
    if named and not partition_of(named):
        raise UsageError(f"--region {named}: no such Region")
    return named or REGION


def _labels(options: Any) -> Any:
    from ..report.labels import Labels

    return Labels(None, lang_of(options))


def _print(options: Any, region: str, rows: list[CatalogueEntry], whole: bool = False) -> int:
    from ..names.catalogue import versions

    if options.format == "json":
        import msgspec

        from ..report.json import encode

        document = {
            "version": 1, "kind": "catalogue", "region": region, "sources": versions(),
            "services": [msgspec.structs.asdict(row) for row in rows],
        }  # fmt: skip
        print(encode(document, pretty=sys.stdout.isatty()))
        return YES if rows else NO
    from ..report.catalogue import render_entry, render_list
    from ..report.terminal import style_for

    render = render_entry if whole else render_list
    sys.stdout.write(render(rows, region, labels=_labels(options), style=style_for(options.color)))
    return YES
