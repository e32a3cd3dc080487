"""Statements of set-ups."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId, SetupId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.instruments import ChargedRow
from ledgerline.payments.rows.setups import (
    HeldSetupRow,
    KnownTokenRow,
    NewSetupRow,
    SetupEndRow,
    SetupLookRow,
    SetupMoveRow,
    SetupRow,
)

_SQL: Final = statements(__name__)


async def add_setup(tx: Tx, row: NewSetupRow) -> int:
    """Commit a set-up as sent."""
    return await tx.execute(_SQL["add_setup"], expect=1, **row._asdict())


async def read_setup(tx: Tx, *, bucket: Bucket, id: SetupId) -> SetupRow | None:
    """Read one set-up, unlocked."""
    return await tx.row(_SQL["read_setup"], SetupRow, bucket=bucket, id=id)


async def lock_setup(tx: Tx, *, bucket: Bucket, id: SetupId) -> SetupRow | None:
    """Lock one set-up."""
    return await tx.row(_SQL["lock_setup"], SetupRow, bucket=bucket, id=id)


async def lock_setups_of_customer(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId
) -> list[HeldSetupRow]:
    """Lock all set-ups of a customer."""
    return await tx.rows(
        _SQL["lock_setups_of_customer"], HeldSetupRow, bucket=bucket, customer_id=customer_id
    )


async def claim_setups(
    tx: Tx, *, bucket_from: int, bucket_to: int, now: datetime, next_look_at: datetime, limit: int
) -> list[SetupRow]:
    """Claim set-ups whose look is due."""
    return await tx.rows(
        _SQL["claim_setups"], SetupRow, bucket_from=bucket_from, bucket_to=bucket_to, now=now,
        next_look_at=next_look_at, limit=limit,
    )  # fmt: skip


async def move_setup(tx: Tx, row: SetupMoveRow) -> int:
    """Say where a live set-up stands; 0 where it has moved on since it was seen."""
    return await tx.execute(_SQL["move_setup"], **row._asdict())


async def end_setup(tx: Tx, row: SetupEndRow) -> int:
    """End a set-up for good; what was kept for its call is forgotten."""
    return await tx.execute(_SQL["end_setup"], expect=1, **row._asdict())


async def look_at_setup(tx: Tx, row: SetupLookRow) -> int:
    """Say when a live set-up is looked at again."""
    return await tx.execute(_SQL["look_at_setup"], **row._asdict())


async def cancel_setup(tx: Tx, *, bucket: Bucket, id: SetupId, now: datetime) -> int:
    """Note that nobody wants a live set-up any more; the first instant stands."""
    return await tx.execute(_SQL["cancel_setup"], bucket=bucket, id=id, now=now)


async def find_token(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, psp_account: str, psp_token: str
) -> KnownTokenRow | None:
    """Find the payment method of a customer that has a token already."""
    return await tx.row(
        _SQL["find_token"], KnownTokenRow, bucket=bucket, customer_id=customer_id,
        psp_account=psp_account, psp_token=psp_token,
    )  # fmt: skip


async def anchor_instrument(
    tx: Tx, told: ChargedRow, *, setup_id: SetupId, sca_ref: str | None
) -> int:
    """Keep what a set-up told of an instrument; what was known before stays."""
    return await tx.execute(
        _SQL["anchor_instrument"], expect=1, setup_id=setup_id, sca_ref=sca_ref,
        **{name: value for name, value in told._asdict().items() if name != "cit_attempt"},
    )  # fmt: skip


async def give_up_setups(tx: Tx, *, bucket: Bucket, ids: Sequence[SetupId], now: datetime) -> int:
    """End what is not known of set-ups of a customer who is erased."""
    return await tx.execute(_SQL["give_up_setups"], bucket=bucket, ids=list(ids), now=now)


async def forget_setup_tokens(tx: Tx, *, bucket: Bucket, ids: Sequence[SetupId]) -> int:
    """Take the tokens off set-ups that have ended; return off how many."""
    return await tx.execute(_SQL["forget_setup_tokens"], bucket=bucket, ids=list(ids))
