"""The JSON shapes of the audit trail: of an event, as the stream and the API have it, and of a page of events."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

OUTCOMES = ("done", "refused", "failed")
Outcome = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(OUTCOMES)})]


class AuditEventModel(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One event; `docs/operations/audit.md` explains its fields."""

    time: str
    operation: str
    outcome: Outcome
    status: int
    resource: str
    caller: str
    client: str
    room: str = ""
    user: str = ""
    reason: str = ""
    request_id: str = ""


class AuditPage(msgspec.Struct, rename="camel"):
    """A page of events, newest first; the last page has no `nextLink`, and others may have few events or none."""

    value: list[AuditEventModel]
    next_link: str | UnsetType = UNSET
