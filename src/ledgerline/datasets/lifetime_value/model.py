"""Fold cohorts into values: exact fractions of aggregates, rounded once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple

import pyarrow as pa

from ledgerline.datasets.node import Params
from ledgerline.datasets.portable import MONTHS

HORIZON: Final = 24
CHURNED_MIN: Final = 30
"""Fewer customers who left say nothing of how fast customers leave."""
_AMOUNTS: Final = ("revenue_minor", "psp_fee_minor", "dispute_loss_minor")


class Segment(NamedTuple):
    """Cohorts that are compared with each other."""

    seller_code: str
    currency: str
    market_code: str
    plan_code: str


class Kept(NamedTuple):
    """How many of a cohort there were, still pay, and always paid, at one age."""

    start: int
    active: int
    unbroken: int


class Cohort(NamedTuple):
    """Where and when customers came, who stayed by age, and what they brought by month.

    ``kept`` is empty of what belongs to no cohort.
    """

    segment: Segment
    month: date
    kept: dict[int, Kept]
    booked: dict[date, tuple[int, ...]]


def fold(sources: Mapping[str, pa.Table], params: Params) -> pa.Table:
    """Return every cohort at the close of those of the months that are over and recognised."""
    cohorts = _cohorts(sources)
    rows = list[dict[str, Any]]()
    for month in closed(params):
        tails = _tails(cohorts, month)
        for one in cohorts:
            if one.month <= month:
                rows += _rows(one, tails[one.segment], month)
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def closed(params: Params) -> list[date]:
    """Return the months that have ended and whose revenue is in the books."""
    until, this_month = params.recognised_through, params.today.replace(day=1)
    return [one for one in params.months if until is not None and one <= until and one < this_month]


def horizon_sum(own: Sequence[Fraction], tail: tuple[Fraction, int]) -> tuple[Fraction, int]:
    """Return how many months a customer stays within the horizon, and how long that is.

    ``own`` is the survival of the cohort at each age so far; ``tail`` is how much longer somebody
    stays who is there at the last of them, and over how many months that is known.
    """
    within = list(own[:HORIZON])
    if len(own) >= HORIZON:
        return sum(within, Fraction(0)), HORIZON
    longer, months = tail
    return sum(within, Fraction(0)) + within[-1] * longer, len(within) + months


def rounded(value: Fraction) -> int:
    """Round half away from zero."""
    half = abs(value) + Fraction(1, 2)
    whole = half.numerator // half.denominator
    return -whole if value < 0 else whole


def _cohorts(sources: Mapping[str, pa.Table]) -> list[Cohort]:
    found: dict[tuple[Segment, date], Cohort] = {}

    def cohort_of(one: Mapping[str, Any]) -> Cohort:
        segment = Segment(*(one[name] for name in Segment._fields))
        key = (segment, one["cohort_month"])
        return found.setdefault(key, Cohort(*key, {}, {}))

    for one in sources["cohort_money"].to_pylist():
        cohort_of(one).booked[one["book_month"]] = tuple(one[name] for name in _AMOUNTS)
    for one in sources["cohort_retention"].to_pylist():
        cohort_of(one).kept[one["age_count"]] = Kept(
            one["start_count"], one["active_count"], one["unbroken_count"]
        )
    return list(found.values())


def _age(cohort_month: date, month: date) -> int:
    return (month.year - cohort_month.year) * MONTHS + month.month - cohort_month.month


def _tails(cohorts: Sequence[Cohort], month: date) -> dict[Segment, list[tuple[Fraction, int]]]:
    """Return of each segment, by age, how much longer those stay who are there at it.

    Of all cohorts that were a month older by then, as product of what stayed month by month.
    """
    there: dict[Segment, list[int]] = defaultdict(lambda: [0] * HORIZON)
    stayed: dict[Segment, list[int]] = defaultdict(lambda: [0] * HORIZON)
    for one in cohorts:
        for age in range(min(_age(one.month, month), HORIZON) if one.kept else 0):
            there[one.segment][age] += one.kept[age].unbroken
            stayed[one.segment][age] += one.kept[age + 1].unbroken
    found = {}
    for segment in {one.segment for one in cohorts}:
        tails = [(Fraction(0), 0)] * HORIZON
        for age in range(HORIZON - 2, -1, -1):
            if there[segment][age]:
                longer, months = tails[age + 1]
                part = Fraction(stayed[segment][age], there[segment][age])
                tails[age] = (part * (1 + longer), months + 1)
        found[segment] = tails
    return found


def _rows(
    cohort: Cohort, tails: Sequence[tuple[Fraction, int]], month: date
) -> Iterator[dict[str, Any]]:
    age = _age(cohort.month, month)
    kept = [cohort.kept[one] for one in range(age + 1)] if cohort.kept else []
    booked = [amounts for at, amounts in cohort.booked.items() if at <= month]
    revenue, fee, loss = (sum(one[at] for one in booked) for at in range(len(_AMOUNTS)))
    shared = {
        **cohort.segment._asdict(),
        "cohort_month": cohort.month,
        "close_month": month,
        "age_count": age,
        "start_count": kept[0].start if kept else 0,
        "customer_months_count": sum(one.active for one in kept),
        "churned_count": kept[0].start - kept[-1].unbroken if kept else 0,
        **dict(zip(_AMOUNTS, (revenue, fee, loss), strict=True)),
        "contribution_minor": revenue - fee - loss,
    }
    for method, value, months in _values(shared, kept, tails):
        yield {**shared, "method": method, "value_minor": value, "horizon_num": months}


def _values(
    shared: Mapping[str, Any], kept: Sequence[Kept], tails: Sequence[tuple[Fraction, int]]
) -> Iterator[tuple[str, int | None, int]]:
    """Return each method with its value and the months that it is of."""
    total, start, paid = (
        shared["contribution_minor"], shared["start_count"], shared["customer_months_count"],
    )  # fmt: skip
    if not start:
        yield "observed", None, shared["age_count"] + 1
        return
    yield "observed", rounded(Fraction(total, start)), len(kept)
    own = [Fraction(one.unbroken, one.start) for one in kept]
    tail = tails[len(kept) - 1] if len(kept) <= HORIZON else (Fraction(0), 0)
    stays, months = horizon_sum(own, tail)
    yield "horizon", rounded(Fraction(total, paid) * stays) if paid else None, months
    churn = _churn(kept)
    yield "ratio", rounded(Fraction(total, paid) / churn) if paid and churn else None, 0


def _churn(kept: Sequence[Kept]) -> Fraction:
    """Return which part leaves in a month: 0 where too few have left to say.

    Who left within the month in which they came was there at no close, and is not counted.
    """
    left, exposed = kept[0].unbroken - kept[-1].unbroken, sum(one.unbroken for one in kept[:-1])
    return Fraction(left, exposed) if left >= CHURNED_MIN else Fraction(0)


_SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in (*Segment._fields, "method")),
        *((name, pa.date32()) for name in ("cohort_month", "close_month")),
        *(
            (name, pa.int64())
            for name in (
                "age_count", "start_count", "customer_months_count", "churned_count", *_AMOUNTS,
                "contribution_minor", "value_minor", "horizon_num",
            )
        ),
    ]
)  # fmt: skip
