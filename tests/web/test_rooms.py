"""Rooms over HTTP: the answers and errors of each operation."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support.application import HOST, NOW, Answer, World, http_date, local, user
from tests.support.application import world as make_world

from openrooms.domain.moments import DAY, MINUTE, SECOND, after
from openrooms.server.process.settings import Settings
from openrooms.wire.dates import format_moment

SUPPORTED = "2023-06-14, 2023-10-30-preview, 2024-04-15, 2025-03-13"
MALFORMED = "The request could not be understood by the server due to malformed syntax."
RANGE = ("ValidUntil", "The time range is incorrect, or larger than 180 days.")
PAST = ("ValidUntil", "The time range end is in the past.")
LATE = ("ValidFrom", "Value is incorrect or more than 180 days in the future.")
ALONE = ("", "validFrom and validUntil should be set together.")
ROLE = "Invalid participant role. The valid roles are: Presenter, Attendee, Consumer, Collaborator."
UNKNOWN_ROOM = "99475330965778483"


def at(steps: int) -> str:
    return format_moment(after(NOW, steps))


def check_refused(answer: Answer, code: str, message: str) -> None:
    """The handler's own errors carry both headers."""
    assert answer.error == {"code": code, "message": message}
    assert answer.headers["x-ms-error-code"] == code
    assert answer.headers["api-supported-versions"] == SUPPORTED
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def check_malformed(answer: Answer, *details: tuple[str, str]) -> None:
    """The model's errors carry neither."""
    assert answer.status == 400
    assert answer.error == {
        "code": "BadRequest",
        "message": MALFORMED,
        "details": [{"code": "BadArgument", "message": message, "target": target} for target, message in details],
    }
    assert "x-ms-error-code" not in answer.headers
    assert "api-supported-versions" not in answer.headers


