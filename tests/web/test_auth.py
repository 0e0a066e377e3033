"""Authentication: signatures in every SDK's form, operator tokens, and what refusals reveal."""

import base64
import gc
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.application import DATE, HOST, KEY, RESOURCE, SECOND_KEY, Answer, World, signed, world

from openrooms.domain.errors import NotAuthenticated
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import HOUR, Moment
from openrooms.domain.operators import OperatorRole, OperatorToken
from openrooms.server.core.administration import KeyName, regenerate_key
from openrooms.server.core.ports import Resource
from openrooms.server.process.settings import Settings
from openrooms.wire.signing import AUTHORIZATION_PREFIX, AccessKey, string_to_sign

DENIED = {"error": {"code": "Denied", "message": "Denied by the resource provider."}}
DIFFERS = {"code": "Denied", "message": "Request 'x-ms-content-sha256' differs from generated content hash."}
VERSIONED = "api-version=2025-03-13"
TARGET = f"/rooms?{VERSIONED}"
OTHER = ResourceId("00000000-9c2f-4958-8834-d0197bd38767")
OTHER_KEY = AccessKey(base64.b64encode(b"another resource's primary key!!").decode())

THE_RESOURCE = Resource(RESOURCE, None, KEY.reveal(), SECOND_KEY.reveal())


def check_denied(answer: Answer) -> None:
    assert (answer.status, answer.json) == (401, DENIED)
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers.keys().isdisjoint({"www-authenticate", "x-ms-error-code", "api-supported-versions"})


@pytest.mark.parametrize("key", [KEY, SECOND_KEY])
async def test_both_keys_are_accepted(world: World, key: AccessKey) -> None:
    assert (await world.call("GET", "/rooms", key=key)).status == 200


async def test_other_keys_are_refused(world: World) -> None:
    check_denied(await world.call("GET", "/rooms", key=OTHER_KEY))


@pytest.mark.parametrize(
    ("target", "signed_target"),
    [
        pytest.param(f"/rooms?a=1%2B2&{VERSIONED}", f"/rooms?a=1+2&{VERSIONED}", id="decoded: python rooms"),
        pytest.param(f"/rooms?a=1+2/=&{VERSIONED}", f"/rooms?a=1+2%2F%3D&{VERSIONED}", id="form: js"),
        pytest.param(f"/rooms?a=%C3%A9&{VERSIONED}", f"/rooms?a=\u00e9&{VERSIONED}", id="decoded utf-8"),
    ],
)
async def test_signed_target_in_each_sdks_form(world: World, target: str, signed_target: str) -> None:
    headers = signed("GET", signed_target, b"", DATE)
    assert (await world.send("GET", target, headers=headers)).status == 200


@pytest.mark.parametrize(
    ("host", "signed_host"),
    [
        ("localhost:8443", "localhost:8443"),
        ("localhost:8443", "localhost"),
        ("localhost", "localhost:443"),
        ("LOCALHOST:8443", "LOCALHOST:8443"),
        ("[::1]:8443", "[::1]:8443"),
        pytest.param("localhost:8443:8443", "localhost:8443:8443", id="js doubles the port"),
    ],
)
async def test_signed_host_in_each_sdks_form(world: World, host: str, signed_host: str) -> None:
    headers = signed("GET", TARGET, b"", DATE, host=signed_host) | {"host": host}
    assert (await world.send("GET", TARGET, headers=headers)).status == 200


LATER = "Sat, 30 Aug 2025 00:29:48 GMT"


def date_signed(method: str, target: str, body: bytes = b"", date: str = DATE) -> dict[str, str]:
    """Return the headers of the first Identity SDKs, which sign the Date header."""
    headers = signed(method, target, body, date)
    headers["date"] = headers.pop("x-ms-date")
    headers["authorization"] = headers["authorization"].replace("=x-ms-date;", "=date;")
    return headers


