"""The history of presences: the same whatever was observed, in whatever order, however often."""

import random
from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from openrooms.domain.moments import SECOND, Moment
from openrooms.domain.presence import (
    CallSession,
    Came,
    Change,
    Ended,
    Ending,
    Joined,
    Known,
    Left,
    Looked,
    Observation,
    Over,
    SessionId,
    Started,
    Stay,
    StayId,
    Went,
    changes,
    is_news,
    sessions_of,
    stays_of,
)
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.roster import RawId

ATTENDEE = ParticipantRole.ATTENDEE
NOW = Moment(17_564_273_885_964_328)


def at(second: float) -> Moment:
    return Moment(NOW + round(second * SECOND))


def stay(number: int, joined: float = 0, left: float | None = None) -> Stay:
    end = {} if left is None else {"left_at": at(left), "ending": Ending.LEFT}
    return Stay(StayId(f"PA_{number}"), RawId(f"8:acs:{number}"), ATTENDEE, f"Person {number}", at(joined), **end)


class History:
    """What is kept, as the database keeps it, and the changes in the order in which they were kept."""

    def __init__(self) -> None:
        self.sessions: dict[SessionId, CallSession] = {}
        self.stays: dict[SessionId, dict[StayId, Stay]] = {}
        self.told: list[Change] = []

    def lasting(self) -> dict[SessionId, frozenset[StayId]]:
        return {
            session.id: frozenset(stay.id for stay in self.stays[session.id].values() if stay.left_at is None)
            for session in self.sessions.values()
            if session.ended_at is None
        }

    def take(self, observation: Observation) -> None:
        named = stays_of(observation)
        asked_about = {*sessions_of(observation), *self.lasting()}
        view = {
            session_id: Known(
                self.sessions[session_id],
                {stay.id: stay for stay in self.stays[session_id].values() if stay.left_at is None or stay.id in named},
            )
            for session_id in asked_about
            if session_id in self.sessions
        }
        for change in changes(view, observation):
            self._keep(change)

    def _keep(self, change: Change) -> None:
        session = change.session
        match change:
            case Started():
                assert session.id not in self.sessions
                self.sessions[session.id], self.stays[session.id] = session, {}
            case Came(_, came):
                assert came.id not in self.stays[session.id]
                self.stays[session.id][came.id] = came
            case Went(_, went):
                assert self.stays[session.id][went.id].left_at is None
                self.stays[session.id][went.id] = went
                kept = self.sessions[session.id]
                last = max(kept.last_left_at or went.left_at, went.left_at)
                self.sessions[session.id] = CallSession(
                    kept.id, kept.started_at, kept.started_by, kept.role, kept.ended_at, last
                )
            case Ended():
                assert self.sessions[session.id].ended_at is None
                self.sessions[session.id] = session
        self.told.append(change)


def kinds(history: History) -> list[str]:
    return [type(change).__name__ for change in history.told]


RUNNING = SessionId("RM_1")


def test_a_plain_call() -> None:
    history = History()
    for observation in (
        Joined(RUNNING, stay(1, 0)),
        Joined(RUNNING, stay(2, 1)),
        Left(RUNNING, stay(2, 1, 5)),
        Left(RUNNING, stay(1, 0, 9)),
        Over(RUNNING, at(29)),
    ):
        history.take(observation)
    assert kinds(history) == ["Started", "Came", "Came", "Went", "Went", "Ended"]
    assert history.sessions[RUNNING] == CallSession(RUNNING, at(0), RawId("8:acs:1"), ATTENDEE, at(9), at(9))


def test_a_stay_that_was_not_heard_of_is_found_by_a_look() -> None:
    history = History()
    history.take(Looked(RUNNING, (stay(2, 3), stay(1, 2)), {}, at(0)))
    history.take(Looked(RUNNING, (stay(2, 3),), history.lasting(), at(7)))
    history.take(Looked(None, (), history.lasting(), at(8)))
    assert kinds(history) == ["Started", "Came", "Came", "Went", "Went", "Ended"]
    assert history.sessions[RUNNING].started_by == "8:acs:1"
    assert [kept.left_at for kept in history.stays[RUNNING].values()] == [at(7), at(8)]
    assert history.sessions[RUNNING].ended_at == at(8)


def test_a_look_closes_nothing_that_was_not_known_before_it() -> None:
    history = History()
    before = history.lasting()
    history.take(Joined(RUNNING, stay(1)))
    history.take(Looked(None, (), before, at(0)))
    history.take(Looked(RUNNING, (), before, at(0)))
    assert kinds(history) == ["Started", "Came"]


def test_an_old_look_does_not_bring_back_what_ended() -> None:
    history = History()
    history.take(Joined(RUNNING, stay(1)))
    look = Looked(RUNNING, (stay(1), stay(2)), history.lasting(), at(0))
    history.take(Left(RUNNING, stay(1, 0, 4)))
    history.take(Over(RUNNING, at(5)))
    count = len(history.told)
    history.take(look)
    assert history.told[count:] == []


def test_somebody_who_is_still_connecting_has_not_left() -> None:
    history = History()
    history.take(Joined(RUNNING, stay(1)))
    history.take(Looked(RUNNING, (), history.lasting(), at(1), still_connecting=frozenset({StayId("PA_1")})))
    assert kinds(history) == ["Started", "Came"]


