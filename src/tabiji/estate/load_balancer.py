"""Elastic Load Balancing: v2 (ALB, NLB, GWLB) and Classic Load Balancers."""

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


class FixedResponse(Record, frozen=True, kw_only=True):
    """An answer the load balancer gives itself."""

    status_code: str = ""


class Redirect(Record, frozen=True, kw_only=True):
    """Where the load balancer sends the client instead; ``#{host}`` and the like stand for the request's own."""

    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    status_code: str = ""


class LbAction(Record, frozen=True, kw_only=True):
    """What a listener or rule does: ``forward``, ``redirect``, ``fixed-response``, ``authenticate-oidc``..."""

    type: str = "forward"
    target_group_arn: str = ""
    forward_config: ForwardConfig | None = None
    fixed_response_config: FixedResponse | None = None
    redirect_config: Redirect | None = None
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
    """Values of a rule condition; ``regex_values`` where the rule uses regular expressions instead."""

    values: tuple[str, ...] = ()
    regex_values: tuple[str, ...] = ()


class RuleCondition(Record, frozen=True, kw_only=True):
    """A condition of a listener rule; any of its values will do.

    ``field``: ``host-header``, ``path-pattern``, ``http-request-method``,
    ``source-ip``, ``http-header`` or ``query-string``.
    """

    field: str = ""
    values: tuple[str, ...] = ()
    regex_values: tuple[str, ...] = ()
    host_header_config: ConditionValues | None = None
    path_pattern_config: ConditionValues | None = None
    http_request_method_config: ConditionValues | None = None
    source_ip_config: ConditionValues | None = None

    def config(self) -> ConditionValues:
        """Its values, whichever of the two ways the API gives them in."""
        named = {
            "host-header": self.host_header_config,
            "path-pattern": self.path_pattern_config,
            "http-request-method": self.http_request_method_config,
            "source-ip": self.source_ip_config,
        }.get(self.field)
        return named or ConditionValues(values=self.values, regex_values=self.regex_values)


class ListenerRule(Record, frozen=True, kw_only=True):
    """``describe-rules``."""

    rule_arn: str
    listener_arn: str = ""
    priority: str = "default"
    conditions: tuple[RuleCondition, ...] = ()
    actions: tuple[LbAction, ...] = ()
    is_default: bool = False

    def listener(self) -> str:
        """ARN of its listener; the API does not print it, but a rule's own ARN holds it."""
        return self.listener_arn or self.rule_arn.replace(":listener-rule/", ":listener/").rpartition("/")[0]


class TargetGroup(Record, frozen=True, kw_only=True):
    """``describe-target-groups``."""

    target_group_arn: str
    target_group_name: str = ""
    protocol: str = "TCP"
    port: int | None = None
    vpc_id: str = ""
    target_type: str = "instance"
    ip_address_type: str = "ipv4"
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


class ClassicListener(Record, frozen=True, kw_only=True):
    """Ports and protocols in front and behind."""

    protocol: str = "TCP"
    load_balancer_port: int = 0
    instance_protocol: str = "TCP"
    instance_port: int = 0


class ClassicListenerDescription(Record, frozen=True, kw_only=True):
    """The envelope around a listener."""

    listener: ClassicListener = ClassicListener()


class ClassicInstance(Record, frozen=True, kw_only=True):
    """A registered instance."""

    instance_id: str


class ClassicLoadBalancer(Record, frozen=True, kw_only=True):
    """``elb describe-load-balancers`` (Classic).  Names are unique in one account and Region only.

    The API tells health and cross-zone balancing elsewhere
    (``describe-instance-health``, ``describe-load-balancer-attributes``).
    """

    load_balancer_name: str
    vpc_id: str = msgspec.field(default="", name="VPCId")
    dns_name: str = msgspec.field(default="", name="DNSName")
    scheme: str = "internal"
    listener_descriptions: tuple[ClassicListenerDescription, ...] = ()
    instances: tuple[ClassicInstance, ...] = ()
    subnets: tuple[str, ...] = ()
    availability_zones: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
