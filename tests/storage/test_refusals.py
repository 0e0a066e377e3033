"""Refused joins and the edges of windows, in the database and as a service records them."""

import asyncio
import json

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from tests.storage.contents import CONTOSO, NOW, a_room, person

from openrooms._clock import MovableClock
from openrooms.domain import errors
from openrooms.domain.calls import CallId
from openrooms.domain.events import BEGINNING, Event, EventFilter
from openrooms.domain.identities import User
from openrooms.domain.moments import HOUR, MINUTE, SECOND, Moment, after
from openrooms.domain.refusals import MOST_A_MINUTE, Refusal
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.roster import Participant
from openrooms.domain.visits import VisitOptions
from openrooms.server.core import refusals
from openrooms.server.core.edges import Edges
from openrooms.server.core.ports import RefusalKey, Refused, Resource, Storage
from openrooms.server.core.refusals import Refusals
from openrooms.wire import events

ROOM = replace(a_room(1), options=VisitOptions("Check-up"))
CALL = CallId(CONTOSO, ROOM.id)


async def found(storage: Storage, kind: events.EventType) -> list[Event]:
    page = await storage.list_events(CONTOSO, BEGINNING, 1000, EventFilter(types=frozenset({kind.name})))
    return list(page.events)


class Desk:
    """Refusals over a storage, with a clock that tests move."""

    def __init__(self, storage: Storage) -> None:
        self.now = NOW
        self.refusals = Refusals(storage, lambda: self.now)

    async def refuse(self, number: int, error: errors.OpenRoomsError, times: int = 1) -> None:
        for _ in range(times):
            self.refusals.note(CALL, person(number), error)
        await asyncio.gather(*self.refusals._tasks)


async def desk_of_room(storage: Storage, people: int) -> Desk:
    await storage.create_room(CONTOSO, ROOM, [Participant(person(1), ParticipantRole.ATTENDEE, "Bo")], None)
    await storage.adopt_users(CONTOSO, [User(person(number), NOW) for number in range(people)], lambda _: None)
    return Desk(storage)


async def test_a_refusal_says_which_rule_refused_whom(storage: Storage) -> None:
    desk = await desk_of_room(storage, 4)
    await desk.refuse(1, errors.OutsideWindow(NOW, NOW, early=True))
    await desk.refuse(2, errors.KeptOut())
    # Nobody was refused by these.
    await desk.refuse(3, errors.NoSuchRoom())
    await desk.refuse(3, errors.MediaUnavailable())
    refused = [json.loads(event.data) for event in await found(storage, events.JOIN_REFUSED)]
    for data in refused:
        Draft202012Validator(events.schemas()[events.JOIN_REFUSED.name]).validate(data)
    assert [(data["rawId"], data["rule"], data["code"], data.get("subCode")) for data in refused] == [
        (person(1), "insideWindow", "Forbidden", 5829),
        (person(2), "letIn", "KeptOut", None),
    ]


async def test_somebody_who_tries_on_and_on_writes_little(storage: Storage) -> None:
    desk, writes = await desk_of_room(storage, 2), 0
    note = storage.note_refusal

    async def count(*arguments: object) -> None:
        nonlocal writes
        writes += 1
        await note(*arguments)

    storage.note_refusal = count
    for _ in range(12 * 60):
        await desk.refuse(1, errors.NotInvited(), times=3)
        desk.now = after(desk.now, SECOND)
    assert writes == 12 * 6
    assert len(await found(storage, events.JOIN_REFUSED)) == 2


async def test_many_people_at_one_room_write_little(storage: Storage) -> None:
    desk = await desk_of_room(storage, 3 * MOST_A_MINUTE + 1)
    for number in range(3 * MOST_A_MINUTE):
        await desk.refuse(number, errors.NotInvited())
    assert len(await found(storage, events.JOIN_REFUSED)) == MOST_A_MINUTE
    desk.now = after(desk.now, MINUTE)
    await desk.refuse(3 * MOST_A_MINUTE, errors.NotInvited())
    assert len(await found(storage, events.JOIN_REFUSED)) == MOST_A_MINUTE + 1


