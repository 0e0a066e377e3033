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
async def test_a_part_that_ends_by_itself_ends_the_body_and_the_others(work, reason):
    async def run() -> None:
        async with supervised() as parts:
            parts.start("another part", forever)
            parts.start("the part", work)
            async with asyncio.timeout(5):
                await forever()

    with pytest.raises(EndedEarly, match=reason):
        await run()


async def test_the_cause_of_the_end_is_kept():
    async def run() -> None:
        async with supervised() as parts:
            parts.start("the part", fail)
            await forever()

    with pytest.raises(EndedEarly) as caught:
        await run()
    assert str(caught.value.__cause__) == "a fault"


async def test_parts_are_stopped_with_the_body_and_may_finish_what_they_have_begun():
    finished = []

    async def careful() -> None:
        try:
            await forever()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            finished.append(True)
            raise

    async with supervised() as parts:
        parts.start("one", careful)
        parts.start("another", careful)
        await asyncio.sleep(0)
    assert finished == [True, True]


async def test_an_error_of_the_body_comes_out_as_it_is():
    async def run() -> None:
        async with supervised() as parts:
            parts.start("the part", forever)
            raise KeyError

    with pytest.raises(KeyError):
        await run()


async def test_an_inner_group_is_left_when_a_part_of_an_outer_one_fails():
    left = []

    async def run() -> None:
        async with supervised() as outer:
            outer.start("the outer part", fail)
            try:
                async with supervised() as inner:
                    inner.start("the inner part", forever)
                    await forever()
            finally:
                left.append(True)

    with pytest.raises(EndedEarly, match="the outer part"):
        await run()
    assert left == [True]
