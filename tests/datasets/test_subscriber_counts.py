"""Counts by day: the worked example, random histories against loops, and planted faults."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from tests.datasets.subscribed import (
    FIRST,
    MONTHS,
    Change,
    Subscribed,
    at,
    days,
    histories,
    last_days,
    log_rows,
    movements,
    paid,
    version_rows,
)
from tests.datasets.tables import broken, built

MAY_31 = date(2025, 5, 31)
E4 = 10_080_000


def tables(history: Sequence[Subscribed]) -> dict[str, list[dict[str, Any]]]:
    """Build everything that is counted."""
    sources: dict[str, list[dict[str, Any]]] = {
        "subscription_version": version_rows(history),
        "subscription_log": log_rows(history),
    }
    for name in ("mrr_movements", "subscriber_counts", "paying_customers"):
        sources[name] = built(name, sources, months=MONTHS)
    return sources


def lasting(
    name: str, start: date, end: date | None = None, *, reason: str = "start"
) -> Subscribed:
    changes: tuple[Change, ...] = (Change(start, E4, reason=reason),)
    if end is not None:
        unpaid = name.startswith("unpaid")
        changes += (Change(end, 0, "ended", "end_nonpayment" if unpaid else "end_voluntary"),)
    return Subscribed(name, name, changes)


def test_worked_example_at_a_tenth() -> None:
    # 100 customers; 12 come for the first time, 9 of them from a trial, 2 return, 7 end
    february = date(2025, 2, 10)
    stay = [lasting(f"stay{n}", FIRST) for n in range(93)]
    leave = [lasting(f"left{n}", FIRST, february) for n in range(5)]
    leave += [lasting(f"unpaid{n}", FIRST, february) for n in range(2)]
    came = [lasting(f"new{n}", february, reason="trial_end") for n in range(9)]
    came += [lasting(f"new{n}", february) for n in range(9, 12)]
    gone = [lasting(f"back{n}", FIRST, date(2025, 1, 5)) for n in range(2)]
    back = [Subscribed(f"again{n}", f"back{n}", (Change(february, E4),)) for n in range(2)]
    rows = tables([*stay, *leave, *came, *gone, *back])["paying_customers"]
    [day] = [row for row in rows if row["day_on"] == february]
    assert {name: value for name, value in day.items() if name.endswith("_count")} == {
        "opening_count": 100, "first_time_count": 12, "from_trial_count": 9, "returned_count": 2,
        "transferred_count": 0, "corrected_count": 0, "ended_count": 7, "nonpayment_count": 2,
        "closing_count": 107,
    }  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(histories())
def test_any_history_is_counted_as_a_walk_from_day_to_day_says(history: list[Subscribed]) -> None:
    sources = tables(history)
    counted = {
        (row["day_on"], row["currency"], row["plan_code"], row["status"]): (
            row["subscription_count"], row["customer_count"],
        )
        for row in sources["subscriber_counts"]
    }  # fmt: skip
    wanted: dict[tuple[date, str, str, str], tuple[int, int]] = {}
    for day in days(MAY_31):
        held = [(one, change) for one in history if (change := at(one, day)) is not None]
        cells = {(one.currency, one.plan, change.status) for one, change in held}
        for cell in cells:
            of_cell = [one for one, c in held if (one.currency, one.plan, c.status) == cell]
            wanted[day, *cell] = (len(of_cell), len({one.customer for one in of_cell}))
    assert counted == wanted
    base = Counter(
        {
            (row["day_on"], row["currency"]): row["closing_count"]
            for row in sources["paying_customers"]
            if row["closing_count"]
        }
    )
    assert base == Counter(
        (day, currency) for day in days(MAY_31) for currency, _ in paid(history, day)
    )
    moved = movements(history, MAY_31)
    for column, kind in (("first_time_count", "new"), ("ended_count", "churn")):
        assert sum(row[column] for row in sources["paying_customers"]) == sum(
            row["kind"] == kind for row in moved
        )
    assert broken("subscriber_counts_paying", sources, months=MONTHS) == []
    assert broken("paying_customers_chain", sources, months=MONTHS) == []


HISTORY = (
    lasting("ann", FIRST), lasting("ben", date(2025, 1, 20), date(2025, 3, 3)),
    lasting("unpaid", date(2025, 2, 2), date(2025, 4, 30)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("check", "table", "fault"),
    [
        ("subscriber_counts_all", "subscriber_counts", {"subscription_count": 9}),
        ("subscriber_counts_all", "subscription_log", {"recorded_on": date(2025, 6, 1)}),
        ("subscriber_counts_paying", "subscriber_counts", {"status": "comped"}),
        ("subscriber_counts_once", "subscription_version", {"valid_end": date(2025, 1, 9)}),
        ("paying_customers_base", "paying_customers", {"closing_count": 9}),
        ("paying_customers_chain", "paying_customers", {"opening_count": 9}),
        ("paying_customers_chain", "paying_customers", {"returned_count": 9}),
    ],
)
def test_a_planted_fault_is_found(check: str, table: str, fault: dict[str, Any]) -> None:
    sources = tables(HISTORY)
    assert broken(check, sources, months=MONTHS) == []
    rows = sources[table]
    end = date(2025, 2, 28)
    struck = next((row for row in rows if row.get("day_on") == end), rows[0])
    struck.update(fault)
    if table == "subscription_version":
        rows.append({**struck, "valid_start": date(2025, 1, 20), "valid_end": None})
        rows.append({**struck, "valid_start": date(2025, 1, 21), "valid_end": None})
    assert broken(check, sources, months=MONTHS)


def test_every_subscription_that_began_has_a_status_at_each_close() -> None:
    sources = tables(HISTORY)
    for _, end in last_days():
        counted = sum(
            row["subscription_count"] for row in sources["subscriber_counts"]
            if row["day_on"] == end
        )  # fmt: skip
        assert counted == sum(one.changes[0].on <= end for one in HISTORY)
