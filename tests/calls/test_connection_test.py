"""The test of a connection to the media engine: for participants, also early, and good for nothing else."""

from typing import Any

import pytest
from tests.calls.stage import Person, Refused, Stage, User, eventually
from tests.calls.test_gate import forged, try_every_endpoint

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def begin(play: Stage, room: str, user: User) -> Any:
    return await play.ask_as(user.token, "POST", f"/openrooms/rooms/{room}/call:testConnection")


async def test_early_comers_test_alone_and_without_grants(play: Stage) -> None:
    ada, bob = await play.user(), await play.user()
    room = await play.room({ada.raw_id: "Presenter", bob.raw_id: "Attendee"}, opens=600)
    people = [Person(await begin(play, room, user)) for user in (ada, bob)]
    try:
        for person in people:
            await person.connect()
        assert [dict(person.room.remote_participants) for person in people] == [{}, {}]
        permissions = people[0].room.local_participant.permissions
        assert permissions is not None
        assert not permissions.can_publish
        assert not permissions.can_publish_data
        call = await play.ask_as(ada.token, "GET", f"/openrooms/rooms/{room}/call")
        assert (call["state"], call["participants"]) == ("idle", [])
    finally:
        for person in people:
            await person.leave()


async def test_others_may_not_test(play: Stage) -> None:
    ada, bob = await play.user(), await play.user()
    room = await play.room({ada.raw_id: "Presenter"}, lasts=1)
    assert await refusal(play, room, bob) == 5828

    async def is_closed() -> bool:
        return await refusal(play, room, ada) == 5829

    await eventually(is_closed, 20)


async def refusal(play: Stage, room: str, user: User) -> int | None:
    """Return the sub code with which the service refuses a test, or `None` if it allows it."""
    try:
        await begin(play, room, user)
    except Refused as refused:
        return refused.sub_code
    return None


async def test_the_gate_refuses_what_is_no_test_of_this_user(play: Stage) -> None:
    ada, bob = await play.user(), await play.user()
    room = await play.room({ada.raw_id: "Presenter", bob.raw_id: "Presenter"})
    test = await begin(play, room, ada)
    for token in (
        forged(test, attributes={"rev": "0", "testUntil": "1"}),
        forged(test, attributes={"rev": "0"}),
        forged(test, attributes={"rev": "1", "testUntil": "9" * 18}),
        forged(test, sub=bob.raw_id),
    ):
        assert {answer.status for answer in (await try_every_endpoint(play, token)).values()} == {401}
    await play.roles(room, {ada.raw_id: None})
    refused = {answer.status for answer in (await try_every_endpoint(play, test["mediaToken"])).values()}
    assert refused == {403}
