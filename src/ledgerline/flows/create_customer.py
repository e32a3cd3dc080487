"""Create a customer with personal data sealed under a key of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ledgerline.base import crypto
from ledgerline.base.calendar import zone_exists
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, CustomerId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.refusals import UnknownMarket
from ledgerline.catalog.rows import MarketRow
from ledgerline.customers import store as customers
from ledgerline.customers.model import (
    Address,
    Buyer,
    CustomerChange,
    PlaceEvidence,
    Profile,
    TaxStatus,
    UnknownZone,
)
from ledgerline.customers.rows import NewCustomerRow
from ledgerline.customers.rules.buyer import changed
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.name_externally import name_externally_in
from ledgerline.flows.read_buyer import Sealing, email_hash, refuse_cards
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind

KEY_SHARD: Final = Bucket(0)  # idempotency keys of requests that have no customer yet


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What is known of a customer; zone and locale default to the market's.

    ``tax_ids`` are (type, value); ``place_evidence`` leaves out the country of the address.
    """

    market_code: str
    name: str | None = None
    email: str | None = None
    zone: str | None = None
    locale: str | None = None
    address: Address | None = None
    tax_ids: tuple[tuple[str, str], ...] = ()
    tax_status: TaxStatus = TaxStatus.CONSUMER
    place_evidence: tuple[PlaceEvidence, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    external_id: str | None = None


@repeated
async def create_customer(
    run: Run, new: NewCustomer, *, command: Command | None = None, actor: str = "system"
) -> CustomerId:
    """Create a customer with its first version; with a ``command`` a repeat returns the first one.

    Raises ``UnknownMarket``, ``UnknownZone``, ``CardNumberRefused``, ``ExternalIdTaken`` and what
    the rules of a buyer refuse.
    """
    profile = _profile(new)
    refuse_cards(profile)
    now = run.now()
    bucket = run.new_bucket()
    customer_id = CustomerId(run.new_id(bucket))
    data_key = run.random(crypto.KEY_BYTES)
    async with run.transaction() as tx:
        if command is not None:
            held = await claim_key_in(tx, bucket=KEY_SHARD, command=command, subject_id=customer_id)
            if held is not None:
                assert held.subject_id is not None, held.key
                return CustomerId(held.subject_id)
        market, zone = await _market(tx, new)
        locale = new.locale or market.locale
        await name_externally_in(tx, "customer", customer_id, was=None, becomes=profile.external_id)
        sealed = Sealing(run, data_key, customer_id)
        async with tx.pipeline():
            await customers.add_customer(
                tx,
                NewCustomerRow(
                    bucket=bucket,
                    id=customer_id,
                    market_code=market.code,
                    zone=zone,
                    locale=locale,
                    email_sealed=sealed.email(profile.email),
                    email_hash=email_hash(run, profile.email),
                    metadata=json.dumps(profile.metadata),
                    external_id=profile.external_id,
                    created_at=now,
                ),
            )
            await customers.add_version(
                tx, sealed.version(profile.buyer, 1, locale=locale, actor=actor, now=now)
            )
            wrapped = run.keyring.new_data_key(data_key)
            await customers.add_customer_key(
                tx, bucket=bucket, customer_id=customer_id, wrapped=wrapped
            )
            await record_events_in(tx, run, [_created(bucket, customer_id, now=now)])
    return customer_id


def _profile(new: NewCustomer) -> Profile:
    """Return a customer in one spelling; the locale is the market's business."""
    nobody = Profile(buyer=Buyer(), email=None, locale="", metadata={}, external_id=None)
    given = CustomerChange(
        name=new.name,
        email=new.email,
        address=new.address,
        tax_ids=new.tax_ids,
        tax_status=new.tax_status,
        place_evidence=new.place_evidence,
        metadata=new.metadata,
        external_id=new.external_id,
    )
    return changed(nobody, given)


def _created(bucket: Bucket, customer_id: CustomerId, *, now: datetime) -> NewEvent:
    return NewEvent(
        bucket=bucket,
        aggregate_id=customer_id,
        seq=1,
        kind=EventKind.CUSTOMER_CREATED,
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
