"""Identity over HTTP, and its tokens as each official SDK reads them."""

import asyncio
import base64
import re
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
from azure.communication.identity._shared.utils import create_access_token
from tests.support.application import NOW, RESOURCE, World, user, world
from tests.support.tokens import dotnet_expiry, java_expiry, javascript_expiry

from openrooms.domain.errors import NotAuthenticated
from openrooms.domain.moments import HOUR, after, whole_seconds
from openrooms.domain.operators import OperatorRole
from openrooms.wire.dates import format_moment

VERSION = "2023-10-01"
SUPPORTED = (
    "2021-03-07, 2021-10-31-preview, 2021-11-01, 2022-06-01, 2022-10-01, 2023-10-01, 2025-03-02-preview, 2025-06-30"
)
NOT_OWNED = {"code": "IdentityNotOwned", "message": "Provided identity doesn't belong to the resource."}
SCOPES = ["chat", "voip", "chat.join", "chat.join.limited", "voip.join"]


async def post(world: World, target: str, body: object = None, **options: Any) -> Any:
    return await world.call("POST", target, body, **{"version": VERSION, **options})


async def new_user(world: World) -> str:
    raw_id: str = (await post(world, "/identities")).json["identity"]["id"]
    return raw_id


async def new_token(world: World, raw_id: str, scopes: list[str] | None = None, **body: object) -> str:
    answer = await post(world, f"/identities/{raw_id}/:issueAccessToken", {"scopes": scopes or ["voip"], **body})
    assert answer.status == 200, answer.body
    token: str = answer.json["token"]
    return token


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


class TestUsers:
    @pytest.mark.parametrize("body", [b"", b"{}", b'{"createTokenWithScopes":[]}', b'{"createTokenWithScopes":null}'])
    async def test_user_without_token(self, world: World, body: bytes) -> None:
        answer = await post(world, "/identities", body, headers={"x-ms-client-request-id": "abc"})
        assert answer.status == 201
        assert answer.json.keys() == {"identity"}
        assert re.fullmatch(
            rf"8:acs:{RESOURCE}_[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", answer.json["identity"]["id"]
        )
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.headers["api-supported-versions"] == SUPPORTED
        assert answer.headers["x-ms-client-request-id"] == "abc"
        assert re.fullmatch(r"\d+ms", answer.headers["x-processing-time"])

    async def test_ids_are_ordered_by_time(self, world: World) -> None:
        ids = []
        for _ in range(5):
            ids.append(await new_user(world))
            world.clock.advance(seconds=1)
        assert ids == sorted(ids)

    async def test_user_with_token(self, world: World) -> None:
        body = {"createTokenWithScopes": ["chat", "voip", "chat"], "expiresInMinutes": 60}
        answer = await post(world, "/identities", body)
        assert list(answer.json) == ["identity", "accessToken"]
        assert list(answer.json["accessToken"]) == ["token", "expiresOn"]
        assert answer.json["accessToken"]["expiresOn"] == format_moment(after(NOW, HOUR))
        said = claims(answer.json["accessToken"]["token"])
        assert f"8:{said['skypeid']}" == answer.json["identity"]["id"]
        assert said["acsScope"] == "chat,voip"

    @pytest.mark.parametrize("form", [lambda raw_id: raw_id, lambda raw_id: raw_id.replace(":", "%3A")])
    async def test_escaped_and_plain_ids_in_paths(self, world: World, form: Any) -> None:
        path = f"/identities/{form(await new_user(world))}"
        assert (await post(world, f"{path}/:issueAccessToken", {"scopes": ["voip"]})).status == 200
        assert (await post(world, f"{path}/%3AissueAccessToken", {"scopes": ["voip"]})).status == 200
        assert (await post(world, f"{path}/:revokeAccessTokens")).status == 204
        answer = await world.call("DELETE", path, version=VERSION)
        assert (answer.status, answer.body) == (204, b"")
        assert "content-type" not in answer.headers

    @pytest.mark.parametrize("raw_id", [user(), "8:acs:x_y", "no", "8:orgid:x", "%00", "%FF"])
    async def test_unknown_user(self, world: World, raw_id: str) -> None:
        answers = [
            await post(world, f"/identities/{raw_id}/:issueAccessToken", {"scopes": ["voip"]}),
            await post(world, f"/identities/{raw_id}/:revokeAccessTokens"),
            await world.call("DELETE", f"/identities/{raw_id}", version=VERSION),
        ]
        for answer in answers:
            assert (answer.status, answer.error) == (401, NOT_OWNED)
            assert answer.headers["api-supported-versions"] == SUPPORTED
            assert answer.headers["content-type"] == "application/json"
            assert "x-ms-error-code" not in answer.headers

    async def test_only_deleting_succeeds_again(self, world: World) -> None:
        raw_id = await new_user(world)
        for _ in range(2):
            assert (await world.call("DELETE", f"/identities/{raw_id}", version=VERSION)).status == 204
        assert (await post(world, f"/identities/{raw_id}/:issueAccessToken", {"scopes": ["voip"]})).error == NOT_OWNED
        assert (await post(world, f"/identities/{raw_id}/:revokeAccessTokens")).error == NOT_OWNED


