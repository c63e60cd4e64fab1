"""From an API operation and its parameters to a URL: botocore's endpoint rules with the client's own inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from .clients import STS_LEGACY_REGIONS, legacy_name
from .model import Refused, Why, why
from .models import global_region, model, provider, scope
from .settings import Settings

if TYPE_CHECKING:
    from .planner import Planner


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where an operation goes: base URL, signature, and the reason for the name."""

    url: str
    region: str
    signing_name: str = ""
    signing_region: str = ""
    signing: str = "v4"
    why: Why


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """How one service is reached in one command: Region, given URL, s3 settings."""

    service: str
    region: str
    url: str = ""
    source: str = ""
    """Where the URL comes from: option, variable or section."""
    legacy: bool = False
    """The URL is CLI v1's own old name (RQ27)."""


def target_of(planner: Planner, service: str, region: str | None = None, own: bool = False) -> Target:
    """How a service is reached; ``own``: it is the command's own, which --endpoint-url moves (RQ22)."""
    settings = planner.settings
    where = planner.region if region is None else region
    given = settings.options.get("endpoint-url") if own else ""
    if given:
        return Target(service=service, region=where, url=given, source="--endpoint-url")
    old = legacy_name(service, where) if own and settings.client.legacy_names else ""
    if old:  # RQ27
        if service == "health":
            where = "cn-northwest-1" if old.endswith(".cn") else "us-east-1"
        return Target(service=service, region=where, url=f"https://{old}", legacy=True)
    url, source = settings.endpoint_url(service)
    return Target(service=service, region=where, url=url, source=source)


def resolve(planner: Planner, target: Target, operation: str, parameters: Mapping[str, Any]) -> Endpoint:
    """The endpoint of one operation; raises Refused when the client would give up."""
    settings, service = planner.settings, target.service
    metadata = model(service)["metadata"]
    region = target.region or global_region(service)
    if not region:
        raise Refused(why("aws.no_region", "RQ17", service=service, client=settings.client.name))  # RQ17
    if settings.client.old_s3 and service == "s3":
        from .old_s3 import endpoint

        return endpoint(target, region, parameters)
    inputs = _inputs(planner, target, region, operation, parameters)
    from botocore.exceptions import EndpointProviderError

    try:
        found = provider(service).resolve_endpoint(**inputs)
    except EndpointProviderError as error:
        said = " ".join(str(getattr(error, "kwargs", {}).get("msg", error)).split())
        raise Refused(why("aws.endpoint_refused", service=service, said=said)) from None
    scheme = _scheme(planner, found.properties.get("authSchemes", ()), service)
    open_scope = {} if scheme.get("signingRegion") else scope(service, region)
    plain = "us-east-1" if region == "aws-global" else region
    return Endpoint(
        url=found.url,
        region=plain,
        signing_name=scheme.get("signingName") or metadata.get("signingName") or metadata["endpointPrefix"],
        signing_region=scheme.get("signingRegion")
        or ",".join(scheme.get("signingRegionSet", ()))
        or open_scope.get("region", plain),
        signing={"sigv4a": "v4a", "sigv4-s3express": "v4-s3express"}.get(scheme.get("name", ""), "v4"),
        why=_reason(planner, target, inputs, found.url),
    )


