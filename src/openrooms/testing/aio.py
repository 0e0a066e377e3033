"""The async client of what only a development service has."""

from openrooms.testing._dev_async import DevService

__all__ = ["DevService"]
