import pytest

from ledgerline.payments.model import PaymentState
from ledgerline.payments.rules.late_success import Late, decide


@pytest.mark.parametrize(
    ("state", "live", "is_owed", "then"),
    [
        (PaymentState.PROCESSING, False, True, Late.TAKE),
        (PaymentState.PROCESSING, False, False, Late.GIVE_BACK),
        (PaymentState.PROCESSING, True, True, Late.WAIT),
        (PaymentState.PROCESSING, True, False, Late.WAIT),
        (PaymentState.SUCCEEDED, True, False, Late.GIVE_BACK),
        (PaymentState.SUCCEEDED, False, True, Late.GIVE_BACK),
        (PaymentState.FAILED, True, True, Late.GIVE_BACK),
        (PaymentState.CANCELED, True, False, Late.GIVE_BACK),
    ],
)
def test_late_money_pays_only_what_is_owed_and_waits_for_what_may_still_pay(
    state: PaymentState, *, live: bool, is_owed: bool, then: Late
) -> None:
    found = decide(state, has_live_attempt=live, is_owed=is_owed, is_taken_back=False)
    assert found is then
    # what a dispute has taken back is taken, or waited for, and never given back as well
    kept = decide(state, has_live_attempt=live, is_owed=is_owed, is_taken_back=True)
    assert kept is (Late.WAIT if then is Late.GIVE_BACK else then)
