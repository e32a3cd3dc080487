"""End a set-up that its payer, or the merchant, does not want any more."""

from ledgerline.base.ids import SetupId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.find_out import find_out
from ledgerline.flows.settle_setup import settle_setup, setup_as_sent
from ledgerline.payments import setting_up
from ledgerline.payments.model import Psps
from ledgerline.payments.refusals import SetupNotFound
from ledgerline.payments.rows.setups import SetupRow
from ledgerline.payments.rules.ladder import Wish
from ledgerline.payments.setups import SetupState


async def cancel_setup(
    run: Run, psps: Psps, setup_id: SetupId, *, command: Command | None = None
) -> None:
    """Note that nobody wants it any more, then have the provider end it; one that ended stays.

    Only what the provider confirms ends it, here or later by the resolver. What had succeeded by
    then is kept as a payment method all the same, since it can be charged: it may be detached. A
    repeat changes nothing. Raises ``SetupNotFound`` and those of ``claim_key_in``.
    """
    held = await _give_up(run, setup_id, command=command)
    if held is None:
        return
    reading = await find_out(
        psps,
        setup_as_sent(run, held),
        sent_at=held.sent_at,
        now=run.now(),
        wish=Wish.GIVEN_UP,
        acts=held.state == SetupState.REQUIRES_ACTION,
    )
    await settle_setup(run, bucket=held.bucket, setup_id=setup_id, reading=reading)


@repeated
async def _give_up(run: Run, setup_id: SetupId, *, command: Command | None) -> SetupRow | None:
    bucket = bucket_of(setup_id)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=setup_id)
            if held is not None:
                return None
        found = await setting_up.read_setup(tx, bucket=bucket, id=setup_id)
        if found is None:
            raise SetupNotFound("there is no such set-up")
        canceled = await setting_up.cancel_setup(tx, bucket=bucket, id=setup_id, now=run.now())
        return found if canceled else None
