"""Write the generated pages of docs/: the commands and the settings, as the program itself describes them."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from openrooms.cli.commands import openrooms

DOCS = Path(__file__).parents[1] / "docs"
_NOTE = "<!-- Written by `make docs` from the program itself. -->"


def cli_page() -> str:
    """Return the page of all commands."""
    intro = "Most options are also environment variables. A flag is above a variable, a variable above a line of the "
    head = ["# Commands", _NOTE, intro + "configuration file (`serve --config`), a line above the default."]
    return "\n\n".join([*head, *_commands(openrooms, "openrooms")]) + "\n"


def settings_page() -> str:
    """Return the page of the settings of a service in production."""
    serve = _children(openrooms)["serve"]
    head = ["# Settings", _NOTE, "What `openrooms serve` takes, as flag, variable and line of a TOML file:"]
    rows = ["| flag | variable | in the file | default | what it is |", "| --- | --- | --- | --- | --- |"]
    rows += [_setting(option) for option in _options(serve) if option.expose_value]
    example = inspect.cleandoc("""
        ```toml
        # openrooms serve --config /etc/openrooms.toml
        database = "postgresql://openrooms@db.internal/openrooms"
        tls-cert = "/etc/openrooms/fullchain.pem"
        tls-key = "/etc/openrooms/privkey.pem"
        host = "0.0.0.0"
        https-port = 443

        [[oidc]]
        issuer = "https://login.example/realms/clinic"
        audience = "rooms"
        claim = "realm_access.roles"
        reader = "rooms-read"
        contributor = "rooms-write"
        ```
    """)
    return "\n\n".join([*head, "\n".join(rows), "What may be repeated is a list in the file:", example]) + "\n"


def _commands(command: click.Command, path: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, child in sorted(_children(command).items()):
            yield from _commands(child, f"{path} {name}")
        return
    yield f"## {path}"
    yield inspect.cleandoc(command.help or "")
    arguments = [param.make_metavar(_context(command)) for param in command.params if isinstance(param, click.Argument)]
    yield f"    {' '.join([path, '[OPTIONS]', *arguments])}"
    rows = ["| option | variable | default | what it is |", "| --- | --- | --- | --- |"]
    yield "\n".join([*rows, *map(_option, _options(command))])


def _children(group: click.Group) -> dict[str, click.Command]:
    found = {name: group.get_command(_context(group), name) for name in group.list_commands(_context(group))}
    return {name: command for name, command in found.items() if command}


def _options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option)]


def _option(option: click.Option) -> str:
    return _row(f"`{_flag(option)}`", _variable(option), _default(option), option.help or "")


def _setting(option: click.Option) -> str:
    flag = _flag(option)
    return _row(
        f"`{flag}`", _variable(option), f"`{option.opts[0].removeprefix('--')}`", _default(option), option.help or ""
    )


def _flag(option: click.Option) -> str:
    metavar = "" if option.is_flag else " " + option.make_metavar(_context(click.Command("x")))
    return option.opts[0] + metavar


def _variable(option: click.Option) -> str:
    names = [option.envvar] if isinstance(option.envvar, str) else option.envvar or []
    return ", else ".join(f"`{name}`" for name in names)


def _default(option: click.Option) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    shown = option.get_default(_context(click.Command("x")), call=False) if option.show_default else None
    return "" if shown is None else f"`{shown}`"


def _context(command: click.Command) -> click.Context:
    return click.Context(command)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


PAGES = {"cli.md": cli_page, "settings.md": settings_page}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
