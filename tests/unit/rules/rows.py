"""Rows of one subscription, said in a line each."""

from datetime import date

from ledgerline.base.calendar import Cadence
from ledgerline.base.ids import Bucket
from ledgerline.subscriptions.rows import ItemRow, OfferRow
from tests.unit.rules.sold import ALWAYS, MONTHLY, price_id
from tests.unit.rules.story import ID


def item(
    no: int,
    start: str,
    end: str | None = None,
    *,
    component: str = "base",
    plan: str = "plan",
    quantity: int = 1,
) -> ItemRow:
    """Have a plan of the story's catalog from a date on."""
    of_price = component.partition(":")[0]
    return ItemRow(
        bucket=Bucket(7),
        subscription_id=ID,
        no=no,
        component=component,
        plan_code=plan,
        phase_no=1,
        price_id=price_id(plan, 1, of_price, ALWAYS),
        quantity=quantity,
        starts_on=date.fromisoformat(start),
        ends_on=None if end is None else date.fromisoformat(end),
    )


def offer(
    no: int,
    code: str,
    start: str,
    end: str | None = None,
    *,
    on: str = "base",
    per: Cadence = MONTHLY,
) -> OfferRow:
    """Reduce a component from a date on."""
    return OfferRow(
        bucket=Bucket(7),
        subscription_id=ID,
        no=no,
        offer_code=code,
        component=on,
        from_on=date.fromisoformat(start),
        until_on=None if end is None else date.fromisoformat(end),
        periods=None,
        cadence_count=per.count,
        cadence_unit=per.unit,
    )
