"""The rules of the waiting room, the changes of places, and what a person at the door is told."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain import doors, joining, telephones, waiting
from openrooms.domain.calls import GRANTS, CallId, Presence
from openrooms.domain.doors import DoorState
from openrooms.domain.enforcement import Disconnect, Seat, decide, staying
from openrooms.domain.errors import Declined, KeptOut, MustWait, NotWaiting
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.joining import Standing
from openrooms.domain.moments import DAY, HOUR, MINUTE, SECOND, Moment, after
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import RawId
from openrooms.domain.telephones import LegId
from openrooms.domain.visits import StartsWith, VisitOptions, WaitingRoom
from openrooms.domain.waiting import Awaited, Lobby, LobbyChange, Place, PlaceState

NOW = Moment(17_564_273_885_964_328)
PRESENTER, COLLABORATOR, ATTENDEE, CONSUMER = (
    ParticipantRole.PRESENTER,
    ParticipantRole.COLLABORATOR,
    ParticipantRole.ATTENDEE,
    ParticipantRole.CONSUMER,
)
BO = RawId("8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000001-0000-4000-8000-000000000000")
OFF = VisitOptions()
ATTENDEES = VisitOptions(waiting_room=WaitingRoom.ATTENDEES)
EVERYONE = VisitOptions(waiting_room=WaitingRoom.EVERYONE)
STARTS = VisitOptions(starts_with=StartsWith.PRESENTER)
BOTH = VisitOptions(waiting_room=WaitingRoom.ATTENDEES, starts_with=StartsWith.PRESENTER)

EMPTY = Lobby()
BEGUN = Lobby(NOW)
LED = Lobby(NOW, NOW)
LEFT = Lobby(NOW, after(NOW, -3 * MINUTE))
ENDED = Lobby(after(NOW, -5 * MINUTE), after(NOW, -5 * MINUTE))


def place(state: PlaceState, since: Moment = NOW, **fields: object) -> Place:
    return msgspec.structs.replace(Place(BO, state, since), **fields)


ADMITTED, KEPT = place(PlaceState.ADMITTED), place(PlaceState.KEPT_OUT)
WAITING = place(PlaceState.WAITING, held_until=after(NOW, MINUTE))
DECLINED = place(PlaceState.DECLINED, declines=1, reason="Later.")


def outcome(refusal: Exception | None) -> str:
    if isinstance(refusal, MustWait):
        return "admission" if refusal.to_admit else "presenter"
    return type(refusal).__name__ if refusal else "in"


@pytest.mark.parametrize(
    ("options", "role", "lobby", "own", "expected"),
    [
        pytest.param(OFF, CONSUMER, EMPTY, None, "in", id="nobody waits"),
        pytest.param(ATTENDEES, ATTENDEE, EMPTY, None, "presenter", id="nobody is there to admit"),
        pytest.param(ATTENDEES, CONSUMER, LED, None, "admission", id="a Presenter is there"),
        pytest.param(ATTENDEES, CONSUMER, LED, WAITING, "admission", id="waiting admits nobody"),
        pytest.param(ATTENDEES, COLLABORATOR, EMPTY, None, "in", id="Collaborators do not wait"),
        pytest.param(ATTENDEES, PRESENTER, LED, None, "in", id="Presenters do not wait"),
        pytest.param(EVERYONE, COLLABORATOR, LED, None, "admission", id="everyone waits"),
        pytest.param(EVERYONE, PRESENTER, BEGUN, None, "in", id="the first Presenter comes in"),
        pytest.param(EVERYONE, PRESENTER, LED, None, "admission", id="the second Presenter waits"),
        pytest.param(EVERYONE, PRESENTER, LEFT, None, "in", id="the Presenter has left"),
        pytest.param(STARTS, ATTENDEE, BEGUN, None, "presenter", id="not before a Presenter"),
        pytest.param(STARTS, ATTENDEE, LEFT, None, "in", id="a Presenter was there"),
        pytest.param(STARTS, ATTENDEE, ENDED, None, "presenter", id="in the call before"),
        pytest.param(STARTS, PRESENTER, EMPTY, None, "in", id="a Presenter starts it"),
        pytest.param(BOTH, ATTENDEE, BEGUN, ADMITTED, "presenter", id="admitted before a Presenter came"),
        pytest.param(BOTH, ATTENDEE, LED, ADMITTED, "in", id="admitted, and a Presenter came"),
        pytest.param(ATTENDEES, ATTENDEE, BEGUN, ADMITTED, "in", id="admitted"),
        pytest.param(ATTENDEES, ATTENDEE, ENDED, ADMITTED, "presenter", id="admitted to the call before"),
        pytest.param(ATTENDEES, ATTENDEE, EMPTY, ADMITTED, "presenter", id="admitted to a call that was ended"),
        pytest.param(OFF, PRESENTER, BEGUN, KEPT, "KeptOut", id="kept out, whatever the role"),
        pytest.param(OFF, ATTENDEE, ENDED, KEPT, "in", id="kept out of the call before"),
        pytest.param(ATTENDEES, ATTENDEE, ENDED, KEPT, "presenter", id="waits after the call before"),
        pytest.param(ATTENDEES, ATTENDEE, LED, DECLINED, "Declined", id="declined"),
        pytest.param(OFF, ATTENDEE, LED, DECLINED, "in", id="declined before the waiting room was closed"),
    ],
)
def test_who_may_come_in(options: VisitOptions, role: ParticipantRole, lobby: Lobby, own: Place | None, expected: str):
    assert outcome(waiting.refusal(options, role, lobby, own, NOW)) == expected


@pytest.mark.parametrize(("declines", "seconds"), [(1, 30), (2, 60), (3, 120), (5, 480), (6, 900), (60, 900)], ids=str)
def test_the_pause_after_declining_doubles(declines: int, seconds: int):
    declined = place(PlaceState.DECLINED, declines=declines)
    asks = after(NOW, seconds * SECOND)
    refusal = waiting.refusal(ATTENDEES, ATTENDEE, LED, declined, after(NOW, 1))
    assert isinstance(refusal, Declined)
    assert refusal.may_ask_at == asks
    assert isinstance(waiting.refusal(ATTENDEES, ATTENDEE, LED, declined, asks), MustWait)
    # They may have been declined while they were asking.
    assert waiting.ask(declined, BO, "Bo", LED, after(asks, -1), after(asks, -1)) is declined
    again = waiting.ask(declined, BO, "Bo", LED, asks, asks)
    assert (again.state, again.since, again.declines) == (PlaceState.WAITING, asks, declines)


def test_a_place_in_the_line_is_kept_for_a_while():
    asks = after(NOW, 6 * MINUTE)
    assert waiting.ask(WAITING, BO, "", LED, asks, after(WAITING.held_until, 5 * MINUTE - 1)).since == NOW
    assert waiting.ask(WAITING, BO, "", LED, asks, after(WAITING.held_until, 5 * MINUTE)).since == asks


def test_asking_again_writes_only_when_it_must():
    first = waiting.ask(None, BO, "Bo", LED, NOW, NOW)
    assert first.held_until == after(NOW, waiting.HELD_BY_REQUEST)
    soon, later = after(NOW, 10 * SECOND), after(NOW, 16 * SECOND)
    assert waiting.asked(LED, first, waiting.ask(first, BO, "", LED, soon, soon), soon) == LobbyChange(LED)
    renewed = waiting.asked(LED, first, waiting.ask(first, BO, "", LED, later, later), later)
    # Others see no difference.
    assert renewed.put
    assert renewed.lobby == LED
    assert waiting.ask(ADMITTED, BO, "", LED, NOW, NOW) is ADMITTED


def test_an_admission_begins_a_call_unless_one_goes_on():
    assert waiting.admit(LED, [WAITING], NOW).lobby == Lobby(NOW, NOW, 1)
    begun = waiting.admit(ENDED, [WAITING], NOW)
    assert begun.lobby == Lobby(NOW, None, 1)
    assert begun.ends_call
    assert waiting.admit(LED, [ADMITTED], NOW) == LobbyChange(LED)


def test_only_people_who_wait_are_declined():
    for own in (None, ADMITTED, KEPT):
        with pytest.raises(NotWaiting):
            waiting.decline(LED, own, "", NOW)
    assert waiting.decline(LED, DECLINED, "", NOW) == LobbyChange(LED)
    [declined] = waiting.decline(LED, WAITING, "Later.", NOW).put
    assert (declined.state, declined.reason, declined.declines) == (PlaceState.DECLINED, "Later.", 1)


def test_people_in_the_call_need_no_admission_to_come_back():
    change = waiting.note_presence(BEGUN, {BO: ATTENDEE}, [WAITING], NOW)
    assert [kept.state for kept in change.put] == [PlaceState.ADMITTED]
    assert waiting.note_presence(BEGUN, {BO: ATTENDEE}, [KEPT], NOW).put == ()
    assert change.lobby.presenter_at is None
    led = waiting.note_presence(BEGUN, {BO: PRESENTER}, [ADMITTED], after(NOW, MINUTE))
    assert led.lobby == Lobby(after(NOW, MINUTE), after(NOW, MINUTE), 1)
    # Only the time has changed, which nobody needs to be told.
    assert waiting.note_presence(LED, {BO: PRESENTER}, [ADMITTED], after(NOW, MINUTE)).lobby.revision == 0


# In the call


CALL = CallId(ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767"), RoomId("99400000000000001"))


def seat(number: int, role: ParticipantRole, options: VisitOptions, lobby: Lobby, own: Place | None = None) -> Seat:
    raw_id = RawId(f"{BO[:-1]}{number}")
    room = Room(CALL.room, NOW, after(NOW, -HOUR), after(NOW, DAY), options=options)
    standing = Standing(room, role, User(raw_id, NOW), lobby=lobby, place=own)
    return Seat(Presence(CALL, raw_id, role, GRANTS[role], 0), standing)


@pytest.mark.parametrize(
    ("seats", "disconnected"),
    [
        pytest.param([seat(1, ATTENDEE, ATTENDEES, LED)], [1], id="nobody admitted them"),
        pytest.param([seat(1, ATTENDEE, ATTENDEES, LED, ADMITTED)], [], id="admitted"),
        pytest.param([seat(1, ATTENDEE, ATTENDEES, ENDED, ADMITTED)], [], id="admitted, while the service was away"),
        pytest.param([seat(1, ATTENDEE, OFF, ENDED, KEPT)], [1], id="kept out, while the service was away"),
        pytest.param(
            [seat(1, ATTENDEE, STARTS, EMPTY), seat(2, PRESENTER, STARTS, EMPTY)], [], id="a Presenter is there"
        ),
        pytest.param([seat(1, ATTENDEE, STARTS, EMPTY)], [1], id="no Presenter is there"),
        pytest.param([seat(1, PRESENTER, EVERYONE, EMPTY)], [], id="the first Presenter"),
        pytest.param(
            [seat(1, PRESENTER, EVERYONE, LED, ADMITTED), seat(2, PRESENTER, EVERYONE, LED)], [2], id="the second one"
        ),
    ],
)
def test_who_may_stay(seats: list[Seat], disconnected: list[int]):
    actions = list(decide({CALL: seats[0].standing.room}, {CALL: None}, seats, NOW))
    assert [action.identity[-1] for action in actions if isinstance(action, Disconnect)] == list(map(str, disconnected))
    kept = {raw_id[-1] for people in staying(seats, NOW).values() for raw_id in people}
    assert kept == {one.presence.identity[-1] for one in seats} - set(map(str, disconnected))


def test_a_telephone_keeps_no_call_going():
    present = [seat(2, COLLABORATOR, ATTENDEES, ENDED).presence]
    phone = msgspec.structs.replace(present[0], identity=telephones.leg_identity(LegId("1")), role=None)
    standing = seat(1, ATTENDEE, ATTENDEES, ENDED, ADMITTED).standing
    for others, is_let_in in ([], False), ([phone], False), (present, True), ([phone, *present], True):
        beside = joining.beside(standing, BO, others, NOW)
        assert all(verdict.refusal is None for verdict in joining.verdicts(beside, NOW)) == is_let_in


def test_the_last_presenter_leaves():
    later = after(NOW, SECOND)
    assert waiting.has_presenter(LED, later)
    assert not waiting.is_stale(LED, has_presenter_now=True, now=later)
    # Another Presenter would wait for them, so it is kept, and told, at once.
    assert waiting.is_stale(LED, has_presenter_now=False, now=later)
    left = waiting.note_presence(LED, {BO: ATTENDEE}, [ADMITTED], later).lobby
    assert (waiting.has_presenter(left, later), waiting.has_started(left, later), left.revision) == (False, True, 1)
    assert not waiting.is_stale(left, has_presenter_now=False, now=later)


def test_a_presenter_does_not_wait_before_an_empty_call():
    standing = seat(1, PRESENTER, EVERYONE, LED).standing
    left = joining.beside(standing, standing.user.raw_id, [], NOW)
    assert waiting.refusal(EVERYONE, PRESENTER, left.lobby, None, NOW) is None
    # The call still goes on for those who come back to it.
    assert (left.lobby.seen_at, waiting.has_started(left.lobby, NOW)) == (NOW, True)
    assert waiting.observed(ENDED, [], NOW) == ENDED


# What a person is told


@pytest.mark.parametrize(
    ("options", "lobby", "own", "expected"),
    [
        pytest.param(OFF, EMPTY, None, (DoorState.ADMITTED, None), id="need not wait"),
        pytest.param(ATTENDEES, EMPTY, None, (DoorState.ASKING, Awaited.PRESENTER), id="has not asked"),
        pytest.param(ATTENDEES, LED, WAITING, (DoorState.WAITING, Awaited.ADMISSION), id="waits"),
        pytest.param(BOTH, BEGUN, ADMITTED, (DoorState.WAITING, Awaited.PRESENTER), id="admitted too early"),
        pytest.param(ATTENDEES, LED, ADMITTED, (DoorState.ADMITTED, None), id="admitted"),
        pytest.param(ATTENDEES, ENDED, ADMITTED, (DoorState.ASKING, Awaited.PRESENTER), id="the call has ended"),
        pytest.param(ATTENDEES, LED, KEPT, (DoorState.REMOVED, None), id="kept out"),
        pytest.param(ATTENDEES, LED, DECLINED, (DoorState.DECLINED, None), id="declined"),
    ],
)
def test_what_a_person_is_told(options, lobby, own, expected):
    standing = seat(1, ATTENDEE, options, lobby, own).standing
    door = doors.door(standing, 0, NOW, NOW)
    assert (door.state, door.awaits) == expected
    assert not door.is_final


def test_whoever_has_no_right_is_told_the_last_time():
    standing = seat(1, ATTENDEE, OFF, EMPTY).standing
    for lacking in ({"role": None}, {"room": None}, {"user": None}):
        door = doors.door(msgspec.structs.replace(standing, **lacking), 0, NOW, NOW)
        assert door.state is DoorState.CLOSED
        assert door.is_final
    closed = doors.door(standing, 0, after(NOW, 2 * DAY), NOW)
    assert (closed.state, closed.is_final) == (DoorState.CLOSED, False)


# Laws


lobbies = st.sampled_from([EMPTY, BEGUN, LED, LEFT, ENDED])
options_ = st.builds(VisitOptions, waiting_room=st.sampled_from(WaitingRoom), starts_with=st.sampled_from(StartsWith))
roles = st.sampled_from(ParticipantRole)
places = st.sampled_from([None, WAITING, ADMITTED, KEPT, DECLINED])


@given(options_, roles, lobbies, places)
def test_an_admission_lets_in_once_the_call_has_started(options, role, lobby, own):
    own = own or WAITING
    [admitted] = waiting.admit(lobby, [own], NOW).put or (own,)
    led = waiting.observed(waiting.admit(lobby, [own], NOW).lobby, [PRESENTER], NOW)
    assert waiting.refusal(options, role, led, admitted, NOW) is None


@given(options_, roles, lobbies, places)
def test_keeping_out_holds_until_the_call_ends(options, role, lobby, own):
    change = waiting.keep_out(lobby, own, BO, NOW)
    kept = change.put[0] if change.put else own
    assert isinstance(waiting.refusal(options, role, change.lobby, kept, NOW), KeptOut)
    assert not isinstance(waiting.refusal(options, role, waiting.end_call(change.lobby).lobby, kept, NOW), KeptOut)


decisions = st.sampled_from(
    [
        lambda lobby, own: waiting.asked(lobby, own, waiting.ask(own, BO, "Bo", lobby, NOW, NOW), NOW),
        lambda lobby, own: waiting.admit(lobby, [own or WAITING], NOW),
        lambda lobby, _: waiting.decline(lobby, WAITING, "", NOW),
        lambda lobby, own: waiting.keep_out(lobby, own, BO, NOW),
        lambda lobby, own: waiting.note_presence(lobby, {BO: ATTENDEE}, [own] if own else [], NOW),
        lambda lobby, own: waiting.note_presence(lobby, {BO: PRESENTER}, [own] if own else [], NOW),
        lambda lobby, own: waiting.keep_present(lobby, {BO: ATTENDEE}, [own] if own else [], NOW),
        lambda lobby, _: waiting.end_call(lobby),
        lambda lobby, _: waiting.end_if_over(lobby, NOW),
    ]
)


@given(options_, roles, lobbies, places, places, decisions)
def test_a_change_alters_no_door_beyond_its_reach(options, role, lobby, own, others, decide_):
    change = decide_(lobby, own)
    reached = doors.reach(lobby, change, NOW)
    if reached.people is None or change.lobby.revision == lobby.revision:
        return
    assert set(reached.people) <= {BO}
    before = seat(1, role, options, lobby, others).standing
    after_ = msgspec.structs.replace(before, lobby=change.lobby)
    states = [doors.door(standing, 0, NOW, NOW) for standing in (before, after_)]
    assert [(door.state, door.awaits) for door in states] == [(states[0].state, states[0].awaits)] * 2


@given(options_, roles, lobbies, places)
def test_whoever_may_come_in_may_stay(options, role, lobby, own):
    present = seat(1, role, options, lobby, own)
    if waiting.refusal(options, role, lobby, own, NOW) is None and waiting.decision(own, lobby, NOW) is not None:
        actions = decide({CALL: present.standing.room}, {CALL: None}, [present], NOW)
        assert not [action for action in actions if isinstance(action, Disconnect)]
