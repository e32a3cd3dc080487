"""Versions of subscriptions: told by their logs, and random logs against a look at every day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledgerline.base.calendar import Period
from ledgerline.pricing.model import LineKind, Piece
from ledgerline.pricing.rules.price import price
from ledgerline.rules.entries import write_delta
from ledgerline.rules.timeline import Delta, Entry, fold
from ledgerline.subscriptions.model import LogKind
from tests.datasets.tables import built, months_between
from tests.unit.rules.sold import ALWAYS
from tests.unit.rules.test_contracted import (
    CATALOG,
    FEB_1,
    FEB_10,
    MAR_5,
    bought,
    created,
    log,
    said,
    step,
)

MONTHS: Final = months_between(date(2026, 1, 1), date(2026, 12, 1))
_DAY: Final = timedelta(days=1)
_PERIOD: Final = Period(date(2026, 1, 1), date(2026, 2, 1))
_OFF: Final = (LogKind.PAYMENT_OVERDUE, LogKind.PAUSED)
_FOLLOWS: Final = {
    LogKind.ACTIVATED: _OFF,
    LogKind.PAYMENT_OVERDUE: (LogKind.PAYMENT_SETTLED,),
    LogKind.PAYMENT_SETTLED: _OFF,
    LogKind.PAUSED: (LogKind.RESUMED,),
    LogKind.RESUMED: _OFF,
}
_MOVES: Final = {*_FOLLOWS, LogKind.CANCELED}


def log_rows(name: str, entries: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "entry_id": f"{name}:{one.entry.seq}", "subscription_id": name,
            "seq_count": one.entry.seq, "customer_id": f"of {name}", "seller_code": "nordic",
            "market_code": "XX", "currency": "EUR", "kind": one.entry.kind.value,
            "effective_on": one.entry.effective, "recorded_on": one.on, "cause": one.cause,
            "body": write_delta(one.entry.delta), "changed_month": one.on.replace(day=1),
        }
        for one in entries
    ]  # fmt: skip


PRICES: Final = [
    {
        "agreed_id": f"{n}", "price_id": str(row.id), "plan_code": row.plan_code,
        "phase_count": row.phase_no, "phase_kind": "evergreen", "component": row.component,
        "market_code": row.market_code, "currency": row.currency, "unit_num": row.unit_num,
        "unit_den": row.unit_den, "tax_behavior": row.tax_behavior, "valid_on": row.valid_from,
        "product_code": row.product_code, "product_kind": row.product_kind, "family": row.family,
        "tax_category": row.tax_category, "cadence_count": row.cadence_count,
        "cadence_unit": row.cadence_unit, "rounding_mode": row.rounding_mode,
        "rounding_target": row.rounding_target, "rounding_components": row.rounding_components,
    }
    for n, row in enumerate([*CATALOG.prices, *CATALOG.prices])
]  # fmt: skip
RATES: Final = [
    {
        "rate_id": "XX", "market_code": "XX", "tax_category": "digital_services",
        "valid_on": ALWAYS, "rate_ppm": 190_000, "treatment": "standard", "components": "[]",
        "valid_month": ALWAYS,
    }
]  # fmt: skip


def versions_of(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    sources = {"subscription_log": rows, "agreed_price": PRICES, "tax_rate": RATES}
    return built("subscription_version", sources, months=MONTHS)


def test_equal_logs_are_folded_once_and_told_of_each() -> None:
    single = log(*bought(created(step("single", FEB_1))))
    ended = log(*bought(created(step("family", FEB_1))), said(LogKind.CANCELED, MAR_5))
    rows = [*log_rows("b", single), *log_rows("c", ended), *log_rows("a", single)]
    found = versions_of(rows[::-1])
    names = ("subscription_id", "customer_id", "valid_start", "valid_end", "status", "mrr_e4")
    assert [tuple(row[name] for name in names) for row in found] == [
        ("a", "of a", FEB_1, None, "active", 10_080_000),
        ("b", "of b", FEB_1, None, "active", 10_080_000),
        ("c", "of c", FEB_1, MAR_5, "active", 15_120_000),
        ("c", "of c", MAR_5, None, "ended", 0),
    ]
    assert {row["net_minor"] for row in found} == {1008, 1512, 0}


def test_rate_that_is_entered_late_changes_nothing_that_has_passed() -> None:
    single = log_rows("a", log(*bought(created(step("single", FEB_1)))))
    begun, may = RATES[0] | {"recorded_on": FEB_1}, date(2026, 5, 10)
    late = begun | {"rate_id": "late", "valid_on": MAR_5, "rate_ppm": 160_000, "recorded_on": may}
    given = {"subscription_log": single, "agreed_price": PRICES}
    found = built("subscription_version", {**given, "tax_rate": [begun, late]}, months=MONTHS)
    assert [(row["valid_start"], row["reason"]) for row in found] == [
        (FEB_1, "start"), (date(2026, 6, 1), "tax_change"),
    ]  # fmt: skip


def test_nothing_gives_nothing_and_what_begins_later_than_the_months_is_left_out() -> None:
    assert versions_of([]) == []
    planned = log(
        *bought(created(step("single", FEB_1))),
        said(LogKind.CANCEL_SCHEDULED, date(2027, 2, 1), on=FEB_10),
    )
    assert [row["status"] for row in versions_of(log_rows("a", planned))] == [
        "active", "cancelling",
    ]  # fmt: skip


@st.composite
def logs(draw: st.DrawFn) -> list[Any]:
    """Draw a log whose entries are recorded on the day they take effect, or before."""
    entries = bought(created(step("single", FEB_1)))
    day = FEB_1
    for _ in range(draw(st.integers(0, 6))):
        day += draw(st.integers(0, 40)) * _DAY
        kind = draw(st.sampled_from(("plan", "quantity", "move", "end", "later")))
        if kind == "end":
            entries.append(said(LogKind.CANCELED, day))
            break
        if kind == "quantity":
            many = Delta(quantities={"base": draw(st.integers(1, 3))})
            entries.append(said(LogKind.QUANTITY_CHANGED, day, many))
        elif kind == "move":
            last = [one[0] for one in entries if one[0] in _MOVES][-1]
            entries.append(said(draw(st.sampled_from(_FOLLOWS[last])), day))
        else:
            _plan(draw, entries, day, is_now=kind == "plan")
    return log(*entries)


def _plan(draw: st.DrawFn, entries: list[Any], day: date, *, is_now: bool) -> None:
    """Change the plan, or plan to, and perhaps undo that at once."""
    then = day if is_now else day + draw(st.integers(1, 50)) * _DAY
    delta = Delta(steps=(step(draw(st.sampled_from(("single", "family"))), then),))
    kind = LogKind.PLAN_CHANGED if is_now else LogKind.CHANGE_SCHEDULED
    entries.append(said(kind, then, delta, on=day))
    if not is_now and draw(st.booleans()):
        entries.append(said(LogKind.UNDONE, day, Delta(undoes=(len(entries),))))


def worth(entries: Sequence[Entry], day: date) -> int:
    """Look at one day alone: the state that then was, and the price of what was then had."""
    state = ""
    for entry in entries:
        if entry.effective <= day and entry.kind in _MOVES:
            state = entry.kind.value
    if state not in {"activated", "payment_overdue", "payment_settled", "resumed"}:
        return 0
    held = fold(entries, on=day).on(day)["base"]
    terms = CATALOG.book.terms(
        held.price_id, quantity=held.quantity, offers=(), grid=_PERIOD, tax_point=day
    )
    piece = Piece(
        kind=LineKind.RECURRING, component="base", terms=terms, period=_PERIOD, grid=_PERIOD
    )
    return price((piece,)).net_minor * 10_000


@settings(max_examples=25, deadline=None)
@given(logs())
@example(log(*bought(created(step("single", FEB_1))), said(LogKind.CANCELED, FEB_1)))
def test_any_log_is_worth_each_day_what_a_look_at_that_day_says(entries: list[Any]) -> None:
    rows = versions_of(log_rows("a", entries))
    day = FEB_1
    while day < date(2026, 12, 31):
        [held] = [
            row for row in rows
            if row["valid_start"] <= day and (row["valid_end"] is None or day < row["valid_end"])
        ]  # fmt: skip
        assert held["mrr_e4"] == worth([one.entry for one in entries], day), (day, held)
        day += _DAY
