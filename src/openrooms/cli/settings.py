"""Options of the commands that run or administer the service. For `serve`, each is also a line in a TOML file."""

import functools
import ipaddress
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click

from openrooms.cli.options import Command, or_from_file, read_line, setting
from openrooms.server.core.administration import InvalidHost, host_name
from openrooms.server.core.rates import Rate
from openrooms.server.process.settings import KeyEncryption, Network, Secret
from openrooms.server.web.embedding import parse_origin

_BURST_SECONDS = 10


def secret_setting(flag: str, **attributes: Any) -> Callable[[Command], Command]:
    """Return the decorator of an option for a secret, which `FLAG-file` reads from a file."""
    option = setting(flag, type=SecretText(), **attributes)
    return lambda command: option(or_from_file(flag, Secret)(command))


def key_encryption(command: Command) -> Command:
    """Add a `key_encryption` argument to the command, from the files of two keys."""

    @functools.wraps(command)
    def run(key_encryption_key_file: Path | None, old_key_encryption_key_file: Path | None, **arguments: Any) -> Any:
        files = (key_encryption_key_file, old_key_encryption_key_file)
        keys = [None if file is None else Secret(read_line(file)) for file in files]
        return command(key_encryption=KeyEncryption(*keys), **arguments)

    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    key = setting(
        "--key-encryption-key-file", type=path, help="File of the key that encrypts the keys in the database."
    )
    old = setting(
        "--old-key-encryption-key-file", type=path, help="File of the previous key, which the new one replaces."
    )
    return key(old(cast("Command", run)))


class Port(click.ParamType[int | None]):
    """A port's number, or `off`."""

    name = "port"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "PORT|off"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        text = str(value).strip().lower()
        is_port = text.isascii() and text.isdigit() and int(text) < 65536
        if text != "off" and not is_port:
            self.fail(f"{value!r} is not a port: give a number up to 65535, 0 for a free one, or off", param, ctx)
        return int(text) if is_port else None


class HostName(click.ParamType[str]):
    """A name as in a Host header, without a port."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return host_name(value)
        except InvalidHost as error:
            self.fail(str(error), param, ctx)


class FrameOrigin(click.ParamType[str]):
    """The origin of pages that may frame the call page."""

    name = "origin"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return parse_origin(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class RateOrOff(click.ParamType[Rate | None]):
    """Requests per second and a burst, or `off`."""

    name = "rate"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "N[:BURST]|off"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Rate | None:
        text = str(value).strip().lower()
        if text == "off":
            return None
        per_second, _, burst = text.partition(":")
        try:
            return Rate(float(per_second), int(burst) if burst else max(1, round(_BURST_SECONDS * float(per_second))))
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is not a rate: "
                "give requests a second such as 50, or 50:500 for at most 500 at once, or off",
                param,
                ctx,
            )


def shown_rate(rate: Rate | None) -> str:
    """Return the rate in the form that the option takes."""
    return "off" if rate is None else f"{rate.per_second:g}:{rate.burst}"


class SecretText(click.ParamType[Secret]):
    """A text that is never printed."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Secret:
        return Secret(value)


class Networks(click.ParamType[Network]):
    """An IP address or network."""

    name = "network"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Network:
        try:
            return value if isinstance(value, Network) else ipaddress.ip_network(value)
        except ValueError as error:
            self.fail(f"{error} (an address such as 10.0.0.7, or a network such as 10.0.0.0/8)", param, ctx)


def config_file(command: Command) -> Command:
    """Add `--config FILE` to the command; variables override its lines, and its lines override defaults."""
    return click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="OPENROOMS_CONFIG",
        show_envvar=True,
        is_eager=True,
        expose_value=False,
        callback=_read_config,
        help="A TOML file of settings, named like the flags: https-port = 443",
    )(command)


def _read_config(ctx: click.Context, param: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    try:
        lines = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise click.BadParameter(f"{path}: {error}", ctx, param) from error
    names = {name for option in ctx.command.params if option.expose_value and (name := option.name)}
    found = {name.replace("-", "_"): value for name, value in lines.items()}
    for name in found:
        if name not in names:
            raise click.BadParameter(f"{path}: there is no setting {name.replace('_', '-')!r}", ctx, param)
    ctx.default_map = found