def _inputs(
    planner: Planner, target: Target, region: str, operation: str, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of the rules' parameters: the operation's, else the client's settings."""
    service_model = model(target.service)
    row = service_model["operations"][operation]
    shape = service_model["shapes"].get(row.get("input", {}).get("shape", ""), {})
    members = {
        member["contextParam"]["name"]: name
        for name, member in shape.get("members", {}).items()
        if "contextParam" in member
    }
    static = row.get("staticContextParams", {})
    paths = row.get("operationContextParams", {})
    built = _builtins(planner, target, region, operation, parameters)
    out: dict[str, Any] = {}
    for name, definition in provider(target.service).ruleset.parameters.items():
        value: Any = None
        if name in static:
            value = static[name]["value"]
        elif name in members:
            value = parameters.get(members[name])
        elif name in paths:
            import jmespath

            value = jmespath.search(paths[name]["path"], dict(parameters)) or None
        if value is None and definition.builtin is not None:
            value = built.get(str(getattr(definition.builtin, "value", definition.builtin)))
        if value is not None:
            out[name] = value
    return out


def _builtins(
    planner: Planner, target: Target, region: str, operation: str, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    settings = planner.settings
    s3 = settings.s3
    given = bool(target.url)
    bucket = str(parameters.get("Bucket", ""))
    accelerate = s3.get("use_accelerate_endpoint", "").lower() == "true"
    style = s3.get("addressing_style", "")
    if accelerate:
        path_style = False
    elif given and "s3-accelerate" not in target.url:
        path_style = style != "virtual"  # RQ19
    else:
        path_style = style == "path"
    if operation == "GetBucketLocation":
        path_style = True  # RQ9
    elif bucket.startswith("arn:"):
        path_style = False
    dual = settings.flag("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT")
    if target.service in ("s3", "s3-control", "s3control") and "use_dualstack_endpoint" in s3:
        dual = s3["use_dualstack_endpoint"].lower() == "true"
    arn_region = settings.text("s3_use_arn_region", "AWS_S3_USE_ARN_REGION") or s3.get("use_arn_region", "")
    built: dict[str, Any] = {
        "AWS::Region": region,
        "AWS::UseFIPS": not given and settings.flag("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT"),
        "AWS::UseDualStack": not given and dual,
        "AWS::STS::UseGlobalEndpoint": _sts_global(settings, region),
        "AWS::S3::UseGlobalEndpoint": _s3_global(settings, region),
        "AWS::S3::Accelerate": accelerate,
        "AWS::S3::ForcePathStyle": path_style,
        "AWS::S3::UseArnRegion": arn_region.lower() != "false",
        "AWS::S3Control::UseArnRegion": arn_region.lower() == "true",
        "AWS::S3::DisableMultiRegionAccessPoints": settings.flag(
            "s3_disable_multiregion_access_points", "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS"
        ),
        "AWS::Auth::AccountId": planner.account,
        "AWS::Auth::AccountIdEndpointMode": settings.text("account_id_endpoint_mode", "AWS_ACCOUNT_ID_ENDPOINT_MODE")
        or "preferred",
    }
    if given:
        built["SDK::Endpoint"] = target.url
    if not planner.account:
        del built["AWS::Auth::AccountId"]
    return built


def _sts_global(settings: Settings, region: str) -> bool:
    """RQ34: the global STS name, for the old Regions only."""
    said = settings.text("sts_regional_endpoints", "AWS_STS_REGIONAL_ENDPOINTS") or "regional"
    legacy = settings.client.sts_global or (settings.client.sts_setting and said == "legacy")
    return legacy and region in STS_LEGACY_REGIONS


def _s3_global(settings: Settings, region: str) -> bool:
    """RQ10, RQ17: us-east-1 by the name without Region."""
    if region == "aws-global":
        return True
    variable = settings.env("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT")
    said = variable or settings.text("s3_us_east_1_regional_endpoint")
    said = said or settings.s3.get("us_east_1_regional_endpoint", "")
    return settings.client.global_s3 and region == "us-east-1" and said.lower() in ("", "legacy")


def _scheme(planner: Planner, schemes: Any, service: str) -> dict[str, Any]:
    """The first way of signing the client is able to; raises Refused when it has none (RQ13)."""
    for scheme in schemes:
        if scheme["name"] != "sigv4a" or planner.client.sigv4a:
            return dict(scheme)
    if schemes:
        raise Refused(why("aws.cannot_sign", "RQ13", service=service, client=planner.client.name))
    return {}


def _reason(planner: Planner, target: Target, inputs: Mapping[str, Any], url: str) -> Why:
    """Why the host is what it is, in the order in which the inputs outrank each other."""
    service, region = target.service, target.region
    if target.legacy:
        return why("aws.name.legacy", "RQ27", "ER2", service=service, region=region)
    if target.url and service in ("s3", "s3control"):
        return why("aws.name.given_s3", "RQ19", "RQ22", url=target.url, source=target.source)
    if target.url:
        return why("aws.name.given", "RQ36", url=target.url, source=target.source)
    bucket = str(inputs.get("Bucket", ""))
    host = url.partition("://")[2].partition("/")[0]
    if service == "s3" and bucket.startswith("arn:"):
        return why("aws.name.arn", "RQ13", arn=bucket)
    if inputs.get("Accelerate") and "s3-accelerate" in host:
        return why("aws.name.accelerate", "RQ12", bucket=bucket)
    if service == "s3" and bucket and host.startswith(f"{bucket}."):
        return why("aws.name.virtual_host", "RQ8", bucket=bucket)
    if service == "s3" and bucket:
        return why("aws.name.path_style", "RQ9", bucket=bucket)
    if inputs.get("UseFIPS"):
        return why("aws.name.fips", "RQ12", "RQ25", service=service)
    if inputs.get("UseDualStack"):
        return why("aws.name.dualstack", "RQ12", "RQ25", service=service)
    if ".ddb." in host or "control-kinesis" in host:
        return why("aws.name.account", "RQ30", account=host.partition(".")[0])
    if service == "sts" and host.startswith("sts.amazonaws"):
        return why("aws.name.sts_global", "RQ34", region=region or "-")
    if region and f".{region}." not in host and f"-{region}." not in host:
        return why("aws.name.outside", "RQ23", service=service, region=region)
    if not region:
        return why("aws.name.without_region", "RQ17", service=service)
    return why("aws.name.regional", "N5.1", service=service, region=region)
