"""Every setting of the service, validated. The command line reads them from flags, variables and a file."""

import base64
import binascii
import importlib.util
import ipaddress
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import platformdirs

from openrooms._startup import BadSetting
from openrooms.domain.errors import InvalidRequest
from openrooms.domain.identities import ResourceId
from openrooms.domain.subscriptions import Declaration, check_url
from openrooms.domain.telephones import Limits
from openrooms.server.core.rates import Rates
from openrooms.server.phone.trunk import Trunk
from openrooms.wire.connection_string import (
    DEVELOPMENT_HTTP_PORT,
    DEVELOPMENT_KEY,
    format_connection_string,
    is_loopback,
)

if TYPE_CHECKING:
    # Only annotations use these, and their modules load PyJWT and cryptography.
    from openrooms.server.core.openid import Issuer, OperatorIssuer
    from openrooms.server.core.ports import Resource

DEVELOPMENT_SECRETS = frozenset({"secret", "devkey", "openrooms-development-secret"})
"""LiveKit secrets from documentation, which production refuses."""

_LINE_LIBRARIES = ("baresip", "livekit.rtc")
_SHORTEST_KEY_BYTES = 16
_SHORTEST_LIVEKIT_SECRET = 32

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Secret(str):
    """A text that hides itself in `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(...)"


class TlsFiles(msgspec.Struct, frozen=True):
    """A certificate chain and its key, as PEM files."""

    certificate: Path
    key: Path


class LiveKit(msgspec.Struct, frozen=True):
    """Where calls run: `simulated`, `off`, a program's path, or a server's URL and its API key.

    `auto` is the program if there is one, else `simulated`.
    """

    where: str = "auto"
    api_key: Secret | None = None
    api_secret: Secret | None = None

    @property
    def is_url(self) -> bool:
        """Whether `where` is a running server."""
        return "://" in self.where


class Telephones(msgspec.Struct, frozen=True):
    """Where telephones are called: nowhere, through a trunk, or in the demo telephone of development."""

    trunk: Trunk | None = None
    is_demo: bool = False
    limits: Limits = Limits()

    @property
    def are_on(self) -> bool:
        """Whether telephones can be called."""
        return self.is_demo or self.trunk is not None


class KeyEncryption(msgspec.Struct, frozen=True):
    """The key that encrypts the keys in the database, and the previous one."""

    key: Secret | None = None
    old_key: Secret | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one process runs, and the default of each setting.

    Ports are `None` where nothing listens and 0 for a free one; times are in seconds.
    """

    development: bool
    host: str = "127.0.0.1"
    host_names: tuple[str, ...] = ()
    https_port: int | None = 8720
    http_port: int | None = DEVELOPMENT_HTTP_PORT
    admin_host: str = "127.0.0.1"
    admin_port: int | None = None
    data: Path | None = None
    database: Secret | None = None
    access_key: Secret | None = None
    key_encryption: KeyEncryption = KeyEncryption()
    public_url: str | None = None
    tls: TlsFiles | None = None
    forwarded_allow: tuple[Network, ...] = ()
    connection_limit: int | None = None
    client_connection_limit: int | None = None
    livekit: LiveKit = LiveKit()
    telephones: Telephones = Telephones()
    # docs/evidence.md#calls
    call_limit: int = 350
    oidc: "tuple[OperatorIssuer, ...]" = ()
    teams: "Issuer | None" = None
    session_idle_minutes: int = 60
    session_hours: int = 12
    entra: bool = False
    entra_unsigned: bool = False
    roster_limit: int = 10_000
    retention_days: int = 30
    events: str = "on"
    event_retention_days: int = 30
    attendance_retention_days: int = 400
    hooks_to_private_addresses: bool = False
    subscriptions: tuple[Declaration, ...] = ()
    clock_skew: int = 900
    newest_for_unknown_versions: bool = False
    rates: Rates | None = None
    cors_origins: tuple[str, ...] = ()
    log_level: str = "info"
    log_format: str = "auto"
    audit_log: str = "off"
    audit_days: int = 30
    request_log: bool = True
    ready_file: Path | None = None
    seed: Path | None = None
    branding: Path | None = None
    embed_origins: tuple[str, ...] = ()
    security_contact: tuple[str, ...] = ()
    security_policy: str | None = None
    security_encryption: str | None = None
    security_languages: str | None = None

    def __post_init__(self) -> None:
        """Raise `BadSetting` where the settings contradict each other or are unsafe."""
        if self.https_port is None and self.http_port is None:
            raise BadSetting("both ports are off: give --https-port or --http-port")
        if self.https_port is not None and self.https_port == self.http_port != 0:
            raise BadSetting(f"port {self.https_port} cannot speak both HTTPS and HTTP: give two ports")
        if self.admin_port and self.admin_port in (self.https_port, self.http_port):
            raise BadSetting(f"port {self.admin_port} serves clients: give --admin-port another one")
        if self.access_key is not None:
            check_access_key(self.access_key)
        if self.public_url is not None:
            _check_public_url(self.public_url)
        self._check_security_txt()
        self._check_subscriptions()
        if self.entra and not (self.development and is_loopback(self.host)):
            raise BadSetting(
                f"--entra gives tokens to everyone who can reach the service, so {self.host} is refused: "
                "stay on 127.0.0.1, or name a real issuer with `openrooms serve --oidc`"
            )
        self._check_telephones()
        if not self.development:
            self._check_production()

    @property
    def security_txt(self) -> tuple[tuple[str, str], ...]:
        """The fields of security.txt (RFC 9116); empty without a contact."""
        fields = [("Contact", contact) for contact in self.security_contact]
        optional = {
            "Encryption": self.security_encryption,
            "Policy": self.security_policy,
            "Preferred-Languages": self.security_languages,
            "Canonical": f"{self.public_url.rstrip('/')}/.well-known/security.txt" if self.public_url else None,
        }
        return (*fields, *((name, value) for name, value in optional.items() if value)) if fields else ()

    def _check_security_txt(self) -> None:
        for contact in self.security_contact:
            if not contact.startswith(("mailto:", "https://", "tel:")):
                raise BadSetting(f"--security-contact {contact} is not a mailto:, https: or tel: address")
        for name, url in (("policy", self.security_policy), ("encryption", self.security_encryption)):
            if (url and ":" not in url) or (url or "").startswith("http://"):
                raise BadSetting(f"--security-{name} {url} is not an https: address")
        if any(not value.isprintable() for _, value in self.security_txt):
            raise BadSetting("a setting of security.txt has a line break in it")
        if not self.security_contact and (self.security_policy or self.security_encryption or self.security_languages):
            raise BadSetting("security.txt takes a contact: give --security-contact")

    def _check_subscriptions(self) -> None:
        names = [declaration.name for declaration in self.subscriptions]
        if again := {name for name in names if names.count(name) > 1}:
            raise BadSetting(f"two subscriptions have the name {min(again)}: give each another one")
        for declaration in self.subscriptions:
            try:
                check_url(declaration.url, plain=self.development or self.hooks_to_private_addresses)
            except InvalidRequest as error:
                raise BadSetting(f"--subscription {declaration.name}: {error}") from error

    def _check_telephones(self) -> None:
        if not self.telephones.are_on:
            return
        if self.livekit.where == "off":
            raise BadSetting("telephones are called into calls, and calls are off: give --livekit, or --sip-trunk off")
        if self.telephones.is_demo and not self.development:
            raise BadSetting("the demo telephone is for openrooms dev: give --sip-trunk HOST[:PORT], or off")
        if not all(map(_is_installed, _LINE_LIBRARIES)):
            raise BadSetting(
                "--sip-trunk takes the libraries of the telephone line: install them with "
                '`pip install "openrooms[phone]"`'
            )

    def _check_production(self) -> None:
        if self.access_key is not None and is_development_key(self.access_key):
            raise BadSetting("the development access key is public: give serve a key of your own, or none to make one")
        if self.data is None and self.database is None:
            raise BadSetting("no place for the data: give --data DIR or --database URL")
        if self.https_port is not None and self.tls is None:
            raise BadSetting(
                "HTTPS takes a certificate: give --tls-cert and --tls-key, "
                "or --https-port off to have a proxy speak TLS in front of --http-port"
            )
        self._check_livekit()

    def _check_livekit(self) -> None:
        if self.livekit.where == "off":
            return
        if not self.livekit.is_url:
            raise BadSetting("serve does not start LiveKit: give --livekit ws://ADDRESS:7880, or off")
        key, secret = self.livekit.api_key, self.livekit.api_secret
        if not key or not secret:
            raise BadSetting("LiveKit wants to know us: give --livekit-api-key and --livekit-api-secret")
        if key in DEVELOPMENT_SECRETS or secret in DEVELOPMENT_SECRETS or len(secret) < _SHORTEST_LIVEKIT_SECRET:
            raise BadSetting(
                "the LiveKit key or secret is a development one or too short: "
                f"make one of at least {_SHORTEST_LIVEKIT_SECRET} characters with `openssl rand -base64 36`"
            )


