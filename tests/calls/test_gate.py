"""The gate checks each connection again, whatever its token, and refuses in a form that SDKs understand."""

import asyncio
import base64
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import jwt
import msgspec
import pytest
import pytest_asyncio
from livekit.api import AccessToken, VideoGrants
from livekit.protocol import rtc as signals
from tests.calls.stage import CALL_LIMIT, LIVEKIT_KEY, LIVEKIT_SECRET, Refused, Stage, User, eventually, stage
from tests.support.patience import patient
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHER_RESOURCE = "00000000-0000-4000-8000-00000000dead"


class Answer(msgspec.Struct):
    """An answer of the gate: 101, 200, or the status and error of a refusal."""

    status: int
    error: Mapping[str, Any] | None = None

    @property
    def sub_code(self) -> int | None:
        return (self.error or {}).get("subCode")


async def try_token(play: Stage, token: str, path: str = "/livekit/rtc/v1", **query: str) -> Answer:
    """Try to connect with a token in the query, as browsers send it; close at once."""
    return await try_connecting(play, f"{path}?{urlencode({'access_token': token} | query)}")


async def try_connecting(play: Stage, target: str, *headers: tuple[str, str]) -> Answer:
    """Try to connect; close at once."""
    try:
        async with connect(f"ws://127.0.0.1:{play.port}{target}", additional_headers=headers):
            return Answer(101)
    except InvalidStatus as refused:
        body = refused.response.body
        return Answer(refused.response.status_code, msgspec.json.decode(body)["error"] if body else None)


async def try_every_endpoint(play: Stage, token: str) -> dict[str, Answer]:
    """Send a token to every endpoint that accepts one, in the query and in the header."""
    query, bearer = f"?{urlencode({'access_token': token})}", {"Authorization": f"Bearer {token}"}
    answers = {}
    for path in ("/livekit/rtc", "/livekit/rtc/v1"):
        answers[f"{path}, query"] = await try_connecting(play, path + query)
        if token.isascii():
            answers[f"{path}, header"] = await try_connecting(play, path, *bearer.items())
        answers[f"{path}/validate, query"] = await ask(play, "GET", f"{path}/validate{query}")
        answers[f"{path}/validate, header"] = await ask(play, "GET", f"{path}/validate", bearer)
        answers[f"gate, {path}, query"] = await ask(play, "GET", "/openrooms/gate", {"X-Original-URI": path + query})
        answers[f"gate, {path}, header"] = await ask(play, "GET", "/openrooms/gate", {"X-Original-URI": path} | bearer)
    return answers


async def ask(play: Stage, method: str, target: str, headers: dict[str, str] | None = None) -> Answer:
    async with play.session.request(method, f"{play.url}{target}", headers=headers) as answer:
        text = await answer.read()
        return Answer(answer.status, None if answer.ok else msgspec.json.decode(text)["error"])


def forged(joined: Mapping[str, Any], *, key: str = LIVEKIT_SECRET, **changes: object) -> str:
    """Return a media token with changed claims; `video__x` is a claim of `video`."""
    claims = jwt.decode(joined["mediaToken"], options={"verify_signature": False})
    for name, value in changes.items():
        place, _, inner = name.partition("__")
        if inner:
            claims[place] = claims[place] | {inner: value}
        else:
            claims[place] = value
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, "HS256")


@pytest_asyncio.fixture(loop_scope="session")
async def joined(play: Stage):
    """Return the answer of an Attendee's join."""
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    return await play.join(room, user.token)


async def test_users_who_may_join_can_connect(play, joined):
    # LiveKit's newer path needs more than a token, and LiveKit itself refuses without it.
    incomplete = {"/livekit/rtc/v1, query": 403, "/livekit/rtc/v1, header": 403}
    for door, answer in (await try_every_endpoint(play, joined["mediaToken"])).items():
        assert answer.status == incomplete.get(door, 101 if door.startswith("/livekit/rtc, ") else 200), door
    assert (await try_token(play, joined["mediaToken"], "/livekit//rtc")).status == 101


async def test_a_refusal_by_livekit_is_final(play, joined):
    answer = await try_token(play, joined["mediaToken"], "/livekit/rtc/v1", join_request="!")
    assert answer.status == 403


