"""The table of parts in fabric/__init__.py leads to every stage and route target there is."""

import pkgutil
from importlib import import_module

from tabiji import fabric
from tabiji.fabric.compiler import BUILDERS, PARTS
from tabiji.fabric.route_table import TARGETS


def test_every_builder_and_target_is_found_by_its_first_word():
    for module in pkgutil.iter_modules(fabric.__path__):
        import_module(f"{fabric.__name__}.{module.name}")
    for name, function in {**BUILDERS, **TARGETS}.items():
        part = PARTS.get(name) or PARTS.get(name.split("-", 1)[0])
        assert part is not None, f"{name} is in no line of PARTS"
        assert function.__module__ == f"{fabric.__name__}.{part}", name


def test_every_part_is_a_file():
    modules = {module.name for module in pkgutil.iter_modules(fabric.__path__)}
    assert set(PARTS.values()) <= modules
