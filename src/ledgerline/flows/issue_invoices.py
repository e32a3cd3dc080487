"""Issue invoices with everything that belongs to one: lines, transfers, payment, cover, event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from ledgerline.base.copying import VARIES, Columns, Shape, Shaped
from ledgerline.base.db import Tx
from ledgerline.base.ids import BillRunId, SeriesId
from ledgerline.base.run import Run
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.model import CoverReason
from ledgerline.entitlements.rows import CoverRow
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import AllocationSource, InvoiceCause, InvoiceEvent, InvoiceState
from ledgerline.invoicing.rows.documents import AllocationRow, NewInvoiceRow, NewLineRow, QueueRow
from ledgerline.invoicing.rules.divisions import revenue_category, tax_group
from ledgerline.invoicing.rules.numbering import series_id
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rules.postings import post, post_parts
from ledgerline.outbox.model import EventKind
from ledgerline.payments import store as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.payments import NewPaymentRow
from ledgerline.pricing.model import LineKind, Priced, PricedLine
from ledgerline.rules.lines import Bill

FULL: Final = "full"  # the purpose of the only payment of an invoice
_IDS: Final = (
    "bucket", "invoice_id", "payment_id", "customer_id", "customer_version", "subscription_id",
    "payment_method_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Covering:
    """Service of one component that an invoice pays for, from instant to instant.

    ``until`` is how far it reaches before payment.
    """

    component: str
    starts_at: datetime
    ends_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What all invoices of one batch with the same terms and period share.

    ``covers`` may be empty: service is given elsewhere. ``series_id`` None means that the document
    is numbered only once it is paid; ``collect_at`` None means the caller charges itself.
    """

    seller_code: str
    market_code: str
    family: str
    cause: InvoiceCause
    priced: Priced
    covers: tuple[Covering, ...]
    issued_on: date
    release_no: int
    series_id: SeriesId | None
    collect_at: datetime | None

    @property
    def currency(self) -> str:
        """The one currency of its lines."""
        return self.priced.lines[0].terms.currency

    @property
    def is_trial(self) -> bool:
        """Whether it claims nothing but free time."""
        return self.priced.lines[0].kind is LineKind.TRIAL


@dataclass(frozen=True, slots=True)
class Issues:
    """Invoices that differ in their ids alone.

    ``ids`` has the columns bucket, invoice_id, payment_id, customer_id, customer_version,
    subscription_id, payment_method_id and, for each line, ``item_no_<place>``. ``drawn`` is the
    credit that pays, by lot; ``promised_minor`` is what credit notes will pay once the rest is.
    """

    claim: Claim
    ids: Columns
    drawn: tuple[tuple[Any, int], ...] = ()
    promised_minor: int = 0

    @property
    def credit_used_minor(self) -> int:
        """What the customer's credit pays of each invoice."""
        return sum(amount for _, amount in self.drawn)

    @property
    def due_minor(self) -> int:
        """What is left to pay of each invoice."""
        return self.claim.priced.gross_minor - self.credit_used_minor - self.promised_minor

    @property
    def settled(self) -> bool:
        """Nothing is left to pay, so the invoices close at once."""
        return self.due_minor <= 0 and self.promised_minor == 0


def item_column(place: int) -> str:
    """Name the column of ids that holds the item number of a line."""
    return f"item_no_{place}"


def one_issue(
    claim: Claim, bill: Bill, item_nos: Sequence[int], ids: Mapping[str, object]
) -> Issues:
    """Return a batch of one invoice; ``item_nos`` are those of the items the bill was made of."""
    assert set(ids) == set(_IDS), ids
    columns: dict[str, Sequence[Any]] = {name: [value] for name, value in ids.items()}
    for place, position in enumerate(bill.positions):
        columns[item_column(place)] = [item_nos[position]]
    return Issues(claim, Columns(columns))


def covers_of(
    priced: Priced, *, starts_at: datetime, ends_at: datetime, until: datetime
) -> tuple[Covering, ...]:
    """Cover each component that is billed by time, over the whole period; none of no length."""
    if starts_at >= ends_at:
        return ()
    components = dict.fromkeys(
        line.component for line in priced.lines if line.kind is not LineKind.FIXED
    )
    return tuple(Covering(one, starts_at, ends_at, until) for one in components)


async def issue_invoices_in(
    tx: Tx,
    run: Run,
    groups: Sequence[Issues],
    *,
    now: datetime,
    bill_run_id: BillRunId | None = None,
) -> int:
    """Record invoices inside the caller's transaction; one row and ten thousand take this path.

    Callers: purchase, change, billing run. They hold the subscription's lock; a repeat is refused
    by the primary key of the line (``AlreadyBilled``). The credit itself is drawn by the caller,
    who locked it.
    """
    await invoicing.add_invoices(tx, Shaped([_invoice(g, now, bill_run_id) for g in groups]))
    await invoicing.add_lines(tx, Shaped([shape for group in groups for shape in _lines(group)]))
    await invoicing.add_allocations(tx, [row for group in groups for row in _allocations(group)])
    await ledger.add_transfers(tx, Shaped([shape for g in groups for shape in _transfers(g, now)]))
    await payments.add_payments(tx, Shaped([_payment(g, now) for g in groups if g.due_minor > 0]))
    await entitlements.add_covers(tx, Shaped([shape for g in groups for shape in _covers(g)]))
    await invoicing.enqueue_numbers(tx, Shaped([_queue(g, now) for g in groups if _numbered(g)]))
    await record_events_in(tx, run, Shaped([shape for g in groups for shape in _events(g, now)]))
    return sum(len(group.ids) for group in groups)


