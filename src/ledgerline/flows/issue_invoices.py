"""Issue invoices with everything that belongs to one: line, transfers, payment, cover, event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from ledgerline.base.copying import VARIES, Columns, Shape, Shaped
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
from ledgerline.base.run import Run
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.model import CoverReason
from ledgerline.entitlements.rows import CoverRow
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import InvoiceCause, InvoiceEvent, InvoiceState
from ledgerline.invoicing.rows import NewInvoiceRow, NewLineRow, QueueRow
from ledgerline.invoicing.rules.divisions import revenue_category, tax_group
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rules.postings import post
from ledgerline.outbox.model import EventKind
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.payments import NewPaymentRow
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


ISSUE_FIELDS: Final = (
    "bucket", "invoice_id", "payment_id", "customer_id", "customer_version", "subscription_id",
    "item_id", "payment_method_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issues:
    """Invoices that differ in their ids alone: ``ids`` has the columns of ``ISSUE_FIELDS``."""

    claim: Claim
    ids: Columns
    credit_used_minor: int = 0

    @property
    def due_minor(self) -> int:
        """What is left to pay of each invoice."""
        return self.claim.line.gross_minor - self.credit_used_minor

    @property
    def settled(self) -> bool:
        """Nothing is left to pay, so the invoices close at once."""
        return self.due_minor <= 0


class IssueIds(NamedTuple):
    """The ids of one invoice to issue."""

    bucket: Bucket
    invoice_id: InvoiceId
    payment_id: PaymentId
    customer_id: CustomerId
    customer_version: int
    subscription_id: SubscriptionId
    item_id: ItemId
    payment_method_id: PaymentMethodId | None


def one_issue(claim: Claim, ids: IssueIds) -> Issues:
    """Return a batch of one invoice."""
    return Issues(claim, Columns({name: [value] for name, value in ids._asdict().items()}))


async def issue_invoices_in(
    tx: Tx,
    run: Run,
    groups: Sequence[Issues],
    *,
    now: datetime,
    bill_run_id: BillRunId | None = None,
) -> int:
    """Record invoices inside the caller's transaction; one row and ten thousand take this path.

    Callers: purchase, plan change, billing run. They hold the subscription's lock; a repeat is
    refused by the primary key of the line (``AlreadyBilled``). The credit balance itself is
    lowered by the caller, who locked it.
    """
    await invoicing.add_invoices(tx, Shaped([_invoice(g, now, bill_run_id) for g in groups]))
    await invoicing.add_lines(tx, Shaped([_line(group) for group in groups]))
    await ledger.add_transfers(tx, Shaped([shape for g in groups for shape in _transfers(g, now)]))
    await payments.add_payments(tx, Shaped([_payment(g, now) for g in groups if not g.settled]))
    await entitlements.add_covers(tx, Shaped([_cover(group) for group in groups]))
    await invoicing.enqueue_numbers(tx, Shaped([_queue(g, now) for g in groups if _numbered(g)]))
    await record_events_in(tx, run, Shaped([shape for g in groups for shape in _events(g, now)]))
    return sum(len(group.ids) for group in groups)


def _invoice(group: Issues, now: datetime, bill_run_id: BillRunId | None) -> Shape:
    claim, line, settled = group.claim, group.claim.line, group.settled
    row = NewInvoiceRow(
        bucket=VARIES,
        id=VARIES,
        customer_id=VARIES,
        customer_version=VARIES,
        subscription_id=VARIES,
        seller_code=claim.seller_code,
        market_code=claim.market_code,
        currency=line.terms.currency,
        cause=claim.cause,
        state=InvoiceState.PAID if settled else InvoiceState.OPEN,
        state_before=InvoiceState.OPEN if settled else "-",
        state_event=InvoiceEvent.SETTLED if settled else "created",
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        total_minor=line.gross_minor,
        credit_used_minor=group.credit_used_minor,
        credited_minor=0,
        issued_on=claim.issued_on,
        issued_at=now,
        series_id=series_id(claim.seller_code, "invoice", claim.issued_on),
        paid_at=now if settled else None,
        bill_run_id=bill_run_id,
        event_seq=2 if settled else 1,
    )
    names = ("bucket", "invoice_id", "customer_id", "customer_version", "subscription_id")
    return Shape(row, names, group.ids)


def _line(group: Issues) -> Shape:
    claim, line, terms = group.claim, group.claim.line, group.claim.line.terms
    row = NewLineRow(
        bucket=VARIES,
        item_id=VARIES,
        period_start=line.period.start,
        kind=claim.line_kind,
        invoice_id=VARIES,
        line_no=1,
        period_end=line.period.end,
        grid_start=line.grid.start,
        grid_end=line.grid.end,
        plan_code=terms.plan_code,
        price_id=terms.price_id,
        quantity=terms.quantity,
        unit_minor=terms.unit_minor,
        grid_minor=line.grid_minor,
        discount_minor=line.discount_minor,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        gross_minor=line.gross_minor,
        currency=terms.currency,
        tax_rate_ppm=terms.tax_rate_ppm,
        tax_behavior=terms.behavior,
    )
    return Shape(row, ("bucket", "item_id", "invoice_id"), group.ids)


def _transfers(group: Issues, now: datetime) -> list[Shape]:
    claim, line, terms = group.claim, group.claim.line, group.claim.line.terms
    booking = Booking(
        bucket=VARIES,
        source_id=VARIES,
        seller_code=claim.seller_code,
        customer_id=VARIES,
        currency=terms.currency,
        on=claim.issued_on,
        at=now,
    )
    tax = tax_group(claim.market_code, terms.tax_rate_ppm)
    rows = (
        *post(Purpose.ISSUE_NET, line.net_minor, booking, dim=revenue_category(terms.plan_code)),
        *post(Purpose.ISSUE_TAX, line.tax_minor, booking, dim=tax),
        *post(Purpose.CREDIT_USED, group.credit_used_minor, booking),
    )
    return [Shape(row, ("bucket", "invoice_id", "customer_id"), group.ids) for row in rows]


def _payment(group: Issues, now: datetime) -> Shape:
    claim = group.claim
    tries = 1 if claim.collect_at is None else 0
    row = NewPaymentRow(
        bucket=VARIES,
        id=VARIES,
        invoice_id=VARIES,
        purpose=FULL,
        customer_id=VARIES,
        subscription_id=VARIES,
        payment_method_id=VARIES,
        seller_code=claim.seller_code,
        currency=claim.line.terms.currency,
        amount_minor=group.due_minor,
        state=PaymentState.PROCESSING,
        state_before="-",
        state_event="created",
        captured_minor=0,
        refunded_minor=0,
        refunding_minor=0,
        tries=tries,
        technical_tries=0,
        next_try_at=claim.collect_at,
        event_seq=0,
        created_at=now,
    )
    names = (
        "bucket", "payment_id", "invoice_id", "customer_id", "subscription_id",
        "payment_method_id",
    )  # fmt: skip
    return Shape(row, names, group.ids)


def _cover(group: Issues) -> Shape:
    claim = group.claim
    if not group.settled:
        reason, until = CoverReason.GRACE, claim.cover_until
    else:
        reason = CoverReason.TRIAL if claim.line_kind == "trial" else CoverReason.PAID
        until = claim.ends_at
    row = CoverRow(
        bucket=VARIES,
        subscription_id=VARIES,
        starts_at=claim.starts_at,
        customer_id=VARIES,
        family=claim.family,
        ends_at=until,
        paid_until=claim.ends_at,
        reason=reason,
        invoice_id=VARIES,
    )
    return Shape(row, ("bucket", "subscription_id", "customer_id", "invoice_id"), group.ids)


def _numbered(group: Issues) -> bool:
    return group.claim.series_id is not None and group.claim.line.gross_minor > 0


def _queue(group: Issues, now: datetime) -> Shape:
    assert group.claim.series_id is not None, group.claim
    row = QueueRow(VARIES, VARIES, group.claim.series_id, now)
    return Shape(row, ("bucket", "invoice_id"), group.ids)


def _events(group: Issues, now: datetime) -> list[Shape]:
    kinds = [EventKind.INVOICE_ISSUED]
    if group.settled:
        kinds.append(EventKind.INVOICE_PAID)
    return [
        Shape(
            NewEvent(
                bucket=VARIES,
                aggregate_id=VARIES,
                seq=seq,
                kind=kind,
                customer_id=VARIES,
                occurred_at=now,
            ),
            ("bucket", "invoice_id", "customer_id"),
            group.ids,
        )
        for seq, kind in enumerate(kinds, 1)
    ]
