"""Agreement with probes really made inside AWS.

For every lab in ../shared/real-aws: load what the AWS API described, ask every
probe, compare with what happened.  Prints one line a lab, every disagreement,
and what the undetermined ones hinge on.  Exit 1 on any disagreement.
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path

from tabiji.journey.batch import answer
from tabiji.sources import load

LABS = Path(__file__).resolve().parents[2] / "shared" / "real-aws"


def main() -> int:
    labs = sorted(path.parent for path in LABS.glob("*/probes.jsonl"))
    if not labs:
        print(f"no labs: {LABS.name} is not beside the project; nothing to compare")
        return 0
    total: Counter[str] = Counter()
    wrong: list[str] = []
    hinges: Counter[str] = Counter()
    heads = ("probes", "agree", "wrong", "undet.")
    print(f"{'lab':34} " + " ".join(f"{head:>6}" for head in heads) + f" {'agree %':>8} {'load ms':>8} {'us/probe':>9}")
    for lab in labs:
        begin = time.perf_counter()
        estate = load(lab)
        loaded = time.perf_counter()
        count: Counter[str] = Counter()
        for line in (lab / "probes.jsonl").read_text().splitlines():
            probe = json.loads(line)
            told = answer(estate, probe)
            if told["reachable"] is None:
                count["undetermined"] += 1
                hinges[f"{told['deciding']['code']} ({told['deciding']['component']})"] += 1
            elif told["reachable"] == probe["reachable"]:
                count["agree"] += 1
            else:
                count["wrong"] += 1
                wrong.append(f"{probe['id']}: AWS {probe['reachable']}, tabiji {told['verdict']} by {told['deciding']}")
        walked = time.perf_counter()
        print(row(lab.name, count, (loaded - begin) * 1e3, (walked - loaded) * 1e6 / max(1, count.total())))
        total += count
    print(row("all", total, 0, 0))
    for line in wrong:
        print("wrong:", line)
    for hinge, number in hinges.most_common():
        print(f"undetermined x{number}: {hinge}")
    return 1 if wrong else 0


def row(name: str, count: Counter[str], load_ms: float, micros: float) -> str:
    share = 100 * count["agree"] / max(1, count.total())
    return (
        f"{name:34} {count.total():6} {count['agree']:6} {count['wrong']:6} {count['undetermined']:6} "
        f"{share:8.2f} {load_ms:8.1f} {micros:9.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
