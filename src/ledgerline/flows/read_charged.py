"""Read what a subscription was billed and what is left of it, under the locks of the invoices."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from ledgerline.base.calendar import Period
from ledgerline.base.db import Tx
from ledgerline.base.ids import CreditLotId, CreditNoteId, InvoiceId, RefundId, bucket_of
from ledgerline.base.money import RoundingMode
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import TaxBehavior
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import AllocationSource, InvoiceCause, InvoiceState
from ledgerline.invoicing.rows.documents import BilledLineRow, InvoiceRow, LineCreditRow
from ledgerline.invoicing.rules.kind import was_served
from ledgerline.ledger import store as ledger
from ledgerline.payments import store as payments
from ledgerline.payments import withholding
from ledgerline.payments.rows.refunds import ReservedLineRow, WithheldRow
from ledgerline.pricing.model import BilledLine, Correction, LineKind
from ledgerline.rules.charged import Charged, LineKey, given_before
from ledgerline.subscriptions.rows import SubscriptionRow
from ledgerline.subscriptions.rules.reach import lasting_months

_Key = tuple[object, ...]
_Place = tuple[RefundId, date, int, str]
Row = TypeVar("Row", LineCreditRow, ReservedLineRow)


@dataclass(frozen=True, slots=True)
class ChargedLines:
    """The locked invoices of a subscription, and their lines as decisions see them."""

    invoices: dict[InvoiceId, InvoiceRow]
    lines: tuple[Charged, ...]
    reserved: Mapping[tuple[InvoiceId, LineKey], Sequence[ReservedLineRow]]

    def of(self, invoice: InvoiceRow) -> list[Charged]:
        """Return the lines of one invoice."""
        return [one for one in self.lines if one.invoice_id == invoice.id]

    def beyond(self, day: date, *, state: InvoiceState) -> list[Charged]:
        """Return the lines that reach beyond a day, of invoices in a state."""
        return [
            one
            for one in self.lines
            if one.line.period.end > day and self.invoices[one.invoice_id].state == state
        ]


NOTHING_CHARGED: Final = ChargedLines({}, (), {})
"""Where nothing is given back."""


async def read_charged_in(tx: Tx, subscription: SubscriptionRow, *, on: date) -> ChargedLines:
    """Lock the open and paid invoices that can reach beyond a day and read their lines.

    The subscription's lock is held and keeps new invoices away; their own locks keep away what
    would credit or refund a part of them. The invoice of a change that nobody has paid has no lines
    yet, whether the change still waits or was withdrawn.
    """
    held = await invoicing.lock_invoices_of_subscription(
        tx,
        bucket=subscription.bucket,
        customer_id=subscription.customer_id,
        subscription_id=subscription.id,
        months=lasting_months(subscription.cadence_count, subscription.cadence_unit, on=on),
    )
    return await read_lines_in(tx, [one for one in held if not _is_unpaid_change(one)])


def _is_unpaid_change(invoice: InvoiceRow) -> bool:
    is_open = invoice.state == InvoiceState.OPEN
    served = was_served(invoice.cause, invoice.state_event)
    return invoice.cause == InvoiceCause.CHANGE and is_open and not served


async def read_lines_in(
    tx: Tx, held: Sequence[InvoiceRow], *, but_for: RefundId | None = None
) -> ChargedLines:
    """Read the lines of invoices whose locks are held, oldest first.

    What refunds have reserved is counted, except that of the refund that is at hand.
    """
    buckets, ids = [one.bucket for one in held], [one.id for one in held]
    if not held:
        return ChargedLines({}, (), {})
    async with tx.pipeline():
        markets = await catalog.read_some_markets(
            tx, codes=sorted({one.market_code for one in held})
        )
        rows = await invoicing.read_lines_of_invoices(tx, buckets=buckets, invoice_ids=ids)
        given_back = await invoicing.read_line_credits(tx, buckets=buckets, invoice_ids=ids)
        reserved = await payments.read_reserved_lines(tx, buckets=buckets, invoice_ids=ids)
    reserved = [row for row in reserved if row.refund_id != but_for]
    given, promised = _by_line(given_back), _by_line(reserved)
    withheld = await _withheld(tx, reserved)
    ordered = sorted(rows, key=lambda row: (row.period_start, row.item_no))
    modes = {one.code: RoundingMode(one.rounding_mode) for one in markets}
    mode = {one.id: modes[one.market_code] for one in held}
    return ChargedLines(
        invoices={one.id: one for one in held},
        lines=tuple(
            charged(
                row,
                given.get(_key(row), ()),
                promised.get(_key(row), ()),
                [each for one in promised.get(_key(row), ()) for each in withheld[_place(one)]],
                mode=mode[row.invoice_id],
            )
            for row in ordered
        ),
        reserved={(row.invoice_id, key_of(row)): promised.get(_key(row), ()) for row in ordered},
    )


async def given_before_in(tx: Tx, charged: ChargedLines, of: Iterable[Charged]) -> int:
    """Sum what the invoices of some lines gave back before, but for what paid others of them.

    Another plan, or a resumption, is paid by what is given back of the one before: that is in the
    customer's hands once, as what is left of the other.
    """
    ids = sorted({one.invoice_id for one in of})
    before = given_before(charged.lines, ids)
    if before == 0 or len(ids) == 1:
        return before
    return before - await _paid_by_each_other(tx, [charged.invoices[id] for id in ids])


async def _paid_by_each_other(tx: Tx, invoices: Sequence[InvoiceRow]) -> int:
    """Sum what invoices of a customer were paid with by credit that others of them gave."""
    bucket, ids = invoices[0].bucket, [one.id for one in invoices]
    allocated = await invoicing.read_allocated(tx, buckets=[bucket] * len(ids), invoice_ids=ids)
    spent = [one for one in allocated if one.source_kind == AllocationSource.CREDIT]
    lots = await ledger.find_lots(
        tx, bucket=bucket, ids=sorted({CreditLotId(one.source_id) for one in spent})
    )
    notes = await invoicing.read_note_facts(
        tx, buckets=[bucket] * len(lots), ids=[CreditNoteId(one.source_id) for one in lots]
    )
    invoice_of = {note.id: note.invoice_id for note in notes}
    gave = {lot.id: invoice_of.get(CreditNoteId(lot.source_id)) for lot in lots}
    others = set(ids)
    return sum(
        one.amount_minor
        for one in spent
        if (source := gave[CreditLotId(one.source_id)]) in others and source != one.invoice_id
    )


def charged(
    row: BilledLineRow,
    given_back: Iterable[LineCreditRow],
    reserved: Iterable[ReservedLineRow],
    withheld: Iterable[WithheldRow],
    *,
    mode: RoundingMode,
) -> Charged:
    """Turn a stored line, its credits and its reservations into what decisions take.

    ``mode`` is how the market of the line rounds, which it has done since its first line.
    """
    given = list(given_back)
    line = BilledLine(
        kind=LineKind(row.kind),
        behavior=TaxBehavior(row.tax_behavior),
        quantity=row.quantity,
        period=Period(row.period_start, row.period_end),
        grid=Period(row.grid_start, row.grid_end),
        grid_minor=row.grid_minor,
        net_minor=row.net_minor,
        tax_minor=row.tax_minor,
        gross_minor=row.gross_minor,
        mode=mode,
        credited_tax_minor=sum(one.tax_minor for one in given),
        corrections=tuple(
            Correction(
                start=one.credit_start,
                end=one.credit_end,
                gross_minor=one.gross_minor,
                deferred_net_minor=one.deferred_net_minor,
                booked_on=one.booked_on,
            )
            for one in given
        ),
        reserved=_spans((one.from_on, one.until_on, one.amount_minor) for one in reserved),
        withheld=_spans((one.from_on, row.period_end, one.amount_minor) for one in withheld),
    )
    return Charged(
        key=key_of(row),
        invoice_id=row.invoice_id,
        component=row.component,
        line=line,
        plan_code=row.plan_code,
        tax_rate_ppm=row.tax_rate_ppm,
    )


def _spans(taken: Iterable[tuple[date, date, int]]) -> tuple[Correction, ...]:
    return tuple(Correction(start=start, end=end, gross_minor=minor) for start, end, minor in taken)


async def _withheld(
    tx: Tx, reserved: Iterable[ReservedLineRow]
) -> Mapping[_Place, list[WithheldRow]]:
    """Read what cuts of lines would have given back but for refunds under way."""
    ids = sorted({row.refund_id for row in reserved})
    found: dict[_Place, list[WithheldRow]] = defaultdict(list)
    if ids:
        buckets = [bucket_of(id) for id in ids]
        for row in await withholding.read_withheld(tx, buckets=buckets, refund_ids=ids):
            found[_place(row)].append(row)
    return found


def _place(row: ReservedLineRow | WithheldRow) -> _Place:
    return (row.refund_id, row.period_start, row.item_no, row.kind)


def key_of(row: BilledLineRow) -> LineKey:
    """Return what makes a line unique within its subscription."""
    return LineKey(row.period_start, row.item_no, row.kind)


def _by_line(rows: Iterable[Row]) -> dict[_Key, list[Row]]:
    found: dict[_Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[_key(row)].append(row)
    return found


def _key(row: BilledLineRow | LineCreditRow | ReservedLineRow) -> _Key:
    return (row.subscription_id, row.period_start, row.item_no, row.kind)
