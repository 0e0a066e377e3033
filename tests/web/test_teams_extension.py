"""Assignments of Teams extension users: they are stored and returned, and have no other effect."""

from typing import Any

import pytest
from tests.support.application import World

TENANT = "c70d068c-2f32-484d-9455-73070cd5aadd"
OBJECT = "b27b64b9-39d2-44a3-869d-67700b74e805"
CLIENT = "07474a86-625a-452f-977b-db4e13f21260"
PATH = f"/access/teamsExtension/tenants/{TENANT}/assignments/{OBJECT}"
SUPPORTED = "2025-03-02-preview, 2025-06-30"
KEPT = {"objectId": OBJECT, "tenantId": TENANT, "principalType": "user"}


async def call(world: World, method: str, path: str = PATH, body: object = None, version: str = "2025-06-30") -> Any:
    return await world.call(method, path, body, version=version)


@pytest.mark.parametrize("version", SUPPORTED.split(", "))
async def test_assignment_lifecycle(world: World, version: str) -> None:
    made = await call(world, "PUT", body={"principalType": "user", "clientIds": [CLIENT]}, version=version)
    assert (made.status, made.json) == (201, KEPT | {"clientIds": [CLIENT]})
    assert made.headers["api-supported-versions"] == SUPPORTED
    assert (await call(world, "GET", version=version)).json == made.json
    changed = await call(world, "PUT", body={"principalType": "resourceAccount"}, version=version)
    assert (changed.status, changed.json) == (200, KEPT | {"principalType": "resourceAccount"})
    read = await call(world, "GET", version=version)
    assert (read.status, read.json) == (200, changed.json)
    for _ in range(2):
        gone = await call(world, "DELETE", version=version)
        assert (gone.status, gone.body) == (204, b"")
    missing = await call(world, "GET", version=version)
    assert (missing.status, missing.error["code"]) == (404, "NotFound")
    assert missing.headers["content-type"] == "application/json"


async def test_guids_ignore_case(world: World) -> None:
    body = {"principalType": "user", "clientIds": [CLIENT.upper(), CLIENT]}
    await call(world, "PUT", PATH.replace(TENANT, TENANT.upper()), body)
    read = await call(world, "GET", PATH.replace(OBJECT, OBJECT.upper()))
    assert read.json == KEPT | {"clientIds": [CLIENT]}


@pytest.mark.parametrize(
    ("path", "body", "target"),
    [
        (PATH.replace(TENANT, "contoso"), {"principalType": "user"}, "TenantId"),
        (PATH.replace(OBJECT, "%00"), {"principalType": "user"}, "ObjectId"),
        (PATH, None, "PrincipalType"),
        (PATH, {"principalType": "group"}, "PrincipalType"),
        (PATH, {"principalType": 5}, "PrincipalType"),
        (PATH, {"principalType": "user", "clientIds": ["x"]}, "ClientIds"),
        (PATH, {"principalType": "user", "clientIds": CLIENT}, "ClientIds"),
        (
            PATH,
            {"principalType": "user", "clientIds": [f"{number:08x}{CLIENT[8:]}" for number in range(101)]},
            "ClientIds",
        ),
    ],
)
async def test_refused_assignments(world: World, path: str, body: object, target: str) -> None:
    answer = await call(world, "PUT", path, body)
    assert (answer.status, answer.error["code"], answer.error["target"]) == (400, "ValidationError", target)
    if path != PATH:
        for method in ("GET", "DELETE"):
            assert (await call(world, method, path)).error["target"] == target


async def test_other_versions_lack_the_operations(world: World) -> None:
    answer = await call(world, "PUT", body={"principalType": "user"}, version="2023-10-01")
    assert (answer.status, answer.error["code"]) == (400, "UnsupportedApiVersion")


async def test_unauthenticated_callers_are_refused(world: World) -> None:
    for method in ("PUT", "GET", "DELETE"):
        assert (await world.send(method, f"{PATH}?api-version=2025-06-30")).status == 401


async def test_token_exchange_is_not_supported(world: World) -> None:
    target = "/access/teamsExtension/:exchangeAccessToken?api-version=2025-06-30"
    answer = await world.send("POST", target, b"{}", {"authorization": "Bearer of.Entra.ID"})
    assert (answer.status, answer.error["code"]) == (501, "NotImplemented")
