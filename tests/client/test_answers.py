"""Decoding of answers into values, pages and errors, with answers recorded from Azure's service."""

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.core.paging import ItemPaged
from tests.client.stub import KEY, NOT_FOUND, ROOM, answer, raw, send_and_close

from openrooms import (
    CommunicationRoom,
    InvalidIdentifierError,
    InvalidRequestError,
    InvalidRoomIdError,
    InvalidWindowError,
    Page,
    ParticipantRole,
    RoomNotFoundError,
    RoomParticipant,
    RoomsClient,
    ThrottledError,
)

ID = "99475330965778483"
MALFORMED = "The request could not be understood by the server due to malformed syntax."


def error_body(message: str, code: str = "BadRequest", **more: object) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, **more}}).encode()


def detail(target: str, message: str) -> dict[str, str]:
    return {"code": "BadArgument", "target": target, "message": message}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-04T13:46:09+00:00", datetime(2024, 1, 4, 13, 46, 9, tzinfo=UTC)),
        ("2024-01-04T13:46:09Z", datetime(2024, 1, 4, 13, 46, 9, tzinfo=UTC)),
        ("2024-01-04T13:46:24.7+00:00", datetime(2024, 1, 4, 13, 46, 24, 700000, UTC)),
        ("2024-01-04T13:46:24.733428+00:00", datetime(2024, 1, 4, 13, 46, 24, 733428, UTC)),
        ("2024-01-04T13:46:26.4706879+00:00", datetime(2024, 1, 4, 13, 46, 26, 470687, UTC)),
        ("2024-01-04T14:46:09+01:00", datetime(2024, 1, 4, 13, 46, 9, tzinfo=UTC)),
    ],
)
def test_times_are_utc_truncated_to_microseconds(rooms, stub, text, expected):
    stub.usual = answer(200, ROOM.replace(b"2025-08-29T00:29:48.5964328+00:00", text.encode()))
    room = rooms.get_room(ID)
    assert room.valid_from == expected
    assert room.valid_from.tzinfo is UTC


def test_a_room_is_a_value(rooms):
    room = rooms.get_room(ID)
    assert room == CommunicationRoom(
        id=ID,
        created_at=datetime(2025, 8, 29, 0, 29, 48, 737787, UTC),
        valid_from=datetime(2025, 8, 29, 0, 29, 48, 596432, UTC),
        valid_until=datetime(2025, 8, 30, 0, 29, 48, tzinfo=UTC),
        pstn_dial_out_enabled=True,
    )
    assert hash(room) == hash(rooms.get_room(ID))
    assert repr(room).startswith(f"CommunicationRoom(id='{ID}', created_at=datetime.datetime(2025")
    assert room != ID
    with pytest.raises(AttributeError):
        room.id = "another"
    with pytest.raises(AttributeError):
        del room.id


def test_values_can_be_copied_and_pickled(rooms, stub):
    stub.steps(answer(200, ROOM), answer(200, b'{"value":[{"rawId":"8:acs:a","role":"Presenter"}]}'))
    for value in (rooms.get_room(ID), *rooms.list_participants(ID)):
        for twin in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
            assert (twin, type(twin)) == (value, type(value))


def test_with_response_returns_the_whole_response(rooms, stub):
    stub.steps(answer(201, ROOM, {"MS-CV": "abc.0", "Set-Cookie": "a=1"}), answer(204), answer(200, b"{}"))
    response = rooms.with_response.create_room()
    assert (response.status_code, response.headers["ms-cv"], response.content) == (201, "abc.0", ROOM)
    assert response.value.id == ID
    deleted = rooms.with_response.delete_room(ID)
    assert (deleted.status_code, deleted.value, deleted.content) == (204, None, b"")
    assert rooms.with_response.remove_participants(ID, []).value is None


def test_cls_and_raw_response_hook(rooms, stub):
    """`cls` and `raw_response_hook` give access to the raw response, as in the official clients."""
    seen = []
    value = rooms.get_room(ID, cls=lambda pipeline_response, room, headers: (room.id, headers["Content-Type"]))
    rooms.get_room(ID, raw_response_hook=lambda response: seen.append(response.http_response.status_code))
    assert value == (ID, "application/json; charset=utf-8")
    assert seen == [200]
    assert len(stub.requests) == 2


