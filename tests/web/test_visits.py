"""Visits over HTTP: a room's options, and the names of its participants."""

from typing import Any

import pytest
from tests.support.application import RESOURCE, World, local, user

from openrooms.domain.identities import User
from openrooms.server.core import visits

ROOM = "99475330965778483"


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
