"""How much may be on its way: shares that never pass the sum, and a sum that follows latency."""

import asyncio

import pytest

from ledgerline.base.pace import AT_ONCE_MAX, AT_ONCE_MIN, AT_ONCE_START, SHARE_MIN, Pace

LONG_MILLISECONDS = 2_500


def test_it_follows_the_latency_of_who_is_asked() -> None:
    pace = Pace(LONG_MILLISECONDS)
    # given batches that take too long, one after the other
    for began in range(0, 100, 20):
        pace.learn(9_000, began=began, is_full=True)
    # then no fewer are left than are taken at once
    assert pace.at_once == AT_ONCE_MIN
    # when one is neither long nor quick, or quick because it was small
    pace.learn(2_000, began=200, is_full=True)
    pace.learn(100, began=210, is_full=False)
    assert pace.at_once == AT_ONCE_MIN
    # and when full ones are quick
    for began in range(300, 320):
        pace.learn(100, began=began, is_full=True)
    assert pace.at_once == AT_ONCE_MAX


def test_batches_of_one_jam_count_once() -> None:
    pace = Pace(LONG_MILLISECONDS, at_once=1_600)
    for began in (10.0, 10.5, 11.0, 12.0):
        pace.learn(9_000, began=began, is_full=True)
    assert pace.at_once == 800


async def test_parts_side_by_side_never_take_more_than_there_is() -> None:
    # given twenty parts that take, ask and give back in two steps
    pace, most = Pace(LONG_MILLISECONDS), 0

    async def part() -> None:
        nonlocal most
        for _ in range(20):
            async with pace.share(100) as share:
                assert share.left >= 1
                most = max(most, pace.on_way)
                await asyncio.sleep(0)
                share.give(share.left // 2)
                await asyncio.sleep(0)

    # when they work side by side
    await asyncio.wait_for(asyncio.gather(*(part() for _ in range(20))), 20)
    # then they stayed within it, and all of it is free again
    assert most == AT_ONCE_START
    assert pace.on_way == 0


async def test_a_share_is_awaited_and_is_worth_a_transaction() -> None:
    pace = Pace(LONG_MILLISECONDS)

    async def second() -> int:
        async with pace.share(100) as share:
            return share.left

    async with pace.share(60) as first:
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0)
        # when a little is free
        first.give(SHARE_MIN - 5)
        await asyncio.sleep(0)
        assert not waiting.done()
        # then it waits for enough
        first.give(1)
        assert await asyncio.wait_for(waiting, 5) == SHARE_MIN


async def test_what_a_failed_batch_held_is_free_again() -> None:
    pace = Pace(LONG_MILLISECONDS)
    with pytest.raises(ValueError, match="broken"):
        async with pace.share(40):
            raise ValueError("broken")
    assert pace.on_way == 0
