"""Identifiers: who is meant, as a raw id such as `8:acs:...` or taken apart.

The raw id is the whole of it: two identifiers are equal if their raw ids are, whatever their classes.
https://learn.microsoft.com/azure/communication-services/concepts/identifiers
"""

import warnings
from abc import abstractmethod
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, Literal, Protocol, TypedDict, runtime_checkable

from azure.core import CaseInsensitiveEnumMeta
from typing_extensions import deprecated

from openrooms._values import Frozen

_PHONE = "4:"
_ANONYMOUS_CALLER = "4:anonymous"


class _KindMeta(CaseInsensitiveEnumMeta):
    def __getattr__(cls, name: str) -> Enum:  # noqa: N805 - of a metaclass
        if name.upper() == "MICROSOFT_BOT":
            warnings.warn("MICROSOFT_BOT is now called MICROSOFT_TEAMS_APP", DeprecationWarning, stacklevel=2)
            name = "MICROSOFT_TEAMS_APP"
        return super().__getattr__(name)


class CommunicationIdentifierKind(StrEnum, metaclass=_KindMeta):
    """What an identifier stands for. A kind that is `UNKNOWN` today may get a name of its own in a later version."""

    UNKNOWN = "unknown"
    COMMUNICATION_USER = "communication_user"
    PHONE_NUMBER = "phone_number"
    MICROSOFT_TEAMS_USER = "microsoft_teams_user"
    MICROSOFT_TEAMS_APP = "microsoft_teams_app"


class CommunicationCloudEnvironment(StrEnum, metaclass=CaseInsensitiveEnumMeta):
    """The Azure cloud of a Teams identifier. Wherever one is taken, so is any other text."""

    PUBLIC = "PUBLIC"
    DOD = "DOD"
    GCCH = "GCCH"


_SPACES: Mapping[str, str] = {
    CommunicationCloudEnvironment.PUBLIC: "orgid",
    CommunicationCloudEnvironment.DOD: "dod",
    CommunicationCloudEnvironment.GCCH: "gcch",
}
_CLOUDS = {space: CommunicationCloudEnvironment(cloud) for cloud, space in _SPACES.items()}
_USER_SPACES = frozenset({"acs", "dod-acs", "gcch-acs", "spool"})
_VISITOR = "teamsvisitor"


@runtime_checkable
class CommunicationIdentifier(Protocol):
    """What every identifier has."""

    @property
    @abstractmethod
    def raw_id(self) -> str:
        """The whole identifier as text: what to store and to compare."""

    @property
    @abstractmethod
    def kind(self) -> CommunicationIdentifierKind:
        """What it stands for."""

    @property
    @abstractmethod
    def properties(self) -> Mapping[str, Any]:
        """What its kind has beside the raw id, as a `dict` of its own."""


class CommunicationUserProperties(TypedDict):
    """`properties` of a `CommunicationUserIdentifier`."""

    id: str


class PhoneNumberProperties(TypedDict):
    """`properties` of a `PhoneNumberIdentifier`."""

    value: str


class MicrosoftTeamsUserProperties(TypedDict):
    """`properties` of a `MicrosoftTeamsUserIdentifier`."""

    user_id: str
    is_anonymous: bool
    cloud: CommunicationCloudEnvironment | str


class MicrosoftTeamsAppProperties(TypedDict):
    """`properties` of a `MicrosoftTeamsAppIdentifier`."""

    app_id: str
    cloud: CommunicationCloudEnvironment | str


class MicrosoftBotProperties(MicrosoftTeamsAppProperties):
    """`properties` of a `MicrosoftBotIdentifier`."""

    bot_id: str
    is_resource_account_configured: bool


class _Identifier:
    """What the kinds have in common; frozen, so that their hash holds."""

    raw_id: str

    def _fill(self, raw_id: str, **values: object) -> None:
        for name, value in (*values.items(), ("raw_id", raw_id)):
            _check_text(name, value)
        # The way past the frozen `__setattr__`.
        self.__dict__.update(values, raw_id=raw_id)

    def __eq__(self, other: object) -> bool:
        raw_id = getattr(other, "raw_id", None)
        return self.raw_id == raw_id if isinstance(raw_id, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.raw_id)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(raw_id={self.raw_id!r})"


