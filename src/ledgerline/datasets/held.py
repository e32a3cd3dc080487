"""Everything that is held of one customer, section by section, with what each field means."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.statements import statements

_SQL: Final = statements(__name__)

LAW: Final = "kept by law, also after an erasure"
UNTIL_ERASED: Final = "deleted by an erasure"


class HeldCustomer(NamedTuple):
    """A customer with what is sealed; ``row`` is JSON text of what is not."""

    bucket: Bucket
    id: CustomerId
    email_sealed: bytes | None
    version: int
    wrapped: bytes | None
    created_at: datetime
    row: str


class HeldVersion(NamedTuple):
    """Who the buyer was; ``row`` is JSON text of what is not sealed."""

    version: int
    buyer_sealed: bytes | None
    tax_status: str
    place_evidence: str
    row: str


class HeldNote(NamedTuple):
    """What a colleague wrote; ``row`` is JSON text of what is not sealed."""

    id: UUID
    said_sealed: bytes
    row: str


class HeldRow(NamedTuple):
    """One row of a section as JSON text."""

    row: str


class Section(NamedTuple):
    """One kind of thing that is held: what it is, how long, and what its fields mean."""

    name: str
    about: str
    kept: str
    fields: Mapping[str, str]


_COMMON: Final = {
    "currency": "currency of the amounts, ISO 4217",
    "created_at": "when it was made",
    "metadata": "what the seller's own systems noted",
    "external_id": "the seller's own name for it",
}


def _section(name: str, about: str, kept: str, common: str = "", /, **fields: str) -> Section:
    shared = {one: _COMMON[one] for one in common.split()}
    return Section(name, about, kept, MappingProxyType(fields | shared))


CUSTOMER: Final = _section(
    "customer", "You as the one who pays.", "name and e-mail address are deleted by an erasure",
    "metadata external_id created_at",
    id="number of the customer", email="e-mail address", market="country of the offer",
    time_zone="zone your days are counted in", locale="language of documents",
    version="how often your data changed, from 1", erased_at="when you were erased, if so",
)  # fmt: skip
VERSIONS: Final = _section(
    "versions", "Who you were on documents, version by version.",
    "names, addresses and tax numbers are deleted by an erasure, what tax rests on stays",
    version="number that invoices name", name="your name", address="your billing address",
    tax_ids="your tax numbers", tax_status="consumer or business", country="country of the address",
    place_evidence="what speaks for the country you are in", recorded_at="when it was recorded",
    actor="who recorded it",
)  # fmt: skip
NOTES: Final = _section(
    "notes", "What colleagues of the seller wrote about you.", "deleted by an erasure",
    id="number of the note", text="what was written", author="who wrote it", written_at="when",
)  # fmt: skip
SECTIONS: Final = (
    _section(
        "payment_methods", "What you pay with. Card numbers are never held.",
        "the provider's token and the card's details are deleted by an erasure",
        "metadata external_id created_at",
        id="number of the method", brand="brand of the card", last4="its last four digits",
        psp_account="account at the payment provider", bin="its first digits, which name the bank",
        funding="credit, debit or prepaid", issuer_country="country of the bank",
        expires_on="last day it is valid", has_token="whether the provider's token is held",  # noqa: S106 - says what the field means
    ),
    _section(
        "payment_method_setups", "Ways to pay that you set up, or tried to.",
        "the provider's token is deleted by an erasure",
        id="number of the set-up", psp_account="account at the payment provider",
        brand="brand of the card", last4="its last four digits", state="how it stands",
        payment_method_id="the method that came of it",
        has_token="whether the provider's token is held",  # noqa: S106 - says what the field means
        sent_at="when it was begun", ended_at="when it ended",
    ),
    _section(
        "subscriptions", "What you subscribed to.", f"notes are {UNTIL_ERASED}, the rest {LAW}",
        "currency metadata external_id created_at",
        id="number of the subscription", family="family of products", state="how it stands",
        market="country of the offer", billed_through="up to which day it was billed",
        ends_on="last day but one after which it ends", ended_at="when it ended",
    ),
    _section(
        "agreements", "The texts you accepted.", LAW,
        subscription_id="for which subscription", kind="which kind of text",
        text_version="which version of it", accepted_at="when", channel="where",
        has_ip_hash="whether a digest of your network address is held, unreadable once erased",
    ),
    _section(
        "agreed", "What was agreed of a subscription, in order.", LAW,
        subscription_id="of which subscription", seq="place in the order", kind="what happened",
        effective="from which day", recorded_at="when it was recorded", actor="who recorded it",
    ),
    _section(
        "trials", "The free trials you have had.", "kept, so that there is one of each",
        family="family of products", subscription_id="in which subscription", redeemed_at="when",
    ),
    _section(
        "invoices", "What was claimed.", LAW, "currency",
        id="number of the claim", subscription_id="for which subscription",
        number="number on the document", state="how it stands", cause="why it was issued",
        customer_version="which version of you it names", issued_on="day of issue",
        net_minor="amount without tax", tax_minor="tax", total_minor="amount with tax",
        credited_minor="what was taken back of it", paid_at="when it was paid",
    ),
    _section(
        "invoice_lines", "What the claims are made of.", LAW, "currency",
        invoice_id="of which invoice", line_no="place on it", kind="kind of line",
        component="part of the subscription", plan="what was sold", quantity="how many",
        period_start="first day", period_end="day after the last", net_minor="amount without tax",
        tax_minor="tax", gross_minor="amount with tax",
    ),
    _section(
        "credit_notes", "What was corrected of claims.", LAW, "currency",
        id="number of the correction", invoice_id="of which invoice",
        number="number on the document", reason="why", issued_on="day of issue",
        net_minor="amount without tax", tax_minor="tax", total_minor="amount with tax",
    ),
    _section(
        "credit", "What the seller owes you and uses up with your next invoice.", LAW,
        "currency created_at",
        amount_minor="how much it was", remaining_minor="how much is left",
        source="what gave it", expires_on="last day, if there is one",
    ),
    _section(
        "service", "What you could use, from when to when.", LAW,
        subscription_id="of which subscription", component="part of it", reason="why",
        starts_at="from when", ends_at="until when",
    ),
    _section(
        "payments", "What was collected from you.", LAW, "currency created_at",
        id="number of the payment", invoice_id="for which invoice",
        payment_method_id="with which method", state="how it stands", amount_minor="how much",
        captured_minor="how much was taken", refunded_minor="how much was given back",
    ),
    _section(
        "attempts", "Each try to collect it.", LAW,
        id="number of the try", payment_id="for which payment", state="how it ended",
        sent_at="when it was sent", ended_at="when it ended", psp_account="at which provider",
        psp_ref="the provider's number of it", psp_code="the provider's word for a refusal",
        category="what the refusal means",
    ),
    _section(
        "refunds", "What was given back to you.", LAW, "currency",
        id="number of the refund", payment_id="of which payment", state="how it stands",
        cause="what caused it", reason="why it was asked for", amount_minor="how much",
        sent_at="when it was sent", ended_at="when it ended",
    ),
    _section(
        "receipts", "The proofs of payments and refunds.", LAW, "currency",
        id="number of the receipt", number="number on the document",
        kind="payment, refund, or refund that came back",
        payment_id="of which payment", invoice_id="for which invoice", amount_minor="how much",
        issued_at="when it was issued",
    ),
    _section(
        "mails", "What you were written.",
        f"what they said is {UNTIL_ERASED}; that they were sent stays",
        id="number of the mail", kind="what it told of", state="how it stands",
        reason="why it was not sent", language="language it was written in",
        facts="what it said: amounts, days, plan, means of payment, documents",
        occurred_at="when that happened", ended_at="when it was sent, or was not",
    ),
    _section(
        "webhooks", "What providers told of the tries; their texts are masked.",
        f"deleted after 90 days, or {UNTIL_ERASED}",
        psp_account="which account told it", event_type="what it was about",
        reference="the try or refund", received_at="when it came",
    ),
    _section(
        "requests", "When programs of the seller asked something about you.",
        f"deleted after 30 days; the answers are {UNTIL_ERASED}", "created_at",
        principal="which program", status="how it was answered, as an HTTP status",
    ),
)  # fmt: skip


async def customer(read: ReadTx, *, bucket: Bucket, customer_id: CustomerId) -> HeldCustomer | None:
    """Read a customer with what is sealed of it."""
    return await read.row(_SQL["customer"], HeldCustomer, bucket=bucket, customer_id=customer_id)


async def versions(
    read: ReadTx, *, bucket: Bucket, customer_id: CustomerId, offset: int, limit: int
) -> list[HeldVersion]:
    """Read at most ``limit`` versions of a customer after ``offset``, the first one first."""
    return await read.rows(
        _SQL["versions"], HeldVersion, bucket=bucket, customer_id=customer_id, offset=offset,
        limit=limit,
    )  # fmt: skip


async def notes(
    read: ReadTx, *, bucket: Bucket, customer_id: CustomerId, offset: int, limit: int
) -> list[HeldNote]:
    """Read at most ``limit`` notes on a customer after ``offset``, the first one first."""
    return await read.rows(
        _SQL["notes"], HeldNote, bucket=bucket, customer_id=customer_id, offset=offset,
        limit=limit,
    )  # fmt: skip


async def rows(
    read: ReadTx, name: str, *, bucket: Bucket, customer_id: CustomerId, offset: int, limit: int
) -> list[HeldRow]:
    """Read at most ``limit`` rows of a section after ``offset``, in an order that stands."""
    return await read.rows(
        _SQL[name], HeldRow, bucket=bucket, customer_id=customer_id, offset=offset, limit=limit
    )
