"""The async calls client, with the same names as in `openrooms.calls`."""

from openrooms.calls._client_async import CallsClient
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
