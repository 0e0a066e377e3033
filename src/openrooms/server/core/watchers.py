"""The operators who watch the list of visits: each learns of every changed room within a moment.

Each process remembers the order in which rooms of a watched resource changed, not what changed: a watcher is told the
state that these rooms have in the database now. A watcher who comes back soon to the same process is told what they
missed; all others are told to read the list again. If many rooms change at once, everyone is told to read the list
again, which then costs less. Changes are gathered for a moment, and rooms are read once for all watchers of a resource.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from itertools import groupby
from secrets import token_hex

import msgspec
import structlog

from openrooms.domain.calls import CallId
from openrooms.domain.errors import Unavailable
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.server.core.listing import ListedVisit, Listing
from openrooms.server.core.ports import Figure

MOST_TOLD = 50
"""The most rooms that a watcher is told of at once; beyond, the list is to be read again."""

MOST_WATCHERS = 200
"""The most watchers of a resource in a process."""

_GATHER_SECONDS = 0.25
# The list of a day is several requests.
_GATHER_AFTER_MANY_SECONDS = 2.0
_REMEMBERED = 1000
_KEPT_SECONDS = 60.0

_log = structlog.get_logger("openrooms.watchers")


class News(msgspec.Struct, frozen=True):
    """The rooms that changed up to a place in the order of changes: as they are now, and those that are gone.

    With `is_cut`, too many rooms changed, or it is not known which; the list is to be read again.
    """

    place: str
    visits: Sequence[ListedVisit] = ()
    gone: Sequence[RoomId] = ()
    is_cut: bool = False


class Watcher:
    """One stream of an operator; `tell` is called with news and returns whether it could take them."""

    def __init__(self, resource: ResourceId, place: str, tell: Callable[[News], bool], end: Callable[[], None]) -> None:
        self.resource = resource
        self.place = place
        self.tell = tell
        self.end = end


class _Changes:
    """The rooms of a resource by their last change, and the watchers."""

    def __init__(self) -> None:
        self.watchers: dict[Watcher, None] = {}
        self.numbers: dict[RoomId, int] = {}
        self.last = 0
        self.forgotten = 0
        self.is_due = False
        self.is_busy = False
        self.end: asyncio.TimerHandle | None = None

    def note(self, room: RoomId) -> None:
        self.numbers.pop(room, None)
        self.last += 1
        self.numbers[room] = self.last
        if len(self.numbers) > _REMEMBERED:
            self.forgotten = self.numbers.pop(next(iter(self.numbers)))

    def forget(self) -> None:
        self.last += 1
        self.forgotten = self.last
        self.numbers.clear()

    def since(self, number: int) -> list[RoomId] | None:
        """Return the rooms that changed later than a number; `None` if that is not known."""
        if not self.forgotten <= number <= self.last:
            return None
        return [room for room, last in self.numbers.items() if last > number]


class Watchers:
    """The watchers of this process."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._of_resource: dict[ResourceId, _Changes] = {}
        self._process = token_hex(4)
        self._tasks: set[asyncio.Task[None]] = set()
        self._told = 0

    def check(self, call: CallId) -> None:
        """Tell the watchers that a room has changed."""
        changes = self._of_resource.get(call.resource)
        if changes is not None:
            changes.note(call.room)
            self._arm(call.resource, changes)

    def reload(self, resource: ResourceId | None = None) -> None:
        """Have the watchers of a resource, or of all (`None`), read the list again: it is not known what changed."""
        for watched, changes in self._of_resource.items():
            if resource in (watched, None):
                changes.forget()
                self._arm(watched, changes)

    async def look(self, resource: ResourceId, place: str) -> News:
        """Return what changed since a place; raise `Unavailable`."""
        changes = self._of_resource.setdefault(resource, _Changes())
        self._keep_a_while(resource, changes)
        return await self._news(resource, changes, place)

    def check_limit(self, resource: ResourceId) -> None:
        """Raise `Unavailable` if the resource has as many watchers as it may have."""
        changes = self._of_resource.get(resource)
        if changes is not None and len(changes.watchers) >= MOST_WATCHERS:
            raise Unavailable("Too many operators watch the rooms of this resource at this process; try again later.")

    def watch(self, watcher: Watcher) -> None:
        """Begin to tell a watcher what changes from its place on."""
        changes = self._of_resource.setdefault(watcher.resource, _Changes())
        changes.watchers[watcher] = None
        self._arm(watcher.resource, changes)

    def leave(self, watcher: Watcher) -> None:
        """Stop telling a watcher."""
        changes = self._of_resource.get(watcher.resource)
        if changes is not None:
            changes.watchers.pop(watcher, None)
            self._keep_a_while(watcher.resource, changes)

    def catch_up(self, watcher: Watcher) -> None:
        """Tell a watcher again what it could not take."""
        changes = self._of_resource.get(watcher.resource)
        if changes is not None:
            self._arm(watcher.resource, changes)

    def figures(self) -> Sequence[Figure]:
        """Return the numbers of watchers and of what they were told, for metrics."""
        count = sum(len(changes.watchers) for changes in self._of_resource.values())
        return [
            Figure("watchers", "Streams of events of operators who watch the list of visits.", count),
            Figure("watchers_told", "Changed rooms that were read for watchers.", self._told, is_total=True),
        ]

    def _keep_a_while(self, resource: ResourceId, changes: _Changes) -> None:
        """Remember the changes for watchers who come back soon."""
        if changes.end is not None:
            changes.end.cancel()
        changes.end = asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._forget, resource)

    def _forget(self, resource: ResourceId) -> None:
        if not self._of_resource[resource].watchers:
            del self._of_resource[resource]

    def _arm(self, resource: ResourceId, changes: _Changes) -> None:
        if changes.watchers and not changes.is_due:
            changes.is_due = True
            pause = _GATHER_AFTER_MANY_SECONDS if changes.is_busy else _GATHER_SECONDS
            asyncio.get_running_loop().call_later(pause, self._flush, resource, changes)

    def _flush(self, resource: ResourceId, changes: _Changes) -> None:
        changes.is_due = False
        task = asyncio.create_task(self._tell_all(resource, changes))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell_all(self, resource: ResourceId, changes: _Changes) -> None:
        try:
            by_place = sorted(changes.watchers, key=lambda watcher: watcher.place)
            for place, watchers in groupby(by_place, lambda watcher: watcher.place):
                news = await self._news(resource, changes, place)
                changes.is_busy = news.is_cut
                for watcher in list(watchers):
                    if news.place != place and watcher.tell(news):
                        watcher.place = news.place
        except Unavailable as error:
            # A stream tells its watcher to read the list again now and then.
            _log.debug("watchers cannot be told now", reason=str(error))
        except Exception:
            _log.exception("telling watchers failed")

    async def _news(self, resource: ResourceId, changes: _Changes, place: str) -> News:
        now = self._place(changes.last)
        rooms = changes.since(self._number(place))
        if rooms is None or len(rooms) > MOST_TOLD:
            return News(now, is_cut=True)
        return await self._read(resource, rooms, now) if rooms else News(now)

    async def _read(self, resource: ResourceId, rooms: Collection[RoomId], place: str) -> News:
        self._told += len(rooms)
        visits = await self._listing.get(resource, list(rooms))
        there = {visit.summary.room.id for visit in visits}
        return News(place, visits, [room for room in rooms if room not in there])

    def _place(self, number: int) -> str:
        return f"{self._process}-{number}"

    def _number(self, place: str) -> int:
        """Return the number of a place; -1 if another process gave it."""
        process, _, number = place.partition("-")
        return int(number) if process == self._process and number.isascii() and number.isdigit() else -1
