"""What the use cases need from outside: stores, the media engine, clocks, and the values they exchange.

A method of a store that writes returns once the write is on disk. Every method may raise `Unavailable`; then a write
may have been kept, whole, or not at all, because the answer to a commit can be lost. After `StorageFull` and every
other error nothing was kept. A `decide` function may run more than once, so it has no side effects and does no I/O.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence, Set
from typing import Any, NamedTuple, Protocol

import msgspec

from openrooms.domain.auditing import AuditEvent, AuditFilter
from openrooms.domain.calls import CallId, CallNotice, Grants, Presence, RunningCall
from openrooms.domain.devices import Device
from openrooms.domain.doors import Reach
from openrooms.domain.erasure import Erased, Erasure, RecordKind
from openrooms.domain.errors import MediaUnavailable
from openrooms.domain.events import EVERYTHING, Event, EventFilter, EventKey, Happening
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.invitations import Invitation, InvitationId, Invited
from openrooms.domain.joining import Standing as Standing
from openrooms.domain.listing import RoomFilter, VisitKey
from openrooms.domain.moments import Moment, Span
from openrooms.domain.names import DisplayName
from openrooms.domain.operators import OperatorToken
from openrooms.domain.presence import Change, Lasting, Notice, Observation, SessionId, Stay
from openrooms.domain.refusals import Refusal
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import Participant, RawId, RosterChange, RosterView
from openrooms.domain.sessions import Session
from openrooms.domain.subscriptions import Answer, Delivery, Progress, Subscription
from openrooms.domain.teams import TeamsAssignment
from openrooms.domain.telephones import DialOut, LegEvent, LegId, Outcome, PhoneNumber, Traffic
from openrooms.domain.waiting import Lobby, LobbyChange, Place, PlaceState

Clock = Callable[[], Moment]
"""Returns the current time."""

Random = Callable[[int], int]
"""Returns an unguessable whole number from 0 up to, but not including, its argument."""

RoomNudge = Callable[[ResourceId, RoomId], None]
"""Called after a changed room or roster was kept; neither waits nor fails."""

CallNudge = Callable[[CallId], None]
"""Called after a change was kept that concerns the call; neither waits nor fails."""

DoorNudge = Callable[[CallId, Reach], None]
"""Called after a change of a call's waiting room was kept, with whom it concerns; neither waits nor fails."""

KeepPeople = Callable[[CallId], Awaitable[None]]
"""Keeps that people are in a call before a change after which they might have to wait; may raise `Unavailable`."""

UserNudge = Callable[[ResourceId, RawId], None]
"""Called after it was kept that a user's tokens are no longer valid; neither waits nor fails."""


class Resource(msgspec.Struct, frozen=True):
    """A tenant: its keys, rooms and identities.

    `host` is the name in the Host header that chooses it, lower case without port; `None` takes any host.
    """

    id: ResourceId
    host: str | None
    primary_key: str
    secondary_key: str

    def __repr__(self) -> str:
        return f"Resource(id={self.id!r}, host={self.host!r})"


class SigningKey(msgspec.Struct, frozen=True):
    """A key that signs identity tokens; kept as long as a token that it signed may live."""

    id: str
    private_pem: str
    created_at: Moment

    def __repr__(self) -> str:
        return f"SigningKey(id={self.id!r})"


class Once(msgspec.Struct, frozen=True):
    """The identity of a repeatable create: the client's request id and a digest of the request."""

    request_id: str
    fingerprint: bytes


class RoomKey(msgspec.Struct, frozen=True):
    """A room's place in the list of rooms, newest first."""

    created_at: Moment
    id: RoomId


class RosterKey(msgspec.Struct, frozen=True):
    """A participant's place on the roster; opaque outside of storage."""

    position: int


class RenderedRooms(msgspec.Struct, frozen=True):
    """A page of rooms: their documents joined by commas, and the key of the next page (`None` on the last)."""

    documents: str
    next: RoomKey | None


class RosterPage(msgspec.Struct, frozen=True):
    """A page of a roster in order of insertion, and the key of the next page (`None` on the last)."""

    participants: tuple[Participant, ...]
    next: RosterKey | None


class Figure(msgspec.Struct, frozen=True):
    """A number for metrics: one that only grows (`is_total`), or a current value.

    Figures of one name follow each other and differ in the values of their `labels`.
    """

    name: str
    help: str
    value: float
    is_total: bool = False
    labels: Mapping[str, str] = {}


class CreatedRoom(msgspec.Struct, frozen=True):
    """The answer to a create: the id and the document of the new room, or of the room that a repeated request made."""

    id: RoomId
    document: str


class RoomStore(Protocol):
    """Rooms and their rosters.

    A room is kept together with its *document*, the JSON text that clients get: reads return it without rendering the
    room again.
    """

    async def create_room(
        self, resource: ResourceId, room: Room, roster: Sequence[Participant], once: Once | None
    ) -> CreatedRoom:
        """Keep a new room and its roster.

        If `once` was kept before (within the time that `purge` leaves it), nothing is created: return the first answer
        again, or raise `RepeatMismatch` if the fingerprint differs. Two concurrent creates make one room. Raise
        `RoomIdTaken` if a room or a tombstone has the id.
        """

    async def get_room_document(self, resource: ResourceId, room_id: RoomId) -> str:
        """Return the room's document; raise `RoomNotFound`."""

    async def list_rooms(self, resource: ResourceId, after: RoomKey | None, limit: int) -> RenderedRooms:
        """Return rooms by `created_at` (then id) descending, those strictly after the key."""

    async def change_room(self, resource: ResourceId, room_id: RoomId, decide: Callable[[Room], Room]) -> str:
        """Keep what `decide` makes of the room; return its document; raise what it raises, or `RoomNotFound`."""

    async def delete_room(self, resource: ResourceId, room_id: RoomId, now: Moment) -> None:
        """Remove the room and its roster and leave a tombstone; do nothing if there is a tombstone already.

        Raise `RoomNotFound` if there is neither a room nor a tombstone.
        """

    async def list_roster(
        self, resource: ResourceId, room_id: RoomId, after: RosterKey | None, limit: int
    ) -> RosterPage:
        """Return participants in order of insertion, those strictly after the key; raise `RoomNotFound`."""

    async def change_roster(
        self,
        resource: ResourceId,
        room_id: RoomId,
        named: Collection[str],
        decide: Callable[[RosterView], RosterChange],
    ) -> None:
        """Keep what `decide` makes of the roster, whole or not at all; raise what it raises, or `RoomNotFound`.

        The invitations of participants who are removed are revoked.

        The view holds those of the `named` who are on the roster, and the change may concern only the `named`.
        Participants who were on the roster keep their places; new ones follow in the order of the change.
        """


