"""Rooms and rosters over HTTP, compared with a model in dictionaries."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from tests.support.application import user
from tests.support.rest import Rest
from tests.support.service import Process

ROLES = ["Presenter", "Attendee", "Consumer", "Collaborator"]
users = st.integers(0, 5).map(user)
roles = st.sampled_from([*ROLES, None])
hours = st.integers(1, 4000)


def text(offset: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=offset)).replace(microsecond=0).isoformat()


class Service(RuleBasedStateMachine):
    """One service, and a model of the rooms that this machine created in it."""

    rest: ClassVar[Rest]
    rooms = Bundle("rooms")

    def __init__(self) -> None:
        super().__init__()
        self.rooms_by_id: dict[str, dict[str, Any]] = {}
        self.rosters: dict[str, dict[str, str]] = {}

    @rule(target=rooms, named=st.dictionaries(users, roles, max_size=4), dial_out=st.booleans())
    def create(self, named: dict[str, str | None], dial_out: bool) -> str:
        participants = {raw_id: {"role": role} for raw_id, role in named.items()}
        answer = self.rest.call("POST", "/rooms", {"participants": participants, "pstnDialOutEnabled": dial_out})
        assert answer.status == 201
        room: dict[str, Any] = answer.json
        self.rooms_by_id[room["id"]] = room
        self.rosters[room["id"]] = {raw_id: role or "Attendee" for raw_id, role in named.items()}
        return str(room["id"])

    @rule(room=rooms, start=hours, length=hours, dial_out=st.none() | st.booleans())
    def update(self, room: str, start: int, length: int, dial_out: bool | None) -> None:
        body = {"validFrom": text(start), "validUntil": text(start + length), "pstnDialOutEnabled": dial_out}
        answer = self.rest.call("PATCH", f"/rooms/{room}", body)
        assert answer.status == 200
        expected = self.rooms_by_id[room] | {name: value for name, value in body.items() if value is not None}
        assert answer.json == expected
        self.rooms_by_id[room] = expected

    @rule(room=rooms, start=hours)
    def update_half_a_window(self, room: str, start: int) -> None:
        assert self.rest.call("PATCH", f"/rooms/{room}", {"validFrom": text(start)}).status == 400

    @rule(room=rooms, named=st.dictionaries(users, st.just("gone") | roles, max_size=4))
    def change_roster(self, room: str, named: dict[str, str | None]) -> None:
        patch = {raw_id: None if role == "gone" else {"role": role} for raw_id, role in named.items()}
        assert self.rest.call("PATCH", f"/rooms/{room}/participants", {"participants": patch}).status == 200
        roster = self.rosters[room]
        for raw_id, role in named.items():
            if role == "gone":
                roster.pop(raw_id, None)
            else:
                roster[raw_id] = role or "Attendee"

    @rule(room=rooms, raw_id=users, wrong=st.sampled_from(["x", "4:+1555", ""]))
    def change_roster_badly(self, room: str, raw_id: str, wrong: str) -> None:
        patch = {"participants": {raw_id: {"role": "Consumer"}, wrong: None}}
        assert self.rest.call("PATCH", f"/rooms/{room}/participants", patch).status == 400

    @rule(target=rooms, room=consumes(rooms))
    def delete(self, room: str) -> Any:
        for _ in range(2):
            assert self.rest.call("DELETE", f"/rooms/{room}").status == 204
        assert self.rest.call("GET", f"/rooms/{room}").status == 404
        assert self.rest.call("PATCH", f"/rooms/{room}/participants", {}).status == 404
        del self.rooms_by_id[room], self.rosters[room]
        return multiple()

    @invariant()
    def rooms_are_as_known(self) -> None:
        for room_id, room in self.rooms_by_id.items():
            assert self.rest.call("GET", f"/rooms/{room_id}").json == room
            listed = self.rest.call("GET", f"/rooms/{room_id}/participants").json["value"]
            # In order: existing participants keep their positions, new ones come last.
            assert [(one["rawId"], one["role"]) for one in listed] == list(self.rosters[room_id].items())

    @rule()
    def list_all(self) -> None:
        seen: list[dict[str, Any]] = []
        target: str | None = "/rooms"
        while target is not None and len([room for room in seen if room["id"] in self.rooms_by_id]) < len(
            self.rooms_by_id
        ):
            page = self.rest.call("GET", target, version="" if "?" in target else "2025-03-13").json
            seen += page["value"]
            target = page["nextLink"].partition("//")[2].partition("/")[2] if "nextLink" in page else None
            target = target and f"/{target}"
        mine = [room for room in seen if room["id"] in self.rooms_by_id]
        assert mine == sorted(self.rooms_by_id.values(), key=lambda room: room["createdAt"], reverse=True)


def test_service_matches_the_model(service: Process) -> None:
    Service.rest = Rest(service.http, service.connectionString)
    try:
        run_state_machine_as_test(
            Service,
            settings=settings(
                max_examples=40,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
    finally:
        Service.rest.close()
