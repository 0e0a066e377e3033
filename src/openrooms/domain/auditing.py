"""Events of the audit trail, and filters for them."""

from http import HTTPStatus

import msgspec

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment


class AuditEvent(msgspec.Struct, frozen=True):
    """Something that a known caller did, or was refused.

    `id` tells events of one moment apart. `user` is the raw id of the person whom the operation is about.
    """

    id: str
    at: Moment
    operation: str
    status: int
    resource: ResourceId
    caller: str
    client: str
    room: str = ""
    user: str = ""
    reason: str = ""
    request_id: str = ""

    @property
    def outcome(self) -> str:
        """Whether the operation was `done`, `refused` or `failed`."""
        if self.status < HTTPStatus.BAD_REQUEST:
            return "done"
        return "refused" if self.status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"


class AuditFilter(msgspec.Struct, frozen=True):
    """The values that events must have; an empty text matches all. `until` is the first moment that does not match."""

    since: Moment = Moment(0)
    until: Moment = Moment(2**63 - 1)
    operation: str = ""
    outcome: str = ""
    room: str = ""
    caller: str = ""
    user: str = ""


EVER = AuditFilter()
"""All events."""


def matches(event: AuditEvent, wanted: AuditFilter) -> bool:
    """Return whether the filter lets the event through."""
    pairs = (
        (wanted.operation, event.operation),
        (wanted.outcome, event.outcome),
        (wanted.room, event.room),
        (wanted.caller, event.caller),
        (wanted.user, event.user),
    )
    return wanted.since <= event.at < wanted.until and all(text in ("", value) for text, value in pairs)
