"""A table of retry timing is fitted to what is there, says so honestly, and is the same again."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from math import exp

import pytest

from ledgerline.flows.load_retry_model import artefact_of
from ledgerline.ml.train.timing import (
    ROWS_MIN,
    TooFewRows,
    TryRow,
    artefact,
    calibration_error,
    ece_of_chance,
    gained,
    line_through,
    total_of,
    train,
)
from ledgerline.payments.rules.retry_scores import chance, table_of

FACTS = {
    "category": "insufficient_funds", "market": "DE", "brand": "visa", "band": "2", "tries": "1",
    "wait": "2", "weekday": "1", "monthday": "3", "hour": "2",
}  # fmt: skip
WHEN = datetime(2026, 5, 1, tzinfo=UTC)


def rows(count: int = 6_000) -> list[TryRow]:
    """Return tries that succeed in half of all cases at hour 3, else in a tenth, and no more."""
    found = []
    for no in range(count):
        chance_of = int.from_bytes(sha256(str(no).encode()).digest()[:4]) / 2**32
        hour = ("2", "3", "4")[no % 3]
        paid = chance_of < (0.5 if hour == "3" else 0.1)
        found.append(TryRow(FACTS | {"hour": hour, "weekday": str(no % 7)}, paid))
    return found


def test_what_is_there_is_found_and_calibrated() -> None:
    trained = train(rows())
    table = trained.table
    ppm = {hour: chance(table.knots, total_of(table, FACTS | {"hour": hour})) for hour in "234"}
    assert abs(ppm["3"] - 500_000) < 70_000
    assert abs(ppm["2"] - 100_000) < 40_000
    assert (trained.rows, trained.measured_on) == (6_000, 600)
    assert trained.log_loss < trained.log_loss_of_mean
    assert trained.ece < 0.08  # forty tries a bin


def test_the_same_rows_give_the_same_artefact_and_it_can_be_loaded() -> None:
    one, other = train(rows(900)), train(rows(900))
    text = artefact(one, trained_at=WHEN, told={"release": 7})
    assert text == artefact(other, trained_at=WHEN, told={"release": 7})
    found = artefact_of(text)
    assert table_of(found.body, sha256=found.sha256) == one.table
    assert json.loads(text)["metrics"]["rows"] == 900
    assert (found.trained_at, found.metrics["release"]) == (WHEN, 7)


def test_what_was_never_seen_adds_nothing() -> None:
    table = train(rows(900)).table
    seen = total_of(table, FACTS)
    unseen = FACTS | dict.fromkeys(("category", "market", "brand", "band", "hour"), "new")
    assert total_of(table, unseen) == table.cells["base"]
    assert seen != table.cells["base"]


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(TooFewRows):
        train(rows(ROWS_MIN - 1))


def test_where_nothing_can_be_told_apart_all_moments_are_alike() -> None:
    table = train([TryRow(FACTS, no % 5 == 0) for no in range(1_000)]).table
    ppm = chance(table.knots, total_of(table, FACTS))
    assert abs(ppm - 200_000) < 20_000


@pytest.mark.parametrize("share", [2, 3, 400])
def test_later_tries_may_differ_much_from_what_taught(share: int) -> None:
    paid = [no % share == 0 for no in range(1_200)]
    slope, level = line_through([-4_000 + no % 7 for no in range(1_200)], paid)
    assert 1 / (1 + exp(4 * slope - level)) == pytest.approx(1 / share, abs=0.005)


def test_what_is_believed_of_all_alike_is_as_wrong_as_it_is_on_average() -> None:
    paid = [float(no % 5 == 0) for no in range(1_500)]
    assert calibration_error([0.2] * 1_500, paid) == pytest.approx(0)
    assert calibration_error([0.3] * 1_500, paid) == pytest.approx(0.1)


def test_chance_alone_leaves_some_error_of_calibration() -> None:
    believed = [0.2] * 1_500
    expected = ece_of_chance(believed)
    assert 0.03 < expected < 0.034  # √(2/π · 0.2 · 0.8 / 100)
    drawn = [
        calibration_error(
            believed,
            [float(sha256(f"{turn} {no}".encode()).digest()[0] < 51.2) for no in range(1_500)],
        )
        for turn in range(20)
    ]
    assert sum(drawn) / 20 == pytest.approx(expected, rel=0.15)


def test_what_the_likeliest_tries_brought_is_told_by_tenths() -> None:
    # four of ten were paid, all of them among the likeliest, which are alike by twos
    believed = [0.9, 0.9, 0.8, 0.8, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]
    paid = [1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert list(gained(believed, paid)) == [0.125, 0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1]
    assert list(gained(believed[:1], [0.0])) == []


def test_an_artefact_holds_what_its_card_shows() -> None:
    metrics = json.loads(artefact(train(rows(900)), trained_at=WHEN, told={}))["metrics"]
    assert sum(tries for _, _, tries in metrics["bins"]) == metrics["measured_on"] == 90
    off = sum(abs(believed - seen) * tries for believed, seen, tries in metrics["bins"]) / 90
    assert abs(off - metrics["ece_ppm"]) < 2
    assert (len(metrics["gains_ppm"]), metrics["gains_ppm"][-1]) == (10, 1_000_000)
