"""The JSON shapes of calls, under `/openrooms/rooms/{roomId}`."""

import msgspec

from openrooms.wire.answers import Role


class JoinBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of joining."""

    display_name: str | None = None


class DialOutBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of dialling out."""

    phone_number: str = ""


class DigitsBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of sending digits to a telephone."""

    digits: str = ""

    def __repr__(self) -> str:
        return "DigitsBody(...)"


class JoinedModel(msgspec.Struct, rename="camel"):
    """The result of joining: connect any LiveKit SDK to `mediaUrl` with `mediaToken`."""

    room_id: str
    identity: str
    role: Role
    capabilities: dict[str, bool]
    valid_until: str
    media_url: str
    media_token: str

    def __repr__(self) -> str:
        return f"JoinedModel(room_id={self.room_id!r}, identity={self.identity!r}, role={self.role!r})"


class ConnectionTestModel(msgspec.Struct, rename="camel"):
    """A test of the connection: connect LiveKit's SDK to `mediaUrl` with `mediaToken`, until `expiresOn`."""

    media_url: str
    media_token: str
    expires_on: str

    def __repr__(self) -> str:
        return f"ConnectionTestModel(expires_on={self.expires_on!r})"


class IdentifierModel(msgspec.Struct, rename="camel"):
    """An identity by its raw id."""

    raw_id: str


class CallParticipantModel(msgspec.Struct, rename="camel"):
    """Someone who is in the call; `nameSource` says who gave the name: `organiser`, or `typed` by the person."""

    communication_identifier: IdentifierModel
    role: Role
    display_name: str
    joined_at: str
    name_source: str = ""


class AtDoorModel(msgspec.Struct, rename="camel"):
    """Somebody who waits to be admitted, or is kept out, and since when."""

    communication_identifier: IdentifierModel
    role: Role
    display_name: str
    since: str


class DialOutModel(msgspec.Struct, rename="camel", omit_defaults=True):
    """A dial-out: `dialing`, `ringing`, `inCall` or `ended`. `since` says when this state began. An ended one has an
    outcome: `busy`, `declined`, `noAnswer`, `unreachable`, `failed`, `hungUp`, `removed` or `closed`.

    Attendees and Consumers see a number such as `+1 ••• ••• 4567`. `askedBy` is the raw id of the person who dialled,
    or `operator`. In the call, the telephone has the identity `4:anonymous_` and the `id`.
    """

    id: str
    phone_number: str
    state: str
    asked_by: str
    since: str
    answered_at: str | None = None
    outcome: str | None = None
    sip_status: int | None = None


class CallModel(msgspec.Struct, rename="camel"):
    """The call of a room: `active` if someone is in it, otherwise `idle`. `dialOuts` has the live dial-outs first, then
    those that ended in the last hour, the newest first. A telephone is among the participants once it has answered.

    Presenters and the operator see who waits: the first 100, and how many in all; and the first 100 who are kept out.
    """

    state: str
    participants: list[CallParticipantModel]
    dial_outs: list[DialOutModel]
    waiting: list[AtDoorModel] | msgspec.UnsetType = msgspec.UNSET
    waiting_count: int | msgspec.UnsetType = msgspec.UNSET
    kept_out: list[AtDoorModel] | msgspec.UnsetType = msgspec.UNSET


class RuleModel(msgspec.Struct, rename="camel", omit_defaults=True):
    """The outcome of one rule of joining, with the message and sub-code of a refusal."""

    rule: str
    passed: bool
    message: str | None = None
    sub_code: int | None = None


class WhyModel(msgspec.Struct, rename="camel"):
    """Whether an identity may join now, and the outcome of each rule, in order."""

    may_join: bool
    role: Role | None
    rules: list[RuleModel]