class TestDateHeader:
    async def test_date_header_is_accepted(self, world: World) -> None:
        assert (await world.send("GET", TARGET, headers=date_signed("GET", TARGET))).status == 200
        assert (await world.send("POST", TARGET, b"{}", date_signed("POST", TARGET, b"{}"))).status == 201

    @pytest.mark.parametrize(
        ("headers", "beside"),
        [
            (date_signed("GET", TARGET), {"x-ms-date": LATER}),
            (date_signed("GET", TARGET), {"x-ms-date": "nonsense"}),
            (signed("GET", TARGET, b"", DATE), {"date": LATER}),
            (signed("GET", TARGET, b"", DATE), {"date": "nonsense"}),
            (signed("GET", TARGET, b"", DATE), {"date": DATE, "Date": DATE}),
        ],
    )
    async def test_unsigned_date_header_is_ignored(
        self, world: World, headers: dict[str, str], beside: dict[str, str]
    ) -> None:
        assert (await world.send("GET", TARGET, headers=headers | beside)).status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            date_signed("GET", TARGET, date=LATER),
            date_signed("GET", TARGET, date=LATER) | {"x-ms-date": DATE},
            signed("GET", TARGET, b"", LATER) | {"date": DATE},
            date_signed("GET", TARGET) | {"date": "Fri, 29 Aug 2025 00:29:49 GMT"},
            {name: value for name, value in date_signed("GET", TARGET).items() if name != "date"} | {"x-ms-date": DATE},
            {name: value for name, value in signed("GET", TARGET, b"", DATE).items() if name != "x-ms-date"}
            | {"date": DATE},
            {"Date": "x", **date_signed("GET", TARGET)},
            date_signed("POST", TARGET),
        ],
    )
    async def test_signed_date_header_is_checked(self, world: World, headers: dict[str, str]) -> None:
        check_denied(await world.send("GET", TARGET, headers=headers))

    async def test_body_is_signed(self, world: World) -> None:
        answer = await world.send("POST", TARGET, b'{"a":1}', date_signed("POST", TARGET, b"{}"))
        assert (answer.status, answer.error) == (401, DIFFERS)


@pytest.mark.parametrize(
    "change", [str.upper, str.lower, str.title, lambda text: text.replace("date;host", "Date;Host")]
)
@pytest.mark.parametrize("sign", [date_signed, lambda *request: signed(*request, b"", DATE)])
async def test_signature_scheme_and_header_names_ignore_case(world: World, sign: Any, change: Any) -> None:
    headers = sign("GET", TARGET)
    names, _, signature = headers["authorization"].partition("Signature=")
    headers["authorization"] = change(names + "Signature=") + signature
    assert (await world.send("GET", TARGET, headers=headers)).status == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_bearer_scheme_ignores_case(world: World, scheme: str) -> None:
    token = await world.operator_tokens.issue(THE_RESOURCE, OperatorRole.READER, HOUR)
    assert (await world.send("GET", TARGET, headers={"authorization": f"{scheme} {token}"})).status == 200


@pytest.mark.parametrize(("minutes", "status"), [(-15, 200), (15, 200), (-15.1, 401), (15.1, 401)])
async def test_clocks_may_differ_by_15_minutes(world: World, minutes: float, status: int) -> None:
    headers = world.signed("GET", TARGET)
    world.clock.advance(minutes=minutes)
    assert (await world.send("GET", TARGET, headers=headers)).status == status


@pytest.mark.parametrize(
    "change",
    [
        {"authorization": ""},
        {"authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="},
        {"authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=****"},
        {"authorization": "HMAC-SHA256 SignedHeaders=host&Signature=x"},
        {"authorization": "Basic eDp5"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer \u00e9"},
        {"authorization": "Bearer a.b.c"},
        {"authorization": f"Bearer {base64.b64encode(b'[' * 9000).decode()}.e30.e30"},
        {"x-ms-date": ""},
        {"x-ms-date": "Fri, 29 Aug 2025 00:29:49 GMT"},
        {"x-ms-date": "Fri, 29 Aug 99999 00:29:48 GMT"},
        {"x-ms-date": "\u00e9"},
        {"x-ms-content-sha256": ""},
        {"host": "elsewhere"},
    ],
)
async def test_all_refusals_look_the_same(world: World, change: dict[str, str]) -> None:
    check_denied(await world.send("GET", TARGET, headers=world.signed("GET", TARGET) | change))


@pytest.mark.parametrize("target", ["/rooms", "/rooms/1", "/", "/nothing", "/identities", "/rooms?x=%FF"])
@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "HEAD", "TRACE"])
async def test_unauthenticated_callers_cannot_probe_paths(world: World, method: str, target: str) -> None:
    check_denied(await world.send(method, target))


async def test_body_must_be_signed(world: World) -> None:
    headers = signed_without_hash("POST", TARGET)
    check_denied(await world.send("POST", TARGET, b"{}", headers))


def signed_without_hash(method: str, target: str) -> dict[str, str]:
    """Return headers that sign a request without the hash of its body."""
    text = string_to_sign(method, target, DATE, HOST, "")
    return {"host": HOST, "x-ms-date": DATE, "authorization": AUTHORIZATION_PREFIX + KEY.sign(text)}


