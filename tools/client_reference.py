"""Write docs/client/reference.md: everything public of the clients, as its docstrings describe it."""

import dataclasses
import enum
import inspect
import re
import typing
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from openrooms._values import Frozen

MODULES = (
    "openrooms",
    "openrooms.identity",
    "openrooms.events",
    "openrooms.aio",
    "openrooms.identity.aio",
    "openrooms.events.aio",
    "openrooms.testing",
)
PAGE = Path(__file__).parents[1] / "docs" / "client" / "reference.md"
_NOTE = "<!-- Written by `make docs` from the docstrings. -->"
_INTRO = "How to do something is in the [other pages](index.md); here is everything there is."
_EXAMPLE = re.compile(r"(?:^>>> .*\n?(?:^.+\n?)*)", re.MULTILINE)
_DIRECTIVE = re.compile(r" *# doctest: .*")
_LONG_NAME = re.compile(r"\b(?:[a-z_]\w*\.)+([A-Za-z]\w*)")
_FORWARD = re.compile(r"(?<!= )'([A-Za-z_][\w.]*)'")
_FUNCTION = re.compile(r"<built-in function (\w+)>")
_MEMBER = re.compile(r"<(\w+\.\w+): [^>]*>")


def reference() -> str:
    """Return the page."""
    described: dict[str, object] = {}
    parts = ["# Reference", _NOTE, _INTRO]
    for name in MODULES:
        parts += _module(import_module(name), described)
    return "\n\n".join(parts) + "\n"


def _module(module: ModuleType, described: dict[str, object]) -> Iterator[str]:
    yield f"## {module.__name__}"
    yield from _text(module)
    repeated = []
    for name in module.__all__:
        thing = getattr(module, name)
        if described.get(name) is thing:
            repeated.append(f"`{name}`")
        elif name in described and inspect.isclass(thing):
            yield from _twin(name, thing)
        else:
            described[name] = thing
            yield from _thing(name, thing)
    if repeated:
        yield f"Also here, as above: {', '.join(repeated)}."


def _thing(name: str, thing: object) -> Iterator[str]:
    yield f"### {name}"
    if not inspect.isclass(thing):
        yield _code(f"{name}{_signature(thing)}")
        yield from _text(thing)
        return
    yield from _head(name, thing)
    for member, value in _members(thing):
        yield f"#### {name}.{member}"
        if not isinstance(value, property):
            yield _code(f"{_prefix(value)}{member}{_signature(_bare(value))}")
        yield from _text(value)


def _twin(name: str, thing: type) -> Iterator[str]:
    yield f"### {name}, async"
    yield _code(f"{name}{_signature(thing)}")
    yield f"As `{name}` above, with these calls:"
    calls = [(member, _bare(value)) for member, value in _members(thing) if not isinstance(value, property)]
    yield _code("\n".join(f"{_prefix(value)}{member}{_signature(value)}" for member, value in calls))


def _head(name: str, thing: type) -> Iterator[str]:
    if issubclass(thing, Exception):
        yield f"Below `{thing.__mro__[1].__name__}`."
        yield from _text(thing)
    elif issubclass(thing, enum.Enum):
        yield from _text(thing)
        yield "\n".join(f"- `{name}.{member.name}`: `{member.value!r}`" for member in thing)
    elif typing.is_typeddict(thing):
        yield from _text(thing)
        yield "\n".join(f"- `{field}: {_short(kind)}`" for field, kind in typing.get_type_hints(thing).items())
    else:
        made = next((vars(base)["__init__"] for base in _own(thing) if "__init__" in vars(base)), None)
        explained = inspect.isfunction(made) and made.__doc__
        if explained or dataclasses.is_dataclass(thing) or issubclass(thing, Frozen | tuple):
            yield _code(f"{name}{_signature(thing)}")
        yield from _text(thing)
        if explained:
            yield from _text(made)
        fields = dict(_fields(thing))
        if fields:
            yield "\n".join(f"- `{field}: {_short(kind)}`" for field, kind in fields.items())


def _fields(thing: type) -> Iterator[tuple[str, object]]:
    """Yield the names and types of a value's attributes."""
    if dataclasses.is_dataclass(thing):
        yield from ((field.name, field.type) for field in dataclasses.fields(thing))
    elif issubclass(thing, Frozen):
        stated = next(filter(None, map(inspect.get_annotations, thing.__mro__)))
        yield from stated.items()


def _own(thing: type) -> list[type]:
    """Return a class and its bases in this package."""
    return [base for base in thing.__mro__ if base.__module__.startswith("openrooms")]


def _members(thing: type) -> Iterator[tuple[str, object]]:
    """Yield the public members of a class and its bases in this package."""
    if issubclass(thing, enum.Enum) or typing.is_typeddict(thing):
        return
    names = dict.fromkeys(name for base in _own(thing) for name in vars(base))
    for name in names:
        value = inspect.getattr_static(thing, name)
        is_member = isinstance(value, property | classmethod) or inspect.isfunction(value)
        if is_member and not name.startswith("_") and inspect.getdoc(value):
            yield name, value


def _text(thing: object) -> Iterator[str]:
    """Yield the docstring, its examples in blocks of code."""
    text = inspect.cleandoc(getattr(thing, "__doc__", None) or "")
    if text:
        text = _DIRECTIVE.sub("", text)
        yield _EXAMPLE.sub(lambda example: f"```pycon\n{example[0].rstrip()}\n```\n", text).strip()


def _signature(thing: object) -> str:
    try:
        signature = inspect.signature(thing)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
    parameters = [one for one in signature.parameters.values() if one.name not in ("self", "cls")]
    signature = signature.replace(parameters=parameters)
    text = _short(signature)
    if inspect.isclass(thing):
        text = text.removesuffix(" -> None")
    return text if len(text) < 90 else _broken(text)


def _broken(text: str) -> str:
    """Return a long signature with a line for each parameter."""
    depth, lines, line = 0, [], ""
    inner, _, result = text[1:].rpartition(")")
    for character in inner:
        depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            lines.append(f"    {line.strip()},")
            line = ""
        else:
            line += character
    return "\n".join(["(", *lines, f"    {line.strip()},", f"){result}"])


def _short(thing: object) -> str:
    text = inspect.formatannotation(thing) if isinstance(thing, type) else str(thing)
    text = _FUNCTION.sub(r"\1", _MEMBER.sub(r"\1", _LONG_NAME.sub(r"\1", text)))
    return _FORWARD.sub(r"\1", text.replace("~", ""))


def _bare(value: object) -> object:
    return value.__func__ if isinstance(value, classmethod) else value


def _prefix(value: object) -> str:
    return "async " if inspect.iscoroutinefunction(_bare(value)) else ""


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
