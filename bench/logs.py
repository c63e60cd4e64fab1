"""What reading flow logs costs: seconds per GB and peak memory of ``tabiji logs``, beside reading the bytes at all.

Makes a log on the fly (``SIZE`` megabytes of text, default 1024; the same
records as gz and parquet), about one record in ten from an address never seen
before, and removes it afterwards.  Floors in the same run: ``wc -l`` and
``zcat | wc -l``, and counting the parquet rows with DuckDB.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

NET = Path(__file__).resolve().parents[1] / "examples" / "console-over-dx.yaml"
SIZE = int(os.environ.get("SIZE", "1024")) << 20
HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
START = 1_767_225_600
BLOCK = 100_000
ENDPOINT = "eni-vpce-tokyo-vpc-monitoring-ap-northeast-1a", "172.20.144.5"
SENDERS = [f"192.168.10.{n}" for n in range(1, 255)] + ["172.20.144.10"]


def record(rng: random.Random, client: str, action: str, port: int) -> str:
    eni, server = ENDPOINT
    begin = START + rng.randrange(86400)
    return (
        f"2 111122223333 {eni} {client} {server} {rng.randrange(32768, 61000)} {port} 6 {rng.randrange(1, 99)} "
        f"{rng.randrange(40, 99999)} {begin} {begin + 60} {action} OK\n"
    )


def blocks() -> Iterator[str]:
    """Text without end: the same traffic over and over, with strangers scanning in between."""
    rng = random.Random(7)
    usual = []
    for _ in range(BLOCK * 9 // 10):
        client = rng.choice(SENDERS)
        inside = client.startswith("172.")
        usual.append(record(rng, client, "ACCEPT" if inside else "REJECT", 443))
    shared = "".join(usual)
    while True:
        strangers = (f"{rng.randrange(1, 223)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}"
                     for _ in range(BLOCK // 10))  # fmt: skip
        yield shared + "".join(record(rng, s, "REJECT", rng.randrange(1, 10000)) for s in strangers)


def generate(path: Path) -> int:
    lines = 0
    with open(path, "w", encoding="ascii") as file:
        file.write(HEADER + "\n")
        for block in blocks():
            file.write(block)
            lines += BLOCK
            if file.tell() >= SIZE:
                return lines
    return lines


def measured(command: list[str], shell: bool = False) -> tuple[float, float, int]:
    """Wall seconds, peak memory in MiB and exit code of a process."""
    begin = time.perf_counter()
    process = subprocess.Popen(" ".join(command) if shell else command, shell=shell, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - begin, usage.ru_maxrss / 1024, process.returncode


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tabiji-bench-") as folder:
        text, packed, parquet = (Path(folder) / name for name in ("flow.log", "flow.log.gz", "flow.parquet"))
        lines = generate(text)
        with open(packed, "wb") as file:
            subprocess.run(["gzip", "-1", "-c", str(text)], stdout=file, check=True)
        columns = ", ".join(f"{name.replace('-', '_')!r}: 'VARCHAR'" for name in HEADER.split())
        statement = (
            f"COPY (SELECT * FROM read_csv('{text}', delim=' ', skip=1, header=false, auto_detect=false, "
            f"columns={{{columns}}})) TO '{parquet}' (FORMAT parquet)"
        )
        # In a process of its own: a child's peak counts what its parent held when it was started.
        copy = [sys.executable, "-c", "import duckdb, sys; duckdb.sql(sys.argv[1])", statement]
        subprocess.run(copy, check=True, stdout=subprocess.DEVNULL)
        size = text.stat().st_size / 1e9
        print(f"{lines:,} records, {size:.2f} GB text, {packed.stat().st_size / 1e9:.2f} GB gz, "
              f"{parquet.stat().st_size / 1e9:.2f} GB parquet; {os.cpu_count()} CPUs")  # fmt: skip
        rows = f"import duckdb; duckdb.sql(\"SELECT count(srcaddr) FROM read_parquet('{parquet}')\").fetchall()"
        floors = {
            text: ("wc -l", ["wc", "-l", str(text)], False),
            packed: ("zcat | wc -l", ["zcat", str(packed), "|", "wc", "-l"], True),
            parquet: ("DuckDB count", [sys.executable, "-c", rows], False),
        }
        for path, (name, floor, shell) in floors.items():
            least, _, _ = measured(floor, shell)
            command = [sys.executable, "-m", "tabiji", "logs", "-n", str(NET), str(path), "--format", "json"]
            took, memory, code = measured(command)
            told = f"{took:6.1f} s  {took / size:5.1f} s/GB of text  peak {memory:5.0f} MiB  exit {code}"
            print(f"{path.suffix[1:]:8} {told}   floor {name}: {least:.2f} s")  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
