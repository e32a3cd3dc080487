"""Which facts make a mail: the one table of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ledgerline.mail.model import MailKind
from ledgerline.outbox.model import EventKind
from ledgerline.payments.rules.notices import NoticeKind

Told = Mapping[str, object]

OF_EVENTS: Final[Mapping[EventKind, MailKind]] = MappingProxyType(
    {
        EventKind.PAYMENT_SUCCEEDED: MailKind.RECEIPT,
        EventKind.INVOICE_ISSUED: MailKind.INVOICE,
        EventKind.REFUND_SUCCEEDED: MailKind.REFUND,
        EventKind.REFUND_REVERSED: MailKind.REFUND_RETURNED,
        EventKind.PAYMENT_NOTICE: MailKind.PAYMENT_FAILED,
        EventKind.PAYMENT_ACTION_REQUIRED: MailKind.ACTION_REQUIRED,
        EventKind.PAYMENT_DEBIT_ANNOUNCED: MailKind.DEBIT_ANNOUNCED,
        EventKind.SUBSCRIPTION_PAYMENT_SETTLED: MailKind.PAID_AFTER_FAILURE,
        EventKind.SUBSCRIPTION_CARD_EXPIRING: MailKind.CARD_EXPIRING,
        EventKind.SUBSCRIPTION_TRIAL_ENDING: MailKind.TRIAL_ENDING,
        EventKind.SUBSCRIPTION_RENEWS_SOON: MailKind.RENEWS_SOON,
        EventKind.SUBSCRIPTION_ACTIVATED: MailKind.ORDER_CONFIRMED,
        EventKind.SUBSCRIPTION_TRIAL_STARTED: MailKind.ORDER_CONFIRMED,
        EventKind.SUBSCRIPTION_PLAN_CHANGED: MailKind.PLAN_CHANGED,
        EventKind.SUBSCRIPTION_QUANTITY_CHANGED: MailKind.PLAN_CHANGED,
        EventKind.SUBSCRIPTION_CHANGE_SCHEDULED: MailKind.CHANGE_SCHEDULED,
        EventKind.SUBSCRIPTION_CHANGE_WITHDRAWN: MailKind.CHANGE_WITHDRAWN,
        EventKind.SUBSCRIPTION_CANCEL_SCHEDULED: MailKind.CANCELED,
        EventKind.SUBSCRIPTION_CANCELED: MailKind.CANCELED,
        EventKind.SUBSCRIPTION_UNDONE: MailKind.KEPT,
        EventKind.SUBSCRIPTION_PAUSED: MailKind.PAUSED,
        EventKind.SUBSCRIPTION_RESUMED: MailKind.RESUMED,
    }
)
"""The mail of each event; its subject is the event's object, its occasion the event's sequence."""

NOTICES: Final[Mapping[NoticeKind, MailKind]] = MappingProxyType(
    {
        NoticeKind.FAILED: MailKind.PAYMENT_FAILED,
        NoticeKind.REMINDER: MailKind.PAYMENT_REMINDER,
        NoticeKind.LAST_WARNING: MailKind.PAYMENT_LAST_WARNING,
        NoticeKind.ENDED: MailKind.PAYMENT_ENDED,
    }
)
"""What a notice about a payment is told by."""


def mail_of(event: EventKind, told: Told) -> MailKind | None:
    """Say which mail an event makes; None where it makes none, or another event tells the same.

    ``told`` is the event's body. An end that was planned was told when it was; one that collection
    brought about is told by its notice; a change that its own cancellation withdrew is told by
    that; the rhythm of a change that was told begins silently.
    """
    kind = OF_EVENTS.get(event)
    if event is EventKind.PAYMENT_NOTICE:
        return NOTICES[NoticeKind(str(told["notice"]))]
    if event is EventKind.REFUND_SUCCEEDED and told.get("cause") == "credit":
        return MailKind.CREDIT_PAID_OUT
    if event is EventKind.SUBSCRIPTION_CANCELED:
        return _of_an_end(told)
    if event is EventKind.SUBSCRIPTION_CHANGE_WITHDRAWN:
        return None if told.get("cause") == "canceled" else kind
    if kind is MailKind.PLAN_CHANGED:
        return kind if told.keys() & {"to", "quantity"} else None
    return kind


def _of_an_end(told: Told) -> MailKind | None:
    if (told.get("cause"), told.get("when")) != ("customer", "now"):
        return None
    return MailKind.WITHDRAWN if told.get("withdrawn") else MailKind.CANCELED


def subject_kind(kind: MailKind) -> str:
    """Say what kind of object a mail is about: the object of the events that make it."""
    paid = set(NOTICES.values())
    if kind in paid:
        return "payment"
    if kind is MailKind.CREDIT_PAID_OUT:
        return "refund"
    if kind is MailKind.WITHDRAWN:
        return "subscription"
    [about] = {event.partition(".")[0] for event, made in OF_EVENTS.items() if made is kind}
    return about
