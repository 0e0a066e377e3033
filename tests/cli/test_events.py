"""The commands for events: list, follow, listen and trigger, and subscriptions, on a development service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from standardwebhooks.webhooks import Webhook
from tests.cli.test_visits import Desk
from tests.support.ports import free_port
from tests.support.service import OPENROOMS, environment, openrooms, running
from tests.support.terminal import at_terminal

from openrooms.cli import event_types

NOBODY = "http://127.0.0.1:9/hook"
SECRET = "whsec_c2VjcmV0IG9mIDI0IGJ5dGVzIGF0IGxlYXN0"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("events")
    (folder / "dev.toml").write_text(
        f"""
        https-port = 0
        http-port = 0
        livekit = "off"

        [[subscription]]
        name = "phones"
        url = "{NOBODY}"
        secret = "{SECRET}"
        types = ["phone.dialed"]
        """
    )
    with running("dev", "--config", folder / "dev.toml", folder=folder) as service:
        yield Desk(service)


def completed(desk: Desk, line: str) -> list[str]:
    """Return what a shell offers at the end of the line."""
    variables = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    done = openrooms(_OPENROOMS_COMPLETE="bash_complete", OPENROOMS_CONNECTION_STRING=desk.string, **variables)
    return [offered.partition(",")[2] for offered in done.stdout.split()]


class Hook(BaseHTTPRequestHandler):
    """An endpoint that checks signatures with the published library."""

    secret = ""
    seen: ClassVar[list[Any]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append(Webhook(self.secret).verify(body, headers))
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def hook(port: int) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", port), Hook)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


def test_samples_are_listed_and_followed(desk: Desk) -> None:
    made = desk.json("trigger", "callstarted")
    assert made["type"] == "Microsoft.Communication.CallStarted"
    room = made["data"]["room"]["id"]
    rows = desk.json("events", "list", "--room", room[:8], "--type", "CallStarted", "--type", "room.created")
    assert [row["type"] for row in rows] == ["CallStarted", "room.created"]
    assert json.loads(rows[0]["data"]) == made["data"]
    oldest_first = desk.json("events", "list", "--room", room, "--oldest-first", "--limit", "2")
    assert oldest_first == rows[::-1]
    assert desk.run("events", "list", "--after", rows[1]["id"], "--limit", "1", "-q") == made["id"]
    assert made["id"] in desk.run("events", "list")
    tailed = desk.run("events", "tail", "--after", rows[1]["id"], "--for", "1s", "-o", "json")
    assert json.loads(tailed.splitlines()[0]) == made


def test_the_beginning_of_an_id_names_an_event(desk: Desk) -> None:
    earlier, later = (desk.json("trigger", "waiting")["id"] for _ in range(2))
    begins = next(later[:length] for length in range(36) if later[:length] != earlier[:length])
    assert desk.run("events", "list", "--after", earlier[: len(begins)], "-q").splitlines()[-1] == later
    assert desk.run("events", "resend", begins) == "No subscription gets it."
    assert "there is no event among the newest" in desk.run("events", "resend", "ffff", code=1)
    assert "there is more than one event" in desk.run("events", "resend", "0", code=1)
    assert desk.run("events", "list", "--after", "latest", "-q") == ""
    assert completed(desk, f"openrooms events resend {begins}") == [later]
    assert later in completed(desk, "openrooms events tail --after ")


def test_a_typo_gets_suggestions(desk: Desk) -> None:
    assert "did you mean CallStarted?" in desk.run("trigger", "CalStartd", code=2)
    assert "they are CallStarted, " in desk.run("events", "list", "--type", "xyz", code=2)
    help_text = " ".join(desk.run("trigger", "--help").split())
    assert all(event_types.short(name) in help_text for name in event_types.TYPES)


def test_subscriptions_of_the_settings_file_are_there(desk: Desk) -> None:
    printed = desk.run("subscriptions", "show", "settings-", "-o", "json")
    assert json.loads(printed)["id"] == "settings-phones"
    assert SECRET not in printed


def test_types_and_subscriptions_are_completed(desk: Desk) -> None:
    assert completed(desk, "openrooms trigger phone.d") == ["phone.dialed"]
    assert completed(desk, "openrooms events tail --type Microsoft.Communication.CallE") == [
        "Microsoft.Communication.CallEnded"
    ]
    assert completed(desk, "openrooms subscriptions show settings") == ["settings-phones"]
    assert completed(desk, "openrooms subscriptions resend settings-phones ") == []


def test_short_names_are_unambiguous() -> None:
    assert len({event_types.short(name) for name in event_types.TYPES}) == len(event_types.TYPES)


def test_a_subscription_from_its_making_to_its_end(desk: Desk) -> None:
    made = desk.json("subscriptions", "create", NOBODY, "--type", "CallEnded")
    assert made["secret"].startswith("whsec_")
    assert "the secret is printed only now" in desk.run("subscriptions", "create", NOBODY, "-q", code=2)
    begins = made["id"][:10]
    assert made["secret"] not in desk.run("subscriptions", "show", begins, "-o", "json")
    assert desk.json("subscriptions", "show", begins)["types"] == "Microsoft.Communication.CallEnded"
    changed = desk.json("subscriptions", "update", begins, "--all-types", "--disable")
    assert (changed["types"], changed["state"]) == ("", "disabled")
    assert made["id"] in desk.run("subscriptions", "list", "-q").splitlines()
    assert desk.json("subscriptions", "dead-letters", begins) == []
    assert desk.run("subscriptions", "resend", begins).startswith("All dead letters of")
    assert "there is no dead letter" in desk.run("subscriptions", "resend", begins, "0123", code=1)
    event = desk.json("trigger", "waiting")["id"]
    assert desk.run("events", "resend", event) == "No subscription gets it."
    assert made["id"] in desk.run("events", "resend", event, "--subscription", begins)
    assert "exclude each other" in desk.run(
        "subscriptions", "update", begins, "--type", "CallEnded", "--all-types", code=2
    )
    assert "add --yes" in desk.run("subscriptions", "delete", begins, code=2)
    assert desk.run("subscriptions", "delete", begins, "--yes") == f"Deleted {made['id']}."
    assert "there is no subscription whose ID begins with" in desk.run("subscriptions", "show", begins, code=1)


def test_listening_goes_on_without_endpoint_and_service(tmp_path: Path) -> None:
    ports = ("--https-port", free_port(), "--http-port", free_port(), "--livekit", "off")
    endpoint = free_port()
    with running("dev", *ports, folder=tmp_path) as service:
        desk = Desk(service)
        command = [*OPENROOMS, "listen", "--forward", f"127.0.0.1:{endpoint}/hook", "--type", "CallStarted"]
        variables = environment(OPENROOMS_CONNECTION_STRING=desk.string)
        with at_terminal(command, variables, tmp_path, columns=80) as terminal:
            greeting = terminal.read_until("makes a sample")
            Hook.secret = next(word for word in greeting.split() if word.startswith("whsec_"))
            assert desk.run("events", "tail", "--for", "1s") == ""
            away = desk.json("trigger", "CallStarted")
            assert "not delivered: Connection refused" in terminal.read_until("refused")
            with hook(endpoint):
                there = desk.json("trigger", "CallStarted")
                assert f"CallStarted             {there['id']}" in terminal.read_until("answered 202")
                service.stop()
                terminal.read_until("trying again")
                with running("dev", *ports, folder=tmp_path):
                    terminal.read_until("is back")
                    later = desk.json("trigger", "CallStarted")
                    terminal.read_until(later["id"])
                    terminal.read_until(f"{later['id']}\r\n          answered 202")
            terminal.type("\x03")
            code, text = terminal.read_all()
    assert code == 130
    assert [event["id"] for event in Hook.seen] == [there["id"], later["id"]]
    assert text.count(away["id"]) == 1
    assert max(len(shown) for shown in text.splitlines() if "openrooms:" not in shown) <= 80
