"""Whether a mail that is due is still to be sent."""

from datetime import date
from typing import Final

from ledgerline.invoicing.model import InvoiceCause
from ledgerline.mail.model import MailKind, SkipReason
from ledgerline.payments.model import PaymentState
from ledgerline.subscriptions.model import SubscriptionState

COLLECTING: Final = frozenset(
    {
        MailKind.PAYMENT_FAILED,
        MailKind.PAYMENT_REMINDER,
        MailKind.PAYMENT_LAST_WARNING,
        MailKind.ACTION_REQUIRED,
        MailKind.DEBIT_ANNOUNCED,
    }
)
"""What is told of a payment while it is collected, and of none that has ended."""
FORETOLD: Final = frozenset({MailKind.TRIAL_ENDING, MailKind.RENEWS_SOON})
"""What is told of a renewal that is to come, and of none that does not."""
_RENEWS: Final = frozenset(
    {SubscriptionState.TRIALING, SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE}
)
UNATTENDED: Final = InvoiceCause.RENEWAL
"""What is charged while nobody sits in front of it."""


def unreachable(*, is_erased: bool, email: str | None, is_blocked: bool) -> SkipReason | None:
    """Say why nobody can be written to; None when somebody can."""
    if is_erased:
        return SkipReason.ERASED
    if not email:
        return SkipReason.NO_ADDRESS
    return SkipReason.BLOCKED if is_blocked else None


def overtaken(kind: MailKind, *, state: str, cause: str) -> SkipReason | None:
    """Say why a payment is not told of; None when it is.

    ``state`` is the payment's, ``cause`` that of its invoice.
    """
    if kind is MailKind.ACTION_REQUIRED and cause != UNATTENDED:
        return SkipReason.PAYER_PRESENT
    if kind in COLLECTING and state != PaymentState.PROCESSING:
        return SkipReason.OVERTAKEN
    if kind is MailKind.PAYMENT_ENDED and state != PaymentState.FAILED:
        return SkipReason.OVERTAKEN
    return None


def called_off(*, state: str, ends_on: date | None, renews_on: date) -> SkipReason | None:
    """Say why a renewal is not told of: it was canceled or paused meanwhile; None when it is."""
    ends = ends_on is not None and ends_on <= renews_on
    return SkipReason.OVERTAKEN if ends or state not in _RENEWS else None


def unneeded(*, is_served: bool, total_minor: int, is_numbered: bool) -> SkipReason | None:
    """Say why no invoice is sent by itself; None when it is, now or once it has its number.

    One that is numbered when it is paid comes with its receipt.
    """
    if not is_served:
        return SkipReason.RECEIPT_FOLLOWS
    return SkipReason.NOTHING_OWED if total_minor == 0 and not is_numbered else None
