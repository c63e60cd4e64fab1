"""What the modelled machine is set to: environment, config file, profile, Region, endpoint URLs (RQ33-RQ37, RQ61).

All of it comes from the host record of the estate, nothing from the machine
this program runs on.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ...estate.site import Host
from ..errors import RequestError
from .arguments import Words
from .clients import ATTEMPTS, Client
from .models import model

_ALIASES = {"runtime.sagemaker": "sagemaker-runtime"}


class Settings:
    """The settings in force for one command on one host."""

    def __init__(self, host: Host | None, options: Words, client: Client) -> None:
        self.host = host
        self.options = options
        self.client = client
        self.environment = _environment(host)
        self.sections = read_config(host)
        given = options.get("profile")
        self.profile_given = bool(given)
        self.profile = given or self.env("AWS_DEFAULT_PROFILE") or self.env("AWS_PROFILE") or "default"

    def env(self, name: str) -> str:
        """A variable of the host's environment, or nothing."""
        return self.environment.get(name, "")

    def section(self, profile: str) -> dict[str, Any] | None:
        """The settings of a profile; None when the config file has none of that name."""
        if profile == "default":
            return self.sections.get("default", self.sections.get("profile default"))
        return self.sections.get(f"profile {profile}")

    @cached_property
    def own(self) -> dict[str, Any]:
        """The settings of the profile in force."""
        return self.section(self.profile) or {}

    def text(self, key: str, variable: str = "") -> str:
        """A setting: the environment's, else the profile's."""
        if variable and variable in self.environment:
            return self.env(variable)
        value = self.own.get(key, "")
        return value if isinstance(value, str) else ""

    def flag(self, key: str, variable: str = "") -> bool:
        """A setting that is on or off."""
        return self.text(key, variable).lower() == "true"

    @cached_property
    def s3(self) -> dict[str, str]:
        """The nested ``s3`` settings."""
        found = self.own.get("s3", {})
        return found if isinstance(found, dict) else {}

    @cached_property
    def region(self) -> str:
        """The Region that is set; empty for none."""
        given = self.options.get("region")
        if given:
            return given
        for variable in self.client.region_variables:
            if self.env(variable):
                return self.env(variable)
        return self.text("region")

    @property
    def region_variable(self) -> str:
        """A Region variable this client does not read although it is set; empty otherwise."""
        ignored = [v for v in ("AWS_REGION",) if v not in self.client.region_variables and self.env(v)]
        return ignored[0] if ignored else ""

    def endpoint_url(self, service: str) -> tuple[str, str]:
        """RQ36: the URL configured for a service, and where: variable or section; empty for none."""
        ignore = self.flag("ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        if ignore or not self.client.configured_endpoints:
            return "", ""
        metadata = model(service)["metadata"]
        key = metadata.get("serviceId", service).replace(" ", "_").replace("-", "_").lower()
        for variable in (f"AWS_ENDPOINT_URL_{key.upper()}", "AWS_ENDPOINT_URL"):
            if self.env(variable):
                return self.env(variable), variable
        name = self.own.get("services", "")
        if name:
            rows = self.sections.get(f"services {name}")
            if rows is None:
                raise RequestError(f"{self.place}: profile {self.profile!r} names services {name!r}, which is missing")
            row = rows.get(key, {})
            if isinstance(row, dict) and row.get("endpoint_url"):
                return str(row["endpoint_url"]), f"[services {name}]"
        url = self.text("endpoint_url")
        return url, f"[{self.profile}]" if url else ""

    @property
    def place(self) -> str:
        """Whose config file, for messages."""
        return f"aws_config of {self.host.name}" if self.host is not None else "aws_config"

    @property
    def attempts(self) -> int:
        """How often a request is tried (RQ39)."""
        said = self.text("max_attempts", "AWS_MAX_ATTEMPTS")
        if said.isdigit() and int(said):
            return int(said)
        mode = self.text("retry_mode", "AWS_RETRY_MODE") or self.client.retry_mode
        return ATTEMPTS.get(mode, ATTEMPTS["standard"])


def _environment(host: Host | None) -> dict[str, str]:
    """The host's variables, those of its proxy record added."""
    if host is None:
        return {}
    out = dict(host.environment)
    low = {name.lower() for name in out}
    for name, value in (
        ("HTTP_PROXY", host.proxy.http),
        ("HTTPS_PROXY", host.proxy.https),
        ("NO_PROXY", ",".join(host.proxy.no_proxy)),
    ):
        if value and name.lower() not in low:
            out[name] = value
    return out


def read_config(host: Host | None) -> dict[str, dict[str, Any]]:
    """The config file: section -> key -> text, or a nested group of settings.

    Raises RequestError naming host and line.
    """
    sections: dict[str, dict[str, Any]] = {}
    if host is None or not host.aws_config:
        return sections
    here: dict[str, Any] | None = None
    key = ""
    for number, line in enumerate(host.aws_config.splitlines(), 1):
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        if text.startswith("["):
            name, closed, _ = text[1:].partition("]")
            if not closed or not name.strip():
                raise RequestError(f"aws_config of {host.name}, line {number}: no section name")
            here = sections.setdefault(" ".join(name.replace('"', "").split()), {})
            key = ""
            continue
        left, equals, right = text.partition("=")
        if here is None or not equals:
            raise RequestError(f"aws_config of {host.name}, line {number}: neither a section nor a setting")
        left, right = left.strip(), right.strip()
        if line[0].isspace() and key and isinstance(here.get(key), dict):
            here[key][left] = right
            continue
        key = left
        here[key] = right or {}
    return sections
