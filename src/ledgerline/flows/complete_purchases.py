"""Complete purchases whose payment is proven."""

from collections.abc import Sequence

from ledgerline.base.db import Tx
from ledgerline.purchases import store as purchases
from ledgerline.purchases.model import PurchaseEvent, PurchaseState
from ledgerline.purchases.rows import PurchaseStepRow
from ledgerline.subscriptions.rows import SubscriptionRow


async def complete_purchases_in(tx: Tx, bought: Sequence[SubscriptionRow]) -> None:
    """Complete the purchases of subscriptions whose first invoice is paid."""
    await purchases.step(
        tx,
        [
            PurchaseStepRow(
                bucket=row.bucket,
                subscription_id=row.id,
                state_before=PurchaseState.PROCESSING,
                state_event=PurchaseEvent.SETTLED,
                state=PurchaseState.COMPLETED,
            )
            for row in bought
        ],
    )
