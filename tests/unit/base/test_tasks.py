"""Work side by side: all of it ends before anything is said about it."""

import asyncio
from contextlib import aclosing

import pytest

from ledgerline.base.errors import TryAgain, Unavailable
from ledgerline.base.tasks import canceled, in_turn, in_waves, results, together


async def test_results_come_in_order_whoever_is_first() -> None:
    assert await together(_after(3, 1), _after(1, 2), _after(2, 3)) == [1, 2, 3]


async def test_a_failure_waits_for_the_others_and_tells_of_theirs() -> None:
    # given one that fails at once, one that fails later and one that works on
    done: list[int] = []
    with pytest.raises(ValueError, match="first") as failed:
        await together(_fail("first", 0), _fail("second", 2), _note(done, 4))
    # then nobody was left behind and no failure was lost
    assert done == [4]
    assert any("second" in note for note in failed.value.__notes__)


async def test_canceling_it_cancels_them_all() -> None:
    done: list[int] = []
    task = asyncio.create_task(together(_note(done, 50), _note(done, 60)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _after(100, 0)
    assert done == []


async def test_waves_bring_what_ended_and_what_failed_while_the_others_go_on() -> None:
    # given three pieces of work of which one waits for us
    gate = asyncio.Event()

    async def wait() -> int:
        await gate.wait()
        return 2

    # when they come in waves
    waves = in_waves([_after(2, 0), _fail("one", 3), wait()], seconds=0.2)
    async with aclosing(waves):
        first = await anext(waves)
        gate.set()
        second = await anext(waves)
        # then the first wave is what ended, by place
        assert [place for place, _ in first] == [0, 1]
        assert first[0][1] == 0
        assert isinstance(first[1][1], ValueError)
        # and the second is the one that waited, and there is no third
        assert second == [(2, 2)]
        with pytest.raises(StopAsyncIteration):
            await anext(waves)


async def test_to_leave_waves_early_cancels_the_rest() -> None:
    # given one that ends and one that never would
    canceled = asyncio.Event()

    async def wait() -> int:
        try:
            return await _after(1_000_000_000, 1)
        finally:
            canceled.set()

    # when nobody waits for the second wave
    waves = in_waves([_after(1, 0), wait()], seconds=0.2)
    async with aclosing(waves):
        assert await anext(waves) == [(0, 0)]
        assert not canceled.is_set()
    # then the one that never would is not left behind
    assert canceled.is_set()


async def test_without_seconds_there_is_one_wave() -> None:
    waves = [wave async for wave in in_waves([_after(9, 0), _after(1, 1)], seconds=None)]
    assert waves == [[(0, 0), (1, 1)]]


async def test_in_turn_a_failure_keeps_no_other_from_being_done() -> None:
    # given
    done: list[int] = []
    work = [_note(done, 1), _fail("first", 0), _note(done, 2), _fail("second", 0), _note(done, 3)]
    with pytest.raises(ValueError, match="first") as failed:
        await in_turn(work)
    # then all were done, in order, and no failure was lost
    assert done == [1, 2, 3]
    assert any("second" in note for note in failed.value.__notes__)
    assert await in_turn(_after(1, number) for number in range(3)) == [0, 1, 2]


async def test_in_turn_ends_when_nobody_answers() -> None:
    done: list[int] = []
    with pytest.raises(Unavailable):
        await in_turn(_answer(done, number) for number in range(3))
    assert done == [0]


async def test_notes_of_failures_inside_failures_are_kept_and_silence_comes_first() -> None:
    inner = ValueError("inner")
    inner.add_note("beside it failed: deeper")
    with pytest.raises(Unavailable) as failed:
        results([ValueError("first"), inner, TryAgain("locked"), Unavailable("away")])
    assert failed.value.__notes__ == [
        "beside it failed: ValueError('first')",
        "beside it failed: ValueError('inner')",
        "beside it failed: deeper",
        "beside it failed: TryAgain('locked')",
    ]


async def _answer(done: list[int], number: int) -> None:
    if number == 1:
        raise Unavailable
    done.append(number)


async def _after(turns: int, result: int) -> int:
    for _ in range(turns):
        await asyncio.sleep(0)
    return result


async def _fail(what: str, turns: int) -> int:
    await _after(turns, 0)
    raise ValueError(what)


async def _note(done: list[int], turns: int) -> int:
    await _after(turns, 0)
    done.append(turns)
    return turns


async def test_a_task_that_keeps_a_cancellation_for_itself_is_asked_again() -> None:
    asked = 0

    async def deaf() -> None:
        nonlocal asked
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:  # as `wait_for` does where its answer has just come
                asked += 1
                if asked > 1:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    assert await canceled(task) == []
    assert asked == 2


async def test_what_failed_before_it_was_canceled_is_told() -> None:
    failed = asyncio.create_task(_fail("first", 0))
    await asyncio.wait({failed})
    [told] = await canceled(failed)
    assert isinstance(told, ValueError)
