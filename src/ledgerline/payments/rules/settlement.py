"""What a reading means for an attempt and its payment: the only rule by which an attempt ends."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.ids import PaymentMethodId
from ledgerline.payments.authentication import PayerAction
from ledgerline.payments.model import (
    AttemptState,
    DeclineCategory,
    EvidenceKind,
    Initiator,
    Outcome,
    PaymentState,
    Reading,
    RefundState,
)
from ledgerline.payments.rules.advice import advised_by
from ledgerline.payments.rules.bank_days import Scheme
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.ladder import next_look, proves_nothing
from ledgerline.payments.rules.retry import (
    TECHNICAL,
    AwaitPayer,
    GiveUp,
    GiveUpReason,
    Postpone,
    Retry,
    Then,
    Tries,
    is_ours,
    postpone,
)
from ledgerline.payments.rules.retry_plan import Failure, Plan, Policy, then_of
from ledgerline.payments.rules.retry_timing import Timed, planned
from ledgerline.payments.scores import Timing
from ledgerline.payments.unasked import UNSTARTED

QUEUE_DELAY: Final = timedelta(seconds=5)  # after which there may be a place
CLOSED: Final = frozenset(
    {AttemptState.SUCCEEDED, AttemptState.DECLINED, AttemptState.NOT_EXECUTED}
)


_NAMES_CHARGES: Final = frozenset(
    {EvidenceKind.RESPONSE, EvidenceKind.STATUS_QUERY, EvidenceKind.WEBHOOK}
)
REFUND_PROVEN: Final = frozenset({RefundState.SUCCEEDED, RefundState.REVERSED})
"""States of a refund that its provider has made, whatever became of its money."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about an attempt and its payment under their locks.

    ``payer_tries`` of its ``tries`` were started by the payer; ``resume`` is the plan that such a
    one interrupts. Until ``act_until`` its payer may be asked to act. ``plan`` is the newest
    revision of its retry plan, once it failed, and ``policy`` what a first one is laid by;
    ``scheme`` is that of a bank debit, ``timing`` what may order the moments that a plan leaves
    open. ``goes_elsewhere`` says that another account is asked at once if this one fails.
    ``captured_ref`` is what the provider calls the money of this attempt that came already, in time
    or late.
    """

    attempt_state: AttemptState
    amount_minor: int
    currency: str
    initiator: Initiator
    looks: int
    payment_state: PaymentState
    tries: int
    technical_tries: int
    own_failures: int
    payer_tries: int
    resume: Retry | AwaitPayer | None
    zone: str
    spread: int
    method_id: PaymentMethodId
    policy: Policy
    plan: Plan | None = None
    scheme: Scheme | None = None
    timing: Timing | None = None
    act_until: datetime | None = None
    goes_elsewhere: bool = False
    captured_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Succeed:
    """The money was captured: payment, invoice, receipt and cover follow."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The payment goes on at once at another account, with an attempt in the same transaction."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The attempt is over without money; ``then`` says what becomes of the payment.

    Of its failed tries ``technical_tries`` were technical refusals and ``own_failures`` our own.
    ``plan`` is the revision of the retry plan that this failure gives, if it gives one, and
    ``timed`` what a model said of its next try, where one was asked.
    """

    state: AttemptState
    then: Then | Postpone | Elsewhere
    technical_tries: int
    own_failures: int
    is_ours: bool
    plan: Plan | None = None
    timed: Timed | None = None


@dataclass(frozen=True, slots=True)
class Contradict:
    """The provider asserts something our books do not say: record it, never drop it.

    ``money_moved`` is True when money arrived that no payment of ours expects, and is booked now.
    A second execution is booked by its line of a settlement file.
    """

    reason: Reason
    money_moved: bool


@dataclass(frozen=True, slots=True)
class Over:
    """The attempt ends, and its payment was given up before: what was decided stays.

    ``late`` is what a success is then: money that nothing expects.
    """

    state: AttemptState
    late: Contradict | None = None


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Nothing is proven. ``unknown`` says that the answer was lost; the attempt stays live."""

    at: datetime
    unknown: bool


