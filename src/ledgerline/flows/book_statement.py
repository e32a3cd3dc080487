"""Book what a settlement file moves, or take it back, in whole or a line of it."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.flows.bear_own_failures import NOBODY
from ledgerline.flows.read_book_days import BookDays
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Booking, Purpose
from ledgerline.ledger.rows import TransferRow
from ledgerline.ledger.rules.postings import post_signed
from ledgerline.reconciliation.rows import FileRow, LineRow, TotalRow
from ledgerline.reconciliation.rules.bookings import Posting, of_line, of_totals

TAKEN_BACK: Final = 2
"""The number of the transfer that takes a line back; 0 is the first, 1 what explained it later."""


async def book_statement_in(
    tx: Tx,
    file: FileRow,
    totals: Sequence[TotalRow],
    lines: Iterable[LineRow],
    *,
    days: BookDays,
    takes_back: bool = False,
) -> None:
    """Post a file: what its lines come to under its id, and each line that stands alone.

    A file posts once; with ``takes_back`` the same moves the other way, once too.
    """
    sign = -1 if takes_back else 1
    rows: list[TransferRow] = []
    for _, postings in groupby(of_totals(totals), key=lambda one: one.purpose):
        for k, one in enumerate(postings):
            moved = one._replace(amount_minor=sign * one.amount_minor)
            rows += transfers(file.id, moved, file.psp_account, days=days, n=2 * k + takes_back)
    for line in lines:
        rows += _alone(line, file.psp_account, sign=sign, days=days)
    await ledger.add_transfers(tx, rows)


def _alone(line: LineRow, psp_account: str, *, sign: int, days: BookDays) -> list[TransferRow]:
    assert line.id is not None, line
    n = 0 if sign > 0 else TAKEN_BACK
    return [
        row
        for one in of_line(line)
        for row in transfers(
            line.id,
            one._replace(amount_minor=sign * one.amount_minor),
            psp_account,
            days=days,
            n=n,
        )
    ]


def transfers(
    source_id: UUID, posting: Posting, psp_account: str, *, days: BookDays, n: int = 0
) -> list[TransferRow]:
    """Return the transfer of one posting on its seller's day; it belongs to no customer."""
    booking = Booking(
        bucket=NOBODY,
        source_id=source_id,
        seller_code=posting.seller_code,
        customer_id=None,
        currency=posting.currency,
        on=days.of(posting.seller_code),
        at=days.now,
    )
    dim = "" if posting.purpose is Purpose.BANKED else psp_account
    return post_signed(posting.purpose, posting.amount_minor, booking, dim=dim, n=n)
