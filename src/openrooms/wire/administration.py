"""The JSON shapes of administration: access keys, operators' tokens, users, settings, and the status of the service."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from openrooms.domain.erasure import RecordKind
from openrooms.domain.identities import LONGEST_TOKEN_MINUTES
from openrooms.domain.operators import OperatorRole
from openrooms.wire.console import OperatorRoleText
from openrooms.wire.models import RequestBody

KeyNameText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["primary", "secondary"]})]
TokenState = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["valid", "revoked", "keyless"]})]


class AccessKeyModel(msgspec.Struct, rename="camel"):
    """One of a resource's two access keys, without the key. `id` is its name in the audit trail.

    `lastUsedAt` is when a request was last signed with it, to the minute; without it, no use is known.
    `isFromSettings` is true of a key that a setting puts back at every start.
    """

    name: KeyNameText
    id: str
    is_from_settings: bool = False
    last_used_at: str | UnsetType = UNSET


class AccessKeyList(msgspec.Struct):
    """The access keys of a resource."""

    value: list[AccessKeyModel]


class RevealedKeyModel(msgspec.Struct, rename="camel"):
    """An access key, and the connection string that has it."""

    name: KeyNameText
    id: str
    key: str
    connection_string: str

    def __repr__(self) -> str:
        return f"RevealedKeyModel(id={self.id!r})"


class OperatorTokenBody(RequestBody):
    """The role of a new operator's token, and the minutes until it expires."""

    role: OperatorRoleText = OperatorRole.READER.value
    minutes: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_TOKEN_MINUTES)] = 15


class OperatorTokenModel(msgspec.Struct, rename="camel"):
    """An operator's token that has not expired; if it belongs to a session, `subject` is the person who signed in.

    Its state is `keyless` if both access keys that the resource had when it was made were replaced.
    """

    id: str
    role: OperatorRoleText
    created_at: str
    expires_on: str
    state: TokenState
    subject: str = ""


class OperatorTokenList(msgspec.Struct):
    """Operators' tokens, oldest first."""

    value: list[OperatorTokenModel]


class IssuedOperatorTokenModel(msgspec.Struct, rename="camel"):
    """A new operator's token, which nobody can read again."""

    id: str
    token: str
    expires_on: str

    def __repr__(self) -> str:
        return f"IssuedOperatorTokenModel(id={self.id!r})"


class PartModel(msgspec.Struct, omit_defaults=True):
    """The state of a part: `ok`, `failing` or `off`, with the seconds that its check took, or the reason."""

    status: str
    seconds: float | None = None
    reason: str | None = None


class LimitModel(msgspec.Struct, rename="camel"):
    """A limit of requests, as `--NAME-rate` takes it, and how many it refused since the process began."""

    name: str
    rate: str
    refused: int


class StatusModel(msgspec.Struct):
    """The status of the process that answers, and how often callers of the resource reached each limit there."""

    version: str
    database: PartModel
    calls: PartModel
    limits: list[LimitModel]


class SettingModel(msgspec.Struct):
    """A setting in effect, by its flag; a secret is only `set` or `not set`."""

    name: str
    value: str


class SettingList(msgspec.Struct):
    """The settings in effect."""

    value: list[SettingModel]


class KnownUserModel(msgspec.Struct, rename="camel", omit_defaults=True):
    """A user of the resource, even a deleted one."""

    id: str
    created_at: str
    custom_id: str = ""
    last_token_issued_at: str = ""
    deleted_at: str = ""


class UserPage(msgspec.Struct, rename="camel"):
    """A page of users; the last page has no `nextLink`."""

    value: list[KnownUserModel]
    next_link: str | UnsetType = UNSET


class ExportBody(RequestBody):
    """Where to go on: the `next` of the page before."""

    after: str = ""


RecordKindText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(RecordKind)})]


class PersonalRecordModel(msgspec.Struct):
    """A record that has something about a person: its kind, and its fields without secrets."""

    kind: RecordKindText
    fields: dict[str, Any]


class PersonalPage(msgspec.Struct):
    """Some of the records about a person, maybe none; `next` is absent at the end."""

    value: list[PersonalRecordModel]
    next: str | UnsetType = UNSET


class ErasureModel(msgspec.Struct):
    """How far the erasure of a person is: `done`, or `running`."""

    state: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["done", "running"]})]


class UserRoomModel(msgspec.Struct, rename="camel"):
    """A room on whose roster a user is."""

    id: str
    title: str
    valid_from: str
    valid_until: str
    role: str
    display_name: str


class UserRoomPage(msgspec.Struct, rename="camel"):
    """A page of a user's rooms, newest first; the last page has no `nextLink`."""

    value: list[UserRoomModel]
    next_link: str | UnsetType = UNSET
