"""Gather what mails say, and to whom: everything of them, whatever their number, in a few reads."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import (
    InvoiceId,
    PaymentId,
    RefundId,
    SubscriptionId,
    bucket_of,
)
from ledgerline.catalog import store as catalog
from ledgerline.customers import store as customers
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.rows.facts import InvoiceFactRow
from ledgerline.letters.cases import Case, Gathered, card_of, subscription_of
from ledgerline.mail import store as mail
from ledgerline.mail.model import MailKind
from ledgerline.mail.rows import MailRow
from ledgerline.payments import notices
from ledgerline.payments import store as payments
from ledgerline.subscriptions import store as subscriptions
from ledgerline.subscriptions.rows import AgreementRow, ItemRow

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
R = TypeVar("R", ItemRow, AgreementRow)


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
        agreed={},
        texts={},
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
    owners = list({subscription_of(row, of) for row in rows})
    cards = [id for row in rows if (id := card_of(row)) is not None]
    begun = [SubscriptionId(one.subject_id) for one in rows if one.kind == MailKind.ORDER_CONFIRMED]
    wanted = [id for row in rows for id in Case.from_row(row, of).documents]
    async with tx.pipeline():
        held = await subscriptions.read_subscriptions(tx, buckets=_places(owners), ids=owners)
        had = await subscriptions.read_had(tx, buckets=_places(owners), ids=owners)
        methods = await payments.read_payment_methods(tx, buckets=_places(cards), ids=cards)
        agreed = await subscriptions.read_agreed(tx, buckets=_places(begun), ids=begun)
        stamped = await invoicing.read_registered(tx, buckets=_places(wanted), ids=wanted)
    markets = sorted({one.market_code for one in held}) if agreed else []
    texts = await catalog.read_texts(tx, market_codes=markets) if agreed else []
    whole = Gathered(
        recipients=of.recipients,
        blocks=of.blocks,
        payments=of.payments,
        refunds=of.refunds,
        invoices=of.invoices,
        subscriptions={one.id: one for one in held},
        methods={one.id: one for one in methods},
        had=_by_subscription(had),
        agreed=_by_subscription(agreed),
        texts={(t.market_code, t.kind, t.language, t.version): t.body for t in texts},
        plans=of.plans,
        sellers=of.sellers,
        numbers={one.document_id: one.display for one in stamped},
    )
    return [Case.from_row(row, whole) for row in rows]


def _by_subscription(items: Iterable[R]) -> dict[UUID, list[R]]:
    found: dict[UUID, list[R]] = defaultdict(list)
    for one in items:
        found[one.subscription_id].append(one)
    return found


def _places(ids: Sequence[K]) -> list[Any]:
    return [bucket_of(id) for id in ids]