def _invoice(group: Issues, now: datetime, bill_run_id: BillRunId | None) -> Shape:
    claim, settled = group.claim, group.settled
    row = NewInvoiceRow(
        bucket=VARIES,
        id=VARIES,
        customer_id=VARIES,
        customer_version=VARIES,
        subscription_id=VARIES,
        seller_code=claim.seller_code,
        market_code=claim.market_code,
        currency=claim.currency,
        cause=claim.cause,
        state=InvoiceState.PAID if settled else InvoiceState.OPEN,
        state_before=InvoiceState.OPEN if settled else "-",
        state_event=InvoiceEvent.SETTLED if settled else "created",
        net_minor=claim.priced.net_minor,
        tax_minor=claim.priced.tax_minor,
        total_minor=claim.priced.gross_minor,
        credited_minor=0,
        issued_on=claim.issued_on,
        due_on=claim.issued_on,
        issued_at=now,
        paid_at=now if settled else None,
        bill_run_id=bill_run_id,
        event_seq=2 if settled else 1,
        series_id=series_id(claim.seller_code, "invoice", claim.issued_on),
        release_no=claim.release_no,
    )
    names = ("bucket", "invoice_id", "customer_id", "customer_version", "subscription_id")
    return Shape(row, names, group.ids)


def _lines(group: Issues) -> list[Shape]:
    return [
        Shape(
            _line(line, place),
            ("bucket", "subscription_id", item_column(place), "invoice_id"),
            group.ids,
        )
        for place, line in enumerate(group.claim.priced.lines)
    ]


def _line(line: PricedLine, place: int) -> NewLineRow:
    terms = line.terms
    return NewLineRow(
        period_start=line.period.start,
        bucket=VARIES,
        subscription_id=VARIES,
        item_no=VARIES,
        kind=line.kind,
        invoice_id=VARIES,
        line_no=place + 1,
        component=line.component,
        period_end=line.period.end,
        grid_start=line.grid.start,
        grid_end=line.grid.end,
        plan_code=terms.plan_code,
        price_id=terms.price_id,
        quantity=terms.quantity,
        unit_num=terms.unit.numerator,
        unit_den=terms.unit.denominator,
        grid_minor=line.grid_minor,
        discount_minor=line.discount_minor,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        gross_minor=line.gross_minor,
        currency=terms.currency,
        tax_category=terms.tax_category,
        tax_rate_ppm=terms.tax_rate_ppm,
        tax_behavior=terms.behavior,
    )


def _allocations(group: Issues) -> list[AllocationRow]:
    """Say which lots pay; who has credit is a batch of one."""
    return [
        AllocationRow(
            bucket=group.ids["bucket"][0],
            invoice_id=group.ids["invoice_id"][0],
            source_kind=AllocationSource.CREDIT,
            source_id=lot_id,
            amount_minor=amount,
            effective_on=group.claim.issued_on,
        )
        for lot_id, amount in group.drawn
    ]


def _transfers(group: Issues, now: datetime) -> list[Shape]:
    claim = group.claim
    booking = Booking(
        bucket=VARIES,
        source_id=VARIES,
        seller_code=claim.seller_code,
        customer_id=VARIES,
        currency=claim.currency,
        on=claim.issued_on,
        at=now,
    )
    lines = [(line.terms, line) for line in claim.priced.lines]
    nets = [(revenue_category(terms.plan_code), line.net_minor) for terms, line in lines]
    taxes = [
        (tax_group(claim.market_code, terms.tax_rate_ppm), line.tax_minor) for terms, line in lines
    ]
    rows = (
        *post_parts(Purpose.ISSUE_NET, nets, booking),
        *post_parts(Purpose.ISSUE_TAX, taxes, booking),
        *post(Purpose.CREDIT_USED, group.credit_used_minor, booking),
    )
    return [Shape(row, ("bucket", "invoice_id", "customer_id"), group.ids) for row in rows]


def _payment(group: Issues, now: datetime) -> Shape:
    claim = group.claim
    row = NewPaymentRow(
        bucket=VARIES,
        id=VARIES,
        invoice_id=VARIES,
        purpose=FULL,
        customer_id=VARIES,
        subscription_id=VARIES,
        payment_method_id=VARIES,
        seller_code=claim.seller_code,
        currency=claim.currency,
        amount_minor=group.due_minor,
        state=PaymentState.PROCESSING,
        state_before="-",
        state_event="created",
        captured_minor=0,
        refunded_minor=0,
        refunding_minor=0,
        tries=1 if claim.collect_at is None else 0,
        technical_tries=0,
        own_failures=0,
        awaits_payer=False,
        next_try_at=claim.collect_at,
        event_seq=0,
        created_at=now,
    )
    names = (
        "bucket", "payment_id", "invoice_id", "customer_id", "subscription_id",
        "payment_method_id",
    )  # fmt: skip
    return Shape(row, names, group.ids)


def _covers(group: Issues) -> list[Shape]:
    if group.settled:
        reason = CoverReason.TRIAL if group.claim.is_trial else CoverReason.PAID
    else:
        reason = CoverReason.GRACE
    return [
        Shape(
            CoverRow(
                bucket=VARIES,
                subscription_id=VARIES,
                component=one.component,
                starts_at=one.starts_at,
                customer_id=VARIES,
                family=group.claim.family,
                ends_at=one.ends_at if group.settled else one.until,
                paid_until=one.ends_at,
                reason=reason,
                invoice_id=VARIES,
            ),
            ("bucket", "subscription_id", "customer_id", "invoice_id"),
            group.ids,
        )
        for one in group.claim.covers
    ]


def _numbered(group: Issues) -> bool:
    return group.claim.series_id is not None and group.claim.priced.gross_minor > 0


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
