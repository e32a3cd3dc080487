"""What a payout is after something happened to it, and how much of it is on its way."""

from datetime import date

from ledgerline.payments.contract import LineKind, SettlementLine
from ledgerline.payments.rows.settling import SubjectRow
from ledgerline.reconciliation.model import Match, PayoutEvent, PayoutState, Teller
from ledgerline.reconciliation.refusals import PayoutFailed, PayoutPaid
from ledgerline.reconciliation.rows import LineRow, PayoutRow
from ledgerline.reconciliation.rules.lifecycle import PAYOUT


def arrived(payout: PayoutRow, *, amount_minor: int, on: date, note: str) -> PayoutRow:
    """Return a payout that the bank has received.

    Raises ``PayoutPaid`` where it has its line, and ``PayoutFailed`` where its money is in the
    provider's balance. What a person alone said of that is withdrawn by the bank's line: call
    ``undone`` first.
    """
    if payout.state == PayoutState.PAID:
        raise PayoutPaid("its bank line is in the books", paid_on=payout.paid_on)
    if payout.state == PayoutState.FAILED:
        raise PayoutFailed(
            "a settlement file has it in the balance again; where the bank has it too, ask the"
            " provider for the money's way first",
            failed_on=payout.failed_on,
        )
    return _moved(payout, PayoutEvent.ARRIVED)._replace(
        paid_on=on, bank_minor=(payout.bank_minor or 0) + amount_minor, bank_note=note
    )


def sent_back(payout: PayoutRow, *, amount_minor: int, on: date, note: str) -> PayoutRow:
    """Return a payout that the bank has taken back; raises ``StateRefused`` unless it is paid."""
    moved = _moved(payout, PayoutEvent.SENT_BACK)
    kept = (payout.bank_minor or 0) - amount_minor
    return moved._replace(returned_on=on, bank_minor=kept, bank_note=note)


def failed(payout: PayoutRow, *, on: date, note: str | None) -> PayoutRow:
    """Return a payout whose money is in the provider's balance: a line says so, or with a note we.

    Raises ``StateRefused`` where the bank has it, or it failed already.
    """
    return _moved(payout, PayoutEvent.FAILED)._replace(
        failed_on=on,
        failed_by=Teller.LINE if note is None else Teller.PERSON,
        failed_note=note,
        reversed_minor=payout.amount_minor,
    )


def undone(payout: PayoutRow) -> PayoutRow:
    """Return a payout as it stood before it was said to have failed."""
    assert payout.state == PayoutState.FAILED, payout
    step = (PayoutState.PAID, PayoutEvent.SENT_BACK, PayoutState.RETURNED)
    born = ("-", "created", PayoutState.ANNOUNCED)
    before, event, state = step if payout.state_before == PayoutState.RETURNED else born
    return payout._replace(
        state_before=before,
        state_event=event,
        state=state,
        failed_on=None,
        failed_by=None,
        failed_note=None,
        reversed_minor=None,
    )


def is_hearsay(payout: PayoutRow) -> bool:
    """Say whether a person alone told that a payout failed, so that the bank may know better."""
    return payout.failed_by == Teller.PERSON


def reverses(line: SettlementLine, payout: SubjectRow) -> bool:
    """Say whether a line puts a payout back into the balance: to the unit, and not what is paid."""
    return (
        line.kind is LineKind.PAYOUT_REVERSAL
        and payout.state != PayoutState.PAID
        and (payout.amount_minor, payout.currency) == (line.gross.minor, line.gross.currency)
    )


def may_reverse(line: LineRow, payout: PayoutRow) -> bool:
    """Say whether a person may tell that a line of no payout is of this one: all but its name."""
    return (
        (line.kind, line.match) == (LineKind.PAYOUT_REVERSAL, Match.UNMATCHED)
        and (line.gross_minor, line.gross_currency) == (payout.amount_minor, payout.currency)
        and payout.failed_by != Teller.LINE
    )


def on_its_way(payout: PayoutRow) -> int:
    """Return how much of a payout stands in transit, in minor units."""
    return payout.amount_minor - (payout.bank_minor or 0) - (payout.reversed_minor or 0)


def off_by(payout: PayoutRow) -> int:
    """Return how much more is on its way than should be, in minor units: what nobody explains."""
    is_under_way = payout.state in {PayoutState.ANNOUNCED, PayoutState.RETURNED}
    return on_its_way(payout) - (payout.amount_minor if is_under_way else 0)


def days_on_its_way(payout: PayoutRow, *, today: date) -> int:
    """Count the days from when a payout last left its provider or the bank to where it arrived."""
    left = payout.announced_on
    if payout.returned_on is not None and payout.state != PayoutState.PAID:
        left = payout.returned_on
    arrived_on = payout.paid_on if payout.state == PayoutState.PAID else payout.failed_on
    return max(0, ((arrived_on or today) - left).days)


def _moved(payout: PayoutRow, event: PayoutEvent) -> PayoutRow:
    state = PayoutState(payout.state)
    return payout._replace(state_before=state, state_event=event, state=PAYOUT.after(state, event))
