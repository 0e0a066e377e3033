"""Rate limits of addresses, users and operators: a caller who exceeds one does not affect the others."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_network
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.application import KEY, RESOURCE, SECOND_KEY, Answer, World, http_date, signed, world

from openrooms.domain.identities import ResourceId, User
from openrooms.domain.moments import HOUR
from openrooms.domain.operators import OperatorRole
from openrooms.domain.roster import RawId
from openrooms.server.core.ports import Resource
from openrooms.server.core.rates import Rate, Rates
from openrooms.server.process.settings import Network, Settings
from openrooms.server.web.limits import FAILURE, Limits, network
from openrooms.server.web.pages import Pages
from openrooms.server.web.proxies import Proxies
from openrooms.wire.signing import AccessKey

TARGET = "/rooms?api-version=2025-03-13"
JOIN = "/openrooms/rooms/99400000000000001/join"
NO_RATES = dict.fromkeys(Rates.__struct_fields__)


class Timer:
    """A timer that only tests advance."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


timer = Timer()


def limited(folder: Path, proxies: Sequence[Network] = (), **rates: Rate) -> AbstractAsyncContextManager[World]:
    """Run a service with only these limits."""
    settings = Settings(development=True, forwarded_allow=tuple(proxies))
    return world(folder, settings=settings, limits=Limits(Rates(**{**NO_RATES, **rates}), timer), calls=True)


def check_too_many(answer: Answer, seconds: int) -> None:
    assert (answer.status, answer.error["code"]) == (429, "TooManyRequests")
    assert answer.headers["retry-after"] == str(seconds)
    assert answer.error["message"] == f"Too many requests; try again in {seconds} s."


async def operator_bearer(world: World) -> dict[str, str]:
    """Return the header with a new operator token of a reader."""
    resource = (await world.storage.list_resources())[0]
    return {"authorization": f"Bearer {await world.operator_tokens.issue(resource, OperatorRole.READER, HOUR)}"}


async def person(world: World) -> tuple[str, dict[str, str]]:
    """Return a new user's raw id, and the header with one of their tokens."""
    raw_id = (await world.call("POST", "/identities", version="2023-10-01")).json["identity"]["id"]
    path = f"/identities/{raw_id}/:issueAccessToken"
    token = (await world.call("POST", path, {"scopes": ["voip"]}, version="2023-10-01")).json["token"]
    return raw_id, {"authorization": f"Bearer {token}"}


class TestAddresses:
    async def test_limited_address_is_refused_before_authentication(self, tmp_path: Path) -> None:
        async with limited(tmp_path, address=Rate(1, 2 * FAILURE)) as made:
            for _ in range(2):
                assert (await made.send("GET", TARGET)).status == 401
            check_too_many(await made.send("GET", TARGET), 1)
            check_too_many(await made.send("GET", "/openrooms/health"), 1)
            assert (await made.send("GET", TARGET, peer="198.51.100.2")).status == 401, "another address"
            timer.now += 1
            assert (await made.send("GET", "/openrooms/health")).status == 200

    async def test_open_operations_count_less(self, tmp_path: Path) -> None:
        async with limited(tmp_path, address=Rate(1, FAILURE)) as made:
            for _ in range(FAILURE):
                assert (await made.send("GET", "/openrooms/health")).status == 200
            check_too_many(await made.send("GET", "/openrooms/health"), 1)

    @pytest.mark.parametrize(
        ("target", "headers"),
        [
            pytest.param(TARGET, {"authorization": "Bearer a.b.c"}, id="a bad token"),
            pytest.param(JOIN, {"authorization": "Bearer a.b.c"}, id="a bad token on join"),
            pytest.param("/nothing", {}, id="no such path"),
            pytest.param("/rooms?" + "a&" * 2000, {}, id="a long target"),
            pytest.param(TARGET, {"host": ""}, id="no host"),
        ],
    )
    async def test_every_failed_authentication_counts(
        self, tmp_path: Path, target: str, headers: dict[str, str]
    ) -> None:
        async with limited(tmp_path, address=Rate(1, FAILURE)) as made:
            assert (await made.send("POST", target, headers=headers)).status in {400, 401, 414}
            check_too_many(await made.send("POST", target, headers=headers), 1)

    async def test_known_callers_do_not_count_for_their_address(self, tmp_path: Path) -> None:
        async with limited(tmp_path, address=Rate(1, 1)) as made:
            raw_id, bearer = await person(made)
            room = (await made.create({"participants": {raw_id: {"role": "Presenter"}}}))["id"]
            for _ in range(5):
                assert (await made.call("GET", "/rooms")).status == 200
                assert (await made.send("POST", f"/openrooms/rooms/{room}/join", b"{}", bearer)).status == 503
            assert (await made.send("GET", TARGET)).status == 401
            check_too_many(await made.call("GET", "/rooms"), 1)

    async def test_client_behind_a_trusted_proxy_is_counted(self, tmp_path: Path) -> None:
        async with limited(tmp_path, [ip_network("10.0.0.0/8")], address=Rate(1, FAILURE)) as made:
            for client in ("203.0.113.5", "203.0.113.6"):
                answer = await made.send("GET", TARGET, headers={"x-forwarded-for": client}, peer="10.0.0.7")
                assert answer.status == 401
            again = {"x-forwarded-for": "203.0.113.5"}
            check_too_many(await made.send("GET", TARGET, headers=again, peer="10.0.0.7"), 1)

    async def test_untrusted_proxy_is_warned_about_once(self, world: World) -> None:
        with capture_logs() as logs:
            await world.send("GET", TARGET, headers={"x-forwarded-for": "10.1.1.1"}, peer="9.9.9.9")
            assert logs == [], "clients may send any header"
            for peer in ("10.0.0.7", "10.0.0.8"):
                await world.send("GET", TARGET, headers={"x-forwarded-for": "203.0.113.5"}, peer=peer)
        assert [(log["log_level"], log["address"]) for log in logs] == [("warning", "10.0.0.7")]
        assert "--forwarded-allow" in logs[0]["event"]

    async def test_page_requests_count(self, tmp_path: Path) -> None:
        (tmp_path / "call.html").write_text("<p>")
        limits = Limits(Rates(**{**NO_RATES, "address": Rate(1, 2)}), timer)
        pages = Pages(Proxies(()), limits, folder=tmp_path)
        assert [await status(pages, "/call/1") for _ in range(3)] == [200, 200, 429]


