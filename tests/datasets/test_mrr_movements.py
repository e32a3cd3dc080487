"""Movements: the worked example, random histories against a walk by day, and planted faults."""

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
    histories,
    movements,
    paid,
    version_rows,
)
from tests.datasets.tables import broken, built

CHECKS = ("mrr_movements_bridge", "mrr_movements_chain", "mrr_movements_order")
SINGLE, FAMILY, STUDENT = 10_080_000, 15_120_000, 5_030_000
LATER = Change(date(2024, 12, 1), SINGLE, reason="start")
FEBRUARY = (
    Subscribed("a", "a", (Change(FIRST, SINGLE, reason="start"),
                          Change(date(2025, 2, 4), FAMILY, reason="plan"))),
    Subscribed("b", "b", (Change(FIRST, 8_395_000, reason="start"),
                          Change(date(2025, 2, 7), STUDENT, reason="plan"))),
    Subscribed("c", "c", (Change(FIRST, STUDENT, reason="start"),
                          Change(date(2025, 2, 20), 0, "ended", "end_nonpayment"))),
    Subscribed("d", "d", (Change(date(2025, 2, 5), SINGLE, reason="start"),)),
    Subscribed("e", "e", (Change(date(2024, 10, 1), SINGLE, reason="start"),
                          Change(date(2024, 11, 1), 0, "ended", "end_voluntary"))),
    Subscribed("e2", "e", (Change(date(2025, 2, 6), SINGLE, reason="start"),)),
    Subscribed("f", "f", (Change(date(2025, 2, 3), SINGLE, reason="start"),
                          Change(date(2025, 2, 9), 0, "ended", "end_voluntary"))),
)  # fmt: skip


def build(
    subscriptions: Sequence[Subscribed], today: date = date(2030, 1, 1)
) -> list[dict[str, Any]]:
    sources = {"subscription_version": version_rows(subscriptions)}
    return built("mrr_movements", sources, months=MONTHS, today=today)


def test_worked_example() -> None:
    rows = [row for row in build(FEBRUARY) if row["booked_month"] == date(2025, 2, 1)]
    assert [
        (row["customer_id"], row["kind"], row["reason"], row["before_e4"], row["after_e4"])
        for row in rows
    ] == [
        ("a", "expansion", "plan", SINGLE, FAMILY),
        ("b", "contraction", "plan", 8_395_000, STUDENT),
        ("c", "churn", "end_nonpayment", STUDENT, 0),
        ("d", "new", "start", 0, SINGLE),
        ("e", "reactivation", "start", 0, SINGLE),
        ("f", "new", "start", 0, SINGLE),
        ("f", "churn", "end_voluntary", SINGLE, 0),
    ]
    opening = sum(paid(FEBRUARY, date(2025, 1, 31)).values())
    assert (opening, opening + sum(row["delta_e4"] for row in rows)) == (23_505_000, 40_310_000)


def test_a_day_on_which_everything_is_as_before_at_its_close_is_no_movement() -> None:
    swapped = [
        Subscribed("s", "ann", (Change(FIRST, SINGLE), Change(date(2025, 2, 3), 0, "ended"))),
        Subscribed("t", "ann", (Change(date(2025, 2, 3), SINGLE),)),
    ]
    assert [row["kind"] for row in build(swapped)] == ["new"]


def test_another_currency_the_same_day_is_a_transfer() -> None:
    moved = [
        Subscribed("s", "ann", (Change(FIRST, SINGLE), Change(date(2025, 2, 3), 0, "ended"))),
        Subscribed("t", "ann", (Change(date(2025, 2, 3), 99_000_000),), currency="SEK"),
    ]
    assert [(row["currency"], row["kind"]) for row in build(moved)] == [
        ("EUR", "new"), ("EUR", "transfer_out"), ("SEK", "transfer_in"),
    ]  # fmt: skip


