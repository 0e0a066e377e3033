"""Programs of the official packages run unchanged apart from their imports: every name and argument exists."""

import inspect
from importlib import import_module

import pytest

MODULES = [
    ("azure.communication.rooms", "openrooms"),
    ("azure.communication.rooms.aio", "openrooms.aio"),
    ("azure.communication.identity", "openrooms.identity"),
    ("azure.communication.identity.aio", "openrooms.identity.aio"),
]


def test_every_public_name_of_the_official_modules_is_here():
    for official, ours in MODULES:
        names = [*import_module(official).__all__, *_deprecated(official)]
        assert [name for name in names if not hasattr(import_module(ours), name)] == []


def _deprecated(module: str) -> list[str]:
    return ["MicrosoftBotIdentifier", "MicrosoftBotProperties"] if not module.endswith("aio") else []


def calls() -> list[object]:
    """Return each callable of each official class with our counterpart."""
    found = []
    for official, ours in MODULES:
        for name in import_module(official).__all__:
            theirs = getattr(import_module(official), name)
            if inspect.isclass(theirs):
                members = ["__init__", *(member for member in vars(theirs) if not member.startswith("_"))]
                mine = getattr(import_module(ours), name)
                found += [
                    pytest.param(getattr(theirs, member), getattr(mine, member, None), id=f"{ours}.{name}.{member}")
                    for member in members
                    if inspect.isroutine(getattr(theirs, member))
                ]
    return found


@pytest.mark.parametrize(("theirs", "ours"), calls())
def test_official_arguments_are_accepted(theirs, ours):
    """Every argument of the official calls is accepted by position and by name."""
    assert ours is not None
    wanted = inspect.signature(theirs).parameters
    taken = inspect.signature(ours).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values())
    named = [name for name, one in wanted.items() if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    assert [name for name in named if name not in taken and not takes_any] == []
    places = [name for name, one in wanted.items() if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert len([argument for argument in taken.values() if argument.kind is argument.POSITIONAL_OR_KEYWORD]) >= len(
        places
    )
