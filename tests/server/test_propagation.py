"""Whom a change concerns in which process."""

import pytest

from openrooms.domain.calls import CallId
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.server.core.connections import Connections
from openrooms.server.core.propagation import Propagation

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
ROOM, OTHER = RoomId("99400000000000001"), RoomId("99400000000000002")
ADA = RawId("8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000001-0000-4000-8000-000000000000")


class Deployment:
    """Passes on what is told, as a storage does."""

    def __init__(self) -> None:
        self.listeners: list = []

    def listen(self, heard) -> None:
        self.listeners.append(heard)

    def notify(self, notification: str) -> None:
        for heard in self.listeners:
            heard(notification)


class Looks:
    """An enforcer that notes what it was asked to look at."""

    def __init__(self) -> None:
        self.at: list[str] = []

    def room_changed(self, resource: ResourceId, room: RoomId) -> None:
        self.at.append(f"{resource} {room}")

    def user_changed(self, resource: ResourceId, raw_id: RawId) -> None:
        self.at.append(f"{resource} {raw_id}")


async def cut() -> None:
    """End nothing."""


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


def test_the_process_that_changed_a_room_looks_at_its_call(deployment: Deployment) -> None:
    here = Looks()
    Propagation(deployment, here, Connections()).room_changed(CONTOSO, ROOM)
    assert here.at == [f"{CONTOSO} {ROOM}"]


@pytest.mark.parametrize(("changed", "looks"), [(ROOM, [f"{CONTOSO} {ROOM}"]), (OTHER, [])])
def test_another_process_looks_if_somebody_connects_through_it(
    deployment: Deployment, changed: RoomId, looks: list[str]
) -> None:
    there, connections = Looks(), Connections()
    here = Propagation(deployment, Looks(), Connections())
    Propagation(deployment, there, connections)
    with connections.connected(CallId(CONTOSO, ROOM), ADA, cut):
        here.room_changed(CONTOSO, changed)
    assert there.at == looks


@pytest.mark.parametrize("connected", [True, False])
def test_a_revoked_token_concerns_every_process_with_somebody_connected(
    deployment: Deployment, connected: bool
) -> None:
    there, connections = Looks(), Connections()
    here = Propagation(deployment, Looks(), Connections())
    Propagation(deployment, there, connections)
    if connected:
        with connections.connected(CallId(CONTOSO, ROOM), ADA, cut):
            here.user_changed(CONTOSO, ADA)
    else:
        here.user_changed(CONTOSO, ADA)
    assert there.at == ([f"{CONTOSO} {ADA}"] if connected else [])


def test_notifications_of_another_version_are_ignored(deployment: Deployment) -> None:
    here = Looks()
    Propagation(deployment, here, Connections())
    deployment.notify("something else entirely")
    deployment.notify("")
    assert here.at == []
