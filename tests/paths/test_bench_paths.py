"""Several paths to one bucket, for real: moto behind a relay, a slow forwarder, a closed port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.dom.minidom
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from relay_running import PATIENCE, closed_port, relay
from tabiji.cli import NO, USAGE, YES, main

boto3 = pytest.importorskip("boto3")
pytest.importorskip("flask_cors")

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDNOTSECRETID", "AWS_SECRET_ACCESS_KEY": "s3cr3t-of-the-test",
    "AWS_DEFAULT_REGION": "ap-northeast-1", "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip
NAME = "http://s3.ap-northeast-1.amazonaws.com"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """HOST:PORT of an S3 of moto's."""
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield f"127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


def client(s3: str) -> Any:
    return boto3.client("s3", endpoint_url=f"http://{s3}")


@pytest.fixture
def bucket(s3: str) -> Iterator[str]:
    name = f"bucket-{time.monotonic_ns()}"
    there = client(s3)
    there.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    yield name
    for one in there.list_objects_v2(Bucket=name).get("Contents", ()):
        there.delete_object(Bucket=name, Key=one["Key"])
    there.delete_bucket(Bucket=name)


def is_empty(s3: str, bucket: str) -> bool:
    there = client(s3)
    return not there.list_objects_v2(Bucket=bucket).get("Contents") and not there.list_multipart_uploads(
        Bucket=bucket
    ).get("Uploads")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["bench-paths", *words])
    said = capsys.readouterr()
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in said.out + said.err
    return code, said.out, said.err


