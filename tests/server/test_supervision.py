import asyncio

import pytest

from openrooms.server.core.supervision import EndedEarly, supervised


async def forever() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise RuntimeError("a fault")


async def end() -> None:
    pass


async def be_cancelled() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("work", "reason"), [(fail, "the part failed"), (be_cancelled, "the part failed"), (end, "the part ended")]
)
async def test_part_that_ends_stops_everything(work, reason):
    async def run() -> None:
        async with supervised() as parts:
            parts.start("another part", forever)
            parts.start("the part", work)
            async with asyncio.timeout(5):
                await forever()

    with pytest.raises(EndedEarly, match=reason):
        await run()


async def test_error_keeps_its_cause():
    async def run() -> None:
        async with supervised() as parts:
            parts.start("the part", fail)
            await forever()

    with pytest.raises(EndedEarly) as caught:
        await run()
    assert str(caught.value.__cause__) == "a fault"


async def test_parts_finish_their_step_when_stopped():
    finished = []

    async def careful() -> None:
        try:
            await forever()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            finished.append(True)
            raise

    async with supervised() as parts:
        parts.start("first", careful)
        parts.start("second", careful)
        await asyncio.sleep(0)
    assert finished == [True, True]


async def test_error_of_the_body_is_raised_unchanged():
    async def run() -> None:
        async with supervised() as parts:
            parts.start("the part", forever)
            raise KeyError

    with pytest.raises(KeyError):
        await run()


async def test_failed_outer_part_stops_the_inner_group():
    stopped = []

    async def run() -> None:
        async with supervised() as outer:
            outer.start("the outer part", fail)
            try:
                async with supervised() as inner:
                    inner.start("the inner part", forever)
                    await forever()
            finally:
                stopped.append(True)

    with pytest.raises(EndedEarly, match="the outer part"):
        await run()
    assert stopped == [True]
