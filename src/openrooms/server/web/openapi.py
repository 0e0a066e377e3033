"""The OpenAPI description of the service, generated from `wire.operations` and their JSON shapes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

import msgspec

from openrooms._version import __version__
from openrooms.wire import (
    administration,
    adoption,
    answers,
    attendance,
    audit,
    calls,
    console,
    events,
    invitations,
    models,
    operations,
    subscriptions,
    visits,
    waiting,
)
from openrooms.wire.errors import ErrorBody
from openrooms.wire.operations import Access, Family, Operation

Schema = dict[str, Any]

_JSON = "application/json"
_EVENTS = "text/event-stream"
_OBJECT = "object"
_TEXTS = {"text": "text/plain", "calendar": "text/calendar"}
_SHAPES = "#/components/schemas/{name}"
_SECURITY: Mapping[Access, tuple[str, ...]] = {
    Access.OPEN: (),
    Access.OPERATOR: ("signature", "operatorToken", "consoleSession"),
    Access.USER: ("identityToken",),
    Access.EITHER: ("identityToken", "signature", "operatorToken", "consoleSession"),
}
_SCHEMES = {
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "HMAC-SHA256 with an access key over method, target, x-ms-date, host and x-ms-content-sha256.",
    },
    "operatorToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of a configured OpenID Connect issuer, or of `openrooms operator-token`.",
    },
    "consoleSession": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-openrooms-console",
        "description": "The session of somebody who signed in to the console. Requests that change something also need "
        "the service's own Origin and the header openrooms-console; openrooms-resource chooses the resource.",
    },
    "identityToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "A user's token with the scope `voip` or `voip.join`, or that of an invitation to the room.",
    },
}
_TAGS = {
    Family.ROOMS: "Rooms and their rosters, as in Azure Communication Services.",
    Family.IDENTITY: "Users and their tokens, as in Azure Communication Services.",
    Family.CALLS: "The running call of a room.",
    Family.VISITS: "What a room has besides Azure's: a title, options, and names of its participants.",
    Family.EVENTS: "What happened: changes of rooms and rosters, and who came to calls and left them.",
    Family.CONSOLE: "Signing in to the console, for its own pages.",
    Family.SERVICE: "The service itself.",
    Family.DEVELOPMENT: "What only `openrooms dev` has: its clock, its faults, and a record of the requests.",
}
_REFUSALS = {
    400: ("BadRequest", "The request is malformed or breaks a rule; `details` lists each problem."),
    401: ("Unauthorized", "The signature or the token is missing, wrong, expired or revoked."),
    403: ("Forbidden", "The caller is known and may not do this; `subCode` gives the rule."),
    404: ("NotFound", "There is no such room, user, participant or event."),
    409: (
        "Conflict",
        "The room, its end, the telephone or the browser is not as the request says; see the code.",
    ),
    410: ("Gone", "The room of the invitation was deleted."),
    413: ("ContentTooLarge", "The body is larger than 1 MiB."),
    429: ("TooManyRequests", "A limit was reached; `Retry-After` says when to try again."),
    501: ("NotImplemented", "This installation does not support the operation."),
    503: ("ServiceUnavailable", "The database or the media engine does not answer; try again."),
}
_ROOM_ID = "99475330965778483"
_RAW_ID = "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be"
_OPENS, _CLOSES = "2026-03-14T09:00:00+00:00", "2026-03-14T09:30:00+00:00"
_DIAL_OUT = {
    "id": "7c1e5b1f0a9d4e2f8b3c6d5e4f3a2b1c",
    "phoneNumber": "+15551234567",
    "state": "ended",
    "askedBy": _RAW_ID,
    "since": "2026-03-14T09:05:41+00:00",
    "outcome": "busy",
    "sipStatus": 486,
}
_AT_DOOR = {
    "communicationIdentifier": {"rawId": _RAW_ID},
    "role": "Attendee",
    "displayName": "Bo",
    "since": "2026-03-14T09:02:11+00:00",
}
_PARAMETERS = {
    "room_id": _ROOM_ID,
    "user": _RAW_ID,
    "participant": _RAW_ID,
    "rawId": _RAW_ID,
    "after": "03e669d3-1b5e-8828-8000-000000000005",
    "before": "03e669d3-1b5e-8828-8000-000000000005",
    "type": "openrooms.room.created",
    "room": _ROOM_ID,
    "limit": "100",
    "wait": "1",
    "tenant_id": "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "object_id": "4e1f0a9c-6d8b-4b6e-9c57-2b0d7a1f3c55",
    "invitation_id": "5f2c1e0b7a9d4e3f",
    "state": "open",
    "from": "2026-03-14T00:00:00+01:00",
    "until": "2026-03-15T00:00:00+01:00",
    "q": "okafor",
    "order": "newestFirst",
    "key_name": "secondary",
    "subscription_id": "5b0d9a3c7e1f4826",
    "event_id": "03e669d3-1b5e-8828-8000-000000000005",
    "token_id": "9f86d081884c7d65",
}
_ROOM = {
    "id": _ROOM_ID,
    "createdAt": "2026-03-13T16:20:05.7377878+00:00",
    "validFrom": _OPENS,
    "validUntil": _CLOSES,
    "pstnDialOutEnabled": False,
}
_VISIT = {
    "id": _ROOM_ID,
    "title": "Follow-up with Dr Okafor",
    "validFrom": _OPENS,
    "validUntil": _CLOSES,
    "waitingRoom": "attendees",
    "startsWith": "presenter",
    "extendBy": 15,
    "extended": 0,
    "participants": [{"rawId": _RAW_ID, "role": "Presenter", "displayName": "Dr Ada Okafor"}],
}
_LINK = {"id": "5f2c1e0b7a9d4e3f", "url": "https://rooms.example/j#q1W4mX9vTbK2sR7yLc0ZpA"}
_INVITATION = {
    "id": _LINK["id"],
    "rawId": _RAW_ID,
    "createdAt": "2026-03-13T16:20:05.7377878+00:00",
    "bindToFirstBrowser": False,
}
_PLAN = {
    "title": "Follow-up with Dr Okafor",
    "validFrom": "2026-03-14T09:00:00Z",
    "validUntil": "2026-03-14T09:30:00Z",
    "waitingRoom": "attendees",
    "participants": [
        {"rawId": _RAW_ID, "displayName": "Dr Ada Okafor", "role": "Presenter"},
        {"displayName": "Bo Lindqvist"},
    ],
}
_EVENT = {
    "id": "03e669d3-1b5e-8828-8000-000000000005",
    "source": "/resources/1baa2c90-9c2f-4958-8834-d0197bd38767",
    "type": "openrooms.room.created",
    "time": "2026-03-13T16:20:05.7377878Z",
    "specversion": "1.0",
    "datacontenttype": "application/json",
    "roomsequence": 1,
    "subject": f"rooms/{_ROOM_ID}",
    "data": {"room": _ROOM},
}
_SUBSCRIPTION = {
    "id": "5b0d9a3c7e1f4826",
    "url": "https://app.example/hooks/rooms",
    "state": "delivering",
    "createdAt": _OPENS,
    "validation": "none",
    "delivered": 128,
    "waiting": 0,
    "deadLetters": 0,
    "lagSeconds": 0.0,
    "types": ["Microsoft.Communication.CallEnded", "openrooms.join.refused"],
    "deliveredAt": _CLOSES,
}
_TOKEN = {"token": "eyJhbGciOiJFUzI1NiIs...", "expiresOn": "2026-03-14T09:00:00+00:00"}
EXAMPLES: Mapping[str, object] = {
    "RoomBody": {
        "validFrom": "2026-03-14T09:00:00Z",
        "validUntil": "2026-03-14T09:30:00Z",
        "participants": {_RAW_ID: {"role": "Presenter"}},
    },
    "RoomModel": _ROOM,
    "RoomPage": {"value": [_ROOM]},
    "EventEnvelope": _EVENT,
    "EventList": {"value": [_EVENT], "last": _EVENT["id"]},
    "RefusalPage": {
        "value": [
            {
                "roomId": _ROOM_ID,
                "rawId": _RAW_ID,
                "rule": "insideWindow",
                "code": "Forbidden",
                "count": 3,
                "firstAt": "2026-03-14T08:41:02+00:00",
                "lastAt": "2026-03-14T08:52:40+00:00",
                "message": "The room is not open yet.",
                "title": "Follow-up with Dr Okafor",
                "displayName": "Dr Ada Okafor",
            }
        ]
    },
    "StayPage": {
        "value": [
            {
                "roomId": _ROOM_ID,
                "callId": "OTk0NzUzMzA5NjU3Nzg0ODMvUk1fYUI0Y0Q5ZUYx",
                "participantId": "0c1f5a0e-8d3b-5c55-9d0a-3f3c1b2a7e64",
                "rawId": _RAW_ID,
                "displayName": "Dr Ada Okafor",
                "joinedAt": "2026-03-14T09:00:07+00:00",
                "role": "Presenter",
                "leftAt": "2026-03-14T09:26:37+00:00",
                "seconds": 1590.0,
                "ending": "left",
                "device": "phone",
                "title": "Follow-up with Dr Okafor",
            }
        ]
    },
    "RosterBody": {"participants": {_RAW_ID: {"role": "Attendee"}}},
    "ParticipantPage": {"value": [{"rawId": _RAW_ID, "role": "Attendee"}]},
    "UserBody": {"createTokenWithScopes": ["voip"], "expiresInMinutes": 60},
    "UserModel": {"identity": {"id": _RAW_ID}, "accessToken": _TOKEN},
    "TokenBody": {"scopes": ["voip"], "expiresInMinutes": 60},
    "TokenModel": _TOKEN,
    "AdoptionBody": {"rawIds": [_RAW_ID]},
    "RoomAdoptionBody": {
        **_ROOM,
        "title": "Follow-up with Dr Okafor",
        "participants": [{"rawId": _RAW_ID, "role": "Presenter", "displayName": "Dr Ada Okafor"}],
    },
    "AdoptedRoomModel": {"id": _ROOM_ID, "isNew": True},
    "JoinBody": {"displayName": "Dr Ada Okafor"},
    "JoinedModel": {
        "roomId": _ROOM_ID,
        "identity": _RAW_ID,
        "role": "Presenter",
        "capabilities": {"turnVideoOn": True, "unmuteMic": True, "shareScreen": True},
        "validUntil": _CLOSES,
        "mediaUrl": "wss://rooms.example/livekit",
        "mediaToken": "eyJhbGciOiJIUzI1NiIs...",
    },
    "ConnectionTestModel": {
        "mediaUrl": "wss://rooms.example/livekit",
        "mediaToken": "eyJhbGciOiJIUzI1NiIs...",
        "expiresOn": _CLOSES,
    },
    "CallModel": {
        "state": "active",
        "participants": [
            {
                "communicationIdentifier": {"rawId": _RAW_ID},
                "role": "Presenter",
                "displayName": "Dr Ada Okafor",
                "joinedAt": "2026-03-14T09:00:07+00:00",
            }
        ],
        "dialOuts": [_DIAL_OUT],
        "waiting": [_AT_DOOR],
        "waitingCount": 1,
        "keptOut": [],
    },
    "WaitingModel": {
        "roomId": _ROOM_ID,
        "identity": _RAW_ID,
        "role": "Attendee",
        "awaits": "admission",
        "since": "2026-03-14T09:02:11+00:00",
        "validUntil": _CLOSES,
        "state": "waiting",
    },
    "EventsModel": {
        "id": "0f3ab1c45d6e7f8090",
        "events": [
            {"type": "room", "data": {"title": "Follow-up", "validFrom": _OPENS, "validUntil": _CLOSES}},
            {"type": "waiting", "data": {"awaits": "admission", "since": "2026-03-14T09:02:11+00:00"}},
        ],
    },
    "DeclineBody": {"reason": "Please call reception."},
    "RemoveBody": {"keepOut": True},
    "AdmittedModel": {"admitted": 3},
    "DialOutBody": {"phoneNumber": "+15551234567"},
    "DialOutModel": _DIAL_OUT,
    "DigitsBody": {"digits": "12#"},
    "VisitBody": {
        "title": "Follow-up with Dr Okafor",
        "waitingRoom": "attendees",
        "extendBy": 15,
        "participants": {_RAW_ID: {"displayName": "Dr Ada Okafor"}},
    },
    "VisitModel": _VISIT,
    "VisitListModel": {
        "value": [
            {
                **_ROOM,
                **_VISIT,
                "state": "open",
                "participantCount": 1,
                "waitingCount": 0,
                "inCallCount": 1,
            }
        ],
        "now": "2026-03-14T09:02:11+00:00",
    },
    "VisitEventsModel": {
        "id": "3f9a0c1d-42",
        "events": [{"type": "gone", "data": {"id": _ROOM_ID}}],
    },
    "PlanBody": _PLAN,
    "PlannedModel": {
        **_ROOM,
        "title": "Follow-up with Dr Okafor",
        "waitingRoom": "attendees",
        "startsWith": "anyone",
        "extendBy": 0,
        "participants": [
            {"rawId": _RAW_ID, "role": "Presenter", "displayName": "Dr Ada Okafor", "invitation": _LINK},
        ],
    },
    "AddedPeopleBody": {"participants": [{"displayName": "Bo Lindqvist"}]},
    "AddedPeopleModel": {
        "participants": [
            {"rawId": _RAW_ID, "role": "Attendee", "displayName": "Bo Lindqvist", "invitation": _LINK},
        ],
    },
    "InvitationBody": {"rawId": _RAW_ID},
    "InvitationModel": {**_INVITATION, "url": _LINK["url"]},
    "InvitationPage": {"value": [{**_INVITATION, "lastUsedAt": _OPENS}]},
    "ExchangeBody": {"secret": _LINK["url"].partition("#")[2]},
    "ExchangedModel": {
        "roomId": _ROOM_ID,
        "token": "eyJhbGciOiJFUzI1NiIs...",
        "expiresOn": "2026-03-14T10:00:00+00:00",
        "identity": _RAW_ID,
        "role": "Presenter",
        "displayName": "Dr Ada Okafor",
        "title": "Follow-up with Dr Okafor",
        "validFrom": _OPENS,
        "validUntil": _CLOSES,
        "invitationId": _LINK["id"],
    },
    "ExtensionBody": {"minutes": 5, "validUntil": _CLOSES},
    "WindowModel": {"validFrom": _OPENS, "validUntil": "2026-03-14T09:35:00+00:00", "extendBy": 10},
    "WhyModel": {
        "mayJoin": False,
        "role": "Attendee",
        "rules": [
            {"rule": "onRoster", "passed": True},
            {"rule": "insideWindow", "passed": False, "message": "The room is not open yet.", "subCode": 5829},
        ],
    },
    "BeginBody": {"way": "0"},
    "BegunModel": {"url": "https://login.example/authorize?response_type=code&client_id=openrooms"},
    "SignInBody": {"secret": "kC1mYb0sV4xQ2tR7nLwZpA9uE6dH3gJ5fK8iO0qW1X"},
    "WayList": {"value": [{"kind": "openid", "id": "0", "title": "login.example"}, {"kind": "link"}]},
    "SessionModel": {
        "id": "9f86d081884c7d65",
        "subject": "openid:https://login.example#248289761001",
        "displayName": "Ada Okafor",
        "resource": "1baa2c90-9c2f-4958-8834-d0197bd38767",
        "resources": [{"id": "1baa2c90-9c2f-4958-8834-d0197bd38767", "host": "", "role": "contributor"}],
        "idleEndsAt": "2026-03-14T10:00:00+00:00",
        "endsAt": "2026-03-14T20:00:00+00:00",
        "isDevelopment": False,
        "hasCalls": True,
    },
    "AccessKeyList": {
        "value": [
            {"name": "primary", "id": "9a1f0c6e52d7b348", "isFromSettings": False, "lastUsedAt": _OPENS},
            {"name": "secondary", "id": "5d3e8b7a01c94f26", "isFromSettings": False},
        ]
    },
    "RevealedKeyModel": {
        "name": "secondary",
        "id": "5d3e8b7a01c94f26",
        "key": "c2Vjb25kYXJ5...",
        "connectionString": "endpoint=https://rooms.example/;accesskey=c2Vjb25kYXJ5...",
    },
    "SubscriptionBody": {
        "url": "https://app.example/hooks/rooms",
        "types": ["Microsoft.Communication.CallEnded", "openrooms.join.refused"],
    },
    "SubscriptionChangeBody": {"types": None, "enabled": True},
    "SubscriptionModel": _SUBSCRIPTION,
    "IssuedSubscriptionModel": {**_SUBSCRIPTION, "secret": "whsec_..."},
    "SubscriptionList": {"value": [_SUBSCRIPTION]},
    "DeadLetterList": {
        "value": [
            {
                "id": "03e669d3-1b5e-8828-8000-000000000005",
                "type": "Microsoft.Communication.CallEnded",
                "time": _OPENS,
                "room": _ROOM_ID,
                "since": _OPENS,
                "attempts": 28,
                "error": "answered 500",
            }
        ]
    },
    "ResendBody": {"subscription": "5b0d9a3c7e1f4826"},
    "ResentModel": {"subscriptions": ["5b0d9a3c7e1f4826"]},
    "OperatorTokenBody": {"role": "contributor", "minutes": 60},
    "IssuedOperatorTokenModel": {"id": "9f86d081884c7d65", "token": "eyJhbGciOiJFUzI1NiIs...", "expiresOn": _CLOSES},
    "OperatorTokenList": {
        "value": [
            {
                "id": "9f86d081884c7d65",
                "role": "contributor",
                "createdAt": _OPENS,
                "expiresOn": _CLOSES,
                "state": "valid",
                "subject": "openid:https://login.example#248289761001",
            }
        ]
    },
    "StatusModel": {
        "version": "0.9.0",
        "database": {"status": "ok", "seconds": 0.002},
        "calls": {"status": "ok"},
        "limits": [{"name": "operator", "rate": "1000:10000", "refused": 3}],
    },
    "SettingList": {
        "value": [{"name": "--retention-days", "value": "30"}, {"name": "--access-key", "value": "not set"}]
    },
    "UserPage": {"value": [{"id": _RAW_ID, "createdAt": "2026-03-13T16:20:05.7377878+00:00"}]},
    "ExportBody": {},
    "PersonalPage": {
        "value": [
            {
                "kind": "stays",
                "fields": {"roomId": _ROOM_ID, "rawId": _RAW_ID, "displayName": "Dr Ada Okafor", "joinedAt": _OPENS},
            }
        ]
    },
    "ErasureModel": {"state": "done"},
    "UserRoomPage": {
        "value": [
            {
                "id": _ROOM_ID,
                "title": "Follow-up with Dr Okafor",
                "validFrom": _OPENS,
                "validUntil": _CLOSES,
                "role": "Presenter",
                "displayName": "Dr Ada Okafor",
            }
        ]
    },
    "AuditPage": {
        "value": [
            {
                "time": "2026-03-13T16:20:05.7377878+00:00",
                "operation": "create_room",
                "outcome": "done",
                "status": 201,
                "resource": "1baa2c90-9c2f-4958-8834-d0197bd38767",
                "caller": "key:9a1f0c6e52d7b348",
                "client": "203.0.113.7",
                "room": _ROOM_ID,
                "requestId": "1Zp0b7mTQ0GgAAAAAAAABw.0",
            }
        ]
    },
    "ErrorBody": {
        "error": {"code": "NotFound", "message": "The server cannot find the requested resource."},
    },
}


@cache
def document(*, development: bool = False) -> bytes:
    """Return the description of a production service, or of a development service, as JSON."""
    described: tuple[Operation, ...] = operations.OPERATIONS
    examples = EXAMPLES
    modules = [
        administration,
        adoption,
        answers,
        attendance,
        audit,
        calls,
        console,
        events,
        invitations,
        models,
        subscriptions,
        visits,
        waiting,
    ]
    if development:
        from openrooms.wire import development as shapes_of_development

        modules.append(shapes_of_development)
        described += operations.DEVELOPMENT_OPERATIONS
        examples = {**EXAMPLES, **shapes_of_development.EXAMPLES}
    shapes = _shapes(described, modules)
    schemas, components = msgspec.json.schema_components(list(shapes.values()), ref_template=_SHAPES)
    for name, example in examples.items():
        components[name]["examples"] = [example]
    references: dict[str, Schema] = dict(zip(shapes, schemas, strict=True)) | {_OBJECT: {"type": "object"}}
    paths: dict[str, Schema] = {}
    for operation in described:
        paths.setdefault(_camel(operation.path), {})[operation.method.lower()] = _describe(operation, references)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "openrooms", "version": __version__, "license": {"name": "MIT", "identifier": "MIT"}},
            "tags": [
                {"name": family, "description": text}
                for family, text in _TAGS.items()
                if any(operation.family is family for operation in described)
            ],
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": _SCHEMES,
                "responses": {name: _refusal(text) for name, text in _REFUSALS.values()},
            },
        }
    )


def _shapes(described: Iterable[Operation], modules: Iterable[ModuleType]) -> dict[str, type]:
    """Return the JSON shapes of the operations, from the modules that have them."""
    types = {name: kind for module in modules for name, kind in vars(module).items()}
    named = {name for operation in described for name in (operation.takes, operation.gives, operation.accepts)}
    return {name: types[name] for name in sorted(named - {"", _OBJECT, *_TEXTS})} | {ErrorBody.__name__: ErrorBody}


def _describe(operation: Operation, references: Mapping[str, Schema]) -> Schema:
    described: Schema = {
        "operationId": operation.name,
        "tags": [operation.family],
        "summary": operation.summary,
        "parameters": list(_parameters(operation)),
        "responses": _successes(operation, references) | _refusals(operation),
        "security": [{name: []} for name in _SECURITY[operation.access]],
    }
    if operation.takes:
        content = {operation.sends: {"schema": references[operation.takes]}}
        described["requestBody"] = {"content": content, "required": False}
    return described


def _successes(operation: Operation, references: Mapping[str, Schema]) -> Schema:
    successes = {str(int(operation.answers)): _success(operation, references)}
    if operation.accepts:
        content = {_JSON: {"schema": references[operation.accepts]}}
        successes["202"] = {"description": "The result comes later", "content": content}
    return successes


def _success(operation: Operation, references: Mapping[str, Schema]) -> Schema:
    if operation in (operations.FOLLOW_ROOM, operations.FOLLOW_VISITS, operations.LIST_EVENTS):
        stream = {"schema": {"type": "string"}}
        return {"description": "Done", "content": {_JSON: {"schema": references[operation.gives]}, _EVENTS: stream}}
    if not operation.gives:
        return {"description": "Done"}
    if operation.gives in _TEXTS:
        return {"description": "Done", "content": {_TEXTS[operation.gives]: {"schema": {"type": "string"}}}}
    return {"description": "Done", "content": {_JSON: {"schema": references[operation.gives]}}}


def _refusals(operation: Operation) -> Schema:
    return {str(status): {"$ref": f"#/components/responses/{_REFUSALS[status][0]}"} for status in _refuses(operation)}


def _refuses(operation: Operation) -> Iterator[int]:
    """Yield the error statuses of the operation, besides those of HTTP itself."""
    if operation.versions or operation.takes or operation.query:
        yield 400
    if operation.access is not Access.OPEN or operation in _CHECKING_THEMSELVES:
        yield 401
    if operation.access in (Access.USER, Access.EITHER) or operation.writes:
        yield 403
    if operation.placeholders or operation in _NAMING_THINGS:
        yield 404
    if operation in (operations.DIAL_OUT, operations.EXTEND_CALL, operations.EXCHANGE_INVITATION):
        yield 409
    if operation is operations.EXCHANGE_INVITATION:
        yield 410
    if operation.takes:
        yield 413
    yield 429
    if operation in (
        operations.DIAL_OUT,
        operations.EXCHANGE_TEAMS_EXTENSION_TOKEN,
        operations.LIST_AUDIT_EVENTS,
        *operations.SIMULATED,
    ):
        yield 501
    yield 503


# They name a room or an event outside of their path.
_NAMING_THINGS = (operations.LIST_EVENTS, operations.CREATE_SUBSCRIPTION, operations.TRIGGER_EVENT)

# They are open, and their handlers refuse callers.
_CHECKING_THEMSELVES = (
    operations.RECEIVE_WEBHOOK,
    operations.EXCHANGE_INVITATION,
    operations.BEGIN_SIGN_IN,
    operations.SIGN_IN,
    operations.GET_SESSION,
)


def _refusal(text: str) -> Schema:
    return {"description": text, "content": {_JSON: {"schema": {"$ref": _SHAPES.format(name=ErrorBody.__name__)}}}}


def _parameters(operation: Operation) -> Iterator[Schema]:
    for name in operation.placeholders:
        yield _parameter(_camel_name(name), "path", name, required=True)
    for name in operation.query:
        yield _parameter(name, "query", name)
    if operation.versions:
        schema = {"type": "string", "enum": list(operation.versions)}
        yield {
            "name": "api-version",
            "in": "query",
            "required": True,
            "schema": schema,
            "example": operation.versions[-1],
        }


def _parameter(name: str, place: str, example: str, required: bool = False) -> Schema:
    parameter: Schema = {"name": name, "in": place, "schema": {"type": "string"}}
    if required:
        parameter["required"] = True
    if example in _PARAMETERS:
        parameter["example"] = _PARAMETERS[example]
    return parameter


def _camel(path: str) -> str:
    """Return the path with the placeholder names of Azure's documentation."""
    return re.sub(r"{(\w+)}", lambda found: f"{{{_camel_name(found[1])}}}", path)


def _camel_name(name: str) -> str:
    if name == "user":
        return "id"
    if name == "participant":
        return "rawId"
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
