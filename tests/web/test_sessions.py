"""Sessions of the console: the ways to sign in, what a cookie may do, and what ends it."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.support.application import HOST, RESOURCE, Answer, Clock, World, world
from tests.support.provider import CLIENT, CLIENT_SECRET, Provider, provider

from openrooms.domain.errors import StorageFull
from openrooms.domain.identities import ResourceId
from openrooms.domain.moments import HOUR
from openrooms.domain.operators import OperatorRole
from openrooms.server.core.administration import KeyName, regenerate_key
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.openid import Client, Issuer, OperatorIssuer
from openrooms.server.core.ports import Resource
from openrooms.server.core.resources import tenant_of
from openrooms.server.process.settings import LiveKit, Secret, Settings
from openrooms.server.web.app import Records
from openrooms.server.web.metrics import Metrics

ROLES = {"rooms.read": OperatorRole.READER, "rooms.write": OperatorRole.CONTRIBUTOR}
READER, CONTRIBUTOR = OperatorRole.READER, OperatorRole.CONTRIBUTOR
SESSION = "/openrooms/console/session"
ROOMS = "/rooms?api-version=2025-03-13"
ORIGIN = f"https://{HOST}"
FABRIKAM = Resource(ResourceId("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01"), "fabrikam.example", "a2V5", "a2V5Mg==")
PRODUCTION = Settings(
    development=False, http_port=1, https_port=None, database=Secret("sqlite:x"), livekit=LiveKit("off")
)


class Browser:
    """A browser with the console open: keeps cookies, and sends what its pages send."""

    def __init__(self, world: World, host: str = HOST) -> None:
        self.world = world
        self.host = host
        self.cookies: dict[str, str] = {}
        self.flags: dict[str, str] = {}

    async def ask(
        self, method: str, target: str, body: object = None, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Answer:
        own = {
            "host": self.host,
            "origin": f"https://{self.host}",
            "sec-fetch-site": "same-origin",
            "openrooms-console": "1",
            **({"cookie": "; ".join("=".join(pair) for pair in self.cookies.items())} if self.cookies else {}),
            **(headers or {}),
        }
        raw = b"" if body is None else msgspec.json.encode(body)
        sent = {name: value for name, value in own.items() if value}
        answer = await self.world.send(method, target, raw, sent, **options)
        for text in answer.cookies:
            pair, _, flags = text.partition("; ")
            name, _, value = pair.partition("=")
            self.flags[name] = flags
            self.cookies[name] = value
            if "Max-Age=0" in flags:
                del self.cookies[name]
        return answer

    async def sign_in(self, **body: str) -> Answer:
        return await self.ask("POST", SESSION, body)


async def link(world: World, role: OperatorRole = CONTRIBUTOR, *resources: Resource) -> str:
    kept = resources or await world.storage.list_resources()
    return await world.sessions.make_link([(tenant_of(one), role) for one in kept], 8 * HOUR)


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("openrooms.db*"))


async def signed_in(world: World, role: OperatorRole = CONTRIBUTOR) -> Browser:
    browser = Browser(world)
    assert (await browser.sign_in(secret=await link(world, role))).status == 201
    return browser


@pytest.fixture(name="world")
async def _world(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, settings=PRODUCTION) as made:
        yield made


@pytest.fixture(name="provider")
async def _provider() -> AsyncIterator[Provider]:
    async with provider() as made:
        made.redirect_uris.add(f"{ORIGIN}/console/callback")
        yield made


def setting(provider: Provider, resource: ResourceId | None = None, **changed: Any) -> OperatorIssuer:
    client = Client(CLIENT, CLIENT_SECRET, **changed)
    return OperatorIssuer(Issuer(provider.url, ("https://api",)), ROLES, resource=resource, client=client)


@pytest.fixture
async def trusting(provider: Provider, tmp_path: Path) -> AsyncIterator[World]:
    clock = Clock()
    provider.clock = clock
    async with world(tmp_path, settings=PRODUCTION, issuers=[setting(provider)], clock=clock) as made:
        yield made


async def begin(browser: Browser, way: str = "0") -> str:
    answer = await browser.ask("POST", f"{SESSION}:begin", {"way": way})
    assert answer.status == 200, answer.body
    return str(answer.json["url"])


class TestLinks:
    async def test_a_link_signs_in_once(self, world: World) -> None:
        secret, browser = await link(world), Browser(world)
        answer = await browser.sign_in(secret=secret)
        assert answer.status == 201
        assert answer.json["resources"] == [{"id": RESOURCE, "host": "", "role": "contributor"}]
        assert (await browser.ask("GET", SESSION)).json == answer.json
        assert (await browser.ask("POST", ROOMS, {})).status == 201
        again = await Browser(world).sign_in(secret=secret)
        assert (again.status, again.error["code"]) == (401, "LinkRefused")

    @pytest.mark.parametrize("secret", ["", "x", "é" * 43, "a" * 10_000])
    async def test_other_texts_do_not_sign_in(self, world: World, secret: str) -> None:
        answer = await Browser(world).sign_in(secret=secret)
        assert answer.status == 401
        assert answer.cookies == []

    async def test_a_link_works_for_ten_minutes(self, world: World) -> None:
        first, second = await link(world), await link(world)
        world.clock.advance(minutes=9.9)
        assert (await Browser(world).sign_in(secret=first)).status == 201
        world.clock.advance(minutes=0.1)
        assert (await Browser(world).sign_in(secret=second)).status == 401

    async def test_a_revoked_link_does_not_sign_in(self, world: World) -> None:
        secret = await link(world)
        [token] = await world.operator_tokens.list(RESOURCE)
        await world.operator_tokens.revoke(RESOURCE, token.id)
        assert (await Browser(world).sign_in(secret=secret)).status == 401


class TestCookies:
    async def test_no_script_and_no_other_site_gets_the_cookie(self, world: World) -> None:
        browser = await signed_in(world)
        [flags] = [flags for name, flags in browser.flags.items() if name == "__Host-openrooms-console"]
        assert flags == "Path=/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure"

    async def test_the_database_has_no_secret(self, world: World, tmp_path: Path) -> None:
        secret = await link(world)
        browser = Browser(world)
        await browser.sign_in(secret=secret)
        kept = contents(tmp_path)
        assert secret.encode() not in kept
        assert browser.cookies["__Host-openrooms-console"].encode() not in kept

    @pytest.mark.parametrize(
        "changed",
        [
            {"origin": ""},
            {"origin": "null"},
            {"origin": "https://evil.example"},
            {"origin": f"http://{HOST}"},
            {"origin": "https://localhost:3000"},
            {"openrooms-console": ""},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        ],
    )
    async def test_pages_of_other_sites_cannot_use_the_cookie(self, world: World, changed: dict[str, str]) -> None:
        browser = await signed_in(world)
        for method, target, body in (
            ("POST", ROOMS, {}),
            ("DELETE", SESSION, None),
            ("POST", SESSION, {"secret": "x"}),
        ):
            answer = await browser.ask(method, target, body, changed)
            assert (answer.status, answer.error["code"]) == (403, "Forbidden")
        assert (await browser.ask("GET", ROOMS)).json["value"] == []

    async def test_another_page_of_the_same_site_cannot_read(self, world: World) -> None:
        browser = await signed_in(world)
        assert (await browser.ask("GET", ROOMS, headers={"sec-fetch-site": "same-site"})).status == 403

    async def test_a_reader_may_only_read(self, world: World) -> None:
        browser = await signed_in(world, READER)
        assert (await browser.ask("GET", ROOMS)).status == 200
        assert (await browser.ask("POST", ROOMS, {})).status == 403
        assert (await browser.ask("GET", SESSION)).json["resources"][0]["role"] == "reader"

    async def test_a_wrong_cookie_is_refused_like_none(self, world: World) -> None:
        browser = Browser(world)
        refusals = [await browser.ask("GET", ROOMS)]
        for value in ("x", "a" * 43, "a" * 1000, "\x80"):
            browser.cookies = {"__Host-openrooms-console": value}
            refusals.append(await browser.ask("GET", ROOMS))
            assert (await browser.ask("GET", SESSION)).status == 401
        assert {(one.status, one.body) for one in refusals} == {(401, refusals[0].body)}

    async def test_a_signature_or_token_counts_before_the_cookie(self, world: World) -> None:
        browser = await signed_in(world)
        assert (await browser.ask("GET", ROOMS, headers={"authorization": "Bearer x.y.z"})).status == 401

    async def test_users_operations_take_no_session(self, world: World) -> None:
        browser = await signed_in(world)
        answer = await browser.ask("POST", "/openrooms/rooms/99400000000000000/join", {})
        assert answer.status in {401, 404}


class TestEnds:
    async def test_an_unused_session_ends(self, world: World) -> None:
        browser = await signed_in(world)
        for minutes in (59, 59, 59):
            world.clock.advance(minutes=minutes)
            assert (await browser.ask("GET", ROOMS)).status == 200
        world.clock.advance(minutes=60)
        assert (await browser.ask("GET", ROOMS)).status == 401

    async def test_requests_in_the_background_are_no_use(self, world: World) -> None:
        browser = await signed_in(world)
        for status in (200, 200, 401):
            world.clock.advance(minutes=25)
            answer = await browser.ask("GET", ROOMS, headers={"openrooms-console": "background"})
            assert answer.status == status

    async def test_every_session_ends(self, world: World) -> None:
        browser = await signed_in(world)
        for _ in range(15):
            world.clock.advance(minutes=30)
            assert (await browser.ask("GET", ROOMS)).status == 200
        world.clock.advance(minutes=30)
        assert (await browser.ask("GET", ROOMS)).status == 401

    async def test_signing_out_ends_the_session_itself(self, world: World) -> None:
        browser = await signed_in(world)
        kept = dict(browser.cookies)
        assert (await browser.ask("DELETE", SESSION)).status == 204
        assert browser.cookies == {}
        browser.cookies = kept
        assert (await browser.ask("GET", ROOMS)).status == 401
        assert (await browser.ask("DELETE", SESSION)).status == 204

    async def test_signing_in_again_ends_the_session_before(self, world: World) -> None:
        browser = await signed_in(world)
        kept = dict(browser.cookies)
        await browser.sign_in(secret=await link(world))
        assert (await browser.ask("GET", ROOMS)).status == 200
        browser.cookies = kept
        assert (await browser.ask("GET", ROOMS)).status == 401

    async def test_revoking_its_token_ends_the_session(self, world: World) -> None:
        browser = await signed_in(world)
        assert (await browser.ask("GET", ROOMS)).status == 200
        [token] = await world.operator_tokens.list(RESOURCE)
        await world.operator_tokens.revoke(RESOURCE, token.id)
        world.clock.advance(seconds=2)
        assert (await browser.ask("GET", ROOMS)).status == 401
        assert (await browser.ask("GET", SESSION)).status == 401

    async def test_replacing_both_keys_ends_the_session(self, world: World) -> None:
        browser = await signed_in(world)
        for which, status in ((KeyName.PRIMARY, 200), (KeyName.SECONDARY, 401)):
            await regenerate_key(world.storage, RESOURCE, which)
            await world.resources.refresh()
            assert (await browser.ask("GET", ROOMS)).status == status


class TestDevelopment:
    @pytest.fixture(name="world")
    async def _world(self, tmp_path: Path) -> AsyncIterator[World]:
        async with world(tmp_path) as made:
            yield made

    async def test_a_browser_on_this_machine_signs_in_by_itself(self, world: World) -> None:
        browser = Browser(world)
        ways = (await browser.ask("GET", "/openrooms/console/ways")).json["value"]
        assert [way["kind"] for way in ways] == ["link", "development"]
        assert (await browser.sign_in()).json["subject"] == "development"
        assert (await browser.ask("POST", ROOMS, {})).status == 201

    @pytest.mark.parametrize(
        ("peer", "headers"),
        [
            ("10.0.0.1", {}),
            ("127.0.0.1", {"host": "evil.example", "origin": "https://evil.example"}),
            ("127.0.0.1", {"x-forwarded-for": "203.0.113.7"}),
            ("127.0.0.1", {"origin": "http://localhost:3000"}),
        ],
    )
    async def test_nobody_else_does(self, world: World, peer: str, headers: dict[str, str]) -> None:
        answer = await Browser(world).ask("POST", SESSION, {}, headers, peer=peer)
        assert answer.status in {401, 403}
        assert answer.cookies == []

    async def test_production_does_not(self, tmp_path: Path) -> None:
        async with world(tmp_path / "production", settings=PRODUCTION) as made:
            browser = Browser(made)
            assert (await browser.ask("GET", "/openrooms/console/ways")).json["value"] == [{"kind": "link"}]
            assert (await browser.sign_in()).status == 401


class TestOpenId:
    async def test_somebody_signs_in_at_an_issuer(self, trusting: World, provider: Provider) -> None:
        browser = Browser(trusting)
        ways = (await browser.ask("GET", "/openrooms/console/ways")).json["value"]
        assert ways[0] == {"kind": "openid", "id": "0", "title": provider.url.removeprefix("http://")}
        answer = await browser.sign_in(**provider.sign_in(await begin(browser)))
        assert answer.status == 201
        assert (answer.json["subject"], answer.json["displayName"]) == (f"openid:{provider.url}#ada", "Ada")
        assert set(browser.cookies) == {"__Host-openrooms-console"}
        assert (await browser.ask("POST", ROOMS, {})).status == 201
        [token] = await trusting.operator_tokens.list(RESOURCE)
        assert token.subject == f"openid:{provider.url}#ada"

    async def test_the_claims_give_the_role(self, trusting: World, provider: Provider) -> None:
        browser = Browser(trusting)
        answer = await browser.sign_in(**provider.sign_in(await begin(browser), roles=["rooms.read"]))
        assert answer.json["resources"][0]["role"] == "reader"
        answer = await browser.sign_in(**provider.sign_in(await begin(browser), roles=["other"]))
        assert (answer.status, answer.error["code"]) == (403, "NoOperatorRole")

    async def test_the_answer_belongs_to_the_browser_that_asked(self, trusting: World, provider: Provider) -> None:
        victim, attacker = Browser(trusting), Browser(trusting)
        await begin(victim)
        theirs = provider.sign_in(await begin(attacker))
        assert (await victim.sign_in(**theirs)).status == 401
        assert (await Browser(trusting).sign_in(**theirs)).status == 401
        # The state alone does not help: the code belongs to the other browser's verifier.
        mine = provider.sign_in(await begin(victim))
        assert (await victim.sign_in(**{**theirs, "state": mine["state"]})).status == 401
        assert (await attacker.sign_in(**theirs)).status == 401, "its code has been redeemed"

    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "another"},
            {"nonce": None},
            {"aud": "https://api"},
            {"aud": [CLIENT, "other"], "azp": "other"},
            {"iss": "https://elsewhere.example"},
            {"exp": 1},
            {"sub": None},
        ],
    )
    async def test_wrong_id_tokens(self, trusting: World, provider: Provider, claims: dict[str, object]) -> None:
        browser = Browser(trusting)
        answer = await browser.sign_in(**provider.sign_in(await begin(browser), **claims))
        assert (answer.status, answer.error["code"]) == (401, "SignInFailed")

    async def test_another_issuer_cannot_answer(self, trusting: World, provider: Provider) -> None:
        browser = Browser(trusting)
        answer = provider.sign_in(await begin(browser))
        assert (await browser.sign_in(**{**answer, "iss": "https://evil.example"})).status == 401
        answer = provider.sign_in(await begin(browser))
        answer.pop("iss")
        assert (await browser.sign_in(**answer)).status == 201

    async def test_a_code_works_once_and_a_lost_key_is_found(self, trusting: World, provider: Provider) -> None:
        browser = Browser(trusting)
        answer = provider.sign_in(await begin(browser))
        cookies = dict(browser.cookies)
        assert (await browser.sign_in(**answer)).status == 201
        browser.cookies = cookies
        assert (await browser.sign_in(**answer)).status == 401
        provider.rotate()
        trusting.clock.advance(minutes=1)
        assert (await browser.sign_in(**provider.sign_in(await begin(browser)))).status == 201

    async def test_an_issuer_that_is_away(self, trusting: World, provider: Provider) -> None:
        provider.is_up = False
        browser = Browser(trusting)
        assert (await browser.ask("POST", f"{SESSION}:begin", {"way": "0"})).status == 503
        assert (await browser.ask("POST", f"{SESSION}:begin", {"way": "7"})).status == 401

    async def test_an_id_token_is_no_bearer_token(self, trusting: World, provider: Provider) -> None:
        id_token = provider.token(trusting.clock.now, aud=CLIENT, sub="ada", roles=["rooms.write"])
        headers = {"authorization": f"Bearer {id_token}"}
        assert (await trusting.send("GET", ROOMS, headers=headers)).status == 401


async def test_a_full_disk_does_not_end_sessions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their last use cannot be noted then, but operators can look up what is wrong."""
    browser = await signed_in(world)

    async def fail(*_: object) -> None:
        raise StorageFull

    monkeypatch.setattr(world.storage, "change_session", fail)
    world.clock.advance(minutes=2)
    assert (await browser.ask("GET", ROOMS)).status == 200


