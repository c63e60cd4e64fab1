"""nftables through libnftables (no process per ruleset, LAB38), or the ``nft`` program where the library is missing."""

from __future__ import annotations

import ctypes
import errno
import subprocess
from functools import cache
from typing import Any

from .errors import KernelError

LIBRARY = "libnftables.so.1"


@cache
def _library() -> Any:
    """The library with its functions' types set, or None."""
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    library.nft_ctx_new.restype = ctypes.c_void_p
    library.nft_ctx_new.argtypes = [ctypes.c_uint32]
    library.nft_ctx_free.argtypes = [ctypes.c_void_p]
    library.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    for name in ("nft_ctx_buffer_error", "nft_ctx_buffer_output"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    for name in ("nft_ctx_get_error_buffer", "nft_ctx_get_output_buffer"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
        getattr(library, name).restype = ctypes.c_char_p
    return library


def available() -> str:
    """What rulesets are loaded with: ``libnftables``, ``nft``, or nothing."""
    if _library() is not None:
        return "libnftables"
    from shutil import which

    return "nft" if which("nft") else ""


def run(commands: str) -> str:
    """Put commands through as one transaction, in the namespace this thread is in; what they print.

    Raises KernelError with nft's first complaint.
    """
    library = _library()
    if library is None:
        return _run_program(commands)
    # A context opens its socket when first used, so one per call belongs to the right namespace.
    context = library.nft_ctx_new(0)
    try:
        library.nft_ctx_buffer_error(context)
        library.nft_ctx_buffer_output(context)
        if library.nft_run_cmd_from_buffer(context, commands.encode()):
            raise _refused((library.nft_ctx_get_error_buffer(context) or b"").decode("utf-8", "replace"))
        return (library.nft_ctx_get_output_buffer(context) or b"").decode("utf-8", "replace")
    finally:
        library.nft_ctx_free(context)


def _run_program(commands: str) -> str:
    try:
        done = subprocess.run(["nft", "-f", "-"], input=commands, capture_output=True, text=True, check=False)
    except OSError as error:
        raise KernelError(error.errno, f"neither {LIBRARY} nor the nft program is there") from None
    if done.returncode:
        raise _refused(done.stderr)
    return done.stdout


def _refused(text: str) -> KernelError:
    lines = [line for line in text.splitlines() if line.strip()]
    return KernelError(errno.EINVAL, "nft: " + " / ".join(line.strip() for line in lines[:2]))
