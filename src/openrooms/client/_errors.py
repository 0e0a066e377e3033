"""What a call raises for an answer that is not a success, and how that is told apart.

AzureError                               azure-core's, base of all
├── HttpResponseError                    any such answer
│   ├── InvalidRequestError              400
│   │   ├── InvalidRoomIdError
│   │   ├── InvalidIdentifierError
│   │   └── InvalidWindowError
│   ├── ClientAuthenticationError        401, 403
│   ├── ResourceNotFoundError            404
│   │   └── RoomNotFoundError
│   ├── ResourceExistsError              409
│   ├── ThrottledError                   429, after the retries
│   └── DecodeError                      a success that cannot be read
├── ServiceRequestError                  no connection
└── ServiceResponseError                 no whole answer
"""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ODataV4Format,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.core.pipeline import PipelineContext, PipelineResponse

from openrooms.client._network import split_url

_SHOWN = 200
_REDIRECTS = range(300, 400)


class InvalidRequestError(HttpResponseError):
    """The service refuses what was asked for: status 400."""


class InvalidRoomIdError(InvalidRequestError):
    """No room can have this id."""


class InvalidIdentifierError(InvalidRequestError):
    """Somebody cannot be on a roster by this raw id."""


class InvalidWindowError(InvalidRequestError):
    """`valid_from` and `valid_until` break a rule of time."""


class RoomNotFoundError(ResourceNotFoundError):
    """There is no such room: status 404."""


class ThrottledError(HttpResponseError):
    """Too many requests, also after the retries: status 429."""

    @property
    def retry_after(self) -> float | None:
        """The seconds that the service asks to wait, if it does."""
        from azure.core.pipeline.policies import RetryPolicy

        answer: Any = PipelineResponse(None, self.response, PipelineContext(None))
        try:
            seconds = RetryPolicy().get_retry_after(answer)
        except (ValueError, TypeError, OverflowError, AttributeError):
            # Neither seconds nor a date, or no answer at all.
            return None
        return seconds if seconds is not None and math.isfinite(seconds) else None


_STATUSES: Mapping[int, type[HttpResponseError]] = {
    400: InvalidRequestError,
    401: ClientAuthenticationError,
    403: ClientAuthenticationError,
    404: ResourceNotFoundError,
    409: ResourceExistsError,
    429: ThrottledError,
}
_BAD_TARGETS: Mapping[str, type[InvalidRequestError]] = {
    "validfrom": InvalidWindowError,
    "validuntil": InvalidWindowError,
}
_BAD_MESSAGES: Mapping[str, type[InvalidRequestError]] = {
    "invalid room id": InvalidRoomIdError,
    "communication identifier": InvalidIdentifierError,
    "invalid value for the participants": InvalidIdentifierError,
    "validfrom and validuntil": InvalidWindowError,
}


def failure(
    response: Any, not_found: type[ResourceNotFoundError], chosen: Mapping[int, type[HttpResponseError]] | None
) -> HttpResponseError:
    """Return what to raise for an answer; `chosen` is the caller's own class by status, `not_found` that of 404."""
    status = response.status_code
    problem = _problem(response)
    if chosen and status in chosen:
        kind = chosen[status]
    elif status == HTTPStatus.BAD_REQUEST:
        kind = _bad_request(problem)
    elif status == HTTPStatus.NOT_FOUND:
        kind = not_found
    else:
        kind = _STATUSES.get(status, HttpResponseError)
    return filled(kind(response=response), problem)


def filled(error: HttpResponseError, problem: ODataV4Format) -> HttpResponseError:
    """Return the error saying which request failed, and how."""
    response: Any = error.response
    details = "".join(f"; {detail.target or detail.code}: {detail.message}" for detail in problem.details)
    request = response.request
    path = split_url(request.url)[1].partition("?")[0]
    message = f"{response.status_code} {problem.code}: {request.method} {path}: {problem.message}{details}"
    request_id = request.headers.get("x-ms-client-request-id")
    if request_id:
        message += f" (request id {request_id})"
    error.error = problem
    error.message = message
    error.args = (message,)
    return error


def unreadable(response: Any, why: str) -> ODataV4Format:
    """Return the problem of an answer whose body makes no sense; nothing of it is shown, it may hold a token."""
    content_type = response.headers.get("Content-Type") or "no content type"
    return _made("UnreadableAnswer", f"the body ({content_type}) cannot be read: {why}")


def _problem(response: Any) -> ODataV4Format:
    try:
        return ODataV4Format(response.json())
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass
    status = response.status_code
    code = response.headers.get("x-ms-error-code") or (response.reason or "Unknown").title().replace(" ", "")
    if status in _REDIRECTS:
        return _made(code, f"a redirect that is not followed, to {response.headers.get('Location', 'nowhere')}")
    text = " ".join(response.text().split())
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    content_type = response.headers.get("Content-Type") or "no content type"
    return _made(
        code, f"the body is no error of the service ({content_type}): {shown}" if text else "the body is empty"
    )


def _made(code: str, message: str) -> ODataV4Format:
    return ODataV4Format({"code": code, "message": message})


def _bad_request(problem: ODataV4Format) -> type[InvalidRequestError]:
    for detail in (problem, *problem.details):
        target = (detail.target or "").removeprefix("$.").lower()
        if target in _BAD_TARGETS:
            return _BAD_TARGETS[target]
    said = " ".join(text.message or "" for text in (problem, *problem.details)).lower()
    return next((kind for words, kind in _BAD_MESSAGES.items() if words in said), InvalidRequestError)
