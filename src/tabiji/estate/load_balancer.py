"""Elastic Load Balancing v2 (ALB, NLB, GWLB)."""

from __future__ import annotations

import msgspec

from .record import Record


class LbAddress(Record, frozen=True, kw_only=True):
    """A fixed address of an NLB node."""

    ip_address: str = ""
    allocation_id: str = ""
    private_ipv4_address: str = msgspec.field(default="", name="PrivateIPv4Address")
    ipv6_address: str = msgspec.field(default="", name="IPv6Address")


class LbZone(Record, frozen=True, kw_only=True):
    """A zone a load balancer is enabled in."""

    zone_name: str = ""
    subnet_id: str = ""
    load_balancer_addresses: tuple[LbAddress, ...] = ()


class LbState(Record, frozen=True, kw_only=True):
    """``active``, ``provisioning``, ``failed``..."""

    code: str = "active"


class LoadBalancer(Record, frozen=True, kw_only=True):
    """``elbv2 describe-load-balancers``."""

    load_balancer_arn: str
    load_balancer_name: str = ""
    dns_name: str = msgspec.field(default="", name="DNSName")
    scheme: str = "internal"
    type: str = "network"
    vpc_id: str = ""
    state: LbState = LbState()
    availability_zones: tuple[LbZone, ...] = ()
    security_groups: tuple[str, ...] = ()
    ip_address_type: str = "ipv4"
    enforce_security_group_inbound_rules_on_private_link_traffic: str = ""


class LbAttribute(Record, frozen=True, kw_only=True):
    """One attribute."""

    key: str = ""
    value: str = ""


class LoadBalancerAttributes(Record, frozen=True, kw_only=True):
    """``describe-load-balancer-attributes`` of one load balancer, ARN put in by the collector."""

    load_balancer_arn: str
    attributes: tuple[LbAttribute, ...] = ()


class TargetGroupAttributes(Record, frozen=True, kw_only=True):
    """``describe-target-group-attributes`` of one target group, ARN put in by the collector."""

    target_group_arn: str
    attributes: tuple[LbAttribute, ...] = ()


class ForwardTarget(Record, frozen=True, kw_only=True):
    """A target group and its weight."""

    target_group_arn: str = ""
    weight: int = 1


class ForwardConfig(Record, frozen=True, kw_only=True):
    """Weighted forward."""

    target_groups: tuple[ForwardTarget, ...] = ()


class LbAction(Record, frozen=True, kw_only=True):
    """What a listener or rule does."""

    type: str = "forward"
    target_group_arn: str = ""
    forward_config: ForwardConfig | None = None
    order: int = 1


class Listener(Record, frozen=True, kw_only=True):
    """``describe-listeners``."""

    listener_arn: str
    load_balancer_arn: str = ""
    port: int | None = None
    protocol: str = "TCP"
    default_actions: tuple[LbAction, ...] = ()


class LoadBalancerListeners(Record, frozen=True, kw_only=True):
    """The listeners of one load balancer, ARN put in by the collector."""

    load_balancer_arn: str
    listeners: tuple[Listener, ...] = ()


class ConditionValues(Record, frozen=True, kw_only=True):
    """Values of a rule condition."""

    values: tuple[str, ...] = ()


class RuleCondition(Record, frozen=True, kw_only=True):
    """A condition of a listener rule."""

    field: str = ""
    values: tuple[str, ...] = ()
    host_header_config: ConditionValues | None = None
    path_pattern_config: ConditionValues | None = None


class ListenerRule(Record, frozen=True, kw_only=True):
    """``describe-rules``."""

    rule_arn: str
    listener_arn: str = ""
    priority: str = "default"
    conditions: tuple[RuleCondition, ...] = ()
    actions: tuple[LbAction, ...] = ()
    is_default: bool = False


class TargetGroup(Record, frozen=True, kw_only=True):
    """``describe-target-groups``."""

    target_group_arn: str
    target_group_name: str = ""
    protocol: str = "TCP"
    port: int | None = None
    vpc_id: str = ""
    target_type: str = "instance"
    load_balancer_arns: tuple[str, ...] = ()


class TargetId(Record, frozen=True, kw_only=True):
    """A registered target."""

    id: str = ""
    port: int | None = None
    availability_zone: str = ""


class HealthState(Record, frozen=True, kw_only=True):
    """``healthy``, ``unhealthy``, ``initial``, ``unused``, ``draining``..."""

    state: str = "healthy"
    reason: str = ""


class TargetHealth(Record, frozen=True, kw_only=True):
    """A target and its health."""

    target: TargetId = TargetId()
    target_health: HealthState = HealthState()


class TargetHealthOfGroup(Record, frozen=True, kw_only=True):
    """``describe-target-health`` of one group, ARN put in by the collector."""

    target_group_arn: str
    target_health_descriptions: tuple[TargetHealth, ...] = ()
