"""An endpoint of subscriptions: a real HTTP server that keeps what it receives and answers as a test says."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from tests.support.ports import free_port

Reply = int | web.Response


class Receiver:
    """Keeps the events of successful answers; `reply` gives the answer to an event."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.reply: Callable[[Mapping[str, Any]], Reply] = lambda _event: 200
        self.events: list[dict[str, Any]] = []
        self.messages: list[tuple[Mapping[str, str], bytes]] = []
        self.tried = 0

    @property
    def ids(self) -> list[str]:
        """The ids of the events that were taken."""
        return [event["id"] for event in self.events]

    async def answer(self, request: web.Request) -> web.Response:
        """Take one message."""
        body = await request.read()
        self.tried += 1
        event = json.loads(body)
        reply = self.reply(event)
        response = web.Response(status=reply) if isinstance(reply, int) else reply
        if response.status < 300:
            self.events.append(event)
            self.messages.append((dict(request.headers), body))
        return response


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Run an endpoint on this machine."""
    port = free_port()
    endpoint = Receiver(f"http://127.0.0.1:{port}/hook")
    application = web.Application()
    application.router.add_post("/hook", endpoint.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield endpoint
    finally:
        await runner.cleanup()