@dataclass(frozen=True, slots=True)
class AskPayer:
    """The payer has to do ``action``; look at it again at ``at`` in any case."""

    action: PayerAction
    at: datetime


@dataclass(frozen=True, slots=True)
class Ignore:
    """The attempt ended before and this says nothing new."""


Verdict = Succeed | Fail | Over | LookAgain | AskPayer | Ignore | Contradict


def verdict(facts: Facts, reading: Reading, *, now: datetime) -> Verdict:
    """Decide what ``reading`` does. Age alone never ends an attempt."""
    if facts.attempt_state in CLOSED:
        return _of_closed(facts, reading)
    match reading.outcome:
        case Outcome.SUCCEEDED:
            return _of_success(facts, reading, now=now)
        case Outcome.DECLINED:
            return _failed(facts, AttemptState.DECLINED, reading, now=now)
        case Outcome.NOT_EXECUTED if not proves_nothing(reading, looks=facts.looks):
            return _failed(facts, AttemptState.NOT_EXECUTED, reading, now=now)
        case Outcome.REQUIRES_ACTION:
            return _of_action(facts, reading, now=now)
        case Outcome.PENDING | Outcome.UNKNOWN | Outcome.ABSENT | Outcome.NOT_EXECUTED:
            return _look_again(facts, reading, now=now)


def explained(reading: Reading, *, asks_payer: bool, psp_ref: str | None) -> Reading:
    """Say what a charge failed for that was ended at its provider, whoever tells that it was.

    The answer to the cancel may be lost, or a webhook be faster. A charge that the provider held
    (it has an id there) and that could ask for its payer is ended because they did not act.
    """
    is_void = (reading.outcome, reading.kind) == (Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)
    was_held = (reading.psp_ref or psp_ref) is not None
    if not (is_void and was_held and asks_payer and reading.category is None):
        return reading
    return replace(reading, category=DeclineCategory.AUTHENTICATION_FAILED)


def is_known(found: Verdict) -> bool:
    """Say whether a verdict tells what became of an attempt: its end, or that it is held."""
    return isinstance(found, (Succeed, Fail, Over, AskPayer)) or (
        isinstance(found, LookAgain) and not found.unknown
    )


def _look_again(facts: Facts, reading: Reading, *, now: datetime) -> LookAgain:
    at = next_look(facts.looks, now, retry_after_seconds=reading.retry_after_seconds)
    return LookAgain(at, unknown=reading.outcome is not Outcome.PENDING)


def _of_action(facts: Facts, reading: Reading, *, now: datetime) -> AskPayer | LookAgain:
    """Send the payer there for as long as both the provider and we wait; else nothing is known."""
    action, latest = reading.action, facts.act_until
    is_open = facts.payment_state is PaymentState.PROCESSING
    if action is None or latest is None or now >= latest or not is_open:
        return _look_again(facts, reading, now=now)
    until = min(action.expires_at or latest, latest)
    if now >= until:
        return _look_again(facts, reading, now=now)
    at = min(next_look(facts.looks, now), until)
    return AskPayer(replace(action, expires_at=until), at)


def _of_success(facts: Facts, reading: Reading, *, now: datetime) -> Verdict:
    asked = (facts.amount_minor, facts.currency)
    moved = reading.amount
    if moved is not None and (moved.minor, moved.currency) != asked:
        return _look_again(facts, reading, now=now)
    if facts.payment_state is not PaymentState.PROCESSING:
        return Over(AttemptState.SUCCEEDED, Contradict(Reason.LATE_SUCCESS, money_moved=True))
    return Succeed()


def _is_second(facts: Facts, reading: Reading) -> bool:
    """Say whether a success is of another execution than the one whose money came."""
    return _names_another(facts.captured_ref, reading)


def is_second_refund(state: RefundState, known: str | None, reading: Reading) -> bool:
    """Say whether a success is of another execution than the one ``known`` that made a refund."""
    return state in REFUND_PROVEN and _names_another(known, reading)


def _names_another(known: str | None, reading: Reading) -> bool:
    """Say whether a success has another name than the first.

    Only where the provider names both itself: a line of a file may bear any name of the charge, and
    is found to be a second one by the line of the first.
    """
    told = reading.psp_ref
    is_told = reading.outcome is Outcome.SUCCEEDED and reading.kind in _NAMES_CHARGES
    return is_told and known is not None and told is not None and known != told


