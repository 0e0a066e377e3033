"""The answers of the development service's own operations."""

from http import HTTPStatus

import msgspec

from openrooms.server.web.messages import Header, Response

HEADERS: tuple[Header, ...] = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"no-store"),
)
_encode = msgspec.json.Encoder().encode


def answer(model: msgspec.Struct, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return an answer with a model."""
    return Response(status, _encode(model), HEADERS)


def done() -> Response:
    """Return an answer without content."""
    return Response(HTTPStatus.NO_CONTENT)
