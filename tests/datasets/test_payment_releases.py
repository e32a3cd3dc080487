"""Payments in releases: what nobody knows is told as unknown; when it ends its month is built."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ledgerline.datasets.lake import Lake
from ledgerline.datasets.reading import answer
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import Built, publish_release
from ledgerline.flows.read_release import read_release
from tests.flow_world import World, open_world

_RENEWALS = (
    "SELECT sent_month, result, captured_minor, ended_on IS NULL AS live"
    " FROM attempt WHERE cause = 'renewal' ORDER BY sent_on"
)
_CELLS = (
    "SELECT sum(unknown_count) AS unknown, sum(authorised_count) AS ok FROM attempt_performance"
)


async def _run(world: World, lake: Lake) -> Built:
    await export_interval(world.run, lake)
    return await publish_release(world.run, lake)


async def _asked(world: World, lake: Lake, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = answer(
        lake, (await read_release(world.run)).current, query
    ).to_pylist()
    return rows


async def test_pending_try_is_unknown_until_it_ends_and_then_its_month_is_told_anew(
    fresh_database_url: str, tmp_path: Path
) -> None:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at) as world:
        lake = Lake(tmp_path / "lake", world.url)
        shopper = await world.shopper()
        await world.buy(shopper)
        # given a renewal whose charge the provider holds
        await world.steal_card(shopper, "tok_pending_1")
        due = await world.value("SELECT next_bill_at FROM subscription")
        await world.advance(due)
        await _run(world, lake)
        [renewal] = await _asked(world, lake, _RENEWALS)
        assert (renewal["result"], renewal["captured_minor"], renewal["live"]) == (
            "unknown", 0, True,
        )  # fmt: skip
        assert await _asked(world, lake, _CELLS) == [{"unknown": 1, "ok": 1}]
        assert await _asked(world, lake, "SELECT * FROM dunning_recovery") == []
        # when it is found out in a later month
        await world.advance(due + timedelta(days=40))
        built = await _run(world, lake)
        # then the month in which it was sent is built again, and it is a success of that month
        assert renewal["sent_month"] in built.months
        first, *_ = await _asked(world, lake, _RENEWALS)
        assert (first["sent_month"], first["result"], first["live"]) == (
            renewal["sent_month"], "authorised", False,
        )  # fmt: skip
        assert first["captured_minor"] > 0
