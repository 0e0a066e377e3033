"""The errors of the visits clients, in addition to those of all clients."""

from openrooms.calls._errors import WindowError


class EndMovedError(WindowError):
    """The room's end is no longer the one that the caller saw: status 409; `valid_until` is the current one."""
