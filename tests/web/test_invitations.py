"""Invitations over HTTP: links, what they are exchanged for, and the doors that such a token opens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from tests.support.application import HOST, RESOURCE, SECOND_KEY, Answer, World, user, world
from tests.web.test_limits import check_too_many, limited, timer

from openrooms.domain.identities import User
from openrooms.domain.moments import HOUR, SECOND
from openrooms.server.core.ports import Resource
from openrooms.server.core.rates import Rate
from openrooms.server.process.settings import Settings
from openrooms.server.web.limits import FAILURE
from openrooms.wire import operations
from openrooms.wire.dates import format_moment
from openrooms.wire.operations import Access

EXCHANGE = "/openrooms/invitations:exchange"
COOKIE = [f"Path={EXCHANGE}", "Max-Age=34560000", "HttpOnly", "SameSite=Strict", "Secure"]
OPERATIONS = [operation for operation in operations.OPERATIONS if operation.access is not Access.OPEN]
OF_ROOMS = [one for one in OPERATIONS if one.access is not Access.OPERATOR and "room_id" in one.placeholders]
BODIES = {"extend_call": b'{"minutes":5,"validUntil":"2025-08-29T00:29:48Z"}'}
"""What an operation needs to get as far as its rules."""


@pytest.fixture(name="world")
async def _world(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, calls=True) as made:
        yield made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, World]]:
    """Give a service for many examples, and the loop that it runs on."""
    with asyncio.Runner() as runner:
        opening = world(tmp_path_factory.mktemp("running"))
        yield runner, runner.run(opening.__aenter__())
        runner.run(opening.__aexit__(None, None, None))


async def ask(world: World, method: str, target: str, body: object = None, **headers: str) -> Answer:
    return await world.call(method, target, body, headers, version=None)


async def room_of(world: World, *numbers: int, **window: str) -> str:
    """Return the id of a room with these users on its roster, as Attendees."""
    for number in numbers:
        await world.storage.adopt_users(RESOURCE, [User(user(number), world.clock.now)], lambda _: None)
    room = await world.create({"participants": {user(number): {} for number in numbers}, **window})
    return room["id"]


async def invite(world: World, room: str, number: int = 1, **options: Any) -> Any:
    answer = await ask(world, "POST", f"/openrooms/rooms/{room}/invitations", {"rawId": user(number), **options})
    assert answer.status == 201, answer.body
    return answer.json


def secret_of(invitation: Any) -> str:
    return invitation["url"].partition("#")[2]


async def exchange(world: World, secret: str, cookie: str = "", peer: str = "127.0.0.1", **body: Any) -> Answer:
    raw = msgspec.json.encode({"secret": secret, **body})
    return await world.send("POST", EXCHANGE, raw, {"cookie": cookie} if cookie else {}, peer=peer)


async def token_of(world: World, invitation: Any) -> str:
    answer = await exchange(world, secret_of(invitation))
    assert answer.status == 200, answer.body
    return answer.json["token"]


async def as_guest(world: World, token: str, method: str, target: str, body: bytes = b"") -> Answer:
    return await world.send(method, target, body, {"authorization": f"Bearer {token}"})


async def knock(world: World, token: str, operation: operations.Operation, target: str) -> Answer:
    return await as_guest(world, token, operation.method, target, BODIES.get(operation.name, b""))


async def join(world: World, token: str, room: str) -> Answer:
    return await as_guest(world, token, "POST", f"/openrooms/rooms/{room}/join")


def admitted(answer: Answer) -> bool:
    """Return whether a join got as far as the media engine, which these services do not have."""
    return answer.error["code"] == "CallsOff"


# Making, listing and revoking


async def test_only_the_first_answer_has_the_link(world: World) -> None:
    room = await room_of(world, 1)
    made = await invite(world, room)
    assert made["url"] == f"https://{HOST}/j#{secret_of(made)}"
    assert len(secret_of(made)) == 22
    del made["url"]
    assert made == {
        "id": made["id"],
        "rawId": user(1),
        "createdAt": format_moment(world.clock.now),
        "bindToFirstBrowser": False,
    }
    target = f"/openrooms/rooms/{room}/invitations"
    assert (await ask(world, "GET", f"{target}/{made['id']}")).json == made
    assert (await ask(world, "GET", target)).json == {"value": [made]}


async def test_a_use_is_shown(world: World) -> None:
    room = await room_of(world, 1)
    made = await invite(world, room, bindToFirstBrowser=True)
    world.clock.advance(minutes=5)
    await exchange(world, secret_of(made), confirmBrowser=True)
    used = (await ask(world, "GET", f"/openrooms/rooms/{room}/invitations/{made['id']}")).json
    assert used["lastUsedAt"] == used["boundAt"] == format_moment(world.clock.now)


async def test_the_list_has_pages(world: World) -> None:
    room = await room_of(world, *range(1, 13))
    for number in range(1, 13):
        for _ in range(9):
            await invite(world, room, number, keepOthers=True)
    first = (await ask(world, "GET", f"/openrooms/rooms/{room}/invitations")).json
    link = first["nextLink"].removeprefix(f"https://{HOST}")
    second = (await ask(world, "GET", link)).json
    assert (len(first["value"]), len(second["value"]), "nextLink" in second) == (100, 8, False)
    ids = {one["id"] for one in first["value"] + second["value"]}
    assert len(ids) == 108
    answer = await ask(world, "GET", f"/openrooms/rooms/{room}/invitations?nextLink=wrong")
    assert answer.status == 400


async def test_a_new_link_replaces_the_others_unless_they_are_kept(world: World) -> None:
    room = await room_of(world, 1)
    first, second = await invite(world, room), await invite(world, room, keepOthers=True)
    assert (await exchange(world, secret_of(first))).status == 200
    third = await invite(world, room)
    assert [(await exchange(world, secret_of(one))).status for one in (first, second, third)] == [401, 401, 200]


@pytest.mark.parametrize(
    ("room", "body", "status"),
    [
        pytest.param("", {"rawId": user(2)}, 400, id="not on the roster"),
        pytest.param("", {}, 400, id="nobody"),
        pytest.param("", {"rawId": user(1), "forever": True}, 400, id="an unknown field"),
        pytest.param("", b"[", 400, id="not JSON"),
        pytest.param("99400000000000000", {"rawId": user(1)}, 404, id="no such room"),
        pytest.param("1", {"rawId": user(1)}, 400, id="not a room id"),
    ],
)
async def test_an_invitation_that_cannot_work_is_refused(world: World, room: str, body: object, status: int) -> None:
    room = room or await room_of(world, 1)
    assert (await ask(world, "POST", f"/openrooms/rooms/{room}/invitations", body)).status == status


async def test_only_users_of_the_resource_are_invited(world: World) -> None:
    room = (await world.create({"participants": {user(1): {}}}))["id"]
    answer = await ask(world, "POST", f"/openrooms/rooms/{room}/invitations", {"rawId": user(1)})
    assert (answer.status, "adopt" in answer.error["message"]) == (400, True)


async def test_a_revoked_invitation_is_gone(world: World) -> None:
    room = await room_of(world, 1)
    made = await invite(world, room)
    target = f"/openrooms/rooms/{room}/invitations/{made['id']}"
    assert [(await ask(world, "DELETE", target)).status for _ in range(2)] == [204, 204]
    assert (await ask(world, "GET", target)).status == 404
    assert (await ask(world, "DELETE", f"{target}0")).status == 404
    assert (await ask(world, "GET", f"/openrooms/rooms/{room}/invitations")).json == {"value": []}


# Exchanging


async def test_an_exchange_answers_with_what_the_page_needs(world: World) -> None:
    opens, closes = "2025-08-30T09:00:00Z", "2025-08-30T09:30:00Z"
    room = await room_of(world, 1, validFrom=opens, validUntil=closes)
    change = {"title": "Follow-up", "participants": {user(1): {"displayName": "Bo"}}}
    await ask(world, "PATCH", f"/openrooms/rooms/{room}", change)
    invitation = await invite(world, room)
    answer = await exchange(world, secret_of(invitation))
    token = answer.json.pop("token")
    exchanged = answer.json
    del exchanged["token"]
    assert exchanged == {
        "roomId": room,
        "identity": user(1),
        "role": "Attendee",
        "displayName": "Bo",
        "title": "Follow-up",
        "validFrom": "2025-08-30T09:00:00+00:00",
        "validUntil": "2025-08-30T09:30:00+00:00",
        "invitationId": invitation["id"],
        "expiresOn": format_moment((world.clock.now + HOUR) // SECOND * SECOND),
    }
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    # The window is moved, and the same link follows it.
    early = await join(world, token, room)
    assert early.error["subCode"] == 5829
    moved = {"validFrom": "2025-08-29T00:00:00Z", "validUntil": closes}
    await world.call("PATCH", f"/rooms/{room}", moved)
    assert admitted(await join(world, token, room))
    assert (await exchange(world, secret_of(invitation))).json["validFrom"] == "2025-08-29T00:00:00+00:00"


async def test_a_token_expires_and_is_renewed_by_another_exchange(world: World) -> None:
    room = await room_of(world, 1)
    invitation = await invite(world, room)
    token = await token_of(world, invitation)
    world.clock.advance(minutes=59, seconds=59)
    assert admitted(await join(world, token, room))
    world.clock.advance(seconds=1)
    assert (await join(world, token, room)).status == 401
    assert admitted(await join(world, await token_of(world, invitation), room))


Change = Callable[[World, str, Any], Awaitable[Any]]


async def _revoke(world: World, room: str, invitation: Any) -> None:
    await ask(world, "DELETE", f"/openrooms/rooms/{room}/invitations/{invitation['id']}")


async def _replace(world: World, room: str, _: Any) -> None:
    await invite(world, room)


async def _remove(world: World, room: str, _: Any) -> None:
    await world.call("PATCH", f"/rooms/{room}/participants", {"participants": {user(1): None}})


async def _remove_and_add(world: World, room: str, invitation: Any) -> None:
    await _remove(world, room, invitation)
    await world.call("PATCH", f"/rooms/{room}/participants", {"participants": {user(1): {}}})


async def _delete_room(world: World, room: str, _: Any) -> None:
    await world.call("DELETE", f"/rooms/{room}")


async def _revoke_tokens(world: World, _room: str, _: Any) -> None:
    await world.call("POST", f"/identities/{user(1)}/:revokeAccessTokens", version="2023-10-01")


async def _delete_user(world: World, _room: str, _: Any) -> None:
    await world.call("DELETE", f"/identities/{user(1)}", version="2023-10-01")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param(_revoke, 401, "InvitationWithdrawn", id="revoked"),
        pytest.param(_replace, 401, "InvitationWithdrawn", id="replaced"),
        pytest.param(_remove, 401, "InvitationWithdrawn", id="removed from the roster"),
        pytest.param(_remove_and_add, 401, "InvitationWithdrawn", id="removed and added again"),
        pytest.param(_delete_room, 410, "VisitCancelled", id="room deleted"),
        pytest.param(_revoke_tokens, 401, "InvitationWithdrawn", id="tokens revoked"),
        pytest.param(_delete_user, 401, "InvitationWithdrawn", id="user deleted"),
    ],
)
async def test_after_a_revocation_every_door_is_shut(world: World, change: Change, status: int, code: str) -> None:
    room = await room_of(world, 1)
    await world.call("PATCH", f"/rooms/{room}/participants", {"participants": {user(1): {"role": "Presenter"}}})
    invitation = await invite(world, room)
    token = await token_of(world, invitation)
    for operation in OF_ROOMS:
        opened = await knock(world, token, operation, target_of(operation, room, invitation))
        assert opened.status != 401, operation.name
    await change(world, room, invitation)
    for operation in OF_ROOMS:
        shut = await knock(world, token, operation, target_of(operation, room, invitation))
        assert shut.status in {401, 404}, operation.name
    refused = await exchange(world, secret_of(invitation))
    assert (refused.status, refused.error["code"]) == (status, code)
    assert refused.error["message"].endswith(".")


def target_of(operation: operations.Operation, room: str, invitation: Any) -> str:
    values = {"room_id": room, "participant": user(1), "invitation_id": invitation["id"], "user": user(1)}
    values |= dict.fromkeys(("tenant_id", "object_id", "subscription_id", "event_id", "key_name", "token_id"), "x")
    version = f"?api-version={operation.versions[-1]}" if operation.versions else ""
    return operation.path.format_map(values) + version


async def test_a_token_is_good_for_its_room_alone(world: World) -> None:
    room = await room_of(world, 1)
    other = await room_of(world, 1)
    invitation = await invite(world, room)
    token = await token_of(world, invitation)
    for operation in OPERATIONS:
        if operation in OF_ROOMS:
            for elsewhere in (other, "99400000000000000", "x"):
                answer = await as_guest(world, token, operation.method, target_of(operation, elsewhere, invitation))
                assert (answer.status, answer.error["message"][:10]) == (403, "This token"), operation.name
        else:
            answer = await knock(world, token, operation, target_of(operation, room, invitation))
            assert answer.status == 401, operation.name


async def test_a_token_of_another_kind_or_resource_is_refused(world: World) -> None:
    room = await room_of(world, 1)
    token = await token_of(world, await invite(world, room))
    head, payload, signature = token.split(".")
    plain = (
        await world.call("POST", f"/identities/{user(1)}/:issueAccessToken", {"scopes": ["voip"]}, version="2023-10-01")
    ).json["token"]
    for forged in (
        f"{plain.split('.')[0]}.{payload}.{signature}",
        f"{head}.{plain.split('.')[1]}.{plain.split('.')[2]}",
    ):
        assert (await join(world, forged, room)).status == 401
    await world.storage.add_resource(
        Resource("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01", "fabrikam.example", SECOND_KEY.reveal(), SECOND_KEY.reveal())
    )
    await world.resources.refresh()
    answer = await world.send(
        "POST", f"/openrooms/rooms/{room}/join", b"", {"authorization": f"Bearer {token}", "host": "fabrikam.example"}
    )
    assert answer.status == 401


# Wrong secrets


@pytest.mark.parametrize("secret", ["", "A" * 22, "A" * 21, "é" * 22, "A" * 500, "../../../../etc/passwd"])
async def test_a_wrong_secret_says_what_to_do(world: World, secret: str) -> None:
    answer = await exchange(world, secret)
    assert (answer.status, answer.error["code"]) == (401, "InvitationUnknown")
    assert "ask for a new link" in answer.error["message"]


async def test_wrong_secrets_count_as_failed_authentications(tmp_path: Path) -> None:
    async with limited(tmp_path, address=Rate(1, 2 * FAILURE)) as world:
        room = await room_of(world, 1)
        right = secret_of(await invite(world, room))
        for wrong in ("A" * 22, "wrong"):
            assert (await exchange(world, wrong, peer="192.0.2.1")).status == 401
        answer = await exchange(world, right, peer="192.0.2.1")
        assert answer.status == 429
        assert (await exchange(world, right, peer="192.0.2.2")).status == 200


async def test_an_exchange_counts_for_its_person(tmp_path: Path) -> None:
    async with limited(tmp_path, person=Rate(1, 2)) as world:
        room = await room_of(world, 1)
        secret = secret_of(await invite(world, room))
        assert [(await exchange(world, secret)).status for _ in range(2)] == [200, 200]
        check_too_many(await exchange(world, secret), 1)


async def test_refused_links_do_not_count_for_their_person(tmp_path: Path) -> None:
    """Somebody else may have a withdrawn link, or one that is bound to another browser."""
    async with limited(tmp_path, person=Rate(1, 1), address=Rate(1, 3 * FAILURE)) as world:
        room = await room_of(world, 1, 2)
        withdrawn, replacing = [secret_of(await invite(world, room)) for _ in range(2)]
        bound = secret_of(await invite(world, room, 2, bindToFirstBrowser=True))
        first = await exchange(world, bound, confirmBrowser=True)
        cookie = first.headers["set-cookie"].partition(";")[0]
        for secret, peer, status in ((withdrawn, "192.0.2.1", 401), (bound, "192.0.2.2", 403)):
            refused = [(await exchange(world, secret, peer=peer)).status for _ in range(4)]
            assert refused == [status, status, status, 429]
        assert (await exchange(world, replacing)).status == 200
        timer.now += 1
        assert (await exchange(world, bound, cookie)).status == 200


@given(
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.text(max_size=30) | st.integers(),
        lambda inner: (
            st.dictionaries(st.sampled_from(["secret", "confirmBrowser", "x"]), inner, max_size=3)
            | st.lists(inner, max_size=3)
        ),
    ).map(msgspec.json.encode),
    cookie=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=80),
)
@settings(max_examples=150, deadline=None)
def test_any_body_gets_an_answer(running: tuple[asyncio.Runner, World], body: bytes, cookie: str) -> None:
    runner, world = running
    answer = runner.run(world.send("POST", EXCHANGE, body, {"cookie": cookie}))
    assert answer.status in {400, 401}
    assert answer.error["message"]


async def test_a_large_body_is_refused(world: World) -> None:
    answer = await world.send("POST", EXCHANGE, b'{"secret":"' + b"A" * 5000 + b'"}')
    assert answer.status == 413


# Binding to a browser


async def test_a_bound_link_works_in_the_first_browser_only(world: World) -> None:
    room = await room_of(world, 1)
    secret = secret_of(await invite(world, room, bindToFirstBrowser=True))
    unconfirmed = await exchange(world, secret)
    assert (unconfirmed.status, unconfirmed.error["code"]) == (409, "BrowserNotConfirmed")
    first = await exchange(world, secret, confirmBrowser=True)
    assert first.status == 200
    cookie, *attributes = first.headers["set-cookie"].split("; ")
    assert attributes == COOKIE
    for jar in ("", cookie.partition("=")[0] + "=", f"{cookie}x", cookie[:-1]):
        other = await exchange(world, secret, jar, confirmBrowser=True)
        assert (other.status, other.error["code"]) == (403, "InvitationBound")
    again = await exchange(world, secret, f"a=b; {cookie}; c=d")
    assert (again.status, "set-cookie" in again.headers) == (200, False)


async def test_a_confirmation_whose_answer_was_lost_is_repeated(world: World) -> None:
    room = await room_of(world, 1)
    secret = secret_of(await invite(world, room, bindToFirstBrowser=True))
    cookie, *attributes = (await exchange(world, secret)).headers["set-cookie"].split("; ")
    assert attributes == COOKIE
    answers = [await exchange(world, secret, cookie, confirmBrowser=True) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].headers["set-cookie"].split("; ") == [cookie, *COOKIE]
    other = await exchange(world, secret, confirmBrowser=True)
    assert (other.status, "set-cookie" in other.headers) == (403, False)


async def test_only_one_of_several_browsers_wins_a_race(world: World) -> None:
    room = await room_of(world, 1)
    secret = secret_of(await invite(world, room, bindToFirstBrowser=True))
    answers = await asyncio.gather(*(exchange(world, secret, confirmBrowser=True) for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [200] + 9 * [403]


# Calendar files


async def test_a_calendar_file_follows_the_room(world: World) -> None:
    room = await room_of(world, 1, validFrom="2025-08-30T09:00:00Z", validUntil="2025-08-30T09:30:00Z")
    title = 'Follow-up; with, Dr \\ X: "at" nine' + "é" * 60
    await ask(world, "PATCH", f"/openrooms/rooms/{room}", {"title": title})
    first = await ask(world, "POST", f"/openrooms/rooms/{room}/invitations", {"rawId": user(1)}, accept="text/calendar")
    assert first.status == 201
    assert first.headers["content-type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    [event] = Calendar.from_ical(first.body).events
    assert str(event["summary"]) == title
    assert event["dtstart"].to_ical() + event["dtend"].to_ical() == b"20250830T090000Z20250830T093000Z"
    link = str(event["url"])
    assert (await exchange(world, link.partition("#")[2])).status == 200
    [listed] = (await ask(world, "GET", f"/openrooms/rooms/{room}/invitations")).json["value"]
    target = f"/openrooms/rooms/{room}/invitations/{listed['id']}.ics"
    await world.call(
        "PATCH", f"/rooms/{room}", {"validFrom": "2025-08-30T10:00:00Z", "validUntil": "2025-08-30T11:00:00Z"}
    )
    [plain] = Calendar.from_ical((await ask(world, "GET", target)).body).events
    secret = {"openrooms-invitation-secret": link.partition("#")[2]}
    [moved] = Calendar.from_ical((await world.call("GET", target, None, secret, version=None)).body).events
    assert (plain["uid"], moved["uid"]) == (event["uid"], event["uid"])
    assert moved["sequence"] > event["sequence"]
    assert ("url" in plain, str(moved["url"])) == (False, link)
    assert moved["dtstart"].to_ical() == b"20250830T100000Z"
    wrong = {"openrooms-invitation-secret": "A" * 22}
    assert (await world.call("GET", target, None, wrong, version=None)).status == 400


async def test_a_participant_gets_their_own_calendar_file(world: World) -> None:
    room = await room_of(world, 1, 2)
    mine, other = await invite(world, room, 1), await invite(world, room, 2)
    token = await token_of(world, mine)
    target = f"/openrooms/rooms/{room}/invitations"
    assert (await as_guest(world, token, "GET", f"{target}/{mine['id']}.ics")).status == 200
    assert (await as_guest(world, token, "GET", f"{target}/{other['id']}.ics")).status == 404
    assert (await as_guest(world, token, "GET", f"{target}/{mine['id']}")).status == 401


async def test_hostile_titles_stay_in_their_line(world: World) -> None:
    room = await room_of(world, 1)
    await ask(world, "PATCH", f"/openrooms/rooms/{room}", {"title": "A\r\nATTACH:https://evil.example\nEND:VEVENT"})
    answer = await ask(
        world, "POST", f"/openrooms/rooms/{room}/invitations", {"rawId": user(1)}, accept="text/calendar"
    )
    assert all(line.startswith(b"SUMMARY:") for line in answer.body.split(b"\r\n") if b"ATTACH" in line)
    assert answer.body.count(b"\r\nEND:VEVENT\r\n") == 1


async def test_links_begin_with_the_public_address(tmp_path: Path) -> None:
    public = Settings(development=True, public_url="https://rooms.example/")
    async with world(tmp_path, settings=public) as running:
        room = await room_of(running, 1)
        assert (await invite(running, room))["url"].startswith("https://rooms.example/j#")


# Whole visits


PLAN = {
    "title": "Follow-up",
    "validFrom": "2025-08-30T09:00:00Z",
    "validUntil": "2025-08-30T09:30:00Z",
    "waitingRoom": "attendees",
    "startsWith": "presenter",
    "extendBy": 15,
    "participants": [
        {"displayName": "Dr Ada Okafor", "role": "Presenter"},
        {"rawId": user(1), "displayName": "Bo", "bindToFirstBrowser": True},
    ],
}
REPEAT = {
    "repeatability-request-id": "0b7c63f4-3a70-4a37-8b0c-8a3a1a0a6f0e",
    "repeatability-first-sent": "Fri, 29 Aug 2025 00:29:48 GMT",
}


async def plan(world: World, body: object = PLAN, **headers: str) -> Answer:
    await world.storage.adopt_users(RESOURCE, [User(user(1), world.clock.now)], lambda _: None)
    return await world.call("POST", "/openrooms/visits", body, headers, version=None)


async def test_a_visit_is_planned_in_one_request(world: World) -> None:
    answer = await plan(world)
    assert answer.status == 201, answer.body
    planned = answer.json
    ada, bo = planned["participants"]
    visit = (await ask(world, "GET", f"/openrooms/rooms/{planned['id']}")).json
    for name in ("id", "title", "validFrom", "validUntil", "waitingRoom", "startsWith", "extendBy"):
        assert planned[name] == visit[name]
    people = [{name: one[name] for name in ("rawId", "role", "displayName")} for one in (ada, bo)]
    assert people == visit["participants"]
    assert (ada["role"], bo["rawId"], bo["role"]) == ("Presenter", user(1), "Attendee")
    exchanged = (await exchange(world, secret_of(ada["invitation"]))).json
    assert (exchanged["identity"], exchanged["displayName"]) == (ada["rawId"], "Dr Ada Okafor")
    assert (await exchange(world, secret_of(bo["invitation"]))).status == 409
    listed = (await ask(world, "GET", f"/openrooms/rooms/{planned['id']}/invitations")).json["value"]
    assert {one["id"] for one in listed} == {one["invitation"]["id"] for one in (ada, bo)}


async def add(world: World, room: str, *people: object, **headers: str) -> Answer:
    target = f"/openrooms/rooms/{room}/participants"
    return await world.call("POST", target, {"participants": people}, headers, version=None)


async def test_people_are_added_in_one_request(world: World) -> None:
    """Each is a user, is on the roster with a name, and has a link; a repeat adds nobody else."""
    await world.storage.adopt_users(RESOURCE, [User(user(1), world.clock.now)], lambda _: None)
    room = (await plan(world, {"participants": [{"displayName": "Dr Ada"}]})).json["id"]
    people = ({"displayName": "Pat", "role": "Presenter"}, {"rawId": user(1)})
    answer = await add(world, room, *people, **REPEAT)
    assert answer.status == 201, answer.body
    pat, bo = answer.json["participants"]
    visit = (await ask(world, "GET", f"/openrooms/rooms/{room}")).json
    assert [(one["displayName"], one["role"]) for one in visit["participants"]] == [
        ("Dr Ada", "Attendee"),
        ("Pat", "Presenter"),
        ("", "Attendee"),
    ]
    assert [one["rawId"] for one in visit["participants"][1:]] == [pat["rawId"], bo["rawId"]]
    assert (await exchange(world, secret_of(pat["invitation"]))).json["displayName"] == "Pat"
    assert (await add(world, room, *people, **REPEAT)).json == answer.json
    assert (await add(world, room, {"displayName": "Other"}, **REPEAT)).status == 400
    assert len((await ask(world, "GET", f"/openrooms/rooms/{room}")).json["participants"]) == 3


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ({"displayName": "Pat (Presenter)"}, "Presenter"),
        ({"rawId": user(2)}, "is not a user of this resource"),
        ({"rawId": user(1)}, "is on the roster already"),
        ({"rawId": "8:echo"}, "is not supported"),
    ],
)
async def test_nobody_is_added_if_one_cannot_be(world: World, person: object, message: str) -> None:
    room = (await plan(world, {"participants": [{"rawId": user(1)}]})).json["id"]
    users = len((await world.call("GET", "/openrooms/users", version=None)).json["value"])
    answer = await add(world, room, {"displayName": "New"}, person)
    assert (answer.status, message in answer.error["message"]) == (400, True), answer.body
    assert len((await ask(world, "GET", f"/openrooms/rooms/{room}")).json["participants"]) == 1
    assert len((await world.call("GET", "/openrooms/users", version=None)).json["value"]) == users
    assert (await add(world, "99400000000000000", {"displayName": "New"})).status == 404


def files_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


async def test_a_repeat_answers_the_same_links(world: World, tmp_path: Path) -> None:
    first = await plan(world, **REPEAT)
    assert (first.status, first.headers["repeatability-result"]) == (201, "accepted")
    world.clock.advance(minutes=60)
    again = await plan(world, **REPEAT)
    assert again.json == first.json
    assert len((await world.call("GET", "/rooms")).json["value"]) == 1
    other = await plan(world, {**PLAN, "title": "Another"}, **REPEAT)
    assert (other.status, "already used" in other.error["message"]) == (400, True)
    # Neither the links nor the request id, which decrypts them, are in the database.
    await world.storage.check()
    kept = files_of(tmp_path)
    assert b"Follow-up" in kept
    for person in first.json["participants"]:
        assert secret_of(person["invitation"]).encode() not in kept
    assert REPEAT["repeatability-request-id"].encode() not in kept


async def test_a_visit_as_a_calendar_has_an_entry_for_each_person(world: World) -> None:
    answer = await plan(world, accept="text/calendar", **REPEAT)
    events = Calendar.from_ical(answer.body).events
    assert [str(event["summary"]) for event in events] == ["Follow-up", "Follow-up"]
    assert len({str(event["uid"]) for event in events}) == 2
    planned = (await plan(world, **REPEAT)).json
    for person, event in zip(planned["participants"], events, strict=True):
        assert str(event["description"]) == f"{person['displayName']}\n{person['invitation']['url']}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"participants": []}, "1 to 500 participants", id="nobody"),
        pytest.param({"participants": [{}] * 501}, "1 to 500 participants", id="too many"),
        pytest.param({"participants": [{"rawId": user(1)}] * 2}, "is named twice", id="twice"),
        pytest.param({"participants": [{"rawId": user(7)}]}, "is not a user", id="not a user"),
        pytest.param({"participants": [{"rawId": "8:orgid:x"}]}, "is not supported", id="another identity"),
        pytest.param({"participants": [{"displayName": "A" * 65}]}, "longer than 64", id="a long name"),
        pytest.param({"title": "A" * 200}, "longer than", id="a long title"),
        pytest.param({"extendBy": -1}, "extendBy must be", id="negative minutes"),
    ],
)
async def test_a_visit_that_cannot_be_is_refused_whole(world: World, change: Any, message: str) -> None:
    answer = await plan(world, {**PLAN, **change}, **REPEAT)
    assert (answer.status, message in answer.error["message"]) == (400, True), answer.body
    assert (await world.call("GET", "/rooms")).json["value"] == []
    assert (await plan(world, **REPEAT)).status == 201


@pytest.mark.parametrize(
    ("change", "target"),
    [
        ({"participants": [{}, {"role": "Boss"}]}, "$.participants.1.role"),
        ({"waitingRoom": "maybe"}, "$.waitingRoom"),
        ({"validUntil": "tomorrow"}, "$.validUntil"),
        ({"people": []}, "$"),
    ],
)
async def test_a_malformed_plan_names_the_place(world: World, change: Any, target: str) -> None:
    answer = await plan(world, {**PLAN, **change})
    assert (answer.status, answer.error["details"][0]["target"]) == (400, target)
