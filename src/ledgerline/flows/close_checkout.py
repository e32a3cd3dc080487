"""Close a checkout session that nobody shall buy by any more."""

from ledgerline.base.ids import CheckoutId, bucket_of
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import CheckoutClosed, CheckoutNotFound


@repeated
async def close_checkout(
    run: Run, session_id: CheckoutId, *, command: Command | None = None
) -> None:
    """Close a session, so that its page takes no order any more; one that is over stays so.

    Called by the API and the command line. With the same ``command`` a repeat changes nothing.
    Raises ``CheckoutNotFound``, ``CheckoutClosed`` when what it is for was bought or is being paid,
    and those of ``claim_key_in``.
    """
    bucket, now = bucket_of(session_id), run.now()
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=bucket, command=command, subject_id=session_id)
            if held is not None:
                return
        if await purchases.lock_checkout(tx, bucket=bucket, id=session_id) is None:
            raise CheckoutNotFound("there is no such checkout session")
        if await purchases.bought_by_checkout(tx, bucket=bucket, id=session_id) is not None:
            raise CheckoutClosed("what it is for was bought, or is being paid")
        await purchases.close_checkout(tx, bucket=bucket, id=session_id, now=now)
