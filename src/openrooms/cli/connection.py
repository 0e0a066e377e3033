"""The service that a command calls: the options that name it, and the messages for its errors."""

import os
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import click
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from click.core import ParameterSource

from openrooms import RoomNotFoundError, RoomsClient
from openrooms.calls import CallsClient
from openrooms.cli import profiles
from openrooms.cli.options import or_from_file, setting
from openrooms.cli.render import clean
from openrooms.events import EventsClient
from openrooms.identity import CommunicationIdentityClient
from openrooms.visits import VisitsClient
from openrooms.wire.connection_string import (
    DEVELOPMENT_HTTP_PORT,
    DEVELOPMENT_KEY,
    VARIABLES,
    format_connection_string,
    parse_connection_string,
    variable_in,
)

_DEVELOPMENT = format_connection_string(f"http://127.0.0.1:{DEVELOPMENT_HTTP_PORT}", DEVELOPMENT_KEY)
_FLAG = "--connection-string"
# The user waits at a terminal and can run the command again.
_RETRIES = 1
_TIMEOUT = 100.0


class Connection(NamedTuple):
    """How to reach a service."""

    string: str
    ca: Path | None = None
    retries: int = _RETRIES
    timeout: float = _TIMEOUT

    def __repr__(self) -> str:
        return f"Connection({self.endpoint!r}, {self.ca!r})"

    def rooms(self) -> RoomsClient:
        return RoomsClient.from_connection_string(self.string, **self.options())

    def identities(self) -> CommunicationIdentityClient:
        return CommunicationIdentityClient.from_connection_string(self.string, **self.options())

    def calls(self) -> CallsClient:
        return CallsClient.from_connection_string(self.string, **self.options())

    def visits(self) -> VisitsClient:
        return VisitsClient.from_connection_string(self.string, **self.options())

    def events(self) -> EventsClient:
        return EventsClient.from_connection_string(self.string, **self.options())

    @property
    def endpoint(self) -> str:
        """Scheme and authority."""
        return parse_connection_string(self.string).endpoint.url

    @property
    def is_azure(self) -> bool:
        """Whether the service is Azure's, which has rooms and users but no visits."""
        return ".communication.azure." in self.endpoint

    def options(self) -> dict[str, Any]:
        """Return the options of a client."""
        trust = {"connection_verify": str(self.ca)} if self.ca else {}
        return {"retries": self.retries, "timeout": self.timeout, **trust}


def connected(command: Callable[..., None]) -> Any:
    """Add a `connection` argument to the command, and print each error of the service as one line."""

    @wraps(command)
    def run(connection_string: str | None, profile: str | None, ca: Path | None, verbose: bool, **rest: Any) -> None:
        named = _connection(connection_string, profile, ca)
        if verbose or named.is_assumed:
            click.echo(f"openrooms: asking {named.why}", err=True)
        with explained(named.connection):
            command(connection=named.connection, **rest)

    where = click.option(
        _FLAG,
        envvar=VARIABLES,
        show_envvar=True,
        metavar="TEXT",
        show_default="the development service on this machine",
        help="The service and its key.",
    )
    profile = setting("--profile", metavar="NAME", help="A profile of `openrooms config` that has the service.")
    ca = setting(
        "--ca", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="CA certificate (PEM) to trust."
    )
    verbose = click.option("--verbose", is_flag=True, help="Print to stderr which service is called.")
    return where(or_from_file(_FLAG)(profile(ca(verbose(run)))))


class _Named(NamedTuple):
    """A connection, the reason for it, and whether nothing names it."""

    connection: Connection
    why: str
    is_assumed: bool = False


def completing(ctx: click.Context) -> Connection:
    """Return the connection of a command that a shell completes; raise `click.ClickException` or `BadSetting`."""
    values = ctx.params
    return _connection(values.get("connection_string"), values.get("profile"), values.get("ca"), ctx).connection


