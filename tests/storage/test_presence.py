"""The history of who was in calls, in the database: each stay once, with its events, however often it is observed."""

import asyncio
import json

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from tests.storage.contents import CONTOSO, NOW, a_room, person
from tests.storage.plans import explain

from openrooms.domain import telephones
from openrooms.domain.calls import CallId
from openrooms.domain.devices import Device
from openrooms.domain.errors import RoomNotFound
from openrooms.domain.events import BEGINNING, Event, EventFilter
from openrooms.domain.moments import MINUTE, SECOND, Moment, Span, after
from openrooms.domain.presence import Ending, Joined, Left, Looked, Over, SessionId, Stay, StayId
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.roster import RawId
from openrooms.domain.telephones import DialOut, LegId, LegState, Limits, Outcome, PhoneNumber
from openrooms.domain.visits import VisitOptions
from openrooms.server.core.ports import Attended, Resource, StayKey, Storage
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.statements import Statement, queries
from openrooms.wire import events

ROOM = a_room(1)
CALL = CallId(CONTOSO, ROOM.id)
RUNNING = SessionId("RM_1")


def stay(number: int, joined: int = 0) -> Stay:
    raw_id = person(number)
    device = Device.PHONE if number == 1 else None
    return Stay(StayId(f"PA_{number}"), raw_id, ParticipantRole.ATTENDEE, f"Person {number}", at(joined), device=device)


def gone(number: int, joined: int, left: int) -> Stay:
    return stay(number, joined).ended(at(left), Ending.LEFT)


def at(second: int) -> Moment:
    return after(NOW, second * SECOND)


async def told(storage: Storage) -> list[Event]:
    """Return the events of the call."""
    page = await storage.list_events(CONTOSO, BEGINNING, 1000, EventFilter(ROOM.id))
    return [event for event in page.events if event.type.startswith("Microsoft.")]


async def test_a_call_leaves_azures_events(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)
    for observation in (
        Joined(RUNNING, stay(1, 0)),
        Joined(RUNNING, stay(2, 1)),
        Left(RUNNING, gone(2, 1, 7)),
        Left(RUNNING, gone(1, 0, 90)),
        Over(RUNNING, at(110)),
    ):
        for _ in range(2):
            await storage.note_presence(CALL, observation)
    found = await told(storage)
    names = ["CallStarted", *["CallParticipantAdded"] * 2, *["CallParticipantRemoved"] * 2, "CallEnded"]
    assert [event.type.rpartition(".")[2] for event in found] == names
    assert [event.happened_at for event in found] == [at(second) for second in (0, 0, 1, 7, 90, 90)]
    for event in found:
        Draft202012Validator(events.schemas()[event.type]).validate(json.loads(event.data))
    started, added, *_, ended = [json.loads(event.data) for event in found]
    assert ended["durationOfCall"] == ended["callDurationInSeconds"] == 90
    assert started["startedBy"]["communicationIdentifier"]["rawId"] == person(1)
    assert (added["user"]["role"], added["displayName"]) == ("Attendee", "Person 1")
    agents = [json.loads(event.data).get("userAgent") for event in found[1:5]]
    assert agents == ["phone", None, None, "phone"]
    assert {event["serverCallId"] for event in (started, added, ended)} == {started["serverCallId"]}
    assert started["room"] == {"id": ROOM.id}
    assert found[0].subject == f"call/{started['serverCallId']}/startedBy/{person(1)}"
    assert found[1].subject == f"call/{started['serverCallId']}/participant/{person(1)}"
    assert found[-1].subject == f"call/{started['serverCallId']}"
    assert [event.sequence for event in found] == [*range(2, 8)]


async def test_observations_of_many_processes_are_told_once(storage: Storage, neighbour: Storage) -> None:
    """Also when the room was deleted, so that no lock puts them in order."""
    await storage.create_room(CONTOSO, ROOM, (), None)
    await storage.delete_room(CONTOSO, ROOM.id, NOW)
    observations = [Joined(RUNNING, stay(number, number)) for number in range(10)]
    for step in (observations, [Left(RUNNING, gone(number, number, 20 + number)) for number in range(10)]):
        await asyncio.gather(
            *(process.note_presence(CALL, one) for one in step for process in (storage, neighbour, storage))
        )
    await asyncio.gather(*(process.note_presence(CALL, Over(RUNNING, at(50))) for process in (storage, neighbour)))
    found = await told(neighbour)
    assert len(found) == 1 + 10 + 10 + 1
    assert len({(event.type, event.subject) for event in found}) == len(found)
    assert [event.sequence for event in found] == [*range(3, 25)]
    assert (found[0].type, found[-1].type) == (events.CALL_STARTED.name, events.CALL_ENDED.name)
    assert found[-1].happened_at == at(29)


