"""The values that the rooms clients return: rooms, participants, responses and pages."""

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
    """The api-versions of Rooms. Arguments of this type accept any other string too."""

    V2023_06_14 = "2023-06-14"
    V2024_04_15 = "2024-04-15"
    V2025_03_13 = "2025-03-13"


class CommunicationRoom(Value):
    """A room that its participants can join from `valid_from` until just before `valid_until`. All times are in UTC.

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
    """A participant on the roster of a room, with a role. `role` can be changed, so participants are not hashable.

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
        """Create a participant from an identifier or a raw id.

        `None` as the role means `Attendee`; an unknown role stays a string. Raise `TypeError` for other types.
        """
        self._identifier = _identifier(communication_identifier)
        self.role = role

    @property
    def communication_identifier(self) -> CommunicationIdentifier:
        """The identifier of the participant."""
        return self._identifier

    @property
    def role(self) -> ParticipantRole | str:
        """The role in the room; it can be set to the same values that the constructor accepts."""
        return self._role

    @role.setter
    def role(self, role: ParticipantRole | str | None) -> None:
        self._role = ParticipantRole.ATTENDEE if role is None else _role(role)

    def replace(self, *, role: ParticipantRole | str | None) -> Self:
        """Return a copy of the participant with another role."""
        return type(self)(self.communication_identifier, role)


class Response(Value, Generic[T]):
    """The value that a call returned, with the HTTP response that contained it.

    The names in `headers` ignore case. `request_id` is the `x-ms-client-request-id` that names the request in logs.
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
        """The headers of the response."""
        headers: Mapping[str, str] = self.raw.headers
        return headers

    @property
    def request_id(self) -> str | None:
        """The `x-ms-client-request-id` of the request."""
        request_id: str | None = self.raw.request.headers.get("x-ms-client-request-id")
        return request_id

    @property
    def content(self) -> bytes:
        """The body of the response. If the call returned a token, the body is secret."""
        return bytes(self.raw.content)

    def __repr__(self) -> str:
        return f"<Response {self.status_code}: {self.value!r}>"


class Page(Sequence[Item]):
    """A page of a list; `continuation_token` leads to the next page and is `None` on the last page."""

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
        # Pages of the official async client only support `async for`.
        for item in self._items:
            yield item

    def __repr__(self) -> str:
        more = "the last" if self.continuation_token is None else "more follow"
        return f"<Page of {len(self)} items, {more}>"


def _identifier(identifier: CommunicationIdentifier | str) -> CommunicationIdentifier:
    if isinstance(identifier, str):
        return identifier_from_raw_id(identifier)
    if isinstance(getattr(identifier, "raw_id", None), str):
        return identifier
    raise TypeError(
        f"communication_identifier must be an identifier or a raw id, not {type(identifier).__name__}; "
        "for a user that is CommunicationUserIdentifier(id)"
    )


def _role(role: ParticipantRole | str) -> ParticipantRole | str:
    if not isinstance(role, str):
        raise TypeError(f"role must be a ParticipantRole or a str, not {type(role).__name__}")
    # The official ParticipantRole is a `str` too, but its `str()` is the name of the member.
    text = getattr(role, "value", role)
    return ROLES.get(text, text)
