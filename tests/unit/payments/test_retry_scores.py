"""A table of whole numbers: what is read of it, and what is refused."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledgerline.payments.rules.artefacts import digest, seal
from ledgerline.payments.rules.retry_scores import (
    FIELDS,
    Table,
    TableModel,
    added,
    cell_of,
    chance,
    facts_of,
    table_of,
)
from ledgerline.payments.scores import Refused

FAILED_AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
REFUSED = Refused(
    category="insufficient_funds", market="DE", brand="visa", amount_minor=1199, tries=2,
    failed_at=FAILED_AT, zone="Europe/Berlin",
)  # fmt: skip
PLAIN: dict[str, Any] = {
    "families": [["category", "wait"], ["monthday"]],
    "cells": {"base": -1000, "0|insufficient_funds|1": 500, "1|end": 2000},
    "knots": [[-8000, 1000], [0, 500_000], [8000, 999_000]],
}


def read(plain: Any) -> Table | None:
    body = json.dumps(plain)
    return table_of(body, sha256=digest(body))


def test_facts_are_those_of_the_payers_clock() -> None:
    at = datetime(2026, 3, 31, 15, tzinfo=UTC)  # summer time in Berlin
    assert facts_of(REFUSED, at) == {
        "category": "insufficient_funds", "market": "DE", "brand": "visa", "band": "2",
        "tries": "2", "wait": "9", "weekday": "1", "monthday": "end", "hour": "4",
    }  # fmt: skip
    assert set(facts_of(REFUSED, at)) == set(FIELDS)


def test_what_facts_add_is_added_up_and_read_from_a_line() -> None:
    table = read(PLAIN)
    assert table is not None
    at = datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert added(table, facts_of(REFUSED, at)) == {
        "base": -1000, "category × wait": 0, "monthday": 2000,
    }  # fmt: skip
    assert cell_of(1, ("monthday",), facts_of(REFUSED, at)) == "1|end"
    soon = FAILED_AT + timedelta(days=1)
    said = TableModel(table, version=3, age_seconds=60).weigh(REFUSED, (soon, at))
    assert said is not None
    assert (said.version, said.age_seconds) == (3, 60)
    assert said.ppm == {soon: chance(table.knots, -500), at: chance(table.knots, 1000)}
    assert said.ppm[at] == 500_000 + 499_000 * 1000 // 8000
    assert chance(table.knots, -9000) == 1000
    assert chance(table.knots, 9000) == 999_000


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        PLAIN | {"families": [["mood"]]},
        PLAIN | {"families": [["category"]] * 33},
        PLAIN | {"cells": {"base": 0.5}},
        PLAIN | {"cells": {"base": True}},
        PLAIN | {"cells": {"base": 20_001}},
        PLAIN | {"cells": {"base": float("nan")}},
        PLAIN | {"knots": []},
        PLAIN | {"knots": [[0, 5], [0, 6]]},
        PLAIN | {"knots": [[0, 6], [1, 5]]},
        PLAIN | {"knots": [[0, 6], [1, 1_000_001]]},
        PLAIN | {"knots": [[0, -1], [1, 5]]},
        PLAIN | {"knots": [[0, 1, 2]]},
        PLAIN | {"knots": [[0, 1_000_001]]},
    ],
)
def test_what_is_out_of_range_is_no_table(wrong: Any) -> None:
    assert read(wrong) is None


def test_what_is_not_as_it_was_written_is_no_table() -> None:
    body = json.dumps(PLAIN)
    assert table_of(body, sha256=digest(body)) is not None
    assert table_of(body.replace("500", "900"), sha256=digest(body)) is None
    assert table_of("{", sha256=digest("{")) is None


def test_an_artefact_is_sealed_with_all_that_it_says() -> None:
    told = {"kind": "retry", "trained_at": "2026-01-01", "table": PLAIN, "metrics": {"rows": 1}}
    sealed = told | {"file_sha256": seal(told)}
    assert seal(sealed) == sealed["file_sha256"]
    for name in told:
        assert seal(sealed | {name: "other"}) != sealed["file_sha256"]
