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
class CallWait:
    """The result of joining a call for somebody who has to wait, since then.

    `awaits` is `presenter` until a Presenter is in the call, and then `admission`.
    """

    room_id: str
    identity: CommunicationIdentifier
    role: ParticipantRole | str
    awaits: str
    since: datetime
    valid_until: datetime


@dataclass(frozen=True)
class PersonAtDoor:
    """Somebody who waits to be admitted to a call, or is kept out of it, since then."""

    communication_identifier: CommunicationIdentifier
    role: ParticipantRole | str
    display_name: str
    since: datetime


@dataclass(frozen=True)
class CallParticipant:
    """A participant who is in a call; `name_source` says who gave the name: `organiser`, or `typed` by themselves."""

    communication_identifier: CommunicationIdentifier
    role: ParticipantRole | str
    display_name: str
    joined_at: datetime
    name_source: str = ""


@dataclass(frozen=True)
class DialOut:
    """A telephone call into a room's call.

    `state` is `dialing`, `ringing`, `inCall` or `ended`, and has been so `since` then. An ended dial-out has an
    `outcome`: `busy`, `declined`, `noAnswer`, `unreachable`, `failed`, `hungUp` (by the telephone), `removed` (by a
    person) or `closed` (by a rule of the room); `sip_status` is the answer of the telephone network, if it gave one.
    `asked_by` is `None` for the operator. Attendees and Consumers see a number such as `+1 ••• ••• 4567`.
    """

    id: str
    phone_number: str
    state: str
    asked_by: CommunicationIdentifier | None
    since: datetime
    answered_at: datetime | None = None
    outcome: str | None = None
    sip_status: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the telephone is neither in the call nor being called."""
        return self.state == "ended"


@dataclass(frozen=True)
class RoomCall:
    """The call of a room: its participants in the order in which they joined, and its dial-outs.

    A telephone is among the participants once it has answered. Dial-outs that have not ended come first, then those
    that ended within the last hour, newest first.

    For Presenters and the operator, `waiting` has those who wait to be admitted, who have waited longest first, and
    `kept_out` those who are kept out; at most 100 each. `waiting_count` is how many wait in all.
    """

    participants: tuple[CallParticipant, ...]
    dial_outs: tuple[DialOut, ...] = ()
    waiting: tuple[PersonAtDoor, ...] = ()
    waiting_count: int = 0
    kept_out: tuple[PersonAtDoor, ...] = ()

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
