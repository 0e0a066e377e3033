"""CommunicationTokenCredential with many concurrent threads or tasks, and with real timers."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from openrooms.identity import credential as sync_module
from openrooms.identity.credential import CommunicationTokenCredential
from openrooms.identity.credential_aio import CommunicationTokenCredential as AsyncCredential
from openrooms.identity.tokens import AccessToken

NOW = 1_800_000_000
OLD = AccessToken("old", NOW + 60)
EXPIRED = AccessToken("expired", NOW - 60)
NEW = AccessToken("new", NOW + 3600)
SOON = 10
"""The limit of every wait, in seconds."""


def now() -> float:
    return NOW


class Slow:
    """A refresher that reports its calls and returns when the test lets it."""

    def __init__(self, *answers: AccessToken | BaseException) -> None:
        self.answers = list(answers)
        self.calls = 0
        self.called = threading.Event()
        self.go_on = threading.Event()

    def __call__(self) -> AccessToken:
        self.calls += 1
        self.called.set()
        assert self.go_on.wait(SOON)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class AsyncSlow:
    def __init__(self, *answers: AccessToken | BaseException) -> None:
        self.answers = list(answers)
        self.calls = 0
        self.called = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self) -> AccessToken:
        self.calls += 1
        self.called.set()
        await self.go_on.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def waiting(monkeypatch) -> threading.Semaphore:
    """A counter of the threads that wait for another thread's renewal."""
    count = threading.Semaphore(0)

    class Counting(Future):
        def result(self, timeout: float | None = None) -> AccessToken:
            count.release()
            return super().result(timeout)

    monkeypatch.setattr(sync_module, "Future", Counting)
    return count


def wait_for(count: threading.Semaphore, number: int) -> None:
    for _ in range(number):
        assert count.acquire(timeout=SOON)


def clock_at(moment: float) -> Callable[[], float]:
    start = time.monotonic()
    return lambda: moment + time.monotonic() - start


# Threads


def test_threads_get_the_old_token_during_renewal():
    """While one thread renews, the others get the old token as long as it is valid."""
    refresher = Slow(NEW)
    credential = CommunicationTokenCredential(OLD, token_refresher=refresher, clock=now)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(credential.get_token)
        assert refresher.called.wait(SOON)
        assert [credential.get_token() for _ in range(100)] == [OLD] * 100
        refresher.go_on.set()
        assert first.result(SOON) == NEW
    assert (refresher.calls, credential.get_token()) == (1, NEW)


def test_a_refresher_must_not_call_its_credential():
    credential = CommunicationTokenCredential(EXPIRED, token_refresher=lambda: credential.get_token(), clock=now)
    for _ in range(2):
        with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="must fetch a token from elsewhere"):
            pool.submit(credential.get_token).result(SOON)


async def test_an_async_refresher_must_not_call_its_credential():
    credential = AsyncCredential(EXPIRED, token_refresher=lambda: credential.get_token(), clock=now)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="must fetch a token from elsewhere"):
            await asyncio.wait_for(credential.get_token(), SOON)


def test_a_hundred_threads_share_one_renewal(waiting):
    """A hundred threads with an expired token wait for the same renewal."""
    refresher = Slow(NEW)
    credential = CommunicationTokenCredential(EXPIRED, token_refresher=refresher, clock=now)
    with ThreadPoolExecutor(100) as pool:
        tokens = [pool.submit(credential.get_token) for _ in range(100)]
        wait_for(waiting, 99)
        refresher.go_on.set()
        assert [token.result(SOON) for token in tokens] == [NEW] * 100
    assert refresher.calls == 1


def test_waiting_threads_share_a_failure(waiting):
    """The threads that wait for a failed renewal get its error and do not repeat it."""
    refresher = Slow(ConnectionError("down"), NEW)
    credential = CommunicationTokenCredential(EXPIRED, token_refresher=refresher, clock=now)
    with ThreadPoolExecutor(10) as pool:
        tokens = [pool.submit(credential.get_token) for _ in range(10)]
        wait_for(waiting, 9)
        refresher.go_on.set()
        assert {type(token.exception(SOON)) for token in tokens} == {ConnectionError}
    assert refresher.calls == 1
    assert credential.get_token() == NEW


def test_waiting_costs_no_cpu(waiting):
    refresher = Slow(NEW)
    credential = CommunicationTokenCredential(EXPIRED, token_refresher=refresher, clock=now)

    def cost() -> float:
        before = time.thread_time()
        credential.get_token()
        return time.thread_time() - before

    with ThreadPoolExecutor() as pool:
        first = pool.submit(credential.get_token)
        assert refresher.called.wait(SOON)
        second = pool.submit(cost)
        wait_for(waiting, 1)
        threading.Event().wait(0.3)
        refresher.go_on.set()
        first.result(SOON)
        assert second.result(SOON) < 0.05


def test_an_interrupted_renewal_fails_waiting_threads(waiting):
    """If the renewing thread is interrupted, the waiting threads get an error."""
    refresher = Slow(KeyboardInterrupt(), NEW)
    credential = CommunicationTokenCredential(EXPIRED, token_refresher=refresher, clock=now)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(credential.get_token)
        assert refresher.called.wait(SOON)
        second = pool.submit(credential.get_token)
        wait_for(waiting, 1)
        refresher.go_on.set()
        assert isinstance(first.exception(SOON), KeyboardInterrupt)
        assert isinstance(second.exception(SOON), RuntimeError)
    assert credential.get_token() == NEW


