"""``tabiji trace FROM -- aws ...`` and ``tabiji trace FROM --for JOB``: every call of a command or a job."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of

if TYPE_CHECKING:
    from ..estate import Estate
    from ..journey.command import CommandJourney
    from ..journey.model import Vantage

EXITS = {"reachable": YES, "blocked": NO}


def is_command(words: list[str]) -> bool:
    """FROM and a command of the aws CLI, rather than FROM and TO."""
    return len(words) > 2 and words[1] == "aws"


def run(options: Any) -> int:
    """Plan, walk, tell."""
    estate = estate_of(options)
    told = told_of(estate, options)
    lang = lang_of(options)
    if options.format == "json":
        from ..report.command import command_document
        from ..report.json import encode

        print(encode(command_document(told, estate=estate, lang=lang), pretty=sys.stdout.isatty()))
    else:
        from ..report.command import render_command
        from ..report.terminal import style_for

        style = style_for(options.color)
        sys.stdout.write(render_command(told, estate=estate, lang=lang, style=style, explain=options.explain))
    return EXITS.get(told.verdict, UNDETERMINED)


def told_of(estate: Estate, options: Any, *, fixes: bool = True) -> CommandJourney:
    """The command or job that the options name, walked."""
    from ..request.vantage import find_vantage

    if not options.words:
        verb = options.verb
        raise UsageError(f"from where? tabiji {verb} FROM -- aws s3 ls, or tabiji {verb} FROM --for ecr-pull")
    vantage = find_vantage(estate, options.words[0])
    if options.job:
        return _job(estate, vantage, options, fixes)
    return _command(estate, vantage, options, fixes)


def _command(estate: Estate, vantage: Vantage, options: Any, fixes: bool) -> CommandJourney:
    from ..journey.command import walk_plan
    from ..request.aws import plan

    host = estate.hosts.get(vantage.host)
    planned = plan(options.words[1:], host, estate, profile=options.client, eni=vantage.eni)
    return walk_plan(estate, vantage, planned, fixes=fixes)


def _job(estate: Estate, vantage: Vantage, options: Any, fixes: bool) -> CommandJourney:
    from ..journey.command import walk_calls
    from ..request.bundles import bundle

    if len(options.words) > 1:
        raise UsageError("--for NAME says what to trace; leave TO out")
    region = estate.region_of(vantage.vpc) if vantage.vpc else _region_of_site(estate)
    return walk_calls(estate, vantage, bundle(options.job, region), options.job, fixes=fixes)


def _region_of_site(estate: Estate) -> str:
    """A site works with the Region its VPCs are in, when that is one."""
    regions = {estate.region_of(vpc) for vpc in estate.vpcs}
    if len(regions) != 1:
        raise UsageError(f"--for needs one Region; the estate's VPCs are in {', '.join(sorted(regions)) or 'none'}")
    return regions.pop()
