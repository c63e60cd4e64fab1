from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tabiji.estate import Estate
from tabiji.sources import load


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Estate]:
    """Load a folder made of path -> JSON content."""

    def make(files: dict[str, Any]) -> Estate:
        for name, content in files.items():
            path = tmp_path / "net" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return load(tmp_path / "net")

    return make


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Estate]:
    """Load a YAML text."""

    def make(text: str) -> Estate:
        path = tmp_path / "estate.yaml"
        path.write_text(dedent(text))
        return load(path)

    return make