class TestTenants:
    @pytest.fixture
    async def several(self, tmp_path: Path) -> AsyncIterator[World]:
        async with world(tmp_path, settings=PRODUCTION) as made:
            await made.storage.add_resource(FABRIKAM)
            await made.resources.refresh()
            yield made

    async def test_one_session_for_several(self, several: World) -> None:
        browser = Browser(several)
        session = (await browser.sign_in(secret=await link(several))).json
        assert session["resource"] == RESOURCE
        assert {one["host"] for one in session["resources"]} == {"", "fabrikam.example"}
        there = {"openrooms-resource": FABRIKAM.id}
        room = (await browser.ask("POST", ROOMS, {}, there)).json["id"]
        assert (await browser.ask("GET", f"/rooms/{room}?{ROOMS.partition('?')[2]}", headers=there)).status == 200
        assert (await browser.ask("GET", ROOMS)).json["value"] == []

    async def test_no_session_for_others(self, several: World) -> None:
        browser = Browser(several)
        session = (await browser.sign_in(secret=await link(several, CONTRIBUTOR, FABRIKAM))).json
        assert [one["id"] for one in session["resources"]] == [FABRIKAM.id]
        refusals = [
            await browser.ask("GET", ROOMS, headers=headers)
            for headers in ({}, {"openrooms-resource": RESOURCE}, {"openrooms-resource": "nothing"})
        ]
        assert {(one.status, one.body) for one in refusals} == {(403, refusals[0].body)}
        assert (await browser.ask("GET", ROOMS, headers={"openrooms-resource": FABRIKAM.id})).status == 200

    async def test_links_of_the_chosen_resource_lead_to_it(self, several: World) -> None:
        browser = Browser(several)
        await browser.sign_in(secret=await link(several))
        there = {"openrooms-resource": FABRIKAM.id}
        planned = await browser.ask("POST", "/openrooms/visits", {"participants": [{}]}, there)
        url = planned.json["participants"][0]["invitation"]["url"]
        assert url.startswith("https://fabrikam.example:8443/j#")
        body = msgspec.json.encode({"secret": url.partition("#")[2]})
        host = {"host": "fabrikam.example:8443"}
        assert (await several.send("POST", "/openrooms/invitations:exchange", body, host)).status == 200
        key = (await browser.ask("POST", "/openrooms/keys/primary:reveal", None, there)).json
        assert key["connectionString"].startswith("endpoint=https://fabrikam.example:8443/;")

    async def test_no_link_is_made_without_an_address_of_the_resource(self, several: World) -> None:
        """The resource for any host has no host name, and this console is open at the host of the other resource."""
        browser = Browser(several, "fabrikam.example")
        await browser.sign_in(secret=await link(several))
        here = {"openrooms-resource": RESOURCE}
        refused = await browser.ask("POST", "/openrooms/visits", {"participants": [{}]}, here)
        assert (refused.status, "--public-url" in refused.error["message"]) == (400, True)
        assert (await browser.ask("GET", ROOMS, headers=here)).json["value"] == []

    async def test_the_header_means_nothing_without_a_session(self, several: World) -> None:
        answer = await several.call("POST", "/rooms", {}, headers={"openrooms-resource": FABRIKAM.id})
        assert answer.status == 201
        browser = Browser(several)
        await browser.sign_in(secret=await link(several))
        there = {"openrooms-resource": FABRIKAM.id}
        assert (await browser.ask("GET", ROOMS, headers=there)).json["value"] == []

    async def test_settings_of_one_issuer_give_roles_in_several(self, provider: Provider, tmp_path: Path) -> None:
        clock = Clock()
        provider.clock = clock
        issuers = [setting(provider, RESOURCE), setting(provider, FABRIKAM.id)]
        issuers[1] = msgspec.structs.replace(issuers[1], roles={"rooms.write": READER})
        async with world(tmp_path, settings=PRODUCTION, issuers=issuers, clock=clock) as made:
            await made.storage.add_resource(FABRIKAM)
            await made.resources.refresh()
            browser = Browser(made)
            session = (await browser.sign_in(**provider.sign_in(await begin(browser)))).json
        assert {one["id"]: one["role"] for one in session["resources"]} == {
            RESOURCE: "contributor",
            FABRIKAM.id: "reader",
        }

    async def test_an_issuer_without_resource_needs_a_single_one(self, trusting: World, provider: Provider) -> None:
        await trusting.storage.add_resource(FABRIKAM)
        await trusting.resources.refresh()
        browser = Browser(trusting)
        assert (await browser.sign_in(**provider.sign_in(await begin(browser)))).status == 403


