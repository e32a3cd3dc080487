"""What a whole period of what is had together costs, and what that is worth by month."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.calendar import Cadence, Period, Unit
from ledgerline.base.ids import Bucket, SubscriptionId
from ledgerline.base.money import round_half_away
from ledgerline.pricing.model import LineKind, Piece
from ledgerline.pricing.rules.price import price
from ledgerline.rules.terms import Book, cadence_of
from ledgerline.rules.timeline import Offer, Step
from ledgerline.subscriptions.rows import OfferRow

E4: Final = 10_000
_A_YEAR: Final = {Unit.YEAR: 1, Unit.MONTH: 12, Unit.WEEK: 52, Unit.DAY: 365}
_NOBODY: Final = SubscriptionId(UUID(int=0))  # what is alike is priced once, whosever it is


class Worth(NamedTuple):
    """What a period of one component costs without tax, by which rate, and its worth by month."""

    net_minor: int
    rate_ppm: int
    mrr_e4: int


def monthly_e4(net_minor: int, cadence: Cadence) -> int:
    """Return what a period costs by month, in ten-thousandths.

    A year has 12 months, 52 weeks or 365 days.
    """
    by_month = Fraction(_A_YEAR[cadence.unit], 12 * cadence.count)
    return round_half_away(net_minor * E4 * by_month)


@dataclass(frozen=True, slots=True)
class Till:
    """Prices whole periods by a book, and remembers: a million subscriptions have few terms."""

    book: Book
    _known: dict[tuple[object, ...], tuple[Worth, ...]] = field(default_factory=dict)

    def worth(
        self, steps: Sequence[Step], offers: Sequence[Offer], period: Period
    ) -> tuple[Worth, ...]:
        """Return the worth of each step, under the offers in force.

        What an offer takes off one period alone is not recurring and does not count, unless it
        leaves nothing to be paid. Raises what pricing raises.
        """
        key: tuple[object, ...] = (
            *((one.component, one.price_id.int, one.quantity) for one in steps),
            *(self._rated(one, period) for one in steps),
            *((period, *offers) if offers else ()),
        )
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._priced(steps, offers, period)
        return known

    def _rated(self, step: Step, period: Period) -> date:
        """Return since when the rate holds by which a step is taxed."""
        row = self.book.price(step.price_id)
        point = max(period.start, step.starts_on)
        return self.book.rates.at(row.market_code, row.tax_category, on=point).valid_from

    def _priced(
        self, steps: Sequence[Step], offers: Sequence[Offer], period: Period
    ) -> tuple[Worth, ...]:
        if not steps:
            return ()
        held = [_row(one) for one in offers]
        lasting = [one for one in held if one.periods != 1]
        pieces = self._pieces(steps, lasting, period)
        nets = [line.net_minor for line in price(pieces).lines]
        if len(lasting) < len(held):
            reduced = price(self._pieces(steps, held, period)).lines
            nets = [net if line.net_minor else 0 for net, line in zip(nets, reduced, strict=True)]
        cadence = cadence_of(self.book.price(steps[0].price_id))
        return tuple(
            Worth(net, piece.terms.tax_rate_ppm, monthly_e4(net, cadence))
            for net, piece in zip(nets, pieces, strict=True)
        )

    def _pieces(
        self, steps: Sequence[Step], offers: Sequence[OfferRow], period: Period
    ) -> tuple[Piece, ...]:
        return tuple(
            Piece(
                kind=LineKind.RECURRING,
                component=step.component,
                terms=self.book.terms(
                    step.price_id,
                    quantity=step.quantity,
                    offers=[one for one in offers if one.component == step.component],
                    grid=period,
                    tax_point=max(period.start, step.starts_on),
                ),
                period=period,
                grid=period,
            )
            for step in steps
        )


def _row(offer: Offer) -> OfferRow:
    return OfferRow(
        bucket=Bucket(0),
        subscription_id=_NOBODY,
        no=1,
        offer_code=offer.code,
        component=offer.component,
        from_on=offer.from_on,
        until_on=offer.until_on,
        periods=offer.periods,
        cadence_count=offer.per.count,
        cadence_unit=offer.per.unit,
    )
