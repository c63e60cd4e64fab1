"""Tests that need namespaces of their own: each runs in a child process, as root of its own (user) namespaces."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable

import pytest

from tabiji.lab.kernel import ns
from tabiji.lab.kernel.errors import KernelError


@functools.cache
def why_not() -> str:
    """Why there are no namespaces to be had here; empty if there are."""
    return "not Linux" if sys.platform != "linux" else ns.unusable()


def in_namespaces(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test in a child process in its own namespaces; skip it where there are none."""

    @functools.wraps(test)
    def run(*arguments: object, **named: object) -> None:
        if why := why_not():
            pytest.skip(f"no namespaces here: {why}")

        def work() -> bytes:
            try:
                ns.isolate()
                test(*arguments, **named)
            except pytest.skip.Exception as reason:
                return b"s" + str(reason).encode()
            except BaseException:
                return b"f" + traceback.format_exc().encode()
            return b""

        try:
            said = ns.child(work).decode()
        except KernelError as error:
            pytest.fail(f"the child process ended: {error}")
        if said[:1] == "s":
            pytest.skip(said[1:])
        if said:
            pytest.fail(said[1:], pytrace=False)

    return run


def as_nobody(work: Callable[[], bytes]) -> bytes:
    """Run something as an unprivileged user where this is root (LAB8)."""

    def lowered() -> bytes:
        ns.become_nobody()
        return work()

    return ns.child(lowered)
