"""The clock of a development service: it is moved over HTTP, and everything goes by it."""

import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from uuid import uuid4

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from hypothesis import given
from hypothesis import strategies as st
from tests.support.service import dev as run_dev

from openrooms import RoomsClient
from openrooms._clock import MovableClock, real_time
from openrooms.domain.moments import HOUR, SECOND, Moment
from openrooms.identity import CommunicationIdentityClient
from openrooms.testing import DevService, RoomsService
from openrooms.testing.aio import DevService as AsyncDevService

MAY = datetime(2031, 5, 1, 9, tzinfo=UTC)


def test_clock_goes_like_the_machine_until_moved():
    clock = MovableClock()
    assert abs(clock() - real_time()) < SECOND
    assert not clock.is_moved
    clock.advance(HOUR)
    assert abs(clock() - real_time() - HOUR) < SECOND
    assert clock.is_moved


def test_frozen_clock_gives_later_times_to_later_events():
    clock = MovableClock()
    clock.freeze()
    clock.set(Moment(HOUR))
    assert [clock(), clock(), clock.now()] == [HOUR + 1, HOUR + 2, HOUR + 2]


def test_running_again_continues_from_the_frozen_time():
    clock = MovableClock()
    clock.freeze()
    clock.set(Moment(HOUR))
    clock.run()
    assert HOUR <= clock.now() < HOUR + SECOND
    clock.reset()
    assert not clock.is_moved


@given(st.lists(st.integers(-(10**15), 10**15)), st.booleans())
def test_moves_add_up(moves: list[int], is_frozen: bool):
    clock = MovableClock()
    if is_frozen:
        clock.freeze()
    before = clock.now()
    for steps in moves:
        clock.advance(steps)
    assert abs(clock.now() - before - sum(moves)) < SECOND


def test_threads_that_freeze_and_run_see_no_impossible_time():
    clock = MovableClock()
    finish = threading.Event()

    def toggle() -> None:
        while not finish.is_set():
            clock.freeze()
            clock.run()

    thread = threading.Thread(target=toggle)
    thread.start()
    try:
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            assert abs(clock() - real_time()) < SECOND
    finally:
        finish.set()
        thread.join()


def test_rooms_and_tokens_go_by_the_clock(
    dev: DevService, rooms_client: RoomsClient, identity_client: CommunicationIdentityClient
):
    dev.set_clock(MAY)
    room = rooms_client.create_room()
    assert room.created_at.replace(microsecond=0) == MAY
    clock = dev.advance_clock(hours=2)
    assert (clock.is_frozen, clock.is_moved) == (True, True)
    assert timedelta() <= clock.time - MAY - timedelta(hours=2) < timedelta(seconds=1)
    _, token = identity_client.create_user_and_token(["voip"])
    assert token.expires_at.replace(microsecond=0) == MAY + timedelta(hours=26)


def test_moving_past_the_retention_removes_expired_rooms(dev: DevService, rooms_client: RoomsClient):
    room = rooms_client.create_room(valid_until=dev.get_clock().time + timedelta(hours=1))
    dev.advance_clock(days=29)
    assert rooms_client.get_room(room.id)
    dev.advance_clock(days=2)
    assert list(rooms_client.list_rooms()) == []


def test_signatures_may_have_the_machines_time_or_the_clocks(dev: DevService, rooms_client: RoomsClient):
    dev.advance_clock(days=-400)
    assert rooms_client.create_room()
    dev.set_clock(strict_signatures=True)
    with pytest.raises(ClientAuthenticationError):
        rooms_client.create_room()
    assert "too far from the time" in (dev.list_requests()[-1].refusal or "")
    dev.reset_clock()
    assert rooms_client.create_room()


def test_repeated_create_makes_one_room_at_any_time(dev: DevService, rooms_client: RoomsClient):
    dev.advance_clock(days=90)
    again = "3f2b9f8e-7a0b-4a55-9d4e-8f5d1a2b3c4d"
    assert rooms_client.create_room(request_id=again) == rooms_client.create_room(request_id=again)


def dated(service: RoomsService) -> datetime:
    """Return the date of an answer, from which browsers take the service's time."""
    with urllib.request.urlopen(f"{service.endpoint}openrooms/health") as answer:
        return parsedate_to_datetime(answer.headers["Date"])


def test_answers_have_the_date_of_the_moved_clock(dev: DevService, rooms_service: RoomsService):
    dev.set_clock(MAY)
    assert dated(rooms_service) == MAY
    dev.advance_clock(hours=2)
    assert dated(rooms_service) == MAY + timedelta(hours=2)
    dev.reset_clock()
    assert abs(dated(rooms_service) - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_running_service_has_the_date_of_its_clock(tmp_path: Path):
    with run_dev(tmp_path) as process:
        service = RoomsService(f"{process.http}/", process.connectionString.split("accesskey=")[1])
        with DevService.from_connection_string(service.connection_string, use_env_settings=False) as dev:
            dev.set_clock(MAY, is_frozen=True)
            assert dated(service) == MAY


def test_a_create_may_be_dated_by_the_moved_clock(dev: DevService, rooms_service: RoomsService):
    """As the console does, which takes its time from the service."""
    past = MAY.replace(year=2021)
    dev.set_clock(past)
    sent = format_datetime(past, usegmt=True)
    headers = {"Repeatability-Request-ID": str(uuid4()), "Repeatability-First-Sent": sent}
    with RoomsClient.from_connection_string(rooms_service.connection_string, use_env_settings=False) as rooms:
        rooms.create_room(raw_request_hook=lambda request: request.http_request.headers.update(headers))
    assert dev.list_requests()[-1].status == 201


@pytest.mark.parametrize("seconds", [1e18, -1e18])
def test_clock_moves_by_a_century_at_most(dev: DevService, seconds: float):
    with pytest.raises((HttpResponseError, OverflowError)):
        dev.advance_clock(seconds=seconds)


@pytest.mark.parametrize("year", [1969, 9000])
def test_clock_shows_only_times_that_can_be_written(dev: DevService, rooms_client: RoomsClient, year: int):
    with pytest.raises(HttpResponseError, match="from the year 1970"):
        dev.set_clock(datetime(year, 1, 1, tzinfo=UTC))
    dev.set_clock(datetime(8999, 12, 31, tzinfo=UTC))
    assert rooms_client.create_room().valid_until.year == 9000
    with pytest.raises(HttpResponseError, match="from the year 1970"):
        dev.advance_clock(days=2)


def test_a_moment_needs_a_time_zone(dev: DevService):
    with pytest.raises(ValueError, match="no time zone"):
        dev.set_clock(datetime(2031, 5, 1))  # noqa: DTZ001


async def test_async_client_moves_the_clock(rooms_service):
    async with AsyncDevService.from_connection_string(rooms_service.connection_string, use_env_settings=False) as dev:
        assert (await dev.set_clock(MAY, is_frozen=False)).is_frozen is False
        assert (await dev.freeze_clock()).time - MAY < timedelta(seconds=5)
        assert (await dev.run_clock()).is_moved
