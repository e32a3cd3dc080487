"""Retention: the worked examples, random histories against loops, and planted faults."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from tests.datasets.reference import month_of
from tests.datasets.subscribed import (
    FIRST,
    MONTHS,
    Change,
    Subscribed,
    days,
    histories,
    last_days,
    paid,
    version_rows,
)
from tests.datasets.tables import broken, built
from tests.datasets.test_mrr_movements import FEBRUARY

MAY_31 = date(2025, 5, 31)
E4 = 10_080_000


def tables(
    history: Sequence[Subscribed], today: date = date(2030, 1, 1)
) -> dict[str, list[dict[str, Any]]]:
    sources = {"subscription_version": version_rows(history)}
    for name in ("mrr_movements", "paying_customers", "cohort_retention", "monthly_retention"):
        sources[name] = built(name, sources, months=MONTHS, today=today)
    return sources


def test_worked_example_of_a_month() -> None:
    rows = tables([one for one in FEBRUARY if one.name != "e"])["monthly_retention"]
    [february] = [row for row in rows if row["close_month"] == date(2025, 2, 1)]
    assert {
        name: value for name, value in february.items() if name.endswith(("_count", "_e4"))
    } == {
        "opening_count": 3, "lost_voluntary_count": 0, "lost_nonpayment_count": 1,
        "lost_other_count": 0, "opening_e4": 23_505_000, "now_e4": 20_150_000,
        "kept_e4": 15_110_000, "lost_voluntary_e4": 0, "lost_nonpayment_e4": 5_030_000,
    }  # fmt: skip
    # 85.73 % of what was paid is paid now, 64.28 % of it was kept
    assert (20_150_000 * 10_000 // 23_505_000, 15_110_000 * 10_000 // 23_505_000) == (8572, 6428)


def test_worked_example_of_a_cohort_at_a_tenth() -> None:
    # 20 came in January; by the close of March 3 are gone for good and 1 of the 17 returned
    stay = [Subscribed(f"s{n}", f"s{n}", (Change(FIRST, E4),)) for n in range(16)]
    gone = [
        Subscribed(f"g{n}", f"g{n}", (Change(FIRST, E4), Change(date(2025, 2, 9), 0, "ended")))
        for n in range(4)
    ]
    back = Subscribed("b", "g0", (Change(date(2025, 3, 20), E4),))
    rows = tables([*stay, *gone, back])["cohort_retention"]
    [aged] = [row for row in rows if row["age_count"] == 2]
    names = ("start_count", "active_count", "unbroken_count", "mrr_start_e4", "mrr_e4")
    assert [aged[name] for name in names] == [20, 17, 16, 20 * E4, 17 * E4]


def test_a_month_that_has_not_ended_has_no_age() -> None:
    history = [Subscribed("s", "ann", (Change(FIRST, E4),))]
    found = tables(history, today=date(2025, 3, 31))
    assert [row["age_count"] for row in found["cohort_retention"]] == [0, 1]
    assert len(found["monthly_retention"]) == 1
    assert tables(history, today=date(2025, 1, 31))["cohort_retention"] == []


def cohorts(history: Sequence[Subscribed]) -> dict[tuple[str, date, date], list[int]]:
    """Follow everybody day by day from the day on which they came."""
    came: dict[tuple[str, str], tuple[date, int]] = {}
    broke: set[tuple[str, str]] = set()
    found: dict[tuple[str, date, date], list[int]] = defaultdict(lambda: [0] * 5)
    closes = {end: month for month, end in last_days()}
    for day in days(MAY_31):
        after = paid(history, day)
        for who, e4 in after.items():
            came.setdefault(who, (day, e4))
        broke |= {who for who in came if who not in after}
        if day in closes:
            for who, (first, e4) in came.items():
                cell = found[who[0], month_of(first), closes[day]]
                now = after.get(who, 0)
                adds = (1, now > 0, now > 0 and who not in broke, e4, now)
                cell[:] = [held + int(more) for held, more in zip(cell, adds, strict=True)]
    return found


@settings(max_examples=10, deadline=None)
@given(histories())
def test_any_history_is_kept_as_a_walk_from_day_to_day_says(history: list[Subscribed]) -> None:
    sources = tables(history)
    names = ("start_count", "active_count", "unbroken_count", "mrr_start_e4", "mrr_e4")
    summed: dict[tuple[str, date, date], list[int]] = defaultdict(lambda: [0] * 5)
    for row in sources["cohort_retention"]:
        cell = summed[row["currency"], row["cohort_month"], row["close_month"]]
        cell[:] = [held + row[name] for held, name in zip(cell, names, strict=True)]
    assert summed == cohorts(history)
    before: dict[tuple[str, str], int] = {}
    for month, end in last_days():
        after = paid(history, end)
        for currency in ("EUR", "SEK"):
            opened = {who: e4 for who, e4 in before.items() if who[0] == currency}
            rows = [
                row for row in sources["monthly_retention"]
                if (row["close_month"], row["currency"]) == (month, currency)
            ]  # fmt: skip
            assert bool(rows) == bool(opened)
            for row in rows:
                nows = {who: after.get(who, 0) for who in opened}
                lost = sum(row[name] for name in row if name.startswith("lost") and "count" in name)
                assert (row["opening_e4"], row["now_e4"], row["kept_e4"], lost) == (
                    sum(opened.values()), sum(nows.values()),
                    sum(min(e4, nows[who]) for who, e4 in opened.items()),
                    sum(not e4 for e4 in nows.values()),
                )  # fmt: skip
        before = after
    for check in ("cohort_retention_base", "monthly_retention_base"):
        assert broken(check, sources, months=MONTHS) == []


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("cohort_retention_base", {"active_count": 9}),
        ("cohort_retention_mrr", {"mrr_e4": 1}),
        ("cohort_retention_order", {"unbroken_count": 9}),
        ("monthly_retention_base", {"opening_count": 9}),
        ("monthly_retention_order", {"kept_e4": 90_000_000}),
    ],
)
def test_a_planted_fault_is_found(check: str, fault: dict[str, Any]) -> None:
    current = [one for one in FEBRUARY if not one.name.startswith("e")]
    sources = tables(current)
    assert broken(check, sources, months=MONTHS) == []
    sources[check.rpartition("_")[0]][0].update(fault)
    assert broken(check, sources, months=MONTHS)
