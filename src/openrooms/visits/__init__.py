"""The client for visits: planning them, the options of a room, the names of its participants, and their invitations.

`openrooms.visits.aio` has the async client of the same name.
"""

from openrooms.calls._errors import CallRefusedError
from openrooms.domain.devices import Device
from openrooms.domain.listing import RoomState
from openrooms.domain.presence import Ending
from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.visits._client import VisitsClient
from openrooms.visits._errors import EndMovedError
from openrooms.visits._models import (
    ExchangedInvitation,
    Guest,
    Invitation,
    InvitedParticipant,
    PlannedVisit,
    Refusal,
    Stay,
    Visit,
    VisitParticipant,
    VisitSummary,
    Window,
)

__all__ = [
    "CallRefusedError",
    "Device",
    "EndMovedError",
    "Ending",
    "ExchangedInvitation",
    "Guest",
    "Invitation",
    "InvitedParticipant",
    "PlannedVisit",
    "Refusal",
    "RoomState",
    "StartsWith",
    "Stay",
    "Visit",
    "VisitParticipant",
    "VisitSummary",
    "VisitsClient",
    "WaitingRoom",
    "Window",
]