class TestDetails:
    """Additions of 2025-03-02-preview: custom ids, the time of the last token, and reading a user."""

    PREVIEW = "2025-03-02-preview"

    async def create(self, world: World, **body: object) -> Any:
        answer = await post(world, "/identities", body, version=self.PREVIEW)
        assert answer.status == 201
        return answer.json

    async def details(self, world: World, raw_id: str) -> Any:
        answer = await world.call("GET", f"/identities/{raw_id}", version=self.PREVIEW)
        assert (answer.status, answer.headers["api-supported-versions"]) == (200, self.PREVIEW)
        return answer.json

    async def test_same_custom_id_returns_the_same_user(self, world: World) -> None:
        first = await self.create(world, customId="sally@contoso.com")
        raw_id = first["identity"]["id"]
        assert first == {"identity": {"id": raw_id, "customId": "sally@contoso.com"}}
        second = await self.create(world, customId="sally@contoso.com", createTokenWithScopes=["voip"])
        assert second["identity"] == first["identity"] | {"lastTokenIssuedAt": format_moment(NOW)}
        assert f"8:{claims(second['accessToken']['token'])['skypeid']}" == raw_id
        assert await self.details(world, raw_id) == second["identity"]
        assert (await self.create(world, customId="bob@contoso.com"))["identity"]["id"] != raw_id
        assert (await self.create(world))["identity"].keys() == {"id"}

    async def test_concurrent_creates_make_one_user(self, world: World) -> None:
        made = await asyncio.gather(
            *(self.create(world, customId="sally", createTokenWithScopes=["chat"]) for _ in range(10))
        )
        assert len({one["identity"]["id"] for one in made}) == 1

    async def test_last_token_time_is_shown(self, world: World) -> None:
        raw_id = (await self.create(world, customId="sally"))["identity"]["id"]
        token = f"/identities/{raw_id}/:issueAccessToken"
        assert "lastTokenIssuedAt" not in await self.details(world, raw_id)
        for version in (self.PREVIEW, VERSION):
            world.clock.advance(minutes=5)
            assert (await post(world, token, {"scopes": ["voip"]}, version=version)).status == 200
            assert (await self.details(world, raw_id))["lastTokenIssuedAt"] == format_moment(world.clock.now)
        world.clock.advance(minutes=5)
        await self.create(world, customId="sally", createTokenWithScopes=["voip"])
        await post(world, f"/identities/{raw_id}/:revokeAccessTokens")
        assert (await self.details(world, raw_id))["lastTokenIssuedAt"] == format_moment(world.clock.now)

    async def test_other_versions_have_no_details(self, world: World) -> None:
        for version in ("2023-10-01", "2025-06-30"):
            made = [await post(world, "/identities", {"customId": "sally"}, version=version) for _ in range(2)]
            first, second = (answer.json["identity"] for answer in made)
            assert first.keys() == {"id"}
            assert first != second
            answer = await world.call("GET", f"/identities/{first['id']}", version=version)
            assert (answer.status, answer.error["code"]) == (400, "UnsupportedApiVersion")

    async def test_custom_id_can_be_reused_after_deletion(self, world: World) -> None:
        first = (await self.create(world, customId="sally"))["identity"]["id"]
        await world.call("DELETE", f"/identities/{first}", version=VERSION)
        answer = await world.call("GET", f"/identities/{first}", version=self.PREVIEW)
        assert (answer.status, answer.error) == (401, NOT_OWNED)
        assert (await self.create(world, customId="sally"))["identity"]["id"] != first

    @pytest.mark.parametrize("custom_id", ["x", "x" * 256, "\u00e9" * 256, "{}\"'\n"])
    async def test_any_text_is_a_valid_custom_id(self, world: World, custom_id: str) -> None:
        made = await self.create(world, customId=custom_id)
        assert made["identity"]["customId"] == custom_id
        assert await self.create(world, customId=custom_id) == made

    @pytest.mark.parametrize("custom_id", ["", "x" * 257, "a\0b"])
    async def test_custom_id_length(self, world: World, custom_id: str) -> None:
        answer = await post(world, "/identities", {"customId": custom_id}, version=self.PREVIEW)
        assert (answer.status, answer.error["target"]) == (400, "CustomId")

    @pytest.mark.parametrize("raw_id", [user(), "no"])
    async def test_unknown_user_cannot_be_read(self, world: World, raw_id: str) -> None:
        answer = await world.call("GET", f"/identities/{raw_id}", version=self.PREVIEW)
        assert (answer.status, answer.error) == (401, NOT_OWNED)


