"""When a customer may be erased, and what has to happen first."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.customers.model import CustomerErased, CustomerNotErasable
from ledgerline.customers.rows import CustomerRow
from ledgerline.customers.rules.erasure import Unfinished, refuse_erased, refuse_unfinished

NOTHING: Final = Unfinished(
    subscriptions=[],
    attempts=[],
    refunds=[],
    set_ups=[],
    payments=[],
    invoices=[],
    documents=[],
    credit=[],
)
ONE: Final = UUID(int=1)
NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
REASONS: Final[dict[str, tuple[str, str]]] = {
    "attempts": ("attempt_unsettled", "resolver"),
    "refunds": ("refund_under_way", "once it has ended"),
    "set_ups": ("set_up_under_way", "half an hour"),
    "subscriptions": ("subscription_live", "cancel it now"),
    "payments": ("payment_in_progress", "succeeded or was given up"),
    "invoices": ("money_owed", "paid, void or written off"),
    "documents": ("document_waits", "in a moment"),
}


def _customer(erased_at: datetime | None) -> CustomerRow:
    return CustomerRow(
        bucket=Bucket(7), id=CustomerId(ONE), market_code="DE", zone="Europe/Berlin", locale="de",
        version=2, created_at=NOON, erased_at=erased_at,
    )  # fmt: skip


def _but(kind: str) -> Unfinished:
    """Say that one thing is unfinished and no other."""
    found: dict[str, Any] = {**NOTHING._asdict(), kind: [ONE]}
    return Unfinished(**found)


def test_a_customer_with_nothing_unfinished_may_be_erased() -> None:
    refuse_unfinished(NOTHING)


@pytest.mark.parametrize("kind", REASONS)
def test_what_is_not_finished_is_named_with_what_to_do(kind: str) -> None:
    reason, step = REASONS[kind]
    with pytest.raises(CustomerNotErasable, match=step) as refused:
        refuse_unfinished(_but(kind))
    assert refused.value.facts["reason"] == reason
    assert str(ONE) in refused.value.facts.values()


def test_credit_that_nobody_gave_up_is_named() -> None:
    with pytest.raises(CustomerNotErasable, match="forfeit_credit") as refused:
        refuse_unfinished(NOTHING._replace(credit=["11.99 EUR"]))
    assert refused.value.facts == {"reason": "credit_left", "credit": "11.99 EUR"}


def test_what_is_unknown_is_said_before_what_is_owed() -> None:
    everything: Any = {name: [ONE] for name in NOTHING._fields}
    with pytest.raises(CustomerNotErasable) as refused:
        refuse_unfinished(Unfinished(**everything))
    assert refused.value.facts["reason"] == "attempt_unsettled"


def test_nothing_is_written_for_an_erased_customer() -> None:
    refuse_erased(_customer(None))
    with pytest.raises(CustomerErased, match="make a new one"):
        refuse_erased(_customer(NOON))
