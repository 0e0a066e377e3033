"""CommunicationTokenCredential, sync and async: the times of renewal and the handling of failures.

The clock is a number and the tests fire the timers, so nothing here waits.
"""

import asyncio
import base64
import gc
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.core.credentials import AccessToken as AzureAccessToken
from azure.core.credentials import AccessTokenInfo, TokenCredential
from azure.core.credentials_async import AsyncTokenCredential
from hypothesis import given
from hypothesis import strategies as st

from openrooms.identity import credential as sync_module
from openrooms.identity.credential import CommunicationTokenCredential
from openrooms.identity.credential_aio import CommunicationTokenCredential as AsyncCredential
from openrooms.identity.tokens import AccessToken, HeldToken, access_token

NOW = 1_800_000_000
MINUTE = 60
HOUR = 60 * MINUTE


def jwt(expires_on: float, **claims: object) -> str:
    return signed(json.dumps({"exp": expires_on, **claims}, ensure_ascii=False))


def signed(payload: str) -> str:
    return f"eyJhbGciOiJub25lIn0.{base64.urlsafe_b64encode(payload.encode()).decode().rstrip('=')}.c2lnbmF0dXJl"


class Clock:
    def __init__(self) -> None:
        self.now: float = NOW

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Refresher:
    """A refresher that returns or raises its `answers` in order, repeating the last one."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.calls = 0

    def __call__(self) -> Any:
        self.calls += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Timers:
    """A replacement for all timers: it keeps the running ones, and the tests fire them."""

    def __init__(self) -> None:
        self.running: list[Timers.Timer] = []

    class Timer:
        daemon = False

        def __init__(self, timers: "Timers", interval: float, function: Callable[[], None]) -> None:
            self.timers, self.interval, self.function = timers, interval, function

        def start(self) -> None:
            self.timers.running.append(self)

        def cancel(self) -> None:
            if self in self.timers.running:
                self.timers.running.remove(self)

    def make(self, interval: float, function: Callable[[], None]) -> "Timers.Timer":
        return self.Timer(self, interval, function)

    def call_later(self, interval: float, function: Callable[[], None]) -> "Timers.Timer":
        timer = self.make(interval, function)
        timer.start()
        return timer

    @property
    def interval(self) -> float | None:
        """The remaining seconds of the only timer, `None` if no timer is running."""
        assert len(self.running) <= 1
        return self.running[0].interval if self.running else None


class Threads:
    """The sync credential."""

    def __init__(self, timers: Timers) -> None:
        self.timers = timers

    def make(self, token: object = None, refresher: Refresher | None = None, **options: Any) -> Any:
        return CommunicationTokenCredential(token, token_refresher=refresher, **options)

    def fire(self, clock: Clock) -> None:
        """Let the time of the running timer pass."""
        timer = self.timers.running.pop()
        clock.advance(timer.interval)
        timer.function()


class Tasks:
    """The async credential, made to look blocking."""

    def __init__(self, timers: Timers, runner: asyncio.Runner) -> None:
        self.timers, self.runner = timers, runner

    def make(self, token: object = None, refresher: Refresher | None = None, **options: Any) -> Any:
        async def refresh() -> Any:
            return refresher() if refresher else None

        return Blocking(AsyncCredential(token, token_refresher=refresh if refresher else None, **options), self.runner)

    def fire(self, clock: Clock) -> None:
        async def fire() -> None:
            timer = self.timers.running.pop()
            clock.advance(timer.interval)
            timer.function()
            await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)

        self.runner.run(fire())


class Blocking:
    def __init__(self, credential: AsyncCredential, runner: asyncio.Runner) -> None:
        self.credential, self.runner = credential, runner

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        return self.runner.run(self.credential.get_token(*scopes, **options))

    def close(self) -> None:
        self.runner.run(self.credential.close())

    def __enter__(self) -> "Blocking":
        self.runner.run(self.credential.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timers() -> Timers:
    return Timers()


@pytest.fixture(params=["threads", "tasks"])
def kind(request, timers, monkeypatch) -> Iterator[Threads | Tasks]:
    if request.param == "threads":
        monkeypatch.setattr(sync_module, "Timer", timers.make)
        yield Threads(timers)
    else:
        with asyncio.Runner() as runner:
            monkeypatch.setattr(runner.get_loop(), "call_later", timers.call_later)
            yield Tasks(timers, runner)


# The expiry of a token


@pytest.mark.parametrize(
    ("token", "expires_on"),
    [
        pytest.param(jwt(NOW), NOW, id="whole seconds"),
        pytest.param(jwt(NOW + 0.9), NOW, id="a fraction of a second"),
        pytest.param(signed('{"exp": 1.8e9}'), NOW, id="an exponent"),
        pytest.param(jwt(NOW, name="~~~???>>>"), NOW, id="base64url: - and _"),
        pytest.param(jwt(NOW, name="Zoë 🩺"), NOW, id="not ASCII"),
        pytest.param(jwt(NOW).replace(".", ".\n    ", 1), NOW, id="white space, which the official client accepts"),
    ],
)
def test_the_expiry_is_read_from_the_token(token, expires_on):
    assert access_token(token) == (token, expires_on)


@pytest.mark.parametrize("padding", range(4))
def test_any_length_of_payload_is_read(padding):
    assert access_token(jwt(NOW, n="x" * padding)).expires_on == NOW


@pytest.mark.parametrize(
    "token",
    [
        "",
        "secret",
        "secret.c2VjcmV0",
        "a.secret.c",
        "a.%%%.c",
        "a.sécret.c",
        signed("secret"),
        signed("[]"),
        signed("{}"),
        signed('{"exp": "1800000000"}'),
        signed('{"exp": true}'),
        signed('{"exp": null}'),
        signed('{"exp": NaN}'),
        signed('{"exp": 1e999}'),
    ],
)
def test_text_that_is_not_a_jwt_is_not_quoted(kind, token):
    with pytest.raises(ValueError, match="not formatted correctly") as caught:
        kind.make(token)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("token", [None, 454, b"a.b.c", AzureAccessToken("a", "2027")])
def test_other_types_raise_a_type_error(kind, token):
    with pytest.raises(TypeError, match="Token must be a string"):
        kind.make(token)


@given(st.text())
def test_any_text_is_a_token_or_a_value_error(text):
    try:
        token = access_token(text)
    except ValueError:
        return
    assert token.token == text


def test_repr_shows_the_expiry_but_not_the_token():
    token = access_token(jwt(NOW))
    assert repr(token) == str(token) == "AccessToken(token=..., expires_on=1800000000)"
    assert token.expires_at.isoformat() == "2027-01-15T08:00:00+00:00"
    assert isinstance(token, AzureAccessToken)


# A fixed token


def test_a_fixed_token_is_returned_even_when_expired(kind, clock):
    credential = kind.make(jwt(NOW - HOUR), clock=clock)
    assert credential.get_token("https://communication.azure.com//.default") == (jwt(NOW - HOUR), NOW - HOUR)


def test_a_token_of_the_identity_client_is_accepted(kind, clock):
    assert kind.make(AccessToken("opaque", NOW), clock=clock).get_token() == ("opaque", NOW)


# On demand


@pytest.mark.parametrize(
    ("seconds_left", "calls"),
    [(3 * MINUTE, 0), (2 * MINUTE + 1, 0), (2 * MINUTE, 1), (1, 1), (0, 1), (-HOUR, 1)],
)
def test_on_demand_renewal_two_minutes_before_expiry(kind, clock, seconds_left, calls):
    refresher = Refresher(jwt(NOW + HOUR))
    credential = kind.make(jwt(NOW + seconds_left), refresher, clock=clock)
    assert credential.get_token().expires_on == NOW + (HOUR if calls else seconds_left)
    assert refresher.calls == calls


def test_the_first_call_fetches_a_missing_token(kind, clock):
    refresher = Refresher(jwt(NOW + HOUR))
    credential = kind.make(refresher=refresher, clock=clock)
    assert [credential.get_token().expires_on, credential.get_token().expires_on] == [NOW + HOUR] * 2
    assert refresher.calls == 1


@pytest.mark.parametrize(
    "given_back",
    [
        jwt(NOW + HOUR),
        AccessToken("opaque", NOW + HOUR),
        AzureAccessToken("opaque", NOW + HOUR),
        AccessTokenInfo("opaque", NOW + HOUR),
    ],
    ids=lambda given_back: type(given_back).__module__ + "." + type(given_back).__name__,
)
def test_a_refresher_returns_text_or_an_access_token(kind, clock, given_back):
    token = kind.make(refresher=Refresher(given_back), clock=clock).get_token()
    assert (type(token), token.expires_on) == (AccessToken, NOW + HOUR)


@pytest.mark.parametrize("expired", [jwt(NOW), jwt(NOW - 1), AccessToken("opaque", NOW)])
def test_an_expired_refreshed_token_is_a_value_error(kind, clock, expired):
    credential = kind.make(jwt(NOW - 1), Refresher(expired), clock=clock)
    with pytest.raises(ValueError, match="expired"):
        credential.get_token()


@pytest.mark.parametrize("wrong", [None, 7, b"a.b.c", AzureAccessToken("a", "2027-01-15T08:00:00Z")])
def test_a_refresher_without_a_token_is_a_type_error(kind, clock, wrong):
    with pytest.raises(TypeError, match=f"{type(wrong).__name__} is neither"):
        kind.make(jwt(NOW), Refresher(wrong), clock=clock).get_token()


def test_a_failing_refresher_fails_only_this_call(kind, clock):
    """A failing refresher fails the call, and the next call tries it again."""
    refresher = Refresher(ConnectionError("down"), jwt(NOW + HOUR))
    credential = kind.make(jwt(NOW + 1), refresher, clock=clock)
    with pytest.raises(ConnectionError, match="down"):
        credential.get_token()
    assert credential.get_token().expires_on == NOW + HOUR


def test_on_demand_renewal_of_short_lived_tokens(kind, clock):
    """A renewed token with a short lifetime is not renewed by every call."""
    refresher = Refresher(jwt(NOW + MINUTE), jwt(NOW + HOUR))
    credential = kind.make(jwt(NOW), refresher, clock=clock)
    for seconds, calls in [(0, 1), (29, 1), (1, 2)]:
        clock.advance(seconds)
        credential.get_token()
        assert refresher.calls == calls


def test_an_expired_token_is_never_returned(kind, clock):
    clock.advance(0.4)
    refresher = Refresher(jwt(NOW + 1), jwt(NOW + HOUR))
    credential = kind.make(refresher=refresher, clock=clock)
    assert credential.get_token().expires_on == NOW + 1
    clock.now = NOW + 1
    assert not HeldToken(AccessToken("", NOW + 1), 0, clock).is_valid()
    assert credential.get_token().expires_on == NOW + HOUR


# Background renewal


def test_background_renewal_ten_minutes_before_expiry(kind, clock, timers):
    refresher = Refresher(jwt(NOW + 2 * HOUR), jwt(NOW + 3 * HOUR))
    with kind.make(jwt(NOW + HOUR), refresher, proactive_refresh=True, clock=clock) as credential:
        assert (timers.interval, refresher.calls) == (50 * MINUTE, 0)
        kind.fire(clock)
        assert (timers.interval, refresher.calls) == (HOUR, 1)
        assert credential.get_token().expires_on == NOW + 2 * HOUR
        kind.fire(clock)
        assert refresher.calls == 2


def test_the_first_renewal_starts_the_timer(kind, clock, timers):
    """The background renewal starts with the first renewal at the latest."""
    credential = kind.make(refresher=Refresher(jwt(NOW + HOUR)), proactive_refresh=True, clock=clock)
    assert timers.interval is None
    credential.get_token()
    assert timers.interval == 50 * MINUTE
    credential.close()


@pytest.mark.parametrize(
    ("seconds_left", "interval"),
    [(10 * MINUTE + 5, 5), (10 * MINUTE, 5 * MINUTE), (5 * MINUTE, 2.5 * MINUTE), (1, 1), (0, 0), (-HOUR, 0)],
)
def test_short_lived_tokens_renew_at_half_their_life(kind, clock, timers, seconds_left, interval):
    with kind.make(jwt(NOW + seconds_left), Refresher(jwt(NOW + HOUR)), proactive_refresh=True, clock=clock):
        assert timers.interval == interval


def test_a_call_may_renew_before_the_timer(kind, clock, timers):
    """A call in the last ten minutes renews the token itself instead of waiting for the timer."""
    refresher = Refresher(jwt(NOW + HOUR))
    with kind.make(jwt(NOW + 9 * MINUTE), refresher, proactive_refresh=True, clock=clock) as credential:
        assert credential.get_token().expires_on == NOW + HOUR
        assert (timers.interval, refresher.calls) == (50 * MINUTE, 1)


def test_background_renewal_of_short_lived_tokens(kind, clock, timers):
    """A short-lived renewed token is renewed at half its lifetime and not by every call."""
    refresher = Refresher(jwt(NOW + 4 * MINUTE), jwt(NOW + HOUR))
    with kind.make(refresher=refresher, proactive_refresh=True, clock=clock) as credential:
        for _ in range(3):
            credential.get_token()
        assert (timers.interval, refresher.calls) == (2 * MINUTE, 1)


def test_a_failed_background_renewal_is_repeated(kind, clock, timers, caplog):
    """A failed background renewal is repeated at half the remaining lifetime."""
    refresher = Refresher(*[ConnectionError("down")] * 3, jwt(NOW + 2 * HOUR))
    with kind.make(jwt(NOW + HOUR), refresher, proactive_refresh=True, clock=clock) as credential:
        for interval in (50, 5, 2.5):
            assert timers.interval == interval * MINUTE
            kind.fire(clock)
            assert credential.get_token().expires_on == NOW + HOUR
        assert timers.interval == 1.25 * MINUTE
        kind.fire(clock)
        assert credential.get_token().expires_on == NOW + 2 * HOUR
    assert refresher.calls == 4
    assert "valid for another 600 s" in caplog.messages[0]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 3


def test_background_renewal_pauses_after_expiry(kind, clock, timers):
    """Background renewal stops when the token has expired, and starts again with the next call."""
    refresher = Refresher(ConnectionError("down"))
    with kind.make(jwt(NOW + HOUR), refresher, proactive_refresh=True, clock=clock) as credential:
        while timers.interval is not None:
            assert timers.interval >= 1
            kind.fire(clock)
        assert clock.now >= NOW + HOUR
        assert refresher.calls < 20
        with pytest.raises(ConnectionError):
            credential.get_token()
        refresher.answers = [jwt(NOW + 5 * HOUR)]
        credential.get_token()
        assert timers.interval is not None


def test_a_failing_call_keeps_the_timer_running(kind, clock, timers):
    with kind.make(
        jwt(NOW + 8 * MINUTE), Refresher(ConnectionError("down")), proactive_refresh=True, clock=clock
    ) as credential:
        with pytest.raises(ConnectionError):
            credential.get_token()
        assert timers.interval == 4 * MINUTE


def test_setting_the_clock_back_delays_the_renewal(kind, clock, timers):
    refresher = Refresher(jwt(NOW + 2 * HOUR))
    with kind.make(jwt(NOW + HOUR), refresher, proactive_refresh=True, clock=clock):
        clock.advance(-MINUTE)
        kind.fire(clock)
        assert (timers.interval, refresher.calls) == (MINUTE, 0)


def test_the_log_shows_no_token(kind, clock, caplog):
    caplog.set_level(logging.DEBUG)
    refresher = Refresher(ValueError("no answer"), jwt(NOW + HOUR, name="Ada"))
    with kind.make(jwt(NOW + 5 * MINUTE, name="Eve"), refresher, proactive_refresh=True, clock=clock):
        kind.fire(clock)
        kind.fire(clock)
    assert not any(token in caplog.text for token in (jwt(NOW + HOUR, name="Ada"), jwt(NOW + 5 * MINUTE, name="Eve")))


def test_proactive_refresh_needs_a_refresher(kind):
    with pytest.raises(ValueError, match="'token_refresher' must not be None"):
        kind.make(jwt(NOW), proactive_refresh=True)


# Closing


@pytest.mark.parametrize("options", [{}, {"proactive_refresh": True}])
def test_a_closed_credential_returns_no_token(kind, clock, timers, options):
    credential = kind.make(jwt(NOW + HOUR), Refresher(jwt(NOW + HOUR)), clock=clock, **options)
    with credential:
        credential.get_token()
    assert timers.interval is None
    with pytest.raises(RuntimeError, match="closed"):
        credential.get_token()
    with pytest.raises(RuntimeError, match="closed"):
        credential.__enter__()
    credential.close()


def test_an_unclosed_credential_stops_renewing(kind, clock, timers):
    credential = kind.make(jwt(NOW + HOUR), Refresher(jwt(NOW + HOUR)), proactive_refresh=True, clock=clock)
    credential.__enter__()
    [timer] = timers.running
    del credential
    gc.collect()
    assert timers.interval is None
    timer.function()


def test_closing_a_credential_with_a_fixed_token(kind, clock):
    credential = kind.make(jwt(NOW + HOUR), clock=clock)
    credential.close()
    with pytest.raises(RuntimeError, match="closed"):
        credential.get_token()


# As a credential of azure-core


def test_it_is_a_token_credential_to_azure_core():
    assert isinstance(CommunicationTokenCredential(jwt(NOW)), TokenCredential)
    assert isinstance(AsyncCredential(jwt(NOW)), AsyncTokenCredential)


def test_it_accepts_the_arguments_of_azure_core(kind, clock):
    credential = kind.make(jwt(NOW + HOUR), clock=clock)
    assert credential.get_token("a", "b", claims="c", tenant_id="t", enable_cae=True).expires_on == NOW + HOUR


def test_repr_of_a_credential_has_no_token(kind):
    token = jwt(NOW)
    assert token not in repr(CommunicationTokenCredential(token)) + repr(AsyncCredential(token))
