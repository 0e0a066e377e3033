"""The service as a process: start, output, end, and settings with which it refuses to start."""

import datetime as dt
import http.client
import json
import signal
import socket
import sqlite3
import ssl
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from azure.communication.identity import CommunicationIdentityClient
from azure.communication.rooms import RoomsClient
from cryptography import x509
from tests.support.line import until
from tests.support.patience import patient
from tests.support.ports import listening
from tests.support.postgres import Cluster
from tests.support.service import Process, dev, openrooms, running

import openrooms as client
from openrooms.server.process.tls import Authority
from openrooms.wire.connection_string import DEVELOPMENT_KEY

OWN_KEY = "b3VyIG93biBrZXksIGxvbmcgZW5vdWdoIHRvIGJlIG9uZQ=="


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with dev(tmp_path_factory.mktemp("dev")) as process:
        yield process


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def get(url: str, path: str, ca: str | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Return status and body of a GET."""
    address = url.partition("://")[2]
    context = ssl.create_default_context(cafile=ca) if ca else None
    connection = (
        http.client.HTTPSConnection(address, context=context) if context else http.client.HTTPConnection(address)
    )
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


# The running service


def test_ready_file_has_the_addresses(service: Process) -> None:
    assert service.ready == {
        "endpoint": service.endpoint,
        "connectionString": f"endpoint={service.endpoint}/;accesskey={DEVELOPMENT_KEY}",
        "ca": service.ca,
        "http": service.http,
        "admin": None,
        "media": None,
        "identity": None,
        "pid": service.popen.pid,
    }
    assert service.endpoint.startswith("https://127.0.0.1:")
    assert service.http.startswith("http://127.0.0.1:")
    assert mode(service.ready_file) == 0o600


def test_start_prints_addresses_and_connection_string(service: Process) -> None:
    until(lambda: "trustStorePassword" in service.output())
    printed = service.output()
    assert service.connectionString in printed
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        assert f'export {variable}="{service.ca}"' in printed
    trust_store = Path(service.ca).with_suffix(".p12")
    assert f'java -Djavax.net.ssl.trustStore="{trust_store}" -Djavax.net.ssl.trustStorePassword=changeit' in printed


def test_both_ports_answer(service: Process) -> None:
    assert get(service.endpoint, "/openrooms/ready", service.ca) == (200, b'{"status":"ready"}')
    assert get(service.http, "/openrooms/ready") == (200, b'{"status":"ready"}')


def test_admin_port_is_on_loopback_by_default(tmp_path: Path) -> None:
    flags = ("--http-port", 0, "--host", "0.0.0.0", "--admin-port", 0)
    with running("serve", *flags, folder=migrated(tmp_path)) as process:
        admin = port_of(process.admin)
        assert process.admin == f"http://127.0.0.1:{admin}"
        assert get(process.admin, "/metrics")[0] == get(process.admin, "/ready")[0] == 200
        listeners = listening(process.popen.pid)
        assert ("127.0.0.1", admin) in listeners
        assert {address for address, port in listeners if port != admin} == {"0.0.0.0"}
        for path in ("/openrooms/metrics/", "//openrooms/metrics", "/openrooms/%6detrics"):
            assert get(process.http, path) == get(process.http, "/openrooms/unknown")


def test_no_admin_port_by_default(service: Process) -> None:
    assert service.ready["admin"] is None
    assert {port for _, port in listening(service.popen.pid)} == {port_of(service.endpoint), port_of(service.http)}


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", socket.gethostname()])
def test_certificate_covers_all_names_of_the_machine(service: Process, name: str) -> None:
    context = ssl.create_default_context(cafile=service.ca)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    port = port_of(service.endpoint)
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname=name) as tls,
    ):
        assert tls.version() in {"TLSv1.2", "TLSv1.3"}


def test_key_files_are_readable_by_the_owner_only(service: Process) -> None:
    tls = Path(service.ca).parent
    assert [mode(tls / name) for name in ("ca.key", "server.pem")] == [0o600, 0o600]
    assert mode(tls.parent / "openrooms.db") == 0o600


def test_official_client_works_with_the_printed_string(service: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca)
    with RoomsClient.from_connection_string(service.connectionString) as rooms:
        room = rooms.create_room()
        assert rooms.get_room(room.id).id == room.id


def test_dev_accepts_loopback_and_configured_host_names(tmp_path: Path) -> None:
    with dev(tmp_path, "--host-name", "laptop.example") as process:
        statuses = {
            name: get(process.http, "/openrooms/health", headers={"Host": name})[0]
            for name in ("localhost", "laptop.example", "evil.example")
        }
        assert statuses == {"localhost": 200, "laptop.example": 200, "evil.example": 421}
        # The home page shows the access key.
        assert get(process.http, "/", headers={"Host": "evil.example", "Accept": "text/html"})[0] == 421
        certificate = x509.load_pem_x509_certificate((Path(process.ca).parent / "server.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "laptop.example" in names.get_values_for_type(x509.DNSName)


def test_dns_rebinding_cannot_reach_signalling(service: Process) -> None:
    """WebSockets are checked too, because browsers let any page open one."""
    with socket.create_connection(("127.0.0.1", port_of(service.http))) as client:
        client.sendall(
            b"GET /livekit/rtc HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
        )
        assert client.recv(65536).startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 421 "))


# Ending


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_the_service_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with dev(tmp_path) as process:
        started = time.monotonic()
        assert process.stop(number) == 0
        assert time.monotonic() - started < patient(10)
        assert not process.ready_file.exists()


def test_sigterm_answers_accepted_requests(tmp_path: Path) -> None:
    """Clients on open connections get all answers, the last one with `Connection: close`."""
    with dev(tmp_path) as process:
        outcomes: list[str] = []
        begun = threading.Barrier(9)
        threads = [
            threading.Thread(target=_ask_until_told_to_go, args=(process.http, begun, outcomes)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        begun.wait()
        code = process.stop()
        for thread in threads:
            thread.join()
    assert (code, outcomes) == (0, ["told to go"] * 8)


def _ask_until_told_to_go(url: str, begun: threading.Barrier, outcomes: list[str]) -> None:
    connection = http.client.HTTPConnection(url.partition("://")[2])
    try:
        for number in range(100_000):
            connection.request("GET", "/openrooms/ready")
            answer = connection.getresponse()
            answer.read()
            if number == 10:
                begun.wait()
            if answer.status != 200 or answer.will_close:
                outcomes.append("told to go" if answer.status == 200 else f"status {answer.status}")
                return
    except OSError as error:
        outcomes.append(repr(error))
    finally:
        connection.close()


def test_slow_request_is_answered_after_sigterm(tmp_path: Path) -> None:
    with dev(tmp_path) as process, socket.create_connection(("127.0.0.1", port_of(process.http))) as client:
        client.sendall(b"GET /openrooms/ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{")
        # An answer on a later connection shows that the earlier one was accepted.
        assert get(process.http, "/openrooms/health")[0] == 200
        process.popen.send_signal(signal.SIGTERM)
        until(lambda: not is_listening(port_of(process.http)))
        client.sendall(b"}")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert process.popen.wait(patient(10)) == 0


def test_second_signal_stops_at_once(tmp_path: Path) -> None:
    with dev(tmp_path) as process, socket.create_connection(("127.0.0.1", port_of(process.http))) as client:
        client.sendall(b"GET /openrooms/ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{")
        assert get(process.http, "/openrooms/health")[0] == 200
        process.popen.send_signal(signal.SIGTERM)
        until(lambda: not is_listening(port_of(process.http)))
        started = time.monotonic()
        assert process.stop() == 0
        assert time.monotonic() - started < patient(4)


def test_sighup_without_a_certificate_changes_nothing(tmp_path: Path) -> None:
    with dev(tmp_path, "--https-port", "off") as process:
        process.popen.send_signal(signal.SIGHUP)
        until(lambda: "there is no certificate" in process.output())
        assert get(process.http, "/openrooms/health")[0] == 200


def test_data_and_keys_survive_sigkill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with dev(tmp_path) as first:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", first.ca)
        user = CommunicationIdentityClient.from_connection_string(first.connectionString).create_user()
        authority = Path(first.ca).read_bytes()
        first.stop(signal.SIGKILL)
        first.ready_file.unlink()
    with dev(tmp_path) as second:
        assert Path(second.ca).read_bytes() == authority
        identities = CommunicationIdentityClient.from_connection_string(second.connectionString)
        assert identities.get_token(user, ["voip"]).token


# Refusing to start: one line, an exit code, no traceback


def refusal(*arguments: object, **variables: str) -> tuple[int, str]:
    """Return the exit code and the error line of a command that refuses to run."""
    done = openrooms(*arguments, **variables)
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    return done.returncode, line


FREE = ("--https-port", 0, "--http-port", 0)


def test_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, line = refusal("dev", "--data", tmp_path, "--https-port", port, "--http-port", 0)
    assert code == 1
    assert f"port {port} of 127.0.0.1 is in use" in line


def test_second_service_on_the_same_file(service: Process) -> None:
    folder = Path(service.ca).parent.parent
    code, line = refusal("dev", *FREE, "--data", folder)
    assert code == 1
    assert "is in use by another openrooms service" in line


def test_unwritable_folder() -> None:
    # Not even root can write here.
    code, line = refusal("dev", *FREE, "--data", "/proc/openrooms")
    assert code == 1
    assert "/proc/openrooms" in line


async def test_database_does_not_answer(postgres_cluster: Cluster) -> None:
    """A server that accepts connections may still not answer, for example during its recovery or a long migration."""
    url = postgres_cluster.create_database()
    assert openrooms("migrate", "--database", url).returncode == 0
    other = await asyncpg.connect(url)
    async with other.transaction():
        await other.execute("LOCK TABLE resources")
        stopped = openrooms("serve", "--database", url, "--http-port", 0)
    await other.close()
    address = f"postgresql://127.0.0.1/{url.rpartition('/')[2]}"
    assert stopped.returncode == 1
    assert "Traceback" not in stopped.stderr
    last = stopped.stderr.splitlines()[-1]
    assert last == f"openrooms: the database {address} does not answer: look at its log, and try again"


def test_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, line = refusal("dev", *FREE, "--data", tmp_path / "file" / "data")
    assert code == 1
    assert str(tmp_path / "file") in line


def test_database_of_a_newer_version(tmp_path: Path) -> None:
    assert openrooms("migrate", "--data", tmp_path).returncode == 0
    with sqlite3.connect(tmp_path / "openrooms.db") as database:
        database.execute("INSERT INTO migrations (number, name, needs) VALUES (99, 'from the future', 99)")
    database.close()
    code, line = refusal("dev", *FREE, "--data", tmp_path)
    assert code == 1
    assert "newer" in line


def test_file_is_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "openrooms.db").write_text("This is a letter to my aunt, and no database at all. " * 50)
    code, line = refusal("dev", *FREE, "--data", tmp_path)
    assert code == 1
    assert "openrooms.db" in line


@pytest.mark.parametrize("name", ["nowhere", "file", "script", "."])
def test_media_engine_cannot_be_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("#!/bin/sh\n")
    (tmp_path / "script").write_text("no program at all")
    (tmp_path / "script").chmod(0o755)
    code, line = refusal("dev", *FREE, "--data", tmp_path / "data", "--livekit", tmp_path / name)
    assert code == 1
    assert f"{tmp_path / name} does not start: there is no such program" in line


def test_development_key_on_a_public_address(tmp_path: Path) -> None:
    code, line = refusal("dev", *FREE, "--data", tmp_path, "--host", "0.0.0.0")
    assert code == 2
    assert "development access key is public" in line


def test_unavailable_host_address(tmp_path: Path) -> None:
    code, line = refusal("dev", *FREE, "--data", tmp_path, "--access-key", OWN_KEY, "--host", "192.0.2.1")
    assert code == 1
    assert "192.0.2.1" in line


# Production


def test_serve_refuses_a_database_with_the_development_key(tmp_path: Path) -> None:
    with dev(tmp_path):
        pass
    code, line = refusal("serve", "--http-port", 0, "--data", tmp_path / "data")
    assert code == 2
    assert "openrooms keys regenerate primary" in line


def migrated(folder: Path) -> Path:
    assert openrooms("migrate", "--data", folder / "data").returncode == 0
    return folder


def test_serve_creates_keys_and_prints_none(tmp_path: Path) -> None:
    with running("serve", "--http-port", 0, folder=migrated(tmp_path)) as process:
        key = process.connectionString.partition("accesskey=")[2]
        assert len(key) == 88
        assert process.stop() == 0
        assert key not in process.output()


def test_audit_log_is_reopened_on_sighup(tmp_path: Path) -> None:
    trail, moved = tmp_path / "audit.jsonl", tmp_path / "audit.1"
    flags = ("--http-port", 0, "--access-key", OWN_KEY, "--audit-log", trail)
    with running("serve", *flags, folder=migrated(tmp_path)) as process:
        with client.RoomsClient.from_connection_string(process.connectionString) as rooms:
            first = rooms.create_room().id
            trail.rename(moved)
            process.popen.send_signal(signal.SIGHUP)
            until(lambda: "the audit log was opened again" in process.output())
            second = rooms.create_room().id
        assert first not in process.output()
    assert [[json.loads(line)["room"] for line in file.read_text().splitlines()] for file in (moved, trail)] == [
        [first],
        [second],
    ]


def test_unwritable_audit_log(tmp_path: Path) -> None:
    data = migrated(tmp_path) / "data"
    code, said = refusal("serve", "--data", data, "--audit-log", tmp_path / "nowhere" / "audit.jsonl")
    assert code == 1
    assert "No such file or directory; give --audit-log a file in a folder of this user's, stdout or off" in said


def test_serve_waits_for_migrate(tmp_path: Path) -> None:
    code, line = refusal("serve", "--http-port", 0, "--data", tmp_path / "data")
    assert code == 1
    assert "run `openrooms migrate`" in line


@pytest.fixture
def certificates(tmp_path: Path) -> tuple[Authority, Path]:
    authority = Authority(tmp_path / "tls")
    return authority, authority.issue(dt.datetime.now(dt.UTC))


def test_serve_tls_only_and_certificate_reload_on_sighup(tmp_path: Path, certificates: tuple[Authority, Path]) -> None:
    authority, pem = certificates
    files = ("--tls-cert", pem, "--tls-key", pem)
    with running("serve", "--https-port", 0, *files, folder=migrated(tmp_path)) as process:
        assert (process.ready["http"], process.ready["ca"]) == (None, None)
        first = serial(process.endpoint, authority)
        pem.unlink()
        authority.issue(dt.datetime.now(dt.UTC))
        process.popen.send_signal(signal.SIGHUP)
        until(lambda: serial(process.endpoint, authority) != first)

        renewed = serial(process.endpoint, authority)
        pem.write_text("no certificate")
        process.popen.send_signal(signal.SIGHUP)
        until(lambda: "the certificate stays as it was" in process.output())
        assert serial(process.endpoint, authority) == renewed


def test_serve_with_a_certificate_sends_hsts(tmp_path: Path, certificates: tuple[Authority, Path]) -> None:
    """Every answer over TLS has the header, of the API and of pages; answers over plain HTTP do not."""
    authority, pem = certificates
    flags = ("--https-port", 0, "--http-port", 0, "--tls-cert", pem, "--tls-key", pem)
    with running("serve", *flags, folder=migrated(tmp_path)) as process:
        for path in ("/rooms", "/openrooms/health", "/console", "/nowhere"):
            assert policy(process.endpoint, path, authority) == "max-age=31536000", path
            assert policy(process.http, path, authority) is None, path


def test_dev_sends_no_hsts(service: Process) -> None:
    """Few clients trust its certificate, and the header would apply to every port of localhost."""
    assert policy(service.endpoint, "/console", Authority(Path(service.ca).parent)) is None


def policy(url: str, path: str, authority: Authority) -> str | None:
    host = url.partition("://")[2]
    context = ssl.create_default_context(cafile=authority.certificate)
    connection = (
        http.client.HTTPSConnection(host, context=context)
        if url.startswith("https")
        else http.client.HTTPConnection(host)
    )
    try:
        connection.request("GET", path)
        return connection.getresponse().getheader("Strict-Transport-Security")
    finally:
        connection.close()


def serial(url: str, authority: Authority) -> str:
    """Return the serial number of the served certificate."""
    context = ssl.create_default_context(cafile=authority.certificate)
    with (
        socket.create_connection(("127.0.0.1", port_of(url))) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as tls,
    ):
        certificate = tls.getpeercert()
    assert certificate is not None
    return str(certificate["serialNumber"])
