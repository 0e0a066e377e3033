"""The commands for calls, against `openrooms dev` with the demo telephone."""

import json
from collections.abc import Iterator

import pytest
from tests.support.service import Process, openrooms, running


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("telephones")
    with running("dev", "--https-port", 0, "--http-port", 0, "--sip-trunk", "demo", folder=folder) as process:
        yield process


@pytest.fixture
def room(telephony: Process) -> str:
    return str(run(telephony, "rooms", "create", "--pstn-dial-out")["id"])


def run(service: Process, *arguments: str):
    place = ("--connection-string", service.connectionString, "--ca", service.ca)
    return json.loads(openrooms(*arguments, *place, "--json").stdout)


@pytest.mark.parametrize(
    ("number", "state", "outcome", "status"),
    [
        ("+15551234500", "inCall", None, None),
        ("+15551234586", "ended", "busy", "486"),
        ("+15551234503", "ended", "declined", "603"),
        ("+15551234504", "ended", "unreachable", "404"),
    ],
)
def test_each_outcome_at_the_terminal(telephony, room, number, state, outcome, status):
    dial_out = run(telephony, "calls", "dial", room, number, "--wait")
    found = {name: dial_out[name] for name in ("phoneNumber", "state", "outcome", "sipStatus", "askedBy")}
    assert found == {
        "phoneNumber": number,
        "state": state,
        "outcome": outcome,
        "sipStatus": status,
        "askedBy": "operator",
    }


def test_a_phone_is_shown_and_hung_up(telephony, room):
    number = "+15551234500"
    run(telephony, "calls", "dial", room, number, "--wait")
    [phone] = run(telephony, "calls", "show", room)
    assert (phone["rawId"], phone["displayName"]) == (f"4:{number}", "+1 ••• ••• 4500")
    place = ("--connection-string", telephony.connectionString, "--ca", telephony.ca)
    assert openrooms("calls", "hang-up", room, number, *place).stdout.strip() == f"Hung up {number}."
    [dial_out] = run(telephony, "calls", "dial-outs", room)
    assert (dial_out["state"], dial_out["outcome"]) == ("ended", "removed")
