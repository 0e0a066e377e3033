"""The requests of the rooms client, and the arguments that it refuses."""

import base64
import json
import threading
import warnings
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from math import inf, nan
from uuid import UUID

import pytest
from azure.communication.rooms import ParticipantRole as OfficialRole
from azure.communication.rooms import RoomParticipant as OfficialParticipant
from azure.core.credentials import AzureKeyCredential
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.rest import HttpRequest
from tests.client.stub import KEY, ROOM, answer

from openrooms import (
    CommunicationUserIdentifier,
    ParticipantRole,
    RoomParticipant,
    RoomsClient,
    ServiceVersion,
)
from openrooms.client._policies import SignaturePolicy
from openrooms.identity import PersonalData, PersonalRecord
from openrooms.wire.signing import AccessKey, string_to_sign

FIRST = datetime.min.replace(tzinfo=timezone(timedelta(hours=10)))
LAST = datetime.max.replace(tzinfo=timezone(timedelta(hours=-10)))
NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)
ID = "99475330965778483"
ADA = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
PATCH = "application/merge-patch+json"


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        pytest.param(lambda c: c.create_room(), ("POST", "/rooms", "application/json", {}), id="create with nothing"),
        pytest.param(
            lambda c: c.create_room(
                valid_from=NINE, pstn_dial_out_enabled=False, participants=[RoomParticipant(ADA, "Presenter")]
            ),
            (
                "POST",
                "/rooms",
                "application/json",
                {
                    "validFrom": "2026-01-01T09:00:00.000000Z",
                    "pstnDialOutEnabled": False,
                    "participants": {ADA: {"role": "Presenter"}},
                },
            ),
            id="create",
        ),
        pytest.param(lambda c: c.create_room(participants=None), ("POST", "/rooms", "application/json", {}), id="None"),
        pytest.param(lambda c: c.update_room(ID), ("PATCH", f"/rooms/{ID}", PATCH, {}), id="update with nothing"),
        pytest.param(
            lambda c: c.update_room(room_id=ID, valid_until=NINE.astimezone(timezone(timedelta(hours=-5)))),
            ("PATCH", f"/rooms/{ID}", PATCH, {"validUntil": "2026-01-01T09:00:00.000000Z"}),
            id="update leaves out what is not given",
        ),
        pytest.param(lambda c: c.get_room(room_id=ID), ("GET", f"/rooms/{ID}", None, None), id="get"),
        pytest.param(lambda c: c.get_room("a b/ä?"), ("GET", "/rooms/a%20b%2F%C3%A4%3F", None, None), id="odd id"),
        pytest.param(lambda c: c.delete_room(ID), ("DELETE", f"/rooms/{ID}", None, None), id="delete"),
        pytest.param(
            lambda c: c.add_or_update_participants(
                room_id=ID, participants=(user for user in [ADA, CommunicationUserIdentifier("8:acs:b")])
            ),
            (
                "PATCH",
                f"/rooms/{ID}/participants",
                PATCH,
                {"participants": {ADA: {"role": "Attendee"}, "8:acs:b": {"role": "Attendee"}}},
            ),
            id="add raw ids and identifiers, in order",
        ),
        pytest.param(
            lambda c: c.remove_participants(ID, [RoomParticipant(ADA), "8:acs:b"]),
            ("PATCH", f"/rooms/{ID}/participants", PATCH, {"participants": {ADA: None, "8:acs:b": None}}),
            id="remove",
        ),
        pytest.param(
            lambda c: c.add_or_update_participants(
                ID, [OfficialParticipant(communication_identifier=CommunicationUserIdentifier(ADA), role="King")]
            ),
            ("PATCH", f"/rooms/{ID}/participants", PATCH, {"participants": {ADA: {"role": "King"}}}),
            id="a participant of the official package, in an unknown role",
        ),
    ],
)
def test_each_operation_sends_one_signed_request(rooms, stub, call, sent):
    call(rooms)
    [request] = stub.requests
    body = json.loads(request.body) if request.body else None
    path = request.target.removesuffix("?api-version=2025-03-13")
    assert (request.method, path, request.headers.get("content-type"), body) == sent
    assert request.signed


def test_official_roles_are_sent_by_their_value(rooms, stub):
    rooms.add_or_update_participants(ID, [RoomParticipant(ADA, OfficialRole.CONSUMER)])
    assert json.loads(stub.requests[0].body) == {"participants": {ADA: {"role": "Consumer"}}}


