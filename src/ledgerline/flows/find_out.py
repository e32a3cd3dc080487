"""Find out what became of one charge, refund or set-up: the ladder, climbed once."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from ledgerline.flows.look_up import look_up, lookup_of
from ledgerline.payments.model import (
    DeclineCategory,
    EvidenceKind,
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
from ledgerline.payments.rules.setting_up import never_came
from ledgerline.payments.setups import SentSetup

_KNOWN: Final = frozenset({Outcome.PENDING, Outcome.REQUIRES_ACTION})


async def find_out(
    psps: Psps,
    sent: SentAttempt | SentRefund | SentSetup,
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
        return await _send(psps, sent)
    can = psps.capabilities(sent.psp_account)
    if isinstance(sent, SentSetup):
        can = can.of_set_ups()
    reading = Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code="not_asked")
    age = age_of(sent_at, now=now, there=psps.clock(sent.psp_account))
    step: Ask | Step = first_step(
        can, age=age, wish=wish, named=sent.psp_ref is not None, acts=acts
    )
    if isinstance(step, Ask):
        reading = await look_up(psps, sent, sent_at=sent_at)
        still = _wish(sent, reading, wish, now=now)
        age = age_of(sent_at, now=now, there=psps.clock(sent.psp_account))
        lacks_page = not acts and _lacks_page(sent, reading)
        step = next_step(reading, can, age=age, wish=still, lacks_page=lacks_page)
    if isinstance(step, ReplaySameKey):
        reading = await _send(psps, sent)
        still = _wish(sent, reading, wish, now=now)
        step = _after_replay(next_step(reading, can, age=age, wish=still))
    if isinstance(step, CancelThere) and not isinstance(sent, SentRefund):
        asked = acts or reading.outcome is Outcome.REQUIRES_ACTION
        reading = await _end(psps, sent, sent_at=sent_at, asked=asked)
        step = next_step(reading, can, age=age, wish=Wish.WANTED)
    if isinstance(step, Settle) or reading.outcome in _KNOWN:
        return reading
    if isinstance(sent, SentSetup) and never_came(reading, wish=wish, age=age):
        return Reading(Outcome.NOT_EXECUTED, EvidenceKind.WITHDRAWN, code="never_came")
    return replace(reading, outcome=Outcome.UNKNOWN)


async def _send(psps: Psps, sent: SentAttempt | SentRefund | SentSetup) -> Reading:
    return await (psps.set_up(sent) if isinstance(sent, SentSetup) else psps.call(sent))


def _wish(
    sent: SentAttempt | SentRefund | SentSetup, reading: Reading, wish: Wish, *, now: datetime
) -> Wish:
    """Give up what asks for a payer whom nobody can send there, or whose time there is over."""
    if reading.outcome is not Outcome.REQUIRES_ACTION or isinstance(sent, SentRefund):
        return wish
    if sent.return_url is None:
        return Wish.GIVEN_UP
    until = None if reading.action is None else reading.action.expires_at
    is_over = until is not None and until <= now
    return Wish.LATE if is_over and wish is Wish.WANTED else wish


def _lacks_page(sent: SentAttempt | SentRefund | SentSetup, reading: Reading) -> bool:
    """Say whether the payer of a set-up is waited for at a page that a look does not tell."""
    asks = reading.outcome is Outcome.REQUIRES_ACTION and reading.action is None
    return asks and isinstance(sent, SentSetup) and sent.return_url is not None


def _after_replay(step: Step) -> Step:
    """Replay once: whatever came of it, it is not sent a third time in one look."""
    return Wait() if isinstance(step, ReplaySameKey) else step


async def _end(
    psps: Psps, sent: SentAttempt | SentSetup, *, sent_at: datetime, asked: bool
) -> Reading:
    """Have it ended; where its payer was ``asked`` to act, that is what it failed for."""
    subject = lookup_of(sent, sent_at=sent_at)
    ends = psps.cancel_set_up if isinstance(sent, SentSetup) else psps.cancel
    reading = await ends(subject)
    if reading.outcome is not Outcome.NOT_EXECUTED or not asked:
        return reading
    if sent.return_url is None:  # the payer was not here: the issuer wants to see them
        return replace(
            reading, outcome=Outcome.DECLINED, category=DeclineCategory.AUTHENTICATION_REQUIRED
        )
    return replace(reading, category=DeclineCategory.AUTHENTICATION_FAILED)
