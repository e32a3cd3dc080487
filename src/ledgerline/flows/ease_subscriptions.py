"""Let subscriptions whose claims were given up go on for nothing, rest, or end: as policies say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import SubscriptionId
from ledgerline.base.run import Run
from ledgerline.catalog.model import Collection, EndPolicy
from ledgerline.flows.abandon_invoices import ENDED, cleared_in
from ledgerline.flows.carry_out_change import Proposed, happen_for_nothing_in, new_ids
from ledgerline.flows.end_covers import end_covers_in, read_paid_in
from ledgerline.flows.lock_subscription import RUNNING
from ledgerline.flows.read_charged import NOTHING_CHARGED
from ledgerline.flows.read_terms import read_sale_in
from ledgerline.flows.record_entry import read_history_in
from ledgerline.flows.rest_subscription import rest_subscription_in
from ledgerline.flows.step_subscriptions import Move, step_subscriptions_in
from ledgerline.payments import payer
from ledgerline.rules.resting import downgrade
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionEvent, SubscriptionState
from ledgerline.subscriptions.rows import SubscriptionRow

CAUSE: Final = "collection"


async def ease_subscriptions_in(
    tx: Tx, run: Run, ends: Mapping[SubscriptionId, Collection], rows: Sequence[SubscriptionRow],
    *, now: datetime,
) -> None:  # fmt: skip
    """Do to subscriptions what their policies say instead of ending them; their claims are closed.

    Called where collection ends, under the locks. What has service that is paid goes on as it is.
    Who had planned the end has it now, and so has who would have to be charged for the other plan.
    Other claims of before are due at once, and ``withdraw_payments`` closes them: their invoices
    cannot be locked any more.
    """
    ids = {row.id: row.bucket for row in rows}
    held = await subscriptions.read_subscriptions(tx, buckets=list(ids.values()), ids=list(ids))
    running = [row for row in held if SubscriptionState(row.state) not in ENDED]
    paid = await read_paid_in(tx, running, now=now) if running else set()
    goes_on = [row for row in running if row.id in paid]
    await step_subscriptions_in(tx, run, await cleared_in(tx, goes_on), cause=CAUSE, now=now)
    for row in running:
        if row.id not in paid and row.state in RUNNING:
            await _ease(tx, run, row, ends[row.id], now=now)
            await payer.hasten(tx, bucket=row.bucket, subscription_id=row.id, now=now)


async def _ease(tx: Tx, run: Run, row: SubscriptionRow, end: Collection, *, now: datetime) -> None:
    if row.ends_on is None and end.end is EndPolicy.PAUSE:
        await rest_subscription_in(tx, run, row, actor=CAUSE, now=now)
        return
    if row.ends_on is None and end.end is EndPolicy.DOWNGRADE:
        for plan_code in end.end_plans:
            if await _downgraded(tx, run, row, plan_code, now=now):
                return
    move = Move(row, SubscriptionEvent.CANCELED, next_bill_at=None, ended_at=now)
    await step_subscriptions_in(tx, run, [move], cause=CAUSE, now=now)
    await end_covers_in(tx, [row], now=now)


async def _downgraded(
    tx: Tx, run: Run, row: SubscriptionRow, plan_code: str, *, now: datetime
) -> bool:
    """Let it go on with a plan, if that is one of its family and costs nothing."""
    today = local_date(now, row.zone)
    history = await read_history_in(tx, row)
    sale = await read_sale_in(
        tx,
        market_code=row.market_code,
        today=today,
        plan_codes=[plan_code],
        price_ids=[item.price_id for item in history.items],
        offer_codes=[offer.code for entry in history.log for offer in entry.delta.offers],
    )
    proposal = downgrade(row, history.log, plan_code, sale=sale, now=now)
    if proposal is None:
        return False
    await end_covers_in(tx, [row], now=now)
    proposed = Proposed(proposal, history, NOTHING_CHARGED, 0, actor=CAUSE)
    ids = new_ids(run, row.id, return_url=None)
    await happen_for_nothing_in(tx, run, proposed, ids, now=now)
    [row] = await subscriptions.read_subscriptions(tx, buckets=[row.bucket], ids=[row.id])
    await step_subscriptions_in(tx, run, await cleared_in(tx, [row]), cause=CAUSE, now=now)
    return True
