"""Commands for the operator. They work on the database, even while a service runs."""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from openrooms.cli.groups import CreatesByDefault, Group
from openrooms.cli.options import confirm, output_option, quiet_option, setting, yes_option
from openrooms.cli.output import Output
from openrooms.cli.render import Value, counted, render, render_one
from openrooms.cli.settings import key_encryption, secret_setting
from openrooms.domain.identities import LONGEST_TOKEN_MINUTES
from openrooms.domain.moments import MINUTE, Moment, whole_seconds
from openrooms.domain.operators import OperatorRole, OperatorToken, has_its_key
from openrooms.server.core import administration
from openrooms.server.core.administration import InvalidHost, KeyName, ResourceUnclear
from openrooms.server.core.ports import (
    HostTaken,
    OperatorTokenNotFound,
    Resource,
    ResourceInUse,
    ResourceNotFound,
    Storage,
)
from openrooms.server.core.resources import key_ids
from openrooms.server.process import assembly
from openrooms.server.process.databases import open_storage
from openrooms.server.process.settings import KeyEncryption, Secret, connection_string, database_url, default_data
from openrooms.wire.console import PAGE_PATH as CONSOLE_PATH

_TOKEN_MINUTES = 15
_SESSION_MINUTES = 480
Result = TypeVar("Result")


class Database(NamedTuple):
    """The address of the database, and the keys that encrypt its secrets."""

    url: str
    key_encryption: KeyEncryption

    def __repr__(self) -> str:
        return "Database(...)"


def _database(command: Any) -> Any:
    """Add a `database` argument to the command."""

    @functools.wraps(command)
    def run(data: Path | None, database: Secret | None, key_encryption: KeyEncryption, **arguments: Any) -> Any:
        url = database_url(data or default_data(), database)
        return command(database=Database(url, key_encryption), **arguments)

    folder = setting(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the database; by default your data folder.",
    )
    where = secret_setting("--database", metavar="URL", help="The database, if it is not in a folder.")
    return folder(where(key_encryption(run)))


_one_resource = click.option("--resource", metavar="ID|HOST", help="The resource; needed only if there are several.")
_public_url = setting(
    "--public-url",
    metavar="URL",
    help="The address at which clients reach the service, for connection strings and links.",
)


@click.command()
@_database
def migrate(database: Database) -> None:
    """Upgrade the database to this version's schema. A service of the previous version keeps working.

    With --key-encryption-key-file, it also encrypts the keys in the database. With the old key's file as well, it
    encrypts them again with the new key. With the old key's file alone, it decrypts them.

    \b
    openrooms migrate --database postgresql://openrooms@db.internal/openrooms
    """

    # An operator who may change the schema need not have the key.
    encryption = None if database.key_encryption == KeyEncryption() else database.key_encryption

    async def migrated() -> int:
        where = open_storage(database.url, encryption, migrate=True, exclusive=False)
        async with where as storage:
            return await storage.reseal_keys() if encryption is not None else 0

    changed = asyncio.run(migrated())
    click.echo("The database is ready for this version.")
    if changed:
        click.echo(f"Keys now {'encrypted' if database.key_encryption.key else 'decrypted'}: {changed}.")


@click.group(cls=Group)
def keys() -> None:
    """Access keys of resources. Each resource has two, so that you can renew one while clients use the other."""


@keys.command("list")
@_one_resource
@_public_url
@output_option
@_database
def list_keys(database: Database, resource: str | None, public_url: str | None, output: Output) -> None:
    """Print the keys of a resource, and its connection strings if its address is known.

    \b
    openrooms keys list --public-url https://rooms.example
    """
    found = _use(database, lambda storage: administration.find_resource(storage, resource))
    _print_keys(found, output, public_url)


@keys.command("new")
def new_key() -> None:
    """Print a new access key for --access-key or --access-key-file. This changes nothing.

    \b
    openrooms keys new > access-key.txt
    """
    click.echo(administration.new_key())


