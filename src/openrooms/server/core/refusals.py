"""Records refused joins, so that an operator can tell later why somebody could not join.

Anybody with a user's token can be refused as often as they like, so what is written is bounded: by person and rule, and
by room; see `domain.refusals`. Between two writes, refusals are counted.
"""

import asyncio

import structlog

from openrooms.domain.calls import CallId
from openrooms.domain.errors import OpenRoomsError, Unavailable
from openrooms.domain.moments import MINUTE, Moment, after
from openrooms.domain.refusals import MOST_A_MINUTE, TOLD_EVERY, WRITTEN_EVERY, Refusal, rule_of
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import Clock, RefusalStore
from openrooms.wire import errors

_MOST_REMEMBERED = 10_000

_log = structlog.get_logger("openrooms.refusals")


class Refusals:
    """Keeps refusals of joining, in tasks of their own."""

    def __init__(self, storage: RefusalStore, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._written: dict[tuple[CallId, Refusal], Moment] = {}
        self._counts: dict[tuple[CallId, Refusal], int] = {}
        self._minutes: dict[CallId, tuple[int, int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, call: CallId, raw_id: RawId, error: OpenRoomsError) -> None:
        """Keep that somebody was refused; neither waits nor fails."""
        rule = rule_of(error)
        if rule is None:
            return
        refusal = Refusal(raw_id, rule, errors.answer(error).code, errors.SUB_CODES.get(type(error)))
        key, now = (call, refusal), self._clock()
        if key not in self._counts and len(self._counts) >= _MOST_REMEMBERED:
            self._forget()
        self._counts[key] = self._counts.get(key, 0) + 1
        if now < after(self._written.get(key, Moment(0)), WRITTEN_EVERY) or not self._may_write(call, now):
            return
        self._written[key] = now
        task = asyncio.create_task(self._write(call, refusal, self._counts.pop(key), now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _may_write(self, call: CallId, now: Moment) -> bool:
        minute, count = self._minutes.get(call, (0, 0))
        if minute != now // MINUTE:
            minute, count = now // MINUTE, 0
        self._minutes[call] = minute, count + 1
        return count < MOST_A_MINUTE

    def _forget(self) -> None:
        """Forget everything, because there is too much to remember; some refusals are written sooner for that."""
        self._written.clear()
        self._counts.clear()
        self._minutes.clear()

    async def _write(self, call: CallId, refusal: Refusal, count: int, now: Moment) -> None:
        try:
            await self._storage.note_refusal(call, refusal, count, now, after(now, -TOLD_EVERY))
        except Unavailable as error:
            _log.debug("a refusal is not kept", room=call.room, reason=str(error))
        except Exception:
            _log.exception("a refusal could not be kept")
