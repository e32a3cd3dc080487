"""When a customer may be erased: nothing of it may be running, unknown, owed or under way."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from ledgerline.customers.model import CustomerErased, CustomerNotErasable
from ledgerline.customers.rows import CustomerRow, CustomerView


class Unfinished(NamedTuple):
    """What of a customer is not finished, by ids; ``credit`` is what is owed to it, by currency.

    ``credit`` is left out where the customer gives it up.
    """

    subscriptions: Sequence[UUID]
    attempts: Sequence[UUID]
    refunds: Sequence[UUID]
    set_ups: Sequence[UUID]
    payments: Sequence[UUID]
    invoices: Sequence[UUID]
    documents: Sequence[UUID]
    credit: Sequence[str]


def refuse_unfinished(found: Unfinished) -> None:
    """Raise ``CustomerNotErasable`` for the first thing that has to end before an erasure.

    What is unknown comes first: until it is known nobody can say what is owed.
    """
    for attempt in found.attempts:
        raise CustomerNotErasable(
            "the answer to a charge is not known yet: the resolver finds out, then ask again",
            reason="attempt_unsettled", attempt=str(attempt),
        )  # fmt: skip
    _refuse_under_way(found)
    for subscription in found.subscriptions:
        raise CustomerNotErasable(
            "a subscription is live: cancel it now, then ask again",
            reason="subscription_live", subscription=str(subscription),
        )  # fmt: skip
    for payment in found.payments:
        raise CustomerNotErasable(
            "a payment is being collected: ask again once it has succeeded or was given up",
            reason="payment_in_progress", payment=str(payment),
        )  # fmt: skip
    for invoice in found.invoices:
        raise CustomerNotErasable(
            "an invoice is open: ask again once it is paid, void or written off",
            reason="money_owed", invoice=str(invoice),
        )  # fmt: skip
    for amount in found.credit:
        raise CustomerNotErasable(
            f"the customer has credit of {amount}: say that it is given up"
            " (forfeit_credit, --forfeit-credit)",
            reason="credit_left", credit=amount,
        )  # fmt: skip
    for document in found.documents:
        raise CustomerNotErasable(
            "a document of the customer, that names them, waits for its number: ask again in a"
            " moment",
            reason="document_waits", document=str(document),
        )  # fmt: skip


def _refuse_under_way(found: Unfinished) -> None:
    for refund in found.refunds:
        raise CustomerNotErasable(
            "a refund is under way: ask again once it has ended",
            reason="refund_under_way", refund=str(refund),
        )  # fmt: skip
    for set_up in found.set_ups:
        raise CustomerNotErasable(
            "a payment method is being set up: ask again in half an hour, or cancel it",
            reason="set_up_under_way", set_up=str(set_up),
        )  # fmt: skip


def refuse_erased(customer: CustomerRow | CustomerView) -> None:
    """Raise ``CustomerErased`` for a customer that was erased: nothing is written for it again."""
    if customer.erased_at is not None:
        raise CustomerErased("the customer was erased: make a new one", customer=str(customer.id))
