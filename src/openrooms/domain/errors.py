"""The errors of the rules.

    OpenRoomsError
    ├── MalformedRequest          the body does not fit the model; names each place
    │   ├── InvalidWindow
    │   └── InvalidRole
    ├── InvalidRequest            one value of the request is wrong
    │   ├── InvalidRoomId
    │   ├── InvalidIdentifier
    │   ├── RosterTooLarge
    │   └── RepeatMismatch
    ├── InvalidArgument           an argument of an identity call is wrong
    ├── NotAuthenticated
    │   ├── IdentityNotOwned
    │   ├── InvalidAccessToken
    │   ├── TokenRefused          the user's token, when joining a call
    │   │   ├── InvitationWithdrawn
    │   │   └── RoleLowered       a media token is of a higher role
    │   ├── InvitationUnknown     the secret of a link is wrong
    │   ├── LinkRefused           a one-time link to the console was used, has expired or was revoked
    │   └── SignInFailed          the issuer's answer does not belong to a sign-in of this browser
    ├── NotAllowed                the caller is known and has no right to do this
    │   ├── ScopeRefused
    │   ├── NotInvited
    │   ├── OutsideWindow
    │   ├── NoOperatorRole        the issuer knows the person, and no setting gives them a role
    │   ├── OtherRoom             the token of an invitation is for one room
    │   ├── InvitationBound       to the browser that opened it first
    │   ├── MustWait              until a Presenter is there, or admits the person
    │   ├── Declined
    │   ├── KeptOut
    │   ├── CallFull
    │   ├── DialOutOff            the room does not allow telephones
    │   ├── NumberNotAllowed
    │   ├── TooManyPhones
    │   ├── NotDialled            no dial-out explains a telephone
    │   ├── DialOutTooLong
    │   └── NotExtendable         the organiser does not allow so many minutes
    ├── EndMoved
    ├── RoomExists                another room has the id of the one to adopt
    ├── NumberInCall
    ├── VisitCancelled            the room of an invitation was deleted
    ├── BrowserNotConfirmed       a person has to confirm the binding of an invitation
    ├── TooManyDialOuts
    ├── RoomNotFound
    │   ├── NoSuchRoom            when joining a call
    │   ├── NotInCall
    │   ├── InvitationNotFound
    │   └── NotWaiting
    ├── AssignmentNotFound        of Teams extension
    ├── EventNotFound
    ├── SubscriptionNotFound
    ├── TooManySubscriptions
    ├── TooManyOperatorTokens
    ├── EndpointRefused           the endpoint of a subscription did not answer the handshake
    ├── NotSupported              this installation cannot do it
    └── Unavailable               try again later
        ├── StorageFull
        ├── CallsOff
        ├── MediaUnavailable
        └── LineDown

Where Azure's message is known, ours is the same: docs/evidence.md#errors.
"""

from typing import ClassVar

import msgspec

from openrooms.domain.moments import Moment


class OpenRoomsError(Exception):
    """A refusal by the rules; `str()` is a sentence for the caller."""

    message: ClassVar[str] = "The request was refused."
    retry_after: ClassVar[int | None] = None
    """In how many seconds the same request may succeed, if it may."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)


class Problem(msgspec.Struct, frozen=True):
    """One fault of a request; `target` says where it is (`""`: the whole request)."""

    target: str
    message: str


class MalformedRequest(OpenRoomsError):
    """The body does not fit the operation's model; `problems` name each place."""

    message = "The request could not be understood by the server due to malformed syntax."

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


class InvalidWindow(MalformedRequest):
    """`valid_from` or `valid_until` breaks a rule about windows."""


class InvalidRole(MalformedRequest):
    """A participant's role is unknown."""


class InvalidRequest(OpenRoomsError):
    """One value of the request is wrong; the message names it."""


class InvalidRoomId(InvalidRequest):
    """The text cannot be a room's id."""

    message = "Invalid room ID."


class InvalidIdentifier(InvalidRequest):
    """The text is not the raw id of a user who can be on a roster."""

    message = "Invalid format for communication identifier."


