"""How the answers of GoCardless are read. Never raises, whatever the bytes are."""

from dataclasses import replace
from typing import Final

from ledgerline.base.money import EXPONENTS, Money, currency
from ledgerline.payments.adapters.gocardless import disputing, outcomes, wire
from ledgerline.payments.adapters.gocardless.causes import category_of
from ledgerline.payments.adapters.strict_json import convert, decode
from ledgerline.payments.contract import Answer, PspReply, TransportFailure
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
    SentRefund,
)

AMOUNT_MISMATCH: Final = "amount_mismatch"
REFERENCE_MISMATCH: Final = "reference_mismatch"
SEVERAL_EXECUTIONS: Final = "several_executions"
LIST_TOO_LONG: Final = "list_too_long"
CHARGED_BACK: Final = "charged_back"
UNREADABLE: Final = "unreadable"
WILL_BE_RETRIED: Final = "will_be_retried"
_RETRY_AFTER_DIGITS: Final = 5  # a day and more: nobody waits longer on a header
TOLD_BY_EVENTS: Final = frozenset({"failed", "cancelled"})
"""States of a payment whose cause stands in its events and nowhere else."""

Asked = SentAttempt | SentRefund | Lookup


def of_transport(failure: TransportFailure) -> Reading:
    """Read that no complete answer to a creation came."""
    outcome = outcomes.TRANSPORT.get(failure.phase, Outcome.UNKNOWN)
    return Reading(outcome, EvidenceKind.TRANSPORT, code=str(failure.phase))


def of_held(what: Asked, held: wire.Held, kind: EvidenceKind) -> Reading:
    """Read a payment or refund; it must be the one we asked for, to the last minor unit."""
    if held.reference != what.reference or not _is_of(what, held):
        return Reading(Outcome.UNKNOWN, kind, code=REFERENCE_MISMATCH)
    amount = Money(held.amount, currency(held.currency)) if held.currency in EXPONENTS else None
    if amount != what.amount:
        return Reading(Outcome.UNKNOWN, kind, psp_ref=held.id, amount=amount, code=AMOUNT_MISMATCH)
    is_payment = isinstance(held, wire.Payment)
    states = outcomes.PAYMENT_STATES if is_payment else outcomes.REFUND_STATES
    outcome = states.get(held.status, Outcome.UNKNOWN)
    says_little = outcome in {Outcome.SUCCEEDED, Outcome.PENDING}
    category = category_of(held.status, None) if is_payment else None
    return Reading(
        outcome,
        kind,
        psp_ref=held.id,
        amount=amount,
        code=None if says_little else held.status,
        category=category if outcome is Outcome.DECLINED else None,
        taken_back=disputing.seen(held.id) if held.status == CHARGED_BACK else None,
    )


def caused(declined: Reading, payment: str, answer: Answer, *, action: str) -> Reading:
    """Add why a payment brought no money, as its newest event of this ``action`` tells it.

    Where events cannot be read just now, nothing is said yet: the reason decides what follows.
    """
    if isinstance(answer, TransportFailure) or answer.status != outcomes.FOUND:
        return unread(answer, declined)
    found = decode(answer.body, wire.Events)
    if found is None:
        return unread(answer, declined)
    for plain in found.events:
        event = convert(plain, wire.Event)
        is_it = event is not None and event.resource_type == "payments" and event.action == action
        if event is not None and is_it and event.links.get("payment") == payment:
            return with_details(declined, convert(event.details, wire.Details))
    return declined  # the state is final and its reason is not told


def with_details(declined: Reading, details: wire.Details | None) -> Reading:
    """Add the cause of a decline; one that the provider tries again itself is none yet."""
    if details is None:
        return declined
    code = ":".join(each for each in (details.cause, details.reason_code) if each is not None)
    if details.will_attempt_retry:
        return Reading(
            Outcome.PENDING,
            declined.kind,
            psp_ref=declined.psp_ref,
            amount=declined.amount,
            code=WILL_BE_RETRIED,
        )
    return Reading(
        declined.outcome,
        declined.kind,
        psp_ref=declined.psp_ref,
        amount=declined.amount,
        code=code,
        category=category_of(details.cause, details.reason_code),
    )


def of_canceled(means: Reading) -> Reading:
    """Read what became of a payment that was to be cancelled.

    One that somebody of the merchant cancelled, by this request or before, never goes to the banks.
    One that ended with its mandate is the payer's word and stays declined.
    """
    if means.outcome is Outcome.ABSENT:
        return replace(means, outcome=Outcome.UNKNOWN)
    cause = (means.code or "").partition(":")[0]
    if means.outcome is not Outcome.DECLINED or cause not in outcomes.CANCELED:
        return means
    return replace(
        means, outcome=Outcome.NOT_EXECUTED, kind=EvidenceKind.VOID_CONFIRMED, category=None
    )


