"""A backfill releases month after month, goes on where it was cut, and changes no number."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ledgerline.datasets.diff import diff
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.nodes import code_version
from ledgerline.flows.backfill_releases import Range, backfill_releases, done_before
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_release import read_release
from ledgerline.flows.read_two_releases import read_two_releases
from ledgerline.releases.refusals import ReleaseNotFound
from ledgerline.releases.rows import ReleaseRow
from tests.flow_world import World, open_world

ASKED = Range(date(2026, 1, 1), date(2026, 3, 1), "a mended rule")


@pytest.fixture
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Open a world in which a quarter passed for two customers."""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at) as opened:
        await opened.buy(await opened.shopper())
        await opened.buy(await opened.shopper("SE"), "individual_yearly")
        await opened.advance(date(2026, 4, 2))
        yield opened


async def test_backfill_goes_on_where_it_was_cut_and_changes_no_number(
    world: World, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "lake", world.url)
    await export_interval(world.run, lake)
    assert (await publish_release(world.run, lake)).release_no == 1

    def killed(step: str) -> None:
        if step == "2026-03  audits of tax_return":
            raise KeyboardInterrupt

    # when a backfill is killed in its third month
    with pytest.raises(KeyboardInterrupt):
        await backfill_releases(world.run, lake, ASKED, actor="finance", tell=killed)
    # then two months are released, and the same command goes on with the third alone
    assert (await read_release(world.run)).current.no == 3
    done = await backfill_releases(world.run, lake, ASKED, actor="finance")
    assert done.releases == [(date(2026, 3, 1), 4)]
    assert [month.month for month in done.done_before] == [1, 2]
    now = (await read_release(world.run)).current
    assert (now.reason, now.actor) == (ASKED.said_of(date(2026, 3, 1)), "finance")
    # and every table is what it was, though its files are others
    before, after = await read_two_releases(world.run, 1, 4)
    assert before.tables != after.tables
    found = diff(lake, before, after)
    assert [(one.added, one.removed, one.changed, one.why) for one in found] == [
        (0, 0, 0, "") for _ in found
    ]
    # and a month in which nothing was ever booked is named
    early = Range(date(2020, 1, 1), date(2020, 2, 1), "asked")
    nothing = await backfill_releases(world.run, lake, early, actor="finance")
    assert (nothing.releases, len(nothing.nothing_in)) == ([], 2)
    with pytest.raises(ReleaseNotFound) as refused:
        await read_two_releases(world.run, 1, 99)
    assert refused.value.facts == {"release": 99, "newest": 4}


def release(no: int, reason: str, *, code: str | None = None) -> ReleaseRow:
    return ReleaseRow(
        no=no, interval_no=1, business_day=date(2026, 4, 2), code_version=code or code_version(),
        engine="duckdb", reason=reason, actor="finance", tables="{}", checks="[]",
        made_at=datetime(2026, 4, 2, tzinfo=UTC),
    )  # fmt: skip


JANUARY, FEBRUARY, MARCH = ASKED.months


@pytest.mark.parametrize(
    ("releases", "expected"),
    [
        pytest.param([], [], id="nothing was done"),
        pytest.param([release(1, ASKED.said_of(JANUARY))], [JANUARY], id="one month"),
        pytest.param(
            [
                release(4, "new intervals"),
                release(3, ASKED.said_of(FEBRUARY)),
                release(2, ASKED.said_of(JANUARY)),
            ],
            [JANUARY, FEBRUARY],
            id="something else since",
        ),
        pytest.param([release(4, ASKED.said_of(MARCH))], [], id="it came to its end"),
        pytest.param([release(2, ASKED.said_of(JANUARY), code="old")], [], id="other code"),
        pytest.param(
            [release(2, ASKED._replace(reason="another").said_of(JANUARY))], [], id="other reason"
        ),
        pytest.param(
            [release(2, ASKED._replace(last=FEBRUARY).said_of(JANUARY))], [], id="other range"
        ),
    ],
)
def test_backfill_begins_behind_what_the_same_one_released(
    releases: list[ReleaseRow], expected: list[date]
) -> None:
    assert done_before(ASKED, releases) == expected
