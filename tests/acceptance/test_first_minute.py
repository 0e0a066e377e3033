"""The first minute with `openrooms dev`, at a terminal."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import ClientAuthenticationError
from tests.support.service import OPENROOMS, environment
from tests.support.terminal import Terminal, at_terminal

from openrooms import RoomsClient
from openrooms.wire.connection_string import DEVELOPMENT_KEY, parse_connection_string

WRONG_KEY = "b3VyIG93biBrZXksIGxvbmcgZW5vdWdoIHRvIGJlIG9uZQ=="
LAST_LINE = "trustStorePassword"


class Dev:
    """A development service in a terminal."""

    def __init__(self, terminal: Terminal, folder: Path) -> None:
        self.terminal = terminal
        self._ready = folder / "ready.json"

    @property
    def http(self) -> str:
        return str(json.loads(self._ready.read_text())["http"])

    @property
    def connection_string(self) -> str:
        return f"endpoint={self.http}/;accesskey={DEVELOPMENT_KEY}"

    @property
    def links(self) -> list[str]:
        return re.findall(r"(?:Presenter|Attendee) +\S*?(http[^\s\x1b]+)", self.terminal.text)


@contextmanager
def dev(folder: Path, *arguments: str, **variables: str) -> Iterator[Dev]:
    ports = ("--https-port", "0", "--http-port", "0")
    places = ("--data", str(folder), "--ready-file", str(folder / "ready.json"))
    (folder / "ready.json").unlink(missing_ok=True)
    environ = environment(**{"TERM": "xterm-256color", "NO_COLOR": "", **variables})
    with at_terminal([*OPENROOMS, "dev", *ports, *places, *arguments], environ, folder) as terminal:
        terminal.read_until(LAST_LINE)
        yield Dev(terminal, folder)


def get(url: str) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(("trunk", "most_lines"), [("off", 15), ("demo", 16)])
def test_first_start_prints_only_the_greeting(tmp_path: Path, trunk: str, most_lines: int) -> None:
    with dev(tmp_path, "--sip-trunk", trunk) as service:
        service.terminal.read_for(1)
        lines = service.terminal.lines
        assert len(lines) <= most_lines, service.terminal.text
        assert ["Presenter" in lines[1], "Attendee" in lines[2]] == [True, True]
        assert "Request URL" not in service.terminal.text
        assert ("+15550000100 answers" in service.terminal.text) == (trunk == "demo")
        assert [get(link) for link in service.links] == [200, 200]
        assert service.http in service.terminal.text


def test_demo_room_is_created_once_for_a_data_folder(tmp_path: Path) -> None:
    rooms = []
    for _ in range(2):
        with dev(tmp_path) as service, RoomsClient.from_connection_string(service.connection_string) as client:
            [room] = client.list_rooms()
            assert all(f"/call/{room.id}#" in link for link in service.links)
            rooms.append(room.id)
    assert rooms[0] == rooms[1]
    # The developer may delete it; the next start still offers a call to try.
    with dev(tmp_path) as service, RoomsClient.from_connection_string(service.connection_string) as client:
        client.delete_room(rooms[0])
    with dev(tmp_path) as service:
        assert len(service.links) == 2
        assert rooms[0] not in service.terminal.text


def ask(service: Dev, key: str) -> None:
    endpoint = parse_connection_string(service.connection_string).endpoint.url
    with RoomsClient.from_connection_string(f"endpoint={endpoint}/;accesskey={key}") as client:
        list(client.list_rooms())


def test_requests_are_coloured_lines_with_refusal_reasons(tmp_path: Path) -> None:
    with dev(tmp_path, "--livekit", "off", "--log-level", "debug") as service:
        ask(service, DEVELOPMENT_KEY)
        with pytest.raises(ClientAuthenticationError):
            ask(service, WRONG_KEY)
        said = service.terminal.read_until("string to sign")
        said = service.terminal.read_for(0.5)
    time_and_request = r"\x1b\[2m\d\d:\d\d:\d\d\x1b\[0m GET     /rooms "
    assert re.search(time_and_request + r"\x1b\[32m200\x1b\[0m \d+\.\d ms list_rooms", said)
    assert re.search(time_and_request + r"\x1b\[33m401\x1b\[0m \d+\.\d ms list_rooms  \x1b\[33mkey: ", said)
    assert re.search(r"GET\\n/rooms\?api-version=[\d-]+\\n.*GMT;127\.0\.0\.1:\d+;47DEQpj8HBSa", said)


def test_no_color_applies_to_all_output(tmp_path: Path) -> None:
    with dev(tmp_path, NO_COLOR="1") as service:
        assert get(f"{service.http}/rooms") == 401
        said = service.terminal.read_until("list_rooms")
    assert "\x1b" not in said
