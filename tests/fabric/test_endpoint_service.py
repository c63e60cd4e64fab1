"""Endpoint services: facts ES1-ES8, trap 26."""

from __future__ import annotations

import pytest

from balanced_net import ANYWHERE, GROUP, NODE_A, PREFIX, TARGET_A, Net, allow, ask, group, target
from tabiji.estate.load_balancer import LbZone
from tabiji.estate.route_table import Route
from tabiji.estate.vpc import Vpc
from tabiji.estate.vpc_endpoint import VpcEndpoint, VpcEndpointService, VpcEndpointServiceConfiguration
from tabiji.packet.address import format_address
from tabiji.packet.header import reply_to

SERVICE = "com.amazonaws.vpce.ap-northeast-1.vpce-svc-1"
CLIENT, ENDPOINT_A, ENDPOINT_B = "10.0.3.99", "10.0.1.99", "10.0.2.99"


class Linked(Net):
    """The VPC of the load balancer as provider, and a consumer's VPC with the very same addresses (ES7)."""

    def __init__(self) -> None:
        super().__init__()
        del self.records["network_interfaces"]["eni-client"]
        self.group("TCP", target("i-ta"), target("i-tb"))
        self.add("vpcs", Vpc(vpc_id="vpc-c", cidr_block="10.0.0.0/16"))
        for zone in "ab":
            self.subnet(f"subnet-e{zone}", "vpc-c", f"10.0.{'12'['ab'.index(zone)]}.0/24", f"az-{zone}")
        self.subnet("subnet-cc", "vpc-c", "10.0.3.0/24", "az-a")
        self.add("security_groups", group("sg-endpoint", ANYWHERE))
        self.eni("eni-client", CLIENT, "subnet-cc", groups=("sg-open",))
        self.eni("eni-ea", ENDPOINT_A, "subnet-ea", groups=("sg-endpoint",), interface_type="vpc_endpoint")
        self.eni("eni-eb", ENDPOINT_B, "subnet-eb", groups=("sg-endpoint",), interface_type="vpc_endpoint")
        self.add(
            "vpc_endpoints",
            VpcEndpoint(
                vpc_endpoint_id="vpce-1",
                vpc_id="vpc-c",
                service_name=SERVICE,
                subnet_ids=("subnet-ea", "subnet-eb"),
                network_interface_ids=("eni-ea", "eni-eb"),
            ),
        )
        self.add(
            "vpc_endpoint_service_configurations",
            VpcEndpointServiceConfiguration(
                service_id="vpce-svc-1",
                service_name=SERVICE,
                availability_zones=("az-a", "az-b"),
                network_load_balancer_arns=(self.arn,),
            ),
        )

    def in_zones(self, consumer: str, provider: str) -> None:
        """Zone ids of zone a's subnets, as seen by two accounts."""
        self.change("vpcs", "vpc-c", owner_id="111111111111")
        self.change("vpcs", "vpc-p", owner_id="222222222222")
        self.change("subnets", "subnet-ea", availability_zone_id=consumer)
        self.change("subnets", "subnet-na", availability_zone_id=provider)


def test_es1_es7_the_target_sees_the_node_and_equal_cidrs_do_not_matter() -> None:
    asked = Linked().ask(CLIENT, ENDPOINT_A)
    assert asked.outcomes == {"delivered"}
    assert format_address(asked.seen_by_target.src) == NODE_A
    assert format_address(asked.seen_by_target.dst) == TARGET_A
    assert asked.kinds() == ["eni", "endpoint", "load_balancer", "eni", "eni", "load_balancer", "endpoint", "eni"]
    trip = asked.trips[0]
    assert trip.reply is not None
    assert trip.reply.packet == reply_to(trip.forward.steps[0].packet)


def test_es1_client_addresses_are_never_kept() -> None:
    net = Linked()
    net.group("TCP", target("i-ta"), preserve_client_ip__enabled="true")
    assert format_address(net.ask(CLIENT, ENDPOINT_A).seen_by_target.src) == NODE_A


def test_trap26_es2_the_balancers_group_sees_the_client() -> None:
    net = Linked()
    net.wear("sg-front")
    net.add("security_groups", group("sg-front", (allow("10.0.1.0/24"),)))  # nodes and endpoint ENIs, not the client
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"sg.ingress.no_rule"}
    net.add("security_groups", group("sg-front", (allow(f"{CLIENT}/32"),)))
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"delivered"}
    net.add("security_groups", group("sg-front", (allow("sg-open"),)))  # the consumer's group says nothing here
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"sg.ingress.no_rule"}
    net.change("load_balancers", net.arn, enforce_security_group_inbound_rules_on_private_link_traffic="off")
    asked = net.ask(CLIENT, ENDPOINT_A)
    assert asked.outcomes == {"delivered"}
    assert format_address(asked.seen_by_target.src) == NODE_A


def test_es2_outbound_rules_of_the_balancer_hold_for_targets() -> None:
    net = Linked()
    net.wear("sg-front")
    net.add("security_groups", group("sg-front", ANYWHERE, (allow("10.0.12.0/24"),)))
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"sg.egress.no_rule"}
    assert net.ask(CLIENT, ENDPOINT_B).outcomes == {"delivered"}


