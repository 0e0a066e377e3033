"""What a person reads when a service has started."""

import sys

import click

from openrooms._version import __version__
from openrooms.server.run import Running
from openrooms.server.settings import connection_string
from openrooms.server.tls import TRUST_STORE_PASSWORD


def greet(running: Running) -> None:
    """Print how to use a development service."""
    click.echo(f"openrooms {__version__} for development. Stop it with Ctrl+C.\n")
    click.echo(f"Connection string  {running.connection_string!s}")
    if running.http:
        click.echo(f"Plain HTTP         {running.http}")
        click.echo(f"Console            {running.http}/console")
    click.echo(f"Calls              {running.calls}")
    # Whoever starts it from a program wants no room that they have not made.
    if running.media and sys.stdout.isatty():
        _offer_demo(running)
    if running.ca:
        click.echo("\nThe line that makes an SDK trust the certificate:")
        for name, line in trust_lines(running):
            click.echo(f"  {name:<14} {line}")
    click.echo()


def _offer_demo(running: Running) -> None:
    # Nobody else needs the client in the service's process, and it is an eighth of its memory.
    from azure.core.exceptions import AzureError

    from openrooms.cli.connection import Connection
    from openrooms.cli.rooms import demo_links

    key = running.connection_string.partition("accesskey=")[2]
    try:
        links = demo_links(Connection(connection_string(running.http or running.endpoint, key), running.ca))
    except AzureError as error:
        click.echo(f"\nNo demo room: {error}")
        return
    click.echo("\nA room to try a call in, for a day; open both links:")
    for role, link in links.items():
        click.echo(f"  {role:<14} {link}")


def tell(running: Running) -> None:
    """Print where a production service answers, and no secret."""
    click.echo(f"openrooms {__version__} answers at {running.endpoint}; calls: {running.calls}")


def trust_lines(running: Running) -> list[tuple[str, str]]:
    """Return each SDK's name and the line to type before the program starts."""
    return [
        ("Python", f'export REQUESTS_CA_BUNDLE="{running.ca}"'),
        ("Python async", f'export SSL_CERT_FILE="{running.ca}"'),
        ("JavaScript", f'export NODE_EXTRA_CA_CERTS="{running.ca}"'),
        (".NET on Linux", f'export SSL_CERT_FILE="{running.ca}"'),
        (
            "Java",
            f'export JAVA_TOOL_OPTIONS="-Djavax.net.ssl.trustStore={running.trust_store} '
            f'-Djavax.net.ssl.trustStorePassword={TRUST_STORE_PASSWORD}"',
        ),
    ]
