"""Identifiers of users, telephone numbers and Teams users and apps, and the parser of raw ids such as `8:acs:...`.

A raw id is complete: two identifiers are equal if their raw ids are equal, whatever their classes.
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
    """The kind of an identifier. A kind that is `UNKNOWN` now may get its own name in a later version."""

    UNKNOWN = "unknown"
    COMMUNICATION_USER = "communication_user"
    PHONE_NUMBER = "phone_number"
    MICROSOFT_TEAMS_USER = "microsoft_teams_user"
    MICROSOFT_TEAMS_APP = "microsoft_teams_app"


class CommunicationCloudEnvironment(StrEnum, metaclass=CaseInsensitiveEnumMeta):
    """The Azure cloud of a Teams identifier. Arguments of this type accept any other string too."""

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
    """The interface of all identifiers."""

    @property
    @abstractmethod
    def raw_id(self) -> str:
        """The full text form of the identifier; store and compare this."""

    @property
    @abstractmethod
    def kind(self) -> CommunicationIdentifierKind:
        """The kind of the identifier."""

    @property
    @abstractmethod
    def properties(self) -> Mapping[str, Any]:
        """The fields of its kind other than the raw id, as a new `dict`."""


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
    """The common part of the identifier classes. They are frozen, so that their hash stays valid."""

    raw_id: str

    def _fill(self, raw_id: str, **values: object) -> None:
        for name, value in (*values.items(), ("raw_id", raw_id)):
            _check_text(name, value)
        # This bypasses the frozen `__setattr__`.
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

    def __init__(self, id: str, *, raw_id: str | None = None) -> None:  # noqa: A002 - the name in the official API
        """Create an identifier from the id that `create_user` returned; raise `TypeError` unless it is a `str`."""
        self._fill(id if raw_id is None else raw_id, id=id)

    @property
    def properties(self) -> CommunicationUserProperties:
        """The id as a dictionary."""
        return {"id": self.id}


class PhoneNumberIdentifier(_Identifier, Frozen):
    """A telephone number, or a caller who withholds their number.

    >>> PhoneNumberIdentifier("+15550100").raw_id
    '4:+15550100'
    """

    __match_args__ = ("value", "raw_id", "kind")

    value: str
    raw_id: str
    kind: Literal[CommunicationIdentifierKind.PHONE_NUMBER] = CommunicationIdentifierKind.PHONE_NUMBER

    def __init__(self, value: str, *, raw_id: str | None = None) -> None:
        """Create an identifier from a number in E.164 form; raise `TypeError` unless it is a `str`.

        The form is not checked.
        """
        self._fill(f"{_PHONE}{value}" if raw_id is None else raw_id, value=value)

    @property
    def properties(self) -> PhoneNumberProperties:
        """The number as a dictionary."""
        return {"value": self.value}

    @property
    def is_anonymous(self) -> bool:
        """Whether the caller withholds the number."""
        return self.raw_id == _ANONYMOUS_CALLER

    @property
    def asserted_id(self) -> str | None:
        """The id that distinguishes calls from the same number: the part of the raw id after its last `_`, if any."""
        return self.raw_id.removeprefix(_PHONE).rpartition("_")[2] or None if "_" in self.raw_id else None


class MicrosoftTeamsUserIdentifier(_Identifier, Frozen):
    """A user of Microsoft Teams, or an anonymous user who joined a meeting with its link (`is_anonymous`).

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
        """Create an identifier from the user's Entra object id, or from any id of an anonymous user.

        Without `cloud` it is in the public cloud; the raw id of an unknown cloud is that of the public one. Raise
        `TypeError` unless the ids are `str`.
        """
        cloud = cloud or CommunicationCloudEnvironment.PUBLIC
        default = f"8:{_VISITOR if is_anonymous else _space(cloud)}:{user_id}"
        self._fill(default if raw_id is None else raw_id, user_id=user_id, cloud=cloud)
        self.__dict__["is_anonymous"] = is_anonymous

    @property
    def properties(self) -> MicrosoftTeamsUserProperties:
        """The user's id, whether the user is anonymous, and the cloud, as a dictionary."""
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
        """Create an identifier from the application's id; raise `TypeError` unless it is a `str`.

        `cloud` is that of `MicrosoftTeamsUserIdentifier`.
        """
        cloud = cloud or CommunicationCloudEnvironment.PUBLIC
        default = f"28:{_space(cloud)}:{app_id}"
        self._fill(default if raw_id is None else raw_id, app_id=app_id, cloud=cloud)

    @property
    def properties(self) -> MicrosoftTeamsAppProperties:
        """The application's id and cloud as a dictionary."""
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
        """Create an identifier with the arguments of the former class; `is_resource_account_configured` is ignored."""
        super().__init__(bot_id, cloud=cloud, raw_id=raw_id)

    @property
    def properties(self) -> MicrosoftBotProperties:
        """The bot's id under its old and its new name, as a dictionary."""
        return {**super().properties, "bot_id": self.app_id, "is_resource_account_configured": True}


class UnknownIdentifier(_Identifier, Frozen):
    """An identifier of a kind that this version does not know. Its raw id can be stored, compared and sent back."""

    __match_args__ = ("raw_id", "kind")

    raw_id: str
    kind: Literal[CommunicationIdentifierKind.UNKNOWN] = CommunicationIdentifierKind.UNKNOWN

    def __init__(self, identifier: str) -> None:
        """Create an identifier from a raw id; raise `TypeError` unless it is a `str`."""
        _check_text("identifier", identifier)
        self._fill(identifier)

    @property
    def properties(self) -> Mapping[str, Any]:
        """An empty dictionary."""
        return {}


def identifier_from_raw_id(raw_id: str) -> CommunicationIdentifier:
    """Return the identifier for a raw id, an `UnknownIdentifier` if the kind is unknown.

    The result always has the given raw id. Raise `TypeError` unless it is a `str`.

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
