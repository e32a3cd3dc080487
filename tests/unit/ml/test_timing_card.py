"""The card of a table of retry timing."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from ledgerline.flows.load_retry_model import artefact_of
from ledgerline.ml.train.timing import artefact, train
from ledgerline.payments.rows.learning import BeliefRow, FaultRow, LoadedRow, SwitchRow
from ledgerline.payments.rules.calibrating import weeks
from ledgerline.report.timing_card import (
    TimingCarded,
    cells_told,
    said_of,
    timing_card_page,
    write_timing_card,
)
from tests.unit.ml.test_train_timing import WHEN, rows

NOON: Final = datetime(2026, 11, 27, 12, tzinfo=UTC)
TEXT: Final = artefact(train(rows(900)), trained_at=WHEN, told={"release": 7, "seller": None})

STALE: Final = FaultRow(kind="retry", tick=0, why="stale", decisions=2, seen_at=NOON)
WEEK: Final = BeliefRow(date(2026, 11, 23), tenth=4, tries=1_000, believed=450_000_000, good=300)


def carded(**more: Any) -> TimingCarded:
    new = artefact_of(TEXT)
    told: dict[str, Any] = {
        "body": new.body, "sha256": new.sha256, "trained_at": new.trained_at,
        "metrics": new.metrics, "loaded": None, "switches": (), "faults": (), "weeks": (),
        "told": (), "simulated": True,
    }  # fmt: skip
    return TimingCarded(**(told | more))


def test_a_card_of_a_file_says_what_it_was_made_of_and_how_it_did() -> None:
    page = timing_card_page(carded())
    for said in (
        artefact_of(TEXT).sha256, "not loaded", "Everything on this page is simulated",
        "<b>900</b> tries", "of release 7", "Tries that were paid, by what was believed: lines",
        "Part of what was paid: lines", "by lot", "8 to 12 o&#39;clock",
        "Nobody asks what is not loaded.",
        "It decides for nobody, so nothing is compared.",
    ):  # fmt: skip
        assert said in page, said
    assert "<script" not in page


def test_a_card_of_what_decides_says_what_came_of_it() -> None:
    loaded = LoadedRow(
        version=3, sha256="a" * 64, trained_at=WHEN, loaded_at=NOON, loaded_by="<ada>",
        reason="better", metrics="{}",
    )  # fmt: skip
    switches = (
        SwitchRow(
            kind="retry", seller_code="nordic", no=1, mode="on", percent=95,
            explore_below='{"EUR": 3000}', changed_by="me", reason="x", changed_at=NOON,
        ),
    )  # fmt: skip
    page = timing_card_page(
        carded(
            metrics={"rows": 1}, loaded=loaded, switches=switches, simulated=False,
            faults=[STALE._replace(tick=no) for no in range(50)],
            weeks=weeks([WEEK]),
            told=[("nordic", "first tries again paid: 40.00 % of 10")],
        )
    )  # fmt: skip
    for said in (
        "version 3", "on for nordic, 95 %", "&lt;ada&gt;: better", "below €30.00",
        "The file does not say how it did.", "off in the week of Nov 23, 2026",
        "first tries again paid: 40.00 % of 10", '<td class="num">100</td>',
    ):  # fmt: skip
        assert said in page, said
    assert "simulated" not in page
    assert page.count(">stale<") == 1


def test_facts_are_told_in_words() -> None:
    assert [said_of(fact, word) for fact, word in (
        ("band", "0"), ("band", "4"), ("wait", "1"), ("wait", "9"), ("weekday", "0"),
        ("monthday", "end"), ("monthday", "5"), ("hour", "2"), ("tries", "1"), ("tries", "6"),
        ("category", "do_not_honor"), ("brand", ""),
    )] == [
        "less than 500 minor units", "5,000 minor units or more", "after 1 to less than 2 days",
        "after 20 days or more", "Monday", "last of the month", "day 5 of the month",
        "8 to 12 o'clock", "tried once", "tried 6 times", "do not honor",
        "the network of the card not known",
    ]  # fmt: skip
    few = {"families": [["hour"]], "cells": {"base": -9, "0|3": 2_000, "0|2": -100}}
    assert [one["adds"] for one in cells_told(few)] == ["+2.00", "-0.10"]
    assert list(cells_told({"families": [["hour"]], "cells": {"base": 1}})) == []


def test_a_card_is_written_and_replaced(tmp_path: Path) -> None:
    pages = [write_timing_card(carded(), tmp_path / "card") for _ in range(2)]
    assert "Model of retry timing" in pages[-1].read_text("utf-8")
    assert json.loads(artefact_of(TEXT).body)["cells"]