def page(*ids: str, link: str | None = None) -> bytes:
    rooms = [json.loads(ROOM) | {"id": room_id} for room_id in ids]
    return json.dumps({"value": rooms} | ({"nextLink": link} if link else {})).encode()


@pytest.fixture
def three_pages(stub):
    link = f"{stub.url}/rooms?nextLink=a%2Bb&api-version=2024-04-15"
    stub.steps(*[answer(200, body) for body in (page("1", "2", link=link), page(link="/rooms?nextLink=c"), page("3"))])
    return link


def test_a_list_requests_each_link_unchanged(rooms, stub, three_pages):
    assert [room.id for room in rooms.list_rooms()] == ["1", "2", "3"]
    assert stub.targets() == [
        "GET /rooms?api-version=2025-03-13",
        "GET /rooms?nextLink=a%2Bb&api-version=2024-04-15",
        "GET /rooms?nextLink=c",
    ]
    assert all(request.signed for request in stub.requests)


def test_a_list_can_be_iterated_again(rooms, stub):
    stub.usual = answer(200, page("1"))
    listed = rooms.list_rooms()
    assert stub.requests == []
    assert [room.id for room in listed] == [room.id for room in listed] == ["1"]
    assert len(stub.requests) == 2


def test_next_returns_one_item_at_a_time(rooms, stub, three_pages):
    listed = rooms.list_rooms()
    assert [next(listed).id, next(listed).id, next(listed).id] == ["1", "2", "3"]
    with pytest.raises(StopIteration):
        next(listed)


def test_pages_have_a_continuation_token(rooms, stub, three_pages):
    pages = rooms.list_rooms().by_page()
    first = next(iter(pages))
    assert isinstance(first, Page)
    assert (len(first), first[0].id, first.continuation_token) == (2, "1", three_pages)
    assert first.response.status_code == 200
    assert [len(page) for page in rooms.list_rooms().by_page(continuation_token=three_pages)] == [0, 1]
    assert stub.targets()[1] == "GET /rooms?nextLink=a%2Bb&api-version=2024-04-15"


def test_lists_are_azure_core_item_paged():
    client = RoomsClient("http://127.0.0.1:1", KEY)
    listed = client.list_rooms()
    assert isinstance(listed, ItemPaged)
    assert iter(listed) is not iter(listed)


@pytest.mark.parametrize(
    "stranger",
    [
        "http://evil.example/rooms?nextLink=a",
        "https://{host}/rooms",
        "//evil.example/rooms",
        "http://{host}@evil.example/",
        "http://a:b@{host}/",
    ],
)
def test_links_to_other_origins_are_refused(rooms, stub, stranger):
    """A request to another origin would be signed, so a list does not follow such a link."""
    link = stranger.format(host=stub.url.removeprefix("http://"))
    with pytest.raises(ValueError, match="must lead to"):
        rooms.list_rooms().by_page(link)
    stub.steps(answer(200, page("1", link=link)))
    seen = []
    with pytest.raises(ServiceRequestError, match="must lead to"):
        seen.extend(room.id for room in rooms.list_rooms())
    assert seen == ["1"]
    assert len(stub.requests) == 1


@pytest.mark.parametrize("link", ["/rooms?n=a b", "/rooms?n=\N{SNOWMAN}", "/rooms?n=\t", "http://[/rooms"])
def test_a_malformed_link_is_an_error(rooms, stub, link):
    with pytest.raises(ValueError, match=r"."):
        rooms.list_rooms().by_page(link)
    stub.steps(answer(200, page("1", link=link)))
    with pytest.raises(ServiceRequestError, match="the next page of the list cannot be requested"):
        list(rooms.list_rooms())
    assert len(stub.requests) == 1


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_a_time_outside_utc_years_is_unreadable(rooms, stub, moment):
    stub.usual = answer(200, ROOM.replace(b"2025-08-29T00:29:48.7377878+00:00", moment.encode()))
    with pytest.raises(DecodeError, match="cannot be read"):
        rooms.get_room(ID)


