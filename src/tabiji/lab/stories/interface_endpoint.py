"""Story 5: one interface endpoint, many names."""

from __future__ import annotations

from .model import ONCE, Change, Hops, Run, Served, Story

SSM = "ssm.ap-northeast-1.amazonaws.com"
ENDPOINT = "vpce-a-ssm-5890e769"
REGIONAL = f"{ENDPOINT}.ssm.ap-northeast-1.vpce.amazonaws.com"
ZONAL = f"{ENDPOINT}-ap-northeast-1a.ssm.ap-northeast-1.vpce.amazonaws.com"
CALL = ("aws", "--region", "ap-northeast-1", "ssm", "describe-parameters")
SHORT = ("dig", "+noall", "+answer")
SHARED_ZONE = f"""
vpcs:
  vpc-a:
    endpoints:
      ssm: {{private_dns: false}}
hosted_zones:
  {SSM}:
    vpcs: [vpc-a, vpc-b]
    records:
      {SSM}: {{alias: ssm}}
"""

STORY = Story(
    5,
    "story.interface_endpoint",
    "interface-endpoint.yaml",
    (
        Run("private", "ec2", ("dig", SSM), shows=(r"172\.20\.144\.169", r"172\.20\.128\.22"), keep=24),
        Run("regional", "internet-host", (*SHORT, REGIONAL), shows=(r"172\.20\.144\.169",)),
        Run("zonal", "peer-ec2", (*SHORT, ZONAL), shows=(r"172\.20\.144\.169",), hides=(r"172\.20\.128\.22",)),
        Run("public", "peer-ec2", (*SHORT, SSM), hides=(r"172\.20\.",)),
        Run("call", "ec2", CALL, shows=("Parameters",)),
        Run("peer_stopped", "peer-ec2", (*CALL, "--cli-connect-timeout", "1"), works=False, variables=ONCE),
        Run("peer_by_name", "peer-ec2", (*CALL, "--endpoint-url", f"https://{REGIONAL}"), shows=("Parameters",)),
        Change("share", SHARED_ZONE),
        Run("shared", "peer-ec2", (*SHORT, SSM), shows=(r"172\.20\.144\.169", r"172\.20\.128\.22")),
        Run("peer_call", "peer-ec2", CALL, shows=("Parameters",)),
        Hops("hops", "peer-ec2", f"https://{SSM}/"),
        Run("outside", "internet-host", (*SHORT, SSM), hides=(r"172\.20\.",)),
        Served("served", shows=("vpce-a-ssm",)),
    ),
)
