"""What is said of a payment or a refund before it happens."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from ledgerline.base.ids import (
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    RefundId,
    SubscriptionId,
    uuid7,
)
from ledgerline.payments.model import PaymentState, RefundState
from ledgerline.payments.rows.shown import PaymentView, RefundView
from ledgerline.payments.rules.prospects import (
    Left,
    asked_at,
    goes_out_at,
    kept_minor,
    left_of,
    mend_until,
    next_try_at,
    refundable_minor,
)

AT: Final = datetime(2026, 3, 1, 9, tzinfo=UTC)
ASKED: Final = datetime(2026, 2, 1, 8, 30, tzinfo=UTC)
SOME: Final = UUID(int=7)
PAYMENT: Final = PaymentView(
    bucket=Bucket(1),
    id=PaymentId(SOME),
    state=PaymentState.PROCESSING,
    customer_id=CustomerId(SOME),
    invoice_id=InvoiceId(SOME),
    subscription_id=SubscriptionId(SOME),
    payment_method_id=PaymentMethodId(SOME),
    currency="EUR",
    amount_minor=1000,
    captured_minor=0,
    refunded_minor=0,
    refunding_minor=0,
    disputed_minor=0,
    dispute_lost_minor=0,
    tries=1,
    own_failures=0,
    awaits_payer=False,
    next_try_at=AT,
    withheld_for=None,
    receipt_id=None,
    created_at=ASKED,
    is_over=False,
    claim_minor=1000,
    is_held=False,
)
PAID: Final = PAYMENT._replace(captured_minor=1000)
REFUND: Final = RefundView(
    bucket=Bucket(1),
    id=RefundId(uuid7(int(ASKED.timestamp() * 1000), Bucket(1), 5)),
    payment_id=PaymentId(SOME),
    invoice_id=InvoiceId(SOME),
    customer_id=CustomerId(SOME),
    currency="EUR",
    amount_minor=100,
    reason="goodwill",
    cause="asked",
    state=RefundState.REQUESTED,
    psp_account="aster",
    psp_ref=None,
    psp_code=None,
    resolve_at=AT,
    credit_note_id=None,
    receipt_id=None,
    reversal_receipt_id=None,
    sent_at=AT,
    ended_at=None,
)


@pytest.mark.parametrize(
    ("awaits_payer", "is_over", "tried", "mended"),
    [
        (False, False, AT, None),
        (True, False, None, AT),
        (False, True, None, None),
        (True, True, None, None),
    ],
)
def test_either_a_machine_tries_it_or_its_payer_can_mend_it(
    *, awaits_payer: bool, is_over: bool, tried: datetime | None, mended: datetime | None
) -> None:
    payment = PAYMENT._replace(awaits_payer=awaits_payer, is_over=is_over)
    assert (next_try_at(payment), mend_until(payment)) == (tried, mended)


@pytest.mark.parametrize(
    ("payment", "kept", "refundable"),
    [
        (PAID, 1000, 1000),
        (PAID._replace(refunded_minor=300, refunding_minor=200), 500, 500),
        (PAID._replace(claim_minor=400), 1000, 400),
        (PAID._replace(claim_minor=-1), 1000, 0),
        (PAID._replace(is_held=True), 1000, 0),
        (PAYMENT, 0, 0),
    ],
)
def test_what_can_be_refunded_is_money_that_is_ours_and_not_credited(
    payment: PaymentView, kept: int, refundable: int
) -> None:
    left = left_of(payment)
    assert isinstance(left, Left)
    assert (kept_minor(left), refundable_minor(left)) == (kept, refundable)


@pytest.mark.parametrize("state", RefundState)
def test_only_what_no_provider_has_seen_goes_out_at_an_instant(state: RefundState) -> None:
    expected = AT if state is RefundState.REQUESTED else None
    assert goes_out_at(REFUND._replace(state=state)) == expected


def test_a_refund_was_asked_for_when_its_id_was_made() -> None:
    assert asked_at(REFUND) == ASKED
