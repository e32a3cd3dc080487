"""Why a renewal was refused, and when that passes: what nobody but the world knows."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from pspsim.routing.chance import Chance

_HOUR: Final = timedelta(hours=1)
_SPENT_BY_WEEK: Final = 120  # hours: who never runs out of money is not refused
_SPENT_BY_MONTH: Final = 550


class Cause(StrEnum):
    """Why the money does not come; what is told of it is less."""

    FUNDS = "funds"  # the account is empty until wages come
    SUSPICION = "suspicion"  # the issuer trusts it again after some days, at some hours more
    LIMIT = "limit"  # a limit that a new day or month sets back
    GONE = "gone"  # it never comes


class Payer(NamedTuple):
    """One payer: the cause, when wages come (a day of the month, or a weekday), for how long."""

    cause: Cause
    payday: int  # 1 to 31 by month, the last day where a month is shorter; 0 where by week
    weekday: int
    comes_hour: int
    lasts_hours: int
    trusted_after_hours: int


def holds_money(payer: Payer, local: datetime) -> bool:
    """Say whether wages that came last are not spent yet at a local time."""
    back = timedelta(hours=payer.lasts_hours)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for days in range(payer.lasts_hours // 24 + 2):
        one = day - timedelta(days=days)
        if not _is_payday(payer, one):
            continue
        came = one + payer.comes_hour * _HOUR
        if came <= local < came + back:
            return True
    return False


def _is_payday(payer: Payer, day: datetime) -> bool:
    if not payer.payday:
        return day.weekday() == payer.weekday
    ends = (day + timedelta(days=1)).month != day.month
    return day.day == payer.payday or (ends and day.day < payer.payday)


def drawn_payer(chance: Chance, no: int, weights: tuple[float, ...], habits: "Habits") -> Payer:
    """Draw a payer; ``weights`` are of the causes in order, ``habits`` those of the market."""
    point, cause = chance.uniform("cause", no) * sum(weights), Cause.GONE
    for one, weight in zip(Cause, weights, strict=True):
        if point < weight:
            cause = one
            break
        point -= weight
    weekly = chance.uniform("by week", no) < habits.weekly
    usual = chance.uniform("usual payday", no) < habits.usual
    lasts = 6 + int(chance.lognormal(0.8, "lasts", no) * habits.lasts_hours)
    spread = 1 + int(31 * chance.uniform("payday", no))
    return Payer(
        cause=cause,
        payday=0 if weekly else (habits.payday if usual else spread),
        weekday=habits.weekday if usual else int(7 * chance.uniform("weekday", no)),
        comes_hour=int(chance.between(0, 14, "hour", no)),
        lasts_hours=min(lasts, _SPENT_BY_WEEK if weekly else _SPENT_BY_MONTH),
        trusted_after_hours=int(chance.wait(habits.trusted_hours, "trusted", no)),
    )


class Habits(NamedTuple):
    """How the payers of a market are paid, and how its issuers trust; drawn per seed."""

    weekly: float
    usual: float
    payday: int
    weekday: int
    lasts_hours: float
    trusted_hours: float
    night: float  # how much less is approved outside of business hours
    best_part: int  # the part of the day (of four) that an issuer prefers, where hours matter


def drawn_habits(chance: Chance, market: str) -> Habits:
    """Draw a market."""
    return Habits(
        weekly=chance.between(0.0, 0.5, "weekly", market),
        usual=chance.between(0.5, 0.9, "usual", market),
        payday=(1, 5, 15, 25, 28, 31)[int(6 * chance.uniform("payday of market", market))],
        weekday=(3, 4, 4, 4)[int(4 * chance.uniform("weekday of market", market))],
        lasts_hours=chance.between(36, 120, "lasts", market),
        trusted_hours=chance.between(24, 120, "trusted hours", market),
        night=chance.between(0.1, 0.5, "night", market),
        best_part=int(4 * chance.uniform("best part", market)),
    )
