"""Lifetime value: the worked examples, random cohorts against the slow way, and planted faults."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.tables import broken, built, months_between

MONTHS: Final = months_between(date(2025, 1, 1), date(2025, 6, 1))
_BOOK: Final = {
    "seller_code": "nordic", "currency": "EUR", "market_code": "DE", "plan_code": "single",
}  # fmt: skip


def month_at(month: date, age: int) -> date:
    number = month.year * 12 + month.month - 1 + age
    return date(number // 12, number % 12 + 1, 1)


def kept(
    cohort: date, counts: Sequence[tuple[int, int]], start: int | None = None
) -> list[dict[str, Any]]:
    """Return a cohort by age: who pays, and who always paid."""
    return [
        {
            **_BOOK, "cohort_month": cohort, "close_month": month_at(cohort, age), "age_count": age,
            "start_count": counts[0][1] if start is None else start, "active_count": active,
            "unbroken_count": unbroken, "mrr_start_e4": 0, "mrr_e4": 0,
        }
        for age, (active, unbroken) in enumerate(counts)
    ]  # fmt: skip


def money(cohort: date, age: int, revenue: int, fee: int = 0, loss: int = 0) -> dict[str, Any]:
    return {
        **_BOOK, "book_month": month_at(cohort, age), "cohort_month": cohort,
        "revenue_minor": revenue, "psp_fee_minor": fee, "dispute_loss_minor": loss,
    }  # fmt: skip


def values(
    cohorts: Sequence[Mapping[str, Any]], moneys: Sequence[Mapping[str, Any]],
    months: Sequence[date] = MONTHS,
) -> list[dict[str, Any]]:  # fmt: skip
    return built(
        "lifetime_value", {"cohort_retention": cohorts, "cohort_money": moneys}, months=months
    )


def of(rows: Sequence[Mapping[str, Any]], method: str, age: int) -> Mapping[str, Any]:
    [found] = [row for row in rows if (row["method"], row["age_count"]) == (method, age)]
    return found


def test_worked_example_of_the_horizon() -> None:
    # given that 1.00, 0.90, 0.85 and 0.82 of 100 stay, and each pays 9.00 of which 30 % is left
    stayed = [(100, 100), (90, 90), (85, 85), (82, 82)]
    moneys = [
        money(MONTHS[0], age, 900 * paid, 600 * paid, 30 * paid)
        for age, (paid, _) in enumerate(stayed)
    ]
    row = of(values(kept(MONTHS[0], stayed), moneys, MONTHS[:4]), "horizon", 3)
    # then it is 270 x 3.57
    assert (row["horizon_num"], row["value_minor"]) == (4, 964)
    assert (row["revenue_minor"], row["contribution_minor"]) == (900 * 357, 270 * 357)


def test_worked_example_of_the_ratio() -> None:
    # given 1000 of whom 45 leave in a month, who pay 9.00 of which 30 % is left
    stayed = [(1000, 1000), (955, 955)]
    moneys = [money(MONTHS[0], 0, 900 * 1955, 630 * 1955)]
    rows = values(kept(MONTHS[0], stayed), moneys, MONTHS[:2])
    assert of(rows, "ratio", 1)["value_minor"] == 6000
    # and of fewer than 30 who left nothing is said, nor before anybody could leave
    assert of(rows, "ratio", 0)["value_minor"] is None
    few = values(kept(MONTHS[0], [(1000, 1000), (971, 971)]), moneys, MONTHS[:2])
    assert of(few, "ratio", 1)["value_minor"] is None


def test_young_cohort_stays_as_older_ones_did() -> None:
    # given one that halved in a month and lost a fifth of that in the next
    old = kept(MONTHS[0], [(10, 10), (5, 5), (4, 4)])
    young = kept(MONTHS[2], [(8, 8)])
    rows = values([*old, *young], [money(MONTHS[2], 0, 800)], MONTHS[:3])
    row = of([one for one in rows if one["cohort_month"] == MONTHS[2]], "horizon", 0)
    # then 1 + 1/2 + 1/2 x 4/5 months at 100 each
    assert (row["horizon_num"], row["value_minor"]) == (3, 190)


def test_month_that_is_not_recognised_has_no_value() -> None:
    sources = {"cohort_retention": kept(MONTHS[0], [(1, 1)] * 4), "cohort_money": []}
    rows = built("lifetime_value", sources, months=MONTHS, recognised=MONTHS[1])
    assert {row["close_month"] for row in rows} == set(MONTHS[:2])
    assert built("lifetime_value", sources, months=MONTHS, recognised=None) == []


def slowly(
    cohorts: Mapping[date, Sequence[tuple[int, int]]], moneys: Sequence[Mapping[str, Any]]
) -> dict[tuple[date, date, str], tuple[int | None, int]]:
    """Value each cohort at each close, by walking every month of the horizon."""
    found: dict[tuple[date, date, str], tuple[int | None, int]] = {}
    for close in MONTHS:
        for cohort, counts in cohorts.items():
            if cohort > close:
                continue
            age = (close.year - cohort.year) * 12 + close.month - cohort.month
            total = sum(
                one["revenue_minor"] - one["psp_fee_minor"] - one["dispute_loss_minor"]
                for one in moneys
                if one["cohort_month"] == cohort and one["book_month"] <= close
            )
            start, paid = counts[0][1], sum(active for active, _ in counts[: age + 1])
            stays, months, alive = Fraction(0), 0, Fraction(1)
            for at in range(24):
                if at <= age:
                    alive = Fraction(counts[at][1], start)
                else:
                    older = [
                        (one[at - 1][1], one[at][1])
                        for begun, one in cohorts.items()
                        if month_at(begun, at) <= close
                    ]
                    there = sum(first for first, _ in older)
                    if not there:
                        break
                    alive *= Fraction(sum(second for _, second in older), there)
                stays, months = stays + alive, months + 1
            found[cohort, close, "observed"] = (_half_up(Fraction(total, start)), age + 1)
            horizon = _half_up(Fraction(total, paid) * stays) if paid else None
            found[cohort, close, "horizon"] = (horizon, months)
    return found


def _half_up(value: Fraction) -> int:
    whole, sign = int(abs(value)), -1 if value < 0 else 1
    return sign * (whole + (abs(value) - whole >= Fraction(1, 2)))


@st.composite
def cohorts_and_money(
    draw: st.DrawFn,
) -> tuple[dict[date, list[tuple[int, int]]], list[dict[str, Any]]]:
    cohorts, moneys = {}, []
    for first in draw(st.lists(st.sampled_from(MONTHS), min_size=1, max_size=4, unique=True)):
        left = draw(st.integers(1, 9))
        counts = [(left, left)]
        for _ in MONTHS[MONTHS.index(first) + 1 :]:
            left = draw(st.integers(0, left))
            counts.append((left + draw(st.integers(0, counts[0][1] - left)), left))
        cohorts[first] = counts
        moneys += [
            money(first, age, draw(st.integers(-99, 9999)), draw(st.integers(0, 99)))
            for age in range(len(counts))
            if draw(st.booleans())
        ]
    return cohorts, moneys


@settings(max_examples=25, deadline=None)
@given(cohorts_and_money())
def test_any_cohorts_are_worth_what_the_slow_way_says(
    drawn: tuple[dict[date, list[tuple[int, int]]], list[dict[str, Any]]],
) -> None:
    cohorts, moneys = drawn
    rows = values([row for one in cohorts.items() for row in kept(*one)], moneys)
    found = {
        (row["cohort_month"], row["close_month"], row["method"]): (
            row["value_minor"],
            row["horizon_num"],
        )
        for row in rows
        if row["method"] != "ratio"
    }
    assert found == slowly(cohorts, moneys)


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("lifetime_value_revenue", {"revenue_minor": 1}),
        ("lifetime_value_fees", {"psp_fee_minor": 1}),
        ("lifetime_value_losses", {"dispute_loss_minor": 1}),
        ("lifetime_value_cohorts", {"start_count": 1}),
        ("lifetime_value_parts", {"contribution_minor": 1}),
    ],
)
def test_a_planted_fault_is_found(check: str, fault: dict[str, int]) -> None:
    # given a cohort that brought 900 and cost 42, as the books say
    cohorts = kept(MONTHS[0], [(1, 1)])
    earned = {
        **_BOOK, "line_id": "a", "kind": "line", "segment": "schedule", "earned_minor": 900,
        "earned_month": MONTHS[0], "booked_month": MONTHS[0],
    }  # fmt: skip
    fee = {
        **_BOOK, "transfer_id": "t", "debit_code": "psp_fees", "credit_code": "psp_clearing",
        "amount_minor": 42, "booked_month": MONTHS[0],
    }  # fmt: skip
    rows = values(cohorts, [money(MONTHS[0], 0, 900, 42)], MONTHS[:1])
    sources = {
        "cohort_retention": cohorts, "revenue_schedule": [earned], "transfer": [fee],
        "lifetime_value": rows,
    }  # fmt: skip
    assert broken(check, sources, months=MONTHS[:1]) == []
    for row in rows:
        if row["method"] == "observed":
            row.update({name: row[name] + more for name, more in fault.items()})
    assert broken(check, sources, months=MONTHS[:1])
