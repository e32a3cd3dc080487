"""Go on with a payment whose payer is back from where they had to act."""

from typing import Final, NamedTuple

from ledgerline.base.ids import PaymentId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.look_up import lookup_of
from ledgerline.flows.resolve_attempts import as_sent
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.payments import payer
from ledgerline.payments import store as payments
from ledgerline.payments.model import AttemptEvent, AttemptState, Outcome, PaymentState, Psps
from ledgerline.payments.refusals import PaymentNotFound
from ledgerline.payments.rows.attempts import AttemptRow, LookRow
from ledgerline.payments.rules.ladder import first_look
from ledgerline.payments.rules.lifecycle import ATTEMPT

_SAYS_NOTHING: Final = frozenset({Outcome.UNKNOWN, Outcome.ABSENT})


class Confirmed(NamedTuple):
    """When the provider wants to be asked again, where it said so."""

    retry_after_seconds: int | None = None


async def confirm_payment(
    run: Run, psps: Psps, payment_id: PaymentId, *, result: str | None = None
) -> Confirmed:
    """Find out what a payer's action led to, or hand in the ``result`` that they brought along.

    That the payer is back proves nothing: only what the provider says does. Where it takes a
    result, the attempt is committed as sent once more before any byte leaves. A payment without a
    payer who is asked to act is left as it is, so a page that is loaded again changes nothing.
    Raises ``PaymentNotFound``.
    """
    attempt = await _acting(run, payment_id)
    if attempt is None:
        return Confirmed()
    sent = as_sent(attempt, decided=run.moment())
    if not psps.capabilities(sent.psp_account).confirms:
        reading = await psps.call(lookup_of(sent, sent_at=attempt.sent_at))
        if reading.outcome in _SAYS_NOTHING:  # the payer keeps their page, and the resolver looks
            return Confirmed(reading.retry_after_seconds)
    elif result is None or not await _send_again(run, psps, attempt):
        return Confirmed()
    else:
        reading = await psps.confirm(sent, result)
    await settle_attempt(run, [Evidence(attempt.bucket, attempt.id, reading)])
    return Confirmed(reading.retry_after_seconds)


@repeated
async def _acting(run: Run, payment_id: PaymentId) -> AttemptRow | None:
    """Find the attempt of a payment whose payer is asked to act."""
    bucket = bucket_of(payment_id)
    async with run.transaction() as tx:
        if await payments.find_invoice(tx, bucket=bucket, id=payment_id) is None:
            raise PaymentNotFound("there is no such payment", payment=str(payment_id))
        live = await payments.find_live_attempt(tx, bucket=bucket, payment_id=payment_id)
    return live if live is not None and live.state == AttemptState.REQUIRES_ACTION else None


@repeated
async def _send_again(run: Run, psps: Psps, attempt: AttemptRow) -> bool:
    """Commit an attempt as sent once more; False when somebody else has moved it on.

    What was given up while its payer acted is not executed any more.
    """
    state = ATTEMPT.after(AttemptState.REQUIRES_ACTION, AttemptEvent.SENT)
    assert state is AttemptState.SENT, state
    at = first_look(run.now(), psps.call_deadline(attempt.psp_account))
    row = LookRow(
        bucket=attempt.bucket,
        id=attempt.id,
        state=attempt.state,
        resolve_at=at,
        psp_ref=attempt.psp_ref,
    )
    async with run.transaction() as tx:
        [payment] = await payments.lock_payments(
            tx, buckets=[attempt.bucket], ids=[attempt.payment_id]
        )
        if payment.state != PaymentState.PROCESSING:
            return False
        return await payer.mark_back(tx, [row]) == 1
