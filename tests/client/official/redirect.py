"""A pytest plugin for Azure's suites: it redirects their imports to openrooms, and their recorder to the real service.

The official documentation promises `datetime` times and an `int` as `expires_on`, which the official client does not
return; the plugin makes the suites accept them.
"""

import calendar
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from azure.core.credentials import AccessToken

import openrooms
import openrooms.aio
import openrooms.identity
import openrooms.identity.aio
from openrooms import identifiers
from openrooms.identity import credential, credential_aio
from openrooms.identity.tokens import access_token

_HOUR = 3600


class Credential:
    """A credential of an operator of the service."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(os.environ["OPERATOR_TOKEN"], int(time.time()) + _HOUR)


class AsyncCredential:
    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return Credential().get_token()

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> "AsyncCredential":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class RecordedTestCase:
    def is_playback(self) -> bool:
        return False


class Datetime(datetime):
    """A `datetime` whose `strptime` also accepts a `datetime`."""

    @classmethod
    def strptime(cls, value: object, form: str) -> datetime:
        return value if isinstance(value, datetime) else datetime.strptime(str(value), form)  # noqa: DTZ007


def get_current_utc_as_int() -> int:
    return int(time.time())


def parse_connection_str(text: str) -> tuple[str, str]:
    parts = dict(part.split("=", 1) for part in text.split(";"))
    return parts["endpoint"].removesuffix("/"), parts["accesskey"]


def unchanged(test: Callable[..., Any]) -> Callable[..., Any]:
    return test


def ignore(*_: object, **__: object) -> None:
    pass


def module(name: str, **names: object) -> ModuleType:
    made = ModuleType(name)
    made.__dict__.update(names)
    sys.modules[name] = made
    parent, _, last = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], last, made)
    return made


def credential_module(name: str, kind: type) -> None:
    """Replace the official credential with ours, which uses the clock that the suites replace in the module."""
    home = module(name, get_current_utc_as_int=get_current_utc_as_int)

    def make(token: Any, **options: Any) -> Any:
        return kind(token, clock=lambda: home.get_current_utc_as_int(), **options)

    home.CommunicationTokenCredential = make  # type: ignore[attr-defined]


module("devtools_testutils", AzureRecordedTestCase=RecordedTestCase, is_live=lambda: True, recorded_by_proxy=unchanged)
sys.modules["devtools_testutils"].__dict__.update(add_general_regex_sanitizer=ignore, get_credential=Credential)
module("devtools_testutils.aio", recorded_by_proxy_async=unchanged)
module("devtools_testutils.fake_credentials", FakeTokenCredential=Credential)
module("devtools_testutils.fake_credentials_async", AsyncFakeCredential=AsyncCredential)
module("msal", PublicClientApplication=None)
module("azure.identity", DefaultAzureCredential=Credential)
module("azure.identity.aio", DefaultAzureCredential=AsyncCredential)
module("dateutil")
module("dateutil.parser", parse=lambda seconds: datetime.fromtimestamp(int(seconds), UTC))
module("dateutil.tz", tzutc=lambda: UTC, gettz=ZoneInfo)

module("azure.communication")
for package, ours, ours_aio in (
    ("azure.communication.rooms", openrooms, openrooms.aio),
    ("azure.communication.identity", openrooms.identity, openrooms.identity.aio),
):
    sys.modules[package], sys.modules[f"{package}.aio"] = ours, ours_aio
    setattr(sys.modules["azure.communication"], package.rpartition(".")[2], ours)
    shared = ModuleType(f"{package}._shared")
    sys.modules[f"{package}._shared"] = ours.__dict__["_shared"] = shared
    names = {name: getattr(identifiers, name) for name in dir(identifiers) if not name.startswith("_")}
    module(f"{package}._shared.models", **names, _MicrosoftBotIdentifier=identifiers.MicrosoftBotIdentifier)
    module(
        f"{package}._shared.utils",
        parse_connection_str=parse_connection_str,
        get_current_utc_as_int=get_current_utc_as_int,
        create_access_token=access_token,
        _convert_datetime_to_utc_int=lambda moment: calendar.timegm(moment.utctimetuple()),
    )
    credential_module(f"{package}._shared.user_credential", credential.CommunicationTokenCredential)
    credential_module(f"{package}._shared.user_credential_async", credential_aio.CommunicationTokenCredential)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the tests parse a value that is already a `datetime`."""
    tests = getattr(item, "module", None)
    if tests is not None and getattr(tests, "datetime", None) is datetime:
        tests.datetime = Datetime
