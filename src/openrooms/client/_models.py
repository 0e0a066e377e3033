"""Rooms, participants and answers, as a program sees them."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar, overload

from openrooms._values import Comparable, Value, fill
from openrooms.domain.roles import ROLES, ParticipantRole
from openrooms.identifiers import CommunicationIdentifier, identifier_from_raw_id

T = TypeVar("T")
Item = TypeVar("Item", covariant=True)


class ServiceVersion(StrEnum):
    """The api-versions of Rooms; wherever one is taken, so is any other text."""

    V2023_06_14 = "2023-06-14"
    V2024_04_15 = "2024-04-15"
    V2025_03_13 = "2025-03-13"


class CommunicationRoom(Value):
    """A room: who is on its roster may join from `valid_from` until just before `valid_until`, all times in UTC.

    >>> from datetime import UTC, datetime
    >>> nine, ten = datetime(2026, 1, 1, 9, tzinfo=UTC), datetime(2026, 1, 1, 10, tzinfo=UTC)
    >>> room = CommunicationRoom("99475330965778483", created_at=nine, valid_from=nine, valid_until=ten)
    >>> room.pstn_dial_out_enabled
    False
    """

    __slots__ = __match_args__ = ("id", "created_at", "valid_from", "valid_until", "pstn_dial_out_enabled")

    id: str
    created_at: datetime
    valid_from: datetime
    valid_until: datetime
    pstn_dial_out_enabled: bool

    def __init__(
        self,
        id: str,  # noqa: A002 - the name of the field
        created_at: datetime,
        valid_from: datetime,
        valid_until: datetime,
        pstn_dial_out_enabled: bool = False,
    ) -> None:
        fill(self, "id", id)
        fill(self, "created_at", created_at)
        fill(self, "valid_from", valid_from)
        fill(self, "valid_until", valid_until)
        fill(self, "pstn_dial_out_enabled", pstn_dial_out_enabled)


class RoomParticipant(Comparable):
    """Somebody on the roster of a room, and in which role; `role` can be set, so participants are not hashable.

    >>> ada = RoomParticipant("8:acs:ada", ParticipantRole.PRESENTER)
    >>> ada.communication_identifier.raw_id
    '8:acs:ada'
    >>> ada.role = "Consumer"
    >>> ada.role
    <ParticipantRole.CONSUMER: 'Consumer'>
    """

    __slots__ = ("_identifier", "_role")
    __match_args__ = ("communication_identifier", "role")

    def __init__(
        self,
        communication_identifier: CommunicationIdentifier | str,
        role: ParticipantRole | str | None = ParticipantRole.ATTENDEE,
    ) -> None:
        """Take an identifier or a raw id; no role is `Attendee`, one that is not known stays text.

        Raise `TypeError` for anything else.
        """
        self._identifier = _identifier(communication_identifier)
        self.role = role

    @property
    def communication_identifier(self) -> CommunicationIdentifier:
        """Who is on the roster."""
        return self._identifier

    @property
    def role(self) -> ParticipantRole | str:
        """The role in the room; setting it takes what the constructor takes."""
        return self._role

    @role.setter
    def role(self, role: ParticipantRole | str | None) -> None:
        self._role = ParticipantRole.ATTENDEE if role is None else _role(role)

    def replace(self, *, role: ParticipantRole | str | None) -> Self:
        """Return the same participant in another role."""
        return type(self)(self.communication_identifier, role)


class Response(Value, Generic[T]):
    """What a call returned, and the answer that it came in.

    `headers` ignore case; `request_id` is the `x-ms-client-request-id` by which support can find the request.
    """

    __slots__ = __match_args__ = ("value", "raw")

    value: T
    raw: Any

    def __init__(self, value: T, raw: Any) -> None:
        fill(self, "value", value)
        fill(self, "raw", raw)

    @property
    def status_code(self) -> int:
        """The HTTP status, e.g. 200."""
        return int(self.raw.status_code)

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers."""
        headers: Mapping[str, str] = self.raw.headers
        return headers

    @property
    def request_id(self) -> str | None:
        """The id that the request was sent with."""
        request_id: str | None = self.raw.request.headers.get("x-ms-client-request-id")
        return request_id

    @property
    def content(self) -> bytes:
        """The answer's body; of a call that returns tokens it is a secret."""
        return bytes(self.raw.content)

    def __repr__(self) -> str:
        return f"<Response {self.status_code}: {self.value!r}>"


class Page(Sequence[Item]):
    """Some items of a list; `continuation_token` leads to the next page (`None`: this is the last)."""

    def __init__(self, items: Sequence[Item], continuation_token: str | None, response: Response[None]) -> None:
        self._items = items
        self.continuation_token = continuation_token
        self.response = response

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    async def __aiter__(self) -> AsyncIterator[Item]:
        # Pages of the official async client are read by `async for` only.
        for item in self._items:
            yield item

    def __repr__(self) -> str:
        more = "the last" if self.continuation_token is None else "more follow"
        return f"<Page of {len(self)} items, {more}>"


def _identifier(given: CommunicationIdentifier | str) -> CommunicationIdentifier:
    if isinstance(given, str):
        return identifier_from_raw_id(given)
    if isinstance(getattr(given, "raw_id", None), str):
        return given
    raise TypeError(
        f"communication_identifier must be an identifier or a raw id, not {type(given).__name__}; "
        "for a user that is CommunicationUserIdentifier(id)"
    )


def _role(given: ParticipantRole | str) -> ParticipantRole | str:
    if not isinstance(given, str):
        raise TypeError(f"role must be a ParticipantRole or a str, not {type(given).__name__}")
    # The official ParticipantRole is a `str` too, but says its member's name.
    text = getattr(given, "value", given)
    return ROLES.get(text, text)