async def test_what_lasts_is_listed_until_it_ends(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    await storage.create_room(CONTOSO, ROOM, (), None)
    for number in (1, 2):
        await storage.note_presence(CALL, Joined(RUNNING, stay(number)))
    lasting = {CALL: {RUNNING: frozenset({"PA_1", "PA_2"})}}
    assert await storage.list_lasting(None) == await storage.list_lasting([CALL]) == lasting
    assert await storage.list_lasting([CallId(CONTOSO, a_room(2).id)]) == {}
    await storage.note_presence(CALL, Left(RUNNING, gone(2, 0, 5)))
    assert await storage.list_lasting(None) == {CALL: {RUNNING: frozenset({"PA_1"})}}
    look = Looked(None, (), (await storage.list_lasting([CALL]))[CALL], at(30))
    await storage.note_presence(CALL, look)
    assert await storage.list_lasting(None) == await storage.list_lasting([CALL]) == {}
    assert [event.happened_at for event in (await told(storage))[-2:]] == [at(30), at(30)]


async def test_nothing_is_kept_of_a_room_that_never_was(storage: Storage) -> None:
    assert await storage.note_presence(CALL, Joined(RUNNING, stay(1))) == ()
    assert await storage.list_lasting([CALL]) == {}
    assert await told(storage) == []


async def test_it_is_kept_when_everybody_was_seen(storage: Storage) -> None:
    assert await storage.get_seen() == 0
    for moment in (NOW, after(NOW, MINUTE)):
        await storage.keep_seen(moment)
        assert await storage.get_seen() == moment


async def test_attendance_comes_in_pages_by_time(storage: Storage) -> None:
    """Several join at the same moment; the room is deleted meanwhile."""
    again = SessionId("RM_0")
    ended = [gone(number, number // 3, 20 + number) for number in range(1, 8)]
    await storage.create_room(CONTOSO, ROOM, (), None)
    for present in reversed(ended):
        await storage.note_presence(CALL, Joined(RUNNING, present))
        await storage.note_presence(CALL, Left(RUNNING, present))
    await storage.note_presence(CALL, Over(RUNNING, at(40)))
    await storage.note_presence(CALL, Joined(again, stay(8, 50)))
    await storage.delete_room(CONTOSO, ROOM.id, at(60))
    found: list[Attended] = []
    after_stay: StayKey | None = None
    while True:
        page = await storage.list_stays(CONTOSO, ROOM.id, after_stay, 3)
        found += page.stays
        after_stay = page.next
        if after_stay is None:
            break
    stays = [*(Attended(ROOM.id, "", RUNNING, one) for one in ended), Attended(ROOM.id, "", again, stay(8, 50))]
    assert found == stays
    assert (await storage.list_stays(CONTOSO, ROOM.id, StayKey(at(50), "\0\ufffd"), 3)).next is None


async def test_the_attendance_of_a_time_has_all_rooms(storage: Storage) -> None:
    titled = replace(a_room(2), options=VisitOptions("Check-up"))
    for room in (ROOM, titled):
        await storage.create_room(CONTOSO, room, (), None)
    for number in range(12):
        room = (ROOM, titled)[number % 2]
        await storage.note_presence(CallId(CONTOSO, room.id), Joined(RUNNING, stay(number, number // 4)))
    found: list[Attended] = []
    after_stay: StayKey | None = None
    for _ in range(3):
        page = await storage.list_all_stays(CONTOSO, Span(at(0), at(2)), after_stay, 3)
        found += page.stays
        after_stay = page.next
    assert after_stay is None
    assert {one.stay.id for one in found} == {f"PA_{number}" for number in range(8)}
    assert [one.key for one in found] == sorted([one.key for one in found], key=lambda key: key.joined_at)
    assert {(one.room_id, one.title) for one in found} == {(ROOM.id, ""), (titled.id, "Check-up")}
    later = await storage.list_all_stays(CONTOSO, Span(at(2), at(9)), None, 10)
    assert {one.stay.id for one in later.stays} == {"PA_8", "PA_9", "PA_10", "PA_11"}
    assert len((await storage.list_all_stays(CONTOSO, Span(), None, 100)).stays) == 12


async def fill_tables(storage: Storage) -> None:
    """Fill the tables, because the plans of PostgreSQL depend on what is in them."""
    if isinstance(storage, PostgresStorage):
        driver = await storage._readers._connect()
        try:
            await driver.driver.execute(_MANY_ROWS)
        finally:
            await driver.close()


_MANY_ROWS = """
    INSERT INTO stays SELECT 'x', n % 500, n, n, n, '', '', n, n, 'left', '' FROM generate_series(1, 5000) AS n;
    INSERT INTO refusals SELECT 'x', n % 500, n, 'r', 'c', 1, n, n, n, '' FROM generate_series(1, 5000) AS n;
    ANALYZE stays, refusals
"""


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (queries.list_stays_between, "stays_by_time"),
        (queries.list_stays_of_room, "stays_of_room"),
        (queries.list_refusals_between, "refusals_by_time"),
        (queries.list_refusals_of_room, "refusals_of_room"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
async def test_a_page_of_attendance_begins_at_its_place(storage: Storage, statement: Statement, index: str) -> None:
    await fill_tables(storage)
    texts = dict.fromkeys(statement.parameters, "x")
    plan = await explain(storage, statement, texts | dict.fromkeys(("joined_at", "last_at", "until", "limit"), 3))
    assert index in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def dial_out(number: int, *, answered: int | None, ended: int, outcome: Outcome) -> DialOut:
    leg = telephones.begin(LegId(f"{number:032x}"), CALL, PhoneNumber("+15551234567"), "", "one", NOW, Limits(), NOW)
    answered_at = None if answered is None else at(answered)
    return replace(leg, state=LegState.ENDED, since=at(ended), answered_at=answered_at, outcome=outcome)


async def test_telephones_are_listed_when_they_have_hung_up(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    await storage.create_room(CONTOSO, ROOM, (), None)
    await storage.note_presence(CALL, Joined(RUNNING, stay(1, 0)))
    await storage.note_presence(CALL, Left(RUNNING, gone(1, 0, 60)))
    await storage.note_presence(CALL, Over(RUNNING, at(60)))
    ended = [
        dial_out(1, answered=10, ended=50, outcome=Outcome.HUNG_UP),
        dial_out(2, answered=None, ended=50, outcome=Outcome.NO_ANSWER),
        # It was in the call before everybody else.
        dial_out(3, answered=-100, ended=-50, outcome=Outcome.CLOSED),
    ]
    for leg in ended:
        ringing = replace(leg, state=LegState.RINGING, answered_at=None, outcome=None)
        await storage.add_dial_out(CALL, "", NOW, lambda _room, _traffic, ringing=ringing: ringing)
        for _ in range(2):
            await storage.change_dial_out(CONTOSO, leg.id, lambda _, leg=leg: leg)
    alone, person_, phone = (await storage.list_stays(CONTOSO, ROOM.id, None, 10)).stays
    assert (phone.session, person_.session, alone.session) == (RUNNING, RUNNING, f"{3:032x}")
    assert phone.stay == Stay(
        StayId(f"{1:032x}"), RawId("4:+15551234567"), None, "", at(10), at(50), Ending.LEFT, Device.TELEPHONE
    )
    assert alone.stay.ending is Ending.CALL_ENDED
    assert await storage.list_lasting([CALL]) == {}
    # They have events of their own.
    assert len(await told(storage)) == 4
    assert await storage.purge_attendance(at(1), 10) == 5


async def test_attendance_of_a_room_without_calls(storage: Storage) -> None:
    await storage.create_room(CONTOSO, ROOM, (), None)
    assert (await storage.list_stays(CONTOSO, ROOM.id, None, 3)).stays == ()
    with pytest.raises(RoomNotFound):
        await storage.list_stays(CONTOSO, a_room(2).id, None, 3)


async def test_ended_calls_are_forgotten_after_their_time(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, None, "one", "two"))
    await storage.create_room(CONTOSO, ROOM, (), None)
    for observation in (Joined(RUNNING, stay(1)), Joined(RUNNING, stay(2)), Left(RUNNING, gone(2, 0, 5))):
        await storage.note_presence(CALL, observation)
    assert await storage.purge_attendance(at(100), 10) == 0, "it lasts"
    await storage.note_presence(CALL, Left(RUNNING, gone(1, 0, 9)))
    await storage.note_presence(CALL, Over(RUNNING, at(20)))
    assert await storage.purge_attendance(at(0), 10) == 0
    assert len((await storage.list_stays(CONTOSO, ROOM.id, None, 10)).stays) == 2
    assert await storage.purge_attendance(at(1), 10) == 3
    assert (await storage.list_stays(CONTOSO, ROOM.id, None, 10)).stays == ()
    assert await storage.purge_attendance(at(100), 10) == 0
