"""The headers of repeatable requests, as the OASIS standard has them.

https://docs.oasis-open.org/odata/repeatable-requests/v1.0/repeatable-requests-v1.0.html
"""

import hashlib

from openrooms.domain.errors import InvalidRequest
from openrooms.server.core.ports import Clock, Once
from openrooms.server.core.rooms import is_repeatable
from openrooms.server.web.messages import Header, Request
from openrooms.wire.dates import parse_header_date

# docs/evidence.md#repeated-creates
ACCEPTED: Header = (b"repeatability-result", b"accepted")
_LONGEST_REQUEST_ID = 128


def read_once(request: Request, clock: Clock) -> Once | None:
    """Return the repeatability headers, if any; raise `InvalidRequest` if one is missing or invalid.

    docs/evidence.md#repeated-creates
    """
    request_id = request.headers.get(b"repeatability-request-id")
    first_sent = request.headers.get(b"repeatability-first-sent")
    if request_id is None and first_sent is None:
        return None
    if request_id is None or first_sent is None:
        raise InvalidRequest("Repeatability-Request-ID and Repeatability-First-Sent must be sent together.")
    sent = parse_header_date(first_sent)
    if sent is None:
        raise InvalidRequest("Repeatability-First-Sent must be a date such as Fri, 29 Aug 2025 00:29:48 GMT.")
    if not is_repeatable(sent, clock()):
        raise InvalidRequest("Repeatability-First-Sent is too long ago to know the first answer; use a new request ID.")
    return Once(
        _request_id(request_id), hashlib.sha256(request.version.encode("ascii") + b"\n" + request.body).digest()
    )


def _request_id(sent: bytes) -> str:
    """Return the request id, an opaque text; raise `InvalidRequest` unless it is printable and not too long."""
    # Bytes that are not UTF-8 become characters that are not printable.
    text = sent.decode("utf-8", "surrogateescape")
    if not text or len(text) > _LONGEST_REQUEST_ID or not text.isprintable():
        raise InvalidRequest(
            f"Repeatability-Request-ID must be printable text of at most {_LONGEST_REQUEST_ID} characters."
        )
    return text
