"""A document in the business terms of EN 16931 (BT-…), which both syntaxes write.

Everything is decided here, once: codes, texts, decimals, and what a line's price and quantity are.
Texts are plain (`writing.plain`) and not escaped; amounts are written as they appear.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from ledgerline.documents.einvoice import writing
from ledgerline.documents.einvoice.categories import (
    CATEGORY,
    REASON_CODE,
    Category,
    Identified,
    identify_buyer,
    identify_seller,
)
from ledgerline.documents.einvoice.check import check
from ledgerline.documents.einvoice.reasons import reason_for
from ledgerline.documents.einvoice.refusals import EinvoiceNotNumbered
from ledgerline.documents.einvoice.writing import plain
from ledgerline.documents.snapshot import (
    Address,
    Body,
    Document,
    Kind,
    Line,
    Period,
    Settles,
    TaxGroup,
)

SPECIFICATION: Final = "urn:cen.eu:en16931:2017"
INVOICE: Final = "380"
CREDIT_NOTE: Final = "381"
DISCOUNT_CODE: Final = "95"  # UNTDID 5189
DISCOUNT: Final = "Discount"
UNIT: Final = "C62"  # UN/ECE Recommendation 20: one
EMAIL_SCHEME: Final = "EM"

# UNTDID 4461. A card's network has to be named in UBL.
_CARD: Final = "48"
_MEANS: Final = {"card": _CARD, "sepa_debit": "59"}
_NO_MEANS: Final = "1"
_SET_OFF: Final = "97"
_LAST_DIGITS: Final = 4
_UNKNOWN_NETWORK: Final = "card"
_PPM: Final = 10**6
_PRICE_PLACES: Final = 6  # below the minor unit, as prices of a catalog


class Party(NamedTuple):
    """Seller (BG-4) or buyer (BG-7)."""

    name: str
    trade_name: str | None
    ids: Identified
    address: Address
    email: str | None


class Span(NamedTuple):
    """First and last day of a period (BG-14, BG-26), both in it."""

    first: str
    last: str


class Means(NamedTuple):
    """How money moves (BG-16); ``last4`` and ``network`` are of a card (BG-18)."""

    code: str
    network: str | None
    last4: str | None


class TermLine(NamedTuple):
    """A line (BG-25): ``quantity`` times ``price`` less ``allowance`` is ``net``, exactly.

    ``number`` counts the lines of this document: a credit note may credit a line in two parts.
    """

    number: str
    name: str
    description: str | None
    item: str | None
    quantity: str
    price: str
    allowance: str | None
    net: str
    span: Span
    category: Category
    rate: str | None


class Breakdown(NamedTuple):
    """Lines of one category and rate (BG-23)."""

    category: Category
    rate: str | None
    base: str
    tax: str
    reason: str | None
    reason_code: str | None


class Sums(NamedTuple):
    """Totals of the document (BG-22); ``prepaid`` is None where nothing was."""

    net: str
    tax: str
    gross: str
    prepaid: str | None
    payable: str


class Original(NamedTuple):
    """The invoice that a credit note is about (BG-3)."""

    number: str
    date: str


class Terms(NamedTuple):
    """A document in the standard's words."""

    type_code: str
    number: str
    issue_date: str
    due_date: str | None
    currency: str
    contract: str | None
    original: Original | None
    seller: Party
    buyer: Party
    means: Means | None
    span: Span
    breakdown: tuple[Breakdown, ...]
    sums: Sums
    lines: tuple[TermLine, ...]


def terms(document: Document) -> Terms:
    """Say a document in the standard's words; raises what `check` does, and without a number."""
    check(document)
    body = document.body
    number = plain(document.number)
    if number is None:
        raise EinvoiceNotNumbered("an e-invoice needs the number of its document", id=body.id)
    seller, buyer = _parties(document)
    credit = body.kind is Kind.CREDIT_NOTE
    original = body.references.original
    spans = [_span(line.period) for line in body.lines]
    return Terms(
        type_code=CREDIT_NOTE if credit else INVOICE,
        number=number,
        issue_date=body.issue_date,
        # what a credit note gives back is due on its day, unless it says another
        due_date=body.due_date or (body.issue_date if credit else None),
        currency=body.currency,
        contract=plain(body.references.subscription),
        original=Original(original.number, original.date)
        if original is not None and original.number is not None
        else None,
        seller=seller,
        buyer=buyer,
        means=_means(body),
        span=Span(min(span.first for span in spans), max(span.last for span in spans)),
        breakdown=_breakdown(body),
        sums=_sums(body),
        lines=tuple(
            _line(position, line, body, span)
            for position, (line, span) in enumerate(zip(body.lines, spans, strict=True), 1)
        ),
    )


