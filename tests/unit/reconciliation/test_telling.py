"""One sentence a break, with everything that leads to it."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from ledgerline.base.ids import AttemptId, Bucket, PaymentId
from ledgerline.payments.rows.settling import CapturedRow
from ledgerline.reconciliation.rows import FileRow
from ledgerline.reconciliation.rules import telling
from tests.unit.reconciliation.samples import FILE, JULY_1, SUBJECT, row

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason", "sentence"),
    [
        (
            {}, "line_unmatched",
            "aster: charge stl:12 of 1000 EUR is of nothing that we know here",
        ),
        (
            {"match": "duplicate", "subject_id": SUBJECT}, "duplicate_capture",
            f"aster: charge stl:12 of 1000 EUR is the second line for {SUBJECT}",
        ),
        (
            {"match": "duplicate", "kind": "refund", "subject_id": SUBJECT}, "duplicate_refund",
            f"aster: refund stl:12 of 1000 EUR is the second line for {SUBJECT}",
        ),
        (
            {"match": "mismatch", "subject_id": SUBJECT}, "line_mismatch",
            f"aster: charge stl:12 of 1000 EUR is not what {SUBJECT} moved",
        ),
        (
            {"match": "mismatch", "subject_id": SUBJECT, "suspense_minor": -1}, "line_mismatch",
            f"aster: charge stl:12 of 1000 EUR is -1 off from {SUBJECT}",
        ),
    ],
)  # fmt: skip
def test_break_of_a_line_is_told(changes: dict[str, object], reason: str, sentence: str) -> None:
    broken = row(**changes)
    assert telling.reason_of(broken) == reason
    told = telling.of_line(broken, name="stl:12", psp_account="aster")
    assert told.partition(" (")[0] == sentence


def test_line_of_nothing_is_told_with_its_names() -> None:
    told = telling.of_line(row(reference=None), name="stl:12", psp_account="aster")
    assert told.endswith("(our reference none, theirs ch_1)")


@pytest.mark.parametrize("match", ["matched", "waiting", "account"])
def test_what_agrees_is_not_told(match: str) -> None:
    assert telling.reason_of(row(match=match)) is None


def test_missing_capture_is_told() -> None:
    captured = CapturedRow(
        bucket=Bucket(7),
        id=AttemptId(SUBJECT),
        payment_id=PaymentId(UUID(int=2)),
        currency="EUR",
        amount_minor=1000,
        ended_at=NOON,
    )
    assert telling.of_missing(captured, psp_account="aster") == (
        f"aster: 1000 EUR captured under {SUBJECT} are in no settlement file yet"
    )


def test_quarantined_file_is_told() -> None:
    file = FileRow(
        id=FILE,
        psp_account="aster",
        sha256=bytes(32),
        format="sandbox",
        reference="po_1",
        seller_code="acme",
        state="quarantined",
        why="it does not add up",
        corrects=None,
        lines=3,
        first_on=JULY_1,
        last_on=JULY_1,
        imported_at=NOON,
    )
    assert telling.of_quarantine(file, name="stl_1") == (
        "aster: stl_1, the file of po_1, is not believed: it does not add up"
    )
