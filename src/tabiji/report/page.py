"""A report on the terminal as it grows: paragraphs and headings of a style's width."""

from __future__ import annotations

from .terminal import Style, cells, wrap


class Page:
    """Lines, and how they are added."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.lines: list[str] = []

    def blank(self) -> None:
        """An empty line, if the last one is not empty already."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def heading(self, title: str, rest: str = "") -> None:
        """A title after an empty line, ``rest`` behind it."""
        self.blank()
        self.lines.append(self.style(title, "bold") + (f"  {rest}" if rest else ""))

    def wrapped(self, text: str, indent: int, *dress: str, lead: str = "", lead_dress: str = "") -> None:
        """A paragraph; ``lead`` stands in front of its first line, inside the indent."""
        for i, line in enumerate(wrap(text, max(20, self.style.width - indent))):
            space = " " * indent
            if lead and not i:
                space = " " * (indent - cells(lead) - 1)
                space += (self.style(lead, lead_dress) if lead_dress else lead) + " "
            self.lines.append(space + self.style(line, *dress))