def test_unknown_roles_are_kept(rooms, stub):
    body = {"value": [{"rawId": "8:acs:a_b", "role": "Presenter"}, {"rawId": "4:+1", "role": "Stenographer"}]}
    stub.usual = answer(200, json.dumps(body).encode())
    presenter, other = rooms.list_participants(ID)
    assert presenter == RoomParticipant("8:acs:a_b", ParticipantRole.PRESENTER)
    assert presenter.role is ParticipantRole.PRESENTER
    assert (other.role, other.communication_identifier.properties) == ("Stenographer", {"value": "+1"})


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "says"),
    [
        (400, error_body("Invalid room ID length."), InvalidRoomIdError, "BadRequest", "Invalid room ID length."),
        (400, error_body("Invalid room ID."), InvalidRoomIdError, "BadRequest", "Invalid room ID."),
        (
            400,
            error_body("Invalid format for communication identifier."),
            InvalidIdentifierError,
            "BadRequest",
            "Invalid format",
        ),
        (
            400,
            error_body("Communication identifier 8:x is not supported."),
            InvalidIdentifierError,
            "BadRequest",
            "8:x is not supported",
        ),
        (
            400,
            error_body(MALFORMED, details=[detail("ValidUntil", "The time range end is in the past.")]),
            InvalidWindowError,
            "BadRequest",
            "ValidUntil: The time range end is in the past.",
        ),
        (
            400,
            error_body(MALFORMED, details=[detail("", "validFrom and validUntil should be set together.")]),
            InvalidWindowError,
            "BadRequest",
            "should be set together",
        ),
        (
            400,
            error_body(MALFORMED, details=[detail("$.participants.8:acs:a.role", "Invalid participant role.")]),
            InvalidRequestError,
            "BadRequest",
            "Invalid participant role.",
        ),
        (400, b"", InvalidRequestError, "BadRequest", "the body is empty"),
        (401, error_body("Denied by the resource provider.", "Denied"), ClientAuthenticationError, "Denied", "Denied"),
        (403, b"", ClientAuthenticationError, "Forbidden", "the body is empty"),
        (404, NOT_FOUND, RoomNotFoundError, "NotFound", "The server cannot find"),
        (409, b"{}", ResourceExistsError, "Conflict", "not an error of the service"),
        (418, b'{"error": "teapot"}', HttpResponseError, "I'MATeapot", "teapot"),
        (400, b'["\xff', InvalidRequestError, "BadRequest", "not an error of the service"),
    ],
)
def test_error_answers_raise_descriptive_errors(rooms, stub, status, body, kind, code, says):
    """The error has the class, status and code, and its message names the request, the problem and the request id."""
    stub.usual = answer(status, body)
    with pytest.raises(HttpResponseError) as caught:
        rooms.get_room(ID)
    error = caught.value
    assert type(error) is kind
    assert (error.status_code, error.error.code, error.response.status_code) == (status, code, status)
    assert isinstance(error.error.details, list)
    assert str(error).startswith(f"{status} {code}: GET /rooms/{ID}: ")
    assert says in str(error)
    assert stub.requests[0].headers["x-ms-client-request-id"] in str(error)
    assert len(stub.requests) == 1


def test_an_html_error_page_is_an_error(face, stub):
    stub.usual = answer(502, b"<html><h1>Bad Gateway</h1>" + b"x" * 5000, {"Content-Type": "text/html"})
    with pytest.raises(HttpResponseError, match="text/html") as caught:
        face.rooms(stub.url, KEY, retries=0).get_room(ID)
    assert caught.value.error.code == "BadGateway"
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b"[]",
        b"null",
        b'"pstnDialOutEnabled"',
        b'{"id": 3}',
        b'{"token": "hidden',
        ROOM.replace(b'"99475330965778483"', b"99475330965778483"),
        ROOM.replace(b"validFrom", b"validfrom"),
        ROOM.replace(b'"2025-08-30T00:29:48+00:00"', b"null"),
        ROOM.replace(b"true", b'"true"'),
        ROOM.replace(b"true", b"\xff"),
        b"[" * 100_000,
    ],
)
def test_unreadable_bodies_are_not_quoted(rooms, stub, body):
    """A success with an unreadable body raises `DecodeError`, whose message does not quote the body."""
    stub.usual = answer(200, body)
    with pytest.raises(DecodeError, match="200 UnreadableAnswer: GET /rooms/") as caught:
        rooms.get_room(ID)
    assert "hidden" not in str(caught.value)


def test_error_map_replaces_the_error_class(rooms, stub):
    class Missing(ResourceNotFoundError):
        pass

    stub.usual = answer(404, NOT_FOUND)
    with pytest.raises(Missing, match="404 NotFound"):
        rooms.get_room(ID, error_map={404: Missing})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_throttled_error_has_retry_after(face, stub, headers, seconds):
    stub.usual = answer(429, b"", headers)
    with pytest.raises(ThrottledError) as caught:
        face.rooms(stub.url, KEY, retries=0).get_room(ID)
    assert caught.value.retry_after == seconds


