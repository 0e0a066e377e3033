"""Sample data for every table, and a function that reads all of it."""

import asyncio
from collections.abc import Collection
from pathlib import Path

from msgspec.structs import replace

from openrooms.domain import telephones, waiting
from openrooms.domain.auditing import AuditEvent, AuditFilter
from openrooms.domain.calls import CallId
from openrooms.domain.erasure import Erasure
from openrooms.domain.events import BEGINNING, EventKey
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.invitations import Invitation, InvitationId
from openrooms.domain.moments import DAY, Moment
from openrooms.domain.operators import OperatorRole, OperatorToken
from openrooms.domain.presence import Joined, SessionId, Stay, StayId
from openrooms.domain.refusals import Refusal
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, room_id
from openrooms.domain.roster import Participant, RawId
from openrooms.domain.sessions import Session
from openrooms.domain.subscriptions import Delivery, Progress, Subscription
from openrooms.domain.teams import PrincipalType, TeamsAssignment
from openrooms.domain.visits import StartsWith, VisitOptions, WaitingRoom
from openrooms.domain.waiting import Place, PlaceState
from openrooms.server.core.ports import Once, Resource, SigningKey, Storage
from openrooms.server.storage.outbox import Outbox
from openrooms.server.storage.postgres import PostgresStorage
from openrooms.server.storage.sqlite import SqliteStorage

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
NOW = Moment(17_564_273_885_964_328)
ROOMS = 60
ASSIGNMENT = TeamsAssignment("tenant", "object", PrincipalType.USER, ("one", "two"))


def a_room(number: int) -> Room:
    return Room(
        room_id(number * 7919), Moment(NOW + number), NOW, Moment(NOW + DAY), pstn_dial_out_enabled=number % 2 == 0
    )


def person(number: int) -> RawId:
    return RawId(f"8:acs:{CONTOSO}_{number:08x}-0000-4000-8000-000000000000")


DIAL_OUT = telephones.begin(
    telephones.LegId("0" * 32),
    CallId(CONTOSO, a_room(1).id),
    telephones.PhoneNumber("+15551234567"),
    person(1),
    "process",
    NOW,
    telephones.Limits(),
    NOW,
)


def with_options(room: Room, _present: Collection[str]) -> Room:
    options = VisitOptions("Check-up", WaitingRoom.EVERYONE, StartsWith.PRESENTER, 15, 5)
    return replace(room, options=options)


INVITATION = Invitation(
    InvitationId("0" * 16), a_room(1).id, person(0), bytes(range(32)), 0, NOW, bind_to_first_browser=True, bound_at=NOW
)


SESSION = Session("session", (CONTOSO,), "Ada", NOW, Moment(NOW + DAY), bytes(range(32)), bytes(range(1, 33)), NOW)
STAY = Stay(StayId("PA_1"), person(1), ParticipantRole.PRESENTER, "Dr Ada", NOW)
RESOURCE = Resource(CONTOSO, "contoso.example", "a2V5", "a2V5Mg==")
KEY = SigningKey("key", "-----BEGIN", NOW)
TOKEN = OperatorToken("token", CONTOSO, OperatorRole.READER, NOW, Moment(NOW + DAY), ("key",))
USERS = (
    *(User(person(number), NOW, deleted_at=NOW if number else None) for number in range(3)),
    User(person(3), NOW, custom_id="ada", last_token_issued_at=NOW),
)
ROSTER = [Participant(person(number), ParticipantRole.PRESENTER) for number in range(3)]


def once(number: int) -> Once:
    return Once(str(number), bytes([number]))


async def fill_without_visits(storage: Storage) -> None:
    """Fill what there was before visits."""
    await storage.add_resource(RESOURCE)
    await storage.put_signing_key(KEY)
    await storage.add_operator_token(TOKEN)
    for user in USERS:
        await storage.create_user(CONTOSO, user)
    await storage.put_teams_assignment(CONTOSO, ASSIGNMENT)
    await asyncio.gather(
        *(storage.create_room(CONTOSO, a_room(number), ROSTER, once(number)) for number in range(ROOMS))
    )
    await storage.add_dial_out(DIAL_OUT.call, "", NOW, lambda _room, _traffic: DIAL_OUT)
    await storage.delete_room(CONTOSO, a_room(0).id, NOW)


