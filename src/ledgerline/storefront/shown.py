"""What an order and a purchase say on a page: amounts, days and rates in one language."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from ledgerline.base.money import Currency, exponent
from ledgerline.catalog.model import TaxBehavior
from ledgerline.catalog.rows import PlanRow, SellerRow
from ledgerline.payments.rows.shown import PaymentMethodView
from ledgerline.pricing.model import PricedLine
from ledgerline.purchases.rows import PurchaseView
from ledgerline.rules.quote import Quote, Stage
from ledgerline.web.language import Language
from ledgerline.web.pages import isolated


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """One line of the sum."""

    text: str
    note: str
    amount: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStage:
    """What is paid each period from a day on."""

    on: Markup
    price: Markup
    count: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOrder:
    """What is bought and what it costs: today, and from the next payment on.

    ``price`` is what it costs each period once nothing is reduced any more; ``stages`` say from
    when which amount is paid, the last until the customer cancels.
    """

    plan: str
    quantity: int
    price: Markup
    count: int
    unit: str
    rate: Markup | None
    inclusive: bool
    lines: Sequence[ShownLine]
    coupon: str | None
    reduced: Markup | None
    stages: Sequence[ShownStage]
    tax: Markup | None
    credit: Markup | None
    due: Markup
    due_minor: int
    trial_days: int
    next_on: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPurchase:
    """What was bought, or is being paid."""

    plan: str
    quantity: int
    total: Markup
    tax: Markup | None
    credit: Markup | None
    due: Markup
    next_on: Markup | None
    next_amount: Markup | None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one language; every amount is kept in order within lines of either direction."""

    language: Language

    def money(self, minor: int, currency: str) -> Markup:
        """Write an amount."""
        decimals = exponent(Currency(currency))
        return isolated(self.language.locality.money(minor, currency, decimals))

    def day(self, day: date) -> Markup:
        """Write a day."""
        return isolated(self.language.locality.day(day))

    def order(self, quote: Quote, plan: PlanRow) -> ShownOrder:
        """Write a quote: of a trial what follows it, else what is paid now."""
        currency, after, stages = quote.price.currency, quote.after, quote.stages
        bill = after.bill if quote.free and after is not None else quote.bill
        regular = stages[-1].gross_minor if stages else quote.bill.gross_minor
        priced = bill.priced
        reduced = sum(line.discount_minor for line in priced.lines)
        rates = sorted({line.terms.tax_rate_ppm for line in priced.lines})
        rate = None
        if len(rates) == 1 and rates[0]:
            rate = isolated(self.language.locality.rate(rates[0]))
        return ShownOrder(
            plan=plan.name,
            quantity=quote.order.quantity,
            price=self.money(regular, currency),
            count=quote.price.cadence_count,
            unit=quote.price.cadence_unit,
            rate=rate,
            inclusive=quote.price.tax_behavior == TaxBehavior.INCLUSIVE,
            lines=[self._line(line) for line in priced.lines],
            coupon=quote.order.coupon_code,
            reduced=self.money(-reduced, currency) if reduced else None,
            stages=[self._stage(one, currency) for one in stages],
            tax=self.money(priced.tax_minor, currency) if priced.tax_minor else None,
            credit=self.money(-quote.credit_used_minor, currency)
            if quote.credit_used_minor
            else None,
            due=self.money(quote.due_now_minor, currency),
            due_minor=quote.due_now_minor,
            trial_days=quote.period.days if quote.free else 0,
            next_on=None if after is None else self.day(after.on),
        )

    def purchase(
        self, row: PurchaseView, plan: PlanRow, *, next_at: datetime | None, next_minor: int | None
    ) -> ShownPurchase:
        """Write a purchase, and the payment that follows it."""
        currency, used = row.currency, row.credit_used_minor
        on = None if next_at is None else next_at.astimezone(ZoneInfo(row.zone)).date()
        return ShownPurchase(
            plan=plan.name,
            quantity=row.quantity,
            total=self.money(row.total_minor, currency),
            tax=self.money(row.tax_minor, currency) if row.tax_minor else None,
            credit=self.money(-used, currency) if used else None,
            due=self.money(row.total_minor - used, currency),
            next_on=None if on is None else self.day(on),
            next_amount=None if next_minor is None else self.money(next_minor, currency),
        )

    def price(self, num: int, den: int, currency: str) -> Markup:
        """Write an exact price."""
        decimals = exponent(Currency(currency))
        return isolated(self.language.locality.unit_price(num, den, currency, decimals))

    def _stage(self, stage: Stage, currency: str) -> ShownStage:
        return ShownStage(
            on=self.day(stage.on),
            price=self.money(stage.gross_minor, currency),
            count=stage.cadence.count,
            unit=stage.cadence.unit,
        )

    def _line(self, line: PricedLine) -> ShownLine:
        """Write what a line costs before a coupon, which has a line of its own."""
        name, quantity = line.terms.plan_name, line.terms.quantity
        inclusive = line.terms.behavior is TaxBehavior.INCLUSIVE
        minor = (line.gross_minor if inclusive else line.net_minor) + line.discount_minor
        return ShownLine(
            text=name if quantity == 1 else f"{name} × {quantity}",
            note=self.language.locality.span(line.period.start, line.period.end),
            amount=self.money(minor, line.terms.currency),
        )


def card_name(row: PaymentMethodView) -> str:
    """Name a payment method as people know it."""
    return f"{row.brand.replace('_', ' ').title()} •••• {row.last4}"


def logo_of(seller: SellerRow) -> str | None:
    """Return a seller's logo as an image that carries itself; as an image it runs no script."""
    if seller.logo is None:
        return None
    return "data:image/svg+xml;base64," + base64.b64encode(seller.logo.encode()).decode()
