from enum import StrEnum
from itertools import product
from typing import TypeVar

import pytest

from ledgerline.base.states import Machine, StateRefused
from ledgerline.payments.disputes import DisputeEvent, DisputeState
from ledgerline.payments.model import (
    AttemptEvent,
    AttemptState,
    PaymentEvent,
    PaymentState,
    RefundEvent,
    RefundState,
)
from ledgerline.payments.rules.lifecycle import ATTEMPT, DISPUTE, PAYMENT, REFUND

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)

ALLOWED = {
    "payment": {
        "processing": {"try_failed": "processing", "postponed": "processing",
                       "confirmed": "succeeded", "given_up": "failed", "canceled": "canceled"},
        "failed": {"adopted": "succeeded"},
        "canceled": {"adopted": "succeeded"},
    },
    "attempt": {
        "sent": {"sent": "sent", "pending": "sent", "answer_lost": "unknown",
                 "action_asked": "requires_action",
                 "confirmed": "succeeded", "declined": "declined", "proven_absent": "not_executed"},
        "unknown": {"sent": "unknown", "pending": "sent", "answer_lost": "unknown",
                    "action_asked": "requires_action",
                    "confirmed": "succeeded", "declined": "declined",
                    "proven_absent": "not_executed"},
        "requires_action": {"sent": "sent", "pending": "sent", "answer_lost": "unknown",
                            "action_asked": "requires_action", "confirmed": "succeeded",
                            "declined": "declined", "proven_absent": "not_executed"},
    },
    "refund": {
        "requested": {"sent": "sent", "confirmed": "succeeded", "pending": "sent",
                      "declined": "failed", "proven_absent": "failed"},
        "sent": {"sent": "sent", "pending": "sent", "answer_lost": "unknown",
                 "confirmed": "succeeded", "declined": "failed", "proven_absent": "failed",
                 "postponed": "requested"},
        "unknown": {"sent": "unknown", "pending": "sent", "answer_lost": "unknown",
                    "confirmed": "succeeded", "declined": "failed", "proven_absent": "failed"},
        "succeeded": {"reversed": "reversed"},
    },
    "dispute": {
        "warning": {"warned": "warning", "opened": "needs_response", "submitted": "under_review",
                    "accepted": "accepted", "withdrawn": "withdrawn", "won": "won", "lost": "lost"},
        "needs_response": {"opened": "needs_response", "submitted": "under_review",
                           "accepted": "accepted", "expired": "expired", "withdrawn": "withdrawn",
                           "won": "won", "lost": "lost"},
        "under_review": {"opened": "under_review", "submitted": "under_review",
                         "withdrawn": "withdrawn", "won": "won", "lost": "lost"},
        "accepted": {"withdrawn": "withdrawn", "won": "won", "lost": "lost"},
        "expired": {"submitted": "under_review", "accepted": "accepted", "withdrawn": "withdrawn",
                    "won": "won", "lost": "lost"},
        "won": {"opened": "needs_response", "warned": "warning", "lost": "lost"},
        "lost": {"withdrawn": "withdrawn", "won": "won"},
    },
}  # fmt: skip


@pytest.mark.parametrize(("state", "event"), list(product(PaymentState, PaymentEvent)))
def test_payment_allows_these_pairs_and_no_other(state: PaymentState, event: PaymentEvent) -> None:
    assert after(PAYMENT, state, event=event) == ALLOWED["payment"].get(state, {}).get(event)


@pytest.mark.parametrize(("state", "event"), list(product(AttemptState, AttemptEvent)))
def test_attempt_allows_these_pairs_and_no_other(state: AttemptState, event: AttemptEvent) -> None:
    assert after(ATTEMPT, state, event=event) == ALLOWED["attempt"].get(state, {}).get(event)


@pytest.mark.parametrize(("state", "event"), list(product(RefundState, RefundEvent)))
def test_refund_allows_these_pairs_and_no_other(state: RefundState, event: RefundEvent) -> None:
    assert after(REFUND, state, event=event) == ALLOWED["refund"].get(state, {}).get(event)


@pytest.mark.parametrize(("state", "event"), list(product(DisputeState, DisputeEvent)))
def test_dispute_allows_these_pairs_and_no_other(state: DisputeState, event: DisputeEvent) -> None:
    assert after(DISPUTE, state, event=event) == ALLOWED["dispute"].get(state, {}).get(event)


def test_lost_answer_never_ends_anything() -> None:
    endings = ATTEMPT.final | REFUND.final
    lost = {after for _, _, event, after in (*ATTEMPT.as_rows(), *REFUND.as_rows())
            if event == "answer_lost"}  # fmt: skip
    assert lost == {"unknown"}
    assert not lost & {str(ending) for ending in endings}


def after(machine: Machine[S, E], state: S, *, event: E) -> S | None:
    try:
        return machine.after(state, event)
    except StateRefused:
        return None
