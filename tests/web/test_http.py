"""What all operations share: versions, methods, bodies, limits, and the operations without authentication."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from structlog.testing import capture_logs
from tests.support.application import HOST, World, local, user
from tests.support.application import world as make_world

from openrooms.domain.errors import StorageFull, Unavailable
from openrooms.server.process.settings import Settings
from openrooms.server.web.cors import LOOPBACK_ORIGINS
from openrooms.wire.versions import canonical

ROOMS_VERSIONS = "2023-06-14, 2023-10-30-preview, 2024-04-15, 2025-03-13"


class TestVersions:
    @pytest.mark.parametrize("version", ["2023-06-14", "2023-10-30-preview", "2024-04-15", "2025-03-13"])
    @pytest.mark.parametrize("parameter", ["api-version", "Api-Version"])
    async def test_supported_versions(self, world: World, version: str, parameter: str) -> None:
        assert (await world.call("GET", f"/rooms?{parameter}={version}", version=None)).status == 200

    @pytest.mark.parametrize(
        "name", ["ApiVersion.V2023_06_14", "ApiVersion.V2024_04_15", "ApiVersion.V2023_10_30_PREVIEW"]
    )
    async def test_names_of_python_enum_members(self, world: World, name: str) -> None:
        assert (await world.call("GET", "/rooms", version=name)).status == 200

    @pytest.mark.parametrize(
        ("query", "code", "message"),
        [
            ("", "ApiVersionUnspecified", "An API version is required, but was not specified."),
            ("?api-version=", "ApiVersionUnspecified", "An API version is required, but was not specified."),
            (
                "?api-version=2021-04-07",
                "UnsupportedApiVersion",
                f"The HTTP resource that matches the request URI 'https://{HOST}/rooms' does not support the API "
                "version '2021-04-07'.",
            ),
            (
                "?api-version=latest",
                "InvalidApiVersion",
                f"The HTTP resource that matches the request URI 'https://{HOST}/rooms' does not support the API "
                "version 'latest'.",
            ),
            (
                "?api-version=2025-03-13&api-version=2024-04-15",
                "AmbiguousApiVersion",
                "The request names several API versions: 2024-04-15, 2025-03-13. Name one and try again.",
            ),
        ],
    )
    async def test_refused_versions(self, world: World, query: str, code: str, message: str) -> None:
        answer = await world.call("GET", f"/rooms{query}", version=None)
        assert answer.status == 400
        assert answer.error == {"code": code, "message": message, "innerError": None}
        assert answer.headers["api-supported-versions"] == ROOMS_VERSIONS

    async def test_repeated_version(self, world: World) -> None:
        assert (await world.call("GET", "/rooms?api-version=2025-03-13")).status == 200

    async def test_caller_is_checked_before_the_version(self, world: World) -> None:
        assert (await world.send("GET", "/rooms?api-version=1")).status == 401

    @pytest.mark.parametrize("version", ["2021-03-07", "2022-06-01", "2022-10-01", "2023-10-01", "2025-06-30"])
    async def test_identity_versions(self, world: World, version: str) -> None:
        assert (await world.call("POST", "/identities", version=version)).status == 201
        assert (await world.call("GET", "/rooms", version=version)).status == 400


class TestNewerVersions:
    """A new release of an SDK requests a version that this service does not know."""

    @pytest.fixture
    async def lenient(self, tmp_path: Path) -> AsyncIterator[World]:
        async with make_world(tmp_path, settings=Settings(development=True, newest_for_unknown_versions=True)) as made:
            yield made

    @pytest.mark.parametrize("version", ["2025-03-14", "2026-07-22", "2027-01-01-preview", "ApiVersion.V2027_01_01"])
    async def test_newer_version_gets_the_newest_and_one_warning(self, lenient: World, version: str) -> None:
        with capture_logs() as logs:
            for _ in range(3):
                made = await lenient.create({"pstnDialOutEnabled": True}, version=version)
        assert made["pstnDialOutEnabled"] is True
        warnings = [(log["log_level"], log["requested"], log["used"]) for log in logs if "requested" in log]
        assert warnings == [("warning", canonical(version), "2025-03-13")]

    async def test_identity_accepts_newer_versions(self, lenient: World) -> None:
        assert (await lenient.call("POST", "/identities", version="2026-07-22")).status == 201
        answer = await lenient.call("POST", "/teamsUser/:exchangeAccessToken", {}, version="2026-07-22")
        assert answer.error["code"] == "InvalidAccessToken"

    async def test_next_links_keep_working(self, lenient: World) -> None:
        for _ in range(101):
            await lenient.create()
        page = (await lenient.call("GET", "/rooms", version="2026-07-22")).json
        assert len((await lenient.call("GET", local(page["nextLink"]), version=None)).json["value"]) == 1

    @pytest.mark.parametrize(
        "version",
        ["", "2021-04-07", "2024-10-01-preview", "2025-03-13-preview", "latest", "2026-1-1", "2026-07-22\n"],
    )
    async def test_invalid_or_older_versions_are_refused(self, lenient: World, version: str) -> None:
        assert (await lenient.call("GET", f"/rooms?api-version={quote(version)}", version=None)).status == 400

    async def test_logged_versions_are_limited(self, lenient: World) -> None:
        with capture_logs() as logs:
            for number in range(150):
                await lenient.call("GET", "/rooms", version=f"2026-01-01-beta{number}")
        assert len([log for log in logs if "requested" in log]) == 100

    async def test_newer_versions_are_refused_by_default(self, world: World) -> None:
        answer = await world.call("GET", "/rooms", version="2026-07-22")
        assert (answer.status, answer.error["code"]) == (400, "UnsupportedApiVersion")


class TestMethods:
    @pytest.mark.parametrize(
        ("method", "path", "allow"),
        [
            ("PUT", "/rooms", "GET, HEAD, OPTIONS, POST"),
            ("POST", "/rooms/99475330965778483", "DELETE, GET, HEAD, OPTIONS, PATCH"),
            ("DELETE", "/rooms/99475330965778483/participants", "GET, HEAD, OPTIONS, PATCH"),
            ("GET", "/identities", "OPTIONS, POST"),
            ("GET", f"/identities/{user()}/:issueAccessToken", "OPTIONS, POST"),
            ("TRACE", "/openrooms/health", "GET, HEAD, OPTIONS"),
        ],
    )
    async def test_wrong_method(self, world: World, method: str, path: str, allow: str) -> None:
        answer = await world.call(method, path)
        assert (answer.status, answer.headers["allow"]) == (405, allow)
        assert answer.error["code"] == "MethodNotAllowed"
        options = await world.call("OPTIONS", path)
        assert (options.status, options.headers["allow"], options.body) == (204, allow, b"")

    async def test_head_matches_get(self, world: World) -> None:
        get, head = await world.call("GET", "/rooms"), await world.call("HEAD", "/rooms")
        assert head.status == 200
        assert head.headers["content-length"] == get.headers["content-length"]

    @pytest.mark.parametrize(
        "path", ["/", "/room", "/rooms/1/2", "/rooms/1/participants/2", "/identities/1/:x", "/%2Frooms"]
    )
    async def test_unknown_path(self, world: World, path: str) -> None:
        answer = await world.call("GET", path)
        assert (answer.status, answer.error["code"]) == (404, "NotFound")


class TestBodies:
    @pytest.mark.parametrize("pieces", [1, 2, 7])
    async def test_body_in_pieces(self, world: World, pieces: int) -> None:
        body = msgspec.json.encode({"participants": {user(n): {} for n in range(50)}})
        target = "/rooms?api-version=2025-03-13"
        headers = world.signed("POST", target, body) | {"transfer-encoding": "chunked"}
        assert (await world.send("POST", target, body, headers, pieces=pieces)).status == 201

    @pytest.mark.parametrize("pieces", [1, 3])
    async def test_too_large_body(self, world: World, pieces: int) -> None:
        target, body = "/rooms?api-version=2025-03-13", b" " * (1024 * 1024) + b"{}"
        answer = await world.send("POST", target, body, world.signed("POST", target, body), pieces=pieces)
        assert (answer.status, answer.error["code"]) == (413, "RequestTooLarge")
        assert "connection" not in answer.headers
        assert (await world.call("POST", "/rooms", body[3:])).status == 201

    @pytest.mark.parametrize(
        "extra", [{"content-length": str(2**40)}, {"content-length": "2000000", "expect": "100-continue"}]
    )
    async def test_huge_or_expected_body_closes_the_connection(self, world: World, extra: dict[str, str]) -> None:
        target = "/rooms?api-version=2025-03-13"
        answer = await world.send("POST", target, b"", world.signed("POST", target) | extra)
        assert (answer.status, answer.headers["connection"]) == (413, "close")


class TestTargets:
    @pytest.mark.parametrize(
        "target",
        [
            pytest.param("/rooms?" + "a&" * 3950, id="fields"),
            pytest.param("/rooms?a=" + "%61" * 400, id="escapes"),
            pytest.param("/rooms/" + "1" * 1020, id="a segment"),
            pytest.param("/rooms" + "/a" * 600, id="segments"),
        ],
    )
    async def test_long_target_is_refused_before_authentication(self, world: World, target: str) -> None:
        for answer in (await world.send("GET", target), await world.call("GET", target, version=None)):
            assert (answer.status, answer.error["code"]) == (414, "RequestUriTooLong")
            assert answer.error["message"] == "The path and query are longer than 1024 bytes."

    async def test_query_field_limit(self, world: World) -> None:
        fields = "a&" * 30
        assert (await world.call("GET", f"/rooms?{fields}")).status == 200
        answer = await world.call("GET", f"/rooms?a&{fields}")
        assert (answer.status, answer.error["message"]) == (400, "The query has more than 32 fields.")

    @pytest.mark.parametrize(("slashes", "status"), [(16, 200), (17, 404), (500, 404)])
    async def test_empty_segments_are_ignored_up_to_a_limit(self, world: World, slashes: int, status: int) -> None:
        assert (await world.call("GET", "/" * slashes + "rooms")).status == status


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [(Unavailable(), 503, "ServiceUnavailable"), (StorageFull(), 507, "InsufficientStorage")],
    )
    async def test_unavailable_storage_sends_retry_after(
        self, world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
    ) -> None:
        async def away(*_: object) -> None:
            raise error

        monkeypatch.setattr(world.storage, "create_room", away)
        monkeypatch.setattr(world.storage, "check", away)
        answer = await world.call("POST", "/rooms")
        assert (answer.status, answer.error["code"]) == (status, code)
        assert answer.headers["retry-after"] == "1"
        assert (await world.send("GET", "/openrooms/health")).status == 200
        ready = await world.send("GET", "/openrooms/ready")
        assert (ready.status, ready.error["message"]) == (503, Unavailable.message)

    async def test_internal_error_is_logged_but_not_shown(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        async def broken(*_: object) -> None:
            raise ZeroDivisionError("secret detail")

        monkeypatch.setattr(world.storage, "create_room", broken)
        with capture_logs() as logs:
            answer = await world.call("POST", "/rooms")
        assert (answer.status, answer.error["code"]) == (500, "InternalServerError")
        assert b"secret" not in answer.body
        assert [(log["event"], log["request_id"]) for log in logs] == [("request failed", answer.headers["ms-cv"])]


class TestCors:
    ORIGIN = "https://app.example"

    async def test_cors_is_off_by_default(self, world: World) -> None:
        answer = await world.call("GET", "/rooms", headers={"origin": self.ORIGIN})
        assert "access-control-allow-origin" not in answer.headers
        preflight = {"origin": self.ORIGIN, "access-control-request-method": "GET"}
        assert (await world.send("OPTIONS", "/rooms", headers=preflight)).status == 401

    async def test_allowed_origin(self, tmp_path: Path) -> None:
        preflight = {"access-control-request-method": "PATCH", "access-control-request-headers": "authorization"}
        async with make_world(tmp_path, settings=Settings(development=True, cors_origins=(self.ORIGIN,))) as world:
            answer = await world.send("OPTIONS", "/rooms", headers={"origin": self.ORIGIN, **preflight})
            assert answer.status == 204
            assert answer.headers["access-control-allow-origin"] == self.ORIGIN
            assert answer.headers["access-control-allow-headers"] == "authorization"
            assert "PATCH" in answer.headers["access-control-allow-methods"]
            answer = await world.call("GET", "/rooms", headers={"origin": self.ORIGIN})
            assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, self.ORIGIN)
            assert answer.headers["vary"] == "Origin"
            exposed = answer.headers["access-control-expose-headers"].split(", ")
            assert {"date", "retry-after", "x-ms-error-code"} <= set(exposed)
            answer = await world.send("OPTIONS", "/rooms", headers={"origin": "https://evil.example", **preflight})
            assert answer.status == 401
            assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize(
        ("origin", "is_known"),
        [
            ("http://localhost:5173", True),
            ("https://localhost", True),
            ("http://127.0.0.1:3000", True),
            ("http://127.1.2.3:3000", True),
            ("http://[::1]:3000", True),
            ("http://app.localhost:8080", True),
            ("http://localhost.evil.example", False),
            ("http://127.0.0.1.evil.example", False),
            ("http://localhost@evil.example", False),
            ("http://192.168.1.5:3000", False),
            ("http://[::1", False),
            ("null", False),
        ],
    )
    async def test_for_loopback(self, tmp_path: Path, origin: str, is_known: bool) -> None:
        """A preflight of a page on this machine is answered without credentials; nobody else's is."""
        preflight = {"origin": origin, "access-control-request-method": "POST"}
        settings = Settings(development=True, cors_origins=(LOOPBACK_ORIGINS,))
        async with make_world(tmp_path, settings=settings) as world:
            answer = await world.send("OPTIONS", "/openrooms/rooms/1/join", headers=preflight)
            assert answer.status == (204 if is_known else 401)
            assert answer.headers.get("access-control-allow-origin") == (origin if is_known else None)


