"""Helpers to test programs that use openrooms: values for mocks, and fixtures with a real service (`plugin`)."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openrooms.testing._dev import DevService
    from openrooms.testing._dev_calls import Fault, FaultOptions, RecordedRequest, ServiceClock, SimulatedPerson
    from openrooms.testing.bench import RoomsBench
    from openrooms.testing.calls import AsyncRoomsCall, RoomsCall, RoomsUser, SimulatedParticipant
    from openrooms.testing.events import AsyncRoomsEvents, RoomsEvents
    from openrooms.testing.models import access_token, async_pages, pages, participant, response, room, user
    from openrooms.testing.service import RoomsClock, RoomsService

__all__ = [
    "AsyncRoomsCall",
    "AsyncRoomsEvents",
    "DevService",
    "Fault",
    "FaultOptions",
    "RecordedRequest",
    "RoomsBench",
    "RoomsCall",
    "RoomsClock",
    "RoomsEvents",
    "RoomsService",
    "RoomsUser",
    "ServiceClock",
    "SimulatedParticipant",
    "SimulatedPerson",
    "access_token",
    "async_pages",
    "pages",
    "participant",
    "response",
    "room",
    "user",
]

_HOMES = {
    "AsyncRoomsCall": "calls",
    "AsyncRoomsEvents": "events",
    "DevService": "_dev",
    "Fault": "_dev_calls",
    "FaultOptions": "_dev_calls",
    "RecordedRequest": "_dev_calls",
    "RoomsBench": "bench",
    "RoomsCall": "calls",
    "RoomsClock": "service",
    "RoomsEvents": "events",
    "RoomsService": "service",
    "RoomsUser": "calls",
    "SimulatedParticipant": "calls",
    "ServiceClock": "_dev_calls",
    "SimulatedPerson": "_dev_calls",
}


def __getattr__(name: str) -> Any:
    # Imported on first use: pytest imports this package to load the plugin, even in runs that do not use rooms.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"openrooms.testing.{_HOMES.get(name, 'models')}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
