"""What a demo says of a model that decided is no more than its tries say."""

from datetime import UTC, datetime

import pytest

from ledgerline.cli.demo_models import (
    TriesRow,
    compared,
    learned_of,
    lines_of,
    sentence_of,
    stages,
)
from ledgerline.cli.demo_report import plain_learned
from ledgerline.payments.scores import Mode

START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(*told: tuple[int, int]) -> list[TriesRow]:
    return [TriesRow(True, tries, approved) for tries, approved in told]


@pytest.mark.parametrize(
    ("end", "watches", "decides"),
    [
        (datetime(2027, 1, 1, tzinfo=UTC), (2026, 10, 1), (2026, 11, 1)),
        (datetime(2026, 2, 28, tzinfo=UTC), (2026, 2, 13), (2026, 2, 18)),
        (datetime(2026, 1, 31, tzinfo=UTC), (2026, 1, 23), (2026, 1, 26)),
    ],
)
def test_a_model_watches_for_a_while_before_it_decides(
    end: datetime, watches: tuple[int, int, int], decides: tuple[int, int, int]
) -> None:
    first, second = stages(START, end)
    assert (first.at, first.mode) == (datetime(*watches, tzinfo=UTC), Mode.SHADOW)
    assert (second.at, second.mode) == (datetime(*decides, tzinfo=UTC), Mode.ON)


def test_few_customers_prove_nothing() -> None:
    found = compared(rows(*[(2, 2)] * 40, *[(2, 1)] * 10), rows((1, 1), (1, 1)))
    assert found.difference == pytest.approx(-10)
    assert found.low < -25
    assert found.high > 40


def test_many_customers_do() -> None:
    found = compared(rows(*[(4, 4)] * 900, *[(4, 3)] * 100), rows(*[(4, 4)] * 500, *[(4, 2)] * 500))
    assert 20 < found.low < found.difference < found.high < 25


def test_payments_of_one_customer_are_not_counted_as_independent() -> None:
    spread = compared(rows(*[(1, 1)] * 50, *[(1, 0)] * 50), rows(*[(1, 1)] * 50, *[(1, 0)] * 50))
    of_few = compared(rows((50, 50), (50, 0)), rows((50, 50), (50, 0)))
    assert of_few.high - of_few.low > 5 * (spread.high - spread.low)


def test_it_says_that_it_is_simulated() -> None:
    found = compared(rows((10, 9), (10, 10)), rows((4, 4), (4, 3)))
    assert "simulated" in sentence_of(found)
    assert [one["approved"] for one in lines_of(found)] == ["19 (95.0 %)", "7 (87.5 %)"]


def test_refused_renewals_are_compared_by_what_is_paid_by_now() -> None:
    told = [
        TriesRow(True, 4, 3, refused=1, recovered=1), TriesRow(True, 4, 2, refused=2, recovered=1),
        TriesRow(True, 9, 9), TriesRow(False, 3, 2, refused=1, recovered=0), TriesRow(False, 2, 2),
    ]  # fmt: skip
    found = learned_of(told)
    assert found.approved is not None
    assert (found.approved.model.tries, found.approved.held_out.tries) == (17, 5)
    assert found.recovered is not None
    model, held_out = found.recovered.model, found.recovered.held_out
    assert (model.customers, model.tries, model.approved) == (2, 3, 2)
    assert (held_out.customers, held_out.tries, held_out.approved) == (1, 1, 0)
    assert found.refused == (3, 1)
    lines = list(lines_of(found.recovered, "refused renewals", "recovered"))
    assert lines[0]["recovered"] == "2 (66.7 %)"
    told_plainly = plain_learned(found)
    assert told_plainly["refused"] == {"model": 3, "held_out": 1}
    recovered = told_plainly["recovered"]
    assert isinstance(recovered, dict)
    assert recovered["model"]["approved"] == 2
    assert recovered["low"] < recovered["difference"] < recovered["high"]
    # where nobody who is held out was refused, it is said how many were
    few = learned_of(told[:3])
    assert (few.recovered, few.refused) == (None, (3, 0))
    assert plain_learned(few)["recovered"] is None
