"""Rates of requests, and token buckets that enforce them in bounded memory."""

from collections.abc import Callable, Hashable

import msgspec

_MOST_KEYS = 32_768


class Rate(msgspec.Struct, frozen=True):
    """A limit: requests a second on average, and the most at once after a pause."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        if not (self.per_second > 0 and self.burst >= 1):
            raise ValueError("a rate needs more than 0 requests a second and a burst of at least 1")


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """The rates of each kind of caller; `None` means no limit.

    `address` limits requests from one client address before the caller is identified, `person` those of one user,
    `refusal` the refused ones of one user, `operator` those with one access key or operator's token, `resource` all of
    a resource, and `test` the tests of their connection that one user begins. The defaults are several times what Azure
    allows a whole resource.
    """

    address: Rate | None = Rate(500, 5_000)
    person: Rate | None = Rate(20, 200)
    refusal: Rate | None = Rate(2, 20)
    operator: Rate | None = Rate(1_000, 10_000)
    resource: Rate | None = Rate(2_000, 20_000)
    test: Rate | None = Rate(0.1, 10)


class Buckets:
    """A token bucket for each key; `timer` returns seconds.

    A bucket is stored as the time at which it will be full, and full buckets are not stored. If there are too many,
    those not used lately count as full, so a client with many addresses can gain requests but cannot exhaust memory.
    """

    def __init__(self, rate: Rate, timer: Callable[[], float], most_keys: int = _MOST_KEYS) -> None:
        self._timer = timer
        self._one = 1 / rate.per_second
        self._fill = rate.burst * self._one
        self._but_one = self._fill - self._one
        self._most = most_keys // 2
        # What was used since the last change of generations, and before it.
        self._young: dict[Hashable, float] = {}
        self._old: dict[Hashable, float] = {}
        self._aged_at = timer()

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def wait(self, key: Hashable) -> float:
        """Return the seconds until the bucket allows a request; 0 if it allows one now."""
        full_at = self._young.get(key) or self._recalled(key)
        return max(0.0, full_at - self._timer() - self._but_one) if full_at else 0.0

    def take(self, key: Hashable, count: int = 1) -> float:
        """Take a request that counts as `count`, and return 0; if none is left, return the seconds to wait."""
        now = self._timer()
        young = self._young
        full_at = young.get(key) or self._recalled(key)
        if full_at < now:
            full_at = now
        elif full_at - now > self._but_one:
            return full_at - now - self._but_one
        if len(young) >= self._most or now - self._aged_at > self._fill:
            self._old, self._aged_at = young, now
            young = self._young = {}
        full_at += self._one * count
        # Concurrent requests could otherwise take more than the bucket holds.
        young[key] = full_at if full_at - now < self._fill else now + self._fill
        return 0.0

    def _recalled(self, key: Hashable) -> float:
        """Return when an older bucket will be full, or 0 if it is full, and count it as used now."""
        if not self._old or (full_at := self._old.pop(key, None)) is None:
            return 0.0
        self._young[key] = full_at
        return full_at
