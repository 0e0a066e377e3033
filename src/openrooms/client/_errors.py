"""The errors that calls raise, and how the error class is chosen from the answer.

AzureError                               azure-core's base class
├── HttpResponseError                    an answer that is not a success
│   ├── InvalidRequestError              400
│   │   ├── InvalidRoomIdError
│   │   ├── InvalidIdentifierError
│   │   └── InvalidWindowError
│   ├── ClientAuthenticationError        401, 403
│   ├── ResourceNotFoundError            404
│   │   └── RoomNotFoundError
│   ├── ResourceExistsError              409
│   ├── ThrottledError                   429, after the retries
│   └── DecodeError                      a success whose body cannot be read
├── ServiceRequestError                  no connection
└── ServiceResponseError                 no complete answer
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

_EXCERPT_CHARACTERS = 200
_REDIRECTS = range(300, 400)


class InvalidRequestError(HttpResponseError):
    """The service refuses the request: status 400."""


class InvalidRoomIdError(InvalidRequestError):
    """The room id is malformed."""


class InvalidIdentifierError(InvalidRequestError):
    """A raw id is malformed or cannot be on a roster."""


class InvalidWindowError(InvalidRequestError):
    """`valid_from` and `valid_until` are not a valid window."""


class RoomNotFoundError(ResourceNotFoundError):
    """The room does not exist: status 404."""


class ThrottledError(HttpResponseError):
    """Too many requests, even after the retries: status 429."""

    @property
    def retry_after(self) -> float | None:
        """The seconds to wait before the next call, or `None` if the service sent no `Retry-After`."""
        from azure.core.pipeline.policies import RetryPolicy

        answer: Any = PipelineResponse(None, self.response, PipelineContext(None))
        try:
            seconds = RetryPolicy().get_retry_after(answer)
        except (ValueError, TypeError, OverflowError, AttributeError):
            # The header is neither seconds nor a date, or there is no response.
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
    response: Any, not_found: type[ResourceNotFoundError], error_map: Mapping[int, type[HttpResponseError]] | None
) -> HttpResponseError:
    """Return the error for an answer; `error_map` has the caller's classes by status, `not_found` is that for 404."""
    status = response.status_code
    problem = _problem(response)
    if error_map and status in error_map:
        kind = error_map[status]
    elif status == HTTPStatus.BAD_REQUEST:
        kind = _bad_request(problem)
    elif status == HTTPStatus.NOT_FOUND:
        kind = not_found
    else:
        kind = _STATUSES.get(status, HttpResponseError)
    return filled(kind(response=response), problem)


def filled(error: HttpResponseError, problem: ODataV4Format) -> HttpResponseError:
    """Fill in the error's message and return it: the request, the problem and the request id."""
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


def unreadable(response: Any, reason: str) -> ODataV4Format:
    """Return the problem of a body that cannot be decoded, without quoting the body, which may contain a token."""
    content_type = response.headers.get("Content-Type") or "no content type"
    return _problem_of("UnreadableAnswer", f"the body ({content_type}) cannot be read: {reason}")


def _problem(response: Any) -> ODataV4Format:
    try:
        return ODataV4Format(response.json())
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass
    status = response.status_code
    code = response.headers.get("x-ms-error-code") or (response.reason or "Unknown").title().replace(" ", "")
    if status in _REDIRECTS:
        return _problem_of(code, f"a redirect that is not followed, to {response.headers.get('Location', 'nowhere')}")
    text = " ".join(response.text().split())
    excerpt = text if len(text) <= _EXCERPT_CHARACTERS else f"{text[:_EXCERPT_CHARACTERS]}..."
    content_type = response.headers.get("Content-Type") or "no content type"
    return _problem_of(
        code, f"the body is not an error of the service ({content_type}): {excerpt}" if text else "the body is empty"
    )


def _problem_of(code: str, message: str) -> ODataV4Format:
    return ODataV4Format({"code": code, "message": message})


def _bad_request(problem: ODataV4Format) -> type[InvalidRequestError]:
    for detail in (problem, *problem.details):
        target = (detail.target or "").removeprefix("$.").lower()
        if target in _BAD_TARGETS:
            return _BAD_TARGETS[target]
    messages = " ".join(text.message or "" for text in (problem, *problem.details)).lower()
    return next((kind for words, kind in _BAD_MESSAGES.items() if words in messages), InvalidRequestError)
