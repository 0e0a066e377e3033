"""Telephones in calls: who may call which number, and how a dial-out goes on and ends.

A *dial-out* is one telephone call into the call of a room, from the request to its end; its *leg* is the connection
that carries it. In the call, a leg has the identity of a caller who withholds the number, because everyone in a call
sees the identities of the others.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NewType

import msgspec

from openrooms.domain.calls import CallId, Grants, Presence, Source
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
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, is_open
from openrooms.domain.roster import RawId

LegId = NewType("LegId", str)
"""Identifies a dial-out and its leg: 32 hexadecimal digits, unguessable."""

PhoneNumber = NewType("PhoneNumber", str)
"""A telephone number in E.164 form, such as `+15551234567`."""

PHONE_GRANTS = Grants(frozenset({Source.MICROPHONE}))
"""What a telephone may do in a call: speak and listen."""

SHOWN_FOR = 3600 * SECOND
"""How long a dial-out is kept after its end."""

_PHONE = "4:"
_LEG = "4:anonymous_"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LEG_ID = re.compile(r"[0-9a-f]{32}")
_DIGITS = re.compile(r"[0-9*#A-D]{1,32}")


class LegState(StrEnum):
    """How far a dial-out has come; the states follow each other in this order, and some may be skipped."""

    DIALING = "dialing"
    RINGING = "ringing"
    IN_CALL = "inCall"
    ENDED = "ended"


_ORDER: Mapping[LegState, int] = {state: place for place, state in enumerate(LegState)}


class Outcome(StrEnum):
    """Why a dial-out ended: `hungUp` by the telephone, `removed` by a person, `closed` by a rule of the room."""

    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "noAnswer"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    HUNG_UP = "hungUp"
    REMOVED = "removed"
    CLOSED = "closed"


class LegEvent(msgspec.Struct, frozen=True):
    """A change of a leg: its new state, and at the end the outcome; `sip_status` is the network's answer, if any."""

    leg_id: LegId
    state: LegState
    outcome: Outcome | None = None
    sip_status: int | None = None


class DialOut(msgspec.Struct, frozen=True):
    """A dial-out as kept.

    `asked_by` is a raw id, or "" for the operator. The process `owner` has the leg; unless it renews `held_until`, the
    leg counts as lost. At `hang_up_at` the longest call ends. `since` is when the state began.
    """

    id: LegId
    call: CallId
    phone_number: PhoneNumber
    asked_by: str
    asked_at: Moment
    hang_up_at: Moment
    owner: str
    held_until: Moment
    state: LegState
    since: Moment
    answered_at: Moment | None = None
    outcome: Outcome | None = None
    sip_status: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether the dial-out has not ended."""
        return self.state is not LegState.ENDED


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What protects the operator from the cost of dialling out.

    Only numbers that begin with one of the `prefixes` are called; `+` allows all, and without prefixes nothing is
    called.
    """

    prefixes: tuple[str, ...] = ()
    legs_per_room: int = 10
    legs_per_resource: int = 50
    per_minute_and_person: int = 10
    per_minute_and_resource: int = 60
    longest_seconds: int = 4 * 3600
    ringing_seconds: int = 45


class Traffic(msgspec.Struct, frozen=True):
    """What limits a new dial-out: the numbers that are live in its call, the live dial-outs of the resource, and those
    that the resource and the person asked for in the last minute.
    """

    numbers: frozenset[str] = frozenset()
    live: int = 0
    lately: int = 0
    lately_by_person: int = 0


def leg_identity(leg_id: LegId) -> RawId:
    """Return the identity of a leg in its call, in the form of a raw id of Azure's."""
    return RawId(f"{_LEG}{leg_id}")


def leg_of(identity: str) -> LegId | None:
    """Return the leg with this identity, `None` if it is not one of ours."""
    leg_id = identity.removeprefix(_LEG)
    return LegId(leg_id) if leg_id != identity and _LEG_ID.fullmatch(leg_id) else None


def people(presences: Iterable[Presence]) -> list[Presence]:
    """Return the presences that are not telephones; a leg is in LiveKit's room even while it rings."""
    return [presence for presence in presences if not is_phone(presence.identity)]


def is_phone(identity: str) -> bool:
    """Return whether an identity is a telephone's, ours or not."""
    return identity.startswith(_PHONE)


def phone_raw_id(number: str) -> RawId:
    """Return the raw id of a telephone number, as Azure spells it."""
    return RawId(f"{_PHONE}{number}")


def may_see_numbers(role: ParticipantRole | None) -> bool:
    """Return whether a role, or the operator (`None`), sees whole numbers."""
    return role in {None, ParticipantRole.PRESENTER, ParticipantRole.COLLABORATOR}


