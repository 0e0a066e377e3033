"""Faults that a development service injects, seen from its clients."""

import http.client
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
)
from tests.support.patience import patient
from tests.support.rest import Rest, signed
from tests.support.service import dev as dev_process

from openrooms import RoomsClient
from openrooms.testing import DevService, RoomsService
from openrooms.wire.signing import AccessKey

DIRECT = {"use_env_settings": False}


@pytest.fixture
def once(rooms_service: RoomsService) -> Iterator[RoomsClient]:
    """A client that does not retry."""
    with RoomsClient.from_connection_string(rooms_service.connection_string, retries=0, **DIRECT) as client:
        yield client


@contextmanager
def raw(service: RoomsService) -> Iterator[http.client.HTTPResponse]:
    """Create a room without a library that repairs the answer."""
    path, host = "/rooms?api-version=2025-03-13", urlsplit(service.endpoint).netloc
    with closing(http.client.HTTPConnection(host, timeout=10)) as connection:
        connection.request("POST", path, headers=signed("POST", path, b"", host, AccessKey(service.access_key)))
        with connection.getresponse() as answer:
            yield answer


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "Denied"),
        (404, "NotFound"),
        (408, "RequestTimeout"),
        (409, "Conflict"),
        (429, "TooManyRequests"),
        (500, "InternalServerError"),
        (502, "BadGateway"),
        (503, "ServiceUnavailable"),
        (504, "GatewayTimeout"),
    ],
)
def test_status_has_azures_error_body(dev: DevService, once: RoomsClient, status: int, code: str):
    dev.add_fault(status=status)
    with pytest.raises(HttpResponseError) as raised:
        once.create_room()
    assert (raised.value.status_code, raised.value.error.code) == (status, code)
    assert "Retry-After" not in raised.value.response.headers


def test_retry_after_in_seconds(dev: DevService, rooms_service: RoomsService):
    dev.add_fault(status=429, retry_after=7)
    with raw(rooms_service) as answer:
        assert answer.headers["retry-after"] == "7"


def test_retry_after_as_a_date(dev: DevService, rooms_service: RoomsService):
    dev.add_fault(status=503, retry_after=60, retry_after_date=True)
    with raw(rooms_service) as answer:
        date = parsedate_to_datetime(answer.headers["retry-after"])
    assert timedelta(seconds=50) < date - datetime.now(UTC) < timedelta(seconds=70)


def test_faults_are_counted_and_listed(dev: DevService, once: RoomsClient):
    fault = dev.add_fault(operation="create_room", nth=2, status=500)
    once.create_room()
    with pytest.raises(HttpResponseError):
        once.create_room()
    once.create_room()
    list(once.list_rooms())
    (listed,) = dev.list_faults()
    assert (listed.id, listed.matched, listed.injected) == (fault.id, 3, 1)
    assert [one.fault for one in dev.list_requests()] == [None, fault.id, None, None]
    dev.remove_fault(fault)
    assert dev.list_faults() == []


def test_first_fault_that_hits_wins_and_all_count(dev: DevService, once: RoomsClient):
    dev.add_fault(status=500, times=1)
    dev.add_fault("status=502")
    statuses = []
    for _ in range(2):
        with pytest.raises(HttpResponseError) as raised:
            once.create_room()
        statuses.append(raised.value.status_code)
    assert statuses == [500, 502]
    assert [(one.matched, one.injected) for one in dev.list_faults()] == [(2, 1), (2, 1)]


def test_faults_hit_by_room_and_user_agent(dev: DevService, once: RoomsClient):
    rooms = [once.create_room() for _ in range(2)]
    dev.add_fault(room=rooms[0].id, user_agent="openrooms/", status=503)
    assert once.get_room(rooms[1].id) == rooms[1]
    with pytest.raises(HttpResponseError):
        once.get_room(rooms[0].id)
    assert once.get_room(rooms[0].id, user_agent="other", user_agent_overwrite=True)


def test_a_header_injects_into_its_own_request(dev: DevService, once: RoomsClient):
    with pytest.raises(HttpResponseError) as raised:
        once.create_room(headers={"x-openrooms-fault": "status=429; retryAfter=1"})
    assert (raised.value.status_code, raised.value.response.headers["Retry-After"]) == (429, "1")
    assert once.create_room()
    assert [one.fault for one in dev.list_requests()] == ["header", None]


@pytest.mark.parametrize(
    "text", ["status=200", "colour=red", "status=x", "", "cut=somewhere", "operation=make_tea;delay=1"]
)
def test_bad_header_is_explained(once: RoomsClient, text: str):
    with pytest.raises(HttpResponseError) as raised:
        once.create_room(headers={"x-openrooms-fault": text})
    assert raised.value.status_code == 400


def test_own_operations_meet_no_fault(dev: DevService):
    dev.add_fault(status=500)
    dev.add_fault(away="database")
    assert len(dev.list_faults()) == 2
    assert dev.get_clock()


def test_cut_before_the_answer_keeps_the_write(dev: DevService, once: RoomsClient):
    """What makes two rooms of one, unless the retry carries the same repeatability id."""
    dev.add_fault(operation="create_room", times=1, cut="beforeAnswer")
    with pytest.raises(AzureError):
        once.create_room()
    assert len(list(once.list_rooms())) == 1


def test_cut_before_the_request_keeps_nothing(dev: DevService, once: RoomsClient):
    dev.add_fault(operation="create_room", times=1, cut="beforeRequest")
    with pytest.raises(AzureError):
        once.create_room()
    assert list(once.list_rooms()) == []
    assert next((one.status, one.fault) for one in dev.list_requests()) == (0, "1")


