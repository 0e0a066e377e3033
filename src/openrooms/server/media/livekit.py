"""LiveKit as the media engine: its API, its tokens and its webhooks.

A call is the LiveKit room `<resource id>.<room id>`. Rooms with other names belong to other programs and are ignored.
Participants that are neither people nor telephones (recorders, ingress) are ignored too, because only a holder of
LiveKit's secret can add them.
"""

import re
import time
from base64 import b64encode
from collections.abc import Awaitable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from secrets import token_bytes
from typing import TypeVar

import msgspec
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from livekit.protocol import models, room, webhook

from openrooms.domain.calls import GRANTS, CallId, CallNotice, Grants, Kind, Presence, RunningCall, Source, Track
from openrooms.domain.devices import DEVICES
from openrooms.domain.errors import MediaUnavailable, TokenRefused
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import SECOND, Moment
from openrooms.domain.names import DisplayName
from openrooms.domain.presence import Ending, Joined, Left, Notice, Observation, Over, SessionId, stay_of
from openrooms.domain.roles import ROLES, ParticipantRole
from openrooms.domain.telephones import LegId, is_phone, leg_identity
from openrooms.server.core.ports import LEG_TOPIC
from openrooms.server.media.passes import (
    DEVICE,
    INVITATION,
    NAME_SOURCE,
    ROLE,
    Passes,
    call_id,
    call_name,
    count,
    display_name,
    grants,
    test_end,
    test_name,
)
from openrooms.server.media.pipelining import ConnectionPool, Reply
from openrooms.wire.notices import read_notice, render_notice

Answer = TypeVar("Answer", bound=Message)

_ANSWER_SECONDS = 5.0
_TEST_EMPTY_SECONDS = 10
_ADMIN_SECONDS = 3600
_ADMIN_RENEWAL = 1800
_ADMIN_TOKENS_KEPT = 16_384
# LiveKit leaves a name as it is if the new one is empty.
_NO_NAME = " "

_SOURCES: Mapping[models.TrackSource, Source] = {
    models.TrackSource.CAMERA: Source.CAMERA,
    models.TrackSource.MICROPHONE: Source.MICROPHONE,
    models.TrackSource.SCREEN_SHARE: Source.SCREEN_SHARE,
    models.TrackSource.SCREEN_SHARE_AUDIO: Source.SCREEN_SHARE_AUDIO,
}
_NUMBERS = {source: number for number, source in _SOURCES.items()}
# Looking up one of these in the library takes as long as reading all other fields of a participant.
_PERSON = models.ParticipantInfo.Kind.STANDARD
_PHONE = models.ParticipantInfo.Kind.SIP
_GONE = models.ParticipantInfo.State.DISCONNECTED
_CONNECTED = models.ParticipantInfo.State.ACTIVE
_AUDIO = models.TrackType.AUDIO
_JOINED, _LEFT, _ROOM_FINISHED = "participant_joined", "participant_left", "room_finished"
_ENDINGS: Mapping[models.DisconnectReason, Ending] = {
    models.DisconnectReason.CLIENT_INITIATED: Ending.LEFT,
    models.DisconnectReason.DUPLICATE_IDENTITY: Ending.JOINED_ELSEWHERE,
    models.DisconnectReason.PARTICIPANT_REMOVED: Ending.REMOVED,
    models.DisconnectReason.ROOM_DELETED: Ending.CALL_ENDED,
    models.DisconnectReason.ROOM_CLOSED: Ending.CALL_ENDED,
    models.DisconnectReason.STATE_MISMATCH: Ending.CONNECTION_LOST,
    models.DisconnectReason.JOIN_FAILURE: Ending.CONNECTION_LOST,
    models.DisconnectReason.SIGNAL_CLOSE: Ending.CONNECTION_LOST,
    models.DisconnectReason.CONNECTION_TIMEOUT: Ending.CONNECTION_LOST,
    models.DisconnectReason.MEDIA_FAILURE: Ending.CONNECTION_LOST,
}


