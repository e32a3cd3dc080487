"""Money at providers: every break has a status, and what is open ties to clearing."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from ledgerline.datasets.building import Building
from ledgerline.datasets.cash_nodes import cash_nodes
from ledgerline.datasets.engine import duckdb_engine
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.release import plan
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.fail_payout import PayoutFailure, fail_payout
from ledgerline.flows.move_payout import Named
from ledgerline.flows.record_payout import BankLine, record_payout
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.return_payout import return_payout
from ledgerline.payments.disputes import DisputeEvent
from ledgerline.releases import store
from tests.disputing import attempt_of, tell
from tests.flow_values import Bought
from tests.flow_world import NEW_YEAR, World, open_world
from tests.statements import look_again, statement, take

FIRST: Final = NEW_YEAR.date()
DAY: Final = timedelta(days=1)
EUR: Final = 1199
_WARNED: Final = set[str]()
"""The checks that warned of what was built last."""
_OPEN: Final = (
    "SELECT leg, status, sum(open_minor)::BIGINT AS open, sum(difference_minor)::BIGINT AS off,"
    " sum(suspense_minor)::BIGINT AS held, count(*) AS n FROM cash_reconciliation"
    " WHERE status <> 'matched' AND book_month = (SELECT max(book_month) FROM cash_reconciliation)"
    " GROUP BY ALL ORDER BY ALL"
)


@pytest.fixture
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Open a world in which nothing has happened yet."""
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def lake(world: World, tmp_path: Path) -> Lake:
    """Return a lake beside the world."""
    return Lake(tmp_path / "lake", world.url)


async def _published(world: World, lake: Lake, query: str = _OPEN) -> list[tuple[Any, ...]]:
    """Export, build the tables of cash, and ask them; what must hold of them holds."""
    await export_interval(world.run, lake)
    async with world.run.surveying() as read:
        intervals = await store.read_intervals(read)
    today = world.now.date()
    with lake.opened(), duckdb_engine(lake.spill) as engine:
        wanted = plan(intervals, released=None, today=today)
        built = Building(engine, lake, intervals, wanted, onto={}, today=today)
        for node in cash_nodes()[:2]:
            built.build(node)
            built.check(node)
            files = lake.files(built.snapshots[node.name])
            engine.name(node.name, files, node.contract.schema())
        rows = engine.sql(query).to_pylist()
    assert [one for one in built.found if one.blocks and one.broken] == []
    _WARNED.clear()
    _WARNED.update(one.name for one in built.found if one.broken)
    return [tuple(row.values()) for row in rows]


async def _sold(world: World, times: int = 3) -> list[Bought]:
    bought = [await world.buy(await world.shopper()) for _ in range(times)]
    await world.advance(FIRST + DAY)
    return bought


async def test_day_that_is_reconciled_leaves_nothing_open(world: World, lake: Lake) -> None:
    # given three sales, a part of one given back, and no file yet
    bought = await _sold(world)
    payment = bought[0].payment_id
    assert payment is not None
    await request_refund(world.run, world.psps, RefundOrder(payment, 99, "goodwill"))
    assert await _published(world, lake) == [
        ("capture", "timing", 3 * EUR, -3 * EUR, 0, 3),
        ("refund", "timing", -99, 99, 0, 1),
    ]
    # and one that does not add up says nothing
    await take(world, await statement(world, FIRST, broken="wrong_total"))
    assert len(await _published(world, lake)) == 2
    # when the file of both days comes, then only the payout is on its way
    await take(world, await statement(world, FIRST, days=2))
    [[reference, net]] = await world.rows("SELECT reference, amount_minor FROM payout")
    assert await _published(world, lake) == [("bank", "timing", net, -net, 0, 1)]
    # and when the bank has it, nothing is
    await record_payout(
        world.run, BankLine(reference=reference, amount_minor=net, paid_on=FIRST + DAY, note="")
    )
    assert await _published(world, lake) == []
    assert set() == _WARNED
    # and a later month says nothing of what is over
    await world.advance(date(2026, 2, 2))
    months = "SELECT DISTINCT book_month FROM cash_reconciliation WHERE leg = 'refund'"
    assert await _published(world, lake, months) == [(date(2026, 1, 1),)]


async def test_breaks_are_told_and_taken_back_with_their_files(world: World, lake: Lake) -> None:
    await _sold(world, 2)
    file = None
    for broken, status, off in (
        ("extra_line", "missing_ours", EUR),
        ("double_line", "duplicate", EUR),
        ("amount_off", "amount", 1),
    ):
        # when a file comes with a line that is not what our books say, then it is told so
        raw = await statement(world, FIRST, broken=broken)
        file = (await take(world, raw, corrects=file)).file.id
        found = [row for row in await _published(world, lake) if row[0] == "capture"]
        # and stands in suspense, so that it leaves clearing alone
        assert found == [("capture", status, 0, off, off, 1)]
        assert "cash_reconciliation_breaks" in _WARNED
    # and when the provider corrects its file, what the others said is gone
    file = (await take(world, await statement(world, FIRST), corrects=file)).file.id
    assert [row for row in await _published(world, lake) if row[0] != "bank"] == []
    assert set() == _WARNED
    # when it leaves out a capture, then that waits, and is missed after two cadences
    await take(world, await statement(world, FIRST, broken="missing_line"), corrects=file)
    await take(world, await statement(world, FIRST + DAY))
    found = [row for row in await _published(world, lake) if row[0] == "capture"]
    assert found == [("capture", "timing", EUR, -EUR, 0, 1)]
    await world.advance(FIRST + 5 * DAY)
    found = [row for row in await _published(world, lake) if row[0] == "capture"]
    assert found == [("capture", "missing_theirs", EUR, -EUR, 0, 1)]


