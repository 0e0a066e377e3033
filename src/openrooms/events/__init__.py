"""The client for events: reading and following what happened, and subscriptions that have events delivered.

`openrooms.events.aio` has the async client of the same name.
"""

from openrooms.domain.subscriptions import Validation
from openrooms.events._client import EventsClient
from openrooms.events._follower import EventFollower
from openrooms.events._models import DeadLetter, Event, Subscription, SubscriptionState

__all__ = [
    "DeadLetter",
    "Event",
    "EventFollower",
    "EventsClient",
    "Subscription",
    "SubscriptionState",
    "Validation",
]
