"""The values that the calls clients return."""

from dataclasses import dataclass, field
from datetime import datetime

from openrooms.domain.roles import ParticipantRole
from openrooms.identifiers import CommunicationIdentifier


@dataclass(frozen=True)
class JoinedCall:
    """The result of joining a call: connect any LiveKit SDK to `media_url` with `media_token`.

    `capabilities` are the capabilities of the role, with the names of Azure's calling SDK. The token is short-lived:
    connect at once, and join again to get another one.
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
    """A participant who is in a call."""

    communication_identifier: CommunicationIdentifier
    role: ParticipantRole | str
    display_name: str
    joined_at: datetime


@dataclass(frozen=True)
class RoomCall:
    """The call of a room, with its participants in the order in which they joined."""

    participants: tuple[CallParticipant, ...]

    @property
    def is_active(self) -> bool:
        """Whether anyone is in the call."""
        return bool(self.participants)


@dataclass(frozen=True)
class JoiningRule:
    """The result of one joining rule; a rule that did not pass has a `message` and a `sub_code`."""

    name: str
    passed: bool
    message: str | None = None
    sub_code: int | None = None


@dataclass(frozen=True)
class JoiningExplanation:
    """Whether a participant may join now, with the rules that were checked, in order."""

    may_join: bool
    role: ParticipantRole | str | None
    rules: tuple[JoiningRule, ...]
