"""Small things: DHCP option sets, VPC Block Public Access, switches."""

from ...estate.internet_gateway import BlockPublicAccessExclusion, BlockPublicAccessOptions
from ...estate.resolver import DhcpConfiguration, DhcpOptions, DhcpValue
from ...estate.site import Switch
from ..spec import Names, Path, Spec, many
from .build import Build, Item

Switches = dict[str, str]
"""Fact id -> value of the assumption."""
MODES = ("off", "block-bidirectional", "block-ingress")
EXCLUSIONS = ("allow-bidirectional", "allow-egress")


class DhcpOptionsSpec(Spec):
    """A DHCP option set (names N1.3)."""

    id: str | None = None
    dns_servers: Names = None
    domain_name: str | None = None
    ntp_servers: Names = None


class BlockPublicAccessSpec(Spec):
    """Block Public Access of one account and Region; the key is any label (BP1-BP3)."""

    account: str | None = None
    region: str | None = None
    mode: str | None = None
    exclusions: dict[str, str] | None = None
    """VPC or subnet -> ``allow-bidirectional`` or ``allow-egress``."""


def build_switches(build: Build, value: Switches, path: Path) -> None:
    """Assumptions about uncertain facts."""
    for fact, setting in value.items():
        build.put("switches", Switch(fact=fact, value=setting))


def declare_dhcp_options(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        build.declare("dhcp_options", "dopt", item)


def build_dhcp_options(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        spec: DhcpOptionsSpec = item.spec
        rows = []
        for key, values in (
            ("domain-name", (spec.domain_name,) if spec.domain_name else ()),
            ("domain-name-servers", many(spec.dns_servers)),
            ("ntp-servers", many(spec.ntp_servers)),
        ):
            for text in values:
                if key != "domain-name" and text != "AmazonProvidedDNS":
                    build.address(text, (*item.path, "dns_servers" if "domain" in key else "ntp_servers"))
            if values:
                rows.append(DhcpConfiguration(key=key, values=tuple(DhcpValue(value=v) for v in values)))
        build.put(
            "dhcp_options",
            DhcpOptions(dhcp_options_id=item.id, dhcp_configurations=tuple(rows), tags=build.tags(item)),
        )


def declare_block_public_access(build: Build, items: list[Item]) -> None:
    """Nothing refers to them."""


def build_block_public_access(build: Build, items: list[Item]) -> None:
    """Options and exclusions."""
    for item in items:
        spec: BlockPublicAccessSpec = item.spec
        mode = spec.mode or "off"
        if mode not in MODES:
            build.fail((*item.path, "mode"), f"{mode!r} is none of {', '.join(MODES)}")
        account, region = spec.account or build.account, spec.region or build.region
        build.put(
            "block_public_access_options",
            BlockPublicAccessOptions(
                aws_account_id=account, aws_region=region, state="update-complete", internet_gateway_block_mode=mode
            ),
        )
        for name, allowed in (spec.exclusions or {}).items():
            path = (*item.path, "exclusions", name)
            if allowed not in EXCLUSIONS:
                build.fail(path, f"{allowed!r} is none of {', '.join(EXCLUSIONS)}")
            kind = "vpc" if build.lookup("vpcs", name) else "subnet"
            key = build.find(f"{kind}s", name, path)
            build.put(
                "block_public_access_exclusions",
                BlockPublicAccessExclusion(
                    exclusion_id=f"vpcbpa-exclude-{key}",
                    internet_gateway_exclusion_mode=allowed,
                    resource_arn=f"arn:aws:ec2:{region}:{account}:{kind}/{key}",
                ),
            )
