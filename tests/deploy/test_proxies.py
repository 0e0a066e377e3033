"""Each proxy configuration that we ship replaces the client's forwarding headers, and passes events as they happen."""

import contextlib
import datetime as dt
import http.client
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.line import until
from tests.support.patience import patient
from tests.support.ports import free_port, wait_for_port
from tests.support.service import Process, openrooms, running

from openrooms.calls import MustWaitError
from openrooms.server.process.tls import Authority
from openrooms.testing import RoomsBench

ROOT = Path(__file__).parents[2]
DEPLOY, CALLS = ROOT / "deploy", ROOT / "docs" / "calls"
INVENTED_HOST, INVENTED_ADDRESS = "evil.example", "203.0.113.9"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A service that trusts the proxies of this machine, as the configurations tell the operator to do."""
    folder = tmp_path_factory.mktemp("service")
    assert openrooms("migrate", "--data", folder / "data").returncode == 0
    with running("serve", "--http-port", 0, "--forwarded-allow", "127.0.0.1", folder=folder) as process:
        yield process


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for shown, here in pairs:
        assert shown in text, shown
        text = text.replace(shown, here)
    return text


def program(name: str) -> str:
    found = shutil.which(name, path="/usr/local/bin:/usr/bin:/usr/sbin:/sbin")
    assert found, f"there is no {name}: run `make tools`"
    return found


def nginx(service: str, port: int, folder: Path) -> list[str]:
    certificate = Authority(folder / "tls").issue(dt.datetime.now(dt.UTC))
    text = replaced(
        (CALLS / "nginx.conf").read_text(),
        ("127.0.0.1:8721", service),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/rooms.example/fullchain.pem", str(certificate)),
        ("/etc/ssl/rooms.example/privkey.pem", str(certificate)),
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off;\n{temporary}{text}\n}}\n"
    )
    return [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def caddy(text: str, service: str, port: int, folder: Path, *names: tuple[str, str]) -> list[str]:
    certificate = Authority(folder / "tls").issue(dt.datetime.now(dt.UTC))
    site = f"https://127.0.0.1:{port} {{\n\tbind 127.0.0.1\n\ttls {certificate} {certificate}\n"
    text = replaced(text, *((name, here.format(site=site, service=service)) for name, here in names))
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{text}")
    return [program("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def documented_caddy(service: str, port: int, folder: Path) -> list[str]:
    names = (("rooms.example {", "{site}"), ("127.0.0.1:8721", "{service}"))
    return caddy((CALLS / "Caddyfile").read_text(), service, port, folder, *names)


def compose_caddy(service: str, port: int, folder: Path) -> list[str]:
    # The host names of Compose do not exist here, and one address needs no balancing.
    names = (("{$PUBLIC_HOST} {", "{site}"), ("dynamic a openrooms 8721", "to {service}"))
    return caddy((DEPLOY / "compose" / "Caddyfile").read_text(), service, port, folder, *names)


def haproxy(service: str, port: int, folder: Path) -> list[str]:
    certificate = Authority(folder / "tls").issue(dt.datetime.now(dt.UTC))
    text = replaced(
        (DEPLOY / "haproxy.cfg").read_text(),
        ("/etc/haproxy/errors/openrooms-503.http", str(DEPLOY / "openrooms-503.http")),
        ("/etc/haproxy/rooms.example.org.pem", str(certificate)),
        ("bind :443", f"bind 127.0.0.1:{port}"),
        ("127.0.0.1:8721", service),
    )
    (folder / "haproxy.cfg").write_text(text)
    return [program("haproxy"), "-q", "-db", "-f", str(folder / "haproxy.cfg")]


def unchecked_haproxy(service: str, port: int, folder: Path) -> list[str]:
    """Leave out the checks, which name no host, so that a development service refuses them."""
    arguments = haproxy(service, port, folder)
    file = folder / "haproxy.cfg"
    unchecked = ("default-server check inter 1s fall 2 rise 1", ""), ("server second 127.0.0.1:8722", "")
    file.write_text(replaced(file.read_text(), *unchecked))
    return arguments


class Front:
    """A proxy before the service, and its clients, who forge the forwarding headers."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._port = port
        self._context = context

    def get(self, path: str) -> tuple[int, str]:
        """Return status and policy of a page."""
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, context=self._context, timeout=10)
        headers = {"X-Forwarded-Host": INVENTED_HOST, "X-Forwarded-For": INVENTED_ADDRESS, "X-Forwarded-Proto": "http"}
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("content-security-policy", "")

    @contextlib.contextmanager
    def stream(self, path: str, token: str) -> Iterator[Iterator[str]]:
        """Give the types of the events of a stream, as they arrive."""
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, context=self._context, timeout=patient(5))
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}", "Accept": "text/event-stream"})
            answer = connection.getresponse()
            assert answer.status == 200
            lines = iter(answer.readline, b"")
            yield (line.split()[1].decode() for line in lines if line.startswith(b"event: "))

    def send(self, data: bytes) -> bytes:
        """Return everything that the proxy answers to these bytes."""
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        with self._context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            connection.sendall(data)
            # It may keep the connection open.
            connection.settimeout(0.5)
            received = b""
            with contextlib.suppress(OSError):
                while piece := connection.recv(65_536):
                    received += piece
            return received


