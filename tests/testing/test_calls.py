"""Calls in tests: simulated participants pass the rules of the service, and tests wait for what follows."""

from datetime import timedelta

import pytest

from openrooms import CommunicationRoom, ParticipantRole, RoomParticipant, RoomsClient
from openrooms.calls import CallRefusedError
from openrooms.testing import RoomsBench, RoomsClock

PRESENTER, ATTENDEE, CONSUMER = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER


@pytest.fixture
def visit(rooms_client: RoomsClient) -> CommunicationRoom:
    return rooms_client.create_room()


@pytest.fixture
def call(rooms_call, visit):
    return rooms_call(visit)


# Joining


def test_a_user_joins_in_a_role(call, rooms_user):
    ada, bo = rooms_user("Ada"), rooms_user("Bo")
    doctor = call.join(ada, PRESENTER)
    patient = call.join(bo, ATTENDEE)
    assert [(person.display_name, person.role) for person in call.participants] == [
        ("Ada", PRESENTER),
        ("Bo", ATTENDEE),
    ]
    assert call.roles == {ada.raw_id: PRESENTER, bo.raw_id: ATTENDEE}
    assert (doctor.role, doctor.state, doctor.ending) == (PRESENTER, "connected", None)
    assert "screen_share" in doctor.may_publish
    assert patient.may_publish == {"microphone", "camera"}


def test_a_user_is_an_identifier_for_clients(rooms_client, call, visit, rooms_user):
    ada = rooms_user()
    rooms_client.add_or_update_participants(visit.id, [RoomParticipant(ada.identifier, PRESENTER)])
    assert call.join(ada).role is PRESENTER
    rooms_client.remove_participants(visit.id, [ada])
    call.wait_for()


def test_who_is_not_invited_is_refused(call, rooms_user):
    eve = rooms_user("Eve")
    with pytest.raises(CallRefusedError) as refused:
        call.join(eve)
    assert refused.value.sub_code == 5828
    assert not call.why(eve).may_join
    assert ada_may_join(call, rooms_user)


def ada_may_join(call, rooms_user) -> bool:
    ada = rooms_user("Ada")
    call.join(ada, ATTENDEE)
    return call.why(ada).may_join


def test_the_token_of_a_user_is_not_shown(rooms_user):
    ada = rooms_user("Ada")
    assert ada.token not in repr(ada)
    assert ada.raw_id in repr(ada)


# What happens in the call


def test_a_participant_publishes_what_the_role_allows(call, rooms_user):
    bo = call.join(rooms_user(), ATTENDEE)
    camera = bo.publish("camera")
    assert [(track.source, track.kind, track.muted) for track in bo.tracks] == [("camera", "video", False)]
    with pytest.raises(PermissionError, match="screen_share"):
        bo.publish("screen_share")
    bo.unpublish(camera)
    assert bo.tracks == ()


def test_a_new_role_applies_at_once(rooms_client, call, rooms_user):
    ada = rooms_user()
    participant = call.join(ada, PRESENTER)
    participant.publish("screen_share")
    rooms_client.add_or_update_participants(call.room_id, [RoomParticipant(ada.raw_id, CONSUMER)])
    call.wait_until(lambda: participant.role is CONSUMER)
    assert participant.tracks == ()
    assert participant.state == "connected"


def test_a_muted_microphone_is_unmuted_by_its_owner(call, rooms_user):
    ada = rooms_user()
    participant = call.join(ada, PRESENTER)
    microphone = participant.publish("microphone")
    call.mute(ada)
    assert [track.muted for track in participant.tracks] == [True]
    participant.unmute(microphone)
    participant.mute(microphone)
    assert [track.muted for track in participant.tracks] == [True]


def test_a_mislabelled_track_is_taken_down(call, rooms_user):
    bo = call.join(rooms_user(), ATTENDEE)
    bo.publish("microphone", "video")
    call.wait_until(lambda: bo.tracks == ())


@pytest.mark.parametrize(
    ("end", "ending"),
    [
        pytest.param(lambda call, ada: call.remove(ada), "removed", id="removed"),
        pytest.param(lambda call, _: call.end(), "call ended", id="ended"),
    ],
)
def test_the_operator_ends_a_participation(call, rooms_user, end, ending):
    ada = rooms_user()
    participant = call.join(ada, PRESENTER)
    end(call, ada)
    assert participant.ending == ending
    with pytest.raises(ConnectionError):
        participant.publish("camera")
    assert call.why(ada).may_join