class TestCreate:
    @pytest.mark.parametrize(
        "body",
        [b"", b"{}", b'{"validFrom":null,"validUntil":null,"pstnDialOutEnabled":false}', b'{"participants":{}}'],
    )
    async def test_every_field_has_a_default(self, world: World, body: bytes) -> None:
        answer = await world.call("POST", "/rooms", body)
        assert answer.status == 201
        room = answer.json
        assert list(room) == ["id", "createdAt", "validFrom", "validUntil", "pstnDialOutEnabled"]
        assert room["validFrom"] == at(0)
        assert room["validUntil"] == at(180 * DAY)
        assert room["pstnDialOutEnabled"] is False
        assert room["id"].startswith("994")
        assert len(room["id"]) == 17

    async def test_ids_of_rooms_created_together_are_unrelated(self, world: World) -> None:
        made = [(await world.create())["id"] for _ in range(200)]
        # Among 200 random numbers, it is unlikely that two begin or end with the same five digits.
        assert len({room_id[3:8] for room_id in made}) > 190
        assert len({room_id[12:] for room_id in made}) > 190
        for place in range(3, 17):
            assert {room_id[place] for room_id in made} == set("0123456789")

    async def test_response_headers(self, world: World) -> None:
        answer = await world.call("POST", "/rooms", {}, {"x-ms-client-request-id": "7"})
        assert answer.headers["location"] == answer.json["id"]
        assert answer.headers["repeatability-result"] == "accepted"
        assert answer.headers["api-supported-versions"] == SUPPORTED
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.headers["content-length"] == str(len(answer.body))
        assert len(answer.headers["ms-cv"]) == 24
        assert answer.headers["ms-cv"].endswith(".0")
        assert answer.headers.keys().isdisjoint({"x-ms-client-request-id", "x-processing-time"})

    async def test_times_are_kept_to_the_100_ns(self, world: World) -> None:
        body = {"validFrom": "2025-08-29T02:29:48.596432812+02:00", "validUntil": "2025-08-30T00:29:48.7800000Z"}
        room = await world.create(body)
        assert room["validFrom"] == "2025-08-29T00:29:48.5964328+00:00"
        assert room["validUntil"] == "2025-08-30T00:29:48.78+00:00"

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("2025-08-30T12:49:39.549335", "2025-08-30T12:49:39.549335+00:00"),
            ("2025-08-30T12:49:39", "2025-08-30T12:49:39+00:00"),
            ("2025-08-30 12:49:39.1234567", "2025-08-30T12:49:39.1234567+00:00"),
            ("2025-08-30T12:49", "2025-08-30T12:49:00+00:00"),
            ("2025-08-30T12:49Z", "2025-08-30T12:49:00+00:00"),
            ("2025-08-30T12:49:39.123456789012Z", "2025-08-30T12:49:39.1234567+00:00"),
            ("2025-08-30", "2025-08-30T00:00:00+00:00"),
        ],
    )
    async def test_accepted_time_formats(self, world: World, sent: str, kept: str) -> None:
        made = await world.create({"validUntil": sent})
        assert made["validUntil"] == kept
        changed = await world.call("PATCH", f"/rooms/{made['id']}", {"validFrom": sent, "validUntil": at(9 * DAY)})
        assert changed.json["validFrom"] == kept

    @pytest.mark.parametrize(
        ("valid_from", "valid_until", "details"),
        [
            ("2025-08-20T12:49:39.549335", "2025-08-22T12:49:39.549335", [PAST]),
            ("2025-08-31", "2025-08-30", [RANGE]),
            ("2027-08-31T10:21", "2025-08-30T10:21Z", [LATE, RANGE]),
        ],
    )
    async def test_validity_rules_apply_to_every_time_format(
        self, world: World, valid_from: str, valid_until: str, details: list[tuple[str, str]]
    ) -> None:
        body = {"validFrom": valid_from, "validUntil": valid_until}
        check_malformed(await world.call("POST", "/rooms", body), *details)
        path = f"/rooms/{(await world.create())['id']}"
        check_malformed(await world.call("PATCH", path, body), *details)
        check_malformed(await world.call("PATCH", path, {"validUntil": valid_until}), ALONE)

    async def test_default_end_is_180_days_from_now(self, world: World) -> None:
        room = await world.create({"validFrom": at(3 * DAY)})
        assert room["validUntil"] == at(180 * DAY)

    @pytest.mark.parametrize(
        ("valid_from", "valid_until", "details"),
        [
            pytest.param(181 * DAY, None, [LATE], id="start too late"),
            pytest.param(181 * DAY, 182 * DAY, [LATE], id="start too late, good end"),
            pytest.param(181 * DAY, 180 * DAY, [LATE, RANGE], id="both wrong"),
            pytest.param(None, -1, [PAST], id="end in the past"),
            pytest.param(MINUTE, -1, [PAST], id="end in the past wins over the range"),
            pytest.param(2 * DAY, DAY, [RANGE], id="end before start"),
            pytest.param(DAY, DAY, [RANGE], id="end at start"),
            pytest.param(None, 180 * DAY + 1, [RANGE], id="100 ns longer than 180 days"),
            pytest.param(-DAY, 179 * DAY + SECOND, [RANGE], id="too long from a start in the past"),
        ],
    )
    async def test_refused_times(
        self, world: World, valid_from: int | None, valid_until: int | None, details: list[tuple[str, str]]
    ) -> None:
        body = {
            "validFrom": None if valid_from is None else at(valid_from),
            "validUntil": None if valid_until is None else at(valid_until),
        }
        check_malformed(await world.call("POST", "/rooms", body), *details)

    @pytest.mark.parametrize(
        ("valid_from", "valid_until"),
        [(-10 * DAY, DAY), (180 * DAY, 360 * DAY), (None, 180 * DAY), (0, 1), (-DAY, 0)],
    )
    async def test_accepted_times(self, world: World, valid_from: int | None, valid_until: int) -> None:
        body = {"validFrom": None if valid_from is None else at(valid_from), "validUntil": at(valid_until)}
        room = await world.create(body)
        assert room["validUntil"] == at(valid_until)

    async def test_participants(self, world: World) -> None:
        names = [user(3), user(1), user(2), user(4)]
        bodies = [{"role": "Presenter"}, {}, {"role": None}, None]
        room = await world.create({"participants": dict(zip(names, bodies, strict=True))})
        roster = (await world.call("GET", f"/rooms/{room['id']}/participants")).json
        assert roster == {
            "value": [
                {"rawId": user(3), "role": "Presenter"},
                {"rawId": user(1), "role": "Attendee"},
                {"rawId": user(2), "role": "Attendee"},
            ]
        }

    async def test_malformed_identifier(self, world: World) -> None:
        answer = await world.call("POST", "/rooms", {"participants": {user(): {}, "wrong": {}}})
        assert answer.status == 400
        check_refused(answer, "BadRequest", "Invalid format for communication identifier.")
        assert (await world.call("GET", "/rooms")).json == {"value": []}

    async def test_unknown_role(self, world: World) -> None:
        answer = await world.call("POST", "/rooms", {"participants": {user(): {"role": "presenter"}}})
        check_malformed(answer, (f"$.participants.{user()}.role", ROLE))