async def test_the_audit_trail_of_others_does_not_name_the_holder(tmp_path: Path) -> None:
    (tmp_path / "audited").mkdir()
    clock = Clock()
    log = AuditLog(tmp_path / "audit", clock)
    records = Records(Metrics(), audit=log)
    async with world(tmp_path / "audited", settings=PRODUCTION, clock=clock, records=records) as made:
        await made.storage.add_resource(FABRIKAM)
        await made.resources.refresh()
        browser = Browser(made)
        await browser.sign_in(secret=await link(made, CONTRIBUTOR, FABRIKAM))
        there = {"openrooms-resource": FABRIKAM.id}
        assert (await browser.ask("POST", ROOMS, {}, there)).status == 201
        clock.advance(minutes=61)
        assert (await browser.ask("POST", ROOMS, {}, there)).status == 401
        browser.host = FABRIKAM.host or ""
        assert (await browser.ask("POST", ROOMS, {})).status == 401
    log.close()
    events = [json.loads(line) for line in (tmp_path / "audit").read_text().splitlines()]
    assert [(event["operation"], event["resource"]) for event in events] == [
        ("sign_in", FABRIKAM.id),
        ("create_room", FABRIKAM.id),
        ("create_room", FABRIKAM.id),
    ]


async def test_public_url_names_the_origin(provider: Provider, tmp_path: Path) -> None:
    """Behind a proxy that is not trusted to say so, the address that clients use is still one of TLS."""
    provider.redirect_uris.add("https://rooms.example/console/callback")
    settings = msgspec.structs.replace(PRODUCTION, public_url="https://rooms.example")
    async with world(tmp_path, settings=settings, issuers=[setting(provider)]) as made:
        provider.clock = made.clock
        browser = Browser(made, "rooms.example")
        assert (await browser.sign_in(**provider.sign_in(await begin(browser)))).status == 201


