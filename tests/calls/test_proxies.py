"""The proxy configurations of the documentation, run by nginx and Caddy."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from tests.calls.stage import Person, Stage, eventually
from tests.calls.test_gate import ask, try_connecting, try_token
from tests.support.patience import patient
from tests.support.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOCS = Path(__file__).parents[2] / "docs" / "calls"


def nginx(play: Stage, port: int, folder: Path) -> list[str]:
    text = (DOCS / "nginx.conf").read_text()
    for documented, actual in (
        ("127.0.0.1:8721", f"127.0.0.1:{play.port}"),
        ("127.0.0.1:7880", f"127.0.0.1:{play.livekit_port}"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
    ):
        assert documented in text
        text = text.replace(documented, actual)
    text = "\n".join(line for line in text.splitlines() if "ssl_certificate" not in line)
    (folder / "temp").mkdir()
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log {folder}/access.log; client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp;\n"
        f"fastcgi_temp_path {folder}/temp; uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;\n{text}\n}}\n"
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def caddy(play: Stage, port: int, folder: Path) -> list[str]:
    text = (DOCS / "Caddyfile").read_text()
    for documented, actual in (
        ("127.0.0.1:8721", f"127.0.0.1:{play.port}"),
        ("127.0.0.1:7880", f"127.0.0.1:{play.livekit_port}"),
        ("rooms.example {", f"http://127.0.0.1:{port} {{\n\tbind 127.0.0.1"),
    ):
        assert documented in text
        text = text.replace(documented, actual)
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n}}\n{text}")
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


Command = Callable[[Stage, int, Path], list[str]]


@asynccontextmanager
async def proxied(play: Stage, command: Command, folder: Path) -> AsyncIterator[Stage]:
    """Give the stage, reached through the proxy."""
    port = free_port()
    arguments = command(play, port, folder)
    program = shutil.which(arguments[0])
    if program is None:
        pytest.fail(f"there is no {arguments[0]}: run `make tools`")
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments[1:],
        env={"PATH": os.defpath, "HOME": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    direct = play.port
    try:
        play.port = port

        async def answers() -> bool:
            with suppress(aiohttp.ClientError):
                return (await ask(play, "GET", "/openrooms/health")).status == 200
            return False

        await eventually(answers, 10)
        yield play
    finally:
        play.port = direct
        process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest.mark.parametrize("command", [nginx, caddy])
async def test_the_documented_proxy_relays_admitted_users(play, command, tmp_path):
    async with proxied(play, command, tmp_path) as seen:
        user, other = await seen.user(), await seen.user()
        room = await seen.room({user.raw_id: "Attendee", other.raw_id: "Attendee"})
        joined = await seen.join(room, user.token)
        assert joined["mediaUrl"] == f"ws://127.0.0.1:{seen.port}/livekit"
        person = Person(joined)
        await person.connect()
        assert (await try_token(seen, joined["mediaToken"], "/livekit/rtc")).status == 101
        assert (await ask(seen, "HEAD", "/livekit")).status == 200
        assert (await ask(seen, "POST", "/livekit/twirp/livekit.RoomService/ListRooms")).status == 403
        await seen.roles(room, {user.raw_id: None})
        await asyncio.wait_for(asyncio.shield(person.left), patient(1))
        for path in ("/livekit/rtc", "/livekit/rtc/v1"):
            answer = await try_token(seen, joined["mediaToken"], path)
            assert (answer.status, answer.sub_code) == (403, 5828)
        good = f"/livekit/rtc?access_token={(await seen.join(room, other.token))['mediaToken']}"
        bad = f"/livekit/rtc?access_token={joined['mediaToken']}"
        for pretended in ("X-Original-URI", "X-Forwarded-Uri"):
            assert (await try_connecting(seen, bad, (pretended, good))).status == 403
        assert (await try_connecting(seen, good)).status == 101
        assert (await try_token(seen, "x")).status == 401
        assert (await try_token(seen, joined["mediaToken"], publish="x")).status == 403
        await person.leave()
    for log in tmp_path.glob("*.log"):
        assert joined["mediaToken"] not in log.read_text()