class TestRepeatability:
    def headers(self, world: World, request_id: str | None = None) -> dict[str, str]:
        return {
            "Repeatability-Request-ID": str(uuid4()) if request_id is None else request_id,
            "Repeatability-First-Sent": http_date(world.clock.now),
        }

    async def test_repeated_create_gets_the_same_bytes(self, world: World) -> None:
        headers = self.headers(world)
        first = await world.call("POST", "/rooms", {"validUntil": at(DAY)}, headers)
        world.clock.advance(minutes=3)
        second = await world.call("POST", "/rooms", {"validUntil": at(DAY)}, headers)
        assert (second.status, second.body, second.headers["location"]) == (
            first.status,
            first.body,
            first.headers["location"],
        )
        assert len((await world.call("GET", "/rooms")).json["value"]) == 1

    async def test_repeated_create_after_the_room_changed(self, world: World) -> None:
        headers = self.headers(world)
        first = await world.call("POST", "/rooms", {}, headers)
        await world.call("PATCH", f"/rooms/{first.json['id']}", {"pstnDialOutEnabled": True})
        assert (await world.call("POST", "/rooms", {}, headers)).body == first.body

    async def test_concurrent_creates_make_one_room(self, world: World) -> None:
        headers = self.headers(world)
        answers = await asyncio.gather(*(world.call("POST", "/rooms", {}, headers) for _ in range(8)))
        assert {answer.status for answer in answers} == {201}
        assert len({answer.body for answer in answers}) == 1
        assert len((await world.call("GET", "/rooms")).json["value"]) == 1

    async def test_different_body_with_the_same_id_is_refused(self, world: World) -> None:
        headers = self.headers(world)
        await world.call("POST", "/rooms", {}, headers)
        answer = await world.call("POST", "/rooms", {"pstnDialOutEnabled": True}, headers)
        message = "This Repeatability-Request-ID was already used for a different request; use a new one."
        assert answer.status == 400
        check_refused(answer, "BadRequest", message)

    @pytest.mark.parametrize("gone", ["Repeatability-Request-ID", "Repeatability-First-Sent"])
    async def test_both_headers_are_required(self, world: World, gone: str) -> None:
        headers = self.headers(world)
        del headers[gone]
        answer = await world.call("POST", "/rooms", {}, headers)
        assert answer.status == 400
        assert "must be sent together" in answer.error["message"]

    @pytest.mark.parametrize(
        "request_id", ["1", "order 4711 of Tuesday", "'; DROP TABLE repeats; --", "x" * 128, "\u00e9"]
    )
    async def test_any_printable_text_is_a_request_id(self, world: World, request_id: str) -> None:
        headers = self.headers(world, request_id.encode().decode("latin-1"))
        first = await world.call("POST", "/rooms", {}, headers)
        assert first.status == 201
        assert (await world.call("POST", "/rooms", {}, headers)).body == first.body
        other = await world.call("POST", "/rooms", {}, self.headers(world, "another " + "x" * 120))
        assert other.json["id"] != first.json["id"]

    @pytest.mark.parametrize(
        "first_sent",
        [
            "Fri, 29 Aug 2025 00:29:48 GMT",
            "Friday, 29-Aug-25 00:29:48 GMT",
            "Fri Aug 29 00:29:48 2025",
            "2025-08-29T00:29:48.5964328Z",
            "2025-08-29T00:29:48",
            "2025-08-29T00:29",
            "2025-08-29T02:29:48+02:00",
            "2025-08-29",
        ],
    )
    async def test_accepted_date_formats(self, world: World, first_sent: str) -> None:
        headers = {**self.headers(world), "Repeatability-First-Sent": first_sent}
        first = await world.call("POST", "/rooms", {}, headers)
        assert first.status == 201
        assert (await world.call("POST", "/rooms", {}, headers)).body == first.body
        world.clock.advance(days=1.1)
        answer = await world.call("POST", "/rooms", {}, headers)
        assert "too long ago" in answer.error["message"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Repeatability-Request-ID", ""),
            ("Repeatability-Request-ID", "x" * 129),
            ("Repeatability-Request-ID", "a\tb"),
            ("Repeatability-Request-ID", "a\0b"),
            ("Repeatability-Request-ID", "\xff"),
            ("Repeatability-First-Sent", "yesterday"),
            ("Repeatability-First-Sent", "2025-08-29T00:29:48+25:00"),
            ("Repeatability-First-Sent", "Wed, 27 Aug 2025 00:00:00 GMT"),
        ],
    )
    async def test_invalid_headers(self, world: World, name: str, value: str) -> None:
        answer = await world.call("POST", "/rooms", {}, {**self.headers(world), name: value})
        assert answer.status == 400
        assert answer.error["message"].startswith(name)


