"""Options of the commands: every one is also a variable, and for `serve` a line in a TOML file."""

import ipaddress
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from openrooms.domain.identities import ResourceId
from openrooms.server.openid import Issuer, OperatorIssuer
from openrooms.server.settings import Network, Secret
from openrooms.server.tokens import OperatorRole

Command = TypeVar("Command", bound=Callable[..., Any])


def setting(flag: str, **attributes: Any) -> Callable[[Command], Command]:
    """Return the decorator of an option `--NAME` that is also the variable `OPENROOMS_NAME`."""
    variable = "OPENROOMS_" + flag.removeprefix("--").upper().replace("-", "_")
    attributes.setdefault("show_default", attributes.get("default") not in (None, ()))
    return click.option(flag, envvar=variable, show_envvar=True, **attributes)


class Port(click.ParamType[int | None]):
    """A port's number, or `off`."""

    name = "port"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "PORT|off"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        text = str(value).strip().lower()
        is_port = text.isascii() and text.isdigit() and int(text) < 65536
        if text != "off" and not is_port:
            self.fail(f"{value!r} is no port: give a number up to 65535, 0 for a free one, or off", param, ctx)
        return int(text) if is_port else None


class SecretText(click.ParamType[Secret]):
    """A text that nothing prints."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Secret:
        return Secret(value)


class Networks(click.ParamType[Network]):
    """An address or a network."""

    name = "network"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Network:
        try:
            return value if isinstance(value, Network) else ipaddress.ip_network(value)
        except ValueError as error:
            self.fail(f"{error} (an address such as 10.0.0.7, or a network such as 10.0.0.0/8)", param, ctx)


class _Fields(click.ParamType[Any]):
    """Several named texts in one value, `name=value,name=value`, or a table of the TOML file."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return ",".join(f"{name}=..." for name in self.required) + "[,...]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        fields = value if isinstance(value, Mapping) else dict(part.partition("=")[::2] for part in value.split(","))
        known = {name: str(text) for name, text in fields.items()}
        for name in known:
            if name not in self.required + self.optional:
                self.fail(f"{name!r} is none of {', '.join(self.required + self.optional)}", param, ctx)
        for name in self.required:
            if not known.get(name):
                self.fail(f"{name} is missing", param, ctx)
        try:
            return self.made(known)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def made(self, fields: Mapping[str, str]) -> Any:
        """Return the setting; raise `ValueError`."""
        raise NotImplementedError


class OperatorIssuers(_Fields):
    """An OpenID Connect issuer of operators' tokens."""

    name = "issuer"
    required = ("issuer", "audience")
    optional = ("claim", "reader", "contributor", "resource")

    def made(self, fields: Mapping[str, str]) -> OperatorIssuer:
        roles = {fields.get(role.value, role.value): role for role in OperatorRole}
        resource = ResourceId(fields["resource"]) if "resource" in fields else None
        return OperatorIssuer(_issuer(fields), roles, fields.get("claim", "roles"), resource)


class TeamsIssuers(_Fields):
    """The issuer of Teams users' tokens."""

    name = "issuer"
    required = ("issuer", "audience")
    optional = ()

    def made(self, fields: Mapping[str, str]) -> Issuer:
        return _issuer(fields)


def _issuer(fields: Mapping[str, str]) -> Issuer:
    return Issuer(fields["issuer"], tuple(fields["audience"].split()))


def config_file(command: Command) -> Command:
    """Give the command `--config FILE`, whose lines are below variables and above defaults."""
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
    known = {name for option in ctx.command.params if option.expose_value and (name := option.name)}
    found = {name.replace("-", "_"): value for name, value in lines.items()}
    for name in found:
        if name not in known:
            raise click.BadParameter(f"{path}: there is no setting {name.replace('_', '-')!r}", ctx, param)
    ctx.default_map = found