class TestAdoption:
    ELSEWHERE = "8:acs:3f14cf17-84d5-42c2-8689-a6365c474b4e_00000029-931c-aa89-e84c-09bd456064be"
    PATH = "/openrooms/users:adopt"

    async def adopt(self, world: World, *raw_ids: str) -> Any:
        return await world.call("POST", self.PATH, {"rawIds": raw_ids}, version=None)

    async def test_adopted_user_gets_tokens(self, world: World) -> None:
        token = f"/identities/{self.ELSEWHERE}/:issueAccessToken"
        assert (await post(world, token, {"scopes": ["voip"]})).error == NOT_OWNED
        answer = await self.adopt(world, self.ELSEWHERE, f"8:acs:{self.ELSEWHERE[6:].upper()}")
        assert (answer.status, answer.json) == (200, {"rawIds": [self.ELSEWHERE]})
        said = claims(await new_token(world, self.ELSEWHERE))
        assert (f"8:{said['skypeid']}", said["resourceId"]) == (self.ELSEWHERE, RESOURCE)
        claimed, _ = await world.tokens.verify(RESOURCE, await new_token(world, self.ELSEWHERE))
        assert claimed.skypeid == self.ELSEWHERE[2:]
        assert (await post(world, f"/identities/{self.ELSEWHERE}/:revokeAccessTokens")).status == 204

    async def test_adopting_twice_changes_nothing(self, world: World) -> None:
        await self.adopt(world, self.ELSEWHERE)
        token = await new_token(world, self.ELSEWHERE)
        await post(world, f"/identities/{self.ELSEWHERE}/:revokeAccessTokens")
        ours = await new_user(world)
        assert (await self.adopt(world, self.ELSEWHERE, ours)).status == 200
        with pytest.raises(NotAuthenticated):
            await world.tokens.verify(RESOURCE, token)

    async def test_deleted_user_stays_deleted(self, world: World) -> None:
        await self.adopt(world, self.ELSEWHERE)
        await world.call("DELETE", f"/identities/{self.ELSEWHERE}", version=VERSION)
        answer = await self.adopt(world, user(7), self.ELSEWHERE)
        assert answer.status == 400
        assert answer.error["message"].startswith(f"{self.ELSEWHERE} was deleted")
        assert (await post(world, f"/identities/{user(7)}/:issueAccessToken", {"scopes": ["voip"]})).error == NOT_OWNED

    @pytest.mark.parametrize(
        ("raw_ids", "message"),
        [
            ([], "Name 1 to 1000 raw IDs to adopt, not 0."),
            ([user(number) for number in range(1001)], "Name 1 to 1000 raw IDs to adopt, not 1001."),
            ([user(), "8:orgid:x"], "8:orgid:x is not the raw ID of a user, such as"),
            (["4:+15550100"], "4:+15550100 is not the raw ID of a user, such as"),
            ([""], " is not the raw ID of a user, such as"),
        ],
    )
    async def test_refused_adoptions(self, world: World, raw_ids: list[str], message: str) -> None:
        answer = await self.adopt(world, *raw_ids)
        assert answer.status == 400
        assert answer.error["message"].startswith(message)

    async def test_only_operators_may_adopt(self, world: World) -> None:
        body = msgspec.json.encode({"rawIds": [self.ELSEWHERE]})
        for token in ("x", await new_token(world, await new_user(world))):
            answer = await world.send("POST", self.PATH, body, {"authorization": f"Bearer {token}"})
            assert answer.status == 401
        for role, status in ((OperatorRole.READER, 403), (OperatorRole.CONTRIBUTOR, 200)):
            [resource] = await world.storage.list_resources()
            token = await world.operator_tokens.issue(resource, role, HOUR)
            assert (await world.send("POST", self.PATH, body, {"authorization": f"Bearer {token}"})).status == status


