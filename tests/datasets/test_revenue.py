"""The schedule and the roll-forward: worked examples, and random histories against the slow way."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.reference import month_of, rolled, schedule
from tests.datasets.tables import broken, built, months_between

YEARS = months_between(date(2024, 1, 1), date(2026, 12, 1))


def line(line_id: str, net: int, start: date, end: date, **more: Any) -> dict[str, Any]:
    """Bill a line on the first day of its service unless told otherwise."""
    booked = more.get("booked_on", start)
    return {
        "line_id": line_id, "kind": "line", "root_line_id": line_id, "seller_code": "nordic",
        "currency": "EUR", "category": "plan", "market_code": "DE", "net_minor": net,
        "deferred_minor": net, "service_start": start, "service_end": end,
        "earns_from_on": booked, "supplied_on": more.get("earns_from_on", booked),
        "booked_on": booked, "booked_month": month_of(booked), "original_month": month_of(booked),
        **more,
    }  # fmt: skip


def credit(of: str, net: int, start: date, end: date, **more: Any) -> dict[str, Any]:
    """Take back a part of a line from ``start`` on, all of it deferred unless told otherwise."""
    return {**line(f"cn:{of}", -net, start, end, **more), "kind": "credit", "root_line_id": of}


def earned(*lines: dict[str, Any]) -> list[int]:
    rows = built("revenue_schedule", {"document_line": lines}, months=YEARS)
    return [row["earned_minor"] for row in sorted(rows, key=lambda row: row["earned_month"])]


@pytest.mark.parametrize(
    ("net", "start", "end", "expected"),
    [
        (1000, date(2024, 1, 31), date(2024, 4, 30), [11, 322, 344, 323]),
        # what is given back is rounded away from zero, as the books do
        (-1000, date(2024, 1, 31), date(2024, 4, 30), [-12, -322, -344, -322]),
        (
            10074, date(2025, 3, 15), date(2026, 3, 15),
            [469, 828, 855, 828, 856, 856, 828, 855, 828, 856, 855, 773, 387],
        ),
        (1, date(2025, 1, 1), date(2026, 1, 1), [1]),
    ],
)  # fmt: skip
def test_line_is_earned_by_its_days(net: int, start: date, end: date, expected: list[int]) -> None:
    assert earned(line("a", net, start, end)) == expected


def test_what_was_earned_before_it_counted_is_caught_up_in_the_month_it_counts() -> None:
    late = line("a", 1008, date(2025, 3, 20), date(2025, 4, 20), booked_on=date(2025, 4, 2))
    rows = built("revenue_schedule", {"document_line": [late]}, months=YEARS)
    names = ("earned_month", "booked_month", "earned_minor", "is_catch_up")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (date(2025, 3, 1), date(2025, 4, 1), 390, True),
        (date(2025, 4, 1), date(2025, 4, 1), 618, False),
    ]


def test_a_purchase_that_waits_for_its_payment_earns_nothing_and_a_void_line_neither() -> None:
    start, end = date(2025, 1, 1), date(2025, 2, 1)
    waits = line("a", 1000, start, end, earns_from_on=None)
    void = line("a", -1000, start, end, kind="void")
    assert earned(waits, void) == []


def test_roll_forward_of_the_worked_example() -> None:
    lines = [
        line("l1", 1008, date(2025, 1, 20), date(2025, 2, 20)),
        line("l2", 1008, date(2025, 2, 20), date(2025, 3, 20)),
        credit("l2", 360, date(2025, 3, 10), date(2025, 3, 20)),
        line("l3", 10074, date(2025, 3, 15), date(2026, 3, 15)),
    ]
    months = months_between(date(2025, 1, 1), date(2025, 4, 1))
    rows = _rolled(lines, months)
    names = ("opening_minor", "billed_minor", "credited_minor", "recognised_minor", "closing_minor")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (0, 1008, 0, 390, 618),
        (618, 1008, 0, 942, 684),
        (684, 10074, -360, 793, 9605),
        (9605, 0, 0, 828, 8777),
    ]
    assert [row["closing_deferred_minor"] for row in rows] == [618, 684, 9605, 8777]
    assert [row["recognised_from_opening_minor"] for row in rows] == [0, 618, 684, 828]
    assert [row["remaining_12m_minor"] for row in rows] == [618, 684, 9605, 8777]
    assert [row["closing_contract_asset_minor"] for row in rows] == [0, 0, 0, 0]


def test_what_is_earned_more_than_a_year_on_stands_apart() -> None:
    long = line("a", 73_100, date(2024, 1, 1), date(2026, 1, 1))
    rows = _rolled([long], months_between(date(2024, 1, 1), date(2024, 12, 1)))
    # then of January's closing the months from February on for a year are near, and 2025 from then
    assert (rows[0]["remaining_12m_minor"], rows[0]["remaining_later_minor"]) == (36_600, 33_400)
    assert (rows[-1]["remaining_12m_minor"], rows[-1]["remaining_later_minor"]) == (36_500, 0)
    tables = {"document_line": [long], "deferred_revenue": rows}
    assert broken("deferred_revenue_remaining", tables, months=YEARS) == []
    rows[0]["remaining_later_minor"] += 1
    assert broken("deferred_revenue_remaining", tables, months=YEARS)


def test_service_before_its_bill_is_an_asset_until_it_is_billed() -> None:
    served = line(
        "a", 500, date(2025, 3, 1), date(2025, 4, 1), booked_on=date(2025, 4, 1),
        earns_from_on=date(2025, 3, 31),
    )  # fmt: skip
    rows = _rolled([served], months_between(date(2025, 3, 1), date(2025, 4, 1)))
    assert [row["closing_contract_asset_minor"] for row in rows] == [500, 0]
    assert [row["closing_minor"] for row in rows] == [-500, 0]


def _rolled(lines: list[dict[str, Any]], months: list[date]) -> list[dict[str, Any]]:
    earning = built("revenue_schedule", {"document_line": lines}, months=YEARS)
    read = {"document_line": lines, "revenue_schedule": earning}
    return built("deferred_revenue", read, months=months, recognised=months[-1])


_DAYS = st.integers(0, 500).map(lambda days: date(2024, 6, 1) + timedelta(days=days))


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw lines of odd periods, booked early or late, paid or not, voided and credited."""
    lines = list[dict[str, Any]]()
    for number in range(draw(st.integers(1, 25))):
        start = draw(_DAYS)
        end = start + timedelta(days=draw(st.integers(1, 400)))
        booked = start + timedelta(days=draw(st.integers(-20, 60)))
        net = draw(st.integers(1, 100_000))
        name = f"line{number}"
        paid = draw(st.sampled_from([booked, booked + timedelta(days=9), None]))
        plan = draw(st.sampled_from(["plan", "other"]))
        one = line(name, net, start, end, booked_on=booked, earns_from_on=paid, category=plan)
        lines.append(one)
        if paid is None and draw(st.booleans()):
            taken = {key: -one[key] for key in ("net_minor", "deferred_minor")}
            lines.append({**one, **taken, "kind": "void"})
        elif paid is not None and draw(st.booleans()):
            on = max(start, booked) + timedelta(days=draw(st.integers(0, 90)))
            deferred = draw(st.integers(0, net)) if on < end else 0
            back = credit(
                name, draw(st.integers(max(deferred, 1), net)), min(on, end), end, booked_on=on,
                category=plan,
            )  # fmt: skip
            lines.append({**back, "deferred_minor": -deferred})
    return lines


