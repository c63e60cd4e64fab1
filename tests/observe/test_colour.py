"""Colour is only put on: without its codes every report is the plain one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flow_logs import V2, row, write

from tabiji import load
from tabiji.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"
CODES = re.compile(r"\x1b\[[0-9;]*m")
CONSOLE = ("-n", str(EXAMPLES / "console-over-dx.yaml"))
RELAY = ("-n", str(EXAMPLES / "s3-relay.yaml"))
EGRESS = ("-n", str(EXAMPLES / "central-egress.yaml"))
LOGS = "https://logs.ap-northeast-1.amazonaws.com/"


def test_har_logs_and_journeys_say_the_same_in_colour(tmp_path, capsys):
    estate = load(EXAMPLES / "console-over-dx.yaml")
    eni = next(i for i, e in estate.network_interfaces.items() if "logs" in i)
    address = estate.network_interfaces[eni].private_ip_address
    refused = row(eni, "192.168.10.20", address, 43210, 443, "REJECT")
    flows = write(tmp_path / "flows.log", [refused, row(eni, "172.20.144.10", address, 40000, 443)], V2)
    for words in (
        ("har", *CONSOLE, "--from", "laptop", str(EXAMPLES / "console-over-dx.har")),
        ("logs", *CONSOLE, flows),
        ("logs", *CONSOLE, "--explain", flows),
        ("trace", *CONSOLE, "laptop", LOGS),
        ("trace", *CONSOLE, "--explain", "--evidence", "laptop", LOGS),
        ("trace", *EGRESS, "spoke-a-ec2", "https://example.com/"),
        ("fix", *CONSOLE, "laptop", LOGS),
        ("dig", *RELAY, "client", "s3.ap-northeast-1.amazonaws.com"),
        ("names", *CONSOLE),
        ("show", *CONSOLE),
    ):
        for lang in ("en", "ja"):
            said = {}
            for colour in ("never", "always"):
                code = main([*words, "--lang", lang, "--color", colour])
                said[colour] = (code, capsys.readouterr().out)
            assert said["always"][0] == said["never"][0] != 70, words
            if words[0] != "dig":  # the number of a query is drawn
                assert CODES.sub("", said["always"][1]) == said["never"][1], words


@pytest.mark.parametrize("colour", ["never", "always"])
def test_an_aws_command_in_colour(colour, capsys):
    pytest.importorskip("botocore", reason="the planner of aws commands reads botocore's data")
    assert main(["trace", *RELAY, "client", "--color", colour, "--", "aws", "s3", "cp", "./f", "s3://bucket/key"]) == 2
    assert ("\x1b[" in capsys.readouterr().out) == (colour == "always")
