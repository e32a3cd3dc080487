from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ledgerline.cli.local_postgres import LocalPostgres
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.subscriptions.model import Timing
from tests.flow_values import Shopper
from tests.flow_world import NEW_YEAR, World, open_world
from tests.postgres import new_database

DAYS = 90
# (market, token, trial?, what happens to it on the first day)
CASES = [
    ("DE", "tok_ok", False, ""),
    ("US", "tok_ok", True, ""),
    ("JP", "tok_recover_1", True, ""),
    ("DE", "tok_recover_2", True, ""),
    ("DE", "tok_decline_insufficient_funds", True, ""),
    ("GB", "tok_decline_expired_card", True, ""),
    ("GB", "tok_decline_processing_error", True, ""),
    ("AU", "tok_hang_after", True, ""),
    ("IN", "tok_hang_before", True, ""),
    ("DE", "tok_pending", True, ""),
    ("SE", "tok_ok", False, "cancel"),
    ("FI", "tok_ok", True, "cancel"),
    ("DE", "tok_ok", False, "change"),
    ("KW", "tok_ok", True, "change"),
]
TABLES = (
    "subscription", "subscription_event", "purchase", "invoice", "invoice_line", "payment",
    "attempt", "attempt_evidence", "transfer", "receipt", "cover", "credit_note", "line_credit",
    "document_number", "numbering_queue", "event", "credit_lot", "money_exception",
    "subscription_item", "subscription_offer", "allocation", "refund_line", "pending_change",
)  # fmt: skip


async def _populate(world: World) -> None:
    """Make the same customers in every world: their ids come from named streams."""
    clock = world.run
    for number, (market, token, trial, then) in enumerate(CASES):
        world.run = clock.seeded("case", number)
        customer_id = await world.customer(market)
        shopper = Shopper(customer_id, await world.method(customer_id, token))
        bought = await world.buy(shopper, trial=trial)
        if then == "cancel":
            await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
        if then == "change":
            await world.change(bought, "family_yearly", timing=Timing.PERIOD_END)
    world.run = clock


async def _rows(world: World) -> dict[str, list[Any]]:
    return {
        table: sorted(
            await world.rows(
                "SELECT to_jsonb(t) - 'psp_ref' - 'bill_run_id' - 'fence' - 'body_hash' - 'hash'"
                f" FROM {table} AS t"
            ),
            key=str,
        )
        for table in TABLES
    }


async def test_ninety_days_are_ninety_times_one_day(
    postgres: LocalPostgres, template: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        worlds = []
        for name in ("days", "once"):
            url = stack.enter_context(new_database(postgres, template=template))
            folder = tmp_path / name
            folder.mkdir()
            worlds.append(await stack.enter_async_context(open_world(url, folder)))
            await _populate(worlds[-1])
        days, once = worlds
        # when
        for day in range(1, DAYS + 1):
            await days.advance(NEW_YEAR + timedelta(days=day))
        await once.advance(NEW_YEAR + timedelta(days=DAYS))
        # then every row is the same, ids and instants included
        by_days, at_once = await _rows(days), await _rows(once)
        for table in TABLES:
            assert by_days[table] == at_once[table], table
        # and something happened in them
        assert {len(by_days[table]) > 0 for table in ("credit_note", "receipt")} == {True}
        states = await once.rows("SELECT state, count(*) FROM subscription GROUP BY 1 ORDER BY 1")
        assert states == [("active", 9), ("canceled", 5)]
        assert once.now == datetime(2026, 4, 1, tzinfo=UTC)