async def test_signalling_works_in_both_directions(play, joined):
    async with connect(signalling(play, joined)) as socket:
        first = signals.SignalResponse.FromString(await socket.recv())
        assert first.join.participant.identity == joined["identity"]
        await socket.send(signals.SignalRequest(ping_req=signals.Ping(timestamp=7)).SerializeToString())
        async for message in socket:
            if signals.SignalResponse.FromString(message).HasField("pong_resp"):
                break


async def test_a_large_message_ends_the_connection(play, joined):
    async with connect(signalling(play, joined)) as socket:
        await socket.send(b"x" * 65_537)
        await socket.wait_closed()
        assert socket.close_code == 1009


async def test_malformed_text_ends_the_connection(play, joined):
    """Text that is not UTF-8 leaves no traceback in the log."""
    async with connect(signalling(play, joined)) as socket:
        await socket.send(b"\xff\xfe", text=True)
        await socket.wait_closed()
        assert socket.close_code == 1007
    assert "Traceback" not in play.log.read_text()
    assert (await try_token(play, joined["mediaToken"], "/livekit/rtc")).status == 101


def signalling(play: Stage, joined: Mapping[str, Any]) -> str:
    return f"ws://127.0.0.1:{play.port}/livekit/rtc?protocol=15&sdk=js&access_token={joined['mediaToken']}"


def refusals() -> list[Any]:
    return [
        pytest.param({"key": "another secret of thirty-two characters"}, id="signed with another key"),
        pytest.param({"exp": 1_600_000_000}, id="expired"),
        pytest.param({"exp": None}, id="without an expiry"),
        pytest.param({"iss": "somebody else"}, id="of another issuer"),
        pytest.param({"video__roomJoin": False}, id="not for joining"),
        pytest.param({"video__room": f"{OTHER_RESOURCE}.99400000000000001"}, id="for another resource"),
        pytest.param({"video__room": "lobby"}, id="for a room of another program"),
        pytest.param({"attributes": {}}, id="without a count of revocations"),
        pytest.param({"attributes": {"rev": "1"}}, id="with another count of revocations"),
        pytest.param({"video__roomAdmin": True}, id="with administration of the room"),
        pytest.param({"video__hidden": True}, id="of a hidden participant"),
        pytest.param({"video__canUpdateOwnMetadata": True}, id="that may rename itself"),
        pytest.param({"video__canPublishSources": ["screen_share"]}, id="that may share a screen"),
        pytest.param({"video__canPublishSources": []}, id="that may publish anything"),
        pytest.param({"video": {"roomJoin": True, "room": "x"}}, id="without any restriction"),
    ]


@pytest.mark.parametrize("changes", refusals())
async def test_other_tokens_are_refused(play, joined, changes):
    for door, answer in (await try_every_endpoint(play, forged(joined, **changes))).items():
        assert (answer.status, answer.sub_code) == (401, 4507), door


async def test_a_second_identity_is_refused(play, joined):
    for door, answer in (await try_every_endpoint(play, forged(joined, sub=f"{joined['identity']}#x"))).items():
        assert answer.status == 401, door
    token = joined["mediaToken"]
    bearer = ("Authorization", f"Bearer {token}")
    for query in ("publish=x", "publish=", "%70ublish=x", "publish=&publish=x"):
        for path in ("/livekit/rtc", "/livekit/rtc/v1"):
            assert (await try_connecting(play, f"{path}?access_token={token}&{query}")).status == 403
            assert (await try_connecting(play, f"{path}?{query}", bearer)).status == 403
            assert (await ask(play, "GET", f"{path}/validate?access_token={token}&{query}")).status == 403
            target = f"{path}?access_token={token}&{query}"
            assert (await ask(play, "GET", "/openrooms/gate", {"X-Original-URI": target})).status == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "%00", "eyJhbGciOiJub25lIn0.e30."])
async def test_malformed_tokens_are_refused(play, token):
    assert (await try_token(play, token)).status == 401
    assert (await ask(play, "GET", f"/livekit/rtc/validate?access_token={quote(token)}")).status == 401


