"""Runs Azure's Python SDKs of any generation, sync and aio, against the service that the environment names."""

import asyncio
import inspect
import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from azure.communication import identity, rooms
from azure.communication.identity import aio as identity_aio
from azure.communication.rooms import aio as rooms_aio
from azure.core.exceptions import HttpResponseError

CONNECTION_STRING = os.environ["OPENROOMS_CONNECTION_STRING"]
ROOMS = set(os.environ["OPENROOMS_ROOMS"].split())
"""More rooms than fit on one page."""


class Blocking:
    """An aio client that behaves like a sync one: it waits for answers and collects pages."""

    def __init__(self, client: Any, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        async def finished(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            return await result if inspect.isawaitable(result) else [item async for item in result]

        return lambda *args, **kwargs: self._runner.run(finished(*args, **kwargs))


def scenario(rooms_client: Any, identity_client: Any) -> None:
    user, token = identity_client.create_user_and_token(["voip"])
    other = identity_client.create_user()
    assert token.token.count(".") == 2
    assert identity_client.get_token(user, ["chat", "voip"]).token.count(".") == 2

    # The first generations of the two packages have different classes of identifiers.
    presenter, attendee = (
        rooms.CommunicationUserIdentifier(identifier.properties["id"]) for identifier in (user, other)
    )
    invited = rooms.RoomParticipant(communication_identifier=presenter, role=rooms.ParticipantRole.PRESENTER)
    room = rooms_client.create_room(participants=[invited])
    assert rooms_client.get_room(room.id).created_at == room.created_at
    assert roster(rooms_client, room.id) == {presenter.raw_id: "Presenter"}
    added = rooms.RoomParticipant(communication_identifier=attendee)
    rooms_client.add_or_update_participants(room_id=room.id, participants=[added])
    rooms_client.remove_participants(room_id=room.id, participants=[presenter])
    assert roster(rooms_client, room.id) == {attendee.raw_id: "Attendee"}

    listed = [item.id for item in rooms_client.list_rooms()]
    assert {room.id, *ROOMS} <= set(listed)
    assert len(listed) == len(set(listed))

    rooms_client.delete_room(room.id)
    refused(404, "NotFound", lambda: rooms_client.get_room(room.id))
    identity_client.revoke_tokens(user)
    identity_client.delete_user(user)
    refused(401, "IdentityNotOwned", lambda: identity_client.get_token(user, ["voip"]))


def roster(rooms_client: Any, room_id: str) -> dict[str, str]:
    participants = rooms_client.list_participants(room_id)
    return {participant.communication_identifier.raw_id: participant.role for participant in participants}


def refused(status: int, code: str, call: Callable[[], object]) -> None:
    refusal = None
    try:
        call()
    except HttpResponseError as error:
        refusal = error
    assert refusal is not None, f"expected a refusal with {code}"
    assert refusal.status_code == status
    assert code in str(refusal)


def main() -> None:
    print(f"rooms-{version('azure-communication-rooms')}-identity-{version('azure-communication-identity')}")
    with rooms.RoomsClient.from_connection_string(CONNECTION_STRING) as rooms_client:
        identity_client = identity.CommunicationIdentityClient.from_connection_string(CONNECTION_STRING)
        scenario(rooms_client, identity_client)
    print("passed: sync")
    with asyncio.Runner() as runner:
        # An aiohttp session belongs to the loop in which it is made.
        async def make(client: Any) -> Any:
            return await client.from_connection_string(CONNECTION_STRING).__aenter__()

        clients = [runner.run(make(kind)) for kind in (rooms_aio.RoomsClient, identity_aio.CommunicationIdentityClient)]
        scenario(*(Blocking(client, runner) for client in clients))
        for client in clients:
            runner.run(client.close())
    print("passed: aio")


if __name__ == "__main__":
    main()
