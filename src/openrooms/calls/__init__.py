"""The client for the calls of rooms: join a call, list its participants, and moderate it.

`openrooms.calls.aio` has the async client of the same name.
"""

from openrooms.calls._client import CallsClient
from openrooms.calls._errors import CallRefusedError, MustWaitError
from openrooms.calls._models import (
    CallParticipant,
    CallWait,
    DialOut,
    JoinedCall,
    JoiningExplanation,
    JoiningRule,
    PersonAtDoor,
    RoomCall,
)

__all__ = [
    "CallParticipant",
    "CallRefusedError",
    "CallWait",
    "CallsClient",
    "DialOut",
    "JoinedCall",
    "JoiningExplanation",
    "JoiningRule",
    "MustWaitError",
    "PersonAtDoor",
    "RoomCall",
]
