"""Export everything that is held of a customer, with what each field means."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from ledgerline.base.calendar import months
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, CustomerId, bucket_of, encode
from ledgerline.base.run import Run
from ledgerline.customers.model import CustomerNotFound, SectionNotFound
from ledgerline.datasets import held, held_documents
from ledgerline.datasets.held import (
    CUSTOMER,
    NOTES,
    SECTIONS,
    VERSIONS,
    HeldCustomer,
    HeldNote,
    HeldVersion,
)
from ledgerline.datasets.held_documents import DOCUMENTS, Span
from ledgerline.flows.read_buyer import Sealing

ABOUT: Final = "Amounts are whole minor units, instants are UTC. Card numbers are never held."
PAGE_ROWS: Final = 1_000
"""Rows of a section on one page."""
DAY: Final = timedelta(days=1)
_ALL: Final = (CUSTOMER, VERSIONS, NOTES, *SECTIONS)
_KINDS: Final = {
    "payment_methods": "payment_method", "payment_method_setups": "payment_method_setup",
    "subscriptions": "subscription", "invoices": "invoice",
    "credit_notes": "credit_note", "payments": "payment", "attempts": "attempt",
    "refunds": "refund", "receipts": "receipt", "mails": "mail", "customer": "customer",
    "notes": "customer_note",
}  # fmt: skip


class Exported(NamedTuple):
    """One page of a section; ``next_page`` is None on the last."""

    name: str
    about: str
    kept: str
    fields: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    next_page: int | None


class _Asked(NamedTuple):
    """Whose data, with what opens it (None once erased), and which page of it."""

    customer: HeldCustomer
    sealing: Sealing | None
    now: datetime
    page: int
    size: int

    @property
    def offset(self) -> int:
        """How many rows stand on the pages before."""
        return (self.page - 1) * self.size


async def export_customer(
    run: Run, customer_id: CustomerId, *, section: str | None = None, page: int = 1,
    size: int = PAGE_ROWS,
) -> list[Exported]:  # fmt: skip
    """Return a page, from 1, of one section or of each: rows of plain JSON values.

    Of a customer that was erased it says what is left. What is added meanwhile is on a later page.
    Raises ``CustomerNotFound``, ``SectionNotFound`` and ``CannotDecrypt``.
    """
    asked_for = [one for one in _ALL if section in {None, one.name}]
    if not asked_for:
        raise SectionNotFound(
            "an export has no such section", sections=", ".join(one.name for one in _ALL)
        )
    async with run.reading() as read:
        found = await held.customer(read, bucket=bucket_of(customer_id), customer_id=customer_id)
        if found is None:
            raise CustomerNotFound("there is no such customer", customer=str(customer_id))
        sealing = None
        if found.wrapped is not None:
            sealing = Sealing(run, run.keyring.unwrap(found.wrapped), customer_id)
        asked = _Asked(customer=found, sealing=sealing, now=run.now(), page=page, size=size)
        shown = []
        for one in asked_for:
            rows = await _rows(read, one.name, asked)
            kind = _KINDS.get(one.name)
            shown.append(
                Exported(
                    name=one.name,
                    about=one.about,
                    kept=one.kept,
                    fields=dict(one.fields),
                    rows=[_row(row, kind) for row in rows[:size]],
                    next_page=page + 1 if len(rows) > size else None,
                )
            )
    return shown


async def _rows(read: ReadTx, name: str, asked: _Asked) -> Sequence[Mapping[str, Any]]:
    """Read a page of a section and one row more, if there is one."""
    customer, more = asked.customer, asked.size + 1
    if name == CUSTOMER.name:
        return [_customer(asked)][asked.offset :]
    if name == VERSIONS.name:
        versions = await held.versions(
            read, bucket=customer.bucket, customer_id=customer.id, offset=asked.offset, limit=more
        )
        return [_version(asked.sealing, one) for one in versions]
    if name == NOTES.name:
        notes = await held.notes(
            read, bucket=customer.bucket, customer_id=customer.id, offset=asked.offset, limit=more
        )
        return [_note(asked.sealing, one) for one in notes]
    if name in DOCUMENTS:
        span = months(customer.created_at.date() - DAY, asked.now.date() + DAY)
        found = await held_documents.rows(
            read, name, Span(span, asked.offset, more), bucket=customer.bucket,
            customer_id=customer.id,
        )  # fmt: skip
    else:
        found = await held.rows(
            read, name, bucket=customer.bucket, customer_id=customer.id, offset=asked.offset,
            limit=more,
        )  # fmt: skip
    return [json.loads(one.row) for one in found]


def _customer(asked: _Asked) -> Mapping[str, Any]:
    sealed = asked.customer.email_sealed
    email = None if asked.sealing is None else asked.sealing.open_email(sealed)
    return {**json.loads(asked.customer.row), "email": email}


def _note(sealing: Sealing | None, one: HeldNote) -> Mapping[str, Any]:
    text = None if sealing is None else sealing.open_note(one.said_sealed, id=one.id)
    return {**json.loads(one.row), "text": text}


def _version(sealing: Sealing | None, one: HeldVersion) -> Mapping[str, Any]:
    plain: dict[str, Any] = json.loads(one.row)
    if sealing is None or one.buyer_sealed is None:
        return {**plain, "name": None, "address": None, "tax_ids": []}
    opened = sealing.open_buyer(
        one.buyer_sealed, version=one.version, tax_status=one.tax_status,
        place_evidence=one.place_evidence,
    )  # fmt: skip
    address = opened.address
    return {
        **plain,
        "name": opened.name,
        "address": None if address is None else asdict(address),
        "tax_ids": [{"type": tax.type, "value": tax.value} for tax in opened.tax_ids],
    }


def _row(row: Mapping[str, Any], kind: str | None) -> Mapping[str, Any]:
    return {name: _value(name, part, kind) for name, part in row.items()}


def _value(name: str, value: Any, kind: str | None) -> Any:
    """Show an id in its outside form, whatever else as it is."""
    named = kind if name == "id" else name.removesuffix("_id")
    is_id = name == "id" or name.endswith("_id")
    if named is None or not is_id or named not in PREFIXES or not isinstance(value, str):
        return value
    return encode(PREFIXES[named], UUID(value))
