import pytest

from tabiji.estate import Change, Coverage, Estate, Scope
from tabiji.estate.coverage import ABSENT, COLLECTED, DENIED
from tabiji.estate.kinds import KINDS, record_id
from tabiji.estate.network_interface import EniAddress, EniGroup, NetworkInterface, PublicAssociation
from tabiji.estate.route_table import RouteTable, RouteTableAssociation
from tabiji.estate.vpc import CidrAssociation, CidrState, Vpc
from tabiji.packet.address import parse_address


def eni(name, address, vpc="vpc-1", public="", groups=()):
    return NetworkInterface(
        network_interface_id=name,
        vpc_id=vpc,
        private_ip_address=address,
        private_ip_addresses=(
            EniAddress(
                private_ip_address=address,
                primary=True,
                association=PublicAssociation(public_ip=public) if public else None,
            ),
        ),
        groups=tuple(EniGroup(group_id=g) for g in groups),
    )


def test_every_kind_has_a_record_and_identifying_fields_of_it():
    for kind in KINDS:
        assert all(hasattr(kind.record, field) for field in kind.id), kind.name


def test_tables_answer_by_attribute_and_refuse_unknown_kinds():
    estate = Estate.of(vpcs=[Vpc(vpc_id="vpc-1", cidr_block="10.0.0.0/16")])
    assert list(estate.vpcs) == ["vpc-1"]
    assert estate.availability_zones == {}
    with pytest.raises(AttributeError):
        _ = estate.unicorns
    with pytest.raises(KeyError, match="unicorns"):
        Estate({"unicorns": {}})


def test_rt2_cidrs_are_those_associated_primary_first():
    vpc = Vpc(
        vpc_id="vpc-1",
        cidr_block="10.0.0.0/16",
        cidr_block_association_set=(
            CidrAssociation(cidr_block="10.0.0.0/16"),
            CidrAssociation(cidr_block="10.9.0.0/16"),
            CidrAssociation(cidr_block="10.8.0.0/16", cidr_block_state=CidrState(state="disassociated")),
        ),
    )
    assert vpc.cidrs() == ("10.0.0.0/16", "10.9.0.0/16")


def test_a_change_gives_another_estate_and_keeps_indexes_it_does_not_touch():
    before = Estate.of(network_interfaces=[eni("eni-1", "10.0.0.5", public="203.0.113.5")])
    assert before.public_addresses[parse_address("203.0.113.5")] == ("eni-1", parse_address("10.0.0.5"))
    table = RouteTable(route_table_id="rtb-1", vpc_id="vpc-1", associations=(RouteTableAssociation(main=True),))
    after = before.with_changes([Change("route_tables", "rtb-1", table)])
    assert before.main_route_tables == {}
    assert after.main_route_tables == {"vpc-1": "rtb-1"}
    assert after.public_addresses is before.public_addresses
    gone = after.with_changes([Change("network_interfaces", "eni-1")])
    assert gone.public_addresses == {}
    assert after.eni_by_address["vpc-1"][parse_address("10.0.0.5")] == "eni-1"


def test_one_address_in_two_vpcs_is_two_enis():
    estate = Estate.of(network_interfaces=[eni("eni-1", "10.0.0.5"), eni("eni-2", "10.0.0.5", vpc="vpc-2")])
    value = parse_address("10.0.0.5")
    assert {vpc: owned[value] for vpc, owned in estate.eni_by_address.items()} == {"vpc-1": "eni-1", "vpc-2": "eni-2"}


def test_coverage_tells_collected_absent_and_denied_apart():
    tokyo, osaka = Scope("1", "ap-northeast-1"), Scope("1", "ap-northeast-3")
    coverage = Coverage(complete=False, states={(tokyo, "vpcs"): COLLECTED, (tokyo, "tgw_routes"): DENIED})
    assert coverage.state("vpcs") == COLLECTED
    assert coverage.state("vpcs", osaka) == ABSENT
    assert coverage.state("tgw_routes", tokyo) == DENIED
    assert Coverage().has("anything")


def test_ids_of_several_fields_are_joined():
    kind = next(k for k in KINDS if k.name == "security_group_vpc_associations")
    record = kind.record(group_id="sg-1", vpc_id="vpc-1")
    assert record_id(kind, record) == "sg-1/vpc-1"
