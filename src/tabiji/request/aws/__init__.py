"""``aws ...`` as a question: which hosts the real CLI would contact, in which order, for which API calls.

One file a part, in the order in which a command comes to them: ``arguments``
(words), ``settings`` (environment and config file of the modelled host),
``credentials`` (Region and credentials), ``s3_commands``, ``own_commands``
and ``operation`` (which API calls), ``endpoint`` (their hosts), ``proxy``.
``clients`` holds how CLI versions differ, ``models`` reads botocore's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import RequestError
from .model import Call, Known, Plan, Why

if TYPE_CHECKING:
    from ...estate import Estate
    from ...estate.site import Host

__all__ = ["Call", "Known", "Plan", "Why", "plan"]


def plan(
    argv: Sequence[str],
    host: Host | None = None,
    estate: Estate | None = None,
    *,
    profile: str = "cli-v2",
    known: Known | None = None,
    eni: str = "",
) -> Plan:
    """Plan a command as ``host`` would run it; ``argv`` begins with ``aws`` or with what follows it.

    ``profile`` is the client (``cli-v2``, ``cli-v1``, ``boto3``,
    ``cli-2016``), ``eni`` the interface the command is run behind when no
    host record says so.  Raises RequestError (one line) for a command,
    option or setting that cannot be understood.
    """
    from .clients import CLIENTS
    from .model import Refused
    from .models import commands, version
    from .operation import plan_command
    from .planner import Planner

    client = CLIENTS.get(profile)
    if client is None:
        raise RequestError(f"{profile!r} is no client; there are {', '.join(CLIENTS)}")
    words = list(argv[1:] if argv and argv[0] == "aws" else argv)
    planner = Planner(words, host, estate, client, known or Known(), eni)
    refusal = None
    try:
        plan_command(planner)
    except Refused as stop:
        refusal = stop.reason
    return Plan(
        argv=tuple(_masked(word, planner.secrets) for word in argv),
        client=client.name,
        steps=tuple(planner.steps),
        reason=planner.reason,
        refusal=refusal,
        warnings=tuple(planner.warnings),
        region=planner.region,
        profile=planner.settings.profile,
        attempts=planner.settings.attempts,
        connect_timeout=_seconds(planner, "cli-connect-timeout"),
        read_timeout=_seconds(planner, "cli-read-timeout"),
        versions=(("botocore", version()), ("aws-cli", commands(client.table).client)),
    )


def _masked(word: str, secrets: set[str]) -> str:
    """A word of the command line, a secret value in it replaced."""
    head, equals, value = word.partition("=")
    if word in secrets:
        return "***"
    return f"{head}=***" if equals and value in secrets else word


def _seconds(planner: object, option: str) -> float:
    text = planner.options.get(option, "60")  # type: ignore[attr-defined]
    if not text.isdigit():
        raise RequestError(f"aws: --{option} {text!r} is not a number of seconds")
    return float(text)
