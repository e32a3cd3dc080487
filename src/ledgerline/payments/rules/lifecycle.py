"""The lifecycles of what payments keep. A pair that is not here is refused."""

from collections.abc import Mapping
from typing import Final

from ledgerline.base.states import Machine, machine
from ledgerline.payments.debits import MandateEvent, MandateState
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeState,
    EvidenceEvent,
    EvidenceState,
)
from ledgerline.payments.model import (
    AttemptEvent,
    AttemptState,
    PaymentEvent,
    PaymentState,
    RefundEvent,
    RefundState,
)
from ledgerline.payments.setups import SetupEvent, SetupState

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

_SETUP: Final = SetupState
SETUP: Final[Machine[SetupState, SetupEvent]] = machine(
    "payment_setup",
    initial=SetupState.SENT,
    final={SetupState.SUCCEEDED, SetupState.FAILED, SetupState.NOT_EXECUTED},
    table={
        (_SETUP.SENT, SetupEvent.SENT): _SETUP.SENT,
        (_SETUP.SENT, SetupEvent.PENDING): _SETUP.SENT,  # the provider waits for a bank
        (_SETUP.SENT, SetupEvent.ACTION_ASKED): _SETUP.REQUIRES_ACTION,
        (_SETUP.SENT, SetupEvent.ANSWER_LOST): _SETUP.UNKNOWN,
        (_SETUP.SENT, SetupEvent.CONFIRMED): _SETUP.SUCCEEDED,
        (_SETUP.SENT, SetupEvent.DECLINED): _SETUP.FAILED,
        (_SETUP.SENT, SetupEvent.PROVEN_ABSENT): _SETUP.NOT_EXECUTED,
        (_SETUP.UNKNOWN, SetupEvent.SENT): _SETUP.UNKNOWN,
        (_SETUP.UNKNOWN, SetupEvent.PENDING): _SETUP.SENT,
        (_SETUP.UNKNOWN, SetupEvent.ACTION_ASKED): _SETUP.REQUIRES_ACTION,
        (_SETUP.UNKNOWN, SetupEvent.ANSWER_LOST): _SETUP.UNKNOWN,
        (_SETUP.UNKNOWN, SetupEvent.CONFIRMED): _SETUP.SUCCEEDED,
        (_SETUP.UNKNOWN, SetupEvent.DECLINED): _SETUP.FAILED,
        (_SETUP.UNKNOWN, SetupEvent.PROVEN_ABSENT): _SETUP.NOT_EXECUTED,
        # the payer is back, and what they brought is handed in
        (_SETUP.REQUIRES_ACTION, SetupEvent.SENT): _SETUP.SENT,
        (_SETUP.REQUIRES_ACTION, SetupEvent.ACTION_ASKED): _SETUP.REQUIRES_ACTION,
        (_SETUP.REQUIRES_ACTION, SetupEvent.PENDING): _SETUP.SENT,
        (_SETUP.REQUIRES_ACTION, SetupEvent.ANSWER_LOST): _SETUP.UNKNOWN,
        (_SETUP.REQUIRES_ACTION, SetupEvent.CONFIRMED): _SETUP.SUCCEEDED,
        (_SETUP.REQUIRES_ACTION, SetupEvent.DECLINED): _SETUP.FAILED,
        (_SETUP.REQUIRES_ACTION, SetupEvent.PROVEN_ABSENT): _SETUP.NOT_EXECUTED,
    },
)

REFUND: Final[Machine[RefundState, RefundEvent]] = machine(
    "refund",
    initial=RefundState.REQUESTED,
    final={RefundState.FAILED, RefundState.REVERSED},
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
        (RefundState.SUCCEEDED, RefundEvent.REVERSED): RefundState.REVERSED,  # days later
        (RefundState.UNKNOWN, RefundEvent.SENT): RefundState.UNKNOWN,
        (RefundState.UNKNOWN, RefundEvent.PENDING): RefundState.SENT,
        (RefundState.UNKNOWN, RefundEvent.ANSWER_LOST): RefundState.UNKNOWN,
        (RefundState.UNKNOWN, RefundEvent.CONFIRMED): RefundState.SUCCEEDED,
        (RefundState.UNKNOWN, RefundEvent.DECLINED): RefundState.FAILED,
        (RefundState.UNKNOWN, RefundEvent.PROVEN_ABSENT): RefundState.FAILED,
    },
)
REFUND_ENDED: Final = REFUND.final | {RefundState.SUCCEEDED}
"""What nobody waits for any more; a success may still come back."""

