"""The JSON shapes of the answers of Rooms and Identity, without any rules."""

from typing import Annotated

import msgspec

from openrooms.domain.roles import ROLES

Role = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(ROLES)})]
"""The text of a role. Clients read any text, because later versions may add roles."""


class RoomModel(msgspec.Struct, rename="camel"):
    """A room in an answer; 2023-06-14 has no `pstnDialOutEnabled`."""

    id: str
    created_at: str
    valid_from: str
    valid_until: str
    pstn_dial_out_enabled: bool = False


class ParticipantModel(msgspec.Struct, rename="camel"):
    """A participant in an answer."""

    raw_id: str
    role: Role


class RoomPage(msgspec.Struct, rename="camel"):
    """A page of rooms; the last page has no `next_link`."""

    value: list[RoomModel]
    next_link: str | None = None


class ParticipantPage(msgspec.Struct, rename="camel"):
    """A page of participants; the last page has no `next_link`."""

    value: list[ParticipantModel]
    next_link: str | None = None


class TokenModel(msgspec.Struct, rename="camel"):
    """A token in an answer."""

    token: str
    expires_on: str

    def __repr__(self) -> str:
        return f"TokenModel(expires_on={self.expires_on!r})"


class IdentityModel(msgspec.Struct, rename="camel", omit_defaults=True):
    """A user in an answer; only 2025-03-02-preview has more than the id."""

    id: str
    custom_id: str | None = None
    last_token_issued_at: str | None = None


class UserModel(msgspec.Struct, rename="camel", omit_defaults=True):
    """A created user, with a token if the request had scopes."""

    identity: IdentityModel
    access_token: TokenModel | None = None


class AdoptedModel(msgspec.Struct, rename="camel"):
    """The canonical raw ids of the adopted users."""

    raw_ids: tuple[str, ...]


class TeamsAssignmentModel(msgspec.Struct, rename="camel", omit_defaults=True):
    """An assignment of Teams extension in an answer."""

    object_id: str
    tenant_id: str
    principal_type: str
    client_ids: tuple[str, ...] | None = None
