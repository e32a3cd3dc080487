"""Ask a provider what became of one charge, refund or set-up."""

from datetime import datetime
from typing import Final

from ledgerline.payments.model import (
    ChargeKind,
    Lookup,
    Psps,
    Reading,
    SentAttempt,
    SentRefund,
)
from ledgerline.payments.setups import SentSetup

LOOKS_AT_ONCE: Final = 16
"""Half of what a process has on its way at an account (``base.http``).

Waiting for a place there counts against the deadline of a call. Looks that nobody waits for, all
at once, had each other time out, looked again together, and left no place for charges.
"""


async def look_up(
    psps: Psps, sent: SentAttempt | SentRefund | SentSetup, *, sent_at: datetime
) -> Reading:
    """Ask a provider what became of something, and do nothing else."""
    question = lookup_of(sent, sent_at=sent_at)
    if isinstance(sent, SentSetup):
        return await psps.find_set_up(question)
    return await psps.call(question)


def lookup_of(sent: SentAttempt | SentRefund | SentSetup, *, sent_at: datetime) -> Lookup:
    """Return the question what became of something, with all that may help to find it."""
    return Lookup(
        kind=_kind_of(sent),
        psp_account=sent.psp_account,
        reference=sent.reference,
        amount=sent.amount,
        psp_ref=sent.psp_ref,
        charge_ref=sent.charge_ref if isinstance(sent, SentRefund) else None,
        psp_token=None if isinstance(sent, SentRefund) else sent.psp_token,
        sent_at=sent_at,
    )


def _kind_of(sent: SentAttempt | SentRefund | SentSetup) -> ChargeKind:
    if isinstance(sent, SentSetup):
        return ChargeKind.SETUP
    return ChargeKind.CHARGE if isinstance(sent, SentAttempt) else ChargeKind.REFUND