_D = DisputeState
_E = DisputeEvent
DISPUTE: Final[Machine[DisputeState, DisputeEvent]] = machine(
    "dispute",
    initial=DisputeState.WARNING,
    final={DisputeState.WITHDRAWN},  # any other a later stage, or a bank that cancels, may change
    table={
        (_D.WARNING, _E.WARNED): _D.WARNING,
        (_D.WARNING, _E.OPENED): _D.NEEDS_RESPONSE,
        (_D.WARNING, _E.SUBMITTED): _D.UNDER_REVIEW,
        (_D.WARNING, _E.ACCEPTED): _D.ACCEPTED,
        (_D.WARNING, _E.WITHDRAWN): _D.WITHDRAWN,
        (_D.WARNING, _E.WON): _D.WON,
        # a bank return has no defence
        (_D.WARNING, _E.LOST): _D.LOST,
        (_D.NEEDS_RESPONSE, _E.OPENED): _D.NEEDS_RESPONSE,
        (_D.NEEDS_RESPONSE, _E.SUBMITTED): _D.UNDER_REVIEW,
        (_D.NEEDS_RESPONSE, _E.ACCEPTED): _D.ACCEPTED,
        (_D.NEEDS_RESPONSE, _E.EXPIRED): _D.EXPIRED,
        (_D.NEEDS_RESPONSE, _E.WITHDRAWN): _D.WITHDRAWN,
        (_D.NEEDS_RESPONSE, _E.WON): _D.WON,
        (_D.NEEDS_RESPONSE, _E.LOST): _D.LOST,
        # told again: what was sent stands
        (_D.UNDER_REVIEW, _E.OPENED): _D.UNDER_REVIEW,
        (_D.UNDER_REVIEW, _E.SUBMITTED): _D.UNDER_REVIEW,
        (_D.UNDER_REVIEW, _E.WITHDRAWN): _D.WITHDRAWN,
        (_D.UNDER_REVIEW, _E.WON): _D.WON,
        (_D.UNDER_REVIEW, _E.LOST): _D.LOST,
        (_D.ACCEPTED, _E.WITHDRAWN): _D.WITHDRAWN,
        # decided otherwise all the same
        (_D.ACCEPTED, _E.WON): _D.WON,
        (_D.ACCEPTED, _E.LOST): _D.LOST,
        (_D.EXPIRED, _E.ACCEPTED): _D.ACCEPTED,
        # it had been sent in time
        (_D.EXPIRED, _E.SUBMITTED): _D.UNDER_REVIEW,
        (_D.EXPIRED, _E.WITHDRAWN): _D.WITHDRAWN,
        (_D.EXPIRED, _E.WON): _D.WON,
        (_D.EXPIRED, _E.LOST): _D.LOST,
        # the next stage takes it again
        (_D.WON, _E.OPENED): _D.NEEDS_RESPONSE,
        (_D.WON, _E.WARNED): _D.WARNING,  # the next stage begins with a question
        (_D.WON, _E.LOST): _D.LOST,
        (_D.LOST, _E.WITHDRAWN): _D.WITHDRAWN,
        # a bank cancels its return, or a later stage decides otherwise
        (_D.LOST, _E.WON): _D.WON,
    },
)

_V = EvidenceState
_W = EvidenceEvent
EVIDENCE: Final[Machine[EvidenceState, EvidenceEvent]] = machine(
    "dispute_evidence",
    initial=EvidenceState.SENT,
    final={_V.ACCEPTED, _V.REFUSED, _V.NOT_EXECUTED, _V.LAPSED},
    table={
        (_V.SENT, _W.SENT): _V.SENT,
        (_V.SENT, _W.ANSWER_LOST): _V.UNKNOWN,
        (_V.SENT, _W.CONFIRMED): _V.ACCEPTED,
        (_V.SENT, _W.DECLINED): _V.REFUSED,
        (_V.SENT, _W.PROVEN_ABSENT): _V.NOT_EXECUTED,
        (_V.SENT, _W.OVERTAKEN): _V.LAPSED,
        (_V.UNKNOWN, _W.SENT): _V.UNKNOWN,
        (_V.UNKNOWN, _W.ANSWER_LOST): _V.UNKNOWN,
        (_V.UNKNOWN, _W.CONFIRMED): _V.ACCEPTED,
        (_V.UNKNOWN, _W.DECLINED): _V.REFUSED,
        (_V.UNKNOWN, _W.PROVEN_ABSENT): _V.NOT_EXECUTED,
        (_V.UNKNOWN, _W.OVERTAKEN): _V.LAPSED,
    },
)

_M = MandateState
_T = MandateEvent
_ALL: Final = frozenset(MandateState) - {_M.REPLACED}
_BEGUN: Final = frozenset({_M.UNKNOWN, _M.PENDING})
_LIVING: Final = _BEGUN | {_M.ACTIVE, _M.PAUSED}
_FOLLOWS: Final[Mapping[MandateEvent, tuple[frozenset[MandateState], MandateState]]] = {
    # what is told of a beginning or of the banks revives none that has ended
    _T.CREATED: (_BEGUN, _M.PENDING),
    _T.SUBMITTED: (_LIVING, _M.PENDING),
    _T.ACTIVATED: (_LIVING, _M.ACTIVE),
    _T.PAUSED: (_LIVING, _M.PAUSED),
    _T.FAILED: (_LIVING, _M.FAILED),
    _T.EXPIRED: (_LIVING, _M.EXPIRED),
    _T.LAPSED: (_LIVING, _M.EXPIRED),
    _T.CANCELED: (_LIVING | {_M.FAILED, _M.EXPIRED}, _M.CANCELED),
    # a bank reinstates, and a look finds what is
    _T.REINSTATED: (_ALL, _M.ACTIVE),
    _T.SEEN_PENDING: (_ALL, _M.PENDING),
    _T.SEEN_ACTIVE: (_ALL, _M.ACTIVE),
    _T.SEEN_PAUSED: (_ALL, _M.PAUSED),
    _T.SEEN_FAILED: (_ALL, _M.FAILED),
    _T.SEEN_EXPIRED: (_ALL, _M.EXPIRED),
    _T.SEEN_CANCELED: (_ALL, _M.CANCELED),
    _T.REPLACED: (_ALL, _M.REPLACED),
}
MANDATE: Final[Machine[MandateState, MandateEvent]] = machine(
    "mandate",
    initial=MandateState.UNKNOWN,
    final={MandateState.REPLACED},
    table={
        (before, event): after for event, (befores, after) in _FOLLOWS.items() for before in befores
    }
    | {(living, _T.TRANSFERRED): living for living in _LIVING},
)
