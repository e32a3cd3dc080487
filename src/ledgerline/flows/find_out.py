"""Find out what became of one charge or refund: the ladder, climbed once."""

from dataclasses import replace
from datetime import datetime

from ledgerline.payments.model import (
    ChargeKind,
    EvidenceKind,
    Lookup,
    Outcome,
    Psps,
    Reading,
    SentAttempt,
    SentRefund,
)
from ledgerline.payments.rules.ladder import Ask, ReplaySameKey, Settle, Step, first_step, next_step


async def find_out(
    psps: Psps,
    sent: SentAttempt | SentRefund,
    *,
    sent_at: datetime,
    now: datetime,
    wanted: bool = True,
) -> Reading:
    """Ask first; replay the same key only when nothing is known and the key is still kept.

    What is not ``wanted`` any more is asked for, but never sent again.

    Called by the resolvers. What is no evidence comes back as ``UNKNOWN`` or ``PENDING``, with the
    time before which the provider does not want to be asked again.
    """
    if sent.request_digest is None:  # nobody could ever send it, so there is nothing to ask
        return await psps.call(sent)
    can = psps.capabilities(sent.psp_account)
    reading = Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code="not_asked")
    step: Ask | Step = first_step(
        can, sent_at=sent_at, now=now, wanted=wanted, named=sent.psp_ref is not None
    )
    if isinstance(step, Ask):
        reading = await psps.call(lookup_of(sent, sent_at=sent_at))
        step = next_step(reading, can, sent_at=sent_at, now=now, wanted=wanted)
    if isinstance(step, ReplaySameKey):
        reading = await psps.call(sent)
        step = next_step(reading, can, sent_at=sent_at, now=now, wanted=False)
    if isinstance(step, Settle) or reading.outcome is Outcome.PENDING:
        return reading
    return replace(reading, outcome=Outcome.UNKNOWN)


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