class TestGet:
    async def test_existing_room(self, world: World) -> None:
        room = await world.create({"participants": {user(): {}}})
        answer = await world.call("GET", f"/rooms/{room['id']}")
        assert (answer.status, answer.json) == (200, room)

    @pytest.mark.parametrize(
        ("room_id", "message"),
        [
            ("123", "Invalid room ID length."),
            ("invalid_id", "Invalid room ID length."),
            ("9" * 19, "Invalid room ID length."),
            ("NotExistingRoomID", "Invalid room ID."),
            ("non-existingroomId", "Invalid room ID."),
            ("9947533096577848%33%00", "Invalid room ID."),
            ("9947533096577848%2F", "Invalid room ID."),
            ("%D9%A3" * 17, "Invalid room ID."),
            ("%FF" * 17, "Invalid room ID."),
        ],
    )
    @pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/participants")])
    async def test_invalid_room_ids(self, world: World, method: str, rest: str, room_id: str, message: str) -> None:
        answer = await world.call(method, f"/rooms/{room_id}{rest}")
        assert answer.status == 400
        check_refused(answer, "BadRequest", message)

    @pytest.mark.parametrize(
        ("method", "rest", "body"),
        [
            ("GET", "", None),
            ("PATCH", "", {}),
            ("PATCH", "", {"pstnDialOutEnabled": True}),
            ("DELETE", "", None),
            ("GET", "/participants", None),
            ("PATCH", "/participants", {}),
            ("PATCH", "/participants", {"participants": {"wrong": {}}}),
        ],
    )
    async def test_unknown_room(self, world: World, method: str, rest: str, body: object) -> None:
        answer = await world.call(method, f"/rooms/{UNKNOWN_ROOM}{rest}", body)
        assert answer.status == 404
        check_refused(answer, "NotFound", "The server cannot find the requested resource.")

    async def test_expired_room_remains_readable(self, world: World) -> None:
        room = await world.create({"validUntil": at(MINUTE)})
        world.clock.advance(days=2)
        assert (await world.call("GET", f"/rooms/{room['id']}")).json == room
        assert (await world.call("GET", "/rooms")).json["value"] == [room]

    @pytest.mark.parametrize("path", ["//rooms/{}", "/rooms/{}/", "/rooms//{}"])
    async def test_empty_path_segments_are_ignored(self, world: World, path: str) -> None:
        room = await world.create()
        assert (await world.call("GET", path.format(room["id"]))).json == room


