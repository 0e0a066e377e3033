"""Every operation of the service, each as one value.

The router, the handlers, OpenAPI, metrics, logs and the clients read these. They name shapes instead of importing
them, so that a client that gets one room loads none; `web/openapi.py` finds the shapes by name.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

from openrooms.wire import versions

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


# A program uses one or two api-versions.
_quoted = lru_cache(maxsize=8)(quote)


class Access(StrEnum):
    """The callers of an operation: anyone, the operator, a user, or the operator and users."""

    OPEN = "open"
    OPERATOR = "operator"
    USER = "user"
    EITHER = "either"


class Family(StrEnum):
    """A group of operations whose answers have the same headers; also their tag in OpenAPI."""

    ROOMS = "Rooms"
    IDENTITY = "Identity"
    CALLS = "Calls"
    VISITS = "Visits"
    EVENTS = "Events"
    CONSOLE = "Console"
    SERVICE = "Service"
    DEVELOPMENT = "Development"


class Operation(NamedTuple):
    """An operation of the service.

    `name` is the name of the client's method. `path` has placeholders such as `{room_id}`. `query` names the parameters
    besides `api-version`, which an operation with `versions` requires. `takes` and `gives` name the JSON shapes of the
    body and of the answer (or `object`, `text`, `calendar`); `answers` is the status of success. `accepts` names the
    shape of an answer with the status 202, which says that the result comes later. An operation that is not
    `repeatable` has another effect when it is sent a second time.
    """

    name: str
    method: str
    path: str
    summary: str
    family: Family
    versions: tuple[str, ...] = ()
    takes: str = ""
    gives: str = ""
    answers: HTTPStatus = HTTPStatus.OK
    query: tuple[str, ...] = ()
    access: Access = Access.OPERATOR
    repeatable: bool = True
    accepts: str = ""

    @property
    def sends(self) -> str | None:
        """The content type of the body; `None` if there is no body."""
        if not self.takes:
            return None
        return MERGE_PATCH if self.method == "PATCH" else JSON

    @property
    def writes(self) -> bool:
        """True if the operation may change something."""
        return self.method != "GET"

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names of the path's placeholders, in order."""
        return _placeholders(self.path)

    def target(self, api_version: str, values: Mapping[str, str | Sequence[str]]) -> str:
        """Return path and query of a request; raise `TypeError` or `ValueError` that names an unsuitable value.

        A parameter with several values is repeated.
        """
        path = self.path.format_map({name: segment(name, values[name]) for name in self.placeholders if name in values})
        query = [
            f"{name}={segment(name, value)}"
            for name in self.query
            if name in values
            for value in _several(values[name])
        ]
        if api_version:
            query.append(f"api-version={_quoted(api_version)}")
        return f"{path}?{'&'.join(query)}" if query else path


def _several(value: str | Sequence[str]) -> Sequence[object]:
    # Whatever is neither text nor a list is refused by `segment`.
    return value if isinstance(value, list | tuple) else [value]


@lru_cache
def _placeholders(path: str) -> tuple[str, ...]:
    return tuple(part.partition("}")[0] for part in path.split("{")[1:])


def segment(name: str, value: object) -> str:
    """Return the value percent-encoded for one segment of a path; an error calls it `name`."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if value in ("", ".", ".."):
        raise ValueError(f"{name} must not be {value!r}, which would change the path")
    # A colon is allowed in a path; if it were encoded, HTTP libraries that normalise URLs would decode it again.
    return quote(value, safe=":")


CREATE_ROOM = Operation(
    "create_room",
    "POST",
    "/rooms",
    "Create a room",
    Family.ROOMS,
    versions.ROOMS,
    takes="RoomBody",
    gives="RoomModel",
    answers=HTTPStatus.CREATED,
)
LIST_ROOMS = Operation(
    "list_rooms",
    "GET",
    "/rooms",
    "List rooms, newest first",
    Family.ROOMS,
    versions.ROOMS,
    gives="RoomPage",
    query=("nextLink",),
)
GET_ROOM = Operation(
    "get_room", "GET", "/rooms/{room_id}", "Get a room", Family.ROOMS, versions.ROOMS, gives="RoomModel"
)
UPDATE_ROOM = Operation(
    "update_room",
    "PATCH",
    "/rooms/{room_id}",
    "Update a room; null leaves a field unchanged",
    Family.ROOMS,
    versions.ROOMS,
    takes="RoomBody",
    gives="RoomModel",
)
DELETE_ROOM = Operation(
    "delete_room",
    "DELETE",
    "/rooms/{room_id}",
    "Delete a room and end its call",
    Family.ROOMS,
    versions.ROOMS,
    answers=HTTPStatus.NO_CONTENT,
)
LIST_PARTICIPANTS = Operation(
    "list_participants",
    "GET",
    "/rooms/{room_id}/participants",
    "List the participants of a room",
    Family.ROOMS,
    versions.ROOMS,
    gives="ParticipantPage",
    query=("nextLink",),
)
ADD_OR_UPDATE_PARTICIPANTS = Operation(
    "add_or_update_participants",
    "PATCH",
    "/rooms/{room_id}/participants",
    "Add, update and, with null, remove participants: all or none",
    Family.ROOMS,
    versions.ROOMS,
    takes="RosterBody",
    gives="object",
)
REMOVE_PARTICIPANTS = ADD_OR_UPDATE_PARTICIPANTS._replace(name="remove_participants")
"""The same request with nulls, under the name of the client's method."""

