"""``tabiji demo``: the stories this program is made for, on estates that come with it."""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple

from . import INTERNAL, YES
from .settings import lang_of


class Scene(NamedTuple):
    """One command of a story: ``verb`` trace or dig, what it is asked, and the verdict the story tells of."""

    verb: str
    source: str
    target: str
    expected: str


class Story(NamedTuple):
    """A story: its code in the catalogue, its estate, its scenes."""

    code: str
    example: str
    scenes: tuple[Scene, ...]


STORIES = (
    Story("demo.s3_cli", "s3-cli.yaml", (Scene("trace", "ec2", "https://s3.ap-northeast-1.amazonaws.com/", "yes"),)),
    Story(
        "demo.s3_relay",
        "s3-relay.yaml",
        (
            Scene("trace", "client", "https://s3.ap-northeast-1.amazonaws.com/", "yes"),
            Scene("dig", "client", "s3.ap-northeast-1.amazonaws.com", "yes"),
        ),
    ),
    Story(
        "demo.central_egress", "central-egress.yaml", (Scene("trace", "spoke-a-ec2", "https://example.com/", "yes"),)
    ),
    Story(
        "demo.console_over_dx",
        "console-over-dx.yaml",
        (
            Scene("trace", "laptop", "https://monitoring.ap-northeast-1.amazonaws.com/", "no"),
            Scene("trace", "ec2", "https://monitoring.ap-northeast-1.amazonaws.com/", "yes"),
        ),
    ),
    Story(
        "demo.interface_endpoint",
        "interface-endpoint.yaml",
        (
            Scene("dig", "ec2", "ssm.ap-northeast-1.amazonaws.com", "yes"),
            Scene("dig", "internet", "ssm.ap-northeast-1.amazonaws.com", "yes"),
        ),
    ),
)


def examples_folder() -> str:
    """Where the bundled estates are: inside the installed package, or beside a source tree."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "examples")
    if os.path.isdir(inside):
        return inside
    return os.path.join(os.path.dirname(os.path.dirname(package)), "examples")


def run(options: Any) -> int:
    """Tell the stories; 70 if one came out otherwise than it is told."""
    from .. import load
    from ..findings.catalogue import text
    from ..report.terminal import style_for, wrap

    lang = lang_of(options)
    style = style_for(options.color)
    folder = examples_folder()
    out = sys.stdout
    wrong = 0
    told = 0
    for story in STORIES:
        path = os.path.join(folder, story.example)
        if not os.path.exists(path):
            continue
        estate = load(path)
        told += 1
        if told > 1:
            out.write("\n")
        rule = style("━" * style.width, "dim")
        out.write(f"{rule}\n{style(text(story.code + '.title', (), lang), 'bold')}\n\n")
        for line in wrap(text(story.code, (), lang), style.width):
            out.write(line + "\n")
        for scene in story.scenes:
            shown = f"$ tabiji {scene.verb} -n examples/{story.example} {scene.source} {scene.target}"
            out.write(f"\n{style(shown, 'cyan')}\n\n")
            report, verdict = _play(estate, scene, lang, style, options)
            out.write(report)
            wrong += verdict != scene.expected
        out.flush()
    if not told:
        print(f"tabiji: no examples in {folder}", file=sys.stderr)
        return INTERNAL
    if wrong:
        print(f"tabiji: {wrong} scenes came out otherwise than told", file=sys.stderr)
    return INTERNAL if wrong else YES


def _play(estate: Any, scene: Scene, lang: str, style: Any, options: Any) -> tuple[str, str]:
    """A scene's report, and its verdict: yes, no or unknown."""
    from .. import dig, trace

    if scene.verb == "dig":
        from ..report.labels import Labels
        from ..report.names import render_answers

        answer = dig(estate, scene.source, scene.target)
        report = render_answers([answer], labels=Labels(estate, lang), style=style, explain=options.explain)
        return report, "unknown" if answer.unknown else "yes" if answer.answer else "no"
    from ..report.text import render_text

    told = trace(estate, scene.source, scene.target)
    report = render_text(told, estate=estate, lang=lang, explain=options.explain, style=style)
    return report, {"reachable": "yes", "blocked": "no"}.get(told.verdict, "unknown")
