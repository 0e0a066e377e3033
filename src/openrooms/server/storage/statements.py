"""The statements of `queries.sql`, and what an operation yields to have them run."""

import re
from collections.abc import Generator, Mapping, Sequence
from importlib.resources import files
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


class Statement:
    """A statement; called with its parameters, it becomes a step."""

    __slots__ = ("name", "parameters", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.parameters = tuple(dict.fromkeys(_PARAMETER.findall(text)))
        """The names of the parameters, in the order in which they first appear."""

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


def _parse(text: str) -> dict[str, Statement]:
    _, *parts = _NAME.split(text)
    return {
        name: Statement(name, body.partition("\n--")[0].strip())
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


STATEMENTS = _parse(files(__package__).joinpath("queries.sql").read_text(encoding="utf-8"))