CREATE_USER = Operation(
    "create_user",
    "POST",
    "/identities",
    "Create a user, with a token if scopes are given",
    Family.IDENTITY,
    versions.IDENTITY,
    takes="UserBody",
    gives="UserModel",
    answers=HTTPStatus.CREATED,
    repeatable=False,
)
CREATE_USER_AND_TOKEN = CREATE_USER._replace(name="create_user_and_token")
"""The same request with scopes, under the name of the client's method."""
GET_USER = Operation(
    "get_user",
    "GET",
    "/identities/{user}",
    "Get a user",
    Family.IDENTITY,
    versions.IDENTITY_DETAILS,
    gives="IdentityModel",
)
DELETE_USER = Operation(
    "delete_user",
    "DELETE",
    "/identities/{user}",
    "Delete a user and revoke their tokens",
    Family.IDENTITY,
    versions.IDENTITY,
    answers=HTTPStatus.NO_CONTENT,
)
GET_TOKEN = Operation(
    "get_token",
    "POST",
    "/identities/{user}/:issueAccessToken",
    "Issue a token for a user",
    Family.IDENTITY,
    versions.IDENTITY,
    takes="TokenBody",
    gives="TokenModel",
)
REVOKE_TOKENS = Operation(
    "revoke_tokens",
    "POST",
    "/identities/{user}/:revokeAccessTokens",
    "Revoke all tokens of a user",
    Family.IDENTITY,
    versions.IDENTITY,
    answers=HTTPStatus.NO_CONTENT,
)
GET_TOKEN_FOR_TEAMS_USER = Operation(
    "get_token_for_teams_user",
    "POST",
    "/teamsUser/:exchangeAccessToken",
    "Exchange a Teams user's Entra token",
    Family.IDENTITY,
    versions.TEAMS,
    takes="TeamsExchangeBody",
    gives="TokenModel",
)
_ASSIGNMENT = "/access/teamsExtension/tenants/{tenant_id}/assignments/{object_id}"
PUT_TEAMS_ASSIGNMENT = Operation(
    "put_teams_assignment",
    "PUT",
    _ASSIGNMENT,
    "Keep an assignment of Teams extension; 201 if there was none",
    Family.IDENTITY,
    versions.TEAMS_EXTENSION,
    takes="TeamsAssignmentBody",
    gives="TeamsAssignmentModel",
)
GET_TEAMS_ASSIGNMENT = Operation(
    "get_teams_assignment",
    "GET",
    _ASSIGNMENT,
    "Get an assignment of Teams extension",
    Family.IDENTITY,
    versions.TEAMS_EXTENSION,
    gives="TeamsAssignmentModel",
)
DELETE_TEAMS_ASSIGNMENT = Operation(
    "delete_teams_assignment",
    "DELETE",
    _ASSIGNMENT,
    "Delete an assignment of Teams extension",
    Family.IDENTITY,
    versions.TEAMS_EXTENSION,
    answers=HTTPStatus.NO_CONTENT,
)
# The caller is a Teams user, whom this service cannot identify.
EXCHANGE_TEAMS_EXTENSION_TOKEN = Operation(
    "exchange_teams_extension_token",
    "POST",
    "/access/teamsExtension/:exchangeAccessToken",
    "Refuse to exchange a token of Teams extension (501)",
    Family.IDENTITY,
    versions.TEAMS_EXTENSION,
    access=Access.OPEN,
)
ADOPT_USERS = Operation(
    "adopt_users",
    "POST",
    "/openrooms/users:adopt",
    "Make users of the resource from raw ids that another service made: all or none",
    Family.SERVICE,
    takes="AdoptionBody",
    gives="AdoptedModel",
)
ADOPT_ROOM = Operation(
    "adopt_room",
    "POST",
    "/openrooms/rooms:adopt",
    "Make a room of the resource from one that another service made, with its id, times, options and roster, and make "
    "users of its participants: all or nothing",
    Family.SERVICE,
    takes="RoomAdoptionBody",
    gives="AdoptedRoomModel",
)

