"""What a mail is about: its rows, and what it needs of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ledgerline.base.calendar import local_date
from ledgerline.base.ids import PREFIXES, PaymentMethodId, SubscriptionId, decode
from ledgerline.catalog.rows import PlanRow, SellerRow
from ledgerline.customers.rows import RecipientRow
from ledgerline.invoicing.rows.facts import InvoiceFactRow
from ledgerline.mail.model import MailKind
from ledgerline.mail.rows import BlockRow, MailRow
from ledgerline.payments.rows.notices import ToldPaymentRow, ToldRefundRow
from ledgerline.payments.rows.payments import PaymentMethodRow
from ledgerline.subscriptions.rows import AgreementRow, ItemRow, SubscriptionRow


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
    agreed: Mapping[UUID, Sequence[AgreementRow]]
    texts: Mapping[tuple[str, str, str | None, str], str]
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
        named = card_of(self.row)
        return None if named is None else self.of.methods.get(named)

    @property
    def subscription(self) -> SubscriptionRow:
        """The subscription that all of it belongs to."""
        return self.of.subscriptions[subscription_of(self.row, self.of)]

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
                return [] if paid is None else _given(paid.receipt_id, paid.invoice_id)
            case MailKind.INVOICE:
                return [self.row.subject_id]
            case MailKind.REFUND | MailKind.CREDIT_PAID_OUT:
                back = self.refund
                return [] if back is None else _given(back.receipt_id, back.credit_note_id)
            case MailKind.REFUND_RETURNED:
                back = self.refund
                return [] if back is None else _given(back.reversal_receipt_id)
            case _:
                return []

    def day(self, at: datetime) -> date:
        """Give the customer's day of an instant."""
        return local_date(at, self.recipient.zone)


def subscription_of(row: MailRow, of: Gathered) -> SubscriptionId:
    """Name the subscription that a mail belongs to."""
    id = row.subject_id
    owner = of.payments.get(id) or of.refunds.get(id) or of.invoices.get(id)
    return SubscriptionId(id) if owner is None else owner.subscription_id


def card_of(row: MailRow) -> PaymentMethodId | None:
    """Name the card that a mail warns of."""
    if row.kind != MailKind.CARD_EXPIRING or row.told is None:
        return None
    named = json.loads(row.told).get("payment_method")
    return named and PaymentMethodId(decode(PREFIXES["payment_method"], named))


def _given(*ids: UUID | None) -> list[UUID]:
    return [id for id in ids if id is not None]
