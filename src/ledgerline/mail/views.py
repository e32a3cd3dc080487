"""What people look at of mails."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, CustomerId, MailId
from ledgerline.base.statements import statements
from ledgerline.mail.rows import MailView

_SQL: Final = statements(__name__)


async def mail(read: ReadTx, *, bucket: Bucket, id: MailId) -> MailView | None:
    """Read one mail."""
    return await read.row(_SQL["mail"], MailView, bucket=bucket, id=id)


async def mails(read: ReadTx, *, before: UUID, state: str | None, limit: int) -> list[MailView]:
    """Read a page of mails, newest first."""
    return await read.rows(_SQL["mails"], MailView, before=before, state=state, limit=limit)


async def mails_of_customer(
    read: ReadTx,
    *,
    bucket: Bucket,
    customer_id: CustomerId,
    months: Sequence[int],
    before: UUID,
    limit: int,
) -> list[MailView]:
    """Read a page of a customer's mails of some months, newest first."""
    return await read.rows(
        _SQL["mails_of_customer"], MailView, bucket=bucket, customer_id=customer_id,
        months=list(months), before=before, limit=limit,
    )  # fmt: skip
