"""Operators with tokens of Entra's shape, and the issuer of such tokens."""

import time
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from openrooms._startup import BadSetting
from openrooms.domain.errors import NotAuthenticated
from openrooms.domain.identities import ResourceId
from openrooms.domain.operators import OperatorRole
from openrooms.server.core.entra import TENANT, EntraTokens, issuer_of
from openrooms.server.process.settings import Settings
from openrooms.server.web.entra import EntraIssuer

RESOURCE = ResourceId("6f0f4f4e-0000-4000-8000-000000000009")
NOW = 1_790_000_000
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_TENANT = "11111111-2222-4333-8444-555555555555"


def claims(**changed: Any) -> dict[str, Any]:
    usual = {
        "aud": "https://communication.azure.com",
        "iss": issuer_of(OTHER_TENANT),
        "tid": OTHER_TENANT,
        "oid": "ada",
        "nbf": NOW,
        "exp": NOW + 3600,
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def entra(**changed: Any) -> str:
    """Return a token of another issuer, as Entra's is."""
    return jwt.encode(claims(**changed), OTHER_KEY, "RS256")


@pytest.fixture
def tokens() -> EntraTokens:
    return EntraTokens(clock=lambda: NOW)


@pytest.fixture
def unsigned() -> EntraTokens:
    return EntraTokens(unsigned=True, clock=lambda: NOW)


# Verifying


async def test_an_issued_token_is_an_operators(tokens):
    operator = await tokens.verify(RESOURCE, tokens.issue("clinic"))
    assert operator.role is OperatorRole.CONTRIBUTOR
    assert operator.name.startswith("entra:")
    assert operator == await tokens.verify(RESOURCE, tokens.issue("clinic"))
    assert operator != await tokens.verify(RESOURCE, tokens.issue("another"))


async def test_an_issued_token_has_the_shape_of_entras(tokens):
    content = jwt.decode(tokens.issue("clinic"), options={"verify_signature": False})
    assert (content["iss"], content["tid"], content["aud"]) == (
        f"https://sts.windows.net/{TENANT}/",
        TENANT,
        "https://communication.azure.com",
    )
    assert (content["appid"], content["ver"], content["exp"] - content["iat"]) == ("clinic", "1.0", 3600)


async def test_a_token_of_another_key_is_refused(tokens):
    with pytest.raises(NotAuthenticated) as refused:
        await tokens.verify(RESOURCE, entra())
    assert "--entra-unsigned" in refused.value.reason


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="as Entra writes it"),
        pytest.param({"aud": "https://communication.azure.com/"}, id="a slash at the end"),
        pytest.param({"aud": ["x", "1fd5118e-2576-4263-8130-9503064c837a"]}, id="the id of the service"),
        pytest.param({"iss": f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0"}, id="version 2.0"),
        pytest.param({"nbf": NOW + 299, "exp": NOW + 300}, id="a clock that is ahead"),
        pytest.param({"exp": NOW - 299}, id="a clock that is behind"),
    ],
)
async def test_unsigned_tokens_of_entra_are_accepted(unsigned, changed):
    assert (await unsigned.verify(RESOURCE, entra(**changed))).name == "entra:ada"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"aud": "https://graph.microsoft.com"}, "audience", id="for another service"),
        pytest.param({"aud": None}, "audience", id="no audience"),
        pytest.param({"iss": "https://evil.example/"}, "issuer", id="another issuer"),
        pytest.param({"iss": issuer_of("common")}, "issuer", id="not a tenant's issuer"),
        pytest.param({"iss": None}, "issuer", id="no issuer"),
        pytest.param({"tid": TENANT}, "tid", id="another tenant's"),
        pytest.param({"tid": None}, "tid", id="no tenant"),
        pytest.param({"exp": NOW - 300}, "expired", id="expired"),
        pytest.param({"exp": None}, "whole number", id="no end"),
        pytest.param({"exp": "soon"}, "whole number", id="an end that is no number"),
        pytest.param({"nbf": NOW + 301}, "not valid yet", id="not valid yet"),
    ],
)
async def test_other_tokens_are_refused_even_unsigned(unsigned, changed, reason):
    with pytest.raises(NotAuthenticated) as refused:
        await unsigned.verify(RESOURCE, entra(**changed))
    assert reason in refused.value.reason