def _connection(text: str | None, profile: str | None, ca: Path | None, ctx: click.Context | None = None) -> _Named:
    """Return the connection: a flag is above a variable, a variable above the profile in use."""
    sources = (ctx or click.get_current_context()).get_parameter_source
    is_typed = text is not None and sources("connection_string") is not ParameterSource.ENVIRONMENT
    if profile is not None and sources("profile") is not ParameterSource.ENVIRONMENT:
        if is_typed:
            raise click.UsageError(f"{_FLAG} and --profile both name a service: give only one of them")
        return _of_profile(profile, ca, f"the profile {profile}")
    if text is not None:
        name = _FLAG if is_typed else (variable_in(os.environ) or _FLAG)
        connection = _checked(Connection(text, ca), name)
        return _Named(connection, f"{connection.endpoint}, which {name} names")
    in_use = profile or profiles.in_use()
    if in_use is not None:
        return _of_profile(in_use, ca, "OPENROOMS_PROFILE" if profile else f"the profile {in_use}")
    connection = Connection(_DEVELOPMENT, ca)
    return _Named(connection, f"the development service, {connection.endpoint}, {_why_development()}", True)


def _of_profile(name: str, ca: Path | None, source: str) -> _Named:
    profile = profiles.get(name)
    trusted = ca or (None if profile.ca is None else Path(profile.ca))
    connection = _checked(Connection(profile.connection_string, trusted), f"profile {name}")
    return _Named(connection, f"{connection.endpoint}, which {source} names")


def _checked(connection: Connection, name: str) -> Connection:
    try:
        parse_connection_string(connection.string)
    except ValueError as error:
        raise click.UsageError(f"{name}: {error}") from error
    return connection


def _why_development() -> str:
    similar = sorted(
        name
        for name, value in os.environ.items()
        if value and "COMMUNICATION" in name and ("CONNECTION_STRING" in name or "ENDPOINT" in name)
    )
    unread = f" ({', '.join(similar)} is not read)" if similar else ""
    return f"because neither {_FLAG} nor {VARIABLES[0]} names another one{unread}"


@contextmanager
def explained(connection: Connection) -> Iterator[None]:
    """Raise `click.ClickException` with one line for an error of the service."""
    try:
        yield
    except (AzureError, ValueError) as error:
        raise click.ClickException(_explanation(connection, error)) from error


def for_each(connection: Connection, ids: Iterable[str], act: Callable[[str], None]) -> None:
    """Call `act` with each ID. Print a line for each that fails; then the command's exit code is 1.

    If the service cannot be reached, stop at once.
    """
    has_failed = False
    for each in dict.fromkeys(ids):
        try:
            with explained(connection):
                act(each)
        except click.ClickException as error:
            if isinstance(error.__cause__, ServiceRequestError):
                raise
            has_failed = True
            click.echo(f"openrooms: {clean(each)}: {error.format_message()}", err=True)
    if has_failed:
        click.get_current_context().exit(1)


def _explanation(connection: Connection, error: Exception) -> str:
    if isinstance(error, ServiceRequestError):
        if isinstance(error.inner_exception, ssl.SSLCertVerificationError):
            reason = error.inner_exception.verify_message
            return (
                f"{connection.endpoint} has a certificate that is not trusted: {reason}. "
                "Name the file of its CA with --ca or OPENROOMS_CA"
            )
        return f"{connection.endpoint} cannot be reached: {error.message}. Is the service running there?"
    if not isinstance(error, HttpResponseError):
        return clean(" ".join(str(error).split()))
    text = clean(" ".join(_refusal(error).split()))
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        text += f". Check the access key for {connection.endpoint}, and the clock of this machine"
    return text


def _refusal(error: HttpResponseError) -> str:
    """Return what is wrong, and then the status, the code and the request id, by which the service's logs name it."""
    problem = error.error
    if problem is None or not problem.message:
        return str(error.message)
    # Azure's text does not say what it cannot find.
    message = "There is no such room." if isinstance(error, RoomNotFoundError) else problem.message
    details = "".join(f"; {detail.target or detail.code}: {detail.message}" for detail in problem.details)
    response: Any = error.response
    request_id = response and response.request.headers.get("x-ms-client-request-id")
    named = f"{error.status_code} {problem.code}" + (f", request id {request_id}" if request_id else "")
    return f"{message}{details} ({named})"
