"""``tabiji names``: do all places resolve all services to the endpoints that are there for them?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of

if TYPE_CHECKING:
    from ..estate import Estate
    from ..report.names_asked import Viewpoint


def run(options: Any) -> int:
    """Ask and report: 0 nothing looks wrong, 2 something does, 3 something cannot be told."""
    lang = lang_of(options)
    estate = estate_of(options)
    from ..names.catalogue import CatalogueError
    from ..report.labels import Labels
    from ..report.names_asked import every_viewpoint, names_for, other_servers, regions_of
    from ..report.names_table import build
    from ..sources.errors import SourceError

    places = tuple(place(estate, text) for text in options.source) if options.source else every_viewpoint(estate)
    if not places:
        raise UsageError("the estate has no VPC and no site: name a place with --from")
    regions = tuple(options.region) or regions_of(estate, places)
    if not regions:
        raise UsageError("which Region's names? nothing in the estate tells; give --region")
    try:
        tails, own = services(options.services, regions)
        asked = names_for(estate, tails, regions, own=own, variants=options.variants, named=not own)
        if not asked:
            raise UsageError(f"--services {options.services}: no private DNS name is known in {', '.join(regions)}")
        table = build(estate, places, asked, connect=options.connect)
    except CatalogueError as error:
        raise SourceError(str(error), "", "tabiji catalogue refresh writes it anew") from None
    labels = Labels(estate, lang)
    if options.format == "json":
        from ..report.json import encode
        from ..report.names_table_text import table_document

        print(encode(table_document(table, labels=labels), pretty=sys.stdout.isatty()))
    else:
        from ..report.names_table_text import render_table
        from ..report.terminal import style_for

        sys.stdout.write(render_table(table, labels=labels, style=style_for(options.color), explain=options.explain))
        for viewpoint in places:
            servers = other_servers(estate, viewpoint.vpc) if options.source and viewpoint.resolver else ()
            if servers:
                told = labels.text("names_table.other_servers", (), vpc=viewpoint.label, servers=", ".join(servers))
                print(told, file=sys.stderr)
    return NO if table.wrong else UNDETERMINED if table.unknown else YES


def services(text: str, regions: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """Tails of the services to ask for, and whether those of the estate's own endpoints belong to them.

    ``common``, ``all``, ``estate`` (only those of its endpoints), or tails with
    commas between them.  Raises UsageError.
    """
    from ..names.catalogue import COMMON_SERVICES, all_services

    if text == "common":
        return COMMON_SERVICES, True
    if text == "all":
        return tuple(dict.fromkeys(tail for region in regions for tail in all_services(region))), True
    if text == "estate":
        return (), True
    tails = tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))
    known = set(all_services())
    for tail in tails:
        if tail not in known:
            raise UsageError(
                f"--services {tail}: no such endpoint service{_close(tail, known)} (tabiji catalogue list)"
            )
    if not tails:
        raise UsageError("--services: common, all, estate, or names such as ssm,ecr.api")
    return tails, False


def _close(tail: str, known: set[str]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(tail, sorted(known), 3, 0.6)
    return f"; did you mean {', '.join(found)}?" if found else ""


def place(estate: Estate, text: str) -> Viewpoint:
    """What ``--from`` names: a VPC by id, anything a trace may start from, or a VPC by name.  Raises RequestError."""
    from ..report.names_asked import of_vantage, of_vpc
    from ..request.errors import RequestError
    from ..request.vantage import find_vantage

    vpc = text.removeprefix("vpc:")
    if vpc in estate.vpcs:
        return of_vpc(estate, vpc)
    named = [i for i in estate.ids_by_name.get(vpc, ()) if i in estate.vpcs]
    if vpc == text:
        try:
            return of_vantage(find_vantage(estate, text))
        except RequestError:
            if not named:
                raise
    if len(named) != 1:
        several = f"the name of several VPCs: {', '.join(sorted(named))}" if named else "no VPC of this estate"
        raise RequestError(f"{text!r} is {several}")
    return of_vpc(estate, named[0])
