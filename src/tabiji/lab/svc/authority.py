"""The lab's certificate authority: keys in memory only, leaves on demand (LAB46).

A leaf is made when a handshake first asks for its set of names.  Files that
guests need (the bundle with the lab's CA in it) are written by ``ca_files``.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

SYSTEM_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
VARIABLES: Final = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables by which clients take another set of CAs (LAB46)."""
MOST_LEAVES = 4096
_LIFE = timedelta(days=30)
_BACK = timedelta(days=1)

NamesFor = Callable[["Connection", str], "tuple[Authority, tuple[str, ...]]"]


class Connection(ssl.SSLSocket):
    """A TLS connection that remembers what it was asked for."""

    sni: str = ""
    arrival: Any = None


class Authority:
    """A CA with one EC key, and the leaves it has signed."""

    def __init__(self, name: str = "tabiji lab") -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} CA")])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        self._issued_by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
        builder = self._builder(self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(usage, critical=True).add_extension(identifier, critical=False)
        self._certificate = builder.sign(self._key, hashes.SHA256())
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}
        self._lock = threading.Lock()

    @property
    def pem(self) -> str:
        """The CA's certificate."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return str(self._certificate.public_bytes(Encoding.PEM).decode())

    def _builder(self, subject: Any, key: Any) -> Any:
        from cryptography import x509

        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - _BACK).not_valid_after(now + _LIFE)

    def leaf(self, names: tuple[str, ...]) -> bytes:
        """A certificate with these names (host names, wildcards, addresses) and its key, as PEM."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

        common = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
        builder = self._builder(common, self._leaf_key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, critical=False).add_extension(self._issued_by, critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        key = self._leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pem: bytes = certificate.public_bytes(Encoding.PEM)
        return pem + bytes(key)

    def context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        """A server context that shows a certificate with these names."""
        with self._lock:
            found = self._contexts.get(names)
            if found is None:
                if len(self._contexts) >= MOST_LEAVES:
                    self._contexts.clear()
                found = self._contexts[names] = _context()
                _load(found, self.leaf(names))
            return found


class Terminator:
    """Shows each client the certificate of the server it asked, by address, mark and SNI."""

    def __init__(self, names_for: NamesFor) -> None:
        self._names_for = names_for
        self._first = _context()
        self._first.sslsocket_class = Connection
        self._first.sni_callback = self._choose

    def _choose(self, connection: Any, sni: str | None, _: ssl.SSLContext) -> int | None:
        connection.sni = (sni or "").lower()
        try:
            authority, names = self._names_for(connection, connection.sni)
            connection.context = authority.context(names)
        except Exception:  # OpenSSL calls this: nothing may get through
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None

    def accept(self, connection: Any, arrival: Any, timeout: float) -> Connection:
        """Do the handshake.  Raises OSError (ssl.SSLError is one) when it fails."""
        connection.settimeout(timeout)
        tls = self._first.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        assert isinstance(tls, Connection)
        tls.arrival = arrival
        try:
            tls.do_handshake()
        except BaseException:
            tls.close()
            raise
        return tls


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """Give a context its certificate; OpenSSL reads files only, so it gets one that is memory."""
    file = os.memfd_create("leaf", os.MFD_CLOEXEC)
    try:
        os.write(file, pem)
        context.load_cert_chain(f"/proc/self/fd/{file}")
    finally:
        os.close(file)


def _general(name: str) -> Any:
    import ipaddress

    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode() if not name.isascii() else name)


class CaFiles(msgspec.Struct, frozen=True):
    """A bundle on disk (certificates only) and the variables that make clients take it."""

    bundle: str
    environment: dict[str, str]


def ca_files(folder: str, pems: Iterable[str], given: Mapping[str, str] | None = None) -> CaFiles:
    """Write the system's CAs and the lab's into one file for guests (LAB46).

    ``given`` is the guest's own environment: a variable it sets itself stays
    out, as the real host's choice of CAs is part of the model.  Lay the bundle
    over the system's too: some clients know no variable.  Raises OSError.
    """
    system = next((path for path in SYSTEM_BUNDLES if os.path.exists(path)), "")
    path = os.path.join(folder, "ca-bundle.crt")
    with open(path, "w", encoding="ascii", errors="replace") as out:
        if system:
            with open(system, encoding="ascii", errors="replace") as file:
                out.write(file.read().rstrip("\n") + "\n")
        for pem in pems:
            out.write(pem)
    return CaFiles(path, {name: path for name in VARIABLES if name not in (given or {})})
