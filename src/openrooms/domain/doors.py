"""The door of a room for one person: whether they may come in, have to wait, or are refused, and why.

Also the people whom a change of a waiting room concerns, so that a change does not cost more if more people wait.
"""

from collections.abc import Collection
from enum import StrEnum

import msgspec

from openrooms.domain import waiting
from openrooms.domain.errors import (
    Declined,
    KeptOut,
    MustWait,
    NotAuthenticated,
    NotInvited,
    OpenRoomsError,
    RoomNotFound,
)
from openrooms.domain.joining import Standing, admit
from openrooms.domain.moments import Moment
from openrooms.domain.roster import RawId
from openrooms.domain.waiting import Awaited, Lobby, LobbyChange, PlaceState


class DoorState(StrEnum):
    """The state of a door for one person; the name of its event."""

    ADMITTED = "admitted"
    WAITING = "waiting"
    ASKING = "asking"
    DECLINED = "declined"
    REMOVED = "removed"
    CLOSED = "closed"


class Door(msgspec.Struct, frozen=True):
    """The state of a door for one person.

    `awaits` and `since` belong to somebody who waits, `reason` and `may_ask_at` to somebody who was declined, `refusal`
    to a closed door. `ASKING` means that they would have to wait, and have not asked to come in.
    """

    state: DoorState
    awaits: Awaited | None = None
    since: Moment | None = None
    reason: str = ""
    may_ask_at: Moment | None = None
    refusal: OpenRoomsError | None = None

    @property
    def is_final(self) -> bool:
        """Whether the person has no right to know more of the room."""
        return isinstance(self.refusal, NotAuthenticated | NotInvited | RoomNotFound)


def door(standing: Standing, revocations: int | None, now: Moment, held_now: Moment) -> Door:
    """Return the door for the holder of a token with this count of revocations."""
    try:
        admit(standing, revocations, now)
    except (MustWait, Declined) as refusal:
        return _waiting(standing, refusal, now, held_now)
    except KeptOut:
        return Door(DoorState.REMOVED)
    except OpenRoomsError as refusal:
        # The traceback would keep the whole call of this function alive.
        return Door(DoorState.CLOSED, refusal=refusal.with_traceback(None))
    return Door(DoorState.ADMITTED)


def _waiting(standing: Standing, refusal: MustWait | Declined, now: Moment, held_now: Moment) -> Door:
    place = standing.place
    if place is not None and place.state is PlaceState.DECLINED:
        return Door(DoorState.DECLINED, reason=place.reason, may_ask_at=waiting.may_ask_at(place))
    awaits = waiting.awaited(refusal)
    # Somebody whom the operator has admitted may still wait for a Presenter.
    is_admitted = waiting.decision(place, standing.lobby, now) is PlaceState.ADMITTED
    if place is not None and (is_admitted or waiting.is_waiting(place, held_now)):
        return Door(DoorState.WAITING, awaits, place.since)
    return Door(DoorState.ASKING, awaits)


class Reach(msgspec.Struct, frozen=True):
    """The people whose doors a change may alter (`None`: everyone), and whether it may concern people in the call."""

    people: Collection[RawId] | None
    concerns_call: bool


def reach(before: Lobby, change: LobbyChange, now: Moment) -> Reach:
    """Return whom a change of this lobby concerns: somebody who asks to come in, only themselves."""
    if change.ends_call or _course(before, now) != _course(change.lobby, now):
        return Reach(None, concerns_call=True)
    is_decided = any(place.state is not PlaceState.WAITING for place in change.put)
    return Reach([place.raw_id for place in change.put], concerns_call=is_decided)


def _course(lobby: Lobby, now: Moment) -> tuple[bool, bool, bool]:
    """Return what everyone's door depends on."""
    return waiting.goes_on(lobby, now), waiting.has_started(lobby, now), waiting.has_presenter(lobby, now)
