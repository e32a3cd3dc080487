"""What of ours a line of a settlement file is: to the unit, or not at all."""

from typing import Final, NamedTuple

from ledgerline.payments.contract import LineKind, SettlementLine
from ledgerline.payments.model import AttemptState, RefundState
from ledgerline.payments.rows.settling import SubjectRow
from ledgerline.reconciliation.model import DISPUTES, OF_ACCOUNT, Match

_MOVED: Final = frozenset({AttemptState.SUCCEEDED, RefundState.SUCCEEDED})
_FAILED: Final = frozenset({RefundState.FAILED})
"""A refund that ended without money does not change any more; of an attempt the books hear it."""


class Matched(NamedTuple):
    """What a line is, and how much of its gross is in no other entry of the books.

    That part is signed like the gross, in its currency, and stands in suspense until it is
    explained.
    """

    match: Match
    suspense_minor: int


def match(line: SettlementLine, subject: SubjectRow | None, *, is_taken: bool) -> Matched:
    """Compare a line with the charge or refund that it names, if that is of its account.

    ``is_taken`` says that another line of this kind is of it. A line that names an attempt without
    an end waits: it is the evidence that ends it. Tolerance is 0.
    """
    whole = line.gross.minor
    if line.kind in OF_ACCOUNT:
        return Matched(Match.ACCOUNT, 0)
    if subject is None:
        return Matched(Match.UNMATCHED, whole)
    if is_taken:
        return Matched(Match.DUPLICATE, whole)
    if subject.currency != line.gross.currency or subject.state in _FAILED:
        return Matched(Match.MISMATCH, whole)
    return _of_dispute(line, subject) if line.kind in DISPUTES else _of_moved(line, subject)


def _of_moved(line: SettlementLine, subject: SubjectRow) -> Matched:
    whole = line.gross.minor
    ours = subject.amount_minor if line.kind is LineKind.CHARGE else -subject.amount_minor
    if subject.state not in _MOVED:
        return Matched(Match.WAITING, 0) if whole == ours else Matched(Match.MISMATCH, whole)
    return Matched(Match.MATCHED if whole == ours else Match.MISMATCH, whole - ours)


def _of_dispute(line: SettlementLine, subject: SubjectRow) -> Matched:
    """Take at most what was captured; that is held by a transfer of its own."""
    taken = -line.gross.minor if line.kind is LineKind.DISPUTE else line.gross.minor
    if subject.state in _MOVED and 0 < taken <= subject.amount_minor:
        return Matched(Match.MATCHED, 0)
    return Matched(Match.MISMATCH, line.gross.minor)
