"""`openrooms.calls` against a real service, sync and async."""

import asyncio
import inspect
from datetime import UTC, datetime

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from tests.calls.stage import KEY, Person, Stage
from tests.support.patience import patient

from openrooms import ParticipantRole
from openrooms.calls import CallRefusedError, CallsClient
from openrooms.calls import aio as calls_aio
from openrooms.identity import CommunicationUserIdentifier

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_from_joining_to_its_end(play: Stage):
    ann, bo = await play.user(), await play.user()
    room = await play.room({ann.raw_id: "Presenter", bo.raw_id: "Attendee"})
    async with (
        calls_aio.CallsClient.for_user(play.url, ann.token) as doctor,
        calls_aio.CallsClient.for_user(play.url, bo.token) as visitor,
        calls_aio.CallsClient(play.url, KEY.reveal()) as operator,
    ):
        assert not (await doctor.get_call(room)).is_active
        joined = await visitor.join_call(room, display_name="Bo")
        assert joined.role is ParticipantRole.ATTENDEE
        assert joined.capabilities == {"turnVideoOn", "unmuteMic"}
        assert joined.identity == CommunicationUserIdentifier(bo.raw_id)
        assert joined.media_token not in repr(joined)
        person = Person({"mediaToken": joined.media_token, "mediaUrl": joined.media_url})
        await person.connect()
        (participant,) = (await doctor.get_call(room)).participants
        assert (participant.communication_identifier.raw_id, participant.role, participant.display_name) == (
            bo.raw_id,
            "Attendee",
            "Bo",
        )
        await doctor.mute_participant(room, participant.communication_identifier)
        await doctor.remove_from_call(room, bo.raw_id)
        await asyncio.wait_for(asyncio.shield(person.left), patient(1))
        with pytest.raises(ResourceNotFoundError, match="not in the call"):
            await operator.remove_from_call(room, bo.raw_id)
        with pytest.raises(CallRefusedError, match="Presenter"):
            await visitor.end_call(room)
        await doctor.end_call(room)
        explained = await operator.explain_joining(room, bo.raw_id)
        assert explained.may_join
        assert [rule.name for rule in explained.rules if not rule.passed] == []
        await person.leave()


async def test_a_refusal_has_its_reason_and_the_window(play: Stage):
    user = await play.user()
    room = await play.room({user.raw_id: "Attendee"}, opens=60)

    def ask() -> CallRefusedError:
        with CallsClient.for_user(play.url, user.token) as client, pytest.raises(CallRefusedError) as refused:
            client.join_call(room)
        return refused.value

    refusal = await asyncio.to_thread(ask)
    assert refusal.sub_code == 5829
    assert refusal.valid_from is not None
    assert refusal.valid_from > datetime.now(UTC)
    assert refusal.valid_until is not None
    assert "not open yet" in str(refusal)
    assert user.token not in str(refusal)


async def test_dialling_out_without_a_line_is_not_retried(play: Stage):
    room = await play.room({})
    await play.ask("PATCH", f"/rooms/{room}?api-version=2025-03-13", {"pstnDialOutEnabled": True})
    async with calls_aio.CallsClient(play.url, KEY.reveal()) as operator:
        with pytest.raises(HttpResponseError, match="telephone line") as refused:
            await operator.dial_out(room, "+15550100")
    assert refused.value.status_code == 501


async def test_both_clients_have_the_same_methods():
    def shape(client: type) -> dict[str, str]:
        members = inspect.getmembers(client, inspect.isfunction)
        return {
            name: str(inspect.signature(member)).replace("AsyncTokenCredential", "TokenCredential")
            for name, member in members
            if not name.startswith("_")
        }

    assert shape(CallsClient) == shape(calls_aio.CallsClient)
