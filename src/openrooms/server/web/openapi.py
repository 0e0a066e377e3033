"""The OpenAPI description of the service, made of the shapes that the handlers read and write."""

import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec

from openrooms._version import __version__
from openrooms.wire import answers, calls, models, operations, versions
from openrooms.wire.errors import ErrorBody
from openrooms.wire.operations import JSON, Operation

Schema = dict[str, Any]

_SHAPES = "#/components/schemas/{name}"
_OK, _NO_CONTENT = HTTPStatus.OK, HTTPStatus.NO_CONTENT
_ANYBODY = ()
_OPERATOR = ("signature", "operatorToken")
_PERSON = ("identityToken",)


class _Described(msgspec.Struct, frozen=True):
    """An operation with its shapes; `query` names its parameters beside `api-version`."""

    operation: Operation
    summary: str
    takes: type | None = None
    gives: type | None = None
    versions: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    security: tuple[str, ...] = _OPERATOR


def _rooms(operation: Operation, summary: str, takes: type | None = None, gives: type | None = None) -> _Described:
    query = ("nextLink",) if operation.name.startswith("list") else ()
    return _Described(operation, summary, takes, gives, versions.ROOMS, query)


def _identity(operation: Operation, summary: str, takes: type | None = None, gives: type | None = None) -> _Described:
    return _Described(operation, summary, takes, gives, versions.IDENTITY)


def _extension(operation: Operation, summary: str, takes: type | None = None, gives: type | None = None) -> _Described:
    return _Described(operation, summary, takes, gives, versions.TEAMS_EXTENSION)


def _own(name: str, summary: str, gives: type | None = None) -> _Described:
    return _Described(Operation(name, "GET", f"/openrooms/{name}"), summary, None, gives, security=_ANYBODY)


def _call(
    method: str,
    path: str,
    summary: str,
    takes: type | None = None,
    gives: type = dict,
    security: tuple[str, ...] = (*_PERSON, *_OPERATOR),
) -> _Described:
    name = re.sub(r"\W+", "_", path)
    operation = Operation(name, method, f"/openrooms/rooms/{{room_id}}/{path}")
    return _Described(operation, summary, takes, gives, security=security)


_DESCRIBED = (
    _rooms(operations.CREATE_ROOM, "Create a room", models.RoomBody, answers.RoomModel),
    _rooms(operations.LIST_ROOMS, "List rooms, newest first", None, answers.RoomPage),
    _rooms(operations.GET_ROOM, "Get a room", None, answers.RoomModel),
    _rooms(operations.UPDATE_ROOM, "Update a room; null leaves a field alone", models.RoomBody, answers.RoomModel),
    _rooms(operations.DELETE_ROOM, "Delete a room"),
    _rooms(operations.LIST_PARTICIPANTS, "List the participants of a room", None, answers.ParticipantPage),
    _rooms(
        operations.ADD_OR_UPDATE_PARTICIPANTS,
        "Add, update and (null) remove participants, all or none",
        models.RosterBody,
        dict,
    ),
    _identity(
        operations.CREATE_USER, "Create a user, with a token if scopes are given", models.UserBody, answers.UserModel
    ),
    _Described(operations.GET_USER, "Get a user", None, answers.IdentityModel, versions.IDENTITY_DETAILS),
    _identity(operations.GET_TOKEN, "Issue a token for a user", models.TokenBody, answers.TokenModel),
    _identity(operations.REVOKE_TOKENS, "Revoke all tokens of a user"),
    _identity(operations.DELETE_USER, "Delete a user and revoke their tokens"),
    _Described(
        operations.GET_TOKEN_FOR_TEAMS_USER,
        "Exchange a Teams user's Entra token",
        models.TeamsExchangeBody,
        answers.TokenModel,
        versions.TEAMS,
    ),
    _extension(
        operations.PUT_TEAMS_ASSIGNMENT,
        "Keep an assignment of Teams extension; 201 if there was none",
        models.TeamsAssignmentBody,
        answers.TeamsAssignmentModel,
    ),
    _extension(
        operations.GET_TEAMS_ASSIGNMENT, "Get an assignment of Teams extension", None, answers.TeamsAssignmentModel
    ),
    _extension(operations.DELETE_TEAMS_ASSIGNMENT, "Delete an assignment of Teams extension"),
    _Described(
        operations.EXCHANGE_TEAMS_EXTENSION_TOKEN,
        "Refuse to exchange a token of Teams extension (501)",
        versions=versions.TEAMS_EXTENSION,
        security=_ANYBODY,
    ),
    _Described(
        operations.ADOPT_USERS,
        "Make users of the resource out of raw ids that were made elsewhere, all or none",
        models.AdoptionBody,
        answers.AdoptedModel,
    ),
    _call("POST", "join", "Enter the call of a room", calls.JoinBody, calls.JoinedModel, _PERSON),
    _call("GET", "call", "See who is in the call", None, calls.CallModel),
    _call("POST", "call/participants/{raw_id}:mute", "Mute somebody"),
    _call("POST", "call/participants/{raw_id}:remove", "Put somebody out of the call"),
    _call("POST", "call:end", "End the call for everybody"),
    _call("POST", "call:dialOut", "Call a phone number into the room", calls.DialOutBody),
    _Described(
        Operation("why", "GET", "/openrooms/rooms/{room_id}/why"),
        "Explain whether an identity may join now",
        None,
        calls.WhyModel,
        query=("rawId",),
    ),
    _own("health", "Answer as long as the process does", dict),
    _own("ready", "Answer if requests can be served", dict),
    _own("openapi.json", "This description", dict),
    _own(".well-known/jwks.json", "The public keys of identity tokens", dict),
)