def test_the_endpoints_own_group_comes_first() -> None:
    net = Linked()
    net.add("security_groups", group("sg-endpoint", (allow("192.168.0.0/16"),)))
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"sg.ingress.no_rule"}


def test_es4_an_endpoint_reaches_targets_of_its_own_zone() -> None:
    net = Linked()
    assert net.ask(CLIENT, ENDPOINT_A).arrivals == {"eni-ta"}
    assert net.ask(CLIENT, ENDPOINT_B).arrivals == {"eni-tb"}
    net.group("TCP", target("i-tb"))
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"lb.not_cross_zone"}
    net.attributes(load_balancing__cross_zone__enabled="true")
    assert net.ask(CLIENT, ENDPOINT_A).arrivals == {"eni-tb"}


def test_es3_the_service_must_be_in_the_endpoints_zone() -> None:
    net = Linked()
    net.change("load_balancers", net.arn, availability_zones=(LbZone(zone_name="az-a", subnet_id="subnet-na"),))
    del net.records["network_interfaces"]["eni-nb"]
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"delivered"}
    assert net.ask(CLIENT, ENDPOINT_B).outcomes == {"endpoint.service_az"}


def test_es3_across_accounts_zone_ids_count() -> None:
    net = Linked()
    net.in_zones("apne1-az4", "apne1-az4")
    assert net.ask(CLIENT, ENDPOINT_A).outcomes >= {"delivered"}
    net.change("subnets", "subnet-nb", availability_zone_id="apne1-az1")
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"delivered"}
    net.in_zones("apne1-az2", "apne1-az4")
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"endpoint.service_az"}
    net.in_zones("", "apne1-az4")  # the consumer's id is not known, and names mean nothing across accounts
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"unknown.load_balancer"}


def test_es5_several_balancers_are_a_choice() -> None:
    net = Linked()
    second = PREFIX + "loadbalancer/net/second/aaaa"
    net.change("vpc_endpoint_service_configurations", "vpce-svc-1", network_load_balancer_arns=(net.arn, second))
    asked = net.ask(CLIENT, ENDPOINT_A)
    assert asked.outcomes == {"delivered", "unknown.load_balancer"}
    assert "choice.endpoint_nlb" in asked.notes()


@pytest.mark.parametrize("state", ["pendingAcceptance", "rejected"])
def test_es6_acceptance(state: str) -> None:
    net = Linked()
    net.change("vpc_endpoints", "vpce-1", state=state)
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"endpoint.acceptance"}


def test_the_services_own_state() -> None:
    net = Linked()
    net.change("vpc_endpoint_service_configurations", "vpce-svc-1", service_state="Failed")
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"endpoint.service_state"}


def test_es8_from_another_region_any_zone_serves() -> None:
    net = Linked()
    net.change("vpc_endpoints", "vpce-1", service_region="eu-central-1")
    assert net.ask(CLIENT, ENDPOINT_A).arrivals == {"eni-ta", "eni-tb"}


def test_ports_are_the_listeners() -> None:
    net = Linked()
    assert net.ask(CLIENT, ENDPOINT_A, 22).outcomes == {"lb.no_listener"}


def test_direct_and_privatelink_flows_of_one_node_are_kept_apart() -> None:
    net = Linked()
    net.eni("eni-direct", "10.0.3.10", "subnet-c", groups=("sg-open",))
    net.group("TCP", target("i-ta"), preserve_client_ip__enabled="false")
    estate = net.estate()
    assert ask(estate, "10.0.3.10", NODE_A).outcomes == {"delivered"}
    assert ask(estate, CLIENT, ENDPOINT_A).outcomes == {"delivered"}


def test_a_service_of_which_only_the_consumers_side_is_known() -> None:
    net = Linked()
    net.records["vpc_endpoint_service_configurations"].clear()
    asked = net.ask(CLIENT, ENDPOINT_A)
    assert asked.outcomes == {"delivered"}
    assert asked.arrivals == {"vpce-1"}
    assert "note.endpoint_service_assumed" in asked.notes()
    net.add("vpc_endpoint_services", VpcEndpointService(service_name=SERVICE, availability_zones=("az-b",)))
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"endpoint.service_az"}  # ES3
    assert net.ask(CLIENT, ENDPOINT_B).outcomes == {"delivered"}


def test_a_target_of_the_provider_cannot_open_connections_to_the_consumer() -> None:
    """IE6: one way only; the address is one of the provider's own here."""
    net = Linked()
    assert GROUP in net.records["target_groups"]
    assert "delivered" not in net.ask(TARGET_A, CLIENT).outcomes


def test_a_route_to_the_provider_is_not_needed_and_not_used() -> None:
    net = Linked()
    table = net.records["route_tables"]["rtb-cc"]
    hole = Route(destination_cidr_block="10.0.11.0/24", vpc_peering_connection_id="pcx-gone", state="blackhole")
    net.change("route_tables", "rtb-cc", routes=(*table.routes, hole))
    assert net.ask(CLIENT, ENDPOINT_A).outcomes == {"delivered"}