async def test_different_body_is_refused(world: World) -> None:
    answer = await world.send("POST", TARGET, b'{"pstnDialOutEnabled":true}', world.signed("POST", TARGET, b"{}"))
    assert (answer.status, answer.error) == (401, DIFFERS)
    answer = await world.send("POST", TARGET, b"", world.signed("POST", TARGET, b"{}"))
    assert (answer.status, answer.error) == (401, DIFFERS)


async def test_method_is_signed(world: World) -> None:
    check_denied(await world.send("POST", TARGET, headers=world.signed("GET", TARGET)))


@pytest.mark.parametrize("name", ["authorization", "x-ms-date", "host", "x-ms-content-sha256"])
async def test_repeated_header_is_refused(world: World, name: str) -> None:
    headers = world.signed("GET", TARGET)
    check_denied(await world.send("GET", TARGET, headers={name.title(): "x", **headers}))


class TestResources:
    async def test_host_chooses_the_resource(self, world: World) -> None:
        await world.storage.add_resource(
            Resource(OTHER, "contoso.rooms.example", OTHER_KEY.reveal(), OTHER_KEY.reveal())
        )
        await world.resources.refresh()
        room = await world.create()
        for host in ("contoso.rooms.example", "CONTOSO.rooms.example:8443", "contoso.rooms.example."):
            headers = signed("GET", TARGET, b"", DATE, OTHER_KEY, host)
            assert (await world.send("GET", TARGET, headers=headers)).json == {"value": []}
            check_denied(await world.send("GET", TARGET, headers=signed("GET", TARGET, b"", DATE, KEY, host)))
        assert (await world.call("GET", "/rooms")).json["value"] == [room]
        check_denied(await world.call("GET", "/rooms", key=OTHER_KEY))
        headers = signed(
            "GET", f"/rooms/{room['id']}?api-version=2025-03-13", b"", DATE, OTHER_KEY, "contoso.rooms.example"
        )
        assert (await world.send("GET", f"/rooms/{room['id']}?api-version=2025-03-13", headers=headers)).status == 404

    async def test_unknown_host_is_refused_without_default_resource(self, tmp_path: Path) -> None:
        async with world(tmp_path) as made:
            await made.storage.change_resource(RESOURCE, partial(msgspec.structs.replace, host="known.example"))
            await made.resources.refresh()
            check_denied(await made.call("GET", "/rooms"))

    async def test_old_key_is_refused_after_a_refresh(self, world: World) -> None:
        await world.storage.change_resource(RESOURCE, partial(msgspec.structs.replace, primary_key=OTHER_KEY.reveal()))
        await world.resources.refresh()
        check_denied(await world.call("GET", "/rooms", key=KEY))
        assert (await world.call("GET", "/rooms", key=OTHER_KEY)).status == 200
        assert (await world.call("GET", "/rooms", key=SECOND_KEY)).status == 200


