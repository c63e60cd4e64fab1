"""Access keys of the lab and whom they stand for.

They are made from the identity, so that who hands them out (a guest's
environment, IMDS, STS) and who takes them need not talk.  Valid nowhere else.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from datetime import UTC, datetime, timedelta

import msgspec

from ....estate import Estate
from ....estate.policy import Principal

DEFAULT_ACCOUNT = "111122223333"
DEFAULT_ROLE = "tabiji-lab"
"""Role of an instance, and user of a host, of which the estate knows no principal."""
HOURS = 6.0
"""Life of a role's credentials."""


class Identity(msgspec.Struct, frozen=True):
    """Who signs: ``policy`` is the ARN the estate knows policies by, ``arn`` the one AWS shows."""

    policy: str
    arn: str

    @property
    def account(self) -> str:
        """Its account."""
        return self.arn.split(":", 5)[4]


class Credentials(msgspec.Struct, frozen=True):
    """Access key, secret and, for a role, a token and its end."""

    key: str
    secret: str
    token: str = ""
    expires: str = ""

    def environment(self) -> dict[str, str]:
        """As variables of a process."""
        out = {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret}
        return out | {"AWS_SESSION_TOKEN": self.token} if self.token else out


def credentials(identity: Identity, hours: float = HOURS) -> Credentials:
    """The credentials of an identity; those of a role session say when they end."""
    return _made(identity.arn, ":assumed-role/" in identity.arn, hours)


def _made(seed: str, session: bool, hours: float) -> Credentials:
    digest = hashlib.sha512(b"tabiji lab " + seed.encode()).digest()
    key = ("ASIA" if session else "AKIA") + base64.b32encode(digest[:10]).decode()
    secret = base64.b64encode(digest[10:40]).decode()
    if not session:
        return Credentials(key, secret)
    ends = (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Credentials(key, secret, base64.b64encode(digest).decode(), ends)


def account_of(estate: Estate) -> str:
    """The account of things nobody gave one: that of the first VPC."""
    found = (estate.account_of(vpc) for vpc in estate.vpcs)
    return next((account for account in found if account), DEFAULT_ACCOUNT)


def principal_used_by(estate: Estate, names: set[str]) -> Principal | None:
    """The principal whose requests leave from a machine with one of these names."""
    names = names | {estate.name(name) for name in names if name}
    return next((p for p in estate.principals.values() if names.intersection(p.used_by)), None)


def of_instance(estate: Estate, instance_id: str) -> Identity:
    """The role session of an instance: its principal, its profile's role, else a role of the lab."""
    instance = estate.instances[instance_id]
    enis = estate.enis_by_instance.get(instance_id, ())
    hosts = {estate.host_by_eni.get(eni, "") for eni in enis}
    principal = principal_used_by(estate, {instance_id, *enis, *hosts} - {""})
    if principal is not None:
        return session_of(principal.arn, instance_id)
    account = estate.account_of(instance.vpc_id) or account_of(estate)
    profile = instance.iam_instance_profile
    role = profile.arn.rpartition("/")[2] if profile is not None and profile.arn else DEFAULT_ROLE
    return session_of(f"arn:aws:iam::{account}:role/{role}", instance_id)


def of_host(estate: Estate, name: str) -> Identity:
    """Who a host's requests are signed by: its instance's role, its principal, else a user of the lab."""
    host = estate.hosts.get(name)
    eni = host.eni if host is not None else name
    instance = estate.instance_by_eni.get(eni, "")
    if instance in estate.instances:
        return of_instance(estate, instance)
    principal = principal_used_by(estate, {name, eni} - {""})
    if principal is not None:
        return session_of(principal.arn, name)
    arn = f"arn:aws:iam::{account_of(estate)}:user/{DEFAULT_ROLE}"
    return Identity(arn, arn)


def environment_of(estate: Estate, host: str) -> dict[str, str]:
    """Variables with the keys of a host that has no metadata service to ask; none for an instance."""
    identity = of_host(estate, host)
    record = estate.hosts.get(host)
    eni = record.eni if record is not None else host
    return {} if eni in estate.instance_by_eni else credentials(identity).environment()


def session_of(arn: str, session: str) -> Identity:
    """The session of a role under that name; users sign as themselves."""
    parts = arn.split(":", 5)
    if not parts[5].startswith("role/"):
        return Identity(arn, arn)
    role = parts[5].rpartition("/")[2]
    return Identity(arn, f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{role}/{session}")


class Keys:
    """Every key the lab takes: of all machines and principals, and those STS made since."""

    def __init__(self, estate: Estate) -> None:
        self._known: dict[str, Identity] | None = None
        self._made: dict[str, Identity] = {}
        self._count = 0
        self._lock = threading.Lock()
        self.use(estate)

    def use(self, estate: Estate) -> None:
        """Take another estate's machines and principals; STS's keys stay."""
        with self._lock:
            self.estate, self._known = estate, None

    def identity(self, key: str) -> Identity | None:
        """Whose key it is."""
        with self._lock:
            if self._known is None:
                self._known = {credentials(who).key: who for who in self._all()}
            return self._made.get(key) or self._known.get(key)

    def _all(self) -> list[Identity]:
        estate = self.estate
        out = [of_instance(estate, name) for name in estate.instances]
        out += [of_host(estate, name) for name in (*estate.hosts, "")]  # "": hosts only the plan knows
        out += [Identity(arn, arn) for arn in estate.principals]
        return out

    def assume(self, identity: Identity, hours: float) -> Credentials:
        """New credentials for a session (STS)."""
        with self._lock:
            self._count += 1
            made = _made(f"{identity.arn} {self._count}", True, hours)
            self._made[made.key] = identity
            return made
