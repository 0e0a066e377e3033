"""What the use cases need from outside: Storage, Clock, and the values they exchange.

A call that wrote returns once what it wrote is on disk. Every call may raise `Unavailable`; then a write may have been
kept, whole, or not at all, because the answer to a commit can be lost. After `StorageFull` and every other error
nothing was kept. A `decide` function may run more than once, so it has no effects and asks nobody.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from openrooms.domain.calls import CallId, Grants, Presence
from openrooms.domain.errors import MediaUnavailable
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.joining import Invitation as Invitation
from openrooms.domain.moments import Moment
from openrooms.domain.operators import OperatorToken
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import Participant, RawId, RosterChange, RosterView
from openrooms.domain.teams import TeamsAssignment

Clock = Callable[[], Moment]
"""Returns the present moment."""

Random = Callable[[int], int]
"""Returns an unguessable whole number from 0 to just below its argument."""


RoomNudge = Callable[[ResourceId, RoomId], None]
"""Told of a room or roster that changed, once it is kept; neither waits nor fails."""

UserNudge = Callable[[ResourceId, RawId], None]
"""Told of a user whose tokens died, once it is kept; neither waits nor fails."""


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
    """What makes a create repeatable: the client's request id and a digest of what it asked for."""

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
    """A page of rooms: their documents joined by commas, and where to go on (`None`: that was all)."""

    documents: str
    next: RoomKey | None


class RosterPage(msgspec.Struct, frozen=True):
    """A page of a roster in order of insertion, and where to go on (`None`: that was all)."""

    participants: tuple[Participant, ...]
    next: RosterKey | None


class Figure(msgspec.Struct, frozen=True):
    """A number to watch: one that only grows (`is_total`), or one of this moment.

    Figures of one name follow each other and differ in the values of their `labels`.
    """

    name: str
    help: str
    value: float
    is_total: bool = False
    labels: Mapping[str, str] = {}


class Storage(Protocol):
    """Rooms and identities that outlive the process; what a call returned has been kept.

    A room is kept together with its *document*, the text that `render`, given when the storage was opened, makes of it:
    reads answer with it without taking the room apart.
    """

    # Rooms

    async def create_room(
        self, resource: ResourceId, room: Room, roster: Sequence[Participant], once: Once | None
    ) -> tuple[str, bool]:
        """Keep a new room and its roster; return its document and `True`.

        If `once` was kept before (within the time that `purge` leaves it), nothing is created: return the document as
        it was first answered and `False`, or raise `RepeatMismatch` if the fingerprint differs. Two at the same moment
        make one room. A room id that is taken (rooms and tombstones) raises `RoomIdTaken`.
        """

    async def get_room_document(self, resource: ResourceId, room_id: RoomId) -> str:
        """Return the room's document; raise `RoomNotFound`."""

    async def get_room(self, resource: ResourceId, room_id: RoomId) -> Room:
        """Return the room; raise `RoomNotFound`."""

    async def list_rooms(self, resource: ResourceId, after: RoomKey | None, limit: int) -> RenderedRooms:
        """Return rooms by `created_at` (then id) descending, those strictly after the key."""

    async def change_room(self, resource: ResourceId, room_id: RoomId, decide: Callable[[Room], Room]) -> str:
        """Keep what `decide` makes of the room; return its document; raise what it raises, or `RoomNotFound`."""

    async def delete_room(self, resource: ResourceId, room_id: RoomId, now: Moment) -> None:
        """Remove the room and its roster, leaving a tombstone; a tombstone's room is deleted already.

        Raise `RoomNotFound` if there is neither.
        """

    # Rosters

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
    ) -> RosterChange:
        """Keep and return what `decide` makes of the roster, whole or not at all; raise `RoomNotFound`.

        The view holds the `named` who are present. Who is put and was present keeps their place; new ones follow in
        the order put.
        """

    # Users

    async def create_user(self, resource: ResourceId, user: User) -> User:
        """Keep and return a new user, or return the one who has the same custom id and is not deleted.

        Two at the same moment make one user.
        """

    async def adopt_users(self, resource: ResourceId, users: Sequence[User], check: Callable[[User], None]) -> None:
        """Keep those of the users who are not there yet, or none if `check` of one who is raises."""

    async def get_user(self, resource: ResourceId, raw_id: str) -> User:
        """Return the user, deleted ones too; raise `IdentityNotOwned` for everybody else."""

    async def change_user(self, resource: ResourceId, raw_id: str, decide: Callable[[User], User]) -> User:
        """Keep and return what `decide` makes of the user; raise `IdentityNotOwned`."""

    # Teams extension

    async def put_teams_assignment(self, resource: ResourceId, assignment: TeamsAssignment) -> bool:
        """Keep an assignment; return whether there was none for its principal."""

    async def get_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> TeamsAssignment:
        """Return the assignment of a principal; raise `AssignmentNotFound`."""

    async def remove_teams_assignment(self, resource: ResourceId, tenant_id: str, object_id: str) -> None:
        """Forget the assignment of a principal, if there is one."""

    # Calls

    async def get_invitation(self, resource: ResourceId, room_id: RoomId, raw_id: str) -> Invitation:
        """Return what is known of one person and one room, read at one moment."""

    async def get_invitations(self, asked: Sequence[tuple[ResourceId, RoomId, str]]) -> Sequence[Invitation]:
        """Return an invitation for each that was asked, in that order; the cost is that of those asked alone."""

    # The deployment

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

    async def add_operator_token(self, token: OperatorToken) -> None:
        """Keep a new operator's token; those of its resource that have expired may be forgotten."""

    async def get_operator_token(self, resource: ResourceId, token_id: str) -> OperatorToken | None:
        """Return the token, whether it is still good or not; `None` if there is none."""

    async def list_operator_tokens(self, resource: ResourceId, now: Moment) -> Sequence[OperatorToken]:
        """Return the tokens that expire later than `now`, oldest first."""

    async def revoke_operator_token(self, resource: ResourceId, token_id: str, now: Moment) -> None:
        """Mark the token as revoked; the first time counts. Raise `OperatorTokenNotFound`."""

    async def list_signing_keys(self) -> Sequence[SigningKey]:
        """Return the keys that sign tokens, newest first."""

    async def put_signing_key(self, key: SigningKey, only_if_none: bool = False) -> None:
        """Keep a key, or with `only_if_none` do nothing where there is one (two processes starting at once)."""

    async def remove_signing_keys(self, created_before: Moment) -> None:
        """Forget keys created before a moment, but never the newest."""

    async def reseal_keys(self) -> int:
        """Keep every access key and signing key as a new one would be kept now: encrypted or not, with which key.

        Return how many changed; raise `CannotOpenStorage` if one cannot be decrypted, and change none.
        """

    async def hold_lease(self, name: str, holder: str, now: Moment, until: Moment) -> bool:
        """Take or extend the lease if nobody else holds it `now`; return whether it is ours."""

    async def purge(self, expired_before: Moment, repeats_before: Moment, limit: int) -> int:
        """Forget rooms whose `valid_until` and tombstones whose deletion lie before the one moment, and creates kept
        before the other.

        A call ends once `limit` rooms, participants, tombstones and kept creates are gone, at most one roster beyond
        that. Return how many went (fewer than `limit`: nothing is left).
        """

    # The process

    def notify(self, notification: str) -> None:
        """Send a text of at most 1000 bytes to every process of the deployment, including this one.

        Neither waits nor fails. Notifications may be lost, so listeners also poll.
        """

    def listen(self, heard: Callable[[str], None]) -> None:
        """Have `heard` called, on the event loop, with each notification of any process."""

    def figures(self) -> Sequence[Figure]:
        """Return what the engine counts of itself, for metrics."""

    async def check(self) -> None:
        """Raise `Unavailable` unless reads and writes work."""

    async def wait_until_broken(self) -> None:
        """Return, or raise the reason, once the storage will never work again because of a fault of our own."""

    async def close(self) -> None:
        """Finish what was accepted and close."""


