"""Records refused joins, so that an operator can tell later why somebody could not join.

Anybody with a user's token can be refused as often as they like, so what is written is bounded: by person and rule, and
by room; see `domain.refusals`. Between two writes, refusals are counted.
"""

import asyncio
from collections import Counter

import msgspec
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


class _Tries(msgspec.Struct):
    """How often the same was refused since it was written, and when that was."""

    count: int = 0
    written_at: Moment = Moment(0)


class Refusals:
    """Keeps refusals of joining, in tasks of their own."""

    def __init__(self, storage: RefusalStore, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._tries: dict[tuple[CallId, Refusal], _Tries] = {}
        self._minute = 0
        self._of_minute: Counter[CallId] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, call: CallId, raw_id: RawId, error: OpenRoomsError) -> None:
        """Keep that somebody was refused; neither waits nor fails."""
        rule = rule_of(error)
        if rule is None:
            return
        refusal = Refusal(raw_id, rule, errors.answer(error).code, errors.SUB_CODES.get(type(error)), str(error))
        key, now = (call, refusal), self._clock()
        if key not in self._tries and len(self._tries) >= _MOST_REMEMBERED:
            # Some refusals are written sooner for that.
            self._tries.clear()
        tries = self._tries.setdefault(key, _Tries())
        tries.count += 1
        if now < after(tries.written_at, WRITTEN_EVERY) or not self._may_write(call, now):
            return
        count, tries.count, tries.written_at = tries.count, 0, now
        task = asyncio.create_task(self._write(call, refusal, count, now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _may_write(self, call: CallId, now: Moment) -> bool:
        if self._minute != now // MINUTE:
            self._minute = now // MINUTE
            self._of_minute.clear()
        self._of_minute[call] += 1
        return self._of_minute[call] <= MOST_A_MINUTE

    async def _write(self, call: CallId, refusal: Refusal, count: int, now: Moment) -> None:
        try:
            await self._storage.note_refusal(call, refusal, count, now, after(now, -TOLD_EVERY))
        except Unavailable as error:
            _log.debug("a refusal is not kept", room=call.room, reason=str(error))
        except Exception:
            _log.exception("a refusal could not be kept")