async def test_the_longest_name_fits_in_a_token(play):
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    joined = await play.join(room, user.token, "\N{GRINNING FACE}" * 256)
    assert (await try_token(play, joined["mediaToken"], "/livekit/rtc")).status == 101


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("&".join(f"a{number}=1" for number in range(64)), 200, id="the most parameters"),
        pytest.param("&".join(f"a{number}=1" for number in range(65)), 403, id="one parameter more"),
        pytest.param("a&" * 3000, 403, id="many parameters"),
        pytest.param("x=" + "%61" * 2400, 200, id="a long value"),
        pytest.param("x=" + "%61" * 2800, 403, id="a query that is too long"),
        pytest.param("%61" * 22 + "=1", 403, id="a long name"),
        pytest.param("access_token=" + "A" * 8200, 403, id="a query of one long token"),
        pytest.param("access_token=" + "A" * 7500, 401, id="a token that is too long"),
    ],
)
async def test_queries_have_limits(play, joined, query, status):
    target = f"/livekit/rtc?{query}"
    bearer = {"Authorization": f"Bearer {joined['mediaToken']}"}
    assert (await ask(play, "GET", "/openrooms/gate", {"X-Original-URI": target} | bearer)).status == status


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("[" * 5000, id="brackets"),
        pytest.param('{"alg":' * 700, id="objects"),
        pytest.param('{"alg":"HS256","typ":"JWT","x":"' + "x" * 200 + '"}', id="longer than ours"),
    ],
)
async def test_a_long_token_header_is_not_parsed(play, joined, head):
    text = base64.urlsafe_b64encode(head.encode()).rstrip(b"=").decode()
    token = ".".join([text, *joined["mediaToken"].split(".")[1:]])
    for door, answer in (await try_every_endpoint(play, token)).items():
        assert answer.status == 401, door


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/livekit/twirp/livekit.RoomService/ListRooms"),
        ("POST", "/livekit/twirp/livekit.RoomService/ListRooms"),
        ("GET", "/livekit/rtc"),
        ("GET", "/livekit/nothing"),
        ("GET", "/livekit/rtc/v1/../../twirp"),
    ],
)
async def test_other_paths_are_refused_with_403(play, method, path):
    assert (await ask(play, method, path)).status == 403
    assert (await try_token(play, "x", "/livekit/nothing")).status == 403


async def test_sdks_can_warm_up_and_validate(play, joined):
    assert (await ask(play, "HEAD", "/livekit")).status == 200
    assert (await ask(play, "GET", "/livekit/")).status == 200
    assert (await ask(play, "GET", f"/livekit/rtc/v1/validate?access_token={joined['mediaToken']}")).status == 200


async def test_a_kept_token_that_is_refused_is_recorded_once(play, joined):
    room, token = joined["roomId"], joined["mediaToken"]
    await play.roles(room, {joined["identity"]: None})
    assert (await try_token(play, token, "/livekit/rtc")).status == 403
    # An SDK asks for the reason in its next request.
    assert (await ask(play, "GET", f"/livekit/rtc/validate?access_token={token}")).status == 403

    async def recorded() -> bool:
        refusals = (await play.ask("GET", f"/openrooms/rooms/{room}/refusals"))["value"]
        found = [(one["rawId"], one["rule"], one["message"], one["count"]) for one in refusals]
        return found == [(joined["identity"], "onRoster", "You are not on the roster of this room.", 1)]

    await eventually(recorded)


@pytest.mark.parametrize(
    ("refused", "status", "sub_code"),
    [
        (lambda play, room, raw_id: play.roles(room, {raw_id: None}), 403, 5828),
        (lambda play, room, raw_id: play.move(room, opens=600, lasts=1200), 403, 5829),
        (lambda play, room, raw_id: play.delete_room(room), 403, 5732),
        (lambda play, room, raw_id: play.revoke(raw_id), 401, 4507),
        (lambda play, room, raw_id: play.delete_user(raw_id), 401, 4507),
        (lambda play, room, raw_id: play.roles(room, {raw_id: "Consumer"}), 401, 4507),
    ],
    ids=["removed", "closed", "room deleted", "revoked", "user deleted", "role lowered"],
)
async def test_a_refusal_gives_its_reason(play, joined, refused, status, sub_code):
    await refused(play, joined["roomId"], joined["identity"])
    for door, answer in (await try_every_endpoint(play, joined["mediaToken"])).items():
        assert (answer.status, answer.sub_code) == (status, sub_code), door


