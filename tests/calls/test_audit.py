"""What the audit trail says of people who join, connect and are refused."""

import json

import pytest
from tests.calls.stage import Refused, Stage
from tests.calls.test_gate import knock

pytestmark = pytest.mark.asyncio(loop_scope="session")


def told(play: Stage, caller: str) -> list[tuple[str, str, str | None]]:
    """Return operation, outcome and reason of every event of one caller."""
    events = [json.loads(line) for line in play.audit_log.read_text().splitlines()]
    return [(one["operation"], one["outcome"], one.get("reason")) for one in events if one["caller"] == caller]


async def test_joins_and_connects(play: Stage) -> None:
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    joined = await play.join(room, user.token)
    assert (await knock(play, joined["mediaToken"], "/livekit/rtc")).status == 101
    assert told(play, user.raw_id) == [("join_call", "done", None), ("connect", "done", None)]


async def test_somebody_taken_off_the_roster(play: Stage) -> None:
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    joined = await play.join(room, user.token)
    await play.roles(room, {user.raw_id: None})
    assert (await knock(play, joined["mediaToken"], "/livekit/rtc")).status == 403
    with pytest.raises(Refused):
        await play.join(room, user.token)
    assert told(play, user.raw_id)[1:] == [
        ("connect", "refused", "NotInvited"),
        ("join_call", "refused", "NotInvited"),
    ]


async def test_somebody_whose_tokens_were_revoked_is_still_known(play: Stage) -> None:
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    await play.revoke(user.raw_id)
    with pytest.raises(Refused):
        await play.join(room, user.token)
    assert told(play, user.raw_id) == [("join_call", "refused", "TokenRefused")]


async def test_a_forged_media_token_has_no_caller(play: Stage) -> None:
    before = play.audit_log.read_text()
    assert (await knock(play, "eyJhbGciOiJIUzI1NiJ9.e30.x", "/livekit/rtc")).status == 401
    assert play.audit_log.read_text() == before
