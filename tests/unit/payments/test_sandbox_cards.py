"""What a charge tells of its card, and that no word about a card ever hides the money."""

import pytest

from ledgerline.payments.model import (
    NOTHING_KNOWN,
    CardFacts,
    Funding,
    Outcome,
)
from tests.unit.payments.samples import ATTEMPT, charge, declined, read, reply

CARD = {
    "fingerprint": "fp_1", "bin": "42424242", "funding": "credit", "issuer_country": "DE",
    "expires": "2030-04",
}  # fmt: skip
FACTS = CardFacts(
    fingerprint="fp_1", bin="42424242", funding=Funding.CREDIT, issuer_country="DE",
    expires="2030-04",
)  # fmt: skip


def test_a_success_tells_the_card_and_the_network_id() -> None:
    told = charge(card=CARD, network_transaction_id="nt_1")
    reading = read(ATTEMPT, reply(200, told))
    assert (reading.outcome, reading.card, reading.network_id) == (
        Outcome.SUCCEEDED, FACTS, "nt_1",
    )  # fmt: skip


def test_a_decline_tells_the_card_alone() -> None:
    reading = read(ATTEMPT, reply(402, declined(card=CARD)))
    assert (reading.outcome, reading.card, reading.network_id) == (Outcome.DECLINED, FACTS, None)


@pytest.mark.parametrize("card", [None, "visa", 7, [], {"bin": 42424242}, {"funding": []}, {}])
@pytest.mark.parametrize("network_id", [None, 7, [], "", "a\u0000b", "x" * 256])
def test_what_is_not_understood_of_a_card_hides_no_money(card: object, network_id: object) -> None:
    told = charge(card=card, network_transaction_id=network_id)
    reading = read(ATTEMPT, reply(200, told))
    assert (reading.outcome, reading.card, reading.network_id) == (
        Outcome.SUCCEEDED, NOTHING_KNOWN, None,
    )  # fmt: skip
