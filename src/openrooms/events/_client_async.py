"""The async events client."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from openrooms.client._base import RETRIES, TIMEOUT
from openrooms.client._base_async import AsyncClient
from openrooms.client._calls import Call
from openrooms.client._credentials import AsyncTokenCredential
from openrooms.client._paging_async import AsyncPages
from openrooms.client._policies import KeyCredential
from openrooms.domain.subscriptions import Validation
from openrooms.events import _calls as calls
from openrooms.events._calls import LATEST, EventPage
from openrooms.events._follower_async import AsyncEventFollower, OnConnection
from openrooms.events._models import DeadLetter, Event, Subscription

T = TypeVar("T")


class EventsClient(AsyncClient):
    """A client for what happened: events to read and to follow, and subscriptions that have them delivered.

    It acts as the operator. Only openrooms offers these operations; Azure does not.

    Every call accepts the keywords of the calls of `openrooms.RoomsClient` and raises the same errors.
    """

    _default_version = ""

    def __init__(
        self,
        endpoint: str,
        credential: KeyCredential | AsyncTokenCredential | str,
        *,
        retries: int = RETRIES,
        timeout: float | None = TIMEOUT,
        **options: Any,
    ) -> None:
        """Create a client without sending anything.

        `credential` is an access key, or an object that returns tokens of an operator. The other arguments and the
        errors are those of `openrooms.RoomsClient`.
        """
        super().__init__(endpoint, credential, retries=retries, timeout=timeout, **options)

    def list_events(
        self,
        *,
        after: str | None = None,
        types: Iterable[str] = (),
        room_id: str | None = None,
        newest_first: bool = False,
        **options: Any,
    ) -> AsyncPages[Event]:
        """Return the events that are kept, the oldest first; with `after`, those after the event with this id.

        With `newest_first`, return the events until now backwards; `after` cannot be used with it. Only those of the
        `types` and of the room that are given. Raise `HttpResponseError` with status 400 for a type that does not exist
        and for `after` with `newest_first`, and `ResourceNotFoundError` for an id that the service never gave out.
        """
        return self._pages(calls.list_events(after, types, room_id, newest_first), options)

    async def get_last_event_id(self, **options: Any) -> str:
        """Return the id of the newest event, to read or follow from; a special id if there is none yet."""
        return (await self._ask(calls.read_events(LATEST, (), None, 1, 0), options)).last

    def follow_events(
        self,
        *,
        after: str | None = None,
        types: Iterable[str] = (),
        room_id: str | None = None,
        seconds: float | None = None,
        on_connection: OnConnection | None = None,
        **options: Any,
    ) -> AsyncEventFollower:
        """Return the events as they happen, to iterate over: those after an event, or else from the first step on.

        It goes on after a lost connection and a restart of the service, misses no event and gives none twice;
        `on_connection` is called with the error when the connection is lost, and with `None` when it is back. It ends
        after `seconds`, or when it is closed. A step raises what `list_events` raises, and the first one also
        `ServiceRequestError` if the service cannot be reached.
        """

        names = calls.listed(types)

        async def read(last: str, wait: int) -> EventPage:
            return await self._ask(calls.read_events(last, names, room_id, calls.READ, wait), dict(options))

        return AsyncEventFollower(read, after, seconds, on_connection)

    async def create_subscription(
        self,
        url: str,
        *,
        types: Iterable[str] = (),
        room_id: str | None = None,
        secret: str | None = None,
        validation: Validation | str = Validation.NONE,
        after: str | None = None,
        **options: Any,
    ) -> Subscription:
        """Have events delivered to an endpoint, and return the subscription with the secret that signs them.

        Only those of the `types` and of the room that are given; those after the event with the id `after`, or else
        from now on. A `secret` is `whsec_` and the base64 of 24 to 64 bytes; the service makes one if none is given.
        With a `validation`, the endpoint is asked first. Raise `HttpResponseError` with status 400 that says what is
        wrong: the URL, a type, an endpoint that refused, or too many subscriptions.
        """
        call = calls.create_subscription(url, types, room_id, secret, validation, after)
        return await self._ask(call, options)

    def list_subscriptions(self, **options: Any) -> AsyncPages[Subscription]:
        """Return all subscriptions, the oldest first, and how their delivery goes."""
        return self._pages(calls.list_subscriptions(), options)

    async def get_subscription(self, subscription_id: str, **options: Any) -> Subscription:
        """Return a subscription and how its delivery goes; raise `ResourceNotFoundError`."""
        return await self._ask(calls.get_subscription(subscription_id), options)

    async def update_subscription(
        self,
        subscription_id: str,
        *,
        url: str | None = None,
        types: Iterable[str] | None = None,
        room_id: str | None = None,
        secret: str | None = None,
        validation: Validation | str | None = None,
        is_enabled: bool | None = None,
        **options: Any,
    ) -> Subscription:
        """Change what is given and return the subscription, which is then tried at once.

        No `types` (an empty list) are all of them, an empty `room_id` is every room. An endpoint that is disabled goes
        on where it was when it is enabled again. Raise `ResourceNotFoundError`, or `HttpResponseError` with status 400
        that says what is wrong.
        """
        call = calls.update_subscription(subscription_id, url, types, room_id, secret, validation, is_enabled)
        return await self._ask(call, options)

    async def delete_subscription(self, subscription_id: str, **options: Any) -> None:
        """Delete a subscription and what it still had to deliver; raise `ResourceNotFoundError`."""
        return await self._ask(calls.delete_subscription(subscription_id), options)

    def list_dead_letters(self, subscription_id: str, **options: Any) -> AsyncPages[DeadLetter]:
        """Return the events whose delivery was given up, the oldest first; raise `ResourceNotFoundError`."""
        return self._pages(calls.list_dead_letters(subscription_id), options)

    async def resend_dead_letters(self, subscription_id: str, **options: Any) -> None:
        """Have all events delivered again whose delivery was given up; raise `ResourceNotFoundError`."""
        return await self._ask(calls.resend_dead_letters(subscription_id), options)

    async def resend_dead_letter(self, subscription_id: str, event_id: str, **options: Any) -> None:
        """Have one of them delivered again; raise `ResourceNotFoundError`, also if it is not a dead letter."""
        return await self._ask(calls.resend_dead_letter(subscription_id, event_id), options)

    async def resend_event(self, event_id: str, *, subscription_id: str | None = None, **options: Any) -> Sequence[str]:
        """Have a kept event delivered again, and return the ids of the subscriptions to which it is.

        These are all enabled subscriptions that get it, or only the one that is named. Raise `ResourceNotFoundError`
        if the event is not kept or there is no such subscription, and `HttpResponseError` with status 400 if the
        subscription does not get this event.
        """
        return await self._ask(calls.resend_event(event_id, subscription_id), options)

    async def _ask(self, call: Call[T], options: dict[str, Any]) -> T:
        return (await self._send(call, options)).value
