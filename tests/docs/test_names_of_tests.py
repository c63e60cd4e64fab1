"""Test files are found by their base name, so no two may share one."""

from collections import Counter
from pathlib import Path


def test_no_two_test_files_share_a_name():
    names = Counter(path.name for path in Path(__file__).parents[1].rglob("*.py"))
    assert not [name for name, count in names.items() if count > 1 and name != "__init__.py"]
