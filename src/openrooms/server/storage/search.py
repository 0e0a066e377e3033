"""The words by which rooms are found, kept equal to their titles and names: steps of the operations that change those.

A room has its words itself, so that a change removes exactly those that are kept.
"""

from collections.abc import Collection, Iterable

from openrooms.domain import words
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import Room, RoomId
from openrooms.server.storage.statements import Step, Steps, queries


def words_of(room: Room, names: Iterable[str]) -> tuple[str, ...]:
    """Return the words of a room, whose participants have these names."""
    return words.words((room.options.title, *names))


def split(kept: str | None) -> list[str]:
    """Return the words that are kept with a room."""
    return kept.split() if kept else []


def add(resource: ResourceId, room_id: RoomId, added: Collection[str]) -> Step:
    """Have the room found by these words."""
    return queries.add_word.each(*_rows(resource, room_id, added))


def remove(resource: ResourceId, room_id: RoomId, removed: Collection[str]) -> Step:
    """Have the room no longer found by these words."""
    return queries.remove_word.each(*_rows(resource, room_id, removed))


def has_words(resource: ResourceId, room_id: RoomId) -> Steps[bool]:
    """Return whether the room may be found by a word."""
    [(kept,)] = yield queries.get_words(resource=resource, id=room_id)
    return bool(kept != "")


def read_again(resource: ResourceId, room: Room) -> Steps[None]:
    """Keep the words of a room that is locked, as its title and names are now."""
    [(kept,)] = yield queries.get_words(resource=resource, id=room.id)
    rows = yield queries.list_names(
        resource=resource, created_at=room.created_at, room_id=room.id, limit=words.MOST_WORDS
    )
    before, now = split(kept), words_of(room, [name for (name,) in rows])
    if kept is None or before != list(now):
        yield queries.put_words(resource=resource, id=room.id, words=" ".join(now))
        yield remove(resource, room.id, sorted(set(before).difference(now)))
        yield add(resource, room.id, sorted(set(now).difference(before)))


def _rows(resource: ResourceId, room_id: RoomId, of_room: Iterable[str]) -> list[dict[str, object]]:
    return [{"resource": resource, "word": word.encode(), "room_id": room_id} for word in of_room]
