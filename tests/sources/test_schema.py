"""The schema in the docs is the one the types give, and it knows the examples."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from tabiji.sources import schema

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "estate.schema.json"


def test_the_file_is_current() -> None:
    assert FILE.read_text() == schema.text(), f"run: python -m tabiji.sources.schema > {FILE.relative_to(ROOT)}"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda p: p.stem)
def test_examples_fit(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(FILE.read_text()))
    assert [e.message for e in validator.iter_errors(yaml.safe_load(path.read_text()))] == []


def test_typos_do_not_fit() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(FILE.read_text()))
    assert list(validator.iter_errors({"vpcs": {"v": {"cdir": "10.0.0.0/16"}}}))
    assert list(validator.iter_errors({"vpcs": {"v": {"cidr": "10.0.0.0/16", "instances": {"i": {"subnett": "a"}}}}}))
