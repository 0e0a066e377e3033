"""The settings of the telephone line: what they mean, and what is refused."""

from pathlib import Path

import pytest

from openrooms.cli import commands, service
from openrooms.domain.telephones import Limits
from openrooms.server.phone.trunk import MediaEncryption, Ports, Transport
from openrooms.server.process import settings
from openrooms.server.process.settings import Settings

LIVEKIT = ("--livekit", "ws://127.0.0.1:7880", "--livekit-api-key", "key", "--livekit-api-secret", "s" * 32)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Settings]:
    """Collect the settings of services instead of running them."""
    monkeypatch.chdir(tmp_path)
    collected: list[Settings] = []
    monkeypatch.setattr(service, "_run", collected.append)
    return collected


def serve(*flags: str) -> int:
    return commands.run(["serve", "--data", "data", *LIVEKIT, *flags])


def test_telephones_are_off_by_default(started: list[Settings]):
    assert serve() == 0
    assert not started[0].telephones.are_on


def test_nothing_may_be_called_by_default(started: list[Settings]):
    assert serve("--sip-trunk", "sip.example.com") == 0
    assert started[0].telephones.limits == Limits(prefixes=())


def test_trunk(started: list[Settings], tmp_path: Path):
    (tmp_path / "password").write_text("hidden words\n")
    (tmp_path / "ca.pem").write_text("")
    flags = ["--sip-trunk", "sip.example.com:5061", "--sip-transport", "tls", "--sip-user", "ann"]
    flags += ["--sip-password-file", "password", "--sip-from", "+15550100", "--sip-ringing", "30", "--sip-ca", "ca.pem"]
    flags += ["--sip-allow", "+1, +49", "--sip-media-encryption", "sdes", "--sip-rtp-ports", "30000-30010"]
    flags += ["--sip-legs", "2", "--sip-longest", "600"]
    assert serve(*flags) == 0
    telephones = started[0].telephones
    trunk = telephones.trunk
    assert trunk is not None
    assert (trunk.address, trunk.transport, trunk.user) == ("sip.example.com:5061", Transport.TLS, "ann")
    assert (trunk.password, trunk.caller, trunk.ca) == ("hidden words", "+15550100", str(tmp_path / "ca.pem"))
    assert (trunk.media_encryption, trunk.rtp_ports) == (MediaEncryption.SDES, Ports(30000, 30010))
    assert telephones.limits == Limits(prefixes=("+1", "+49"), legs_per_room=2, longest_seconds=600, ringing_seconds=30)
    assert "hidden" not in repr(started[0])


def test_demo_may_be_called_at_any_number(started: list[Settings]):
    assert commands.run(["dev", "--sip-trunk", "demo"]) == 0
    assert started[0].telephones.limits.prefixes == ("+",)


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (["--sip-trunk", "sip:example.com"], "HOST:PORT"),
        (["--sip-trunk", "demo"], "openrooms dev"),
        (["--sip-trunk", "a", "--livekit", "off"], "calls are off"),
        (["--sip-trunk", "a", "--sip-password", "b"], "--sip-user"),
        (["--sip-trunk", "a", "--sip-from", "0555"], "+15550100"),
        (["--sip-trunk", "a", "--sip-allow", "1"], "+1,+49"),
        (["--sip-trunk", "a", "--sip-allow", "+0"], "+1,+49"),
        (["--sip-trunk", "a", "--sip-rtp-ports", "1-2"], "FIRST-LAST"),
        (["--sip-trunk", "a", "--sip-legs", "0"], "--sip-legs"),
        (["--sip-trunk", "a", "--sip-longest", "59"], "--sip-longest"),
        (["--sip-trunk", "a", "--sip-ca", "missing.pem", "--sip-transport", "tls"], "missing.pem"),
        (["--sip-trunk", "a", "--sip-user", 'a"b'], "--sip-user"),
    ],
)
def test_wrong_settings(started: list[Settings], capsys: pytest.CaptureFixture[str], flags: list[str], reason: str):
    assert serve(*flags) != 0
    assert not started
    assert reason in capsys.readouterr().err


def test_missing_libraries(
    started: list[Settings], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Without the extra, the setting says how to get it."""
    monkeypatch.setattr(settings, "_LINE_LIBRARIES", ("baresip", "a_library.that_is_not_there"))
    assert serve("--sip-trunk", "a") != 0
    assert 'pip install "openrooms[phone]"' in capsys.readouterr().err
