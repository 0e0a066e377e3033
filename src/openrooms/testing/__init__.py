"""What helps to test a program that uses openrooms: values to return from mocks, and (`plugin`) a real service."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openrooms.testing.models import access_token, async_pages, pages, participant, response, room, user
    from openrooms.testing.service import RoomsClock, RoomsService

__all__ = [
    "RoomsClock",
    "RoomsService",
    "access_token",
    "async_pages",
    "pages",
    "participant",
    "response",
    "room",
    "user",
]


def __getattr__(name: str) -> Any:
    # pytest imports this package to find the plugin in it, also in runs that have nothing to do with rooms.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name.startswith("Rooms"):
        from openrooms.testing import service as home
    else:
        from openrooms.testing import models as home  # type: ignore[no-redef]
    return getattr(home, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
