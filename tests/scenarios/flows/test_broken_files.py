"""A settlement file that is cut or altered anywhere is refused, quarantined, or shown as broken."""

from datetime import timedelta
from typing import Final

import pytest
import pytest_asyncio

from ledgerline.payments.refusals import SettlementFileRefused
from tests.flow_world import NEW_YEAR, World
from tests.statements import clearing, open_reasons, statement, take

FIRST: Final = NEW_YEAR.date()
AMOUNTS: Final = range(3, 7)  # gross, its currency, fee, net
TABLES: Final = ("settlement_file", "settlement_line", "settlement_total", "payout")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole(world: World) -> bytes:
    """Sell three things on a day, and get its file."""
    for _ in range(3):
        await world.buy(await world.shopper())
    await world.advance(FIRST + timedelta(days=1))
    return await statement(world, FIRST)


async def counted(world: World) -> list[int]:
    """Count what an import leaves."""
    left = [await world.value(f"SELECT count(*) FROM {table}") for table in TABLES]
    moved = await world.value("SELECT count(*) FROM transfer WHERE dim = 'aster'")
    return [*left, moved]


async def test_file_that_is_cut_anywhere_leaves_nothing(world: World, whole: bytes) -> None:
    before = await counted(world)
    ends = {n for n in range(len(whole)) if whole[n : n + 1] == b"\n" or whole[n - 1 : n] == b"\n"}
    for end in sorted({*ends, *range(0, len(whole), 11)}):
        with pytest.raises(SettlementFileRefused):
            await take(world, whole[:end])
    assert await counted(world) == before
    assert await open_reasons(world) == []


async def test_line_that_is_gone_or_twice_is_refused(world: World, whole: bytes) -> None:
    before = await counted(world)
    lines = whole.splitlines(keepends=True)
    for n in range(len(lines)):
        for changed in ([*lines[:n], *lines[n + 1 :]], [*lines[: n + 1], *lines[n:]]):
            with pytest.raises(SettlementFileRefused):
                await take(world, b"".join(changed))
    assert await counted(world) == before


async def test_amount_that_is_altered_anywhere_is_not_believed(world: World, whole: bytes) -> None:
    # given the moved money before, and every amount of every line with one digit more or less
    moved = (await counted(world))[-1]
    lines = [line.split(",") for line in whole.decode().splitlines()]
    seen = set()
    for n, fields in enumerate(lines[1:], start=1):
        for column in AMOUNTS:
            if not fields[column].lstrip("-").isdecimal():
                continue
            altered = [list(line) for line in lines]
            altered[n][column] = str(int(fields[column]) + 1)
            raw = "".join(",".join(line) + "\n" for line in altered).encode()
            imported = await take(world, raw)
            seen.add(imported.file.state)
    # then none is believed, and none moved anything
    assert seen == {"quarantined"}
    assert (await counted(world))[-1] == moved
    assert set(await open_reasons(world)) == {"file_quarantined"}
    # and the right one is, whatever came before
    right = await take(world, whole)
    assert (right.file.state, right.breaks) == ("imported", 0)
    assert await clearing(world) == {}
    assert await open_reasons(world) == []
