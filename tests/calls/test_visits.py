"""A room's title, its end and its participants' names reach everyone in the call within a second."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.calls.stage import Person, Refused, Stage, User, eventually, two_stages
from tests.calls.test_enforced import call, left_at, within
from tests.support.postgres import Cluster

from openrooms.domain.calls import CallNotice
from openrooms.domain.moments import MINUTE, SECOND, Moment, after
from openrooms.wire.dates import parse_moment
from openrooms.wire.notices import read_notice

pytestmark = pytest.mark.asyncio(loop_scope="session")


def notice(person: Person) -> CallNotice:
    """Return what the call says of its room, as a person in it sees it."""
    read = read_notice(person.room.metadata)
    assert read is not None
    return read


def named(person: Person, other: User) -> tuple[str, str]:
    """Return the name of another participant and who gave it, as a person in the call sees them."""
    participant = person.room.remote_participants.get(other.raw_id)
    return (participant.name.strip(), participant.attributes.get("openrooms.name", "")) if participant else ("", "")


def role(person: Person, other: User) -> str:
    """Return the role of another participant, as a person in the call sees it."""
    participant = person.room.remote_participants.get(other.raw_id)
    return participant.attributes["role"] if participant else ""


async def change(stage: Stage, room: str, body: dict[str, Any]) -> Any:
    return await stage.ask("PATCH", f"/openrooms/rooms/{room}", body)


async def extend(stage: Stage, room: str, minutes: int, seen: str, user: User | None = None) -> Any:
    body, target = {"minutes": minutes, "validUntil": seen}, f"/openrooms/rooms/{room}/call:extend"
    return await (stage.ask("POST", target, body) if user is None else stage.ask_as(user.token, "POST", target, body))


async def in_call(stage: Stage, room: str) -> dict[str, tuple[str, str]]:
    people = (await stage.ask("GET", f"/openrooms/rooms/{room}/call"))["participants"]
    return {
        person["communicationIdentifier"]["rawId"]: (person["displayName"], person["nameSource"]) for person in people
    }


async def test_everyone_sees_the_title_and_the_names(play: Stage):
    ann, bo, cy = [await play.user() for _ in range(3)]
    room = await play.room({ann.raw_id: "Presenter", bo.raw_id: "Attendee", cy.raw_id: "Consumer"})
    await change(play, room, {"title": "Check-up", "participants": {ann.raw_id: {"displayName": "Dr Ann Okafor"}}})
    ada = await play.person(room, ann, "Annie")
    assert notice(ada).title == "Check-up"
    assert ada.room.local_participant.name == "Dr Ann Okafor"
    bob, cyd = await play.person(room, bo, " Bo\u202e (Presenter) "), await play.person(room, cy)
    await eventually(lambda: len(ada.room.remote_participants) == 2)
    assert [named(ada, bo), named(ada, cy)] == [("Bo", "typed"), ("", "")]
    assert named(bob, ann) == ("Dr Ann Okafor", "organiser")
    assert await in_call(play, room) == {
        ann.raw_id: ("Dr Ann Okafor", "organiser"),
        bo.raw_id: ("Bo", "typed"),
        cy.raw_id: ("", ""),
    }
    names = {ann.raw_id: None, bo.raw_id: {"displayName": "Bo Chen"}}
    await change(play, room, {"title": "Results", "extendBy": 15, "participants": names})
    await eventually(lambda: notice(cyd).title == notice(ada).title == "Results", within())
    await eventually(lambda: named(bob, ann) == ("", "") and named(ada, bo) == ("Bo Chen", "organiser"), within())
    assert notice(cyd).minutes_left == 15
    # Somebody who comes later, or again with an old token, is named as the organiser has it by then.
    await bob.leave()
    await change(play, room, {"participants": {bo.raw_id: {"displayName": "Bo C."}}})
    again = Person(bob.joined)
    await again.connect()
    await eventually(lambda: bo.raw_id in ada.room.remote_participants and named(ada, bo) == ("Bo C.", "organiser"), 2)
    # A change of the role keeps the name, and removing from the roster drops it.
    await play.roles(room, {bo.raw_id: "Presenter"})
    await eventually(lambda: role(ada, bo) == "Presenter", within())
    assert named(ada, bo) == ("Bo C.", "organiser")
    await play.roles(room, {bo.raw_id: None})
    await play.roles(room, {bo.raw_id: "Attendee"})
    last = await play.person(room, bo, "Bo")
    await eventually(lambda: bo.raw_id in ada.room.remote_participants and named(ada, bo) == ("Bo", "typed"))
    await asyncio.gather(*(person.leave() for person in (ada, cyd, again, last)))


async def test_everyone_sees_an_extension(play: Stage):
    """A double click adds the minutes once."""
    async with call(play, "Presenter", "Attendee") as (room, (ann, bo), people):
        visit = await change(play, room, {"extendBy": 20})
        end = visit["validUntil"]
        answers = await asyncio.gather(*(extend(play, room, 15, end, ann) for _ in range(3)))
        expected = after(parse_moment(end), 15 * MINUTE)
        assert {parse_moment(answer["validUntil"]) for answer in answers} == {expected}
        await eventually(lambda: all(notice(person).valid_until == expected for person in people), within())
        assert {(notice(person).minutes_left) for person in people} == {5}
        for user, status in ((bo, 403), (ann, 403)):
            with pytest.raises(Refused) as refused:
                await extend(play, room, 10, answers[0]["validUntil"], user)
            assert refused.value.status == status
        await extend(play, room, 10, answers[0]["validUntil"])
        expected = after(expected, 10 * MINUTE)
        await eventually(lambda: all(notice(person).valid_until == expected for person in people), within())
        # The organiser may also make it shorter, as on the wire of Azure.
        until = parse_moment((await play.move(room, opens=-60, lasts=120)).isoformat())
        await eventually(lambda: all(notice(person).valid_until == until for person in people), within())


async def test_a_call_goes_on_if_it_is_extended_at_the_last_moment(play: Stage):
    async with call(play, "Presenter", lasts=3) as (room, (ann,), (ada,)):
        end = (await change(play, room, {"extendBy": 5}))["validUntil"]
        await asyncio.sleep(max(0.0, parse_moment(end) / SECOND - time.time() - 1))
        await extend(play, room, 5, end, ann)
        await asyncio.sleep(2)
        assert not ada.left.done()
        assert notice(ada).valid_until == after(parse_moment(end), 5 * MINUTE)


async def test_a_call_is_extended_after_its_end(play: Stage):
    """Only the operator can; then people join again."""
    async with call(play, "Presenter", lasts=1) as (room, (ann,), (ada,)):
        end = (await change(play, room, {"title": "Check-up", "extendBy": 5}))["validUntil"]
        await left_at(ada)
        with pytest.raises(Refused) as refused:
            await extend(play, room, 5, end, ann)
        assert refused.value.sub_code == 5829
        window = await extend(play, room, 5, end)
        assert datetime.fromisoformat(window["validUntil"]) > datetime.now(UTC) + timedelta(minutes=4)
        again = await play.person(room, ann)
        assert notice(again) == CallNotice(
            "Check-up", parse_moment(window["validFrom"]), parse_moment(window["validUntil"]), 5
        )
        await again.leave()


async def test_two_processes_tell_the_same(tmp_path, postgres_cluster: Cluster):
    """Whichever process is asked, everyone learns of it, also after one of them was killed."""
    async with two_stages(tmp_path, postgres_cluster.create_database()) as (first, second):
        ann, bo = [await first.user() for _ in range(2)]
        room = await first.room({ann.raw_id: "Presenter", bo.raw_id: "Attendee"})
        end = (await change(first, room, {"title": "Check-up", "extendBy": 15}))["validUntil"]
        ada, bob = await first.person(room, ann, "Ann"), await second.person(room, bo, "Bo")
        for process, title in ((second, "Results"), (first, "Questions")):
            await change(process, room, {"title": title, "participants": {bo.raw_id: {"displayName": title}}})
            await eventually(lambda: notice(ada).title == notice(bob).title == title, within())  # noqa: B023
            await eventually(lambda: named(ada, bo) == (title, "organiser"), within())  # noqa: B023
        # Two Presenters' clicks, one at each process.
        windows = await asyncio.gather(*(extend(side, room, 10, end, ann) for side in (first, second, first)))
        expected = after(parse_moment(end), 10 * MINUTE)
        assert [parse_moment(window["validUntil"]) for window in windows] == [expected] * 3
        await eventually(lambda: notice(ada).valid_until == notice(bob).valid_until == expected, within())
        assert notice(ada).minutes_left == 5
        await first.kill_service()
        until = parse_moment((await extend(second, room, 5, windows[0]["validUntil"], ann))["validUntil"])
        await eventually(lambda: notice(bob).valid_until == until, within())
        assert until == Moment(expected + 5 * MINUTE)
        await asyncio.gather(ada.leave(), bob.leave())