def _parties(document: Document) -> tuple[Party, Party]:
    seller, buyer = document.seller, document.body.buyer
    assert buyer is not None, document.body.id
    assert buyer.address is not None, document.body.id
    categories = {CATEGORY[group.treatment] for group in document.body.tax_groups}
    legal, trade = plain(seller.legal_name), plain(seller.name)
    bought_by = plain(buyer.name)
    assert legal is not None, seller.code
    assert bought_by is not None, document.body.id
    return (
        Party(
            name=legal,
            trade_name=trade if trade != legal else None,
            ids=identify_seller(seller, categories),
            address=seller.address,
            email=plain(seller.email),
        ),
        Party(
            name=bought_by,
            trade_name=None,
            ids=identify_buyer(buyer, categories),
            address=buyer.address,
            email=None,
        ),
    )


def _span(period: Period) -> Span:
    """Turn a period without its end into one with its last day; an empty one is a day."""
    last = (date.fromisoformat(period.end) - timedelta(days=1)).isoformat()
    return Span(period.start, max(period.start, last))


def _means(body: Body) -> Means | None:
    if body.payments:
        paid = body.payments[0]
        code = _MEANS.get(paid.method, _NO_MEANS)
        last4 = paid.last4[-_LAST_DIGITS:] if code == _CARD and paid.last4 else None
        network = plain(paid.brand) or _UNKNOWN_NETWORK
        return Means(code, network if last4 else None, last4)
    if body.kind is not Kind.CREDIT_NOTE:
        return None
    returned = body.settles is Settles.REFUND or body.settles is None
    return Means(_NO_MEANS if returned else _SET_OFF, None, None)


def _breakdown(body: Body) -> tuple[Breakdown, ...]:
    """Join groups that the standard does not tell apart, such as two reasons of exemption."""
    joined: dict[tuple[Category, int], list[TaxGroup]] = {}
    for group in body.tax_groups:
        joined.setdefault((CATEGORY[group.treatment], group.rate_ppm), []).append(group)
    return tuple(
        Breakdown(
            category=category,
            rate=_rate(category, rate_ppm),
            base=writing.amount(sum(group.base for group in groups), body.exponent),
            tax=writing.amount(sum(group.tax for group in groups), body.exponent),
            reason=_reason(category, groups, body.language),
            reason_code=REASON_CODE.get(category),
        )
        for (category, rate_ppm), groups in joined.items()
    )


def _reason(category: Category, groups: Sequence[TaxGroup], language: str) -> str | None:
    if category in {Category.STANDARD, Category.ZERO}:
        return None  # forbidden (BR-S-10, BR-Z-10)
    texts = (plain(group.reason) or reason_for(group.treatment, language) for group in groups)
    return "; ".join(dict.fromkeys(text for text in texts if text))


def _rate(category: Category, rate_ppm: int) -> str | None:
    return None if category is Category.NOT_SUBJECT else writing.percent(rate_ppm)


def _sums(body: Body) -> Sums:
    totals = body.totals
    prepaid = totals.from_credit + totals.from_notes + totals.paid
    return Sums(
        net=writing.amount(totals.net, body.exponent),
        tax=writing.amount(totals.tax, body.exponent),
        gross=writing.amount(totals.gross, body.exponent),
        prepaid=writing.amount(prepaid, body.exponent) if prepaid else None,
        payable=writing.amount(totals.gross - prepaid, body.exponent),
    )


def _line(position: int, line: Line, body: Body, span: Span) -> TermLine:
    category = CATEGORY[line.treatment]
    before = _net_before(line, inclusive=body.behavior == "inclusive")
    quantity, scaled = _priced(before, line.quantity)
    name = plain(line.text)
    assert name is not None, line
    told = line.quantity == 1 or abs(quantity) == line.quantity
    parts = [part for part in (plain(line.plan), plain(line.component)) if part and part != "base"]
    return TermLine(
        number=str(position),
        name=name,
        description=None if told else f"{line.quantity} × {name}",
        item="/".join(parts) or None,
        quantity=str(quantity),
        price=writing.price(scaled, exponent=body.exponent, extra=_PRICE_PLACES),
        allowance=writing.amount(before - line.net, body.exponent) if before > line.net else None,
        net=writing.amount(line.net, body.exponent),
        span=span,
        category=category,
        rate=_rate(category, line.rate_ppm),
    )


def _net_before(line: Line, *, inclusive: bool) -> int:
    """Give the net that the line would have had without its discount.

    Never less than its net: the last unit of a line's tax is shared out with other lines, and a
    discount of one unit may disappear in it.
    """
    if not line.discount:
        return line.net
    if not inclusive:
        return line.amount
    whole = _PPM + line.rate_ppm
    # half away from zero
    magnitude = (2 * abs(line.amount) * _PPM + whole) // (2 * whole)
    return max(line.net, magnitude if line.amount >= 0 else -magnitude)


def _priced(net: int, quantity: int) -> tuple[int, int]:
    """Find a quantity and a price (in millionths of a minor unit) whose product is ``net``.

    A price is never negative (BR-27): a line that gives back has a negative quantity. Where no
    price of that quantity is exact, the line is one of its whole amount.
    """
    sign = -1 if net < 0 else 1
    scaled = abs(net) * 10**_PRICE_PLACES
    if quantity < 1 or scaled % quantity:
        return sign, scaled
    return sign * quantity, scaled // quantity
