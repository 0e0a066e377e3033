"""Joining, reading and moderating a call over HTTP."""

import asyncio
from datetime import UTC, datetime

import pytest
from livekit import rtc
from tests.calls.stage import Person, Refused, Stage, User, eventually
from tests.support.patience import patient

pytestmark = pytest.mark.asyncio(loop_scope="session")

MICROPHONE = rtc.TrackSource.SOURCE_MICROPHONE
NOBODY = "8:acs:00000000-0000-4000-8000-000000000000_00000000-0000-4000-8000-000000000000"


async def refusal(request) -> Refused:
    with pytest.raises(Refused) as refused:
        await request
    return refused.value


@pytest.mark.parametrize("scope", ["voip", "voip.join"])
async def test_joining_returns_what_an_sdk_needs(play: Stage, scope):
    user = await play.user(scope)
    room = await play.room({user.raw_id: "Collaborator"})
    joined = await play.join(room, user.token, "  Ada \n Lovelace ")
    assert joined["roomId"] == room
    assert joined["identity"] == user.raw_id
    assert joined["role"] == "Collaborator"
    assert joined["capabilities"]["shareScreen"] is True
    assert joined["capabilities"]["muteOthers"] is False
    assert datetime.fromisoformat(joined["validUntil"]) > datetime.now(UTC)
    assert joined["mediaUrl"] == f"ws://127.0.0.1:{play.port}/livekit"
    person = Person(joined)
    await person.connect()
    assert person.room.local_participant.name == "Ada Lovelace"
    await person.leave()


async def test_joining_again_replaces_the_connection(play):
    """A page that was reloaded joins again, and its old connection ends."""
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    first, second = await play.person(room, user), await play.person(room, user)
    await asyncio.wait_for(asyncio.shield(first.left), patient(5))
    assert len((await play.ask("GET", f"/openrooms/rooms/{room}/call"))["participants"]) == 1
    assert not second.left.done()
    await asyncio.gather(first.leave(), second.leave())


async def test_a_refused_join_gives_its_reason(play):
    user, stranger = await play.user(), await play.user()
    room = await play.room({user.raw_id: "Attendee"}, opens=60)
    early = await refusal(play.join(room, user.token))
    assert (early.status, early.sub_code, early.error["message"]) == (403, 5829, "The room is not open yet.")
    assert {"validFrom", "validUntil"} <= early.error.keys()
    assert datetime.fromisoformat(early.error["validFrom"]) > datetime.now(UTC)
    uninvited = await refusal(play.join(room, stranger.token))
    assert (uninvited.status, uninvited.sub_code) == (403, 5828)
    assert "validFrom" not in uninvited.error
    for unknown in ("99400000000000000", "1", "not-a-room"):
        missing = await refusal(play.join(unknown, user.token))
        assert (missing.status, missing.sub_code) == (404, 5732)


async def test_the_case_of_a_raw_id_does_not_matter(play):
    user = await play.user()
    capitals = f"8:acs:{user.raw_id[6:].upper()}"
    room = await play.room({capitals: "Presenter"})
    person = await play.person(room, user)
    why = await play.ask("GET", f"/openrooms/rooms/{room}/why?rawId={capitals}")
    assert (why["mayJoin"], why["role"]) == (True, "Presenter")
    await play.ask("POST", f"/openrooms/rooms/{room}/call/participants/{capitals}:remove")
    await asyncio.wait_for(asyncio.shield(person.left), patient(5))
    await play.roles(room, {capitals: None})
    assert (await refusal(play.join(room, user.token))).sub_code == 5828


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
async def test_joining_needs_a_token_of_this_service(play, token):
    refused = await refusal(play.join("99400000000000000", token))
    assert (refused.status, refused.sub_code) == (401, 4507)


async def test_a_revoked_token_cannot_join(play):
    """The user can join with a new token."""
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    await play.revoke(user.raw_id)
    refused = await refusal(play.join(room, user.token))
    assert (refused.status, refused.sub_code) == (401, 4507)
    assert (await play.join(room, await play.token(user.raw_id)))["identity"] == user.raw_id