class _NotFound(Exception):
    """LiveKit has no such call, or no such participant in it."""


class _Failure(msgspec.Struct):
    """The body of an error by Twirp, the protocol of LiveKit's API."""

    code: str = ""


class LiveKit:
    """A LiveKit server, or cluster, behind one address."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url = url.rstrip("/")
        self.passes = Passes(key, secret)
        self._pool = ConnectionPool(self._url)
        self._admin_token = lru_cache(maxsize=_ADMIN_TOKENS_KEPT)(self._make_admin_token)

    def __repr__(self) -> str:
        return f"LiveKit({self._url!r})"

    @property
    def signalling_url(self) -> str:
        return re.sub("^http", "ws", self._url)

    async def list_calls(self, among: Collection[CallId] | None = None) -> Mapping[CallId, RunningCall]:
        if among is not None and not among:
            return {}
        request = room.ListRoomsRequest(names=[call_name(call) for call in among or ()])
        answer = await self._ask("ListRooms", request, room.ListRoomsResponse)
        return {
            call: RunningCall(info.sid, read_notice(info.metadata))
            for info in answer.rooms
            if (call := call_id(info.name)) is not None
        }

    async def list_presences(self, call: CallId) -> Sequence[Presence]:
        [present] = await self.list_presences_of([call])
        if isinstance(present, MediaUnavailable):
            raise present
        return present

    async def list_presences_of(self, calls: Sequence[CallId]) -> Sequence[Sequence[Presence] | MediaUnavailable]:
        requests = [
            self._request("ListParticipants", room.ListParticipantsRequest(room=call_name(call)), call)
            for call in calls
        ]
        outcomes = await self._pool.send_all(requests, _ANSWER_SECONDS)
        return [_present(call, outcome) for call, outcome in zip(calls, outcomes, strict=True)]

    async def open_call(self, call: CallId, notice: CallNotice) -> None:
        # A room that exists keeps its metadata.
        request = room.CreateRoomRequest(name=call_name(call), metadata=render_notice(notice))
        await self._ask("CreateRoom", request, models.Room)

    async def announce(self, call: CallId, notice: CallNotice) -> None:
        request = room.UpdateRoomMetadataRequest(room=call_name(call), metadata=render_notice(notice))
        await _unless_gone(self._ask("UpdateRoomMetadata", request, models.Room, call))

    async def close_call(self, call: CallId) -> None:
        request = room.DeleteRoomRequest(room=call_name(call))
        await _unless_gone(self._ask("DeleteRoom", request, room.DeleteRoomResponse))

    async def disconnect(self, call: CallId, identity: str) -> None:
        request = room.RoomParticipantIdentity(room=call_name(call), identity=identity)
        await _unless_gone(self._ask("RemoveParticipant", request, room.RemoveParticipantResponse, call))

    async def change_role(self, call: CallId, identity: str, role: ParticipantRole) -> None:
        await self._permit(call, identity, GRANTS[role], {ROLE: role})

    async def rename(self, call: CallId, identity: str, name: DisplayName) -> None:
        request = room.UpdateParticipantRequest(
            room=call_name(call),
            identity=identity,
            name=name.text or _NO_NAME,
            # LiveKit removes an attribute whose value is empty.
            attributes={NAME_SOURCE: name.source or ""},
        )
        await _unless_gone(self._ask("UpdateParticipant", request, models.ParticipantInfo, call))

    async def take_down(self, call: CallId, identity: str, role: ParticipantRole) -> None:
        # The API cannot unpublish a track, but LiveKit unpublishes tracks that are no longer permitted.
        await self._permit(call, identity, Grants(), {})
        await self._permit(call, identity, GRANTS[role], {})

    async def mute(self, call: CallId, identity: str, track: str) -> None:
        request = room.MuteRoomTrackRequest(room=call_name(call), identity=identity, track_sid=track, muted=True)
        try:
            await _unless_gone(self._ask("MutePublishedTrack", request, room.MuteRoomTrackResponse, call))
        except MediaUnavailable:
            # LiveKit also answers `unavailable` if the participant has left.
            if any(present.identity == identity for present in await self.list_presences(call)):
                raise

    async def open_test(self, call: CallId, identity: str, until: Moment) -> None:
        request = room.CreateRoomRequest(
            name=test_name(call, identity, until),
            empty_timeout=_TEST_EMPTY_SECONDS,
            departure_timeout=_TEST_EMPTY_SECONDS,
        )
        await self._ask("CreateRoom", request, models.Room)

    async def end_tests(self, resources: Collection[ResourceId], now: Moment) -> None:
        answer = await self._ask("ListRooms", room.ListRoomsRequest(), room.ListRoomsResponse)
        for info in answer.rooms:
            test = test_end(info.name)
            if test is not None and test[0] in resources and test[1] <= now:
                await _unless_gone(
                    self._ask("DeleteRoom", room.DeleteRoomRequest(room=info.name), room.DeleteRoomResponse)
                )

    async def tell_leg(self, call: CallId, leg_id: LegId, order: bytes) -> None:
        name, identity = call_name(call), leg_identity(leg_id)
        participant = room.RoomParticipantIdentity(room=name, identity=identity)
        request = room.SendDataRequest(
            room=name,
            data=order,
            kind=models.DataPacket.RELIABLE,
            destination_identities=[identity],
            topic=LEG_TOPIC,
            nonce=token_bytes(16),
        )
        try:
            info = await self._ask("GetParticipant", participant, models.ParticipantInfo, call)
            # LiveKit drops data for a participant whose media is not connected yet.
            if info.state != _CONNECTED:
                raise MediaUnavailable
            await self._ask("SendData", request, room.SendDataResponse, call)
        except _NotFound as error:
            raise MediaUnavailable from error

    def check_event(self, authorization: str) -> None:
        self.passes.claims(authorization)

    def read_event(self, body: bytes, authorization: str) -> Notice | None:
        if self.passes.claims(authorization).get("sha256") != b64encode(sha256(body).digest()).decode():
            raise TokenRefused
        try:
            event = json_format.Parse(body, webhook.WebhookEvent(), ignore_unknown_fields=True)
        except (json_format.ParseError, UnicodeDecodeError) as error:
            raise TokenRefused from error
        call = call_id(event.room.name)
        return None if call is None else Notice(call, _observation(call, event))

    async def check(self) -> None:
        await self._ask("ListRooms", room.ListRoomsRequest(names=["-"]), room.ListRoomsResponse)

    async def close(self) -> None:
        self._pool.close()

    async def _permit(self, call: CallId, identity: str, allowed: Grants, attributes: Mapping[str, str]) -> None:
        request = room.UpdateParticipantRequest(
            room=call_name(call), identity=identity, permission=_permission(allowed), attributes=attributes
        )
        await _unless_gone(self._ask("UpdateParticipant", request, models.ParticipantInfo, call))

    async def _ask(self, method: str, request: Message, shape: type[Answer], call: CallId | None = None) -> Answer:
        try:
            reply = await self._pool.send(self._request(method, request, call), _ANSWER_SECONDS)
        except OSError as error:
            raise MediaUnavailable from error
        return _read(reply, shape)

    def _request(self, method: str, request: Message, call: CallId | None) -> bytes:
        token = self._admin_token(call_name(call) if call else "", int(time.time()) // _ADMIN_RENEWAL)
        fields = f"Authorization: Bearer {token}\r\nContent-Type: application/protobuf\r\n"
        path = f"/twirp/livekit.RoomService/{method}"
        return self._pool.build_request("POST", path, fields, request.SerializeToString())

    def _make_admin_token(self, name: str, _period: int) -> str:
        rights = {"roomAdmin": True, "room": name} if name else {"roomCreate": True, "roomList": True}
        return self.passes.sign({"video": rights}, _ADMIN_SECONDS)


def presence(call: CallId, info: models.ParticipantInfo) -> Presence:
    """Return the presence of a participant that LiveKit reports."""
    attributes = info.attributes
    return Presence(
        call,
        info.identity,
        ROLES.get(attributes.get(ROLE, "")),
        _permitted(info.permission.SerializeToString()),
        count(attributes),
        tuple(_track(track) for track in info.tracks),
        display_name(info.name.strip(), attributes),
        Moment((info.joined_at_ms or info.joined_at * 1000) * SECOND // 1000),
        attributes.get(INVITATION, ""),
        info.sid,
        info.state == _CONNECTED,
        DEVICES.get(attributes.get(DEVICE, "")),
    )


def _observation(call: CallId, event: webhook.WebhookEvent) -> Observation | None:
    """Return what a webhook says about who is in a call."""
    session, person = SessionId(event.room.sid), event.participant
    if event.event == _ROOM_FINISHED:
        return Over(session, _sent_at(event))
    if event.event not in (_JOINED, _LEFT) or person.kind != _PERSON:
        return None
    stay = stay_of(presence(call, person))
    if event.event == _JOINED:
        return Joined(session, stay)
    return Left(session, stay.ended(_sent_at(event), _ENDINGS.get(person.disconnect_reason, Ending.UNKNOWN)))


def _sent_at(event: webhook.WebhookEvent) -> Moment:
    """Return when a webhook was made: LiveKit says the second, and those that are not late arrive within it."""
    now = time.time_ns() // 100
    return Moment(min(max(now, event.created_at * SECOND), (event.created_at + 1) * SECOND))


def _present(call: CallId, outcome: Reply | OSError) -> Sequence[Presence] | MediaUnavailable:
    try:
        if isinstance(outcome, OSError):
            raise MediaUnavailable from outcome
        answer = _read(outcome, room.ListParticipantsResponse)
    except _NotFound:
        return []
    except MediaUnavailable as error:
        return error
    return [presence(call, info) for info in answer.participants if _is_seen(info)]


def _read(reply: Reply, shape: type[Answer]) -> Answer:
    """Return LiveKit's answer; raise `_NotFound`, or `MediaUnavailable` for any other answer."""
    status, body = reply
    if status == HTTPStatus.OK:
        try:
            return shape.FromString(body)
        except DecodeError as error:
            raise MediaUnavailable from error
    try:
        code = msgspec.json.decode(body, type=_Failure).code
    except msgspec.MsgspecError:
        code = ""
    if code == "not_found":
        raise _NotFound
    raise MediaUnavailable from ConnectionError(f"LiveKit answers {status} {code}".rstrip())


