"""The lifecycles of payment, attempt and refund. A pair that is not here is refused."""

from typing import Final

from ledgerline.base.states import Machine, machine
from ledgerline.payments.model import (
    AttemptEvent,
    AttemptState,
    PaymentEvent,
    PaymentState,
    RefundEvent,
    RefundState,
)

PAYMENT: Final[Machine[PaymentState, PaymentEvent]] = machine(
    "payment",
    initial=PaymentState.PROCESSING,
    final={PaymentState.SUCCEEDED},
    table={
        (PaymentState.PROCESSING, PaymentEvent.TRY_FAILED): PaymentState.PROCESSING,
        (PaymentState.PROCESSING, PaymentEvent.POSTPONED): PaymentState.PROCESSING,
        (PaymentState.PROCESSING, PaymentEvent.CONFIRMED): PaymentState.SUCCEEDED,
        (PaymentState.PROCESSING, PaymentEvent.GIVEN_UP): PaymentState.FAILED,
        (PaymentState.PROCESSING, PaymentEvent.CANCELED): PaymentState.CANCELED,
        # money moved after we had closed the payment: it counts, it is never dropped
        (PaymentState.FAILED, PaymentEvent.ADOPTED): PaymentState.SUCCEEDED,
        (PaymentState.CANCELED, PaymentEvent.ADOPTED): PaymentState.SUCCEEDED,
    },
)

ATTEMPT: Final[Machine[AttemptState, AttemptEvent]] = machine(
    "attempt",
    initial=AttemptState.SENT,
    final={AttemptState.SUCCEEDED, AttemptState.DECLINED, AttemptState.NOT_EXECUTED},
    table={
        (AttemptState.SENT, AttemptEvent.SENT): AttemptState.SENT,
        (AttemptState.SENT, AttemptEvent.PENDING): AttemptState.SENT,  # the provider holds it
        (AttemptState.SENT, AttemptEvent.ACTION_ASKED): AttemptState.REQUIRES_ACTION,
        (AttemptState.SENT, AttemptEvent.ANSWER_LOST): AttemptState.UNKNOWN,  # only evidence ends
        (AttemptState.SENT, AttemptEvent.CONFIRMED): AttemptState.SUCCEEDED,
        (AttemptState.SENT, AttemptEvent.DECLINED): AttemptState.DECLINED,
        (AttemptState.SENT, AttemptEvent.PROVEN_ABSENT): AttemptState.NOT_EXECUTED,
        (AttemptState.UNKNOWN, AttemptEvent.SENT): AttemptState.UNKNOWN,  # a replay adds no doubt
        (AttemptState.UNKNOWN, AttemptEvent.PENDING): AttemptState.SENT,  # the provider holds it
        (AttemptState.UNKNOWN, AttemptEvent.ACTION_ASKED): AttemptState.REQUIRES_ACTION,
        (AttemptState.UNKNOWN, AttemptEvent.ANSWER_LOST): AttemptState.UNKNOWN,
        (AttemptState.UNKNOWN, AttemptEvent.CONFIRMED): AttemptState.SUCCEEDED,
        (AttemptState.UNKNOWN, AttemptEvent.DECLINED): AttemptState.DECLINED,
        (AttemptState.UNKNOWN, AttemptEvent.PROVEN_ABSENT): AttemptState.NOT_EXECUTED,
        # the payer is back, and what they brought is handed in
        (AttemptState.REQUIRES_ACTION, AttemptEvent.SENT): AttemptState.SENT,
        (AttemptState.REQUIRES_ACTION, AttemptEvent.ACTION_ASKED): AttemptState.REQUIRES_ACTION,
        (AttemptState.REQUIRES_ACTION, AttemptEvent.PENDING): AttemptState.SENT,
        # its time is over, and that is no evidence
        (AttemptState.REQUIRES_ACTION, AttemptEvent.ANSWER_LOST): AttemptState.UNKNOWN,
        (AttemptState.REQUIRES_ACTION, AttemptEvent.CONFIRMED): AttemptState.SUCCEEDED,
        (AttemptState.REQUIRES_ACTION, AttemptEvent.DECLINED): AttemptState.DECLINED,
        (AttemptState.REQUIRES_ACTION, AttemptEvent.PROVEN_ABSENT): AttemptState.NOT_EXECUTED,
    },
)

REFUND: Final[Machine[RefundState, RefundEvent]] = machine(
    "refund",
    initial=RefundState.REQUESTED,
    final={RefundState.SUCCEEDED, RefundState.FAILED},
    table={
        (RefundState.REQUESTED, RefundEvent.SENT): RefundState.SENT,
        # it was executed after all, though we were told that nothing was
        (RefundState.REQUESTED, RefundEvent.CONFIRMED): RefundState.SUCCEEDED,
        (RefundState.REQUESTED, RefundEvent.PENDING): RefundState.SENT,
        # nobody sends it any more: its account is gone, and people say so
        (RefundState.REQUESTED, RefundEvent.DECLINED): RefundState.FAILED,
        (RefundState.REQUESTED, RefundEvent.PROVEN_ABSENT): RefundState.FAILED,
        (RefundState.SENT, RefundEvent.SENT): RefundState.SENT,
        (RefundState.SENT, RefundEvent.PENDING): RefundState.SENT,
        (RefundState.SENT, RefundEvent.ANSWER_LOST): RefundState.UNKNOWN,
        (RefundState.SENT, RefundEvent.CONFIRMED): RefundState.SUCCEEDED,
        (RefundState.SENT, RefundEvent.DECLINED): RefundState.FAILED,
        (RefundState.SENT, RefundEvent.PROVEN_ABSENT): RefundState.FAILED,
        (RefundState.SENT, RefundEvent.POSTPONED): RefundState.REQUESTED,
        (RefundState.UNKNOWN, RefundEvent.SENT): RefundState.UNKNOWN,
        (RefundState.UNKNOWN, RefundEvent.PENDING): RefundState.SENT,
        (RefundState.UNKNOWN, RefundEvent.ANSWER_LOST): RefundState.UNKNOWN,
        (RefundState.UNKNOWN, RefundEvent.CONFIRMED): RefundState.SUCCEEDED,
        (RefundState.UNKNOWN, RefundEvent.DECLINED): RefundState.FAILED,
        (RefundState.UNKNOWN, RefundEvent.PROVEN_ABSENT): RefundState.FAILED,
    },
)