class TestRefusals:
    @pytest.mark.parametrize("minutes", [59, 1441, 0, -1, 2**62])
    @pytest.mark.parametrize("scopes_key", ["createTokenWithScopes", "scopes"])
    async def test_lifetimes_out_of_range(self, world: World, minutes: int, scopes_key: str) -> None:
        raw_id = await new_user(world)
        path = "/identities" if scopes_key != "scopes" else f"/identities/{raw_id}/:issueAccessToken"
        answer = await post(world, path, {scopes_key: ["chat"], "expiresInMinutes": minutes})
        assert answer.status == 400
        assert answer.error == {
            "code": "ValidationError",
            "message": f"ExpiresInMinutes value {minutes} is invalid. Value must be within the [60, 1440] interval.",
            "target": "ExpiresInMinutes",
        }
        assert answer.headers["api-supported-versions"] == SUPPORTED
        assert "x-ms-error-code" not in answer.headers

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"scopes":null}', b'{"scopes":[]}'])
    async def test_no_scopes(self, world: World, body: bytes) -> None:
        answer = await post(world, f"/identities/{await new_user(world)}/:issueAccessToken", body)
        assert answer.status == 400
        message = "Scopes: The Scopes field is required."
        assert answer.error == {"code": "ValidationError", "message": message, "target": "Scopes"}
        assert answer.headers["content-type"] == "application/json"
        assert "api-supported-versions" not in answer.headers

    @pytest.mark.parametrize(
        ("body", "target"),
        [
            (b'{"scopes":["chess"]}', "Scopes"),
            (b'{"scopes":[""]}', "Scopes"),
            (b'{"scopes":"voip"}', "Scopes"),
            (b'{"scopes":[5]}', "Scopes"),
            (b'{"scopes":["voip"],"expiresInMinutes":"60"}', "ExpiresInMinutes"),
            (b'{"scopes":["voip"],"expiresInMinutes":60.5}', "ExpiresInMinutes"),
            (b'{"scopes":["voip"],"expiresInMinutes":1e400}', "ExpiresInMinutes"),
            (b"{", ""),
            (b"[" * 50_000, ""),
        ],
    )
    async def test_malformed_bodies(self, world: World, body: bytes, target: str) -> None:
        answer = await post(world, f"/identities/{await new_user(world)}/:issueAccessToken", body)
        assert answer.status == 400
        assert (answer.error["code"], answer.error["target"]) == ("ValidationError", target)


