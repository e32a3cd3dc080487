import msgspec
import pytest

from ledgerline.payments.model import Action
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    MERCHANT,
    REFUND,
    REFUND_LOOKUP,
    asked,
)

REFERENCE = "01890a5d-ac96-774b-bcce-b302099a8057"
REFUND_REFERENCE = "01890a5d-ac96-774b-bcce-b302099a8059"


def test_charge_carries_the_attempt_id_as_reference_and_as_idempotency_key() -> None:
    # when a committed attempt becomes a request
    request = asked(ATTEMPT)
    # then every byte of it is as documented
    assert (request.method, request.path) == ("POST", "/v1/charges")
    assert request.credentials == (("Authorization", "Bearer sk_sample"),)
    assert request.headers == (
        ("Content-Type", "application/json"),
        ("Idempotency-Key", REFERENCE),
    )
    assert request.body == (
        b'{"reference":"01890a5d-ac96-774b-bcce-b302099a8057","amount":1799,"currency":"EUR",'
        b'"payment_token":"tok_visa","initiator":"merchant",'
        b'"description":"payment 01890a5d-ac96-774b-bcce-b302099a8058"}'
    )


def test_refund_names_the_charge_and_its_own_key() -> None:
    request = asked(REFUND)
    assert (request.method, request.path) == ("POST", "/v1/refunds")
    assert ("Idempotency-Key", REFUND_REFERENCE) in request.headers
    assert msgspec.json.decode(request.body) == {
        "reference": REFUND_REFERENCE,
        "charge": "ch_1",
        "amount": 1799,
        "currency": "EUR",
    }


def test_lookup_reads_by_reference_and_sends_no_key_and_no_body() -> None:
    charges = asked(CHARGE_LOOKUP)
    refunds = asked(REFUND_LOOKUP)
    assert (charges.method, charges.path) == ("GET", f"/v1/charges?reference={REFERENCE}")
    assert (refunds.method, refunds.path) == ("GET", f"/v1/refunds?reference={REFUND_REFERENCE}")
    assert charges.headers == refunds.headers == ()
    assert charges.credentials == refunds.credentials == (("Authorization", "Bearer sk_sample"),)
    assert not charges.moves_money
    assert not refunds.moves_money
    assert charges.body == refunds.body == b""


@pytest.mark.parametrize("what", [ATTEMPT, REFUND, CHARGE_LOOKUP])
def test_replay_sends_identical_bytes(what: Action) -> None:
    assert asked(what) == asked(what)
    assert asked(what).digest() == asked(what).digest()


def test_secrets_of_an_account_stay_out_of_its_repr() -> None:
    assert "sk_sample" not in repr(MERCHANT)
    assert "webhook-secret" not in repr(MERCHANT)