class CannotOpenStorage(Exception):
    """The database cannot be used; `str()` is one line that says why and the way out."""


class MediaPass(msgspec.Struct, frozen=True):
    """What a media token says: who may connect to which call, and with which grants."""

    call: CallId
    identity: str
    grants: Grants
    revocations: int | None


class MediaEngine(Protocol):
    """The calls that run now. Every awaited one may raise `MediaUnavailable`; what is gone already is no error."""

    @property
    def signalling_url(self) -> str:
        """Where the engine's signalling is reached from this process, `ws://` or `wss://`."""

    async def list_calls(self, among: Collection[CallId] | None = None) -> Sequence[CallId]:
        """Return the calls that exist (of those named, if any are), also those with nobody in them."""

    async def list_presences(self, call: CallId) -> Sequence[Presence]:
        """Return who is in the call, those still connecting too; nobody if there is no such call."""

    async def list_presences_of(self, calls: Sequence[CallId]) -> Sequence[Sequence[Presence] | MediaUnavailable]:
        """Return what `list_presences` does of each call, in their order; its error in the place of one that failed."""

    async def open_call(self, call: CallId) -> None:
        """Make sure that the call exists, so that people can connect to it."""

    async def close_call(self, call: CallId) -> None:
        """End the call for everybody."""

    async def disconnect(self, call: CallId, identity: str) -> None:
        """Put one connection out of the call; its token is still good for the engine."""

    async def change_role(self, call: CallId, identity: str, role: ParticipantRole) -> None:
        """Give one connection the grants of the role; what it may no longer publish is unpublished."""

    async def take_down(self, call: CallId, identity: str, role: ParticipantRole) -> None:
        """Unpublish everything of one connection; it may publish again what its role allows."""

    async def mute(self, call: CallId, identity: str, track: str) -> None:
        """Mute one track; only its publisher can unmute it."""

    def issue_pass(self, call: CallId, raw_id: RawId, role: ParticipantRole, revocations: int, name: str) -> str:
        """Return a short-lived media token for joining the call."""

    def read_pass(self, token: str) -> MediaPass:
        """Return what the token says; raise `TokenRefused` unless it was signed with our key and has not expired."""

    def check_event(self, authorization: str) -> None:
        """Raise `TokenRefused` unless the engine signed a notice in this way, whatever the notice is."""

    def read_event(self, body: bytes, authorization: str) -> CallId | None:
        """Return the call that a notice of the engine is about, if it is ours; raise `TokenRefused` if it is forged."""

    async def check(self) -> None:
        """Raise `MediaUnavailable` unless the engine answers."""

    async def close(self) -> None:
        """Let go of connections; calls go on."""


class RoomIdTaken(Exception):
    """The random room id is in use; try another."""


class HostTaken(Exception):
    """Another resource answers to this host."""


class ResourceInUse(Exception):
    """The resource still has rooms or users."""


class ResourceNotFound(Exception):
    """There is no such resource."""


class OperatorTokenNotFound(Exception):
    """There is no such operator's token."""
