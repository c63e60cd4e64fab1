"""botocore's data files, read directly: endpoint rules, service models, the list of services.

Only the files of the service asked for are read.  No session or client is
made, so that nothing of the machine this runs on (environment, ~/.aws,
instance metadata) can get into an answer (RQ61).
"""

from __future__ import annotations

import os
from functools import cache
from importlib import resources
from importlib.util import find_spec
from typing import Any

import msgspec

from ..errors import RequestError


class Commands(msgspec.Struct, frozen=True):
    """What is not plain in one CLI command (data/commands.json, made by tools/aws_oracle.py)."""

    service: str | None = None
    without: tuple[str, ...] = ()
    named: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    own: dict[str, dict[str, str]] = {}


class _Table(msgspec.Struct, frozen=True):
    client: str
    services: dict[str, Commands]


@cache
def folder() -> str:
    """Where botocore keeps its data; raises RequestError when it is not installed."""
    found = find_spec("botocore")
    if found is None or not found.submodule_search_locations:
        raise RequestError("aws commands need botocore, which is not installed: pip install 'tabiji[aws]'")
    return os.path.join(found.submodule_search_locations[0], "data")


def version() -> str:
    """The version of botocore."""
    import botocore

    return str(botocore.__version__)


@cache
def services() -> frozenset[str]:
    """botocore's service names."""
    return frozenset(entry.name for entry in os.scandir(folder()) if entry.is_dir())


@cache
def commands(table: str) -> _Table:
    """The deviations of a CLI's command table."""
    text = resources.files(__package__).joinpath("data/commands.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, _Table])[table]


def _read(path: str) -> Any:
    try:
        with open(path + ".gz", "rb") as file:
            import gzip

            return msgspec.json.decode(gzip.decompress(file.read()))
    except FileNotFoundError:
        with open(path, "rb") as file:
            return msgspec.json.decode(file.read())


@cache
def _latest(service: str) -> str:
    """The folder of the newest version of a service's files."""
    base = os.path.join(folder(), service)
    return os.path.join(base, max(entry.name for entry in os.scandir(base) if entry.is_dir()))


@cache
def model(service: str) -> dict[str, Any]:
    """The service model: metadata, operations, shapes."""
    found: dict[str, Any] = _read(os.path.join(_latest(service), "service-2.json"))
    return found


@cache
def waiters(service: str) -> dict[str, str]:
    """Waiter -> operation."""
    try:
        found = _read(os.path.join(_latest(service), "waiters-2.json"))
    except FileNotFoundError:
        return {}
    return {name: row["operation"] for name, row in found["waiters"].items()}


@cache
def provider(service: str) -> Any:
    """botocore's EndpointProvider over the service's rules."""
    from botocore.endpoint_provider import EndpointProvider

    rules = _read(os.path.join(_latest(service), "endpoint-rule-set-1.json"))
    return EndpointProvider(ruleset_data=rules, partition_data=_read(os.path.join(folder(), "partitions.json")))


@cache
def _partitions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _read(os.path.join(folder(), "endpoints.json"))["partitions"]
    return found


def _row(service: str, region: str) -> dict[str, Any]:
    """What endpoints.json says of a service in the partition of a Region."""
    prefix = model(service)["metadata"]["endpointPrefix"]
    for partition in _partitions():
        if region in partition["regions"] or region == f"{partition['partition']}-global":
            return dict(partition["services"].get(prefix, {}))
    return {}


def global_region(service: str) -> str:
    """The pseudo-Region of a service that works without one (``aws-global``); empty when it needs one."""
    return str(_row(service, "aws-global").get("partitionEndpoint", ""))


def scope(service: str, region: str) -> dict[str, str]:
    """``region`` and ``service`` of the signature where the endpoint rules leave them open."""
    row = _row(service, region)
    if row.get("isRegionalized", True) is False and region not in row.get("endpoints", {}):
        region = row.get("partitionEndpoint", region)
    found: dict[str, str] = row.get("endpoints", {}).get(region, {}).get("credentialScope", {})
    return found


def service_of(table: str, command: str) -> str:
    """botocore's service behind a top-level command; empty for one of the CLI's own.

    Raises RequestError for an unknown command.
    """
    row = commands(table).services.get(command)
    if row is not None and row.service is not None:
        if row.service and row.service not in services():
            raise RequestError(
                f"aws {command}: botocore {version()}, which is installed here, does not know this service"
            )
        return row.service
    renamed = {r.service for r in commands(table).services.values() if r.service} - {"sagemaker-runtime"}  # RQ49: both
    if command in services() and command not in renamed:
        return command
    import difflib

    known = [*services(), *commands(table).services]
    close = difflib.get_close_matches(command, known, 3, 0.6)
    hint = f"; did you mean {', '.join(close)}?" if close else ""
    raise RequestError(f"aws {command}: no such command{hint}")


def squeeze(word: str) -> str:
    """Letters and digits in lower case: by this a command, option or operation is found."""
    return word.replace("-", "").replace("_", "").lower()


def kebab(name: str) -> str:
    """botocore's command-line form of an operation's or member's name."""
    from botocore import xform_name

    return str(xform_name(name, "-"))


def operation_of(table: str, command: str, service: str, verb: str) -> str:
    """The API operation of a command; raises RequestError for an unknown one."""
    row = commands(table).services.get(command, Commands())
    if verb in row.named:
        return row.named[verb]
    operations = model(service)["operations"]
    wanted = squeeze(verb)
    for name in operations:
        if name.lower() == wanted and name not in row.without and kebab(name) == verb:
            if name not in row.named.values() or service == "rds":
                return str(name)
    import difflib

    plain = [*row.named, *row.own, *(kebab(name) for name in operations if name not in row.without)]
    close = difflib.get_close_matches(verb, plain, 3, 0.6)
    hint = f"; did you mean {', '.join(close)}?" if close else ""
    raise RequestError(f"aws {command} {verb}: no such command{hint}")
