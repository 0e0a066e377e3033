"""Calls under `openrooms dev`, and under several processes of `openrooms serve`."""

import asyncio
import json
import os
import ssl
import sys
import time
from pathlib import Path

import aiohttp
import pytest
from tests.calls.stage import Person, Stage, User, eventually, two_stages
from tests.calls.test_enforced import MICROPHONE, fell_silent_at, is_heard, left_at
from tests.calls.test_invitations import exchange, invite
from tests.calls.test_metrics import read
from tests.support.postgres import Cluster
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from openrooms.aio import RoomsClient
from openrooms.calls.aio import CallsClient
from openrooms.identity.aio import CommunicationIdentityClient

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_dev_runs_livekit_and_the_gate_on_both_ports(tmp_path):
    ready = tmp_path / "ready.json"
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "openrooms"),
        *("dev", "--https-port", "0", "--http-port", "0", "--data", str(tmp_path), "--ready-file", str(ready)),
        env=os.environ | {"OPENROOMS_LOG_LEVEL": "warning"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(ready.exists, 30)
        addresses = json.loads(ready.read_text())
        assert addresses["media"] == addresses["http"].replace("http", "ws") + "/livekit"
        connection_string = addresses["connectionString"]
        async with (
            CommunicationIdentityClient.from_connection_string(
                connection_string, connection_verify=addresses["ca"]
            ) as users,
            RoomsClient.from_connection_string(connection_string, connection_verify=addresses["ca"]) as rooms,
        ):
            user, token = await users.create_user_and_token(["voip"])
            room = await rooms.create_room(participants=[user])
            for endpoint, scheme in ((addresses["http"], "ws"), (addresses["endpoint"], "wss")):
                async with CallsClient.for_user(endpoint, token.token, connection_verify=addresses["ca"]) as client:
                    joined = await client.join_call(room.id)
                assert joined.media_url.startswith(f"{scheme}://127.0.0.1:")
                trusted = ssl.create_default_context(cafile=addresses["ca"]) if scheme == "wss" else None
                async with connect(f"{joined.media_url}/rtc?access_token={joined.media_token}", ssl=trusted) as socket:
                    await socket.recv()
                with pytest.raises(InvalidStatus) as refused:
                    await connect(f"{joined.media_url}/rtc?access_token=x", ssl=trusted)
                assert refused.value.response.status_code == 401
            # Media also flows over the plain port.
            async with CallsClient.for_user(addresses["http"], token.token) as client:
                joined = await client.join_call(room.id)
            person = Person({"mediaUrl": joined.media_url, "mediaToken": joined.media_token})
            await person.connect()
            await person.publish(MICROPHONE, video=False)
            await rooms.delete_room(room.id)
            await left_at(person)
            await person.leave()
        async with aiohttp.ClientSession() as session, session.get(f"{addresses['http']}/call/{room.id}") as page:
            assert page.status in {200, 404}
            assert page.headers["x-content-type-options"] == "nosniff"
    finally:
        process.terminate()
        await process.wait()


async def check_links_across(first: Stage, second: Stage, room: str) -> None:
    """An invitation that one process made is exchanged at another, and revoking it at the first ends the connection."""
    user = await second.user()
    await second.roles(room, {user.raw_id: "Attendee"})
    link = await invite(second, room, user.raw_id)
    guest = await first.person(room, User(user.raw_id, (await exchange(first, link))["token"]))
    await second.ask("DELETE", f"/openrooms/rooms/{room}/invitations/{link['id']}")
    answered = time.time()
    assert await left_at(guest) - answered < 1.0
    await guest.leave()


async def test_two_processes_enforce_as_one(tmp_path, postgres_cluster: Cluster):
    async with two_stages(tmp_path, postgres_cluster.create_database()) as (first, second):
        ann, bo, eve = [await first.user() for _ in range(3)]
        roles = {ann.raw_id: "Presenter", bo.raw_id: "Attendee", eve.raw_id: "Attendee"}
        room = await first.room(roles)
        ada, bob, eva = [await first.person(room, user) for user in (ann, bo, eve)]
        await bob.publish(MICROPHONE, video=False)
        await is_heard(ada, bo)

        async def there_is_one_leader() -> bool:
            metrics = [await read(process) for process in (first, second)]
            reports = [figures["people"] for figures in metrics if "people" in figures]
            return sum(figures["leader"] for figures in metrics) == 1 and reports == [3]

        await eventually(there_is_one_leader)
        # The process that answers a change enforces it, even if another process relays the signalling.
        await second.roles(room, {bo.raw_id: None})
        answered = time.time()
        assert await left_at(bob) - answered < 1.0
        assert await fell_silent_at(ada, bo) - answered < 1.0
        await second.revoke(eve.raw_id)
        answered = time.time()
        assert await left_at(eva) - answered < 1.0
        await check_links_across(first, second, room)
        # The remaining process enforces the end of the window.
        late = await second.person(room, ann)
        until = (await second.move(room, opens=-60, lasts=4)).timestamp()
        await first.kill_service()
        assert 0 <= await left_at(late) - until < 1.0
        for person in (ada, bob, eva, late):
            await person.leave()