class TestUpdate:
    async def test_null_leaves_a_field_unchanged(self, world: World) -> None:
        room = await world.create({"validUntil": at(DAY)})
        body = {"validFrom": None, "validUntil": None, "pstnDialOutEnabled": True}
        answer = await world.call("PATCH", f"/rooms/{room['id']}", body)
        assert (answer.status, answer.json) == (200, room | {"pstnDialOutEnabled": True})
        assert (await world.call("GET", f"/rooms/{room['id']}")).json == answer.json

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"validFrom":null}'])
    async def test_nothing_to_change(self, world: World, body: bytes) -> None:
        room = await world.create()
        answer = await world.call("PATCH", f"/rooms/{room['id']}", body)
        assert (answer.status, answer.json) == (200, room)

    async def test_new_window_reopens_an_expired_room(self, world: World) -> None:
        room = await world.create({"validUntil": at(MINUTE)})
        world.clock.advance(days=2)
        window = {"validFrom": at(2 * DAY), "validUntil": at(3 * DAY)}
        answer = await world.call("PATCH", f"/rooms/{room['id']}", window)
        assert answer.json == room | window

    @pytest.mark.parametrize(
        ("body", "details"),
        [
            ({"validFrom": at(DAY)}, [ALONE]),
            ({"validUntil": at(DAY)}, [ALONE]),
            ({"validFrom": at(181 * DAY), "validUntil": at(-1)}, [LATE, PAST]),
            ({"validFrom": at(0), "validUntil": at(200 * DAY)}, [RANGE]),
        ],
    )
    async def test_refused_times(self, world: World, body: dict[str, str], details: list[tuple[str, str]]) -> None:
        room = await world.create()
        check_malformed(await world.call("PATCH", f"/rooms/{room['id']}", body), *details)
        assert (await world.call("GET", f"/rooms/{room['id']}")).json == room

    async def test_body_is_checked_before_the_id(self, world: World) -> None:
        check_malformed(await world.call("PATCH", "/rooms/123", {"validFrom": at(0)}), ALONE)


class TestDelete:
    async def test_deleting_twice_succeeds(self, world: World) -> None:
        room = await world.create({"participants": {user(): {}}})
        for _ in range(2):
            answer = await world.call("DELETE", f"/rooms/{room['id']}")
            assert (answer.status, answer.body) == (204, b"")
            assert answer.headers.keys().isdisjoint({"content-type", "content-length"})
        assert (await world.call("GET", f"/rooms/{room['id']}")).status == 404
        assert (await world.call("GET", f"/rooms/{room['id']}/participants")).status == 404
        assert (await world.call("GET", "/rooms")).json == {"value": []}


