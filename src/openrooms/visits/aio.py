"""The async visits client, with the same names as in `openrooms.visits`."""

from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.visits._client_async import VisitsClient
from openrooms.visits._models import Visit, VisitParticipant

__all__ = ["StartsWith", "Visit", "VisitParticipant", "VisitsClient", "WaitingRoom"]
