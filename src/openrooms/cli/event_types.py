"""Types of events as people type them: by their whole name, or without what all names of one origin begin with."""

from difflib import get_close_matches
from typing import Any

import click
from click.shell_completion import CompletionItem

from openrooms.wire.events import TYPES

_PREFIXES = ("Microsoft.Communication.", "openrooms.")


def short(name: str) -> str:
    """Return the name without what tells where it comes from; it is still the only one of its kind."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


_NAMES = {spelled.lower(): name for name in TYPES for spelled in (name, short(name))}


class EventTypeName(click.ParamType[str]):
    """A type of events, such as `CallStarted` or `openrooms.room.created`; the result is the whole name."""

    name = "type"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        found = _NAMES.get(str(value).lower())
        if found is None:
            close = get_close_matches(str(value).lower(), _NAMES, 3)
            similar = dict.fromkeys(short(_NAMES[name]) for name in close)
            hint = f"did you mean {' or '.join(similar)}?" if similar else f"they are {', '.join(map(short, TYPES))}"
            self.fail(f"there is no type of events {value!r}: {hint}", param, ctx)
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        begun = incomplete.lower()
        found = {
            name: next((text for text in (short(name), name) if text.lower().startswith(begun)), None) for name in TYPES
        }
        return [CompletionItem(text, help=TYPES[name].summary) for name, text in found.items() if text is not None]


types_option = click.option(
    "--type", "types", type=EventTypeName(), multiple=True, help="Only events of this type; may be repeated."
)
