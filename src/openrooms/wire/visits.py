"""The JSON shapes of visits, under `/openrooms/rooms/{roomId}`: a room's options, and the names of its participants."""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from openrooms.domain import listing, visits, words
from openrooms.domain.errors import InvalidRequest, MalformedRequest, Problem
from openrooms.domain.extending import Extension, check_minutes
from openrooms.domain.listing import LIST_ORDERS, ROOM_STATES, ListOrder, RoomFilter, RoomState
from openrooms.domain.visits import NO_OPTIONS, StartsWith, VisitChange, WaitingRoom
from openrooms.wire.answers import Role
from openrooms.wire.dates import parse_moment, read_parameter
from openrooms.wire.models import RequestBody

T = TypeVar("T")

# Clients read any text, because later versions may add values.
WaitingRoomText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(WaitingRoom)})]
RoomStateText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(RoomState)})]
StartsWithText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(StartsWith)})]


class NameBody(RequestBody):
    """The value of a raw id in `participants`: null, or a null name, removes the participant's name."""

    display_name: str | UnsetType | None = UNSET


class VisitBody(RequestBody):
    """The body of an update, as JSON Merge Patch: null resets an option, and what is left out stays as it is.

    `extendBy` are the minutes that Presenters may add to the room in all.
    """

    title: str | UnsetType | None = UNSET
    waiting_room: WaitingRoom | UnsetType | None = UNSET
    starts_with: StartsWith | UnsetType | None = UNSET
    extend_by: int | UnsetType | None = UNSET
    participants: dict[str, NameBody | None] | UnsetType = UNSET


class ExtensionBody(RequestBody):
    """The body of extending: the minutes to add, and the end of the room that the caller saw.

    Presenters add 5, 10 or 15 minutes at once, and the operator from 1 to 1440.
    """

    minutes: int
    valid_until: str


class WindowModel(msgspec.Struct, rename="camel"):
    """A room's window, and the minutes that Presenters may still add (`extendBy`)."""

    valid_from: str
    valid_until: str
    extend_by: int


class VisitParticipantModel(msgspec.Struct, rename="camel"):
    """A participant with the name that the organiser gave them, empty if there is none."""

    raw_id: str
    role: Role
    display_name: str


class VisitModel(msgspec.Struct, rename="camel"):
    """A room's window, its options, and a page of its participants; the last page has no `nextLink`.

    `extended` are the minutes that Presenters have added, out of `extendBy`.
    """

    id: str
    title: str
    valid_from: str
    valid_until: str
    waiting_room: WaitingRoomText
    starts_with: StartsWithText
    extend_by: int
    extended: int
    participants: list[VisitParticipantModel]
    next_link: str | UnsetType = UNSET


class VisitSummaryModel(msgspec.Struct, rename="camel"):
    """A room in a list: its window, options, and the first 10 of its participants.

    `state` is that of the window. `participantCount` is at most 1,000, even if there are more. `waitingCount` are the
    people who wait for the call, `inCallCount` those who are in it. `lastLeftAt` is when the last person left the call
    before, if there was one. `plannedUntil` is the end that was planned, if minutes were added to it from the call.
    """

    id: str
    created_at: str
    title: str
    valid_from: str
    valid_until: str
    state: RoomStateText
    pstn_dial_out_enabled: bool
    waiting_room: WaitingRoomText
    starts_with: StartsWithText
    extend_by: int
    extended: int
    participants: list[VisitParticipantModel]
    participant_count: int
    waiting_count: int
    in_call_count: int
    last_left_at: str | UnsetType = UNSET
    planned_until: str | UnsetType = UNSET


class VisitListModel(msgspec.Struct, rename="camel"):
    """A page of rooms in the order of `validFrom`, and the service's time (`now`), by which their states are given.

    The last page has no `nextLink`. A page may have few rooms, even none, and a `nextLink`.
    """

    value: list[VisitSummaryModel]
    now: str
    next_link: str | UnsetType = UNSET


class VisitEventData(msgspec.Struct, rename="camel"):
    """The data of an event: the `room` as the list has it now, or the `id` of one that is gone."""

    room: VisitSummaryModel | UnsetType = UNSET
    id: str | UnsetType = UNSET


class VisitEventModel(msgspec.Struct, rename="camel"):
    """An event of the list of visits: a `room` has changed or is new, or is `gone`, or the list is to be read again."""

    type: Literal["room", "gone", "reload"]
    data: VisitEventData


class VisitEventsModel(msgspec.Struct, rename="camel"):
    """What has changed since the `Last-Event-ID` of the request; `id` is the one to send next time."""

    id: str
    events: list[VisitEventModel]


def room_filter(
    state: str | None, begin: str | None, end: str | None, search: str | None, order: str | None
) -> RoomFilter:
    """Return the rooms to list; raise `InvalidRequest`."""
    if state is not None and state not in ROOM_STATES:
        raise InvalidRequest(f"state must be one of {', '.join(ROOM_STATES)}.")
    if order is not None and order not in LIST_ORDERS:
        raise InvalidRequest(f"order must be one of {', '.join(LIST_ORDERS)}.")
    return listing.checked(
        RoomFilter(
            None if state is None else ROOM_STATES[state],
            read_parameter("from", begin),
            read_parameter("until", end),
            () if search is None else words.terms(search),
            ListOrder.OLDEST_FIRST if order is None else LIST_ORDERS[order],
        )
    )


def visit_change(body: VisitBody) -> VisitChange:
    """Return the requested change; raise `InvalidRequest`."""
    named = {} if body.participants is UNSET else body.participants
    return visits.change(
        _option(body.title, NO_OPTIONS.title),
        _option(body.waiting_room, NO_OPTIONS.waiting_room),
        _option(body.starts_with, NO_OPTIONS.starts_with),
        _option(body.extend_by, NO_OPTIONS.extend_by),
        {raw_id: name for raw_id, person in named.items() if (name := _name(person)) is not None},
    )


def extension(body: ExtensionBody, limited: bool) -> Extension:
    """Return the requested extension; raise `InvalidRequest` or `MalformedRequest`."""
    check_minutes(body.minutes, limited)
    try:
        seen = parse_moment(body.valid_until)
    except ValueError as error:
        raise MalformedRequest(Problem("$.validUntil", str(error))) from error
    return Extension(body.minutes, seen, limited)


def _option(value: T | UnsetType | None, default: T) -> T | None:
    if value is UNSET:
        return None
    return default if value is None else value


def _name(person: NameBody | None) -> str | None:
    return "" if person is None else _option(person.display_name, "")
