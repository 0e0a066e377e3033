"""Failures of the network or the service: retries, timeouts, connections."""

import asyncio
import gc
import gzip
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from tests.client.stub import (
    KEY,
    NOT_FOUND,
    ROOM,
    Step,
    answer,
    raw,
    reset,
    say_nothing,
    send_and_close,
    send_only,
)
from tests.support.patience import patient

from openrooms import RoomNotFoundError, RoomsClient, ThrottledError
from openrooms.aio import RoomsClient as AsyncRoomsClient
from openrooms.client._parser import Answer

ID = "99475330965778483"
WHOLE = raw(200, ROOM)
AT_ONCE = {"retry_backoff_factor": 0}

OPERATIONS = [
    pytest.param(lambda c: c.create_room(), 201, ROOM, id="create"),
    pytest.param(lambda c: c.update_room(ID), 200, ROOM, id="update"),
    pytest.param(lambda c: c.get_room(ID), 200, ROOM, id="get"),
    pytest.param(lambda c: c.delete_room(ID), 204, b"", id="delete"),
    pytest.param(lambda c: list(c.list_rooms()), 200, b'{"value":[]}', id="list"),
    pytest.param(lambda c: list(c.list_participants(ID)), 200, b'{"value":[]}', id="roster"),
    pytest.param(lambda c: c.add_or_update_participants(ID, ["8:a"]), 200, b"{}", id="add"),
    pytest.param(lambda c: c.remove_participants(ID, ["8:a"]), 200, b"{}", id="remove"),
]
FAULTS = [
    pytest.param(answer(status, b"", headers), id=f"{status}{' later' if headers else ''}")
    for status in (408, 429, 500, 502, 503, 504)
    for headers in ({}, {"Retry-After": "0"})
] + [
    pytest.param(reset, id="reset"),
    pytest.param(send_and_close(b""), id="closed without an answer"),
    pytest.param(send_and_close(WHOLE[:40]), id="cut in the headers"),
    pytest.param(send_and_close(WHOLE[:-9]), id="cut in the body"),
    pytest.param(send_and_close(b"SSH-2.0-OpenSSH_9.2\r\n"), id="not HTTP"),
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("call", "status", "body"), OPERATIONS)
def test_every_operation_is_retried(face, stub, call, status, body, fault):
    """Every attempt to create a room has the same repeatability id."""
    stub.usual = answer(status, body)
    stub.steps(fault, fault)
    call(face.rooms(stub.url, KEY, **AT_ONCE))
    assert len(stub.requests) == 3
    assert len({request.headers.get("repeatability-request-id") for request in stub.requests}) == 1
    assert len({request.headers["x-ms-client-request-id"] for request in stub.requests}) == 1
    assert len({request.body for request in stub.requests}) == 1
    assert all(request.signed for request in stub.requests)


ONE_TIME = [
    pytest.param(lambda face, stub, **options: face.identity(stub.url, KEY, **options).create_user(), id="user"),
    pytest.param(
        lambda face, stub, **options: face.identity(stub.url, KEY, **options).create_user_and_token(["voip"]),
        id="user and token",
    ),
]


@pytest.mark.parametrize(
    "fault",
    [
        *[pytest.param(answer(status, b""), id=str(status)) for status in (500, 502, 503, 504)],
        *[
            pytest.param(answer(status, b"", {"Retry-After": "0"}), id=f"{status} later")
            for status in (500, 502, 503, 504)
        ],
        pytest.param(reset, id="reset"),
        pytest.param(send_and_close(WHOLE[:40]), id="cut"),
    ],
)
@pytest.mark.parametrize("call", ONE_TIME)
def test_a_possibly_created_user_is_not_created_again(face, stub, call, fault):
    stub.usual = fault
    with pytest.raises((HttpResponseError, ServiceResponseError)):
        call(face, stub, **AT_ONCE)
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(answer(status, b"", headers), id=f"{status}{' later' if headers else ''}")
        for status, headers in ((408, {}), (429, {}), (429, {"Retry-After": "0"}))
    ],
)
@pytest.mark.parametrize("call", ONE_TIME)
def test_creating_a_user_is_retried_if_none_was_created(face, stub, call, fault):
    token = b'"accessToken":{"token":"a.b.c","expiresOn":"2030-01-01T00:00:00+00:00"}'
    stub.usual = answer(201, b'{"identity":{"id":"8:acs:1"},%b}' % token)
    stub.steps(fault, fault)
    call(face, stub, **AT_ONCE)
    assert len(stub.requests) == 3