class RosterTooLarge(InvalidRequest):
    """The roster would hold more participants than this server allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"A room can have at most {limit} participants; remove some first.")


class RepeatMismatch(InvalidRequest):
    """A Repeatability-Request-ID was used again for a different request."""

    message = "This Repeatability-Request-ID was already used for a different request; use a new one."


class InvalidArgument(OpenRoomsError):
    """An argument of an identity call is wrong; `target` names it."""

    def __init__(self, target: str, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.target = target
        self.missing = missing


class NotAuthenticated(OpenRoomsError):
    """The caller cannot be identified.

    `reason` names the check that failed; only the log of a development service shows it. `caller` is for the audit
    trail: it names the holder of a credential that we issued and that is no longer valid.
    """

    message = "Denied by the resource provider."

    def __init__(self, reason: str = "", *, caller: str = "") -> None:
        super().__init__()
        self.reason = reason
        self.caller = caller


class IdentityNotOwned(NotAuthenticated):
    """The identity is not a user of this resource."""

    message = "Provided identity doesn't belong to the resource."


class InvalidAccessToken(NotAuthenticated):
    """The Teams user's token is not valid."""

    message = "Provided access token is not valid."


class TokenRefused(NotAuthenticated):
    """A user's token is malformed, expired or revoked, or the user was deleted."""

    message = "The token is not valid; ask for a new one."

    def __init__(self, message: str | None = None, *, reason: str = "", caller: str = "") -> None:
        OpenRoomsError.__init__(self, message)
        self.reason = reason or str(self)
        self.caller = caller


class InvitationWithdrawn(TokenRefused):
    """The invitation was revoked or replaced, or its participant was removed from the room."""

    message = "This link was withdrawn, or replaced by a newer one. Use your newest link, or ask for a new one."


class RoleLowered(TokenRefused):
    """A media token grants more than the participant's role does now."""

    message = "The token allows more than your role does now; join again."


class InvitationUnknown(NotAuthenticated):
    """No invitation has this secret."""

    message = (
        "This link is not complete, or it is too old. Open it again in the message that you were sent, or ask for a "
        "new link."
    )

    def __init__(self) -> None:
        super().__init__("invitation: no invitation of this resource has the secret")


class LinkRefused(NotAuthenticated):
    """A one-time link to the console does not sign in."""

    message = (
        "This link does not sign in any more: it was used, has expired or was revoked. Ask for a new one; "
        "`openrooms operator-token --console` prints it."
    )


class SignInFailed(NotAuthenticated):
    """The answer of an issuer does not belong to a sign-in that this browser began, or the issuer refused it."""

    message = "The sign-in could not be completed. Begin again on the sign-in page."


class NotAllowed(OpenRoomsError):
    """The caller is known and may not do this."""

    message = "The caller is not allowed to do this."


class ScopeRefused(NotAllowed):
    """The token has no scope for calls."""

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


class NoOperatorRole(NotAllowed):
    """The issuer knows the person, and no setting of this service gives them a role."""

    message = "You are known, but you have no role in this service. Ask its administrator for one."

    def __init__(self, *, subject: str) -> None:
        super().__init__()
        self.subject = subject


class OtherRoom(NotAllowed):
    """The token came from an invitation, and is good for the room of that invitation alone."""

    message = "This token comes from an invitation, so it is good for one room only."


class InvitationBound(NotAllowed):
    """The invitation works only in the browser that opened it first."""

    message = "This link works only in the browser in which it was opened first. Open it there, or ask for a new link."


class MustWait(NotAllowed):
    """The person may not come in yet; with `to_admit` a Presenter who is there has to admit them."""

    def __init__(self, *, to_admit: bool) -> None:
        super().__init__(
            "You have to wait until a Presenter admits you."
            if to_admit
            else "You have to wait until a Presenter is in the call."
        )
        self.to_admit = to_admit


class Declined(NotAllowed):
    """A Presenter declined the person, who may ask again later; `reason` may be empty."""

    message = "You were not admitted to the call."

    def __init__(self, reason: str, may_ask_at: Moment) -> None:
        super().__init__()
        self.reason = reason
        self.may_ask_at = may_ask_at


class KeptOut(NotAllowed):
    """A Presenter removed the person from this call and keeps them out."""

    message = "You were removed from this call, and may not come in again."


