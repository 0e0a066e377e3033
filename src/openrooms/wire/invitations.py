"""The JSON shapes of invitations, of their exchange, and of planning whole visits."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from openrooms.domain import planning, visits
from openrooms.domain.planning import Person
from openrooms.domain.rooms import RoomChange
from openrooms.domain.roster import parse_roles
from openrooms.domain.visits import NO_OPTIONS, StartsWith, VisitOptions, WaitingRoom
from openrooms.wire.answers import Role
from openrooms.wire.models import RequestBody, RoomBody, room_change
from openrooms.wire.visits import StartsWithText, WaitingRoomText

PAGE_PATH = "/j"
"""The path of the page that opens invitations."""
SECRET_HEADER = "openrooms-invitation-secret"  # noqa: S105 - a name
"""The header with which a caller shows the secret of an invitation, so that its calendar file has the link."""


class InvitationBody(RequestBody):
    """The body of inviting a participant; their earlier invitations end unless `keepOthers` is true."""

    raw_id: str = ""
    bind_to_first_browser: bool = False
    keep_others: bool = False


class InvitationModel(msgspec.Struct, rename="camel"):
    """An invitation of one participant. Only the answer that makes it has the `url`, which nobody can recall later.

    `lastUsedAt` is when its link was last opened, to the minute. `boundAt` is when it was bound to a browser.
    """

    id: str
    raw_id: str
    created_at: str
    bind_to_first_browser: bool
    url: str | UnsetType = UNSET
    last_used_at: str | UnsetType = UNSET
    bound_at: str | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"InvitationModel(id={self.id!r}, raw_id={self.raw_id!r})"


class InvitationPage(msgspec.Struct, rename="camel"):
    """A page of a room's invitations that still work; the last page has no `nextLink`."""

    value: list[InvitationModel]
    next_link: str | UnsetType = UNSET


class ExchangeBody(RequestBody):
    """The secret of a link; `confirmBrowser` allows binding the invitation to this browser."""

    secret: str = ""
    confirm_browser: bool = False

    def __repr__(self) -> str:
        return "ExchangeBody(...)"


class ExchangedModel(msgspec.Struct, rename="camel"):
    """A token for the room of an invitation, and what the holder may know of the room.

    The token is good for this room alone. Exchange the invitation again before `expiresOn`. Outside of the window,
    joining is refused.
    """

    room_id: str
    token: str
    expires_on: str
    identity: str
    role: Role
    display_name: str
    title: str
    valid_from: str
    valid_until: str
    invitation_id: str

    def __repr__(self) -> str:
        return f"ExchangedModel(room_id={self.room_id!r}, identity={self.identity!r})"


class PlannedPersonBody(RequestBody):
    """A participant of a visit to plan; without a `rawId` a user is created. The role is `Attendee` by default."""

    raw_id: str | None = None
    display_name: str = ""
    role: Role | None = None
    bind_to_first_browser: bool | None = None


class PlanBody(RequestBody):
    """The body of planning a visit: a room, its options, and everyone who is invited.

    `bindToFirstBrowser` is for the participants who do not set it themselves.
    """

    participants: list[PlannedPersonBody]
    title: str = ""
    valid_from: str | None = None
    valid_until: str | None = None
    pstn_dial_out_enabled: bool | None = None
    waiting_room: WaitingRoom = WaitingRoom.OFF
    starts_with: StartsWith = StartsWith.ANYONE
    extend_by: int = 0
    bind_to_first_browser: bool = False


class AddedPeopleBody(RequestBody):
    """The body of adding participants to a room: those who are new there, each as in the plan of a visit."""

    participants: list[PlannedPersonBody]


class LinkModel(msgspec.Struct, rename="camel"):
    """The invitation of a planned participant."""

    id: str
    url: str

    def __repr__(self) -> str:
        return f"LinkModel(id={self.id!r})"


class PlannedPersonModel(msgspec.Struct, rename="camel"):
    """A participant of a planned visit, in the order of the request."""

    raw_id: str
    role: Role
    display_name: str
    invitation: LinkModel


class PlannedModel(msgspec.Struct, rename="camel"):
    """A planned visit: its room, its options, and everyone's id and link."""

    id: str
    created_at: str
    title: str
    valid_from: str
    valid_until: str
    pstn_dial_out_enabled: bool
    waiting_room: WaitingRoomText
    starts_with: StartsWithText
    extend_by: int
    participants: list[PlannedPersonModel]


class AddedPeopleModel(msgspec.Struct):
    """The participants who were added, in the order of the request, with their links."""

    participants: list[PlannedPersonModel]


def planned_room(body: PlanBody) -> RoomChange:
    """Return the fields of the new room; raise `MalformedRequest` for a malformed date."""
    return room_change(RoomBody(body.valid_from, body.valid_until, body.pstn_dial_out_enabled))


def planned_options(body: PlanBody) -> VisitOptions:
    """Return the options of the visit; raise `InvalidRequest`."""
    change = visits.change(body.title, body.waiting_room, body.starts_with, body.extend_by, {})
    return visits.changed(NO_OPTIONS, change)


def planned_people(
    participants: Sequence[PlannedPersonBody], *, bind_to_first_browser: bool = False
) -> tuple[Person, ...]:
    """Return the participants; raise `InvalidRole`, `InvalidIdentifier` or `InvalidRequest`."""
    roles = parse_roles({str(place): person.role for place, person in enumerate(participants)})
    return tuple(
        planning.person(
            person.raw_id,
            roles[str(place)],
            person.display_name,
            bind_to_first_browser if person.bind_to_first_browser is None else person.bind_to_first_browser,
        )
        for place, person in enumerate(participants)
    )
