"""Events in tests: what happened in the service of a test, by its clock and without sleeping."""

from datetime import timedelta

import pytest
from azure.core.exceptions import HttpResponseError

from openrooms import ParticipantRole, RoomsClient
from openrooms.events import EventsClient
from openrooms.events.aio import EventsClient as AsyncEventsClient
from openrooms.testing import AsyncRoomsEvents, RoomsClock, RoomsEvents

CALL = "Microsoft.Communication.Call"
ADDED, REMOVED = f"{CALL}ParticipantAdded", f"{CALL}ParticipantRemoved"
STARTED, ENDED = f"{CALL}Started", f"{CALL}Ended"


def test_what_happened_is_listed(rooms_client: RoomsClient, rooms_events: RoomsEvents) -> None:
    first, second = rooms_client.create_room(), rooms_client.create_room()
    rooms_client.delete_room(first.id)
    kinds = [event.type.removeprefix("openrooms.room.") for event in rooms_events.list()]
    assert kinds == ["created", "created", "deleted"]
    assert [event.room_id for event in rooms_events.list(room=second)] == [second.id]
    assert [event.room_id for event in rooms_events.list("openrooms.room.deleted")] == [first.id]


def test_people_come_and_leave_in_one_moment(rooms_client, rooms_call, rooms_user, rooms_events) -> None:
    visit = rooms_client.create_room()
    call, ada = rooms_call(visit), rooms_user("Ada")
    call.join(ada, ParticipantRole.PRESENTER).leave()
    call.join(ada).leave()
    assert rooms_events.wait_for(REMOVED, visit, count=2).data["displayName"] == "Ada"
    assert len(rooms_events.list(ADDED)) == 2
    assert len(rooms_events.list(STARTED)) == 1


def test_the_reasons_of_leaving_are_known(rooms_client, rooms_call, rooms_user, rooms_bench) -> None:
    visit = rooms_client.create_room()
    call, users = rooms_call(visit), [rooms_user(name) for name in ("Ada", "Bo", "Cy", "Di")]
    people = [call.join(user, ParticipantRole.ATTENDEE) for user in users]
    people[0].leave()
    call.remove(users[1])
    call.join(users[2])
    call.end()
    rooms_bench.events.wait_for(ENDED, visit)
    stays = list(rooms_bench.visits_client.list_attendance(visit.id))
    assert [str(stay.ending) for stay in stays] == ["left", "removed", "joinedElsewhere", "callEnded", "callEnded"]


def test_times_are_those_of_the_clock(rooms_client, rooms_clock: RoomsClock, rooms_call, rooms_user, rooms_events):
    opens = rooms_clock.now() + timedelta(days=1)
    visit = rooms_client.create_room(valid_from=opens, valid_until=opens + timedelta(minutes=30))
    rooms_clock.advance(days=1)
    assert rooms_events.wait_for("openrooms.room.opened", visit).time == opens
    rooms_call(visit).join(rooms_user(), ParticipantRole.PRESENTER)
    rooms_clock.advance(minutes=30)
    closed = rooms_events.wait_for("openrooms.room.closed", visit)
    ended = rooms_events.wait_for(ENDED, visit)
    assert closed.time == opens + timedelta(minutes=30)
    assert timedelta() <= ended.time - closed.time < timedelta(seconds=1)


def test_a_call_without_people_ends_after_five_minutes(
    rooms_client, rooms_clock: RoomsClock, rooms_call, rooms_user, rooms_events
) -> None:
    visit = rooms_client.create_room()
    rooms_call(visit).join(rooms_user(), ParticipantRole.PRESENTER).leave()
    left = rooms_events.wait_for(REMOVED, visit)
    rooms_clock.advance(minutes=4)
    rooms_call(visit).join(rooms_user(), ParticipantRole.PRESENTER).leave()
    rooms_clock.advance(minutes=4)
    assert rooms_events.list(ENDED) == []
    rooms_clock.advance(minutes=1)
    ended = rooms_events.wait_for(ENDED, visit)
    assert timedelta(minutes=4) <= ended.time - left.time < timedelta(minutes=5)


def test_waiting_says_what_there_is(rooms_client: RoomsClient, rooms_events: RoomsEvents) -> None:
    visit = rooms_client.create_room()
    with pytest.raises(AssertionError, match=r"no event openrooms\.room\.deleted .*: openrooms\.room\.created"):
        rooms_events.wait_for("openrooms.room.deleted", visit, seconds=0.01)
    with pytest.raises(HttpResponseError, match="no type of events"):
        rooms_events.wait_for("openrooms.room.delted", visit)


def test_the_client_is_a_fixture(rooms_client: RoomsClient, events_client: EventsClient) -> None:
    visit = rooms_client.create_room()
    assert [event.room_id for event in events_client.list_events()] == [visit.id]


async def test_async_fixtures(
    async_rooms_client, async_rooms_events: AsyncRoomsEvents, async_events_client: AsyncEventsClient
) -> None:
    visit = await async_rooms_client.create_room()
    created = await async_rooms_events.wait_for("openrooms.room.created", visit)
    assert [event async for event in async_events_client.list_events()] == [created]
    with pytest.raises(AssertionError, match="number 2"):
        await async_rooms_events.wait_for("openrooms.room.created", count=2, seconds=0.01)
