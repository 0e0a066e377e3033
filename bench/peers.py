"""Emulators that people run in place of a service like ours: Azurite's tables, moto's DynamoDB.

Each keeps in one entity what a room holds, a created one with its two participants. They are fetched by npm and uv into
the cache folder of this machine, once.
"""

import base64
import hashlib
import hmac
import itertools
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from email.utils import formatdate
from pathlib import Path

import msgspec
import platformdirs
from tests.support.application import user
from tests.support.ports import free_port

from bench.load import Request, server

AZURITE, MOTO = "azurite@3.35.0", "moto[server,dynamodb]==5.1.12"
Requests = Callable[[], Sequence[Request]]
"""Returns requests that were not sent before, where that matters."""
Peers = Mapping[str, Mapping[str, tuple[str, Requests]]]

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
_DYNAMO = "AWS4-HMAC-SHA256 Credential=a/20250101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"


@contextmanager
def running(folder: Path) -> Iterator[Peers]:
    """Start both; give each one's address and requests that read an entity and create one."""
    with ExitStack() as stack:
        yield {
            "Azurite Table": stack.enter_context(_azurite(folder / "azurite")),
            "moto's DynamoDB": stack.enter_context(_moto()),
        }


@contextmanager
def _azurite(folder: Path) -> Iterator[Mapping[str, tuple[str, Requests]]]:
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
            # A row each, since a second one of the same key is refused.
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
def _moto() -> Iterator[Mapping[str, tuple[str, Requests]]]:
    home = _CACHE / "moto"
    if not home.exists():
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        subprocess.run([uv, "venv", "--python", sys.executable, home], check=True)
        subprocess.run([uv, "pip", "install", "--python", home / "bin" / "python", MOTO], check=True)
    port = free_port()
    with server([str(home / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)], port):
        address = f"http://127.0.0.1:{port}"
        key = {"id": {"S": _ID}}
        table = {
            "TableName": _TABLE,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        room = {name: {"S": value} for name, value in _ROOM.items()} | {"pstnDialOutEnabled": {"BOOL": False}}
        _send(address, _dynamo_request("CreateTable", table))
        _send(address, _dynamo_request("PutItem", {"TableName": _TABLE, "Item": key | room}))
        get = _dynamo_request("GetItem", {"TableName": _TABLE, "Key": key})
        made = room | {"participants": {"M": {raw_id: {"S": role} for raw_id, role in _ROSTER.items()}}}
        keys = itertools.count(1)

        def creates() -> list[Request]:
            items = ({"id": {"S": f"{next(keys):017}"}} | made for _ in range(_MOST_CREATES))
            return [_dynamo_request("PutItem", {"TableName": _TABLE, "Item": item}) for item in items]

        yield {"GET": (address, lambda: [get]), "create": (address, creates)}


def _dynamo_request(action: str, body: object) -> Request:
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{action}",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": _DYNAMO,
    }
    return Request("POST", "/", headers, msgspec.json.encode(body))


def _send(address: str, request: Request) -> None:
    asked = urllib.request.Request(
        address + request.target, request.body or None, dict(request.headers), method=request.method
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        answer.read()