@keys.command("regenerate")
@click.argument("which", type=click.Choice([one.value for one in KeyName]))
@_one_resource
@yes_option
@output_option
@_database
def regenerate_key(database: Database, which: str, resource: str | None, yes: bool, output: Output) -> None:
    """Replace the primary or the secondary key; the old one stops working within 5 seconds.

    \b
    openrooms keys regenerate secondary --yes
    """
    confirm(f"Replace the {which} key? Programs that use it are refused within 5 seconds.", yes)

    async def regenerated(storage: Storage) -> Resource:
        found = await administration.find_resource(storage, resource)
        return await administration.regenerate_key(storage, found.id, KeyName(which))

    _print_keys(_use(database, regenerated), output)


@click.group(cls=Group)
def resources() -> None:
    """Tenants, each with its own keys, rooms and users. The Host header of a request selects one."""


@resources.command("list")
@output_option
@_database
def list_resources(database: Database, output: Output) -> None:
    """Print all resources.

    \b
    openrooms resources list
    """
    found = _use(database, lambda storage: storage.list_resources())
    render([{"id": one.id, "host": one.host} for one in found], output)


@resources.command("add")
@click.argument("host")
@output_option
@_database
def add_resource(database: Database, host: str, output: Output) -> None:
    """Create a resource that answers to HOST, such as contoso.rooms.example.

    \b
    openrooms resources add contoso.rooms.example
    """
    _print_keys(_use(database, lambda storage: administration.add_resource(storage, host)), output)


@resources.command("remove")
@click.argument("resource", metavar="ID|HOST")
@yes_option
@quiet_option
@_database
def remove_resource(database: Database, resource: str, yes: bool, quiet: bool) -> None:
    """Remove a resource that has no rooms or users left, with its keys.

    \b
    openrooms resources remove contoso.rooms.example
    """
    confirm(f"Remove the resource {resource} with its keys?", yes)

    async def removed(storage: Storage) -> None:
        await storage.remove_resource((await administration.find_resource(storage, resource)).id)

    _use(database, removed)
    if not quiet:
        click.echo(f"Removed {resource}.")


@click.group("operator-token", cls=CreatesByDefault)
def operator_token() -> None:
    """Bearer tokens for the API and the console. Without a command, `create` runs."""


@operator_token.command("create")
@click.option(
    "--role",
    type=click.Choice([one.value for one in OperatorRole]),
    default="reader",
    show_default=True,
    help="The role of the token.",
)
@click.option(
    "--minutes",
    type=click.IntRange(1, LONGEST_TOKEN_MINUTES),
    show_default="15; with --console 480",
    help="Minutes until the token, or the session of the console, expires.",
)
@click.option(
    "--console",
    is_flag=True,
    help="Print a link that signs in to the console once, within 10 minutes; without --resource, for all resources.",
)
@_one_resource
@_public_url
@_database
def create_operator_token(
    database: Database, role: str, minutes: int | None, console: bool, resource: str | None, public_url: str | None
) -> None:
    """Print a bearer token for the API. A reader may read, a contributor may also write.

    It ends early if it is revoked, or when both access keys of the resource have been regenerated. The same is true of
    the session that a link of --console begins.

    \b
    openrooms operator-token create --role contributor --minutes 60
    """
    if console:
        click.echo(_use(database, lambda storage: _console_link(storage, role, minutes, resource, public_url)))
        return

    async def issued(storage: Storage) -> str:
        found = await administration.find_resource(storage, resource)
        tokens = await assembly.operator_tokens(storage)
        return await tokens.issue(found, OperatorRole(role), (minutes or _TOKEN_MINUTES) * MINUTE)

    click.echo(_use(database, issued))


async def _console_link(
    storage: Storage, role: str, minutes: int | None, resource: str | None, public_url: str | None
) -> str:
    everything = resource is None and await storage.list_resources()
    found = everything or [await administration.find_resource(storage, resource)]
    secret = await assembly.console_link(storage, found, OperatorRole(role), minutes or _SESSION_MINUTES)
    host = next((one.host for one in found if one.host), None)
    address = public_url or (f"https://{host}" if host else "")
    if not address:
        click.echo("Put the address of the service in front of this path, or give it with --public-url.", err=True)
    return f"{address.rstrip('/')}{CONSOLE_PATH}#{secret}"