def _is_installed(library: str) -> bool:
    # This runs no code of the library.
    try:
        return importlib.util.find_spec(library) is not None
    except ModuleNotFoundError:
        return False


def default(name: str) -> Any:
    """Return the default of a setting."""
    # The fields without a default come first.
    return Settings.__struct_defaults__[Settings.__struct_fields__.index(name) - len(Settings.__struct_fields__)]


def default_data() -> Path:
    """Return the data folder of the current user."""
    return platformdirs.user_data_path("openrooms")


def database_url(data: Path | None, database: str | None) -> str:
    """Return the URL of the database; by default, of the file in the data folder."""
    return database or f"sqlite:{data}/openrooms.db"


def connection_string(endpoint: str, key: str) -> Secret:
    """Return a connection string that hides itself in `repr`."""
    return Secret(format_connection_string(endpoint, key))


def is_development_key(key: str) -> bool:
    """Return whether this is the public development key."""
    return key == DEVELOPMENT_KEY


def check_resources(settings: Settings, resources: "Collection[Resource]") -> None:
    """Raise `BadSetting` if the settings would give someone access to a resource that is not theirs."""
    for issuer in settings.oidc:
        if issuer.resource is None and len(resources) > 1:
            raise BadSetting(
                f"--oidc for {issuer.issuer.url} names no resource, and there are {len(resources)}: its contributors "
                "would be operators of all of them; add resource=ID (see `openrooms resources list`)"
            )
    for declaration in settings.subscriptions:
        _check_declaration(declaration, {resource.id for resource in resources})
    for resource in resources:
        _check_key_is_private(settings, resource)