class TestTokens:
    @pytest.mark.parametrize("scope", SCOPES)
    async def test_every_sdk_can_read_the_expiry(self, world: World, scope: str) -> None:
        for _ in range(20):
            token = await new_token(world, await new_user(world), [scope])
            expiry = whole_seconds(after(NOW, 24 * HOUR))
            assert create_access_token(token).expires_on == expiry
            assert java_expiry(token) == dotnet_expiry(token) == javascript_expiry(token) == expiry

    async def test_token_claims(self, world: World) -> None:
        raw_id = await new_user(world)
        token = await new_token(world, raw_id, SCOPES, expiresInMinutes=90)
        issued = whole_seconds(NOW)
        assert claims(token) == {
            "skypeid": raw_id.removeprefix("8:"),
            "scp": 1792,
            "csi": str(issued),
            "exp": issued + 90 * 60,
            "acsScope": ",".join(SCOPES),
            "resourceId": RESOURCE,
            "iat": issued,
            "rev": 0,
        }

    async def test_published_keys_verify_tokens(self, world: World) -> None:
        token = await new_token(world, await new_user(world))
        answer = await world.send("GET", "/openrooms/.well-known/jwks.json")
        keys = jwt.PyJWKSet.from_dict(answer.json)
        key = keys[jwt.get_unverified_header(token)["kid"]]
        assert jwt.decode(token, key, algorithms=["ES256"], options={"verify_exp": False})["scp"] == 1792
        assert all("d" not in key for key in answer.json["keys"])

    async def test_revocation_within_a_second_survives_a_restart(self, tmp_path: Path) -> None:
        async with world(tmp_path) as first:
            raw_id = await new_user(first)
            before = await new_token(first, raw_id)
            assert (await post(first, f"/identities/{raw_id}/:revokeAccessTokens")).status == 204
            after_it = await new_token(first, raw_id)
            assert claims(before)["iat"] == claims(after_it)["iat"]
            await self.check(first, dead=before, alive=after_it)
        async with world(tmp_path) as second:
            await self.check(second, dead=before, alive=after_it)

    async def check(self, world: World, dead: str, alive: str) -> None:
        said, owner = await world.tokens.verify(RESOURCE, alive)
        assert f"8:{said.skypeid}" == owner.raw_id
        with pytest.raises(NotAuthenticated):
            await world.tokens.verify(RESOURCE, dead)

    async def test_deleted_users_token_is_refused(self, world: World) -> None:
        raw_id = await new_user(world)
        token = await new_token(world, raw_id)
        await world.call("DELETE", f"/identities/{raw_id}", version=VERSION)
        with pytest.raises(NotAuthenticated):
            await world.tokens.verify(RESOURCE, token)

    async def test_expired_token_is_refused(self, world: World) -> None:
        token = await new_token(world, await new_user(world), expiresInMinutes=60)
        world.clock.now = after(NOW, HOUR - 1)
        await world.tokens.verify(RESOURCE, token)
        world.clock.now = after(NOW, HOUR)
        with pytest.raises(NotAuthenticated):
            await world.tokens.verify(RESOURCE, token)

    async def test_rotated_keys_keep_issued_tokens_valid(self, world: World) -> None:
        raw_id = await new_user(world)
        world.clock.advance(days=29, minutes=23 * 60 + 59)
        old = await new_token(world, raw_id)
        world.clock.advance(minutes=2)
        await world.tokens.refresh()
        assert self.key(await new_token(world, raw_id)) == self.key(old), "a new key is published before it is used"
        world.clock.advance(minutes=11)
        await world.tokens.refresh()
        new = await new_token(world, raw_id)
        assert self.key(new) != self.key(old)
        await world.tokens.verify(RESOURCE, old)
        world.clock.advance(minutes=24 * 60 - 30)
        await world.tokens.refresh()
        await world.tokens.verify(RESOURCE, new)
        world.clock.advance(minutes=120)
        await world.tokens.refresh()
        await world.tokens.refresh()
        assert [key["kid"] for key in msgspec.json.decode(world.tokens.jwks)["keys"]] == [self.key(new)]

    def key(self, token: str) -> str:
        name: str = jwt.get_unverified_header(token)["kid"]
        return name

    @pytest.mark.parametrize("part", [0, 1, 2])
    async def test_tampered_token_is_refused(self, world: World, part: int) -> None:
        token = await new_token(world, await new_user(world))
        # Verified once, it is known, which vouches for no other token.
        await world.tokens.verify(RESOURCE, token)
        parts = token.split(".")
        middle = len(parts[part]) // 2
        parts[part] = parts[part][:middle] + ("A" if parts[part][middle] != "A" else "B") + parts[part][middle + 1 :]
        with pytest.raises(NotAuthenticated):
            await world.tokens.verify(RESOURCE, ".".join(parts))
        await world.tokens.verify(RESOURCE, token)

    async def test_many_known_tokens_stay_valid(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("openrooms.server.core.tokens._MOST_VERIFIED", 2)
        known = [await new_token(world, await new_user(world)) for _ in range(5)]
        for token in known + known:
            await world.tokens.verify(RESOURCE, token)

    async def test_a_known_token_ends_with_its_key(self, world: World) -> None:
        token = await new_token(world, await new_user(world))
        await world.tokens.verify(RESOURCE, token)
        world.clock.advance(days=31)
        await world.tokens.refresh()
        world.clock.advance(days=3)
        await world.tokens.refresh()
        await world.tokens.refresh()
        assert self.key(token) not in [key["kid"] for key in msgspec.json.decode(world.tokens.jwks)["keys"]]
        with pytest.raises(NotAuthenticated) as refused:
            await world.tokens.verify(RESOURCE, token)
        assert "takes a token of type" in refused.value.reason

    async def test_token_cannot_choose_the_algorithm(self, world: World) -> None:
        token = await new_token(world, await new_user(world))
        head, said = jwt.get_unverified_header(token), claims(token)
        public = base64.urlsafe_b64decode(msgspec.json.decode(world.tokens.jwks)["keys"][0]["x"] + "=")
        unsigned = jwt.encode(said, "", algorithm="none", headers=head | {"alg": "none"})
        confused = jwt.encode(said, public, algorithm="HS256", headers=head | {"alg": "HS256"})
        for forged in (unsigned, confused, token + ".x", "", "a.b.c", ".."):
            with pytest.raises(NotAuthenticated):
                await world.tokens.verify(RESOURCE, forged)

    async def test_user_tokens_cannot_manage_rooms(self, world: World) -> None:
        token = await new_token(world, await new_user(world))
        answer = await world.send("GET", "/rooms?api-version=2025-03-13", headers={"authorization": f"Bearer {token}"})
        assert answer.status == 401


async def test_tokens_requested_at_once(world: World) -> None:
    """The service signs them together: each belongs to its user, and one that nobody waits for any more is skipped."""
    users = [await new_user(world) for _ in range(4)]
    content, _ = await world.tokens.verify(RESOURCE, await new_token(world, users[0]))
    leaving = asyncio.create_task(world.tokens.issue(content))
    others = [asyncio.create_task(new_token(world, raw_id)) for raw_id in users]
    await asyncio.sleep(0)
    leaving.cancel()
    for raw_id, token in zip(users, await asyncio.gather(*others), strict=True):
        assert (await world.tokens.verify(RESOURCE, token))[1].raw_id == raw_id
    with pytest.raises(asyncio.CancelledError):
        await leaving


@pytest.mark.parametrize("token", ["", "garbage", None])
async def test_teams_tokens_are_refused_without_an_issuer(world: World, token: str | None) -> None:
    answer = await post(world, "/teamsUser/:exchangeAccessToken", {"token": token, "appId": "", "userId": ""})
    message = "Provided access token is not valid."
    assert (answer.status, answer.error) == (401, {"code": "InvalidAccessToken", "message": message})
    assert "api-supported-versions" not in answer.headers
    assert answer.headers["content-type"] == "application/json"


def test_claims_encode_alike_in_both_base64_alphabets() -> None:
    """Only `>`, `?` and `~` can encode to `-` or `_` at some offset; no claim contains them."""
    harmless = [chr(code) for code in range(32, 127) if chr(code) not in '>?~"\\']
    for first in harmless:
        for second in harmless:
            for third in harmless:
                assert not {"-", "_"} & set(base64.urlsafe_b64encode((first + second + third).encode()).decode())
