"""Tokens of the issuers that the operator configured; in these tests an issuer is a real small web server."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.support.application import RESOURCE, Clock, World
from tests.support.application import world as make_world
from tests.support.provider import AUDIENCE, Provider, provider

from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import whole_seconds
from openrooms.domain.operators import Operator, OperatorRole
from openrooms.server.core import openid
from openrooms.server.core.openid import Issuer, OpenIdOperators, OperatorIssuer, TeamsUsers, check_endpoint, fetch
from openrooms.server.core.ports import Resource

APP, USER = "9b8a7c6d-0000-4000-8000-000000000001", "9b8a7c6d-0000-4000-8000-000000000002"
ROLES = {"rooms.read": OperatorRole.READER, "rooms.write": OperatorRole.CONTRIBUTOR}
TARGET = "/rooms?api-version=2025-03-13"


def token_of(provider: Provider, clock: Clock, **claims: Any) -> str:
    return provider.token(clock.now, **{"roles": ["rooms.write"], **claims})


@pytest.fixture(name="provider")
async def _provider() -> AsyncIterator[Provider]:
    async with provider() as made:
        yield made


@pytest.fixture
async def trusting(provider: Provider, tmp_path: Path) -> AsyncIterator[World]:
    clock = Clock()
    issuers = [OperatorIssuer(Issuer(provider.url, (AUDIENCE,)), ROLES)]
    async with make_world(tmp_path, issuers=issuers, clock=clock) as made:
        yield made


async def ask(world: World, token: str, method: str = "GET") -> int:
    body = b"{}" if method == "POST" else b""
    return (await world.send(method, TARGET, body, {"authorization": f"Bearer {token}"})).status


async def test_document_size_is_limited() -> None:
    pieces = [b"a" * 8000, b"b" * 12_000]

    async def slow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for piece in pieces:
            await answer.write(piece)
            await asyncio.sleep(0.02)
        return answer

    application = web.Application()
    application.router.add_get("/", slow)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        assert await fetch(url) == b"".join(pieces)
        pieces[:] = [b"c" * 2**20, b"d"]
        with pytest.raises(OSError, match="longer than"):
            await fetch(url)
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def speaking(
    speak: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve a URL; at the end, wait until the clients have closed all connections."""
    conversations: list[asyncio.Future[None]] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        conversations.append(over)
        with contextlib.suppress(ConnectionError):
            await speak(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        over.set_result(None)

    async with await asyncio.start_server(converse, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
        async with asyncio.timeout(10):
            await asyncio.gather(*conversations)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", "302", id="a redirect"),
        pytest.param(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404", id="an error"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "ended early", id="half of it"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", "cannot be read: BadStatusLine", id="another protocol"),
        pytest.param(b"", "cannot be read: RemoteDisconnected|reset", id="nothing"),
        pytest.param(None, "within 0.3 s", id="no answer in time"),
    ],
)
async def test_invalid_documents(monkeypatch: pytest.MonkeyPatch, answer: bytes | None, reason: str) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)

    monkeypatch.setattr(openid, "_FETCH_SECONDS", 0.3 if answer is None else 5)
    async with speaking(speak) as url:
        with pytest.raises(OSError, match=reason):
            await fetch(url)


async def test_slow_document_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that reads it stops too, although threads cannot be cancelled."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    monkeypatch.setattr(openid, "_FETCH_SECONDS", 0.2)
    async with speaking(drip) as url:
        with pytest.raises(OSError, match="within"):
            await fetch(url)


async def test_a_slow_issuer_takes_no_thread_of_other_work() -> None:
    answers = asyncio.Event()

    async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await answers.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    async with speaking(answer_late) as url:
        # More than there are threads for other work.
        fetching = [asyncio.ensure_future(fetch(url)) for _ in range(40)]
        await asyncio.sleep(0)
        await asyncio.to_thread(int)
        assert not any(each.done() for each in fetching)
        answers.set()
        assert await asyncio.gather(*fetching) == [b"{}"] * 40


async def test_operator_roles(trusting: World, provider: Provider) -> None:
    writer = token_of(provider, trusting.clock)
    reader = token_of(provider, trusting.clock, roles=["rooms.read", "other"])
    assert [await ask(trusting, writer), await ask(trusting, writer, "POST")] == [200, 201]
    assert [await ask(trusting, reader), await ask(trusting, reader, "POST")] == [200, 403]
    assert provider.requests == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"roles": []},
        {"roles": None},
        {"roles": {"rooms.write": 1}},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": float("inf")},
        {"exp": True},
        {"nbf": 2**40},
    ],
)
async def test_invalid_claims(trusting: World, provider: Provider, claims: dict[str, object]) -> None:
    assert await ask(trusting, token_of(provider, trusting.clock, **claims)) == 401


