"""Renewals of a release are asked about by what was known a week before, and counted after."""

from datetime import date, timedelta
from typing import Any, Final

import duckdb
import numpy as np
import pytest

from ledgerline.ml.evaluate.known import FutureFeature
from ledgerline.ml.train.churn import BY_CHOICE, UNPAID, TooFewEnds
from ledgerline.ml.train.churn_released import Asked, Known, of_rows, query_of, split_of
from ledgerline.ml.train.renewals import MATURE_DAYS, NEVER, facts_of

ALL: Final = Asked(date(1970, 1, 1), date(2027, 1, 1))
BOUGHT: Final = date(2026, 3, 10)
Version = tuple[str, date, date | None, str, str]
Payment = tuple[str, str, date, str, date | None]
VERSIONS: Final[list[Version]] = [
    # stays: its price rose on 5 April, a pause in May
    ("stays", BOUGHT, date(2026, 4, 5), "active", "start"),
    ("stays", date(2026, 4, 5), date(2026, 5, 20), "active", "price_change"),
    ("stays", date(2026, 5, 20), date(2026, 5, 27), "paused", "pause"),
    ("stays", date(2026, 5, 27), None, "active", "resume"),
    # leaves: said so on 5 April, before the renewal and after it was asked about
    ("leaves", BOUGHT, date(2026, 4, 5), "active", "start"),
    ("leaves", date(2026, 4, 5), date(2026, 4, 10), "cancelling", "other"),
    ("leaves", date(2026, 4, 10), None, "ended", "end_voluntary"),
    # told: said so on 20 March, so nobody asks
    ("told", BOUGHT, date(2026, 3, 20), "active", "start"),
    ("told", date(2026, 3, 20), date(2026, 4, 10), "cancelling", "other"),
    ("told", date(2026, 4, 10), None, "ended", "end_voluntary"),
    # unpaid: its first renewal was refused and given up
    ("unpaid", BOUGHT, date(2026, 4, 10), "active", "start"),
    ("unpaid", date(2026, 4, 10), date(2026, 5, 8), "past_due", "other"),
    ("unpaid", date(2026, 5, 8), None, "ended", "end_nonpayment"),
]
PAYMENTS: Final[list[Payment]] = [
    ("stays", "purchase", BOUGHT, "authorised", BOUGHT),
    ("stays", "renewal", date(2026, 4, 10), "declined_soft", date(2026, 4, 10)),
    ("stays", "renewal", date(2026, 5, 10), "authorised", date(2026, 5, 10)),
    ("leaves", "purchase", BOUGHT, "authorised", BOUGHT),
    ("told", "purchase", BOUGHT, "authorised", BOUGHT),
    ("unpaid", "purchase", BOUGHT, "authorised", BOUGHT),
    ("unpaid", "renewal", date(2026, 4, 10), "declined_soft", date(2026, 4, 10)),
]


def read(
    versions: list[Version] = VERSIONS,
    payments: list[Payment] = PAYMENTS,
    asked: Asked = ALL,
) -> Known:
    with duckdb.connect() as db:
        db.execute(
            "CREATE TABLE subscription_version (subscription_id TEXT, valid_start DATE,"
            " valid_end DATE, status TEXT, reason TEXT, component TEXT, customer_id TEXT,"
            " seller_code TEXT, market_code TEXT, plan_code TEXT, cadence_count BIGINT,"
            " cadence_unit TEXT)"
        )
        db.execute(
            "CREATE TABLE payment (subscription_id TEXT, cause TEXT, begun_on DATE,"
            " first_result TEXT, first_ended_on DATE, purpose TEXT)"
        )
        for version in versions:
            more = ("base", "c", "nordic", "DE", "solo", 1, "month")
            db.execute(f"INSERT INTO subscription_version VALUES ({'?, ' * 11}?)", version + more)
        for payment in payments:
            db.execute("INSERT INTO payment VALUES (?, ?, ?, ?, ?, 'full')", payment)
        table = db.execute(query_of(asked)).to_arrow_table()
    return of_rows(table.to_pylist())


