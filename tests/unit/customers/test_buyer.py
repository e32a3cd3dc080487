"""Who a buyer is, and what a change makes of it."""

from dataclasses import replace

import pytest

from ledgerline.base.errors import Rejected
from ledgerline.customers.model import (
    Address,
    Buyer,
    CustomerChange,
    DocumentIncomplete,
    PersonalTextRefused,
    PlaceEvidence,
    PlaceEvidenceRefused,
    PlaceKind,
    Profile,
    TaxId,
    TaxIdCheck,
    TaxStatus,
    UnknownCountry,
)
from ledgerline.customers.rules.buyer import changed, placed, refuse_unnamed, spelled

BERLIN = Address(line1="Allee 1", postal_code="10115", city="Berlin", country="DE")
BILLED_IN_GERMANY = PlaceEvidence(PlaceKind.BILLING_COUNTRY, "DE")
SEEN_IN_FRANCE = PlaceEvidence(PlaceKind.IP_COUNTRY, "FR")
WAS = Profile(
    buyer=Buyer(
        name="Alva",
        address=BERLIN,
        tax_ids=(TaxId("eu_vat", "DE123456789", TaxIdCheck.FORMAT_OK),),
        tax_status=TaxStatus.BUSINESS,
        place_evidence=(BILLED_IN_GERMANY, SEEN_IN_FRANCE),
    ),
    email="alva@example.com",
    locale="de-DE",
    metadata={"tier": "gold"},
    external_id="crm-1",
)


def test_a_change_of_nothing_is_no_change() -> None:
    assert changed(WAS, CustomerChange()) == WAS
    same = CustomerChange(
        name=" Alva ", email="alva@example.com", locale="de-DE", address=BERLIN,
        tax_ids=(("eu_vat", "DE 123 456 789"),), tax_status=TaxStatus.BUSINESS,
        place_evidence=(SEEN_IN_FRANCE,), metadata={"tier": "gold"}, external_id="crm-1",
    )  # fmt: skip
    assert changed(WAS, same) == WAS


def test_each_field_changes_by_itself() -> None:
    assert changed(WAS, CustomerChange(name="Zoe\u0308")).buyer == replace(WAS.buyer, name="Zoë")
    assert changed(WAS, CustomerChange(email="z@example.com")) == replace(
        WAS, email="z@example.com"
    )
    assert changed(WAS, CustomerChange(locale="fr-FR")) == replace(WAS, locale="fr-FR")
    assert changed(WAS, CustomerChange(metadata={})) == replace(WAS, metadata={})
    assert changed(WAS, CustomerChange(external_id="crm-2")) == replace(WAS, external_id="crm-2")
    assert changed(WAS, CustomerChange(tax_ids=())).buyer == replace(WAS.buyer, tax_ids=())


def test_none_takes_away() -> None:
    was = replace(WAS, buyer=replace(WAS.buyer, tax_status=TaxStatus.CONSUMER))
    bare = changed(was, CustomerChange(name=None, email=None, address=None, external_id=None))
    assert bare == replace(
        was,
        buyer=replace(was.buyer, name=None, address=None, place_evidence=(SEEN_IN_FRANCE,)),
        email=None,
        external_id=None,
    )


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (CustomerChange(name=None), "/name"),
        (CustomerChange(address=None), "/billing_address"),
        (CustomerChange(name=" "), "/name"),
    ],
)
def test_a_business_keeps_what_its_invoices_must_say(change: CustomerChange, pointer: str) -> None:
    refuse_unnamed(WAS.buyer)
    with pytest.raises(DocumentIncomplete) as refused:
        changed(WAS, change)
    assert refused.value.facts["pointer"] == pointer


def test_the_evidence_of_the_billing_country_follows_the_address() -> None:
    paris = Address(line1="1 rue", city="Paris", country="FR")
    after = changed(WAS, CustomerChange(address=paris)).buyer
    assert after.address == paris
    assert after.place_evidence == (
        PlaceEvidence(PlaceKind.BILLING_COUNTRY, "FR"),
        SEEN_IN_FRANCE,
    )
    without = changed(WAS, CustomerChange(place_evidence=())).buyer
    assert without.place_evidence == (BILLED_IN_GERMANY,)


def test_an_address_is_spelled_once() -> None:
    loose = Address(
        line1=" Allee 1 ", line2="  ", postal_code="10115", city="Berlin\u0020", country="DE"
    )
    assert spelled(loose) == BERLIN
    assert spelled(None) is None


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        (replace(BERLIN, country="ZZ"), UnknownCountry),
        (replace(BERLIN, country="de"), UnknownCountry),
        (replace(BERLIN, line1="  "), PersonalTextRefused),
        (replace(BERLIN, city=""), PersonalTextRefused),
        (replace(BERLIN, region="a\u202eb"), PersonalTextRefused),
        (replace(BERLIN, line2="x" * 1_001), PersonalTextRefused),
    ],
)
def test_an_address_that_cannot_be_is_refused(address: Address, refusal: type[Rejected]) -> None:
    with pytest.raises(refusal):
        spelled(address)


def test_evidence_is_given_once_a_kind_and_not_for_the_address() -> None:
    with pytest.raises(PlaceEvidenceRefused):
        placed(None, [SEEN_IN_FRANCE, PlaceEvidence(PlaceKind.IP_COUNTRY, "DE")])
    with pytest.raises(PlaceEvidenceRefused):
        placed(BERLIN, [BILLED_IN_GERMANY])
    with pytest.raises(UnknownCountry):
        placed(None, [PlaceEvidence(PlaceKind.ISSUER_COUNTRY, "EU")])