class VisitStore(Protocol):
    """The options and names that rooms have besides Azure's data."""

    async def get_visit(
        self, resource: ResourceId, room_id: RoomId, after: RosterKey | None, limit: int
    ) -> tuple[Room, RosterPage]:
        """Return the room, and the participants strictly after the key in order of insertion; raise `RoomNotFound`."""

    async def change_visit(
        self,
        resource: ResourceId,
        room_id: RoomId,
        names: Mapping[RawId, str],
        decide: Callable[[Room, Collection[str]], Room],
    ) -> Room:
        """Keep and return the room that `decide` returns, with its options, and keep the names of participants (`""`
        removes a name): all or nothing.

        `decide` is given the room and those of the named who are on the roster. Raise what it raises, or
        `RoomNotFound`.
        """


class VisitSummary(msgspec.Struct, frozen=True):
    """A room as it is listed: the first of its participants and how many there are, how many wait, by role, and how
    many were last seen in its call. `left_at` is when the last person left the call before (`None`: nobody has).

    Of a long roster, only so many people are counted.
    """

    room: Room
    participants: tuple[Participant, ...]
    participant_count: int
    lobby: Lobby
    waiting: Mapping[ParticipantRole, int]
    in_call: int = 0
    left_at: Moment | None = None


class VisitPage(msgspec.Struct, frozen=True):
    """A page of the list of visits, and the place after which the next one begins (`None` on the last)."""

    visits: Sequence[VisitSummary]
    next: VisitKey | None


class ListingStore(Protocol):
    """The list of visits."""

    async def list_visits(
        self,
        resource: ResourceId,
        wanted: RoomFilter,
        start: VisitKey | None,
        now: Moment,
        held_now: Moment,
        limit: int,
    ) -> VisitPage:
        """Return rooms by `valid_from` (then id), those strictly after the key: at most `limit`, and maybe fewer.

        The cost does not grow with the number of rooms.
        """

    async def get_summaries(
        self, resource: ResourceId, rooms: Sequence[RoomId], now: Moment, held_now: Moment
    ) -> Sequence[VisitSummary]:
        """Return the summaries of those of the rooms that exist, in the same order."""

    async def index_rooms(self, limit: int) -> int:
        """Read the titles and names of rooms that no search can find yet; return of how many (fewer: of all)."""


class HeadcountStore(Protocol):
    """How many people are in each call, as lists show it."""

    async def count_people(self, counts: Mapping[CallId, int], now: Moment) -> Sequence[CallId]:
        """Keep how many people are in these calls; return the calls in which it was another number before.

        The last person of a call in which nobody is any more has left it `now`.
        """

    async def list_calls_with_people(self) -> Mapping[CallId, int]:
        """Return the calls in which there are people, as far as it is kept."""


class KeptRoom(msgspec.Struct, frozen=True):
    """A room, its roster in order of insertion, and how often its window or title changed."""

    room: Room
    roster: tuple[Participant, ...]
    moves: int = 0