_ROOM = "/openrooms/rooms/{room_id}"
_PARTICIPANT = f"{_ROOM}/call/participants/{{participant}}"
JOIN_CALL = Operation(
    "join_call",
    "POST",
    f"{_ROOM}/join",
    "Join the call of a room; 202 if the caller has to wait",
    Family.CALLS,
    takes="JoinBody",
    gives="JoinedModel",
    access=Access.USER,
    accepts="WaitingModel",
)
FOLLOW_ROOM = Operation(
    "follow_room",
    "GET",
    f"{_ROOM}/me/events",
    "Follow whether the caller may come in, as server-sent events; without Accept: text/event-stream, once",
    Family.CALLS,
    gives="EventsModel",
    access=Access.USER,
)
GET_CALL = Operation(
    "get_call",
    "GET",
    f"{_ROOM}/call",
    "Get the call of a room and who is in it",
    Family.CALLS,
    gives="CallModel",
    access=Access.EITHER,
)
MUTE_PARTICIPANT = Operation(
    "mute_participant",
    "POST",
    f"{_PARTICIPANT}:mute",
    "Mute a participant",
    Family.CALLS,
    gives="object",
    access=Access.EITHER,
)
UNMUTE_PHONE = Operation(
    "unmute_phone",
    "POST",
    f"{_PARTICIPANT}:unmute",
    "Unmute a telephone; people unmute themselves",
    Family.CALLS,
    gives="object",
    access=Access.EITHER,
)
SEND_DTMF = Operation(
    "send_dtmf",
    "POST",
    f"{_PARTICIPANT}:sendDtmf",
    "Send digits to a telephone in the call",
    Family.CALLS,
    takes="DigitsBody",
    gives="object",
    access=Access.EITHER,
    repeatable=False,
)
ADMIT_PARTICIPANT = Operation(
    "admit_participant",
    "POST",
    f"{_PARTICIPANT}:admit",
    "Admit somebody who waits, was declined or is kept out, to this call",
    Family.CALLS,
    gives="object",
    access=Access.EITHER,
)
DECLINE_PARTICIPANT = Operation(
    "decline_participant",
    "POST",
    f"{_PARTICIPANT}:decline",
    "Decline somebody who waits; they may ask again after a while",
    Family.CALLS,
    takes="DeclineBody",
    gives="object",
    access=Access.EITHER,
)
ADMIT_EVERYONE = Operation(
    "admit_everyone",
    "POST",
    f"{_ROOM}/call:admitAll",
    "Admit everyone who waits to this call",
    Family.CALLS,
    gives="AdmittedModel",
    access=Access.EITHER,
)
REMOVE_FROM_CALL = Operation(
    "remove_from_call",
    "POST",
    f"{_PARTICIPANT}:remove",
    "Remove a participant from the call, who stays on the roster, or hang up a telephone",
    Family.CALLS,
    takes="RemoveBody",
    gives="object",
    access=Access.EITHER,
)
END_CALL = Operation(
    "end_call",
    "POST",
    f"{_ROOM}/call:end",
    "End the call for everyone; the room stays open",
    Family.CALLS,
    gives="object",
    access=Access.EITHER,
)
TEST_CONNECTION = Operation(
    "test_connection",
    "POST",
    f"{_ROOM}/call:testConnection",
    "Get a media token for a test of the connection, also before the room opens",
    Family.CALLS,
    gives="ConnectionTestModel",
    access=Access.USER,
)
DIAL_OUT = Operation(
    "dial_out",
    "POST",
    f"{_ROOM}/call:dialOut",
    "Call a phone number into the room",
    Family.CALLS,
    takes="DialOutBody",
    gives="DialOutModel",
    answers=HTTPStatus.ACCEPTED,
    access=Access.EITHER,
    repeatable=False,
)
EXPLAIN_JOINING = Operation(
    "explain_joining",
    "GET",
    f"{_ROOM}/why",
    "Explain whether an identity may join now",
    Family.CALLS,
    gives="WhyModel",
    query=("rawId",),
)

LIST_VISITS = Operation(
    "list_visits",
    "GET",
    "/openrooms/rooms",
    "List rooms by the beginning of their windows, with titles, people and who waits: all, or those in a state, that "
    "overlap a time, or that a search finds",
    Family.VISITS,
    gives="VisitListModel",
    query=("state", "from", "until", "q", "order", "nextLink"),
)
FOLLOW_VISITS = Operation(
    "follow_visits",
    "GET",
    "/openrooms/rooms/events",
    "Follow which rooms of the list change, as server-sent events; without Accept: text/event-stream, once",
    Family.VISITS,
    gives="VisitEventsModel",
)
GET_VISIT = Operation(
    "get_visit",
    "GET",
    _ROOM,
    "Get a room's window, title and options, and its participants with their names",
    Family.VISITS,
    gives="VisitModel",
    query=("nextLink",),
)
UPDATE_VISIT = Operation(
    "update_visit",
    "PATCH",
    _ROOM,
    "Update a room's title and options, and the names of participants: all or nothing",
    Family.VISITS,
    takes="VisitBody",
    gives="VisitModel",
)
EXTEND_CALL = Operation(
    "extend_call",
    "POST",
    f"{_ROOM}/call:extend",
    "Add minutes to the room: once, to the end that the caller saw",
    Family.VISITS,
    takes="ExtensionBody",
    gives="WindowModel",
    access=Access.EITHER,
)

