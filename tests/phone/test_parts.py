"""The parts of the line that wait for nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.telephones import Outcome
from openrooms.server.phone.dialogs import Dialog, follow, goodbye
from openrooms.server.phone.mixing import Mixer
from openrooms.server.phone.outcomes import read_reason
from openrooms.server.phone.sip_text import read_message
from openrooms.server.phone.trunk import BadTrunk, Ports, Transport, Trunk, parse_address, parse_ports

INVITE = """INVITE sip:+15551234567@trunk:5070;transport=udp SIP/2.0
Via: SIP/2.0/UDP 10.0.0.1:4711;branch=z9hG4bK1;rport
Contact: <sip:openrooms@10.0.0.1:4711>
To: <sip:+15551234567@trunk:5070>
From: <sip:openrooms@trunk:5070>;tag=ours
Call-ID: c1
CSeq: 7 INVITE
Authorization: Digest username="ann", response="secret"

"""
ANSWER = """SIP/2.0 {status}
v: SIP/2.0/UDP 10.0.0.1:4711;branch=z9hG4bK1
Record-Route: <sip:a.example;lr>, <sip:b.example;lr>
Record-Route: <sip:c.example;lr>
f: <sip:openrooms@trunk:5070>;tag=ours
t: <sip:+15551234567@trunk:5070>;tag=theirs
i: c1
CSeq: {cseq}
m: "A phone" <sip:phone@10.0.0.9:5080;ob>;expires=60

"""
BYE = "BYE sip:phone@10.0.0.9 SIP/2.0\nCall-ID: c1\nCSeq: 1 BYE\n\n"


def after(*texts: str) -> Dialog | None:
    dialog = None
    for text in texts:
        dialog = follow(dialog, text)
    return dialog


def answer(status: str, cseq: str = "7 INVITE") -> str:
    return ANSWER.format(status=status, cseq=cseq)


def test_ringing_call_is_cancelled():
    """The CANCEL has the Via, the number and the addresses of the INVITE, and no secret of it."""
    dialog = after(INVITE, answer("100 Trying"), answer("180 Ringing"))
    assert dialog is not None
    text = goodbye(dialog, "udp", "10.0.0.1:9").decode()
    message = read_message(text)
    assert message.line == "CANCEL sip:+15551234567@trunk:5070;transport=udp SIP/2.0"
    assert message.all("via") == ["SIP/2.0/UDP 10.0.0.1:4711;branch=z9hG4bK1;rport"]
    assert message.first("to") == "<sip:+15551234567@trunk:5070>"
    assert message.first("cseq") == "7 CANCEL"
    assert "secret" not in text


def test_answered_call_gets_a_bye():
    """The BYE goes to the phone's own address, along its routes in reverse, with a later number."""
    dialog = after(INVITE, answer("180 Ringing"), answer("200 OK"))
    assert dialog is not None
    message = read_message(goodbye(dialog, "udp", "10.0.0.1:9").decode())
    assert message.line == "BYE sip:phone@10.0.0.9:5080;ob SIP/2.0"
    assert message.all("route") == ["<sip:c.example;lr>", "<sip:b.example;lr>", "<sip:a.example;lr>"]
    assert message.first("from") == "<sip:openrooms@trunk:5070>;tag=ours"
    assert message.first("to") == "<sip:+15551234567@trunk:5070>;tag=theirs"
    assert message.first("cseq") == "107 BYE"


@pytest.mark.parametrize(
    "texts",
    [
        (INVITE, answer("486 Busy Here")),
        (INVITE, answer("200 OK"), BYE),
        (INVITE, answer("180 Ringing"), answer("487 Request Terminated")),
        (answer("200 OK"),),
        ("nonsense",),
        ("",),
    ],
)
def test_nothing_is_left_to_hang_up(texts: tuple[str, ...]):
    assert after(*texts) is None