def of_refusal(reply: PspReply) -> Reading:
    """Read what a creation was answered with, if it created nothing or nobody knows."""
    refusal = decode(reply.body, wire.Refusal)
    code = _code(reply, refusal)
    if reply.status in outcomes.UNAUTHENTICATED:
        return _not_executed(code, DeclineCategory.MERCHANT_CONFIG)
    if reply.status == outcomes.TOO_MANY_REQUESTS:
        return _not_executed(code, None, retry_after_seconds=_retry_after(reply))
    if reply.status not in outcomes.BEFORE_CREATION or refusal is None:
        return unread(reply, kind=EvidenceKind.RESPONSE)
    return _not_executed(code, DeclineCategory.REQUEST_REFUSED)


def of_state(what: SentAttempt | SentRefund, reply: PspReply) -> Reading:
    """Read a creation that the state of things forbids, once nothing was created before."""
    kind = ChargeKind.CHARGE if isinstance(what, SentAttempt) else ChargeKind.REFUND
    refusal = decode(reply.body, wire.Refusal)
    code = _code(reply, refusal)
    usual = (Outcome.NOT_EXECUTED, DeclineCategory.REQUEST_REFUSED)
    outcome, category = outcomes.STATES_THAT_FORBID.get((kind, code), usual)
    return Reading(outcome, EvidenceKind.RESPONSE, code=code, category=category)


def is_state(reply: PspReply) -> bool:
    """Say whether a creation was refused for the state of things, in the documented shape."""
    refusal = decode(reply.body, wire.Refusal)
    is_unprocessable = reply.status == outcomes.UNPROCESSABLE
    return is_unprocessable and refusal is not None and refusal.error.type == outcomes.INVALID_STATE


def of_conflict(reply: PspReply) -> Reading | None:
    """Read that our key was used, and for what; None where the answer is no such conflict.

    The reason says so, whatever the status: a conflict that named nothing would else be read as a
    refusal, and something was created.
    """
    refusal = decode(reply.body, wire.Refusal)
    conflicts = [] if refusal is None else refusal.conflicts(outcomes.CONFLICT)
    if not conflicts:
        return None
    named = next((each for each in map(wire.conflicting_id, conflicts) if each is not None), None)
    return Reading(Outcome.UNKNOWN, EvidenceKind.RESPONSE, psp_ref=named, code=outcomes.CONFLICT)


def unread(
    answer: Answer,
    about: Reading | None = None,
    *,
    kind: EvidenceKind = EvidenceKind.STATUS_QUERY,
) -> Reading:
    """Read an answer that says nothing about its subject; what is known ``about`` it stays."""
    psp_ref = None if about is None else about.psp_ref
    if isinstance(answer, TransportFailure):
        return Reading(
            Outcome.UNKNOWN, EvidenceKind.TRANSPORT, psp_ref=psp_ref, code=str(answer.phase)
        )
    is_refused = answer.status in outcomes.UNAUTHENTICATED
    return Reading(
        Outcome.UNKNOWN,
        kind,
        psp_ref=psp_ref,
        code=_code(answer, decode(answer.body, wire.Refusal)),
        category=DeclineCategory.MERCHANT_CONFIG if is_refused else None,
        retry_after_seconds=_retry_after(answer),
    )


def _is_of(what: Asked, held: wire.Held) -> bool:
    """Say whether a refund is one of the capture it was asked for; payments have no more to say."""
    charge_ref = None if isinstance(what, SentAttempt) else what.charge_ref
    return isinstance(held, wire.Payment) or charge_ref is None or held.links.payment == charge_ref


def _not_executed(
    code: str, category: DeclineCategory | None, *, retry_after_seconds: int | None = None
) -> Reading:
    return Reading(
        Outcome.NOT_EXECUTED,
        EvidenceKind.RESPONSE,
        code=code,
        category=category,
        retry_after_seconds=retry_after_seconds,
    )


def _code(reply: PspReply, refusal: wire.Refusal | None) -> str:
    return f"http_{reply.status}" if refusal is None else refusal.error.word


def _retry_after(reply: PspReply) -> int | None:
    """Return when to come back: what a header says, else a minute after too many requests."""
    text = reply.headers.get("retry-after", "")
    if text.isascii() and text.isdigit() and len(text) <= _RETRY_AFTER_DIGITS:
        return int(text)
    is_limited = reply.status == outcomes.TOO_MANY_REQUESTS
    return outcomes.RATE_LIMIT_SECONDS if is_limited else None