CREATE_VISIT = Operation(
    "create_visit",
    "POST",
    "/openrooms/visits",
    "Plan a visit: a room, its people, and a link for each of them, all or nothing; repeatable as creating a room is",
    Family.VISITS,
    takes="PlanBody",
    gives="PlannedModel",
    answers=HTTPStatus.CREATED,
)
ADD_PEOPLE = Operation(
    "add_people",
    "POST",
    f"{_ROOM}/participants",
    "Add participants to a room with their names, create the users who are missing, and make a link for each of them, "
    "all or nothing; repeatable as creating a room is",
    Family.VISITS,
    takes="AddedPeopleBody",
    gives="AddedPeopleModel",
    answers=HTTPStatus.CREATED,
)
_INVITATION = f"{_ROOM}/invitations/{{invitation_id}}"
CREATE_INVITATION = Operation(
    "create_invitation",
    "POST",
    f"{_ROOM}/invitations",
    "Invite a participant by a new link; it replaces their other links",
    Family.VISITS,
    takes="InvitationBody",
    gives="InvitationModel",
    answers=HTTPStatus.CREATED,
)
LIST_INVITATIONS = Operation(
    "list_invitations",
    "GET",
    f"{_ROOM}/invitations",
    "List the invitations of a room that still work, those of one participant together",
    Family.VISITS,
    gives="InvitationPage",
    query=("nextLink",),
)
GET_INVITATION = Operation(
    "get_invitation", "GET", _INVITATION, "Get an invitation, without its link", Family.VISITS, gives="InvitationModel"
)
REVOKE_INVITATION = Operation(
    "revoke_invitation",
    "DELETE",
    _INVITATION,
    "Revoke an invitation, and remove its holder from the call",
    Family.VISITS,
    answers=HTTPStatus.NO_CONTENT,
)
GET_CALENDAR = Operation(
    "get_calendar",
    "GET",
    f"{_INVITATION}.ics",
    "Get the calendar file of an invitation, with the link if the header openrooms-invitation-secret has its secret",
    Family.VISITS,
    gives="calendar",
    access=Access.EITHER,
)
EXCHANGE_INVITATION = Operation(
    "exchange_invitation",
    "POST",
    "/openrooms/invitations:exchange",
    "Exchange an invitation for a token that is good for its room",
    Family.VISITS,
    takes="ExchangeBody",
    gives="ExchangedModel",
    access=Access.OPEN,
)

