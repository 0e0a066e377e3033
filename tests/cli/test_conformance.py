"""`openrooms conformance`: every rule holds for our own service, and a service that differs is found out."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.service import Process

from openrooms import RoomsClient
from openrooms.cli import commands
from openrooms.cli.conformance.checks import CHECKS

Change = Callable[[str, bytes], bytes]


def run(*arguments: object) -> int:
    return commands.run(["conformance", *map(str, arguments)])


def rooms_of(service: Process) -> set[str]:
    with RoomsClient.from_connection_string(service.connectionString, connection_verify=service.ca) as client:
        return {room.id for room in client.list_rooms()}


def test_our_service_conforms(service: Process, tmp_path: Path, capsys):
    report = tmp_path / "report.json"
    before = rooms_of(service)
    code = run("--connection-string", service.connectionString, "--ca", service.ca, "--report", report)
    printed = capsys.readouterr().out
    assert code == 0, printed
    rules = json.loads(report.read_text())["rules"]
    assert [rule for rule in rules if rule["outcome"] != "same"] == []
    assert len(rules) == len(CHECKS)
    assert f"{len(CHECKS)} rules, " in printed
    assert rooms_of(service) == before


def test_the_report_has_no_ids_and_no_key(service: Process, tmp_path: Path):
    report = tmp_path / "report.json"
    run("--connection-string", service.connectionString, "--ca", service.ca, "--report", report)
    text = report.read_text()
    assert service.connectionString.partition("accesskey=")[2] not in text
    assert urlsplit(service.endpoint).netloc not in text
    assert not json.loads(text)["isAzure"]


@contextmanager
def altered(service: Process, change: Change) -> Iterator[str]:
    """Give the connection string of a proxy that changes the bodies of answers."""
    target = urlsplit(service.http).netloc

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = http.client.HTTPConnection(target, timeout=20)
            connection.request(self.command, self.path, body or None, dict(self.headers))
            response = connection.getresponse()
            content = change(self.path, response.read())
            connection.close()
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in {"content-length", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = forward  # noqa: N815 - the names of http.server

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        key = service.connectionString.partition("accesskey=")[2]
        yield f"endpoint=http://127.0.0.1:{server.server_port}/;accesskey={key}"
        server.shutdown()
        thread.join()


def outcomes(text: str) -> dict[str, str]:
    return {row["rule"]: row["outcome"] for row in json.loads(text) if row["outcome"] != "same"}


def test_a_service_that_differs_is_found_out(service: Process, capsys):
    def change(_path: str, body: bytes) -> bytes:
        return body.replace(b"Invalid room ID length.", b"Too short.").replace(b"The time range end", b"This")

    with altered(service, change) as connection_string:
        code = run("--connection-string", connection_string, "--json")
    found = outcomes(capsys.readouterr().out)
    assert code == 1
    assert found["an id that is too short"] == "different"
    assert found["validUntil in the past"] == "different"
    # Nobody has seen how Azure answers these.
    assert found["an id of 15 digits"] == "answered"


def test_an_answer_of_another_form_fails(service: Process, capsys):
    def change(path: str, body: bytes) -> bytes:
        return b"[]" if "/participants" in path else body

    with altered(service, change) as connection_string:
        code = run("--connection-string", connection_string, "--json")
    assert code == 1
    assert outcomes(capsys.readouterr().out)["no role: Attendee"] == "failed"


def test_a_service_that_does_not_answer(capsys):
    code = run("--connection-string", "endpoint=http://127.0.0.1:1/;accesskey=bm90IGEga2V5IG9mIGFueWJvZHk=")
    assert code == 1
    assert "cannot be examined" in capsys.readouterr().err


def test_a_wrong_key_is_one_error(service: Process, capsys):
    key = "bm90IGEga2V5IG9mIGFueWJvZHk="
    assert run("--connection-string", f"endpoint={service.http}/;accesskey={key}") == 1
    assert "cannot be examined: it answers 401 Denied" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "reason"), [(501, "it answers 501 without an error body"), (201, "its new user has no ID")]
)
def test_another_kind_of_server_is_one_error(status: int, reason: str, capsys):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        code = run("--connection-string", f"endpoint={endpoint}/;accesskey=bm90IGEga2V5IG9mIGFueWJvZHk=")
        server.shutdown()
    assert code == 1
    assert f"cannot be examined: {reason}" in capsys.readouterr().err


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.rule)
def test_rules_name_their_evidence(check):
    assert check.mark in {"spec", "recording", "SDK source", "docs", "inferred"}