@pytest.mark.parametrize(
    ("url", "issuer", "may"),
    [
        ("https://keys.example/keys", "https://issuer.example", True),
        ("http://127.0.0.1:8080/keys", "http://localhost:8080", True),
        ("https://keys.example/keys", "http://localhost:8080", True),
        ("http://127.0.0.1:8722/openrooms/metrics", "https://issuer.example", False),
        ("http://keys.example/keys", "http://localhost:8080", False),
        ("file:///etc/passwd", "https://issuer.example", False),
        ("", "https://issuer.example", False),
    ],
)
def test_issuer_elsewhere_names_no_address_of_this_machine(url: str, issuer: str, may: bool) -> None:
    with contextlib.nullcontext() if may else pytest.raises(ValueError, match="https"):
        check_endpoint(url, issuer)


async def test_invalid_signatures(trusting: World, provider: Provider) -> None:
    good = token_of(provider, trusting.clock)
    stranger = rsa.generate_private_key(65537, 2048)
    claims = jwt.decode(good, options={"verify_signature": False})
    forged = [
        token_of(provider, trusting.clock, key=stranger),
        good[:-8] + "AAAAAAAA",
        jwt.encode(claims, "", "none", headers={"kid": provider.key_name}),
        jwt.encode(claims, "secret-secret-secret-secret-secret", "HS256", headers={"kid": "symmetric"}),
        jwt.encode(claims, "secret-secret-secret-secret-secret", "HS256", headers={"kid": provider.key_name}),
        jwt.encode(claims, stranger, "RS256"),
    ]
    assert [await ask(trusting, token) for token in forged] == [401] * len(forged)
    assert await ask(trusting, good) == 200


async def test_token_expires_by_the_services_clock(trusting: World, provider: Provider) -> None:
    token = token_of(provider, trusting.clock)
    trusting.clock.advance(minutes=59)
    assert await ask(trusting, token) == 200
    trusting.clock.advance(minutes=3)
    assert await ask(trusting, token) == 401


async def test_unknown_keys_are_fetched_at_most_once_a_minute(trusting: World, provider: Provider) -> None:
    assert await ask(trusting, token_of(provider, trusting.clock)) == 200
    provider.rotate()
    trusting.clock.advance(minutes=1)
    assert await ask(trusting, token_of(provider, trusting.clock)) == 200
    assert provider.requests == 2
    flood = [token_of(provider, trusting.clock, key_name=f"strange-{number}") for number in range(20)]
    assert set(await asyncio.gather(*(ask(trusting, token) for token in flood))) == {401}
    trusting.clock.advance(minutes=1)
    assert set(await asyncio.gather(*(ask(trusting, token) for token in flood))) == {401}
    assert provider.requests == 3


async def test_unreachable_issuer(trusting: World, provider: Provider) -> None:
    provider.is_up = False
    assert await ask(trusting, token_of(provider, trusting.clock)) == 503
    provider.is_up = True
    trusting.clock.advance(minutes=1)
    assert await ask(trusting, token_of(provider, trusting.clock)) == 200
    provider.is_up = False
    trusting.clock.advance(minutes=120)
    assert await ask(trusting, token_of(provider, trusting.clock)) == 200, "cached keys stay valid"


async def test_issuer_without_resource_needs_a_single_resource(trusting: World, provider: Provider) -> None:
    """Once there is a second resource, it is unclear to which one the operators belong."""
    token = token_of(provider, trusting.clock)
    assert await ask(trusting, token) == 200
    await trusting.storage.add_resource(Resource(ResourceId("another"), "another.example", "a2V5", "a2V5"))
    await trusting.resources.refresh()
    assert await ask(trusting, token) == 401


async def test_slow_issuer_does_not_delay_cached_keys(trusting: World, provider: Provider) -> None:
    old = provider.key_name
    assert await ask(trusting, token_of(provider, trusting.clock)) == 200
    trusting.clock.advance(minutes=61)
    provider.answers.clear()
    provider.rotate()
    async with asyncio.timeout(2):
        good = token_of(provider, trusting.clock, key_name=old, key=provider.keys[old])
        assert [await ask(trusting, good) for _ in range(10)] == [200] * 10
    del provider.keys[old]
    waiting = asyncio.create_task(ask(trusting, token_of(provider, trusting.clock)))
    await asyncio.sleep(0.05)
    assert not waiting.done(), "the token waits for its new key"
    provider.answers.set()
    assert await waiting == 200
    assert provider.requests == 2, "all waiting tokens share one request"
    assert await ask(trusting, good) == 401, "its key is no longer published"


