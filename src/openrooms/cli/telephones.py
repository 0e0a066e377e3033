"""Options of the telephone line."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from openrooms._startup import BadSetting
from openrooms.cli.options import Command, setting
from openrooms.cli.settings import secret_setting
from openrooms.domain.telephones import Limits
from openrooms.server.phone.trunk import (
    BadTrunk,
    MediaEncryption,
    Ports,
    Transport,
    Trunk,
    parse_address,
    parse_ports,
)
from openrooms.server.process.settings import Secret, Telephones

Value = TypeVar("Value")

_DEMO = "demo"
_OFF = "off"
_ALL = "+"
_PREFIX = re.compile(r"\+(?:[1-9]\d{0,14})?", re.ASCII)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True)


class _Parsed(click.ParamType[Value]):
    """A value that a function of the trunk reads from text."""

    def __init__(self, name: str, parse: Callable[[str], Value]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Value:
        if not isinstance(value, str):
            return cast("Value", value)
        try:
            return self._parse(value)
        except BadTrunk as error:
            self.fail(str(error), param, ctx)


def _parse_where(text: str) -> str | tuple[str, int | None]:
    return text if text in (_DEMO, _OFF) else parse_address(text)


def _parse_prefixes(text: str) -> tuple[str, ...]:
    prefixes = tuple(prefix.strip() for prefix in text.split(","))
    for prefix in prefixes:
        if not _PREFIX.fullmatch(prefix):
            raise BadTrunk(f"{prefix!r} is not the beginning of a number: give such as +1,+49, or + for all numbers")
    return prefixes


def telephones(command: Command) -> Command:
    """Add a `telephones` argument to the command, from the options of the trunk."""

    @functools.wraps(command)
    def run(
        sip_trunk: str | tuple[str, int | None],
        sip_transport: str,
        sip_user: str | None,
        sip_password: Secret | None,
        sip_from: str | None,
        sip_ringing: int,
        sip_allow: tuple[str, ...] | None,
        sip_legs: int,
        sip_longest: int,
        sip_media_encryption: str,
        sip_ca: Path | None,
        sip_rtp_ports: Ports,
        **options: Any,
    ) -> Any:
        if sip_trunk == _OFF:
            return command(telephones=Telephones(), **options)
        limits = Limits(
            # Calls to the demo telephone cost nothing.
            prefixes=sip_allow or ((_ALL,) if sip_trunk == _DEMO else ()),
            legs_per_room=sip_legs,
            longest_seconds=sip_longest,
            ringing_seconds=sip_ringing,
        )
        if isinstance(sip_trunk, str):
            return command(telephones=Telephones(None, True, limits), **options)
        host, port = sip_trunk
        try:
            trunk = Trunk(
                host=host,
                port=port,
                transport=Transport(sip_transport),
                user=sip_user,
                password=sip_password,
                caller=sip_from,
                media_encryption=MediaEncryption(sip_media_encryption),
                ca=str(sip_ca) if sip_ca else None,
                rtp_ports=sip_rtp_ports,
            )
        except BadTrunk as error:
            raise BadSetting(str(error)) from error
        return command(telephones=Telephones(trunk, False, limits), **options)

    for option in reversed(_OPTIONS):
        run = option(run)
    return cast("Command", run)


_OPTIONS = [
    setting(
        "--sip-trunk",
        metavar="HOST[:PORT]|demo|off",
        type=_Parsed("address", _parse_where),
        default=_OFF,
        help="SIP trunk through which telephones are called; demo, for dev, is a telephone of the service's own.",
    ),
    setting(
        "--sip-transport",
        type=click.Choice([transport.value for transport in Transport]),
        default=Transport.UDP.value,
        help="How SIP travels to the trunk.",
    ),
    setting("--sip-user", metavar="NAME", help="User name at the trunk, if it asks for a password."),
    secret_setting("--sip-password", metavar="TEXT", help="Password at the trunk."),
    setting("--sip-from", metavar="NUMBER", help="Number that called telephones show, such as +15550100."),
    setting(
        "--sip-ringing",
        metavar="SECONDS",
        type=click.IntRange(1, 180),
        default=Limits().ringing_seconds,
        help="How long a telephone may ring.",
    ),
    setting(
        "--sip-allow",
        metavar="PREFIXES",
        type=_Parsed("prefixes", _parse_prefixes),
        help="Beginnings of the numbers that may be called, such as +1,+49; + allows all. Without it, none.",
    ),
    setting(
        "--sip-legs",
        metavar="NUMBER",
        type=click.IntRange(1, Limits().legs_per_resource),
        default=Limits().legs_per_room,
        help="How many telephones may be in one room's call, those that ring included.",
    ),
    setting(
        "--sip-longest",
        metavar="SECONDS",
        type=click.IntRange(60, 86400),
        default=Limits().longest_seconds,
        help="How long after the request to dial a telephone is hung up at the latest.",
    ),
    setting(
        "--sip-media-encryption",
        type=click.Choice([encryption.value for encryption in MediaEncryption]),
        default=MediaEncryption.OFF.value,
        help="How the audio to and from the trunk is encrypted; sdes needs --sip-transport tls to be of use.",
    ),
    setting(
        "--sip-ca",
        metavar="FILE",
        type=_FILE,
        help="Authorities (PEM) that may certify the trunk, instead of the public ones.",
    ),
    setting(
        "--sip-rtp-ports",
        metavar="FIRST-LAST",
        type=_Parsed("ports", parse_ports),
        default=str(Ports()),
        help="UDP ports for the audio of telephones; each takes two.",
    ),
]
