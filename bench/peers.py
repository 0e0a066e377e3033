"""The alternatives to the service: Azurite's tables, and LiveKit's own rooms, which it keeps in memory.

An entity of the table has the fields of a room and, when created, two participants. npm installs Azurite once, into the
cache folder of this machine. LiveKit is the server that `openrooms dev` would start.
"""

import base64
import hashlib
import hmac
import itertools
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import NamedTuple

import jwt
import msgspec
import platformdirs
from tests.support.application import user
from tests.support.ports import free_port

from bench.load import Request, server
from openrooms.server.media.livekit_process import INSTALL, PROGRAM, find_program

AZURITE = "azurite@3.35.0"
Requests = Callable[[], Sequence[Request]]
"""Returns requests; those that create something are new each time."""


class LiveKit(NamedTuple):
    """A LiveKit server, and the requests to it: to create new rooms, and to list all rooms."""

    pid: int
    address: str
    creates: Requests
    list_all: Callable[[], None]


_CACHE = Path(platformdirs.user_cache_dir("openrooms")) / "bench"
# Azurite's documented account.
_ACCOUNT = "devstoreaccount1"
_ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_TABLE = "rooms"
_ID = "99475330965778483"
_ROOM = {
    "createdAt": "2025-08-29T00:29:48.7377878+00:00",
    "validFrom": "2025-08-29T00:29:48.5964328+00:00",
    "validUntil": "2025-08-30T00:29:48.5964328+00:00",
}
_ROSTER = {user(number): "Presenter" for number in range(2)}
_MOST_CREATES = 20_000
_AN_HOUR = 3600
_LIVEKIT_KEY, _LIVEKIT_SECRET = "bench", "a secret of the benchmark, of 32 or more"


@contextmanager
def azurite(folder: Path) -> Iterator[Mapping[str, tuple[str, Requests]]]:
    """Start Azurite; yield its address and the requests that read and create an entity."""
    home = _CACHE / "azurite"
    if not (home / "node_modules").exists():
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-fund", "--no-audit", "--prefix", home, AZURITE], check=True)
    port = free_port()
    program = ["node", home / "node_modules" / "azurite" / "dist" / "src" / "table" / "main.js"]
    flags = ["--silent", "--tablePort", str(port), "--location", folder, "--skipApiVersionCheck", "--disableTelemetry"]
    with server([*map(str, program), *map(str, flags)], port):
        address = f"http://127.0.0.1:{port}"
        _send(address, _table_request("POST", "Tables", {"TableName": _TABLE}))
        room = {"PartitionKey": "p", "RowKey": _ID, **_ROOM, "pstnDialOutEnabled": False}
        _send(address, _table_request("POST", _TABLE, room))
        get = _table_request("GET", f"{_TABLE}(PartitionKey='p',RowKey='{_ID}')")
        # A table has no nested values.
        made = room | {"participants": msgspec.json.encode(_ROSTER).decode("utf-8")}
        keys = itertools.count(1)

        def creates() -> list[Request]:
            # Each has its own key, because a second row with the same key is refused.
            rows = (made | {"RowKey": f"{next(keys):017}"} for _ in range(_MOST_CREATES))
            return [_table_request("POST", _TABLE, row) for row in rows]

        yield {"GET": (address, lambda: [get]), "create": (address, creates)}


def _table_request(method: str, resource: str, body: object = None) -> Request:
    date = formatdate(usegmt=True)
    path = f"/{_ACCOUNT}/{resource}"
    text = f"{date}\n/{_ACCOUNT}{path}".encode()
    signature = base64.b64encode(hmac.digest(base64.b64decode(_ACCOUNT_KEY), text, hashlib.sha256)).decode()
    headers = {
        "Authorization": f"SharedKeyLite {_ACCOUNT}:{signature}",
        "x-ms-date": date,
        "x-ms-version": "2019-02-02",
        "Accept": "application/json;odata=nometadata",
        "Prefer": "return-no-content",
    }
    raw = b"" if body is None else msgspec.json.encode(body)
    return Request(method, path, headers | ({"Content-Type": "application/json"} if raw else {}), raw)


@contextmanager
def livekit(rooms: int) -> Iterator[LiveKit]:
    """Start LiveKit with `rooms` rooms."""
    program = find_program()
    if program is None:
        raise RuntimeError(f"there is no {PROGRAM}: {INSTALL}")
    port, media_port = free_port(), free_port()
    config = {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "keys": {_LIVEKIT_KEY: _LIVEKIT_SECRET},
        "rtc": {"tcp_port": media_port, "udp_port": media_port, "node_ip": "127.0.0.1", "use_external_ip": False},
        "logging": {"level": "error"},
    }
    numbers = itertools.count(1)

    def creates(count: int = _MOST_CREATES) -> list[Request]:
        # Each has its own name, because the same name would return the existing room.
        names = (f"99400000{next(numbers):09}" for _ in range(count))
        return [_livekit_request("CreateRoom", {"name": name, "emptyTimeout": _AN_HOUR}) for name in names]

    with server([str(program)], port, LIVEKIT_CONFIG=msgspec.json.encode(config).decode()) as pid:
        address = f"http://127.0.0.1:{port}"
        for request in creates(rooms):
            _send(address, request)
        listing = _livekit_request("ListRooms", {})
        yield LiveKit(pid, address, creates, lambda: _send(address, listing))


def _livekit_request(method: str, body: object) -> Request:
    now = int(time.time())
    claims = {"iss": _LIVEKIT_KEY, "nbf": now, "exp": now + _AN_HOUR, "video": {"roomCreate": True, "roomList": True}}
    headers = {
        "Authorization": f"Bearer {jwt.encode(claims, _LIVEKIT_SECRET, 'HS256')}",
        "Content-Type": "application/json",
    }
    return Request("POST", f"/twirp/livekit.RoomService/{method}", headers, msgspec.json.encode(body))


def _send(address: str, request: Request) -> None:
    sent = urllib.request.Request(
        address + request.target, request.body or None, dict(request.headers), method=request.method
    )
    with urllib.request.urlopen(sent, timeout=30) as answer:
        answer.read()
