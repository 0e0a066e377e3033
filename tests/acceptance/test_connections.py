"""Connections of unknown clients, over plain HTTP and TLS: their cost, their duration, their number."""

import datetime as dt
import itertools
import resource
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
from tests.support.line import Line, has_no_errors, statuses, until
from tests.support.patience import patient
from tests.support.rest import Rest, signed
from tests.support.service import IMPATIENT, Process, dev, openrooms, running

from openrooms.server.process.tls import Authority
from openrooms.server.web.pages import STATIC
from openrooms.wire.signing import AccessKey

MIB = 1024 * 1024
HEALTH = b"GET /openrooms/health HTTP/1.1\r\nhost: localhost\r\n\r\n"
LAST = "connection: close\r\n"
POST = b"POST /rooms HTTP/1.1\r\nhost: localhost\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
VERSION = "api-version=2025-03-13"
Connect = Callable[..., Line]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with dev(tmp_path_factory.mktemp("patient"), "--log-level", "warning") as process:
        yield process
        assert has_no_errors(process)


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A service with timeouts of half a second for clients."""
    with dev(tmp_path_factory.mktemp("impatient"), "--log-level", "warning", program=IMPATIENT) as process:
        yield process
        assert has_no_errors(process)


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def is_tls(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def connect(service: Process, is_tls: bool) -> Connect:
    return lambda: Line(service, is_tls=is_tls)


def request(service: Process, host: str, method: str, target: str, body: bytes = b"", more: str = "") -> bytes:
    """Return the bytes of a signed request."""
    key = AccessKey(service.connectionString.partition("accesskey=")[2])
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(method, target, body, host, key).items())
    length = f"content-length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nhost: {host}\r\n{head}{length}{more}\r\n".encode() + body


def unsent(line: Line) -> int:
    """Return the bytes that the kernel keeps for a client, on the server's side."""
    peer, own = line.socket.getpeername()[1], line.socket.getsockname()[1]
    for entry in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues = entry.split()[:5]
        if local.endswith(f":{peer:04X}") and remote.endswith(f":{own:04X}"):
            return int(queues.partition(":")[0], 16)
    return 0


def rooms(service: Process) -> int:
    """Return the number of rooms on the first page."""
    rest = Rest(service.http, service.connectionString)
    try:
        return len(rest.call("GET", "/rooms").json["value"])
    finally:
        rest.close()


