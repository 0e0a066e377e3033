"""Adopting a room that another service made, over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.application import KEY, NOW, RESOURCE, SECOND_KEY, World, user, world

from openrooms.domain.moments import DAY, HOUR, Moment
from openrooms.domain.operators import OperatorRole
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.ports import Resource
from openrooms.server.process.settings import Settings
from openrooms.server.web.app import Records
from openrooms.server.web.metrics import Metrics
from openrooms.wire.dates import format_moment

PATH = "/openrooms/rooms:adopt"
ID = "99199690362660524"
ELSEWHERE = "8:acs:3f14cf17-84d5-42c2-8689-a6365c474b4e_00000029-931c-aa89-e84c-09bd456064be"


def at(offset: int) -> str:
    return format_moment(Moment(NOW + offset))


def body(**changes: object) -> dict[str, Any]:
    return {
        "id": ID,
        "createdAt": at(-DAY),
        "validFrom": at(-HOUR),
        "validUntil": at(HOUR),
        "pstnDialOutEnabled": True,
        "title": "Knee, 6 weeks",
        "waitingRoom": "attendees",
        "extendBy": 10,
        "participants": [
            {"rawId": ELSEWHERE, "role": "Presenter", "displayName": "Dr Ada"},
            {"rawId": user(2)},
        ],
        **changes,
    }


async def adopt(world: World, **changes: object) -> Any:
    return await world.call("POST", PATH, body(**changes), version=None)


async def test_room_keeps_everything_and_its_people_get_tokens(world: World) -> None:
    assert (await adopt(world)).json == {"id": ID, "isNew": True}
    room = (await world.call("GET", f"/rooms/{ID}")).json
    assert room == {
        "id": ID,
        "createdAt": at(-DAY),
        "validFrom": at(-HOUR),
        "validUntil": at(HOUR),
        "pstnDialOutEnabled": True,
    }
    visit = (await world.call("GET", f"/openrooms/rooms/{ID}", version=None)).json
    assert (visit["title"], visit["waitingRoom"], visit["extendBy"]) == ("Knee, 6 weeks", "attendees", 10)
    assert visit["participants"] == [
        {"rawId": ELSEWHERE, "role": "Presenter", "displayName": "Dr Ada"},
        {"rawId": user(2), "role": "Attendee", "displayName": ""},
    ]
    target = f"/identities/{ELSEWHERE}/:issueAccessToken"
    assert (await world.call("POST", target, {"scopes": ["voip"]}, version="2023-10-01")).status == 200


async def test_the_same_room_again_changes_nothing(world: World) -> None:
    await adopt(world)
    people = list(reversed(body()["participants"]))
    assert (await adopt(world, participants=people)).json == {"id": ID, "isNew": False}


@pytest.mark.parametrize(
    "changes",
    [
        {"validUntil": at(2 * HOUR)},
        {"createdAt": at(-HOUR)},
        {"pstnDialOutEnabled": False},
        {"title": "Hip"},
        {"participants": []},
        {"participants": [{"rawId": ELSEWHERE, "role": "Attendee"}, {"rawId": user(2)}]},
    ],
)
async def test_another_room_with_the_id_is_refused(world: World, changes: dict[str, object]) -> None:
    await adopt(world)
    answer = await adopt(world, **changes)
    assert (answer.status, answer.error["code"]) == (409, "RoomExists")
    assert ID in answer.error["message"]
    assert (await world.call("GET", f"/rooms/{ID}")).json["validUntil"] == at(HOUR)


async def test_deleted_room_stays_deleted(world: World) -> None:
    await adopt(world)
    await world.call("DELETE", f"/rooms/{ID}")
    assert (await adopt(world)).status == 409
    assert (await world.call("GET", f"/rooms/{ID}")).status == 404


async def test_ended_room_is_adopted(world: World) -> None:
    assert (await adopt(world, validFrom=at(-3 * HOUR), validUntil=at(-2 * HOUR))).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "123"},
        {"id": "../rooms/994000000"},
        {"createdAt": at(DAY)},
        {"createdAt": "yesterday"},
        {"validUntil": at(-HOUR)},
        {"validUntil": at(200 * DAY)},
        {"participants": [{"rawId": "4:+15550100"}]},
        {"participants": [{"rawId": user(2)}, {"rawId": user(2).upper().replace("8:ACS", "8:acs")}]},
        {"participants": [{"rawId": user(2), "role": "Boss"}]},
        {"participants": [{"rawId": user(2), "displayName": "Presenter"}]},
        {"extendBy": -1},
        {"unknown": 1},
    ],
)
async def test_bad_values_are_refused(world: World, changes: dict[str, object]) -> None:
    assert (await adopt(world, **changes)).status == 400
    assert (await world.call("GET", f"/rooms/{ID}")).status == 404


async def test_deleted_user_refuses_the_whole_room(world: World) -> None:
    await world.call("POST", "/openrooms/users:adopt", {"rawIds": [ELSEWHERE]}, version=None)
    await world.call("DELETE", f"/identities/{ELSEWHERE}", version="2023-10-01")
    answer = await adopt(world)
    assert (answer.status, ELSEWHERE in answer.error["message"]) == (400, True)
    assert (await world.call("GET", f"/rooms/{ID}")).status == 404


async def test_readers_may_not_and_the_audit_trail_names_the_room(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    log = AuditLog(file, lambda: NOW)
    records = Records(Metrics(), audit=log)
    async with world_of(tmp_path, records) as made:
        resource = Resource(RESOURCE, None, KEY.reveal(), SECOND_KEY.reveal())
        reader = await made.operator_tokens.issue(resource, OperatorRole.READER, HOUR)
        refused = await made.send("POST", PATH, json.dumps(body()).encode(), {"authorization": f"Bearer {reader}"})
        assert refused.status == 403
        assert (await adopt(made)).status == 200
    log.close()
    [event] = [json.loads(line) for line in file.read_text().splitlines() if '"done"' in line]
    assert (event["operation"], event["room"]) == ("adopt_room", ID)


def world_of(folder: Path, records: Records) -> Any:
    return world(folder, records=records, settings=Settings(development=True))
