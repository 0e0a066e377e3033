"""Attendance over HTTP: what a stay shows, pages, and who may read it."""

from urllib.parse import urlsplit

from tests.support.application import RESOURCE, World

from openrooms.domain.calls import CallId
from openrooms.domain.identities import User
from openrooms.domain.moments import SECOND, after
from openrooms.domain.presence import Ending, Joined, Left, SessionId, Stay, StayId
from openrooms.domain.refusals import Refusal
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.rooms import RoomId
from openrooms.domain.roster import RawId
from openrooms.server.core import attendance

CALL = SessionId("RM_1")
ADA = RawId(f"8:acs:{RESOURCE}_{1:08x}-0000-4000-8000-000000000000")


def stay(world: World, number: int, role: ParticipantRole | None = ParticipantRole.PRESENTER) -> Stay:
    joined = after(world.clock.now, number * SECOND)
    return Stay(StayId(f"PA_{number}"), RawId(f"8:acs:{RESOURCE}_{number}"), role, "Dr Ada", joined)


async def test_stays_that_are_over_and_that_last(world: World) -> None:
    room = RoomId((await world.create({}))["id"])
    call = CallId(RESOURCE, room)
    over = stay(world, 1).ended(after(world.clock.now, 91 * SECOND), Ending.CONNECTION_LOST)
    await world.storage.note_presence(call, Left(CALL, over))
    await world.storage.note_presence(call, Joined(CALL, stay(world, 2, None)))
    events = (await world.call("GET", f"/openrooms/events?room={room}", version=None)).json["value"]
    added = next(event["data"] for event in events if event["type"].endswith("ParticipantAdded"))
    answer = await world.call("GET", f"/openrooms/rooms/{room}/attendance", version=None)
    first, second = answer.json["value"]
    assert first == {
        "roomId": room,
        "callId": added["serverCallId"],
        "participantId": added["participantId"],
        "rawId": f"8:acs:{RESOURCE}_1",
        "displayName": "Dr Ada",
        "role": "Presenter",
        "joinedAt": "2025-08-29T00:29:49+00:00",
        "leftAt": "2025-08-29T00:31:19+00:00",
        "seconds": 90.0,
        "ending": "connectionLost",
    }
    assert second["callId"] == first["callId"]
    assert not second.keys() & {"role", "leftAt", "seconds", "ending"}
    assert answer.headers["cache-control"] == "no-store"


async def test_pages_follow_each_other(world: World) -> None:
    room = RoomId((await world.create({}))["id"])
    for number in range(attendance.PAGE + 1):
        await world.storage.note_presence(CallId(RESOURCE, room), Joined(CALL, stay(world, number)))
    first = (await world.call("GET", f"/openrooms/rooms/{room}/attendance", version=None)).json
    link = urlsplit(first["nextLink"])
    last = (await world.call("GET", f"{link.path}?{link.query}", version=None)).json
    assert [len(page["value"]) for page in (first, last)] == [attendance.PAGE, 1]
    assert "nextLink" not in last


async def test_refused_tries(world: World) -> None:
    room = RoomId((await world.create({"participants": {ADA: {"role": "Presenter"}}}))["id"])
    await world.storage.adopt_users(RESOURCE, [User(ADA, world.clock.now)], lambda _: None)
    early = Refusal(ADA, "insideWindow", "Forbidden", 5829, "The room is not open yet.")
    for seconds in (0, 30):
        tried = after(world.clock.now, seconds * SECOND)
        await world.storage.note_refusal(CallId(RESOURCE, room), early, 2, tried, tried)
    target = f"/openrooms/rooms/{room}/refusals"
    answer = await world.call("GET", target, version=None)
    assert answer.json == {
        "value": [
            {
                "roomId": room,
                "rawId": ADA,
                "rule": "insideWindow",
                "code": "Forbidden",
                "message": "The room is not open yet.",
                "count": 4,
                "firstAt": "2025-08-29T00:29:48+00:00",
                "lastAt": "2025-08-29T00:30:18+00:00",
            }
        ]
    }
    for number in range(attendance.PAGE):
        rule = Refusal(ADA, f"rule{number}", "Forbidden")
        await world.storage.note_refusal(CallId(RESOURCE, room), rule, 1, world.clock.now, world.clock.now)
    first = (await world.call("GET", target, version=None)).json
    link = urlsplit(first["nextLink"])
    last = (await world.call("GET", f"{link.path}?{link.query}", version=None)).json
    assert [one["rule"] for one in last["value"]] == ["insideWindow"]
    assert "nextLink" not in last


async def test_a_time_has_the_stays_and_refusals_of_all_rooms(world: World) -> None:
    """Its pages keep the time."""
    rooms = [RoomId((await world.create({}))["id"]) for _ in range(2)]
    await world.storage.adopt_users(RESOURCE, [User(ADA, world.clock.now)], lambda _: None)
    for number in range(attendance.PAGE + 5):
        call = CallId(RESOURCE, rooms[number % 2])
        await world.storage.note_presence(call, Joined(SessionId(f"RM_{number % 2}"), stay(world, number)))
        tried = after(world.clock.now, number * SECOND)
        await world.storage.note_refusal(call, Refusal(ADA, f"rule{number}", "Forbidden"), 1, tried, tried)
    times = "from=2025-08-29T02:29:49%2B02:00&until=2025-08-29T00:31:30Z"
    for name in ("attendance", "refusals"):
        first = (await world.call("GET", f"/openrooms/{name}?{times}", version=None)).json
        link = urlsplit(first["nextLink"])
        last = (await world.call("GET", f"{link.path}?{link.query}", version=None)).json
        found = [*first["value"], *last["value"]]
        assert (len(found), {one["roomId"] for one in found}) == (101, {*rooms})
        assert found[0].get("joinedAt", found[0].get("lastAt")) == "2025-08-29T00:29:49+00:00"
        assert "nextLink" not in last
        for bad in ("from=soon", "from=2025-08-30&until=2025-08-30"):
            assert (await world.call("GET", f"/openrooms/{name}?{bad}", version=None)).status == 400


async def test_what_is_refused(world: World) -> None:
    room = (await world.create({}))["id"]
    target = f"/openrooms/rooms/{room}/attendance"
    unknown = await world.call("GET", "/openrooms/rooms/99475330965778483/attendance", version=None)
    bad_place = await world.call("GET", f"{target}?nextLink=AAAAAAAAAAAAAAAA", version=None)
    unsigned = await world.call("GET", target, None, {"authorization": "Bearer eyJh.b.c"}, version=None)
    assert [answer.status for answer in (unknown, bad_place, unsigned)] == [404, 400, 401]
