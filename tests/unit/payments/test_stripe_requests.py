"""The bytes that go to Stripe: the same action is the same form."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.contract import PspRequest
from ledgerline.payments.model import Action, Initiator
from tests.contracts.connectors.stripe import MERCHANT
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    REFUND,
    REFUND_LOOKUP,
    RETURN_URL,
)

OF_MERCHANT = replace(ATTEMPT, psp_token="cus_1/pm_1")
OF_CUSTOMER = replace(OF_MERCHANT, initiator=Initiator.CUSTOMER)


def asked(what: Action) -> PspRequest:
    return next(Stripe().talk(what, MERCHANT))


def form(what: Action) -> list[tuple[str, str]]:
    return parse_qsl(asked(what).body.decode(), strict_parsing=True)


def query(request: PspRequest) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.path).query, strict_parsing=True))


def test_charge_by_the_merchant_names_customer_and_method_and_says_that_nobody_is_there() -> None:
    request = asked(OF_MERCHANT)
    assert (request.method, request.path) == ("POST", "/v1/payment_intents")
    assert request.headers == (
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Stripe-Version", "2026-10-28.endive"),
        ("Idempotency-Key", ATTEMPT.reference),
    )
    assert request.credentials == (("Authorization", "Bearer sk_test_sample"),)
    assert form(OF_MERCHANT) == [
        ("amount", "1799"),
        ("currency", "eur"),
        ("confirm", "true"),
        ("payment_method", "pm_1"),
        ("customer", "cus_1"),
        ("allowed_payment_method_types[]", "card"),
        ("error_on_requires_action", "true"),
        ("off_session", "true"),
        ("metadata[reference]", ATTEMPT.reference),
        ("description", f"payment {ATTEMPT.payment_id}"),
        ("expand[]", "latest_charge"),
    ]


def test_charge_by_the_customer_keeps_the_card_for_later_where_there_is_a_customer() -> None:
    assert ("setup_future_usage", "off_session") in form(OF_CUSTOMER)
    assert "off_session" not in dict(form(OF_CUSTOMER))
    alone = dict(form(replace(OF_CUSTOMER, psp_token="pm_1")))
    assert (alone["payment_method"], "customer" in alone) == ("pm_1", False)
    assert "setup_future_usage" not in alone


def test_payer_who_can_come_back_may_be_sent_to_their_bank_and_has_to_be_where_that_is_asked() -> (
    None
):
    away = form(OF_CUSTOMER)
    here = form(replace(OF_CUSTOMER, return_url=RETURN_URL))
    assert here == [
        ("return_url", RETURN_URL) if name == "error_on_requires_action" else (name, value)
        for name, value in away
    ]
    asked_for = form(replace(OF_CUSTOMER, return_url=RETURN_URL, challenge=True))
    assert set(asked_for) - set(here) == {
        ("payment_method_options[card][request_three_d_secure]", "challenge")
    }


@pytest.mark.parametrize("token", ["tok_visa", "pm_1/cus_1", "a&amount=1", "é/\n"])
def test_a_token_that_is_none_goes_as_it_is_and_changes_nothing_else(token: str) -> None:
    sent = form(replace(ATTEMPT, psp_token=token))
    assert dict(sent)["payment_method"] == token
    others = [pair for pair in sent if pair[0] != "payment_method"]
    assert others == [pair for pair in form(ATTEMPT) if pair[0] != "payment_method"]


def test_what_stripe_cannot_carry_is_not_rounded() -> None:
    amount = Money(150, Currency("MGA"))
    assert dict(form(replace(ATTEMPT, amount=amount)))["amount"] == "1.50"


def test_refund_names_what_captured_and_bears_its_own_key() -> None:
    of_intent = replace(REFUND, charge_ref="pi_1")
    assert form(of_intent) == [
        ("payment_intent", "pi_1"),
        ("amount", "1799"),
        ("metadata[reference]", REFUND.reference),
    ]
    assert form(REFUND)[0] == ("charge", "ch_1")
    assert ("Idempotency-Key", REFUND.reference) in asked(REFUND).headers


def test_charge_is_looked_up_by_its_id_or_by_a_search_for_our_reference() -> None:
    by_id = asked(replace(CHARGE_LOOKUP, psp_ref="pi_1"))
    assert by_id.path == "/v1/payment_intents/pi_1?expand%5B%5D=latest_charge"
    searched = asked(CHARGE_LOOKUP)
    assert searched.path.startswith("/v1/payment_intents/search?")
    assert query(searched)["query"] == f"metadata['reference']:'{ATTEMPT.reference}'"
    quoted = asked(replace(CHARGE_LOOKUP, reference="it's \\"))
    assert query(quoted)["query"] == "metadata['reference']:'it\\'s \\\\'"


def test_refund_is_looked_up_by_its_id_its_charge_or_its_time() -> None:
    assert asked(replace(REFUND_LOOKUP, psp_ref="re_1")).path == "/v1/refunds/re_1"
    assert query(asked(REFUND_LOOKUP)) == {"charge": "ch_1", "limit": "100"}
    of_intent = asked(replace(REFUND_LOOKUP, charge_ref="pi_1"))
    assert query(of_intent) == {"payment_intent": "pi_1", "limit": "100"}
    of_nothing = asked(replace(REFUND_LOOKUP, charge_ref=None, sent_at=None))
    assert query(of_nothing) == {"limit": "100"}
    assert query(asked(replace(REFUND_LOOKUP, charge_ref=None))) == {
        "created[gte]": "1772362800",
        "created[lte]": "1772452800",
        "limit": "100",
    }
