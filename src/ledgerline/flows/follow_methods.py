"""Let payments that were being tried follow the method that their payer gave meanwhile."""

from collections.abc import Sequence
from datetime import datetime

from ledgerline.base.db import Tx
from ledgerline.flows.record_settlement import Settled
from ledgerline.payments import payer, plans
from ledgerline.payments.rules.settlement import Fail


async def follow_methods_in(tx: Tx, settled: Sequence[Settled], *, now: datetime) -> None:
    """Try what came to nothing at once by the method that pays its subscription by now.

    Called by ``settle_attempt``, under its locks. A try that is under way goes on by the method it
    began with, and a payer may be waited for meanwhile; the method they gave in that time pays what
    is left. What is given up follows nothing.
    """
    replaced = {
        (case.subscription.bucket, case.subscription.id, method_id)
        for case in settled
        if isinstance(case.verdict, Fail)
        and (method_id := case.subscription.payment_method_id) is not None
        and method_id != case.payment.payment_method_id
    }
    for bucket, subscription_id, method_id in sorted(replaced):
        await payer.use_method(
            tx, bucket=bucket, subscription_id=subscription_id, payment_method_id=method_id, now=now
        )
        await plans.ask_now(tx, bucket=bucket, subscription_id=subscription_id, now=now)
