"""The environment variables a program in a lab gets.

A host of the lab is another machine: of the caller's variables only those
pass that say who sits at the terminal and where programs are.  No
credentials, profiles or proxies go along; credentials come from the
instance's metadata service, as they would there.
"""

from __future__ import annotations

from collections.abc import Mapping

PASSED = frozenset(
    ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "LANG",
     "LANGUAGE", "TZ", "EDITOR", "PAGER", "LESS", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONIOENCODING")
)  # fmt: skip
TRUST = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables by which programs take another set of certificates to trust (LAB46)."""
SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)  # fmt: skip
"""Where programs look for certificates to trust if no variable says otherwise."""
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def passed(environment: Mapping[str, str]) -> dict[str, str]:
    """The caller's variables that go along."""
    return {name: value for name, value in environment.items() if name in PASSED or name.startswith("LC_")}


def of_program(
    caller: Mapping[str, str], host: str, region: str, trust: Mapping[str, str], own: Mapping[str, str]
) -> dict[str, str]:
    """All variables of a program: the caller's, the lab's, the host's own, which win.

    ``trust``: variables that name the certificates to trust, none where the lab has no services.
    """
    out = {"PATH": DEFAULT_PATH, **caller, "TABIJI_LAB_HOST": host}
    if region:
        out["AWS_DEFAULT_REGION"] = region
    return {**out, **trust, **own}
