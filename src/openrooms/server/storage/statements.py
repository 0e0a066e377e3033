"""The statements of `queries.sql` and `postgres.sql`, and what an operation yields to have them run."""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

_NAME = re.compile(r"^-- name: (\w+)\n(?:-- key: (.+)\n)?", re.MULTILINE)
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


class Statement:
    """A statement; called with its parameters, it becomes a step.

    `key` names the parameters that identify the row which it locks.
    """

    __slots__ = ("is_read", "key", "name", "parameters", "returns_rows", "text")

    def __init__(self, name: str, text: str, key: tuple[str, ...] = ()) -> None:
        self.name = name
        self.text = text
        self.key = key
        self.parameters = tuple(dict.fromkeys(_PARAMETER.findall(text)))
        """The names of the parameters, in the order in which they first appear."""
        self.is_read = text.startswith("SELECT")
        self.returns_rows = self.is_read or "RETURNING" in text

    def __repr__(self) -> str:
        return f"Statement({self.name!r})"

    def __call__(self, **parameters: object) -> "Step":
        return self, parameters, None

    def numbered(self, sign: str) -> str:
        """Return the text with each `:name` as the sign and its place in `parameters`, counted from 1."""
        return _PARAMETER.sub(lambda found: f"{sign}{self.parameters.index(found[1]) + 1}", self.text)

    def each(self, *runs: Mapping[str, object]) -> "Step":
        """Return the step that runs the statement once for each mapping, and is sent all their rows."""
        return self, None, runs


Step: TypeAlias = tuple[Statement, Mapping[str, object] | None, Sequence[Mapping[str, object]] | None]
"""A statement to run: once with parameters, or once for each of several runs' parameters."""

Rows: TypeAlias = Sequence[Sequence[Any]]
Steps: TypeAlias = Generator[Step, Rows, T]
"""An operation: yields steps, is sent the rows of each, returns its result. It runs in one transaction."""


class Queries:
    """The statements of a file, each an attribute under its name; iterating yields all of them."""

    def __init__(self, text: str) -> None:
        _, *parts = _NAME.split(text)
        for name, key, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            # A comment at the end of the body belongs to the next statement.
            statement = body.partition("\n--")[0].strip()
            self.__dict__[name] = Statement(name, statement, tuple(key.split(", ")) if key else ())

    def __iter__(self) -> Iterator[Statement]:
        return iter(self.__dict__.values())

    def __getattr__(self, name: str) -> Statement:
        raise AttributeError(f"there is no statement {name}")


def _read(name: str) -> Queries:
    return Queries(files(__package__).joinpath(name).read_text(encoding="utf-8"))


queries = _read("queries.sql")
postgres_queries = _read("postgres.sql")
"""The statements that PostgreSQL runs alone, or instead of those of the same name."""
