"""Show the invoice that a subscription will renew with: bill it, read it, and take it all back."""

from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import SubscriptionId, bucket_of
from ledgerline.base.run import Run
from ledgerline.catalog.model import SeriesKind
from ledgerline.documents.snapshot import Document
from ledgerline.flows.bill_due import issues_of
from ledgerline.flows.issue_invoices import Issues, issue_invoices_in
from ledgerline.flows.open_series import open_series_in
from ledgerline.flows.preview_document import preview_document_in
from ledgerline.flows.read_due import group_due, read_due_in
from ledgerline.flows.spend_credit import spend_credit_in
from ledgerline.flows.take_back import take_back
from ledgerline.invoicing.model import NothingToPreview
from ledgerline.rules.renewal import Renewal
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.model import SubscriptionNotFound
from ledgerline.subscriptions.rows import SubscriptionRow


async def preview_next_invoice(run: Run, subscription_id: SubscriptionId) -> Document:
    """Show the invoice that a subscription renews with, as of the instant at which it is due.

    It is billed as the billing run will bill it, credit included, and taken back. Raises
    ``SubscriptionNotFound``, ``NothingToPreview`` for what renews no more, and what would park it.
    """
    return await take_back(run, lambda tx: _next_invoice(tx, run, subscription_id))


async def preview_next_total(run: Run, subscription_id: SubscriptionId) -> int:
    """Return what is to be paid of that invoice, in minor units; raises what that raises.

    It is priced and credit is drawn in the same way; no invoice is written to be read and taken
    back, so that pages may ask for it.
    """

    async def total(tx: Tx) -> int:
        row = await _row(tx, subscription_id)
        [issue] = await _issue(tx, run.at(_due(run, row)), row)
        return issue.due_minor

    return await take_back(run, total)


async def _next_invoice(tx: Tx, run: Run, subscription_id: SubscriptionId) -> Document:
    row = await _row(tx, subscription_id)
    then = run.at(_due(run, row))
    issues = await _issue(tx, then, row)
    claim = issues[0].claim
    await open_series_in(tx, [(claim.seller_code, SeriesKind.INVOICE, claim.issued_on)])
    await issue_invoices_in(tx, then, issues, now=then.now())
    [invoice_id] = issues[0].ids["invoice_id"]
    assert claim.series_id is not None, claim
    return await preview_document_in(
        tx, then, SeriesKind.INVOICE, invoice_id, series=claim.series_id
    )


async def _row(tx: Tx, subscription_id: SubscriptionId) -> SubscriptionRow:
    held = await subscriptions.lock_subscriptions(
        tx, buckets=[bucket_of(subscription_id)], ids=[subscription_id]
    )
    if not held:
        raise SubscriptionNotFound("there is no such subscription")
    return held[0]


def _due(run: Run, row: SubscriptionRow) -> datetime:
    """Return the instant at which it is billed, or now if that is over."""
    if row.next_bill_at is None:
        raise NothingToPreview("the subscription is not billed any more", state=row.state)
    return max(run.now(), row.next_bill_at)


async def _issue(tx: Tx, then: Run, row: SubscriptionRow) -> list[Issues]:
    """Bill a subscription as the billing run will, with its customer's credit drawn."""
    now = then.now()
    read = await read_due_in(tx, [row], now=now)
    [group] = group_due(read, now=now)
    if isinstance(group.decision, Rejected):
        raise group.decision
    if not isinstance(group.decision, Renewal):
        raise NothingToPreview("the subscription ends before it would renew")
    return await spend_credit_in(tx, [issues_of(then, group, group.decision, read.book, now=now)])
