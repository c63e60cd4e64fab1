"""The catalogue of endpoint services for a person."""

from __future__ import annotations

from collections.abc import Sequence

from ..names.catalogue import CatalogueEntry, versions
from .labels import Labels
from .terminal import Style, table


def render_list(rows: Sequence[CatalogueEntry], region: str, *, labels: Labels, style: Style) -> str:
    """One line a service: tail, kinds, confidence, names."""
    from_whom = ", ".join(f"{name} {version}" for name, version in versions().items())
    title = labels.text("known_service.title", (), count=f"{len(rows):,}", region=region, sources=from_whom)
    cells = [
        (row.tail, ",".join(row.kinds), labels.text(f"known_service.confidence.{row.confidence}"), ", ".join(row.names))
        for row in rows
    ]
    return "".join(f"{line}\n" for line in (style(title, "bold"), *table(cells, style)))


def render_entry(rows: Sequence[CatalogueEntry], region: str, *, labels: Labels, style: Style) -> str:
    """Everything known of some services."""
    lines: list[str] = []
    for row in rows:
        lines += ["", style(row.service_name, "bold")] if lines else [style(row.service_name, "bold")]
        confidence = labels.text(f"known_service.confidence.{row.confidence}")
        told = [
            ("known_service.kinds", ", ".join(row.kinds)),
            ("known_service.names", ", ".join(row.names) or labels.text("known_service.none")),
            ("known_service.extra", ", ".join(row.extra_names)),
            ("known_service.confidence", f"{confidence} [{row.fact}]"),
            ("known_service.ports", ", ".join(map(str, row.ports))),
            ("known_service.policy", _yes(row.policy, labels)),
            ("known_service.listed", _yes(row.listed, labels)),
        ]
        lines += table([(labels.text(code), text) for code, text in told if text], style)
    return "".join(f"{line}\n" for line in lines)


def _yes(value: bool | None, labels: Labels) -> str:
    return labels.text({True: "known_service.yes", False: "known_service.no", None: "known_service.not_known"}[value])