LIST_EVENTS = Operation(
    "list_events",
    "GET",
    "/openrooms/events",
    "List events, oldest first, or with `before`, newest first; with `Accept: text/event-stream`, as a stream of "
    "server-sent events that lasts",
    Family.EVENTS,
    gives="EventList",
    query=("after", "before", "type", "room", "limit", "wait"),
)
GET_EVENT = Operation(
    "get_event", "GET", "/openrooms/events/{event_id}", "Get one event", Family.EVENTS, gives="EventEnvelope"
)
_SUBSCRIPTIONS = "/openrooms/subscriptions"
_SUBSCRIPTION = f"{_SUBSCRIPTIONS}/{{subscription_id}}"
LIST_SUBSCRIPTIONS = Operation(
    "list_subscriptions",
    "GET",
    _SUBSCRIPTIONS,
    "List the endpoints to which events are delivered, at most 100",
    Family.EVENTS,
    gives="SubscriptionList",
)
CREATE_SUBSCRIPTION = Operation(
    "create_subscription",
    "POST",
    _SUBSCRIPTIONS,
    "Have events delivered to an endpoint; the answer has the secret that signs them",
    Family.EVENTS,
    takes="SubscriptionBody",
    gives="IssuedSubscriptionModel",
    answers=HTTPStatus.CREATED,
    repeatable=False,
)
GET_SUBSCRIPTION = Operation(
    "get_subscription",
    "GET",
    _SUBSCRIPTION,
    "Get a subscription and the state of its delivery",
    Family.EVENTS,
    gives="SubscriptionModel",
)
UPDATE_SUBSCRIPTION = Operation(
    "update_subscription",
    "PATCH",
    _SUBSCRIPTION,
    "Change a subscription, which is then tried at once",
    Family.EVENTS,
    takes="SubscriptionChangeBody",
    gives="SubscriptionModel",
)
DELETE_SUBSCRIPTION = Operation(
    "delete_subscription",
    "DELETE",
    _SUBSCRIPTION,
    "Delete a subscription and its undelivered events",
    Family.EVENTS,
    answers=HTTPStatus.NO_CONTENT,
)
LIST_DEAD_LETTERS = Operation(
    "list_dead_letters",
    "GET",
    f"{_SUBSCRIPTION}/deadLetters",
    "List the events whose delivery was given up, the oldest first",
    Family.EVENTS,
    gives="DeadLetterList",
    query=("nextLink",),
)
RESEND_DEAD_LETTERS = Operation(
    "resend_dead_letters",
    "POST",
    f"{_SUBSCRIPTION}/deadLetters:resend",
    "Deliver again all events whose delivery was given up",
    Family.EVENTS,
    gives="object",
)
RESEND_DEAD_LETTER = Operation(
    "resend_dead_letter",
    "POST",
    f"{_SUBSCRIPTION}/deadLetters/{{event_id}}:resend",
    "Deliver again one event whose delivery was given up",
    Family.EVENTS,
    gives="object",
)
RESEND_EVENT = Operation(
    "resend_event",
    "POST",
    "/openrooms/events/{event_id}:resend",
    "Deliver one kept event again, to the subscription that is named, or to all enabled ones that get it",
    Family.EVENTS,
    takes="ResendBody",
    gives="ResentModel",
)
LIST_ATTENDANCE = Operation(
    "list_attendance",
    "GET",
    f"{_ROOM}/attendance",
    "List who was in the calls of a room, from when to when, those who joined first; also of a deleted room",
    Family.EVENTS,
    gives="StayPage",
    query=("nextLink",),
)
LIST_ALL_ATTENDANCE = Operation(
    "list_all_attendance",
    "GET",
    "/openrooms/attendance",
    "List who was in the calls of all rooms, those stays that began in a time; those who joined first come first",
    Family.EVENTS,
    gives="StayPage",
    query=("from", "until", "nextLink"),
)
LIST_ALL_REFUSALS = Operation(
    "list_all_refusals",
    "GET",
    "/openrooms/refusals",
    "List who could not join the calls of all rooms, of those whose last try was in a time, why, and how often",
    Family.EVENTS,
    gives="RefusalPage",
    query=("from", "until", "nextLink"),
)
LIST_REFUSALS = Operation(
    "list_refusals",
    "GET",
    f"{_ROOM}/refusals",
    "List who could not join the calls of a room, why, how often, and when; also of a deleted room",
    Family.EVENTS,
    gives="RefusalPage",
    query=("nextLink",),
)
_CONSOLE = "/openrooms/console"
LIST_WAYS = Operation(
    "list_ways",
    "GET",
    f"{_CONSOLE}/ways",
    "List the ways to sign in to the console",
    Family.CONSOLE,
    gives="WayList",
    access=Access.OPEN,
)
BEGIN_SIGN_IN = Operation(
    "begin_sign_in",
    "POST",
    f"{_CONSOLE}/session:begin",
    "Begin to sign in at an issuer, for a page of the console",
    Family.CONSOLE,
    takes="BeginBody",
    gives="BegunModel",
    access=Access.OPEN,
)
SIGN_IN = Operation(
    "sign_in",
    "POST",
    f"{_CONSOLE}/session",
    "Sign in by a one-time link or an issuer's code; the session is in a cookie",
    Family.CONSOLE,
    takes="SignInBody",
    gives="SessionModel",
    answers=HTTPStatus.CREATED,
    access=Access.OPEN,
    repeatable=False,
)
GET_SESSION = Operation(
    "get_session",
    "GET",
    f"{_CONSOLE}/session",
    "Get the session of this browser",
    Family.CONSOLE,
    gives="SessionModel",
    access=Access.OPEN,
)
SIGN_OUT = Operation(
    "sign_out",
    "DELETE",
    f"{_CONSOLE}/session",
    "End the session of this browser",
    Family.CONSOLE,
    answers=HTTPStatus.NO_CONTENT,
    access=Access.OPEN,
)

