"""The JSON shapes of the operations that only a development service has, under `/openrooms/dev`, with examples."""

import re
from collections.abc import Mapping
from typing import Self

import msgspec

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.faults import AccessKeyName, Away, Conditions, Cut, Effect, Rule
from openrooms.domain.subscriptions import Validation
from openrooms.domain.visits import NO_OPTIONS, StartsWith, WaitingRoom
from openrooms.wire.models import RequestBody


class ClockBody(RequestBody):
    """The body of setting the clock."""

    time: str | None = None
    is_frozen: bool | None = None
    strict_signatures: bool | None = None


class AdvanceBody(RequestBody):
    """The body of advancing the clock; a negative number moves it back."""

    seconds: float


class ClockModel(msgspec.Struct, rename="camel"):
    """The service's clock.

    While `strict_signatures` is false, the date of a signature may also be near the machine's time, which the clients
    go by.
    """

    time: str
    is_frozen: bool
    is_moved: bool
    strict_signatures: bool


class RequestModel(msgspec.Struct, rename="camel"):
    """A recorded request with its answer; `...` stands for each secret, and bodies are cut after 16 KiB.

    `time` is the machine's time. `refusal` is the reason of a refusal, and `string_to_sign` what a client with a wrong
    signature should have signed.
    """

    number: int
    time: str
    operation: str
    method: str
    target: str
    headers: dict[str, str]
    body: str
    status: int
    answer_headers: dict[str, str]
    answer_body: str
    milliseconds: float
    caller: str
    refusal: str | None
    string_to_sign: str | None
    fault: str | None


class RequestPage(msgspec.Struct, rename="camel"):
    """Recorded requests; `newest` is the number of the newest one, to go on from with `after`."""

    value: list[RequestModel]
    newest: int


FAULT_HEADER = "x-openrooms-fault"
"""The header that injects a fault into its own request: `status=429; retryAfter=2`."""
_SEPARATORS = re.compile(r"[;,\s]+")


