"""Which kind of invoice a claim gets."""

import pytest

from ledgerline.invoicing.rules.kind import names_buyer


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
