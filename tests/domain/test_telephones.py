"""Telephones: which numbers may be called, by whom and how often, and how a dial-out goes on."""

from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.calls import GRANTS, CallId, exceeds
from openrooms.domain.errors import (
    DialOutOff,
    DialOutTooLong,
    InvalidArgument,
    NoSuchRoom,
    NotDialled,
    NumberInCall,
    NumberNotAllowed,
    OutsideWindow,
    TooManyDialOuts,
    TooManyPhones,
)
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.telephones import (
    PHONE_GRANTS,
    DialOut,
    LegEvent,
    LegId,
    LegState,
    Limits,
    Outcome,
    PhoneNumber,
    Traffic,
    apply,
    begin,
    check_dial_out,
    check_limits,
    check_prefix,
    check_stays,
    end,
    give_up,
    hold,
    is_phone,
    leg_identity,
    leg_of,
    parse_digits,
    parse_number,
    phone_raw_id,
)

NINE, TEN = Moment(9 * 3600 * SECOND), Moment(10 * 3600 * SECOND)
ROOM = Room(RoomId("99400000000000001"), Moment(0), NINE, TEN, pstn_dial_out_enabled=True)
CLOSED_TO_PHONES = msgspec.structs.replace(ROOM, pstn_dial_out_enabled=False)
CALL = CallId(ResourceId("6f0f4f4e-0000-4000-8000-000000000001"), ROOM.id)
LEG = LegId("0123456789abcdef" * 2)
NUMBER = PhoneNumber("+15551234567")
DIALING = begin(LEG, CALL, NUMBER, "", "process", after(NINE, 15 * SECOND), Limits(longest_seconds=600), NINE)


@pytest.mark.parametrize("number", ["+1555010", "+15551234567", "+493012345678", "+999999999999999"])
def test_e164_numbers_are_dialled(number):
    assert parse_number(number) == number


@pytest.mark.parametrize(
    "number",
    [
        "",
        "+",
        "15551234567",
        "+155501",
        "+0123456789",
        "+1234567890123456",
        "+1555a1234",
        "+1 555 123 4567",
        "+15551234567\n",
        "sip:+15551234567@example.org",
        "+\u0661\u0665\u0665\u0665\u0660\u0661\u0660\u0660",
    ],
)
def test_other_texts_are_not_dialled(number):
    with pytest.raises(InvalidArgument, match="telephone number"):
        parse_number(number)


@pytest.mark.parametrize(
    ("room", "now", "refusal"),
    [
        (ROOM, NINE, None),
        (ROOM, Moment(TEN - 1), None),
        (ROOM, TEN, OutsideWindow),
        (ROOM, Moment(NINE - 1), OutsideWindow),
        (CLOSED_TO_PHONES, NINE, DialOutOff),
        (CLOSED_TO_PHONES, TEN, DialOutOff),
    ],
)
def test_the_room_must_be_open_and_allow_telephones(room, now, refusal):
    if refusal is None:
        check_dial_out(room, now)
    else:
        with pytest.raises(refusal):
            check_dial_out(room, now)


@pytest.mark.parametrize(
    ("prefixes", "number", "is_allowed"),
    [
        ((), "+15551234567", False),
        (("+",), "+15551234567", True),
        (("+1",), "+15551234567", True),
        (("+49", "+1"), "+15551234567", True),
        (("+49",), "+15551234567", False),
        (("+1555",), "+15561234567", False),
    ],
)
def test_only_numbers_with_an_allowed_prefix(prefixes, number, is_allowed):
    limits = Limits(prefixes=prefixes)
    if is_allowed:
        check_prefix(PhoneNumber(number), limits)
    else:
        with pytest.raises(NumberNotAllowed, match="--sip-allow"):
            check_prefix(PhoneNumber(number), limits)


LIMITS = Limits(legs_per_room=2, legs_per_resource=3, per_minute_and_person=2, per_minute_and_resource=4)


@pytest.mark.parametrize(
    ("traffic", "refusal"),
    [
        (Traffic(), None),
        (Traffic(frozenset({"+15550000001"}), 2, 3, 1), None),
        (Traffic(frozenset({NUMBER})), NumberInCall),
        (Traffic(frozenset({"+15550000001", "+15550000002"})), TooManyPhones),
        (Traffic(live=3), TooManyPhones),
        (Traffic(lately_by_person=2), TooManyDialOuts),
        (Traffic(lately=4), TooManyDialOuts),
    ],
)
def test_each_limit(traffic, refusal):
    if refusal is None:
        check_limits(NUMBER, "8:acs:ada", traffic, LIMITS)
    else:
        with pytest.raises(refusal):
            check_limits(NUMBER, "8:acs:ada", traffic, LIMITS)


def test_the_operator_has_no_limit_of_a_person():
    check_limits(NUMBER, "", Traffic(lately_by_person=3, lately=3), LIMITS)


