"""Sessions of the console: how they begin, and when they end."""

import msgspec

from openrooms.domain.errors import LinkRefused
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import MINUTE, Moment, after

LINK_LIFETIME = 10 * MINUTE
"""How long a one-time link signs in."""
# Each request would otherwise cost a write.
_NOTED_AGAIN_AFTER = MINUTE


class Session(msgspec.Struct, frozen=True):
    """A session as kept, with the hashes of its secrets.

    Its rights are those of the operator's tokens with its id, one for each of `resources`: revoking them ends it. The
    console shows `label` as the name of its holder. Until a one-time link is exchanged, `used_at` is `None` and there
    is no `secret_hash`.
    """

    id: str
    resources: tuple[ResourceId, ...]
    label: str
    created_at: Moment
    expires_at: Moment
    link_hash: bytes | None = None
    secret_hash: bytes | None = None
    used_at: Moment | None = None

    def __repr__(self) -> str:
        return f"Session(id={self.id!r}, resources={self.resources!r})"


def exchange(session: Session, secret_hash: bytes, now: Moment) -> Session:
    """Return the session of a one-time link, which begins now; raise `LinkRefused`."""
    if session.used_at is not None:
        raise LinkRefused("link: it was used")
    if now >= min(after(session.created_at, LINK_LIFETIME), session.expires_at):
        raise LinkRefused("link: it has expired")
    return msgspec.structs.replace(session, secret_hash=secret_hash, used_at=now)


def use(session: Session, now: Moment) -> Session:
    """Return the session as used now; a use is noted at most once a minute."""
    if session.used_at is None or now < after(session.used_at, _NOTED_AGAIN_AFTER):
        return session
    return msgspec.structs.replace(session, used_at=now)


def idle_end(session: Session, idle: int) -> Moment:
    """Return when the session ends unless it is used; `idle` is in steps of 100 ns."""
    return min(after(session.used_at or session.created_at, idle), session.expires_at)


def is_live(session: Session, idle: int, now: Moment) -> bool:
    """Return whether the session has begun and has not ended."""
    return session.used_at is not None and now < idle_end(session, idle)
