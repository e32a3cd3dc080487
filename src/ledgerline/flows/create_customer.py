"""Create a customer with personal data sealed under a key of its own."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledgerline.base import cards, crypto
from ledgerline.base.calendar import zone_exists
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.model import UnknownMarket
from ledgerline.catalog.rows import MarketRow
from ledgerline.customers import store as customers
from ledgerline.customers.model import PersonalTextRefused, UnknownZone
from ledgerline.customers.rows import NewCustomerRow
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.outbox import store as outbox
from ledgerline.outbox.rows import EventRow

TEXT_BYTES_MAX: Final = 1_000
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co"})  # controls, bidi overrides, surrogates
KEY_SHARD: Final = Bucket(0)  # idempotency keys of requests that have no customer yet


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What is known of a customer; zone and locale default to the market's."""

    market_code: str
    name: str | None = None
    email: str | None = None
    zone: str | None = None
    locale: str | None = None


@repeated
async def create_customer(
    run: Run, new: NewCustomer, *, command: Command | None = None
) -> CustomerId:
    """Create a customer; with a ``command`` a repeat returns the first one.

    Raises ``UnknownMarket``, ``UnknownZone``, ``PersonalTextRefused`` and ``CardNumberRefused``.
    """
    name, email = (clean(text) if text else None for text in (new.name, new.email))
    cards.refuse_cards([text for text in (name, email) if text])
    now = run.now()
    bucket = run.new_bucket()
    customer_id = CustomerId(run.new_id(bucket))
    data_key = run.random(crypto.KEY_BYTES)
    name_sealed, email_sealed = (
        seal_text(run, data_key, text, column=column, customer_id=customer_id) if text else None
        for text, column in ((name, "name"), (email, "email"))
    )
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(
                tx, run, bucket=KEY_SHARD, command=command, subject_id=customer_id
            )
            if held is not None:
                assert held.subject_id is not None, held.key
                return CustomerId(held.subject_id)
        market, zone = await _market(tx, new)
        async with tx.pipeline():
            await customers.add_customer(
                tx,
                NewCustomerRow(
                    bucket=bucket,
                    id=customer_id,
                    market_code=market.code,
                    zone=zone,
                    locale=new.locale or market.locale,
                    name_sealed=name_sealed,
                    email_sealed=email_sealed,
                    created_at=now,
                ),
            )
            wrapped = run.keyring.new_data_key(data_key)
            await customers.add_customer_key(
                tx, bucket=bucket, customer_id=customer_id, wrapped=wrapped
            )
            await outbox.append(tx, [_created(bucket, customer_id, now=now)])
    return customer_id


def _created(bucket: Bucket, customer_id: CustomerId, *, now: datetime) -> EventRow:
    return EventRow(
        bucket=bucket,
        aggregate_id=customer_id,
        seq=1,
        kind="customer.created",
        customer_id=customer_id,
        occurred_at=now,
    )


async def _market(tx: Tx, new: NewCustomer) -> tuple[MarketRow, str]:
    """Return the market of a new customer and the zone its days are counted in."""
    market = await catalog.read_market(tx, code=new.market_code)
    if market is None:
        raise UnknownMarket("nothing is sold in this market", market=new.market_code)
    zone = new.zone or market.zone
    if not zone_exists(zone):
        raise UnknownZone("not a time zone of the IANA database", zone=zone)
    return market, zone


def clean(text: str) -> str:
    """Normalise a personal text to NFC; raises ``PersonalTextRefused`` for what it may not hold."""
    normal = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(character) in _REFUSED for character in normal):
        raise PersonalTextRefused("control and direction characters are not allowed")
    if len(normal.encode()) > TEXT_BYTES_MAX:
        raise PersonalTextRefused("the text is too long", bytes_max=TEXT_BYTES_MAX)
    return normal


def aad(customer_id: CustomerId, column: str) -> bytes:
    """Name the place a sealed text belongs to: it opens nowhere else."""
    return f"customer:{customer_id}:{column}:1".encode()


def seal_text(
    run: Run, data_key: bytes, text: str, *, column: str, customer_id: CustomerId
) -> bytes:
    """Seal one personal text under the customer's data key."""
    return crypto.seal(
        data_key, text.encode(), aad=aad(customer_id, column), nonce=run.random(crypto.NONCE_BYTES)
    )


def open_text(
    run: Run, wrapped: bytes, sealed: bytes, *, column: str, customer_id: CustomerId
) -> str:
    """Open one personal text; raises ``CannotDecrypt`` once the customer is erased."""
    data_key = run.keyring.unwrap(wrapped)
    return crypto.open_sealed(data_key, sealed, aad=aad(customer_id, column)).decode()
