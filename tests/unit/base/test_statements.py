"""Statements take their column lists from row types."""

import pytest

from ledgerline.base.statements import expand

PACKAGE = "ledgerline.entitlements"
PARTED = "ledgerline.payments"


@pytest.mark.parametrize(
    ("_case", "source", "expected"),
    [
        ("fields", "COPY t ({ProvenRow})", "COPY t (bucket, invoice_id)"),
        (
            "columns of a table",
            "SELECT {ProvenRow:c} FROM t AS c",
            "SELECT c.bucket, c.invoice_id FROM t AS c",
        ),
        (
            "without what is computed",
            "SELECT {ProvenRow:c - invoice_id}, now() AS invoice_id",
            "SELECT c.bucket, now() AS invoice_id",
        ),
        (
            "without two of them",
            "SELECT {EndedCoverRow - bucket first_month last_month}",
            "SELECT subscription_id, ended_at",
        ),
        ("no row type", "SELECT '{}'::jsonb, %(a)s", "SELECT '{}'::jsonb, %(a)s"),
    ],
)
def test_row_type_is_written_out(_case: str, source: str, expected: str) -> None:
    assert expand(source, PACKAGE) == expected


def test_row_types_of_a_package_are_found_in_its_modules() -> None:
    assert expand("{OwingRow:p}, {InboxEndRow}", PARTED) == (
        "p.subscription_id, psp_account, event_key, state, due_at"
    )


def test_what_no_row_type_says_is_a_defect() -> None:
    with pytest.raises(AssertionError, match="has no CoversRow"):
        expand("SELECT {CoversRow:c}", PACKAGE)
    with pytest.raises(AssertionError, match="ProvenRow has no"):
        expand("SELECT {ProvenRow:c - ends_at}", PACKAGE)
