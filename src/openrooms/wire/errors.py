"""Errors on the wire: one table with the status and code of each domain error, and their shape."""

from http import HTTPStatus
from typing import NamedTuple

import msgspec

from openrooms.domain import errors
from openrooms.domain.errors import OpenRoomsError
from openrooms.wire.dates import format_moment


class Answer(NamedTuple):
    """The status and code of an error.

    With `by_handler`, Rooms sends `x-ms-error-code` and `api-supported-versions`; errors of the model have neither:
    docs/evidence.md#errors.
    """

    status: HTTPStatus
    code: str
    by_handler: bool = True


class ErrorDetail(msgspec.Struct, omit_defaults=True, rename="camel"):
    """An error object, also used in `details`; the last five fields explain a refused join or extension."""

    code: str
    message: str
    target: str | None = None
    details: list["ErrorDetail"] | None = None
    sub_code: int | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    reason: str | None = None
    may_ask_at: str | None = None


class ErrorBody(msgspec.Struct):
    """The body of every error."""

    error: ErrorDetail


TABLE: dict[type[OpenRoomsError], Answer] = {
    errors.MalformedRequest: Answer(HTTPStatus.BAD_REQUEST, "BadRequest", by_handler=False),
    errors.InvalidRequest: Answer(HTTPStatus.BAD_REQUEST, "BadRequest"),
    errors.InvalidArgument: Answer(HTTPStatus.BAD_REQUEST, "ValidationError"),
    errors.NotAuthenticated: Answer(HTTPStatus.UNAUTHORIZED, "Denied", by_handler=False),
    errors.IdentityNotOwned: Answer(HTTPStatus.UNAUTHORIZED, "IdentityNotOwned"),
    errors.InvalidAccessToken: Answer(HTTPStatus.UNAUTHORIZED, "InvalidAccessToken", by_handler=False),
    errors.InvitationWithdrawn: Answer(HTTPStatus.UNAUTHORIZED, "InvitationWithdrawn", by_handler=False),
    errors.InvitationUnknown: Answer(HTTPStatus.UNAUTHORIZED, "InvitationUnknown", by_handler=False),
    errors.LinkRefused: Answer(HTTPStatus.UNAUTHORIZED, "LinkRefused", by_handler=False),
    errors.SignInFailed: Answer(HTTPStatus.UNAUTHORIZED, "SignInFailed", by_handler=False),
    errors.NotAllowed: Answer(HTTPStatus.FORBIDDEN, "Forbidden", by_handler=False),
    errors.NoOperatorRole: Answer(HTTPStatus.FORBIDDEN, "NoOperatorRole", by_handler=False),
    errors.ScopeRefused: Answer(HTTPStatus.FORBIDDEN, "ScopeRefused", by_handler=False),
    errors.InvitationBound: Answer(HTTPStatus.FORBIDDEN, "InvitationBound", by_handler=False),
    errors.VisitCancelled: Answer(HTTPStatus.GONE, "VisitCancelled", by_handler=False),
    errors.BrowserNotConfirmed: Answer(HTTPStatus.CONFLICT, "BrowserNotConfirmed", by_handler=False),
    errors.MustWait: Answer(HTTPStatus.FORBIDDEN, "MustWait", by_handler=False),
    errors.Declined: Answer(HTTPStatus.FORBIDDEN, "Declined", by_handler=False),
    errors.KeptOut: Answer(HTTPStatus.FORBIDDEN, "KeptOut", by_handler=False),
    errors.CallFull: Answer(HTTPStatus.FORBIDDEN, "CallFull", by_handler=False),
    errors.NumberNotAllowed: Answer(HTTPStatus.FORBIDDEN, "NumberNotAllowed", by_handler=False),
    errors.TooManyPhones: Answer(HTTPStatus.FORBIDDEN, "TooManyPhones", by_handler=False),
    errors.NotExtendable: Answer(HTTPStatus.FORBIDDEN, "NotExtendable", by_handler=False),
    errors.EndMoved: Answer(HTTPStatus.CONFLICT, "EndMoved", by_handler=False),
    errors.RoomExists: Answer(HTTPStatus.CONFLICT, "RoomExists"),
    errors.NumberInCall: Answer(HTTPStatus.CONFLICT, "NumberInCall", by_handler=False),
    errors.TooManyDialOuts: Answer(HTTPStatus.TOO_MANY_REQUESTS, "TooManyDialOuts", by_handler=False),
    errors.RoomNotFound: Answer(HTTPStatus.NOT_FOUND, "NotFound"),
    errors.AssignmentNotFound: Answer(HTTPStatus.NOT_FOUND, "NotFound"),
    errors.EventNotFound: Answer(HTTPStatus.NOT_FOUND, "NotFound", by_handler=False),
    errors.SubscriptionNotFound: Answer(HTTPStatus.NOT_FOUND, "NotFound", by_handler=False),
    errors.TooManyOperatorTokens: Answer(HTTPStatus.BAD_REQUEST, "TooManyOperatorTokens", by_handler=False),
    errors.TooManySubscriptions: Answer(HTTPStatus.BAD_REQUEST, "TooManySubscriptions", by_handler=False),
    errors.EndpointRefused: Answer(HTTPStatus.BAD_REQUEST, "EndpointRefused", by_handler=False),
    errors.NotSupported: Answer(HTTPStatus.NOT_IMPLEMENTED, "NotImplemented", by_handler=False),
    errors.Unavailable: Answer(HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable", by_handler=False),
    errors.CallsOff: Answer(HTTPStatus.SERVICE_UNAVAILABLE, "CallsOff", by_handler=False),
    errors.LineDown: Answer(HTTPStatus.SERVICE_UNAVAILABLE, "LineDown", by_handler=False),
    errors.StorageFull: Answer(HTTPStatus.INSUFFICIENT_STORAGE, "InsufficientStorage", by_handler=False),
}

SUB_CODES: dict[type[OpenRoomsError], int] = {
    errors.TokenRefused: 4507,
    errors.InvitationWithdrawn: 4507,
    errors.RoleLowered: 4507,
    errors.NoSuchRoom: 5732,
    errors.NotInvited: 5828,
    errors.OutsideWindow: 5829,
}
"""docs/evidence.md#calls"""

_encode = msgspec.json.Encoder().encode


def answer(error: OpenRoomsError) -> Answer:
    """Return the row of the error's class, or of its nearest base in the table."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)


def detail(error: OpenRoomsError) -> ErrorDetail:
    """Return the error object of the body."""
    error_detail = ErrorDetail(answer(error).code, str(error), sub_code=SUB_CODES.get(type(error)))
    if isinstance(error, errors.MalformedRequest):
        error_detail.details = [
            ErrorDetail("BadArgument", problem.message, problem.target) for problem in error.problems
        ]
    elif isinstance(error, errors.InvalidArgument):
        error_detail.target = error.target
    elif isinstance(error, errors.OutsideWindow | errors.EndMoved):
        error_detail.valid_from = format_moment(error.valid_from)
        error_detail.valid_until = format_moment(error.valid_until)
    elif isinstance(error, errors.Declined):
        error_detail.reason = error.reason or None
        error_detail.may_ask_at = format_moment(error.may_ask_at)
    return error_detail


def encode_error(error: OpenRoomsError) -> bytes:
    """Return the body of the answer."""
    return _encode(ErrorBody(detail(error)))