@settings(max_examples=12)
@given(histories())
def test_schedule_is_what_the_slow_way_finds(lines: list[dict[str, Any]]) -> None:
    rows = built("revenue_schedule", {"document_line": lines}, months=YEARS)
    names = list(schedule([line("a", 1, date(2025, 1, 1), date(2025, 1, 2))])[0])
    found = sorted(tuple(str(row[name]) for name in names) for row in rows)
    assert found == sorted(tuple(str(row[name]) for name in names) for row in schedule(lines))


@settings(max_examples=12)
@given(histories())
def test_roll_forward_is_what_the_slow_way_finds(lines: list[dict[str, Any]]) -> None:
    months = months_between(date(2024, 5, 1), date(2026, 12, 1))
    slow = rolled(lines, months=months, recognised=months[-1])
    rows = _rolled(lines, months)
    for row in rows:
        expected = slow[row["category"], row["book_month"]]
        assert {name: row[name] for name in expected} == expected
    # and a key is listed from its first month on
    assert {row["category"] for row in rows} == {one["category"] for one in lines}


def test_lines_whose_months_do_not_sum_to_them_are_found() -> None:
    lines = [line("a", 1000, date(2025, 1, 1), date(2025, 3, 1))]
    rows = built("revenue_schedule", {"document_line": lines}, months=YEARS)
    tables = {"document_line": lines, "revenue_schedule": rows}
    assert broken("revenue_schedule_lines", tables, months=YEARS) == []
    rows[0]["earned_minor"] += 1
    [found] = broken("revenue_schedule_lines", tables, months=YEARS)
    assert found["difference_minor"] == -1


def test_line_that_cannot_be_divided_exactly_is_found() -> None:
    huge = line("a", 10**14, date(2025, 1, 1), date(2026, 1, 1))
    [found] = broken("revenue_schedule_exact", {"document_line": [huge]}, months=YEARS)
    assert found["line_id"] == "a"