@contextlib.contextmanager
def behind(command: Callable[[str, int, Path], list[str]], service: Any, folder: Path) -> Iterator[Front]:
    """Run a proxy before the service."""
    port = free_port()
    arguments = command(service.http.removeprefix("http://"), port, folder)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    with (
        (folder / "proxy.log").open("wb") as log,
        subprocess.Popen(arguments, env=environment, stdout=log, stderr=log) as proxy,
    ):
        try:
            wait_for_port(port)
            yield Front(port, ssl.create_default_context(cafile=str(folder / "tls" / "ca.pem")))
        finally:
            proxy.terminate()


@pytest.mark.parametrize("command", [nginx, documented_caddy, compose_caddy, haproxy])
def test_forged_forwarding_headers_are_replaced(
    command: Callable[[str, int, Path], list[str]], service: Process, tmp_path: Path
) -> None:
    before = service.output().count('"operation": "list_rooms"')
    with behind(command, service, tmp_path) as front:
        # A page's policy contains the scheme and host that the service takes for the client's.
        _, policy = front.get("/call/1")
        assert INVENTED_HOST not in policy
        assert "wss://127.0.0.1:" in policy
        assert front.get("/rooms") == (401, "")
    # The line is written after the answer.
    until(lambda: service.output().count('"operation": "list_rooms"') > before)
    lines = [line for line in service.output().splitlines() if '"operation": "list_rooms"' in line]
    assert len(lines) == before + 1
    assert '"peer": "127.0.0.1"' in lines[-1]


@pytest.mark.parametrize("command", [nginx, documented_caddy, compose_caddy, unchecked_haproxy])
def test_events_pass_as_they_happen(command: Callable[[str, int, Path], list[str]], tmp_path: Path) -> None:
    with RoomsBench() as bench:
        bo = bench.user("Bo")
        room = bench.rooms_client.create_room(participants=[bo])
        bench.visits_client.update_visit(room.id, waiting_room="attendees")
        with pytest.raises(MustWaitError):
            bench.call(room).join(bo)
        service = SimpleNamespace(http=bench.service.endpoint.rstrip("/"))
        path = f"/openrooms/rooms/{room.id}/me/events"
        with behind(command, service, tmp_path) as front, front.stream(path, bo.token) as events:
            assert [next(events), next(events)] == ["room", "waiting"]
            began = time.monotonic()
            bench.visits_client.admit_everyone(room.id)
            assert "admitted" in (next(events), next(events))
            assert time.monotonic() - began < patient(1)


HEAD = b"POST /rooms HTTP/1.1\r\nhost: 127.0.0.1\r\n"
HIDDEN = b"GET /openrooms/openapi.json HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
CHUNKS = b"0\r\n\r\n"
AMBIGUOUS = {
    "length and chunks": b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n" + CHUNKS,
    "chunks and length": b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n" + CHUNKS,
    "length of the hidden one": b"content-length: %d\r\ntransfer-encoding: chunked\r\n\r\n" % len(CHUNKS + HIDDEN)
    + CHUNKS,
    "two lengths": b"content-length: %d\r\ncontent-length: 0\r\n\r\n" % len(HIDDEN),
    "a signed length": b"content-length: +%d\r\n\r\n" % len(HIDDEN),
    "no such coding": b"content-length: %d\r\ntransfer-encoding: xchunked\r\n\r\n" % len(HIDDEN),
    "a space before the colon": b"content-length: %d\r\ntransfer-encoding : chunked\r\n\r\n" % len(HIDDEN),
    "a folded coding": b"content-length: %d\r\ntransfer-encoding:\r\n chunked\r\n\r\n" % len(HIDDEN),
    "a line feed alone": b"content-length: %d\r\nx: y\ntransfer-encoding: chunked\r\n\r\n" % len(HIDDEN),
    "a chunk extension with a line feed": b"transfer-encoding: chunked\r\n\r\n2;\nxx\r\n" + CHUNKS,
    "a negative chunk": b"transfer-encoding: chunked\r\n\r\n-1\r\n" + CHUNKS,
    "an upgrade": b"connection: upgrade\r\nupgrade: websocket\r\ncontent-length: %d\r\n\r\n" % len(HIDDEN),
}


@pytest.mark.parametrize("command", [nginx, documented_caddy, compose_caddy, haproxy])
def test_proxy_and_service_agree_on_where_requests_end(
    command: Callable[[str, int, Path], list[str]], service: Process, tmp_path: Path
) -> None:
    """Otherwise a client could hide a request, whose answer another client would get."""
    with behind(command, service, tmp_path) as front:
        for name, ambiguous in AMBIGUOUS.items():
            before = openapi_requests(service)
            answers = front.send(HEAD + ambiguous + HIDDEN)
            assert front.get("/openrooms/health")[0] == 200, name
            assert openapi_requests(service) - before == answers.count(b'"openapi"'), name


def openapi_requests(service: Process) -> int:
    return service.output().count('"operation": "get_openapi"')
