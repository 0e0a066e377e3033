"""The description of the service is valid OpenAPI, and the router, the clients and the description agree."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.support.application import World

from openrooms.server.web import openapi
from openrooms.server.web.messages import Connection, Request, Response
from openrooms.server.web.routing import Route, Router
from openrooms.wire import operations
from openrooms.wire.operations import DEVELOPMENT_OPERATIONS, OPERATIONS, Access, Family, Operation

DOCUMENT: dict[str, Any] = json.loads(openapi.document(development=True))
ALL = (*OPERATIONS, *DEVELOPMENT_OPERATIONS)
DESCRIBED: Mapping[str, dict[str, Any]] = {
    operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()
}


def test_description_is_valid():
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_operation_ids_are_unique():
    assert sorted(DESCRIBED) == sorted(operation.name for operation in ALL)


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_each_operation_is_described(operation: Operation):
    described = DESCRIBED[operation.name]
    assert described["tags"] == [operation.family]
    assert described["summary"]
    assert str(int(operation.answers)) in described["responses"]
    assert {"429", "503"} <= described["responses"].keys()
    assert ("requestBody" in described) == bool(operation.takes)
    required = {parameter["name"] for parameter in described["parameters"] if parameter.get("required")}
    assert ("api-version" in required) == bool(operation.versions)
    assert len(required - {"api-version"}) == len(operation.placeholders)


@pytest.mark.parametrize(
    "operation",
    [
        operation
        for operation in OPERATIONS
        if operation.access is not Access.OPEN and operation.family is not Family.CALLS
    ],
    ids=lambda operation: operation.name,
)
async def test_service_routes_every_operation(world: World, operation: Operation):
    path = operation.target("", dict.fromkeys(operation.placeholders, "99475330965778483"))
    answer = await world.call("OPTIONS", path, version=None)
    assert operation.method in answer.headers["allow"].split(", ")


@pytest.mark.parametrize("target", ["8:acs:x_y:mute", "8%3Aacs%3Ax_y%3AMUTE", "8:acs:x_y:remove"])
def test_action_is_not_part_of_the_raw_id(target: str):
    router = Router([Route(operations.MUTE_PARTICIPANT, _answer), Route(operations.REMOVE_FROM_CALL, _answer)])
    path = f"/openrooms/rooms/99475330965778483/call/participants/{target}"
    request = Request("POST", path.encode(), b"", [], Connection("http", "", None))
    route = router.find(request)
    assert route is not None
    assert route.operation.name == ("remove_from_call" if "remove" in target else "mute_participant")
    assert request.names == ("99475330965778483", "8:acs:x_y")


async def _answer(_request: Request) -> Response:
    return Response(200)


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_examples_match_their_schemas(name: str):
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    for example in DOCUMENT["components"]["schemas"][name].get("examples", []):
        Draft202012Validator(schema).validate(example)


def test_all_bodies_and_answers_have_examples():
    named = {name for operation in ALL for name in (operation.takes, operation.gives)}
    shown = {name for name, schema in DOCUMENT["components"]["schemas"].items() if "examples" in schema}
    without = {name for name in named - shown if name and "Teams" not in name}
    assert without <= {"object", "text", "calendar", "IdentityModel", "AdoptedModel"}
