"""The commands of commands.yaml: what the differential tests run through the real CLI and through the planner."""

import shlex
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
REGION = "ap-northeast-1"


@dataclass(frozen=True)
class Case:
    """One command and the machine it runs on.

    ``imds``: ``role``, ``region`` (answers, but has no role) or ``off``.
    ``buckets``: bucket -> its Region, when not the one asked.  ``objects``:
    size of every object in S3; ``keys``: the objects the first listing shows.
    ``unordered``: requests go out in threads, in any order.
    """

    title: str
    argv: list[str]
    environment: dict[str, str]
    config: str = ""
    files: dict[str, int] = field(default_factory=dict)
    imds: str = "off"
    buckets: dict[str, str] = field(default_factory=dict)
    objects: int = 5
    keys: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    programs: list[str] = field(default_factory=list)
    unordered: bool = False
    clients: tuple[str, ...] = ("v1", "v2")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def cases() -> list[Case]:
    read = yaml.safe_load((FOLDER / "commands.yaml").read_text())
    out = []
    configs = read["configs"]
    for entry in read["commands"]:
        item = {"run": entry} if isinstance(entry, str) else dict(entry)
        run = item.pop("run")
        environment = {} if item.pop("keys_in_environment", True) is False else dict(KEYS)
        region = item.pop("region", REGION)
        if region:
            environment["AWS_DEFAULT_REGION"] = region
        given = item.pop("env", {})
        environment |= given
        config = item.pop("config", "")
        notes = [f"{key}={value}" for key, value in given.items()]
        notes += [f"config {config}"] if config else []
        notes += [f"region {region or 'none'}"] if region != REGION else []
        notes += [item.pop("note")] if "note" in item else []
        clients = tuple(item.pop("clients").split()) if "clients" in item else Case.clients
        out.append(
            Case(
                title=" # ".join([run, *([", ".join(notes)] if notes else [])]),
                argv=shlex.split(run),
                environment=environment,
                config=configs[config] if config else "",
                clients=clients,
                **item,
            )
        )
    titles = [case.title for case in out]
    assert len(titles) == len(set(titles)), [t for t in titles if titles.count(t) > 1]
    return out
