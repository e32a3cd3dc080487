"""Statements of mandates and of the notices before their debits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, MandateId, PaymentId, PaymentMethodId
from ledgerline.base.statements import statements
from ledgerline.payments.rows.mandates import (
    DebitedRow,
    DebitNoticeRow,
    MandateFactRow,
    MandateRow,
    MandateStepRow,
    NamedMandateRow,
    NewMandateRow,
    SchemeRuleRow,
    StandingNoticeRow,
    WaitingRow,
)
from ledgerline.payments.rows.payments import DueRow

_SQL: Final = statements(__name__)


async def add_mandate(tx: Tx, row: NewMandateRow) -> int:
    """Keep a mandate of a method; one that was kept before belongs to the method from now on."""
    return await tx.execute(_SQL["add_mandate"], **row._asdict())


async def find_mandates(tx: Tx, *, psp_account: str, psp_token: str) -> list[NamedMandateRow]:
    """Find the mandate that a provider names; unlocked, to know what to lock."""
    return await tx.rows(
        _SQL["find_mandates"], NamedMandateRow, psp_account=psp_account, psp_token=psp_token
    )


async def lock_mandates(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[MandateId]
) -> list[MandateRow]:
    """Read and lock some mandates."""
    return await tx.rows(_SQL["lock_mandates"], MandateRow, buckets=list(buckets), ids=list(ids))


async def read_facts(tx: Tx, *, bucket: Bucket, mandate_id: MandateId) -> list[MandateFactRow]:
    """Read what was told of a mandate."""
    return await tx.rows(_SQL["read_facts"], MandateFactRow, bucket=bucket, mandate_id=mandate_id)


async def add_facts(tx: Tx, rows: Sequence[MandateFactRow]) -> int:
    """Keep what was told of a mandate whose lock is held."""
    return await tx.copy(_SQL["add_facts"], rows)


async def step_mandate(tx: Tx, row: MandateStepRow) -> int:
    """Write where a mandate stands by its facts."""
    return await tx.execute(_SQL["step_mandate"], expect=1, **row._asdict())


async def claim_looks(
    tx: Tx, *, buckets: tuple[int, int], now: datetime, next_look_at: datetime, limit: int
) -> list[MandateRow]:
    """Claim mandates that are to be looked at, and set their next look."""
    return await tx.rows(
        _SQL["claim_looks"], MandateRow, bucket_from=buckets[0], bucket_to=buckets[1],
        now=now, next_look_at=next_look_at, limit=limit,
    )  # fmt: skip


async def look_now(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[MandateId], now: datetime
) -> int:
    """Have mandates looked at without delay."""
    return await tx.execute(_SQL["look_now"], buckets=list(buckets), ids=list(ids), now=now)


async def keep_debits(tx: Tx, rows: Sequence[DebitedRow]) -> int:
    """Note the last debits of mandates that brought money, each mandate once."""
    return await tx.write(_SQL["keep_debits"], rows)


async def read_scheme_rules(tx: Tx) -> list[SchemeRuleRow]:
    """Read what schemes ask for."""
    return await tx.rows(_SQL["read_scheme_rules"], SchemeRuleRow)


async def retire_instrument(
    tx: Tx, *, bucket: Bucket, payment_method_id: PaymentMethodId, psp_account: str, psp_token: str
) -> int:
    """Charge a method by a token no more; what was sent by it goes on."""
    return await tx.execute(
        _SQL["retire_instrument"], bucket=bucket, payment_method_id=payment_method_id,
        psp_account=psp_account, psp_token=psp_token,
    )  # fmt: skip


async def lock_waiting_payments(
    tx: Tx, *, bucket: Bucket, payment_method_id: PaymentMethodId
) -> list[WaitingRow]:
    """Lock the payments that a machine is to try by a method later."""
    return await tx.rows(
        _SQL["lock_waiting_payments"], WaitingRow, bucket=bucket,
        payment_method_id=payment_method_id,
    )  # fmt: skip


async def try_now(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentId], now: datetime
) -> int:
    """Have payments tried now, whatever they waited for."""
    return await tx.execute(_SQL["try_now"], buckets=list(buckets), ids=list(ids), now=now)


async def read_notices(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentId]
) -> list[StandingNoticeRow]:
    """Read the newest notices of some payments; most have none."""
    return await tx.rows(
        _SQL["read_notices"], StandingNoticeRow, buckets=list(buckets), ids=list(ids)
    )


async def add_notices(tx: Tx, rows: Sequence[DebitNoticeRow]) -> int:
    """Give notice of debits."""
    return await tx.copy(_SQL["add_notices"], rows)


async def next_due(tx: Tx) -> list[DueRow]:
    """Find when a mandate is to be looked at next."""
    return await tx.rows(_SQL["next_due"], DueRow)