def _is_seen(info: models.ParticipantInfo) -> bool:
    kind = info.kind
    return (kind == _PERSON or (kind == _PHONE and is_phone(info.identity))) and info.state != _GONE


def _track(info: models.TrackInfo) -> Track:
    kind = Kind.AUDIO if info.type == _AUDIO else Kind.VIDEO
    return Track(info.sid, _SOURCES.get(info.source), kind, info.muted)


def _permission(allowed: Grants) -> models.ParticipantPermission:
    return models.ParticipantPermission(
        can_publish=bool(allowed.sources),
        can_publish_sources=sorted(_NUMBERS[source] for source in allowed.sources),
        can_publish_data=allowed.data,
        can_subscribe=allowed.subscribe,
    )


@lru_cache(maxsize=256)
def _permitted(data: bytes) -> Grants:
    # Reading a field takes a good part of a microsecond, and the permissions of a role are always the same bytes.
    permission = models.ParticipantPermission.FromString(data)
    special = (
        permission.hidden,
        permission.recorder,
        permission.agent,
        permission.can_update_metadata,
        permission.can_subscribe_metrics,
        permission.can_manage_agent_session,
    )
    named = [_SOURCES[number] for number in permission.can_publish_sources if number in _SOURCES]
    return grants(permission.can_publish, named, permission.can_publish_data, permission.can_subscribe, any(special))


async def _unless_gone(request: Awaitable[object]) -> None:
    # The call or the participant has already left, which is the goal of the request.
    with suppress(_NotFound):
        await request
