"""What each kind of mail says: one function a kind, whole sentences, one thing to do at most."""

from collections.abc import Callable, Mapping
from typing import Final

from ledgerline.letters import money_letters, plan_letters
from ledgerline.letters.saying import Letter
from ledgerline.letters.words import Words
from ledgerline.mail.model import MailKind


def letter_of(kind: MailKind, words: Words) -> Letter:
    """Say what a mail of this kind tells."""
    return KINDS[kind](words)


KINDS: Final[Mapping[MailKind, Callable[[Words], Letter]]] = {
    MailKind.RECEIPT: money_letters.receipt,
    MailKind.INVOICE: money_letters.invoice,
    MailKind.REFUND: money_letters.refund,
    MailKind.CREDIT_PAID_OUT: money_letters.credit_paid_out,
    MailKind.REFUND_RETURNED: money_letters.refund_returned,
    MailKind.PAYMENT_FAILED: money_letters.payment_failed,
    MailKind.PAYMENT_REMINDER: money_letters.payment_reminder,
    MailKind.PAYMENT_LAST_WARNING: money_letters.payment_last_warning,
    MailKind.PAYMENT_ENDED: money_letters.payment_ended,
    MailKind.ACTION_REQUIRED: money_letters.action_required,
    MailKind.PAID_AFTER_FAILURE: money_letters.paid_after_failure,
    MailKind.DEBIT_ANNOUNCED: money_letters.debit_announced,
    MailKind.CARD_EXPIRING: plan_letters.card_expiring,
    MailKind.TRIAL_ENDING: plan_letters.trial_ending,
    MailKind.RENEWS_SOON: plan_letters.renews_soon,
    MailKind.ORDER_CONFIRMED: plan_letters.order_confirmed,
    MailKind.PLAN_CHANGED: plan_letters.plan_changed,
    MailKind.CHANGE_SCHEDULED: plan_letters.change_scheduled,
    MailKind.CHANGE_WITHDRAWN: plan_letters.change_withdrawn,
    MailKind.CANCELED: plan_letters.canceled,
    MailKind.WITHDRAWN: plan_letters.withdrawn,
    MailKind.KEPT: plan_letters.kept,
    MailKind.PAUSED: plan_letters.paused,
    MailKind.RESUMED: plan_letters.resumed,
}