def test_our_client_makes_one_room_of_a_lost_answer(dev: DevService, rooms_client: RoomsClient):
    dev.add_fault(operation="create_room", times=1, cut="beforeAnswer")
    room = rooms_client.create_room()
    assert [one.id for one in rooms_client.list_rooms()] == [room.id]


def test_cut_in_the_head(dev: DevService, rooms_service: RoomsService):
    dev.add_fault(cut="inHead")
    path, host = "/rooms?api-version=2025-03-13", urlsplit(rooms_service.endpoint).netloc
    with closing(http.client.HTTPConnection(host, timeout=10)) as connection:
        connection.request("POST", path, headers=signed("POST", path, b"", host, AccessKey(rooms_service.access_key)))
        with connection.sock.makefile("rb") as received:
            head = received.read()
    assert head.startswith(b"HTTP/1.1 201")
    assert b"\r\n\r\n" not in head


def test_cut_in_the_body(dev: DevService, rooms_service: RoomsService):
    dev.add_fault(cut="inBody")
    with raw(rooms_service) as answer:
        assert answer.status == 201
        with pytest.raises(http.client.IncompleteRead):
            answer.read()


def test_malformed_body_is_complete_http(dev: DevService, rooms_service: RoomsService, once: RoomsClient):
    dev.add_fault(malformed=True)
    with raw(rooms_service) as answer:
        assert len(answer.read()) == int(answer.headers["content-length"])
    with pytest.raises(DecodeError):
        once.create_room()


def test_delay_and_slow_body_take_their_time(dev: DevService, once: RoomsClient):
    dev.add_fault(delay=0.2, times=1)
    dev.add_fault(slow_body=0.3)
    for seconds in (0.2, 0.3):
        started = time.monotonic()
        assert once.create_room()
        assert seconds <= time.monotonic() - started < seconds + patient(5)


def test_connection_goes_on_after_a_late_answer(dev: DevService, rooms_service: RoomsService):
    dev.add_fault(delay=0.05, slow_body=0.05)
    with closing(Rest(rooms_service.endpoint, rooms_service.connection_string)) as connection:
        assert [connection.call("GET", "/rooms").body for _ in range(3)] == [b'{"value":[]}'] * 3


def test_database_away_for_some_requests(dev: DevService, once: RoomsClient):
    dev.add_fault(operation="create_room", away="database")
    with pytest.raises(HttpResponseError) as raised:
        once.create_room()
    assert (raised.value.status_code, raised.value.response.headers["Retry-After"]) == (503, "1")
    assert list(once.list_rooms()) == []


def test_database_away_for_the_whole_service(dev: DevService, rooms_service: RoomsService):
    with requests.Session() as session:
        session.trust_env = False
        dev.add_fault(away="database")
        assert session.get(f"{rooms_service.endpoint}openrooms/ready").status_code == 503
        dev.clear_faults()
        # Readiness is asked of the database at most once a second.
        until = time.monotonic() + 10
        while session.get(f"{rooms_service.endpoint}openrooms/ready").status_code != 200:
            assert time.monotonic() < until


def test_replaced_key_is_refused(tmp_path: Path):
    with dev_process(tmp_path) as service:
        string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
        with DevService.from_connection_string(string, **DIRECT) as client:
            client.add_fault(rotated_key="secondary")
            with RoomsClient.from_connection_string(string, retries=0, **DIRECT) as rooms:
                assert rooms.create_room()
                client.add_fault(rotated_key="primary")
                # A request meets the first fault; the second holds once the first is gone.
                client.remove_fault("1")
                with pytest.raises(ClientAuthenticationError) as raised:
                    rooms.create_room()
            assert raised.value.error.code == "Denied"
            assert client.list_requests()[-1].refusal == "key: fault 2 has replaced the primary key"
            assert [one.injected for one in client.list_faults()] == [1]


def test_expired_certificate_until_the_fault_is_removed(tmp_path: Path):
    with dev_process(tmp_path) as service, requests.Session() as session:
        session.trust_env = False
        string = f"endpoint={service.http};{service.connectionString.partition(';')[2]}"
        health = f"{service.endpoint}/openrooms/health"
        assert session.get(health, verify=service.ca).ok
        with DevService.from_connection_string(string, **DIRECT) as client:
            fault = client.add_fault(expired_certificate=True)
            with pytest.raises(requests.exceptions.SSLError, match="expired"):
                session.get(health, verify=service.ca)
            client.remove_fault(fault)
            assert session.get(health, verify=service.ca).ok


def test_expired_certificate_needs_https(dev: DevService):
    with pytest.raises(HttpResponseError, match="needs the HTTPS port"):
        dev.add_fault(expired_certificate=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"status": 200}, "not an error status"),
        ({"operation": "make_tea", "delay": 1}, "make_tea is not an operation"),
        ({"cut": "somewhere"}, "Invalid enum value"),
        ({}, "needs an effect"),
    ],
)
def test_senseless_faults_are_refused(dev: DevService, values: dict, message: str):
    with pytest.raises(HttpResponseError) as raised:
        dev.add_fault(**values)
    assert message in str(raised.value) + raised.value.response.text()
    assert dev.list_faults() == []


def test_an_unknown_name_is_refused(rooms_service: RoomsService):
    """Otherwise a condition with a typo would fit every request."""
    with closing(Rest(rooms_service.endpoint, rooms_service.connection_string)) as rest:
        answer = rest.call("POST", "/openrooms/dev/faults", {"opration": "get_room", "status": 503}, version="")
    assert (answer.status, "opration" in answer.json["error"]["details"][0]["message"]) == (400, True)


def test_faults_are_limited(dev: DevService):
    for _ in range(100):
        dev.add_fault(status=500, user_agent="nobody")
    with pytest.raises(HttpResponseError, match="100 faults already"):
        dev.add_fault(status=500)
