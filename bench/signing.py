"""What signing and checking a token costs: our own code beside PyJWT's, `python -m bench.signing`."""

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import jwt
import msgspec
from tests.support.application import RESOURCE, Clock, user

from openrooms.domain.identities import TokenClaims, User, claims, token_expiry
from openrooms.domain.roster import RawId
from openrooms.domain.scopes import CommunicationTokenScope
from openrooms.server.core.tokens import ALGORITHM, TokenKind, Tokens
from openrooms.server.storage.sqlite import SqliteStorage

_ROUNDS = 9
_CALLS = 1_500


async def main() -> None:
    """Print the processor time of each call in microseconds, the median of alternating rounds."""
    clock = Clock()
    with TemporaryDirectory() as folder:
        storage = await SqliteStorage.open(Path(folder) / "openrooms.db")
        tokens = Tokens(storage, clock)
        await tokens.refresh()
        [key] = await storage.list_signing_keys()
        await storage.close()
    private = jwt.get_algorithm_by_name(ALGORITHM).prepare_key(key.private_pem)
    public = private.public_key()
    made = User(RawId(user()), clock.now)
    content = claims(RESOURCE, made, [CommunicationTokenScope.VOIP], clock.now, token_expiry(clock.now, 60))
    signer = tokens._signing()
    token = signer.sign(TokenKind.USER, content)
    jws = jwt.PyJWS()

    def pyjwt_check() -> None:
        payload = jws.decode_complete(token, public, [ALGORITHM])["payload"]
        msgspec.json.decode(payload, type=TokenClaims)

    calls: dict[str, Callable[[], object]] = {
        "sign, ours": lambda: signer.sign(TokenKind.USER, content),
        "sign, PyJWT": lambda: jws.encode(msgspec.json.encode(content), private, ALGORITHM, {"kid": key.id}),
        "check, ours": lambda: tokens._read(token, TokenKind.USER, TokenClaims),
        "check, PyJWT": pyjwt_check,
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(_ROUNDS):
        for name, call in calls.items():
            started = time.process_time()
            for _ in range(_CALLS):
                call()
            times[name].append((time.process_time() - started) / _CALLS * 1e6)
    for name, measured in times.items():
        print(f"{name:<14}{statistics.median(measured):6.1f} µs")


if __name__ == "__main__":
    asyncio.run(main())
