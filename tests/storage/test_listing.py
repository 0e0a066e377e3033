"""The list of visits, for both engines: compared with the rules, room by room."""

import asyncio
from itertools import product
from random import Random

import pytest
from msgspec.structs import replace
from tests.storage.contents import CONTOSO, NOW, person

from openrooms.domain import listing, waiting, words
from openrooms.domain.calls import CallId
from openrooms.domain.listing import SPANS, ListOrder, RoomFilter, RoomState, VisitKey
from openrooms.domain.moments import DAY, HOUR, MINUTE, Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId, room_id
from openrooms.domain.roster import Participant, RosterChange
from openrooms.domain.visits import VisitOptions, WaitingRoom
from openrooms.domain.waiting import Place, PlaceState
from openrooms.server.core.ports import Resource, Storage
from openrooms.server.storage import listing as stored_listing

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
NAMES = ("Dr Ada Okafor", "Bo Chen", "José Müller", "Zoë Strauß", "Анна", "")
TITLES = ("Check-up", "Follow-up with Dr Okafor", "Ward round 994", "")


def planned(random: Random, number: int) -> tuple[Room, list[Participant]]:
    length = random.choice((*SPANS, 30 * MINUTE, 45 * MINUTE, 100 * DAY))
    valid_from = Moment(NOW + random.randrange(-200 * DAY, 150 * DAY))
    # Some begin together.
    valid_from = random.choice((valid_from, Moment(NOW), Moment(NOW - HOUR)))
    room = Room(room_id(number * 7_919_000_017), NOW, valid_from, Moment(valid_from + length))
    names = random.sample(NAMES, 2)
    return (
        replace(room, options=VisitOptions(random.choice(TITLES))),
        [Participant(person(place), ATTENDEE, name) for place, name in enumerate(names)],
    )


VISITS = [planned(Random(number), number) for number in range(300)]


@pytest.fixture
async def clinic(storage: Storage) -> Storage:
    await asyncio.gather(*(storage.create_room(CONTOSO, room, roster, None) for room, roster in VISITS))
    return storage


async def listed(
    storage: Storage,
    wanted: RoomFilter,
    limit: int = 100,
) -> list[RoomId]:
    """Return the rooms of all pages."""
    found: list[RoomId] = []
    start: VisitKey | None = None
    while True:
        page = await storage.list_visits(CONTOSO, wanted, start, NOW, NOW, limit)
        assert len(page.visits) <= limit
        found += [visit.room.id for visit in page.visits]
        if page.next is None:
            return found
        is_back = wanted.order is ListOrder.NEWEST_FIRST
        assert start is None or (page.next < start if is_back else page.next > start)
        start = page.next


async def found(storage: Storage, *searches: str) -> list[list[RoomId]]:
    return [await listed(storage, RoomFilter(terms=words.terms(search))) for search in searches]


def expected(wanted: RoomFilter) -> list[RoomId]:
    windows = listing.condition(wanted, NOW)
    keys = [
        VisitKey(room.valid_from, room.id)
        for room, roster in VISITS
        if windows.has(room.valid_from, room.valid_until)
        and words.are_found(
            wanted.terms, words.words([room.options.title, *(one.display_name for one in roster)]), room.id
        )
    ]
    return [key.id for key in sorted(keys, reverse=wanted.order is ListOrder.NEWEST_FIRST)]


FILTERS = [
    RoomFilter(),
    *(RoomFilter(state) for state in (RoomState.UPCOMING, RoomState.OPEN, RoomState.ENDED)),
    RoomFilter(begin=Moment(NOW - HOUR), end=Moment(NOW + HOUR)),
    RoomFilter(begin=Moment(NOW - 40 * DAY), end=Moment(NOW - 39 * DAY)),
    RoomFilter(begin=Moment(NOW + 10 * DAY)),
    RoomFilter(end=Moment(NOW - 20 * DAY)),
    RoomFilter(RoomState.OPEN, Moment(NOW + 10 * DAY), Moment(NOW + 11 * DAY)),
    RoomFilter(RoomState.ENDED, Moment(NOW - 60 * DAY), Moment(NOW - 1)),
    *(RoomFilter(terms=words.terms(search)) for search in ("ada", "oka dr", "jose", "MULLER check", "анн", "nobody")),
    *(RoomFilter(terms=words.terms(search)) for search in ("994", "99400", VISITS[7][0].id, "994 ward")),
    RoomFilter(RoomState.ENDED, terms=words.terms("up"), end=NOW),
]


