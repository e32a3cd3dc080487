"""Renewals that can be told apart, drawn by a hash of their number."""

from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np

from ledgerline.ml.evaluate.log import Floats
from ledgerline.ml.train.churn import BY_CHOICE, UNPAID, Part, Split
from ledgerline.ml.train.facts import Dated
from ledgerline.ml.train.renewals import NEVER, Renewals, Said, facts_of


def drawn(name: str, count: int) -> Floats:
    """Return a number in [0, 1) for each of ``count``."""
    return np.array(
        [
            int.from_bytes(sha256(f"{name} {no}".encode()).digest()[:4]) / 2**32
            for no in range(count)
        ]
    )


def renewals(count: int, *, name: str = "a", **more: Any) -> Renewals:
    """Return renewals of two plans and any age, known the day they were asked about."""
    day = np.full(count, 1_000, dtype=np.int64)
    never = Dated(np.full(count, NEVER, dtype=np.int64), day)
    nothing = Dated(np.zeros(count, dtype=np.int64), day)
    plans = ["solo" if point < 0.5 else "family" for point in drawn(f"{name} plan", count)]
    whole: dict[str, Any] = {
        "decided_on": day,
        "plan": Said(plans, day),
        "market": Said(["DE"] * count, day),
        "cadence": Said(["1 month"] * count, day),
        "tenure_days": Dated((700 * drawn(f"{name} age", count)).astype(np.int64), day),
        "price_days": never,
        "pauses": nothing,
        "failures": nothing,
        "failure_days": never,
    }
    return Renewals(**(whole | more))


def part(name: str, count: int) -> Part:
    """Return renewals of which half of the young solos leave, and one in twenty others."""
    of = renewals(count, name=name)
    leaving = (np.array(of.plan.words) == "solo") & (of.tenure_days.values < 45)
    left = drawn(f"{name} left", count) < np.where(leaving, 0.5, 0.05)
    unpaid = drawn(f"{name} unpaid", count) < 0.04
    return Part(
        facts_of(of), {BY_CHOICE: left.astype(np.float64), UNPAID: unpaid.astype(np.float64)}
    )


@cache
def split(count: int = 4_000) -> Split:
    """Return three parts of it."""
    return Split(part("first", count), part("second", count), part("third", count))
