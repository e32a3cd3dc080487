"""What a provider did behind our back is a difference of the books until people are told of it."""

from collections.abc import AsyncIterator
from typing import Any

from ledgerline.cli.proof import Comparison, compare
from tests.flow_world import NEW_YEAR, World
from tests.statements import open_reasons, statement, take

FIRST = NEW_YEAR.date()


async def compared(world: World, *more: dict[str, Any]) -> Comparison:
    async def truth() -> AsyncIterator[Any]:
        for line in [*await world.simulator.truth(), *more]:
            yield line

    return await compare(world.run, truth())


async def test_charge_of_nobody_is_a_difference_until_a_settlement_line_tells_of_it(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a sale, and a charge that the provider made by itself
    await world.buy(await world.shopper())
    [ours] = await world.simulator.truth()
    extra = {**ours, "reference": "nobody-asked", "id": f"{ours['id']}_extra"}
    assert (await compared(world)).is_broken is False
    found = await compared(world, extra)
    assert (dict(found.counts), found.told) == ({"executed, unknown to us": 1}, 0)
    # when a file tells of it, then people look at it, and the books contradict nothing
    await take(world, await statement(world, FIRST, broken="extra_line"))
    assert await open_reasons(world) == ["line_unmatched"]
    found = await compared(world, extra)
    assert (dict(found.counts), found.told, found.executions) == ({}, 1, 2)
    # but what the file does not know, or knows at another account, is a difference as before
    for other in ({"id": "ch_another"}, {"provider": "boreal"}):
        found = await compared(world, extra, {**extra, "reference": "another", **other})
        assert (dict(found.counts), found.told) == ({"executed, unknown to us": 1}, 1)
