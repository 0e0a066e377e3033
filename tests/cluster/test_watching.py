"""What one process changes is told by the streams of every other."""

import asyncio
from pathlib import Path

import aiohttp
from tests.cluster.deployment import deployed
from tests.cluster.workload import Client
from tests.support.watching import Watch


async def test_a_room_of_another_process_is_told(tmp_path: Path) -> None:
    async with deployed(tmp_path) as deployment, aiohttp.ClientSession() as session:
        first, *others = deployment.services
        client = Client(first.port, deployment.access_key, session)
        watches = [
            await asyncio.to_thread(Watch, f"http://127.0.0.1:{service.port}", deployment.access_key)
            for service in others
        ]
        for watch in watches:
            assert (await asyncio.to_thread(watch.event))[0] == "reload"
        answer = await client.ask("POST", "/rooms", {})
        assert answer is not None
        room_id = answer[1]["id"]
        for watch in watches:
            await asyncio.to_thread(watch.until, "room", lambda data: data["room"]["id"] == room_id)
        await client.ask("DELETE", f"/rooms/{room_id}")
        for watch in watches:
            assert (await asyncio.to_thread(watch.until, "gone")) == {"id": room_id}
            watch.close()