def test_password_request_begins_anew():
    """The refusal of the first INVITE does not end the second one, also when it comes again later."""
    again = INVITE.replace("CSeq: 7", "CSeq: 8").replace("branch=z9hG4bK1", "branch=z9hG4bK2")
    dialog = after(INVITE, answer("401 Unauthorized"), again, answer("401 Unauthorized"))
    assert dialog is not None
    assert (dialog.number, "z9hG4bK2" in dialog.via) == (8, True)


def test_later_invites_change_nothing():
    later = INVITE.replace("CSeq: 7", "CSeq: 9")
    assert after(INVITE, answer("200 OK"), later) == after(INVITE, answer("200 OK"))


@given(st.text())
def test_any_text_is_followed(text: str):
    follow(None, text)
    follow(after(INVITE), text)


@pytest.mark.parametrize(
    ("reason", "outcome", "status"),
    [
        ("486 Busy Here", Outcome.BUSY, 486),
        ("603 Decline", Outcome.DECLINED, 603),
        ("408 Request Timeout", Outcome.NO_ANSWER, 408),
        ("404 Not Found", Outcome.UNREACHABLE, 404),
        ("401 Unauthorized", Outcome.FAILED, 401),
        ("Connection refused [111]", Outcome.UNREACHABLE, None),
        ("", Outcome.UNREACHABLE, None),
    ],
)
def test_reasons(reason: str, outcome: Outcome, status: int | None):
    assert read_reason(reason) == (outcome, status)


def pcm(*samples: int) -> bytes:
    return np.array(samples, np.int16).tobytes()


def test_voices_are_added_up():
    """They are added sample by sample, without wrapping around; a voice that says less leaves the others alone."""
    mixer = Mixer(8000)
    mixer.add("ann", pcm(1, 30000, -30000))
    mixer.add("ben", pcm(2, 30000, -30000, 5))
    assert mixer.take(3) == pcm(3, 32767, -32768)
    assert mixer.take(3) == pcm(5)
    assert mixer.take(3) == b""


def test_voice_is_never_late():
    """What nobody takes is dropped after a fifth of a second, the oldest first."""
    mixer = Mixer(1000)
    mixer.add("ann", pcm(*range(1000)))
    assert mixer.take(1000) == pcm(*range(800, 1000))
    mixer.add("ann", pcm(1))
    mixer.remove("ann")
    assert mixer.take(1) == b""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sip.example.com", ("sip.example.com", None)),
        ("SIP.example.com:5061", ("sip.example.com", 5061)),
        ("[2001:db8::1]:5060", ("[2001:db8::1]", 5060)),
    ],
)
def test_addresses(text: str, address: tuple[str, int | None]):
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "sip:a", "a b", "a:0", "a:99999", "a;transport=tcp", "a@b", "-a", "a\r\nVia: b"])
def test_wrong_addresses(text: str):
    with pytest.raises(BadTrunk, match="HOST:PORT"):
        parse_address(text)


@pytest.mark.parametrize("text", ["", "1-2", "20000", "20000-20001", "30000-20000", "20000-70000", "²-³"])
def test_wrong_ports(text: str):
    with pytest.raises(BadTrunk, match="FIRST-LAST"):
        parse_ports(text)


def test_ports():
    assert parse_ports("20000-20100") == Ports(20000, 20100)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"user": 'a"b'}, "--sip-user"),
        ({"user": "a", "password": 'a"b'}, "--sip-password"),
        ({"password": "a"}, "--sip-user"),
        ({"caller": "5550100"}, "--sip-from"),
        ({"ca": "a.pem"}, "--sip-transport tls"),
    ],
)
def test_wrong_trunks(values: dict[str, str], named: str):
    with pytest.raises(BadTrunk, match=named):
        Trunk(host="a", **values)  # type: ignore[arg-type]


def test_trunk_hides_its_password():
    trunk = Trunk(host="a", user="ann", password="hidden", transport=Transport.TLS)
    assert "hidden" not in f"{trunk} {trunk!r} {[trunk]}"