def test_close_does_not_wait_for_the_refresher():
    """Closing does not wait for the refresher, and no timer runs afterwards."""
    refresher = Slow(NEW)
    credential = CommunicationTokenCredential(EXPIRED, token_refresher=refresher, proactive_refresh=True, clock=now)
    before = set(threading.enumerate())
    with ThreadPoolExecutor() as pool:
        first = pool.submit(credential.get_token)
        assert refresher.called.wait(SOON)
        credential.close()
        refresher.go_on.set()
        assert first.result(SOON) == NEW
    assert set(threading.enumerate()) <= before


def test_a_real_timer_renews_in_the_background():
    renewed = threading.Event()

    def refresh() -> AccessToken:
        renewed.set()
        return NEW._replace(expires_on=NOW + 7200)

    with CommunicationTokenCredential(
        NEW, token_refresher=refresh, proactive_refresh=True, clock=clock_at(NEW.expires_on - 600.05)
    ):
        assert renewed.wait(SOON)


def test_the_timer_supports_a_far_expiry():
    forever = AccessToken("new", 10**20)
    with CommunicationTokenCredential(forever, token_refresher=lambda: NEW, proactive_refresh=True) as credential:
        assert credential.get_token() == forever


def test_an_unclosed_credential_does_not_block_exit():
    program = """
from openrooms.identity import AccessToken, CommunicationTokenCredential
token = AccessToken("a", 4_102_444_800)
credential = CommunicationTokenCredential(token, token_refresher=lambda: token, proactive_refresh=True)
credential.__enter__()
"""
    subprocess.run([sys.executable, "-c", program], timeout=SOON, check=True)


# Tasks


async def test_tasks_get_the_old_token_during_renewal():
    """While one task renews, the others get the old token as long as it is valid."""
    refresher = AsyncSlow(NEW)
    credential = AsyncCredential(OLD, token_refresher=refresher, clock=now)
    first = asyncio.create_task(credential.get_token())
    await refresher.called.wait()
    assert [await credential.get_token() for _ in range(100)] == [OLD] * 100
    refresher.go_on.set()
    assert await first == NEW
    assert (refresher.calls, await credential.get_token()) == (1, NEW)


@pytest.mark.parametrize("answer", [NEW, ConnectionError("down")])
async def test_a_thousand_tasks_share_one_renewal_or_its_failure(answer):
    refresher = AsyncSlow(answer)
    credential = AsyncCredential(EXPIRED, token_refresher=refresher, clock=now)
    tasks = [asyncio.create_task(credential.get_token()) for _ in range(1000)]
    await refresher.called.wait()
    refresher.go_on.set()
    assert await asyncio.gather(*tasks, return_exceptions=True) == [answer] * 1000
    assert refresher.calls == 1


@pytest.mark.parametrize("answer", [NEW, ConnectionError("down")])
async def test_cancelling_one_task_keeps_the_renewal(answer):
    """Cancelling the task that started the renewal does not affect the tasks that wait for it."""
    refresher = AsyncSlow(answer)
    credential = AsyncCredential(EXPIRED, token_refresher=refresher, clock=now)
    first, second = (asyncio.create_task(credential.get_token()) for _ in range(2))
    await refresher.called.wait()
    first.cancel()
    refresher.go_on.set()
    assert await asyncio.gather(second, return_exceptions=True) == [answer]
    assert first.cancelled()


async def test_an_unawaited_failure_causes_no_loop_warning():
    """A renewal that fails after all waiting tasks were cancelled causes no warning of the event loop."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    refresher = AsyncSlow(ConnectionError("down"), NEW)
    credential = AsyncCredential(EXPIRED, token_refresher=refresher, clock=now)
    only = asyncio.create_task(credential.get_token())
    await refresher.called.wait()
    only.cancel()
    refresher.go_on.set()
    await asyncio.gather(only, return_exceptions=True)
    assert await credential.get_token() == NEW
    assert complaints == []


async def test_close_cancels_a_running_renewal():
    """Closing cancels a running renewal, and the waiting tasks get an error."""
    refresher = AsyncSlow(NEW)
    credential = AsyncCredential(EXPIRED, token_refresher=refresher, proactive_refresh=True, clock=now)
    waiter = asyncio.create_task(credential.get_token())
    await refresher.called.wait()
    await credential.close()
    with pytest.raises(RuntimeError, match="closed"):
        await waiter
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_closing_returns_when_the_renewal_has_ended():
    ended = asyncio.Event()
    started = asyncio.Event()

    async def refresh() -> AccessToken:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()
        return NEW

    async with AsyncCredential(token_refresher=refresh, proactive_refresh=True, clock=now):
        await started.wait()
    assert ended.is_set()


async def test_the_timer_starts_no_second_renewal():
    """The timer does not start a renewal while another one is running."""
    refresher = AsyncSlow(NEW, NEW)
    credential = AsyncCredential(EXPIRED, token_refresher=refresher, proactive_refresh=True, clock=now)
    first = asyncio.create_task(credential.get_token())
    await refresher.called.wait()
    async with credential:
        # The timer of an expired token is due in the loop's next round.
        for _ in range(5):
            await asyncio.sleep(0)
        refresher.go_on.set()
        assert await first == NEW
    assert refresher.calls == 1


async def test_a_real_timer_of_the_loop_renews_in_the_background():
    renewed = asyncio.Event()

    async def refresh() -> AccessToken:
        renewed.set()
        return NEW._replace(expires_on=NOW + 7200)

    async with AsyncCredential(
        NEW, token_refresher=refresh, proactive_refresh=True, clock=clock_at(NEW.expires_on - 600.05)
    ):
        await asyncio.wait_for(renewed.wait(), SOON)


def test_a_credential_works_in_consecutive_loops():
    async def refresh() -> AccessToken:
        return NEW

    credential = AsyncCredential(EXPIRED, token_refresher=refresh, clock=now)
    assert [asyncio.run(credential.get_token()) for _ in range(2)] == [NEW, NEW]