@pytest.mark.parametrize("bad", ["", ".", ".."])
@pytest.mark.parametrize(
    "call",
    [
        lambda c, bad: c.get_room(bad),
        lambda c, bad: c.delete_room(bad),
        lambda c, bad: c.update_room(bad),
        lambda c, bad: c.add_or_update_participants(bad, [ADA]),
        lambda c, bad: c.remove_participants(bad, [ADA]),
        lambda c, bad: list(c.list_participants(bad)),
    ],
)
def test_ids_that_change_the_path_are_refused(rooms, stub, call, bad):
    with pytest.raises(ValueError, match="room_id must not be"):
        call(rooms, bad)
    assert stub.requests == []


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda c: c.get_room(None), TypeError, "room_id must be a str, not NoneType"),
        (lambda c: c.create_room(valid_from="2026-01-01"), TypeError, "valid_from must be a datetime, not str"),
        (lambda c: c.update_room(ID, valid_until=1), TypeError, "valid_until must be a datetime, not int"),
        (lambda c: c.create_room(pstn_dial_out_enabled="no"), TypeError, "pstn_dial_out_enabled must be a bool"),
        (lambda c: c.create_room(participants=ADA), TypeError, "participants must be a list"),
        (lambda c: c.create_room(participants=RoomParticipant(ADA)), TypeError, "participants must be a list"),
        (lambda c: c.add_or_update_participants(ID, None), TypeError, "participants must be a list"),
        (lambda c: c.create_room(participants={ADA: "Presenter"}), TypeError, r"RoomParticipant\(raw_id, role\) for"),
        (lambda c: c.add_or_update_participants(ID, {ADA: "Consumer"}), TypeError, "not a mapping"),
        (lambda c: c.remove_participants(ID, {}), TypeError, "not a mapping"),
        (lambda c: c.remove_participants(ID, [None]), TypeError, "participants must be RoomParticipant"),
        (lambda c: c.remove_participants(ID, [""]), ValueError, "raw id is empty"),
        (lambda c: c.add_or_update_participants(ID, [ADA, RoomParticipant(ADA)]), ValueError, f"{ADA} twice"),
        (lambda c: c.remove_participants(ID, [ADA, ADA]), ValueError, f"{ADA} twice"),
        (lambda c: c.create_room(request_id="soon"), ValueError, "request_id must be a UUID"),
        (lambda c: c.create_room(request_id=3), TypeError, "request_id must be a UUID, not int"),
        (lambda c: c.create_room(valid_from=LAST), ValueError, "valid_from cannot be converted to UTC"),
        (lambda c: c.update_room(ID, valid_until=FIRST), ValueError, "valid_until cannot be converted to UTC"),
        (lambda c: c.get_room(ID, timeout="5"), TypeError, "timeout must be a number of seconds or None, not str"),
        (lambda c: c.get_room(ID, timeout=nan), ValueError, "timeout must be .* not nan"),
        (lambda c: c.get_room(ID, read_timeout="5"), TypeError, "read_timeout must be .* not str"),
        (lambda c: c.get_room(ID, connection_timeout=True), TypeError, "connection_timeout must be .* not bool"),
        (lambda c: c.get_room(ID, headers={"X-Note": "\N{SNOWMAN}"}), ValueError, "'X-Note'"),
        (lambda c: c.get_room(ID, tiemout=3), TypeError, "tiemout"),
        (lambda c: c.get_room(ID, headers={"X-Note": "a\r\nHost: evil"}), ValueError, "'X-Note'"),
        (lambda _: RoomParticipant(ADA, 3), TypeError, "role must be"),
        (lambda _: RoomParticipant(None), TypeError, "communication_identifier must be"),
    ],
)
def test_wrong_arguments_are_named_and_not_sent(rooms, stub, call, error, says):
    with pytest.raises(error, match=says):
        call(rooms)
    assert stub.requests == []


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"retries": -1}, ValueError, "retries must not be negative"),
        ({"retries": "3"}, TypeError, "retries must be an int, not str"),
        ({"retries": True}, TypeError, "retries must be an int, not bool"),
        ({"timeout": "5"}, TypeError, "timeout must be a number of seconds or None, not str"),
        ({"timeout": nan}, ValueError, "timeout must be .* not nan"),
        ({"read_timeout": "5"}, TypeError, "read_timeout must be"),
        ({"connection_timeout": nan}, ValueError, "connection_timeout must be"),
    ],
)
def test_wrong_options_of_a_client_are_named(face, stub, options, error, says):
    with pytest.raises(error, match=says):
        face.rooms(stub.url, KEY, **options)


