"""An OpenID Connect provider: a real small web server that issues tokens and signs people in."""

import asyncio
import base64
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from html import escape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from openrooms._clock import real_time
from openrooms.domain.moments import Moment, whole_seconds

AUDIENCE = "https://communication.azure.com"
CLIENT, CLIENT_SECRET = "openrooms-console", "a secret: of 100% & more"


class Provider:
    """The provider: its documents, its keys, and how often they were requested; who may sign in, with which claims.

    It follows the standard to the letter, so that a client which does not is noticed.
    """

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.requests = 0
        self.is_up = True
        self.answers = asyncio.Event()
        self.answers.set()
        self.url = ""
        self.clock: Callable[[], Moment] = real_time
        self.redirect_uris: set[str] = set()
        self.people: dict[str, Mapping[str, object]] = {"Ada": {"sub": "ada", "name": "Ada", "roles": ["rooms.write"]}}
        self.metadata: dict[str, object] = {}
        self._codes: dict[str, tuple[dict[str, str], Mapping[str, object]]] = {}
        self._numbers = itertools.count(1)
        self.rotate()

    def rotate(self) -> None:
        self.key_name = f"key-{next(self._numbers)}"
        self.keys[self.key_name] = rsa.generate_private_key(65537, 2048)

    def token(self, now: Moment, *, key_name: str | None = None, key: Any = None, **claims: object) -> str:
        second = whole_seconds(now)
        claims = {"iss": self.url, "aud": AUDIENCE, "iat": second, "exp": second + 3600, **claims}
        claims = {claim: value for claim, value in claims.items() if value is not None}
        return jwt.encode(claims, key or self.keys[self.key_name], "RS256", headers={"kid": key_name or self.key_name})

    def sign_in(self, url: str, person: str = "Ada", **changed: object) -> dict[str, str]:
        """Return what a browser brings back that went to this address and signed in there; `changed` are claims."""
        query = {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["redirect_uri"] in self.redirect_uris
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        assert min(len(query[name]) for name in ("state", "nonce", "code_challenge")) >= 32
        code = token_urlsafe(900)
        self._codes[code] = (query, {**self.people[person], "nonce": query["nonce"], **changed})
        return {"code": code, "state": query["state"], "iss": self.url}

    async def configuration(self, _request: web.Request) -> web.Response:
        await self.answers.wait()
        if not self.is_up:
            raise web.HTTPServiceUnavailable
        return web.json_response(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                **self.metadata,
            }
        )

    async def published(self, _request: web.Request) -> web.Response:
        self.requests += 1
        algorithm = jwt.algorithms.RSAAlgorithm
        keys = [
            algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": name, "use": "sig"}
            for name, key in self.keys.items()
        ]
        return web.json_response({"keys": [*keys, {"kty": "oct", "k": "c2VjcmV0", "kid": "symmetric", "alg": "HS256"}]})

    async def authorize(self, request: web.Request) -> web.Response:
        """Show a page on which a person says who they are, and then send them back."""
        person = request.query.get("as")
        if person is None:
            links = "".join(
                f'<p><a href="{escape(str(request.rel_url))}&amp;as={escape(name)}">Continue as {escape(name)}</a></p>'
                for name in self.people
            )
            page = f"<!doctype html><html lang=en><title>Provider</title><h1>Who are you?</h1>{links}"
            return web.Response(text=page, content_type="text/html")
        answer = self.sign_in(str(request.url), person)
        raise web.HTTPSeeOther(f"{request.query['redirect_uri']}?{urlencode(answer)}")

    async def redeem(self, request: web.Request) -> web.Response:
        form = await request.post()
        query, claims = self._codes.pop(str(form["code"]), ({}, {}))
        is_client = request.headers.get("Authorization") == _basic()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest())
        is_asked = (
            form["grant_type"] == "authorization_code"
            and query.get("redirect_uri") == form["redirect_uri"]
            and query.get("code_challenge") == challenge.rstrip(b"=").decode()
        )
        if not (is_client and is_asked):
            return web.json_response({"error": "invalid_grant"}, status=400)
        id_token = self.token(self.clock(), **{"aud": CLIENT, **claims})
        return web.json_response({"access_token": "unused", "token_type": "Bearer", "id_token": id_token})


def _basic() -> str:
    # https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 has both parts form-encoded.
    pair = ":".join(quote_plus(text) for text in (CLIENT, CLIENT_SECRET))
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Run a provider on a free port."""
    made = Provider()
    application = web.Application()
    application.router.add_get("/.well-known/openid-configuration", made.configuration)
    application.router.add_get("/keys", made.published)
    application.router.add_get("/authorize", made.authorize)
    application.router.add_post("/token", made.redeem)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()
