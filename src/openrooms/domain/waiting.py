"""The waiting room: who has to wait before the call of a room, and what becomes of those who wait.

A person's *place* says what was decided about them: they wait, were admitted or declined, or are kept out. Admissions
and keeping out hold for one call. A call goes on while people are in it and for a few minutes after the last of them
was seen, so that everyone whose connection was cut can come back, even after a restart; it ends at once when a
Presenter or the operator ends it. `Lobby` is what is kept of that.

Two clocks are compared: `now` is the service's time; `held_now` and `held_until` are real time, which all processes
share even if the service's clock was moved.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from openrooms.domain.errors import Declined, KeptOut, MustWait, NotWaiting, OpenRoomsError
from openrooms.domain.moments import MINUTE, SECOND, Moment, after
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.roster import RawId
from openrooms.domain.visits import StartsWith, VisitOptions, WaitingRoom

CALL_OUTLIVES = 5 * MINUTE
"""How long a call goes on after somebody was last seen in it."""

SEEN_EVERY = MINUTE
"""How exactly it is kept when somebody was last seen in a call."""

HELD_BY_STREAM = 150 * SECOND
"""How long somebody counts as waiting after their stream of events was last renewed."""

HELD_BY_REQUEST = 30 * SECOND
"""How long somebody counts as waiting after a request; they ask every 10 seconds."""

HELD_WITHOUT_STREAM = 10 * SECOND
"""How long somebody counts as waiting after their stream ended; a page that is loaded again is back by then."""

_PLACE_OUTLIVES = 5 * MINUTE
_PRESENTER_STAYS = 2 * SEEN_EVERY
_FIRST_PAUSE = 30 * SECOND
_LONGEST_PAUSE = 15 * MINUTE
_MOST_DOUBLINGS = 5

_WAITING_ROLES: Mapping[WaitingRoom, frozenset[ParticipantRole]] = {
    WaitingRoom.OFF: frozenset(),
    WaitingRoom.ATTENDEES: frozenset({ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER}),
    WaitingRoom.EVERYONE: frozenset(ParticipantRole),
}


class Awaited(StrEnum):
    """The event that somebody waits for: a Presenter comes, or admits them."""

    PRESENTER = "presenter"
    ADMISSION = "admission"


class PlaceState(StrEnum):
    """The decision about somebody."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    DECLINED = "declined"
    KEPT_OUT = "keptOut"


class Place(msgspec.Struct, frozen=True):
    """The decision about one person, and its time.

    Somebody who waits counts as present until `held_until`. `display_name` is the name that they typed. `reason` says
    why they were declined, for the last of `declines` times.
    """

    raw_id: RawId
    state: PlaceState
    since: Moment
    held_until: Moment = Moment(0)
    display_name: str = ""
    reason: str = ""
    declines: int = 0


class Lobby(msgspec.Struct, frozen=True):
    """The kept state of a room's call, for the waiting room.

    `seen_at` is when somebody was last seen in the call (`None`: it has not begun), and `presenter_at` when a Presenter
    was. `revision` counts the changes.
    """

    seen_at: Moment | None = None
    presenter_at: Moment | None = None
    revision: int = 0


NO_LOBBY = Lobby()
"""The lobby of a room in whose call nothing was decided yet."""


class LobbyChange(msgspec.Struct, frozen=True):
    """A change to write: the lobby and places; with `ends_call`, first remove what was decided for the call."""

    lobby: Lobby
    put: tuple[Place, ...] = ()
    ends_call: bool = False


# The call


def goes_on(lobby: Lobby, now: Moment) -> bool:
    """Return whether the call for which places were decided still goes on."""
    return lobby.seen_at is not None and now < after(lobby.seen_at, CALL_OUTLIVES)


def is_over(lobby: Lobby, now: Moment) -> bool:
    """Return whether nobody has been seen in the call for so long that it has ended, which is not kept yet."""
    return lobby.seen_at is not None and not goes_on(lobby, now)


def has_started(lobby: Lobby, now: Moment) -> bool:
    """Return whether a Presenter has been in the call."""
    return lobby.presenter_at is not None and goes_on(lobby, now)


def has_presenter(lobby: Lobby, now: Moment) -> bool:
    """Return whether a Presenter is in the call, as far as the lobby knows."""
    return has_started(lobby, now) and now < after(lobby.presenter_at or Moment(0), _PRESENTER_STAYS)


def observed(lobby: Lobby, roles: Sequence[ParticipantRole | None], now: Moment) -> Lobby:
    """Return the lobby as it is if exactly people with these roles are in the call `now`."""
    presenter_at = lobby.presenter_at
    if ParticipantRole.PRESENTER in roles:
        presenter_at = now
    elif presenter_at is not None:
        presenter_at = min(presenter_at, after(now, -_PRESENTER_STAYS))
    return Lobby(now if roles else lobby.seen_at, presenter_at, lobby.revision)


