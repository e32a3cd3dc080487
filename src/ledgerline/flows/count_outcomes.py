"""Count what came of charges, for models to learn from: each outcome once, whoever counts."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.flows.switch_model import switch_of
from ledgerline.payments import learning
from ledgerline.payments.rows.learning import CursorRow
from ledgerline.payments.rules.learned import any_asks
from ledgerline.payments.scores import Kind

TICK_SECONDS: Final = 600
"""Models learn in ticks of this length, by when an outcome was counted (business time)."""
DELTAS_KEPT_TICKS: Final = 1_008
"""Seven days: outcomes fade in four, and who begins anew reads these."""
SHARES_KEPT_TICKS: Final = 144
FEATURES_KEPT: Final = timedelta(days=60)
BELIEFS_KEPT: Final = timedelta(weeks=26)


def tick_of(at: datetime) -> int:
    """Return the number of the tick that an instant is in."""
    return int(at.timestamp()) // TICK_SECONDS


@repeated
async def count_outcomes(run: Run) -> None:
    """Count the outcomes, choices and faults of all transactions that have finished since.

    Called by the job ``count_outcomes`` and with all due work. What is counted and how far are one
    transaction: killed anywhere, the next one reads the same rows again. Two workers wait for each
    other. An outcome counts in the tick in which it is counted, so a tick that is over is complete.
    Where no model is asked it is enough to count once a tick.
    """
    now = tick_of(run.now())
    async with run.transaction() as tx:
        cursor = await learning.lock_cursor(tx)
        if cursor is None:
            await learning.open_cursor(tx, tick=now)
            cursor = await learning.lock_cursor(tx)
        assert cursor is not None
        if now <= cursor.tick and cursor.upto and not await _is_asked_in(tx):
            return
        today = run.now().astimezone(UTC).date()
        await _count_in(tx, cursor, tick=max(cursor.tick, now), today=today)


async def _is_asked_in(tx: Tx) -> bool:
    """Say whether any seller lets a model be asked."""
    rows = [row for kind in Kind for row in await learning.read_switches(tx, kind=kind.value)]
    return any_asks(switch_of(row) for row in rows)


async def _count_in(tx: Tx, cursor: CursorRow, *, tick: int, today: date) -> None:
    """Count what has finished since a cursor, and move it."""
    since, upto, is_new = cursor.upto, max(cursor.upto, cursor.done), tick > cursor.tick
    rows = await catalog.read_markets(tx)
    markets, sellers = [row.code for row in rows], [row.seller_code for row in rows]
    async with tx.pipeline():
        if upto > since:
            await learning.count_outcomes(
                tx, since=since, upto=upto, window_from=cursor.window_from, tick=tick
            )
            await learning.count_shares(tx, since=since, upto=upto, tick=tick)
            await learning.count_faults(
                tx, since=since, upto=upto, tick=tick, code=markets, seller_code=sellers
            )
            await learning.count_features(tx, since=since, upto=upto)
            await learning.count_delays(tx, since=since, upto=upto)
            await learning.count_beliefs(tx, since=since, upto=upto)
            for add_up in (learning.tally_routes, learning.tally_retries):
                await add_up(tx, since=since, upto=upto, code=markets, seller_code=sellers)
        await learning.move_cursor(
            tx,
            tick=tick,
            upto=upto,
            tick_from=since if is_new else cursor.tick_from,
            window_from=cursor.tick_from if is_new else cursor.window_from,
        )
        if is_new:
            await learning.sum_up_deltas(tx, before=tick - DELTAS_KEPT_TICKS)
            await learning.drop_shares(tx, before=tick - SHARES_KEPT_TICKS)
            await learning.drop_features(tx, before=today - FEATURES_KEPT)
            await learning.drop_beliefs(tx, before=today - BELIEFS_KEPT)
