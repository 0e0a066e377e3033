"""A development service whose calls are simulated: people pass the same rules as with LiveKit."""

import asyncio
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from tests.calls.stage import eventually
from tests.support.service import dev

from openrooms import ParticipantRole, RoomParticipant
from openrooms.aio import RoomsClient
from openrooms.calls.aio import CallsClient
from openrooms.domain.calls import Source
from openrooms.domain.errors import NotAllowed, NotInCall, NotInvited, TokenRefused
from openrooms.identity.aio import CommunicationIdentityClient
from openrooms.server.media.people import SimulatedPeople
from openrooms.server.media.simulated import Connection, State
from openrooms.server.process.assembly import Service, assemble
from openrooms.server.process.settings import LiveKit, Settings
from openrooms.server.web.server import Server

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE


class House:
    """A running service and its clients."""

    def __init__(self, service: Service, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        key = str(service.access_key)
        assert service.people is not None
        self.people: SimulatedPeople = service.people
        self.key = key
        self.rooms = RoomsClient(self.url, key)
        self.identities = CommunicationIdentityClient(self.url, key)
        self.calls = CallsClient(self.url, key)
        self.service = service

    async def user(self) -> tuple[str, str]:
        user, token = await self.identities.create_user_and_token(["voip"])
        return user.raw_id, token.token

    async def enter(self, room: str, token: str) -> Connection:
        async with CallsClient.for_user(self.url, token) as client:
            joined = await client.join_call(room, display_name="Ada")
        return await self.people.enter(joined.media_token)


@pytest_asyncio.fixture
async def house(tmp_path) -> AsyncIterator[House]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
        settings = Settings(
            development=True, https_port=None, http_port=port, data=tmp_path, livekit=LiveKit("simulated")
        )
        async with assemble(settings, None) as service:
            serving = asyncio.create_task(Server(service.application, [sock]).serve_until_cancelled())
            yield House(service, port)
            serving.cancel()
            await asyncio.wait([serving])


async def test_people_join_and_are_seen(house: House):
    raw_id, token = await house.user()
    room = await house.rooms.create_room(participants=[RoomParticipant(raw_id, PRESENTER)])
    connection = await house.enter(room.id, token)
    [participant] = (await house.calls.get_call(room.id)).participants
    assert (participant.communication_identifier.raw_id, participant.role) == (raw_id, PRESENTER)
    assert participant.display_name == "Ada"
    connection.leave()
    assert not (await house.calls.get_call(room.id)).is_active


async def test_a_muted_participant_can_unmute(house: House):
    raw_id, token = await house.user()
    room = await house.rooms.create_room(participants=[RoomParticipant(raw_id, PRESENTER)])
    connection = await house.enter(room.id, token)
    track = connection.publish(Source.MICROPHONE)
    await house.calls.mute_participant(room.id, raw_id)
    assert [track.muted for track in connection.presence.tracks] == [True]
    connection.set_muted(track.id, muted=False)
    assert [track.muted for track in connection.presence.tracks] == [False]


async def test_a_removal_ends_the_connection(house: House):
    raw_id, token = await house.user()
    room = await house.rooms.create_room(participants=[RoomParticipant(raw_id, PRESENTER)])
    connection = await house.enter(room.id, token)
    await house.rooms.remove_participants(room.id, [raw_id])
    await eventually(lambda: connection.ending == "removed", 1)
    with pytest.raises(NotInCall):
        connection.publish(Source.CAMERA)


async def test_a_deleted_room_ends_its_call(house: House):
    raw_id, token = await house.user()
    room = await house.rooms.create_room(participants=[RoomParticipant(raw_id, PRESENTER)])
    connection = await house.enter(room.id, token)
    await house.rooms.delete_room(room.id)
    await eventually(lambda: connection.ending == "call ended", 1)


async def test_a_lower_role_applies_to_the_connection(house: House):
    raw_id, token = await house.user()
    room = await house.rooms.create_room(participants=[RoomParticipant(raw_id, PRESENTER)])
    connection = await house.enter(room.id, token)
    connection.publish(Source.SCREEN_SHARE)
    await house.rooms.add_or_update_participants(room.id, [RoomParticipant(raw_id, ATTENDEE)])
    await eventually(lambda: connection.presence.role is ATTENDEE, 1)
    assert connection.presence.tracks == ()
    assert connection.state is State.CONNECTED
    with pytest.raises(NotAllowed):
        connection.publish(Source.SCREEN_SHARE)


async def test_a_used_media_token_is_checked_again(house: House):
    """The token of somebody who was removed, or has a lower role since, is refused as at the gate."""
    raw_id, token = await house.user()
    room = await house.rooms.create_room(participants=[RoomParticipant(raw_id, PRESENTER)])
    async with CallsClient.for_user(house.url, token) as client:
        joined = await client.join_call(room.id)
    await house.rooms.add_or_update_participants(room.id, [RoomParticipant(raw_id, ATTENDEE)])
    with pytest.raises(TokenRefused, match="join again"):
        await house.people.enter(joined.media_token)
    await house.rooms.remove_participants(room.id, [raw_id])
    with pytest.raises(NotInvited):
        await house.people.enter(joined.media_token)


@pytest.mark.parametrize("path", ["rtc", "rtc/v1"])
async def test_a_media_sdk_is_told_that_calls_are_simulated(house: House, path: str):
    raw_id, token = await house.user()
    room = await house.rooms.create_room(participants=[RoomParticipant(raw_id, PRESENTER)])
    async with CallsClient.for_user(house.url, token) as client:
        joined = await client.join_call(room.id)
    query = {"access_token": joined.media_token}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{joined.media_url}/{path}", params=query)
        assert refused.value.status == 403
        async with session.get(f"{house.url}/livekit/{path}/validate", params=query) as answer:
            assert answer.status == 403
            assert "simulates calls" in (await answer.json())["error"]["message"]


async def test_dev_without_livekit_simulates_calls(tmp_path):
    with dev(tmp_path, "--livekit", "auto", PATH="", XDG_CACHE_HOME=str(tmp_path)) as process:
        assert process.ready["media"] is None
        # The service prints it once it is ready.
        await eventually(lambda: "simulated, because there is no livekit-server" in process.output())