class CommunicationUserIdentifier(_Identifier, Frozen):
    """A user of Azure Communication Services or of an openrooms server.

    >>> CommunicationUserIdentifier("8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_0192-ada")
    CommunicationUserIdentifier(raw_id='8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_0192-ada')
    """

    __match_args__ = ("id", "raw_id", "kind")

    id: str
    raw_id: str
    kind: Literal[CommunicationIdentifierKind.COMMUNICATION_USER] = CommunicationIdentifierKind.COMMUNICATION_USER

    def __init__(self, id: str, *, raw_id: str | None = None) -> None:  # noqa: A002 - the name that callers know
        """Take the id that `create_user` gave; raise `TypeError` for anything but text."""
        self._fill(id if raw_id is None else raw_id, id=id)

    @property
    def properties(self) -> CommunicationUserProperties:
        """The id."""
        return {"id": self.id}


class PhoneNumberIdentifier(_Identifier, Frozen):
    """A telephone number, or a caller who withholds it.

    >>> PhoneNumberIdentifier("+15550100").raw_id
    '4:+15550100'
    """

    __match_args__ = ("value", "raw_id", "kind")

    value: str
    raw_id: str
    kind: Literal[CommunicationIdentifierKind.PHONE_NUMBER] = CommunicationIdentifierKind.PHONE_NUMBER

    def __init__(self, value: str, *, raw_id: str | None = None) -> None:
        """Take a number in E.164 form, kept as it is; raise `TypeError` for anything but text."""
        self._fill(f"{_PHONE}{value}" if raw_id is None else raw_id, value=value)

    @property
    def properties(self) -> PhoneNumberProperties:
        """The number."""
        return {"value": self.value}

    @property
    def is_anonymous(self) -> bool:
        """Whether the caller withholds the number."""
        return self.raw_id == _ANONYMOUS_CALLER

    @property
    def asserted_id(self) -> str | None:
        """What tells apart several calls of one number: the part of the raw id after its last `_`."""
        return self.raw_id.removeprefix(_PHONE).rpartition("_")[2] or None if "_" in self.raw_id else None


class MicrosoftTeamsUserIdentifier(_Identifier, Frozen):
    """A user of Microsoft Teams, or somebody who joined a meeting by its link (`is_anonymous`).

    >>> MicrosoftTeamsUserIdentifier("45ab2481", cloud=CommunicationCloudEnvironment.GCCH).raw_id
    '8:gcch:45ab2481'
    """

    __match_args__ = ("user_id", "is_anonymous", "cloud", "raw_id", "kind")

    user_id: str
    is_anonymous: bool
    cloud: CommunicationCloudEnvironment | str
    raw_id: str
    kind: Literal[CommunicationIdentifierKind.MICROSOFT_TEAMS_USER] = CommunicationIdentifierKind.MICROSOFT_TEAMS_USER

    def __init__(
        self,
        user_id: str,
        *,
        is_anonymous: bool = False,
        cloud: CommunicationCloudEnvironment | str | None = None,
        raw_id: str | None = None,
    ) -> None:
        """Take the user's Entra object id, or any id of an anonymous one; raise `TypeError` for anything but text.

        No `cloud` is the public one; one that is not known is written as that.
        """
        cloud = cloud or CommunicationCloudEnvironment.PUBLIC
        default = f"8:{_VISITOR if is_anonymous else _space(cloud)}:{user_id}"
        self._fill(default if raw_id is None else raw_id, user_id=user_id, cloud=cloud)
        self.__dict__["is_anonymous"] = is_anonymous

    @property
    def properties(self) -> MicrosoftTeamsUserProperties:
        """The user's id, cloud, and whether anonymous."""
        return {"user_id": self.user_id, "is_anonymous": self.is_anonymous, "cloud": self.cloud}