LIST_USERS = Operation(
    "list_users",
    "GET",
    "/openrooms/users",
    "List users, the newest first, or find one by its raw id or custom id (q)",
    Family.SERVICE,
    gives="UserPage",
    query=("q", "nextLink"),
)
LIST_ROOMS_OF_USER = Operation(
    "list_rooms_of_user",
    "GET",
    "/openrooms/users/{user}/rooms",
    "List the rooms on whose roster a user is, newest first",
    Family.SERVICE,
    gives="UserRoomPage",
    query=("nextLink",),
)
EXPORT_USER = Operation(
    "export_user",
    "POST",
    "/openrooms/users/{user}:export",
    "Export what is kept about a person, a page at a time; a page may be empty, and the last one has no `next`",
    Family.SERVICE,
    takes="ExportBody",
    gives="PersonalPage",
)
ERASE_USER = Operation(
    "erase_user",
    "POST",
    "/openrooms/users/{user}:erase",
    "Erase a person: the user, the places on rosters, tokens, invitations and names; 202 if that goes on",
    Family.SERVICE,
    gives="ErasureModel",
    accepts="ErasureModel",
)
_KEYS = "/openrooms/keys"
LIST_ACCESS_KEYS = Operation(
    "list_access_keys",
    "GET",
    _KEYS,
    "List the ids of the access keys and when each was last used",
    Family.SERVICE,
    gives="AccessKeyList",
)
REGENERATE_ACCESS_KEY = Operation(
    "regenerate_access_key",
    "POST",
    f"{_KEYS}/{{key_name}}:regenerate",
    "Replace the primary or the secondary access key; the old one stops working within 5 seconds",
    Family.SERVICE,
    gives="AccessKeyList",
    repeatable=False,
)
REVEAL_ACCESS_KEY = Operation(
    "reveal_access_key",
    "POST",
    f"{_KEYS}/{{key_name}}:reveal",
    "Get an access key and its connection string; the audit trail records it",
    Family.SERVICE,
    gives="RevealedKeyModel",
)
_TOKENS = "/openrooms/operator-tokens"
LIST_OPERATOR_TOKENS = Operation(
    "list_operator_tokens",
    "GET",
    _TOKENS,
    "List operators' tokens and sessions of the console that have not expired, oldest first",
    Family.SERVICE,
    gives="OperatorTokenList",
)
CREATE_OPERATOR_TOKEN = Operation(
    "create_operator_token",
    "POST",
    _TOKENS,
    "Make an operator's token",
    Family.SERVICE,
    takes="OperatorTokenBody",
    gives="IssuedOperatorTokenModel",
    answers=HTTPStatus.CREATED,
    repeatable=False,
)
REVOKE_OPERATOR_TOKEN = Operation(
    "revoke_operator_token",
    "DELETE",
    f"{_TOKENS}/{{token_id}}",
    "Revoke an operator's token, or end a session of the console",
    Family.SERVICE,
    answers=HTTPStatus.NO_CONTENT,
)
GET_STATUS = Operation(
    "get_status",
    "GET",
    "/openrooms/status",
    "Get the state of the database and of calls, and how often each limit was reached, in the process that answers",
    Family.SERVICE,
    gives="StatusModel",
)
LIST_SETTINGS = Operation(
    "list_settings",
    "GET",
    "/openrooms/settings",
    "List the settings in effect, without secrets",
    Family.SERVICE,
    gives="SettingList",
)
LIST_AUDIT_EVENTS = Operation(
    "list_audit_events",
    "GET",
    "/openrooms/audit",
    "List the audit trail, newest first: of a time, an operation, an outcome, a room, a caller, a user",
    Family.SERVICE,
    gives="AuditPage",
    query=("from", "until", "operation", "outcome", "room", "caller", "user", "nextLink"),
)

GET_HEALTH = Operation(
    "get_health",
    "GET",
    "/openrooms/health",
    "Answer as long as the process runs",
    Family.SERVICE,
    gives="object",
    access=Access.OPEN,
)
GET_READINESS = Operation(
    "get_readiness",
    "GET",
    "/openrooms/ready",
    "Answer 200 if requests can be served, and 503 if not",
    Family.SERVICE,
    gives="object",
    access=Access.OPEN,
)
GET_OPENAPI = Operation(
    "get_openapi",
    "GET",
    "/openrooms/openapi.json",
    "Get this description",
    Family.SERVICE,
    gives="object",
    access=Access.OPEN,
)
GET_KEYS = Operation(
    "get_keys",
    "GET",
    "/openrooms/.well-known/jwks.json",
    "Get the public keys of identity tokens, as a JSON Web Key Set",
    Family.SERVICE,
    gives="object",
    access=Access.OPEN,
)
GET_SECURITY_TXT = Operation(
    "get_security_txt",
    "GET",
    "/.well-known/security.txt",
    "Get the contact for reports of vulnerabilities (RFC 9116), if the operator has set one",
    Family.SERVICE,
    gives="text",
    access=Access.OPEN,
)
RECEIVE_WEBHOOK = Operation(
    "receive_webhook",
    "POST",
    "/openrooms/livekit",
    "Receive LiveKit's webhooks, which LiveKit signs",
    Family.SERVICE,
    takes="object",
    gives="object",
    access=Access.OPEN,
)

