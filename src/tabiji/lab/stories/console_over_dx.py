"""Story 4: a console user on premises."""

from __future__ import annotations

from .model import ONCE, Hops, Mend, Run, Served, Story

LOGS = "logs.ap-northeast-1.amazonaws.com"
CALL = ("aws", "--region", "ap-northeast-1", "logs", "describe-log-groups")

STORY = Story(
    4,
    "story.console_over_dx",
    "console-over-dx.yaml",
    (
        Run("name", "laptop", ("dig", "+noall", "+answer", LOGS), shows=(r"172\.20\.1(28|44)\.",)),
        Run("from_vpc", "ec2", CALL, shows=("logGroups",)),
        Run(
            "stopped",
            "laptop",
            (*CALL, "--cli-connect-timeout", "1"),
            works=False,
            shows=("Connect timeout",),
            variables=ONCE,
        ),
        Run(
            "har",
            "",
            ("tabiji", "har", "{estate}", "--from", "laptop", "{folder}/console-over-dx.har"),
            works=False,
            shows=("DescribeLogGroups",),
            keep=30,
        ),
        Hops("hops", "laptop", f"https://{LOGS}/", works=False),
        Served("served_none"),
        Mend("mend"),
        Run("again", "laptop", CALL, shows=("logGroups",)),
        Served("served", shows=("DescribeLogGroups",)),
    ),
)
