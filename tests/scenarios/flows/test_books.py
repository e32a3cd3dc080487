"""The books: parts of accounts, months that close, money nobody expected."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ledgerline.catalog.refusals import UnknownSeller
from ledgerline.datasets.audit import audit
from ledgerline.flows.close_month import close_month
from ledgerline.flows.recognise_revenue import recognise_revenue
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.ledger.model import EarlierMonthOpen, MonthNotOver, RevenueNotRecognised
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from tests.flow_world import World, open_world

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
NORDIC = "nordic"  # keeps its books in Stockholm


async def _parts(world: World) -> list[tuple[str, str, str, str]]:
    return await world.rows(
        "SELECT DISTINCT purpose, debit, credit, dim FROM transfer ORDER BY purpose, debit"
    )


async def test_transfers_name_the_parts_of_what_they_move(fresh_world: World) -> None:
    world = fresh_world
    # given a month that was paid, refunded in part and recognised
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, 100, "kindness"))
    await world.advance(datetime(2026, 2, 1, 1, tzinfo=UTC))
    # then each side that is divided says by what
    plan = "individual_monthly"
    assert await _parts(world) == [
        ("capture", "psp_clearing", "receivable", "aster"),
        ("credit_net", "deferred_revenue", "customer_credit", plan),
        ("credit_tax", "tax_payable", "customer_credit", "DE:190000"),
        ("issue_net", "receivable", "deferred_revenue", plan),
        ("issue_tax", "receivable", "tax_payable", "DE:190000"),
        ("recognise", "deferred_revenue", "revenue", plan),
        ("refund", "customer_credit", "psp_clearing", "aster"),
    ]


async def test_a_void_purchase_takes_back_the_parts_it_moved(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await world.shopper(token="tok_decline_do_not_honor"))
    assert await _parts(world) == [
        ("issue_net", "receivable", "deferred_revenue", "individual_monthly"),
        ("issue_tax", "receivable", "tax_payable", "DE:190000"),
        ("void_net", "deferred_revenue", "receivable", "individual_monthly"),
        ("void_tax", "tax_payable", "receivable", "DE:190000"),
    ]
    assert await world.balances() == {}


async def test_unmatched_money_is_booked_on_the_sellers_day(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given the new year in Stockholm, while UTC still has the old one, and a declined purchase
    at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=at) as world:
        bought = await world.buy(await world.shopper(token="tok_decline_do_not_honor"))
        [(bucket, attempt_id)] = await world.rows(
            "SELECT bucket, id FROM attempt WHERE payment_id = %s", bought.payment_id
        )
        # when the provider says that the money came after all
        came = Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY)
        await settle_attempt(world.run, [Evidence(bucket, attempt_id, came)])
        # then it lies in suspense on the first day of the seller's year, beside everything else
        assert await world.rows(
            "SELECT booked_on, dim FROM transfer WHERE purpose = 'unmatched'"
        ) == [(date(2027, 1, 1), "aster")]
        assert await world.rows("SELECT DISTINCT booked_on FROM transfer") == [(date(2027, 1, 1),)]


async def test_a_source_of_recognition_is_minted_in_its_month_and_kept(
    fresh_world: World,
) -> None:
    world = fresh_world
    await world.buy(await world.shopper())
    await world.advance(datetime(2026, 2, 20, tzinfo=UTC))
    # then January's revenue has one source, which says January
    [(month, category, instant)] = await world.rows(
        "SELECT month, category, to_timestamp(('x' || substr(replace(source_id::text, '-', ''),"
        " 1, 12))::bit(48)::bigint / 1000.0) FROM recognition"
    )
    assert (month, category) == (JANUARY, "individual_monthly")
    assert instant == datetime(2026, 1, 31, 12, tzinfo=UTC)
    # and a repeat books nothing
    before = await world.value("SELECT count(*) FROM transfer")
    assert await recognise_revenue(world.run, month=JANUARY) == 0
    assert await world.value("SELECT count(*) FROM transfer") == before


async def test_a_month_closes_once_it_is_over_and_recognised(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await world.shopper())
    # given a month that still runs
    await world.advance(datetime(2026, 1, 31, 22, 59, tzinfo=UTC))
    with pytest.raises(MonthNotOver):
        await close_month(world.run, seller_code=NORDIC, month=JANUARY)
    # when it is over in Stockholm but not recognised, for UTC has an hour to go
    later = world.run.at(datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    with pytest.raises(RevenueNotRecognised):
        await close_month(later, seller_code=NORDIC, month=JANUARY)
    await world.advance(datetime(2026, 2, 3, tzinfo=UTC))
    # then a trial run says what would be closed and closes nothing
    seen = await close_month(world.run, seller_code=NORDIC, month=JANUARY, dry_run=True)
    assert seen.closed_at is None
    assert {(row.account, row.debit_minor, row.credit_minor) for row in seen.turnover} >= {
        ("psp_clearing", 1199, 0), ("tax_payable", 0, 191),
    }  # fmt: skip
    assert await world.rows("SELECT * FROM ledger_period") == []
    # and the month is closed once, whoever asks again
    closed = await close_month(world.run, seller_code=NORDIC, month=JANUARY)
    assert closed.closed_at == world.now
    again = await close_month(
        world.run.at(world.now + timedelta(hours=1)), seller_code=NORDIC, month=JANUARY
    )
    assert again == closed
    assert await audit(world.run) == []


async def test_months_close_in_order_and_only_of_a_seller(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await world.shopper())
    await world.advance(datetime(2026, 3, 3, tzinfo=UTC))
    with pytest.raises(EarlierMonthOpen) as refused:
        await close_month(world.run, seller_code=NORDIC, month=FEBRUARY)
    assert refused.value.facts["first_open"] == "2026-01-01"
    with pytest.raises(UnknownSeller):
        await close_month(world.run, seller_code="nobody", month=JANUARY)
    await close_month(world.run, seller_code=NORDIC, month=JANUARY)
    await close_month(world.run, seller_code=NORDIC, month=FEBRUARY)
    assert await world.rows("SELECT month, state FROM ledger_period ORDER BY month") == [
        (JANUARY, "closed"), (FEBRUARY, "closed"),
    ]  # fmt: skip


async def test_what_comes_late_for_a_closed_month_is_booked_on_the_first_open_day(
    fresh_world: World,
) -> None:
    world = fresh_world
    await world.buy(await world.shopper())
    await world.advance(datetime(2026, 2, 3, tzinfo=UTC))
    await close_month(world.run, seller_code=NORDIC, month=JANUARY)
    # given revenue of January that nobody saw before the books were closed
    await world.write("SET session_replication_role = replica")
    await world.write("DELETE FROM transfer WHERE purpose = 'recognise'")
    await world.write("DELETE FROM recognition")
    await world.write("RESET session_replication_role")
    # when it is recognised
    assert await recognise_revenue(world.run.at(world.now), month=JANUARY) == 1
    # then February has it, and the auditor has nothing to say
    assert await world.rows("SELECT booked_on FROM transfer WHERE purpose = 'recognise'") == [
        (FEBRUARY,)
    ]
    assert await audit(world.run) == []
