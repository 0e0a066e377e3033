"""The default limits of `serve` on joining and connecting, with a real media engine."""

import pytest
from tests.calls.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ask(stage: Stage, method: str, path: str, token: str) -> tuple[int, str]:
    """Return the status and `Retry-After`."""
    headers = {"Authorization": f"Bearer {token}"}
    async with stage.session.request(method, f"{stage.url}{path}", headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After", "")


async def test_refused_joins_do_not_block_other_users(own: Stage) -> None:
    """A user who is on no roster tries all the time; others join from the same address."""
    presenter, stranger = await own.user(), await own.user()
    room = await own.room({presenter.raw_id: "Presenter"})
    refused = [await ask(own, "POST", f"/openrooms/rooms/{room}/join", stranger.token) for _ in range(60)]
    assert refused[:20] == [(403, "")] * 20
    assert (429, "1") in refused[20:]
    for _ in range(30):
        assert (await own.join(room, presenter.token))["role"] == "Presenter"
        refused.append(await ask(own, "POST", f"/openrooms/rooms/{room}/join", stranger.token))
    assert {status for status, _ in refused} == {403, 429}
    assert await own.roles(room, {presenter.raw_id: "Attendee"}) is None


async def test_the_gate_has_the_same_limits_as_joining(own: Stage) -> None:
    user = await own.user()
    room = await own.room({user.raw_id: "Attendee"})
    token = (await own.join(room, user.token))["mediaToken"]
    await own.roles(room, {user.raw_id: None})
    path = f"/livekit/rtc/validate?access_token={token}"
    answers = [await ask(own, "GET", path, token) for _ in range(40)]
    assert answers[:20] == [(403, "")] * 20
    # LiveKit's SDKs give up after a 429 and retry after a 503.
    assert (503, "1") in answers[20:]
