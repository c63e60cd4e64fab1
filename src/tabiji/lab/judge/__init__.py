"""The kernel as judge: random networks, walk against kernel, shrinking (LAB51-LAB61)."""

from __future__ import annotations


def main(argv: list[str] | None = None) -> int:
    """``tabiji lab judge``; the exit code."""
    from .command import main as run

    return run(argv)