async def test_configured_claims_and_resource(provider: Provider, world: World) -> None:
    clock = Clock()
    issuer = Issuer(provider.url, (AUDIENCE, "other"))
    nested = OperatorIssuer(issuer, ROLES, "realm_access.roles", RESOURCE)
    operators = OpenIdOperators([nested], world.resources, clock, fetch)
    token = token_of(provider, clock, roles=None, realm_access={"roles": ["rooms.read"]}, aud=["other"])
    assert await operators.verify(RESOURCE, token) == Operator(f"openid:{provider.url}#", OperatorRole.READER)
    with pytest.raises(Exception, match="Denied"):
        await operators.verify(ResourceId("another"), token)


@pytest.mark.parametrize("url", ["http://login.example", "ftp://x", "login.example", "http://127.0.0.1.evil.example"])
def test_issuers_require_https(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Issuer(url, (AUDIENCE,))


class TestTeams:
    @pytest.fixture
    async def office(self, provider: Provider, tmp_path: Path) -> AsyncIterator[World]:
        clock = Clock()
        teams = TeamsUsers(Issuer(provider.url, (AUDIENCE,)), clock, fetch)
        async with make_world(tmp_path, teams=teams, clock=clock) as made:
            yield made

    async def exchange(self, world: World, token: str | None, app_id: str = APP, user_id: str = USER) -> Any:
        body = {"token": token, "appId": app_id, "userId": user_id}
        return await world.call("POST", "/teamsUser/:exchangeAccessToken", body, version="2023-10-01")

    async def test_valid_token(self, office: World, provider: Provider) -> None:
        answer = await self.exchange(office, token_of(provider, office.clock, appid=APP, oid=USER))
        assert answer.status == 200
        assert (
            answer.headers["api-supported-versions"]
            == "2022-06-01, 2022-10-01, 2023-10-01, 2025-03-02-preview, 2025-06-30"
        )
        claims = jwt.decode(answer.json["token"], options={"verify_signature": False})
        assert claims["skypeid"] == f"orgid:{USER}"
        assert claims["exp"] == whole_seconds(office.clock.now) + 3600

    @pytest.mark.parametrize("token", ["", "garbage", None, "a.b.c"])
    async def test_token_is_checked_before_other_fields(self, office: World, token: str | None) -> None:
        answer = await self.exchange(office, token, "", "")
        assert (answer.status, answer.error["code"]) == (401, "InvalidAccessToken")

    @pytest.mark.parametrize(
        ("app_id", "user_id", "target", "message"),
        [
            ("", USER, "AppId", "AppId: The AppId field is required."),
            (APP, "", "UserId", "UserId: The UserId field is required."),
            ("x", USER, "appId", "Provided AppId has invalid format."),
            (APP, "x", "userId", "Provided UserId has invalid format."),
            (USER, USER, "appId", "AAD application is not the expected one."),
            (APP, APP, "userId", "Provided AAD token issued for unexpected user."),
        ],
    )
    async def test_refused_app_and_user_ids(
        self, office: World, provider: Provider, app_id: str, user_id: str, target: str, message: str
    ) -> None:
        token = token_of(provider, office.clock, azp=APP, oid=USER)
        answer = await self.exchange(office, token, app_id, user_id)
        assert answer.status == 400
        assert answer.error == {"code": "ValidationError", "message": message, "target": target}
        assert ("api-supported-versions" in answer.headers) == target[0].islower()


async def test_long_forged_token_costs_little_more(provider: Provider, trusting: World) -> None:
    """The minimum over some rounds counts, because other load can only make answers more expensive."""
    stranger = rsa.generate_private_key(65537, 2048)
    short = token_of(provider, trusting.clock, key=stranger)
    long = token_of(provider, trusting.clock, key=stranger, groups=["y"] * 2000)
    # The first token waits for the keys.
    assert await ask(trusting, short) == 401
    costs = {short: float("inf"), long: float("inf")}
    for _ in range(20):
        for token in costs:
            began = time.process_time()
            for _ in range(10):
                assert await ask(trusting, token) == 401
            costs[token] = min(costs[token], time.process_time() - began)
        if costs[long] < 3 * costs[short]:
            return
    pytest.fail(f"{costs[long]:.4f} s, and a short one {costs[short]:.4f} s")