@pytest.mark.parametrize("few", [500, 3], ids=["looked up", "looked through"])
async def test_a_list_has_the_rooms_that_the_rules_say(
    clinic: Storage, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(stored_listing, "_FEW", few)
    monkeypatch.setattr(stored_listing, "_LOOKED_AT", 20)
    for oldest_first, order, limit in product(FILTERS, ListOrder, (7, 1000)):
        wanted = replace(oldest_first, order=order)
        assert await listed(clinic, wanted, limit) == expected(wanted), wanted


async def test_no_other_resource_is_listed(clinic: Storage) -> None:
    other = Resource(CONTOSO.__class__("other"), "other.example", "a2V5", "a2V5Mg==")
    await clinic.add_resource(other)
    for wanted in (RoomFilter(), RoomFilter(terms=("ada",)), RoomFilter(terms=("994",))):
        assert not (await clinic.list_visits(other.id, wanted, None, NOW, NOW, 100)).visits


async def test_a_summary_has_what_a_list_shows(storage: Storage) -> None:
    options = VisitOptions("Check-up", WaitingRoom.ATTENDEES)
    room = Room(room_id(1), NOW, NOW, Moment(NOW + HOUR), options=options)
    roster = [Participant(person(0), PRESENTER, "Dr Ada")]
    roster += [Participant(person(number), ATTENDEE, f"P{number}") for number in range(40, 20, -1)]
    await storage.create_room(CONTOSO, room, roster, None)
    places = [Place(person(number), PlaceState.WAITING, NOW, Moment(NOW + 1)) for number in (21, 22)]
    call = CallId(CONTOSO, room.id)
    await storage.change_lobby(call, [person(21)], lambda lobby, _: waiting.LobbyChange(lobby, tuple(places)))
    [visit] = (await storage.list_visits(CONTOSO, RoomFilter(), None, NOW, NOW, 100)).visits
    assert (visit.room, visit.participant_count, visit.waiting) == (room, 21, {ATTENDEE: 2})
    assert visit.participants == tuple(roster[:10])
    assert await listed(storage, RoomFilter(RoomState.WAITING)) == [room.id]
    assert await listed(storage, RoomFilter(RoomState.WAITING, terms=("nobody",))) == []
    # Their places lapse.
    [visit] = (await storage.list_visits(CONTOSO, RoomFilter(), None, NOW, Moment(NOW + 2), 100)).visits
    assert visit.waiting == {}
    waited_for = RoomFilter(RoomState.WAITING)
    assert not (await storage.list_visits(CONTOSO, waited_for, None, NOW, Moment(NOW + 2), 100)).visits
    # Nobody has to wait any more, or yet again.
    await storage.change_visit(CONTOSO, room.id, {}, lambda room, _: replace(room, options=VisitOptions()))
    assert await listed(storage, waited_for) == []


async def test_people_in_calls_are_counted(clinic: Storage, neighbour: Storage) -> None:
    await clinic.add_resource(Resource(CONTOSO, "contoso.example", "a2V5", "a2V5Mg=="))
    calls = [CallId(CONTOSO, room.id) for room, _ in VISITS[:3]]
    elsewhere = CallId(CONTOSO, RoomId("99400000000000999"))
    assert await clinic.count_people({calls[0]: 2, calls[1]: 1, calls[2]: 0, elsewhere: 1}, NOW) == sorted(calls[:2])
    assert await neighbour.count_people({calls[0]: 2, calls[1]: 0}, NOW) == [calls[1]]
    assert await clinic.list_calls_with_people() == {calls[0]: 2}
    [visit] = (await clinic.list_visits(CONTOSO, RoomFilter(RoomState.IN_CALL), None, NOW, NOW, 100)).visits
    assert (visit.room.id, visit.in_call, visit.left_at) == (VISITS[0][0].id, 2, None)
    [ended] = await clinic.get_summaries(CONTOSO, [calls[1].room], NOW, NOW)
    assert (ended.in_call, ended.left_at) == (0, NOW)
    # What the waiting room keeps stays, and leaves the number.
    await clinic.change_lobby(calls[0], [], lambda lobby, _: waiting.end_call(lobby))
    assert await clinic.list_calls_with_people() == {calls[0]: 2}
    await clinic.delete_room(CONTOSO, calls[0].room, NOW)
    assert await clinic.list_calls_with_people() == {}


async def test_searches_follow_changes(storage: Storage) -> None:
    room = Room(room_id(1), NOW, NOW, Moment(NOW + HOUR), options=VisitOptions("Check-up"))
    roster = [Participant(person(0), PRESENTER, "Dr Ada"), Participant(person(1), ATTENDEE, "Bo Chen")]
    await storage.create_room(CONTOSO, room, roster, None)
    here, nowhere = [room.id], list[RoomId]()
    assert await found(storage, "check", "ada", "chen") == [here, here, here]
    await storage.change_visit(CONTOSO, room.id, {}, lambda room, _: replace(room, options=VisitOptions("Follow-up")))
    assert await found(storage, "check", "follow", "ada") == [nowhere, here, here]
    await storage.change_visit(CONTOSO, room.id, {person(1): "Cy Adams"}, lambda room, _: room)
    assert await found(storage, "bo", "cy", "ada") == [nowhere, here, here]
    # Another participant still has a name that begins so.
    await storage.change_roster(CONTOSO, room.id, [person(0)], lambda _: RosterChange(remove=(person(0),)))
    assert await found(storage, "dr", "ada", "adams") == [nowhere, here, here]
    await storage.delete_room(CONTOSO, room.id, NOW)
    assert await found(storage, "adams", room.id) == [nowhere, nowhere]


async def test_expired_rooms_leave_no_words(storage: Storage) -> None:
    await storage.add_resource(Resource(CONTOSO, "contoso.example", "a2V5", "a2V5Mg=="))
    await storage.create_room(CONTOSO, *VISITS[0], None)
    await storage.purge(Moment(NOW + 400 * DAY), NOW, 100)
    again = replace(VISITS[0][0], options=VisitOptions())
    await storage.create_room(CONTOSO, again, (), None)
    [title] = await found(storage, VISITS[0][0].options.title or "ada")
    assert title == []