class TestCost:
    """The memory and time that an unknown client can use."""

    @pytest.mark.parametrize("path", ["/openrooms/health", "/rooms", "/console"])
    def test_burst_of_requests_costs_only_its_bytes(self, service: Process, connect: Connect, path: str) -> None:
        request = f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()
        before = service.memory
        with ExitStack() as stack:
            lines = [stack.enter_context(connect()) for _ in range(8)]
            for line in lines:
                line.pump(itertools.repeat(request * 1000), seconds=0.3, limit=4 * MIB)
            assert service.memory - before < 32 * MIB

    def test_unread_page_costs_a_few_pieces(self, service: Process, is_tls: bool) -> None:
        """Neither the service nor the kernel keeps whole files for clients that do not read."""
        script = max((STATIC / "assets").glob("*.js"), key=lambda file: file.stat().st_size)
        assert script.stat().st_size > 512 * 1024
        before = service.memory
        with ExitStack() as stack:
            lines = [stack.enter_context(Line(service, is_tls=is_tls, receive_bytes=4096)) for _ in range(50)]
            for line in lines:
                line.send(f"GET /assets/{script.name} HTTP/1.1\r\nhost: localhost\r\n{LAST}\r\n".encode())
            until(lambda: sum(unsent(line) > 32 * 1024 for line in lines) == len(lines))
            assert max(map(unsent, lines)) < 256 * 1024
            assert service.memory - before < len(lines) * 320 * 1024
            for line in lines[:3]:
                head, _, body = line.read_to_end().partition(b"\r\n\r\n")
                assert (statuses(head), body) == ([200], script.read_bytes())

    def test_burst_of_requests_is_answered_in_order(self, connect: Connect) -> None:
        other = b"GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n"
        with connect() as line:
            answers = line.send((HEALTH + other) * 2000 + HEALTH).read(4001)
        assert statuses(answers) == [200, 401] * 2000 + [200]

    @pytest.mark.parametrize(
        ("start", "piece"),
        [
            pytest.param(CHUNKED + b"0\r\n", b"a:b\r\n" * 1000, id="trailers"),
            pytest.param(CHUNKED + b"0\r\na:", b"b" * 5000, id="a trailer"),
            pytest.param(CHUNKED + b"1;", b"e" * 5000, id="a chunk extension"),
            pytest.param(CHUNKED, b"1;" + b"e" * 500 + b"\r\nx\r\n", id="chunk extensions"),
            pytest.param(b"", b"\r\n" * 2500, id="blank lines"),
            pytest.param(b"GET /", b"a" * 5000, id="a target"),
            pytest.param(b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 1000, id="header fields"),
            pytest.param(
                POST + b"content-length: 999999999\r\n\r\n",
                b" " * 5000,
                id="a body",
            ),
        ],
    )
    def test_endless_requests_are_cut_off(self, service: Process, connect: Connect, start: bytes, piece: bytes) -> None:
        before = service.memory
        with connect() as line:
            sent = line.send(start).pump(itertools.repeat(piece), seconds=5, limit=64 * MIB)
        assert sent < 24 * MIB
        assert service.memory - before < 16 * MIB

    def test_known_caller_gets_431_for_large_trailers(self, service: Process, connect: Connect) -> None:
        with connect() as line:
            target = f"/rooms?{VERSION}"
            head = request(service, line.host, "POST", target, b"{}").removesuffix(b"{}")
            head = head.replace(b"content-length: 2", b"transfer-encoding: chunked")
            answer = line.send(head + b"2\r\n{}\r\n0\r\n" + b"a: b\r\n" * 3000).read_to_end()
        assert statuses(answer) == [431]

    def test_body_in_one_byte_chunks_is_accepted(self, service: Process, connect: Connect) -> None:
        body = b" " * 20_000 + b"{}"
        with connect() as line:
            head = request(service, line.host, "POST", f"/rooms?{VERSION}", body).removesuffix(body)
            head = head.replace(b"content-length: %d" % len(body), b"transfer-encoding: chunked")
            chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
            assert statuses(line.send(head + chunks + b"0\r\nx: y\r\n\r\n" + HEALTH).read(2)) == [201, 200]


class TestDuration:
    """Every connection has a timeout in every state."""

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            pytest.param(b"", [], id="nothing"),
            pytest.param(b"\r\n\r\n", [408], id="blank lines"),
            pytest.param(b"GET / HT", [408], id="half a request line"),
            pytest.param(b"GET / HTTP/1.1\r\nhost: localhost\r\n", [408], id="half a head"),
            pytest.param(HEALTH, [200], id="an answered request"),
            pytest.param(HEALTH + b"GET", [200, 408], id="half a second head"),
            pytest.param(POST + b"content-length: 9\r\n\r\n1", [401], id="half a body"),
            pytest.param(
                POST + b"connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 9\r\n\r\n1",
                [401],
                id="half the body of an upgrade",
            ),
            pytest.param(
                b"GET /rooms HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
                b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
                [403],
                id="a refused upgrade",
            ),
            pytest.param(
                b"GET /rooms HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
                [400],
                id="an upgrade without a key",
            ),
        ],
    )
    def test_silent_client_is_closed(self, impatient: Process, is_tls: bool, data: bytes, expected: list[int]) -> None:
        with Line(impatient, is_tls=is_tls) as line:
            line.socket.settimeout(5)
            assert statuses(line.send(data).read_to_end()) == expected

    def test_slowly_sending_client_is_closed(self, impatient: Process, is_tls: bool) -> None:
        started = time.monotonic()
        with Line(impatient, is_tls=is_tls) as line:
            answered = b""
            line.socket.settimeout(0.05)
            while not answered and time.monotonic() < started + patient(5):
                if not select.select([line.socket], [], [], 0.05)[0]:
                    line.send(b"A")
                    continue
                # What arrives first over TLS are tickets, which are no data.
                with suppress(TimeoutError):
                    answered = line.socket.recv(1000)
        assert statuses(answered) == [408]

    @pytest.mark.parametrize("path", ["/openrooms/health", "/console"])
    def test_client_that_never_reads_is_dropped(self, impatient: Process, is_tls: bool, path: str) -> None:
        until(lambda: sockets(impatient) == 0)
        request = f"GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n\r\n".encode()
        with ExitStack() as stack:
            for _ in range(2):
                line = stack.enter_context(Line(impatient, is_tls=is_tls))
                line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                until(lambda: sockets(impatient) > 0)
                line.pump(itertools.repeat(request * 200), seconds=0.3, limit=2 * MIB)
            # Answers are sent until the kernel's buffers are full.
            until(lambda: sockets(impatient) == 0, seconds=30)

    def test_stalled_tls_handshake_is_dropped(self, impatient: Process) -> None:
        until(lambda: sockets(impatient) == 0)
        host, _, port = impatient.endpoint.partition("://")[2].strip("/").rpartition(":")
        with socket.create_connection((host, int(port))) as silent:
            until(lambda: sockets(impatient) == 1)
            silent.settimeout(5)
            assert silent.recv(100) == b""

    def test_used_connection_stays_open(self, impatient: Process, is_tls: bool) -> None:
        with Line(impatient, is_tls=is_tls) as line:
            for _ in range(8):
                assert statuses(line.send(HEALTH).read(1)) == [200]
                time.sleep(0.2)


