"""`/.well-known/security.txt` (RFC 9116)."""

from pathlib import Path

import pytest
from tests.support.application import NOW, Clock, world

from openrooms._startup import BadSetting
from openrooms.server.process.settings import Settings
from openrooms.server.web.security_txt import SecurityTxt
from openrooms.wire.dates import format_moment, parse_moment
from openrooms.wire.operations import GET_SECURITY_TXT


def settings(**given: object) -> Settings:
    return Settings(development=True, **given)  # type: ignore[arg-type]


async def test_file_names_the_contact(tmp_path: Path) -> None:
    with_contact = settings(
        security_contact=("mailto:security@rooms.example", "https://rooms.example/report"),
        security_policy="https://rooms.example/policy",
        security_languages="en, de",
        public_url="https://rooms.example",
    )
    clock = Clock()
    async with world(tmp_path, clock=clock, routes=SecurityTxt(with_contact.security_txt, clock).routes()) as service:
        answer = await service.send("GET", GET_SECURITY_TXT.path)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        lines = dict(line.split(": ", 1) for line in answer.body.decode().splitlines()[1:])
        assert answer.body.startswith(
            b"Contact: mailto:security@rooms.example\nContact: https://rooms.example/report\n"
        )
        assert lines["Canonical"] == f"https://rooms.example{GET_SECURITY_TXT.path}"
        assert lines["Preferred-Languages"] == "en, de"
        assert format_moment(NOW) < lines["Expires"]
        assert parse_moment(lines["Expires"]) > NOW


async def test_no_file_without_a_contact(tmp_path: Path) -> None:
    async with world(tmp_path, routes=SecurityTxt(settings().security_txt, Clock()).routes()) as service:
        assert (await service.send("GET", GET_SECURITY_TXT.path)).body == (await service.send("GET", "/unknown")).body


@pytest.mark.parametrize(
    "wrong",
    [
        {"security_contact": ("security@rooms.example",)},
        {"security_contact": ("mailto:a@b\nPolicy: https://evil.example",)},
        {"security_contact": ("mailto:a@b",), "security_policy": "http://rooms.example"},
        {"security_policy": "https://rooms.example"},
    ],
)
def test_refused_settings(wrong: dict[str, object]) -> None:
    with pytest.raises(BadSetting, match=r"security"):
        settings(**wrong)