_DEVELOPMENT = "/openrooms/dev"
GET_CLOCK = Operation(
    "get_clock",
    "GET",
    f"{_DEVELOPMENT}/clock",
    "Get the service's clock",
    Family.DEVELOPMENT,
    gives="ClockModel",
)
SET_CLOCK = Operation(
    "set_clock",
    "PATCH",
    f"{_DEVELOPMENT}/clock",
    "Set, freeze or run the clock; what is left out stays as it is",
    Family.DEVELOPMENT,
    takes="ClockBody",
    gives="ClockModel",
)
ADVANCE_CLOCK = Operation(
    "advance_clock",
    "POST",
    f"{_DEVELOPMENT}/clock:advance",
    "Move the clock forward, or back; calls are checked and expired data is removed before the answer",
    Family.DEVELOPMENT,
    takes="AdvanceBody",
    gives="ClockModel",
    repeatable=False,
)
RESET_CLOCK = Operation(
    "reset_clock",
    "DELETE",
    f"{_DEVELOPMENT}/clock",
    "Let the clock go by the machine's time again",
    Family.DEVELOPMENT,
    answers=HTTPStatus.NO_CONTENT,
)
LIST_REQUESTS = Operation(
    "list_requests",
    "GET",
    f"{_DEVELOPMENT}/requests",
    "List recorded requests, oldest first: the newest, or those before or after a number; waits for new ones if asked",
    Family.DEVELOPMENT,
    gives="RequestPage",
    query=("after", "before", "limit", "wait"),
)
CLEAR_REQUESTS = Operation(
    "clear_requests",
    "DELETE",
    f"{_DEVELOPMENT}/requests",
    "Forget the recorded requests",
    Family.DEVELOPMENT,
    answers=HTTPStatus.NO_CONTENT,
)

OPERATIONS = (
    CREATE_ROOM,
    LIST_ROOMS,
    GET_ROOM,
    UPDATE_ROOM,
    DELETE_ROOM,
    LIST_PARTICIPANTS,
    ADD_OR_UPDATE_PARTICIPANTS,
    CREATE_USER,
    GET_USER,
    DELETE_USER,
    GET_TOKEN,
    REVOKE_TOKENS,
    GET_TOKEN_FOR_TEAMS_USER,
    PUT_TEAMS_ASSIGNMENT,
    GET_TEAMS_ASSIGNMENT,
    DELETE_TEAMS_ASSIGNMENT,
    EXCHANGE_TEAMS_EXTENSION_TOKEN,
    JOIN_CALL,
    FOLLOW_ROOM,
    GET_CALL,
    MUTE_PARTICIPANT,
    UNMUTE_PHONE,
    SEND_DTMF,
    ADMIT_PARTICIPANT,
    DECLINE_PARTICIPANT,
    ADMIT_EVERYONE,
    REMOVE_FROM_CALL,
    END_CALL,
    TEST_CONNECTION,
    DIAL_OUT,
    EXPLAIN_JOINING,
    LIST_VISITS,
    FOLLOW_VISITS,
    GET_VISIT,
    UPDATE_VISIT,
    EXTEND_CALL,
    CREATE_VISIT,
    ADD_PEOPLE,
    CREATE_INVITATION,
    LIST_INVITATIONS,
    GET_INVITATION,
    REVOKE_INVITATION,
    GET_CALENDAR,
    EXCHANGE_INVITATION,
    LIST_EVENTS,
    GET_EVENT,
    LIST_SUBSCRIPTIONS,
    CREATE_SUBSCRIPTION,
    GET_SUBSCRIPTION,
    UPDATE_SUBSCRIPTION,
    DELETE_SUBSCRIPTION,
    LIST_DEAD_LETTERS,
    RESEND_DEAD_LETTERS,
    RESEND_DEAD_LETTER,
    RESEND_EVENT,
    LIST_ATTENDANCE,
    LIST_REFUSALS,
    LIST_ALL_ATTENDANCE,
    LIST_ALL_REFUSALS,
    ADOPT_USERS,
    LIST_WAYS,
    BEGIN_SIGN_IN,
    SIGN_IN,
    GET_SESSION,
    SIGN_OUT,
    LIST_USERS,
    LIST_ROOMS_OF_USER,
    EXPORT_USER,
    ERASE_USER,
    LIST_ACCESS_KEYS,
    REGENERATE_ACCESS_KEY,
    REVEAL_ACCESS_KEY,
    LIST_OPERATOR_TOKENS,
    CREATE_OPERATOR_TOKEN,
    REVOKE_OPERATOR_TOKEN,
    GET_STATUS,
    LIST_SETTINGS,
    LIST_AUDIT_EVENTS,
    ADOPT_ROOM,
    GET_HEALTH,
    GET_READINESS,
    GET_OPENAPI,
    GET_KEYS,
    GET_SECURITY_TXT,
    RECEIVE_WEBHOOK,
)
"""The operations of the service, in the order of OpenAPI."""

