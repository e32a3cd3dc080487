"""Find out what became of one charge or refund: the ladder, climbed once."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Psps,
    Reading,
    SentAttempt,
    SentRefund,
)
from ledgerline.payments.rules.ladder import (
    Ask,
    CancelThere,
    ReplaySameKey,
    Settle,
    Step,
    Wait,
    Wish,
    age_of,
    first_step,
    next_step,
)

_KNOWN: Final = frozenset({Outcome.PENDING, Outcome.REQUIRES_ACTION})


async def find_out(
    psps: Psps,
    sent: SentAttempt | SentRefund,
    *,
    sent_at: datetime,
    now: datetime,
    wish: Wish = Wish.WANTED,
    acts: bool = False,
) -> Reading:
    """Ask first; replay the same key only when nothing is known and the key is still kept.

    What is not wanted any more is never sent again, but ended at the provider where that can be
    told so. ``acts`` says that its payer was asked to act.

    Called by the resolvers. What is no evidence comes back as ``UNKNOWN``, ``PENDING`` or
    ``REQUIRES_ACTION``, with the time before which the provider does not want to be asked again.
    """
    if sent.request_digest is None:  # nobody could ever send it, so there is nothing to ask
        return await psps.call(sent)
    can = psps.capabilities(sent.psp_account)
    reading = Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code="not_asked")
    age = age_of(sent_at, now=now, there=psps.clock(sent.psp_account))
    step: Ask | Step = first_step(
        can, age=age, wish=wish, named=sent.psp_ref is not None, acts=acts
    )
    if isinstance(step, Ask):
        reading = await psps.call(lookup_of(sent, sent_at=sent_at))
        still = _wish(sent, reading, wish, now=now)
        age = age_of(sent_at, now=now, there=psps.clock(sent.psp_account))
        step = next_step(reading, can, age=age, wish=still)
    if isinstance(step, ReplaySameKey):
        reading = await psps.call(sent)
        still = _wish(sent, reading, wish, now=now)
        step = _after_replay(next_step(reading, can, age=age, wish=still))
    if isinstance(step, CancelThere) and isinstance(sent, SentAttempt):
        asked = acts or reading.outcome is Outcome.REQUIRES_ACTION
        reading = await _end(psps, sent, sent_at=sent_at, asked=asked)
        step = next_step(reading, can, age=age, wish=Wish.WANTED)
    if isinstance(step, Settle) or reading.outcome in _KNOWN:
        return reading
    return replace(reading, outcome=Outcome.UNKNOWN)


def _wish(sent: SentAttempt | SentRefund, reading: Reading, wish: Wish, *, now: datetime) -> Wish:
    """Give up what asks for a payer whom nobody can send there, or whose time there is over."""
    if reading.outcome is not Outcome.REQUIRES_ACTION or not isinstance(sent, SentAttempt):
        return wish
    if sent.return_url is None:
        return Wish.GIVEN_UP
    until = None if reading.action is None else reading.action.expires_at
    is_over = until is not None and until <= now
    return Wish.LATE if is_over and wish is Wish.WANTED else wish


def _after_replay(step: Step) -> Step:
    """Replay once: whatever came of it, it is not sent a third time in one look."""
    return Wait() if isinstance(step, ReplaySameKey) else step


async def _end(psps: Psps, sent: SentAttempt, *, sent_at: datetime, asked: bool) -> Reading:
    """Have a charge ended; where its payer was ``asked`` to act, that is what it failed for."""
    reading = await psps.cancel(lookup_of(sent, sent_at=sent_at))
    if reading.outcome is not Outcome.NOT_EXECUTED or not asked:
        return reading
    if sent.return_url is None:  # the payer was not here: the issuer wants to see them
        return replace(
            reading, outcome=Outcome.DECLINED, category=DeclineCategory.AUTHENTICATION_REQUIRED
        )
    return replace(reading, category=DeclineCategory.AUTHENTICATION_FAILED)


def lookup_of(sent: SentAttempt | SentRefund, *, sent_at: datetime) -> Lookup:
    """Return the question what became of something, with all that may help to find it."""
    return Lookup(
        kind=ChargeKind.CHARGE if isinstance(sent, SentAttempt) else ChargeKind.REFUND,
        psp_account=sent.psp_account,
        reference=sent.reference,
        amount=sent.amount,
        psp_ref=sent.psp_ref,
        charge_ref=None if isinstance(sent, SentAttempt) else sent.charge_ref,
        psp_token=sent.psp_token if isinstance(sent, SentAttempt) else None,
        sent_at=sent_at,
    )
