"""From the words of a command to its API calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import RequestError
from .arguments import COMMON_OPTIONS, FLAG, MANY, ONE, split
from .model import why
from .models import Commands, commands, kebab, model, operation_of, service_of, squeeze, waiters
from .own_commands import plan_own
from .planner import secret_members
from .s3_commands import plan_s3

if TYPE_CHECKING:
    from .planner import Planner


def plan_command(planner: Planner) -> None:
    """Plan the command the planner's words hold."""
    words = planner.words
    if planner.options.has("version") or "help" in words[:3] or not words:
        if not words and not planner.options.has("version"):
            raise RequestError("aws: which command?")
        planner.reason = why("aws.local", "RQ32")
        return
    command, *rest = words
    if command.startswith("-"):
        raise RequestError(f"aws: unknown option {command}")
    if command == "s3":
        plan_s3(planner, rest[0] if rest else "", rest[1:])
        return
    service = service_of(planner.client.table, command)
    if plan_own(planner, command, rest):
        return
    if not service:
        raise RequestError(
            f"aws {command}: which command of it?" if not rest else f"aws {command} {rest[0]}: no such command"
        )
    if not rest:
        raise RequestError(f"aws {command}: which operation?")
    verb, *rest = rest
    if verb == "wait":
        if not rest:
            raise RequestError(f"aws {command} wait: for what?")
        names = {kebab(name): operation for name, operation in waiters(service).items()}
        if rest[0] not in names:
            raise RequestError(
                f"aws {command} wait {rest[0]}: no such waiter; there are {', '.join(sorted(names)) or 'none'}"
            )
        plan_operation(planner, command, service, f"wait {rest[0]}", names[rest[0]], rest[1:], waiting=True)
        return
    operation = operation_of(planner.client.table, command, service, verb)
    plan_operation(planner, command, service, verb, operation, rest)


def plan_operation(
    planner: Planner, command: str, service: str, verb: str, operation: str, argv: list[str], waiting: bool = False
) -> None:
    """A command that is one API operation; a waiter asks it again until the state is reached."""
    row = commands(planner.client.table).services.get(command, Commands())
    special = row.options.get(verb, {})
    takes, members = _options(service, operation, special)
    words = split(argv, takes, f"aws {command} {verb}")
    outfile = _streams(service, operation) or "outfile" in special
    if len(words.positional) > outfile:
        raise RequestError(f"aws {command} {verb}: unexpected word {words.positional[-1]!r}")
    parameters: dict[str, Any] = {}
    secret = secret_members(service, operation)
    for option, values in words.options.items():
        member = members.get(option)
        if member:
            parameters[member] = _value(values)
        if member in secret:
            planner.secrets.update(values)
    if words.has("cli-input-json"):
        _from_json(words.get("cli-input-json"), parameters, command, verb)
    if words.has("generate-cli-skeleton"):
        planner.reason = why("aws.local", "RQ32")
        return
    _require(planner, command, verb, service, operation, parameters, special, words.has("cli-input-yaml"))
    if outfile and not words.positional:
        raise RequestError(f"aws {command} {verb}: the file to write to is missing")
    planner.prepare(service)
    _fetches(planner, service, words.options, members)
    planner.api(service, operation, parameters, times=0 if waiting else 1)
    if waiting:
        planner.warn(why("aws.waits", "RQ52", operation=operation))
    if service == "ssm" and operation == "StartSession":
        from .own_commands import session

        session(planner, "ssm", "TerminateSession")
    elif service == "ecs" and operation == "ExecuteCommand":
        from .own_commands import session

        planner.api("ecs", "DescribeTasks")
        session(planner)


def _options(service: str, operation: str, special: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(option -> number of values, option -> input member)."""
    shapes = model(service)["shapes"]
    shape = shapes.get(model(service)["operations"][operation].get("input", {}).get("shape", ""), {})
    takes: dict[str, str] = dict(COMMON_OPTIONS)
    members: dict[str, str] = {}
    renamed = {member: option for option, member in special.items() if member}
    for member, row in shape.get("members", {}).items():
        kind = shapes[row["shape"]]["type"]
        for option in {kebab(member), renamed.get(member, kebab(member))}:
            members[option] = member
            takes[option] = FLAG if kind == "boolean" else MANY if kind in ("list", "map") else ONE
            if kind == "boolean":
                takes[f"no-{option}"] = FLAG
    for option in special:
        takes.setdefault(option, MANY)
    return takes, members


def _streams(service: str, operation: str) -> int:
    """Does the answer's body go to a file, which is then a word of its own?"""
    shapes = model(service)["shapes"]
    shape = shapes.get(model(service)["operations"][operation].get("output", {}).get("shape", ""), {})
    payload = shape.get("members", {}).get(shape.get("payload", ""), {})
    held = shapes.get(payload.get("shape", ""), {})
    return int(held.get("type") == "blob" and bool(payload.get("streaming") or held.get("streaming")))


def _value(values: list[str]) -> Any:
    """JSON when it is, the text else."""
    if not values:
        return True
    text = values[0]
    if len(values) == 1 and text[:1] in "{[":
        import msgspec

        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    return text if len(values) == 1 else list(values)


def _from_json(text: str, parameters: dict[str, Any], command: str, verb: str) -> None:
    """--cli-input-json: given options win; a file of the modelled host is not known."""
    if text.startswith("file:"):
        raise RequestError(f"aws {command} {verb}: the content of {text} is not known; give the options themselves")
    import msgspec

    try:
        read = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise RequestError(f"aws {command} {verb}: --cli-input-json: {error}") from None
    for name, value in read.items():
        parameters.setdefault(name, value)


def _require(
    planner: Planner, command: str, verb: str, service: str, operation: str, parameters: dict[str, Any],
    special: dict[str, str], from_file: bool,
) -> None:  # fmt: skip
    """Missing parameters: an error when host or path hang on them, else a warning; the CLI refuses both."""
    shapes = model(service)["shapes"]
    shape = shapes.get(model(service)["operations"][operation].get("input", {}).get("shape", ""), {})
    renamed = {member: option for option, member in special.items() if member}
    missing = []
    for member in shape.get("required", ()):
        row = shape["members"][member]
        if member in parameters or row.get("idempotencyToken") or shapes[row["shape"]].get("idempotencyToken"):
            continue
        option = renamed.get(member, kebab(member))
        needed = row.get("location") == "uri" or "contextParam" in row or row.get("hostLabel")
        if needed and not from_file:
            raise RequestError(f"aws {command} {verb}: --{option} is missing")
        missing.append(f"--{option}")
    if missing and not from_file:
        planner.warn(why("aws.options_missing", command=f"{command} {verb}", options=", ".join(missing)))


def _fetches(planner: Planner, service: str, options: dict[str, list[str]], members: dict[str, str]) -> None:
    """RQ38: CLI v1 loads a value that is a URL, unless the option is for URLs."""
    if not planner.client.fetches_values:
        return
    for option, values in options.items():
        if option in members and "url" not in squeeze(option) and len(values) == 1:
            if values[0].startswith(("http://", "https://")):
                planner.plain(values[0], why("aws.value_fetched", "RQ38", option=option), purpose="service")
