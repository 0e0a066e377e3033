"""Administration over HTTP: users, access keys, operators' tokens, settings and status."""

import time
from pathlib import Path

import pytest
from tests.support.application import (
    HOST,
    KEY,
    RESOURCE,
    SECOND_KEY,
    VERSION,
    World,
    local,
    user,
    world,
)

from openrooms.domain import erasure
from openrooms.domain.errors import NotAuthenticated
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import HOUR
from openrooms.domain.operators import OperatorRole
from openrooms.domain.roster import RawId
from openrooms.domain.subscriptions import Declaration
from openrooms.server.core import erasures
from openrooms.server.core.ports import Resource
from openrooms.server.core.rates import Rate, Rates
from openrooms.server.process.settings import KeyEncryption, LiveKit, Secret, Settings
from openrooms.server.process.shown import shown_settings
from openrooms.server.web import administration
from openrooms.server.web.limits import Limits
from openrooms.wire.dates import format_moment
from openrooms.wire.signing import AccessKey

THE_RESOURCE = Resource(RESOURCE, None, KEY.reveal(), SECOND_KEY.reveal())
FABRIKAM = Resource(ResourceId("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01"), "fabrikam.example", KEY.reveal(), "a2V5Mg==")
IDENTITY = "2023-10-01"


async def ask(world: World, method: str, path: str, body: object = None, **options: object):
    answer = await world.call(method, f"/openrooms/{path}", body, version=None, **options)
    assert answer.status < 300, answer.body
    return answer.json if answer.body else None


async def bearer(world: World, role: OperatorRole) -> dict[str, str]:
    return {"authorization": f"Bearer {await world.operator_tokens.issue(THE_RESOURCE, role, HOUR)}"}