class MicrosoftTeamsAppIdentifier(_Identifier, Frozen):
    """An application in Microsoft Teams, such as a call queue.

    >>> MicrosoftTeamsAppIdentifier("01234567").raw_id
    '28:orgid:01234567'
    """

    __match_args__ = ("app_id", "cloud", "raw_id", "kind")

    app_id: str
    cloud: CommunicationCloudEnvironment | str
    raw_id: str
    kind: Literal[CommunicationIdentifierKind.MICROSOFT_TEAMS_APP] = CommunicationIdentifierKind.MICROSOFT_TEAMS_APP

    def __init__(
        self,
        app_id: str,
        *,
        cloud: CommunicationCloudEnvironment | str | None = None,
        raw_id: str | None = None,
    ) -> None:
        """Take the application's id; raise `TypeError` for anything but text. `cloud` as for a Teams user."""
        cloud = cloud or CommunicationCloudEnvironment.PUBLIC
        default = f"28:{_space(cloud)}:{app_id}"
        self._fill(default if raw_id is None else raw_id, app_id=app_id, cloud=cloud)

    @property
    def properties(self) -> MicrosoftTeamsAppProperties:
        """The application's id and cloud."""
        return {"app_id": self.app_id, "cloud": self.cloud}


@deprecated("MicrosoftBotIdentifier is now called MicrosoftTeamsAppIdentifier")
class MicrosoftBotIdentifier(MicrosoftTeamsAppIdentifier):
    """The former name of `MicrosoftTeamsAppIdentifier`."""

    def __init__(
        self,
        bot_id: str,
        *,
        is_resource_account_configured: bool = True,
        cloud: CommunicationCloudEnvironment | str | None = None,
        raw_id: str | None = None,
    ) -> None:
        """Take what the former class took; `is_resource_account_configured` has no meaning any more."""
        super().__init__(bot_id, cloud=cloud, raw_id=raw_id)

    @property
    def properties(self) -> MicrosoftBotProperties:
        """The bot's id under its old name and its new one."""
        return {**super().properties, "bot_id": self.app_id, "is_resource_account_configured": True}


class UnknownIdentifier(_Identifier, Frozen):
    """Somebody of a kind that this version does not know; the raw id is good to store, compare and send back."""

    __match_args__ = ("raw_id", "kind")

    raw_id: str
    kind: Literal[CommunicationIdentifierKind.UNKNOWN] = CommunicationIdentifierKind.UNKNOWN

    def __init__(self, identifier: str) -> None:
        """Take the raw id; raise `TypeError` for anything but text."""
        _check_text("identifier", identifier)
        self._fill(identifier)

    @property
    def properties(self) -> Mapping[str, Any]:
        """Nothing."""
        return {}


def identifier_from_raw_id(raw_id: str) -> CommunicationIdentifier:
    """Return the identifier that a raw id stands for; what is not understood is an `UnknownIdentifier`.

    Raise `TypeError` for anything but text. The raw id of the result is the one given, whatever it is.

    >>> identifier_from_raw_id("8:orgid:45ab2481")
    MicrosoftTeamsUserIdentifier(raw_id='8:orgid:45ab2481')
    """
    _check_text("raw_id", raw_id)
    if raw_id.startswith(_PHONE):
        return PhoneNumberIdentifier(raw_id.removeprefix(_PHONE), raw_id=raw_id)
    match raw_id.split(":", maxsplit=2):
        case ["8", space, _] if space in _USER_SPACES:
            return CommunicationUserIdentifier(raw_id)
        case ["8", space, user_id] if space == _VISITOR:
            return MicrosoftTeamsUserIdentifier(user_id, is_anonymous=True, raw_id=raw_id)
        case ["8", space, user_id] if space in _CLOUDS:
            return MicrosoftTeamsUserIdentifier(user_id, cloud=_CLOUDS[space], raw_id=raw_id)
        case ["28", space, app_id] if space in _CLOUDS:
            return MicrosoftTeamsAppIdentifier(app_id, cloud=_CLOUDS[space], raw_id=raw_id)
        case _:
            return UnknownIdentifier(raw_id)


def _space(cloud: str) -> str:
    return _SPACES.get(cloud, _SPACES[CommunicationCloudEnvironment.PUBLIC])


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
