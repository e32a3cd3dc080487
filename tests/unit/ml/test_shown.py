"""What people are shown of a model: lines of an evaluation, and its card."""

from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pytest

from ledgerline.cli.ml_looks import line_of, segments_of
from ledgerline.cli.ml_work import sound, told
from ledgerline.cli.settings import CommandFailed
from ledgerline.ml.evaluate.released import Asked, Read, evaluated, of_table
from ledgerline.payments.rows.learning import BeliefRow, FaultRow, SnapshotRow, SwitchRow
from ledgerline.payments.rules.artefacts import digest
from ledgerline.payments.rules.calibrating import weeks
from ledgerline.releases.rows import ReleaseRow
from ledgerline.report.model_card import Carded, card_page, card_text
from tests.unit.ml.test_released_log import shown
from tests.unit.ml.test_replay import learned

NOON: Final = datetime(2026, 11, 27, 12, tzinfo=UTC)
_BODY: Final = learned().kept()
STATE: Final = SnapshotRow(
    tick=2, upto=812_345, body=_BODY, taken_at=NOON, sha256=digest(_BODY), code_version="0a1b2c"
)
RELEASED: Final = ReleaseRow(
    no=7, interval_no=7, business_day=NOON.date(), code_version="x", engine="duckdb", reason="x",
    actor="x", restated=[], made_at=NOON, tables="{}", checks="[]",
)  # fmt: skip
SWITCHES: Final = (
    SwitchRow(
        kind="routing", seller_code="nordic", no=1, mode="on", percent=95,
        explore_below='{"EUR": 50000}', changed_by="<me>", reason="x", changed_at=NOON,
    ),
)  # fmt: skip
FAULTS: Final = (
    FaultRow(kind="routing", tick=3, why="other_accounts", decisions=12, seen_at=NOON),
)

WEEKS: Final = weeks(
    [
        BeliefRow(date(2026, 11, 16), tenth=8, tries=1_000, believed=850_000_000, good=845),
        BeliefRow(date(2026, 11, 23), tenth=8, tries=1_000, believed=850_000_000, good=790),
    ]
)


def carded(read: Read, **more: Any) -> Carded:
    whole: dict[str, Any] = {
        "state": STATE, "released": RELEASED, "asked": Asked(date(2026, 1, 1), NOON.date()),
        "read": read, "found": evaluated(read), "switches": SWITCHES, "faults": FAULTS,
        "weeks": WEEKS, "simulated": True,
    }  # fmt: skip
    return Carded(**(whole | more))


def test_an_answer_is_a_line_with_its_interval_and_what_it_has_over_the_log() -> None:
    read = of_table(shown())
    said = evaluated(read).answers["learned"]
    one = told("learned", said, read.contexts)
    assert one["approved_low_ppm"] < one["approved_ppm"] < one["approved_high_ppm"]
    assert [part["segment"] for part in one["segments"]] == ["DE domestic visa payer"]
    line = line_of(one)
    assert line["approved"].startswith(f"{one['approved_ppm'] / 10_000:.2f} % (")
    assert "points" in line["against_logged"]
    assert list(segments_of(one)) == []
    # a segment that stands out is named with its lead
    one["segments"][0]["stands_out"] = True
    [segment] = segments_of(one)
    assert (segment["policy"], segment["segment"]) == ("learned", "DE domestic visa payer")


def test_what_is_refused_is_a_line_that_says_why() -> None:
    read = of_table(shown(100))
    one = told("rules", evaluated(read).answers["rules"], read.contexts)
    assert (one["refused"], line_of(one)["approved"]) == ("few", "no answer")
    assert line_of(one)["against_logged"].startswith("only ")
    assert list(segments_of(one)) == []


def test_a_card_says_what_it_is_of_and_how_it_does() -> None:
    read = of_table(shown())
    page = card_page(carded(read))
    for said in (
        STATE.sha256, "on for nordic, 95 %", "Everything on this page is simulated",
        "4,000 decisions of release 7", "other accounts", "below €500.00", "points (", "<svg",
    ):  # fmt: skip
        assert said in page, said
    assert "Approved by policy" in page
    assert "Approval believed and seen, by week: lines by week of" in page
    assert "off in the week of Nov 23, 2026" in page
    assert "<script" not in page
    # and the same as text
    text = card_text(carded(read))
    for said in (
        "Model of routing, simulated\n", f"sha256 {STATE.sha256}, code 0a1b2c\n",
        "decides: on for nordic, 95 %", "Believed and seen", " seen ", "learned: ", "aster: ",
        "moves by ", "2026-11-23: believed 85.00 %, seen 79.00 % (76.37 % to 81.41 %)", "; off\n",
    ):  # fmt: skip
        assert said in text, (said, text)
    live = card_page(carded(read, simulated=False))
    assert "simulated" not in live


def test_a_card_of_a_model_that_weighed_nothing_says_so() -> None:
    read = of_table(shown(100))
    unknown = read._replace(believed=np.full(read.log.size, np.nan))
    page = card_page(carded(unknown, switches=(), faults=(), weeks=()))
    assert "has weighed none of the decisions" in page
    assert "nowhere: it is off" in page
    assert "no answer: only" in page
    assert "It was believed whenever it was asked." in page
    assert "No try that the model had weighed has ended yet." in page


def test_a_log_that_is_none_is_said_with_what_to_do() -> None:
    table = shown(100)
    half = pa.array([one // 2 for one in table["propensity_ppm"].to_pylist()])
    by_rules = table.drop_columns(["propensity_ppm", "learned_ppm"])
    halved = by_rules.append_column("propensity_ppm", half).append_column(
        "learned_ppm", pa.nulls(table.num_rows, pa.int64())
    )
    for read, why in (
        (lambda: of_table(halved), "release 7 holds what is no log: probabilities"),
        (lambda: of_table(table, context=("result",)), "release 7 knew result of a charge later"),
    ):
        with pytest.raises(CommandFailed, match=why) as failed:
            sound(read, 7)
        assert "ledgerline data audit" in failed.value.hint
