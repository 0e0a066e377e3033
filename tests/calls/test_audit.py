"""The audit trail of joins, connections and refusals."""

import json

import pytest
from tests.calls.stage import Refused, Stage
from tests.calls.test_gate import try_token

pytestmark = pytest.mark.asyncio(loop_scope="session")


def events_of(play: Stage, caller: str) -> list[tuple[str, str, str | None]]:
    """Return operation, outcome and reason of every event of one caller."""
    events = [json.loads(line) for line in play.audit_log.read_text().splitlines()]
    return [
        (event["operation"], event["outcome"], event.get("reason")) for event in events if event["caller"] == caller
    ]


async def test_joins_and_connects_are_recorded(play: Stage) -> None:
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    joined = await play.join(room, user.token)
    assert (await try_token(play, joined["mediaToken"], "/livekit/rtc")).status == 101
    assert events_of(play, user.raw_id) == [("join_call", "done", None), ("connect", "done", None)]


async def test_refusals_of_a_removed_user_are_recorded(play: Stage) -> None:
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    joined = await play.join(room, user.token)
    await play.roles(room, {user.raw_id: None})
    assert (await try_token(play, joined["mediaToken"], "/livekit/rtc")).status == 403
    with pytest.raises(Refused):
        await play.join(room, user.token)
    assert events_of(play, user.raw_id)[1:] == [
        ("connect", "refused", "NotInvited"),
        ("join_call", "refused", "NotInvited"),
    ]


async def test_a_revoked_token_still_names_its_user(play: Stage) -> None:
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"})
    await play.revoke(user.raw_id)
    with pytest.raises(Refused):
        await play.join(room, user.token)
    assert events_of(play, user.raw_id) == [("join_call", "refused", "TokenRefused")]


async def test_a_forged_media_token_has_no_caller(play: Stage) -> None:
    before = play.audit_log.read_text()
    assert (await try_token(play, "eyJhbGciOiJIUzI1NiJ9.e30.x", "/livekit/rtc")).status == 401
    assert play.audit_log.read_text() == before
