"""Story 1: ``aws s3 ls`` on the wire."""

from __future__ import annotations

from .model import ONCE, Change, Hops, Mend, Run, Served, Story

S3 = "s3.ap-northeast-1.amazonaws.com"
QUICK = ("--cli-connect-timeout", "1")
"""aws would wait a minute for each try."""
NO_EGRESS = """
security_groups:
  sg-data-app: {remove_out: [https to pl-s3], add_out: [tcp 80 to pl-s3]}
"""
ONLY_READING = """
vpcs:
  data:
    endpoints:
      s3:
        policy: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "*"}]}
"""
ANYTHING = """
vpcs:
  data:
    endpoints:
      s3:
        policy: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:*", Resource: "*"}]}
"""

STORY = Story(
    1,
    "story.s3_cli",
    "s3-cli.yaml",
    (
        Run("name", "ec2", ("dig", S3), shows=(r"192\.0\.2\.1",), keep=12),
        Run(
            "tls",
            "ec2",
            ("curl", "-sSv", "-o", "/dev/null", f"https://{S3}/"),
            to=f"https://{S3}/",
            shows=("SSL certificate verify ok",),
            only="Connected to|SSL connection using|subject:|subjectAltName|issuer|verify",
        ),
        Run("bucket", "ec2", ("aws", "s3", "mb", "s3://tabibito"), shows=("make_bucket: tabibito",)),
        Run("ls", "ec2", ("aws", "s3", "ls"), shows=("tabibito",)),
        Run("endpoint_url", "ec2", ("aws", "s3", "ls", "--endpoint-url", f"https://{S3}"), shows=("tabibito",)),
        Run(
            "strace",
            "ec2",
            ("tabiji", "strace", "{estate}", "--from", "ec2", "--", "aws", "s3", "ls"),
            to=f"https://{S3}/",
            keep=24,
        ),
        Hops("hops", "ec2", f"https://{S3}/"),
        Served("served", shows=("vpce-",)),
        Change("break_sg", NO_EGRESS),
        Run("ls_stopped", "ec2", ("aws", "s3", "ls", *QUICK), works=False, shows=("Connect timeout",), variables=ONCE),
        Mend("mend_sg"),
        Run("ls_again", "ec2", ("aws", "s3", "ls"), shows=("tabibito",)),
        Change("break_policy", ONLY_READING),
        Run("ls_denied", "ec2", ("aws", "s3", "ls"), works=False, shows=("AccessDenied",)),
        Change("mend_policy", ANYTHING),
        Run("ls_allowed", "ec2", ("aws", "s3", "ls"), shows=("tabibito",)),
    ),
)