LIST_FAULTS = Operation(
    "list_faults",
    "GET",
    f"{_DEVELOPMENT}/faults",
    "List the faults, and how often each was injected",
    Family.DEVELOPMENT,
    gives="FaultList",
)
ADD_FAULT = Operation(
    "add_fault",
    "POST",
    f"{_DEVELOPMENT}/faults",
    "Add a fault: conditions, and what happens to the requests that meet them",
    Family.DEVELOPMENT,
    takes="FaultBody",
    gives="FaultModel",
    answers=HTTPStatus.CREATED,
    repeatable=False,
)
REMOVE_FAULT = Operation(
    "remove_fault",
    "DELETE",
    f"{_DEVELOPMENT}/faults/{{fault_id}}",
    "Remove a fault",
    Family.DEVELOPMENT,
    answers=HTTPStatus.NO_CONTENT,
)
CLEAR_FAULTS = Operation(
    "clear_faults",
    "DELETE",
    f"{_DEVELOPMENT}/faults",
    "Remove all faults",
    Family.DEVELOPMENT,
    answers=HTTPStatus.NO_CONTENT,
)

EXPORT_STATE = Operation(
    "export_state",
    "GET",
    f"{_DEVELOPMENT}/state",
    "Export all rooms with their rosters, and all users, as one document",
    Family.DEVELOPMENT,
    gives="StateModel",
)
IMPORT_STATE = Operation(
    "import_state",
    "PUT",
    f"{_DEVELOPMENT}/state",
    "Replace everything by an exported document of at most 64 MiB: all or nothing",
    Family.DEVELOPMENT,
    takes="StateModel",
    answers=HTTPStatus.NO_CONTENT,
)
RESET_STATE = Operation(
    "reset_state",
    "DELETE",
    f"{_DEVELOPMENT}/state",
    "Begin anew: remove all rooms, users, faults and recorded requests, and reset the clock",
    Family.DEVELOPMENT,
    answers=HTTPStatus.NO_CONTENT,
)
TRIGGER_EVENT = Operation(
    "trigger_event",
    "POST",
    f"{_DEVELOPMENT}/events",
    "Make a sample event of a type, of the room that is named or of one that is made for samples",
    Family.DEVELOPMENT,
    takes="TriggerBody",
    gives="EventEnvelope",
    answers=HTTPStatus.CREATED,
    repeatable=False,
)
_PEOPLE = f"{_DEVELOPMENT}/rooms/{{room_id}}/people"
LIST_PEOPLE = Operation(
    "list_people",
    "GET",
    _PEOPLE,
    "List who is in the simulated call of a room",
    Family.DEVELOPMENT,
    gives="PersonList",
)
ADD_PERSON = Operation(
    "add_person",
    "POST",
    _PEOPLE,
    "Put a person into the simulated call: a new user, or the one named; with a role, also on the roster",
    Family.DEVELOPMENT,
    takes="PersonBody",
    gives="PersonModel",
    answers=HTTPStatus.CREATED,
    repeatable=False,
)


def _person(name: str, action: str, summary: str) -> Operation:
    path = f"{_PEOPLE}/{{participant}}:{action}"
    return Operation(name, "POST", path, summary, Family.DEVELOPMENT, answers=HTTPStatus.NO_CONTENT)


PERSON_LEAVES = _person("person_leaves", "leave", "Have a simulated person leave the call")
PERSON_MUTES = _person("person_mutes", "mute", "Have a simulated person mute their microphone")
PERSON_UNMUTES = _person("person_unmutes", "unmute", "Have a simulated person unmute their microphone")
PERSON_LOSES_CONNECTION = _person(
    "person_loses_connection", "loseConnection", "Have a simulated person lose the connection"
)
PERSON_RECONNECTS = _person("person_reconnects", "reconnect", "Have a simulated person restore a lost connection")
SIMULATED = (
    LIST_PEOPLE,
    ADD_PERSON,
    PERSON_LEAVES,
    PERSON_MUTES,
    PERSON_UNMUTES,
    PERSON_LOSES_CONNECTION,
    PERSON_RECONNECTS,
)
"""The operations that need simulated calls."""

DEVELOPMENT_OPERATIONS = (
    GET_CLOCK,
    SET_CLOCK,
    ADVANCE_CLOCK,
    RESET_CLOCK,
    LIST_REQUESTS,
    CLEAR_REQUESTS,
    LIST_FAULTS,
    ADD_FAULT,
    REMOVE_FAULT,
    CLEAR_FAULTS,
    EXPORT_STATE,
    IMPORT_STATE,
    RESET_STATE,
    TRIGGER_EVENT,
    *SIMULATED,
)
"""The operations that only a development service has."""
