"""No value in any module shows a secret in its `repr`."""

import dataclasses
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

import openrooms
from openrooms.domain.subscriptions import Delivery
from openrooms.identity import AccessToken
from openrooms.server.core.readiness import Report
from openrooms.server.phone.trunk import Trunk
from openrooms.server.process.settings import LiveKit, Secret, Settings
from openrooms.server.storage.copy import Table
from openrooms.wire.administration import StatusModel
from openrooms.wire.answers import TokenModel
from openrooms.wire.operations import Operation
from openrooms.wire.signing import AccessKey

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
_NAMES = re.compile(r"token|secret|password|private|authorization|query|database|(^|_)key$|^string$")
# A rotated key is named: primary or secondary.
_HARMLESS = re.compile(r"_with_scopes$|^has_|_at$|^rotated_key$|_endpoint|_supported$")
# Their keys, queries and databases are not secrets; `Settings` and `Trunk` have their own tests below.
_OTHERS = {Delivery, Operation, Report, StatusModel, Table, openrooms.server.process.settings.TlsFiles, Settings, Trunk}
_HIDING = {
    "AccessKey": lambda: AccessKey(SECRET),
    "AccessToken": lambda: AccessToken(SECRET, 0),
    "TokenModel": lambda: TokenModel(SECRET, ""),
    "Secret": lambda: Secret(SECRET),
}


def _structures() -> Iterator[Any]:
    for module in pkgutil.walk_packages(openrooms.__path__, "openrooms."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(import_module(module.name)).values():
            is_its_own = isinstance(value, type) and value.__module__ == module.name
            if is_its_own and value not in _OTHERS and _secrets(value):
                yield value


def _secrets(kind: Any) -> list[str]:
    return [name for name in _fields(kind) if _NAMES.search(name) and not _HARMLESS.search(name)]


def _fields(kind: Any) -> list[str]:
    if issubclass(kind, msgspec.Struct):
        return list(kind.__struct_fields__)
    if dataclasses.is_dataclass(kind):
        return [field.name for field in dataclasses.fields(kind)]
    return list(getattr(kind, "_fields", ()))


def _value(kind: Any, field: str) -> object:
    declared = str(kind.__annotations__.get(field, ""))
    hiding = next((make for name, make in _HIDING.items() if re.search(rf"\b{name}\b", declared)), None)
    if hiding is not None:
        return hiding()
    return f"endpoint=https://rooms.example/;accesskey={SECRET}" if field == "string" else SECRET


@pytest.mark.parametrize("kind", list(_structures()), ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
def test_repr_hides_secrets(kind: Any) -> None:
    secrets = {field: _value(kind, field) for field in _secrets(kind)}
    value = kind(**dict.fromkeys(_fields(kind)) | secrets)
    assert SECRET not in repr(value)
    assert SECRET not in repr([value])


def test_repr_of_settings_hides_secrets() -> None:
    settings = Settings(
        development=True,
        data=Path("/data"),
        database=Secret(f"postgresql://openrooms:{SECRET}@db/openrooms"),
        access_key=Secret(SECRET),
        livekit=LiveKit("wss://livekit.example", Secret(SECRET), Secret(SECRET)),
    )
    assert SECRET not in repr(settings)
    assert "/data" in repr(settings)


def test_repr_of_a_trunk_hides_its_password() -> None:
    trunk = Trunk(host="sip.example.com", user="ann", password=SECRET)
    assert SECRET not in repr([trunk])
    assert "sip.example.com" in repr(trunk)
