"""The JSON shapes of attendance: who was in the calls of a room, from when to when."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from openrooms.domain.presence import Ending
from openrooms.wire.answers import Role

# Clients read any text, because later versions may add values.
EndingText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(Ending)})]


class StayModel(msgspec.Struct, rename="camel"):
    """One connection of somebody to a call; `leftAt`, `seconds` and `ending` are absent while it lasts.

    `callId` and `participantId` are the `serverCallId` and the `participantId` of events. `seconds` is how long it
    lasted.
    """

    call_id: str
    participant_id: str
    raw_id: str
    display_name: str
    joined_at: str
    role: Role | UnsetType = UNSET
    left_at: str | UnsetType = UNSET
    seconds: float | UnsetType = UNSET
    ending: EndingText | UnsetType = UNSET


class StayPage(msgspec.Struct, rename="camel"):
    """A page of stays, those that began first; the last page has no `nextLink`."""

    value: list[StayModel]
    next_link: str | UnsetType = UNSET
