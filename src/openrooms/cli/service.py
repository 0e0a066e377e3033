"""The commands that run the service."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from openrooms._startup import BadSetting
from openrooms.cli.issuers import Declarations, OperatorIssuers, TeamsIssuers
from openrooms.cli.options import Command, setting
from openrooms.cli.settings import (
    FrameOrigin,
    HostName,
    Networks,
    Port,
    RateOrOff,
    config_file,
    key_encryption,
    secret_setting,
    shown_rate,
)
from openrooms.cli.telephones import telephones
from openrooms.cli.welcome import greet, tell
from openrooms.domain.subscriptions import Declaration
from openrooms.server.core.rates import Rates
from openrooms.server.process.settings import LiveKit, Secret, Settings, TlsFiles, default, default_data

_HTTPS_PORT: int = default("https_port")
_HTTP_PORT: int = default("http_port")
_FOLDER = click.Path(file_okay=False, path_type=Path, resolve_path=True)
_FILE = click.Path(dir_okay=False, path_type=Path, resolve_path=True)


_SHARED = (
    setting("--host", metavar="ADDRESS", default=default("host"), help="Address to listen on."),
    setting(
        "--data",
        type=_FOLDER,
        help="Folder of the database and the certificates; for dev, by default your data folder.",
    ),
    secret_setting(
        "--database",
        metavar="URL",
        help="postgresql://USER@HOST/NAME, or sqlite:PATH.",
    ),
    secret_setting(
        "--access-key",
        metavar="KEY",
        help="Primary access key in base64; replaces the stored one at every start.",
    ),
    setting(
        "--admin-port",
        type=Port(),
        default="off",
        help="Port of /metrics and of a detailed /ready. Do not open it to clients.",
    ),
    setting(
        "--admin-host",
        metavar="ADDRESS",
        default=default("admin_host"),
        help="Address of the admin port; if not loopback, it must be on a private network.",
    ),
    setting(
        "--branding",
        type=_FOLDER,
        help="Folder of branding.json: the name, logo, colours, help line and privacy link of the call page.",
    ),
    setting(
        "--embed-origin",
        metavar="ORIGIN",
        type=FrameOrigin(),
        multiple=True,
        default=(),
        help="Origin of pages that may show the call page in a frame: https://clinic.example; may be repeated.",
    ),
    setting(
        "--subscription",
        type=Declarations(),
        multiple=True,
        default=(),
        help="Endpoint to which events are delivered. Also: types (all), room (all), validation (none, cloudEvents, "
        "eventGrid), resource (its id; needed if there are several), and secret-file or secret; may be repeated.",
    ),
    key_encryption,
    telephones,
    setting("--ready-file", type=_FILE, help="JSON file that exists while the service accepts requests."),
    setting(
        "--audit-log",
        metavar="FILE|stdout|off",
        show_default="stdout for serve, off for dev",
        help="Where to write the audit trail, as JSON; SIGHUP reopens a file.",
    ),
    setting(
        "--audit-days",
        metavar="N",
        type=click.IntRange(0),
        default=default("audit_days"),
        help="Days for which the database keeps the audit trail, for the console and the API; 0 keeps none.",
    ),
    setting(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"], case_sensitive=False),
        default=default("log_level"),
        help="The lowest level to log.",
    ),
    setting(
        "--log-format",
        type=click.Choice(["auto", "text", "json"]),
        default=default("log_format"),
        help="auto: text on a terminal, otherwise JSON.",
    ),
)
"""The options of both commands, in the order of the help."""


def _shared(command: Any) -> Any:
    return functools.reduce(lambda decorated, option: option(decorated), reversed(_SHARED), command)


@click.command()
@config_file
@setting("--https-port", type=Port(), default=_HTTPS_PORT, help="Port of the API, for the SDKs.")
@setting("--http-port", type=Port(), default=_HTTP_PORT, help="Port of the call page and of plain HTTP.")
@setting(
    "--livekit",
    metavar="auto|simulated|off|PATH|URL",
    default=LiveKit().where,
    help="The media engine; auto starts livekit-server if it is installed, else calls are simulated, without media.",
)
@secret_setting("--livekit-api-key", metavar="KEY", default="devkey", help="API key of the LiveKit server at a URL.")
@secret_setting(
    "--livekit-api-secret", metavar="SECRET", default="secret", help="API secret of the LiveKit server at a URL."
)
@setting(
    "--host-name",
    metavar="NAME",
    type=HostName(),
    multiple=True,
    default=(),
    help="Another name of this machine besides localhost, also for the certificate; may be repeated.",
)
@setting(
    "--seed",
    type=click.Path(dir_okay=False, exists=True, path_type=Path, resolve_path=True),
    help="Replace all rooms and users at the start by those of this file, which `openrooms state export` wrote.",
)
@setting("--tls-cert", type=_FILE, help="Certificate chain (PEM), instead of one from the development authority.")
@setting("--tls-key", type=_FILE, help="Private key of the certificate (PEM).")
@setting(
    "--strict-versions",
    is_flag=True,
    help="Refuse an api-version that is newer than all known ones, instead of answering in the newest.",
)
@setting(
    "--entra",
    is_flag=True,
    help="Accept Entra's tokens for operators, and issue them, so that DefaultAzureCredential works offline.",
)
@setting(
    "--entra-unsigned",
    is_flag=True,
    help="Like --entra, and accept every token of Entra's form without checking its signature.",
)
@_shared
def dev(
    livekit: str,
    livekit_api_key: Secret,
    livekit_api_secret: Secret,
    tls_cert: Path | None,
    tls_key: Path | None,
    strict_versions: bool,
    entra: bool,
    entra_unsigned: bool,
    data: Path | None,
    host_name: tuple[str, ...],
    embed_origin: tuple[str, ...],
    subscription: tuple[Declaration, ...],
    audit_log: str | None,
    **settings: Any,
) -> int:
    """Run the service for development. It needs no configuration.

    It listens only on this machine: the access key is public, so it refuses other addresses than loopback unless you
    give your own key. It answers to localhost and to the names that you give with --host-name.

    \b
    openrooms dev
    """
    return _run(
        Settings(
            development=True,
            livekit=LiveKit(livekit, livekit_api_key, livekit_api_secret),
            tls=_tls_files(tls_cert, tls_key),
            newest_for_unknown_versions=not strict_versions,
            entra=entra or entra_unsigned,
            entra_unsigned=entra_unsigned,
            data=data or default_data(),
            host_names=host_name,
            embed_origins=embed_origin,
            subscriptions=subscription,
            audit_log=audit_log or "off",
            **settings,
        )
    )


def _number(flag: str, text: str, least: int = 1) -> Callable[[Command], Command]:
    name = flag.removeprefix("--").replace("-", "_")
    return setting(flag, metavar="N", type=click.IntRange(least), default=default(name), help=text)


def _rate(whose: str, text: str) -> Callable[[Command], Command]:
    default = shown_rate(getattr(Rates(), whose))
    return setting(f"--{whose}-rate", type=RateOrOff(), default=default, help=text)


@click.command()
@config_file
@setting("--https-port", type=Port(), show_default=f"{_HTTPS_PORT} with a certificate, else off", help="Port for TLS.")
@setting(
    "--http-port",
    type=Port(),
    show_default=f"off with a certificate, else {_HTTP_PORT}",
    help="Port for a proxy that terminates TLS.",
)
@setting("--tls-cert", type=_FILE, help="Certificate chain (PEM), read again on SIGHUP.")
@setting("--tls-key", type=_FILE, help="Private key of the certificate (PEM), read again on SIGHUP.")
@setting(
    "--forwarded-allow",
    type=Networks(),
    multiple=True,
    default=(),
    help="Address or network of a proxy whose X-Forwarded-For, -Proto and -Host are trusted; may be repeated.",
)
@setting(
    "--connection-limit",
    metavar="N",
    type=click.IntRange(1),
    help="The most connections of one process; further ones get 503.  [default: from the limit of open files]",
)
@setting(
    "--client-connection-limit",
    metavar="N",
    type=click.IntRange(1),
    help="The most connections from one address that is not in --forwarded-allow.  [default: a quarter of all]",
)
@setting(
    "--public-url",
    metavar="URL",
    help="The address at which clients reach the service, if it differs from the Host header.",
)
@setting("--livekit", metavar="off|URL", default="off", help="Address of the LiveKit server.")
@secret_setting("--livekit-api-key", metavar="KEY", help="LiveKit's API key.")
@secret_setting("--livekit-api-secret", metavar="SECRET", help="LiveKit's API secret.")
@_number("--call-limit", "The most people in one call.")
@_number("--roster-limit", "The most participants in one room.")
@_number("--retention-days", "Days for which expired rooms are kept.", least=0)
@setting(
    "--events",
    type=click.Choice(["on", "off"]),
    default=default("events"),
    help="Whether changes and calls leave events, for programs that read them.",
)
@_number("--event-retention-days", "Days for which events are kept.")
@_number("--attendance-retention-days", "Days for which it is kept who was in calls, and who was refused.")
@setting(
    "--hooks-to-private-addresses",
    is_flag=True,
    help="Also deliver events to loopback and private addresses, and over http; `dev` always does.",
)
@_number("--clock-skew", "Seconds by which the date of a signature may differ from now.")
@setting(
    "--newest-for-unknown-versions",
    is_flag=True,
    help="Answer an api-version that is newer than all known ones in the newest, instead of refusing it.",
)
@_rate("address", "Unauthenticated requests a second from one address; a refused request counts as 10.")
@_rate("person", "Requests a second from one user.")
@_rate("refusal", "Refused joins and other refused room requests a second from one user.")
@_rate("operator", "Requests a second with one access key or operator token.")
@_rate("resource", "Requests a second to one resource.")
@_rate("test", "Tests of their connection that one user begins a second.")
@setting(
    "--cors-origin",
    metavar="ORIGIN",
    multiple=True,
    default=(),
    help="Origin of web pages that may call the API; may be repeated.",
)
@setting(
    "--oidc",
    type=OperatorIssuers(),
    multiple=True,
    default=(),
    help="OpenID Connect issuer of operators' tokens. Also: claim (roles), reader, contributor (the claim's value "
    "for each role), resource (its id; needed if there are several); to sign in to the console, client (this service's "
    "id there), client-secret-file, scope (openid), title; may be repeated.",
)
@_number("--session-idle-minutes", "Minutes without use after which a session of the console ends.")
@_number("--session-hours", "Hours after which a session of the console ends.")
@setting(
    "--security-contact",
    metavar="URI",
    multiple=True,
    default=(),
    help="Contact for vulnerability reports, for /.well-known/security.txt: mailto:, https: or tel:; may be repeated.",
)
@setting("--security-policy", metavar="URL", help="Your vulnerability disclosure policy, for security.txt.")
@setting("--security-encryption", metavar="URI", help="A key with which to encrypt reports, for security.txt.")
@setting("--security-languages", metavar="LIST", help="Languages of reports, such as `en, de`, for security.txt.")
@setting("--teams", type=TeamsIssuers(), help="Issuer of the tokens that Teams users exchange.")
@_shared
def serve(
    https_port: int | None,
    http_port: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    livekit: str,
    livekit_api_key: Secret | None,
    livekit_api_secret: Secret | None,
    cors_origin: tuple[str, ...],
    embed_origin: tuple[str, ...],
    subscription: tuple[Declaration, ...],
    audit_log: str | None,
    **settings: Any,
) -> int:
    """Run the service for production.

    It needs your certificate, or a proxy in front that terminates TLS, and refuses development secrets.

    \b
    openrooms serve --config /etc/openrooms.toml
    """
    tls = _tls_files(tls_cert, tls_key)
    return _run(
        Settings(
            development=False,
            https_port=https_port if _was_given("https_port") else _HTTPS_PORT if tls else None,
            http_port=http_port if _was_given("http_port") else None if tls else _HTTP_PORT,
            tls=tls,
            livekit=LiveKit(livekit, livekit_api_key, livekit_api_secret),
            cors_origins=cors_origin,
            embed_origins=embed_origin,
            subscriptions=subscription,
            audit_log=audit_log or "stdout",
            rates=Rates(**{whose: settings.pop(f"{whose}_rate") for whose in Rates.__struct_fields__}),
            **settings,
        )
    )


def _run(settings: Settings) -> int:
    from openrooms.server.core.supervision import EndedEarly
    from openrooms.server.process.run import run as serve_until_stopped

    announce = functools.partial(greet, data=settings.data) if settings.data and settings.development else tell
    try:
        serve_until_stopped(settings, announce)
    except EndedEarly as error:
        # The log has the traceback.
        click.echo(f"openrooms: stopped, because {error}", err=True)
        return os.EX_SOFTWARE
    return os.EX_OK


def _was_given(name: str) -> bool:
    return click.get_current_context().get_parameter_source(name) is not ParameterSource.DEFAULT


def _tls_files(certificate: Path | None, key: Path | None) -> TlsFiles | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise BadSetting("a certificate and its key go together: give both --tls-cert and --tls-key")
    return TlsFiles(certificate, key)


COMMANDS = (dev, serve)