def seen(known: Known) -> dict[tuple[str, date], dict[str, Any]]:
    return {(row["subscription_id"], row["renews_on"]): dict(row) for row in known.rows}


def test_who_is_active_a_week_before_is_asked_about_and_who_left_is_counted() -> None:
    known = read()
    april, may, june = date(2026, 4, 10), date(2026, 5, 10), date(2026, 6, 10)
    found = seen(known)
    assert list(found) == [
        ("leaves", april), ("stays", april), ("unpaid", april), ("stays", may), ("stays", june)
    ]  # fmt: skip
    assert known.ended[BY_CHOICE].tolist() == [1, 0, 0, 0, 0]
    assert known.ended[UNPAID].tolist() == [0, 0, 1, 0, 0]
    # what happened in the week before was not known when it was asked
    assert found["stays", april]["price_on"] is None
    assert found["stays", april]["failure_count"] == 0
    assert found["stays", may]["price_on"] == date(2026, 4, 5)
    assert (found["stays", may]["failure_count"], found["stays", may]["failed_on"]) == (1, april)
    assert (found["stays", may]["pause_count"], found["stays", june]["pause_count"]) == (0, 1)
    of = known.renewals
    assert of.tenure_days.values.tolist() == [24, 24, 24, 54, 85]
    assert of.price_days.values.tolist() == [NEVER, NEVER, NEVER, 28, 59]
    assert of.failure_days.values.tolist() == [NEVER, NEVER, NEVER, 23, 54]
    assert set(facts_of(of)) >= {"tenure", "price", "failed"}


def test_one_seller_and_some_days_are_asked_about() -> None:
    assert not read(asked=ALL._replace(seller="o'nobody")).rows
    assert len(read(asked=Asked(date(2026, 5, 1), date(2026, 5, 5))).rows) == 1


def test_what_happens_later_changes_nothing_that_was_known() -> None:
    """Whatever follows 3 May, facts of what was asked by then are the same to the last one."""
    until = Asked(date(1970, 1, 1), date(2026, 5, 3))
    cut = date(2026, 5, 3)
    first = [one for one in VERSIONS if one[1] < cut]
    later: list[Version] = [
        ("stays", date(2026, 5, 4), date(2026, 5, 6), "paused", "pause"),
        ("stays", date(2026, 5, 6), None, "active", "price_change"),
    ]
    paid = [one for one in PAYMENTS if one[2] < cut]
    refused: list[Payment] = [("stays", "renewal", cut, "declined_hard", cut)]
    one, other = read(first, paid, until), read(first + later, paid + refused, until)
    for name, fact in facts_of(one.renewals).items():
        assert fact.words == facts_of(other.renewals)[name].words, name
        assert np.array_equal(fact.codes, facts_of(other.renewals)[name].codes), name


def test_a_row_that_knows_what_is_to_come_is_refused() -> None:
    rows = [dict(row) for row in read().rows]
    rows[0]["price_on"] = rows[0]["decided_on"] + timedelta(days=2)
    with pytest.raises(FutureFeature, match="price_days"):
        split_of(of_rows(rows))


def test_what_measures_begins_when_all_that_taught_was_known() -> None:
    [row, *_] = read().rows
    first = date(2025, 1, 1)
    rows = [{**row, "decided_on": first + timedelta(days=no)} for no in range(0, 300, 3)]
    rows = [
        {**one, "version_on": first - timedelta(days=9), "began_on": first - timedelta(days=9)}
        for one in rows
    ]
    known = of_rows(rows)
    split = split_of(known)
    sizes = [len(part.ended[BY_CHOICE]) for part in split]
    assert sizes == [67, 10, 10]
    decided = known.renewals.decided_on
    calibrated, measured = decided[sizes[0] : sum(sizes[:2])], decided[-sizes[2] :]
    assert calibrated.max() + MATURE_DAYS <= measured.min()


@pytest.mark.parametrize("count", [0, 3])
def test_too_short_a_time_is_refused(count: int) -> None:
    with pytest.raises(TooFewEnds):
        split_of(of_rows(read().rows[:count]))