class TestList:
    async def test_pages_are_newest_first_and_stable(self, world: World) -> None:
        ids = []
        for _ in range(250):
            world.clock.advance(seconds=1)
            ids.append((await world.create())["id"])
        seen: list[str] = []
        page = (await world.call("GET", "/rooms")).json
        world.clock.advance(seconds=1)
        await world.create()
        await world.call("DELETE", f"/rooms/{page['value'][-1]['id']}")
        while True:
            seen += [room["id"] for room in page["value"]]
            if "nextLink" not in page:
                break
            assert len(page["value"]) == 100
            page = (await world.call("GET", local(page["nextLink"]), version=None)).json
        assert seen == ids[::-1]

    async def test_next_link_is_absolute(self, world: World) -> None:
        for _ in range(101):
            await world.create()
        link = (await world.call("GET", "/rooms", version="2024-04-15")).json["nextLink"]
        head, _, token = link.partition("?nextLink=")
        assert head == f"https://{HOST}/rooms"
        token, _, version = token.partition("&api-version=")
        assert version == "2024-04-15"
        assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    async def test_python_sdks_version_on_second_page_is_accepted(self, world: World) -> None:
        for _ in range(101):
            await world.create()
        link = local((await world.call("GET", "/rooms")).json["nextLink"])
        answer = await world.call("GET", link.replace("2025-03-13", "ApiVersion.V2025_03_13"), version=None)
        assert (answer.status, len(answer.json["value"])) == (200, 1)

    @pytest.mark.parametrize(
        "token", ["", "x", "AAAA", "%00", "cg", "a" * 900, "cAAAAAAAAAAB", "cv____________", "..", "%FF"]
    )
    async def test_invalid_continuation_tokens(self, world: World, token: str) -> None:
        answer = await world.call("GET", f"/rooms?nextLink={token}")
        assert answer.status == 400
        assert answer.error["message"] == "The continuation token is not valid; list again from the start."

    async def test_roster_token_is_refused_by_the_list(self, world: World) -> None:
        room = await world.create({"participants": {user(n): {} for n in range(101)}})
        page = (await world.call("GET", f"/rooms/{room['id']}/participants")).json
        query = page["nextLink"].partition("?")[2]
        assert (await world.call("GET", f"/rooms?{query}", version=None)).status == 400
        rest = (await world.call("GET", local(page["nextLink"]), version=None)).json
        assert [one["rawId"] for one in page["value"] + rest["value"]] == [user(n) for n in range(101)]
        assert "nextLink" not in rest


class TestParticipants:
    async def roster(self, world: World, room_id: str) -> list[tuple[str, str]]:
        answer = await world.call("GET", f"/rooms/{room_id}/participants")
        return [(one["rawId"], one["role"]) for one in answer.json["value"]]

    async def test_empty_roster(self, world: World) -> None:
        room = await world.create()
        assert (await world.call("GET", f"/rooms/{room['id']}/participants")).json == {"value": []}

    async def test_add_change_and_remove(self, world: World) -> None:
        room = (await world.create({"participants": {user(1): {"role": "Consumer"}, user(2): {}}}))["id"]
        patch = {user(3): {"role": "Collaborator"}, user(1): {"role": "Presenter"}, user(2): None, user(9): None}
        answer = await world.call("PATCH", f"/rooms/{room}/participants", {"participants": patch})
        assert (answer.status, answer.body) == (200, b"{}")
        assert await self.roster(world, room) == [(user(1), "Presenter"), (user(3), "Collaborator")]

    @pytest.mark.parametrize("role", [{}, {"role": None}])
    async def test_missing_role_means_attendee(self, world: World, role: object) -> None:
        room = (await world.create({"participants": {user(1): {"role": "Presenter"}}}))["id"]
        await world.call("PATCH", f"/rooms/{room}/participants", {"participants": {user(1): role, user(2): role}})
        assert await self.roster(world, room) == [(user(1), "Attendee"), (user(2), "Attendee")]

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"participants":null}', b'{"participants":{}}'])
    async def test_nothing_to_change(self, world: World, body: bytes) -> None:
        room = (await world.create({"participants": {user(1): {}}}))["id"]
        answer = await world.call("PATCH", f"/rooms/{room}/participants", body)
        assert (answer.status, answer.body) == (200, b"{}")
        assert await self.roster(world, room) == [(user(1), "Attendee")]

    @pytest.mark.parametrize("wrong", ["4:+15551234567", "8:orgid:1baa2c90-9c2f-4958-8834-d0197bd38767", "wrong", ""])
    @pytest.mark.parametrize("value", [None, {"role": "Presenter"}])
    async def test_one_invalid_identifier_refuses_the_request(self, world: World, wrong: str, value: object) -> None:
        room = (await world.create({"participants": {user(1): {}}}))["id"]
        patch = {user(2): {}, wrong: value, user(1): None}
        answer = await world.call("PATCH", f"/rooms/{room}/participants", {"participants": patch})
        assert answer.status == 400
        check_refused(answer, "BadRequest", f"Communication identifier {wrong} is not supported.")
        assert await self.roster(world, room) == [(user(1), "Attendee")]

    async def test_error_names_every_unknown_role(self, world: World) -> None:
        room = (await world.create())["id"]
        patch = {user(1): {"role": "Owner"}, user(2): {"role": ""}, user(3): {"role": "Presenter"}}
        answer = await world.call("PATCH", f"/rooms/{room}/participants", {"participants": patch})
        check_malformed(answer, (f"$.participants.{user(1)}.role", ROLE), (f"$.participants.{user(2)}.role", ROLE))

    async def test_last_of_two_equal_keys_wins(self, world: World) -> None:
        room = (await world.create())["id"]
        body = f'{{"participants":{{"{user()}":{{"role":"Consumer"}},"{user()}":{{"role":"Presenter"}}}}}}'
        assert (await world.call("PATCH", f"/rooms/{room}/participants", body.encode())).status == 200
        assert await self.roster(world, room) == [(user(), "Presenter")]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (b"{", "$"),
        (b"nul", "$"),
        (b"null", "$"),
        (b"[]", "$"),
        (b"\xff\xfe", "$"),
        (b'{"unknown":"\xff"}', "$"),
        (b"{}{}", "$"),
        (b'{"validFrom":5}', "$.validFrom"),
        (b'{"validFrom":"tomorrow"}', "$.validFrom"),
        (b'{"validUntil":"2025-13-01T00:00:00Z"}', "$.validUntil"),
        (b'{"validUntil":"0001-01-01T00:00:00+10:00"}', "$.validUntil"),
        (b'{"validUntil":"2025-09-01T00"}', "$.validUntil"),
        (b'{"pstnDialOutEnabled":"yes"}', "$.pstnDialOutEnabled"),
        (b'{"pstnDialOutEnabled":1e999}', "$.pstnDialOutEnabled"),
        (b'{"participants":[]}', "$.participants"),
        (b'{"participants":{"8:acs:x":5}}', "$.participants[...]"),
        (b'{"participants":{"\\ud800":{}}}', "$"),
        (b"[" * 100_000, "$"),
        (b'{"participants":' + b'{"a":' * 100_000, "$"),
    ],
)
async def test_malformed_bodies(world: World, body: bytes, target: str) -> None:
    answer = await world.call("POST", "/rooms", body)
    assert answer.status == 400
    assert answer.error["message"] == MALFORMED
    assert [detail["target"] for detail in answer.error["details"]] == [target]
    assert answer.error["details"][0]["message"]


