"""Go on with a set-up whose payer is back from where they had to act."""

from typing import Final

from ledgerline.base.ids import SetupId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.look_up import look_up
from ledgerline.flows.set_up_method import SetupStarted
from ledgerline.flows.settle_setup import settle_setup, setup_as_sent
from ledgerline.payments import setting_up
from ledgerline.payments.model import Outcome, Psps
from ledgerline.payments.refusals import SetupNotFound
from ledgerline.payments.rows.setups import SetupMoveRow, SetupRow
from ledgerline.payments.rules.ladder import first_look
from ledgerline.payments.rules.lifecycle import SETUP
from ledgerline.payments.setups import SetupEvent, SetupState

_SAYS_NOTHING: Final = frozenset({Outcome.UNKNOWN, Outcome.ABSENT})


async def confirm_setup(
    run: Run, psps: Psps, setup_id: SetupId, *, result: str | None = None
) -> SetupStarted:
    """Find out what a payer's action led to, or hand in the ``result`` that they brought along.

    As ``confirm_payment``: that the payer is back proves nothing, and where the provider takes a
    result the set-up is committed as sent once more before any byte leaves. One without a payer who
    is asked to act is left as it is. Raises ``SetupNotFound``.
    """
    bucket = bucket_of(setup_id)
    held = await _acting(run, setup_id)
    if held is None:
        return SetupStarted(setup_id)
    sent = setup_as_sent(run, held)
    if not psps.capabilities(sent.psp_account).of_set_ups().confirms:
        reading = await look_up(psps, sent, sent_at=held.sent_at)
        if reading.outcome in _SAYS_NOTHING:  # the payer keeps their page, and the resolver looks
            return SetupStarted(setup_id, reading.retry_after_seconds)
    elif result is None or not await _send_again(run, psps, held):
        return SetupStarted(setup_id)
    else:
        reading = await psps.confirm_set_up(sent, result)
    await settle_setup(run, bucket=bucket, setup_id=setup_id, reading=reading)
    return SetupStarted(setup_id, reading.retry_after_seconds)


@repeated
async def _acting(run: Run, setup_id: SetupId) -> SetupRow | None:
    async with run.transaction() as tx:
        held = await setting_up.read_setup(tx, bucket=bucket_of(setup_id), id=setup_id)
    if held is None:
        raise SetupNotFound("there is no such set-up")
    return held if held.state == SetupState.REQUIRES_ACTION else None


@repeated
async def _send_again(run: Run, psps: Psps, held: SetupRow) -> bool:
    """Commit a set-up as sent once more; False when somebody else has moved it on."""
    before = SetupState.REQUIRES_ACTION
    move = SetupMoveRow(
        bucket=held.bucket,
        id=held.id,
        state_before=before,
        state_event=SetupEvent.SENT,
        state=SETUP.after(before, SetupEvent.SENT),
        resolve_at=first_look(run.now(), psps.call_deadline(held.psp_account)),
        unknown_since=None,
        psp_ref=None,
        action_sealed=None,
        action_expires_at=None,
        event_seq=held.event_seq,
    )
    async with run.transaction() as tx:
        return await setting_up.move_setup(tx, move) == 1
