"""The service that a command calls: the options that name it, and the messages for its errors."""

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import click
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from click.core import ParameterSource

from openrooms import RoomsClient
from openrooms.calls import CallsClient
from openrooms.cli.options import or_from_file, setting
from openrooms.identity import CommunicationIdentityClient
from openrooms.server.process.settings import DEVELOPMENT_KEY, connection_string, default
from openrooms.wire.connection_string import VARIABLES, parse_connection_string, variable_in

_DEVELOPMENT = connection_string(f"http://127.0.0.1:{default('http_port')}", DEVELOPMENT_KEY)
_FLAG = "--connection-string"
_RETRIES = 1


class Connection(NamedTuple):
    """How to reach a service."""

    string: str
    ca: Path | None = None

    def __repr__(self) -> str:
        return f"Connection({self.endpoint!r}, {self.ca!r})"

    def rooms(self) -> RoomsClient:
        return RoomsClient.from_connection_string(self.string, **self.options())

    def identities(self) -> CommunicationIdentityClient:
        return CommunicationIdentityClient.from_connection_string(self.string, **self.options())

    def calls(self) -> CallsClient:
        return CallsClient.from_connection_string(self.string, **self.options())

    @property
    def endpoint(self) -> str:
        """Scheme and authority."""
        return parse_connection_string(self.string).endpoint.url

    def options(self) -> dict[str, Any]:
        """Return the options of a client."""
        # The user waits at a terminal and can run the command again.
        trust = {"connection_verify": str(self.ca)} if self.ca else {}
        return {"retries": _RETRIES, **trust}


def connected(command: Callable[..., None]) -> Any:
    """Add a `connection` argument to the command, and print each error of the service as one line."""

    @wraps(command)
    def run(connection_string: str | None, ca: Path | None, verbose: bool, **arguments: Any) -> None:
        connection = _connection(connection_string, ca, verbose)
        with _explained(connection):
            command(connection=connection, **arguments)

    where = click.option(
        _FLAG,
        envvar=VARIABLES,
        show_envvar=True,
        metavar="TEXT",
        show_default="the development service on this machine",
        help="The service and its key.",
    )
    ca = setting(
        "--ca", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="CA certificate (PEM) to trust."
    )
    verbose = click.option("--verbose", is_flag=True, help="Print to stderr which service is called.")
    return where(or_from_file(_FLAG)(ca(verbose(run))))


def _connection(text: str | None, ca: Path | None, verbose: bool) -> Connection:
    """Return the connection. Print its endpoint to stderr with --verbose, and when no service is named."""
    if text is None:
        connection = Connection(_DEVELOPMENT, ca)
        click.echo(f"openrooms: asking the development service, {connection.endpoint}, {_why_development()}", err=True)
        return connection
    source = click.get_current_context().get_parameter_source("connection_string")
    name = (variable_in(os.environ) if source is ParameterSource.ENVIRONMENT else None) or _FLAG
    connection = Connection(text, ca)
    try:
        endpoint = connection.endpoint
    except ValueError as error:
        raise click.UsageError(f"{name}: {error}") from error
    if verbose:
        click.echo(f"openrooms: asking {endpoint}, which {name} names", err=True)
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
def _explained(connection: Connection) -> Iterator[None]:
    try:
        yield
    except ServiceRequestError as error:
        if isinstance(error.inner_exception, ssl.SSLCertVerificationError):
            reason = error.inner_exception.verify_message
            raise click.ClickException(
                f"{connection.endpoint} has a certificate that is not trusted: {reason}. "
                "Name the file of its CA with --ca or OPENROOMS_CA"
            ) from error
        raise click.ClickException(f"{connection.endpoint} cannot be reached: {error.message}") from error
    except HttpResponseError as error:
        # It begins with the status and the code.
        raise click.ClickException(" ".join(error.message.split())) from error
    except (AzureError, ValueError) as error:
        raise click.ClickException(str(error)) from error
