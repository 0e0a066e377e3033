"""Ports that do not answer while a fault says so."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any, NoReturn, TypeVar, cast

from openrooms.domain.errors import OpenRoomsError

Port = TypeVar("Port")
_NEVER_FAULTY = frozenset({"close", "wait_until_broken"})


def guarded(port: Port, protocol: type, check: Callable[[], None]) -> Port:
    """Return the port, each of whose awaited methods raises first the `OpenRoomsError` that `check` raises."""
    return cast("Port", _Guarded(port, protocol, check))


class _Guarded:
    """Passes everything to the port; `isinstance` sees the port's class."""

    def __init__(self, port: Any, protocol: type, check: Callable[[], None]) -> None:
        vars(self).update(_port=port, _protocol=protocol, _check=check)

    @property
    def __class__(self) -> Any:
        return type(self._port)

    @__class__.setter
    def __class__(self, _kind: Any) -> None:
        raise AttributeError("the class of a guarded port cannot change")

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the port; a method is wrapped once."""
        port = vars(self)["_port"]
        value = getattr(port, name)
        if name in _NEVER_FAULTY or not iscoroutinefunction(getattr(self._protocol, name, None)):
            return value
        method = vars(self)[name] = _checked(value, self._check)
        return method

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._port, name, value)


def _checked(method: Callable[..., Awaitable[Any]], check: Callable[[], None]) -> Callable[..., Awaitable[Any]]:
    def call(*arguments: Any, **named: Any) -> Awaitable[Any]:
        # A coroutine around the method's would cost every request, also without faults.
        try:
            check()
        except OpenRoomsError as error:
            return _raising(error)
        return method(*arguments, **named)

    return call


async def _raising(error: OpenRoomsError) -> NoReturn:
    raise error
