"""Write the generated pages of docs/: the commands and the settings, as the program itself describes them."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from openrooms.cli.commands import openrooms
from openrooms.server.web import openapi
from openrooms.wire import events

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

        [[subscription]]
        name = "billing"
        url = "https://app.example/hooks/rooms"
        secret = "whsec_c2VjcmV0IG9mIDI0IGJ5dGVzIGF0IGxlYXN0"
        types = ["CallEnded", "join.refused"]
        ```
    """)
    return "\n\n".join([*head, "\n".join(rows), "What may be repeated is a list in the file:", example]) + "\n"


def api_page() -> str:
    """Return the page of the REST API, from its OpenAPI description."""
    document = json.loads(openapi.document(development=True))
    parts = [
        "# REST API",
        _NOTE,
        "This page shows every operation of the service. A running service describes itself as OpenAPI 3.1 at "
        "`/openrooms/openapi.json`, for tools that read it.",
    ]
    for tag in document["tags"]:
        parts += [f"## {tag['name']}", tag["description"]]
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    parts += _operation(document, f"{method.upper()} {path}", operation)
    return "\n\n".join(parts) + "\n"


def events_page() -> str:
    """Return the page of all types of events, from their one definition."""
    head = [
        "# Types of events",
        _NOTE,
        "This page shows every type of event with the fields of its `data`. [Events](events.md) says how to read them; "
        "the same as JSON schemas is in [events.schema.json](events.schema.json). The last column says how each field "
        "is known, with the marks of [evidence](evidence.md); *chosen* is our own.",
    ]
    envelope = msgspec.json.schema(events.EventEnvelope)["$defs"]["EventEnvelope"]
    parts = ["## The envelope", "An event in the JSON form of CloudEvents 1.0.", *_fields(envelope)]
    shared: dict[str, Any] = {}
    for name, schema in events.schemas().items():
        own = schema["$ref"].rpartition("/")[2]
        shared |= {title: part for title, part in schema["$defs"].items() if title != own}
        data = schema["$defs"][own]
        parts += [f"## {name}", schema["description"], *_fields(data)]
    parts += ["## Parts of the data"]
    for title, part in sorted(shared.items()):
        parts += [f"### {title}", part.get("description", ""), *_fields(part)]
    return "\n\n".join([*head, *parts]) + "\n"


def events_schema() -> str:
    """Return the JSON schemas of all types of events."""
    return json.dumps(events.schemas(), indent=2) + "\n"


def _fields(schema: Any) -> Iterator[str]:
    rows = ["| field | type | what it is | evidence |", "| --- | --- | --- | --- |"]
    needed = schema.get("required", [])
    for name, field in schema["properties"].items():
        label = f"`{name}`" if name in needed else f"`{name}`, optional"
        evidence = f"*{field[events.EVIDENCE]}*" if events.EVIDENCE in field else ""
        rows.append(_row(label, _type(field), field.get("description", ""), evidence))
    yield "\n".join(rows)


def _type(field: Any) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "items" in field:
        return f"list of {_type(field['items'])}"
    return str(field.get("type", ""))


def _operation(document: Any, request: str, operation: Any) -> Iterator[str]:
    yield f"### {operation['operationId']}"
    yield f"`{request}`"
    yield f"{operation['summary']}. {_callers(operation)}"
    query = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"]
    if query:
        yield f"Query: {', '.join(f'`{name}`' for name in query)}."
    for content in operation.get("requestBody", {}).get("content", {}).items():
        yield from _example(document, f"Body, `{content[0]}`:", content[1]["schema"])
    answers = operation["responses"]
    for status, answer in answers.items():
        if "$ref" not in answer:
            yield f"Answer {status}."
            for content in answer.get("content", {}).values():
                yield from _example(document, "", content["schema"])
    yield f"Refusals: {', '.join(status for status, answer in answers.items() if '$ref' in answer)}."


def _callers(operation: Any) -> str:
    names = {"signature": "an access key", "operatorToken": "an operator's token", "identityToken": "a user's token"}
    names["consoleSession"] = "a session of the console"
    schemes = [names[name] for scheme in operation["security"] for name in scheme]
    return f"Needs {' or '.join(schemes)}." if schemes else "Needs no credential."


def _example(document: Any, intro: str, schema: Any) -> Iterator[str]:
    name = schema.get("$ref", "").rpartition("/")[2]
    examples = document["components"]["schemas"].get(name, {}).get("examples", [])
    if intro and examples:
        yield intro
    yield from (f"```json\n{json.dumps(example, indent=2)}\n```" for example in examples)


def _commands(command: click.Command, path: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, child in sorted(_children(command).items()):
            yield from _commands(child, f"{path} {name}")
        return
    yield f"## {path}"
    yield from map(_paragraph, inspect.cleandoc(command.help or "").split("\n\n"))
    arguments = [param.make_metavar(_context(command)) for param in command.params if isinstance(param, click.Argument)]
    yield f"    {' '.join([path, '[OPTIONS]', *arguments])}"
    rows = ["| option | variable | default | what it is |", "| --- | --- | --- | --- |"]
    yield "\n".join([*rows, *map(_option, _options(command))])


def _paragraph(text: str) -> str:
    """Return a paragraph of a help; click marks one whose lines must not be joined."""
    marked = text.removeprefix("\b\n")
    return text if marked == text else f"```text\n{marked}\n```"


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


PAGES = {
    "api.md": api_page,
    "cli.md": cli_page,
    "events.schema.json": events_schema,
    "events-reference.md": events_page,
    "settings.md": settings_page,
}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
