"""Dialling out with the calls clients: the requests, and the models of the answers."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError
from tests.client.faces import AsyncFace, SyncFace
from tests.client.stub import KEY, Stub, answer

from openrooms.calls import CallRefusedError, DialOut
from openrooms.identity import CommunicationUserIdentifier, PhoneNumberIdentifier

ROOM = "99475330965778483"
ADA = "8:acs:5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c_00000029-931c-aa89-e84c-09bd456064be"
NUMBER = "+15551234567"
PHONE = f"/openrooms/rooms/{ROOM}/call/participants/4:%2B15551234567"
RINGING = {"id": "7c", "phoneNumber": NUMBER, "state": "ringing", "askedBy": ADA, "since": "2026-01-01T09:00:00+00:00"}
ENDED = RINGING | {
    "state": "ended",
    "askedBy": "operator",
    "answeredAt": "2026-01-01T09:00:01+00:00",
    "outcome": "hungUp",
    "sipStatus": 200,
}
NINE = datetime(2026, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def calls(face: SyncFace | AsyncFace, stub: Stub) -> Any:
    """A calls client of the stub."""
    return face.calls(stub.url, KEY)


@pytest.mark.parametrize("number", [NUMBER, f"4:{NUMBER}", PhoneNumberIdentifier(NUMBER)], ids=repr)
def test_a_dial_out(calls, stub, number):
    stub.steps(answer(202, json.dumps(RINGING).encode()))
    dial_out = calls.dial_out(ROOM, number)
    assert dial_out == DialOut("7c", NUMBER, "ringing", CommunicationUserIdentifier(ADA), NINE)
    assert not dial_out.has_ended
    [request] = stub.requests
    assert (request.method, request.target) == ("POST", f"/openrooms/rooms/{ROOM}/call:dialOut")
    assert json.loads(request.body) == {"phoneNumber": NUMBER}


def test_the_dial_outs_of_a_call(calls, stub):
    stub.steps(answer(200, json.dumps({"state": "idle", "participants": [], "dialOuts": [RINGING, ENDED]}).encode()))
    _, ended = calls.get_call(ROOM).dial_outs
    assert ended == DialOut("7c", NUMBER, "ended", None, NINE, NINE.replace(second=1), "hungUp", 200)
    assert ended.has_ended


@pytest.mark.parametrize(
    ("ask", "action", "body"),
    [
        (lambda client: client.mute_participant(ROOM, NUMBER), "mute", None),
        (lambda client: client.unmute_phone(ROOM, NUMBER), "unmute", None),
        (lambda client: client.remove_from_call(ROOM, PhoneNumberIdentifier(NUMBER)), "remove", None),
        (lambda client: client.send_dtmf(ROOM, NUMBER, "12#"), "sendDtmf", {"digits": "12#"}),
    ],
    ids=["mute", "unmute", "remove", "digits"],
)
def test_a_telephone_is_named_by_its_number(calls, stub, ask, action, body):
    stub.steps(answer(200, b"{}"))
    assert ask(calls) is None
    [request] = stub.requests
    assert (request.method, request.target) == ("POST", f"{PHONE}:{action}")
    assert (json.loads(request.body) if request.body else None) == body


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(403, "NumberNotAllowed", CallRefusedError), (409, "NumberInCall", ResourceExistsError)],
)
def test_a_refused_number(calls, stub, status, code, error):
    stub.steps(answer(status, json.dumps({"error": {"code": code, "message": "no"}}).encode()))
    with pytest.raises(error, match=code):
        calls.dial_out(ROOM, NUMBER)


def test_dialling_is_not_repeated_if_it_may_have_happened(calls, stub):
    """A second try could call the telephone again after it has hung up."""
    stub.usual = answer(503, b'{"error":{"code":"ServiceUnavailable","message":"try again"}}')
    with pytest.raises(Exception, match="503"):
        calls.dial_out(ROOM, NUMBER)
    assert len(stub.requests) == 1
