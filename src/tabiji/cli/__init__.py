"""Floor 7: the command line.

``main`` reads the arguments, calls the verb's file and turns every error into
one line and an exit code.  A verb's file is imported only when it is used.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

YES, NO, UNDETERMINED, USAGE, BAD_DATA, INTERNAL = 0, 2, 3, 64, 65, 70
"""Exit codes: the answer is yes, no, cannot be told; wrong usage; bad input; a fault of tabiji."""
INTERRUPTED = 130
LONG_RUNNING = frozenset(("dns", "relay", "lab", "bench-paths"))
FILES = {"bench-paths": "bench_paths", "names": "names_table", "_names": "names"}
"""Verbs whose file is not called as they are."""


class UsageError(Exception):
    """The command line makes no sense; the text is one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code.  Never raises for bad input or bad usage."""
    from .quick import quick

    collecting = gc.isenabled()
    try:
        words = list(sys.argv[1:] if argv is None else argv)
        options: Any = quick(words)
        if options is None:
            from .arguments import parse

            options = parse(words)
        if options is None:
            return YES
        if options.verb not in LONG_RUNNING and not getattr(options, "batch", False):
            # A question is asked and answered in a few megabytes: collecting garbage costs more than the garbage.
            gc.disable()
        _light_imports()
        _utf8()
        from importlib import import_module

        run = import_module(f".{FILES.get(options.verb, options.verb)}", __name__).run
        code: int = run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has gone; nothing more can be said, and nothing need be.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return YES
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return _failed(error)
    finally:
        if collecting:
            gc.enable()


def _failed(error: Exception) -> int:
    """One line on standard error, and the exit code that fits."""
    code, text = INTERNAL, ""
    if isinstance(error, UsageError):
        code, text = USAGE, str(error)
    else:
        from ..names.catalogue import CatalogueError
        from ..request.errors import RequestError
        from ..sources.errors import SourceError

        if isinstance(error, RequestError):
            code, text = USAGE, str(error)
        elif isinstance(error, (SourceError, CatalogueError)):
            code, text = BAD_DATA, str(error)
    if os.environ.get("TABIJI_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    if code == INTERNAL:
        text = f"internal error: {type(error).__name__}: {error} (TABIJI_DEBUG=1 shows where)"
    print(f"tabiji: {' '.join(text.split())}", file=sys.stderr)
    return code


def _light_imports() -> None:
    """Start fast: msgspec asks for typing_extensions wherever it is installed and needs nothing of it."""
    if "msgspec" not in sys.modules and "typing_extensions" not in sys.modules:
        sys.modules["typing_extensions"] = None  # type: ignore[assignment]
        try:
            import msgspec  # noqa: F401
        finally:
            del sys.modules["typing_extensions"]


def _utf8() -> None:
    """Output that cannot say everything says what it can."""
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", "") or "").lower().replace("-", "")
        if encoding not in ("utf8", "") and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


__all__ = ["BAD_DATA", "INTERNAL", "NO", "UNDETERMINED", "USAGE", "YES", "UsageError", "main"]