def is_stale(lobby: Lobby, has_presenter_now: bool, now: Moment) -> bool:
    """Return whether it must be kept again that people are in the call, or that no Presenter is any more."""
    if has_presenter(lobby, now) and not has_presenter_now:
        return True
    seen = [lobby.seen_at, *([lobby.presenter_at] if has_presenter_now else [])]
    return any(moment is None or not 0 <= now - moment < SEEN_EVERY for moment in seen)


# The rules


def needs_admission(options: VisitOptions, role: ParticipantRole, lobby: Lobby, now: Moment) -> bool:
    """Return whether somebody with the role may come in only if they are admitted.

    If everyone waits, a Presenter still need not wait while no other Presenter is in the call to admit them.
    """
    waits = role in _WAITING_ROLES[options.waiting_room]
    return waits and (role is not ParticipantRole.PRESENTER or has_presenter(lobby, now))


def awaits_presenter(options: VisitOptions, role: ParticipantRole, lobby: Lobby, now: Moment) -> bool:
    """Return whether somebody with the role may come in only after a Presenter, even if they are admitted."""
    is_early = options.starts_with is StartsWith.PRESENTER and not has_started(lobby, now)
    return is_early and role is not ParticipantRole.PRESENTER


def must_wait(options: VisitOptions, role: ParticipantRole, lobby: Lobby, now: Moment) -> bool:
    """Return whether somebody with the role has to wait if nothing was decided about them."""
    return awaits_presenter(options, role, lobby, now) or needs_admission(options, role, lobby, now)


def may_make_wait(options: VisitOptions) -> bool:
    """Return whether there is anybody who may have to wait."""
    return options.waiting_room is not WaitingRoom.OFF or options.starts_with is not StartsWith.ANYONE


def count(options: VisitOptions, counts: Mapping[ParticipantRole, int], lobby: Lobby, now: Moment) -> int:
    """Return how many people have to wait, of those of each role who wait."""
    return sum(number for role, number in counts.items() if must_wait(options, role, lobby, now))


def decision(place: Place | None, lobby: Lobby, now: Moment) -> PlaceState | None:
    """Return what was decided about somebody and still holds; `None`: nothing."""
    if place is None:
        return None
    is_of_call = place.state in (PlaceState.ADMITTED, PlaceState.KEPT_OUT)
    return None if is_of_call and not goes_on(lobby, now) else place.state


def refusal(
    options: VisitOptions, role: ParticipantRole, lobby: Lobby, place: Place | None, now: Moment
) -> OpenRoomsError | None:
    """Return why somebody may not come in: `KeptOut`, `Declined` or `MustWait`; `None` if they may."""
    state = decision(place, lobby, now)
    if state is PlaceState.KEPT_OUT:
        return KeptOut()
    is_early = awaits_presenter(options, role, lobby, now)
    is_admitted = state is PlaceState.ADMITTED or not needs_admission(options, role, lobby, now)
    if is_admitted and not is_early:
        return None
    if place is not None and is_declined(place, now):
        return Declined(place.reason, may_ask_at(place))
    return MustWait(to_admit=not is_early and has_started(lobby, now))


def awaited(refusal: MustWait | Declined) -> Awaited:
    """Return the event that somebody who was refused waits for."""
    is_to_admit = isinstance(refusal, MustWait) and refusal.to_admit
    return Awaited.ADMISSION if is_to_admit else Awaited.PRESENTER


def may_ask_at(place: Place) -> Moment:
    """Return when somebody who was declined may ask again: the pause doubles with each time."""
    doublings = min(max(place.declines - 1, 0), _MOST_DOUBLINGS)
    return after(place.since, min(_FIRST_PAUSE << doublings, _LONGEST_PAUSE))


def is_declined(place: Place, now: Moment) -> bool:
    """Return whether somebody was declined and may not ask again yet."""
    return place.state is PlaceState.DECLINED and now < may_ask_at(place)


def is_at_door(place: Place, held_now: Moment) -> bool:
    """Return whether somebody waits now, as those who may admit them see it."""
    return place.state is PlaceState.WAITING and place.held_until >= held_now


def is_waiting(place: Place | None, held_now: Moment) -> bool:
    """Return whether somebody waits now, or did until a moment ago, so that they keep their place in the line."""
    return (
        place is not None and place.state is PlaceState.WAITING and held_now < after(place.held_until, _PLACE_OUTLIVES)
    )


def renewed(held_until: Moment, length: int, held_now: Moment) -> Moment:
    """Return until when to hold a place for this length: longer than before if half of it has passed."""
    return held_until if held_until - held_now >= length // 2 else after(held_now, length)


# Changes


