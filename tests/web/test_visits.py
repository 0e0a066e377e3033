"""Visits over HTTP: a room's options, and the names of its participants."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.application import NOW, RESOURCE, Answer, World, local, user
from tests.support.application import world as make_world

from openrooms.domain.identities import User
from openrooms.domain.moments import MINUTE, after
from openrooms.server.core import visits
from openrooms.wire import versions
from openrooms.wire.dates import format_moment, parse_moment

ROOM = "99475330965778483"
IDENTITY_VERSION = versions.IDENTITY[-1]


async def visit(world: World, *roster: int) -> str:
    """Make a room with these users on its roster, and return the target of its visit."""
    room = await world.create({"participants": {user(number): {"role": "Attendee"} for number in roster}})
    return f"/openrooms/rooms/{room['id']}"


async def ask(world: World, method: str, target: str, body: object = None) -> Any:
    answer = await world.call(method, target, body, version=None)
    assert answer.status == 200, answer.body
    return answer.json


async def refusal(world: World, target: str, body: object) -> tuple[int, str]:
    answer = await world.call("PATCH", target, body, version=None)
    details = answer.error.get("details", [])
    return answer.status, f"{answer.error['message']} {details}"


async def test_a_room_begins_as_a_plain_visit(world: World) -> None:
    target = await visit(world, 1)
    plain = await ask(world, "GET", target)
    room = await ask(world, "GET", f"/rooms/{plain['id']}?api-version=2025-03-13")
    assert plain == {
        "id": room["id"],
        "title": "",
        "validFrom": room["validFrom"],
        "validUntil": room["validUntil"],
        "waitingRoom": "off",
        "startsWith": "anyone",
        "extendBy": 0,
        "extended": 0,
        "participants": [{"rawId": user(1), "role": "Attendee", "displayName": ""}],
    }


async def test_an_update_changes_what_it_names(world: World) -> None:
    target = await visit(world, 1, 2)
    before = await world.call("GET", target.removeprefix("/openrooms"))
    everything = {
        "title": " Check-up\n",
        "waitingRoom": "attendees",
        "startsWith": "presenter",
        "extendBy": 15,
        "participants": {user(1).upper().replace("8:ACS", "8:acs"): {"displayName": " Bo "}},
    }
    changed = await ask(world, "PATCH", target, everything)
    assert changed == await ask(world, "GET", target)
    assert (changed["title"], changed["waitingRoom"], changed["startsWith"], changed["extendBy"]) == (
        "Check-up",
        "attendees",
        "presenter",
        15,
    )
    assert [person["displayName"] for person in changed["participants"]] == ["Bo", ""]
    assert await ask(world, "PATCH", target, {"participants": {user(1): {}}}) == changed
    changed = await ask(
        world, "PATCH", target, {"startsWith": "anyone", "participants": {user(2): {"displayName": "Cy"}}}
    )
    assert (changed["title"], changed["waitingRoom"], changed["startsWith"]) == ("Check-up", "attendees", "anyone")
    assert [person["displayName"] for person in changed["participants"]] == ["Bo", "Cy"]
    assert (await world.call("GET", target.removeprefix("/openrooms"))).body == before.body


async def test_null_resets_an_option_or_a_name(world: World) -> None:
    target = await visit(world, 1, 2)
    plain = await ask(world, "GET", target)
    named = {user(1): {"displayName": "Bo"}, user(2): {"displayName": "Cy"}}
    everything = {"title": "Check-up", "waitingRoom": "everyone", "startsWith": "presenter", "extendBy": 5}
    assert await ask(world, "PATCH", target, {**everything, "participants": named}) != plain
    nulls = {**dict.fromkeys(everything), "participants": {user(1): None, user(2): {"displayName": None}}}
    assert await ask(world, "PATCH", target, nulls) == plain


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"titel": "x"}, "unknown field `titel`"),
        ({"participants": {user(1): {"name": "x"}}}, "unknown field `name`"),
        ({"waitingRoom": "Off"}, "Invalid enum value 'Off'"),
        ({"startsWith": "doctor"}, "$.startsWith"),
        ({"extendBy": "5"}, "$.extendBy"),
        ({"extendBy": 1441}, "extendBy must be between 0 and 1440 minutes."),
        ({"extendBy": -1}, "extendBy must be between 0 and 1440 minutes."),
        ({"title": "x" * 129}, "The title is longer than 128 characters."),
        ({"participants": None}, "$.participants"),
        ({"participants": {user(1): {"displayName": "x" * 65}}}, "The displayName is longer than 64 characters."),
        ({"participants": {user(1): {"displayName": "Dr X (Presenter)"}}}, "must not contain the name of a role"),
        ({"title": "New", "participants": {user(9): {"displayName": "x"}}}, f"{user(9)} is not on the roster"),
        ({"title": "New", "participants": {"x": None}}, "x is not on the roster"),
        (b"[", "$"),
        (b'{"title": "\xff"}', "UTF-8"),
        (b'{"x":' * 100_000, "$"),
    ],
)
async def test_a_wrong_update_changes_nothing(world: World, body: object, message: str) -> None:
    target = await visit(world, 1)
    plain = await ask(world, "GET", target)
    status, text = await refusal(world, target, body)
    assert status == 400
    assert message in text
    assert await ask(world, "GET", target) == plain


async def test_there_is_no_visit_without_a_room(world: World) -> None:
    for target in (f"/openrooms/rooms/{ROOM}", "/openrooms/rooms/1"):
        expected = 404 if ROOM in target else 400
        assert (await world.call("GET", target, version=None)).status == expected
        assert (await world.call("PATCH", target, {"title": "x"}, version=None)).status == expected


async def test_visits_are_for_the_operator(world: World) -> None:
    target = await visit(world, 1)
    await world.storage.create_user(RESOURCE, User(user(1), world.clock.now))
    for method in ("GET", "PATCH"):
        assert (await world.send(method, target)).status == 401
        answer = await world.send(method, target, headers={"authorization": "Bearer a.b.c"})
        assert answer.status == 401


async def test_a_long_roster_comes_in_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "PAGE", 2)
    target = await visit(world, 1, 2, 3)
    first = await ask(world, "GET", target)
    assert [person["rawId"] for person in first["participants"]] == [user(1), user(2)]
    last = await ask(world, "GET", local(first["nextLink"]))
    assert ([person["rawId"] for person in last["participants"]], "nextLink" in last) == ([user(3)], False)
    assert (await world.call("GET", f"{target}?nextLink=x", version=None)).status == 400


@pytest.fixture
async def called(tmp_path: Path) -> AsyncIterator[World]:
    """A service whose users may act in calls."""
    async with make_world(tmp_path, calls=True) as world:
        yield world


async def token(world: World, scopes: tuple[str, ...] = ("voip",)) -> tuple[str, str]:
    """Make a user, and return their raw id and the header of their token."""
    answer = await world.call("POST", "/identities", {"createTokenWithScopes": scopes}, version=IDENTITY_VERSION)
    return answer.json["identity"]["id"], f"Bearer {answer.json['accessToken']['token']}"


async def open_room(world: World, roster: dict[str, str], minutes: int = 60, extend_by: int = 20) -> tuple[str, str]:
    """Make a room that is open now, and return the target of its visit and its end."""
    window = {"validFrom": format_moment(NOW), "validUntil": format_moment(after(NOW, minutes * MINUTE))}
    room = await world.create({**window, "participants": {raw_id: {"role": role} for raw_id, role in roster.items()}})
    target = f"/openrooms/rooms/{room['id']}"
    await ask(world, "PATCH", target, {"extendBy": extend_by})
    return target, room["validUntil"]


async def extend(world: World, target: str, minutes: object, seen: object, bearer: str | None = None) -> Answer:
    """Extend as the operator, or as the user of a token."""
    body, target = {"minutes": minutes, "validUntil": seen}, f"{target}/call:extend"
    if bearer is None:
        return await world.call("POST", target, body, version=None)
    return await world.send("POST", target, msgspec.json.encode(body), {"authorization": bearer})


def later(end: str, minutes: int) -> str:
    return format_moment(after(parse_moment(end), minutes * MINUTE))


async def test_a_presenter_extends_within_what_is_allowed(called: World) -> None:
    ada, bearer = await token(called)
    target, end = await open_room(called, {ada: "Presenter"})
    for _ in range(2):
        answer = await extend(called, target, 15, end, bearer)
        assert (answer.status, answer.json) == (
            200,
            {"validFrom": format_moment(NOW), "validUntil": later(end, 15), "extendBy": 5},
        )
    odd = await extend(called, target, 3, later(end, 15), bearer)
    assert (odd.status, odd.error["message"]) == (400, "The minutes must be one of 5, 10, 15.")
    refused = await extend(called, target, 10, later(end, 15), bearer)
    assert (refused.status, refused.error) == (
        403,
        {"code": "NotExtendable", "message": "Presenters may add 5 more minutes to this room."},
    )
    assert (await extend(called, target, 10, later(end, 15))).json["validUntil"] == later(end, 25)
    visit = await ask(called, "GET", target)
    assert (visit["validUntil"], visit["extendBy"], visit["extended"]) == (later(end, 25), 20, 15)
    [listed] = (await ask(called, "GET", "/openrooms/rooms"))["value"]
    assert listed["plannedUntil"] == later(end, 0)
    # Azure's operation answers the same window.
    room = await called.call("GET", target.removeprefix("/openrooms"))
    assert room.json["validUntil"] == later(end, 25)


async def test_an_end_that_has_moved_is_answered(called: World) -> None:
    target, end = await open_room(called, {})
    refused = await extend(called, target, 5, later(end, 30))
    assert (refused.status, refused.error["code"], refused.error["validUntil"]) == (409, "EndMoved", end)
    assert (await ask(called, "GET", target))["validUntil"] == end


@pytest.mark.parametrize("role", ["Collaborator", "Attendee", "Consumer", None])
async def test_only_presenters_extend(called: World, role: str | None) -> None:
    ada, bearer = await token(called)
    target, end = await open_room(called, {ada: role} if role else {})
    assert (await extend(called, target, 5, end, bearer)).status == 403
    assert (await ask(called, "GET", target))["validUntil"] == end


async def test_only_the_operator_opens_a_room_again(called: World) -> None:
    ada, bearer = await token(called)
    target, end = await open_room(called, {ada: "Presenter"}, minutes=30)
    called.clock.advance(minutes=31)
    refused = await extend(called, target, 5, end, bearer)
    assert (refused.status, refused.error["subCode"]) == (403, 5829)
    assert (await extend(called, target, 5, end)).json["validUntil"] == later(end, 6)
    assert (await extend(called, target, 5, later(end, 6), bearer)).status == 200


@pytest.mark.parametrize(
    ("minutes", "seen", "message"),
    [
        (0, "2025-08-29T01:29:48Z", "between 1 and 1440"),
        ("5", "2025-08-29T01:29:48Z", "$.minutes"),
        (5, "noon", "$.validUntil"),
        (5, None, "$.validUntil"),
    ],
)
async def test_a_wrong_extension_changes_nothing(called: World, minutes: object, seen: object, message: str) -> None:
    target, end = await open_room(called, {})
    answer = await extend(called, target, minutes, seen)
    assert answer.status == 400
    assert message in f"{answer.error}"
    assert (await ask(called, "GET", target))["validUntil"] == end


async def test_a_room_is_not_extended_beyond_180_days(called: World) -> None:
    target, end = await open_room(called, {}, minutes=180 * 24 * 60)
    answer = await extend(called, target, 5, end)
    assert (answer.status, answer.error["details"][0]["target"]) == (400, "ValidUntil")


async def test_there_is_no_extension_without_a_room(called: World) -> None:
    _, bearer = await token(called)
    for target in (f"/openrooms/rooms/{ROOM}", "/openrooms/rooms/1"):
        for caller in (None, bearer):
            answer = await extend(called, target, 5, format_moment(NOW), caller)
            assert (answer.status, answer.error["subCode"]) == (404, 5732) if caller else answer.status == 404
