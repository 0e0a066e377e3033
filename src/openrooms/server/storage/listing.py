"""The list of visits: which rooms are on a page, in few steps even if there are very many rooms; and their summaries.

If one of a search's terms finds few rooms, these are looked up. Otherwise rooms are read in the order of the list, span
by span, and only a limited number for a page: a search for a word that many rooms have, but few at this time, returns
pages with few rooms, and each names the place where the next one goes on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from openrooms.domain import listing, waiting, words
from openrooms.domain.calls import CallId
from openrooms.domain.identities import ResourceId
from openrooms.domain.listing import SPANS, ListOrder, Range, RoomFilter, RoomState, VisitKey
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ROLES
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import Participant
from openrooms.domain.waiting import Lobby
from openrooms.server.core.ports import VisitPage, VisitSummary
from openrooms.server.storage import sql
from openrooms.server.storage.search import split
from openrooms.server.storage.statements import Rows, Steps, queries

_FEW = 500
"""The most rooms of a term that are looked up."""
_LOOKED_AT = 1000
"""The most rooms of a span that are looked at for a page of a search."""
_COUNTED = 1000
_PEOPLE = 10
_LAST_ID = "9" * 18


class _Found(NamedTuple):
    """The rooms that are listed after a place, in order, and up to where rooms were looked at (`None`: to the end)."""

    keys: Sequence[VisitKey]
    looked_until: VisitKey | None = None


class _Place(NamedTuple):
    """A place in a list of some windows, which goes on after `start` (`None`: it begins), backwards if `is_back`."""

    windows: Range
    is_back: bool
    start: VisitKey | None

    def following(self, keys: Iterable[VisitKey]) -> Sequence[VisitKey]:
        """Return the keys that follow, in the order of the list."""
        if self.start is None:
            return sorted(keys, reverse=self.is_back)
        start = self.start
        return sorted((key for key in keys if (key < start if self.is_back else key > start)), reverse=self.is_back)


def list_visits(
    resource: ResourceId, wanted: RoomFilter, start: VisitKey | None, now: Moment, held_now: Moment, limit: int
) -> Steps[VisitPage]:
    place = _Place(listing.condition(wanted, now), wanted.order is ListOrder.NEWEST_FIRST, start)
    looked_up = yield from _few_found(resource, wanted.terms)
    if wanted.state is RoomState.IN_CALL:
        rows = yield queries.list_rooms_in_call(resource=resource)
        found = _Found(place.following(_listed(rows, wanted.terms, place.windows)))
    elif wanted.state is RoomState.WAITING:
        rows = yield queries.list_rooms_waited_for(resource=resource, held_now=held_now)
        found = _Found(place.following(_listed(rows, wanted.terms, place.windows)))
    elif looked_up is None:
        found = yield from _look_through(resource, wanted.terms, place, limit)
    else:
        rows = yield queries.get_listed_room.each(*[{"resource": resource, "id": room_id} for room_id in looked_up])
        found = _Found(place.following(_listed(rows, wanted.terms, place.windows)))
    page = found.keys[:limit]
    going_on = page[-1] if len(found.keys) > limit else found.looked_until
    summaries = yield from get_summaries(resource, [key.id for key in page], now, held_now)
    if wanted.state is RoomState.WAITING:
        # Some who waited when they were looked up need not wait, such as after a change of the options.
        summaries = [one for one in summaries if waiting.count(one.room.options, one.waiting, one.lobby, now)]
    return VisitPage(summaries, going_on)


def _few_found(resource: ResourceId, terms: Sequence[str]) -> Steps[set[RoomId] | None]:
    """Return the rooms that the term finds which finds the fewest; `None` if each finds many."""
    fewest: set[RoomId] | None = None
    for term in terms:
        found = yield from _found_by(resource, term)
        if found is not None and (fewest is None or len(found) < len(fewest)):
            fewest = found
    return fewest


def _found_by(resource: ResourceId, term: str) -> Steps[set[RoomId] | None]:
    first = term.encode()
    # No byte of UTF-8 is as high.
    rows = yield queries.find_rooms_by_word(resource=resource, first=first, before=first + b"\xff", limit=_FEW + 1)
    found = {room_id for (room_id,) in rows}
    if len(rows) <= _FEW and words.may_begin_id(term):
        rows = yield queries.find_rooms_by_id(
            resource=resource, first=term, last=term + _LAST_ID[len(term) :], limit=_FEW + 1
        )
        found.update(room_id for (room_id,) in rows)
    return found if len(rows) <= _FEW else None


def _look_through(resource: ResourceId, terms: Sequence[str], place: _Place, limit: int) -> Steps[_Found]:
    most = _LOOKED_AT if terms else limit + 1
    look = queries.list_rooms_of_span_back if place.is_back else queries.list_rooms_of_span
    rows = yield look.each(*[_range(resource, span, place, most) for span in range(len(SPANS))])
    ends = [VisitKey(*of_span[-1][:2]) for of_span in _by_span(rows) if len(of_span) == most]
    until = (max if place.is_back else min)(ends, default=None)
    keys = place.following(_listed(rows, terms, place.windows))
    return _Found([key for key in keys if until is None or (key >= until if place.is_back else key <= until)], until)


def _range(resource: ResourceId, span: int, place: _Place, most: int) -> dict[str, object]:
    narrow = listing.in_span(place.windows, span)
    edge = VisitKey(narrow.before if place.is_back else narrow.first, RoomId(""))
    start = edge if place.start is None else (min if place.is_back else max)(place.start, edge)
    return {
        "resource": resource,
        "span": span,
        "valid_from": start.valid_from,
        "id": start.id,
        **({"first": narrow.first} if place.is_back else {"before": narrow.before}),
        "ends_after": narrow.ends_after,
        "ends_by": narrow.ends_by,
        "limit": most,
    }


def _by_span(rows: Rows) -> Iterable[Rows]:
    of_spans: dict[int, list[Sequence[object]]] = {}
    for row in rows:
        of_spans.setdefault(listing.span_of(row[0], row[2]), []).append(row)
    return of_spans.values()


def _listed(rows: Rows, terms: Sequence[str], windows: Range) -> Iterator[VisitKey]:
    for valid_from, room_id, valid_until, kept in rows:
        if windows.has(valid_from, valid_until) and words.are_found(terms, split(kept), room_id):
            yield VisitKey(valid_from, room_id)


def get_summaries(
    resource: ResourceId, rooms: Sequence[RoomId], now: Moment, held_now: Moment
) -> Steps[Sequence[VisitSummary]]:
    """Return what is listed of each of the rooms that exist."""
    rows = yield queries.get_summary.each(
        *[{"resource": resource, "id": room_id, "most": _COUNTED} for room_id in rooms]
    )
    found = [_summarised(row) for row in rows]
    people: dict[RoomId, list[Participant]] = {}
    rows = yield queries.list_first_participants.each(
        *[
            {
                "resource": resource,
                "created_at": room.created_at,
                "room_id": room.id,
                "most": _COUNTED,
                "limit": _PEOPLE,
            }
            for room, *_ in found
        ]
    )
    for room_id, raw_id, role, name in rows:
        people.setdefault(room_id, []).append(Participant(raw_id, ROLES[role], name))
    at_doors = [
        CallId(resource, room.id)
        for room, *_ in found
        if waiting.may_make_wait(room.options) and listing.state_of(room, now) is RoomState.OPEN
    ]
    counts = yield from sql.count_waiting(at_doors, held_now)
    return [
        VisitSummary(
            room,
            tuple(people.get(room.id, ())),
            count,
            lobby,
            counts.get(CallId(resource, room.id), {}),
            in_call,
            left_at,
        )
        for room, lobby, in_call, left_at, count in found
    ]


def _summarised(row: Sequence[Any]) -> tuple[Room, Lobby, int, Moment | None, int]:
    """Return the room, the lobby, how many are in the call, when the last one left, and how many are on the roster."""
    *room, seen_at, presenter_at, revision, in_call, left_at, count = row
    lobby = waiting.NO_LOBBY if revision is None else Lobby(seen_at, presenter_at, revision)
    return sql.read_room(*room), lobby, in_call, left_at, count


def count_people(counts: Mapping[CallId, int], now: Moment) -> Steps[Sequence[CallId]]:
    # In the order of their keys, as all processes lock them, to prevent deadlocks.
    keys = [({"resource": call.resource, "room_id": call.room}, people) for call, people in sorted(counts.items())]
    rows = [
        *(yield queries.count_people.each(*[{**key, "people": people} for key, people in keys if people])),
        *(yield queries.count_nobody.each(*[{**key, "left_at": now} for key, people in keys if not people])),
    ]
    return [CallId(resource, room_id) for resource, room_id in rows]


def list_calls_with_people() -> Steps[Mapping[CallId, int]]:
    resources = yield queries.list_resources()
    rows = yield queries.list_calls_with_people.each(*[{"resource": resource} for resource, *_ in resources])
    return {CallId(resource, room_id): people for resource, room_id, people in rows}
