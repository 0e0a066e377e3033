"""The async events client, with the same names as in `openrooms.events`."""

from openrooms.domain.subscriptions import Validation
from openrooms.events._client_async import EventsClient
from openrooms.events._follower_async import AsyncEventFollower as EventFollower
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
