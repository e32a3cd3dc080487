"""Build what a document says from the rows it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from ledgerline.base.calendar import Period as Days
from ledgerline.base.ids import PREFIXES, SeriesId, encode
from ledgerline.base.money import Currency, exponent
from ledgerline.catalog.model import TaxBehavior
from ledgerline.customers import model as customers
from ledgerline.documents.parts import MarketPart, Parts, RatePart
from ledgerline.documents.snapshot import (
    FORMAT,
    Address,
    Body,
    Buyer,
    Kind,
    Line,
    Original,
    Payment,
    Period,
    References,
    SellerRef,
    Settles,
    TaxGroup,
    TaxId,
    Totals,
    Unit,
    clean,
)
from ledgerline.documents.tax_groups import groups_of, share_groups
from ledgerline.invoicing.model import CreditReason, InvoiceCause
from ledgerline.invoicing.rows.facts import (
    InvoiceFactRow,
    LineFactRow,
    NoteFactRow,
    NoteLineFactRow,
)
from ledgerline.payments.rows.facts import PaymentFactRow, RefundFactRow
from ledgerline.pricing.rules.portion import portion
from ledgerline.receipts.model import ReceiptKind
from ledgerline.receipts.rows import ReceiptRow

CARD: Final = "card"


@dataclass(frozen=True, slots=True)
class Registered:
    """The number and the seal that an original has."""

    number: str
    seal: bytes


Spoken = dict[object, tuple[tuple[tuple[Line, RatePart], ...], tuple[TaxGroup, ...]]]
"""Lines and taxes in the words of documents, by what they are made of: many invoices share them."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a body says of its own place, and the parts it takes its words from.

    ``series_id`` is the series it is numbered in and ``language`` the buyer's, a locale such as
    ``de-DE``. ``original`` is where the invoice that it is about is registered.
    """

    series_id: SeriesId
    salt: str
    language: str
    parts: Parts
    spoken: Spoken
    original: Registered | None = None


def invoice_body(
    place: Place,
    invoice: InvoiceFactRow,
    lines: Sequence[LineFactRow],
    *,
    buyer: Buyer | None,
    payment: PaymentFactRow | None,
) -> Body:
    """Build an invoice; without a ``buyer`` it is a simplified one.

    What a renewal is paid with is not known when it is issued, so its body asks for payment. Other
    invoices are numbered once they are paid, and say by what.
    """
    market = place.parts.market(invoice.market_code, invoice.release_no)
    said, groups = _spoken(place, invoice, lines, market)
    return Body(
        format=FORMAT,
        kind=Kind.SIMPLIFIED_INVOICE if buyer is None else Kind.INVOICE,
        id=encode(PREFIXES["invoice"], invoice.id),
        series=str(place.series_id),
        salt=place.salt,
        issue_date=invoice.issued_on.isoformat(),
        issued_at=_instant(invoice.issued_at),
        due_date=invoice.due_on.isoformat(),
        currency=invoice.currency,
        exponent=exponent(Currency(invoice.currency)),
        language=place.language,
        market=invoice.market_code,
        behavior=market.behavior,
        cause=invoice.cause,
        seller=SellerRef(part=place.parts.seller_hash(invoice.seller_code, invoice.release_no)),
        buyer=buyer,
        lines=tuple(line for line, _ in said),
        tax_groups=groups,
        totals=_invoice_totals(invoice, said),
        payments=_payments(invoice, payment),
        references=References(
            subscription=encode(PREFIXES["subscription"], invoice.subscription_id)
        ),
    )


def credit_note_body(
    place: Place,
    note: NoteFactRow,
    lines: Sequence[NoteLineFactRow],
    *,
    invoice: InvoiceFactRow,
    of: Sequence[LineFactRow],
    buyer: Buyer | None,
) -> Body:
    """Build a credit note of an invoice with the lines ``of``, in the words of that invoice."""
    market = place.parts.market(invoice.market_code, invoice.release_no)
    _, groups = _spoken(place, invoice, of, market)
    on = min(row.period_start for row in of)
    said = [_note_line(row, invoice, place.parts, on=on) for row in lines]
    return Body(
        format=FORMAT,
        kind=Kind.CREDIT_NOTE,
        id=encode(PREFIXES["credit_note"], note.id),
        series=str(place.series_id),
        salt=place.salt,
        issue_date=note.issued_on.isoformat(),
        issued_at=_instant(note.issued_at),
        currency=invoice.currency,
        exponent=exponent(Currency(invoice.currency)),
        language=place.language,
        market=invoice.market_code,
        behavior=market.behavior,
        reason=note.reason,
        settles=_settles(note),
        seller=SellerRef(part=place.parts.seller_hash(invoice.seller_code, note.release_no)),
        buyer=buyer,
        lines=tuple(line for line, _ in said),
        tax_groups=share_groups(said, groups),
        totals=Totals(net=note.net_minor, tax=note.tax_minor, gross=note.total_minor),
        references=References(
            subscription=encode(PREFIXES["subscription"], invoice.subscription_id),
            original=_original(invoice, place.original),
        ),
    )


def receipt_body(
    place: Place,
    receipt: ReceiptRow,
    *,
    invoice: InvoiceFactRow,
    proven: Body | None,
    payment: PaymentFactRow,
    refund: RefundFactRow | None,
) -> Body:
    """Build the proof of a payment or a refund; it names no buyer, for no law asks it to.

    ``proven`` is the invoice that was paid or the credit note that was paid out; a refund of money
    that came for nothing has none.
    """
    is_refund = receipt.kind != ReceiptKind.PAYMENT
    reference = payment.psp_ref if refund is None else refund.psp_ref
    note_id = None if refund is None else refund.credit_note_id
    day = receipt.issued_on.isoformat()
    return Body(
        format=FORMAT,
        kind=Kind.REFUND_RECEIPT if is_refund else Kind.RECEIPT,
        id=encode(PREFIXES["receipt"], receipt.id),
        series=str(place.series_id),
        salt=place.salt,
        issue_date=day,
        issued_at=_instant(receipt.issued_at),
        currency=receipt.currency,
        exponent=exponent(Currency(receipt.currency)),
        language=place.language,
        market=invoice.market_code,
        behavior=place.parts.market(invoice.market_code, invoice.release_no).behavior,
        seller=SellerRef(part=place.parts.seller_hash(receipt.seller_code, receipt.release_no)),
        lines=() if proven is None else proven.lines,
        tax_groups=() if proven is None else proven.tax_groups,
        totals=_receipt_totals(receipt, proven),
        payments=(card(payment, reference, day, receipt.amount_minor),),
        references=References(
            subscription=encode(PREFIXES["subscription"], invoice.subscription_id),
            original=_original(invoice, place.original),
            payment=encode(PREFIXES["payment"], receipt.payment_id),
            refund=encode(PREFIXES["refund"], receipt.subject_id) if is_refund else None,
            credit_note=None if note_id is None else encode(PREFIXES["credit_note"], note_id),
        ),
    )


def buyer_of(buyer: customers.Buyer) -> Buyer:
    """Write who a full invoice names."""
    address = buyer.address
    return Buyer(
        business=buyer.tax_status is customers.TaxStatus.BUSINESS,
        name=_clean(buyer.name),
        address=None
        if address is None
        else Address(
            line1=clean(address.line1),
            line2=_clean(address.line2),
            postal_code=_clean(address.postal_code),
            city=clean(address.city),
            region=_clean(address.region),
            country=address.country,
        ),
        tax_ids=tuple(
            TaxId(type=one.type, value=one.value, check=one.check) for one in buyer.tax_ids
        ),
    )


def _clean(text: str | None) -> str | None:
    return None if text is None else clean(text) or None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _spoken(
    place: Place, invoice: InvoiceFactRow, lines: Sequence[LineFactRow], market: MarketPart
) -> tuple[tuple[tuple[Line, RatePart], ...], tuple[TaxGroup, ...]]:
    """Say the lines of an invoice and their taxes; what was said of equal lines is said again."""
    key = (invoice.market_code, invoice.release_no, *(row[1:] for row in lines))
    held = place.spoken.get(key)
    if held is None:
        on = min(row.period_start for row in lines)
        said = tuple(_line(row, invoice, place.parts, on=on) for row in lines)
        held = place.spoken[key] = (said, groups_of(said, market))
    return held


def _line(
    row: LineFactRow, invoice: InvoiceFactRow, parts: Parts, *, on: date
) -> tuple[Line, RatePart]:
    """Say a line; ``on`` is the first day of its bill, whose rates hold for all of it."""
    release_no = invoice.release_no
    rate = parts.rate(
        invoice.market_code, row.tax_category, release_no,
        rate_ppm=row.tax_rate_ppm, on=on,
    )  # fmt: skip
    stated = row.gross_minor if row.tax_behavior == TaxBehavior.INCLUSIVE else row.net_minor
    discount = _discount(row, stated)
    line = Line(
        no=row.line_no,
        text=parts.plan(row.plan_code, release_no).name,
        plan=row.plan_code,
        component=row.component,
        kind=row.kind,
        period=Period(start=row.period_start.isoformat(), end=row.period_end.isoformat()),
        quantity=row.quantity,
        unit=Unit(num=row.unit_num, den=row.unit_den),
        amount=stated + discount,
        discount=discount,
        net=row.net_minor,
        tax=row.tax_minor,
        gross=row.gross_minor,
        treatment=rate.treatment,
        rate_ppm=row.tax_rate_ppm,
    )
    return line, rate


def _discount(row: LineFactRow, stated: int) -> int:
    """Return what a line would have been more without its discount, over its days."""
    if not row.discount_minor:
        return 0
    period, grid = Days(row.period_start, row.period_end), Days(row.grid_start, row.grid_end)
    full = portion(row.grid_minor + row.discount_minor, piece=period, grid=grid)
    return full - stated


def _note_line(
    row: NoteLineFactRow, invoice: InvoiceFactRow, parts: Parts, *, on: date
) -> tuple[Line, RatePart]:
    rate = parts.rate(
        invoice.market_code, row.tax_category, invoice.release_no,
        rate_ppm=row.tax_rate_ppm, on=on,
    )  # fmt: skip
    inclusive = row.tax_behavior == TaxBehavior.INCLUSIVE
    line = Line(
        no=row.line_no,
        text=parts.plan(row.plan_code, invoice.release_no).name,
        plan=row.plan_code,
        component=row.component,
        kind=row.kind,
        period=Period(start=row.credit_start.isoformat(), end=row.credit_end.isoformat()),
        quantity=row.quantity,
        amount=row.gross_minor if inclusive else row.net_minor,
        net=row.net_minor,
        tax=row.tax_minor,
        gross=row.gross_minor,
        treatment=rate.treatment,
        rate_ppm=row.tax_rate_ppm,
    )
    return line, rate


def _invoice_totals(invoice: InvoiceFactRow, said: Sequence[tuple[Line, RatePart]]) -> Totals:
    left = invoice.total_minor - invoice.from_credit_minor - invoice.from_notes_minor
    asks = invoice.cause == InvoiceCause.RENEWAL
    return Totals(
        net=invoice.net_minor,
        tax=invoice.tax_minor,
        gross=invoice.total_minor,
        discount=sum(line.discount for line, _ in said),
        from_credit=invoice.from_credit_minor,
        from_notes=invoice.from_notes_minor,
        paid=0 if asks else left,
        payable=left if asks else 0,
    )


def _receipt_totals(receipt: ReceiptRow, proven: Body | None) -> Totals:
    if proven is None:
        return Totals(
            net=receipt.amount_minor, tax=0, gross=receipt.amount_minor, paid=receipt.amount_minor
        )
    said = proven.totals
    return Totals(
        net=said.net,
        tax=said.tax,
        gross=said.gross,
        discount=said.discount,
        from_credit=said.from_credit,
        from_notes=said.from_notes,
        paid=receipt.amount_minor,
    )


def _payments(invoice: InvoiceFactRow, payment: PaymentFactRow | None) -> tuple[Payment, ...]:
    if payment is None or invoice.paid_on is None or invoice.cause == InvoiceCause.RENEWAL:
        return ()
    left = invoice.total_minor - invoice.from_credit_minor - invoice.from_notes_minor
    return (card(payment, payment.psp_ref, invoice.paid_on.isoformat(), left),)


def card(payment: PaymentFactRow, reference: str | None, day: str, amount: int) -> Payment:
    """Say how money moved by the card of a payment, on a day that is given as `YYYY-MM-DD`."""
    return Payment(
        method=CARD,
        brand=payment.brand,
        last4=payment.last4,
        reference=reference,
        date=day,
        amount=amount,
    )


def _settles(note: NoteFactRow) -> Settles:
    return Settles.REFUND if note.reason == CreditReason.REFUND else Settles(note.settles)


def _original(invoice: InvoiceFactRow, registered: Registered | None) -> Original:
    return Original(
        id=encode(PREFIXES["invoice"], invoice.id),
        date=invoice.issued_on.isoformat(),
        number=None if registered is None else registered.number,
        seal=None if registered is None else registered.seal.hex(),
    )
