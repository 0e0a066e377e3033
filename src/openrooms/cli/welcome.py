"""Messages that a service prints when it has started."""

import sys
from pathlib import Path

import click

from openrooms._terminal import may_style
from openrooms._version import __version__
from openrooms.server.process.logs import without_requests
from openrooms.server.process.run import Running
from openrooms.server.process.settings import connection_string
from openrooms.server.process.tls import TRUST_STORE_PASSWORD


def greet(running: Running, data: Path) -> None:
    """Print how to use a development service; at a terminal, print links to a call first."""
    # A program that starts the service does not expect a room that it has not created.
    if running.media and sys.stdout.isatty():
        _offer_demo(running, data)
    click.echo(f"openrooms {__version__} for development. Stop it with Ctrl+C.")
    click.echo(f"Connection string    {running.connection_string!s}")
    if running.http:
        click.echo(f"Home page            {running.http}/")
        click.echo(f"Console              {running.http}/console")
    click.echo(f"Calls                {running.calls}")
    if running.has_demo_telephone:
        click.echo("Telephones           +15550000100 answers; ...86 is busy, ...03 declines, ...08 only rings")
    if running.identity:
        click.echo("\nThe lines that let DefaultAzureCredential sign in:")
        for line in identity_lines(running):
            click.echo(f"  {line}")
    if running.ca:
        click.echo("\nThe line that makes an SDK trust the certificate:")
        for name, line in trust_lines(running):
            click.echo(f"  {name:<18} {line}")


def _offer_demo(running: Running, data: Path) -> None:
    # Only this function needs the client, which takes an eighth of the process's memory.
    from azure.core.exceptions import AzureError

    from openrooms.cli.connection import Connection
    from openrooms.cli.demo import kept_links

    key = running.connection_string.partition("accesskey=")[2]
    connection = Connection(connection_string(running.http or running.endpoint, key), running.ca)
    try:
        with without_requests():
            links = kept_links(connection, data)
    except (AzureError, OSError) as error:
        click.echo(f"There is no call to try: {error}\n")
        return
    click.echo("A call to try; open both links:")
    for role, link in links.items():
        click.echo(f"  {role:<18} {click.style(link, bold=True) if may_style(sys.stdout) else link}")
    click.echo()


def tell(running: Running) -> None:
    """Print the address of a production service to stderr, without secrets; stdout may be the audit trail."""
    click.echo(f"openrooms {__version__} answers at {running.endpoint}; calls: {running.calls}", err=True)


def identity_lines(running: Running) -> list[str]:
    """Return the lines to run before a program that uses DefaultAzureCredential."""
    return [
        f'export IDENTITY_ENDPOINT="{running.identity}" IDENTITY_HEADER=openrooms',
        f'or: export AZURE_AUTHORITY_HOST="{running.endpoint}" AZURE_TENANT_ID=adfs '
        "AZURE_CLIENT_ID=any AZURE_CLIENT_SECRET=any",
    ]


def trust_lines(running: Running) -> list[tuple[str, str]]:
    """Return each SDK's name and the line to run before the program; for Java, the line that starts it."""
    return [
        ("Python", f'export REQUESTS_CA_BUNDLE="{running.ca}"'),
        ("Python async, .NET", f'export SSL_CERT_FILE="{running.ca}"'),
        ("JavaScript", f'export NODE_EXTRA_CA_CERTS="{running.ca}"'),
        (
            "Java",
            f'java -Djavax.net.ssl.trustStore="{running.trust_store}" '
            f"-Djavax.net.ssl.trustStorePassword={TRUST_STORE_PASSWORD} ...",
        ),
    ]
