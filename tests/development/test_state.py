"""The state of a development service: exported, imported, reset, and given at the start."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from tests.support.service import dev as dev_process
from tests.support.service import openrooms

from openrooms import RoomsClient
from openrooms.identity import CommunicationIdentityClient
from openrooms.testing import DevService, RoomsClock

USER = "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be"
ROOM = {
    "id": "99475330965778483",
    "createdAt": "2126-03-13T16:20:05.7377878+00:00",
    "validFrom": "2126-03-14T09:00:00+00:00",
    "validUntil": "2126-03-14T09:30:00+00:00",
}
INVITATION = {
    "id": "5f2c1e0b7a9d4e3f",
    "roomId": ROOM["id"],
    "rawId": USER,
    "secretHash": "00" * 32,
    "revocations": 0,
    "createdAt": "2126-03-13T16:20:05+00:00",
}
DIRECT = {"use_env_settings": False}


def document(**lists: Any) -> bytes:
    return json.dumps(lists).encode()


def test_what_was_exported_comes_back(
    dev: DevService, rooms_client: RoomsClient, identity_client: CommunicationIdentityClient, rooms_clock: RoomsClock
):
    people = [identity_client.create_user() for _ in range(3)]
    identity_client.delete_user(people[2])
    rooms = [rooms_client.create_room(participants=people[:2]), rooms_client.create_room(pstn_dial_out_enabled=True)]
    saved = dev.export_state()
    dev.reset_state()
    rooms_clock.advance(hours=0)
    assert list(rooms_client.list_rooms()) == []
    dev.import_state(saved)
    assert {room.id: room for room in rooms_client.list_rooms()} == {room.id: room for room in rooms}
    listed = [one.communication_identifier for one in rooms_client.list_participants(rooms[0].id)]
    assert listed == people[:2]
    assert identity_client.get_token(people[0], ["voip"])
    with pytest.raises(HttpResponseError):
        identity_client.get_token(people[2], ["voip"])
    assert dev.export_state() == saved


def test_import_replaces_everything(dev: DevService, rooms_client: RoomsClient):
    before = rooms_client.create_room()
    dev.import_state(document(rooms=[{**ROOM, "participants": {USER: "Presenter"}}]))
    with pytest.raises(ResourceNotFoundError):
        rooms_client.get_room(before.id)
    (invited,) = rooms_client.list_participants(str(ROOM["id"]))
    assert (invited.communication_identifier.raw_id, invited.role) == (USER, "Presenter")


@pytest.mark.parametrize(
    ("state", "place"),
    [
        (b"[]", "$"),
        (b"{", "$"),
        (document(rooms=[ROOM, {**ROOM, "id": "12"}]), "$.rooms[1]"),
        (document(rooms=[{**ROOM, "createdAt": "yesterday"}]), "$.rooms[0]"),
        (document(rooms=[{**ROOM, "participants": {USER: "King"}}]), "$.rooms[0]"),
        (document(rooms=[{**ROOM, "participants": {"4:+1555": "Presenter"}}]), "$.rooms[0]"),
        (document(rooms=[ROOM, ROOM]), "$.rooms"),
        (document(users=[{"id": "ada", "createdAt": "2026-03-13"}]), "$.users[0]"),
        (document(users=[{"id": USER, "createdAt": "2026-03-13"}] * 2), "$.users"),
        (document(invitations=[{**INVITATION, "secretHash": "x"}]), "$.invitations[0]"),
        (document(invitations=[INVITATION] * 2), "$.invitations"),
        (document(invitations=[INVITATION, {**INVITATION, "id": "another"}]), "$.secretHashes"),
    ],
)
def test_a_bad_document_changes_nothing(dev: DevService, rooms_client: RoomsClient, state: bytes, place: str):
    room = rooms_client.create_room()
    with pytest.raises(HttpResponseError) as raised:
        dev.import_state(state)
    assert raised.value.status_code == 400
    (problem,) = raised.value.response.json()["error"]["details"]
    assert problem["target"] == place
    assert [one.id for one in rooms_client.list_rooms()] == [room.id]


def test_a_document_may_be_larger_than_other_bodies(dev: DevService, rooms_client: RoomsClient):
    users = [{"id": USER[:-8] + f"{number:08x}", "createdAt": "2026-03-13"} for number in range(12_000)]
    state = document(rooms=[ROOM], users=users)
    assert len(state) > 1024 * 1024
    dev.import_state(state)
    assert rooms_client.get_room(str(ROOM["id"]))


def test_reset_is_a_new_service(dev: DevService, rooms_client: RoomsClient):
    rooms_client.create_room()
    dev.add_fault(status=500)
    dev.advance_clock(timedelta(days=3))
    dev.reset_state()
    assert (dev.list_faults(), dev.list_requests(), dev.get_clock().is_moved) == ([], [], False)
    assert list(rooms_client.list_rooms()) == []


def test_seed_and_commands(tmp_path: Path):
    seed = tmp_path / "seed.json"
    seed.write_bytes(document(rooms=[ROOM]))
    with dev_process(tmp_path / "service", "--seed", seed) as service:
        string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
        where = ("--connection-string", string)
        with RoomsClient.from_connection_string(string, **DIRECT) as rooms:
            assert [room.id for room in rooms.list_rooms()] == [ROOM["id"]]
            saved = tmp_path / "saved.json"
            assert openrooms("state", "export", saved, *where).returncode == 0
            assert openrooms("state", "reset", "--yes", *where).returncode == 0
            assert list(rooms.list_rooms()) == []
            assert openrooms("state", "import", saved, "--yes", *where).returncode == 0
            assert [room.id for room in rooms.list_rooms()] == [ROOM["id"]]


def test_a_bad_seed_is_explained(tmp_path: Path):
    seed = tmp_path / "seed.json"
    seed.write_text('{"rooms": [{"id": "1"}]}')
    run = openrooms("dev", "--seed", seed, "--data", tmp_path / "data", "--https-port", 0, "--http-port", 0)
    assert run.returncode == 1
    assert "the seed" in run.stderr
    assert "state export" in run.stderr
