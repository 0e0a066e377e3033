"""The command with which a program on this machine gets events while it is developed."""

import base64
import hashlib
import hmac
import http.client
import sys
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec

from openrooms._version import __version__
from openrooms.cli.connection import Connection, connected
from openrooms.cli.event_types import short, types_option
from openrooms.cli.events import followed, lasts_option, line, room_option
from openrooms.cli.finding import find_room
from openrooms.domain.subscriptions import SECRET_PREFIX
from openrooms.events import Event
from openrooms.wire import hooks
from openrooms.wire.connection_string import parse_connection_string

_PURPOSE = b"openrooms listen"
_SECONDS = 8.0
_READ = 16 * 1024


class LocalUrl(click.ParamType[str]):
    """An address of http or https; without a scheme it is one of http."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        url = value if "://" in value else f"http://{value}"
        try:
            parts = urlsplit(url)
            is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_good = False
        if not is_good:
            self.fail(f"{value!r} is not an address such as http://localhost:3000/hook", param, ctx)
        return url


@click.command()
@click.option("--forward", metavar="URL", type=LocalUrl(), help="Send each event there, signed as deliveries are.")
@types_option
@room_option
@lasts_option
@connected
def listen(
    connection: Connection, forward: str | None, types: tuple[str, ...], room: str | None, lasts: timedelta | None
) -> None:
    """Print events as they happen, and forward them to a program on this machine.

    It prints the secret with which the program checks signatures; for one access key it is always the same. What the
    program answers is printed, and nothing is sent twice. Nobody else's subscriptions are touched.

    \b
    openrooms listen --forward http://localhost:3000/hook
    openrooms listen --forward localhost:3000/hook --type CallStarted --type CallEnded
    """
    room = None if room is None else find_room(connection, room)
    secret = _secret(connection)
    _greet(connection, forward, types, room, secret)
    for event in followed(connection, types, room, None, lasts):
        click.echo(line(event))
        if forward is not None:
            click.echo(f"{'':8}  {send(forward, secret, event)}")
        # Its reader may be a file or another program.
        sys.stdout.flush()


COMMANDS = (listen,)


def send(url: str, secret: str, event: Event) -> str:
    """Send an event as it would be delivered; return in words what came of it."""
    body = msgspec.json.encode(event.envelope)
    headers = hooks.signed_headers(secret, event.id, int(time.time()), body)
    headers["user-agent"] = f"openrooms/{__version__}"
    began = time.monotonic()
    try:
        status = _post(url, headers, body)
    except TimeoutError:
        return f"not delivered: no answer within {_SECONDS:g} s"
    except (OSError, http.client.HTTPException) as error:
        return f"not delivered: {getattr(error, 'strerror', None) or type(error).__name__}"
    return f"answered {status} in {round((time.monotonic() - began) * 1000)} ms"


def _post(url: str, headers: dict[str, str], body: bytes) -> int:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        connection.request("POST", f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}", body, headers)
        answer = connection.getresponse()
        answer.read(_READ)
        return answer.status
    finally:
        connection.close()


def _greet(connection: Connection, forward: str | None, types: tuple[str, ...], room: str | None, secret: str) -> None:
    names = " and ".join(map(short, types)) if types else "all events"
    where = f" of room {room}" if room else ""
    click.echo(f"Listening to {connection.endpoint} for {names}{where}.")
    if forward is not None:
        click.echo(f"Events go to {forward}, signed with this secret:\n  {SECRET_PREFIX}{secret}")
    click.echo("Ctrl+C ends it; `openrooms trigger CallStarted` makes a sample.\n")
    sys.stdout.flush()


def _secret(connection: Connection) -> str:
    """Return the base64 of a secret that is the same each time, so that a program can be configured with it once."""
    _, key = parse_connection_string(connection.string)
    return base64.b64encode(hmac.digest(base64.b64decode(key.reveal()), _PURPOSE, hashlib.sha256)).decode("ascii")
