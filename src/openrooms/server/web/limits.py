"""Rate limits: of a client's address until the caller is known, then of the caller and their resource.

Each process counts for itself.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv6Address, ip_network

import msgspec

from openrooms.domain.errors import NotAllowed, OpenRoomsError, RoomNotFound
from openrooms.domain.identities import ResourceId
from openrooms.server.core.ports import Figure
from openrooms.server.core.rates import Buckets, Rate, Rates
from openrooms.server.web.messages import Caller, HttpError

FAILURE = 10
"""A request that fails authentication counts as this many."""

_NOBODY = ResourceId("")
# Otherwise a caller who goes on above a limit could fill the audit trail.
_NEWS = Rate(1 / 60, 1)


class TooManyRequests(HttpError):
    """A rate limit was reached; the header `Retry-After` says when to try again.

    `is_news` is true for one refusal a minute of each limit and caller, which the audit trail records.
    """

    def __init__(self, seconds: float, *, is_news: bool) -> None:
        self.is_news = is_news
        whole = math.ceil(seconds)
        message = f"Too many requests; try again in {whole} s."
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequests", message, (b"retry-after", b"%d" % whole))


class Limits:
    """The buckets of one process; `timer` returns seconds. Without `rates` nothing is limited."""

    def __init__(self, rates: Rates | None, timer: Callable[[], float]) -> None:
        self._addresses, self._persons, self._refusals, self._operators, self._resources, self._tests = (
            Buckets(rate, timer) if rate is not None else None
            for rate in (msgspec.structs.astuple(rates) if rates else (None,) * 6)
        )
        self._refused: Counter[tuple[str, ResourceId]] = Counter()
        self._news = Buckets(_NEWS, timer)

    def check_address(self, peer: str) -> None:
        """Raise `TooManyRequests` if too many requests came from the client's address."""
        if self._addresses is not None and (wait := self._addresses.wait(network(peer))):
            self._refuse("address", _NOBODY, network(peer), wait)

    def count_address(self, peer: str, count: int = 1) -> None:
        """Count a request of an unknown caller; requests of known callers do not count here."""
        if self._addresses is not None:
            self._addresses.take(network(peer), count)

    def count_connection(self, peer: str, count: int) -> bool:
        """Count a new connection like requests of an unknown caller; return whether the address may open it."""
        if self._addresses is None or not self._addresses.take(network(peer), count):
            return True
        self._refused["address", _NOBODY] += 1
        return False

    def count_caller(self, caller: Caller) -> None:
        """Count a request of a known caller; raise `TooManyRequests`."""
        if caller.person is not None:
            self.count_person(caller.resource, caller.person.user.raw_id)
            return
        if self._operators is not None and (wait := self._operators.take(caller.name)):
            self._refuse("operator", caller.resource, caller.name, wait)
        self._count_resource(caller.resource)

    def count_person(self, resource: ResourceId, raw_id: str) -> None:
        """Count a request of a user; raise `TooManyRequests`, also if too many of the user's requests were refused."""
        # Another resource may have adopted a user with the same raw id, who must not use up this one's limits.
        user = (resource, raw_id)
        if self._refusals is not None and (wait := self._refusals.wait(user)):
            self._refuse("refusal", resource, raw_id, wait)
        if self._persons is not None and (wait := self._persons.take(user)):
            self._refuse("person", resource, raw_id, wait)
        # A request over the user's own limit must not use up the limit of the resource, which all its users share.
        self._count_resource(resource)

    def count_refusal(self, resource: ResourceId, raw_id: str, error: OpenRoomsError) -> None:
        """Count a refusal that tells a user whether a room exists."""
        if self._refusals is not None and isinstance(error, NotAllowed | RoomNotFound):
            self._refusals.take((resource, raw_id))

    def count_test(self, resource: ResourceId, raw_id: str) -> None:
        """Count a test of a user's connection, each of which takes a room in LiveKit; raise `TooManyRequests`."""
        if self._tests is not None and (wait := self._tests.take((resource, raw_id))):
            self._refuse("test", resource, raw_id, wait)

    def figures(self) -> Sequence[Figure]:
        """Return how many requests each limit has refused, for metrics."""
        counts: Counter[str] = Counter()
        for (name, _), count in self._refused.items():
            counts[name] += count
        return [
            Figure("refused", "Requests answered 429, by the limit that was reached.", count, True, {"limit": name})
            for name, count in counts.items()
        ]

    def refused(self, resource: ResourceId) -> Mapping[str, int]:
        """Return how many requests each limit has refused to callers of a resource, and to unknown ones."""
        return {name: count for (name, owner), count in self._refused.items() if owner in (resource, _NOBODY)}

    def _count_resource(self, resource: ResourceId) -> None:
        if self._resources is not None and (wait := self._resources.take(resource)):
            self._refuse("resource", resource, "", wait)

    def _refuse(self, name: str, resource: ResourceId, caller: str, wait: float) -> None:
        self._refused[name, resource] += 1
        raise TooManyRequests(wait, is_news=not self._news.take((name, resource, caller)))


def network(peer: str) -> str:
    """Return what counts as one address: for IPv6 the first 64 bits, since one client usually has them all."""
    return _network(peer) if ":" in peer else peer


@lru_cache(maxsize=4096)
def _network(peer: str) -> str:
    try:
        return str(ip_network((int(IPv6Address(peer)), 64), strict=False))
    except ValueError:
        return peer
