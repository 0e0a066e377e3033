"""The async visits client, with the same names as in `openrooms.visits`."""

from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.visits._client_async import VisitsClient
from openrooms.visits._models import (
    ExchangedInvitation,
    Guest,
    Invitation,
    InvitedParticipant,
    PlannedVisit,
    Visit,
    VisitParticipant,
)

__all__ = [
    "ExchangedInvitation",
    "Guest",
    "Invitation",
    "InvitedParticipant",
    "PlannedVisit",
    "StartsWith",
    "Visit",
    "VisitParticipant",
    "VisitsClient",
    "WaitingRoom",
]
