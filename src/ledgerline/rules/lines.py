"""Which stretches of a period are to be billed, and what they cost: asked by every decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ledgerline.base.calendar import Period
from ledgerline.pricing.model import LineKind, Piece, Priced
from ledgerline.pricing.rules.price import price
from ledgerline.rules.terms import Book
from ledgerline.subscriptions.model import BASE, is_fee
from ledgerline.subscriptions.rows import ItemRow, OfferRow


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one item in which nothing changes: ``position`` is its place in the items."""

    position: int
    start: date
    end: date
    offers: tuple[OfferRow, ...]


@dataclass(frozen=True, slots=True)
class Bill:
    """The lines of one document and which items they are of, position by position."""

    priced: Priced
    positions: tuple[int, ...]

    @property
    def gross_minor(self) -> int:
        """What is claimed with tax."""
        return self.priced.gross_minor


def segments(
    items: Sequence[ItemRow], offers: Sequence[OfferRow], period: Period
) -> tuple[Segment, ...]:
    """Cut a period where an item or an offer begins or ends: the base first, then as they came.

    Items of no day and what lies outside the period give nothing. A fee lies on its first day.
    """
    found: list[Segment] = []
    order = sorted(range(len(items)), key=lambda n: (items[n].component != BASE, n))
    for position in order:
        item = items[position]
        start = max(item.starts_on, period.start)
        end = period.end if item.ends_on is None else min(item.ends_on, period.end)
        if start >= end:
            continue
        mine = [
            offer
            for offer in offers
            if offer.component == item.component
            and offer.from_on < end
            and (offer.until_on is None or offer.until_on > start)
        ]
        cuts = {day for offer in mine for day in (offer.from_on, offer.until_on) if day is not None}
        edges = [start, *sorted(day for day in cuts if start < day < end), end]
        found += [
            Segment(position, first, last, tuple(_in_force(mine, first)))
            for first, last in pairwise(edges)
        ]
    return tuple(found)


def _in_force(offers: Sequence[OfferRow], day: date) -> list[OfferRow]:
    return [
        offer
        for offer in offers
        if offer.from_on <= day and (offer.until_on is None or day < offer.until_on)
    ]


def bill(
    items: Sequence[ItemRow],
    offers: Sequence[OfferRow],
    *,
    period: Period,
    grid: Period,
    book: Book,
    free: bool = False,
) -> Bill:
    """Price what the items are owed for ``period``, a piece of the grid period ``grid``.

    The tax of every line is that of the first day of the period. ``free`` time is a trial: its
    lines are 0 and fees wait for the first paid day. Raises what ``Book.terms`` and ``price``
    raise.
    """
    found = segments(items, offers, period)
    pieces = []
    for one in found:
        item = items[one.position]
        terms = book.terms(
            item.price_id,
            quantity=item.quantity,
            offers=one.offers,
            grid=grid,
            tax_point=period.start,
        )
        stretch = Period(one.start, one.end)
        fee = is_fee(item.component)
        kind = LineKind.FIXED if fee else LineKind.TRIAL if free else LineKind.RECURRING
        pieces.append(
            Piece(
                kind=kind,
                component=item.component,
                terms=terms,
                period=stretch,
                grid=stretch if fee or free else grid,
            )
        )
    return Bill(price(tuple(pieces)), tuple(one.position for one in found))
