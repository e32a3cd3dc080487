"""To which plans a customer can move by themselves, and when each of them would begin."""

from typing import NamedTuple

from ledgerline.base.errors import Rejected
from ledgerline.catalog.rows import PriceRow
from ledgerline.rules.phases import Shelf
from ledgerline.subscriptions.model import Timing


class Had(NamedTuple):
    """What a customer has: the plan of a subscription at its price."""

    family: str
    currency: str
    plan_code: str
    unit_num: int
    unit_den: int
    cadence_count: int
    cadence_unit: str


class Move(NamedTuple):
    """A plan that can be moved to, and when it would begin."""

    price: PriceRow
    timing: Timing


def moves(held: Had, shelf: Shelf) -> list[Move]:
    """List the other plans of the same family that are sold today, the cheapest first.

    What costs more, or is paid at other intervals, begins at once; what costs less begins when
    the period that is paid is over, so that nothing that was paid for is taken away.
    """
    found = [price for code in shelf.plans if (price := _sold(shelf, code)) is not None]
    fitting = [
        price
        for price in found
        if (price.family, price.currency) == (held.family, held.currency)
        and price.plan_code != held.plan_code
    ]
    ordered = sorted(fitting, key=lambda one: (one.cadence_unit, one.unit_num / one.unit_den))
    return [Move(one, _timing(held, one)) for one in ordered]


def _sold(shelf: Shelf, code: str) -> PriceRow | None:
    try:
        return shelf.base(code)
    except Rejected:
        return None


def _timing(held: Had, price: PriceRow) -> Timing:
    same = (held.cadence_count, held.cadence_unit) == (price.cadence_count, price.cadence_unit)
    cheaper = price.unit_num * held.unit_den < held.unit_num * price.unit_den
    return Timing.PERIOD_END if same and cheaper else Timing.NOW
