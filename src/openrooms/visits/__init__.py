"""The client for visits: the title and the options of a room, and the names of its participants.

`openrooms.visits.aio` has the async client of the same name.
"""

from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.visits._client import VisitsClient
from openrooms.visits._models import Visit, VisitParticipant

__all__ = ["StartsWith", "Visit", "VisitParticipant", "VisitsClient", "WaitingRoom"]
