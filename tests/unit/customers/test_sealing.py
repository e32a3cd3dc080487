"""Personal data opens with its customer's key at its own place, and nowhere else."""

from dataclasses import replace
from uuid import UUID

import pytest

from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.ids import CustomerId
from ledgerline.customers.model import (
    Address,
    Buyer,
    PlaceEvidence,
    PlaceKind,
    TaxId,
    TaxIdCheck,
    TaxStatus,
)
from ledgerline.customers.rules.sealing import (
    Spot,
    evidence_of,
    evidence_text,
    open_buyer,
    open_text,
    seal_buyer,
    seal_text,
)

KEY, NONCE = bytes(32), bytes(12)
SPOT = Spot(CustomerId(UUID(int=1)), "buyer", 2)
BUYER = Buyer(
    name="Zoë",
    address=Address(line1="Allee 1", line2="Hof", city="Berlin", region=None, country="DE"),
    tax_ids=(TaxId("eu_vat", "DE123456789", TaxIdCheck.FORMAT_OK),),
    tax_status=TaxStatus.BUSINESS,
    place_evidence=(PlaceEvidence(PlaceKind.IP_COUNTRY, "FR"),),
)


def test_a_buyer_opens_as_it_was_sealed() -> None:
    for buyer in (BUYER, Buyer()):
        sealed = seal_buyer(KEY, buyer, spot=SPOT, nonce=NONCE)
        opened = open_buyer(
            KEY, sealed, spot=SPOT, tax_status=buyer.tax_status,
            place_evidence=evidence_text(buyer.place_evidence),
        )  # fmt: skip
        assert opened == buyer


def test_what_tax_rests_on_is_not_sealed() -> None:
    sealed = seal_buyer(KEY, BUYER, spot=SPOT, nonce=NONCE)
    bare = replace(BUYER, tax_status=TaxStatus.CONSUMER, place_evidence=())
    assert seal_buyer(KEY, bare, spot=SPOT, nonce=NONCE) == sealed
    assert evidence_of('[{"kind": "ip_country", "country": "FR"}]') == BUYER.place_evidence


@pytest.mark.parametrize(
    "spot",
    [
        replace(SPOT, version=3),
        replace(SPOT, column="email"),
        replace(SPOT, customer_id=CustomerId(UUID(int=2))),
    ],
)
def test_a_text_opens_at_its_own_place_only(spot: Spot) -> None:
    sealed = seal_text(KEY, "Zoë", spot=SPOT, nonce=NONCE)
    assert open_text(KEY, sealed, spot=SPOT) == "Zoë"
    with pytest.raises(CannotDecrypt):
        open_text(KEY, sealed, spot=spot)