async def test_a_user_begins_few_tests_of_their_connection(tmp_path: Path) -> None:
    async with limited(tmp_path, test=Rate(0.1, 2)) as made:
        raw_id, bearer = await person(made)
        room = (await made.create({"participants": {raw_id: {"role": "Attendee"}}}))["id"]
        target = f"/openrooms/rooms/{room}/call:testConnection"
        for _ in range(2):
            # There is no media engine.
            assert (await made.send("POST", target, b"", bearer)).status == 503
        check_too_many(await made.send("POST", target, b"", bearer), 10)
        assert (await made.send("POST", f"/openrooms/rooms/{room}/join", b"{}", bearer)).status == 503
        _, other = await person(made)
        assert (await made.send("POST", target, b"", other)).status == 403


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a:b", "a:b"),
    ],
)
def test_ipv6_clients_count_by_network(peer: str, expected: str) -> None:
    assert network(peer) == expected


class TestCallers:
    async def test_each_access_key_has_its_own_limit(self, tmp_path: Path) -> None:
        async with limited(tmp_path, operator=Rate(0.5, 2)) as made:
            assert [(await made.call("GET", "/rooms")).status for _ in range(2)] == [200, 200]
            check_too_many(await made.call("GET", "/rooms"), 2)
            assert (await made.call("GET", "/rooms", key=SECOND_KEY)).status == 200
            timer.now += 2
            assert (await made.call("GET", "/rooms", key=KEY)).status == 200

    async def test_each_operator_token_has_its_own_limit(self, tmp_path: Path) -> None:
        async with limited(tmp_path, operator=Rate(1, 1)) as made:
            for _ in range(2):
                bearer = await operator_bearer(made)
                assert (await made.send("GET", TARGET, headers=bearer)).status == 200
                check_too_many(await made.send("GET", TARGET, headers=bearer), 1)

    async def test_refused_write_of_a_reader_counts(self, tmp_path: Path) -> None:
        async with limited(tmp_path, operator=Rate(1, 1)) as made:
            bearer = await operator_bearer(made)
            assert (await made.send("POST", TARGET, b"{}", bearer)).status == 403
            check_too_many(await made.send("POST", TARGET, b"{}", bearer), 1)

    async def test_resource_limit(self, tmp_path: Path) -> None:
        async with limited(tmp_path, resource=Rate(1, 2)) as made:
            assert [(await made.call("GET", "/rooms", key=key)).status for key in (KEY, SECOND_KEY)] == [200, 200]
            check_too_many(await made.call("GET", "/rooms"), 1)

    async def test_tokens_of_a_user_share_one_limit(self, tmp_path: Path) -> None:
        async with limited(tmp_path, person=Rate(1, 2)) as made:
            raw_id, bearer = await person(made)
            path = f"/identities/{raw_id}/:issueAccessToken"
            token = (await made.call("POST", path, {"scopes": ["voip"]}, version="2023-10-01")).json["token"]
            _, other = await person(made)
            assert (await made.send("POST", JOIN, b"{}", bearer)).status == 404
            assert (await made.send("POST", JOIN, b"{}", {"authorization": f"Bearer {token}"})).status == 404
            check_too_many(await made.send("POST", JOIN, b"{}", bearer), 1)
            assert (await made.send("POST", JOIN, b"{}", other)).status == 404

    async def test_limits_of_a_user_are_per_resource(self, tmp_path: Path) -> None:
        async with limited(tmp_path, person=Rate(1, 3), refusal=Rate(1, 2)) as made:
            raw_id, bearer = await person(made)
            room = (await made.create({"participants": {raw_id: {"role": "Presenter"}}}))["id"]
            other = Resource(ResourceId("6f0a3b52-77f0-4a4e-9d0f-0e1d1c9b8a01"), "fabrikam.example", "a2V5", "a2V5Mg==")
            await made.storage.add_resource(other)
            await made.resources.refresh()
            await made.storage.adopt_users(other.id, [User(RawId(raw_id), made.clock.now)], lambda _: None)
            target, body = f"/identities/{raw_id}/:issueAccessToken?api-version=2023-10-01", b'{"scopes":["voip"]}'
            date = http_date(made.clock.now)
            signature = signed("POST", target, body, date, AccessKey(other.primary_key), "fabrikam.example")
            token = (await made.send("POST", target, body, signature)).json["token"]
            elsewhere = {"host": "fabrikam.example", "authorization": f"Bearer {token}"}
            refused = [(await made.send("POST", JOIN, b"{}", elsewhere)).status for _ in range(5)]
            assert refused == [404, 404, 429, 429, 429]
            # 503, because calls are off in this service.
            assert (await made.send("POST", f"/openrooms/rooms/{room}/join", b"{}", bearer)).status == 503

    async def test_nothing_is_limited_without_rates(self, world: World) -> None:
        for _ in range(300):
            assert (await world.send("GET", TARGET)).status == 401