async def test_refusals_of_unknown_rooms_and_users_are_not_kept(storage: Storage) -> None:
    await storage.adopt_users(CONTOSO, [User(person(1), NOW), User(person(2), NOW, deleted_at=NOW)], lambda _: None)
    await Desk(storage).refuse(1, errors.NotInvited())
    await storage.create_room(CONTOSO, ROOM, (), None)
    for number in (2, 3):
        await Desk(storage).refuse(number, errors.TokenRefused())
    assert (await storage.list_refusals(CONTOSO, ROOM.id, None, 10)).refusals == ()
    assert await found(storage, events.JOIN_REFUSED) == []


async def test_little_is_remembered_of_many(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_MOST_REMEMBERED", 20)
    desk = Desk(storage)
    for number in range(100):
        desk.refusals.note(CallId(CONTOSO, a_room(number).id), person(1), errors.TokenRefused())
    await asyncio.gather(*desk.refusals._tasks)
    assert len(desk.refusals._tries) <= 20
    desk.now = after(desk.now, MINUTE)
    await desk.refuse(1, errors.TokenRefused())
    assert len(desk.refusals._of_minute) == 1


async def test_refusals_of_a_room_come_in_pages(storage: Storage) -> None:
    desk = await desk_of_room(storage, 4)
    for seconds, number, error in (
        (0, 1, errors.OutsideWindow(NOW, NOW, early=True)),
        (10, 2, errors.NotInvited()),
        (10, 3, errors.NotInvited()),
        (20, 1, errors.OutsideWindow(NOW, NOW, early=False)),
    ):
        desk.now = after(NOW, seconds * SECOND)
        await desk.refuse(number, error, times=2)
    # The second of each pair comes within ten seconds, and waits to be counted with the next.
    listed: list[Refused] = []
    start: RefusalKey | None = None
    for _ in range(3):
        page = await storage.list_refusals(CONTOSO, ROOM.id, start, 1)
        listed += page.refusals
        start = page.next
    assert start is None
    [first, second, third] = listed
    assert [one.refusal.raw_id for one in listed] == [person(2), person(3), person(1)]
    assert (third.title, third.display_name, third.refusal.message) == ("Check-up", "Bo", "The room is closed.")
    assert (third.count, third.first_at, third.last_at) == (2, NOW, after(NOW, 20 * SECOND))
    assert (first.display_name, first.count, second.first_at) == ("", 1, after(NOW, 10 * SECOND))
    await storage.delete_room(CONTOSO, ROOM.id, desk.now)
    *_, third = (await storage.list_refusals(CONTOSO, ROOM.id, None, 10)).refusals
    assert (third.title, third.display_name, third.count) == ("", "", 2)
    with pytest.raises(errors.RoomNotFound):
        await storage.list_refusals(CONTOSO, a_room(2).id, None, 10)


async def test_old_refusals_are_removed(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    await desk_of_room(storage, 2)
    refusal = Refusal(person(1), "onRoster", "Forbidden", 5828)
    await storage.note_refusal(CALL, refusal, 1, NOW, NOW)
    assert await storage.purge_attendance(NOW, 10) == 0
    assert await storage.purge_attendance(after(NOW, 1), 10) == 1


async def test_windows_are_told_once_when_they_begin_and_end(
    storage: Storage, neighbour: Storage, clock: MovableClock
) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    clock.freeze()
    start = clock()
    processes = [Edges(one, clock) for one in (storage, neighbour)]

    async def tell(seconds: int) -> list[tuple[str, str]]:
        clock.advance(seconds * SECOND)
        await asyncio.gather(*(process.tell() for process in processes))
        opened, closed = await found(storage, events.ROOM_OPENED), await found(storage, events.ROOM_CLOSED)
        return [(event.type.rpartition(".")[2], event.room_id) for event in (*opened, *closed)]

    assert await tell(0) == []
    at_once = replace(a_room(1), created_at=start, valid_from=start, valid_until=after(start, HOUR))
    later = replace(a_room(2), valid_from=after(start, 10 * SECOND), valid_until=after(start, 20 * SECOND))
    deleted = replace(a_room(3), valid_from=after(start, 10 * SECOND), valid_until=after(start, 15 * SECOND))
    for room in (at_once, later, deleted):
        await storage.create_room(CONTOSO, room, (), None)
    assert await tell(5) == []
    await storage.delete_room(CONTOSO, deleted.id, clock())
    assert await tell(6) == [("opened", later.id)]
    await storage.change_room(CONTOSO, later.id, lambda room: replace(room, valid_until=after(start, 40 * SECOND)))
    assert await tell(20) == [("opened", later.id)]
    assert await tell(20) == [("opened", later.id), ("closed", later.id)]
    assert await tell(20) == [("opened", later.id), ("closed", later.id)]
    [closed] = await found(storage, events.ROOM_CLOSED)
    assert closed.happened_at == Moment(start + 40 * SECOND)
    Draft202012Validator(events.schemas()[events.ROOM_CLOSED.name]).validate(json.loads(closed.data))


async def test_a_room_that_a_change_opens_is_told_once_at_that_time(
    storage: Storage, neighbour: Storage, clock: MovableClock
) -> None:
    """Whatever was told before, and also if it opened by itself and nobody has looked since."""
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    processes = [Edges(one, clock) for one in (storage, neighbour)]
    start = clock()
    room = replace(a_room(1), created_at=start, valid_from=after(start, HOUR), valid_until=after(start, 9 * HOUR))
    await asyncio.gather(*(process.tell() for process in processes))
    await storage.create_room(CONTOSO, room, (), None)

    async def move(valid_from: Moment, *, until: Moment = room.valid_until) -> None:
        await storage.change_room(
            CONTOSO, room.id, lambda kept: replace(kept, valid_from=valid_from, valid_until=until)
        )
        await asyncio.gather(*(process.tell() for process in processes))

    async def told() -> list[tuple[str, int]]:
        kinds = (events.ROOM_UPDATED, events.ROOM_OPENED, events.ROOM_CLOSED)
        listed = [one for kind in kinds for one in await found(storage, kind)]
        listed.sort(key=lambda event: event.sequence)
        return [(one.type.rpartition(".")[2], round((one.happened_at - start) / MINUTE)) for one in listed]

    clock.advance(30 * MINUTE)
    await move(after(clock(), -10 * MINUTE))
    expected = [("updated", 30), ("opened", 30)]
    assert await told() == expected
    await move(after(clock(), -5 * MINUTE))
    expected += [("updated", 30)]
    assert await told() == expected, "it was open before"
    await move(after(clock(), 30 * MINUTE))
    await move(after(clock(), -1 * MINUTE))
    expected += [("updated", 30), ("updated", 30), ("opened", 30)]
    assert await told() == expected, "it was moved to the future and back"
    await move(after(clock(), 30 * MINUTE))
    clock.advance(40 * MINUTE)
    # Nobody has looked since it opened by itself.
    await move(after(start, 59 * MINUTE))
    expected += [("updated", 30), ("opened", 60), ("updated", 70)]
    assert await told() == expected
    clock.advance(9 * HOUR)
    await move(after(start, 59 * MINUTE), until=after(clock(), HOUR))
    expected += [("closed", 540), ("updated", 610), ("opened", 610)]
    assert await told() == expected, "an extension opens a room that has ended"
    clock.advance(2 * HOUR)
    await asyncio.gather(*(process.tell() for process in processes))
    assert await told() == [*expected, ("closed", 670)]


async def test_edges_are_not_lost_while_nobody_looks(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    await Edges(storage, lambda: NOW).tell()
    for number in range(3):
        room = replace(a_room(number), valid_from=after(NOW, (number + 1) * HOUR), valid_until=after(NOW, 9 * HOUR))
        await storage.create_room(CONTOSO, room, (), None)
    await Edges(storage, lambda: after(NOW, 100 * HOUR)).tell()
    assert len(await found(storage, events.ROOM_OPENED)) == 3
    assert len(await found(storage, events.ROOM_CLOSED)) == 3


async def test_edges_can_count_again_since_an_earlier_time(storage: Storage) -> None:
    """A development service does that when its clock is moved back."""
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    room = replace(a_room(1), valid_from=after(NOW, HOUR), valid_until=after(NOW, 9 * HOUR))
    await storage.create_room(CONTOSO, room, (), None)
    await Edges(storage, lambda: NOW).tell()
    for count in (1, 2):
        await Edges(storage, lambda: after(NOW, 2 * HOUR)).tell()
        assert len(await found(storage, events.ROOM_OPENED)) == count
        await Edges(storage, lambda: NOW).follow_moved_clock()
