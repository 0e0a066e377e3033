"""The calls of rooms: joining them, seeing who is in them, leading them.

The async client of the same name is in `openrooms.calls.aio`.
"""

from openrooms.calls._client import CallsClient
from openrooms.calls._errors import CallRefusedError
from openrooms.calls._models import CallParticipant, JoinedCall, JoiningExplanation, JoiningRule, RoomCall

__all__ = [
    "CallParticipant",
    "CallRefusedError",
    "CallsClient",
    "JoinedCall",
    "JoiningExplanation",
    "JoiningRule",
    "RoomCall",
]
