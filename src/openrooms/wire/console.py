"""The JSON shapes of signing in to the console, and the names of its header fields."""

from typing import Annotated

import msgspec

from openrooms.domain.operators import OperatorRole
from openrooms.wire.models import RequestBody

PAGE_PATH = "/console"
"""The path of the console; the secret of a one-time link follows its `#`."""
CALLBACK_PATH = "/console/callback"
"""The path of the page to which issuers send browsers back."""
CONSOLE_HEADER = "openrooms-console"
"""The header of every request of the console that changes something.

The value `background` marks requests that the page sends on its own, which do not keep a session in use.
"""
BACKGROUND = "background"
RESOURCE_HEADER = "openrooms-resource"
"""The header by which a request of the console chooses one of its session's resources."""

OperatorRoleText = Annotated[str, msgspec.Meta(extra_json_schema={"enum": [role.value for role in OperatorRole]})]
WayKind = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["openid", "link", "development"]})]


class BeginBody(RequestBody):
    """The way at whose issuer to sign in."""

    way: str = ""


class BegunModel(msgspec.Struct):
    """The address at the issuer to which the browser has to go."""

    url: str


class SignInBody(RequestBody):
    """The proof with which somebody signs in: the secret of a one-time link, or an issuer's answer.

    An issuer's answer has a `code`, a `state` and, from some issuers, an `iss`. A browser on the machine of a
    development service needs no proof.
    """

    secret: str = ""
    code: str = ""
    state: str = ""
    iss: str = ""

    def __repr__(self) -> str:
        return "SignInBody(...)"


class WayModel(msgspec.Struct, omit_defaults=True):
    """A way to sign in: at an issuer (`openid`), by a one-time link, or at once in a development service."""

    kind: WayKind
    id: str = ""
    title: str = ""


class WayList(msgspec.Struct):
    """The ways to sign in."""

    value: list[WayModel]


class SessionResourceModel(msgspec.Struct, rename="camel"):
    """A resource of a session, and the role in it; `host` is empty for the resource that answers to any."""

    id: str
    host: str
    role: OperatorRoleText


class SessionModel(msgspec.Struct, rename="camel"):
    """A session and its holder, whose name in the audit trail is `subject`.

    `resource` is the one that requests without the header `openrooms-resource` are about. The session ends at
    `idleEndsAt` unless it is used, and at `endsAt` in any case. `isDevelopment` is whether the service is one for
    development, and `hasCalls` whether rooms have calls.
    """

    id: str
    subject: str
    display_name: str
    resource: str
    resources: list[SessionResourceModel]
    idle_ends_at: str
    ends_at: str
    is_development: bool
    has_calls: bool