class TestDataProtection:
    """Exporting and erasing people."""

    @pytest.fixture
    async def ada(self, world: World, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setattr(erasure, "SETTLED_AFTER", 0)
        ada = (await world.call("POST", "/identities", {"createTokenWithScopes": ["voip"]}, version=IDENTITY)).json
        raw_id = ada["identity"]["id"]
        await world.create({"participants": {raw_id: {"role": "Presenter"}}})
        return raw_id

    async def test_an_export_has_all_kinds(self, world: World, ada: str) -> None:
        page = await ask(world, "POST", f"users/{ada}:export")
        fields = {record["kind"]: record["fields"] for record in page["value"]}
        assert fields["users"] == {"rawId": ada, "createdAt": "2025-08-29T00:29:48+00:00"}
        assert (fields["participants"]["role"], fields["participants"]["validFrom"]) == (
            "Presenter",
            "2025-08-29T00:29:48+00:00",
        )
        assert "next" not in page

    async def test_long_tables_take_several_pages(self, world: World, ada: str) -> None:
        for _ in range(25):
            await world.storage.adopt_users(
                RESOURCE, [User(RawId(user(number)), world.clock.now) for number in range(100)], lambda _: None
            )
        with pytest.MonkeyPatch.context() as small:
            small.setattr(erasures, "_PAGE", 10)
            pages = [await ask(world, "POST", f"users/{ada}:export")]
            while "next" in pages[-1]:
                pages.append(await ask(world, "POST", f"users/{ada}:export", {"after": pages[-1]["next"]}))
        kinds = [record["kind"] for page in pages for record in page["value"]]
        assert len(pages) > 1
        assert kinds[:2] == ["users", "participants"]

    async def test_an_erased_person_is_gone_and_may_come_again(self, world: World, ada: str) -> None:
        token = (
            await world.call("POST", f"/identities/{ada}/:issueAccessToken", {"scopes": ["voip"]}, version=IDENTITY)
        ).json["token"]
        for _ in range(2):
            assert await ask(world, "POST", f"users/{ada}:erase") == {"state": "done"}
        assert (await ask(world, "GET", f"users?q={ada}"))["value"] == []
        assert (await ask(world, "GET", f"users/{ada}/rooms"))["value"] == []
        world.clock.advance(seconds=1)
        await ask(world, "POST", "users:adopt", {"rawIds": [ada]})
        with pytest.raises(NotAuthenticated):
            await world.tokens.verify(RESOURCE, token)

    async def test_only_operators_who_may_write_do_it(self, world: World, ada: str) -> None:
        reader = await bearer(world, OperatorRole.READER)
        for name in ("export", "erase"):
            assert (await world.send("POST", f"/openrooms/users/{ada}:{name}", b"", reader)).status == 403
            assert (await world.send("POST", f"/openrooms/users/{ada}:{name}")).status == 401
            assert (await world.call("POST", f"/openrooms/users/nobody:{name}", version=None)).status == 400
        assert (
            await world.call("POST", f"/openrooms/users/{ada}:export", {"after": "x" * 20}, version=None)
        ).status == 400
        assert len((await ask(world, "GET", f"users?q={ada}"))["value"]) == 1


class TestUsers:
    async def test_users_are_listed_newest_first(self, world: World) -> None:
        made = []
        for _ in range(120):
            made.append((await world.call("POST", "/identities", version=IDENTITY)).json["identity"]["id"])
            world.clock.advance(seconds=1)
        first = await ask(world, "GET", "users")
        second = (await world.call("GET", local(first["nextLink"]), version=None)).json
        assert [one["id"] for one in first["value"] + second["value"]] == made[::-1]
        assert "nextLink" not in second

    async def test_a_user_is_found_by_either_id(self, world: World) -> None:
        body = {"customId": "ada@clinic.example"}
        ada = (await world.call("POST", "/identities", body, version="2025-03-02-preview")).json["identity"]["id"]
        for text in (ada, ada.upper().replace("8:ACS:", "8:acs:"), "ada%40clinic.example"):
            [found] = (await ask(world, "GET", f"users?q={text}"))["value"]
            assert (found["id"], found["customId"]) == (ada, "ada@clinic.example")
        assert (await ask(world, "GET", "users?q=nobody"))["value"] == []

    async def test_a_deleted_user_stays_in_the_list(self, world: World) -> None:
        made = (await world.call("POST", "/identities", version=IDENTITY)).json["identity"]["id"]
        assert (await world.call("DELETE", f"/identities/{made}", version=IDENTITY)).status == 204
        [found] = (await ask(world, "GET", "users"))["value"]
        assert found["deletedAt"] == format_moment(world.clock.now)

    async def test_a_users_rooms(self, world: World) -> None:
        rooms = []
        for number in range(105):
            role = "Presenter" if number % 2 else "Attendee"
            room = await world.create({"participants": {user(1): {"role": role}, user(2): {}}})
            rooms.append((room["id"], role))
            world.clock.advance(seconds=1)
        await world.create({"participants": {user(2): {}}})
        first = await ask(world, "GET", f"users/{user(1)}/rooms")
        second = (await world.call("GET", local(first["nextLink"]), version=None)).json
        found = [(one["id"], one["role"]) for one in first["value"] + second["value"]]
        assert found == rooms[::-1]
        await world.call("PATCH", f"/rooms/{rooms[-1][0]}/participants", {"participants": {user(1): None}})
        assert (await ask(world, "GET", f"users/{user(1)}/rooms"))["value"][0]["id"] == rooms[-2][0]
        assert (await ask(world, "GET", "users/8:acs:nobody/rooms"))["value"] == []


class TestKeys:
    async def test_no_key_is_shown_unasked(self, world: World) -> None:
        keys = (await ask(world, "GET", "keys"))["value"]
        assert [(key["name"], key["id"]) for key in keys] == [("primary", KEY.id), ("secondary", SECOND_KEY.id)]
        assert KEY.reveal() not in str(keys)

    async def test_the_last_use_is_shown(self, world: World) -> None:
        now = format_moment(world.clock.now)
        [primary, secondary] = (await ask(world, "GET", "keys"))["value"]
        assert (primary["lastUsedAt"], "lastUsedAt" in secondary) == (now, False)
        world.clock.advance(minutes=5)
        [primary, secondary] = (await ask(world, "GET", "keys", key=SECOND_KEY))["value"]
        assert (primary["lastUsedAt"], secondary["lastUsedAt"]) == (now, format_moment(world.clock.now))

    async def test_a_key_is_revealed_on_request(self, world: World) -> None:
        revealed = await ask(world, "POST", "keys/secondary:reveal")
        assert revealed["connectionString"] == f"endpoint=https://{HOST}/;accesskey={SECOND_KEY.reveal()}"

    async def test_a_guided_rotation(self, world: World) -> None:
        """Clients with one key keep working while the other one is replaced."""
        await ask(world, "POST", "keys/secondary:regenerate")
        fresh = AccessKey((await ask(world, "POST", "keys/secondary:reveal"))["key"])
        assert (await world.call("GET", "/rooms", key=SECOND_KEY)).status == 401
        assert (await world.call("GET", "/rooms", key=KEY)).status == 200
        await ask(world, "POST", "keys/primary:regenerate", key=fresh)
        assert (await world.call("GET", "/rooms", key=KEY)).status == 401
        assert (await world.call("GET", "/rooms", key=fresh)).status == 200

    @pytest.mark.parametrize("action", ["reveal", "regenerate"])
    async def test_readers_get_no_key(self, world: World, action: str) -> None:
        headers = await bearer(world, OperatorRole.READER)
        answer = await world.send("POST", f"/openrooms/keys/primary:{action}", headers=headers)
        assert answer.status == 403
        assert (await world.send("GET", "/openrooms/keys", headers=headers)).status == 200
        assert (await world.call("POST", "/openrooms/keys/third:reveal", version=None)).status == 404


class TestOperatorTokens:
    async def test_a_token_is_made_listed_and_revoked(self, world: World) -> None:
        made = await ask(world, "POST", "operator-tokens", {"role": "contributor", "minutes": 30})
        headers = {"authorization": f"Bearer {made['token']}"}
        assert (await world.send("POST", f"/rooms?api-version={VERSION}", b"{}", headers)).status == 201
        [listed] = (await ask(world, "GET", "operator-tokens"))["value"]
        assert (listed["id"], listed["role"], listed["state"]) == (made["id"], "contributor", "valid")
        assert made["token"] not in str(listed)
        await ask(world, "DELETE", f"operator-tokens/{made['id']}")
        assert (await world.send("GET", f"/rooms?api-version={VERSION}", headers=headers)).status == 401
        [listed] = (await ask(world, "GET", "operator-tokens"))["value"]
        assert listed["state"] == "revoked"

    async def test_their_number_is_limited(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(administration, "MOST_TOKENS", 3)
        for _ in range(3):
            await ask(world, "POST", "operator-tokens", {"minutes": 30})
        refused = await world.call("POST", "/openrooms/operator-tokens", {}, version=None)
        assert (refused.status, refused.error["code"]) == (400, "TooManyOperatorTokens")
        world.clock.advance(minutes=30)
        await ask(world, "POST", "operator-tokens")

    @pytest.mark.parametrize("body", [{"role": "owner"}, {"minutes": 0}, {"minutes": 1441}, {"lasting": True}])
    async def test_bad_requests(self, world: World, body: dict[str, object]) -> None:
        assert (await world.call("POST", "/openrooms/operator-tokens", body, version=None)).status == 400

    async def test_only_the_resources_own(self, world: World) -> None:
        await world.storage.add_resource(FABRIKAM)
        await world.resources.refresh()
        made = await ask(world, "POST", "operator-tokens")
        there = {"host": "fabrikam.example"}
        headers = world.signed("DELETE", f"/openrooms/operator-tokens/{made['id']}", host="fabrikam.example") | there
        answer = await world.send("DELETE", f"/openrooms/operator-tokens/{made['id']}", headers=headers)
        assert answer.status == 404
        assert (await world.call("DELETE", "/openrooms/operator-tokens/nothing", version=None)).status == 404


class TestStatus:
    async def test_parts_and_limits(self, tmp_path: Path) -> None:
        rates = Rates(operator=Rate(0.001, 3))
        settings = Settings(development=True, rates=rates)
        async with world(tmp_path, settings=settings, limits=Limits(rates, time.monotonic)) as made:
            for _ in range(4):
                await made.call("GET", "/rooms")
            status = await ask(made, "GET", "status", key=SECOND_KEY)
        assert status["database"]["status"] == "ok"
        assert status["calls"] == {"status": "off"}
        assert {one["name"]: one["refused"] for one in status["limits"]}["operator"] == 1
        assert {one["name"]: one["rate"] for one in status["limits"]}["operator"] == "0.001:3"

    async def test_settings_have_no_secret(self, world: World) -> None:
        secrets = [f"secret-{number}" for number in range(4)]
        settings = Settings(
            development=True,
            database=Secret(f"postgresql://user:{secrets[0]}@db.internal/rooms"),
            access_key=Secret("YS1zZWNyZXQta2V5LWZvci10aGUtdGVzdA=="),
            livekit=LiveKit("ws://10.0.0.5:7880", Secret(secrets[1]), Secret(secrets[2])),
            key_encryption=KeyEncryption(Secret(secrets[3])),
            subscriptions=(Declaration("billing", "https://app.example/hook", "c2VjcmV0"),),
        )
        assert "c2VjcmV0" not in repr(settings)
        secrets.append("c2VjcmV0")
        values = dict(shown_settings(settings, RESOURCE))
        text = str(values)
        assert all(secret not in text for secret in (*secrets, "YS1zZWNyZXQ", "db.internal", "10.0.0.5"))
        assert values["--subscription"] == "billing, to https://app.example/hook"
        assert (values["--database"], values["--access-key"], values["--retention-days"]) == ("PostgreSQL", "set", "30")
        listed = (await ask(world, "GET", "settings"))["value"]
        assert {"name": "--access-key", "value": "not set"} in listed
