"""The JSON shapes of attendance: who was in the calls of a room, from when to when, and who was refused."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from openrooms.domain.devices import Device
from openrooms.domain.presence import Ending
from openrooms.wire.answers import Role

# Clients read any text, because later versions may add values.
EndingText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(Ending)})]


DeviceText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(Device)})]


class StayModel(msgspec.Struct, rename="camel"):
    """One connection of somebody to a call; `leftAt`, `seconds` and `ending` are absent while it lasts.

    `callId` and `participantId` are the `serverCallId` and the `participantId` of events. `seconds` is how long it
    lasted, `device` the kind of device, if it is known, and `title` the room's, as long as that is kept.
    """

    room_id: str
    call_id: str
    participant_id: str
    raw_id: str
    display_name: str
    joined_at: str
    role: Role | UnsetType = UNSET
    left_at: str | UnsetType = UNSET
    seconds: float | UnsetType = UNSET
    ending: EndingText | UnsetType = UNSET
    device: DeviceText | UnsetType = UNSET
    title: str | UnsetType = UNSET


class StayPage(msgspec.Struct, rename="camel"):
    """A page of stays, those that began first; the last page has no `nextLink`."""

    value: list[StayModel]
    next_link: str | UnsetType = UNSET


class RefusalModel(msgspec.Struct, rename="camel"):
    """Somebody who could not join the calls of a room: the rule, in words and as `GET .../why` names it, and how often.

    `message` is what they were told the last time. `title` is the room's and `displayName` the name that the organiser
    gave them, as long as these are kept.
    """

    room_id: str
    raw_id: str
    rule: str
    code: str
    count: int
    first_at: str
    last_at: str
    message: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET


class RefusalPage(msgspec.Struct, rename="camel"):
    """A page of refusals, those that ended first; the last page has no `nextLink`."""

    value: list[RefusalModel]
    next_link: str | UnsetType = UNSET