@pytest.mark.parametrize(
    ("dial_out", "room", "now", "refusal"),
    [
        (DIALING, ROOM, NINE, None),
        (DIALING, ROOM, Moment(NINE + 600 * SECOND - 1), None),
        (DIALING, ROOM, after(NINE, 600 * SECOND), DialOutTooLong),
        (DIALING, ROOM, TEN, OutsideWindow),
        (DIALING, CLOSED_TO_PHONES, NINE, DialOutOff),
        (DIALING, None, NINE, NoSuchRoom),
        (None, ROOM, NINE, NotDialled),
        (end(DIALING, Outcome.REMOVED, NINE), ROOM, NINE, NotDialled),
    ],
)
def test_who_stays(dial_out, room, now, refusal):
    if refusal is None:
        check_stays(dial_out, room, now)
    else:
        with pytest.raises(refusal):
            check_stays(dial_out, room, now)


@pytest.mark.parametrize(
    ("state", "event", "expected"),
    [
        (LegState.DIALING, LegState.DIALING, LegState.DIALING),
        (LegState.DIALING, LegState.RINGING, LegState.RINGING),
        (LegState.DIALING, LegState.IN_CALL, LegState.IN_CALL),
        (LegState.RINGING, LegState.DIALING, LegState.RINGING),
        (LegState.RINGING, LegState.IN_CALL, LegState.IN_CALL),
        (LegState.IN_CALL, LegState.RINGING, LegState.IN_CALL),
        (LegState.ENDED, LegState.IN_CALL, LegState.ENDED),
        *product(LegState, [LegState.ENDED], [LegState.ENDED]),
    ],
)
def test_no_event_leads_back(state, event, expected):
    before = msgspec.structs.replace(DIALING, state=state)
    assert apply(before, LegEvent(LEG, event, Outcome.BUSY), TEN).state is expected


def test_a_dial_out_that_nobody_holds_has_failed():
    assert give_up(DIALING, Moment(DIALING.held_until - 1), TEN) == DIALING
    lost = give_up(DIALING, DIALING.held_until, TEN)
    assert (lost.state, lost.outcome, lost.since) == (LegState.ENDED, Outcome.FAILED, TEN)


def test_an_ended_dial_out_is_not_held():
    assert hold(DIALING, TEN).held_until == TEN
    ended = end(DIALING, Outcome.BUSY, NINE)
    assert hold(ended, TEN) == give_up(ended, TEN, TEN) == ended


events = st.builds(
    LegEvent, st.just(LEG), st.sampled_from(LegState), st.none() | st.sampled_from(Outcome), st.none() | st.just(486)
)


@given(st.lists(events), events)
def test_only_the_first_end_counts(past, last):
    """An ended dial-out has an outcome, and nothing changes it any more."""
    dial_out: DialOut = DIALING
    for number, event in enumerate(past):
        dial_out = apply(dial_out, event, after(NINE, number))
    assert (dial_out.outcome is not None) is (dial_out.state is LegState.ENDED) is (not dial_out.is_live)
    if not dial_out.is_live:
        assert apply(dial_out, last, TEN) == end(dial_out, Outcome.FAILED, TEN) == dial_out


@given(st.lists(events))
def test_an_answer_is_remembered(past):
    dial_out = DIALING
    for event in past:
        dial_out = apply(dial_out, event, TEN)
    answered = any(
        event.state is LegState.IN_CALL and LegState.ENDED not in {earlier.state for earlier in past[:number]}
        for number, event in enumerate(past)
    )
    assert (dial_out.answered_at is not None) is answered


@given(st.uuids())
def test_a_leg_is_found_by_its_identity(made):
    """The identity does not show the number."""
    identity = leg_identity(LegId(made.hex))
    assert leg_of(identity) == made.hex
    assert is_phone(identity)


@pytest.mark.parametrize("identity", ["", "4:", "4:anonymous", f"4:anonymous_{LEG}0", phone_raw_id(NUMBER), "8:x_y"])
def test_other_identities_are_not_legs(identity):
    assert leg_of(identity) is None


def test_a_phone_may_less_than_an_attendee():
    assert not exceeds(PHONE_GRANTS, GRANTS[ParticipantRole.ATTENDEE])
    assert not PHONE_GRANTS.data


@pytest.mark.parametrize(("text", "digits"), [("1", "1"), ("*#09", "*#09"), ("abcd", "ABCD"), ("1" * 32, "1" * 32)])
def test_digits(text, digits):
    assert parse_digits(text) == digits


@pytest.mark.parametrize("text", ["", "1" * 33, "1 2", "E", "1\n", "\u0661"])
def test_bad_digits_are_not_repeated(text):
    with pytest.raises(InvalidArgument) as refused:
        parse_digits(text)
    assert str(refused.value) == "digits takes 1 to 32 of 0-9, *, #, A, B, C and D."