@contextmanager
def slow(there: str, rate: int) -> Iterator[tuple[str, list[int]]]:
    """A forwarder that takes ``rate`` bytes a second of each client; its HOST:PORT, and the bytes it took so far."""
    server = socket.create_server(("127.0.0.1", 0))
    host, _, port = there.rpartition(":")
    taken = [0]

    def pipe(source: socket.socket, sink: socket.socket, pace: bool) -> None:
        with suppress(OSError):
            while data := source.recv(16384):
                if pace:
                    taken[0] += len(data)
                    time.sleep(len(data) / rate)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, _ = server.accept()
                near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
                far = socket.create_connection((host, int(port)))
                threading.Thread(target=pipe, args=(near, far, True), daemon=True).start()
                threading.Thread(target=pipe, args=(far, near, False), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}", taken
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def test_direct_relayed_by_endpoint_and_broken_side_by_side(
    s3: str, bucket: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture = tmp_path / "plot.svg"
    with relay("127.0.0.1:0", s3) as running:
        code, out, err = run(
            capsys, "--endpoint-url", f"http://{s3}", "--bucket", bucket, "--upload", "--size", "9M", "--rounds", "2",
            "--via", "direct", "--via", f"relay=127.0.0.1:{running.port}", "--via", f"other=http://{s3}",
            "--via", f"broken=127.0.0.1:{closed_port()}", "--format", "json", "--svg", str(picture), "-n", "unused",
        )  # fmt: skip
        running.process.send_signal(signal.SIGTERM)
    assert (code, err) == (NO, "")
    found = json.loads(out)
    assert (found["size"], found["rounds"], found["left"], found["interrupted"]) == (9 << 20, 2, [], False)
    for path in found["paths"][:3]:
        assert path["failed"] is None
        for direction in ("upload", "download"):
            assert len(path[direction]["seconds"]) == 2
            assert 0 < path[direction]["least"] <= path[direction]["median"] <= path[direction]["most"]
            speed = (9 << 23) / path[direction]["median"] / 1e6
            assert path[direction]["mbit_s"] == pytest.approx(speed, rel=0.02)
    broken = found["paths"][3]
    assert (broken["upload"], broken["download"]) == (None, None)
    assert broken["failed"] == {"while": "upload", "round": 1, "why": "connection refused"}
    assert is_empty(s3, bucket)
    drawn = xml.dom.minidom.parse(str(picture))
    assert len(drawn.getElementsByTagName("circle")) == 3 * 2 * 3


def test_the_relay_really_carried_it_by_the_usual_name(
    s3: str, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a hosts entry would, for the name and for the bucket's name under it; nothing asks a name server."""
    with relay("127.0.0.1:0", s3, "-d") as running:
        code, out, _ = run(
            capsys, "--endpoint-url", NAME, "--bucket", bucket, "--upload", "--size", "100K", "--rounds", "1",
            "--via", f"relay=127.0.0.1:{running.port}", "--format", "json",
        )  # fmt: skip
        assert code == YES, out
        closed = [running.hears("closed TCP", number) for number in (1, 2)]
        assert any(int(line.split(" up ")[1].split()[0]) > 100 << 10 for line in closed)
    assert socket.getaddrinfo is sys.modules["socket"].getaddrinfo
    assert socket.getaddrinfo.__module__ == "socket"


def test_an_object_that_is_there_is_only_fetched(s3: str, bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    client(s3).put_object(Bucket=bucket, Key="mine", Body=b"x" * 5000)
    code, out, _ = run(
        capsys, "--endpoint-url", f"http://{s3}", "--bucket", bucket, "--key", "mine", "--rounds", "2", "--lang", "ja"
    )
    assert code == YES
    assert "ダウンロード" in out
    assert "アップロード" not in out
    kept = client(s3).list_objects_v2(Bucket=bucket)["Contents"]
    assert [one["Key"] for one in kept] == ["mine"]


def test_bucket_is_made_and_taken_away_only_when_asked(s3: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--endpoint-url", f"http://{s3}", "--bucket", "fresh-bucket", "--upload", "--size", "1K", "--rounds", "1")
    code, out, _ = run(capsys, *words)
    assert code == NO
    assert "NoSuchBucket" in out
    code, out, _ = run(capsys, *words, "--create-bucket")
    assert code == YES
    assert "fresh-bucket" not in [one["Name"] for one in client(s3).list_buckets()["Buckets"]]


def test_bucket_that_is_there_is_not_taken_for_ours(s3: str, bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(
        capsys, "--endpoint-url", f"http://{s3}", "--bucket", bucket, "--upload", "--size", "1K", "--create-bucket"
    )
    assert code == NO
    assert "is there already" in err
    assert is_empty(s3, bucket)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_in_an_upload_leaves_nothing_in_the_bucket(s3: str, bucket: str, number: signal.Signals) -> None:
    with slow(s3, 1 << 20) as (where, taken):
        process = subprocess.Popen(
            [sys.executable, "-m", "tabiji", "bench-paths", "--endpoint-url", f"http://{s3}", "--bucket", bucket,
             "--upload", "--size", "40M", "--rounds", "1", "--via", f"slow={where}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE
            while taken[0] < 2 << 20 or not client(s3).list_multipart_uploads(Bucket=bucket).get("Uploads"):
                assert time.monotonic() < until
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
            process.send_signal(number)
            out, err = process.communicate(timeout=4 * PATIENCE)
        finally:
            process.kill()
            process.wait()
    assert (process.returncode, err) == (130, "")
    assert "Interrupted" in out
    assert is_empty(s3, bucket)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--upload",), "--bucket"),
        (("--bucket", "b"), "--upload --key"),
        (("--bucket", "b", "--upload", "--key", "k"), "not allowed with"),
        (("--bucket", "b", "--key", "k", "--create-bucket"), "goes with --upload"),
        (("--bucket", "b", "--upload", "--via", "nonsense"), "NAME=https://ENDPOINT"),
        (("--bucket", "b", "--upload", "--size", "20X"), "--size 20X"),
        (("elsewhere", "--bucket", "b", "--upload"), "with --lab NAME"),
        (("--bucket", "b", "--upload", "--profile", "no-such-profile"), "no-such-profile"),
    ],
)
def test_what_makes_no_sense_is_one_line(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, *words)
    assert code == USAGE
    assert said in err
    assert err.count("\n") == 1


def test_without_credentials_it_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    code, _, err = run(capsys, "--bucket", "b", "--upload")
    assert (code, err) == (
        USAGE,
        "tabiji: no AWS credentials were found (--profile NAME, or --no-sign-request)\n",
    )