class FaultBody(RequestBody, omit_defaults=True):
    """The body of adding a fault: conditions and effects, as `domain.faults` describes them."""

    operation: str | None = None
    resource: str | None = None
    room: str | None = None
    user_agent: str | None = None
    endpoint: str | None = None
    lasts: float | None = None
    nth: int | None = None
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    status: int | None = None
    retry_after: int | None = None
    retry_after_date: bool = False
    delay: float = 0.0
    slow_body: float = 0.0
    malformed: bool = False
    cut: Cut | None = None
    away: Away | None = None
    rotated_key: AccessKeyName | None = None
    expired_certificate: bool = False

    @classmethod
    def of_text(cls, text: str) -> Self:
        """Return the fault of a text such as `status=429; retryAfter=2`; raise `InvalidRequest`."""
        values = {}
        for part in filter(None, _SEPARATORS.split(text)):
            name, _, value = part.partition("=")
            values[name] = value
        try:
            return msgspec.convert(values, cls, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidRequest(f"A fault is written as `status=429; retryAfter=2`: {error}.") from error

    def rule(self) -> Rule:
        """Return the rule."""
        values = msgspec.structs.asdict(self)
        return Rule(
            Conditions(**{name: values[name] for name in Conditions.__struct_fields__}),
            Effect(**{name: values[name] for name in Effect.__struct_fields__}),
        )


class FaultModel(FaultBody, kw_only=True, omit_defaults=True):
    """A fault, with the number of requests that its conditions fitted, and of those that it was injected into.

    A fault of `away=webhook` counts deliveries of events instead of requests.
    """

    id: str
    matched: int
    injected: int


class FaultList(msgspec.Struct):
    """The faults, oldest first."""

    value: list[FaultModel]


class TriggerBody(RequestBody):
    """The body of making a sample event: its type, and the room that it is about."""

    type: str
    room: str = ""


class PersonBody(RequestBody):
    """The body of putting a person into a simulated call."""

    raw_id: str | None = None
    role: str | None = None
    display_name: str = ""


class PersonModel(msgspec.Struct, rename="camel"):
    """A person in a simulated call; `state` is `connected`, `reconnecting` or `ended`."""

    raw_id: str
    role: str
    display_name: str
    state: str
    is_muted: bool


class PersonList(msgspec.Struct):
    """The people in a simulated call, in the order of joining."""

    value: list[PersonModel]


class StateRoom(RequestBody):
    """A room of an exported state, with the role of each participant, and the names that the organiser gave.

    `moves` counts how often the window or the title changed.
    """

    id: str
    created_at: str
    valid_from: str
    valid_until: str
    pstn_dial_out_enabled: bool = False
    participants: dict[str, str | None] = msgspec.field(default_factory=dict)
    display_names: dict[str, str] = msgspec.field(default_factory=dict)
    title: str = NO_OPTIONS.title
    waiting_room: WaitingRoom = NO_OPTIONS.waiting_room
    starts_with: StartsWith = NO_OPTIONS.starts_with
    extend_by: int = NO_OPTIONS.extend_by
    extended: int = NO_OPTIONS.extended
    moves: int = 0


class StateUser(RequestBody, omit_defaults=True):
    """A user of an exported state."""

    id: str
    created_at: str
    revocations: int = 0
    deleted_at: str | None = None
    custom_id: str | None = None
    last_token_issued_at: str | None = None


class StateAssignment(RequestBody, omit_defaults=True):
    """An assignment of Teams extension of an exported state."""

    tenant_id: str
    object_id: str
    principal_type: str
    client_ids: list[str] | None = None


class StateInvitation(RequestBody, omit_defaults=True):
    """An invitation of an exported state: its link works again after an import. The hashes are hexadecimal."""

    id: str
    room_id: str
    raw_id: str
    secret_hash: str
    revocations: int
    created_at: str
    is_revoked: bool = False
    bind_to_first_browser: bool = False
    browser_hash: str | None = None
    bound_at: str | None = None
    last_used_at: str | None = None

    def __repr__(self) -> str:
        return f"StateInvitation(id={self.id!r}, room_id={self.room_id!r}, raw_id={self.raw_id!r})"


class StateSubscription(RequestBody):
    """A subscription of an exported state, with the secret that signs its events; it goes on with new events."""

    id: str
    created_at: str
    url: str
    secret: str
    types: list[str] = msgspec.field(default_factory=list)
    room: str | None = None
    validation: Validation = Validation.NONE
    is_enabled: bool = True

    def __repr__(self) -> str:
        return f"StateSubscription(id={self.id!r}, url={self.url!r})"


class StateModel(RequestBody):
    """What a service keeps of a resource, except its keys and its history."""

    rooms: list[StateRoom] = msgspec.field(default_factory=list)
    users: list[StateUser] = msgspec.field(default_factory=list)
    teams_assignments: list[StateAssignment] = msgspec.field(default_factory=list)
    invitations: list[StateInvitation] = msgspec.field(default_factory=list)
    subscriptions: list[StateSubscription] = msgspec.field(default_factory=list)


_ROOM = '{"id":"99475330965778483",...}'
_CLOCK = {"time": "2026-03-14T11:00:00+00:00", "isFrozen": True, "isMoved": True, "strictSignatures": False}
_FAULT = {"operation": "create_room", "nth": 1, "times": 2, "status": 429, "retryAfter": 2}
_USER = "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be"
_PERSON = {"rawId": _USER, "role": "Presenter", "displayName": "Dr Ada", "state": "connected", "isMuted": False}
EXAMPLES: Mapping[str, object] = {
    "TriggerBody": {"type": "Microsoft.Communication.CallStarted"},
    "PersonBody": {"role": "Presenter", "displayName": "Dr Ada"},
    "PersonModel": _PERSON,
    "PersonList": {"value": [_PERSON]},
    "StateModel": {
        "rooms": [
            {
                "id": "99475330965778483",
                "createdAt": "2026-03-13T16:20:05.7377878+00:00",
                "validFrom": "2026-03-14T09:00:00+00:00",
                "validUntil": "2026-03-14T09:30:00+00:00",
                "pstnDialOutEnabled": False,
                "participants": {_USER: "Presenter"},
                "displayNames": {_USER: "Dr Ada"},
                "title": "Check-up",
                "waitingRoom": "attendees",
                "startsWith": "anyone",
                "extendBy": 15,
                "extended": 5,
                "moves": 2,
            }
        ],
        "users": [{"id": _USER, "createdAt": "2026-03-13T16:19:58+00:00", "customId": "ada"}],
        "teamsAssignments": [],
        "subscriptions": [
            {
                "id": "9d2f6c0b7a814e3f",
                "createdAt": "2026-03-13T16:20:00+00:00",
                "url": "http://127.0.0.1:9000/hooks/rooms",
                "secret": "whsec_...",
                "types": ["Microsoft.Communication.CallEnded"],
            }
        ],
    },
    "FaultBody": _FAULT,
    "FaultModel": {**_FAULT, "id": "1", "matched": 3, "injected": 2},
    "FaultList": {"value": [{**_FAULT, "id": "1", "matched": 3, "injected": 2}]},
    "ClockBody": {"time": "2026-03-14T11:00:00Z", "isFrozen": True},
    "AdvanceBody": {"seconds": 7200},
    "ClockModel": _CLOCK,
    "RequestPage": {
        "value": [
            {
                "number": 1,
                "time": "2026-03-14T09:00:00.1234567+00:00",
                "operation": "create_room",
                "method": "POST",
                "target": "/rooms?api-version=2025-03-13",
                "headers": {
                    "x-ms-date": "Sat, 14 Mar 2026 09:00:00 GMT",
                    "authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=...",
                },
                "body": "{}",
                "status": 201,
                "answerHeaders": {"content-type": "application/json; charset=utf-8"},
                "answerBody": _ROOM,
                "milliseconds": 1.2,
                "caller": "key:2f6c1a5e90b3d7c4",
                "refusal": None,
                "stringToSign": None,
                "fault": None,
            }
        ],
        "newest": 1,
    },
}
