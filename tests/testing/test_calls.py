"""Calls in tests: simulated participants pass the rules of the service, and tests wait for what follows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from azure.core.exceptions import ResourceNotFoundError

from openrooms import CommunicationRoom, ParticipantRole, RoomParticipant, RoomsClient
from openrooms.calls import CallRefusedError, MustWaitError
from openrooms.testing import RoomsBench, RoomsClock
from openrooms.visits import VisitsClient

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


# The waiting room


def test_people_wait_until_they_are_admitted(call, visit, visits_client, calls_client, rooms_user, rooms_clock):
    visits_client.update_visit(visit.id, waiting_room="attendees")
    ada, bo, eve = rooms_user("Ada"), rooms_user("Bo"), rooms_user("Eve")
    for early in (bo, eve):
        with pytest.raises(MustWaitError) as waits:
            call.join(early, ATTENDEE)
        assert (waits.value.status_code, waits.value.waiting.awaits) == (202, "presenter")
    call.join(ada, PRESENTER)
    assert call.waiting == (bo.raw_id, eve.raw_id)
    call.admit(bo)
    call.decline(eve, "Please call us.")
    with pytest.raises(CallRefusedError) as declined:
        call.join(eve)
    assert declined.value.declined_because == "Please call us."
    # Each reading of a frozen clock moves it by 100 ns.
    until = declined.value.may_ask_at - rooms_clock.now()
    assert abs(until - timedelta(seconds=30)) < timedelta(milliseconds=1)
    patient = call.join(bo)
    call.wait_until(lambda: calls_client.get_call(visit.id).waiting_count == 0)
    call.remove(bo, keep_out=True)
    call.wait_until(lambda: patient.ending == "removed")
    with pytest.raises(CallRefusedError, match="removed from this call"):
        call.join(bo)
    assert [person.display_name for person in calls_client.get_call(visit.id).kept_out] == ["Bo"]
    # The call ends some minutes after everyone has left, and with it what was decided.
    call.end()
    with pytest.raises(MustWaitError):
        call.join(bo)


def test_an_admission_ends_minutes_after_the_call(call, visit, visits_client, rooms_user, rooms_clock):
    visits_client.update_visit(visit.id, waiting_room="attendees")
    ada, bo = rooms_user("Ada"), rooms_user("Bo")
    with pytest.raises(MustWaitError):
        call.join(bo, ATTENDEE)
    doctor = call.join(ada, PRESENTER)
    call.admit(bo)
    patient = call.join(bo)
    call.wait_for(ada, bo)
    for person in (doctor, patient):
        person.leave()
    rooms_clock.advance(minutes=4)
    patient = call.join(bo)
    patient.leave()
    call.wait_for()
    rooms_clock.advance(minutes=6)
    with pytest.raises(MustWaitError):
        call.join(bo)


def test_a_program_waits_as_long_as_it_says(call, visit, rooms_bench, visits_client, rooms_user):
    visits_client.update_visit(visit.id, waiting_room="attendees")
    bo = rooms_user("Bo")
    with pytest.raises(MustWaitError):
        call.join(bo, ATTENDEE)
    with VisitsClient.for_user(rooms_bench.service.endpoint, bo.token, use_env_settings=False) as patient:
        with pytest.raises(MustWaitError, match="waits until a Presenter is in the call"):
            patient.wait_until_admitted(visit.id, seconds=0)
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(patient.wait_until_admitted, visit.id, display_name="Bo", seconds=30)
            assert visits_client.admit_everyone(visit.id) == 1
            assert waiting.result().role is ATTENDEE
        with pytest.raises(CallRefusedError):
            patient.admit_everyone(visit.id)
    visits_client.keep_out(visit.id, bo.identifier)
    with pytest.raises(ResourceNotFoundError):
        visits_client.decline_participant(visit.id, bo.identifier, reason="Later.")


async def test_async_waiting(async_rooms_client, async_rooms_call, async_visits_client, rooms_user):
    room = await async_rooms_client.create_room()
    await async_visits_client.update_visit(room.id, waiting_room="attendees")
    call, bo = async_rooms_call(room), rooms_user("Bo")
    with pytest.raises(MustWaitError):
        await call.join(bo, ATTENDEE)
    assert await call.waiting() == (bo.raw_id,)
    await call.decline(bo, "Later.")
    await call.admit(bo)
    assert (await call.join(bo)).state == "connected"
    await call.remove(bo, keep_out=True)
    await call.wait_for()
