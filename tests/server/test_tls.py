"""The development certificate authority: what it issues, for which names, and when it renews."""

import datetime as dt
import socket
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12

from openrooms._startup import CannotStart
from openrooms.server.process.tls import TRUST_STORE_PASSWORD, Authority, Certificate

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "tls")


def test_certificate_names_this_machine_and_the_hosts(authority: Authority) -> None:
    names = read(authority.issue(NOW, ["rooms.example"])).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert set(names.value.get_values_for_type(x509.DNSName)) == {"localhost", socket.gethostname(), "rooms.example"}
    assert {str(address) for address in names.value.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("later", "hosts", "same_server", "same_authority"),
    [
        pytest.param(0 * DAY, (), True, True, id="at once"),
        pytest.param(59 * DAY, (), True, True, id="while it is valid for another month"),
        pytest.param(61 * DAY, (), False, True, id="less than a month before it expires"),
        pytest.param(0 * DAY, ("rooms.example",), False, True, id="for another host"),
        pytest.param(3600 * DAY, (), False, False, id="before the authority expires"),
    ],
)
def test_renewal(
    authority: Authority, later: dt.timedelta, hosts: tuple[str, ...], same_server: bool, same_authority: bool
) -> None:
    server, trusted = read(authority.issue(NOW)), read(authority.certificate)
    again = read(authority.issue(NOW + later, hosts))
    assert (again == server, read(authority.certificate) == trusted) == (same_server, same_authority)
    again.verify_directly_issued_by(read(authority.certificate))


@pytest.mark.parametrize("name", ["ca.pem", "ca.key", "server.pem"])
@pytest.mark.parametrize("damage", ["removed", "emptied"])
def test_damaged_file_is_replaced(authority: Authority, name: str, damage: str) -> None:
    server = authority.issue(NOW)
    file = authority.folder / name
    file.unlink() if damage == "removed" else file.write_bytes(b"")
    assert authority.issue(NOW) == server
    read(server).verify_directly_issued_by(read(authority.certificate))
    Certificate(server, server)


def test_only_the_owner_can_read_keys(authority: Authority) -> None:
    authority.issue(NOW)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in authority.folder.iterdir()}
    assert modes == {"ca.pem": 0o644, "ca.p12": 0o644, "ca.key": 0o600, "server.pem": 0o600}


def test_trust_store_for_java_has_the_authority(authority: Authority) -> None:
    authority.issue(NOW)
    store = authority.trust_store.read_bytes()
    [trusted] = pkcs12.load_pkcs12(store, TRUST_STORE_PASSWORD.encode()).additional_certs
    assert (trusted.certificate, trusted.friendly_name) == (read(authority.certificate), b"openrooms")


def test_error_names_a_bad_certificate(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"missing\.pem"):
        Certificate(tmp_path / "missing.pem", tmp_path / "missing.pem")


def test_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    first, second = Authority(tmp_path / "first").issue(NOW), Authority(tmp_path / "second").issue(NOW)
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(first.read_bytes())
    key.write_bytes(first.read_bytes())
    served = Certificate(certificate, key)
    key.write_bytes(second.read_bytes())
    with pytest.raises(CannotStart, match="KEY_VALUES_MISMATCH"):
        served.reload()
    assert _served(served) == read(first)


def _served(certificate: Certificate) -> x509.Certificate:
    """Return the certificate that a client sees, without a network."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client = context.wrap_bio(to_client, to_server)
    server = certificate.context.wrap_bio(to_server, to_client, server_side=True)
    for step in (client.do_handshake, server.do_handshake, client.do_handshake):
        try:
            step()
        except ssl.SSLWantReadError:
            continue
    seen = client.getpeercert(binary_form=True)
    assert seen is not None
    return x509.load_der_x509_certificate(seen)
