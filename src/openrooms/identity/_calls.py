"""The request and the decoder of the answer for each method of the identity clients; no I/O."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from openrooms.client._calls import Call, encode
from openrooms.client._reading import member, moment, nothing, parsed
from openrooms.domain.scopes import CommunicationTokenScope
from openrooms.identifiers import CommunicationUserIdentifier
from openrooms.identity.tokens import AccessToken
from openrooms.wire import operations

VERSION = "2023-10-01"

_MINUTE = timedelta(minutes=1)


Scope = CommunicationTokenScope | str
User = CommunicationUserIdentifier | str


class UserAndToken(NamedTuple):
    """A new user and a token for them."""

    user: CommunicationUserIdentifier
    token: AccessToken


class PersonalRecord(NamedTuple):
    """A record that has something about a person: its kind, such as `stays`, and its fields."""

    kind: str
    fields: dict[str, Any]


class PersonalData(NamedTuple):
    """Some of the records about a person, maybe none; `next` says where to go on, and is empty at the end."""

    records: list[PersonalRecord]
    next: str


def create_user() -> Call[CommunicationUserIdentifier]:
    """Create a user."""
    return Call(operations.CREATE_USER, _read_user)


def create_user_and_token(scopes: Iterable[Scope], token_expires_in: timedelta | None) -> Call[UserAndToken]:
    """Create a user and a token."""
    body = {"createTokenWithScopes": _scopes(scopes), **_lifetime(token_expires_in)}
    return Call(operations.CREATE_USER_AND_TOKEN, _read_user_and_token, body=encode(body))


def get_token(user: User, scopes: Iterable[Scope], token_expires_in: timedelta | None) -> Call[AccessToken]:
    """Issue a token."""
    body = {"scopes": _scopes(scopes), **_lifetime(token_expires_in)}
    return Call(operations.GET_TOKEN, _read_token, {"user": _user(user)}, encode(body))


def revoke_tokens(user: User) -> Call[None]:
    """Revoke all tokens of a user."""
    return Call(operations.REVOKE_TOKENS, nothing, {"user": _user(user)})


def delete_user(user: User) -> Call[None]:
    """Delete a user."""
    return Call(operations.DELETE_USER, nothing, {"user": _user(user)})


def export_user(user: User, after: str) -> Call[PersonalData]:
    """Export some of what is kept about a person."""
    return Call(
        operations.EXPORT_USER, _read_personal, {"user": _user(user)}, encode({"after": after} if after else {})
    )


def erase_user(user: User) -> Call[bool]:
    """Erase a person."""
    return Call(operations.ERASE_USER, _read_erased, {"user": _user(user)})


def adopt_users(users: Iterable[User]) -> Call[list[CommunicationUserIdentifier]]:
    """Adopt users whose raw ids another service created."""
    if isinstance(users, str) or not isinstance(users, Iterable):
        raise TypeError(f"users must be a list (or another iterable) of users, not {type(users).__name__}")
    return Call(operations.ADOPT_USERS, _read_adopted, body=encode({"rawIds": [_user(user) for user in users]}))


def get_token_for_teams_user(aad_token: str, client_id: str, user_object_id: str) -> Call[AccessToken]:
    """Exchange a Teams user's token."""
    texts = {"aad_token": aad_token, "client_id": client_id, "user_object_id": user_object_id}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    body = {"token": aad_token, "appId": client_id, "userId": user_object_id}
    return Call(operations.GET_TOKEN_FOR_TEAMS_USER, _read_token, body=encode(body))


def _user(user: Any) -> str:
    # Duck-typed, so that identifiers of the official packages are accepted too.
    raw_id = user if isinstance(user, str) else getattr(user, "raw_id", None)
    if not isinstance(raw_id, str):
        raise TypeError(f"user must be a CommunicationUserIdentifier or a raw id, not {type(user).__name__}")
    return raw_id


def _scopes(scopes: Any) -> list[str]:
    if isinstance(scopes, str) or not isinstance(scopes, Iterable):
        raise TypeError(f"scopes must be a list (or another iterable) of scopes, not {type(scopes).__name__}")
    texts: list[Any] = [getattr(scope, "value", scope) for scope in scopes]
    if not texts:
        raise ValueError("scopes is empty: name at least one, e.g. CommunicationTokenScope.VOIP")
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"scopes must be CommunicationTokenScope or str, not {type(text).__name__}")
    return texts


def _lifetime(token_expires_in: timedelta | None) -> dict[str, int]:
    if token_expires_in is None:
        return {}
    if not isinstance(token_expires_in, timedelta):
        raise TypeError(f"token_expires_in must be a timedelta, not {type(token_expires_in).__name__}")
    minutes, rest = divmod(token_expires_in, _MINUTE)
    if rest:
        raise ValueError(f"token_expires_in must be whole minutes, not {token_expires_in}")
    return {"expiresInMinutes": minutes}


def _read_user(body: bytes) -> CommunicationUserIdentifier:
    return _user_in(parsed(body))


def _read_user_and_token(body: bytes) -> UserAndToken:
    answer = parsed(body)
    return UserAndToken(_user_in(answer), _token_in(member(answer, "accessToken", dict)))


def _read_adopted(body: bytes) -> list[CommunicationUserIdentifier]:
    return [CommunicationUserIdentifier(raw_id) for raw_id in member(parsed(body), "rawIds", list)]


def _read_personal(body: bytes) -> PersonalData:
    page = parsed(body)
    records = [
        PersonalRecord(member(one, "kind", str), member(one, "fields", dict)) for one in member(page, "value", list)
    ]
    return PersonalData(records, member(page, "next", str) if "next" in page else "")


def _read_erased(body: bytes) -> bool:
    return bool(member(parsed(body), "state", str) == "done")


def _read_token(body: bytes) -> AccessToken:
    return _token_in(parsed(body))


def _user_in(answer: Any) -> CommunicationUserIdentifier:
    return CommunicationUserIdentifier(member(member(answer, "identity", dict), "id", str))


def _token_in(answer: Any) -> AccessToken:
    return AccessToken(member(answer, "token", str), int(moment(member(answer, "expiresOn", str)).timestamp()))
