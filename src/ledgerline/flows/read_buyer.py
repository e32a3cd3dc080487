"""Open who a buyer was in one version of a customer, and seal who it is in the next."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base import cards, crypto
from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import Buyer, Profile
from ledgerline.customers.rows import VersionRow
from ledgerline.customers.rules.sealing import (
    Spot,
    evidence_text,
    open_buyer,
    open_text,
    seal_buyer,
    seal_text,
)

BUYER: Final = "buyer"
EMAIL: Final = "email"


def email_hash(run: Run, email: str | None) -> bytes | None:
    """Hash an e-mail address with the environment's key, so that its customers can be looked up.

    Whoever has the database alone cannot try addresses out. Case and spaces around are no part.
    """
    if email is None:
        return None
    said = f"ledgerline customer e-mail, format 1\0{email.strip().casefold()}"
    return crypto.hmac_sha256(run.keyring.kek, said.encode())


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals and opens what is personal of one customer, under its data key."""

    run: Run
    data_key: bytes
    customer_id: CustomerId

    def email(self, email: str | None) -> bytes | None:
        """Seal an e-mail address."""
        if email is None:
            return None
        spot = Spot(self.customer_id, EMAIL)
        return seal_text(self.data_key, email, spot=spot, nonce=self._nonce())

    def open_email(self, sealed: bytes | None) -> str | None:
        """Open it again."""
        if sealed is None:
            return None
        return open_text(self.data_key, sealed, spot=Spot(self.customer_id, EMAIL))

    def note(self, text: str, *, id: UUID) -> bytes:
        """Seal what a colleague wrote about the customer."""
        spot = Spot(self.customer_id, f"note {id}")
        return seal_text(self.data_key, text, spot=spot, nonce=self._nonce())

    def open_note(self, sealed: bytes, *, id: UUID) -> str:
        """Open it again."""
        return open_text(self.data_key, sealed, spot=Spot(self.customer_id, f"note {id}"))

    def version(
        self, buyer: Buyer, number: int, *, locale: str, actor: str, now: datetime
    ) -> VersionRow:
        """Write a version of a customer."""
        spot = Spot(self.customer_id, BUYER, number)
        return VersionRow(
            bucket=bucket_of(self.customer_id),
            customer_id=self.customer_id,
            version=number,
            locale=locale,
            buyer_sealed=seal_buyer(self.data_key, buyer, spot=spot, nonce=self._nonce()),
            country=None if buyer.address is None else buyer.address.country,
            tax_status=buyer.tax_status,
            place_evidence=evidence_text(buyer.place_evidence),
            recorded_at=now,
            actor=actor,
        )

    def open_version(self, row: VersionRow) -> Buyer:
        """Read it again; the version that an erasure leaves is opened by nobody."""
        assert row.buyer_sealed is not None, (row.customer_id, row.version)
        return self.open_buyer(
            row.buyer_sealed, version=row.version, tax_status=row.tax_status,
            place_evidence=row.place_evidence,
        )  # fmt: skip

    def open_buyer(
        self, sealed: bytes, *, version: int, tax_status: str, place_evidence: str
    ) -> Buyer:
        """Open who the buyer was in a version."""
        return open_buyer(
            self.data_key,
            sealed,
            spot=Spot(self.customer_id, BUYER, version),
            tax_status=tax_status,
            place_evidence=place_evidence,
        )

    def _nonce(self) -> bytes:
        return self.run.random(crypto.NONCE_BYTES)


async def read_buyer_in(tx: Tx, sealing: Sealing, *, version: int) -> Buyer:
    """Return the buyer that a document names by ``version``.

    Called in the transaction of whatever names a buyer. A version that does not exist is a defect:
    documents and subscriptions only hold versions that were written.
    """
    customer_id = sealing.customer_id
    [row] = await customers.read_versions(
        tx, buckets=[bucket_of(customer_id)], customer_ids=[customer_id], versions=[version]
    )
    return sealing.open_version(row)


async def sealing_in(tx: Tx, run: Run, *, customer_id: CustomerId) -> Sealing | None:
    """Fetch the key of a customer's personal data; None once the customer is erased."""
    key = await customers.read_customer_key(
        tx, bucket=bucket_of(customer_id), customer_id=customer_id
    )
    return None if key is None else Sealing(run, run.keyring.unwrap(key.wrapped), customer_id)


def refuse_cards(profile: Profile) -> None:
    """Refuse a card number wherever a customer's texts hold one; raises ``CardNumberRefused``."""
    buyer = profile.buyer
    address = () if buyer.address is None else astuple(buyer.address)
    ids = [one.value for one in buyer.tax_ids]
    texts = [buyer.name, profile.email, profile.external_id, *address, *ids]
    cards.refuse_cards([text for text in texts if text] + [dict(profile.metadata)])