def test_retry_after_without_a_response_is_none():
    assert ThrottledError().retry_after is None


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + ROOM,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(ROOM), ROOM),
        b"HTTP/1.1 100 Continue\r\n\r\n" + raw(200, ROOM),
        raw(200, ROOM, {"Connection": "close"}),
    ],
    ids=["until the end", "chunked", "after a 100", "closing"],
)
def test_every_framing_of_answers(rooms, stub, data):
    stub.steps(send_and_close(data))
    assert rooms.get_room(ID).id == ID
    assert rooms.get_room(ID).id == ID
    assert stub.connections == 2


def test_surplus_data_is_not_the_next_answer(rooms, stub):
    """Data after the answer is never taken for the answer to the next request."""
    stub.steps(lambda connection: connection.sendall(raw(200, ROOM) + raw(200, ROOM.replace(b"994", b"666"))))
    assert [rooms.get_room(ID).id, rooms.get_room(ID).id] == [ID, ID]


def test_a_gzip_answer_is_decompressed(rooms, stub):
    import gzip

    stub.usual = answer(200, gzip.compress(ROOM), {"Content-Encoding": "gzip"})
    assert rooms.get_room(ID).id == ID


def test_tokens_have_a_numeric_expiry(identity, stub):
    token = {"token": "secret", "expiresOn": "2026-01-01T09:00:00.1234567+00:00"}
    stub.steps(answer(200, json.dumps(token).encode()))
    issued = identity.get_token("8:acs:a_b", ["voip"], token_expires_in=timedelta(hours=1))
    assert issued == ("secret", 1767258000)
    assert isinstance(issued.expires_on, int)
    assert "secret" not in repr(issued)
    assert json.loads(stub.requests[0].body) == {"scopes": ["voip"], "expiresInMinutes": 60}


def test_create_user_with_and_without_a_token(identity, stub):
    token = {"token": "secret", "expiresOn": "2026-01-01T09:00:00+00:00"}
    stub.steps(
        answer(201, json.dumps({"identity": {"id": "8:acs:a_b"}, "accessToken": token}).encode()),
        answer(201, b'{"identity":{"id":"8:acs:a_b"}}'),
    )
    made = identity.create_user_and_token(["chat"])
    assert (made.user.raw_id, made.token.token) == ("8:acs:a_b", "secret")
    assert identity.create_user() == made.user
    assert [request.body for request in stub.requests] == [b'{"createTokenWithScopes":["chat"]}', b""]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"identity": None},
        {"identity": {"id": 3}},
        {"identity": {"id": "8:acs:a_b"}},
        {"identity": {"id": "8:acs:a_b"}, "accessToken": {"token": "hidden"}},
        {"identity": {"id": "8:acs:a_b"}, "accessToken": {"token": "hidden", "expiresOn": "soon"}},
    ],
)
def test_unreadable_tokens_are_not_quoted(identity, stub, body):
    stub.usual = answer(201, json.dumps(body).encode())
    with pytest.raises(DecodeError, match="201 UnreadableAnswer: POST /identities") as caught:
        identity.create_user_and_token(["chat"])
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda c: c.get_token("8:a", []), ValueError, "scopes is empty"),
        (lambda c: c.get_token("8:a", "voip"), TypeError, "scopes must be a list"),
        (lambda c: c.create_user_and_token([3]), TypeError, "scopes must be"),
        (
            lambda c: c.get_token("8:a", ["voip"], token_expires_in=timedelta(minutes=60, seconds=59)),
            ValueError,
            "whole minutes",
        ),
        (lambda c: c.get_token("8:a", ["voip"], token_expires_in=60), TypeError, "token_expires_in must be"),
        (lambda c: c.delete_user(None), TypeError, "user must be"),
        (lambda c: c.revoke_tokens(""), ValueError, "user must not be"),
        (lambda c: c.get_token_for_teams_user(None, "a", "b"), TypeError, "aad_token must be a str"),
    ],
)
def test_identity_arguments_are_checked_before_sending(identity, stub, call, error, says):
    with pytest.raises(error, match=says):
        call(identity)
    assert stub.requests == []
