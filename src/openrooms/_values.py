"""What rooms, participants and identifiers have in common.

They are what frozen dataclasses would be, and type checkers take them for that; but a program that asks for one room
would spend as long on the making of dataclasses as on the room.
"""

from typing import Any, ClassVar, NoReturn, dataclass_transform


@dataclass_transform(frozen_default=True)
class Frozen:
    """What cannot be changed once it is made."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name} of a {type(self).__name__} cannot be changed; make another one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{name} of a {type(self).__name__} cannot be deleted; make another one")


class Comparable:
    """Is what `__match_args__` names, in the order of the constructor: equal to what has the same, and shown by it."""

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]]

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, type(self)) else NotImplemented

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._values()


class Value(Comparable, Frozen):
    """A comparable that cannot be changed, and can therefore be hashed."""

    __slots__ = ()
    # Said again, since type checkers take a class that looks like a dataclass without fields to have `()`.
    __match_args__: ClassVar[tuple[str, ...]]

    def __hash__(self) -> int:
        return hash(self._values())


fill = object.__setattr__
"""The way past a frozen `__setattr__`, for constructors."""
