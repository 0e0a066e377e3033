"""What the calls clients return."""

from dataclasses import dataclass, field
from datetime import datetime

from openrooms.domain.roles import ParticipantRole
from openrooms.identifiers import CommunicationIdentifier


@dataclass(frozen=True)
class JoinedCall:
    """What somebody needs who was let into a call: connect any LiveKit SDK to `media_url` with `media_token`.

    `capabilities` are names of Azure's calling SDK, those that the role has. The token is short-lived: connect at once,
    and join again for another one.
    """

    room_id: str
    identity: CommunicationIdentifier
    role: ParticipantRole | str
    capabilities: frozenset[str]
    valid_until: datetime
    media_url: str
    media_token: str = field(repr=False)


@dataclass(frozen=True)
class CallParticipant:
    """Somebody who is in a call."""

    communication_identifier: CommunicationIdentifier
    role: ParticipantRole | str
    display_name: str
    joined_at: datetime


@dataclass(frozen=True)
class RoomCall:
    """The call of a room: who is in it, by the time of joining."""

    participants: tuple[CallParticipant, ...]

    @property
    def is_active(self) -> bool:
        """Whether anybody is in it."""
        return bool(self.participants)


@dataclass(frozen=True)
class JoiningRule:
    """A rule of joining that was asked; `message` says what it refuses with."""

    name: str
    passed: bool
    message: str | None = None
    sub_code: int | None = None


@dataclass(frozen=True)
class JoiningExplanation:
    """Whether somebody may join now, and each rule that was asked, in order."""

    may_join: bool
    role: ParticipantRole | str | None
    rules: tuple[JoiningRule, ...]
