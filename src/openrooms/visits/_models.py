"""The values that the visits clients return."""

from dataclasses import dataclass
from datetime import datetime

from openrooms.domain.roles import ParticipantRole
from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.identifiers import CommunicationIdentifier


@dataclass(frozen=True)
class VisitParticipant:
    """A participant of a room, with the name that the organiser gave them (`""`: none)."""

    communication_identifier: CommunicationIdentifier
    role: ParticipantRole | str
    display_name: str = ""


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
