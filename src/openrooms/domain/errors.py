"""Everything that the rules can refuse.

    OpenRoomsError
    ├── MalformedRequest          the request's model is wrong; says where
    │   ├── InvalidWindow
    │   └── InvalidRole
    ├── InvalidRequest            one thing about the request is wrong
    │   ├── InvalidRoomId
    │   ├── InvalidIdentifier
    │   ├── RosterTooLarge
    │   └── RepeatMismatch
    ├── InvalidArgument           an argument of an identity call is wrong
    ├── NotAuthenticated
    │   ├── IdentityNotOwned
    │   └── InvalidAccessToken
    ├── NotAllowed                known who, but not for them
    ├── RoomNotFound
    └── Unavailable               later again
        └── StorageFull

Messages are those that Azure's service sends where it is known to send one.
"""

from typing import ClassVar

import msgspec


class OpenRoomsError(Exception):
    """Anything that the rules refuse; `str()` is a sentence for the caller."""

    message: ClassVar[str] = "The request was refused."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request and where (`""`: the whole)."""

    target: str
    message: str


class MalformedRequest(OpenRoomsError):
    """The request's body cannot be what the operation takes; `problems` name each place."""

    message = "The request could not be understood by the server due to malformed syntax."

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


class InvalidWindow(MalformedRequest):
    """`valid_from` and `valid_until` break a rule of time."""


class InvalidRole(MalformedRequest):
    """A participant's role is none of the known ones."""


class InvalidRequest(OpenRoomsError):
    """One thing about the request is wrong, said in the message."""


class InvalidRoomId(InvalidRequest):
    """The text cannot be a room's id."""

    message = "Invalid room ID."


class InvalidIdentifier(InvalidRequest):
    """The text cannot be the raw id of somebody who may be on a roster."""

    message = "Invalid format for communication identifier."


class RosterTooLarge(InvalidRequest):
    """The roster would hold more participants than this server allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A room can have at most {limit} participants; remove some first.")


class RepeatMismatch(InvalidRequest):
    """A Repeatability-Request-ID came again with another request."""

    message = "This Repeatability-Request-ID was already used for a different request; use a new one."


class InvalidArgument(OpenRoomsError):
    """An argument of an identity call is wrong; `target` names it."""

    def __init__(self, target: str, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.target = target
        self.missing = missing


class NotAuthenticated(OpenRoomsError):
    """Who asks is not known; what exactly failed is nobody's business."""

    message = "Denied by the resource provider."


class IdentityNotOwned(NotAuthenticated):
    """The identity is no user of this resource."""

    message = "Provided identity doesn't belong to the resource."


class InvalidAccessToken(NotAuthenticated):
    """The Teams user's token is not valid."""

    message = "Provided access token is not valid."


class NotAllowed(OpenRoomsError):
    """The caller is known and may not do this."""

    message = "The caller is not allowed to do this."


class RoomNotFound(OpenRoomsError):
    """No such room in this resource."""

    message = "The server cannot find the requested resource."


class Unavailable(OpenRoomsError):
    """Something the service needs is away; the same request may succeed later."""

    message = "The service is temporarily unavailable; try again."


class StorageFull(Unavailable):
    """There is no space left to keep the change; nothing of it was kept."""

    message = "The server has no space left to keep this change; nothing was changed."
