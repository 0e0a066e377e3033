"""Erasing and exporting people, on both engines: what a dump of the database has before and after."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from tests.storage.conftest import Database
from tests.storage.contents import CONTOSO, NOW, RESOURCE, a_room, person

from openrooms.domain import erasure, telephones, waiting
from openrooms.domain.auditing import AuditEvent
from openrooms.domain.calls import CallId
from openrooms.domain.erasure import SETTLED_AFTER, SWEPT, Erasure, RecordKind
from openrooms.domain.errors import IdentityNotOwned
from openrooms.domain.events import BEGINNING
from openrooms.domain.identities import User
from openrooms.domain.invitations import Invitation, InvitationId
from openrooms.domain.moments import HOUR, MINUTE, Span, after
from openrooms.domain.presence import Ending, Joined, Left, Over, SessionId, Stay, StayId
from openrooms.domain.refusals import Refusal
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.roster import Participant, RawId
from openrooms.domain.telephones import LegId, LegState, Limits, Outcome, PhoneNumber
from openrooms.domain.waiting import Place, PlaceState
from openrooms.server.core.erasures import Erasures
from openrooms.server.core.ports import Storage
from openrooms.server.storage.copy import _side, tables
from openrooms.server.storage.erasure import RECORDS
from openrooms.wire import events

ADA, BO = person(1), person(2)
ROOM, OTHER = a_room(1), a_room(2)
CALL, SESSION = CallId(CONTOSO, ROOM.id), SessionId("RM_1")
PHONE = RawId("4:+15551234567")
ATTENDEE, PRESENTER = ParticipantRole.ATTENDEE, ParticipantRole.PRESENTER
WITH_ADA = {
    *("users", "rosters", "invitations", "places", "call_sessions", "stays", "refusals", "dial_outs", "events"),
    "audit_events",
}


class Service:
    """The use case over a storage, with a clock that tests move."""

    def __init__(self, storage: Storage, first: int = 1) -> None:
        self.now = NOW
        self.storage = storage
        self.changed: list[str] = []
        self.begun = asyncio.Event()
        bits = count(first)

        def note(_resource: str, changed: str) -> None:
            self.changed.append(changed)
            self.begun.set()

        self.erasures = Erasures(storage, lambda: self.now, lambda _: next(bits), note, note)

    async def erase(self, raw_id: RawId) -> None:
        """Erase a person, with the work that is done beside the request."""
        asked = asyncio.create_task(self.erasures.erase(CONTOSO, raw_id))
        await self.settle()
        assert await asked

    async def delete(self, raw_id: RawId) -> None:
        await self.erasures.delete_user(CONTOSO, raw_id)
        await self.settle()

    async def settle(self) -> None:
        await self.begun.wait()
        self.now = after(self.now, SETTLED_AFTER)
        self.erasures._rests_until = 0.0
        await self.erasures.work()
        self.begun.clear()

    async def export(self, raw_id: RawId) -> dict[str, list[Mapping[str, Any]]]:
        found: dict[str, list[Mapping[str, Any]]] = {}
        place = None
        while True:
            records, place = await self.erasures.export(CONTOSO, raw_id, place)
            for record in records:
                found.setdefault(record.kind, []).append(record.columns)
            if place is None:
                return found


async def fill(storage: Storage) -> None:
    """Leave a trace of Ada in every table that may have one, and of Bo beside her."""
    await storage.add_resource(RESOURCE)
    await storage.create_user(CONTOSO, User(ADA, NOW, custom_id="okafor@clinic", last_token_issued_at=NOW))
    await storage.create_user(CONTOSO, User(BO, NOW))
    for room in (ROOM, OTHER):
        roster = [Participant(ADA, PRESENTER), Participant(BO, ATTENDEE)]
        await storage.create_room(CONTOSO, room, roster, None)
        await storage.change_visit(CONTOSO, room.id, {ADA: "Ada Okafor", BO: "Bo Berg"}, lambda room, _: room)
    invitation = Invitation(InvitationId("0" * 16), ROOM.id, ADA, bytes(range(32)), 0, NOW, bind_to_first_browser=False)
    await storage.add_invitation(CONTOSO, invitation, lambda _standing, _links: (invitation, ()))
    await fill_call(storage)
    await storage.add_audit_events(
        [
            AuditEvent("1", NOW, "join", 200, CONTOSO, ADA, "::1", ROOM.id),
            AuditEvent("2", NOW, "delete_user", 204, CONTOSO, "key:a", "::1", user=ADA),
        ]
    )


async def fill_call(storage: Storage) -> None:
    for raw_id, name in ((ADA, "Ada Okafor"), (BO, "Bo Berg")):
        place = Place(raw_id, PlaceState.WAITING, NOW, after(NOW, HOUR), name)
        await storage.change_lobby(
            CALL, [raw_id], lambda lobby, _places, place=place: waiting.LobbyChange(lobby, put=(place,))
        )
    for number, (raw_id, name) in enumerate([(ADA, "Ada Okafor"), (BO, "Bo Berg"), (ADA, "Ada Okafor")]):
        stay = Stay(StayId(f"PA_{number}"), raw_id, PRESENTER, name, after(NOW, number * MINUTE))
        await storage.note_presence(CALL, Joined(SESSION, stay))
        await storage.note_presence(CALL, Left(SESSION, stay.ended(after(NOW, 9 * MINUTE), Ending.LEFT)))
    await storage.note_presence(CALL, Over(SESSION, after(NOW, HOUR)))
    for raw_id in (ADA, BO):
        await storage.note_refusal(CALL, Refusal(raw_id, "onRoster", "Forbidden", 5828, "No."), 2, NOW, NOW)
    leg = telephones.begin(LegId("1" * 32), CALL, PhoneNumber("+15551234567"), ADA, "one", NOW, Limits(), NOW)
    await storage.add_dial_out(CALL, ADA, NOW, lambda _room, _traffic: leg)
    over = replace(leg, state=LegState.ENDED, answered_at=NOW, since=after(NOW, MINUTE), outcome=Outcome.HUNG_UP)
    await storage.change_dial_out(CONTOSO, leg.id, lambda _: over)


async def dump(url: str) -> dict[str, list[str]]:
    """Return every row of every table as text: blobs decoded, and what JSON says instead of how it is written."""
    found: dict[str, list[str]] = {}
    async with _side(url, migrate=False) as side:
        for table in tables():
            place: tuple[Any, ...] = ()
            while rows := await side.read(table, place):
                place = table.key_of(rows[-1])
                found.setdefault(table.name, []).extend(" ".join(map(_text, row)) for row in rows)
    return found


def _text(cell: object) -> str:
    text = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
    return json.dumps(json.loads(text), ensure_ascii=False) if text[:1] in ("{", "[") else text


def tables_with(dumped: Mapping[str, Sequence[str]], text: str) -> set[str]:
    pattern = re.compile(re.escape(text), re.IGNORECASE)
    return {name for name, rows in dumped.items() if any(pattern.search(row) for row in rows)}


async def test_an_erased_person_is_only_in_the_audit_trail(database: Database) -> None:
    storage = await database.open()
    await fill(storage)
    await storage.close()
    before = await dump(database.url)
    assert tables_with(before, ADA) == WITH_ADA
    with_names = {"users", "rosters", "places", "stays", "events", "rooms", "room_words"}
    assert tables_with(before, "okafor") == with_names
    storage = await database.open()
    service = Service(storage)
    await service.erase(ADA)
    assert {*service.changed} == {ADA, ROOM.id, OTHER.id}
    with pytest.raises(IdentityNotOwned):
        await storage.get_user(CONTOSO, ADA)
    # It can be repeated, and finds nothing more.
    await service.erase(ADA)
    await storage.close()
    left = await dump(database.url)
    assert tables_with(left, ADA) == {"audit_events"}
    assert tables_with(left, "okafor") == set()
    assert tables_with(left, BO) == WITH_ADA - {"invitations", "call_sessions", "dial_outs", "audit_events"}
    assert tables_with(left, "berg") == with_names - {"users"}
    for name in ("stays", "call_sessions", "refusals", "dial_outs", "audit_events"):
        assert len(before[name]) == len(left[name]), name


async def test_counts_and_times_stay_under_one_anonymous_id(storage: Storage) -> None:
    await fill(storage)
    await Service(storage).erase(ADA)
    anonymous = erasure.anonymous_id(CONTOSO, f"{1:020x}")
    stays = (await storage.list_all_stays(CONTOSO, Span(), None, 10)).stays
    assert sorted((one.stay.raw_id, one.stay.display_name) for one in stays) == sorted(
        [(anonymous, ""), (anonymous, ""), (BO, "Bo Berg"), (PHONE, "")]
    )
    assert {one.stay.left_at for one in stays} == {after(NOW, 9 * MINUTE), after(NOW, MINUTE)}
    refusals = (await storage.list_refusals(CONTOSO, ROOM.id, None, 10)).refusals
    assert {(one.refusal.raw_id, one.count) for one in refusals} == {(anonymous, 2), (BO, 2)}
    page = await storage.list_events(CONTOSO, BEGINNING, 1000)
    for event in page.events:
        Draft202012Validator(events.schemas()[event.type]).validate(json.loads(event.data))
    assert any(anonymous in event.subject for event in page.events)
    added = [json.loads(event.data) for event in page.events if event.type == events.PARTICIPANT_ADDED.name]
    assert [one["displayName"] for one in added] == ["", "Bo Berg", ""]
    assert {one["startedBy"]["communicationIdentifier"]["rawId"] for one in added} == {anonymous}


async def test_a_deleted_users_names_are_gone(database: Database) -> None:
    """The id stays where the service needs it: the user was deleted, and is on rosters."""
    storage = await database.open()
    await fill(storage)
    service = Service(storage)
    for _ in range(2):
        await service.delete(ADA)
    assert (await storage.get_user(CONTOSO, ADA)).deleted_at == NOW
    with pytest.raises(IdentityNotOwned):
        await service.erasures.delete_user(CONTOSO, person(77))
    await storage.close()
    left = await dump(database.url)
    assert tables_with(left, "okafor") == set()
    assert tables_with(left, ADA) == {"users", "rosters", "audit_events"}


async def test_a_telephones_number_is_erased(database: Database) -> None:
    storage = await database.open()
    await fill(storage)
    service = Service(storage)
    assert {*await service.export(PHONE)} == {"stays", "dialOuts", "events"}
    await service.erase(PHONE)
    await storage.close()
    assert tables_with(await dump(database.url), "15551234567") == set()


async def test_an_export_has_what_is_kept(storage: Storage) -> None:
    await fill(storage)
    service = Service(storage)
    found = await service.export(ADA)
    assert {*found} == {kind.value for kind in RecordKind}
    [user] = found["users"]
    assert (user["custom_id"], user["created_at"]) == ("okafor@clinic", NOW)
    assert {(one["display_name"], one["valid_from"]) for one in found["participants"]} == {("Ada Okafor", NOW)}
    assert len(found["stays"]) == 2
    assert not any("hash" in name for one in found["invitations"] for name in one)
    assert [one["operation"] for one in found["audit"]] == ["join", "delete_user"]
    assert all(ADA in one["data"] for one in found["events"])
    await service.erase(ADA)
    assert {*await service.export(ADA)} == {"audit"}


async def test_what_a_killed_process_has_begun_is_finished(storage: Storage, neighbour: Storage) -> None:
    """Whatever it had done, under the same anonymous id."""
    await fill(storage)
    begun = erasure.begin(CONTOSO, ADA, 7, NOW, is_complete=True)
    await storage.begin_erasure(CONTOSO, begun, lambda user: user and replace(user, deleted_at=NOW))
    page = await storage.list_records(CONTOSO, RecordKind.STAYS, None, {ADA}, 10)
    await storage.erase_records(CONTOSO, page.records[:1], {ADA: begun.anonymous_id})
    other = Service(neighbour)
    other.now = after(NOW, SETTLED_AFTER)
    # Nobody asks again.
    await other.erasures.work()
    stays = (await neighbour.list_all_stays(CONTOSO, Span(), None, 10)).stays
    assert sorted(one.stay.raw_id for one in stays) == sorted([begun.anonymous_id, begun.anonymous_id, BO, PHONE])
    assert {*await other.export(ADA)} == {"audit"}


async def test_one_process_erases_at_a_time(storage: Storage, neighbour: Storage) -> None:
    await fill(storage)
    services = [Service(storage), Service(neighbour, first=100)]
    await services[0].erasures.delete_user(CONTOSO, ADA)
    await services[1].erasures.delete_user(CONTOSO, BO)
    for service in services:
        service.now = after(NOW, SETTLED_AFTER)
    await asyncio.gather(*(service.erasures.work() for service in services))
    assert await storage.list_erasures() == {}
    page = await storage.list_events(CONTOSO, BEGINNING, 1000)
    assert not any("Okafor" in event.data or "Berg" in event.data for event in page.events)


async def test_what_is_told_late_of_a_deleted_user_has_no_name(storage: Storage) -> None:
    await fill(storage)
    last = await storage.last_event(CONTOSO)
    await Service(storage).erasures.delete_user(CONTOSO, ADA)
    late, again = Stay(StayId("PA_9"), ADA, PRESENTER, "Ada Okafor", after(NOW, MINUTE)), SessionId("RM_2")
    for observation in (Joined(again, late), Left(again, late.ended(after(NOW, HOUR), Ending.LEFT))):
        await storage.note_presence(CALL, observation)
    events = (await storage.list_events(CONTOSO, last, 1000)).events
    assert len(events) == 3
    assert not any(ADA in event.data + event.subject or "Okafor" in event.data for event in events)
    stays = (await storage.list_all_stays(CONTOSO, Span(), None, 10)).stays
    assert [one.stay.raw_id for one in stays if one.session == again] == [erasure.anonymous_id(CONTOSO, "pa_9")]


async def test_a_more_complete_erasure_is_not_ended_with_the_other(storage: Storage) -> None:
    await fill(storage)
    first = erasure.begin(CONTOSO, ADA, 1, NOW, is_complete=False)
    later = erasure.begin(CONTOSO, ADA, 2, after(NOW, 1), is_complete=True)
    for begun in (first, later):
        await storage.begin_erasure(CONTOSO, begun, lambda user: user)
    await storage.end_erasure(CONTOSO, first)
    kept = Erasure(ADA, first.anonymous_id, after(NOW, 1), is_complete=True)
    assert await storage.list_erasures() == {CONTOSO: [kept]}


def test_every_column_is_known() -> None:
    """A new column belongs here, and on the page about data protection if it is about people."""
    without_people = {
        *("resources", "signing_keys", "key_uses", "tombstones", "event_marks", "calls", "subscriptions", "deliveries"),
        # Sealed with the id of the client's request.
        "repeats",
        # About operators, accounts of Teams, and titles.
        *("operator_tokens", "sessions", "teams_assignments", "rooms"),
        # They go with the names and with the erasure.
        *("room_words", "erasures"),
    }
    read = {table.page.text.split("FROM ")[1].split()[0]: table for table in RECORDS.values()}
    assert {table.name for table in tables()} == without_people | read.keys()
    page = (Path(__file__).parents[2] / "docs" / "operations" / "data-protection.md").read_text()
    assert {*re.findall(r"`(\w+)`", page)} >= {*read, "rooms", "room_words", "operator_tokens", "sessions", "erasures"}
    left_out = {
        "users": {"revocations"},
        "rosters": {"position"},
        "invitations": {"secret_hash", "revocations", "browser_hash"},
        "dial_outs": {"hang_up_at", "owner", "held_until", "state", "since", "sip_status"},
        "refusals": {"told_at"},
        "audit_events": {"request_id"},
        "events": {"room_created_at", "sequence"},
    }
    for table in tables():
        if table.name in read:
            missing = {*table.columns} - {*read[table.name].columns} - {"resource"}
            assert missing == left_out.get(table.name, set()), table.name


def test_the_kinds_that_are_swept_are_those_that_can_be_erased() -> None:
    assert [kind for kind in RecordKind if RECORDS[kind].erase is not None] == [*SWEPT]
