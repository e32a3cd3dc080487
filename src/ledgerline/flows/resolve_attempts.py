"""Find out what became of attempts whose answer never came."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import PaymentId
from ledgerline.base.moments import Moment
from ledgerline.base.money import Currency, Money
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.base.tasks import results
from ledgerline.flows.bear_own_failures import open_account_exceptions_in, open_unknown_in
from ledgerline.flows.bill_due import Buckets
from ledgerline.flows.find_out import find_out
from ledgerline.flows.look_up import LOOKS_AT_ONCE
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.tell_amounts import tell_amounts_in
from ledgerline.payments import payer
from ledgerline.payments import store as payments
from ledgerline.payments.model import (
    AttemptState,
    DeclineCategory,
    Initiator,
    Outcome,
    PaymentState,
    Psps,
    Reading,
    SentAttempt,
)
from ledgerline.payments.rows.attempts import AttemptRow, LookRow
from ledgerline.payments.rules.ladder import WANTED_FOR, next_look, wish_of

RESOLVE_BATCH_MAX: Final = LOOKS_AT_ONCE
AT_ONCE: Final = timedelta(0)
MERCHANT_CONFIG: Final = DeclineCategory.MERCHANT_CONFIG
_LEASE: Final = timedelta(seconds=30)  # a resolver that dies leaves the attempt to the next look


async def resolve_attempts(
    run: Run,
    psps: Psps,
    *,
    buckets: Buckets,
    limit: int = RESOLVE_BATCH_MAX,
    ahead: timedelta = AT_ONCE,
) -> int:
    """Look at one batch of attempts without a known end; return how many were looked at.

    With ``ahead`` also at those whose look is due so much later (a clock that stands still).

    Called by the resolver job and the virtual clock. Ask first; replay the same key only when the
    provider knows nothing and still keeps keys; otherwise wait. Nothing ends by age. Safe to
    repeat: only evidence ends an attempt, through ``settle_attempt``. What fails is raised when
    the others are done.
    """
    now = run.now()
    async with run.transaction() as tx:
        rows = await payments.claim_unresolved(
            tx, bucket_from=buckets[0], bucket_to=buckets[1], now=now + ahead,
            next_look_at=now + ahead + _LEASE, limit=limit,
        )  # fmt: skip
        states = await _states(tx, rows)
    if not rows:
        return 0
    ended = await asyncio.gather(
        *(_find_out(run, psps, row, states[row.payment_id], now=now) for row in rows),
        return_exceptions=True,
    )
    found = [
        (row, reading)
        for row, reading in zip(rows, ended, strict=True)
        if isinstance(reading, Reading)
    ]
    await _look_later(run, found)
    await settle_attempt(
        run,
        [
            Evidence(row.bucket, row.id, reading)
            for row, reading in found
            if reading.outcome is not Outcome.UNKNOWN
        ],
    )
    results(ended)
    return len(rows)


async def _find_out(
    run: Run, psps: Psps, row: AttemptRow, payment: PaymentState, *, now: datetime
) -> Reading:
    """Ask about an attempt; one that is not wanted any more is ended where that is possible."""
    wish = wish_of(
        Initiator(row.initiator),
        is_open=payment is PaymentState.PROCESSING,
        sent_at=row.sent_at,
        now=now,
    )
    acts = row.state == AttemptState.REQUIRES_ACTION
    sent = as_sent(row, decided=run.moment())
    return await find_out(psps, sent, sent_at=row.sent_at, now=now, wish=wish, acts=acts)


async def _states(tx: Tx, rows: Sequence[AttemptRow]) -> dict[PaymentId, PaymentState]:
    """Read where the payments of some attempts stand: one may have been given up meanwhile."""
    if not rows:
        return {}
    found = await payments.read_states(
        tx, buckets=[row.bucket for row in rows], ids=[row.payment_id for row in rows]
    )
    return {row.id: PaymentState(row.state) for row in found}


@repeated
async def _look_later(run: Run, found: Sequence[tuple[AttemptRow, Reading]]) -> None:
    """Say when to look at what is unknown again; the look at hand is counted already.

    People are told of an account that does not let us look: nothing there comes to its end.
    """
    now = run.now()
    unknown = [(row, reading) for row, reading in found if reading.outcome is Outcome.UNKNOWN]
    acting = [(row, reading) for row, reading in unknown if _still_acts(row, now=now)]
    lost = [(row, reading) for row, reading in unknown if not _still_acts(row, now=now)]
    refused = {
        row.psp_account: reading for row, reading in unknown if reading.category is MERCHANT_CONFIG
    }
    async with run.transaction() as tx:
        await payer.look_later(tx, [_look(row, reading, now=now) for row, reading in acting])
        still = await payments.mark_unknown(
            tx, [_look(row, reading, now=now) for row, reading in lost], now=now
        )  # others have come to their end since they were asked about
        await open_unknown_in(tx, [row for row, _ in lost if row.id in still], now=now)
        await tell_amounts_in(tx, unknown, now=now)
        await open_account_exceptions_in(tx, refused, now=now)


def _still_acts(row: AttemptRow, *, now: datetime) -> bool:
    """Say whether the payer of an attempt is waited for: then nothing is unknown yet."""
    return row.state == AttemptState.REQUIRES_ACTION and now < row.sent_at + WANTED_FOR


def _look(row: AttemptRow, reading: Reading, *, now: datetime) -> LookRow:
    at = next_look(row.looks - 1, now, retry_after_seconds=reading.retry_after_seconds)
    if _still_acts(row, now=now):
        at = min(at, row.sent_at + WANTED_FOR)
    return LookRow(
        bucket=row.bucket, id=row.id, state=row.state, resolve_at=at, psp_ref=reading.psp_ref
    )


def as_sent(row: AttemptRow, *, decided: Moment | None = None) -> SentAttempt:
    """Return what was sent for an attempt, to be sent again where that is ``decided``."""
    return SentAttempt(
        bucket=row.bucket,
        attempt_id=row.id,
        payment_id=row.payment_id,
        psp_account=row.psp_account,
        amount=Money(row.amount_minor, Currency(row.currency)),
        psp_token=row.psp_token,
        initiator=Initiator(row.initiator),
        request_digest=row.request_digest,
        psp_ref=row.psp_ref,
        return_url=row.return_url,
        challenge=row.challenge,
        due_on=row.due_on,
        decided=decided,
    )
