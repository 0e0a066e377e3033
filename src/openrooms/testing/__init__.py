"""Helpers to test programs that use openrooms: values for mocks, and fixtures with a real service (`plugin`)."""

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
    # Imported on first use: pytest imports this package to load the plugin, even in runs that do not use rooms.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name.startswith("Rooms"):
        from openrooms.testing import service as home
    else:
        from openrooms.testing import models as home  # type: ignore[no-redef]
    return getattr(home, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
