"""The client for the calls of rooms: join a call, list its participants, and moderate it.

`openrooms.calls.aio` has the async client of the same name.
"""

from openrooms.calls._client import CallsClient
from openrooms.calls._errors import CallRefusedError
from openrooms.calls._models import CallParticipant, DialOut, JoinedCall, JoiningExplanation, JoiningRule, RoomCall

__all__ = [
    "CallParticipant",
    "CallRefusedError",
    "CallsClient",
    "DialOut",
    "JoinedCall",
    "JoiningExplanation",
    "JoiningRule",
    "RoomCall",
]