@pytest.mark.parametrize("text", ["", "a.b.c", "é", "x" * 20_000, "e30.e30."])
async def test_other_texts_are_refused(tokens, unsigned, text):
    for verifier in (tokens, unsigned):
        with pytest.raises(NotAuthenticated):
            await verifier.verify(RESOURCE, text)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_only_rs256_is_accepted(tokens, algorithm):
    forged = jwt.encode(claims(), "" if algorithm == "none" else "x" * 32, algorithm)
    with pytest.raises(NotAuthenticated):
        await tokens.verify(RESOURCE, forged)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"development": True, "host": "0.0.0.0"}, id="open to others"),
        pytest.param({"development": False, "https_port": None, "database": "sqlite:x"}, id="in production"),
    ],
)
def test_only_a_development_service_on_loopback_issues_tokens(settings):
    with pytest.raises(BadSetting, match="--entra gives tokens to everyone"):
        Settings(entra=True, **settings)


# The issuer


async def ask(method: str, path: str, body: bytes = b"", query: bytes = b"", **headers: str) -> tuple[int, Any]:
    """Return the status and the document with which the issuer answers."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    fields = {"host": "127.0.0.1:8721", "content-length": str(len(body)), **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8721),
    }
    await EntraIssuer(TOKENS)(scope, receive, send)
    return sent[0]["status"], msgspec.json.decode(b"".join(message["body"] for message in sent[1:]))


TOKENS = EntraTokens()
MANAGED = f"/{TENANT}/msi/token"
GRANT = b"grant_type=client_credentials&client_id=clinic&client_secret=x"
SCOPE = b"&scope=https%3A%2F%2Fcommunication.azure.com%2F%2F.default"


async def is_good(document: Any) -> bool:
    return (await TOKENS.verify(RESOURCE, document["access_token"])).role is OperatorRole.CONTRIBUTOR


async def test_a_managed_identity_gets_a_token():
    query = b"api-version=2019-08-01&resource=https%3A%2F%2Fcommunication.azure.com"
    status, document = await ask("GET", MANAGED, query=query, x_identity_header="x")
    assert status == 200
    assert await is_good(document)
    assert abs(int(document["expires_on"]) - time.time() - 3600) < 60


@pytest.mark.parametrize("path", ["oauth2/v2.0/token", "oauth2/token"])
@pytest.mark.parametrize("tenant", [TENANT, "adfs"])
async def test_client_credentials_get_a_token(tenant, path):
    status, document = await ask("POST", f"/{tenant}/{path}", GRANT + SCOPE)
    assert (status, document["token_type"], document["expires_in"]) == (200, "Bearer", 3600)
    assert await is_good(document)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        pytest.param(GRANT, 400, "invalid_scope", id="no scope"),
        pytest.param(GRANT + b"&scope=https://graph.microsoft.com/.default", 400, "invalid_scope", id="another scope"),
        pytest.param(b"grant_type=client_credentials" + SCOPE, 401, "invalid_client", id="no client"),
        pytest.param(b"grant_type=password" + SCOPE, 400, "unsupported_grant_type", id="another grant"),
        pytest.param(b"\xff\x00=&&", 400, "unsupported_grant_type", id="not a form"),
    ],
)
async def test_other_requests_for_tokens_are_refused(body, status, error):
    answered, document = await ask("POST", f"/{TENANT}/oauth2/v2.0/token", body)
    assert (answered, document["error"]) == (status, error)


@pytest.mark.parametrize(
    ("query", "headers", "error"),
    [
        pytest.param(b"resource=https://communication.azure.com", {}, "invalid_request", id="no header"),
        pytest.param(b"resource=https://vault.azure.net", {"x_identity_header": "x"}, "invalid_resource", id="another"),
        pytest.param(b"", {"x_identity_header": "x"}, "invalid_resource", id="no resource"),
    ],
)
async def test_other_managed_identities_are_refused(query, headers, error):
    status, document = await ask("GET", MANAGED, query=query, **headers)
    assert (status, document["error"]) == (400, error)


async def test_the_metadata_leads_to_keys_and_tokens():
    for path in ("v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"):
        _, metadata = await ask("GET", f"/{TENANT}/{path}")
        base = f"http://127.0.0.1:8721/{TENANT}"
        assert (metadata["token_endpoint"], metadata["jwks_uri"]) == (
            f"{base}/oauth2/v2.0/token",
            f"{base}/discovery/v2.0/keys",
        )
    _, keys = await ask("GET", f"/{TENANT}/discovery/v2.0/keys")
    token = TOKENS.issue("clinic")
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["RS256"], audience="https://communication.azure.com")["appid"] == "clinic"


async def test_other_paths_are_not_found():
    assert (await ask("POST", f"/{TENANT}/elsewhere"))[0] == 404
    assert (await ask("POST", MANAGED))[0] == 404
