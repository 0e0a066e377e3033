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
    │   ├── InvalidAccessToken
    │   └── TokenRefused          of a person who wants to join
    ├── NotAllowed                known who, but not for them
    │   ├── ScopeRefused
    │   ├── NotInvited
    │   ├── OutsideWindow
    │   └── CallFull
    ├── RoomNotFound
    │   ├── NoSuchRoom            of a person who wants to join
    │   └── NotInCall
    ├── AssignmentNotFound        of Teams extension
    ├── NotSupported              not in this installation
    └── Unavailable               later again
        ├── StorageFull
        ├── CallsOff
        └── MediaUnavailable

Messages are those that Azure's service sends where it is known to send one.
"""

from typing import ClassVar

import msgspec

from openrooms.domain.moments import Moment


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
    """The caller is not known.

    `reason` names the part that failed. It is for the log of a development service; no answer and no other log has it.
    `caller` is who it was if the credential is one of ours and not good any more, for the audit trail.
    """

    message = "Denied by the resource provider."

    def __init__(self, reason: str = "", *, caller: str = "") -> None:
        super().__init__()
        self.reason = reason
        self.caller = caller


class IdentityNotOwned(NotAuthenticated):
    """The identity is no user of this resource."""

    message = "Provided identity doesn't belong to the resource."


class InvalidAccessToken(NotAuthenticated):
    """The Teams user's token is not valid."""

    message = "Provided access token is not valid."


class TokenRefused(NotAuthenticated):
    """A person's token is bad, expired or revoked, or its user deleted."""

    message = "The token is not valid; ask for a new one."

    def __init__(self, message: str | None = None, *, reason: str = "", caller: str = "") -> None:
        OpenRoomsError.__init__(self, message)
        self.reason = reason or str(self)
        self.caller = caller


class NotAllowed(OpenRoomsError):
    """The caller is known and may not do this."""

    message = "The caller is not allowed to do this."


class ScopeRefused(NotAllowed):
    """The token's scope is not good for calls."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"A token with scope '{scope}' cannot join a call; it takes voip or voip.join.")


class NotInvited(NotAllowed):
    """The identity is not on the room's roster."""

    message = "You are not on the roster of this room."


class OutsideWindow(NotAllowed):
    """The room cannot be joined now; `valid_from` and `valid_until` say when."""

    def __init__(self, valid_from: Moment, valid_until: Moment, *, early: bool) -> None:
        super().__init__("The room is not open yet." if early else "The room is closed.")
        self.valid_from = valid_from
        self.valid_until = valid_until


class CallFull(NotAllowed):
    """As many are in the call as this server allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The call is full: {limit} people are in it; try again when somebody has left.")


class RoomNotFound(OpenRoomsError):
    """No such room in this resource."""

    message = "The server cannot find the requested resource."


class NoSuchRoom(RoomNotFound):
    """The room that somebody wants to join does not exist."""

    message = "There is no such room."


class NotInCall(RoomNotFound):
    """The person is not in the call."""

    message = "This person is not in the call."


class AssignmentNotFound(OpenRoomsError):
    """There is no such assignment of Teams extension."""

    message = "The server cannot find the requested resource."


class NotSupported(OpenRoomsError):
    """This installation has no means to do it; asking again will not help."""

    message = "This server cannot do that."


class Unavailable(OpenRoomsError):
    """Something the service needs is away; the same request may succeed later.

    A change may have been kept, whole, or not at all.
    """

    message = "The service is temporarily unavailable; try again."


class StorageFull(Unavailable):
    """There is no space left to keep the change; nothing of it was kept."""

    message = "The server has no space left to keep this change; nothing was changed."


class CallsOff(Unavailable):
    """This installation has no media engine."""

    message = "Calls are off on this server: it has no media engine."


class MediaUnavailable(Unavailable):
    """The media engine does not answer."""

    message = "The media engine does not answer; try again."
