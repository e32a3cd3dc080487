"""What is known of a renewal a week before it, as facts that a model of churn adds up."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.known import FutureFeature
from ledgerline.ml.evaluate.log import Ints
from ledgerline.ml.train.facts import Dated, Fact, Facts, banded, worded

NEVER: Final = 100_000
"""Days since something that did not happen."""
AHEAD_DAYS: Final = 7
"""So long before a renewal it is asked who will leave."""
AFTER_DAYS: Final = 31
"""So long after it counts who left: also who leaves at the end of the month that it begins."""
MATURE_DAYS: Final = AHEAD_DAYS + AFTER_DAYS
_TENURE: Final = (45, 100, 190, 380, 750)  # days
_USAGE: Final = (1, 4, 8, 13, 19, 25)  # days of the last 30
_FALL: Final = (1, 4, 8)  # days of use fewer than the month before
_SINCE: Final = (16, 46, 76, 106, 200)  # days
_PAUSES: Final = (1, 2)
_FAILURES: Final = (1, 2, 3)
_FAILED: Final = (16, 46, 76, 140)  # days


BANDS: Final[Mapping[str, tuple[tuple[int, ...], str]]] = {
    "tenure": (_TENURE, "days"),
    "usage": (_USAGE, "days of 30"),
    "fall": (_FALL, "days"),
    "price": (_SINCE, "days"),
    "pauses": (_PAUSES, "times"),
    "failures": (_FAILURES, "times"),
    "failed": (_FAILED, "days"),
}
"""Facts that are cut into bands: where, and in what they are counted."""
_SINCE_WHEN: Final = ("price", "failed")


class Said(NamedTuple):
    """Words by row, and the day on which each was known, as an ordinal."""

    words: Sequence[str]
    known_on: Ints


class Renewals(NamedTuple):
    """Renewals that were ahead, each with what was known of it and since which day.

    Days are ordinals. ``price_days``, ``failure_days`` count days since the price rose and since a
    renewal was refused at first, ``NEVER`` where neither did. ``usage`` is days with use of the
    last 30 and ``usage_before`` of the 30 before; None where nobody keeps that.
    """

    decided_on: Ints
    plan: Said
    market: Said
    cadence: Said
    tenure_days: Dated
    price_days: Dated
    pauses: Dated
    failures: Dated
    failure_days: Dated
    usage: Dated | None = None
    usage_before: Dated | None = None


def facts_of(renewals: Renewals) -> Facts:
    """Return the facts of renewals; the same function trains and scores.

    Raises ``FutureFeature`` where anything was not known yet when it was decided.
    """
    of = renewals
    for name, one in zip(of._fields, of, strict=True):
        if isinstance(one, Dated | Said) and np.any(one.known_on > of.decided_on):
            raise FutureFeature(name)
    return {
        "plan": worded(of.plan.words),
        "market": worded(of.market.words),
        "cadence": worded(of.cadence.words),
        "tenure": banded(of.tenure_days.values, _TENURE),
        "price": banded(of.price_days.values, _SINCE),
        "pauses": banded(of.pauses.values, _PAUSES),
        "failures": banded(of.failures.values, _FAILURES),
        "failed": banded(of.failure_days.values, _FAILED),
        **_of_use(of),
    }


def said_of(name: str, word: str) -> str:
    """Say what the word of a fact stands for: its band, or the word itself."""
    bounds, unit = BANDS.get(name, ((), ""))
    if not word.isdecimal() or int(word) > len(bounds):
        return f"{name} {word}"
    band = int(word)
    low = f"from {bounds[band - 1]}" if band else ""
    high = f"below {bounds[band]}" if band < len(bounds) else ""
    never = "or never" if name in _SINCE_WHEN and band == len(bounds) else ""
    return " ".join(part for part in (name, low, high, unit, never) if part)


def _of_use(of: Renewals) -> Facts:
    if of.usage is None or of.usage_before is None:
        nothing = Fact(("",), np.zeros(len(of.decided_on), dtype=np.int64))
        return {"usage": nothing, "fall": nothing}
    fall = of.usage_before.values - of.usage.values
    return {"usage": banded(of.usage.values, _USAGE), "fall": banded(fall, _FALL)}