class CallFull(NotAllowed):
    """The call has reached this server's limit of people."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The call is full: {limit} people are in it; try again when someone has left.")


class DialOutOff(NotAllowed):
    """The room does not allow telephones."""

    message = "This room does not allow dialling out; update it with pstnDialOutEnabled: true."


class NumberNotAllowed(NotAllowed):
    """The operator has not allowed any prefix of the number."""

    def __init__(self, number: str) -> None:
        super().__init__(f"This server may not call {number}: its operator has not allowed this prefix (--sip-allow).")


class TooManyPhones(NotAllowed):
    """The call, or all calls of the resource, have reached the limit of telephones."""

    def __init__(self, where: str, limit: int) -> None:
        super().__init__(f"This {where} has {limit} telephones in calls, the most it may have; hang one up first.")


class NotDialled(NotAllowed):
    """A telephone is in a call, and no dial-out explains it."""

    message = "No dial-out of this room has called this telephone, or it has ended."


class DialOutTooLong(NotAllowed):
    """A telephone has been in the call for the longest time that this server allows."""

    message = "The telephone has reached the longest call that this server allows."


class NotExtendable(NotAllowed):
    """Presenters may not add so many minutes to this room; `left` are those that they may add."""

    def __init__(self, left: int) -> None:
        super().__init__(
            f"Presenters may add {left} more minutes to this room." if left else "Presenters may not extend this room."
        )
        self.left = left


class EndMoved(OpenRoomsError):
    """The room's end is no longer the one that the caller saw; `valid_until` is the current one."""

    def __init__(self, valid_from: Moment, valid_until: Moment) -> None:
        super().__init__("The end of the room has moved; look at it and ask again.")
        self.valid_from = valid_from
        self.valid_until = valid_until


class RoomExists(OpenRoomsError):
    """A room with this id exists, or existed, and is not the one to adopt."""

    def __init__(self, room_id: str) -> None:
        super().__init__(
            f"Room {room_id} exists here with other times, options or participants, or it was deleted here. Nothing "
            "was changed; compare the two rooms."
        )


class NumberInCall(OpenRoomsError):
    """The number is in this call already, or it is being called."""

    def __init__(self, number: str) -> None:
        super().__init__(f"{number} is in this call already, or it is being called; hang it up first to call it again.")


class VisitCancelled(OpenRoomsError):
    """The room of the invitation was deleted."""

    message = "This visit was cancelled. If that surprises you, ask the people who invited you."


class BrowserNotConfirmed(OpenRoomsError):
    """The invitation would be bound to this browser, and nobody has confirmed that."""

    message = "From its first use on, this link works only in one browser. Confirm that you want to use this one."


class TooManyDialOuts(OpenRoomsError):
    """The caller, or the resource, dialled out too often in the last minute."""

    retry_after = 60

    def __init__(self, whose: str, limit: int) -> None:
        super().__init__(f"This {whose} dialled out {limit} times within a minute; try again in a minute.")


class RoomNotFound(OpenRoomsError):
    """The resource has no such room."""

    message = "The server cannot find the requested resource."


class NoSuchRoom(RoomNotFound):
    """The room to join does not exist."""

    message = "There is no such room."


class NotInCall(RoomNotFound):
    """The person is not in the call."""

    message = "This person is not in the call."


class InvitationNotFound(RoomNotFound):
    """The room has no such invitation, or it was revoked."""

    message = "There is no such invitation."


class NotWaiting(RoomNotFound):
    """The person does not wait to be admitted."""

    message = "This person is not waiting."


class AssignmentNotFound(OpenRoomsError):
    """There is no such assignment of Teams extension."""

    message = "The server cannot find the requested resource."


class EventNotFound(OpenRoomsError):
    """There is no event with this id, and there never was one in this database."""

    message = "There is no event with this ID here. To read from the oldest event on, leave out `after`."


class SubscriptionNotFound(OpenRoomsError):
    """There is no subscription with this id."""

    message = "There is no subscription with this ID."


class TooManySubscriptions(OpenRoomsError):
    """The resource has as many subscriptions as it may have."""

    message = "The resource has as many subscriptions as it may have; delete one that is not needed."


class TooManyOperatorTokens(OpenRoomsError):
    """The resource has as many operators' tokens and sessions that have not expired as it may have."""

    message = "The resource has too many operators' tokens and sessions; wait until some of them expire."


class EndpointRefused(OpenRoomsError):
    """The endpoint of a subscription did not show that it wants the events."""


class NotSupported(OpenRoomsError):
    """This installation cannot do it; a retry will not help."""

    message = "This server cannot do that."


class Unavailable(OpenRoomsError):
    """The database or the media engine cannot be reached; the same request may succeed later.

    The change was either kept completely or not at all.
    """

    message = "The service is temporarily unavailable; try again."
    retry_after = 1


class StorageFull(Unavailable):
    """The server's disk is full; nothing was changed."""

    message = "The server has no space left to keep this change; nothing was changed."


class CallsOff(Unavailable):
    """This installation has no media engine."""

    message = "Calls are off on this server: it has no media engine."


class MediaUnavailable(Unavailable):
    """The media engine does not answer."""

    message = "The media engine does not answer; try again."


class LineDown(Unavailable):
    """The telephone line is starting again."""

    message = "The telephone line is down for a moment; try again."
