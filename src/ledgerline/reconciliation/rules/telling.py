"""How people are told of what does not agree: one sentence a break."""

from ledgerline.payments.contract import LineKind
from ledgerline.payments.rows.settling import CapturedRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.reconciliation.model import Match, PayoutState
from ledgerline.reconciliation.rows import FileRow, LineRow, PayoutRow
from ledgerline.reconciliation.rules.payouts import off_by


def reason_of(line: LineRow) -> Reason | None:
    """Return why people must look at a line; None where they need not."""
    match line.match:
        case Match.UNMATCHED:
            return Reason.LINE_UNMATCHED
        case Match.MISMATCH:
            return Reason.LINE_MISMATCH
        case Match.DUPLICATE:
            return (
                Reason.DUPLICATE_REFUND
                if line.kind == LineKind.REFUND
                else Reason.DUPLICATE_CAPTURE
            )
        case _:
            return None


def of_line(line: LineRow, *, name: str, psp_account: str) -> str:
    """Say what is wrong with a line; ``name`` is what people call it."""
    what = f"{psp_account}: {line.kind} {name} of {line.gross_minor} {line.gross_currency}"
    if line.match == Match.UNMATCHED and line.kind == LineKind.PAYOUT_REVERSAL:
        named = f"of that amount and of the name {line.psp_ref or 'none'}"
        return f"{what} is of no payout that is on its way or was sent back, {named}"
    if line.match == Match.UNMATCHED:
        known = f"{line.reference or 'none'}, theirs {line.psp_ref or 'none'}"
        return f"{what} is of nothing that we know here (our reference {known})"
    if line.match == Match.DUPLICATE:
        return f"{what} is the second line for {line.subject_id}"
    if line.suspense_minor == line.gross_minor:
        return f"{what} is not what {line.subject_id} moved"
    return f"{what} is {line.suspense_minor} off from {line.subject_id}"


def of_missing(captured: CapturedRow, *, psp_account: str) -> str:
    """Say what should have been in a file by now."""
    return (
        f"{psp_account}: {captured.amount_minor} {captured.currency} captured under {captured.id}"
        " are in no settlement file yet"
    )


def of_quarantine(file: FileRow, *, name: str) -> str:
    """Say why a file posts nothing; ``name`` is what people call it."""
    return f"{file.psp_account}: {name}, the file of {file.reference}, is not believed: {file.why}"


def of_bank(payout: PayoutRow) -> str:
    """Say by how much another amount came to the bank, went back, or is in the balance again."""
    off, whole = -off_by(payout), f"{payout.psp_account}:"
    if payout.state == PayoutState.RETURNED:
        return (
            f"{whole} the bank sent {payout.reference} back, and not what it received:"
            f" {payout.bank_minor} {payout.currency} of it are left there"
        )
    if payout.state == PayoutState.FAILED:
        return (
            f"{whole} {payout.reference} of {payout.amount_minor} {payout.currency} failed, and"
            f" what came back is {off} off"
        )
    return (
        f"{whole} the bank received {payout.bank_minor} {payout.currency} for"
        f" {payout.reference}, {off} other than the {payout.amount_minor} announced"
    )


def of_missed(payout: PayoutRow) -> str:
    """Say whose money has not arrived, or is nowhere since it was sent back or failed."""
    where = {
        PayoutState.RETURNED: (
            f"which the bank sent back on {payout.returned_on}, are neither there anew nor at the"
            " provider"
        ),
        PayoutState.FAILED: f"which failed on {payout.failed_on}, are in no later payout",
    }.get(
        PayoutState(payout.state),
        f"announced on {payout.announced_on}, have not been seen at the bank",
    )
    return (
        f"{payout.psp_account}: {payout.amount_minor} {payout.currency} of {payout.reference},"
        f" {where}"
    )