class TestOperatorTokens:
    async def bearer(self, world: World, role: OperatorRole, resource: ResourceId = RESOURCE) -> dict[str, str]:
        made_for = msgspec.structs.replace(THE_RESOURCE, id=resource)
        return {"authorization": f"Bearer {await world.operator_tokens.issue(made_for, role, HOUR)}"}

    async def test_contributor_may_write(self, world: World) -> None:
        headers = await self.bearer(world, OperatorRole.CONTRIBUTOR)
        room = (await world.send("POST", TARGET, b"{}", headers)).json
        assert (await world.send("GET", TARGET, headers=headers)).json["value"] == [room]

    async def test_reader_may_only_read(self, world: World) -> None:
        headers = await self.bearer(world, OperatorRole.READER)
        assert (await world.send("GET", TARGET, headers=headers)).status == 200
        answer = await world.send("POST", TARGET, b"{}", headers)
        assert (answer.status, answer.error["code"]) == (403, "Forbidden")
        assert (await world.call("GET", "/rooms")).json == {"value": []}

    async def test_token_is_valid_for_one_resource(self, world: World) -> None:
        check_denied(await world.send("GET", TARGET, headers=await self.bearer(world, OperatorRole.READER, OTHER)))

    async def test_token_expires(self, world: World) -> None:
        headers = await self.bearer(world, OperatorRole.READER)
        world.clock.advance(minutes=60)
        check_denied(await world.send("GET", TARGET, headers=headers))

    async def test_unstored_token_is_refused(self, world: World) -> None:
        """A valid signature is not enough: a token may be missing from the database, for example after a restore."""
        stray = OperatorToken(
            "stray", RESOURCE, OperatorRole.READER, world.clock(), Moment(world.clock() + HOUR), (KEY.id,)
        )
        headers = {"authorization": f"Bearer {world.tokens.issue_operator(stray)}"}
        check_denied(await world.send("GET", TARGET, headers=headers))

    async def test_revocation_is_immediate_here_and_soon_elsewhere(self, world: World) -> None:
        here = world.operator_tokens
        text = await here.issue(THE_RESOURCE, OperatorRole.READER, HOUR)
        headers = {"authorization": f"Bearer {text}"}
        assert (await world.send("GET", TARGET, headers=headers)).status == 200
        await here.verify(RESOURCE, (KEY.id,), text)
        [token] = await here.list(RESOURCE)
        await here.revoke(RESOURCE, token.id)
        with pytest.raises(NotAuthenticated):
            await here.verify(RESOURCE, (KEY.id,), text)
        world.clock.advance(seconds=2)
        check_denied(await world.send("GET", TARGET, headers=headers))

    async def test_replacing_both_keys_revokes_the_token(self, world: World) -> None:
        headers = await self.bearer(world, OperatorRole.READER)
        new = {KeyName.PRIMARY: 200, KeyName.SECONDARY: 401}
        for which, status in new.items():
            await regenerate_key(world.storage, RESOURCE, which)
            await world.resources.refresh()
            assert (await world.send("GET", TARGET, headers=headers)).status == status

    async def test_verified_token_is_cached_for_two_seconds(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads = []
        get = world.storage.get_operator_token

        async def counted(resource: ResourceId, token_id: str) -> OperatorToken | None:
            reads.append(token_id)
            return await get(resource, token_id)

        monkeypatch.setattr(world.storage, "get_operator_token", counted)
        headers = await self.bearer(world, OperatorRole.READER)
        for _ in range(3):
            for _ in range(10):
                assert (await world.send("GET", TARGET, headers=headers)).status == 200
            world.clock.advance(seconds=2)
        assert len(reads) == 3


class TestProxies:
    async def test_trusted_proxy_forwards_scheme_and_host(self, tmp_path: Path) -> None:
        forwarded = {"x-forwarded-proto": "https, http", "x-forwarded-host": "evil, rooms.example"}
        async with world(
            tmp_path, settings=Settings(development=True, forwarded_allow=(ip_network("10.0.0.0/8"),))
        ) as made:
            for _ in range(101):
                await made.create()
            # The client signed its own name for the service; the proxy sends another one.
            headers = signed("GET", TARGET, b"", DATE, host="rooms.example") | {"host": "10.0.0.7:8721"} | forwarded
            answer = await made.send("GET", TARGET, headers=headers, peer="10.1.2.3")
            assert answer.json["nextLink"].startswith("http://rooms.example/rooms?")
            check_denied(await made.send("GET", TARGET, headers=headers, peer="192.168.1.1"))

    async def test_public_host_may_be_signed_without_proxy_headers(self, tmp_path: Path) -> None:
        async with world(tmp_path, settings=Settings(development=True, public_url="https://rooms.example")) as made:
            headers = signed("GET", TARGET, b"", DATE, host="rooms.example") | {"host": "10.0.0.7:8721"}
            assert (await made.send("GET", TARGET, headers=headers)).status == 200


async def test_repeated_port_is_removed_from_links(world: World) -> None:
    for _ in range(101):
        await world.create()
    headers = signed("GET", TARGET, b"", DATE, host="[::1]:8443:8443")
    answer = await world.send("GET", TARGET, headers=headers)
    assert answer.json["nextLink"].startswith("https://[::1]:8443/rooms?")


async def test_invalid_host_is_not_written_into_links(world: World) -> None:
    for _ in range(101):
        await world.create()
    host = 'x"/,"a":"'
    answer = await world.send("GET", TARGET, headers=signed("GET", TARGET, b"", DATE, host=host))
    assert (answer.status, answer.error["message"]) == (400, "The Host header is not a valid host name.")


def test_repr_hides_secrets(world: World) -> None:
    assert KEY.reveal() not in repr(KEY)
    assert KEY.reveal() not in repr(world.resources.find(HOST.encode()))


@pytest.mark.parametrize("path", ["/rooms", "/nothing", f"/rooms?{'a' * 5000}", "/openrooms/rooms/1/join"])
async def test_refusals_leave_no_garbage(world: World, path: str) -> None:
    """Collecting it would stop the loop for milliseconds, and strangers decide how often."""
    await world.send("GET", path)
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            assert (await world.send("GET", path)).status in (400, 401, 405, 414)
        assert gc.collect() < 50
    finally:
        gc.enable()