async def test_different_tokens_in_one_request_are_refused(play, joined):
    """Otherwise the gate could check one token, and LiveKit use the other."""
    good, bad = joined["mediaToken"], forged(joined, video__canPublishSources=["screen_share"])
    twice = "access_token={}&access_token={}"
    for first, second in ((good, bad), (bad, good)):
        both = twice.format(first, second)
        for target, headers in (
            (f"/livekit/rtc?{both}", []),
            (f"/livekit/rtc?access%5Ftoken={first}&access_token={second}", []),
            (f"/livekit/rtc?access_token={first}", [("Authorization", f"Bearer {second}")]),
            ("/livekit/rtc", [("Authorization", f"Bearer {first}"), ("Authorization", f"Bearer {second}")]),
        ):
            assert (await try_connecting(play, target, *headers)).status == 401, target
            proxied = [("X-Original-URI", target), *headers]
            assert (await try_connecting(play, "/openrooms/gate", *proxied)).status == 401, target
    assert (await try_connecting(play, f"/livekit/rtc?{twice.format(good, good)}")).status == 101


async def test_different_original_paths_are_refused(play, joined):
    """A proxy overwrites only one of the two headers, so a client may have set the other."""
    good, bad = f"/livekit/rtc?access_token={joined['mediaToken']}", "/livekit/rtc?access_token=x"
    for headers in (
        [("X-Original-URI", good), ("X-Forwarded-Uri", bad)],
        [("X-Original-URI", bad), ("X-Forwarded-Uri", good)],
        [("X-Forwarded-Uri", bad), ("X-Forwarded-Uri", good)],
    ):
        assert (await try_connecting(play, "/openrooms/gate", *headers)).status == 403
    agreed = {"X-Original-URI": good, "X-Forwarded-Uri": good}
    assert (await ask(play, "GET", "/openrooms/gate", agreed)).status == 200


async def test_the_gate_answers_a_proxy(play, joined):
    token = joined["mediaToken"]
    bearer = {"Authorization": f"Bearer {token}"}
    nginx = {"X-Original-URI": f"/livekit/rtc/v1?access_token={token}"}
    caddy = {"X-Forwarded-Uri": f"/livekit/rtc/v1?join_request=x&access_token={token}"}
    assert (await ask(play, "GET", "/openrooms/gate", nginx)).status == 200
    assert (await ask(play, "GET", "/openrooms/gate", caddy)).status == 200
    assert (await ask(play, "GET", "/openrooms/gate", {"X-Original-URI": "/livekit/rtc"} | bearer)).status == 200
    assert (await ask(play, "GET", f"/openrooms/gate/livekit/rtc?access_token={token}")).status == 200
    assert (await ask(play, "GET", "/openrooms/gate", {"X-Original-URI": "/livekit/twirp/x"} | bearer)).status == 403
    assert (await ask(play, "GET", "/openrooms/gate")).status == 403


async def test_the_longest_join_request(play, joined):
    answer = await try_token(play, joined["mediaToken"], "/livekit/rtc", filler="x" * 6000)
    assert answer.status == 101
    too_long = quote("/livekit/rtc?filler=" + "x" * 8200)
    answer = await ask(
        play, "GET", f"/openrooms/gate?access_token={joined['mediaToken']}", {"X-Original-URI": too_long}
    )
    assert answer.status == 403


async def test_nobody_removed_while_connecting_stays(play):
    """Whatever the order of removal and connection, a removed user is out within a second."""
    users = [await play.user() for _ in range(24)]
    room = await play.room({user.raw_id: "Attendee" for user in users})
    tokens = [(await play.join(room, user.token))["mediaToken"] for user in users]

    async def connect_until_closed(token: str) -> str:
        target = f"ws://127.0.0.1:{play.port}/livekit/rtc?protocol=15&sdk=js&access_token={token}"
        try:
            async with connect(target) as socket:
                async for _ in socket:
                    pass
        except InvalidStatus:
            return "refused"
        return "disconnected"

    async def remove(user: User, after: float) -> None:
        await asyncio.sleep(after)
        await play.roles(room, {user.raw_id: None})

    connecting = asyncio.gather(*map(connect_until_closed, tokens))
    await asyncio.gather(*(remove(user, number * 0.004) for number, user in enumerate(users)))
    ends = await asyncio.wait_for(connecting, patient(1))
    assert set(ends) <= {"refused", "disconnected"}

    async def is_empty() -> bool:
        return not (await play.ask("GET", f"/openrooms/rooms/{room}/call"))["participants"]

    # LiveKit briefly lists clients whose connection was closed while they were joining.
    await eventually(is_empty, 1.0)


async def test_without_livekit_clients_are_told_to_retry(own):
    user = await own.user()
    room = await own.room({user.raw_id: "Attendee"})
    joined = await own.join(room, user.token)
    await own.kill_livekit()
    assert (await try_token(own, joined["mediaToken"])).status == 503
    with pytest.raises(Refused) as refused:
        await own.join(room, user.token)
    assert (refused.value.status, refused.value.error["code"]) == (503, "ServiceUnavailable")


