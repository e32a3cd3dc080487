"""The one pricing function: quote, preview, purchase, change and billing run all call it."""

from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from ledgerline.base.money import MINOR_MAX, round_half_away
from ledgerline.catalog.model import PPM
from ledgerline.pricing.model import (
    NO_DISCOUNT,
    AmountTooLarge,
    CouponNotApplicable,
    Discount,
    LineKind,
    Piece,
    Priced,
    PricedLine,
    QuantityRefused,
    TaxGroup,
)
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.tax.arithmetic import TaxableLine, tax_lines

QUANTITY_MAX: Final = 100_000
_DOCUMENTS_KEPT: Final = 4_096  # a billing run prices few distinct documents a million times


@lru_cache(maxsize=_DOCUMENTS_KEPT)
def price(pieces: tuple[Piece, ...]) -> Priced:
    """Price the pieces of one document, which all state their prices the same way.

    Of each piece, unit price × quantity − discount is rounded once for its whole grid period and
    the piece is its portion by days. Tax is rounded once for what is taxed alike in the document,
    as its market rounds, and shared out to the lines. Raises ``QuantityRefused`` and
    ``AmountTooLarge``.
    """
    stated = [_stated(piece) for piece in pieces]
    if not pieces:
        return Priced((), ())
    behavior, rounding = pieces[0].terms.behavior, pieces[0].terms.rounding
    assert all(piece.terms.behavior is behavior for piece in pieces), pieces
    assert all(piece.terms.rounding == rounding for piece in pieces), pieces
    taxed = tax_lines(
        [
            TaxableLine(amount.line, piece.terms.taxation)
            for piece, amount in zip(pieces, stated, strict=True)
        ],
        behavior=behavior,
        rounding=rounding,
    )
    lines = tuple(
        PricedLine(
            kind=piece.kind,
            component=piece.component,
            terms=piece.terms,
            period=piece.period,
            grid=piece.grid,
            grid_minor=amount.grid,
            discount_minor=amount.discount,
            net_minor=tax.net,
            tax_minor=tax.tax,
            gross_minor=tax.gross,
        )
        for piece, amount, tax in zip(pieces, stated, taxed.lines, strict=True)
    )
    groups = tuple(
        TaxGroup(
            taxation=taxation,
            net_minor=group.total.net,
            tax_minor=group.total.tax,
            components_minor=group.components,
        )
        for taxation, group in taxed.groups.items()
    )
    return Priced(lines, groups)


class _Stated(NamedTuple):
    """The amounts of a piece before tax, in the basis of its price: whole period, off it, piece."""

    grid: int
    discount: int
    line: int


def _stated(piece: Piece) -> _Stated:
    terms = piece.terms
    if not 1 <= terms.quantity <= QUANTITY_MAX:
        raise QuantityRefused(
            f"a quantity lies between 1 and {QUANTITY_MAX}", quantity=terms.quantity
        )
    if piece.kind is LineKind.TRIAL:
        return _Stated(0, 0, 0)
    full = round_half_away(terms.unit * terms.quantity)
    if full > MINOR_MAX:
        raise AmountTooLarge("the line exceeds the largest amount", amount_minor=full)
    discount = discounted(full, terms.discount)
    net = full - discount
    return _Stated(net, discount, portion(net, piece=piece.period, grid=piece.grid))


def discounted(full_minor: int, discount: Discount) -> int:
    """Return what a discount takes off; never more than there is."""
    share = round_half_away(Fraction(full_minor * discount.percent_ppm, PPM))
    return min(full_minor, share + discount.amount_minor)


def discount_of(
    percent_ppm: int | None, amount_minor: int | None, coupon_currency: str | None, currency: str
) -> Discount:
    """Turn a coupon's columns into a discount; raises ``CouponNotApplicable``."""
    if amount_minor is not None and coupon_currency != currency:
        raise CouponNotApplicable(
            "the coupon is for another currency", coupon=coupon_currency, currency=currency
        )
    if percent_ppm is None and amount_minor is None:
        return NO_DISCOUNT
    return Discount(percent_ppm or 0, amount_minor or 0)
