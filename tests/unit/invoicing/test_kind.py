"""Which kind of invoice a claim gets."""

import pytest

from ledgerline.invoicing.rules.kind import names_buyer, was_served


@pytest.mark.parametrize(
    ("is_business", "total", "limit", "named"),
    [
        (True, 1, None, True),
        (True, 1, 25_000, True),
        (False, 1_199, None, False),
        (False, 25_000, 25_000, False),
        (False, 25_001, 25_000, True),
    ],
)
def test_a_business_and_a_large_claim_are_named(
    *, is_business: bool, total: int, limit: int | None, named: bool
) -> None:
    asked = names_buyer(is_business=is_business, total_minor=total, simplified_up_to_minor=limit)
    assert asked is named


@pytest.mark.parametrize(
    ("cause", "last_event", "expected"),
    [
        ("renewal", "created", True),
        ("purchase", "created", False),
        ("change", "created", False),
        ("purchase", "reopened", True),
        ("change", "reopened", True),
    ],
)
def test_only_what_nobody_ever_paid_never_happened(
    cause: str, last_event: str, expected: bool
) -> None:
    assert was_served(cause, last_event) is expected
