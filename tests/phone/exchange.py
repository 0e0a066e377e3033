"""A telephone line, and perhaps a LiveKit, without the service."""

import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec
from livekit import api
from tests.calls.stage import LIVEKIT_KEY, LIVEKIT_SECRET, Person, Stage, eventually

from openrooms.domain.errors import MediaUnavailable, OpenRoomsError
from openrooms.domain.telephones import LegEvent, LegId, LegState, PhoneNumber, leg_identity
from openrooms.server.core.ports import Leg
from openrooms.server.phone.line import SipLine, telephone_line
from openrooms.server.phone.trunk import Trunk


class Heard(NamedTuple):
    """An event, and when the line told it."""

    time: float
    event: LegEvent


class Exchange:
    """Dials through a line, and does to its legs what LiveKit can do to them."""

    def __init__(self, line: SipLine, livekit: Stage | None) -> None:
        self.line = line
        self.heard: dict[LegId, list[Heard]] = defaultdict(list)
        self.rooms: dict[LegId, str] = {}
        self.refusal: OpenRoomsError | None = None
        livekit_url = livekit.livekit_url if livekit else "http://127.0.0.1:9"
        self.media_url = livekit_url.replace("http", "ws", 1)
        self._api = api.LiveKitAPI(livekit_url, LIVEKIT_KEY, LIVEKIT_SECRET)
        line.listen(lambda event: self.heard[event.leg_id].append(Heard(time.time(), event)))

    @property
    def child_pid(self) -> int:
        assert self.line._child is not None
        return self.line._child.pid

    async def close(self) -> None:
        await self._api.aclose()

    async def dial(self, number: str, room: str, ringing: int = 20) -> LegId:
        """Begin to call a number into a room."""
        leg_id = LegId(os.urandom(16).hex())
        self.rooms[leg_id] = room
        await self.line.dial(Leg(leg_id, PhoneNumber(number), self.media_url, lambda: self._enter(leg_id), ringing))
        return leg_id

    async def _enter(self, leg_id: LegId) -> str:
        if self.refusal is not None:
            raise self.refusal
        room = self.rooms[leg_id]
        try:
            await self._api.room.create_room(api.CreateRoomRequest(name=room))
        except Exception as error:
            raise MediaUnavailable from error
        grants = api.VideoGrants(
            room_join=True,
            room=room,
            can_publish=True,
            can_publish_sources=["microphone"],
            can_publish_data=False,
            can_subscribe=True,
        )
        return _token(leg_identity(leg_id), grants, "sip")

    async def person(self, name: str, room: str) -> Person:
        """Return a person who is in a room and speaks."""
        await self._api.room.create_room(api.CreateRoomRequest(name=room))
        token = _token(name, api.VideoGrants(room_join=True, room=room))
        person = Person({"identity": name, "mediaUrl": self.media_url, "mediaToken": token})
        await person.connect()
        return person

    async def remove(self, leg_id: LegId) -> None:
        await self._api.room.remove_participant(
            api.RoomParticipantIdentity(room=self.rooms[leg_id], identity=leg_identity(leg_id))
        )

    async def close_room(self, room: str) -> None:
        await self._api.room.delete_room(api.DeleteRoomRequest(room=room))

    async def tell(self, leg_id: LegId, message: object) -> None:
        """Send a leg what the service sends."""
        await self._api.room.send_data(
            api.SendDataRequest(
                room=self.rooms[leg_id],
                data=msgspec.json.encode(message),
                kind=0,
                topic="openrooms.leg",
                destination_identities=[leg_identity(leg_id)],
            )
        )

    async def identities(self, room: str) -> list[str]:
        answer = await self._api.room.list_participants(api.ListParticipantsRequest(room=room))
        return [info.identity for info in answer.participants]

    async def is_active(self, leg_id: LegId) -> bool:
        """Return whether the leg has connected to its room."""
        answer = await self._api.room.list_participants(api.ListParticipantsRequest(room=self.rooms[leg_id]))
        active = [info.identity for info in answer.participants if info.state == api.ParticipantInfo.State.ACTIVE]
        return leg_identity(leg_id) in active

    async def reaches(self, leg_id: LegId, state: LegState, seconds: float = 10.0) -> Heard:
        """Wait for an event of the leg; return it."""

        def found() -> list[Heard]:
            return [heard for heard in self.heard[leg_id] if heard.event.state is state]

        await eventually(lambda: bool(found()), seconds)
        return found()[0]

    async def ends(self, leg_id: LegId, seconds: float = 10.0) -> Heard:
        return await self.reaches(leg_id, LegState.ENDED, seconds)

    async def is_heard_by(self, person: Person, leg_id: LegId, since: float, seconds: float = 10.0) -> float:
        """Wait until the person hears the phone after a time; return when."""
        name = f"microphone {leg_identity(leg_id)}"
        return await eventually(lambda: (person.last_frame(name.partition(" ")[2], "microphone") or 0) > since, seconds)


def _token(identity: str, grants: api.VideoGrants, kind: str = "") -> str:
    token = api.AccessToken(LIVEKIT_KEY, LIVEKIT_SECRET).with_identity(identity).with_grants(grants)
    return (token.with_kind("sip") if kind else token).to_jwt()


@asynccontextmanager
async def exchange(trunk: Trunk, livekit: Stage | None = None) -> AsyncIterator[Exchange]:
    """Run a line; without a LiveKit, its legs wait for it while they ring and talk."""
    async with telephone_line(trunk) as line:
        started = Exchange(line, livekit)
        try:
            yield started
        finally:
            await started.close()
