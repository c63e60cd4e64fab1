"""Where the client gets its Region and its credentials, and whom it asks for them (RQ18, RQ33-RQ35)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import RequestError
from .endpoint import target_of
from .model import CREDENTIALS, REGION, why
from .settings import Settings

if TYPE_CHECKING:
    from .planner import Planner

METADATA4, METADATA6 = "http://169.254.169.254", "http://[fd00:ec2::254]"  # RQ33g
CONTAINER = "http://169.254.170.2"  # RQ33h
KEYS = "aws_access_key_id"


def find_region(planner: Planner) -> None:
    """Set the planner's Region; cli-v2 asks instance metadata for one that is nowhere set (RQ18)."""
    settings = planner.settings
    planner.region = settings.region
    if settings.region_variable:
        planner.warn(why("aws.variable_ignored", "RQ17", client=planner.client.name, variable=settings.region_variable))
    if planner.region:
        return
    if not planner.client.asks_metadata:
        planner.warn(why("aws.region_missing", "RQ17", client=planner.client.name))
        return
    if _metadata_off(settings):
        planner.warn(why("aws.region_missing", "RQ18", client=planner.client.name))
        return
    reason = why("aws.metadata_region", "RQ18")
    base = metadata_url(settings)
    planner.plain(f"{base}/latest/api/token", reason, method="PUT", purpose=REGION, optional=True)
    path = "/latest/meta-data/placement/availability-zone/"
    planner.plain(base + path, reason, purpose=REGION, optional=True)
    told = planner.known.metadata_region
    if told is None:
        told = _region_of_place(planner)
        if told:
            planner.warn(why("aws.region_from_metadata", "RQ18", region=told))
    planner.region = told
    if not told:
        planner.warn(why("aws.region_missing", "RQ18", client=planner.client.name))


def _region_of_place(planner: Planner) -> str:
    """The Region of the interface the host has; empty outside AWS."""
    estate, eni = planner.estate, planner.eni
    if estate is None or eni not in estate.network_interfaces:
        return ""
    record = estate.network_interfaces[eni]
    zone = record.availability_zone
    if not zone and record.subnet_id in estate.subnets:
        zone = estate.subnets[record.subnet_id].availability_zone
    return zone.rstrip("abcdefghijklmnopqrstuvwxyz") if zone[-1:].isalpha() else ""


def _metadata_off(settings: Settings) -> bool:
    return settings.env("AWS_EC2_METADATA_DISABLED").lower() == "true"


