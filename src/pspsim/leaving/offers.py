"""An offer that is made to some by lot: who stays because of it, who would have, who leaves of it.

For each customer both ends are drawn by the same luck, so that there are those whom an offer keeps
(persuadable), those who stay or leave anyway (sure, lost), and those whom it reminds to leave
(sleeping dogs). A platform sees one of the two ends.
"""

from typing import Final, NamedTuple

import numpy as np

from pspsim.leaving.crowd import Bools, Crowd, Floats, sigmoid
from pspsim.leaving.world import PRICES, Kind, LeavingWorld, Month
from pspsim.routing.chance import Chance

MONTHS: Final = 3
"""An offer is judged by who is still there so many renewals later."""
_MARGIN: Final = 0.35  # of the price
_STAYS_ON: Final = 12.0  # months, who is still there then
_IDLE: Final = 0.7  # of 30 days without use
_OLD: Final = 15  # months
_OFF: Final = 0.1  # the discount, of the price of three months


class Offered(NamedTuple):
    """An experiment: who was made the offer, who left, who took it, and what both are worth.

    ``leaves_without`` and ``leaves_with`` are the truth as probabilities; ``margin`` is what a
    customer brings who stays, ``discount`` what the offer costs where it is taken, in minor units.
    """

    month: Month
    is_offered: Bools
    left: Bools
    took: Bools
    margin: Floats
    discount: Floats
    leaves_without: Floats
    leaves_with: Floats
    takes: Floats


class _Effects(NamedTuple):
    """How an offer moves the logit of leaving; drawn per seed."""

    level: float
    by_price: float
    by_fall: float
    by_idle: float
    by_young: float
    wakes: float
    takes: float


def offered(world: LeavingWorld, month: Month, *, seed: int, share: float) -> Offered:
    """Make the offer to a ``share`` of the customers of a month, drawn by lot."""
    chance, crowd = Chance(seed), Crowd(seed, world.size)
    who = month.customers
    without = _over_months(world.chance_by_choice(month))
    effects = _drawn(chance)
    if world.kind is Kind.NULL:
        with_it = without
    else:
        moves = _moves(world.kind, month, effects, crowd.normal("reacts")[who])
        with_it = sigmoid(np.log(without / (1 - without)) + moves)
    takes = sigmoid(effects.takes + 0.5 * crowd.normal("takes offers")[who])
    is_offered = crowd.happens(share, "offered", month.no)[who]
    luck = crowd.uniform("leaves in the end", month.no)[who]
    left = luck < np.where(is_offered, with_it, without)
    price = np.array(PRICES, dtype=np.float64)[month.plan]
    return Offered(
        month=month,
        is_offered=is_offered,
        left=left,
        took=is_offered & ~left & (crowd.uniform("takes")[who] < takes),
        margin=price * _MARGIN * _STAYS_ON,
        discount=price * _OFF * MONTHS,
        leaves_without=without,
        leaves_with=with_it,
        takes=takes,
    )


def _over_months(monthly: Floats) -> Floats:
    found: Floats = 1 - (1 - monthly) ** MONTHS
    return found


def _moves(kind: Kind, month: Month, effects: _Effects, reacts: Floats) -> Floats:
    """Return what the offer adds to the logit of leaving; below nothing it keeps."""
    risen = np.exp(-month.since_price / 2.0)
    idle = 1 - month.usage / 30
    falling = np.clip(month.usage_before - month.usage, 0, 15) / 15
    young = np.exp(-month.tenure / 6.0)
    asleep = (idle > _IDLE) & (month.tenure > _OLD)  # pays and has forgotten it
    if kind is Kind.INTERACTION:
        keeps = effects.by_price * risen * (idle < _IDLE) + effects.by_young * young * (
            month.plan != 1
        )
        keeps = keeps + 1.5 * effects.by_fall * falling * (month.tenure <= _OLD)
    else:
        keeps = effects.by_price * risen + effects.by_young * young + effects.by_fall * falling
    keeps = keeps + effects.level + effects.by_idle * idle
    found: Floats = -keeps + effects.wakes * asleep + 0.3 * reacts
    return found


def _drawn(chance: Chance) -> _Effects:
    return _Effects(
        level=chance.between(0.0, 0.5, "offer"),
        by_price=chance.between(0.6, 2.0, "offer by price"),
        by_fall=chance.between(0.4, 1.8, "offer by fall"),
        by_idle=chance.between(-0.6, 0.6, "offer by idle"),
        by_young=chance.between(0.2, 1.4, "offer by young"),
        wakes=chance.between(0.2, 1.6, "offer wakes"),
        takes=chance.between(-0.5, 1.0, "offer taken"),
    )
