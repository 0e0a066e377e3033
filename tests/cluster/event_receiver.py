"""An endpoint as a program of its own, which a test kills: verifies each message, keeps it, and answers.

event_receiver.py PORT FILE SECRET SEED

It is what somebody wrote for Event Grid: it answers the handshake, and takes events one by one. Each line of the file
is the JSON of a message's id and body. Now and then it fails before it keeps an event, or after that.
"""

import json
import random
import sys
from pathlib import Path

from aiohttp import web
from standardwebhooks.webhooks import Webhook

_FAILS_BEFORE, _FAILS_AFTER = 0.02, 0.04


class Endpoint:
    """Takes messages that are signed with the secret."""

    def __init__(self, file: Path, secret: str, seed: str) -> None:
        self._file = file.open("a", encoding="utf-8")
        self._webhook = Webhook(secret)
        self._random = random.Random(seed)
        self._refused: set[str] = set()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.text()
        if request.headers["aeg-event-type"] == "SubscriptionValidation":
            [event] = json.loads(body)
            return web.json_response({"validationResponse": event["data"]["validationCode"]})
        self._webhook.verify(body, {name.lower(): value for name, value in request.headers.items()})
        message = request.headers["webhook-id"]
        chance = self._random.random()
        # Once only, because a delivery that fails again and again waits long.
        may_fail = message not in self._refused
        self._refused.add(message)
        if may_fail and chance < _FAILS_BEFORE:
            return web.Response(status=500)
        self._file.write(json.dumps([message, body]) + "\n")
        self._file.flush()
        return web.Response(status=500 if may_fail and chance < _FAILS_AFTER else 204)


def main(port: str, file: str, secret: str, seed: str) -> None:
    endpoint = Endpoint(Path(file), secret, seed)
    application = web.Application()
    application.router.add_post("/hook", endpoint.take)
    web.run_app(application, host="127.0.0.1", port=int(port), print=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
