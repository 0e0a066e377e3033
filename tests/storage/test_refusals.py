"""Refused joins and the edges of windows, in the database and as a service records them."""

import asyncio
import json

from jsonschema import Draft202012Validator
from msgspec.structs import replace
from tests.storage.contents import CONTOSO, NOW, a_room, person

from openrooms.domain import errors
from openrooms.domain.calls import CallId
from openrooms.domain.events import BEGINNING, Event, EventFilter
from openrooms.domain.moments import HOUR, MINUTE, SECOND, Moment, after
from openrooms.domain.refusals import MOST_A_MINUTE, Refusal
from openrooms.server.core.edges import Edges
from openrooms.server.core.ports import Resource, Storage
from openrooms.server.core.refusals import Refusals
from openrooms.wire import events

ROOM = a_room(1)
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


async def test_a_refusal_says_which_rule_refused_whom(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)
    desk = Desk(storage)
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
    await storage.create_room(CONTOSO, ROOM, (), None)
    desk, writes = Desk(storage), 0
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
    await storage.create_room(CONTOSO, ROOM, (), None)
    desk = Desk(storage)
    for number in range(3 * MOST_A_MINUTE):
        await desk.refuse(number, errors.NotInvited())
    assert len(await found(storage, events.JOIN_REFUSED)) == MOST_A_MINUTE
    desk.now = after(desk.now, MINUTE)
    await desk.refuse(3 * MOST_A_MINUTE, errors.NotInvited())
    assert len(await found(storage, events.JOIN_REFUSED)) == MOST_A_MINUTE + 1


async def test_refusals_of_unknown_rooms_are_not_kept(storage: Storage) -> None:
    await Desk(storage).refuse(1, errors.NotInvited())
    assert await found(storage, events.JOIN_REFUSED) == []


async def test_old_refusals_are_removed(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    await storage.create_room(CONTOSO, ROOM, (), None)
    refusal = Refusal(person(1), "onRoster", "Forbidden", 5828)
    await storage.note_refusal(CALL, refusal, 1, NOW, NOW)
    assert await storage.purge_attendance(NOW, 10) == 0
    assert await storage.purge_attendance(after(NOW, 1), 10) == 1


async def test_windows_are_told_once_when_they_begin_and_end(storage: Storage, neighbour: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    now = NOW
    processes = [Edges(one, lambda: now) for one in (storage, neighbour)]

    async def tell(seconds: int) -> list[tuple[str, str]]:
        nonlocal now
        now = after(now, seconds * SECOND)
        await asyncio.gather(*(process.tell() for process in processes))
        opened, closed = await found(storage, events.ROOM_OPENED), await found(storage, events.ROOM_CLOSED)
        return [(event.type.rpartition(".")[2], event.room_id) for event in (*opened, *closed)]

    assert await tell(0) == []
    at_once = replace(a_room(1), created_at=NOW, valid_from=NOW, valid_until=after(NOW, HOUR))
    later = replace(a_room(2), valid_from=after(NOW, 10 * SECOND), valid_until=after(NOW, 20 * SECOND))
    deleted = replace(a_room(3), valid_from=after(NOW, 10 * SECOND), valid_until=after(NOW, 15 * SECOND))
    for room in (at_once, later, deleted):
        await storage.create_room(CONTOSO, room, (), None)
    assert await tell(5) == []
    await storage.delete_room(CONTOSO, deleted.id, now)
    assert await tell(6) == [("opened", later.id)]
    await storage.change_room(CONTOSO, later.id, lambda room: replace(room, valid_until=after(NOW, 40 * SECOND)))
    assert await tell(20) == [("opened", later.id)]
    assert await tell(20) == [("opened", later.id), ("closed", later.id)]
    assert await tell(20) == [("opened", later.id), ("closed", later.id)]
    [closed] = await found(storage, events.ROOM_CLOSED)
    assert closed.happened_at == Moment(NOW + 40 * SECOND)
    Draft202012Validator(events.schemas()[events.ROOM_CLOSED.name]).validate(json.loads(closed.data))


async def test_edges_are_not_lost_while_nobody_looks(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    await Edges(storage, lambda: NOW).tell()
    for number in range(3):
        room = replace(a_room(number), valid_from=after(NOW, (number + 1) * HOUR), valid_until=after(NOW, 9 * HOUR))
        await storage.create_room(CONTOSO, room, (), None)
    await Edges(storage, lambda: after(NOW, 100 * HOUR)).tell()
    assert len(await found(storage, events.ROOM_OPENED)) == 3
    assert len(await found(storage, events.ROOM_CLOSED)) == 3
