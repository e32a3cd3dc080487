"""Values of the outbox: what is told."""

from enum import StrEnum


class EventKind(StrEnum):
    """Everything that is told to the world outside: the aggregate, and what happened to it."""

    CUSTOMER_CREATED = "customer.created"
    CUSTOMER_CHANGED = "customer.changed"
    SUBSCRIPTION_CREATED = "subscription.created"
    SUBSCRIPTION_ACTIVATED = "subscription.activated"
    SUBSCRIPTION_TRIAL_STARTED = "subscription.trial_started"
    SUBSCRIPTION_TRIAL_CONVERTED = "subscription.trial_converted"
    SUBSCRIPTION_PLAN_CHANGED = "subscription.plan_changed"
    SUBSCRIPTION_PAYMENT_OVERDUE = "subscription.payment_overdue"
    SUBSCRIPTION_PAYMENT_SETTLED = "subscription.payment_settled"
    SUBSCRIPTION_CANCEL_SCHEDULED = "subscription.cancel_scheduled"
    SUBSCRIPTION_CANCELED = "subscription.canceled"
    SUBSCRIPTION_PURCHASE_EXPIRED = "subscription.purchase_expired"
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_PAID = "invoice.paid"
    INVOICE_VOIDED = "invoice.voided"
    INVOICE_WRITTEN_OFF = "invoice.written_off"
    CREDIT_NOTE_ISSUED = "credit_note.issued"
    PAYMENT_TRY_FAILED = "payment.try_failed"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_CANCELED = "payment.canceled"
    ATTEMPT_SENT = "attempt.sent"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
