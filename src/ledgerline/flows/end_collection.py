"""End collection of claims that stay unpaid, as the policy says under which they were collected."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import PaymentId
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import Collection, EndPolicy
from ledgerline.flows.abandon_invoices import ENDED, abandon_invoices_in, cleared_in
from ledgerline.flows.ease_subscriptions import ease_subscriptions_in
from ledgerline.flows.step_subscriptions import step_subscriptions_in
from ledgerline.invoicing.rows.documents import InvoiceRow
from ledgerline.invoicing.rules.kind import was_served
from ledgerline.payments import notices, plans
from ledgerline.payments.rows.notices import NoticeRow
from ledgerline.payments.rules.notices import NoticeKind
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.subscriptions.rows import SubscriptionRow

_EASES: Final = frozenset({EndPolicy.PAUSE, EndPolicy.DOWNGRADE})
_ENDS: Final = frozenset({EndPolicy.CANCEL, None})  # what never happened is void


class Unpaid(NamedTuple):
    """A claim that is given up, whose it is, and the payment that should have collected it."""

    invoice: InvoiceRow
    subscription: SubscriptionRow
    payment_id: PaymentId

    @property
    def was_served(self) -> bool:
        """Whether giving it up is the end of something that was had, and a policy says how."""
        return was_served(self.invoice.cause, self.invoice.state_event)


async def end_collection_in(tx: Tx, run: Run, unpaid: Sequence[Unpaid], *, now: datetime) -> int:
    """Give claims up, inside a transaction that holds their locks; counts them.

    A purchase or a change that failed never happened, whatever the policy. Of what was served, a
    renewal or whatever was paid once and a bank took back, a policy of ``cancel`` ends the
    subscription, and one of ``write_off`` writes off the claim alone: service of that period is
    over and the next one is billed. One of ``pause`` or ``downgrade`` closes the claim and lets
    ``ease_subscriptions_in`` decide.
    """
    ends = await _ends(tx, [one for one in unpaid if one.was_served])
    await _tell(tx, [one for one in unpaid if one.payment_id in ends], now=now)
    kind = {payment_id: end.end for payment_id, end in ends.items()}
    goes_on = [one for one in unpaid if kind.get(one.payment_id) is EndPolicy.WRITE_OFF]
    eased = [one for one in unpaid if kind.get(one.payment_id) in _EASES]
    others = [one for one in unpaid if kind.get(one.payment_id) in _ENDS]
    done = await abandon_invoices_in(
        tx, run, [(one.invoice, one.subscription) for one in others], now=now
    )
    if goes_on:
        pairs = [(one.invoice, one.subscription) for one in goes_on]
        done += await abandon_invoices_in(tx, run, pairs, now=now, ends=False)
        await _go_on(tx, run, [one.subscription for one in goes_on], now=now)
    if eased:
        pairs = [(one.invoice, one.subscription) for one in eased]
        done += await abandon_invoices_in(tx, run, pairs, now=now, ends=False)
        policies = {one.subscription.id: ends[one.payment_id] for one in eased}
        rows = [one.subscription for one in eased]
        await ease_subscriptions_in(tx, run, policies, rows, now=now)
    return done


async def _tell(tx: Tx, ended: Sequence[Unpaid], *, now: datetime) -> None:
    """Plan that payers hear of the end; what they were to be reminded of is dropped when due."""
    await notices.add_notices(
        tx,
        [
            NoticeRow(
                bucket=one.invoice.bucket,
                payment_id=one.payment_id,
                kind=NoticeKind.ENDED,
                day=0,
                due_at=now,
                told_at=None,
            )
            for one in ended
        ],
    )


async def _ends(tx: Tx, served: Sequence[Unpaid]) -> dict[PaymentId, Collection]:
    """Read what the policies say of the end under which claims were collected.

    What was never planned, since only its payer could pay it, ends as its market says now.
    """
    if not served:
        return {}
    held = {
        row.payment_id: (row.market_code, row.policy_version)
        for row in await plans.read_plans(
            tx,
            buckets=[one.invoice.bucket for one in served],
            ids=[one.payment_id for one in served],
        )
    }
    rows = await catalog.read_every_collection(tx)
    policies = {(row.market_code, row.version): row.value() for row in rows}
    newest = {row.market_code: (row.market_code, row.version) for row in reversed(rows)}
    ends = {}
    for one in served:
        planned = held.get(one.payment_id) or newest.get(one.invoice.market_code)
        if planned is not None:
            ends[one.payment_id] = policies[planned]
    return ends


async def _go_on(tx: Tx, run: Run, rows: Sequence[SubscriptionRow], *, now: datetime) -> None:
    """Let subscriptions be active again that owe nothing else; those that ended stay as they are.

    The rows are read again: another claim of the batch may have moved them.
    """
    ids = {row.id: row.bucket for row in rows}
    held = await subscriptions.read_subscriptions(tx, buckets=list(ids.values()), ids=list(ids))
    running = [row for row in held if SubscriptionState(row.state) not in ENDED]
    moves = await cleared_in(tx, running)
    await step_subscriptions_in(tx, run, moves, cause="collection", now=now)
