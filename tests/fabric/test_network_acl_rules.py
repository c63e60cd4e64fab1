"""Network ACL rows (data-plane section 10)."""

from tabiji.estate.network_acl import NaclEntry, NetworkAcl
from tabiji.fabric.network_acl import rules_of


def test_na2_the_star_rows_of_both_families_are_no_rules() -> None:
    """AWS numbers the IPv4 one 32767 and the IPv6 one 32768; a refusal by either is one by ``*``."""
    acl = NetworkAcl(
        network_acl_id="acl-1",
        vpc_id="vpc-1",
        entries=(
            NaclEntry(rule_number=32768, egress=True, rule_action="deny", protocol="-1", ipv6_cidr_block="::/0"),
            NaclEntry(rule_number=32767, egress=True, rule_action="deny", protocol="-1", cidr_block="0.0.0.0/0"),
            NaclEntry(rule_number=32766, egress=True, rule_action="allow", protocol="-1", cidr_block="0.0.0.0/0"),
        ),
    )
    assert [rule.origin for rule in rules_of(acl, True)] == ["32766"]
