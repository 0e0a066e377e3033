"""Factories of the values that clients return, for tests that replace a client with a mock."""

import base64
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Generic, TypeVar

from azure.core.utils import case_insensitive_dict

from openrooms import AsyncPages, CommunicationRoom, Page, Pages, ParticipantRole, Response, RoomParticipant
from openrooms.identity import AccessToken, CommunicationIdentifier, CommunicationUserIdentifier

T = TypeVar("T")

_RESOURCE = "00000000-0000-4000-8000-000000000000"
_NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)
_USUAL_LIFE = timedelta(days=180)
_TOKEN_LIFE = timedelta(days=1)


def room(
    *,
    id: str = "99400000000000001",  # noqa: A002 - the name of the field
    created_at: datetime = _NINE,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    pstn_dial_out_enabled: bool = False,
) -> CommunicationRoom:
    """Return a room; its window begins at its creation and lasts 180 days by default, as in the service.

    >>> room(id="99400000000000042").id
    '99400000000000042'
    """
    begins = valid_from or created_at
    return CommunicationRoom(id, created_at, begins, valid_until or begins + _USUAL_LIFE, pstn_dial_out_enabled)


def user(name: str = "somebody") -> CommunicationUserIdentifier:
    """Return a user with a well-formed raw id; the same name always gives the same user.

    >>> user("ada") == user("ada"), user("ada") == user("eve")
    (True, False)
    """
    return CommunicationUserIdentifier(f"8:acs:{_RESOURCE}_{uuid.uuid5(uuid.NAMESPACE_OID, name)}")


def participant(
    raw_id: CommunicationIdentifier | str | None = None, role: ParticipantRole | str = ParticipantRole.ATTENDEE
) -> RoomParticipant:
    """Return a participant of a room; `user()` by default.

    >>> participant(user("ada"), "Presenter").role
    <ParticipantRole.PRESENTER: 'Presenter'>
    """
    return RoomParticipant(user() if raw_id is None else raw_id, role)


def access_token(expires_at: datetime = _NINE + _TOKEN_LIFE) -> AccessToken:
    """Return a token with this expiry time; no service accepts it.

    >>> access_token(datetime(2026, 1, 1, tzinfo=UTC))
    AccessToken(token=..., expires_on=1767225600)
    """
    expires_on = int(expires_at.timestamp())
    claims = base64.urlsafe_b64encode(b'{"exp":%d}' % expires_on).decode("ascii").rstrip("=")
    return AccessToken(f"e30.{claims}.not-signed", expires_on)


def pages(items: Iterable[T], *, page_size: int = 100) -> Pages[T]:
    """Return a paged list, as `list_rooms` and `list_participants` do.

    >>> [len(page) for page in pages([room(), room(), room()], page_size=2).by_page()]
    [2, 1]
    """
    return Pages(_Book(items, page_size).page, _any_token)


def async_pages(items: Iterable[T], *, page_size: int = 100) -> AsyncPages[T]:
    """Return a paged list, as the async clients do.

    >>> [listed.id async for listed in async_pages([room(id="99400000000000042")])]
    ['99400000000000042']
    """
    return AsyncPages(_Book(items, page_size).async_page, _any_token)


def response(
    value: T, *, status_code: int = 200, headers: Mapping[str, str] | None = None, request_id: str | None = None
) -> Response[T]:
    """Return a response, as the methods of `with_response` do.

    >>> response(room(), status_code=201).status_code
    201
    """
    request = SimpleNamespace(headers={"x-ms-client-request-id": request_id})
    raw = SimpleNamespace(
        status_code=status_code, headers=case_insensitive_dict(headers or {}), request=request, content=b""
    )
    return Response(value, raw)


class _Book(Generic[T]):
    def __init__(self, items: Iterable[T], page_size: int) -> None:
        self._items = list(items)
        self._size = page_size

    def page(self, token: str | None) -> Page[T]:
        start = int(token or 0)
        end = start + self._size
        return Page(self._items[start:end], str(end) if end < len(self._items) else None, response(None))

    async def async_page(self, token: str | None) -> Page[T]:
        return self.page(token)


def _any_token(_token: str) -> None:
    """Accept any token, because a mock has no service that a token could lead away from."""
