"""What of ours a line of a settlement file is: to the unit, or not at all."""

from typing import Final, NamedTuple

from ledgerline.payments.contract import LineKind, SettlementLine
from ledgerline.payments.model import AttemptState, RefundState
from ledgerline.payments.rows.settling import SubjectRow
from ledgerline.reconciliation.model import DISPUTES, OF_ACCOUNT, TAKEN, Match

_MOVED: Final = frozenset({AttemptState.SUCCEEDED, RefundState.SUCCEEDED, RefundState.REVERSED})
_FAILED: Final = frozenset({RefundState.FAILED})
"""A refund that ended without money does not change any more; of an attempt the books hear it."""


class Matched(NamedTuple):
    """What a line is, and how much of its gross is in no other entry of the books.

    That part is signed like the gross, in its currency, and stands in suspense until it is
    explained.
    """

    match: Match
    suspense_minor: int


def match(
    line: SettlementLine,
    subject: SubjectRow | None,
    *,
    is_taken: bool,
    heard_minor: int | None = None,
) -> Matched:
    """Compare a line with the charge or refund that it names, if that is of its account.

    ``is_taken`` says that another line of this kind is of it; ``heard_minor`` is what a dispute of
    it moved that has no line yet, None where nobody has heard of one. A line that says what nobody
    has heard waits: it is the evidence of that. Tolerance is 0.
    """
    whole = line.gross.minor
    if line.kind in OF_ACCOUNT:
        return Matched(Match.ACCOUNT, 0)
    if subject is None:
        return Matched(Match.UNMATCHED, whole)
    if line.kind is LineKind.PAYOUT_REVERSAL:
        return Matched(Match.MATCHED, 0)  # a line of no payout that it can be of has no subject
    if is_taken:
        return Matched(Match.DUPLICATE, whole)
    if subject.currency != line.gross.currency or subject.state in _FAILED:
        return Matched(Match.MISMATCH, whole)
    return _of_subject(line, subject, heard_minor)


def heard(moved: list[int], gross_minor: int) -> int | None:
    """Say which of the moves of a dispute a line is, and take it from those without a line.

    Shape: ``moved`` are amounts signed like the gross. The one of its amount, else the first.
    """
    if not moved:
        return None
    return moved.pop(moved.index(gross_minor) if gross_minor in moved else 0)


def _of_subject(line: SettlementLine, subject: SubjectRow, heard_minor: int | None) -> Matched:
    if line.kind in DISPUTES:
        return _of_dispute(line, subject, heard_minor)
    is_back = line.kind is LineKind.REFUND_REVERSAL
    return _of_reversal(line, subject) if is_back else _of_moved(line, subject)


def _of_moved(line: SettlementLine, subject: SubjectRow) -> Matched:
    whole = line.gross.minor
    ours = subject.amount_minor if line.kind is LineKind.CHARGE else -subject.amount_minor
    if subject.state not in _MOVED:
        return Matched(Match.WAITING, 0) if whole == ours else Matched(Match.MISMATCH, whole)
    return Matched(Match.MATCHED if whole == ours else Match.MISMATCH, whole - ours)


def _of_reversal(line: SettlementLine, subject: SubjectRow) -> Matched:
    """Match a refund that came back; one that nobody has heard of is proven by the line."""
    whole, ours = line.gross.minor, subject.amount_minor
    if subject.state == RefundState.REVERSED:
        return Matched(Match.MATCHED if whole == ours else Match.MISMATCH, whole - ours)
    if subject.state in _MOVED and whole == ours:
        return Matched(Match.WAITING, 0)
    return Matched(Match.MISMATCH, whole)


def _of_dispute(line: SettlementLine, subject: SubjectRow, heard_minor: int | None) -> Matched:
    """Match what its dispute moved; at most what was captured can be taken unheard."""
    whole = line.gross.minor
    if heard_minor is not None:
        return Matched(
            Match.MATCHED if whole == heard_minor else Match.MISMATCH, whole - heard_minor
        )
    taken = -whole if line.kind in TAKEN else whole
    if subject.state in _MOVED and 0 < taken <= subject.amount_minor:
        return Matched(Match.WAITING, 0)
    return Matched(Match.MISMATCH, whole)
