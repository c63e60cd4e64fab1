"""Story 3: be the packet."""

from __future__ import annotations

from .model import Change, Hops, Mend, Run, Served, Story

URL = "https://example.com/"
NO_WAY_BACK = """
route_tables:
  rtb-egress-public-a: {remove_routes: [10.0.0.0/8]}
"""

STORY = Story(
    3,
    "story.central_egress",
    "central-egress.yaml",
    (
        Run("name", "spoke-a-ec2", ("dig", "+noall", "+answer", "example.com"), shows=(r"198\.51\.100\.80",)),
        Run("curl", "spoke-a-ec2", ("curl", "-sS", "-m", "10", URL), to=URL, shows=(r"203\.0\.113\.10",)),
        Run("trace", "", ("tabiji", "trace", "{estate}", "spoke-a-ec2", URL), keep=80),
        Hops("hops", "spoke-a-ec2", URL),
        Run("traceroute", "spoke-a-ec2", ("traceroute", "-n", "-T", "-p", "443", "-q", "1", "-w", "1", "example.com"),
            to=URL, keep=20),
        Served("served", shows=(r"203\.0\.113\.10",)),
        Run("other_zone", "spoke-b-ec2", ("curl", "-sS", "-m", "10", URL), to=URL, shows=(r"203\.0\.113\.20",)),
        Change("break", NO_WAY_BACK),
        Run("stopped", "spoke-a-ec2", ("curl", "-sS", "-m", "3", URL), to=URL, works=False),
        Hops("hops_stopped", "spoke-a-ec2", URL, works=False),
        Mend("mend"),
        Run("again", "spoke-a-ec2", ("curl", "-sS", "-m", "10", URL), to=URL, shows=(r"203\.0\.113\.10",)),
    ),
)  # fmt: skip
