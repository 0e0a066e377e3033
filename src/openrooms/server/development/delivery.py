"""Answers that arrive late, slowly, broken or not at all."""

import asyncio
import time

from openrooms.domain.faults import Cut, Effect
from openrooms.server.web.exchange import Exchange, content_length

_PIECES = 20
_LOOK_SECONDS = 0.2


class Delivery:
    """Sends an answer as the effect of a fault says."""

    def __init__(self, effect: Effect) -> None:
        self._effect = effect

    async def __call__(self, exchange: Exchange, status: int, body: bytes, fields: bytes) -> None:
        """Send the answer of an exchange, or a part of it."""
        effect, connection = self._effect, exchange.connection
        if not await _hold(exchange, effect.delay):
            return
        if effect.cut is Cut.BEFORE_ANSWER:
            connection.abort()
            return
        head, body = connection.encode_answer(exchange, status, body, fields, content_length(status, body))
        if effect.cut is Cut.IN_HEAD:
            connection.write(head[: len(head) // 2])
            connection.close()
            return
        connection.write(head)
        body = body[: len(body) // 2] if effect.cut is Cut.IN_BODY else body
        if not await _send_slowly(exchange, body, effect.slow_body):
            return
        if effect.cut is Cut.IN_BODY:
            connection.close()
        else:
            connection.end_answer(exchange)


async def _send_slowly(exchange: Exchange, body: bytes, seconds: float) -> bool:
    """Send the body within so many seconds; return whether the client still waits."""
    if not seconds:
        exchange.connection.write(body)
        return True
    size = -(-len(body) // _PIECES) or 1
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    for piece in pieces:
        if not await _hold(exchange, seconds / len(pieces)):
            return False
        exchange.connection.write(piece)
    return True


async def _hold(exchange: Exchange, seconds: float) -> bool:
    """Wait without the connection's deadline; return whether the client still waits."""
    if seconds:
        exchange.connection.extend_deadline(seconds)
    until = time.monotonic() + seconds
    while not exchange.is_gone and (left := until - time.monotonic()) > 0:  # noqa: ASYNC110 - clients leave silently
        await asyncio.sleep(min(left, _LOOK_SECONDS))
    return not exchange.is_gone
