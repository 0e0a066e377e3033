"""Letter case that is ignored: names of fields, fixed segments of paths, hexadecimal digits of raw ids."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.support.application import World, user

from openrooms.domain.errors import MalformedRequest
from openrooms.wire.calls import DialOutBody, JoinBody
from openrooms.wire.models import RoomBody, RosterBody, TeamsExchangeBody, TokenBody, UserBody, decoder

Case = Callable[[str], str]

IDENTITY = "2023-10-01"
CASES: list[Case] = [str.lower, str.upper, str.title, str.swapcase]
RAW_ID = user(0xABCDEF)


def spelled(raw_id: str, case: Case) -> str:
    """Return the raw id with its hexadecimal digits in the other case."""
    kind, digits = raw_id[:6], raw_id[6:]
    return kind + case(digits)


@pytest.mark.parametrize("case", CASES)
class TestFields:
    @pytest.mark.parametrize(
        ("shape", "value"),
        [
            (RoomBody, {"validFrom": "a", "validUntil": "b", "pstnDialOutEnabled": True, "participants": {}}),
            (RosterBody, {"participants": {RAW_ID: {"role": "Consumer"}, "Role": None, "VALIDFROM": {}}}),
            (UserBody, {"createTokenWithScopes": ["voip"], "expiresInMinutes": 60}),
            (TokenBody, {"scopes": ["voip"], "expiresInMinutes": 60}),
            (TeamsExchangeBody, {"token": "a", "appId": "b", "userId": "c"}),
            (JoinBody, {"displayName": "Ada"}),
            (DialOutBody, {"phoneNumber": "+15550100"}),
        ],
    )
    def test_every_body_field_ignores_case(
        self, case: Case, shape: type[msgspec.Struct], value: dict[str, Any]
    ) -> None:
        read = decoder(shape)
        expected = read(msgspec.json.encode(value))
        assert expected != read(b"{}")
        unknown = {"Unknown": [1, {"validFrom": 5}], "\u00e9": "validUntil"}
        for more in ({}, unknown):
            other = {case(name): inner for name, inner in value.items()} | more
            assert read(msgspec.json.format(msgspec.json.encode(other), indent=2)) == expected
        with pytest.raises(MalformedRequest) as refused:
            read(msgspec.json.encode({case(name): 5.5 for name in value}))
        assert refused.value.problems[0].target.removeprefix("$.") in value

    async def test_room_and_roster(self, world: World, case: Case) -> None:
        body = {
            case("validUntil"): "2025-09-01T00:00:00Z",
            case("pstnDialOutEnabled"): True,
            case("participants"): {RAW_ID: {case("role"): "Presenter"}},
        }
        made = await world.create(body)
        assert (made["validUntil"], made["pstnDialOutEnabled"]) == ("2025-09-01T00:00:00+00:00", True)
        path = f"/rooms/{made['id']}/participants"
        assert (await world.call("GET", path)).json["value"] == [{"rawId": RAW_ID, "role": "Presenter"}]
        await world.call("PATCH", path, {case("participants"): {RAW_ID: None}})
        assert (await world.call("GET", path)).json["value"] == []

    async def test_last_spelling_of_a_field_wins(self, world: World, case: Case) -> None:
        body = b'{"pstnDialOutEnabled":false,"%b":true}' % case("pstnDialOutEnabled").encode()
        assert (await world.create(body))["pstnDialOutEnabled"] is True


@pytest.mark.parametrize("case", CASES)
class TestRawIds:
    async def test_two_spellings_of_a_raw_id_are_one_participant(self, world: World, case: Case) -> None:
        other = spelled(RAW_ID, case)
        made = await world.create({"participants": {user(1): {}, other: {"role": "Consumer"}}})
        path = f"/rooms/{made['id']}/participants"
        roster = [{"rawId": user(1), "role": "Attendee"}, {"rawId": RAW_ID, "role": "Consumer"}]
        assert (await world.call("GET", path)).json["value"] == roster
        for raw_id, role in ((RAW_ID, "Presenter"), (other, "Attendee")):
            await world.call("PATCH", path, {"participants": {raw_id: {"role": role}}})
            roster[1]["role"] = role
            assert (await world.call("GET", path)).json["value"] == roster
        await world.call("PATCH", path, {"participants": {other: None}})
        assert (await world.call("GET", path)).json["value"] == roster[:1]

    async def test_last_spelling_in_one_body_wins(self, world: World, case: Case) -> None:
        other = f"8:acs:{RAW_ID[6:].upper()}"
        body = {"participants": {spelled(RAW_ID, case): {"role": "Consumer"}, other: {"role": "Presenter"}}}
        made = await world.create(body)
        path = f"/rooms/{made['id']}/participants"
        assert (await world.call("GET", path)).json["value"] == [{"rawId": RAW_ID, "role": "Presenter"}]
        await world.call("PATCH", path, {"participants": {RAW_ID: {"role": "Consumer"}, other: None}})
        assert (await world.call("GET", path)).json["value"] == []

    async def test_user_and_tokens(self, world: World, case: Case) -> None:
        raw_id = (await world.call("POST", "/identities", {}, version=IDENTITY)).json["identity"]["id"]
        path = f"/identities/{spelled(raw_id, case)}"
        answer = await world.call("POST", f"{path}/:issueAccessToken", {"scopes": ["voip"]}, version=IDENTITY)
        assert answer.status == 200
        assert (await world.call("POST", f"{path}/:revokeAccessTokens", version=IDENTITY)).status == 204
        for _ in range(2):
            assert (await world.call("DELETE", path, version=IDENTITY)).status == 204
        answer = await world.call("POST", f"{path}/:issueAccessToken", {"scopes": ["voip"]}, version=IDENTITY)
        assert answer.status == 401


async def test_errors_show_the_raw_id_as_sent(world: World) -> None:
    path = f"/rooms/{(await world.create())['id']}/participants"
    answer = await world.call("PATCH", path, {"participants": {"8:ORGID:ABC": {}}})
    assert answer.error["message"] == "Communication identifier 8:ORGID:ABC is not supported."
    shouted = f"8:acs:{RAW_ID[6:].upper()}"
    answer = await world.call("PATCH", path, {"participants": {shouted: {"role": "x"}}})
    assert answer.error["details"][0]["target"] == f"$.participants.{shouted}.role"


@pytest.mark.parametrize("case", CASES)
async def test_paths_ignore_case(world: World, case: Case) -> None:
    async def answered(method: str, path: str, body: object = None, version: str = IDENTITY) -> Any:
        answer = await world.call(
            method, re.sub("[A-Za-z]{4,}", lambda word: case(word[0]), path), body, version=version
        )
        assert answer.status in (200, 201, 204), answer.body
        return answer.json if answer.body else None

    room = await answered("POST", "/rooms", {}, "2025-03-13")
    for method, path in [("GET", "/rooms"), ("GET", "/rooms/%s"), ("GET", "//rooms/%s/participants/")]:
        await answered(method, path.replace("%s", room["id"]), None, "2025-03-13")
    await answered("PATCH", f"/rooms/{room['id']}/participants", {}, "2025-03-13")
    await answered("DELETE", f"/rooms/{room['id']}", None, "2025-03-13")
    raw_id = (await answered("POST", "/identities"))["identity"]["id"]
    await answered("POST", f"/identities/{raw_id}/:issueAccessToken", {"scopes": ["voip"]})
    await answered("POST", f"/identities/{raw_id}/%3ArevokeAccessTokens")
    await answered("DELETE", f"/identities/{raw_id}")
    await answered("GET", "/openrooms/health")


@pytest.mark.parametrize("case", CASES)
async def test_refusals_ignore_case(world: World, case: Case) -> None:
    answer = await world.call("POST", case("/teamsUser/:exchangeAccessToken"), {}, version=IDENTITY)
    assert (answer.status, answer.error["code"]) == (401, "InvalidAccessToken")
    answer = await world.call("PUT", case("/teamsUser/:exchangeAccessToken"), {}, version=IDENTITY)
    assert (answer.status, answer.headers["allow"]) == (405, "OPTIONS, POST")
    assert "x-processing-time" in answer.headers
    assert (await world.call("GET", case("/room"))).status == 404
