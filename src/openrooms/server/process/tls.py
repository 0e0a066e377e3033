"""Certificates: the authority of the development service, and certificates that can be renewed while in use."""

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from openrooms._files import write_whole
from openrooms._startup import CannotStart

_AUTHORITY_LIFE = dt.timedelta(days=3650)
_LEAF_LIFE = dt.timedelta(days=90)
_RENEW_BEFORE = dt.timedelta(days=30)
# Clocks of other machines may be a little behind.
_BACKDATE = dt.timedelta(hours=1)
_PUBLIC = 0o644
TRUST_STORE_PASSWORD = "changeit"  # noqa: S105 - Java's own default, around a public certificate
"""Opens the trust store that `Authority` writes for Java."""


class Certificate:
    """A certificate and its key as files, and the TLS context that serves them."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Load the PEM files (they may be one); raise `CannotStart` if they cannot be used."""
        self._certificate = certificate
        self._key = key
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self.reload()

    def replace(self, file: Path) -> bool:
        """Use another PEM file, with certificate and key; return whether it is another one."""
        if file == self._certificate:
            return False
        self._certificate = self._key = file
        self.reload()
        return True

    def reload(self) -> None:
        """Use the current files for new connections; raise `CannotStart` and change nothing if they are invalid."""
        try:
            # If this failed half-way, the context would hold the new certificate with the old key.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._certificate, self._key, _no_password)
            self.context.load_cert_chain(self._certificate, self._key, _no_password)
        except OSError as error:
            reason = error.strerror if error.filename or not isinstance(error, ssl.SSLError) else error.reason
            raise CannotStart(
                f"cannot use the certificate {self._certificate} with the key {self._key}: {reason}"
            ) from error


class Authority:
    """A certificate authority in a folder, created at first use, for this machine.

    `ca.pem` is what clients trust (`ca.p12` the same for Java); `server.pem` holds the server's key and certificate.
    Files with a key have mode 600.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self.trust_store = folder / "ca.p12"
        self._key = folder / "ca.key"
        self._server = folder / "server.pem"

    def issue(self, now: dt.datetime, hosts: Iterable[str] = ()) -> Path:
        """Return the server's key and certificate as one PEM file, renewed if it ends soon or lacks a name.

        It is for localhost, 127.0.0.1, ::1, this machine's name and the `hosts`.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = [_general_name(host) for host in dict.fromkeys([*_local_hosts(), *hosts])]
        authority, key = self._load_authority(now) or self._make_authority(now)
        if not self._serves(authority, names, now):
            self._make_leaf(self._server, authority, key, names, now)
        return self._server

    def issue_expired(self, now: dt.datetime, hosts: Iterable[str] = ()) -> Path:
        """Return the key and a certificate that has expired, as one PEM file, for the same names."""
        self.issue(now, hosts)
        authority, key = self._load_authority(now) or self._make_authority(now)
        names = [_general_name(host) for host in dict.fromkeys([*_local_hosts(), *hosts])]
        file = self.folder / "expired.pem"
        self._make_leaf(file, authority, key, names, now - 2 * _LEAF_LIFE)
        return file

    def _load_authority(self, now: dt.datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
        try:
            certificate = x509.load_pem_x509_certificate(self.certificate.read_bytes())
            key = serialization.load_pem_private_key(self._key.read_bytes(), None)
        except (FileNotFoundError, ValueError):
            return None
        usable = isinstance(key, ec.EllipticCurvePrivateKey) and certificate.public_key() == key.public_key()
        # A certificate must not outlive its authority.
        if not usable or certificate.not_valid_after_utc < now + _LEAF_LIFE:
            return None
        return certificate, key  # type: ignore[return-value]  # `usable` has checked the type

    def _make_authority(self, now: dt.datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"openrooms development on {socket.gethostname()}")])
        certificate = (
            _builder(name, name, key.public_key(), key.public_key(), now, _AUTHORITY_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(authority=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        write_whole(self._key, _pem(key))
        trusted = [pkcs12.PKCS12Certificate(certificate, b"openrooms")]
        password = serialization.BestAvailableEncryption(TRUST_STORE_PASSWORD.encode())
        write_whole(self.trust_store, pkcs12.serialize_java_truststore(trusted, password), _PUBLIC)
        write_whole(self.certificate, certificate.public_bytes(serialization.Encoding.PEM), _PUBLIC)
        return certificate, key

    def _serves(self, authority: x509.Certificate, names: Iterable[x509.GeneralName], now: dt.datetime) -> bool:
        try:
            leaf = x509.load_pem_x509_certificate(self._server.read_bytes())
            leaf.verify_directly_issued_by(authority)
            has = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (FileNotFoundError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return False
        return leaf.not_valid_after_utc - _RENEW_BEFORE > now and set(names) <= set(has)

    def _make_leaf(
        self,
        file: Path,
        authority: x509.Certificate,
        authority_key: ec.EllipticCurvePrivateKey,
        names: list[x509.GeneralName],
        now: dt.datetime,
    ) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "openrooms development service")])
        certificate = (
            _builder(subject, authority.subject, key.public_key(), authority_key.public_key(), now, _LEAF_LIFE)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(authority_key, hashes.SHA256())
        )
        write_whole(file, _pem(key) + certificate.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    life: dt.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _local_hosts() -> list[str]:
    return ["localhost", "127.0.0.1", "::1", socket.gethostname()]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _no_password() -> str:
    # Without this, OpenSSL would ask on the terminal.
    raise CannotStart("the TLS key is encrypted; give one without a password, readable by this user only")
