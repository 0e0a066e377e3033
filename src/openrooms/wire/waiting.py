"""The JSON shapes of the waiting room, under `/openrooms/rooms/{roomId}`."""

from typing import Literal

import msgspec

from openrooms.wire.answers import Role

AwaitedText = Literal["presenter", "admission"]
"""The event that somebody waits for: a Presenter comes, or admits them."""


class WaitingModel(msgspec.Struct, rename="camel"):
    """The result of joining for somebody who has to wait: until a `presenter` is in the call, or for `admission`.

    They have no media token. `GET …/me/events` tells when to join again.
    """

    room_id: str
    identity: str
    role: Role
    awaits: AwaitedText
    since: str
    valid_until: str
    state: Literal["waiting"] = "waiting"


class DeclineBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of declining somebody; they read the reason, of at most 200 characters."""

    reason: str = ""


class RemoveBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of removing a participant; with `keepOut` they may not come in again in this call."""

    keep_out: bool = False


class AdmittedModel(msgspec.Struct, rename="camel"):
    """How many people were admitted."""

    admitted: int


class EventData(msgspec.Struct, rename="camel"):
    """The data of an event.

    `room` has what everyone on the roster may know: title and window. The other events tell somebody whether they may
    come in. `admitted`: joining succeeds now. `waiting` and `asking`: they have to wait, and `awaits` says for what;
    after `asking`, joining begins the wait. `declined`: with the `reason`; from `mayAskAt` on, joining asks again.
    `removed`: they are kept out of this call. `closed`: the refusal of joining, such as by the room's window.
    """

    title: str | msgspec.UnsetType = msgspec.UNSET
    valid_from: str | msgspec.UnsetType = msgspec.UNSET
    valid_until: str | msgspec.UnsetType = msgspec.UNSET
    awaits: AwaitedText | msgspec.UnsetType = msgspec.UNSET
    since: str | msgspec.UnsetType = msgspec.UNSET
    reason: str | msgspec.UnsetType = msgspec.UNSET
    may_ask_at: str | msgspec.UnsetType = msgspec.UNSET
    code: str | msgspec.UnsetType = msgspec.UNSET
    message: str | msgspec.UnsetType = msgspec.UNSET
    sub_code: int | msgspec.UnsetType = msgspec.UNSET


class EventModel(msgspec.Struct, rename="camel"):
    """One event: its type and data."""

    type: Literal["room", "admitted", "waiting", "asking", "declined", "removed", "closed"]
    data: EventData


class EventsModel(msgspec.Struct, rename="camel"):
    """The current state as events; `id` is the `Last-Event-ID` of the stream that has sent them."""

    id: str
    events: list[EventModel]
