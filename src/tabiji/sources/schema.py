"""The JSON Schema of a hand-written estate, generated from the section types.

``python -m tabiji.sources.schema`` prints it; editors take it from
``docs/estate.schema.json``.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from .yaml import SECTIONS

REF = "#/$defs/{name}"
ID = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema as plain data."""
    types = {section.name: getattr(section.load(), section.spec) for section in SECTIONS}
    found, definitions = msgspec.json.schema_components(tuple(types.values()), ref_template=REF)
    entries = dict(zip(types, found, strict=True))
    properties: dict[str, Any] = {
        "version": {"const": 1},
        "account": {"type": "string", "description": "Account of everything that names no other."},
        "region": {"type": "string", "description": "Region of everything that names no other."},
    }
    for section in SECTIONS:
        entry = entries[section.name]
        properties[section.name] = entry if section.plain else _named(entry)
    vpc = definitions["VpcSpec"]
    for section in SECTIONS:
        if section.in_vpc:
            vpc["properties"][section.name] = _named(entries[section.name])
    return {
        "$schema": ID,
        "title": "tabiji estate or overlay",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def _named(entry: Any) -> dict[str, Any]:
    """A mapping from names to entries; an entry may be left empty."""
    return {"type": ["object", "null"], "additionalProperties": {"anyOf": [entry, {"type": "null"}]}}


def text() -> str:
    """The schema as it is kept in the docs."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=1).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
