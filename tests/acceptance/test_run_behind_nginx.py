"""`openrooms serve` behind nginx, which terminates TLS."""

import datetime as dt
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.communication.rooms import RoomsClient
from azure.core.exceptions import ClientAuthenticationError
from tests.support.ports import free_port, wait_for_port
from tests.support.service import openrooms, running

from openrooms.server.process.tls import Authority

NGINX = """
daemon off;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {pem};
        ssl_certificate_key {pem};
        location / {{
            proxy_pass {upstream};
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, upstream: str) -> Iterator[str]:
    """Start nginx with a certificate for localhost in front of the service; yield its address."""
    folder.mkdir()
    port = free_port()
    pem = Authority(folder / "tls").issue(dt.datetime.now(dt.UTC))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, pem=pem, upstream=upstream))
    process = subprocess.Popen(["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        wait_for_port(port)
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def proxied(folder: Path, trusted: str) -> Iterator[RoomsClient]:
    """Yield the official client of a service that trusts this proxy."""
    assert openrooms("migrate", "--data", folder / "data").returncode == 0
    with (
        running("serve", "--http-port", 0, "--forwarded-allow", trusted, folder=folder) as process,
        nginx(folder / "nginx", process.http) as address,
    ):
        key = process.connectionString.partition("accesskey=")[2]
        ca = folder / "nginx" / "tls" / "ca.pem"
        with RoomsClient.from_connection_string(
            f"endpoint={address}/;accesskey={key}", connection_verify=str(ca)
        ) as rooms:
            yield rooms


def test_trusted_proxy_forwards_scheme_and_host(tmp_path: Path) -> None:
    """The client signs for the proxy's name, and the link to the second page leads through the proxy again."""
    with proxied(tmp_path, "127.0.0.0/8") as rooms:
        made = {rooms.create_room().id for _ in range(101)}
        assert {room.id for room in rooms.list_rooms()} == made


def test_untrusted_client_cannot_forward_a_host(tmp_path: Path) -> None:
    with proxied(tmp_path, "192.0.2.1") as rooms, pytest.raises(ClientAuthenticationError):
        rooms.create_room()