async def test_other_currency_and_late_money_tie(world: World, lake: Lake) -> None:
    # given a sale in kronor that is paid out in euro
    await world.buy(await world.shopper("SE"))
    # and a charge that our books call declined, and a file that says it was paid
    await world.buy(await world.shopper(token="tok_decline_do_not_honor"))
    [[attempt, minor]] = await world.rows(
        "SELECT id, amount_minor FROM attempt WHERE state = 'declined'"
    )
    await world.advance(FIRST + DAY)
    await take(world, await statement(world, FIRST, rates={"SEK": 90_000}))
    day = f"EUR,{FIRST + DAY}\n"
    head = (await statement(world, FIRST)).decode().splitlines(keepends=True)[0]
    late = [
        head, f"charge,{attempt},ch_late,{minor},EUR,0,{minor},{day}",
        f"payout,,po_late,-{minor},EUR,0,-{minor},{day}", f"total,po_late,2,,,,{minor},{day}",
    ]  # fmt: skip
    await take(world, "".join(late).encode())
    found = await _published(world, lake)
    assert [row[:2] for row in found] == [("bank", "timing")]
    # and the charge is matched, though the books hold its money in suspense
    sides = (
        "SELECT status, ours_minor, theirs_minor FROM cash_reconciliation"
        f" WHERE subject_id = '{attempt}'"
    )
    assert await _published(world, lake, sides) == [("matched", minor, minor)]


async def test_dispute_and_its_line_meet_whoever_comes_first(world: World, lake: Lake) -> None:
    first, second = await _sold(world, 2)
    await take(world, await statement(world, FIRST))
    # given a dispute that a webhook told of
    attempt = await attempt_of(world, first)
    at = datetime.combine(FIRST + DAY, NEW_YEAR.timetz())
    await tell(world, attempt, DisputeEvent.OPENED, at=at)
    [row] = [row for row in await _published(world, lake) if row[0] == "chargeback"]
    assert row == ("chargeback", "timing", -EUR, EUR, 0, 1)
    # when a file has it, and one that nobody has heard of, then both are known
    other = await attempt_of(world, second)
    day = f"EUR,{FIRST + DAY}\n"
    head = (await statement(world, FIRST)).decode().splitlines(keepends=True)[0]
    lines = [
        head,
        *(f"dispute,{one},ch_x,-{EUR},EUR,0,-{EUR},{day}" for one in (attempt, other)),
        f"total,po_disputes,2,,,,{-2 * EUR},{day}",
    ]
    await take(world, "".join(lines).encode())
    await look_again(world)
    assert [row for row in await _published(world, lake) if row[0] != "bank"] == [
        ("carried", "carried", -2 * EUR, 2 * EUR, 0, 1)
    ]
    # and when it is won, its money is on its way back
    await tell(world, attempt, DisputeEvent.WON, at=at + DAY)
    [row] = [row for row in await _published(world, lake) if row[0] == "chargeback_reversal"]
    assert row == ("chargeback_reversal", "timing", EUR, -EUR, 0, 1)


async def test_payout_that_fails_is_on_no_way_and_in_no_clearing(world: World, lake: Lake) -> None:
    await _sold(world)
    await take(world, await statement(world, FIRST))
    [[reference, net]] = await world.rows("SELECT reference, amount_minor FROM payout")
    head, day = "kind,reference,id,gross,gross_currency,fee,net,currency,date\n", "EUR,2026-01-02\n"

    def failed(minor: int) -> bytes:
        back = f"payout_reversal,,{reference},{minor},EUR,0,{minor},{day}"
        anew = f"payout,,po_2,{-minor},EUR,0,{-minor},{day}"
        return f"{head}{back}{anew}total,po_2,2,,,,{minor},{day}".encode()

    # when a file has another amount of it, that is held, and the payout is on its way
    wrong = await take(world, failed(net - 1))
    assert await _published(world, lake) == [
        ("bank", "timing", 2 * net - 1, 1 - 2 * net, 0, 2),
        ("payout_reversal", "missing_ours", 0, net - 1, net - 1, 1),
    ]
    # when its provider says that it failed, nobody's file has it yet
    none = f"{head}fee,,free,0,EUR,0,0,{day}total,po_2,1,,,,0,{day}".encode()
    nothing = await take(world, none, corrects=wrong.file.id)
    named = Named(reference)
    await fail_payout(world.run, PayoutFailure(named=named, failed_on=FIRST + DAY, note="mail"))
    assert await _published(world, lake) == [("payout_reversal", "timing", net, -net, 0, 1)]
    # and when its line comes, only what pays it out again is on its way, until the bank has it
    await take(world, failed(net), corrects=nothing.file.id)
    assert await _published(world, lake) == [("bank", "timing", net, -net, 0, 1)]
    line = BankLine(reference="po_2", amount_minor=net, paid_on=FIRST + DAY, note="")
    await record_payout(world.run, line)
    assert await _published(world, lake) == []
    # and what the bank takes back is on its way once more
    await return_payout(world.run, line)
    assert await _published(world, lake) == [("bank", "timing", net, -net, 0, 1)]
    assert set() == _WARNED