async def test_version_2023_06_14_has_no_dial_out(world: World) -> None:
    old = "2023-06-14"
    room = await world.create({"pstnDialOutEnabled": True}, version=old)
    assert list(room) == ["id", "createdAt", "validFrom", "validUntil"]
    path = f"/rooms/{room['id']}"
    assert (await world.call("GET", path)).json == room | {"pstnDialOutEnabled": False}
    assert (await world.call("PATCH", path, {"pstnDialOutEnabled": True}, version=old)).json == room
    await world.call("PATCH", path, {"pstnDialOutEnabled": True})
    assert (await world.call("GET", path, version=old)).json == room
    assert (await world.call("GET", "/rooms", version=old)).json == {"value": [room]}
    assert (await world.call("GET", path, version="2024-04-15")).json == room | {"pstnDialOutEnabled": True}


async def test_roster_limit(tmp_path: Path) -> None:
    async with make_world(tmp_path, settings=Settings(development=True, roster_limit=2)) as world:
        message = "A room can have at most 2 participants; remove some first."
        answer = await world.call("POST", "/rooms", {"participants": {user(n): {} for n in range(3)}})
        check_refused(answer, "BadRequest", message)
        room = (await world.create({"participants": {user(n): {} for n in range(2)}}))["id"]
        answer = await world.call("PATCH", f"/rooms/{room}/participants", {"participants": {user(7): {}}})
        check_refused(answer, "BadRequest", message)
        swap = {"participants": {user(7): {}, user(0): None}}
        assert (await world.call("PATCH", f"/rooms/{room}/participants", swap)).status == 200