async def test_a_chat_token_cannot_join(play):
    user = await play.user("chat")
    room = await play.room({user.raw_id: "Presenter"})
    refused = await refusal(play.join(room, user.token))
    assert (refused.status, refused.error["code"]) == (403, "ScopeRefused")
    ended = await refusal(play.ask_as(user.token, "POST", f"/openrooms/rooms/{room}/call:end"))
    assert (ended.status, ended.error["code"]) == (403, "ScopeRefused")


async def test_operators_and_long_names_cannot_join(play):
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    assert (await refusal(play.ask("POST", f"/openrooms/rooms/{room}/join"))).status == 401
    assert (await refusal(play.join(room, user.token, "x" * 257))).status == 400


async def test_the_call_is_idle_until_someone_joins(play):
    user, stranger = await play.user(), await play.user()
    room = await play.room({user.raw_id: "Presenter"})
    path = f"/openrooms/rooms/{room}/call"
    nobody = {"state": "idle", "participants": [], "dialOuts": []}
    at_door = {"waiting": [], "waitingCount": 0, "keptOut": []}
    assert await play.ask_as(user.token, "GET", path) == nobody | at_door
    person = await play.person(room, user, "Ada")
    call = await play.ask_as(user.token, "GET", path)
    (participant,) = call["participants"]
    assert call["state"] == "active"
    assert (participant["communicationIdentifier"], participant["role"], participant["displayName"]) == (
        {"rawId": user.raw_id},
        "Presenter",
        "Ada",
    )
    assert abs(datetime.fromisoformat(participant["joinedAt"]) - datetime.now(UTC)).total_seconds() < 10
    assert (await refusal(play.ask_as(stranger.token, "GET", path))).sub_code == 5828
    assert (await refusal(play.ask("GET", "/openrooms/rooms/99400000000000000/call"))).status == 404
    await person.leave()


@pytest.mark.parametrize("role", ["Collaborator", "Attendee", "Consumer"])
async def test_only_presenters_moderate(play, role):
    user = await play.user()
    room = await play.room({user.raw_id: role})
    call = f"/openrooms/rooms/{room}/call"
    for path in (f"{call}/participants/{NOBODY}:mute", f"{call}/participants/{NOBODY}:remove", f"{call}:end"):
        refused = await refusal(play.ask_as(user.token, "POST", path))
        assert (refused.status, refused.error["message"]) == (403, "Only a Presenter of the room may do this.")
    assert (
        await refusal(play.ask_as(user.token, "POST", f"{call}:dialOut", {"phoneNumber": "+15550100"}))
    ).status == 403
    assert (
        await refusal(play.ask_as(user.token, "GET", f"/openrooms/rooms/{room}/why?rawId={user.raw_id}"))
    ).status == 401


@pytest.mark.parametrize("by_operator", [False, True], ids=["presenter", "operator"])
async def test_mute_remove_and_end(play, by_operator):
    ann, bo = await play.user(), await play.user()
    room = await play.room({ann.raw_id: "Presenter", bo.raw_id: "Attendee"})
    call = f"/openrooms/rooms/{room}/call"

    async def moderate(path: str) -> None:
        assert await (play.ask("POST", path) if by_operator else play.ask_as(ann.token, "POST", path)) == {}

    ada, bob = await play.person(room, ann), await play.person(room, bo)
    published = await bob.publish(MICROPHONE, video=False)
    await eventually(lambda: bo.raw_id in ada.room.remote_participants)
    await moderate(f"{call}/participants/{bo.raw_id}:mute")
    await eventually(lambda: published.muted, 1.0)
    await moderate(f"{call}/participants/{bo.raw_id}:mute")
    await moderate(f"{call}/participants/{bo.raw_id}:remove")
    await asyncio.wait_for(asyncio.shield(bob.left), patient(1))
    # The participant is still on the roster, so they may join again.
    again = await play.person(room, bo)
    await moderate(f"{call}:end")
    await asyncio.wait_for(asyncio.gather(asyncio.shield(ada.left), asyncio.shield(again.left)), patient(1))
    assert (await play.ask("GET", call))["state"] == "idle"
    await moderate(f"{call}:end")
    await asyncio.gather(ada.leave(), bob.leave(), again.leave())