def test_creating_a_user_is_retried_without_connection(face, stub):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    naps: list[float] = []
    client = face.identity(f"http://127.0.0.1:{port}", KEY, transport=face.transport(naps))
    with pytest.raises(ServiceRequestError):
        client.create_user()
    assert len(naps) == 2, "the first try more is made at once"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501, 505, 507])
def test_permanent_errors_are_not_retried(face, stub, status):
    stub.usual = answer(status, NOT_FOUND)
    with pytest.raises(HttpResponseError):
        face.rooms(stub.url, KEY, **AT_ONCE).get_room(ID)
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("options", "tries"),
    [
        ({}, 4),
        ({"retries": 1}, 2),
        ({"retries": 0}, 1),
        ({"retry_total": 2}, 3),
        ({"retries": 5, "retry_status": 1}, 2),
    ],
)
def test_the_number_of_attempts(face, stub, options, tries):
    stub.usual = answer(500, b"")
    with pytest.raises(HttpResponseError, match="500 InternalServerError"):
        face.rooms(stub.url, KEY, **AT_ONCE, **options).create_room()
    assert len(stub.requests) == tries


def test_a_call_may_have_its_own_retries(face, stub):
    stub.usual = answer(500, b"")
    with pytest.raises(HttpResponseError):
        face.rooms(stub.url, KEY).get_room(ID, retry_total=1, retry_backoff_factor=0)
    assert len(stub.requests) == 2


def test_the_service_says_how_long_to_wait(face, stub):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    naps: list[float] = []
    stub.steps(
        *[answer(status, b"", {"Retry-After": after}) for status, after in ((503, "3"), (429, soon), (503, "?"))]
    )
    face.rooms(stub.url, KEY, transport=face.transport(naps)).create_room()
    assert naps[0] == 3
    assert 30 < naps[1] <= 40
    assert naps[2] == 0.8 * 2**2, "nothing that can be read is as nothing said"


def test_no_retry_beyond_the_timeout_of_the_call(face, stub):
    """A call fails at once if the pause before the next attempt would exceed its timeout."""
    stub.usual = answer(429, b"", {"Retry-After": "60"})
    started = time.monotonic()
    with pytest.raises(ThrottledError) as caught:
        face.rooms(stub.url, KEY, timeout=10).get_room(ID)
    assert caught.value.retry_after == 60
    assert time.monotonic() - started < patient(5)
    assert len(stub.requests) == 1


@pytest.mark.parametrize("fault", [say_nothing, send_only(WHOLE[:40]), send_only(WHOLE[:-9])])
def test_an_attempt_times_out(face, stub, fault):
    stub.steps(fault)
    client = face.rooms(stub.url, KEY, read_timeout=0.2)
    assert client.get_room(ID).id == ID
    assert len(stub.requests) == 2


def test_a_slow_answer_times_out(face, stub):
    def drip(connection: socket.socket) -> None:
        for byte in WHOLE:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    stub.usual = drip
    with pytest.raises(ServiceResponseTimeoutError, match=r"no complete answer within 0\.3 s"):
        face.rooms(stub.url, KEY, retries=0, read_timeout=0.3).get_room(ID)


@pytest.mark.parametrize("how", ["client", "call"])
def test_the_timeout_covers_all_attempts(face, stub, how):
    stub.usual = say_nothing
    started = time.monotonic()
    options = {"timeout": 0.5}
    with pytest.raises(ServiceResponseTimeoutError):
        face.rooms(stub.url, KEY, **(options if how == "client" else {})).get_room(
            ID, **(options if how == "call" else {})
        )
    assert 0.4 < time.monotonic() - started < patient(2)


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_call_without_time_names_the_request(rooms, stub, timeout):
    with pytest.raises(ServiceResponseTimeoutError, match=rf"GET {stub.url}/rooms/{ID} \(request id .*leaves no time"):
        rooms.get_room(ID, timeout=timeout)
    assert stub.requests == []


def test_timeout_none_means_no_limit(rooms):
    assert rooms.get_room(ID, timeout=None).id == ID


def test_a_refused_connection(face):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceRequestError, match=f"no connection to 127.0.0.1:{port}"):
        face.rooms(f"http://127.0.0.1:{port}", KEY, **AT_ONCE).get_room(ID)


def test_a_connection_timeout(face, dead_address):
    url = f"http://127.0.0.1:{dead_address[1]}"
    with pytest.raises(ServiceRequestTimeoutError, match=r"within 0\.2 s"):
        face.rooms(url, KEY, retries=0, connection_timeout=0.2).get_room(ID)


def test_a_name_that_does_not_exist(face):
    with pytest.raises(ServiceRequestError, match=r"no connection to nowhere\.invalid"):
        face.rooms("http://nowhere.invalid", KEY, retries=0).get_room(ID)


