"""Who was in the calls of a room, from when to when: one history, made of observations of the media engine.

Observations come late, twice, in any order, or never. So none of them is trusted to be news: `changes` compares it with
what is known and yields only what is new. A *session* is one call of a room, and a *stay* one connection of somebody to
it; the media engine gives each an id that it never uses again. So a stay begins once and ends once, a session too, and
whatever comes about a stay or a session that has ended says nothing new.

Only a look that was taken after a stay was known can say that it is over: `Looked` therefore has what was known before
the engine was asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple, NewType

import msgspec

from openrooms.domain.calls import CallId, Presence, person
from openrooms.domain.devices import Device
from openrooms.domain.moments import Moment
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.roster import RawId
from openrooms.domain.telephones import DialOut, Outcome, phone_raw_id

SessionId = NewType("SessionId", str)
"""Identifies one call of a room, as the media engine does."""

StayId = NewType("StayId", str)
"""Identifies one connection to a call, as the media engine does."""


EMPTY_CALL_SECONDS = 300
"""How long the media engine keeps a call in which nobody is, so that people who come back are in the same call."""

Lasting = Mapping[SessionId, frozenset[StayId]]
"""The sessions of a room that last, each with those of its stays that last."""


class Ending(StrEnum):
    """How a stay ended."""

    LEFT = "left"
    REMOVED = "removed"
    CALL_ENDED = "callEnded"
    JOINED_ELSEWHERE = "joinedElsewhere"
    CONNECTION_LOST = "connectionLost"
    UNKNOWN = "unknown"


_OF_PHONES: Mapping[Outcome | None, Ending] = {
    Outcome.HUNG_UP: Ending.LEFT,
    Outcome.REMOVED: Ending.REMOVED,
    Outcome.CLOSED: Ending.CALL_ENDED,
    Outcome.FAILED: Ending.CONNECTION_LOST,
}
ENDINGS: Mapping[str, Ending] = {ending.value: ending for ending in Ending}
"""Every ending by its name."""


class Stay(msgspec.Struct, frozen=True):
    """One connection of somebody to a call; `left_at` is `None` while it lasts.

    `role` and `display_name` are those that the others saw when the connection was first noticed. `device` is the kind
    of device, if it is known.
    """

    id: StayId
    raw_id: RawId
    role: ParticipantRole | None
    display_name: str
    joined_at: Moment
    left_at: Moment | None = None
    ending: Ending | None = None
    device: Device | None = None

    def ended(self, at: Moment, ending: Ending) -> "Stay":
        """Return the stay with its end, which is not before its beginning."""
        return msgspec.structs.replace(self, left_at=max(at, self.joined_at), ending=ending)


class CallSession(msgspec.Struct, frozen=True):
    """One call of a room; `ended_at` is `None` while it lasts. `started_by` joined first, as far as it is known.

    `last_left_at` is when somebody left last, if anybody has.
    """

    id: SessionId
    started_at: Moment
    started_by: RawId
    role: ParticipantRole | None
    ended_at: Moment | None = None
    last_left_at: Moment | None = None


class Known(msgspec.Struct, frozen=True):
    """What is known of a session: itself, and those of its stays that last or that an observation names."""

    session: CallSession
    stays: Mapping[StayId, Stay] = {}


class Joined(msgspec.Struct, frozen=True):
    """Somebody is in a call."""

    session: SessionId
    stay: Stay


class Left(msgspec.Struct, frozen=True):
    """Somebody was in a call and has left it; the stay has its end."""

    session: SessionId
    stay: Stay


class Over(msgspec.Struct, frozen=True):
    """A call is over."""

    session: SessionId
    at: Moment


class Looked(msgspec.Struct, frozen=True):
    """The media engine was asked about a room: it has this session (`None`: none), with these people.

    `known` are the sessions and stays that were known to last before it was asked. Those of them that it does not have
    were there at `seen_at`, as far as anybody knows.
    """

    session: SessionId | None
    present: tuple[Stay, ...]
    known: Lasting
    seen_at: Moment
    still_connecting: frozenset[StayId] = frozenset()


Observation = Joined | Left | Over | Looked


class Started(msgspec.Struct, frozen=True):
    """A session is new."""

    session: CallSession


class Came(msgspec.Struct, frozen=True):
    """A stay is new."""

    session: CallSession
    stay: Stay


class Went(msgspec.Struct, frozen=True):
    """A stay has ended."""

    session: CallSession
    stay: Stay


class Ended(msgspec.Struct, frozen=True):
    """A session has ended."""

    session: CallSession


Change = Started | Came | Went | Ended


class Notice(NamedTuple):
    """What the media engine tells of a call; `None`: nothing about who is in it."""

    call: CallId
    observation: Observation | None


def stay_of(presence: Presence) -> Stay:
    """Return the stay of somebody who is in a call."""
    raw_id, name = person(presence.identity), presence.name.text
    stay = Stay(StayId(presence.connection), raw_id, presence.role, name, presence.joined_at)
    return msgspec.structs.replace(stay, device=presence.device)


def stay_of_phone(dial_out: DialOut) -> Stay | None:
    """Return the stay of a telephone whose call has ended; `None` if it was not answered, or has not ended."""
    if dial_out.answered_at is None or dial_out.is_live:
        return None
    stay = Stay(StayId(dial_out.id), phone_raw_id(dial_out.phone_number), None, "", dial_out.answered_at)
    ended = stay.ended(dial_out.since, _OF_PHONES.get(dial_out.outcome, Ending.UNKNOWN))
    return msgspec.structs.replace(ended, device=Device.TELEPHONE)


def session_of_phone(stay: Stay) -> CallSession:
    """Return the session of a telephone that was alone in a call."""
    return CallSession(SessionId(stay.id), stay.joined_at, stay.raw_id, None, stay.left_at)


def seen_until(look: Looked, seen_at: Moment) -> Looked:
    """Return the look with the time until which those who are gone were there, as far as anybody knows."""
    return msgspec.structs.replace(look, seen_at=seen_at)


def sessions_of(observation: Observation) -> set[SessionId]:
    """Return the sessions about which an observation says something."""
    if isinstance(observation, Looked):
        return {*observation.known, *([observation.session] if observation.session else [])}
    return {observation.session}


def seen_in(observation: Observation) -> tuple[Stay, ...]:
    """Return the stays that an observation names."""
    match observation:
        case Joined(_, stay) | Left(_, stay):
            return (stay,)
        case Looked():
            return observation.present
        case Over():
            return ()


def stays_of(observation: Observation) -> set[StayId]:
    """Return the ids of the stays that an observation names."""
    return {stay.id for stay in seen_in(observation)}


def with_stays(observation: Observation, stays: Mapping[StayId, Stay]) -> Observation:
    """Return the observation with other stays in the place of those with these ids."""
    match observation:
        case Joined(_, stay) | Left(_, stay):
            return msgspec.structs.replace(observation, stay=stays.get(stay.id, stay))
        case Looked():
            present = tuple([stays.get(stay.id, stay) for stay in observation.present])
            return msgspec.structs.replace(observation, present=present)
        case Over():
            return observation


def changes(history: Mapping[SessionId, Known], observation: Observation) -> Iterator[Change]:
    """Yield what an observation says that is not known yet, in the order in which it happened."""
    match observation:
        case Joined(session, stay):
            yield from _come(history.get(session), session, [stay])
        case Left(session, stay):
            yield from _leave(history.get(session), session, stay)
        case Over(session, at):
            if session in history:
                yield from _end(history[session], at)
        case Looked():
            yield from _look(history, observation)


def is_news(observation: Looked) -> bool:
    """Return whether a look may say something that was not known before it."""
    running = observation.session
    if any(session != running for session in observation.known):
        return True
    before = observation.known.get(running, frozenset()) if running else frozenset()
    present = {stay.id for stay in observation.present}
    return bool(present - before or before - present - observation.still_connecting)


def _come(before: Known | None, session_id: SessionId, stays: Iterable[Stay]) -> Iterator[Change]:
    session = before.session if before is not None else None
    for stay in sorted(stays, key=lambda stay: stay.joined_at):
        if before is not None and stay.id in before.stays:
            continue
        if session is None:
            session = CallSession(session_id, stay.joined_at, stay.raw_id, stay.role)
            yield Started(session)
        yield Came(session, stay)
        if session.ended_at is not None:
            # It is only heard of now, when the call is over; the call's end is all that is known of its own.
            yield Went(session, stay.ended(session.ended_at, Ending.UNKNOWN))


def _leave(before: Known | None, session_id: SessionId, stay: Stay) -> Iterator[Change]:
    kept = before.stays.get(stay.id) if before is not None else None
    if kept is not None and kept.left_at is not None:
        return
    session = before.session if before is not None else None
    if kept is None:
        if session is None:
            session = CallSession(session_id, stay.joined_at, stay.raw_id, stay.role)
            yield Started(session)
        yield Came(session, msgspec.structs.replace(stay, left_at=None, ending=None))
    if session is not None and stay.left_at is not None:
        yield Went(session, (kept or stay).ended(stay.left_at, stay.ending or Ending.UNKNOWN))


def _end(before: Known, at: Moment) -> Iterator[Change]:
    """End a session with those of its stays that last."""
    session = before.session
    if session.ended_at is not None:
        return
    ends = [] if session.last_left_at is None else [session.last_left_at]
    for stay in _lasting(before):
        ended = stay.ended(at, Ending.CALL_ENDED)
        ends.append(max(at, stay.joined_at))
        yield Went(session, ended)
    yield Ended(msgspec.structs.replace(session, ended_at=max(ends, default=at)))


def _look(history: Mapping[SessionId, Known], look: Looked) -> Iterator[Change]:
    for session_id in look.known:
        if session_id != look.session and session_id in history:
            yield from _end(history[session_id], look.seen_at)
    if look.session is None:
        return
    running = history.get(look.session)
    if running is not None:
        if running.session.ended_at is not None:
            # The look was taken before the end that is known.
            return
        present = {stay.id for stay in look.present} | look.still_connecting
        before = look.known.get(look.session, frozenset())
        for stay in _lasting(running):
            if stay.id in before and stay.id not in present:
                yield Went(running.session, stay.ended(look.seen_at, Ending.UNKNOWN))
    yield from _come(running, look.session, look.present)


def _lasting(before: Known) -> list[Stay]:
    lasting = [stay for stay in before.stays.values() if stay.left_at is None]
    return sorted(lasting, key=lambda stay: (stay.joined_at, stay.id))
