"""The name AWS's Reachability Analyzer has for the same thing (data-plane 14.3).

Findings about names, the way back, sites and policies have no such name: the
analyser does not look there (RA6).
"""

from __future__ import annotations

from ..packet.address import SHARED_V4
from .finding import Finding

AWS_CODES = {
    "address.nobody": "NO_POSSIBLE_DESTINATION",
    "address.not_a_host": "NO_POSSIBLE_DESTINATION",
    "bpa.blocked": "VPC_BLOCK_PUBLIC_ACCESS_ENABLED",
    "choice.tgw_az": "TGW_ATTACH_VPC_AZ_RESTRICTION",
    "endpoint.acceptance": "BAD_STATE",
    "endpoint.gateway_protocol": "VPCE_GATEWAY_PROTOCOL_RESTRICTION",
    "endpoint.one_way": "VPCE_INTRA_VPC_TRAFFIC",
    "endpoint.service_az": "VPCE_SERVICE_NOT_INSTALLED_IN_AZ",
    "endpoint.service_state": "BAD_STATE",
    "endpoint.state": "BAD_STATE",
    "eni.dest_check": "ENI_SOURCE_DEST_CHECK_RESTRICTION",
    "eni.not_attached": "BAD_STATE_ATTACHMENT",
    "eni.not_running": "BAD_STATE",
    "eni.source_check": "ENI_SOURCE_DEST_CHECK_RESTRICTION",
    "firewall.drop": "FIREWALL_RULES_RESTRICTION",
    "firewall.reject": "FIREWALL_RULES_RESTRICTION",
    "igw.foreign_source": "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
    "igw.no_owner": "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    "igw.no_public_ip": "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
    "igw.not_attached": "BAD_STATE_ATTACHMENT",
    "igw.private_destination": "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS",
    "igw.private_source": "IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS",
    "igw.redirected": "INGRESS_RTB_TRAFFIC_REDIRECTION",
    "lb.no_healthy_target": "ELBV2_LISTENER_REQUIRES_TG_ACCEPT",
    "lb.no_listener": "ELBV2_LISTENERS_MISMATCH",
    "lb.no_target": "ELBV2_LISTENER_HAS_NO_TG",
    "lb.not_active": "BAD_STATE",
    "lb.not_cross_zone": "ELBV2_NO_TARGETS_IN_AZ",
    "lb.target_zone": "ELB_INSTALLED_AZ_RESTRICTION",
    "nacl.egress.deny": "SUBNET_ACL_RESTRICTION",
    "nacl.ingress.deny": "SUBNET_ACL_RESTRICTION",
    "nat.private_to_igw": "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS",
    "nat.protocol": "PROTOCOL_RESTRICTION",
    "nat.state": "BAD_STATE",
    "note.cross_az": "AVAILABILITY_ZONE_CROSSED",
    "note.lb_attributes_assumed": "MISSING_TARGET_GROUP_ATTRIBUTES",
    "peering.not_active": "BAD_STATE",
    "peering.transitive": "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR",
    "route.blackhole": "BAD_STATE_ROUTE",
    "route.none": "NO_ROUTE_TO_DESTINATION",
    "route.target_missing": "BAD_STATE_ROUTE",
    "route.tgw_az": "TGW_ROUTE_AZ_RESTRICTION",
    "sg.egress.empty": "SG_HAS_NO_RULES",
    "sg.egress.no_rule": "ENI_SG_RULES_MISMATCH",
    "sg.ingress.empty": "SG_HAS_NO_RULES",
    "sg.ingress.no_rule": "ENI_SG_RULES_MISMATCH",
    "sg.reference_lost": "SG_REFERENCES_NOT_PRESERVED",
    "tgw.attachment_missing": "BAD_STATE_ATTACHMENT",
    "tgw.attachment_state": "BAD_STATE_ATTACHMENT",
    "tgw.blackhole": "TGW_RTB_BAD_STATE_ROUTE",
    "tgw.no_association": "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
    "tgw.no_route": "TGW_RTB_CANNOT_ROUTE",
    "unknown.appliance": "PATH_THROUGH_GWLB_NOT_CHECKED",
    "unknown.endpoint": "UNKNOWN_RESOURCE",
    "unknown.endpoint_type": "UNSUPPORTED_COMPONENT",
    "unknown.external": "UNKNOWN_DESTINATION",
    "unknown.firewall": "UNKNOWN_RESOURCE",
    "unknown.firewall_rule": "FIREWALL_UNSUPPORTED_RULE_OPTIONS",
    "unknown.load_balancer": "UNKNOWN_RESOURCE",
    "unknown.network_acls": "UNKNOWN_RESOURCE",
    "unknown.network_interfaces": "UNKNOWN_RESOURCE",
    "unknown.route_tables": "UNKNOWN_RESOURCE",
    "unknown.security_groups": "UNKNOWN_RESOURCE",
    "unknown.subnet": "UNKNOWN_RESOURCE",
    "unknown.target_kind": "UNSUPPORTED_COMPONENT",
    "unknown.tgw_attachments": "UNKNOWN_RESOURCE",
    "unknown.tgw_connect": "UNSUPPORTED_COMPONENT",
    "unknown.tgw_routes": "TGW_RTB_ROUTES_ARE_UNKNOWN",
    "unknown.vpc": "UNKNOWN_RESOURCE",
    "vgw.destination_not_eni": "VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS",
    "vgw.not_attached": "BAD_STATE_ATTACHMENT",
    "vgw.source_not_eni": "VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS",
    "vpn.down": "BAD_STATE_VPN",
}


def aws_code(code: str) -> str:
    """The analyser's code for one of ours, or nothing."""
    return AWS_CODES.get(code, "")


def analyser_code(finding: Finding) -> str:
    """What a finding is called in the analyser's own output shape.

    Where the analyser has two names for one code of ours the packet tells
    which; where it has none, our own code in its spelling: ``TABIJI_`` before
    it, in capitals.
    """
    known = aws_code(finding.code)
    if not known:
        return OWN + finding.code.upper().replace(".", "_")
    packet = finding.packet
    if packet is not None:
        address = packet.dst if finding.code == "igw.private_destination" else packet.src
        if "_RFC1918_" in known and SHARED_V4[0] <= address <= SHARED_V4[1]:  # IG4
            return known.replace("RFC1918", "RFC6598")
    return known


OWN = "TABIJI_"
"""Before codes the analyser does not have."""
