"""Keep what lines in the books turned out to be, and move them out of suspense."""

from collections.abc import Sequence
from typing import Final

from ledgerline.base.db import Tx
from ledgerline.base.ids import SettlementFileId
from ledgerline.flows.book_statement import transfers
from ledgerline.flows.open_breaks import close_breaks_in, open_breaks_in
from ledgerline.flows.read_book_days import BookDays
from ledgerline.flows.reverse_payouts import reverse_payouts_in
from ledgerline.ledger import store as ledger
from ledgerline.ledger.model import Purpose
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.model import Match
from ledgerline.reconciliation.rows import ExplainedRow, LineRow, MatchRow
from ledgerline.reconciliation.rules.bookings import Posting, of_line

_EXPLAINED: Final = 1  # the number of the transfer that moves a line out of suspense


async def keep_matches_in(
    tx: Tx, psp_account: str, pairs: Sequence[tuple[LineRow, LineRow]], *, days: BookDays
) -> int:
    """Write lines as they are now, given before and after, and book that; counts the matched.

    Payouts that they put back fail, and people are told of what does not agree, and no more of
    what does. The account is held.
    """
    await reconciliation.rematch(tx, [_match_row(after) for _, after in pairs])
    matched = [after for _, after in pairs if after.match == Match.MATCHED]
    await reconciliation.add_explained(tx, _explained(matched))
    await _book(tx, psp_account, pairs, days=days)
    await reverse_payouts_in(tx, matched, days=days)
    await close_breaks_in(tx, [line for line, _ in pairs], now=days.now)
    await open_breaks_in(tx, [after for _, after in pairs], psp_account=psp_account, now=days.now)
    return len(matched)


def _match_row(line: LineRow) -> MatchRow:
    return MatchRow(
        file_id=line.file_id,
        line_no=line.line_no,
        match=line.match,
        subject_id=line.subject_id,
        suspense_minor=line.suspense_minor,
        id=line.id,
    )


def _explained(lines: Sequence[LineRow]) -> list[ExplainedRow]:
    sums: dict[tuple[SettlementFileId, str, str, str], int] = {}
    for line in lines:
        key = (line.file_id, line.seller_code, line.gross_currency, line.currency)
        sums[key] = sums.get(key, 0) + abs(line.gross_minor)
    return [
        ExplainedRow(
            file_id=file_id,
            seller_code=seller_code,
            gross_currency=gross_currency,
            currency=currency,
            explained_minor=amount,
        )
        for (file_id, seller_code, gross_currency, currency), amount in sorted(sums.items())
    ]


async def _book(
    tx: Tx, psp_account: str, pairs: Sequence[tuple[LineRow, LineRow]], *, days: BookDays
) -> None:
    """Move what is explained out of suspense."""
    rows = []
    for before, after in pairs:
        source = before.id or after.id
        moved = after.suspense_minor - before.suspense_minor
        n = _EXPLAINED if before.suspense_minor else 0
        suspense = (Purpose.LINE_SUSPENSE, before.seller_code, before.gross_currency, moved)
        postings = [(n, Posting(*suspense))]
        if after.match == Match.MATCHED:
            postings += [(0, one) for one in of_line(after)]
        for number, one in postings:
            if one.amount_minor:
                assert source is not None, after
                rows += transfers(source, one, psp_account, days=days, n=number)
    await ledger.add_transfers(tx, rows)