def test_leaving_is_seen(call, rooms_user):
    ada = rooms_user()
    participant = call.join(ada, ATTENDEE)
    call.wait_for(ada)
    participant.leave()
    participant.leave()
    call.wait_for()
    assert participant.ending == "left"


def test_a_lost_connection_ends_by_the_clock(call, rooms_user, rooms_clock):
    participant = call.join(rooms_user(), ATTENDEE)
    participant.lose_connection()
    assert participant.state == "reconnecting"
    assert len(call.participants) == 1
    rooms_clock.advance(seconds=10)
    participant.reconnect()
    assert participant.state == "connected"
    participant.lose_connection()
    rooms_clock.advance(seconds=20)
    assert participant.ending == "connection lost"
    assert call.participants == ()


# The clock


def test_the_end_of_the_window_ends_the_call(rooms_client, rooms_call, rooms_user, rooms_clock):
    """The call has ended when `advance` returns, and so has every use of the media token."""
    now = rooms_clock.now()
    call = rooms_call(rooms_client.create_room(valid_from=now, valid_until=now + timedelta(hours=1)))
    participant = call.join(rooms_user(), ATTENDEE)
    rooms_clock.advance(minutes=59)
    assert participant.state == "connected"
    rooms_clock.advance(minutes=1)
    assert participant.ending == "call ended"


def test_a_room_opens_tomorrow(rooms_client, rooms_call, rooms_user, rooms_clock):
    begins = rooms_clock.now() + timedelta(days=1)
    call = rooms_call(rooms_client.create_room(valid_from=begins, valid_until=begins + timedelta(hours=1)))
    ada = rooms_user()
    with pytest.raises(CallRefusedError) as refused:
        call.join(ada, ATTENDEE)
    assert refused.value.sub_code == 5829
    rooms_clock.set(begins)
    assert not call.why(ada).may_join or call.join(rooms_user(), ATTENDEE)


# Waiting


def test_what_does_not_happen_is_explained(call, rooms_user):
    ada = rooms_user()
    call.join(ada, ATTENDEE)
    with pytest.raises(AssertionError, match=f"within 0.02 s; in the call of {call.room_id}: {ada.raw_id} as Attendee"):
        call.wait_until(lambda: False, seconds=0.02)
    with pytest.raises(AssertionError, match="did not hold"):
        call.wait_for(seconds=0.02)


# Async tests


async def test_async_calls(async_rooms_client, async_calls_client, async_rooms_call, rooms_user):
    ada, bo = rooms_user("Ada"), rooms_user("Bo")
    room = await async_rooms_client.create_room()
    call = async_rooms_call(room.id)
    doctor = await call.join(ada, PRESENTER)
    await call.join(bo, ATTENDEE)
    await call.wait_for(ada, bo)
    assert await call.roles() == {ada.raw_id: PRESENTER, bo.raw_id: ATTENDEE}
    assert (await call.why(bo)).may_join
    doctor.publish("microphone")
    await call.mute(ada)
    await async_calls_client.remove_from_call(room.id, bo.identifier)
    await call.wait_for(ada)
    assert await call.raw_ids() == {ada.raw_id}
    await call.remove(ada)
    await call.wait_until(lambda: doctor.ending == "removed")
    await call.end()
    assert await call.participants() == ()

    async def never() -> bool:
        return False

    with pytest.raises(AssertionError, match="nobody"):
        await call.wait_until(never, seconds=0.02)


# Without pytest


def test_a_bench_is_a_context():
    clock = RoomsClock()
    with RoomsBench(clock=clock) as first, RoomsBench() as second:
        assert first.clock is clock
        assert first.service.endpoint != second.service.endpoint
        first.rooms_client.create_room()
        assert list(second.rooms_client.list_rooms()) == []
    with pytest.raises(RuntimeError, match="with RoomsBench"):
        _ = first.service
    clock.advance(hours=1)


def test_the_next_bench_uses_the_same_port():
    with RoomsBench() as bench:
        first = bench.service.endpoint
    with RoomsBench() as bench:
        assert bench.service.endpoint == first
        assert list(bench.rooms_client.list_rooms()) == []
