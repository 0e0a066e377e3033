"""The pytest plugin: a real service for each test, and its clock."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms import InvalidWindowError, RoomsClient
from openrooms.identity import CommunicationTokenCredential, CommunicationTokenScope
from openrooms.testing import RoomsClock, RoomsService

HOUR = timedelta(hours=1)


# The service


@pytest.mark.parametrize("again", range(3))
def test_each_test_has_an_empty_service(rooms_client, again):
    assert list(rooms_client.list_rooms()) == []
    rooms_client.create_room()


def test_all_fixtures_of_a_test_use_one_service(rooms_client, identity_client, rooms_service):
    ada = identity_client.create_user()
    room = rooms_client.create_room(participants=[ada])
    with RoomsClient(rooms_service.endpoint, rooms_service.access_key) as another:
        assert [one.communication_identifier for one in another.list_participants(room.id)] == [ada]


async def test_the_async_clients_use_the_same_service(async_rooms_client, async_identity_client, rooms_client):
    ada = await async_identity_client.create_user()
    room = await async_rooms_client.create_room(participants=[ada])
    assert [one.communication_identifier async for one in async_rooms_client.list_participants(room.id)] == [ada]
    assert rooms_client.get_room(room.id) == room


@pytest.mark.parametrize("fixture", ["rooms_client", "identity_client"])
def test_environment_proxies_are_not_used(request, monkeypatch, fixture):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    client = request.getfixturevalue(fixture)
    assert client.create_room() if fixture == "rooms_client" else client.create_user()


def test_the_requests_of_a_program_are_recorded(rooms_client, identity_client, rooms_requests):
    identity_client.create_user()
    rooms_client.create_room()
    assert [request.operation for request in rooms_requests()] == ["create_user", "create_room"]
    [request] = rooms_requests("create_room")
    assert (request.method, request.status) == ("POST", 201)


def test_a_create_whose_answer_was_lost_makes_one_room(rooms_client, rooms_faults, rooms_requests):
    rooms_faults(operation="create_room", times=1, cut="beforeAnswer")
    room = rooms_client.create_room()
    assert [listed.id for listed in rooms_client.list_rooms()] == [room.id]
    assert len(rooms_requests("create_room")) == 2


def test_the_service_does_not_show_its_key(rooms_service):
    assert rooms_service.access_key not in repr(rooms_service)
    assert rooms_service.endpoint in repr(rooms_service)


# The clock


def test_the_service_goes_by_the_clock(rooms_client, rooms_clock):
    rooms_clock.set(datetime(2031, 5, 1, 9, tzinfo=UTC))
    room = rooms_client.create_room()
    assert room.created_at.replace(microsecond=0) == datetime(2031, 5, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize("away", [timedelta(days=-3000), timedelta(minutes=20), timedelta(days=3000)])
def test_operations_work_at_any_clock_time(rooms_client, identity_client, rooms_clock, away):
    """Requests are signed at the real time, which a service at another time would normally refuse."""
    rooms_clock.advance(away)
    user, token = identity_client.create_user_and_token([CommunicationTokenScope.VOIP])
    assert token.expires_at == rooms_clock.now().replace(microsecond=0) + timedelta(days=1)
    room = rooms_client.create_room(participants=[user])
    assert [one.id for one in rooms_client.list_rooms()] == [room.id]


def test_time_rules_are_tested_without_waiting(rooms_client, rooms_clock):
    now = rooms_clock.now()
    room = rooms_client.create_room(valid_from=now, valid_until=now + HOUR)
    rooms_client.update_room(room.id, valid_from=now, valid_until=now + HOUR)
    rooms_clock.advance(hours=2)
    with pytest.raises(InvalidWindowError):
        rooms_client.update_room(room.id, valid_from=now, valid_until=now + HOUR)


def test_later_events_have_later_times(rooms_client):
    """Later events have later times, although the clock stands still."""
    made = [rooms_client.create_room().id for _ in range(5)]
    assert [room.id for room in rooms_client.list_rooms()] == made[::-1]


def test_a_credential_can_go_by_the_same_clock(identity_client, rooms_clock):
    user = identity_client.create_user()
    fetch = iter([identity_client.get_token(user, ["voip"]), None])
    credential = CommunicationTokenCredential(token_refresher=lambda: next(fetch), clock=rooms_clock.time)
    first = credential.get_token()
    rooms_clock.advance(hours=23, minutes=57)
    assert credential.get_token() == first
    rooms_clock.advance(minutes=1)
    with pytest.raises(TypeError):
        credential.get_token()


def test_a_clock_starts_now_or_at_a_given_time():
    before = datetime.now(UTC)
    assert before - timedelta(seconds=1) < RoomsClock().now() <= datetime.now(UTC)
    assert RoomsClock(datetime(2026, 1, 1, tzinfo=timezone(HOUR))).now() == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        RoomsClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive time is tested
    with pytest.raises(ValueError, match="no time zone"):
        RoomsClock().set(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive time is tested


amounts = st.timedeltas(timedelta(days=-300), timedelta(days=300))
moments = st.builds(datetime(2026, 1, 1, tzinfo=UTC).__add__, st.timedeltas(timedelta(-20_000), timedelta(400_000)))


@given(moments, amounts)
def test_a_clock_is_moved_to_the_microsecond(moment, amount):
    clock = RoomsClock(moment)
    assert clock.now() == moment
    clock.advance(amount)
    assert clock.now() == moment + amount
    clock.advance(-amount)
    assert clock.now() == moment
    assert clock.time() == pytest.approx(moment.timestamp())


@given(moments, st.integers(1, 5))
def test_each_tick_of_a_clock_is_later(moment, readings):
    """The clock stands still, but the service reads a later time each time."""
    clock = RoomsClock(moment)
    read = [clock.tick() for _ in range(readings)]
    assert read == sorted(set(read))
    assert clock.now() == moment


def test_threads_may_share_a_clock():
    clock = RoomsClock()
    start = clock.now()
    threads = [threading.Thread(target=lambda: [clock.advance(seconds=1) for _ in range(1000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now() == start + timedelta(seconds=4000)


# In the tests of users

pytest_plugins = ["pytester"]


def test_the_error_without_the_server_extra(pytester, monkeypatch):
    """The error says what to install if the server is missing."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest("import sys\nsys.modules['apsw'] = None\n")
    pytester.makepyfile("def test_it(rooms_service): pass")
    result = pytester.runpytest_subprocess("-p", "openrooms.testing.plugin")
    result.stdout.fnmatch_lines(['*the rooms fixtures need `pip install "openrooms?server?"`*'])
    result.assert_outcomes(errors=1)


def test_the_plugin_can_also_be_named_explicitly(pytester):
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makeconftest('pytest_plugins = ["openrooms.testing.plugin"]\n')
    pytester.makepyfile("def test_it(rooms_service): assert rooms_service.endpoint")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_connection_string_has_endpoint_and_key():
    assert (
        RoomsService("http://127.0.0.1:1/", "a2V5").connection_string == "endpoint=http://127.0.0.1:1/;accesskey=a2V5"
    )