def test_first_purchase_at_another_seller_is_new_there_and_a_second_one_is_a_return() -> None:
    history = [
        Subscribed("s", "ann", (Change(FIRST, SINGLE),)),
        Subscribed("t", "ann", (Change(date(2025, 2, 3), SINGLE),
                                Change(date(2025, 2, 9), 0, "ended")), seller="south"),
        Subscribed("u", "ann", (Change(date(2025, 3, 3), SINGLE),), seller="south"),
    ]  # fmt: skip
    rows = build(history)
    assert [(row["seller_code"], row["kind"]) for row in rows] == [
        ("nordic", "new"), ("south", "new"), ("south", "churn"), ("south", "reactivation"),
    ]  # fmt: skip
    sources = {"subscription_version": version_rows(history), "mrr_movements": rows}
    for check in CHECKS:
        assert broken(check, sources, months=MONTHS) == []
    # and a movement that says otherwise is found by its order and by the cohorts
    cohorts = {"mrr_movements": rows, "cohort_retention": built(
        "cohort_retention", {"mrr_movements": rows}, months=MONTHS
    )}  # fmt: skip
    assert broken("cohort_retention_starts", cohorts, months=MONTHS) == []
    rows[1]["kind"] = "reactivation"
    assert broken("mrr_movements_order", sources, months=MONTHS)
    assert broken("cohort_retention_starts", cohorts, months=MONTHS)


def test_what_begins_after_today_has_not_moved() -> None:
    later = [Subscribed("s", "ann", (Change(FIRST, SINGLE), Change(date(2025, 2, 3), FAMILY)))]
    assert len(build(later, today=date(2025, 2, 2))) == 1
    assert len(build(later, today=date(2025, 2, 3))) == 2


@settings(max_examples=12, deadline=None)
@given(histories())
def test_any_history_moves_as_a_walk_from_day_to_day_says(history: list[Subscribed]) -> None:
    rows = build(history)
    names = ("currency", "customer_id", "booked_on", "kind", "before_e4", "delta_e4", "after_e4")
    wanted = movements(history, date(2025, 5, 31))
    assert sorted(tuple(row[name] for name in names) for row in rows) == sorted(
        tuple(row[name] for name in names) for row in wanted
    )
    sources = {"subscription_version": version_rows(history), "mrr_movements": rows}
    for check in CHECKS:
        assert broken(check, sources, months=MONTHS) == []


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("mrr_movements_bridge", {"delta_e4": 5_040_001}),
        ("mrr_movements_bridge", {"currency": "SEK"}),
        ("mrr_movements_bridge", {"booked_on": date(2025, 3, 1)}),
        ("mrr_movements_chain", {"before_e4": 0}),
        ("mrr_movements_chain", {"after_e4": -1}),
        ("mrr_movements_order", {"kind": "contraction"}),
        ("mrr_movements_order", {"kind": "reactivation"}),
        ("mrr_movements_order", {"kind": "new"}),
        ("mrr_movements_order", {"kind": "churn"}),
    ],
)
def test_a_planted_fault_is_found(check: str, fault: dict[str, Any]) -> None:
    current = [one for one in FEBRUARY if not one.name.startswith("e")]
    sources = {"subscription_version": version_rows(current), "mrr_movements": build(current)}
    assert broken(check, sources, months=MONTHS) == []
    [expansion] = [row for row in sources["mrr_movements"] if row["kind"] == "expansion"]
    expansion.update(fault)
    assert broken(check, sources, months=MONTHS)


def test_many_corrections_are_told() -> None:
    late = Change(date(2025, 3, 1), 0, "ended", "end_voluntary", is_late=True)
    history = [Subscribed("s", "ann", (Change(FIRST, SINGLE), late))]
    rows = build(history)
    assert [row["kind"] for row in rows] == ["new", "correction"]
    [found] = broken("mrr_movements_corrections", {"mrr_movements": rows}, months=MONTHS)
    assert (found["corrected_e4"], found["opening_e4"]) == (SINGLE, SINGLE)