@pytest.mark.parametrize("limit", [None, inf, 1e12])
@pytest.mark.parametrize("name", ["timeout", "read_timeout", "connection_timeout"])
def test_none_means_no_limit(face, stub, name, limit):
    client = face.rooms(stub.url, KEY, **{name: limit})
    assert client.get_room(ID, **{name: limit}).id == ID
    assert client.get_room(ID).id == ID


def test_header_errors_do_not_contain_the_signature(rooms):
    with pytest.raises(ValueError, match="'X-Note'") as caught:
        rooms.get_room(ID, headers={"X-Note": "\N{SNOWMAN}"})
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_naive_times_are_utc_with_a_warning(rooms, stub, face):
    """A time without a time zone is taken as UTC, with a warning that points at the caller."""
    with pytest.warns(UserWarning, match="valid_from has no time zone") as caught:
        rooms.create_room(valid_from=datetime(2026, 1, 1, 20))  # noqa: DTZ001 - the naive time is tested
    assert json.loads(stub.requests[0].body) == {"validFrom": "2026-01-01T20:00:00.000000Z"}
    if face.name == "sync":
        assert caught[0].filename == __file__


def test_creating_a_room_is_repeatable(rooms, stub):
    request_id = UUID("5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c")
    rooms.create_room()
    rooms.create_room(request_id=request_id)
    first, second = (UUID(request.headers["repeatability-request-id"]) for request in stub.requests)
    assert first.version == 4
    assert second == request_id
    first_sent = parsedate_to_datetime(stub.requests[0].headers["repeatability-first-sent"])
    assert abs(datetime.now(UTC) - first_sent) < timedelta(minutes=1)


def test_every_request_has_its_own_id(rooms, stub):
    rooms.get_room(ID)
    response = rooms.with_response.get_room(ID)
    ids = [request.headers["x-ms-client-request-id"] for request in stub.requests]
    assert len(set(ids)) == 2
    assert response.request_id == ids[1]


def test_custom_headers_and_params(rooms, stub):
    """The caller's headers and parameters are sent, and the dictionaries are not changed."""
    headers = {"X-Trace": "7"}
    rooms.get_room(ID, headers=headers, params={"a b": "c&d"})
    [request] = stub.requests
    assert headers == {"X-Trace": "7"}
    assert request.headers["x-trace"] == "7"
    assert request.target.endswith("&a+b=c%26d")
    assert request.signed


@pytest.mark.parametrize("version", [ServiceVersion.V2023_06_14, "2024-04-15", "2099-01-01"])
def test_any_api_version_can_be_requested(face, stub, version):
    stub.usual = answer(200, ROOM.replace(b',"pstnDialOutEnabled":true', b""))
    room = face.rooms(stub.url, KEY, api_version=version).get_room(ID)
    assert stub.requests[0].target.endswith(f"?api-version={version!s}")
    assert room.pstn_dial_out_enabled is False


@pytest.mark.parametrize("credential", [KEY, AzureKeyCredential(KEY)], ids=["text", "AzureKeyCredential"])
def test_a_key_is_text_or_a_credential(face, stub, credential):
    face.rooms(stub.url, credential).get_room(ID)
    assert stub.requests[0].signed


def test_a_key_replaced_while_in_use_signs_the_next_request(face, stub):
    credential = AzureKeyCredential("b2xkIGtleQ==")
    client = face.rooms(stub.url, credential)
    client.get_room(ID)
    credential.update(KEY)
    client.get_room(ID)
    assert [request.signed for request in stub.requests] == [False, True]


def test_threads_sign_with_the_key_that_they_read():
    """One thread is stopped at each step of changing the key while others sign."""
    keys = [base64.b64encode(name).decode() for name in (b"first", b"second", b"third")]
    credential = AzureKeyCredential(keys[0])
    signed: list[tuple[str, str]] = []

    class Interrupted(SignaturePolicy):
        def __setattr__(self, name, value):
            if threading.current_thread() is threading.main_thread():
                other = threading.Thread(target=sign_as_another)
                other.start()
                other.join()
            super().__setattr__(name, value)

    def sign_as_another():
        if credential.key == keys[0]:
            return
        credential.update(keys[2])
        signed.append((credential.key, signer(policy, keys)))

    policy = Interrupted(credential)
    credential.update(keys[1])
    assert signer(policy, keys) == keys[1]
    assert signed, "there was nothing to interrupt"
    signed.append((credential.key, signer(policy, keys)))
    credential.update(keys[1])
    signed.append((credential.key, signer(policy, keys)))
    assert [by for _, by in signed] == [asked for asked, _ in signed]


