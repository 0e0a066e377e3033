"""Every operation with every kind of caller: who is refused, and that a refusal does not say what exists."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec
import pytest
from tests.support.application import DATE, RESOURCE, Answer, World, signed, user, world

from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import HOUR
from openrooms.domain.operators import OperatorRole
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import Resource
from openrooms.wire.operations import OPERATIONS, Access, Operation
from openrooms.wire.signing import AccessKey

FABRIKAM = Resource(ResourceId("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01"), "fabrikam.example", "a2V5", "a2V5Mg==")
SECRETS = {"secret": "A" * 22, "rawId": user(1)}
OPEN = {
    "receive_webhook",
    "exchange_invitation",
    "exchange_teams_extension_token",
    "list_ways",
    "begin_sign_in",
    "sign_in",
    "get_session",
    "sign_out",
    "get_health",
    "get_readiness",
    "get_openapi",
    "get_keys",
    "get_security_txt",
}
"""The operations that need no credential: each is here because of what it shows and costs to strangers."""

CLOSED = [operation for operation in OPERATIONS if operation.access is not Access.OPEN]
OF_OPERATORS = [operation for operation in CLOSED if operation.access is Access.OPERATOR]
OF_SOMETHING = [operation for operation in CLOSED if operation.access is not Access.USER and operation.placeholders]
UNKNOWN = {
    "room_id": "99400000000000009",
    "user": f"8:acs:{RESOURCE}_00000029-931c-aa89-e84c-0000000000ff",
    "participant": f"8:acs:{RESOURCE}_00000029-931c-aa89-e84c-0000000000ff",
    "invitation_id": "00000000000000ff",
    "subscription_id": "00000000000000ff",
    "token_id": "00000000000000ff",
    "event_id": "03e669d3-1b5e-8828-8000-0000000000ff",
    "key_name": "tertiary",
    "tenant_id": "9b8a7c6d-0000-4000-8000-0000000000ff",
    "object_id": "9b8a7c6d-0000-4000-8000-0000000000ff",
}


@pytest.fixture(name="world")
async def _world(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, calls=True) as made:
        await made.storage.add_resource(FABRIKAM)
        await made.resources.refresh()
        yield made


def target_of(operation: Operation, names: Mapping[str, str]) -> str:
    version = f"?api-version={operation.versions[-1]}" if operation.versions else ""
    return operation.path.format_map(names) + version


async def ask(world: World, operation: Operation, names: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
    return await world.send(operation.method, target_of(operation, names), b"", headers)


def test_open_operations_are_known():
    assert {operation.name for operation in OPERATIONS if operation.access is Access.OPEN} == OPEN


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer a.b.c"}, {"cookie": "__Host-openrooms-console=x"}])
async def test_strangers_are_refused(world: World, headers: Mapping[str, str]) -> None:
    for operation in CLOSED:
        assert (await ask(world, operation, UNKNOWN, headers)).status == 401, operation.name


async def test_users_do_nothing_of_operators(world: World) -> None:
    await world.storage.adopt_users(RESOURCE, [User(RawId(user(1)), world.clock.now)], lambda _: None)
    path = f"/identities/{user(1)}/:issueAccessToken"
    token = (await world.call("POST", path, {"scopes": ["voip"]}, version="2023-10-01")).json["token"]
    for operation in OF_OPERATORS:
        answer = await ask(world, operation, UNKNOWN, {"authorization": f"Bearer {token}"})
        assert answer.status == 401, operation.name


async def test_readers_only_read(world: World) -> None:
    [resource] = [kept for kept in await world.storage.list_resources() if kept.id == RESOURCE]
    token = await world.operator_tokens.issue(resource, OperatorRole.READER, HOUR)
    for operation in CLOSED:
        status = (await ask(world, operation, UNKNOWN, {"authorization": f"Bearer {token}"})).status
        if operation.access is Access.USER:
            assert status == 401, operation.name
        else:
            assert (status == 403) is operation.writes, operation.name


async def test_contributors_of_others_do_not_learn_what_exists(world: World) -> None:
    """To the owner of another resource, what exists here looks like what exists nowhere."""
    names = await everything(world)
    for operation in OF_SOMETHING:
        answers = []
        for those in (names, UNKNOWN):
            target, body = target_of(operation, those), msgspec.json.encode(SECRETS) if operation.takes else b""
            headers = signed(operation.method, target, body, DATE, AccessKey(FABRIKAM.primary_key), FABRIKAM.host or "")
            answer = await world.send(operation.method, target, body, headers)
            text = answer.body.decode()
            for name, value in those.items():
                text = text.replace(value, name)
            answers.append((answer.status, text))
        assert answers[0] == answers[1], operation.name


async def everything(world: World) -> dict[str, str]:
    """Make one of each thing that operations name in the first resource."""
    await world.storage.adopt_users(RESOURCE, [User(RawId(user(1)), world.clock.now)], lambda _: None)
    room = (await world.create({"participants": {user(1): {"role": "Presenter"}}}))["id"]
    body = {"rawId": user(1)}
    invitation = (await world.call("POST", f"/openrooms/rooms/{room}/invitations", body, version=None)).json
    body = {"url": "https://app.example/hook"}
    subscription = (await world.call("POST", "/openrooms/subscriptions", body, version=None)).json
    body = {"role": "reader", "minutes": 5}
    token = (await world.call("POST", "/openrooms/operator-tokens", body, version=None)).json
    events = (await world.call("GET", "/openrooms/events", version=None)).json
    return UNKNOWN | {
        "room_id": room,
        "user": user(1),
        "participant": user(1),
        "invitation_id": invitation["id"],
        "subscription_id": subscription["id"],
        "token_id": token["id"],
        "event_id": events["value"][0]["id"],
    }
