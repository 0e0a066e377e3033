"""The record of requests: what came, what was answered and why, without secrets."""

import threading
from datetime import timedelta
from itertools import islice

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from openrooms import RoomsClient
from openrooms.identity import CommunicationIdentityClient
from openrooms.server.core.redaction import without_secrets
from openrooms.server.development.journal import KEPT, Journal
from openrooms.server.web.messages import Connection, Request, Response
from openrooms.testing import DevService, RoomsService
from openrooms.testing.aio import DevService as AsyncDevService

DIRECT = {"use_env_settings": False}
OTHER_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def request(body: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()) -> Request:
    made = Request("POST", b"/rooms", b"", headers, Connection("http", "127.0.0.1", 1))
    made.body = body
    return made


def test_a_request_is_recorded_with_its_answer(dev: DevService, rooms_client: RoomsClient):
    room = rooms_client.create_room()
    (recorded,) = dev.list_requests()
    assert (recorded.operation, recorded.method, recorded.status) == ("create_room", "POST", 201)
    assert recorded.target == "/rooms?api-version=2025-03-13"
    assert room.id in recorded.answer_body
    assert recorded.answer_headers["location"] == room.id
    assert recorded.headers["content-type"] == "application/json"
    assert recorded.caller.startswith("key:")
    assert (recorded.refusal, recorded.string_to_sign) == (None, None)


def test_a_refused_signature_is_explained(dev: DevService, rooms_service: RoomsService):
    with (
        RoomsClient(rooms_service.endpoint, OTHER_KEY, **DIRECT) as stranger,
        pytest.raises(ClientAuthenticationError),
    ):
        stranger.create_room()
    (recorded,) = dev.list_requests()
    assert recorded.refusal == "key: the signature was made with another key, or over another text"
    assert recorded.string_to_sign is not None
    assert recorded.string_to_sign.startswith("POST\n/rooms?api-version=2025-03-13\n")
    assert recorded.headers["x-ms-date"] in recorded.string_to_sign


def test_a_refused_value_is_explained(dev: DevService, rooms_client: RoomsClient):
    with pytest.raises(HttpResponseError):
        rooms_client.get_room("12")
    assert [one.refusal for one in dev.list_requests()] == ["Invalid room ID length."]


def test_refused_body_names_each_place(dev: DevService, rooms_client: RoomsClient):
    now = dev.get_clock().time
    with pytest.raises(HttpResponseError):
        rooms_client.create_room(valid_from=now, valid_until=now - timedelta(hours=1))
    refusal = "ValidUntil: The time range end is in the past."
    assert [one.refusal for one in dev.list_requests() if one.status == 400] == [refusal]


def test_secrets_are_hidden(dev: DevService, rooms_service: RoomsService, identity_client: CommunicationIdentityClient):
    ada, token = identity_client.create_user_and_token(["voip"])
    with RoomsClient(rooms_service.endpoint, "x" * 44, **DIRECT) as stranger:
        for headers in ({"Authorization": f"Bearer {token.token}"}, {"Authorization": "Basic c2VjcmV0"}):
            with pytest.raises(HttpResponseError):
                stranger.get_room("99475330965778483", headers=headers)
    recorded = repr(dev.list_requests())
    assert ada.raw_id in recorded
    assert rooms_service.access_key not in recorded
    assert token.token not in recorded
    assert token.token.split(".")[2] not in recorded
    assert "c2VjcmV0" not in recorded
    assert without_secrets(recorded) == recorded


def test_only_the_last_thousand_are_kept():
    journal = Journal()
    for _ in range(KEPT + 5):
        journal.note(request(), "create_room", Response(201), 0.1, None)
    kept = journal.read(None, None, KEPT)
    assert [kept[0].number, kept[-1].number, len(kept)] == [6, KEPT + 5, KEPT]


def test_own_operations_are_not_recorded():
    journal = Journal()
    journal.note(request(), "list_requests", Response(200), 0.1, None)
    assert journal.newest == 0


def test_bodies_are_cut_and_shown_whatever_their_bytes():
    journal = Journal()
    journal.note(request(b"\xff" + b"a" * 100_000), "create_room", Response(201, b"b" * 100_000), 0.1, None)
    (kept,) = journal.read(None, None, 1)
    assert kept.body.startswith("\\xffaaa")
    assert len(kept.body) < 17_000
    assert len(kept.answer_body) < 17_000


@pytest.mark.parametrize(
    ("after", "before", "limit", "numbers"),
    [
        pytest.param(None, None, 2, [4, 5], id="the newest"),
        pytest.param(None, 4, 2, [2, 3], id="those before"),
        pytest.param(2, None, 2, [3, 4], id="those after"),
        pytest.param(1, 4, 9, [2, 3], id="between"),
        pytest.param(None, None, 0, [], id="none"),
        pytest.param(5, None, 2, [], id="at the end"),
    ],
)
def test_pages(after: int | None, before: int | None, limit: int, numbers: list[int]):
    journal = Journal()
    for _ in range(5):
        journal.note(request(), "create_room", Response(201), 0.1, None)
    assert [one.number for one in journal.read(after, before, limit)] == numbers


def test_following_yields_requests_as_they_come(dev: DevService, rooms_client: RoomsClient):
    rooms_client.create_room()
    followed = dev.follow_requests(after=0)
    assert next(followed).operation == "create_room"
    later = threading.Timer(0.05, lambda: list(rooms_client.list_rooms()))
    later.start()
    assert next(followed).operation == "list_rooms"
    later.join()


async def test_async_client_follows_from_now(rooms_service: RoomsService, rooms_client: RoomsClient):
    rooms_client.create_room()
    async with AsyncDevService.from_connection_string(rooms_service.connection_string, **DIRECT) as dev:
        waiting = threading.Timer(0.3, rooms_client.create_room)
        waiting.start()
        async for request in dev.follow_requests():
            assert request.number == 2
            break
        waiting.join()


def test_clearing_keeps_the_numbers(dev: DevService, rooms_client: RoomsClient):
    rooms_client.create_room()
    dev.clear_requests()
    assert dev.list_requests() == []
    rooms_client.create_room()
    assert [one.number for one in dev.list_requests()] == [2]


@pytest.mark.parametrize("query", ["after=x", "limit=1001", "wait=60", "before=-1", "after=99999999999999999999"])
def test_bad_parameters_are_named(dev: DevService, query: str):
    name, _, value = query.partition("=")
    with pytest.raises(HttpResponseError, match=f"{name} must be a number"):
        dev.list_requests(limit=1, params={name: value}) if name != "limit" else dev.list_requests(limit=int(value))


def test_paging_backwards_reads_everything(dev: DevService, rooms_client: RoomsClient):
    for _ in range(5):
        rooms_client.create_room()
    page, numbers = dev.list_requests(limit=2), []
    while page:
        numbers = [one.number for one in page] + numbers
        page = dev.list_requests(before=page[0].number, limit=2)
    assert numbers == list(islice(range(1, 100), 5))
