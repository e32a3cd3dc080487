from datetime import UTC, datetime, timedelta

import pytest

from ledgerline.payments.model import AttemptState, DeclineCategory
from ledgerline.payments.rules.retry import Postpone, is_ours, postpone

FUNDS = DeclineCategory.INSUFFICIENT_FUNDS
FAILED_AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "category", "expected"),
    [
        (AttemptState.NOT_EXECUTED, None, True),
        (AttemptState.NOT_EXECUTED, DeclineCategory.MERCHANT_CONFIG, True),
        (AttemptState.DECLINED, DeclineCategory.MERCHANT_CONFIG, True),
        (AttemptState.DECLINED, DeclineCategory.ISSUER_UNAVAILABLE, False),
        (AttemptState.DECLINED, FUNDS, False),
        (AttemptState.DECLINED, None, False),
    ],
)
def test_a_failure_of_ours_is_no_refusal_of_the_payer(
    state: AttemptState, category: DeclineCategory | None, expected: bool
) -> None:
    assert is_ours(state, category) is expected


@pytest.mark.parametrize(
    ("failures", "asked", "seconds"),
    [(1, None, 900), (2, None, 3600), (3, None, 14400), (500, None, 14400), (1, 1800, 1800),
     (3, 60, 14400)],
)  # fmt: skip
def test_a_failure_of_ours_comes_back_for_ever_and_never_before_it_is_wanted(
    failures: int, asked: int | None, seconds: int
) -> None:
    found = postpone(failures, failed_at=FAILED_AT, retry_after_seconds=asked)
    assert found == Postpone(FAILED_AT + timedelta(seconds=seconds))