def test_a_stay_that_is_heard_of_after_the_call_is_recorded() -> None:
    history = History()
    for observation in (Joined(RUNNING, stay(1, 0)), Over(RUNNING, at(9)), Joined(RUNNING, stay(2, 3))):
        history.take(observation)
    assert kinds(history) == ["Started", "Came", "Went", "Ended", "Came", "Went"]
    assert history.stays[RUNNING][StayId("PA_2")].left_at == at(9)


def test_a_look_without_news_is_not_worth_a_write() -> None:
    before = {RUNNING: frozenset({StayId("PA_1")})}
    assert not is_news(Looked(RUNNING, (stay(1),), before, NOW))
    assert not is_news(Looked(RUNNING, (), before, NOW, frozenset({StayId("PA_1")})))
    assert not is_news(Looked(None, (), {}, NOW))
    assert is_news(Looked(RUNNING, (), before, NOW))
    assert is_news(Looked(None, (), before, NOW))
    assert is_news(Looked(RUNNING, (stay(1), stay(2)), before, NOW))
    assert is_news(Looked(SessionId("RM_2"), (stay(1),), before, NOW))


# The law: whatever was observed, the history is that of what happened.


class Truth(NamedTuple):
    """A call as it was: who was in it from when to when."""

    session: SessionId
    stays: tuple[Stay, ...]

    @property
    def end(self) -> Moment:
        return max(stay.left_at for stay in self.stays)


@st.composite
def truths(draw: st.DrawFn) -> list[Truth]:
    """Draw calls of one room, one after the other, each with the stays of some people."""
    found, number, second = [], 0, 0
    for place in range(draw(st.integers(1, 3))):
        stays = []
        for _ in range(draw(st.integers(1, 4))):
            number += 1
            joined = second + draw(st.integers(0, 9))
            stays.append(stay(number, joined, joined + draw(st.integers(1, 9))))
        found.append(Truth(SessionId(f"RM_{place}"), tuple(stays)))
        second += 60
    return found


def observed(truth: list[Truth]) -> Iterator[tuple[Moment, Observation]]:
    """Yield the notices that the media engine sends, each with its time."""
    for session, stays in truth:
        for kept in stays:
            yield kept.joined_at, Joined(session, replace(kept, left_at=None, ending=None))
            yield kept.left_at, Left(session, kept)
        over = Moment(max(one.left_at for one in stays) + 20 * SECOND)
        yield over, Over(session, over)


def look_at(truth: list[Truth], history: History, now: Moment, seen_at: Moment) -> Looked:
    """Return what the engine answers now."""
    for session, stays in truth:
        first, last = min(one.joined_at for one in stays), max(one.left_at for one in stays)
        if first <= now < last + 20 * SECOND:
            present = tuple(
                replace(kept, left_at=None, ending=None) for kept in stays if kept.joined_at <= now < kept.left_at
            )
            return Looked(session, present, history.lasting(), seen_at)
    return Looked(None, (), history.lasting(), seen_at)


@given(truth=truths(), seed=st.integers(0, 2**32), lost=st.floats(0, 1), passes=st.booleans())
def test_any_observations_give_the_same_history(truth: list[Truth], seed: int, lost: float, passes: bool) -> None:
    """Notices are lost, doubled and come late; looks are taken now and then, and some are processed late."""
    chance = random.Random(seed)
    steps: list[tuple[Moment, Observation | None]] = list(observed(truth))
    if passes:
        steps = [(Moment(when + chance.randrange(30) * SECOND), notice) for when, notice in steps]
        steps = [step for step in steps if chance.random() >= lost]
    steps += [step for step in steps if chance.random() < 0.3]
    if passes:
        steps += [(at(second), None) for second in chance.sample(range(300), 80)]
    history, seen_at, waiting = History(), NOW, []
    for when, notice in sorted(steps, key=lambda step: step[0]):
        if notice is not None:
            history.take(notice)
            continue
        waiting.append(look_at(truth, history, when, seen_at))
        seen_at = when
        # Sometimes another process is slower, and its older look is processed later.
        if chance.random() < 0.7:
            for look in chance.sample(waiting, len(waiting)):
                history.take(look)
            waiting = []
    for look in waiting:
        history.take(look)
    history.take(look_at(truth, history, at(500), seen_at))
    check(history, truth, everything=not passes)


def check(history: History, truth: list[Truth], everything: bool) -> None:
    """Check that each thing was told once and in order; `everything`: and nothing is missing."""
    happened = {one.id: (call.session, one) for call in truth for one in call.stays}
    began: set[object] = set()
    ended: set[object] = set()
    for change in history.told:
        match change:
            case Started(session):
                assert session.id not in began
                began.add(session.id)
            case Came(session, came):
                assert session.id in began
                assert came.id not in began
                began.add(came.id)
                assert happened[came.id][0] == session.id
                assert came.joined_at == happened[came.id][1].joined_at
            case Went(session, went):
                assert went.id in began
                assert went.id not in ended
                ended.add(went.id)
                # Never later than it was, unless only the call's end is known.
                assert went.joined_at <= went.left_at
                if went.ending is Ending.LEFT:
                    assert went.left_at == happened[went.id][1].left_at
            case Ended(session):
                assert session.id in began
                assert session.id not in ended
                ended.add(session.id)
    # Everything that began has ended, because the calls are over.
    assert ended == began
    if everything:
        assert began == {*happened, *(call.session for call in truth)}