def metadata_url(settings: Settings) -> str:
    """Where instance metadata is asked (RQ33g)."""
    given = settings.text("ec2_metadata_service_endpoint", "AWS_EC2_METADATA_SERVICE_ENDPOINT")
    if given:
        return given.rstrip("/")
    mode = settings.text("ec2_metadata_service_endpoint_mode", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")
    return METADATA6 if mode.lower() == "ipv6" else METADATA4


def find_credentials(planner: Planner) -> None:
    """Add the calls that come before the first signed one; raises Refused when there are no credentials."""
    if not planner.signed:  # RQ33j
        return
    settings = planner.settings
    section = settings.section(settings.profile)
    held = planner.known.credential_profiles
    if section is None and settings.profile != "default":
        if held is not None and settings.profile not in held:
            raise planner.refuse(why("aws.profile_missing", "RQ35", profile=settings.profile))
        planner.warn(why("aws.profile_unknown", "RQ35", profile=settings.profile))
    if settings.env("AWS_ACCESS_KEY_ID") and not settings.profile_given:  # RQ33a, RQ35: --profile beats them
        planner.account = settings.env("AWS_ACCOUNT_ID")
        return
    if section is not None and _from_profile(planner, settings.profile, ()):
        return
    if section is None and settings.profile != "default":
        return  # keys in the credentials file, of which the estate holds nothing
    if _web_identity(planner, settings.env("AWS_ROLE_ARN"), settings.env("AWS_WEB_IDENTITY_TOKEN_FILE")):
        return
    if not _container(planner):
        _last_resort(planner)


def _from_profile(planner: Planner, profile: str, seen: tuple[str, ...], as_source: bool = False) -> bool:
    """Credentials by what a profile says; False when it says nothing of them."""
    settings = planner.settings
    section = settings.section(profile)
    if section is None:
        planner.warn(why("aws.assumed_keys", "RQ33a", profile=profile))
        return True
    if profile in seen:
        if section.get(KEYS):  # a role profile may name itself for its own keys
            return True
        raise RequestError(f"{settings.place}: profile {seen[0]!r} comes back to itself over source_profile")
    role = _word(section, "role_arn")
    if as_source and profile in seen[:-1]:
        role = ""
    if role and not section.get("web_identity_token_file"):
        _assume(planner, profile, section, role, seen)
        return True
    if _web_identity(planner, role, _word(section, "web_identity_token_file")):
        return True
    if section.get("sso_start_url") or section.get("sso_session"):
        _sso(planner, profile, section)
        return True
    if section.get("login_session"):
        planner.warn(why("aws.login_session", profile=profile))
        return True
    if section.get(KEYS) or section.get("credential_process"):  # RQ33a
        planner.account = _word(section, "aws_account_id")
        return True
    if as_source:
        planner.warn(why("aws.assumed_keys", "RQ33a", profile=profile))
        return True
    return False


def _word(section: dict[str, Any], key: str) -> str:
    value = section.get(key, "")
    return value if isinstance(value, str) else ""


def _assume(planner: Planner, profile: str, section: dict[str, Any], role: str, seen: tuple[str, ...]) -> None:
    """RQ33b-d: the source's credentials first, then AssumeRole in the Region in force."""
    planner.account = _account(role)
    if planner.known.cached_role:  # RQ35
        planner.warn(why("aws.role_cached", "RQ35", profile=profile))
        return
    source = _word(section, "source_profile")
    how = _word(section, "credential_source")
    if source:
        if source == profile:
            if not section.get(KEYS):
                planner.warn(why("aws.assumed_keys", "RQ33a", profile=profile))
        else:
            _from_profile(planner, source, (*seen, profile), as_source=True)
    elif how == "Ec2InstanceMetadata":  # RQ33d
        _metadata(planner)
    elif how == "EcsContainer":
        if not _container(planner):
            raise RequestError(
                f"{planner.settings.place}: profile {profile!r} wants container credentials, which have no address"
            )
    elif how != "Environment":
        raise RequestError(
            f"{planner.settings.place}: profile {profile!r} has a role but no source_profile or credential_source"
        )
    _sts(planner, "AssumeRole", role, why("aws.assume_role", "RQ33b", "RQ35", profile=profile, role=role))
    planner.account = _account(role)


def _account(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else ""


def _sts(planner: Planner, operation: str, role: str, reason: Any) -> None:
    account, planner.account = planner.account, ""
    call = planner.api(
        "sts", operation, {"RoleArn": role}, target=target_of(planner, "sts"), purpose=CREDENTIALS, optional=True,
        reason=None,
    )  # fmt: skip
    planner.account = account
    name = call.why
    planner.steps[-1] = _replaced(call, reason)
    if name.code == "aws.name.sts_global":
        planner.warn(name)


def _replaced(call: Any, reason: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(call, why=reason)


def _web_identity(planner: Planner, role: str, file: str) -> bool:
    """RQ33e."""
    if not role or not file:
        return False
    _sts(planner, "AssumeRoleWithWebIdentity", role, why("aws.web_identity", "RQ33e", role=role))
    planner.account = _account(role)
    return True


def _sso(planner: Planner, profile: str, section: dict[str, Any]) -> None:
    """RQ33f: the portal's Region is the session's, whatever the command's."""
    session = _word(section, "sso_session")
    where = planner.settings.sections.get(f"sso-session {session}", {}) if session else section
    region = _word(where, "sso_region")
    if not region:
        raise RequestError(f"{planner.settings.place}: profile {profile!r} has no sso_region")
    planner.account = ""
    planner.api(
        "sso", "GetRoleCredentials",
        {"roleName": _word(section, "sso_role_name"), "accountId": _word(section, "sso_account_id")},
        target=target_of(planner, "sso", region), purpose=CREDENTIALS, optional=True,
        reason=why("aws.sso", "RQ33f", profile=profile, region=region),
    )  # fmt: skip
    planner.account = _word(section, "sso_account_id")


def _container(planner: Planner) -> bool:
    """RQ33h, RQ33i."""
    settings = planner.settings
    relative = settings.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    full = settings.env("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if relative:
        planner.plain(CONTAINER + "/" + relative.lstrip("/"), why("aws.container", "RQ33h"))
    elif full:
        planner.plain(full, why("aws.pod_identity", "RQ33i"))
    return bool(relative or full)


def _last_resort(planner: Planner) -> None:
    """Instance metadata; off AWS it is taken that there are keys in the credentials file."""
    settings = planner.settings
    on_aws = bool(planner.eni)
    role = planner.known.instance_role
    if role is None and not on_aws:
        planner.warn(why("aws.assumed_keys", "RQ33a", profile=settings.profile))
        return
    if role is None:
        kind = _interface_type(planner)
        if kind == "lambda":  # a function has its keys in its environment
            return
        planner.warn(why("aws.assumed_role", "RQ33g"))
    if _metadata_off(settings):
        raise planner.refuse(why("aws.no_credentials", "RQ35"))
    _metadata(planner, role is not False)
    if role is False:
        raise planner.refuse(why("aws.no_credentials", "RQ35"))


def _interface_type(planner: Planner) -> str:
    estate = planner.estate
    if estate is None or planner.eni not in estate.network_interfaces:
        return ""
    return str(estate.network_interfaces[planner.eni].interface_type)


def _metadata(planner: Planner, answers: bool = True) -> None:
    """RQ33g: a token, the role's name, its credentials; each once (RQ35)."""
    base = metadata_url(planner.settings)
    reason = why("aws.metadata_credentials", "RQ33g")
    planner.plain(f"{base}/latest/api/token", reason, method="PUT")
    path = "/latest/meta-data/iam/security-credentials/"
    planner.plain(base + path, reason)
    if answers:
        planner.plain(f"{base}{path}role", reason)
