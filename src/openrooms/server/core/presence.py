"""Records who is in calls: what the enforcer sees when it looks, and what the media engine tells by itself.

Both are observations of `domain.presence`, whose rules make one history of them. A look costs a write only if it has
news. What it needs from before the look is read by `begin`; see `Looked`.
"""

import asyncio
import time
from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from openrooms.domain import presence
from openrooms.domain.calls import CallId, Presence, RunningCall
from openrooms.domain.errors import Unavailable
from openrooms.domain.moments import Moment
from openrooms.domain.presence import Change, Ended, Lasting, Looked, Observation, SessionId, StayId, stay_of
from openrooms.domain.telephones import is_phone
from openrooms.server.core.ports import Clock, MediaEngine, PresenceStore

_KEEP_SECONDS = 5.0
"""How often it is kept that everybody was seen."""

_log = structlog.get_logger("openrooms.presence")

Look = Mapping[CallId, Lasting]
"""The sessions and stays that were known to last before a look."""


class Presences:
    """Keeps the history of who is in calls."""

    def __init__(self, storage: PresenceStore, engine: MediaEngine, clock: Clock) -> None:
        self._storage = storage
        self._engine = engine
        self._clock = clock
        self._seen: dict[CallId, Moment] = {}
        self._kept_at = float("-inf")
        self._noting: set[CallId] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def observe(self, call: CallId, observation: Observation) -> None:
        """Keep what the media engine tells; raise `Unavailable`."""
        self._forget(call, await self._storage.note_presence(call, observation))

    def hear(self, call: CallId, observation: Observation) -> None:
        """Keep what a media engine in this process tells, in a task of its own; the next look finds what fails."""
        self._start(self._keep(call, observation))

    async def begin(self, calls: Collection[CallId] | None = None) -> Look:
        """Return what is known to last before the media engine is asked about these calls (`None`: all)."""
        return await self._storage.list_lasting(calls)

    def looked(
        self, look: Look, running: Mapping[CallId, RunningCall], seen: Mapping[CallId, Sequence[Presence]]
    ) -> bool:
        """Keep what a look has found, in the background; this neither waits nor fails.

        `running` are the calls that the engine has, of those that it was asked about, and `seen` the people in those
        that could be read. Return whether everybody who was known is still there.
        """
        now, is_complete = self._clock(), True
        for call in look.keys() | running.keys():
            if call in running and call not in seen:
                is_complete = False
                continue
            looked = _looked(running.get(call), seen.get(call, ()), look.get(call, {}))
            if presence.is_news(looked):
                is_complete = False
                if call not in self._noting:
                    self._spawn(call, looked)
            elif call in running:
                self._seen[call] = now
        return is_complete

    async def keep_seen(self, look: Look) -> None:
        """Keep that everybody in a look at all calls was seen now; raise `Unavailable`."""
        self._seen = {call: at for call, at in self._seen.items() if call in look}
        if look and time.monotonic() - self._kept_at >= _KEEP_SECONDS:
            self._kept_at = time.monotonic()
            await self._storage.keep_seen(self._clock())

    def _spawn(self, call: CallId, looked: Looked) -> None:
        self._noting.add(call)
        self._start(self._note(call, looked))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, call: CallId, observation: Observation) -> None:
        try:
            await self.observe(call, observation)
        except Unavailable as error:
            _log.debug("what a call tells is not noted now", room=call.room, reason=str(error))

    async def _note(self, call: CallId, looked: Looked) -> None:
        try:
            seen_at = self._seen.get(call) or await self._storage.get_seen()
            if looked.present:
                # The people were asked for after the call, which may have been replaced by another one meanwhile.
                running = (await self._engine.list_calls([call])).get(call)
                if running is None or running.session != looked.session:
                    return
            self._forget(call, await self._storage.note_presence(call, presence.seen_until(looked, seen_at)))
        except Unavailable as error:
            _log.debug("who is in a call is not noted now", room=call.room, reason=str(error))
        except Exception:
            _log.exception("who is in a call could not be noted")
        finally:
            self._noting.discard(call)

    def _forget(self, call: CallId, changes: Collection[Change]) -> None:
        if any(isinstance(change, Ended) for change in changes):
            self._seen.pop(call, None)


def _looked(running: RunningCall | None, seen: Sequence[Presence], lasting: Lasting) -> Looked:
    people = [presence for presence in seen if not is_phone(presence.identity)]
    return Looked(
        SessionId(running.session) if running is not None else None,
        tuple(stay_of(presence) for presence in people if presence.is_active),
        lasting,
        Moment(0),
        frozenset([StayId(presence.connection) for presence in people if not presence.is_active]),
    )
