"""nftables through libnftables (no process per ruleset, LAB38), or the ``nft`` program where the library is missing."""

from __future__ import annotations

import ctypes
import errno
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

from .errors import KernelError

LIBRARY = "libnftables.so.1"
TOO_LONG = "Message too long"
PORTION = 8 * 1024
"""Characters of a ruleset loaded at a time, if not all at once; as a message they are some times larger."""
_HOOK = re.compile(r"^\s+type \w+ hook ", re.MULTILINE)


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


def replace(ruleset: str) -> None:
    """Put a ruleset in the place of all there is, in one transaction where the kernel takes it whole.

    Without privileges on the machine a transaction may not be larger than the
    socket's buffer (LAB8): a ruleset beyond that is loaded in parts, the chains
    that packets come by last, so that until then nothing is let through by
    half a ruleset.  Raises KernelError.
    """
    try:
        run("flush ruleset\n" + ruleset)
    except KernelError as error:
        if TOO_LONG not in str(error):
            raise
        for part in _parts(ruleset):
            run(part)


def _parts(ruleset: str) -> Iterator[str]:
    """Sets and empty chains, maps, what chains hold, and at the end the chains with a hook; in digestible portions."""
    yield "flush ruleset\n"
    for table, blocks in _tables(ruleset):
        kinds: dict[str, list[str]] = {"set": [], "map": [], "chain": [], "hooked": []}
        for block in blocks:
            kind = block.split(maxsplit=1)[0]
            kinds["hooked" if kind == "chain" and _HOOK.search(block) else kind].append(block)
        empty = [block.partition("{")[0] + "{\n}\n" for block in kinds["chain"]]
        for group in ([*empty, *kinds["set"]], kinds["map"], kinds["chain"]):
            for portion in _portions(group):
                yield f"{table} {{\n{portion}}}\n"
        yield f"{table} {{\n{''.join(kinds['hooked'])}}}\n"


def _tables(ruleset: str) -> Iterator[tuple[str, list[str]]]:
    """Each table and its blocks, by counting braces; a line opens or closes one block at most."""
    depth, table, blocks = 0, "", [""]
    for line in ruleset.splitlines(keepends=True):
        before, depth = depth, depth + line.count("{") - line.count("}")
        if before == 0:
            table = line.partition("{")[0].strip()
        elif depth == 0:
            yield table, [block for block in blocks if block.strip()]
            blocks = [""]
        else:
            blocks[-1] += line
            if depth == 1:
                blocks.append("")


def _portions(blocks: list[str]) -> Iterator[str]:
    """Blocks together up to a size; one that is larger goes alone."""
    held: list[str] = []
    for block in blocks:
        if held and sum(map(len, held)) + len(block) > PORTION:
            yield "".join(held)
            held = []
        held.append(block)
    if held:
        yield "".join(held)


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
