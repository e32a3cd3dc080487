"""What the console reads beyond the views: one timeline of a customer, and what explains a charge.

Reads the tables of all contexts, as views do, and writes none.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)


class Happened(NamedTuple):
    """Something that happened to a customer, at one instant of business time.

    ``of_kind`` and ``of_id`` name the object whose page says more.
    """

    at: datetime
    kind: str
    what: str
    detail: str | None
    actor: str | None
    amount_minor: int | None
    currency: str | None
    of_kind: str | None
    of_id: UUID | None


class Asked(NamedTuple):
    """Whose timeline, of invoices of which months, and what happened before which instant."""

    bucket: Bucket
    customer_id: UUID
    months: list[int]
    until: datetime
    limit: int


class Sums(NamedTuple):
    """What a customer paid, got back and owes in one currency."""

    currency: str
    paid_minor: int
    refunded_minor: int
    open_minor: int
    payments: int


class Standing(NamedTuple):
    """What a customer has now."""

    customer_id: UUID
    state: str
    plan_name: str
    next_bill_at: datetime | None
    currency: str


class Decided(NamedTuple):
    """Why an attempt went where it went; ``candidates`` are a JSON list."""

    subject_id: UUID
    policy_version: int
    rule: str
    chosen: str | None
    candidates: str


class Moved(NamedTuple):
    """An amount that moved from one account to another."""

    booked_on: date
    purpose: str
    debit: str
    credit: str
    amount_minor: int
    currency: str


async def timeline(read: ReadTx, asked: Asked) -> list[Happened]:
    """Read a page of what happened to a customer, the newest first."""
    return await read.rows(_SQL["timeline"], Happened, **asked._asdict())


async def sums(read: ReadTx, *, bucket: Bucket, customer_id: UUID, months: list[int]) -> list[Sums]:
    """Read what a customer paid, got back and owes."""
    return await read.rows(
        _SQL["sums"], Sums, bucket=bucket, customer_id=customer_id, months=months
    )


async def standing(
    read: ReadTx, *, buckets: Sequence[Bucket], ids: Sequence[UUID]
) -> list[Standing]:
    """Read what some customers have now."""
    return await read.rows(_SQL["standing"], Standing, buckets=list(buckets), ids=list(ids))


async def decisions(read: ReadTx, *, bucket: Bucket, payment_id: UUID) -> list[Decided]:
    """Read why each attempt of a payment went where it went."""
    return await read.rows(_SQL["decisions"], Decided, bucket=bucket, payment_id=payment_id)


async def transfers(read: ReadTx, *, bucket: Bucket, payment_id: UUID) -> list[Moved]:
    """Read what a payment moved."""
    return await read.rows(_SQL["transfers"], Moved, bucket=bucket, payment_id=payment_id)