def ask(place: Place | None, raw_id: RawId, name: str, lobby: Lobby, now: Moment, held_now: Moment) -> Place:
    """Return the place of somebody who asks to come in; a decision for this call, or a recent decline, stays."""
    state = decision(place, lobby, now)
    if place is not None and (state in (PlaceState.ADMITTED, PlaceState.KEPT_OUT) or is_declined(place, now)):
        return place
    until = after(held_now, HELD_BY_REQUEST)
    if place is None or state is None:
        return Place(raw_id, PlaceState.WAITING, now, until, name)
    since = place.since if is_waiting(place, held_now) else now
    until = renewed(place.held_until, HELD_BY_REQUEST, held_now)
    return Place(raw_id, PlaceState.WAITING, since, until, name or place.display_name, declines=place.declines)


def asked(lobby: Lobby, before: Place | None, place: Place, held_now: Moment) -> LobbyChange:
    """Return the change that gives somebody who asks their place; the revision grows if others see a difference."""
    if place == before:
        return LobbyChange(lobby)
    is_same = before is not None and before.held_until >= held_now and _visible(before) == _visible(place)
    return LobbyChange(lobby if is_same else _next(lobby), (place,))


def admit(lobby: Lobby, places: Sequence[Place], now: Moment) -> LobbyChange:
    """Return the change that admits people, with whom the call begins unless it goes on."""
    put = tuple(
        Place(place.raw_id, PlaceState.ADMITTED, now, display_name=place.display_name)
        for place in places
        if decision(place, lobby, now) is not PlaceState.ADMITTED
    )
    return _in_call(lobby, put, now) if put else LobbyChange(lobby)


def decline(lobby: Lobby, place: Place | None, reason: str, now: Moment) -> LobbyChange:
    """Return the change that declines somebody who waits; raise `NotWaiting`."""
    if place is None or place.state not in (PlaceState.WAITING, PlaceState.DECLINED):
        raise NotWaiting
    if place.state is PlaceState.DECLINED:
        return LobbyChange(lobby)
    name, declines = place.display_name, place.declines + 1
    declined = Place(place.raw_id, PlaceState.DECLINED, now, display_name=name, reason=reason, declines=declines)
    return LobbyChange(_next(lobby), (declined,))


def keep_out(lobby: Lobby, place: Place | None, raw_id: RawId, now: Moment) -> LobbyChange:
    """Return the change that keeps somebody out of the call until they are admitted."""
    if decision(place, lobby, now) is PlaceState.KEPT_OUT:
        return LobbyChange(lobby)
    name = place.display_name if place is not None else ""
    return _in_call(lobby, (Place(raw_id, PlaceState.KEPT_OUT, now, display_name=name),), now)


def end_call(lobby: Lobby) -> LobbyChange:
    """Return the change that ends the call; people who wait go on waiting."""
    return LobbyChange(Lobby(revision=lobby.revision + 1), ends_call=True)


def end_if_over(lobby: Lobby, now: Moment) -> LobbyChange:
    """Return the change that ends the call if it is over, or its admissions would hold again in the next one."""
    return end_call(lobby) if is_over(lobby, now) else LobbyChange(lobby)


def note_presence(
    lobby: Lobby, present: Mapping[RawId, ParticipantRole | None], places: Sequence[Place], now: Moment
) -> LobbyChange:
    """Return the change that keeps who is in the call; they need no admission to come back after a cut."""
    decided = {place.raw_id for place in places if place.state in (PlaceState.ADMITTED, PlaceState.KEPT_OUT)}
    typed = {place.raw_id: place.display_name for place in places}
    put = tuple(
        Place(raw_id, PlaceState.ADMITTED, now, display_name=typed.get(raw_id, ""))
        for raw_id in present
        if raw_id not in decided
    )
    seen = observed(lobby, list(present.values()), now)
    is_news = bool(put) or any(known(seen, now) != known(lobby, now) for known in (has_started, has_presenter))
    return LobbyChange(_next(seen) if is_news else seen, put)


def keep_present(
    lobby: Lobby, present: Mapping[RawId, ParticipantRole | None], places: Sequence[Place], now: Moment
) -> LobbyChange:
    """Return the change after which the people in the call may stay in it, whatever the room's options become."""
    change = note_presence(lobby, present, places, now)
    # It counts as begun by a Presenter, even if there is none now.
    presenter_at = change.lobby.presenter_at or after(now, -_PRESENTER_STAYS)
    started = Lobby(now, presenter_at, lobby.revision + 1)
    return LobbyChange(started, change.put)


def _visible(place: Place) -> tuple[PlaceState, Moment, str]:
    return place.state, place.since, place.display_name


def _in_call(lobby: Lobby, put: tuple[Place, ...], now: Moment) -> LobbyChange:
    """Return the change for a call that goes on, or begins now."""
    if goes_on(lobby, now):
        return LobbyChange(_next(lobby), put)
    return LobbyChange(Lobby(now, None, lobby.revision + 1), put, ends_call=True)


def _next(lobby: Lobby) -> Lobby:
    return Lobby(lobby.seen_at, lobby.presenter_at, lobby.revision + 1)
