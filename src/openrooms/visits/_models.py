"""The values that the visits clients take and return."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from openrooms.domain.devices import Device
from openrooms.domain.listing import RoomState
from openrooms.domain.presence import Ending
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.identifiers import CommunicationIdentifier
from openrooms.identity.tokens import AccessToken


@dataclass(frozen=True)
class VisitParticipant:
    """A participant of a room, with the name that the organiser gave them (`""`: none)."""

    communication_identifier: CommunicationIdentifier
    role: ParticipantRole | str
    display_name: str = ""


@dataclass(frozen=True)
class Window:
    """A room's window, and the minutes that Presenters may still add to it."""

    valid_from: datetime
    valid_until: datetime
    minutes_left: int


@dataclass(frozen=True)
class Visit:
    """A room as a visit: its window, its options, and the first 500 of its participants.

    `extend_by` are the minutes that Presenters may add to the room in all, `extended` those that they have added.
    `VisitsClient.list_participants` returns all participants.
    """

    id: str
    title: str
    valid_from: datetime
    valid_until: datetime
    waiting_room: WaitingRoom | str
    starts_with: StartsWith | str
    extend_by: int
    extended: int
    participants: tuple[VisitParticipant, ...]


@dataclass(frozen=True)
class VisitSummary:
    """A room in a list of visits: its window, its options, and the first 10 of its participants.

    `participant_count` is at most 1,000, even if there are more. `waiting_count` are the people who wait for the call,
    `in_call_count` those who are in it. `last_left_at` is when the last person left the call before, if there was one.
    `planned_until` is the end that was planned, if minutes were added to it from the call.
    """

    id: str
    created_at: datetime
    title: str
    valid_from: datetime
    valid_until: datetime
    state: RoomState | str
    pstn_dial_out_enabled: bool
    waiting_room: WaitingRoom | str
    starts_with: StartsWith | str
    extend_by: int
    extended: int
    participants: tuple[VisitParticipant, ...]
    participant_count: int
    waiting_count: int
    in_call_count: int
    last_left_at: datetime | None = None
    planned_until: datetime | None = None


@dataclass(frozen=True)
class Guest:
    """A participant to plan a visit with; without an identifier, a user is created.

    `bind_to_first_browser` is `None` for what the visit says.
    """

    display_name: str = ""
    role: ParticipantRole | str = ParticipantRole.ATTENDEE
    communication_identifier: CommunicationIdentifier | str | None = None
    bind_to_first_browser: bool | None = None


@dataclass(frozen=True)
class Invitation:
    """An invitation of one participant of a room.

    `url` is the link, which only the call that makes the invitation returns; `repr` does not show it. `last_used_at` is
    when the link was opened last, to the minute, and `bound_at` when it was bound to a browser.
    """

    id: str
    communication_identifier: CommunicationIdentifier
    created_at: datetime
    bind_to_first_browser: bool
    url: str | None = field(default=None, repr=False)
    last_used_at: datetime | None = None
    bound_at: datetime | None = None


@dataclass(frozen=True)
class Stay:
    """One connection of somebody to a call of a room.

    `call_id` and `participant_id` are those of events. `left_at`, `duration` and `ending` are `None` while it lasts.
    `role` is that with which they joined, `None` if it is unknown, as `device` is, the kind of device. `title` is
    the room's, empty if that is no longer kept.
    """

    room_id: str
    call_id: str
    participant_id: str
    communication_identifier: CommunicationIdentifier
    role: ParticipantRole | str | None
    display_name: str
    joined_at: datetime
    left_at: datetime | None = None
    duration: timedelta | None = None
    ending: Ending | str | None = None
    device: Device | str | None = None
    title: str = ""


@dataclass(frozen=True)
class Refusal:
    """Somebody who could not join the calls of a room, by one rule: how often, and when the first and the last time.

    `rule` is named as `CallsClient.explain_joining` does; `message` is what they were told the last time. `title` is
    the room's and `display_name` the name that the organiser gave them, empty if these are no longer kept.
    """

    room_id: str
    communication_identifier: CommunicationIdentifier
    rule: str
    message: str
    count: int
    first_at: datetime
    last_at: datetime
    title: str = ""
    display_name: str = ""


@dataclass(frozen=True)
class InvitedParticipant:
    """A participant of a planned visit, with their link; `repr` does not show the link."""

    communication_identifier: CommunicationIdentifier
    role: ParticipantRole | str
    display_name: str
    invitation_id: str
    url: str = field(repr=False)


@dataclass(frozen=True)
class PlannedVisit:
    """A visit that was planned; the participants are in the order of the guests."""

    id: str
    created_at: datetime
    title: str
    valid_from: datetime
    valid_until: datetime
    pstn_dial_out_enabled: bool
    waiting_room: WaitingRoom | str
    starts_with: StartsWith | str
    extend_by: int
    participants: tuple[InvitedParticipant, ...]


@dataclass(frozen=True)
class ExchangedInvitation:
    """The result of exchanging an invitation: a token that is good for its room alone, and facts of the room."""

    room_id: str
    access_token: AccessToken
    communication_identifier: CommunicationIdentifier
    role: ParticipantRole | str
    display_name: str
    title: str
    valid_from: datetime
    valid_until: datetime
    invitation_id: str
