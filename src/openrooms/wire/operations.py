"""The operations of Rooms, Identity and calls: a line each, and how one becomes a request."""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


# A program has one or two versions.
_quoted = lru_cache(maxsize=8)(quote)


class Operation(NamedTuple):
    """A call that the service offers.

    `name` is that of the client's method, `path` has `{name}` where a value goes, `answers` the status of success,
    `sends` the content type of the body (`None`: there is no body). One that is not `repeatable` does more when it is
    carried out twice.
    """

    name: str
    method: str
    path: str
    answers: HTTPStatus = HTTPStatus.OK
    sends: str | None = None
    repeatable: bool = True

    def target(self, api_version: str, values: Mapping[str, str]) -> str:
        """Return path and query of a request; raise `TypeError` or `ValueError` that names a value no path can hold."""
        path = self.path.format_map({name: segment(name, value) for name, value in values.items()})
        return f"{path}?api-version={_quoted(api_version)}" if api_version else path


def segment(name: str, value: object) -> str:
    """Return the value percent-encoded for one segment of a path; `name` is what an error calls it."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if value in ("", ".", ".."):
        raise ValueError(f"{name} must not be {value!r}: that would be another path")
    # A colon may stand as it is in a path, and HTTP libraries that re-encode a URL would decode it.
    return quote(value, safe=":")


CREATE_ROOM = Operation("create_room", "POST", "/rooms", HTTPStatus.CREATED, JSON)
UPDATE_ROOM = Operation("update_room", "PATCH", "/rooms/{room_id}", sends=MERGE_PATCH)
GET_ROOM = Operation("get_room", "GET", "/rooms/{room_id}")
LIST_ROOMS = Operation("list_rooms", "GET", "/rooms")
DELETE_ROOM = Operation("delete_room", "DELETE", "/rooms/{room_id}", HTTPStatus.NO_CONTENT)
LIST_PARTICIPANTS = Operation("list_participants", "GET", "/rooms/{room_id}/participants")
ADD_OR_UPDATE_PARTICIPANTS = Operation(
    "add_or_update_participants", "PATCH", "/rooms/{room_id}/participants", sends=MERGE_PATCH
)
REMOVE_PARTICIPANTS = Operation("remove_participants", "PATCH", "/rooms/{room_id}/participants", sends=MERGE_PATCH)

CREATE_USER = Operation("create_user", "POST", "/identities", HTTPStatus.CREATED, JSON, repeatable=False)
CREATE_USER_AND_TOKEN = Operation(
    "create_user_and_token", "POST", "/identities", HTTPStatus.CREATED, JSON, repeatable=False
)
GET_TOKEN = Operation("get_token", "POST", "/identities/{user}/:issueAccessToken", sends=JSON)
REVOKE_TOKENS = Operation("revoke_tokens", "POST", "/identities/{user}/:revokeAccessTokens", HTTPStatus.NO_CONTENT)
DELETE_USER = Operation("delete_user", "DELETE", "/identities/{user}", HTTPStatus.NO_CONTENT)
GET_TOKEN_FOR_TEAMS_USER = Operation("get_token_for_teams_user", "POST", "/teamsUser/:exchangeAccessToken", sends=JSON)
_ASSIGNMENT = "/access/teamsExtension/tenants/{tenant_id}/assignments/{object_id}"
PUT_TEAMS_ASSIGNMENT = Operation("put_teams_assignment", "PUT", _ASSIGNMENT, sends=JSON)
GET_TEAMS_ASSIGNMENT = Operation("get_teams_assignment", "GET", _ASSIGNMENT)
DELETE_TEAMS_ASSIGNMENT = Operation("delete_teams_assignment", "DELETE", _ASSIGNMENT, HTTPStatus.NO_CONTENT)
EXCHANGE_TEAMS_EXTENSION_TOKEN = Operation(
    "exchange_teams_extension_token", "POST", "/access/teamsExtension/:exchangeAccessToken", sends=JSON
)

GET_USER = Operation("get_user", "GET", "/identities/{user}")
ADOPT_USERS = Operation("adopt_users", "POST", "/openrooms/users:adopt", sends=JSON)

_ROOM = "/openrooms/rooms/{room_id}"
_PARTICIPANT = f"{_ROOM}/call/participants/{{participant}}"
JOIN_CALL = Operation("join_call", "POST", f"{_ROOM}/join", sends=JSON)
GET_CALL = Operation("get_call", "GET", f"{_ROOM}/call")
MUTE_PARTICIPANT = Operation("mute_participant", "POST", f"{_PARTICIPANT}:mute")
REMOVE_FROM_CALL = Operation("remove_from_call", "POST", f"{_PARTICIPANT}:remove")
END_CALL = Operation("end_call", "POST", f"{_ROOM}/call:end")
DIAL_OUT = Operation("dial_out", "POST", f"{_ROOM}/call:dialOut", sends=JSON, repeatable=False)
EXPLAIN_JOINING = Operation("explain_joining", "GET", f"{_ROOM}/why?rawId={{participant}}")