async def fill(storage: Storage) -> None:
    await fill_without_visits(storage)
    token = OperatorToken(
        "session", CONTOSO, OperatorRole.READER, NOW, SESSION.expires_at, ("key",), subject="openid:x#y"
    )
    await storage.add_session(SESSION, [token])
    await storage.put_key_uses([(CONTOSO, "key")], NOW)
    await storage.add_audit_events([AuditEvent("1", NOW, "create_room", 201, CONTOSO, "key:a", "::1", a_room(1).id)])
    await storage.change_visit(CONTOSO, a_room(1).id, {person(1): "Dr Ada"}, with_options)
    await storage.add_invitation(CONTOSO, INVITATION, lambda _standing, _links: (INVITATION, ()))
    await storage.change_lobby(
        DIAL_OUT.call,
        [person(0)],
        lambda lobby, _: waiting.admit(lobby, [Place(person(0), PlaceState.WAITING, NOW)], NOW),
    )
    await storage.note_refusal(
        DIAL_OUT.call,
        Refusal(person(3), "onRoster", "Forbidden", message="You are not on the roster of this room."),
        2,
        NOW,
        NOW,
    )
    await storage.begin_erasure(CONTOSO, Erasure(person(2), person(9), NOW, is_complete=True), lambda user: user)
    await storage.note_presence(DIAL_OUT.call, Joined(SessionId("RM_1"), STAY))
    await storage.purge_events(Moment(NOW + DAY), 3)
    subscription = Subscription(CONTOSO, "one", NOW, "https://app.example/hook", "c2VjcmV0")
    await storage.add_subscription(subscription, Progress())
    deliveries = [Delivery(EventKey(4, NOW), a_room(1).id, NOW, 1, Moment(NOW + DAY), "answered 500")]
    await storage.save_deliveries(subscription, BEGINNING, Progress(EventKey(4, NOW)), deliveries, [])


async def contents(storage: Storage) -> list[object]:
    return [
        await storage.list_events(CONTOSO, BEGINNING, 1000),
        await storage.list_subscriptions(CONTOSO),
        await storage.list_waiting((await storage.list_subscriptions(CONTOSO))[0].subscription),
        await storage.list_lasting(None),
        await storage.list_erasures(),
        await storage.list_stays(CONTOSO, DIAL_OUT.call.room, None, 10),
        await storage.list_refusals(CONTOSO, DIAL_OUT.call.room, None, 10),
        *await contents_without_events(storage),
    ]


async def contents_without_events(storage: Storage) -> list[object]:
    return [
        await storage.list_resources(),
        await storage.list_signing_keys(),
        await storage.list_operator_tokens(CONTOSO, NOW),
        await storage.find_session(bytes(range(1, 33))),
        await storage.list_key_uses(CONTOSO),
        await storage.list_audit_events(CONTOSO, AuditFilter(), None, 10),
        (await storage.list_rooms(CONTOSO, None, 1000)).documents,
        [await storage.get_room(CONTOSO, a_room(number).id) for number in range(1, ROOMS)],
        [await storage.list_roster(CONTOSO, a_room(number).id, None, 10) for number in range(1, ROOMS)],
        [await storage.get_user(CONTOSO, person(number)) for number in range(4)],
        await storage.list_invitations(CONTOSO, INVITATION.room_id, None, 10),
        await storage.list_dial_outs(DIAL_OUT.call, 10),
        await storage.get_standing(CONTOSO, DIAL_OUT.call.room, person(0)),
        await storage.get_teams_assignment(CONTOSO, ASSIGNMENT.tenant_id, ASSIGNMENT.object_id),
        # Repeating a create answers with the first room, and a deleted room stays deleted.
        await storage.create_room(CONTOSO, a_room(999), (), once(7)),
        await storage.delete_room(CONTOSO, a_room(0).id, NOW),
    ]


async def opened(url: str) -> Storage:
    if url.startswith("sqlite:"):
        return await SqliteStorage.open(Path(url.removeprefix("sqlite:")), outbox=Outbox(lambda: NOW))
    return await PostgresStorage.open(url, outbox=Outbox(lambda: NOW))


async def contents_of(url: str) -> list[object]:
    storage = await opened(url)
    try:
        return await contents(storage)
    finally:
        await storage.close()
