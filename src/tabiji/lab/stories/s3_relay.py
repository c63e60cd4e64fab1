"""Story 2: an instance plays the S3 endpoint."""

from __future__ import annotations

from .model import Change, Run, Served, Start, Story

S3 = "s3.ap-northeast-1.amazonaws.com"
RELAY_NAME = "ip-28-0-1-254.ap-northeast-1.compute.internal"
ENDPOINT = "https://bucket.vpce-relay-vpc-s3-private-78d4eda4.s3.ap-northeast-1.vpce.amazonaws.com"
OWN_WAY_OUT = """
vpcs:
  relay-vpc:
    nat_gateways:
      nat: {subnet: relay, ip: 28.0.1.20, eip: 203.0.113.20}
    subnets:
      clients: {routes: {0.0.0.0/0: nat}}
    security_groups:
      endpoint: {in: https from 28.0.2.0/24}
    endpoints:
      s3-private: {service: s3, type: interface, subnets: clients, sg: endpoint, private_dns: false}
hosts:
  relay: {instance: relay, relays: s3.ap-northeast-1.amazonaws.com}
public_names:
  "*.s3.ap-northeast-1.amazonaws.com": 198.51.100.34
public_hosts:
  198.51.100.34: {name: s3, service: s3, region: ap-northeast-1, listens: [tcp/80, tcp/443]}
"""
HOSTNAMES = """
vpcs:
  relay-vpc: {dns_hostnames: true}
"""

STORY = Story(
    2,
    "story.s3_relay",
    "s3-relay.yaml",
    (
        Run("no_name", "client", ("dig", RELAY_NAME), works=False, shows=("NXDOMAIN",), keep=12),
        Change("hostnames", HOSTNAMES),
        Run("own_name", "client", ("dig", "+short", RELAY_NAME), shows=(r"28\.0\.1\.254",)),
        Start(
            "relay",
            "relay",
            ("tabiji", "relay", "28.0.1.254:443", f"{S3}:443", "--allow", "28.0.2.0/24", "-d", "-d"),
            ready="relaying",
        ),
        Run("bucket", "client", ("aws", "s3api", "create-bucket", "--bucket", "tabibito", "--endpoint-url",
            f"https://{S3}", "--create-bucket-configuration", "LocationConstraint=ap-northeast-1")),
        Run("ls", "client", ("aws", "s3", "ls"), shows=("tabibito",)),
        Run("strace", "client", ("tabiji", "strace", "{estate}", "--from", "client", "--", "aws", "s3", "ls"), to=f"https://{S3}/",
            shows=(r"28\.0\.1\.254",), keep=24),
        Run("wget", "client", ("wget", "-S", "-O", "-", f"https://{S3}/"), to=f"https://{S3}/", fine=(8,),
            only="Connecting|connected|HTTP/|ERROR"),
        Served("served_ls"),
        Run("cp", "client", ("aws", "s3", "cp", "/etc/hosts", "s3://tabibito/hosts"), shows=("upload",)),
        Served("served_cp"),
        Run("cp_endpoint_url", "client", ("aws", "s3", "cp", "/etc/hosts", "s3://tabibito/hosts", "--endpoint-url",
            f"https://{S3}"), shows=("upload",)),
        Served("served_endpoint_url"),
        Run("slow_internet", "", ("tabiji", "lab", "shape", "--lab", "{lab}", "internet", "--rate", "100")),
        Run("slow_relay", "", ("tabiji", "lab", "shape", "--lab", "{lab}", "relay", "--rate", "50", "--delay", "5"),
            instead=("tabiji", "lab", "shape", "--lab", "{lab}", "relay", "--rate", "50")),
        Run(
            "paths",
            "",
            ("tabiji", "bench-paths", "client", "--lab", "{lab}", "--bucket", "tabibito", "--region", "ap-northeast-1",
             "--upload", "--size", "8M", "--rounds", "3", "--via", "direct", "--via", f"endpoint={ENDPOINT}",
             "--via", "relay=28.0.1.254"),
            shows=("endpoint", "relay"),
            keep=40,
            seconds=120,
        ),
    ),
    overlay=OWN_WAY_OUT,
)  # fmt: skip
