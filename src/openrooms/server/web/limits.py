"""How often a resource may ask, for each kind of request; off unless configured."""

import math
from collections.abc import Callable, Mapping
from http import HTTPStatus

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.server.web.messages import HttpError
from openrooms.server.web.routing import Kind


class Rate(msgspec.Struct, frozen=True):
    """So many requests a second on average, and so many at once after a pause."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        if not (self.per_second > 0 and self.burst >= 1):
            raise ValueError("a rate needs more than 0 requests a second and a burst of at least 1")


class RateLimits:
    """A bucket of requests for each resource and kind, which fills again with time (`timer`, in seconds)."""

    def __init__(self, rates: Mapping[Kind, Rate], timer: Callable[[], float]) -> None:
        self._rates = rates
        self._timer = timer
        self._buckets: dict[tuple[ResourceId, Kind], tuple[float, float]] = {}

    def spend(self, resource: ResourceId, kind: Kind) -> None:
        """Take one request out of the bucket; raise `HttpError` (429) if it is empty."""
        rate = self._rates.get(kind)
        if rate is None:
            return
        now = self._timer()
        left, at = self._buckets.get((resource, kind), (float(rate.burst), now))
        left = min(rate.burst, left + (now - at) * rate.per_second)
        if left < 1:
            seconds = math.ceil((1 - left) / rate.per_second)
            message = f"Too many requests of this kind; try again in {seconds} s."
            retry_after = (b"retry-after", b"%d" % seconds)
            raise HttpError(HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequests", message, retry_after)
        self._buckets[resource, kind] = (left - 1, now)
