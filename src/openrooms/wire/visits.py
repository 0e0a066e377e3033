"""The JSON shapes of visits, under `/openrooms/rooms/{roomId}`: a room's options, and the names of its participants."""

from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from openrooms.domain import visits
from openrooms.domain.errors import MalformedRequest, Problem
from openrooms.domain.extending import Extension, check_steps
from openrooms.domain.visits import NO_OPTIONS, StartsWith, VisitChange, WaitingRoom
from openrooms.wire.answers import Role
from openrooms.wire.dates import parse_moment
from openrooms.wire.models import RequestBody

T = TypeVar("T")

# Clients read any text, because later versions may add values.
WaitingRoomText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(WaitingRoom)})]
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
    """The body of extending: the minutes to add (5, 10 or 15), and the end of the room that the caller saw."""

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
    check_steps(body.minutes)
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
