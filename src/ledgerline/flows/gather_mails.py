"""Gather what mails say, and to whom: everything of them, whatever their number, in a few reads."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from ledgerline.base.calendar import local_date
from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    PREFIXES,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    RefundId,
    SubscriptionId,
    bucket_of,
    decode,
)
from ledgerline.catalog import store as catalog
from ledgerline.catalog.rows import PlanRow, SellerRow
from ledgerline.customers import store as customers
from ledgerline.customers.rows import RecipientRow
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.facts import InvoiceFactRow
from ledgerline.mail import store as mail
from ledgerline.mail.model import MailKind
from ledgerline.mail.rows import BlockRow, MailRow
from ledgerline.payments import notices
from ledgerline.payments import store as payments
from ledgerline.payments.rows.notices import ToldPaymentRow, ToldRefundRow
from ledgerline.payments.rows.payments import PaymentMethodRow
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import ItemRow, SubscriptionRow

OF_REFUNDS: Final = frozenset({MailKind.REFUND, MailKind.CREDIT_PAID_OUT, MailKind.REFUND_RETURNED})
OF_PAYMENTS: Final = frozenset(
    {
        MailKind.RECEIPT,
        MailKind.PAYMENT_FAILED,
        MailKind.PAYMENT_REMINDER,
        MailKind.PAYMENT_LAST_WARNING,
        MailKind.PAYMENT_ENDED,
        MailKind.ACTION_REQUIRED,
        MailKind.DEBIT_ANNOUNCED,
    }
)
K = TypeVar("K", bound=UUID)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rows that some mails are about, by id."""

    recipients: Mapping[UUID, RecipientRow]
    blocks: Mapping[UUID, BlockRow]
    payments: Mapping[UUID, ToldPaymentRow]
    refunds: Mapping[UUID, ToldRefundRow]
    invoices: Mapping[UUID, InvoiceFactRow]
    subscriptions: Mapping[UUID, SubscriptionRow]
    methods: Mapping[UUID, PaymentMethodRow]
    had: Mapping[UUID, Sequence[ItemRow]]
    plans: Mapping[str, PlanRow]
    sellers: Mapping[str, SellerRow]
    numbers: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One mail with what it is about."""

    row: MailRow
    of: Gathered
    told: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_row(cls, row: MailRow, of: Gathered) -> "Case":
        """Open what the event told."""
        return cls(row, of, {} if row.told is None else json.loads(row.told))

    @property
    def kind(self) -> MailKind:
        """Its kind."""
        return MailKind(self.row.kind)

    @property
    def recipient(self) -> RecipientRow:
        """Who is written to."""
        return self.of.recipients[self.row.customer_id]

    @property
    def payment(self) -> ToldPaymentRow | None:
        """The payment it is about."""
        return self.of.payments.get(self.row.subject_id)

    @property
    def refund(self) -> ToldRefundRow | None:
        """The refund it is about."""
        return self.of.refunds.get(self.row.subject_id)

    @property
    def invoice(self) -> InvoiceFactRow | None:
        """The invoice that it is about, or that its payment pays."""
        paid = self.payment
        return self.of.invoices.get(self.row.subject_id if paid is None else paid.invoice_id)

    @property
    def card(self) -> PaymentMethodRow | None:
        """The card that it warns of."""
        named = _card_of(self.row)
        return None if named is None else self.of.methods.get(named)

    @property
    def subscription(self) -> SubscriptionRow:
        """The subscription that all of it belongs to."""
        return self.of.subscriptions[_subscription_id(self.row, self.of)]

    @property
    def seller(self) -> SellerRow:
        """Who writes."""
        return self.of.sellers[self.subscription.seller_code]

    @property
    def item(self) -> ItemRow:
        """The plan as it stood on the day of what is told."""
        on = self.day(self.row.occurred_at)
        items = self.of.had[self.subscription.id]
        held = [one for one in items if one.starts_on <= on]
        return held[-1] if held else items[0]

    @property
    def documents(self) -> list[UUID]:
        """What is attached; the first has to have its number, another comes along if it has one."""
        match self.kind:
            case MailKind.RECEIPT:
                paid = self.payment
                assert paid is not None, self.row
                return _given(paid.receipt_id, paid.invoice_id)
            case MailKind.INVOICE:
                return [self.row.subject_id]
            case MailKind.REFUND | MailKind.CREDIT_PAID_OUT:
                refund = self.refund
                assert refund is not None, self.row
                return _given(refund.receipt_id, refund.credit_note_id)
            case MailKind.REFUND_RETURNED:
                refund = self.refund
                assert refund is not None, self.row
                return _given(refund.reversal_receipt_id)
            case _:
                return []

    def day(self, at: datetime) -> date:
        """Give the customer's day of an instant."""
        return local_date(at, self.recipient.zone)