class TestOwn:
    async def test_health_and_readiness(self, world: World) -> None:
        for name in ("health", "ready"):
            answer = await world.send("GET", f"/openrooms/{name}")
            assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")

    @pytest.mark.parametrize(
        ("path", "unknown"),
        [
            ("/openrooms/metrics", "/openrooms/unknown"),
            ("/openrooms/metrics/", "/openrooms/unknown"),
            ("//openrooms/metrics", "/openrooms/unknown"),
            ("/openrooms/%6detrics", "/openrooms/unknown"),
            ("/metrics", "/unknown"),
            ("/ready", "/unknown"),
        ],
    )
    async def test_metrics_and_details_are_hidden_from_clients(self, world: World, path: str, unknown: str) -> None:
        """They get the answer of any unknown path, with and without authentication."""
        for ask in (world.send, world.call):
            answer, other = await ask("GET", path), await ask("GET", unknown)
            assert (answer.status, answer.body) == (other.status, other.body)
        assert answer.status == 404

    async def test_concurrent_readiness_checks_share_one_query(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checks = []

        async def check() -> None:
            checks.append(1)
            await asyncio.sleep(0)

        monkeypatch.setattr(world.storage, "check", check)
        answers = await asyncio.gather(*(world.send("GET", "/openrooms/ready") for _ in range(50)))
        assert {answer.status for answer in answers} == {200}
        assert len(checks) == 1

    async def test_openapi_paths(self, world: World) -> None:
        paths = (await world.send("GET", "/openrooms/openapi.json")).json["paths"]
        assert {"get", "post"} <= paths["/rooms"].keys()
        assert {"get", "patch", "delete"} <= paths["/rooms/{roomId}"].keys()
        assert {"get", "patch"} <= paths["/rooms/{roomId}/participants"].keys()
        assert "/identities/{id}/:issueAccessToken" in paths
        assert "/openrooms/.well-known/jwks.json" in paths