class ResourceContents(msgspec.Struct, frozen=True):
    """What is kept of a resource, except its keys, its operators' tokens, its history and what expires soon.

    Subscriptions that are put in place get the events from then on.
    """

    rooms: tuple[KeptRoom, ...] = ()
    users: tuple[User, ...] = ()
    assignments: tuple[TeamsAssignment, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()


class ContentsStore(Protocol):
    """The contents of a resource as a whole, for development services."""

    async def get_contents(self, resource: ResourceId) -> ResourceContents:
        """Return the contents, read at one moment: rooms oldest first, users and assignments by their keys."""

    async def replace_contents(self, resource: ResourceId, contents: ResourceContents) -> None:
        """Keep these contents and remove all others, also tombstones and repeats; whole or not at all."""


class StandingKey(NamedTuple):
    """The subject of a standing; `invitation` is the id of the invitation from which the caller's token came."""

    resource: ResourceId
    room_id: RoomId
    raw_id: str
    invitation: str = ""


class StandingStore(Protocol):
    """What calls read: rooms, and who may join them."""

    async def get_room(self, resource: ResourceId, room_id: RoomId) -> Room:
        """Return the room; raise `RoomNotFound`."""

    async def get_standing(self, resource: ResourceId, room_id: RoomId, raw_id: str, invitation: str = "") -> Standing:
        """Return the room, the role and the user that belong to a raw id, and whether the invitation holds.

        All of it is read at one moment.
        """

    async def get_standings(self, keys: Sequence[StandingKey]) -> Sequence[Standing]:
        """Return a standing for each key, in the same order; the cost depends only on the number of keys."""


class InvitationPage(msgspec.Struct, frozen=True):
    """A page of a room's invitations, those of one participant together, and its last id (`None` on the last page)."""

    invitations: tuple[Invitation, ...]
    next: InvitationId | None


class InvitationStore(Protocol):
    """The invitations to rooms. They end when their participant is removed from the roster."""

    async def add_invitation(
        self,
        resource: ResourceId,
        invitation: Invitation,
        decide: Callable[[Standing, Sequence[Invitation]], tuple[Invitation, Sequence[Invitation]]],
    ) -> Invitation:
        """Keep and return the first of what `decide` returns, and revoke the others; all or nothing.

        `decide` is given the standing of the invitation's participant and their invitations that were not revoked,
        oldest first. Raise what it raises.
        """

    async def list_invitations(
        self, resource: ResourceId, room_id: RoomId, after: InvitationId | None, limit: int
    ) -> InvitationPage:
        """Return invitations that were not revoked, those after the named one.

        Raise `RoomNotFound`, or `InvitationNotFound` if `after` names no invitation of the room, revoked or not.
        """

    async def get_invited(self, resource: ResourceId, room_id: RoomId, invitation_id: str) -> Invited:
        """Return an invitation, even a revoked one; raise `InvitationNotFound`."""

    async def find_invited(self, resource: ResourceId, secret_hash: bytes) -> Invited:
        """Return the invitation with this secret, even a revoked one; raise `InvitationUnknown`."""

    async def change_invitation(
        self, resource: ResourceId, invitation_id: str, decide: Callable[[Invitation], Invitation]
    ) -> Invitation:
        """Keep and return what `decide` makes of the invitation; raise what it raises, or `InvitationNotFound`."""


class NewPeople(msgspec.Struct, frozen=True):
    """People to add to a room, and those of them who are new users."""

    participants: Sequence[Participant]
    users: Sequence[User]


class PlanStore(Protocol):
    """Where whole visits are kept, and people who are added to them."""

    async def plan_visit(
        self,
        resource: ResourceId,
        room: Room,
        roster: Sequence[Participant],
        users: Sequence[User],
        invite: Callable[[Mapping[RawId, User]], Sequence[Invitation]],
        once: Once | None,
        answer: str,
    ) -> str:
        """Keep a new room with its roster, the new users, and the invitations that `invite` returns: all or nothing.

        `invite` is given those of the participants who are users, old and new ones. Return the answer. If `once` was
        kept before, nothing is created: return the answer of that time, or raise `RepeatMismatch` if the fingerprint
        differs. Raise `RoomIdTaken` as `create_room` does, and what `invite` raises.
        """

    async def add_people(
        self,
        resource: ResourceId,
        room_id: RoomId,
        people: NewPeople,
        decide: Callable[[RosterView], RosterChange],
        invite: Callable[[Mapping[RawId, User]], Sequence[Invitation]],
        once: Once | None,
        answer: str,
        now: Moment,
    ) -> str:
        """Keep the new users, the change of the roster, the names, and the invitations: all or nothing.

        `invite`, `once` and the result are those of `plan_visit`. Raise `RoomNotFound` and what the functions raise.
        """


class AdoptionStore(Protocol):
    """Where rooms of other services are kept."""

    async def adopt_room(
        self,
        resource: ResourceId,
        room: Room,
        roster: Sequence[Participant],
        users: Sequence[User],
        check_user: Callable[[User], None],
        check_room: Callable[[Room, Sequence[Participant]], None],
    ) -> bool:
        """Keep the room with its roster, and those of the users who do not exist yet: all or nothing.

        Return whether the room is new. If there is a room with its id, nothing is kept: `check_room` is given that
        room and its roster. Raise what the checks raise, `check_user` for a user who exists, or `RoomIdTaken` if a
        tombstone has the id.
        """


class AtDoor(msgspec.Struct, frozen=True):
    """A participant who waits to be admitted, or about whom it was decided.

    `display_name` is the name that the organiser gave them (`""`: none).
    """

    place: Place
    role: ParticipantRole
    display_name: str


class WaitingStore(Protocol):
    """The people who wait for the calls of rooms, and the decisions about them."""

    async def change_lobby(
        self, call: CallId, named: Collection[RawId] | None, decide: Callable[[Lobby, Sequence[Place]], LobbyChange]
    ) -> LobbyChange:
        """Keep and return the change that `decide` makes, whole or not at all; raise what it raises, or `RoomNotFound`.

        `decide` is given the places of those of the `named` who have one, or (`None`) of everyone who waits, the
        longest first. Nothing else about the room changes in between.
        """

    async def hold_places(self, keys: Sequence[tuple[CallId, RawId]], until: Moment) -> None:
        """Hold the places of those of the people who wait until then."""

    async def list_at_door(self, call: CallId, state: PlaceState, held_now: Moment, limit: int) -> Sequence[AtDoor]:
        """Return the people on the roster with this state whose place is held, those who have waited longest first."""

    async def count_waiting(
        self, calls: Sequence[CallId], held_now: Moment
    ) -> Mapping[CallId, Mapping[ParticipantRole, int]]:
        """Return how many people of each role wait for each call; a call for which nobody waits is left out."""


class DoorStore(StandingStore, WaitingStore, Protocol):
    """The waiting rooms of calls, and the standings of the people at their doors."""


class UserPage(msgspec.Struct, frozen=True):
    """A page of users in descending order of their raw ids, and the last one (`None` on the last page).

    The raw ids of users whom this service made begin with the time, so the newest come first.
    """

    users: tuple[User, ...]
    next: RawId | None


class UserRoom(msgspec.Struct, frozen=True):
    """A room on whose roster a user is, and the user's place there."""

    room: Room
    participant: Participant


class UserRoomPage(msgspec.Struct, frozen=True):
    """A page of a user's rooms, newest first, and the key of the next page (`None` on the last)."""

    rooms: tuple[UserRoom, ...]
    next: RoomKey | None


class UserStore(Protocol):
    """The users of each resource."""

    async def list_users(self, resource: ResourceId, after: RawId | None, limit: int) -> UserPage:
        """Return users, also deleted ones, those strictly after the raw id."""

    async def find_users(self, resource: ResourceId, text: str) -> Sequence[User]:
        """Return the user with this raw id or this custom id, if there is one."""

    async def list_rooms_of_user(
        self, resource: ResourceId, raw_id: RawId, after: RoomKey | None, limit: int
    ) -> UserRoomPage:
        """Return rooms on whose roster the raw id is, by `created_at` (then id) descending."""

    async def create_user(self, resource: ResourceId, user: User) -> User:
        """Keep and return a new user, or return the one who has the same custom id and is not deleted.

        Two concurrent creates make one user.
        """

    async def adopt_users(self, resource: ResourceId, users: Sequence[User], check: Callable[[User], None]) -> None:
        """Keep those of the users who do not exist yet; keep none if `check` raises for one who exists."""

    async def get_user(self, resource: ResourceId, raw_id: str) -> User:
        """Return the user, even a deleted one; raise `IdentityNotOwned` if there is none."""

    async def change_user(self, resource: ResourceId, raw_id: str, decide: Callable[[User], User]) -> User:
        """Keep and return what `decide` makes of the user; raise what it raises, or `IdentityNotOwned`."""


RecordKey = tuple[str | int, ...]
"""The place of a record among those of its kind; opaque outside of storage."""


class PersonalRecord(msgspec.Struct, frozen=True):
    """A record that has something about a person: its columns, without secrets."""

    kind: RecordKind
    columns: Mapping[str, Any]


class RecordPage(msgspec.Struct, frozen=True):
    """Those of the records that were looked at which are about the person, and where to go on (`None` at the end)."""

    records: tuple[PersonalRecord, ...]
    next: RecordKey | None


class ErasureStore(Protocol):
    """What is kept about people, to export and to erase it, and the erasures that have begun."""

    async def list_records(
        self, resource: ResourceId, kind: RecordKind, after: RecordKey | None, people: Set[str], limit: int
    ) -> RecordPage:
        """Look at `limit` records of a kind after a place; return those that have something about one of the people."""

    async def erase_records(self, resource: ResourceId, records: Sequence[PersonalRecord], erased: Erased) -> None:
        """Put anonymous ids into the records, or remove them, as their kinds want; all or nothing."""

    async def begin_erasure(
        self, resource: ResourceId, erasure: Erasure, decide: Callable[[User | None], User | None]
    ) -> None:
        """Keep what `decide` makes of the user, if there is one, and that the erasure has begun: all or nothing.

        An erasure of the person that has begun before keeps its anonymous id, and is complete if one of the two is.
        Raise what `decide` raises.
        """

    async def list_erasures(self) -> Mapping[ResourceId, Sequence[Erasure]]:
        """Return erasures that have begun and not ended, by their resources: the first few hundred."""

    async def has_erasure(self, resource: ResourceId, raw_id: RawId) -> bool:
        """Return whether the erasure of a person has begun and not ended."""

    async def end_erasure(self, resource: ResourceId, erasure: Erasure) -> None:
        """Forget the erasure, and the user if it is complete; do nothing if it was asked for again meanwhile."""


class TeamsAssignmentStore(Protocol):
    """The assignments of Teams extension."""

    async def put_teams_assignment(self, resource: ResourceId, assignment: TeamsAssignment) -> bool:
        """Keep an assignment; return whether there was none for its principal."""

    async def get_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> TeamsAssignment:
        """Return the assignment of a principal; raise `AssignmentNotFound`."""

    async def remove_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> None:
        """Remove the assignment of a principal, if there is one."""


class DialOutStore(Protocol):
    """The dial-outs that have not ended, and those that ended lately."""

    async def add_dial_out(
        self, call: CallId, asked_by: str, since: Moment, decide: Callable[[Room, Traffic], DialOut]
    ) -> DialOut:
        """Keep and return what `decide` makes; raise what it raises, or `RoomNotFound`.

        The traffic counts the dial-outs that were asked for after `since`. No other dial-out of the resource is added
        in between.
        """

    async def change_dial_out(
        self, resource: ResourceId, leg_id: LegId, decide: Callable[[DialOut], DialOut]
    ) -> DialOut | None:
        """Keep and return what `decide` makes of the dial-out; `None` if there is none."""

    async def get_dial_outs(self, keys: Sequence[tuple[ResourceId, LegId]]) -> Mapping[LegId, DialOut]:
        """Return those of the dial-outs that are kept."""

    async def list_dial_outs(self, call: CallId, limit: int) -> Sequence[DialOut]:
        """Return the newest dial-outs of a call, newest first."""

    async def list_lost_dial_outs(self, now: Moment, limit: int) -> Sequence[tuple[ResourceId, LegId]]:
        """Return dial-outs that have not ended and that no process holds any more."""

    async def purge_dial_outs(self, ended_before: Moment, limit: int) -> int:
        """Remove dial-outs that ended before the moment; return how many."""


class StayKey(msgspec.Struct, frozen=True):
    """A stay's place among others, which begin with the oldest."""

    joined_at: Moment = Span().since
    id: str = ""
    room_id: str = ""


class Attended(msgspec.Struct, frozen=True):
    """A stay, and the room and the session to which it belongs; `title` is empty once the room is no longer kept."""

    room_id: RoomId
    title: str
    session: SessionId
    stay: Stay

    @property
    def key(self) -> StayKey:
        """The place among others."""
        return StayKey(self.stay.joined_at, self.stay.id, self.room_id)


class StayPage(msgspec.Struct, frozen=True):
    """Stays, oldest first, and where to go on (`None` at the end)."""

    stays: tuple[Attended, ...]
    next: StayKey | None


class PresenceStore(Protocol):
    """The history of who was in calls: sessions and stays, as in `domain.presence`."""

    async def list_lasting(self, calls: Collection[CallId] | None) -> Mapping[CallId, Lasting]:
        """Return what lasts in these calls (`None`: in all); calls in which nothing does are left out."""

    async def note_presence(self, call: CallId, observation: Observation) -> Collection[Change]:
        """Keep what the observation says that is not known yet, with its events; return it.

        Nothing is kept about a room that never was.
        """

    async def keep_seen(self, now: Moment) -> None:
        """Keep that everybody whose stay lasts was seen now."""

    async def get_seen(self) -> Moment:
        """Return when it was last kept that everybody was seen."""

    async def list_stays(self, resource: ResourceId, room_id: RoomId, after: StayKey | None, limit: int) -> StayPage:
        """Return the stays in the calls of a room, also of a deleted one, those after a place.

        Raise `RoomNotFound` if nothing is known of the room.
        """

    async def list_all_stays(self, resource: ResourceId, span: Span, after: StayKey | None, limit: int) -> StayPage:
        """Return the stays in all calls of a resource that began in a span, those after a place."""


class RefusalKey(msgspec.Struct, frozen=True):
    """The place of refusals among others, which begin with those that ended first."""

    last_at: Moment = Span().since
    room_id: str = ""
    raw_id: str = ""
    rule: str = ""
    code: str = ""


class Refused(msgspec.Struct, frozen=True):
    """A refusal of somebody from a room, how often it came, and when the first and the last time.

    `title` and `display_name`, which the organiser gave, are empty once they are no longer kept.
    """

    room_id: RoomId
    title: str
    display_name: str
    refusal: Refusal
    count: int
    first_at: Moment
    last_at: Moment

    @property
    def key(self) -> RefusalKey:
        """The place among others."""
        return RefusalKey(self.last_at, self.room_id, self.refusal.raw_id, self.refusal.rule, self.refusal.code)


class RefusalPage(msgspec.Struct, frozen=True):
    """Refusals, those that ended first, and where to go on (`None` at the end)."""

    refusals: tuple[Refused, ...]
    next: RefusalKey | None


class RefusalStore(Protocol):
    """Who was refused, by which rule, and how often."""

    async def note_refusal(self, call: CallId, refusal: Refusal, count: int, now: Moment, told_before: Moment) -> None:
        """Count a refusal `count` times, and add an event unless there was one after `told_before`.

        Nothing is kept about a room that never was, or about somebody who is not a user, or was deleted.
        """

    async def list_refusals(
        self, resource: ResourceId, room_id: RoomId, after: RefusalKey | None, limit: int
    ) -> RefusalPage:
        """Return who was refused from the calls of a room, also of a deleted one, those after a place.

        A refusal that came again meanwhile may be on a later page again. Raise `RoomNotFound` if nothing is known of
        the room.
        """

    async def list_all_refusals(
        self, resource: ResourceId, span: Span, after: RefusalKey | None, limit: int
    ) -> RefusalPage:
        """Return who was refused the last time in a span, from all calls of a resource, those after a place."""


class EdgeStore(Protocol):
    """The windows of rooms that began or ended, and for which there is no event yet."""

    async def list_edges(self, until: Moment) -> tuple[Moment, int]:
        """Return since when they count, and how many there are until a moment."""

    async def begin_edges(self, since: Moment) -> None:
        """Have them count since a moment."""

    async def tell_edges(self, until: Moment) -> int:
        """Add the events of all until a moment; return how many."""


class EventPage(msgspec.Struct, frozen=True):
    """Events in their order, and the key after which to go on; `has_more` is whether more may follow at once."""

    events: tuple[Event, ...]
    last: EventKey
    has_more: bool = False


class EarlierEvents(msgspec.Struct, frozen=True):
    """Events before a key, the newest first, and the keys of the newest and the oldest event that were looked at."""

    events: tuple[Event, ...]
    newest: EventKey
    oldest: EventKey
    has_more: bool = False


EVENTS_ADDED = "events"
"""The first word of the notification that events of a resource were added; the second is the resource."""


class EventStore(Protocol):
    """What happened: each change leaves its events in its own transaction.

    After events were added, every process is notified with `EVENTS_ADDED`.
    """

    async def list_events(
        self,
        resource: ResourceId,
        after: EventKey,
        limit: int,
        only: EventFilter = EVERYTHING,
    ) -> EventPage:
        """Return events after a key, those of a room in the order of their sequences, others by their positions.

        A reader who goes on after `last` misses nothing, whatever other transactions do. With types to filter by, a
        page may be empty although others follow. Raise `EventNotFound` for the key of an event that was never kept.
        """

    async def add_event(self, resource: ResourceId, room_id: RoomId, happening: Happening) -> EventKey:
        """Add an event of a room that no change caused, and return its key; raise `RoomNotFound`."""

    async def list_events_before(
        self,
        resource: ResourceId,
        before: EventKey | None,
        limit: int,
        only: EventFilter = EVERYTHING,
    ) -> EarlierEvents:
        """Return events before a key (`None`: the last ones), as `list_events` does, but the newest first.

        A reader who goes on with `list_events` after `newest` misses nothing that happens from now on.
        """

    async def get_event(self, resource: ResourceId, key: EventKey) -> Event:
        """Return one event; raise `EventNotFound`."""

    async def last_event(self, resource: ResourceId) -> EventKey:
        """Return the key of the last event."""


SUBSCRIPTIONS_CHANGED = "subscriptions"
"""The first word of the notification that subscriptions changed; then come the resource and the id.

Without an id, all of the resource did.
"""


class Reply(msgspec.Struct, frozen=True):
    """The answer of an endpoint, with its headers (names in lower case) and the beginning of its body."""

    answer: Answer
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Courier(Protocol):
    """Sends requests to addresses that somebody else chose."""

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Return the answer, or the reason why there was none; raise nothing, and take at most a few seconds."""


class KeptSubscription(msgspec.Struct, frozen=True):
    """A subscription, how far its delivery is, and how many deliveries wait or are dead letters.

    Only so many are counted.
    """

    subscription: Subscription
    progress: Progress
    waiting: int = 0
    dead: int = 0


class SubscriptionStore(Protocol):
    """The subscriptions of each resource, and the deliveries that wait to be tried again."""

    async def add_subscription(self, subscription: Subscription, progress: Progress) -> None:
        """Keep a new subscription, unless there is one with its id; raise `TooManySubscriptions`."""

    async def list_subscriptions(self, resource: ResourceId, *, counted: bool = True) -> Sequence[KeptSubscription]:
        """Return all of a resource, the oldest first; only if `counted`, with the numbers of their deliveries."""

    async def get_subscription(self, resource: ResourceId, subscription_id: str) -> KeptSubscription:
        """Return one; raise `SubscriptionNotFound`."""

    async def change_subscription(
        self, resource: ResourceId, subscription_id: str, decide: Callable[[Subscription], Subscription]
    ) -> None:
        """Keep what `decide` makes of the subscription, which is tried at once; raise `SubscriptionNotFound`."""

    async def remove_subscription(self, resource: ResourceId, subscription_id: str) -> None:
        """Remove it with its deliveries; raise `SubscriptionNotFound`."""

    async def list_waiting(self, subscription: Subscription) -> Sequence[Delivery]:
        """Return the deliveries that wait to be tried, by their keys: the first few thousand."""

    async def list_dead_letters(
        self, resource: ResourceId, subscription_id: str, after: int, limit: int
    ) -> Sequence[Delivery]:
        """Return dead letters after a position; raise `SubscriptionNotFound`."""

    async def revive_dead_letters(
        self, resource: ResourceId, subscription_id: str, after: int, limit: int, now: Moment
    ) -> int | None:
        """Have dead letters after a position tried again; return the last one's position, `None` if there were none.

        Raise `SubscriptionNotFound`.
        """

    async def deliver_again(self, resource: ResourceId, subscription_id: str, delivery: Delivery) -> None:
        """Have an event delivered that was delivered or given up, or waits; nothing changes if its turn is yet to come.

        Raise `SubscriptionNotFound`.
        """

    async def save_deliveries(
        self,
        subscription: Subscription,
        was: EventKey,
        progress: Progress,
        waiting: Sequence[Delivery],
        done: Sequence[EventKey],
    ) -> bool:
        """Keep the progress, the deliveries that wait or died, and remove those that are done.

        Return whether it was kept: not if the cursor is no longer `was`, because another process delivers now.
        """

    async def get_events(self, resource: ResourceId, keys: Sequence[EventKey]) -> Mapping[EventKey, Event]:
        """Return those of the events that are still kept."""


class ResourceStore(Protocol):
    """The resources of the deployment, with their access keys."""

    async def list_resources(self) -> Sequence[Resource]:
        """Return all resources, by id."""

    async def add_resource(self, resource: Resource) -> None:
        """Keep a new resource; raise `HostTaken` if another has this host."""

    async def change_resource(self, resource: ResourceId, decide: Callable[[Resource], Resource]) -> Resource:
        """Keep and return what `decide` makes of the resource.

        Raise what `decide` raises, `ResourceNotFound`, or `HostTaken` if another resource has the new host.
        """

    async def remove_resource(self, resource: ResourceId) -> None:
        """Remove a resource that has neither rooms nor users; raise `ResourceInUse` or `ResourceNotFound`."""


class OperatorTokenStore(Protocol):
    """The tokens that operators were issued."""

    async def add_operator_token(self, token: OperatorToken) -> None:
        """Keep a new operator's token; expired tokens of its resource may be removed."""

    async def get_operator_token(self, resource: ResourceId, token_id: str) -> OperatorToken | None:
        """Return the token, even one that has expired or was revoked; `None` if there is none."""

    async def list_operator_tokens(self, resource: ResourceId, now: Moment) -> Sequence[OperatorToken]:
        """Return the tokens that expire later than `now`, oldest first."""

    async def revoke_operator_token(self, resource: ResourceId, token_id: str, now: Moment) -> None:
        """Mark the token as revoked; the first time counts. Raise `OperatorTokenNotFound`."""


class SessionStore(Protocol):
    """The sessions of the console, each with one operator's token for each of its resources."""

    async def add_session(self, session: Session, tokens: Sequence[OperatorToken]) -> None:
        """Keep a new session and its tokens; expired sessions may be removed."""

    async def find_session(self, secret_hash: bytes) -> Session | None:
        """Return the session with this secret, even one that has expired; `None` if there is none."""

    async def find_link(self, link_hash: bytes) -> Session | None:
        """Return the session of the one-time link with this secret, even a used one; `None` if there is none."""

    async def change_session(self, session_id: str, decide: Callable[[Session], Session]) -> Session | None:
        """Keep and return what `decide` makes of the session; raise what it raises; `None` if there is none."""

    async def remove_session(self, session: Session, now: Moment) -> None:
        """Remove the session and revoke its tokens."""


class KeyUseStore(Protocol):
    """When access keys were last used."""

    async def put_key_uses(self, used: Sequence[tuple[ResourceId, str]], now: Moment) -> None:
        """Keep that the keys with these ids were used now."""

    async def list_key_uses(self, resource: ResourceId) -> Mapping[str, Moment]:
        """Return when each key of the resource was last used, by its id."""


class AuditKey(msgspec.Struct, frozen=True):
    """An event's place in the audit trail, newest first."""

    at: Moment
    id: str


class AuditPage(msgspec.Struct, frozen=True):
    """Events of the audit trail, newest first, and where to go on (`None` at the end).

    A page may be short, because one reads a limited number of events, whether they match or not.
    """

    events: tuple[AuditEvent, ...]
    next: AuditKey | None


class AuditStore(Protocol):
    """The audit trail of each resource."""

    async def add_audit_events(self, events: Sequence[AuditEvent]) -> None:
        """Keep the events; those that are kept already stay."""

    async def list_audit_events(
        self, resource: ResourceId, wanted: AuditFilter, after: AuditKey | None, limit: int
    ) -> AuditPage:
        """Return up to `limit` matching events, newest first, those strictly after the key."""

    async def purge_audit_events(self, before: Moment, limit: int) -> int:
        """Remove events from before the moment; return how many, and less than `limit` if nothing is left."""


class KeyStore(Protocol):
    """The keys that sign identity tokens."""

    async def list_signing_keys(self) -> Sequence[SigningKey]:
        """Return the keys that sign tokens, newest first."""

    async def put_signing_key(self, key: SigningKey, only_if_none: bool = False) -> None:
        """Keep a key; with `only_if_none`, do nothing if there is one already (two processes starting at once)."""

    async def remove_signing_keys(self, created_before: Moment) -> None:
        """Remove keys created before a moment, but never the newest."""


class Leases(Protocol):
    """Leases, by which one process of the deployment does what must not happen twice."""

    async def hold_lease(self, name: str, holder: str, now: Moment, until: Moment) -> bool:
        """Take or extend the lease if nobody else holds it `now`; return whether `holder` has it."""


class ExpiredStore(AuditStore, Leases, Protocol):
    """Data past its retention, and the lease of the process that removes it."""

    async def purge(self, expired_before: Moment, repeats_before: Moment, limit: int) -> int:
        """Remove rooms that expired and tombstones that were made before the first moment, and creates kept before the
        second.

        The invitations to a room go with the room, or with its tombstone. A call ends once `limit` of all these are
        gone, at most one roster with its invitations beyond that. Return how many went (fewer than `limit`: nothing is
        left).
        """

    async def purge_attendance(self, before: Moment, limit: int) -> int:
        """Remove refused joins and ended calls, with who was in them, from before the moment.

        Return how many rows; fewer than `limit` if nothing is left.
        """

    async def purge_events(self, happened_before: Moment, limit: int) -> int:
        """Remove the oldest events if they happened before the moment; return how many, at most `limit`."""

    async def purge_dead_letters(self, before: Moment, limit: int) -> int:
        """Remove deliveries that were given up before the moment; return how many, at most `limit`."""

    async def remove_leftovers(self, after: CallId | None, limit: int) -> CallId | None:
        """Remove invitations and waiting rooms of rooms that are gone without a tombstone, in order of the rooms.

        An older process that does not know them may leave them. Look at no more than `limit` rooms after the named one,
        and return the last of them; `None` if there are no more.
        """


RECONNECTED = "reconnected"
"""The notification that others may have been lost."""


class Notifications(Protocol):
    """Short texts that one process sends to all processes of the deployment."""

    def notify(self, notification: str) -> None:
        """Send a text of at most 1000 bytes to every process, including this one.

        Neither waits nor fails. Notifications may be lost, so listeners also poll.
        """

    def listen(self, heard: Callable[[str], None]) -> None:
        """Have `heard` called, on the event loop, with each notification of any process.

        It is also called with `RECONNECTED`.
        """


class Database(Protocol):
    """The database as the process that opened it sees it."""

    def figures(self) -> Sequence[Figure]:
        """Return what the engine counts of itself, for metrics."""

    async def check(self) -> None:
        """Raise `Unavailable` unless reads and writes work."""

    async def reseal_keys(self) -> int:
        """Encrypt every access key and signing key anew, or decrypt them, as new ones would be kept now.

        Return how many changed; raise `CannotOpenStorage` if one cannot be decrypted, and change none.
        """

    async def wait_until_broken(self) -> None:
        """Return, or raise the reason, once a fault of our own has made the storage unusable."""

    async def close(self) -> None:
        """Finish accepted operations and close."""


class Storage(
    RoomStore,
    VisitStore,
    ListingStore,
    HeadcountStore,
    ContentsStore,
    StandingStore,
    InvitationStore,
    PlanStore,
    AdoptionStore,
    WaitingStore,
    UserStore,
    ErasureStore,
    TeamsAssignmentStore,
    DialOutStore,
    EventStore,
    PresenceStore,
    RefusalStore,
    EdgeStore,
    SubscriptionStore,
    ResourceStore,
    OperatorTokenStore,
    SessionStore,
    KeyUseStore,
    KeyStore,
    ExpiredStore,
    Notifications,
    Database,
    Protocol,
):
    """Everything that outlives the process, in one database. Use cases take only the stores they need."""


class CannotOpenStorage(Exception):
    """The database cannot be used; `str()` is one line that says why and the way out."""


LEG_TOPIC = "openrooms.leg"
"""The topic of the orders to legs."""


class MediaPass(msgspec.Struct, frozen=True):
    """The contents of a media token: who may connect to which call, and with which grants.

    `invitation` is the id of the invitation from which the user's token came. A token that only tests the connection
    has the end of its test, `test_until`.
    """

    call: CallId
    identity: str
    grants: Grants
    revocations: int | None
    invitation: str = ""
    test_until: Moment | None = None


class MediaPasses(Protocol):
    """The media tokens that an engine accepts."""

    def issue(
        self,
        call: CallId,
        raw_id: RawId,
        role: ParticipantRole,
        revocations: int,
        name: DisplayName,
        invitation: str = "",
        device: Device | None = None,
    ) -> str:
        """Return a media token for joining the call, good for ten minutes."""

    def issue_for_test(self, call: CallId, raw_id: RawId, revocations: int, invitation: str, until: Moment) -> str:
        """Return a media token for a test of the connection, without any grant but to receive."""

    def issue_for_leg(self, call: CallId, leg_id: LegId, name: str) -> str:
        """Return a media token for a telephone's leg, good for ten minutes."""

    def read(self, token: str) -> MediaPass:
        """Return what the token says; raise `TokenRefused` unless it was signed with our key and has not expired."""


class MediaEngine(Protocol):
    """The running calls. Awaited methods may raise `MediaUnavailable`; a call that is gone is not an error."""

    @property
    def passes(self) -> MediaPasses:
        """The media tokens that this engine accepts."""

    @property
    def signalling_url(self) -> str | None:
        """The `ws://` or `wss://` URL of the engine's signalling, as this process reaches it.

        `None` if the engine simulates calls, so that no media SDK can connect.
        """

    async def list_calls(self, among: Collection[CallId] | None = None) -> Mapping[CallId, RunningCall]:
        """Return the calls that exist, even empty ones; with `among`, only those of them."""

    async def list_presences(self, call: CallId) -> Sequence[Presence]:
        """Return who is in the call, including those still connecting; nobody if there is no such call."""

    async def list_presences_of(self, calls: Sequence[CallId]) -> Sequence[Sequence[Presence] | MediaUnavailable]:
        """Return the presences of each call, in the same order, or the error of a call that cannot be read."""

    async def open_call(self, call: CallId, notice: CallNotice) -> None:
        """Make sure that the call exists, so that people can connect to it; a new one has the notice."""

    async def announce(self, call: CallId, notice: CallNotice) -> None:
        """Give everyone in the call this notice, and those who come later."""

    async def close_call(self, call: CallId) -> None:
        """End the call for everyone."""

    async def disconnect(self, call: CallId, identity: str) -> None:
        """Disconnect one connection from the call; the engine still accepts its token."""

    async def change_role(self, call: CallId, identity: str, role: ParticipantRole) -> None:
        """Give one connection the grants of the role; what it may no longer publish is unpublished."""

    async def rename(self, call: CallId, identity: str, name: DisplayName) -> None:
        """Show another name for one connection."""

    async def take_down(self, call: CallId, identity: str, role: ParticipantRole) -> None:
        """Unpublish everything of one connection; it may publish again what its role allows."""

    async def mute(self, call: CallId, identity: str, track: str) -> None:
        """Mute one track; only its publisher can unmute it."""

    async def open_test(self, call: CallId, identity: str, until: Moment) -> None:
        """Make sure that the participant's test exists, so that they can connect to it; it is not a call."""

    async def end_tests(self, resources: Collection[ResourceId], now: Moment) -> None:
        """End the tests in rooms of these resources whose time is over."""

    async def tell_leg(self, call: CallId, leg_id: LegId, order: bytes) -> None:
        """Send an order to a leg, and to nobody else in the call: `{"muted": true}` or `{"digits": "12#"}`, as JSON.

        Raise `MediaUnavailable` if the leg's media is not connected yet, or not any more.
        """

    def check_event(self, authorization: str) -> None:
        """Raise `TokenRefused` unless the engine signed the header, without reading the notice."""

    def read_event(self, body: bytes, authorization: str) -> Notice | None:
        """Return what an engine's notice says if it is about a call of ours; raise `TokenRefused` if it is forged."""

    async def check(self) -> None:
        """Raise `MediaUnavailable` unless the engine answers."""

    async def close(self) -> None:
        """Close our connections; calls go on."""


class Leg(msgspec.Struct, frozen=True):
    """A telephone to call into a call.

    The leg connects to the media engine at `media_url` while it dials, so that the engine can remove it while the
    telephone rings. `enter` makes sure that the call exists and returns a media token, for the first connection and for
    each later one. It raises `Unavailable` if that may work later, and another `OpenRoomsError` if the telephone may no
    longer be in the call. A telephone that has not answered after `ringing_seconds` is hung up.
    """

    id: LegId
    phone_number: PhoneNumber
    media_url: str
    enter: Callable[[], Awaitable[str]]
    ringing_seconds: int


class TelephoneLine(Protocol):
    """The telephone network. A leg that `dial` has accepted reports one event with the state `ended`, its last.

    A leg hangs up with the outcome `closed` when the media engine removes it or ends the call. If the media engine is
    gone, it enters the call again, for at most half a minute. It obeys the orders of `MediaEngine.tell_leg`.
    """

    @property
    def is_up(self) -> bool:
        """Whether telephones can be called now."""

    def listen(self, heard: Callable[[LegEvent], None]) -> None:
        """Have `heard` called, on the event loop, with each event of each leg; those of one leg in their order."""

    async def dial(self, leg: Leg) -> None:
        """Begin to call a telephone, and return before it rings; raise `LineDown`."""

    def hang_up(self, leg_id: LegId, outcome: Outcome) -> None:
        """End a leg, answered or not; neither waits nor fails, and does nothing if there is no such leg."""

    def figures(self) -> Sequence[Figure]:
        """Return what the line counts of itself, for metrics."""


class RoomIdTaken(Exception):
    """The random room id is in use; try another."""


class HostTaken(Exception):
    """Another resource has this host."""


class ResourceInUse(Exception):
    """The resource still has rooms or users."""


class ResourceNotFound(Exception):
    """There is no such resource."""


class OperatorTokenNotFound(Exception):
    """There is no such operator's token."""