async def test_the_audit_trail_names_the_subject(trusting: World, provider: Provider, tmp_path: Path) -> None:
    (tmp_path / "audited").mkdir()
    log = AuditLog(tmp_path / "audit", trusting.clock)
    records = Records(Metrics(), audit=log)
    async with world(
        tmp_path / "audited", settings=PRODUCTION, issuers=[setting(provider)], clock=trusting.clock, records=records
    ) as made:
        browser, stranger = Browser(made), Browser(made)
        await stranger.sign_in(secret="wrong")
        await stranger.sign_in(**provider.sign_in(await begin(stranger), roles=[]))
        secret = await link(made, READER)
        await stranger.sign_in(secret=secret)
        await Browser(made).sign_in(secret=secret)
        await stranger.ask("POST", ROOMS, {})
        answer = provider.sign_in(await begin(browser))
        await browser.sign_in(**answer)
        await browser.ask("POST", ROOMS, {})
        await browser.ask("POST", ROOMS, {}, {"origin": "https://evil.example"})
        await browser.ask("POST", ROOMS, {}, {"openrooms-resource": "another"})
        await browser.ask("DELETE", SESSION)
        [token] = [one.id for one in await made.operator_tokens.list(RESOURCE) if not one.subject]
    log.close()
    text = (tmp_path / "audit").read_text()
    events = [json.loads(line) for line in text.splitlines()]
    holder, ada = f"token:{token}", f"openid:{provider.url}#ada"
    assert [(one["operation"], one["caller"], one["outcome"], one.get("reason")) for one in events] == [
        ("sign_in", ada, "refused", "NoOperatorRole"),
        ("sign_in", holder, "done", None),
        ("sign_in", holder, "refused", "LinkRefused"),
        ("create_room", holder, "refused", "NotAllowed"),
        ("sign_in", ada, "done", None),
        ("create_room", ada, "done", None),
        ("create_room", ada, "refused", "NotAllowed"),
        ("create_room", ada, "refused", "NotAllowed"),
        ("sign_out", ada, "done", None),
    ]
    assert all(private not in text for private in (secret, answer["code"], *browser.cookies.values()))


def test_secrets_hide_themselves() -> None:
    assert "hidden" not in repr(Client(CLIENT, "hidden"))
