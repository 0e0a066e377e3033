"""The endpoints of subscriptions, which are away while a fault says so."""

from collections.abc import Mapping

import msgspec

from openrooms.domain.faults import Traits
from openrooms.domain.subscriptions import Answer
from openrooms.server.core.ports import Courier, Reply
from openrooms.server.development.faults import Faults
from openrooms.wire.events import SOURCE_PREFIX


class _Room(msgspec.Struct, frozen=True):
    id: str = ""


class _Data(msgspec.Struct, frozen=True):
    room: _Room = _Room()


class _Event(msgspec.Struct, frozen=True):
    source: str = ""
    data: _Data = _Data()


_read = msgspec.json.Decoder(_Event).decode


class FaultyCourier:
    """Sends what the courier sends, unless the endpoint is away."""

    def __init__(self, courier: Courier, faults: Faults) -> None:
        self._courier = courier
        self._faults = faults

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Return the endpoint's answer, or that it cannot be reached."""
        fault = self._faults.meet_delivery(_traits(url, body)) if self._faults else None
        if fault is not None:
            return Reply(Answer(0, f"cannot be reached: fault {fault.id} was injected"))
        return await self._courier.send(method, url, headers, body)


def _traits(url: str, body: bytes) -> Traits:
    """Return what conditions compare; a handshake is not about a room."""
    try:
        event = _read(body)
    except msgspec.MsgspecError:
        event = _Event()
    return Traits(resource=event.source.removeprefix(SOURCE_PREFIX), room=event.data.room.id, endpoint=url)
