"""Commands for users and their tokens. They use the public client."""

import json
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from openrooms.cli.connection import Connection, connected, for_each
from openrooms.cli.groups import Group
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


_STAYS = (
    "What stays: counts and times of calls, under an id that belongs to nobody; the audit trail, as evidence, until "
    "its time is over (--audit-days); and what people wrote into titles of rooms."
)


@click.group(cls=Group)
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
    """Delete users and revoke all their tokens. A deleted user stays deleted, and their names are removed everywhere.

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


@users.command("export")
@click.argument("raw_id", metavar="RAW_ID")
@connected
def export_user(connection: Connection, raw_id: str) -> None:
    """Write all that is kept about a person, as one JSON document: rooms, names, stays, refusals, events, and more.

    The person need not be a user any more, and may be a telephone. Secrets of invitations are not kept.

    \b
    openrooms users export 8:acs:RESOURCE_USER > person.json
    """
    records: dict[str, list[dict[str, Any]]] = {}
    with connection.identities() as client:
        data = client.export_user(raw_id)
        while True:
            for record in data.records:
                records.setdefault(record.kind, []).append(record.fields)
            if not data.next:
                break
            data = client.export_user(raw_id, after=data.next)
    document = {"rawId": raw_id, "exportedAt": datetime.now(UTC).isoformat(timespec="seconds"), "records": records}
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@users.command("erase")
@click.argument("raw_ids", metavar="RAW_ID...", nargs=-1, required=True)
@yes_option
@quiet_option
@connected
def erase_users(connection: Connection, raw_ids: tuple[str, ...], yes: bool, quiet: bool) -> None:
    """Erase people: users, their places on rosters, tokens, invitations and names. They leave their calls.

    Waits until it is done. If you interrupt it, the service goes on; run it again to wait.

    \b
    openrooms users erase 8:acs:RESOURCE_USER --yes
    """
    confirm(f"Erase all that is kept about {counted(len(raw_ids), 'user')} for good?", yes)
    with connection.identities() as client:

        def erased(raw_id: str) -> None:
            while not client.erase_user(raw_id):
                pass
            if not quiet:
                click.echo(f"Erased {raw_id}.")

        for_each(connection, raw_ids, erased)
    if not quiet:
        click.echo(_STAYS)


COMMANDS = (users,)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
