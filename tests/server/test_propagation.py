"""Propagation: the processes that must check a call after a change."""

from collections.abc import Collection

import pytest

from openrooms.domain.calls import CallId
from openrooms.domain.doors import Reach
from openrooms.domain.identities import ResourceId
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.server.core.connections import Connections
from openrooms.server.core.propagation import Propagation

CONTOSO = ResourceId("1baa2c90-9c2f-4958-8834-d0197bd38767")
ROOM, OTHER = RoomId("99400000000000001"), RoomId("99400000000000002")
ADA = RawId("8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000001-0000-4000-8000-000000000000")


class Deployment:
    """Sends notifications to all listeners, as storage does."""

    def __init__(self) -> None:
        self.listeners: list = []

    def listen(self, receive) -> None:
        self.listeners.append(receive)

    def notify(self, notification: str) -> None:
        for receive in self.listeners:
            receive(notification)


class RecordingEnforcer:
    """An enforcer that records the changes that it is asked to check."""

    def __init__(self) -> None:
        self.checked: list[str] = []

    def room_changed(self, resource: ResourceId, room: RoomId) -> None:
        self.checked.append(f"{resource} {room}")

    def check_call(self, call: CallId) -> None:
        self.room_changed(call.resource, call.room)

    def count_again(self, call: CallId) -> None:
        self.checked.append(f"count {call.room}")

    def user_changed(self, resource: ResourceId, raw_id: RawId) -> None:
        self.checked.append(f"{resource} {raw_id}")


class RecordingFollowers:
    """Followers that record whom they were asked to tell."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def check(self, call: CallId, people: Collection[RawId] | None = None) -> None:
        self.told.append(" ".join([call.resource, call.room, *(people or ())]))

    def check_all(self) -> None:
        self.told.append("all")

    def check_user(self, resource: ResourceId, raw_id: RawId) -> None:
        self.told.append(f"{resource} {raw_id}")


class RecordingWatchers:
    """Watchers that record what they were asked to tell."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def check(self, call: CallId) -> None:
        self.told.append(call.room)

    def reload(self, resource: ResourceId | None = None) -> None:
        self.told.append(f"reload {resource}")


async def cut() -> None:
    """Do nothing."""


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


def test_changing_process_checks_the_call(deployment: Deployment) -> None:
    here = RecordingEnforcer()
    Propagation(deployment, here, Connections(), RecordingFollowers(), RecordingWatchers()).room_changed(CONTOSO, ROOM)
    assert here.checked == [f"{CONTOSO} {ROOM}"]


@pytest.mark.parametrize(("changed", "checks"), [(ROOM, [f"{CONTOSO} {ROOM}"]), (OTHER, [])])
def test_another_process_checks_its_own_connections(deployment: Deployment, changed: RoomId, checks: list[str]) -> None:
    there, connections = RecordingEnforcer(), Connections()
    here = Propagation(deployment, RecordingEnforcer(), Connections(), RecordingFollowers(), RecordingWatchers())
    Propagation(deployment, there, connections, RecordingFollowers(), RecordingWatchers())
    with connections.connected(CallId(CONTOSO, ROOM), ADA, cut):
        here.room_changed(CONTOSO, changed)
    assert there.checked == checks


@pytest.mark.parametrize("connected", [True, False])
def test_processes_with_connections_check_a_revocation(deployment: Deployment, connected: bool) -> None:
    there, connections = RecordingEnforcer(), Connections()
    here = Propagation(deployment, RecordingEnforcer(), Connections(), RecordingFollowers(), RecordingWatchers())
    Propagation(deployment, there, connections, RecordingFollowers(), RecordingWatchers())
    if connected:
        with connections.connected(CallId(CONTOSO, ROOM), ADA, cut):
            here.user_changed(CONTOSO, ADA)
    else:
        here.user_changed(CONTOSO, ADA)
    assert there.checked == ([f"{CONTOSO} {ADA}"] if connected else [])


def test_followers_are_told_in_every_process(deployment: Deployment) -> None:
    here, there = RecordingFollowers(), RecordingFollowers()
    propagation = Propagation(deployment, RecordingEnforcer(), Connections(), here, RecordingWatchers())
    Propagation(deployment, RecordingEnforcer(), Connections(), there, RecordingWatchers())
    propagation.door_changed(CallId(CONTOSO, ROOM), Reach(None, concerns_call=True))
    propagation.room_changed(CONTOSO, OTHER)
    propagation.user_changed(CONTOSO, ADA)
    assert there.told == [f"{CONTOSO} {ROOM}", f"{CONTOSO} {OTHER}", f"{CONTOSO} {ADA}"]
    assert set(here.told) == set(there.told)


def test_a_knock_concerns_only_the_person_in_every_process(deployment: Deployment) -> None:
    (here, followers_here), (there, followers_there) = ((RecordingEnforcer(), RecordingFollowers()) for _ in range(2))
    connections = Connections()
    propagation = Propagation(deployment, here, Connections(), followers_here, RecordingWatchers())
    Propagation(deployment, there, connections, followers_there, RecordingWatchers())
    with connections.connected(CallId(CONTOSO, ROOM), ADA, cut):
        propagation.door_changed(CallId(CONTOSO, ROOM), Reach([ADA], concerns_call=False))
    assert (here.checked, there.checked) == ([f"count {ROOM}"], [])
    assert set(followers_here.told) == set(followers_there.told) == {f"{CONTOSO} {ROOM} {ADA}"}


def test_a_notification_of_many_people_concerns_everyone(deployment: Deployment) -> None:
    followers = RecordingFollowers()
    Propagation(deployment, RecordingEnforcer(), Connections(), followers, RecordingWatchers())
    sent: list[str] = []
    deployment.listen(sent.append)
    people = [RawId(f"{ADA[:-3]}{number:03}") for number in range(11)]
    propagation = Propagation(deployment, RecordingEnforcer(), Connections(), RecordingFollowers(), RecordingWatchers())
    for some in (people[:10], people):
        propagation.door_changed(CallId(CONTOSO, ROOM), Reach(some, concerns_call=True))
    assert followers.told == [" ".join([CONTOSO, ROOM, *people[:10]]), f"{CONTOSO} {ROOM}"]
    assert max(map(len, sent)) <= 1000


def test_unknown_notifications_are_ignored(deployment: Deployment) -> None:
    here = RecordingEnforcer()
    Propagation(deployment, here, Connections(), RecordingFollowers(), RecordingWatchers())
    deployment.notify("something else entirely")
    deployment.notify("")
    assert here.checked == []


async def test_watchers_in_every_process_learn_of_each_room(deployment: Deployment) -> None:
    here, there = RecordingWatchers(), RecordingWatchers()
    propagation = Propagation(deployment, RecordingEnforcer(), Connections(), RecordingFollowers(), here)
    Propagation(deployment, RecordingEnforcer(), Connections(), RecordingFollowers(), there)
    propagation.room_changed(CONTOSO, ROOM)
    propagation.door_changed(CallId(CONTOSO, OTHER), Reach([ADA], concerns_call=False))
    assert here.told == there.told == [ROOM, OTHER]
    for _ in range(2):
        propagation.room_listed(CONTOSO, ROOM)
        propagation.people_counted(CallId(CONTOSO, OTHER))
    propagation._flush()
    assert here.told[2:] == there.told[2:] == [ROOM, OTHER]
    for number in range(41):
        propagation.room_listed(CONTOSO, RoomId(str(number)))
    propagation._flush()
    deployment.notify("reconnected")
    assert there.told[4:] == [f"reload {CONTOSO}", "reload None"]