@operator_token.command("list")
@_one_resource
@output_option
@_database
def list_operator_tokens(database: Database, resource: str | None, output: Output) -> None:
    """Print the tokens that have not expired. The id of a token is its `jti` claim.

    \b
    openrooms operator-token list
    """

    async def listed(storage: Storage) -> list[dict[str, Value]]:
        found = await administration.find_resource(storage, resource)
        tokens = await assembly.operator_tokens(storage)
        return [_token_row(token, found) for token in await tokens.list(found.id)]

    render(_use(database, listed), output)


@operator_token.command("revoke")
@click.argument("token_ids", metavar="ID...", nargs=-1, required=True)
@_one_resource
@yes_option
@quiet_option
@_database
def revoke_operator_tokens(
    database: Database, token_ids: tuple[str, ...], resource: str | None, yes: bool, quiet: bool
) -> None:
    """Revoke tokens before they expire. Every process refuses them within 5 seconds.

    \b
    openrooms operator-token list
    openrooms operator-token revoke ID
    """
    confirm(f"Revoke {counted(len(token_ids), 'token')}?", yes)

    async def revoked(storage: Storage) -> None:
        found = await administration.find_resource(storage, resource)
        tokens = await assembly.operator_tokens(storage)
        for token_id in token_ids:
            await tokens.revoke(found.id, token_id)

    _use(database, revoked)
    if not quiet:
        click.echo(f"Revoked {', '.join(token_ids)}.")


def _token_row(token: OperatorToken, resource: Resource) -> dict[str, Value]:
    return {
        "id": token.id,
        "role": token.role.value,
        "subject": token.subject or None,
        "created": _when(token.created_at),
        "expires": _when(token.expires_at),
        "state": _token_state(token, resource),
    }


def _when(moment: Moment) -> datetime:
    return datetime.fromtimestamp(whole_seconds(moment), UTC)


def _token_state(token: OperatorToken, resource: Resource) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "good" if has_its_key(token, key_ids(resource)) else "ended with its keys"


COMMANDS = (migrate, keys, resources, operator_token)


def _use(database: Database, work: Callable[[Storage], Awaitable[Result]]) -> Result:
    async def done() -> Result:
        where = open_storage(database.url, database.key_encryption, migrate=False, exclusive=False)
        async with where as storage:
            return await work(storage)

    with _explained():
        return asyncio.run(done())


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except InvalidHost as error:
        raise click.ClickException(str(error)) from error
    except ResourceNotFound as error:
        message = "there is no such resource: see `openrooms resources list`; the first start of a service makes one"
        raise click.ClickException(message) from error
    except ResourceUnclear as error:
        raise click.ClickException("there are several resources: name one with --resource") from error
    except ResourceInUse as error:
        raise click.ClickException("the resource still has rooms or users: delete them first") from error
    except OperatorTokenNotFound as error:
        raise click.ClickException("there is no such token: see `openrooms operator-token list`") from error
    except HostTaken as error:
        raise click.ClickException("another resource answers to this host: see `openrooms resources list`") from error


def _print_keys(resource: Resource, output: Output, public_url: str | None = None) -> None:
    row: dict[str, Value] = {
        "id": resource.id,
        "host": resource.host,
        "primaryKey": resource.primary_key,
        "secondaryKey": resource.secondary_key,
    }
    row["primaryKeyId"], row["secondaryKeyId"] = key_ids(resource)
    endpoint = f"https://{resource.host}" if public_url is None and resource.host else public_url
    if endpoint:
        row["primaryConnectionString"] = connection_string(endpoint, resource.primary_key)
        row["secondaryConnectionString"] = connection_string(endpoint, resource.secondary_key)
    render_one(row, output)
