"""``tabiji trace FROM -- aws ...`` and ``--for``: exit codes and what is printed."""

import json
from pathlib import Path

import pytest

pytest.importorskip("botocore", reason="the planner of aws commands reads botocore's data")

from tabiji.cli import BAD_DATA, NO, USAGE, YES, main

EXAMPLES = Path(__file__).parents[2] / "examples"
RELAY = ["-n", str(EXAMPLES / "s3-relay.yaml"), "client"]


def test_a_command_that_works_and_one_that_does_not(capsys):
    assert main(["trace", *RELAY, "--", "aws", "s3", "ls"]) == YES
    assert "s3:ListBuckets" in capsys.readouterr().out
    assert main(["trace", *RELAY, "--", "aws", "s3", "cp", "./f", "s3://bucket/key"]) == NO
    out = capsys.readouterr().out
    assert "bucket.s3.ap-northeast-1.amazonaws.com" in out
    assert "route.none" in out


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_no_code_is_left_without_words(capsys, lang):
    main(["trace", "--lang", lang, *RELAY, "--", "aws", "s3", "ls"])
    out = capsys.readouterr().out
    assert "aws." not in out.replace("amazonaws.", "")
    assert "command." not in out


def test_as_data(capsys):
    assert main(["trace", "--format", "json", *RELAY, "--", "aws", "s3", "ls"]) == YES
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["verdict"], told["client"]) == ("command", "reachable", "cli-v2")
    assert [c["operation"] for c in told["calls"] if c["purpose"] == "service"] == ["ListBuckets"]
    assert all(c["journey"]["verdict"] == c["verdict"] for c in told["calls"])


def test_a_job_is_a_table_of_the_names_it_needs(capsys):
    code = main(["trace", "-n", str(EXAMPLES / "s3-cli.yaml"), "ec2", "--for", "ecr-pull"])
    out = capsys.readouterr().out
    assert code in (YES, NO)
    assert "api.ecr.ap-northeast-1.amazonaws.com" in out
    assert "dkr.ecr.ap-northeast-1.amazonaws.com" in out


@pytest.mark.parametrize(
    "words",
    [["--", "aws", "nonsense", "x"], ["--", "aws", "s3", "explode"], ["--for", "nothing"], ["x", "--for", "ecr-pull"]],
)
def test_what_makes_no_sense_is_one_line(capsys, words):
    assert main(["trace", *RELAY, *words]) in (USAGE, BAD_DATA)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1


def test_options_may_stand_between_from_and_the_command(capsys):
    assert main(["trace", *RELAY, "--lang", "en", "--", "aws", "--region", "ap-northeast-1", "s3", "ls"]) == YES
    assert "aws --region ap-northeast-1 s3 ls" in capsys.readouterr().out
