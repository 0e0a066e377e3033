"""The settings in effect, as operators of a resource may see them: without secrets, and without other resources."""

from collections.abc import Iterator, Sequence

from openrooms.domain.identities import ResourceId
from openrooms.server.core.rates import Rates
from openrooms.server.process.settings import Settings

_PLAIN = (
    "public_url",
    "https_port",
    "http_port",
    "call_limit",
    "roster_limit",
    "retention_days",
    "events",
    "event_retention_days",
    "attendance_retention_days",
    "hooks_to_private_addresses",
    "clock_skew",
    "newest_for_unknown_versions",
    "session_idle_minutes",
    "session_hours",
    "audit_days",
    "cors_origins",
    "forwarded_allow",
    "connection_limit",
    "client_connection_limit",
    "log_level",
)


def shown_settings(settings: Settings, resource: ResourceId) -> Sequence[tuple[str, str]]:
    """Return flags and values."""
    return tuple(sorted(_shown(settings, resource)))


def _shown(settings: Settings, resource: ResourceId) -> Iterator[tuple[str, str]]:
    for name in _PLAIN:
        yield _flag(name), _text(getattr(settings, name))
    yield "--database", _database(settings.database)
    yield "--access-key", _secret(settings.access_key)
    yield "--key-encryption-key-file", _secret(settings.key_encryption.key)
    yield "--audit-log", settings.audit_log if settings.audit_log in {"off", "stdout"} else "a file"
    yield "--livekit", "a server" if settings.livekit.is_url else settings.livekit.where
    yield "--livekit-api-secret", _secret(settings.livekit.api_secret)
    yield "--sip-trunk", "set" if settings.telephones.are_on else "off"
    yield "--tls-cert", "set" if settings.tls else "not set"
    for issuer in settings.oidc:
        if issuer.resource in (None, resource):
            ways = "bearer tokens and the console" if issuer.client else "bearer tokens"
            yield "--oidc", f"{issuer.issuer.url}, claim {issuer.claim}, for {ways}"
    for declaration in settings.subscriptions:
        if declaration.resource in (None, resource):
            yield "--subscription", f"{declaration.name}, to {declaration.url}"
    for name in Rates.__struct_fields__:
        rate = getattr(settings.rates, name, None)
        yield f"--{name}-rate", "off" if rate is None else f"{rate.per_second:g}:{rate.burst}"


def _flag(name: str) -> str:
    return "--" + {"cors_origins": "cors-origin"}.get(name, name.replace("_", "-"))


def _text(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "on" if value else "off"
    return " ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def _secret(value: object) -> str:
    return "not set" if value is None else "set"


def _database(url: str | None) -> str:
    return "PostgreSQL" if (url or "").startswith("postgres") else "SQLite"
