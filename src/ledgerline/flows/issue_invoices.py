"""Issue invoices with everything that belongs to one: line, transfers, payment, cover, event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    BillRunId,
    Bucket,
    CustomerId,
    InvoiceId,
    ItemId,
    PaymentId,
    PaymentMethodId,
    SeriesId,
    SubscriptionId,
)
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.model import CoverReason
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceCause, InvoiceEvent, InvoiceState
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Purpose, TransferRow
from ledgerline.ledger.rules.postings import POSTINGS
from ledgerline.outbox import store as outbox
from ledgerline.outbox.model import EventRow
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows import NewPaymentRow
from ledgerline.pricing.model import PricedLine

FULL: Final = "full"  # the purpose of the only payment of an invoice


@dataclass(frozen=True, slots=True)
class Claim:
    """What all invoices of one batch with the same terms and period share.

    ``cover_until`` is how far service reaches before payment; ``series_id`` None means that the
    document is numbered only once it is paid; ``collect_at`` None means the caller charges itself.
    """

    seller_code: str
    market_code: str
    family: str
    cause: InvoiceCause
    line_kind: str
    line: PricedLine
    starts_at: datetime
    ends_at: datetime
    cover_until: datetime
    issued_on: date
    series_id: SeriesId | None
    collect_at: datetime | None


class Issue(NamedTuple):
    """One invoice to issue: a claim on one customer."""

    claim: Claim
    bucket: Bucket
    invoice_id: InvoiceId
    payment_id: PaymentId
    customer_id: CustomerId
    subscription_id: SubscriptionId
    item_id: ItemId
    payment_method_id: PaymentMethodId | None
    credit_used_minor: int


def is_settled(issue: Issue) -> bool:
    """Tell whether nothing is left to pay, so that the invoice closes at once."""
    return issue.credit_used_minor >= issue.claim.line.gross_minor


async def issue_invoices_in(
    tx: Tx, issues: Sequence[Issue], *, now: datetime, bill_run_id: BillRunId | None = None
) -> int:
    """Record invoices inside the caller's transaction; one row and ten thousand take this path.

    Callers: purchase, plan change, billing run. They hold the subscription's lock; a repeat is
    refused by the primary key of the line (``AlreadyBilled``). The credit balance itself is
    lowered by the caller, who locked it.
    """
    await invoicing.add_invoices(tx, [_invoice(issue, now, bill_run_id) for issue in issues])
    await invoicing.add_lines(tx, [_line(issue) for issue in issues])
    await ledger.add_transfers(tx, _transfers(issues, now))
    await payments.add_payments(tx, [_payment(i, now) for i in issues if not is_settled(i)])
    await entitlements.add_covers(tx, [_cover(issue) for issue in issues])
    await invoicing.enqueue_numbers(tx, _queue(issues, now))
    await outbox.append(tx, _events(issues, now))
    return len(issues)


def _invoice(issue: Issue, now: datetime, bill_run_id: BillRunId | None) -> invoicing.NewInvoiceRow:
    claim = issue.claim
    line = claim.line
    settled = is_settled(issue)
    return invoicing.NewInvoiceRow(
        issue.bucket, issue.invoice_id, issue.customer_id, issue.subscription_id,
        claim.seller_code, claim.market_code, line.terms.currency, claim.cause,
        InvoiceState.PAID if settled else InvoiceState.OPEN,
        InvoiceState.OPEN if settled else "-", InvoiceEvent.SETTLED if settled else "created",
        line.net_minor, line.tax_minor, line.gross_minor, issue.credit_used_minor, 0,
        claim.issued_on, now, now if settled else None, bill_run_id, 2 if settled else 1,
    )  # fmt: skip


def _line(issue: Issue) -> invoicing.NewLineRow:
    claim = issue.claim
    line = claim.line
    terms = line.terms
    period, grid = line.period, line.grid
    return invoicing.NewLineRow(
        issue.bucket, issue.item_id, period.start, claim.line_kind, issue.invoice_id, 1,
        period.end, grid.start, grid.end, terms.plan_code, terms.price_id, terms.quantity,
        terms.unit_minor, line.grid_minor, line.discount_minor, line.net_minor, line.tax_minor,
        line.gross_minor, terms.currency, terms.tax_rate_ppm, terms.behavior,
    )  # fmt: skip


def _transfers(issues: Sequence[Issue], now: datetime) -> list[TransferRow]:
    rows = _transfers_of(Purpose.ISSUE_NET, [(i, i.claim.line.net_minor) for i in issues], now)
    rows += _transfers_of(Purpose.ISSUE_TAX, [(i, i.claim.line.tax_minor) for i in issues], now)
    spent = [(i, i.credit_used_minor) for i in issues if i.credit_used_minor]
    rows += _transfers_of(Purpose.CREDIT_USED, spent, now)
    return rows


def _transfers_of(
    purpose: Purpose, amounts: Sequence[tuple[Issue, int]], now: datetime
) -> list[TransferRow]:
    debit, credit = POSTINGS[purpose]
    return [
        TransferRow(
            i.bucket, i.invoice_id, purpose, 0, i.claim.seller_code, i.customer_id,
            i.claim.line.terms.currency, amount, debit, credit, i.claim.issued_on, now,
        )
        for i, amount in amounts
        if amount
    ]  # fmt: skip


def _payment(issue: Issue, now: datetime) -> NewPaymentRow:
    claim = issue.claim
    assert issue.payment_method_id is not None, "an invoice with something to pay needs a method"
    return NewPaymentRow(
        issue.bucket, issue.payment_id, issue.invoice_id, FULL, issue.customer_id,
        issue.subscription_id, issue.payment_method_id, claim.seller_code,
        claim.line.terms.currency, claim.line.gross_minor - issue.credit_used_minor,
        PaymentState.PROCESSING, "-", "created", 0, 0, 0, 0, 0, claim.collect_at, 0, now,
    )  # fmt: skip


def _cover(issue: Issue) -> entitlements.CoverRow:
    claim = issue.claim
    if not is_settled(issue):
        reason, until = CoverReason.GRACE, claim.cover_until
    else:
        reason = CoverReason.TRIAL if claim.line_kind == "trial" else CoverReason.PAID
        until = claim.ends_at
    return entitlements.CoverRow(
        issue.bucket, issue.subscription_id, claim.starts_at, issue.customer_id, claim.family,
        until, claim.ends_at, reason, issue.invoice_id,
    )  # fmt: skip


def _queue(issues: Sequence[Issue], now: datetime) -> list[invoicing.QueueRow]:
    return [
        invoicing.QueueRow(issue.bucket, issue.invoice_id, series_id, now)
        for issue in issues
        if (series_id := issue.claim.series_id) and issue.claim.line.gross_minor
    ]


def _events(issues: Sequence[Issue], now: datetime) -> list[EventRow]:
    rows = [
        EventRow(i.bucket, i.invoice_id, 1, "invoice.issued", i.customer_id, now) for i in issues
    ]
    rows += [
        EventRow(i.bucket, i.invoice_id, 2, "invoice.paid", i.customer_id, now)
        for i in issues
        if is_settled(i)
    ]
    return rows
