"""What belongs to a customer, a subscription or an invoice: the latest of each, newest first."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from ledgerline.base.calendar import months
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import bucket_of, instant_of
from ledgerline.cli.records import LATEST, TOP, Record, record
from ledgerline.invoicing import views as invoicing
from ledgerline.invoicing.rows.shown import InvoicesAsked, InvoiceView
from ledgerline.payments import views as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.shown import (
    CustomersPaymentsAsked,
    PaymentsAsked,
    PaymentView,
    RefundsAsked,
    RefundView,
)
from ledgerline.payments.rules.prospects import goes_out_at, next_try_at
from ledgerline.subscriptions import views as subscriptions
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.subscriptions.rows import SubscriptionsAsked, SubscriptionView
from ledgerline.subscriptions.rules import outlook
from ledgerline.subscriptions.rules.lifecycle import LIFECYCLE

_ENDED: Final = sorted(LIFECYCLE.final)
_LIVE: Final = sorted(set(SubscriptionState) - LIFECYCLE.final)
_GIVEN_UP: Final = [PaymentState.CANCELED, PaymentState.FAILED]
_WANTED: Final = sorted(set(PaymentState) - set(_GIVEN_UP))
_DAY: Final = timedelta(days=1)  # a date may be the seller's, an instant is everybody's
_R = TypeVar("_R", SubscriptionView, PaymentView)


async def of_customer(read: ReadTx, customer_id: UUID, *, now: datetime) -> Record:
    """Read what a customer has: subscriptions, invoices, payments and refunds."""
    bucket = bucket_of(customer_id)
    held = await _newest(
        (_LIVE, _ENDED),
        lambda states: subscriptions.subscriptions(
            read,
            SubscriptionsAsked(
                now=now, before=TOP, bucket=bucket, customer_id=customer_id, states=states,
                limit=LATEST,
            ),
        ),
    )  # fmt: skip
    since = _months(customer_id, now)
    paid = await _newest(
        (_WANTED, _GIVEN_UP),
        lambda states: payments.payments_of_customer(
            read,
            CustomersPaymentsAsked(
                before=TOP, bucket=bucket, customer_id=customer_id, months=since, states=states,
                limit=LATEST,
            ),
        ),
    )  # fmt: skip
    refunds = await payments.refunds(read, _refunds(customer_id, customer_id=customer_id))
    issued = await _invoices(read, customer_id, since=since)
    return {
        "subscriptions": [_subscription(one) for one in held],
        "invoices": [_invoice(one) for one in issued],
        "payments": [_payment(one) for one in paid],
        "refunds": [_refund(one) for one in refunds],
    }


async def of_subscription(read: ReadTx, row: SubscriptionView, *, now: datetime) -> Record:
    """Read the invoices of a subscription and their payments."""
    since = _months(row.id, now)
    issued = await _invoices(read, row.customer_id, since=since, subscription_id=row.id)
    paid = [pay for one in issued for pay in await _payments(read, one.id)]
    return {
        "invoices": [_invoice(one) for one in issued],
        "payments": [_payment(one) for one in paid],
    }


async def of_invoice(read: ReadTx, invoice_id: UUID) -> Record:
    """Read the payments and credit notes of an invoice."""
    notes = await invoicing.credit_notes(read, bucket=bucket_of(invoice_id), invoice_id=invoice_id)
    without = "invoice_id customer_id seller_code is_waiting"
    return {
        "payments": [_payment(one) for one in await _payments(read, invoice_id)],
        "credit_notes": [record(one, "credit_note", without=without) for one in notes],
    }


async def refunds_of(read: ReadTx, payment_id: UUID) -> list[Record]:
    """Read the refunds of a payment."""
    found = await payments.refunds(read, _refunds(payment_id, payment_id=payment_id))
    return [_refund(one) for one in found]


async def _newest(
    parts: Iterable[Sequence[str]], read: Callable[[list[str]], Awaitable[list[_R]]]
) -> list[_R]:
    """Read the newest of each set of states, by the index that each has, and merge them."""
    found = [row for part in parts for row in await read(list(part))]
    return sorted(found, key=lambda row: row.id, reverse=True)[:LATEST]


async def _payments(read: ReadTx, invoice_id: UUID) -> list[PaymentView]:
    return await _newest(
        (_WANTED, _GIVEN_UP),
        lambda states: payments.payments(
            read,
            PaymentsAsked(
                before=TOP, bucket=bucket_of(invoice_id), invoice_id=invoice_id, states=states,
                limit=LATEST,
            ),
        ),
    )  # fmt: skip


async def _invoices(
    read: ReadTx, customer_id: UUID, *, since: list[int], subscription_id: UUID | None = None
) -> list[InvoiceView]:
    return await invoicing.invoices(
        read,
        InvoicesAsked(
            before=TOP, bucket=bucket_of(customer_id), customer_id=customer_id,
            subscription_id=subscription_id, months=since, states=None, limit=LATEST,
        ),
    )  # fmt: skip


def _refunds(owner: UUID, **of: Any) -> RefundsAsked:
    every = RefundsAsked(
        before=TOP, bucket=bucket_of(owner), customer_id=None, payment_id=None, invoice_id=None,
        states=None, limit=LATEST,
    )  # fmt: skip
    return every._replace(**of)


def _months(owner: UUID, now: datetime) -> list[int]:
    """List the months from the one in which something was made until now, newest first."""
    made: date = datetime.fromtimestamp(instant_of(owner) / 1000, UTC).date()
    return months(made - _DAY, now.date() + _DAY)


def _subscription(row: SubscriptionView) -> Record:
    course = outlook.course_of(row)
    shown = record(row, "subscription")
    return {
        **{name: shown[name] for name in ("id", "status", "plan", "quantity", "created")},
        "next_charge_at": outlook.next_charge_at(course),
        "ends_on": outlook.service_ends_on(course),
        "parked": row.parked,
    }


def _invoice(row: InvoiceView) -> Record:
    shown = record(row, "invoice")
    names = ("id", "number", "status", "cause", "total", "credited", "issued_on")
    return {name: shown[name] for name in names}


def _payment(row: PaymentView) -> Record:
    shown = record(row, "payment", without="claim_minor")
    names = ("id", "status", "invoice", "total", "refunded", "tries")
    return {
        **{name: shown[name] for name in names},
        "next_try_at": next_try_at(row),
        "awaits_payer": row.awaits_payer and not row.is_over,
    }


def _refund(row: RefundView) -> Record:
    shown = record(row, "refund")
    return {
        **{name: shown[name] for name in ("id", "status", "payment", "total", "reason")},
        "next_try_at": goes_out_at(row),
    }