class TestRefusals:
    """A user who probes room ids finds only a few."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "join"),
            ("GET", "call"),
            ("POST", "call:end"),
            ("POST", "call:dialOut"),
            ("POST", f"call/participants/8:acs:{RESOURCE}_00000029-931c-aa89-e84c-000000000001:mute"),
        ],
    )
    async def test_every_operation_that_probes_room_ids_counts(self, tmp_path: Path, method: str, path: str) -> None:
        async with limited(tmp_path, refusal=Rate(2, 3)) as made:
            strange = (await made.create())["id"]
            _, bearer = await person(made)
            statuses = [
                (await made.send(method, f"/openrooms/rooms/{room}/{path}", b"", bearer)).status
                for room in ("99400000000000001", strange, "99400000000000002")
            ]
            assert statuses == [404, 403, 404]
            check_too_many(await made.send(method, f"/openrooms/rooms/{strange}/{path}", b"", bearer), 1)
            timer.now += 0.5
            assert (await made.send(method, f"/openrooms/rooms/{strange}/{path}", b"", bearer)).status == 403

    async def test_probing_user_does_not_slow_down_others(self, tmp_path: Path) -> None:
        """A user who is not on the roster retries as often as possible; a presenter and the operator are unaffected."""
        rates = Rates()
        async with world(tmp_path, limits=Limits(rates, timer), calls=True) as made:
            raw_id, presenter = await person(made)
            room = (await made.create({"participants": {raw_id: {"role": "Presenter"}}}))["id"]
            _, stranger = await person(made)
            answers = [(await made.send("POST", f"/openrooms/rooms/{room}/join", b"{}", stranger)) for _ in range(3000)]
            assert [answer.status for answer in answers[:20]] == [403] * 20
            assert {answer.status for answer in answers[20:]} == {429}
            for _ in range(30):
                # 503, because calls are off in this service.
                assert (await made.send("POST", f"/openrooms/rooms/{room}/join", b"{}", presenter)).status == 503
                assert (await made.call("GET", f"/rooms/{room}")).status == 200


async def test_metrics_name_the_limit(tmp_path: Path) -> None:
    limits = Limits(Rates(**{**NO_RATES, "operator": Rate(1, 1), "address": Rate(1, 1)}), timer)
    async with world(tmp_path, limits=limits) as made:
        for _ in range(3):
            await made.call("GET", "/rooms")
        for _ in range(2):
            await made.send("GET", TARGET)
    assert {figure.labels["limit"]: figure.value for figure in limits.figures()} == {"operator": 2, "address": 1}


async def status(pages: Pages, path: str) -> int:
    """Return the status of a page."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "scheme": "http",
        "client": ("203.0.113.5", 50_000),
        "server": ("127.0.0.1", 8721),
    }
    sent = []

    async def send(message) -> None:
        sent.append(message)

    await pages(scope, None, send)
    return sent[0]["status"]