def signer(policy, keys):
    """Return the key that signs a request now."""
    request = HttpRequest("GET", "http://rooms.example/rooms")
    policy.on_request(PipelineRequest(request, PipelineContext(None)))
    headers = request.headers
    text = string_to_sign("GET", "/rooms", headers["x-ms-date"], "rooms.example", headers["x-ms-content-sha256"])
    return next(key for key in keys if headers["Authorization"].endswith(f"={AccessKey(key).sign(text)}"))


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("http://ROOMS.Example:80/", "rooms.example"),
        ("HTTP://rooms.example", "rooms.example"),
        ("http://rooms.example:8080", "rooms.example:8080"),
        ("http://[::1]:80", "[::1]"),
    ],
)
def test_the_host_is_signed_as_it_is_sent(face, stub, endpoint, host):
    """The stub is the proxy, so the endpoint can be any URL."""
    client = face.rooms(endpoint, KEY, proxies={"http": stub.url})
    client.get_room(ID)
    [request] = stub.requests
    assert request.target == f"http://{host}/rooms/{ID}?api-version=2025-03-13"
    assert request.headers["host"] == host
    assert request.signed


def test_identifiers_are_sent_as_signed(identity, stub):
    stub.usual = answer(204)
    identity.delete_user("8:acs:a b/c%2F")
    [request] = stub.requests
    assert request.target == "/identities/8:acs:a%20b%2Fc%252F?api-version=2023-10-01"
    assert request.signed


def test_a_person_is_exported_page_by_page_and_erased(identity, stub):
    record = b'{"value": [{"kind": "stays", "fields": {"seconds": 9}}], "next": "abc"}'
    stub.steps(answer(200, record), answer(200, b'{"value": []}'))
    data = identity.export_user("8:acs:ada")
    assert data == PersonalData([PersonalRecord("stays", {"seconds": 9})], "abc")
    assert identity.export_user("8:acs:ada", after=data.next) == PersonalData([], "")
    stub.steps(answer(202, b'{"state": "running"}'), answer(200, b'{"state": "done"}'))
    assert [identity.erase_user("4:+15551234567") for _ in range(2)] == [False, True]
    assert [request.body for request in stub.requests] == [b"{}", b'{"after":"abc"}', b"", b""]
    assert stub.requests[-1].target == "/openrooms/users/4:%2B15551234567:erase?api-version=2023-10-01"


def test_an_unclosed_client_causes_no_warning(stub):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RoomsClient(stub.url, KEY).get_room(ID)


def test_calls_after_close_raise_an_error(face, stub):
    client = face.rooms(stub.url, KEY)
    client.get_room(ID)
    client.close()
    with pytest.raises(ValueError, match="closed"):
        client.get_room(ID)


def test_participants_are_compared_by_value():
    ada = RoomParticipant(CommunicationUserIdentifier(ADA), ParticipantRole.PRESENTER)
    assert ada == RoomParticipant(communication_identifier=ADA, role="Presenter")
    assert ada != RoomParticipant(ADA, "Consumer")
    assert RoomParticipant(ADA, None).role is ParticipantRole.ATTENDEE
    assert ada.replace(role="Consumer").role is ParticipantRole.CONSUMER
    assert repr(ada) == (
        f"RoomParticipant(communication_identifier=CommunicationUserIdentifier(raw_id={ADA!r}), "
        "role=<ParticipantRole.PRESENTER: 'Presenter'>)"
    )


@pytest.mark.parametrize(
    ("role", "kept"),
    [
        (ParticipantRole.CONSUMER, ParticipantRole.CONSUMER),
        ("Presenter", ParticipantRole.PRESENTER),
        (OfficialRole.COLLABORATOR, ParticipantRole.COLLABORATOR),
        ("Interpreter", "Interpreter"),
        (None, ParticipantRole.ATTENDEE),
    ],
)
def test_the_role_of_a_participant_can_be_set(role, kept):
    ada = RoomParticipant(ADA, "Presenter")
    ada.role = role
    assert ada.role == kept
    assert type(ada.role) is type(kept)


def test_only_the_role_of_a_participant_can_be_set():
    ada = RoomParticipant(ADA, "Presenter")
    with pytest.raises(AttributeError):
        ada.communication_identifier = "8:acs:eve"
    with pytest.raises(AttributeError):
        ada.rol = "Consumer"
    with pytest.raises(AttributeError):
        del ada.role
    with pytest.raises(TypeError, match="role must be a ParticipantRole or a str, not int"):
        ada.role = 1
    assert ada == RoomParticipant(ADA, "Presenter")
    with pytest.raises(TypeError, match="unhashable"):
        hash(ada)