def _check_declaration(declaration: Declaration, resources: "Collection[ResourceId]") -> None:
    flag = f"--subscription {declaration.name}"
    if declaration.resource is None and len(resources) > 1:
        raise BadSetting(
            f"{flag} names no resource, and there are {len(resources)}: add resource=ID "
            "(see `openrooms resources list`)"
        )
    if declaration.resource is not None and declaration.resource not in resources:
        raise BadSetting(f"{flag} names the resource {declaration.resource}, which does not exist")


def _check_key_is_private(settings: Settings, resource: "Resource") -> None:
    if not any(map(is_development_key, (resource.primary_key, resource.secondary_key))):
        return
    if not settings.development:
        raise BadSetting(
            f"resource {resource.id} still has the public development key: "
            "run `openrooms keys regenerate primary` (and secondary) on this database first"
        )
    if not is_loopback(settings.host):
        raise BadSetting(
            f"the development access key is public, so {settings.host} is refused: "
            "stay on 127.0.0.1, or give --access-key with a key of your own (`openrooms keys new` makes one)"
        )


def check_access_key(key: str) -> None:
    """Raise `BadSetting` unless every SDK can decode the key and it is long enough.

    docs/evidence.md#connection-strings
    """
    try:
        secret = base64.b64decode(key, validate=True)
    except binascii.Error as error:
        raise BadSetting("the access key is not standard padded base64: make one with `openrooms keys new`") from (
            error
        )
    if len(secret) < _SHORTEST_KEY_BYTES:
        raise BadSetting(
            f"the access key has fewer than {_SHORTEST_KEY_BYTES} bytes: make one with `openrooms keys new`"
        )


def _check_public_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise BadSetting(f"--public-url {url} is not of the form https://HOST or https://HOST:PORT")
