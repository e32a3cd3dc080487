"""Rows of the log of retry decisions become tries with the facts they were served with."""

from datetime import UTC, date, datetime
from typing import Any

from ledgerline.ml.train.released import as_of, of_rows
from tests.unit.ml.test_shown import RELEASED

ROW: dict[str, Any] = {
    "category": "insufficient_funds", "market_code": "DE", "network": "visa",
    "amount_minor": 1199, "tries_count": 2,
    "decided_on": date(2026, 3, 2), "decided_hour_num": 23, "try_on": date(2026, 3, 5),
    "try_hour_num": 8, "try_local_on": date(2026, 3, 5), "try_local_hour_num": 9,
    "next_result": "authorised",
}  # fmt: skip


def test_a_row_of_the_log_is_a_try_by_the_payers_clock() -> None:
    read = of_rows([ROW, ROW | {"next_result": "declined_soft", "category": None, "network": None}])
    assert (read.since, read.until) == (date(2026, 3, 2), date(2026, 3, 2))
    paid, refused = read.rows
    assert (paid.paid, refused.paid) == (True, False)
    assert paid.facts == {
        "category": "insufficient_funds", "market": "DE", "brand": "visa", "band": "2",
        "tries": "2", "wait": "2", "weekday": "3", "monthday": "5", "hour": "2",
    }  # fmt: skip
    assert (refused.facts["category"], refused.facts["brand"]) == ("", "")


def test_nothing_is_nothing() -> None:
    assert of_rows([]) == ([], None, None)


def test_what_is_trained_is_as_old_as_what_its_release_knows() -> None:
    sandbox = RELEASED._replace(
        business_day=date(2026, 6, 30), made_at=datetime(2026, 11, 28, 9, tzinfo=UTC)
    )
    assert as_of(sandbox) == datetime(2026, 6, 30, tzinfo=UTC)
