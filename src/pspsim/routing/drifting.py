"""How approval drifts: levels that revert to their mean, that jump, and outages."""

from math import exp, sqrt
from typing import Final, NamedTuple

from pspsim.routing.chance import Chance
from pspsim.routing.traffic import BRANDS, DAY, HOUR

STEP: Final = 600
"""Seconds for which everything keeps its level."""


class Drift(NamedTuple):
    """Spread of a level at any time, days after which it is forgotten, days between jumps."""

    spread: float
    days: float
    jump_days: float = 0.0


class Outage(NamedTuple):
    """Time ``[start, end)`` in which an account approves only ``left`` of what it would."""

    start: int
    end: int
    account: int
    brand: str | None
    left: float


def path(chance: Chance, drift: Drift, steps: int, stream: str, *entity: str | int) -> list[float]:
    """Draw a level for each step; at a jump it is drawn anew."""
    if drift.spread <= 0:
        return [0.0] * steps
    kept = exp(-STEP / (drift.days * DAY))
    fresh = drift.spread * sqrt(1 - kept * kept)
    jump = STEP / (drift.jump_days * DAY) if drift.jump_days else 0.0
    level = drift.spread * chance.normal(stream, "start", *entity)
    levels = []
    for step in range(steps):
        levels.append(level)
        level = kept * level + fresh * chance.normal(stream, step, *entity)
        if jump and chance.uniform(stream, "jump", step, *entity) < jump:
            level = drift.spread * chance.normal(stream, "landing", step, *entity)
    return levels


def outages(
    chance: Chance, *, accounts: int, days: int, every_days: float, left: tuple[float, float]
) -> list[Outage]:
    """Draw the outages of each account: minutes to hours long, a third of them of one brand."""
    found = []
    for account in range(accounts):
        at, no = chance.wait(every_days * DAY, "outage", account, 0), 0
        while at < days * DAY:
            entity = (account, no)
            lasts = min(HOUR * chance.lognormal(0.9, "outage lasts", *entity), 8 * HOUR)
            is_partial = chance.uniform("outage brand", *entity) < 1 / 3
            brand = (
                BRANDS[int(2 * chance.uniform("which brand", *entity)) == 0] if is_partial else None
            )
            share = chance.between(*left, "outage left", *entity)
            found.append(
                Outage(start=int(at), end=int(at + lasts), account=account, brand=brand, left=share)
            )
            no += 1
            at += lasts + chance.wait(every_days * DAY, "outage", account, no)
    return found