_SECURITY = {
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "HMAC-SHA256 over method, target, x-ms-date, host and x-ms-content-sha256.",
    },
    "operatorToken": {"type": "http", "scheme": "bearer", "description": "From a named issuer or operator-token."},
    "identityToken": {"type": "http", "scheme": "bearer", "description": "A user's token with a scope to join."},
}


@cache
def document() -> bytes:
    """Return the description, as JSON."""
    shapes = {one.takes for one in _DESCRIBED} | {one.gives for one in _DESCRIBED} | {ErrorBody}
    known = sorted((shape for shape in shapes if shape not in (None, dict)), key=lambda shape: shape.__name__)
    schemas, components = msgspec.json.schema_components(known, ref_template=_SHAPES)
    for component in components.values():
        # Decoding is strict only to find fields in another letter case; others are ignored.
        component.pop("additionalProperties", None)
    references: dict[type, Schema] = dict(zip(known, schemas, strict=True)) | {dict: {"type": "object"}}
    paths: dict[str, Schema] = {}
    for one in _DESCRIBED:
        paths.setdefault(_camel(one.operation.path), {})[one.operation.method.lower()] = _describe(one, references)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "openrooms", "version": __version__, "license": {"name": "MIT", "identifier": "MIT"}},
            "paths": paths,
            "components": {"schemas": components, "securitySchemes": _SECURITY},
        }
    )


def _describe(one: _Described, references: Mapping[type, Schema]) -> Schema:
    operation = one.operation
    answers: Schema = {str(int(operation.answers)): _answer(one, references)}
    answers["default"] = {"description": "Refused", "content": {"application/json": {"schema": references[ErrorBody]}}}
    described: Schema = {
        "operationId": operation.name,
        "summary": one.summary,
        "parameters": [*_path_parameters(operation.path), *_query_parameters(one)],
        "responses": answers,
        "security": [{name: []} for name in one.security],
    }
    if one.takes is not None:
        content = {operation.sends or JSON: {"schema": references[one.takes]}}
        described["requestBody"] = {"content": content, "required": False}
    return described


def _answer(one: _Described, references: Mapping[type, Schema]) -> Schema:
    if one.gives is not None:
        return {"description": "Done", "content": {"application/json": {"schema": references[one.gives]}}}
    if one.operation.answers == _NO_CONTENT:
        return {"description": "Done"}
    return {"description": "Done", "content": {"text/plain": {"schema": {"type": "string"}}}}


def _path_parameters(path: str) -> list[Schema]:
    names = re.findall(r"{(\w+)}", _camel(path))
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(one: _Described) -> list[Schema]:
    parameters: list[Schema] = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in one.query]
    if one.versions:
        schema = {"type": "string", "enum": list(one.versions)}
        parameters.append({"name": "api-version", "in": "query", "required": True, "schema": schema})
    return parameters


def _camel(path: str) -> str:
    """Return the path with its placeholders as Azure's documents name them."""
    named = path.replace("{user}", "{id}")
    return re.sub(r"{(\w+)_(\w)(\w*)}", lambda found: f"{{{found[1]}{found[2].upper()}{found[3]}}}", named)
