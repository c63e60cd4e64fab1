"""``tabiji lab doctor``: what this machine can do of what a lab is made of, each thing tried for real (LAB77)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from . import NO, YES
from .settings import lang_of

if TYPE_CHECKING:
    from ..lab.kernel.features import Feature
    from ..report.terminal import Style


def run(options: Any) -> int:
    """Try and tell: 0 labs work here, 2 something they cannot do without is missing."""
    from ..lab.kernel.features import all_features

    features = all_features()
    missing = sum(feature.needed and not feature.works for feature in features)
    if options.format == "json":
        from ..report.json import encode

        rows = [feature._asdict() for feature in features]
        about = {"version": 1, "kind": "lab-doctor", "ok": not missing, "features": rows}
        print(encode(about, pretty=sys.stdout.isatty()))
        return NO if missing else YES
    from ..findings.catalogue import text
    from ..report.terminal import style_for

    lang, style = lang_of(options), style_for(options.color)
    for line in _lines(features, lang, style):
        print(line)
    print(text("feature.missing", {"count": str(missing)}, lang) if missing else text("feature.all_there", (), lang))
    return NO if missing else YES


def _lines(features: Sequence[Feature], lang: str, style: Style) -> Iterator[str]:
    """A line for each; below what fails, the kernel's words and what becomes of the lab."""
    from ..findings.catalogue import text
    from ..report.terminal import cells, pad

    names = [text(f"feature.{feature.name}", (), lang) for feature in features]
    wide = max(map(cells, names))
    for feature, name in zip(features, names, strict=True):
        mark = style("✓", "good") if feature.works else style("✗", "bad") if feature.needed else style("·", "dim")
        use = text(f"feature.{feature.name}.use", (), lang)
        found = f" ({feature.found})" if feature.found else ""
        yield f"{mark} {pad(name, wide)}  {use}{found}"
        if not feature.works:
            yield f"  {pad('', wide)}  {feature.why}"
            yield f"  {pad('', wide)}  → {text(f'feature.{feature.name}.without', (), lang)}"
