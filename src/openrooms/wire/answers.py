"""The JSON shapes of what Rooms and Identity answer; they know nothing of the rules."""

import msgspec


class RoomModel(msgspec.Struct, rename="camel"):
    """A room as answered; 2023-06-14 has no `pstnDialOutEnabled`."""

    id: str
    created_at: str
    valid_from: str
    valid_until: str
    pstn_dial_out_enabled: bool = False


class ParticipantModel(msgspec.Struct, rename="camel"):
    """A participant as answered; `role` is any text, since roles may be added."""

    raw_id: str
    role: str


class RoomPage(msgspec.Struct, rename="camel"):
    """A page of rooms; no `next_link` on the last one."""

    value: list[RoomModel]
    next_link: str | None = None


class ParticipantPage(msgspec.Struct, rename="camel"):
    """A page of participants; no `next_link` on the last one."""

    value: list[ParticipantModel]
    next_link: str | None = None


class TokenModel(msgspec.Struct, rename="camel"):
    """A token as answered."""

    token: str
    expires_on: str

    def __repr__(self) -> str:
        return f"TokenModel(expires_on={self.expires_on!r})"


class IdentityModel(msgspec.Struct, rename="camel", omit_defaults=True):
    """A user as answered; only 2025-03-02-preview has more than the id."""

    id: str
    custom_id: str | None = None
    last_token_issued_at: str | None = None


class UserModel(msgspec.Struct, rename="camel", omit_defaults=True):
    """A created user, with a token if scopes were given."""

    identity: IdentityModel
    access_token: TokenModel | None = None


class AdoptedModel(msgspec.Struct, rename="camel"):
    """The users who were adopted, by the raw ids that are kept."""

    raw_ids: tuple[str, ...]


class TeamsAssignmentModel(msgspec.Struct, rename="camel", omit_defaults=True):
    """An assignment of Teams extension as answered."""

    object_id: str
    tenant_id: str
    principal_type: str
    client_ids: tuple[str, ...] | None = None