def parse_number(text: str) -> PhoneNumber:
    """Return the number; raise `InvalidArgument` unless it is in E.164 form, with at least 7 digits."""
    if not _E164.fullmatch(text):
        raise InvalidArgument("phoneNumber", f"{text[:32]!r} is not a telephone number such as +15551234567.")
    return PhoneNumber(text)


def parse_digits(text: str) -> str:
    """Return the digits to send; raise `InvalidArgument`, which does not repeat them: they may be secret."""
    if not _DIGITS.fullmatch(text.upper()):
        raise InvalidArgument("digits", "digits takes 1 to 32 of 0-9, *, #, A, B, C and D.")
    return text.upper()


def check_dial_out(room: Room, now: Moment) -> None:
    """Raise `DialOutOff` or `OutsideWindow` unless telephones may be in the room's call now."""
    if not room.pstn_dial_out_enabled:
        raise DialOutOff
    if not is_open(room, now):
        raise OutsideWindow(room.valid_from, room.valid_until, early=now < room.valid_from)


def check_limits(number: PhoneNumber, asked_by: str, traffic: Traffic, limits: Limits) -> None:
    """Raise `NumberInCall`, `TooManyPhones` or `TooManyDialOuts` unless one more dial-out is allowed.

    The operator, whose service may dial out for many people, has no limit of a person.
    """
    if number in traffic.numbers:
        raise NumberInCall(number)
    if len(traffic.numbers) >= limits.legs_per_room:
        raise TooManyPhones("room", limits.legs_per_room)
    if traffic.live >= limits.legs_per_resource:
        raise TooManyPhones("resource", limits.legs_per_resource)
    if asked_by and traffic.lately_by_person >= limits.per_minute_and_person:
        raise TooManyDialOuts("person", limits.per_minute_and_person)
    if traffic.lately >= limits.per_minute_and_resource:
        raise TooManyDialOuts("resource", limits.per_minute_and_resource)


def check_prefix(number: PhoneNumber, limits: Limits) -> None:
    """Raise `NumberNotAllowed` unless the operator allows a prefix of the number."""
    if not number.startswith(limits.prefixes):
        raise NumberNotAllowed(number)


def check_stays(dial_out: DialOut | None, room: Room | None, now: Moment) -> Room:
    """Return the room, or raise the reason why a telephone may not be in its call now.

    `dial_out` is what explains the telephone, if anything.
    """
    if room is None:
        raise NoSuchRoom
    if dial_out is None or not dial_out.is_live:
        raise NotDialled
    check_dial_out(room, now)
    if now >= dial_out.hang_up_at:
        raise DialOutTooLong
    return room


def begin(
    leg_id: LegId,
    call: CallId,
    number: PhoneNumber,
    asked_by: str,
    owner: str,
    held_until: Moment,
    limits: Limits,
    now: Moment,
) -> DialOut:
    """Return a new dial-out, which `owner` holds for now."""
    return DialOut(
        leg_id,
        call,
        number,
        asked_by,
        now,
        after(now, limits.longest_seconds * SECOND),
        owner,
        held_until,
        LegState.DIALING,
        now,
    )


def apply(dial_out: DialOut, event: LegEvent, now: Moment) -> DialOut:
    """Return the dial-out after an event; no event leads back, and the first end counts."""
    if _ORDER[event.state] <= _ORDER[dial_out.state]:
        return dial_out
    if event.state is LegState.ENDED:
        return end(dial_out, event.outcome or Outcome.FAILED, now, event.sip_status)
    answered_at = now if event.state is LegState.IN_CALL else None
    return msgspec.structs.replace(
        dial_out, state=event.state, since=now, answered_at=answered_at, sip_status=event.sip_status
    )


def end(dial_out: DialOut, outcome: Outcome, now: Moment, sip_status: int | None = None) -> DialOut:
    """Return the ended dial-out; the first end counts."""
    if not dial_out.is_live:
        return dial_out
    return msgspec.structs.replace(
        dial_out,
        state=LegState.ENDED,
        since=now,
        outcome=outcome,
        sip_status=dial_out.sip_status if sip_status is None else sip_status,
    )


def hold(dial_out: DialOut, until: Moment) -> DialOut:
    """Return the dial-out, held by its owner until later; an ended one is not held any more."""
    return msgspec.structs.replace(dial_out, held_until=until) if dial_out.is_live else dial_out


def give_up(dial_out: DialOut, held_now: Moment, now: Moment) -> DialOut:
    """Return the dial-out, ended `now` if its owner does not hold it any more at `held_now`, by the clock of leases."""
    return dial_out if held_now < dial_out.held_until else end(dial_out, Outcome.FAILED, now)