@pytest.mark.parametrize("verb", ["mute", "remove"])
async def test_only_people_in_the_call_can_be_moderated(play, verb):
    user = await play.user()
    room = await play.room({user.raw_id: "Presenter"})
    missing = await refusal(
        play.ask_as(user.token, "POST", f"/openrooms/rooms/{room}/call/participants/{user.raw_id}:{verb}")
    )
    assert (missing.status, missing.error["message"]) == (404, "This person is not in the call.")


async def test_an_unknown_verb_is_not_found(play):
    user = await play.user()
    room = await play.room({user.raw_id: "Presenter"})
    path = f"/openrooms/rooms/{room}/call/participants/{user.raw_id}:promote"
    assert (await refusal(play.ask_as(user.token, "POST", path))).status == 404


async def test_dialling_out_is_refused(play):
    user = await play.user()
    room = await play.room({user.raw_id: "Presenter"})
    path = f"/openrooms/rooms/{room}/call:dialOut"
    body = {"phoneNumber": "+15550100"}
    assert (await refusal(play.ask_as(user.token, "POST", path, body))).status == 403
    await play.ask("PATCH", f"/rooms/{room}?api-version=2025-03-13", {"pstnDialOutEnabled": True})
    assert (await refusal(play.ask_as(user.token, "POST", path, {"phoneNumber": "5550100"}))).status == 400
    refused = await refusal(play.ask_as(user.token, "POST", path, body))
    assert (refused.status, refused.error["code"]) == (501, "NotImplemented")


async def why(play: Stage, room: str, user: User):
    return await play.ask("GET", f"/openrooms/rooms/{room}/why?rawId={user.raw_id.replace(':', '%3A')}")


async def test_why_lists_the_outcome_of_each_rule(play):
    user, stranger = await play.user(), await play.user()
    room = await play.room({user.raw_id: "Consumer"})
    rules = ["userIsActive", "roomExists", "onRoster", "insideWindow", "letIn"]
    assert await why(play, room, user) == {
        "mayJoin": True,
        "role": "Consumer",
        "rules": [{"rule": rule, "passed": True} for rule in (*rules, "callHasRoom")],
    }
    refused = await why(play, room, stranger)
    assert (refused["mayJoin"], refused["role"]) == (False, None)
    assert refused["rules"][2] == {
        "rule": "onRoster",
        "passed": False,
        "message": "You are not on the roster of this room.",
        "subCode": 5828,
    }
    await play.delete_room(room)
    assert [rule["passed"] for rule in (await why(play, room, user))["rules"]] == [True, False]
    gone = await why(play, room, User("nobody", ""))
    assert gone["rules"][0]["subCode"] == 4507


async def test_a_forged_webhook_is_refused(play):
    target = f"{play.url}/openrooms/livekit"
    for headers in ({}, {"Authorization": "x"}):
        async with play.session.post(target, data=b'{"event":"room_finished"}', headers=headers) as answer:
            assert answer.status == 401


async def test_a_webhook_is_checked_at_once(own):
    """A webhook makes the service unpublish a mislabelled track before the next pass."""
    ann, bo = await own.user(), await own.user()
    room = await own.room({ann.raw_id: "Presenter", bo.raw_id: "Attendee"})
    ada, bob = await own.person(room, ann), await own.person(room, bo)
    published: list[float] = []
    unpublished: list[float] = []
    loop = asyncio.get_running_loop()
    ada.room.on("track_published", lambda *_: published.append(loop.time()))
    ada.room.on("track_unpublished", lambda *_: unpublished.append(loop.time()))
    await bob.publish(MICROPHONE, video=True)
    await eventually(lambda: bool(unpublished))
    assert unpublished[0] - published[0] < 0.45
    await asyncio.gather(ada.leave(), bob.leave())