def test_connections_are_kept(rooms, stub):
    for _ in range(5):
        rooms.get_room(ID)
    stub.usual = answer(404, NOT_FOUND)
    with pytest.raises(RoomNotFoundError):
        rooms.get_room(ID)
    assert stub.connections == 1


def test_closed_connections_are_not_reused(face, stub):
    client = face.rooms(stub.url, KEY, retries=0)
    client.get_room(ID)
    stub.hang_up()
    assert client.get_room(ID).id == ID


def test_unrequested_data_closes_the_connection(face, stub):
    """A server must not be able to answer the next request in advance."""
    received, sent = threading.Event(), threading.Event()

    def twice(connection: socket.socket) -> None:
        connection.sendall(WHOLE)
        received.wait(10)
        connection.sendall(WHOLE.replace(ID.encode(), b"1" * len(ID)))
        sent.set()

    stub.steps(twice)
    client = face.rooms(stub.url, KEY, retries=0)
    assert client.get_room(ID).id == ID
    received.set()
    assert sent.wait(10)
    assert client.get_room(ID).id == ID
    assert stub.connections == 2


ENDLESS_HEAD = b"HTTP/1.1 200 OK\r\nX-Endless: "


def pour(head: bytes, drop: bytes) -> Step:
    """Send `head`, then `drop` without end."""

    def step(connection: socket.socket) -> None:
        connection.sendall(head)
        bucket = drop * (65536 // len(drop))
        while True:
            connection.sendall(bucket)

    return step


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        pytest.param(pour(ENDLESS_HEAD, b"a"), "the head of the answer is more than 65536 bytes", id="header"),
        pytest.param(pour(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"), "more than 100 headers", id="headers"),
        pytest.param(pour(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), "head of the answer", id="informational"),
        pytest.param(pour(b"HTTP/1.1 200 OK\r\n\r\n", b"a"), "more than 67108864 bytes", id="body"),
        pytest.param(
            pour(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
            "more than 100 headers",
            id="trailers",
        ),
        pytest.param(
            answer(200, gzip.compress(bytes(64 * 1024 * 1024 + 1), 1), {"Content-Encoding": "gzip"}),
            "more than 67108864 bytes when decompressed",
            id="packed",
        ),
    ],
)
def test_oversized_answers_are_refused_at_once(face, stub, fault, says):
    stub.usual = fault
    with pytest.raises(ServiceResponseError, match=says):
        face.rooms(stub.url, KEY, **AT_ONCE).get_room(ID)
    assert len(stub.requests) == 1


@pytest.fixture
def dead_address() -> Iterator[tuple[str, int]]:
    """An address that does not answer: a listener whose queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as fillers:
        address = listener.getsockname()
        for _ in range(4):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(address)
        yield address


def test_the_next_address_of_a_name_is_tried(face, stub, dead_address, monkeypatch):
    """As with a name whose IPv6 address is unreachable."""
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (dead_address, ("127.0.0.1", stub.port))
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    client = face.rooms("http://rooms.example", KEY, retries=0, connection_timeout=1)
    assert client.get_room(ID).id == ID


def test_all_addresses_of_a_name_share_the_limit(face, dead_address, monkeypatch):
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", dead_address)] * 5
    )
    started = time.monotonic()
    with pytest.raises(ServiceRequestTimeoutError, match=r"within 0\.3 s"):
        face.rooms("http://rooms.example", KEY, retries=0, connection_timeout=0.3, read_timeout=0.3).get_room(ID)
    assert time.monotonic() - started < patient(1)


async def test_the_timeout_includes_waiting_for_a_permit(stub):
    async with AsyncRoomsClient(stub.url, KEY, retries=0) as client:
        stub.usual = say_nothing
        unanswered = [asyncio.create_task(client.get_room(ID)) for _ in range(100)]
        await stub.has_received(100)
        with pytest.raises((ServiceResponseTimeoutError, ServiceRequestTimeoutError)):
            await client.get_room(ID, read_timeout=0.3)
        assert not any(task.done() for task in unanswered), "no permit became free"
        for task in unanswered:
            task.cancel()
        await asyncio.gather(*unanswered, return_exceptions=True)


def test_a_read_answer_is_freed_at_once(face, stub):
    client = face.rooms(stub.url, KEY)
    client.get_room(ID)
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            client.get_room(ID)
        assert not [found for found in gc.get_objects() if isinstance(found, Answer)]
    finally:
        gc.enable()


def test_a_restart_drops_all_idle_connections(stub):
    """Many idle connections that the server closed cost one retry in all, not one each."""
    client = RoomsClient(stub.url, KEY, retries=1, retry_backoff_factor=0)
    gate = threading.Barrier(6)

    def together(connection: socket.socket) -> None:
        gate.wait(10)
        connection.sendall(WHOLE)

    stub.steps(*[together] * 6)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: client.get_room(ID), range(6)))
    assert stub.connections == 6
    stub.hang_up()
    assert client.get_room(ID).id == ID
    client.close()


def test_a_hundred_threads_share_a_client(stub):
    with RoomsClient(stub.url, KEY) as client, ThreadPoolExecutor(100) as threads:
        rooms = list(threads.map(lambda number: client.get_room(str(number)), range(1000)))
    assert len(rooms) == 1000
    assert sorted(int(request.target.split("/")[2].partition("?")[0]) for request in stub.requests) == [*range(1000)]
    assert stub.connections <= 100


async def test_a_thousand_tasks_share_a_client(stub):
    async with AsyncRoomsClient(stub.url, KEY) as client:
        rooms = await asyncio.gather(*[client.get_room(str(number)) for number in range(1000)])
    assert len(rooms) == 1000
    assert stub.connections <= 100


async def test_cancelling_leaves_the_client_usable(stub):
    async with AsyncRoomsClient(stub.url, KEY) as client:
        await client.get_room(ID)
        stub.steps(say_nothing)
        task = asyncio.create_task(client.get_room("1"))
        await stub.has_received(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.get_room(ID)).id == ID
    assert stub.connections == 2, "what the first answer would be on the old connection, nobody knows"


async def test_cancelling_a_waiting_request_frees_its_permit(stub):
    stub.usual = say_nothing
    async with AsyncRoomsClient(stub.url, KEY, retries=0) as client:
        tasks = [asyncio.create_task(client.get_room(str(number))) for number in range(150)]
        await stub.has_received(100)
        for task in tasks:
            task.cancel()
        assert {type(result) for result in await asyncio.gather(*tasks, return_exceptions=True)} == {
            asyncio.CancelledError
        }
        stub.usual = answer(200, ROOM)
        rooms = await asyncio.gather(*[client.get_room(ID) for _ in range(150)])
        assert len(rooms) == 150


def test_an_async_client_works_in_consecutive_loops(stub):
    client = AsyncRoomsClient(stub.url, KEY)

    async def use() -> str:
        return (await client.get_room(ID)).id

    with asyncio.Runner() as first:
        assert first.run(use()) == ID
    with asyncio.Runner() as second:
        assert second.run(use()) == ID
        second.run(client.close())
    gc.collect()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_opens_its_own_connections(stub):
    client = RoomsClient(stub.url, KEY)
    client.get_room(ID)
    child = os.fork()
    if child == 0:
        try:
            client.get_room("1")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    client.get_room("2")
    client.close()
    assert [request.connection for request in stub.requests] == [1, 2, 1]


@pytest.mark.parametrize(
    "location", ["http://evil.example/rooms/1", "//evil.example/", "https://{host}/", "http://[", "/a b"]
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_to_other_origins_are_not_followed(rooms, stub, location, status):
    stub.usual = answer(status, b"", {"Location": location.format(host=stub.url.removeprefix("http://"))})
    with pytest.raises(HttpResponseError, match="a redirect that is not followed, to"):
        rooms.get_room(ID)
    assert len(stub.requests) == 1


@pytest.mark.parametrize("location", ["/rooms/1?api-version=1", "{url}/rooms/1?api-version=1"])
def test_same_origin_redirects_are_followed_and_signed(rooms, stub, location):
    stub.steps(answer(307, b"", {"Location": location.format(url=stub.url)}))
    assert rooms.get_room(ID).id == ID
    assert stub.targets()[1] == "GET /rooms/1?api-version=1"
    assert stub.requests[1].signed


def test_a_refused_key_is_not_retried(rooms, stub):
    stub.usual = answer(401, b'{"error":{"code":"Denied","message":"Denied by the resource provider."}}')
    with pytest.raises(ClientAuthenticationError, match="401 Denied"):
        rooms.create_room()
    assert len(stub.requests) == 1


def test_no_answer_names_the_request(face, stub):
    stub.usual = reset
    with pytest.raises(ServiceResponseError, match=f"GET {stub.url}/rooms/{ID} ") as caught:
        face.rooms(stub.url, KEY, retries=0).get_room(ID)
    assert stub.requests[0].headers["x-ms-client-request-id"] in str(caught.value)


class _Interrupted(Answer):
    def on_body(self, data: bytes) -> None:
        raise KeyboardInterrupt


def test_ctrl_c_while_an_answer_is_read_ends_the_call() -> None:
    """The parser's library makes an error of whatever is raised in it, which would be tried again."""
    with pytest.raises(KeyboardInterrupt):
        _Interrupted().feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
