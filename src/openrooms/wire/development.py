"""The JSON shapes of the operations that only a development service has, under `/openrooms/dev`, with examples."""

from collections.abc import Mapping

import msgspec

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


_ROOM = '{"id":"99475330965778483",...}'
_CLOCK = {"time": "2026-03-14T11:00:00+00:00", "isFrozen": True, "isMoved": True, "strictSignatures": False}
EXAMPLES: Mapping[str, object] = {
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
