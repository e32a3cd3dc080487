"""Resume a subscription that is paused, once what is due for it is paid."""

from dataclasses import dataclass
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.ids import InvoiceId, SubscriptionId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.carry_out_change import (
    Frozen,
    Ids,
    Proposed,
    balance_in,
    carry_out_change_in,
    new_ids,
    require_timely_in,
)
from ledgerline.flows.change_subscription import ChangeOutcome, fingerprint, outcome_of
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.lock_subscription import EXISTING, lock_subscription_in
from ledgerline.flows.read_charged import NOTHING_CHARGED
from ledgerline.flows.read_terms import read_terms
from ledgerline.flows.record_entry import read_history_in
from ledgerline.payments.model import Psps
from ledgerline.purchases.model import PreviewStale
from ledgerline.rules.resting import resume
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import Anchor, ChangeInProgress


@dataclass(frozen=True, slots=True)
class Resumption:
    """What is resumed, and where its periods begin."""

    subscription_id: SubscriptionId
    anchor: Anchor


async def resume_subscription(
    run: Run,
    psps: Psps,
    asked: Resumption,
    *,
    command: Command | None = None,
    return_url: str | None = None,
    expect: bytes | None = None,
) -> ChangeOutcome:
    """Resume; a repeat with the same ``command`` changes nothing and says what became of it.

    The customer's credit pays first. What is left is charged, and the subscription goes on when
    that is paid: declined, it stays paused. With ``return_url`` its payer may be asked to act first
    and comes back there. ``expect`` is the fingerprint of what they saw. Raises what ``resume``
    raises, ``SubscriptionNotFound``, ``SubscriptionParked``, ``ChangeInProgress``,
    ``PaymentMethodNotFound``, ``DebitTakesDays``, and ``PreviewStale`` where it would cost
    something else by now.
    """
    ids = new_ids(run, asked.subscription_id, return_url=return_url)
    begun = await _begin(run, psps, (asked, expect), ids, command=command)
    return await outcome_of(run, psps, begun, ids, subscription_id=asked.subscription_id)


@repeated
async def preview_resume(run: Run, asked: Resumption) -> Proposed:
    """Compute what ``resume_subscription`` would do and write nothing: the same rule and rows."""
    async with run.transaction() as tx:
        proposed = await _propose(tx, asked, now=run.now())
        await require_timely_in(tx, proposed)
        return proposed


@repeated
async def _begin(
    run: Run,
    psps: Psps,
    wanted: tuple[Resumption, bytes | None],
    ids: Ids,
    *,
    command: Command | None,
) -> Frozen | InvoiceId | None:
    now = run.now()
    asked, expect = wanted
    bucket = bucket_of(asked.subscription_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=ids.invoice)
            if held is not None:
                assert held.subject_id is not None, held.key
                return InvoiceId(held.subject_id)
        proposed = await _propose(tx, asked, now=now)
        if expect is not None and expect != fingerprint(proposed):
            raise PreviewStale("it would cost something else by now: look again")
        return await carry_out_change_in(tx, run, psps, proposed, ids=ids, now=now)


async def _propose(tx: Tx, asked: Resumption, *, now: datetime) -> Proposed:
    row = await lock_subscription_in(tx, asked.subscription_id, states=EXISTING)
    if await subscriptions.read_pending_changes(tx, buckets=[row.bucket], ids=[row.id]):
        raise ChangeInProgress("a resumption waits for its payment")
    history = await read_history_in(tx, row)
    book = await read_terms(
        tx,
        price_ids=[step.price_id for entry in history.log for step in entry.delta.steps],
        offer_codes=[offer.code for entry in history.log for offer in entry.delta.offers],
    )
    proposal = resume(row, history.log, book, anchor=asked.anchor, now=now)
    return Proposed(proposal, history, NOTHING_CHARGED, await balance_in(tx, row))
