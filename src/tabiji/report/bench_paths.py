"""Transfer times over several paths: a table, a plot for the terminal, an SVG.  All from the JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from ..findings.catalogue import text
from .terminal import Style, cells, pad, table

DIRECTIONS = ("upload", "download")
_LEAST_PLOT, _MOST_PLOT = 16, 60
_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_MARKS = {"line": "─", "left": "├", "right": "┤", "dot": "●"}
_PLAIN = {"line": "-", "left": "|", "right": "|", "dot": "o"}
_COLOURS = ("#1f6f8b", "#c8553d")


def size_text(size: int) -> str:
    """Bytes for people, in powers of 1024."""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} B"


def seconds_text(seconds: float) -> str:
    """Three digits that count."""
    return f"{seconds:.{3 if seconds < 1 else 2 if seconds < 10 else 1}f}"


def lines(document: Mapping[str, Any], lang: str, style: Style, plain: bool = False) -> Iterator[str]:
    """The table, the plot, and what failed; ``plain``: without characters beyond ASCII in the plot."""
    yield style(_title(document, lang), "bold")
    yield ""
    yield from table(_rows(document, lang), style, right=frozenset(range(1, 9)))
    for direction in DIRECTIONS:
        if any(path[direction] for path in document["paths"]):
            yield ""
            yield from _plot(document["paths"], direction, lang, style, _PLAIN if plain else _MARKS)
    failed = list(_failed(document, lang))
    if failed:
        yield ""
        yield from (style(line, "bad") for line in failed)
    if document["interrupted"]:
        yield ""
        yield style(text("bench_paths.interrupted", (), lang), "odd")


def _title(document: Mapping[str, Any], lang: str) -> str:
    return text(
        "bench_paths.title",
        {
            "size": size_text(document["size"]),
            "source": text("bench_paths.here", (), lang) if document["from"] == "here" else document["from"],
            "bucket": document["bucket"],
            "rounds": str(document["rounds"]),
        },
        lang,
    )


def _shown(document: Mapping[str, Any]) -> list[str]:
    return [one for one in DIRECTIONS if any(path[one] for path in document["paths"])] or [DIRECTIONS[1]]


def _rows(document: Mapping[str, Any], lang: str) -> list[list[str]]:
    paths: Sequence[Mapping[str, Any]] = document["paths"]
    first = paths[0]
    head = [text("bench_paths.path", (), lang)]
    for direction in _shown(document):
        head += [text(f"bench_paths.{direction}", (), lang), "", text("bench_paths.speed", (), lang)]
        head.append(text("bench_paths.to_first", {"name": first["name"]}, lang) if len(paths) > 1 else "")
    rows = [head]
    for path in paths:
        row = [path["name"]]
        for direction in _shown(document):
            row += _numbers(path, first, direction, lang)
        rows.append(row)
    return rows


def _numbers(path: Mapping[str, Any], first: Mapping[str, Any], direction: str, lang: str) -> list[str]:
    found = path[direction]
    failed = path["failed"] is not None and path["failed"]["while"] == direction
    if found is None:
        return [text("bench_paths.failed_short", (), lang) if failed else "-", "", "", ""]
    spread = f"({seconds_text(found['least'])}–{seconds_text(found['most'])})"
    ratio = ""
    if first is not path and first[direction] is not None:
        ratio = f"{found['median'] / first[direction]['median']:.2f}x"
    return [seconds_text(found["median"]), spread, f"{found['mbit_s']:g}", ratio]


def _failed(document: Mapping[str, Any], lang: str) -> Iterator[str]:
    for path in document["paths"]:
        if path["failed"] is not None:
            yield text(
                "bench_paths.failed",
                {
                    "name": path["name"],
                    "via": path["via"],
                    "what": text(f"bench_paths.{path['failed']['while']}", (), lang),
                    "round": str(path["failed"]["round"]),
                    "why": path["failed"]["why"],
                },
                lang,
            )


# -- a line each: where the median is, and from where to where the rounds went


def _plot(
    paths: Sequence[Mapping[str, Any]], direction: str, lang: str, style: Style, marks: Mapping[str, str]
) -> Iterator[str]:
    title = text(f"bench_paths.{direction}", (), lang)
    names = max(cells(name) for name in (title, *(path["name"] for path in paths)))
    room = max(_LEAST_PLOT, min(_MOST_PLOT, style.width - names - 6))
    longest = _longest(paths, direction)
    scale = f"{seconds_text(longest)} s"
    yield style("  " + pad(title, names) + "  0" + " " * (room - 1 - len(scale)) + scale, "dim")
    for path in paths:
        drawn = _whisker(path[direction], longest, room, marks) if path[direction] else ""
        yield ("  " + pad(path["name"], names) + "  " + drawn).rstrip()


def _longest(paths: Sequence[Mapping[str, Any]], direction: str) -> float:
    return max([path[direction]["most"] for path in paths if path[direction]] or [0.0]) or 1e-9


def _whisker(found: Mapping[str, Any], longest: float, room: int, marks: Mapping[str, str]) -> str:
    least, middle, most = (round(found[key] / longest * (room - 1)) for key in ("least", "median", "most"))
    drawn = [" "] * room
    for at in range(least, most + 1):
        drawn[at] = marks["line"]
    drawn[least], drawn[most] = marks["left"], marks["right"]
    drawn[middle] = marks["dot"]
    return "".join(drawn)


# -- SVG

_ROW, _LEFT, _PLOT, _HEAD = 26, 170, 460, 54


def svg(document: Mapping[str, Any], lang: str) -> str:
    """The plot as an SVG picture that stands alone."""
    paths = document["paths"]
    shown = _shown(document)
    height = _HEAD + len(shown) * (len(paths) * _ROW + 50) + 10
    width = _LEFT + _PLOT + 150
    title = escape(_title(document, lang))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" font-family="sans-serif" font-size="13"><title>{title}</title>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="28" font-size="14" font-weight="bold" fill="#222222">{title}</text>',
    ]
    top = _HEAD
    for number, direction in enumerate(shown):
        parts += _svg_part(paths, direction, lang, top, _COLOURS[number])
        top += len(paths) * _ROW + 50
    return "\n".join([*parts, "</svg>\n"])


def _svg_part(paths: Sequence[Mapping[str, Any]], direction: str, lang: str, top: int, colour: str) -> Iterator[str]:
    longest = _longest(paths, direction)
    title = escape(text(f"bench_paths.{direction}", (), lang))
    yield f'<text x="16" y="{top + 14}" fill="{colour}" font-weight="bold">{title}</text>'
    bottom = top + 24 + len(paths) * _ROW
    for step in range(5):
        at, seconds = _LEFT + _PLOT * step / 4, longest * step / 4
        yield f'<line x1="{at:.1f}" y1="{top + 22}" x2="{at:.1f}" y2="{bottom}" stroke="#dddddd"/>'
        label = f"{seconds_text(seconds)} s" if step else "0"
        yield f'<text x="{at:.1f}" y="{bottom + 15}" fill="#666666" font-size="11" text-anchor="middle">{label}</text>'
    for number, path in enumerate(paths):
        yield from _svg_row(path, direction, lang, top + 24 + number * _ROW + _ROW // 2, longest, colour)


def _svg_row(path: Mapping[str, Any], direction: str, lang: str, y: int, longest: float, colour: str) -> Iterator[str]:
    yield f'<text x="16" y="{y + 4}" fill="#222222">{escape(path["name"])}</text>'
    found = path[direction]
    if found is None:
        said = escape(text("bench_paths.failed_short", (), lang)) if path["failed"] else "-"
        yield f'<text x="{_LEFT + 4}" y="{y + 4}" fill="#b00020">{said}</text>'
        return
    least, middle, most = (_LEFT + found[key] / longest * _PLOT for key in ("least", "median", "most"))
    yield f'<line x1="{least:.1f}" y1="{y}" x2="{most:.1f}" y2="{y}" stroke="{colour}" stroke-width="3"/>'
    for seconds in found["seconds"]:
        x = _LEFT + seconds / longest * _PLOT
        yield f'<circle cx="{x:.1f}" cy="{y}" r="2.5" fill="{colour}" fill-opacity="0.5"/>'
    yield f'<circle cx="{middle:.1f}" cy="{y}" r="6" fill="{colour}"/>'
    shown = f"{seconds_text(found['median'])} s, {found['mbit_s']:g} Mbit/s"
    yield f'<text x="{_LEFT + _PLOT + 12}" y="{y + 4}" fill="#222222">{shown}</text>'
