"""Pause a subscription now: it is neither billed nor served until it is resumed."""

from dataclasses import dataclass, replace
from datetime import datetime

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.credit_lines import credit_lines_in, notes_of
from ledgerline.flows.lock_subscription import lock_subscription_in
from ledgerline.flows.offset_credit import offset_notes_in
from ledgerline.flows.read_charged import ChargedLines, given_before_in, read_charged_in
from ledgerline.flows.record_entry import read_history_in
from ledgerline.flows.refuse_above_limit import refuse_above_limit_in
from ledgerline.flows.rest_subscription import rest_subscription_in
from ledgerline.flows.withhold_refunds import withhold_refunds_in
from ledgerline.invoicing.model import CreditReason, InvoiceState
from ledgerline.rules.resting import Pausing, pause
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import ChangeInProgress, SettleFirst


@dataclass(frozen=True, slots=True)
class _Proposed:
    """A pause with the lines that it was decided on."""

    pausing: Pausing
    charged: ChargedLines


@repeated
async def pause_subscription(
    run: Run, subscription_id: SubscriptionId, *, command: Command | None = None
) -> None:
    """Pause; a repeat with the same ``command`` changes nothing.

    Service ends at once and the unused days of what is paid become credit, which pays first when
    the subscription is resumed. Nobody resuming it, it ends after ``PAUSE_MONTHS``. Raises
    ``SubscriptionNotFound``, ``SubscriptionParked``, ``ChangeInProgress``, those of ``pause`` and,
    for a person whose role may not give as much back, ``AboveLimit``.
    """
    now = run.now()
    bucket = bucket_of(subscription_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, bucket=bucket, command=command, subject_id=subscription_id
            )
            if held is not None:
                return
        proposed = await _propose(tx, subscription_id, now=now)
        row, charged = proposed.pausing.subscription, proposed.charged
        await refuse_above_limit_in(tx, command, [proposed.pausing.given_back], is_chosen=False)
        await withhold_refunds_in(tx, charged, proposed.pausing.withheld)
        await rest_subscription_in(tx, run, row, actor="customer", now=now)
        notes = notes_of(
            run,
            list(charged.invoices.values()),
            proposed.pausing.credits,
            CreditReason.PLAN_CHANGED,
        )
        await credit_lines_in(tx, run, notes, now=now)
        await offset_notes_in(tx, notes, now=now)


async def preview_pause(run: Run, subscription_id: SubscriptionId) -> Pausing:
    """Compute what ``pause_subscription`` would do and write nothing: the same rule and rows."""
    async with run.transaction() as tx:
        return (await _propose(tx, subscription_id, now=run.now())).pausing


async def _propose(tx: Tx, subscription_id: SubscriptionId, *, now: datetime) -> _Proposed:
    row = await lock_subscription_in(tx, subscription_id)
    if await subscriptions.read_pending_changes(tx, buckets=[row.bucket], ids=[row.id]):
        raise ChangeInProgress("a change waits for its payment")
    today = local_date(now, row.zone)
    history = await read_history_in(tx, row)
    charged = await read_charged_in(tx, row, on=today)
    for unpaid in charged.beyond(today, state=InvoiceState.OPEN):
        raise SettleFirst("an invoice is unpaid", invoice=str(unpaid.invoice_id))
    paid = charged.beyond(today, state=InvoiceState.PAID)
    pausing = pause(row, history.log, paid, now=now)
    before = await given_before_in(tx, charged, paid)
    return _Proposed(replace(pausing, before_minor=before), charged)
