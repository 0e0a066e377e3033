"""Commands for users and their tokens. They use the public client."""

from datetime import UTC, datetime
from typing import TextIO

import click

from openrooms.cli.connection import Connection, connected, for_each
from openrooms.cli.options import confirm, output_option, quiet_option, yes_option
from openrooms.cli.output import Output
from openrooms.cli.render import counted, render_one
from openrooms.domain.identities import ADOPTION_LIMIT
from openrooms.identity import CommunicationTokenScope, CommunicationUserIdentifier

_scopes = click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([one.value for one in CommunicationTokenScope]),
    help="A scope of the token; may be repeated.",
)


@click.group()
def users() -> None:
    """Users and their tokens."""


@users.command("create")
@_scopes
@output_option
@connected
def create_user(connection: Connection, scopes: tuple[str, ...], output: Output) -> None:
    """Create a user and print the raw id, and a token if you name a scope.

    \b
    openrooms users create --scope voip
    """
    with connection.identities() as client:
        if not scopes:
            render_one({"rawId": client.create_user().raw_id}, output)
            return
        user, token = client.create_user_and_token(scopes)
    render_one({"rawId": user.raw_id, "token": token.token, "expiresOn": _time(token.expires_on)}, output)


@users.command("token")
@click.argument("raw_id")
@_scopes
@output_option
@connected
def issue_token(connection: Connection, raw_id: str, scopes: tuple[str, ...], output: Output) -> None:
    """Issue a token for a user, with the scope voip if you name none.

    \b
    openrooms users token 8:acs:RESOURCE_USER
    """
    with connection.identities() as client:
        token = client.get_token(CommunicationUserIdentifier(raw_id), scopes or (CommunicationTokenScope.VOIP,))
    render_one({"token": token.token, "expiresOn": _time(token.expires_on)}, output)


@users.command("revoke")
@click.argument("raw_ids", metavar="RAW_ID...", nargs=-1, required=True)
@yes_option
@quiet_option
@connected
def revoke_tokens(connection: Connection, raw_ids: tuple[str, ...], yes: bool, quiet: bool) -> None:
    """Revoke all tokens of users at once. They leave the calls that they are in.

    \b
    openrooms users revoke 8:acs:RESOURCE_USER
    """
    confirm(f"Revoke all tokens of {counted(len(raw_ids), 'user')}?", yes)
    with connection.identities() as client:

        def revoked(raw_id: str) -> None:
            client.revoke_tokens(CommunicationUserIdentifier(raw_id))
            if not quiet:
                click.echo(f"Revoked all tokens of {raw_id}.")

        for_each(connection, raw_ids, revoked)


@users.command("delete")
@click.argument("raw_ids", metavar="RAW_ID...", nargs=-1, required=True)
@yes_option
@quiet_option
@connected
def delete_users(connection: Connection, raw_ids: tuple[str, ...], yes: bool, quiet: bool) -> None:
    """Delete users and revoke all their tokens. A deleted user stays deleted.

    \b
    openrooms users delete 8:acs:RESOURCE_USER --yes
    """
    confirm(f"Delete {counted(len(raw_ids), 'user')} for good?", yes)
    with connection.identities() as client:

        def deleted(raw_id: str) -> None:
            client.delete_user(CommunicationUserIdentifier(raw_id))
            if not quiet:
                click.echo(f"Deleted {raw_id}.")

        for_each(connection, raw_ids, deleted)


@users.command("adopt")
@click.argument("raw_ids", metavar="RAW_ID...", nargs=-1)
@click.option("--from", "file", type=click.File(), help="File of raw ids, one on each line; - reads standard input.")
@connected
def adopt_users(connection: Connection, raw_ids: tuple[str, ...], file: TextIO | None) -> None:
    """Register users that another service created, so that this service issues tokens for them.

    You may adopt a user again. Azure's service does not support this command.

    \b
    openrooms users adopt --from raw-ids.txt
    """
    named = [*raw_ids, *(line.strip() for line in file or () if line.strip())]
    if not named:
        raise click.UsageError("name raw ids, or a file that holds them with --from")
    with connection.identities() as client:
        for start in range(0, len(named), ADOPTION_LIMIT):
            client.adopt_users(named[start : start + ADOPTION_LIMIT])
    click.echo(f"Adopted {len(named)} users.")


COMMANDS = (users,)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
