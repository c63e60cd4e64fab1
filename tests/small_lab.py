"""A lab of two bare hosts, brought up by the real holder: ``small_lab.py NAME[,STEP:WHO]``.

The network is namespaces with nothing between them, so that what is tested is
the holder alone; in labs whose name begins with ``net`` they are those of
``bring_up_plans``.  At STEP, WHO (holder, keeper or client) is killed.  Also what
tests of labs share.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable
from functools import cache
from typing import Any

import tabiji.lab
from bring_up_plans import network
from tabiji.lab.holder import start
from tabiji.lab.holder.errors import LabError
from tabiji.lab.kernel import ns
from tabiji.lab.plan.model import Guest, Link, Plan, Port

LONG = 20.0
"""Seconds after which something that should happen will not."""

PLAN = Plan(
    ports=(Port(name="p1", role="guest", owner="eni-1", guest="one"),),
    guests=(
        Guest(
            name="one",
            owner="eni-1",
            aliases=("i-1", "both"),
            links=(Link(name="eth0", port="p1", addresses=("10.0.0.1/24",)),),
            files={"hosts": "127.0.0.1 localhost\n10.9.9.9 far.test\n", "resolv.conf": "nameserver 10.0.0.2\n"},
            environment={"OWN": "yes", "AWS_DEFAULT_REGION": "eu-west-1"},
        ),
        Guest(name="two", owner="eni-2", aliases=("both",)),
    ),
)


class Bare:
    """Stands in for the bring-up."""

    def __init__(self, plan: Plan) -> None:
        self.guests = {guest.name: ns.new_net() for guest in plan.guests}


def main() -> int:
    name, _, fault = sys.argv[1].partition(",")
    plan = PLAN
    if name.startswith("net"):
        plan = network()
    else:
        module = types.ModuleType("tabiji.lab.bring_up")
        module.bring_up = Bare  # type: ignore[attr-defined]
        sys.modules[module.__name__] = tabiji.lab.bring_up = module  # type: ignore[attr-defined]
    client = os.getpid()
    step, _, who = fault.partition(":")
    # The holder does not see the others' process ids, and a signal from inside does not reach PID 1.
    order, ordered = os.pipe()
    if fault:
        watch(order, ordered, client, who)

        def on_step(told: str) -> None:
            if told == step:
                os.write(ordered, b"x")
                time.sleep(0.3)  # long enough to be killed here

        start.on_step = on_step
    try:
        start.up(start.Wanted(name=name, plan=plan, net="/none.yaml", services=False))
    except LabError as error:
        print(error.code)
        return 1
    return 0


def watch(order: int, ordered: int, client: int, who: str) -> None:
    """A process that kills one of the others when told."""
    if os.fork():
        return
    os.close(ordered)
    os.setsid()
    if os.read(order, 1):
        keeper = child_of(client, but=os.getpid())
        os.kill({"client": client, "keeper": keeper, "holder": child_of(keeper) or keeper}[who], signal.SIGKILL)
    os._exit(0)


def child_of(pid: int, but: int = 0) -> int:
    """A child of a process, 0 if it has none."""
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != but:
            try:
                with open(f"/proc/{name}/stat") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                return int(name)
    return 0


@cache
def may_make_namespaces() -> bool:
    """Whether this user may, root or not."""
    code = (
        "import os; from tabiji.lab.kernel import ns; os.geteuid() and ns.unshare_user();"
        "ns.unshare(ns.CLONE_NEWPID | ns.CLONE_NEWNS | ns.CLONE_NEWNET)"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def bring(name: str = "one", fault: str = "") -> subprocess.CompletedProcess[str]:
    """Bring the small lab up."""
    return subprocess.run(
        [sys.executable, __file__, f"{name},{fault}" if fault else name],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONG,
        check=False,
    )


def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """``tabiji lab`` as a person runs it."""
    command = [sys.executable, "-m", "tabiji", "lab", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=False, **more)


def eventually(what: Callable[[], bool]) -> bool:
    """Whether something becomes true in good time."""
    until = time.monotonic() + LONG
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


if __name__ == "__main__":
    sys.exit(main())