def sockets(service: Process) -> int:
    """Return the number of connections to the service's ports that it has not closed."""
    ports = {int(address.strip("/").rpartition(":")[2]) for address in (service.endpoint, service.http)}
    return sum(
        connection.status != psutil.CONN_LISTEN and connection.laddr.port in ports
        for connection in psutil.Process(service.popen.pid).net_connections("tcp")
    )


class TestNumber:
    """Limits in total and for each address."""

    @pytest.fixture(scope="class")
    @classmethod
    def limited(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
        folder = tmp_path_factory.mktemp("limited")
        assert openrooms("migrate", "--data", folder / "data").returncode == 0
        files = ("--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem")
        authority = own_certificate(folder)
        limits = ("--connection-limit", 6, "--client-connection-limit", 3, "--forwarded-allow", "127.0.0.9")
        with running("serve", "--http-port", 0, "--https-port", 0, *files, *limits, folder=folder) as process:
            process.ready["ca"] = str(authority)
            yield process
            assert has_no_errors(process)

    @pytest.fixture(autouse=True)
    def nobody_is_connected(self, limited: Process) -> None:
        """Let the connections of the test before end."""
        until(lambda: sockets(limited) == 0)

    def test_connections_of_one_address_are_limited(self, limited: Process, is_tls: bool) -> None:
        with ExitStack() as stack:
            for _ in range(3):
                assert answered(stack, limited, is_tls)
            assert not answered(stack, limited, is_tls)
            assert answered(stack, limited, is_tls, source="127.0.0.2")

    def test_total_connections_are_limited(self, limited: Process, is_tls: bool) -> None:
        with ExitStack() as stack:
            for number in range(1, 7):
                assert answered(stack, limited, is_tls, source=f"127.0.0.{number}")
            assert not answered(stack, limited, is_tls, source="127.0.0.7")
        with ExitStack() as stack:
            until(lambda: answered(stack, limited, is_tls, source="127.0.0.7"))

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(None, id="a handshake"),
            pytest.param(b"", id="nothing"),
            pytest.param(HEALTH, id="an answered request"),
            pytest.param(POST + b"content-length: 9\r\n\r\n1", id="half a body"),
        ],
    )
    def test_client_with_fewer_connections_takes_a_place(
        self, limited: Process, is_tls: bool, data: bytes | None
    ) -> None:
        port = int((limited.endpoint if is_tls else limited.http).strip("/").rpartition(":")[2])
        with ExitStack() as stack:
            for source in ("127.0.0.1", "127.0.0.2"):
                for _ in range(3):
                    if data is None:
                        stack.enter_context(socket.create_connection(("127.0.0.1", port), source_address=(source, 0)))
                    else:
                        until(lambda source=source: sent(stack, limited, is_tls, source, data))
            # Connections take a moment until they are accepted, and the search for one to drop is not repeated at once.
            until(lambda: answered(stack, limited, is_tls, source="127.0.0.3"))
            assert answered(stack, limited, is_tls, source="127.0.0.4")

    def test_new_connections_count_toward_the_address_rate(
        self, limited: Process, is_tls: bool, tmp_path: Path
    ) -> None:
        """A TLS handshake takes as long as three refusals, so it counts as three."""
        assert openrooms("migrate", "--data", tmp_path / "data").returncode == 0
        own_certificate(tmp_path)
        files = ("--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
        rate = ("--address-rate", "0.001:9")
        with running("serve", "--http-port", 0, "--https-port", 0, *files, *rate, folder=tmp_path) as process:
            port = int((process.endpoint if is_tls else process.http).strip("/").rpartition(":")[2])
            accepted = [is_accepted(port, is_tls) for _ in range(12)]
        assert accepted == [True] * (3 if is_tls else 9) + [False] * (9 if is_tls else 3)

    def test_trusted_proxy_has_no_client_limit(self, limited: Process, is_tls: bool) -> None:
        with ExitStack() as stack:
            for _ in range(6):
                assert answered(stack, limited, is_tls, source="127.0.0.9")

    def test_refused_connection_gets_an_answer(self, limited: Process) -> None:
        with ExitStack() as stack:
            until(lambda: answered(stack, limited, is_tls=False))
            for _ in range(2):
                assert answered(stack, limited, is_tls=False)
            with Line(limited) as line:
                answer = line.read_to_end()
        assert statuses(answer) == [503]
        assert b"retry-after: 1\r\n" in answer
        assert b"TooManyConnections" in answer


def is_accepted(port: int, is_tls: bool) -> bool:
    """Return whether a new connection is served; over TLS, whether there is a handshake."""
    context = ssl._create_unverified_context()
    try:
        with socket.create_connection(("127.0.0.1", port)) as plain:
            if is_tls:
                with context.wrap_socket(plain) as encrypted:
                    return encrypted.version() is not None
            plain.settimeout(0.2)
            return b"503" not in plain.recv(1000)
    except TimeoutError:
        return True
    except OSError:
        return False


def sent(stack: ExitStack, service: Process, is_tls: bool, source: str, data: bytes) -> bool:
    """Open a connection and send data; return whether it was accepted. Those of an earlier test can delay that."""
    try:
        stack.enter_context(Line(service, is_tls=is_tls, source=source)).send(data)
    except OSError:
        return False
    return True


def answered(stack: ExitStack, service: Process, is_tls: bool, source: str = "127.0.0.1") -> bool:
    """Return whether a new connection, which stays open, is served."""
    try:
        line = stack.enter_context(Line(service, is_tls=is_tls, source=source))
        return statuses(line.send(HEALTH).read(1)) == [200]
    except OSError:
        return False


def own_certificate(folder: Path) -> Path:
    """Write a certificate and its key; return the certificate of its authority."""
    authority = Authority(folder / "authority")
    issued = authority.issue(dt.datetime.now(dt.UTC), []).read_text()
    (folder / "cert.pem").write_text(issued)
    (folder / "key.pem").write_text(issued)
    return authority.certificate


class TestWithoutDescriptors:
    """A process that has reached its limit of open files."""

    ROOM = 12

    @pytest.fixture
    def short(self, tmp_path: Path) -> Iterator[Process]:
        with dev(tmp_path / "short", program=IMPATIENT) as process:
            for is_tls in (False, True):
                # Answer once, so that Python has loaded all modules.
                with ExitStack() as stack:
                    assert answered(stack, process, is_tls)
            limit = process.descriptors + self.ROOM
            resource.prlimit(process.popen.pid, resource.RLIMIT_NOFILE, (limit, limit))
            yield process
            assert process.output().count("no more connections can be accepted") <= 1
            assert "Traceback" not in process.output()

    def test_idle_connections_are_closed_for_new_ones(self, short: Process, is_tls: bool) -> None:
        with ExitStack() as stack:
            for _ in range(3 * self.ROOM):
                assert answered(stack, short, is_tls)

    def test_silent_connections_do_not_lock_out_others(self, short: Process, is_tls: bool) -> None:
        with ExitStack() as stack:
            for _ in range(2 * self.ROOM):
                stack.enter_context(Line(short))
            assert answered(stack, short, is_tls)


class TestRefusals:
    """Requests that proxies and servers could read differently, and other protocols."""

    @pytest.mark.parametrize("path", ["/rooms", "/openrooms/health", "/console", "/nothing", "/livekit/rtc"])
    @pytest.mark.parametrize("upgrade", ["", "connection: upgrade\r\nupgrade: websocket\r\n"])
    def test_two_host_headers(self, connect: Connect, path: str, upgrade: str) -> None:
        with connect() as line:
            head = f"GET {path} HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\n{upgrade}\r\n"
            assert statuses(line.send(head.encode()).read_to_end()) == [400]

    @pytest.mark.parametrize("protocol", ["HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "RTSP/1.0", "RTSP/1.1", "ICE/1.0"])
    @pytest.mark.parametrize("method", ["GET", "OPTIONS", "DESCRIBE", "SOURCE", "PRI"])
    def test_other_protocols(self, connect: Connect, method: str, protocol: str) -> None:
        with connect() as line:
            head = f"{method} /openrooms/health {protocol}\r\nhost: localhost\r\n\r\n"
            assert statuses(line.send(head.encode()).read_to_end()) == [400]


class TestLeaving:
    """Clients may close their connections in any way."""

    def test_half_closed_client_is_answered(self, service: Process) -> None:
        before = rooms(service)
        for _ in range(5):
            with Line(service) as line:
                line.send(request(service, line.host, "POST", f"/rooms?{VERSION}", b"{}"))
                line.socket.shutdown(socket.SHUT_WR)
                assert statuses(line.read_to_end()) == [201]
        assert rooms(service) == before + 5

    def test_half_closed_burst_is_answered(self, service: Process) -> None:
        with Line(service) as line:
            line.send(HEALTH * 500 + b"GET / HT")
            line.socket.shutdown(socket.SHUT_WR)
            assert statuses(line.read_to_end()) == [200] * 500

    def test_request_before_tls_close_is_processed(self, service: Process) -> None:
        before = rooms(service)
        with Line(service, is_tls=True) as line:
            assert isinstance(line.socket, ssl.SSLSocket)
            line.send(request(service, line.host, "POST", f"/rooms?{VERSION}", b"{}"))
            line.socket.shutdown(socket.SHUT_WR)
            assert statuses(line.read_to_end()) in ([], [201])
        until(lambda: rooms(service) == before + 1)

    @pytest.mark.parametrize("wish", ["h2c", "websocket", "tls/1.2"])
    def test_other_upgrades_are_ignored(self, service: Process, connect: Connect, wish: str) -> None:
        more = f"connection: upgrade, http2-settings\r\nupgrade: {wish}\r\nhttp2-settings: AAMAAABk\r\n"
        logged = service.output().count("pgrade")
        with connect() as line:
            create = request(service, line.host, "POST", f"/rooms?{VERSION}", b"{}", more)
            assert statuses(line.send(create + HEALTH).read(2)) == [201, 200]
            if wish != "websocket":
                get = request(service, line.host, "GET", f"/rooms?{VERSION}", more=more)
                assert statuses(line.send(get + HEALTH).read(2)) == [200, 200]
        assert service.output().count("pgrade") == logged

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"", id="at once"),
            pytest.param(b"GET /rooms HT", id="in the head"),
            pytest.param(POST + b"content-length: 99\r\n\r\n{", id="in the body"),
            pytest.param(HEALTH * 200, id="before the answers"),
            pytest.param(b"GET /console HTTP/1.1\r\nhost: localhost\r\n\r\n" * 50, id="before the pages"),
        ],
    )
    @pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
    def test_aborted_connections_log_no_errors(
        self, service: Process, connect: Connect, data: bytes, is_reset: bool
    ) -> None:
        for _ in range(5):
            with connect() as line:
                line.send(data)
                if is_reset:
                    line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with connect() as line:
            assert statuses(line.send(HEALTH).read(1)) == [200]
        assert has_no_errors(service)

    @pytest.mark.parametrize("data", [b"", b"\x16", b"\x16\x03\x01\x00\x05hello", HEALTH])
    def test_failed_tls_handshakes_log_no_errors(self, service: Process, data: bytes) -> None:
        host, _, port = service.endpoint.partition("://")[2].strip("/").rpartition(":")
        with socket.create_connection((host, int(port))) as stranger:
            stranger.sendall(data)
        with Line(service, is_tls=True) as line:
            assert statuses(line.send(HEALTH).read(1)) == [200]
        assert has_no_errors(service)
