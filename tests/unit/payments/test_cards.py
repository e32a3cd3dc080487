"""What is told of a card: refused where a caller tells it, left out where a provider does."""

from datetime import date
from uuid import UUID

import pytest

from ledgerline.base.ids import CustomerId
from ledgerline.payments.model import NOTHING_KNOWN, CardFacts, Funding
from ledgerline.payments.refusals import CardFactsRefused, InstrumentContradicts
from ledgerline.payments.rows.payments import PaymentMethodRow
from ledgerline.payments.rules.cards import (
    expires_on,
    fingerprint_hash,
    last_month,
    refuse_impossible,
    refuse_other_card,
    understood,
)
from tests.unit.payments.samples import INSTRUMENT, NOW

KEY = bytes(32)


@pytest.mark.parametrize(
    ("month", "day"),
    [("2027-04", date(2027, 5, 1)), ("2027-12", date(2028, 1, 1)), ("2028-01", date(2028, 2, 1))],
)
def test_a_card_expires_on_the_day_after_its_last_month(month: str, day: date) -> None:
    assert expires_on(month) == day
    assert last_month(day) == month


def test_what_is_not_known_stays_so() -> None:
    assert expires_on(None) is None
    assert last_month(None) is None
    assert fingerprint_hash(NOTHING_KNOWN, psp_account="aster", key=KEY) is None


@pytest.mark.parametrize(
    "card",
    [
        CardFacts(issuer_country="ZZ"),
        CardFacts(expires="2027-13"),
        CardFacts(expires="1999-01"),
        CardFacts(bin="42424"),
        CardFacts(bin="424242424"),
        CardFacts(bin="4242x2"),
    ],
)
def test_a_caller_who_tells_what_cannot_be_is_refused(card: CardFacts) -> None:
    with pytest.raises(CardFactsRefused):
        refuse_impossible(card)


def test_what_can_be_is_taken() -> None:
    told = {
        "fingerprint": "fp_1", "bin": "42424242", "funding": "debit", "issuer_country": "FR",
        "expires": "2030-01",
    }  # fmt: skip
    card = CardFacts(
        fingerprint="fp_1", bin="42424242", funding=Funding.DEBIT, issuer_country="FR",
        expires="2030-01",
    )  # fmt: skip
    refuse_impossible(card)
    assert understood(told) == card


def test_what_a_provider_tells_and_cannot_be_is_left_out() -> None:
    told = {
        "fingerprint": "", "bin": "4", "funding": "barter", "issuer_country": "EU",
        "expires": "soon", "colour": "red",
    }  # fmt: skip
    assert understood(told) == NOTHING_KNOWN
    assert understood({}) == NOTHING_KNOWN


def test_a_fingerprint_is_one_provider_s_word_and_cannot_be_read_back() -> None:
    card = CardFacts(fingerprint="fp_1")
    own = fingerprint_hash(card, psp_account="aster", key=KEY)
    assert own == fingerprint_hash(card, psp_account="aster", key=KEY)
    assert own is not None
    assert len(own) == 32
    assert own != fingerprint_hash(card, psp_account="boreal", key=KEY)
    assert own != fingerprint_hash(card, psp_account="aster", key=b"\x01" * 32)


METHOD = PaymentMethodRow(
    bucket=INSTRUMENT.bucket,
    id=INSTRUMENT.payment_method_id,
    customer_id=CustomerId(UUID(int=1)),
    brand="visa",
    last4="4242",
    created_at=NOW,
)


@pytest.mark.parametrize(
    ("told", "last4", "pointer"),
    [
        (CardFacts(), "4242", None),
        (CardFacts(bin="42424242", funding=Funding.CREDIT, issuer_country="DE"), "4242", None),
        (CardFacts(fingerprint="another word for it", expires="2031-01"), "4242", None),
        (CardFacts(), "4243", "/last4"),
        (CardFacts(bin="424243"), "4242", "/card/bin"),
        (CardFacts(funding=Funding.DEBIT), "4242", "/card/funding"),
        (CardFacts(issuer_country="AT"), "4242", "/card/issuer_country"),
    ],
)
def test_a_token_of_another_card_is_refused(
    told: CardFacts, last4: str, pointer: str | None
) -> None:
    if pointer is None:
        refuse_other_card(told, last4, METHOD, [INSTRUMENT])
        return
    with pytest.raises(InstrumentContradicts) as refused:
        refuse_other_card(told, last4, METHOD, [INSTRUMENT])
    assert refused.value.facts["pointer"] == pointer
