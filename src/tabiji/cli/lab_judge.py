"""``tabiji lab judge``: random networks and packets, what tabiji says against what the kernel does."""

from __future__ import annotations

from typing import Any

VALUES = ("topologies", "probes", "seed", "workers", "scenarios")


def run(options: Any) -> int:
    """Hand the options on: 0 both agree, 2 they do not, 3 this machine cannot tell."""
    from ..lab.judge.command import main

    words = ["--json"] if options.format == "json" else []
    words += ["--quiet"] if options.quiet else []
    for name in VALUES:
        value = getattr(options, name)
        words += [f"--{name}", str(value)] if value is not None else []
    return main(words)
