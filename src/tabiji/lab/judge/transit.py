"""Random transit gateways as people build them: spokes, an egress VPC, sites, a second TGW behind a peering."""

from __future__ import annotations

from typing import Any

from ...estate.transit_gateway import (
    AttachmentAssociation,
    PeeringTgwInfo,
    TgwPropagationEntry,
    TgwRoute,
    TgwRouteAttachment,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayOptions,
    TransitGatewayPeeringAttachment,
    TransitGatewayPropagations,
    TransitGatewayRoutes,
    TransitGatewayRouteTable,
    TransitGatewayVpcAttachment,
    VpcAttachmentOptions,
)
from ...estate.vpn import (
    DirectConnectGateway,
    DirectConnectGatewayAssociation,
    DxAssociatedGateway,
    DxPrefix,
)
from .draft import REGION, SITE_PREFIX, Draft


class Transit(Draft):
    """The part of the draft that draws TGWs."""

    roles: dict[str, str]

    def transit_gateway(self, vpcs: list[str], site: bool) -> list[str]:
        """One TGW in most networks, now and then two that are peered; the ids a site can hang on."""
        if not self.chance(0.75):
            return []
        if len(vpcs) > 2 and self.chance(0.25):
            first, attached = self.hub(vpcs[:-1])
            second, far = self.hub(vpcs[-1:])
            ways = self.to_site(first, attached) if site else []
            self.join(first, attached, second, far)
            return ways
        tgw, attached = self.hub(vpcs)
        ways = self.to_site(tgw, attached) if site else []
        self.tables(tgw, attached)
        return ways

    def hub(self, vpcs: list[str]) -> tuple[str, dict[str, list[str]]]:
        """A TGW and its VPC attachments: attachment -> what lies behind it."""
        tgw = self.new("tgw")
        references = self.rng.choice(("enable", "disable"))
        options = TransitGatewayOptions(security_group_referencing_support=references)
        self.add("transit_gateways", TransitGateway(transit_gateway_id=tgw, options=options))
        attached: dict[str, list[str]] = {}
        for vpc in vpcs:
            if self.chance(0.9):
                attached[self.spoke(tgw, vpc)] = self.behind(vpc)
        return tgw, attached

    def behind(self, vpc: str) -> list[str]:
        """CIDRs of a VPC."""
        return [str(c) for c in self.cidrs[vpc]] + ([str(self.six[vpc])] if vpc in self.six else [])

    def spoke(self, tgw: str, vpc: str) -> str:
        """Attach a VPC in some of its zones, by subnets made for it if there are any."""
        mine = sorted(self.subnets[vpc], key=lambda s: (self.roles[s.subnet_id] == "join", self.rng.random()))
        by_zone = {s.availability_zone: s.subnet_id for s in mine}
        zones = sorted(by_zone) if self.chance(0.75) else self.rng.sample(sorted(by_zone), 1)
        attachment = self.new("tgw-attach")
        self.add(
            "tgw_vpc_attachments",
            TransitGatewayVpcAttachment(
                transit_gateway_attachment_id=attachment,
                transit_gateway_id=tgw,
                vpc_id=vpc,
                subnet_ids=tuple(by_zone[z] for z in zones),
                options=VpcAttachmentOptions(
                    appliance_mode_support=self.rng.choice(("disable", "disable", "enable")),
                    ipv6_support=self.rng.choice(("disable", "enable")),
                    security_group_referencing_support=self.rng.choice(("enable", "enable", "disable")),
                ),
            ),
        )
        self.attached(attachment, tgw, "vpc", vpc)
        self.targets[vpc].append(("transit_gateway_id", tgw, []))
        return attachment

    def attached(self, attachment: str, tgw: str, kind: str, resource: str) -> None:
        """The attachment's record; its table comes later."""
        record = TransitGatewayAttachment(
            transit_gateway_attachment_id=attachment, transit_gateway_id=tgw, resource_type=kind, resource_id=resource
        )
        self.add("tgw_attachments", record)

    def to_site(self, tgw: str, attached: dict[str, list[str]]) -> list[str]:
        """A VPN or Direct Connect to the site, on the TGW."""
        attachment = self.new("tgw-attach")
        attached[attachment] = [SITE_PREFIX]
        if self.chance(0.5):
            vpn = self.vpn(transit_gateway_id=tgw)
            self.attached(attachment, tgw, "vpn", vpn)
            return [vpn]
        direct = self.new("dxgw")
        self.attached(attachment, tgw, "direct-connect-gateway", direct)
        self.add("direct_connect_gateways", DirectConnectGateway(direct_connect_gateway_id=direct))
        cidrs = ["10.0.0.0/8"] if self.chance(0.5) else [str(c[0]) for c in self.cidrs.values()]
        self.add(
            "direct_connect_gateway_associations",
            DirectConnectGatewayAssociation(
                association_id=self.new("dxassoc"),
                direct_connect_gateway_id=direct,
                associated_gateway=DxAssociatedGateway(id=tgw, type="transitGateway", region=REGION),
                allowed_prefixes=tuple(DxPrefix(cidr=c) for c in dict.fromkeys(cidrs)),
            ),
        )
        return [direct]

    def join(self, one: str, near: dict[str, list[str]], other: str, far: dict[str, list[str]]) -> None:
        """TG4: two TGWs peered; routes between them are static."""
        ends = (self.new("tgw-attach"), self.new("tgw-attach"))
        self.add(
            "tgw_peering_attachments",
            TransitGatewayPeeringAttachment(
                transit_gateway_attachment_id=ends[0],
                requester_tgw_info=PeeringTgwInfo(transit_gateway_id=one, region=REGION),
                accepter_tgw_info=PeeringTgwInfo(transit_gateway_id=other, region=REGION),
                accepter_transit_gateway_attachment_id=ends[1],
            ),
        )
        self.attached(ends[0], one, "peering", other)
        self.attached(ends[1], other, "peering", one)
        beyond = [c for cidrs in far.values() for c in cidrs if ":" not in c]
        within = [c for cidrs in near.values() for c in cidrs if ":" not in c]
        self.tables(one, near, {ends[0]: beyond})
        self.tables(other, far, {ends[1]: within})

    def tables(self, tgw: str, attached: dict[str, list[str]], peers: dict[str, list[str]] | None = None) -> None:
        """One to three tables; every attachment uses one of them."""
        peers = peers or {}
        tables = [self.new("tgw-rtb") for _ in range(self.rng.choice((1, 1, 2, 3)))]
        for table in tables:
            self.add(
                "tgw_route_tables",
                TransitGatewayRouteTable(transit_gateway_route_table_id=table, transit_gateway_id=tgw),
            )
            self.hub_table(table, attached, peers)
        rows = self.records.get("tgw_attachments", [])
        for number, record in enumerate(rows):
            if record.transit_gateway_attachment_id in (*attached, *peers) and self.chance(0.98):
                association = AttachmentAssociation(transit_gateway_route_table_id=self.rng.choice(tables))
                rows[number] = _associated(record, association)

    def hub_table(self, table: str, attached: dict[str, list[str]], peers: dict[str, list[str]]) -> None:
        """Propagations of most attachments, a default, routes to the peer, a blackhole now and then."""
        routes: dict[str, TgwRoute] = {}
        propagated: list[TgwPropagationEntry] = []
        for attachment, cidrs in attached.items():
            if self.chance(0.9) and not any(c in routes for c in cidrs):
                hop = self.hop(attachment)
                propagated.append(
                    TgwPropagationEntry(
                        transit_gateway_attachment_id=attachment,
                        resource_id=hop.resource_id,
                        resource_type=hop.resource_type,
                    )
                )
                shown = cidrs if self.carries_six(attachment) else [c for c in cidrs if ":" not in c]
                for cidr in shown:
                    routes[cidr] = self.tgw_route(cidr, attachment, "propagated")
        for attachment, cidrs in peers.items():
            routes |= {c: self.tgw_route(c, attachment) for c in cidrs if c not in routes and self.chance(0.95)}
        if attached and self.chance(0.75):
            routes["0.0.0.0/0"] = self.tgw_route("0.0.0.0/0", self.rng.choice(sorted(attached)))
        self.spoil(routes, attached)
        self.add(
            "tgw_propagations",
            TransitGatewayPropagations(
                transit_gateway_route_table_id=table, transit_gateway_route_table_propagations=tuple(propagated)
            ),
        )
        record = TransitGatewayRoutes(transit_gateway_route_table_id=table, routes=tuple(routes.values()))
        self.add("tgw_routes", record)

    def spoil(self, routes: dict[str, TgwRoute], attached: dict[str, list[str]]) -> None:
        """A static route in place of another one, a blackhole, a route by prefix list."""
        known = sorted(attached)
        if known and self.chance(0.2):
            cidr = self.rng.choice(sorted({c for cs in attached.values() for c in cs} | {"10.0.0.0/8"}))
            routes[cidr] = self.tgw_route(cidr, self.rng.choice(known))
        if known and SITE_PREFIX not in routes and self.chance(0.5):  # perhaps to a VPC with a VGW, which does not help
            routes[SITE_PREFIX] = self.tgw_route(SITE_PREFIX, self.rng.choice(known))
        if self.chance(0.15):
            cidr = self.rng.choice((*routes, SITE_PREFIX, "10.1.0.0/24"))
            routes[cidr] = TgwRoute(destination_cidr_block=cidr, state="blackhole")
        if known and self.chance(0.1):
            hops = (self.hop(self.rng.choice(known)),)
            routes["pl-net"] = TgwRoute(prefix_list_id="pl-net", transit_gateway_attachments=hops)

    def carries_six(self, attachment: str) -> bool:
        """TG11: does an attachment propagate IPv6?"""
        rows = self.records.get("tgw_vpc_attachments", [])
        return any(a.transit_gateway_attachment_id == attachment and a.options.ipv6_support == "enable" for a in rows)

    def tgw_route(self, cidr: str, attachment: str, kind: str = "static") -> TgwRoute:
        """A route to an attachment."""
        return TgwRoute(destination_cidr_block=cidr, type=kind, transit_gateway_attachments=(self.hop(attachment),))

    def hop(self, attachment: str) -> TgwRouteAttachment:
        """How routes name an attachment."""
        (record,) = [a for a in self.records["tgw_attachments"] if a.transit_gateway_attachment_id == attachment]
        return TgwRouteAttachment(
            transit_gateway_attachment_id=attachment,
            resource_id=record.resource_id,
            resource_type=record.resource_type,
        )


def _associated(record: Any, association: AttachmentAssociation) -> Any:
    from msgspec.structs import replace

    return replace(record, association=association)
