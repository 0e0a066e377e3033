"""People who came by an invitation leave the call when it ends, and no token that came of it opens a door."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from livekit import rtc
from tests.calls.stage import Person, Refused, Stage, User
from tests.calls.test_enforced import left_at, within
from tests.calls.test_gate import try_every_endpoint

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXCHANGE = "/openrooms/invitations:exchange"
Change = Callable[[Stage, str, User, Any], Awaitable[object]]
CHANGES: dict[str, Change] = {
    "revoked": lambda stage, room, _, link: stage.ask("DELETE", f"/openrooms/rooms/{room}/invitations/{link['id']}"),
    "replaced": lambda stage, room, user, _: invite(stage, room, user.raw_id),
    "removed from the roster": lambda stage, room, user, _: stage.roles(room, {user.raw_id: None}),
    "tokens revoked": lambda stage, _room, user, _: stage.revoke(user.raw_id),
    "user deleted": lambda stage, _room, user, _: stage.delete_user(user.raw_id),
    "room deleted": lambda stage, room, _user, _: stage.delete_room(room),
}


async def invite(stage: Stage, room: str, raw_id: str) -> Any:
    return await stage.ask("POST", f"/openrooms/rooms/{room}/invitations", {"rawId": raw_id})


async def exchange(stage: Stage, link: Any) -> Any:
    secret = link["url"].partition("#")[2]
    return await stage.ask_as("", "POST", EXCHANGE, {"secret": secret})


async def test_every_end_of_an_invitation_ends_the_connection(play: Stage) -> None:
    plain = await play.user()
    users = [await play.user() for _ in CHANGES]
    room = await play.room({plain.raw_id: "Presenter"} | {user.raw_id: "Attendee" for user in users})
    links = [await invite(play, room, user.raw_id) for user in users]
    guests = [User(user.raw_id, (await exchange(play, link))["token"]) for user, link in zip(users, links, strict=True)]
    presenter = await play.person(room, plain)
    people = [await play.person(room, guest) for guest in guests]
    for (name, change), guest, link, person in zip(CHANGES.items(), guests, links, people, strict=True):
        assert not person.left.done(), name
        await change(play, room, guest, link)
        answered = time.time()
        assert await left_at(person) - answered < within(), name
        if name == "room deleted":
            assert await left_at(presenter) - answered < within()
        assert presenter.left.done() == (name == "room deleted"), name
        for token in person.tokens:
            with pytest.raises(rtc.ConnectError, match=r"40[13]"):
                await Person(person.joined).connect(token)
            for door, answer in (await try_every_endpoint(play, token)).items():
                assert answer.status in {401, 403}, (name, door)
        with pytest.raises(Refused):
            await play.join(room, guest.token)
        with pytest.raises(Refused):
            await exchange(play, link)
    assert max(len(person.tokens) for person in people) > 1, "the test needs a token that LiveKit renewed"
    await asyncio.gather(*(person.leave() for person in (presenter, *people)))