def _of_closed(facts: Facts, reading: Reading) -> Verdict:
    if _is_second(facts, reading):
        return Contradict(Reason.CHARGED_TWICE, money_moved=False)
    if reading.outcome is Outcome.SUCCEEDED and facts.attempt_state is not AttemptState.SUCCEEDED:
        return Contradict(Reason.LATE_SUCCESS, money_moved=True)
    is_denied = reading.outcome is Outcome.DECLINED or reading.kind is EvidenceKind.VOID_CONFIRMED
    if is_denied and facts.attempt_state is AttemptState.SUCCEEDED:
        return Contradict(Reason.DECLINED_AFTER_SUCCESS, money_moved=False)
    return Ignore()


def _failed(facts: Facts, state: AttemptState, reading: Reading, *, now: datetime) -> Fail | Over:
    if facts.payment_state is not PaymentState.PROCESSING:
        return Over(state)
    category = reading.category
    ours = is_ours(state, category)
    if facts.goes_elsewhere:
        return Fail(
            state,
            Elsewhere(),
            technical_tries=facts.technical_tries,
            own_failures=facts.own_failures,
            is_ours=ours,
        )
    if facts.resume is not None:
        return _resumed(facts, state, reading, resume=facts.resume, now=now)
    own = facts.own_failures + ours
    technical = facts.technical_tries + (not ours and category in TECHNICAL)
    then: Then | Postpone
    plan: Plan | None = None
    said: Timed | None = None
    if facts.initiator is Initiator.CUSTOMER:  # the payer is here and chooses what to try next
        then = GiveUp(GiveUpReason.PAYER_IS_HERE)
    elif ours and reading.code == UNSTARTED:  # it waited in our own queue: as if never begun
        then = Postpone(now + QUEUE_DELAY)
    elif ours:
        then = postpone(own, failed_at=now, retry_after_seconds=reading.retry_after_seconds)
    else:
        tries = Tries(total=facts.tries - own - facts.payer_tries, technical=technical)
        plan, said = _planned(facts, reading, tries, now=now)
        then = then_of(plan, failed_at=now)
    return Fail(
        state,
        then,
        technical_tries=technical,
        own_failures=own,
        is_ours=ours,
        plan=plan,
        timed=said,
    )


def _planned(
    facts: Facts, reading: Reading, tries: Tries, *, now: datetime
) -> tuple[Plan, Timed | None]:
    """Lay the plan of a payment at its first failure, or write its next revision."""
    failure = Failure(
        category=reading.category,
        advised=advised_by(reading),
        tries=tries,
        failed_at=now,
        method_id=facts.method_id,
        zone=facts.zone,
        spread=facts.spread,
        scheme=facts.scheme,
    )
    return planned(facts.policy, facts.plan, failure, facts.timing)


def _resumed(
    facts: Facts,
    state: AttemptState,
    reading: Reading,
    *,
    resume: Retry | AwaitPayer,
    now: datetime,
) -> Fail:
    """Go on with the plan that a try of the payer interrupted: it takes no slot of it.

    What no machine may try again has no slot any more. Another method than that of the plan has a
    calendar of its own, since what the first was refused for says nothing about it.
    """
    ours = is_ours(state, reading.category)
    then: Then | Postpone = resume
    plan: Plan | None = None
    said: Timed | None = None
    is_other = facts.plan is not None and facts.plan.method_id != facts.method_id
    if ours:
        then = Postpone(resume.at) if isinstance(resume, Retry) else resume
    elif is_other or (isinstance(resume, Retry) and not advised_by(reading).allows_machine):
        total = facts.tries - facts.own_failures - facts.payer_tries
        plan, said = _planned(facts, reading, Tries(total, facts.technical_tries), now=now)
        then = then_of(plan, failed_at=now)
    return Fail(
        state,
        then,
        technical_tries=facts.technical_tries,
        own_failures=facts.own_failures,
        is_ours=ours,
        plan=plan,
        timed=said,
    )