async def gather_mails_in(tx: Tx, rows: Sequence[MailRow]) -> list[Case]:
    """Read what some mails are about, in their order.

    Called by ``send_mails`` for those that it has claimed, and by whoever previews one.
    """
    paid_ids = [PaymentId(one.subject_id) for one in rows if one.kind in OF_PAYMENTS]
    back_ids = [RefundId(one.subject_id) for one in rows if one.kind in OF_REFUNDS]
    owed_ids = [InvoiceId(one.subject_id) for one in rows if one.kind == MailKind.INVOICE]
    people = list({one.customer_id for one in rows})
    async with tx.pipeline():
        recipients = await customers.read_recipients(tx, buckets=_places(people), ids=people)
        blocks = await mail.read_blocks(tx, buckets=_places(people), customer_ids=people)
        paid = await notices.read_told_payments(tx, buckets=_places(paid_ids), ids=paid_ids)
        back = await notices.read_told_refunds(tx, buckets=_places(back_ids), ids=back_ids)
        plans = await catalog.read_plans(tx)
        sellers = await catalog.read_sellers(tx)
    owed_ids += [one.invoice_id for one in paid]
    of = Gathered(
        recipients={one.id: one for one in recipients},
        blocks={one.customer_id: one for one in blocks},
        payments={one.id: one for one in paid},
        refunds={one.id: one for one in back},
        invoices=await _invoices(tx, owed_ids),
        subscriptions={},
        methods={},
        had={},
        plans={one.code: one for one in plans},
        sellers={one.code: one for one in sellers},
        numbers={},
    )
    return await _with_subscriptions(tx, rows, of)


async def _invoices(tx: Tx, ids: Sequence[InvoiceId]) -> dict[UUID, InvoiceFactRow]:
    if not ids:
        return {}
    found = await invoicing.read_invoice_facts(tx, buckets=_places(ids), ids=ids)
    return {one.id: one for one in found}


async def _with_subscriptions(tx: Tx, rows: Sequence[MailRow], of: Gathered) -> list[Case]:
    """Add what belongs to the subscriptions, and the numbers of what is attached."""
    owners = list({_subscription_id(row, of) for row in rows})
    cards = [id for row in rows if (id := _card_of(row)) is not None]
    wanted = [id for row in rows for id in Case.from_row(row, of).documents]
    async with tx.pipeline():
        held = await subscriptions.read_subscriptions(tx, buckets=_places(owners), ids=owners)
        had = await subscriptions.read_had(tx, buckets=_places(owners), ids=owners)
        methods = await payments.read_payment_methods(tx, buckets=_places(cards), ids=cards)
        stamped = await invoicing.read_registered(tx, buckets=_places(wanted), ids=wanted)
    whole = Gathered(
        recipients=of.recipients,
        blocks=of.blocks,
        payments=of.payments,
        refunds=of.refunds,
        invoices=of.invoices,
        subscriptions={one.id: one for one in held},
        methods={one.id: one for one in methods},
        had=_by_subscription(had),
        plans=of.plans,
        sellers=of.sellers,
        numbers={one.document_id: one.display for one in stamped},
    )
    return [Case.from_row(row, whole) for row in rows]


def _by_subscription(items: Iterable[ItemRow]) -> dict[UUID, list[ItemRow]]:
    found: dict[UUID, list[ItemRow]] = defaultdict(list)
    for one in items:
        found[one.subscription_id].append(one)
    return found


def _subscription_id(row: MailRow, of: Gathered) -> SubscriptionId:
    id = row.subject_id
    owner = of.payments.get(id) or of.refunds.get(id) or of.invoices.get(id)
    return SubscriptionId(id) if owner is None else owner.subscription_id


def _card_of(row: MailRow) -> PaymentMethodId | None:
    if row.kind != MailKind.CARD_EXPIRING or row.told is None:
        return None
    named = json.loads(row.told)["payment_method"]
    return PaymentMethodId(decode(PREFIXES["payment_method"], named))


def _given(*ids: UUID | None) -> list[UUID]:
    return [id for id in ids if id is not None]


def _places(ids: Sequence[K]) -> list[Any]:
    return [bucket_of(id) for id in ids]
