"""Answered writes survive `kill -9` under load, in several rounds."""

import contextlib
import http.client
import itertools
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.application import user
from tests.support.rest import Rest
from tests.support.service import Process, dev

WRITERS = 8
CRASHES = 3
LOAD_SECONDS = 0.6


class Writer:
    """Writes to its own rooms until the connection breaks; remembers which writes were answered."""

    def __init__(self, number: int, ways: Sequence[Callable[["Writer", Rest], None]] = ()) -> None:
        self.random = random.Random(number)
        self.ways = ways or (Writer.create, Writer.create, Writer.patch, Writer.patch, Writer.delete)
        self.rosters: dict[str, dict[str, str]] = {}
        self.deleted: set[str] = set()
        self.unanswered: str | None = None
        self.attempt: tuple[dict[str, Any], dict[str, str]] | None = None
        self.answered = 0

    def run(self, service: Process) -> None:
        rest = Rest(service.http, service.connectionString)
        self.unanswered = None
        try:
            while True:
                self.random.choice(self.ways)(self, rest)
                self.answered += 1
        except (OSError, http.client.HTTPException):
            rest.close()

    def create(self, rest: Rest) -> None:
        roles = {user(self.random.randrange(50)): "Presenter"}
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        headers = {"Repeatability-Request-ID": str(uuid4()), "Repeatability-First-Sent": date}
        body = {"participants": {raw_id: {"role": role} for raw_id, role in roles.items()}}
        self.attempt = body, headers
        answer = rest.call("POST", "/rooms", body, **headers)
        assert answer.status == 201, answer
        self.rosters[answer.json["id"]] = roles

    def patch(self, rest: Rest) -> None:
        if not self.rosters:
            return
        self.unanswered = self.random.choice(list(self.rosters))
        roles = {user(self.random.randrange(50)): self.random.choice(["Consumer", "Attendee"]) for _ in range(3)}
        body = {"participants": {raw_id: {"role": role} for raw_id, role in roles.items()}}
        answer = rest.call("PATCH", f"/rooms/{self.unanswered}/participants", body)
        assert answer.status == 200, answer
        self.rosters[self.unanswered].update(roles)
        self.unanswered = None

    def delete(self, rest: Rest) -> None:
        if len(self.rosters) < 5:
            return
        self.unanswered = self.random.choice(list(self.rosters))
        answer = rest.call("DELETE", f"/rooms/{self.unanswered}")
        assert answer.status == 204, answer
        del self.rosters[self.unanswered]
        self.deleted.add(self.unanswered)
        self.unanswered = None

    def check(self, rest: Rest) -> None:
        """Compare with the stored rooms; the one unanswered write may be stored completely or not at all."""
        for room_id in list(self.rosters):
            answer = rest.call("GET", f"/rooms/{room_id}/participants")
            if room_id == self.unanswered:
                self.take_over(room_id, answer.status, answer)
            else:
                kept = {one["rawId"]: one["role"] for one in answer.json["value"]}
                assert kept == self.rosters[room_id]
        for room_id in self.deleted:
            assert rest.call("GET", f"/rooms/{room_id}").status == 404

    def take_over(self, room_id: str, status: int, answer: Any) -> None:
        if status == 404:
            del self.rosters[room_id]
            self.deleted.add(room_id)
            return
        kept = {one["rawId"]: one["role"] for one in answer.json["value"]}
        changed = sum(self.rosters[room_id].get(raw_id) != role for raw_id, role in kept.items())
        assert kept.keys() >= self.rosters[room_id].keys()
        assert changed <= 3
        self.rosters[room_id] = kept


def test_answered_writes_survive_a_kill(tmp_path: Path) -> None:
    writers = [Writer(number) for number in range(WRITERS)]
    for round_number in itertools.count():
        with dev(tmp_path) as service:
            rest = Rest(service.http, service.connectionString)
            for writer in writers:
                writer.check(rest)
            rest.close()
            if round_number == CRASHES:
                break
            threads = [threading.Thread(target=writer.run, args=(service,)) for writer in writers]
            for thread in threads:
                thread.start()
            # The test varies how long the service runs before it is killed.
            time.sleep(LOAD_SECONDS)
            assert service.stop(signal.SIGKILL) == -signal.SIGKILL
            for thread in threads:
                thread.join()
        (tmp_path / "ready.json").unlink()
    assert sum(writer.answered for writer in writers) > 100 * CRASHES


def test_unanswered_create_can_be_retried(tmp_path: Path) -> None:
    writer = Writer(0, [Writer.create])
    with dev(tmp_path) as service:
        thread = threading.Thread(target=writer.run, args=(service,))
        thread.start()
        time.sleep(0.5)
        service.stop(signal.SIGKILL)
        thread.join()
    (tmp_path / "ready.json").unlink()
    with dev(tmp_path) as service:
        rest = Rest(service.http, service.connectionString)
        assert writer.attempt is not None
        body, headers = writer.attempt
        answers = [rest.call("POST", "/rooms", body, **headers) for _ in range(3)]
        assert {answer.status for answer in answers} == {201}
        assert len({answer.body for answer in answers}) == 1
        assert count(rest) == len(writer.rosters) + 1
        rest.close()


def count(rest: Rest) -> int:
    total, target = 0, "/rooms"
    while target:
        page = rest.call("GET", target, version="" if "?" in target else "2025-03-13").json
        total += len(page["value"])
        link = page.get("nextLink")
        target = "/" + link.partition("//")[2].partition("/")[2] if link else ""
    return total


def test_an_erasure_that_was_killed_is_finished(tmp_path: Path) -> None:
    with dev(tmp_path) as service:
        rest = Rest(service.http, service.connectionString)
        ada = rest.call("POST", "/identities", version="2023-10-01").json["identity"]["id"]
        rosters = [rest.call("POST", "/rooms", {"participants": {ada: {"role": "Presenter"}}}) for _ in range(300)]
        newest = rosters[-1].json["id"]
        erasing = threading.Thread(target=_erase, args=(service, ada))
        erasing.start()
        while rest.call("GET", f"/rooms/{newest}/participants").json["value"]:
            time.sleep(0.01)
        service.stop(signal.SIGKILL)
        erasing.join()
        rest.close()
    (tmp_path / "ready.json").unlink()
    with dev(tmp_path) as service:
        rest = Rest(service.http, service.connectionString)
        assert {"participants", "events"} <= _exported(rest, ada)
        assert rest.call("POST", f"/openrooms/users/{ada}:erase", version="").json == {"state": "done"}
        assert _exported(rest, ada) == {"audit"}
        assert rest.call("GET", f"/openrooms/users?q={ada}", version="").json["value"] == []
        rest.close()


def _erase(service: Process, raw_id: str) -> None:
    rest = Rest(service.http, service.connectionString)
    with contextlib.suppress(OSError, http.client.HTTPException):
        rest.call("POST", f"/openrooms/users/{raw_id}:erase", version="")
    rest.close()


def _exported(rest: Rest, raw_id: str) -> set[str]:
    """Return of which kinds there are records about a person."""
    kinds: set[str] = set()
    after: dict[str, str] = {}
    while True:
        page = rest.call("POST", f"/openrooms/users/{raw_id}:export", after, version="").json
        kinds |= {record["kind"] for record in page["value"]}
        if "next" not in page:
            return kinds
        after = {"after": page["next"]}
