"""The call of a room: what each role may do in it, and who is in it now."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from openrooms.domain.devices import Device
from openrooms.domain.errors import CallFull, NotAllowed
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import Moment
from openrooms.domain.names import NAMELESS, DisplayName
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import Room, RoomId
from openrooms.domain.roster import RawId

_SECOND_IDENTITY = "#"


class CallId(msgspec.Struct, frozen=True, order=True):
    """Identifies a call among all resources; a room has at most one call."""

    resource: ResourceId
    room: RoomId


class Source(StrEnum):
    """The source that a published track claims, in the media engine's words."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN_SHARE = "screen_share"
    SCREEN_SHARE_AUDIO = "screen_share_audio"


class Kind(StrEnum):
    """The kind of media that a published track really carries."""

    AUDIO = "audio"
    VIDEO = "video"


KINDS: Mapping[Source, Kind] = {
    Source.MICROPHONE: Kind.AUDIO,
    Source.CAMERA: Kind.VIDEO,
    Source.SCREEN_SHARE: Kind.VIDEO,
    Source.SCREEN_SHARE_AUDIO: Kind.AUDIO,
}


class Grants(msgspec.Struct, frozen=True):
    """What a participant may do in a call.

    `power` stands for every other right that the media engine knows, such as to be hidden or to change participants.
    No role has it.
    """

    sources: frozenset[Source] = frozenset()
    data: bool = False
    subscribe: bool = True
    power: bool = False


_TALK = frozenset({Source.MICROPHONE, Source.CAMERA})
_EVERYTHING = frozenset(Source)

GRANTS: Mapping[ParticipantRole, Grants] = {
    ParticipantRole.PRESENTER: Grants(_EVERYTHING, data=True),
    ParticipantRole.COLLABORATOR: Grants(_EVERYTHING, data=True),
    ParticipantRole.ATTENDEE: Grants(_TALK, data=True),
    ParticipantRole.CONSUMER: Grants(),
}
"""docs/evidence.md#calls"""


class Track(msgspec.Struct, frozen=True):
    """A published track; `source` is `None` if the track claims no source that we know."""

    id: str
    source: Source | None
    kind: Kind
    muted: bool = False


class Presence(msgspec.Struct, frozen=True):
    """One connection that the media engine reports.

    `identity` is a raw id; a second connection of the same person has `#` and more after it. The others in the call see
    `role`. `revocations` is the count in the identity token used to join (`None`: the token had no count), and
    `invitation` the id of the invitation from which that token came. `connection` is the engine's id of the connection,
    which is used once, `is_active` is false while it is still being made, and `device` is the kind of their device.
    """

    call: CallId
    identity: str
    role: ParticipantRole | None
    grants: Grants
    revocations: int | None
    tracks: tuple[Track, ...] = ()
    name: DisplayName = NAMELESS
    joined_at: Moment = Moment(0)
    invitation: str = ""
    connection: str = ""
    is_active: bool = True
    device: Device | None = None


class WaitingNotice(msgspec.Struct, frozen=True):
    """How many people wait for a call; `revision` changes with what was decided about them."""

    count: int
    revision: int


class CallNotice(msgspec.Struct, frozen=True):
    """The facts of a room that everyone in its call is told; `minutes_left` are those that Presenters may still add.

    `waiting` is `None` if nobody has to wait for the call. It names nobody, because Attendees read it too.
    """

    title: str
    valid_from: Moment
    valid_until: Moment
    minutes_left: int
    waiting: WaitingNotice | None = None


class RunningCall(msgspec.Struct, frozen=True):
    """A call that the media engine has: the engine's id of this one call, which is used once, and its notice.

    It has no notice (`None`) if it was opened without one, or if another version wrote it.
    """

    session: str
    notice: CallNotice | None


def notice_of(room: Room, waiting: WaitingNotice | None = None) -> CallNotice:
    """Return what the call of the room says."""
    return CallNotice(room.options.title, room.valid_from, room.valid_until, room.options.minutes_left, waiting)


def person(identity: str) -> RawId:
    """Return the raw id of the person behind an identity."""
    return RawId(identity.partition(_SECOND_IDENTITY)[0])


def exceeds(grants: Grants, allowed: Grants) -> bool:
    """Return whether `grants` permit anything that `allowed` does not."""
    return (
        not grants.sources <= allowed.sources
        or (grants.data and not allowed.data)
        or (grants.subscribe and not allowed.subscribe)
        or (grants.power and not allowed.power)
    )


def is_mislabelled(track: Track) -> bool:
    """Return whether a track does not carry what its source says; a client could evade its grants in this way."""
    return track.source is None or KINDS[track.source] is not track.kind


def check_room_left(present: Iterable[Presence], raw_id: str, limit: int) -> None:
    """Raise `CallFull` if `limit` other people are in the call already."""
    people = {person(presence.identity) for presence in present}
    if raw_id not in people and len(people) >= limit:
        raise CallFull(limit)


def is_moderator(role: ParticipantRole) -> bool:
    """Return whether the role may mute and remove others, end the call and dial out."""
    return role is ParticipantRole.PRESENTER


def check_moderator(role: ParticipantRole | None) -> None:
    """Raise `NotAllowed` unless the role is a moderator's."""
    if role is None or not is_moderator(role):
        raise NotAllowed("Only a Presenter of the room may do this.")


def capabilities(role: ParticipantRole, dial_out: bool) -> dict[str, bool]:
    """Return what the role may do, with the names of Azure's calling SDK: docs/evidence.md#calls."""
    sources = GRANTS[role].sources
    moderator = is_moderator(role)
    return {
        "turnVideoOn": Source.CAMERA in sources,
        "unmuteMic": Source.MICROPHONE in sources,
        "shareScreen": Source.SCREEN_SHARE in sources,
        "muteOthers": moderator,
        "removeParticipant": moderator,
        "hangUpForEveryOne": moderator,
        "addPhoneNumber": moderator and dial_out,
    }
