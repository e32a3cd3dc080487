"""The state table of a purchase. PostgreSQL holds the same rows."""

from typing import Final

from ledgerline.base.states import machine
from ledgerline.purchases.model import PurchaseEvent as E
from ledgerline.purchases.model import PurchaseState as S

LIFECYCLE: Final = machine(
    "purchase",
    initial=S.PROCESSING,
    final={S.COMPLETED, S.FAILED},
    table={
        (S.PROCESSING, E.SETTLED): S.COMPLETED,
        (S.PROCESSING, E.REFUSED): S.FAILED,
    },
)
