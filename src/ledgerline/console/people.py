"""Who a customer is, opened for those who may see it."""

from dataclasses import dataclass

from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.saying import noted
from ledgerline.console.asking import Ask
from ledgerline.customers.rows import CustomerView
from ledgerline.flows.read_buyer import Sealing


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer as a page names them."""

    name: str
    email: str | None
    note: str


def person_of(ask: Ask, row: CustomerView) -> Person:
    """Name a customer: by their id where they are erased, unreadable, or not for the reader."""
    known = encode(PREFIXES["customer"], row.id)
    if row.erased_at is not None:
        return Person(name=known, email=None, note=noted("erased"))
    if not ask.sees_people:
        return Person(name=known, email=None, note=noted("name not shown to auditors"))
    if row.wrapped is None or row.buyer_sealed is None:
        return Person(name=known, email=None, note=noted("unreadable"))
    try:
        sealing = Sealing(ask.run, ask.run.keyring.unwrap(row.wrapped), row.id)
        buyer = sealing.open_buyer(
            row.buyer_sealed, version=row.version, tax_status=row.tax_status,
            place_evidence=row.place_evidence,
        )  # fmt: skip
        email = sealing.open_email(row.email_sealed)
    except CannotDecrypt:
        return Person(name=known, email=None, note=noted("unreadable"))
    return Person(name=buyer.name or email or known, email=email, note="")
