"""What a large HAR costs: ``tabiji har`` on a generated console session, whole process.

Prints wall time and peak memory (children's ru_maxrss) of reading and
explaining, and of redacting, for SIZE megabytes (default 200): once with
response bodies (few large entries), once without (many small ones).  The file
is made anew each time and removed again.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "observe"))

from hars import Recorder, story_4  # noqa: E402

SIZE = int(os.environ.get("SIZE", "200")) << 20
BODY = json.dumps([{"alarmName": f"alarm-{n}", "state": "OK", "text": 'quoted "text"\n'} for n in range(300)])


def make(path: Path, size: int, bodies: bool) -> int:
    """A HAR of about ``size`` bytes, with response bodies or without: the story's calls and others; its entries."""
    told = story_4()
    plain = Recorder("chromium")
    plain.page = "page_1"
    for number in range(12):
        plain.entry(
            "GET", f"https://a.b.cdn.console.awsstatic.com/x/{number}.js", status=200, address="52.119.0.11",
            content=(BODY if number % 3 else BODY * 8) if bodies else "",
        )  # fmt: skip
    plain.proxied("/ec2/ecb?call=com.amazonaws.ec2.AmazonEC2.DescribeInstances?&mbtc=1")
    plain.direct("ec2", "DescribeInstances", address="52.95.0.1")
    filler = [json.dumps(entry, indent=2).encode() for entry in plain.entries]
    head, _, tail = json.dumps(told.har(), indent=2).rpartition("]")
    entries = len(told.entries)
    with path.open("wb") as file:
        file.write(head.rstrip().encode())
        written = file.tell()
        while written < size:
            for entry in filler:
                written += file.write(b",\n" + entry)
                entries += 1
        file.write(b"\n]" + tail.encode())
    return entries


def run(arguments: list[str]) -> tuple[float, float, int]:
    """Seconds, peak MiB and exit code of one ``tabiji har``."""
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode)"
    )
    begin = time.perf_counter()
    out = subprocess.run(
        [sys.executable, "-c", code, sys.executable, "-m", "tabiji", "har", *arguments],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return time.perf_counter() - begin, int(out[0]) / 1024, int(out[1])


def main() -> None:
    net = ["-n", str(ROOT / "examples" / "console-over-dx.yaml"), "--from", "laptop"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.har"
        for bodies in (True, False):
            entries = make(path, SIZE, bodies)
            what = f"{path.stat().st_size / (1 << 20):.0f} MiB, {entries} entries, {'with' if bodies else 'no'} bodies"
            took, peak, code = run([str(path), *net])
            print(f"{what}: {took:.1f} s, peak {peak:.0f} MiB, exit {code} (aim <= 20 s, 300 MiB)", flush=True)
            took, peak, code = run([str(path), *net, "--redact", str(Path(folder) / "out.har")])
            print(f"  the same with --redact: {took:.1f} s, peak {peak:.0f} MiB, exit {code}", flush=True)
    print(f"own peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB (making the file)")


if __name__ == "__main__":
    main()
