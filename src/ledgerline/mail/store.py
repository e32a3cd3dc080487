"""Statements of mails; every instant here is of the wall clock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId, MailId
from ledgerline.base.statements import statements
from ledgerline.mail.rows import (
    BlockRow,
    EndRow,
    GatheredRow,
    HeldMailRow,
    LaterRow,
    MailRow,
    NewMailRow,
    SentRow,
    SequenceRow,
)

_SQL: Final = statements(__name__)


async def write_mails(tx: Tx, rows: Sequence[NewMailRow]) -> int:
    """Write mails that are not written yet; return how many were new."""
    return await tx.write(_SQL["write_mails"], rows, each=False)


async def claim_due(
    tx: Tx, *, bucket_from: int, bucket_to: int, at: datetime, limit: int
) -> list[MailRow]:
    """Read and lock mails of a bucket range that are due."""
    return await tx.rows(
        _SQL["claim_due"], MailRow, bucket_from=bucket_from, bucket_to=bucket_to, at=at, limit=limit
    )


async def lapse_sending(
    tx: Tx, *, bucket_from: int, bucket_to: int, at: datetime, reason: str
) -> int:
    """Say of mails whose sender is gone that nobody knows what became of them."""
    return await tx.execute(
        _SQL["lapse_sending"], bucket_from=bucket_from, bucket_to=bucket_to, at=at, reason=reason
    )


async def end_waiting(tx: Tx, rows: Sequence[EndRow], *, at: datetime) -> int:
    """End mails without handing them to a server; those that wait no more are passed over."""
    return await tx.write(_SQL["end_waiting"], rows, each=False, at=at)


async def postpone(tx: Tx, rows: Sequence[LaterRow]) -> int:
    """Let mails wait on; those that wait no more are passed over."""
    return await tx.write(_SQL["postpone"], rows, each=False)


async def keep_facts(tx: Tx, rows: Sequence[GatheredRow], *, until: datetime) -> int:
    """Keep what mails say and to whom; until that instant they are the caller's to send."""
    return await tx.write(_SQL["keep_facts"], rows, until=until)


async def begin_sending(
    tx: Tx, *, bucket: Bucket, id: MailId, held: datetime, until: datetime
) -> int:
    """Say that a mail is handed over from now on; 0 when it is not the caller's any more."""
    return await tx.execute(_SQL["begin_sending"], bucket=bucket, id=id, held=held, until=until)


async def end_sending(tx: Tx, row: SentRow, *, at: datetime) -> int:
    """Write down how handing over a mail ended; 0 when it was given up as unknown meanwhile."""
    return await tx.execute(_SQL["end_sending"], **row._asdict(), at=at)


async def block(tx: Tx, row: BlockRow) -> int:
    """Write to an address no more."""
    return await tx.execute(_SQL["block"], **row._asdict())


async def read_blocks(
    tx: Tx, *, buckets: Sequence[Bucket], customer_ids: Sequence[CustomerId]
) -> list[BlockRow]:
    """Read which of some customers have an address that is not written to."""
    return await tx.rows(
        _SQL["read_blocks"], BlockRow, buckets=list(buckets), customer_ids=list(customer_ids)
    )


async def unblock(tx: Tx, *, bucket: Bucket, customer_id: CustomerId) -> int:
    """Write to a customer's address again."""
    return await tx.execute(_SQL["unblock"], bucket=bucket, customer_id=customer_id)


async def forget_mails(
    tx: Tx, *, bucket: Bucket, customer_id: CustomerId, months: Sequence[int], at: datetime
) -> int:
    """Take address and contents from a customer's mails of some months; none is sent any more."""
    return await tx.execute(
        _SQL["forget_mails"], bucket=bucket, customer_id=customer_id, months=list(months), at=at
    )


async def lock_mail(tx: Tx, *, bucket: Bucket, id: MailId) -> HeldMailRow | None:
    """Read and lock a mail, to send it again."""
    return await tx.row(_SQL["lock_mail"], HeldMailRow, bucket=bucket, id=id)


async def read_last_sequence(
    tx: Tx, *, bucket: Bucket, subject_id: UUID, kind: str, occasion: int
) -> SequenceRow | None:
    """Read how often something was sent."""
    return await tx.row(
        _SQL["read_last_sequence"], SequenceRow, bucket=bucket, subject_id=subject_id, kind=kind,
        occasion=occasion,
    )  # fmt: skip
