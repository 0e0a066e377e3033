"""A model of one room: the answers of operations that run one after the other."""

from collections.abc import Hashable
from typing import NamedTuple

MISSING = "404"
DONE = "done"


class RoomState(NamedTuple):
    """An existing room: the end of its window, and its roster with roles."""

    valid_until: int
    roster: frozenset[tuple[str, str]]


class Deleted(NamedTuple):
    """A deleted room."""


def apply(state: Hashable, name: str, argument: Hashable) -> tuple[Hashable, Hashable]:
    """Return the state after the operation, and its answer."""
    if name == "delete":
        return Deleted(), DONE
    if not isinstance(state, RoomState):
        return state, MISSING
    if name == "get":
        return state, state.valid_until
    if name == "list":
        return state, state.roster
    if name == "update":
        return state._replace(valid_until=argument), argument
    assert name == "roster"
    return state._replace(roster=_changed(state.roster, argument)), DONE


def _changed(roster: frozenset[tuple[str, str]], named: Hashable) -> frozenset[tuple[str, str]]:
    assert isinstance(named, tuple)
    roles = dict(roster) | dict(named)
    return frozenset((raw_id, role) for raw_id, role in roles.items() if role is not None)
