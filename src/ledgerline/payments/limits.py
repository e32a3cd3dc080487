"""Statements of what limits the tries of a card."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PaymentMethodId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.limits import CardTryRow, HeldCardsRow, LimitRow, WithheldTryRow

_SQL: Final = statements(__name__)


async def read_limits(tx: Tx) -> list[LimitRow]:
    """Read the limits of networks, and ours."""
    return await tx.rows(_SQL["read_limits"], LimitRow)


async def hold_cards(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentMethodId]
) -> list[HeldCardsRow]:
    """Hold the cards of some payment methods until the transaction ends; counts them.

    To be asked for before `read_card_tries`, which then sees every try that was committed before.
    """
    return await tx.rows(_SQL["hold_cards"], HeldCardsRow, buckets=list(buckets), ids=list(ids))


async def read_card_tries(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentMethodId], since: datetime
) -> list[CardTryRow]:
    """Read the tries in vain of the cards of some payment methods since an instant."""
    return await tx.rows(
        _SQL["read_card_tries"], CardTryRow, buckets=list(buckets), ids=list(ids), since=since
    )


async def withhold_tries(tx: Tx, rows: Sequence[WithheldTryRow]) -> int:
    """Postpone tries that may not be sent now, and say why."""
    return await tx.write(_SQL["withhold_tries"], rows)
