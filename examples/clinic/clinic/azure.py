"""The requests that the clinic sends to Azure. All of them may be repeated."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from email.utils import format_datetime
from typing import TypeVar

from azure.communication.identity import CommunicationIdentityClient, CommunicationUserIdentifier
from azure.communication.rooms import RoomParticipant, RoomsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from clinic.visits import Guest, Visit

T = TypeVar("T")

# azure-core gives up a POST or PATCH when its answer is lost or is 408, 429 or 502. Ours may be repeated.
_REPEATED = {"retry_on_methods": ["GET", "POST", "PATCH", "DELETE"]}

# These say that a request was wrong. Everything else may pass.
_WRONG = frozenset(range(400, 500)) - {401, 408, 429}


class Away(Exception):
    """Azure did not answer as it should. The same request may succeed later."""


class Refused(Exception):
    """Azure refused a request. Nothing was done, and nothing will be if it is sent again."""


class Gone(Refused):
    """There is no such room."""


class Azure:
    """The rooms and the users of the clinic's resource."""

    def __init__(self, connection_string: str, secondary_key: str = "", *, first_pause: float = 0.8) -> None:
        """Prepare the clients. Retries wait for `first_pause` seconds, then twice as long, and so on."""
        settings = dict(part.split("=", 1) for part in connection_string.rstrip(";").split(";"))
        self.endpoint = settings["endpoint"].rstrip("/")
        self._keys = [settings["accesskey"], *filter(None, [secondary_key])]
        self._key = AzureKeyCredential(self._keys[0])
        self._rooms = RoomsClient(self.endpoint, self._key, retry_backoff_factor=first_pause)
        self._users = CommunicationIdentityClient(self.endpoint, self._key, retry_backoff_factor=first_pause)

    def create_user(self) -> str:
        """Make a user. If the answer is lost, another one is made, and the first is never used."""
        return self._ask(lambda: self._users.create_user(**_REPEATED)).properties["id"]

    def issue_token(self, guest: Guest) -> str:
        """Return a new token with which a guest joins calls."""
        user = CommunicationUserIdentifier(guest.user_id)
        return self._ask(lambda: self._users.get_token(user, ["voip"], **_REPEATED)).token

    def create_room(self, visit: Visit, guests: Sequence[Guest]) -> str:
        """Make the room of a visit, or return its id if it was made within a day, even by another process."""
        once = {
            "Repeatability-Request-ID": visit.id,
            "Repeatability-First-Sent": format_datetime(visit.requested, usegmt=True),
        }
        # The client makes its own id for each call, which only its own retries would repeat.
        return self._ask(
            lambda: self._rooms.create_room(
                valid_from=visit.starts,
                valid_until=visit.ends,
                participants=[_participant(guest) for guest in guests],
                raw_request_hook=lambda request: request.http_request.headers.update(once),
                **_REPEATED,
            )
        ).id

    def move_room(self, visit: Visit) -> None:
        """Give a room the times of its visit."""
        window = {"valid_from": visit.starts, "valid_until": visit.ends}
        self._ask(lambda: self._rooms.update_room(room_id=visit.room_id, **window, **_REPEATED))

    def change_role(self, visit: Visit, guest: Guest) -> None:
        """Change what a guest may do, also in the running call."""
        roster = [_participant(guest)]
        self._ask(
            lambda: self._rooms.add_or_update_participants(room_id=visit.room_id, participants=roster, **_REPEATED)
        )

    def delete_room(self, visit: Visit) -> None:
        """Delete a room, which ends its call; do nothing if it is gone."""
        with suppress(Gone):
            self._ask(lambda: self._rooms.delete_room(visit.room_id, **_REPEATED))

    def _ask(self, request: Callable[[], T]) -> T:
        with _failures_named():
            try:
                return request()
            except ClientAuthenticationError:
                # The key was rotated: the other one is good.
                self._keys.append(self._keys.pop(0))
                self._key.update(self._keys[0])
                return request()


@contextmanager
def _failures_named() -> Iterator[None]:
    try:
        yield
    except ResourceNotFoundError as error:
        raise Gone(error.message) from error
    except HttpResponseError as error:
        if error.status_code in _WRONG:
            raise Refused(error.message) from error
        raise Away from error
    except (AzureError, AttributeError, TypeError, ValueError) as error:
        # The clients raise any of the last three when an answer ends in the middle.
        raise Away from error


def _participant(guest: Guest) -> RoomParticipant:
    return RoomParticipant(communication_identifier=CommunicationUserIdentifier(guest.user_id), role=guest.role)