async def test_a_full_call_is_refused_everywhere(tmp_path):
    async with stage(tmp_path, call_limit=2) as small:
        users = [await small.user() for _ in range(3)]
        room = await small.room({user.raw_id: "Attendee" for user in users})
        early = await small.join(room, users[2].token)
        people = [await small.person(room, user) for user in users[:2]]
        with pytest.raises(Refused) as refused:
            await small.join(room, users[2].token)
        assert (refused.value.status, refused.value.error["code"]) == (403, "CallFull")
        answer = await try_token(small, early["mediaToken"])
        assert (answer.status, (answer.error or {})["code"]) == (403, "CallFull")
        # Someone who is in the call already may connect again.
        assert (await try_token(small, people[0].tokens[-1], "/livekit/rtc")).status == 101
        await asyncio.gather(*(person.leave() for person in people))


async def test_the_351st_is_refused(play):
    """The default limit applies to new people; someone who is in the call may connect again."""
    slots = asyncio.Semaphore(8)

    async def user(_: int) -> User:
        async with slots:
            return await play.user()

    users = await asyncio.gather(*map(user, range(CALL_LIMIT + 1)))
    room = await play.room({user.raw_id: "Consumer" for user in users})
    late = await play.join(room, users[-1].token)
    async with AsyncExitStack() as stack:

        async def enter(user: User) -> None:
            async with slots:
                token = (await play.join(room, user.token))["mediaToken"]
                target = f"ws://127.0.0.1:{play.port}/livekit/rtc?protocol=15&sdk=js&access_token={token}"
                await stack.enter_async_context(connect(target, ping_interval=None))

        await asyncio.gather(*map(enter, users[:-1]))

        async def is_full() -> bool:
            return len((await play.ask("GET", f"/openrooms/rooms/{room}/call"))["participants"]) == CALL_LIMIT

        await eventually(is_full)
        with pytest.raises(Refused) as refused:
            await play.join(room, users[-1].token)
        assert (refused.value.status, refused.value.error["code"]) == (403, "CallFull")
        assert "350" in refused.value.error["message"]
        for answer in (
            await try_token(play, late["mediaToken"]),
            await ask(play, "GET", f"/livekit/rtc/validate?access_token={late['mediaToken']}"),
            await ask(play, "GET", f"/openrooms/gate/livekit/rtc?access_token={late['mediaToken']}"),
        ):
            assert (answer.status, (answer.error or {})["code"]) == (403, "CallFull")
        why = await play.ask("GET", f"/openrooms/rooms/{room}/why?rawId={quote(users[-1].raw_id, safe='')}")
        assert why["rules"][-1]["rule"] == "callHasRoom"
        assert not why["mayJoin"]
        again = await play.join(room, users[0].token)
        target = f"ws://127.0.0.1:{play.port}/livekit/rtc?protocol=15&sdk=js&access_token={again['mediaToken']}"
        await stack.enter_async_context(connect(target, ping_interval=None))
        # When a place becomes free, the refused user can take it.
        await play.ask("POST", f"/openrooms/rooms/{room}/call/participants/{quote(users[1].raw_id)}:remove")

        async def is_admitted() -> bool:
            return (await try_token(play, late["mediaToken"], "/livekit/rtc")).status == 101

        await eventually(is_admitted)
        await play.ask("POST", f"/openrooms/rooms/{room}/call:end")


async def test_a_token_grants_nothing_else_in_livekit(play, joined):
    granted = jwt.decode(joined["mediaToken"], options={"verify_signature": False})["video"]
    assert granted == {
        "roomJoin": True,
        "room": granted["room"],
        "canPublish": True,
        "canPublishSources": ["camera", "microphone"],
        "canPublishData": True,
        "canSubscribe": True,
        "canUpdateOwnMetadata": False,
        "hidden": False,
    }


async def test_an_admin_token_is_refused_by_the_gate(play):
    grants = VideoGrants(room_create=True, room_list=True, room_admin=True, room="x")
    admin = AccessToken(LIVEKIT_KEY, LIVEKIT_SECRET).with_grants(grants).with_ttl(timedelta(minutes=1)).to_jwt()
    assert (await try_token(play, admin)).status == 401
