"""Payers who have to act, as Stripe's own library (version 16.1.0) sees them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import stripe

from tests.pspsim.simulator import EUR_10_99
from tests.pspsim.stripe.face import paying

BACK: Any = {"return_url": "https://shop.example/done?basket=7"}


def sent_to(intent: stripe.PaymentIntent) -> str:
    """Return where the payer of an intent has to go, and that nothing was charged yet."""
    assert (intent.status, intent.latest_charge, intent.amount_received) == (
        "requires_action",
        None,
        0,
    )
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert intent.next_action.redirect_to_url.return_url == BACK["return_url"]
    return str(intent.next_action.redirect_to_url.url)


def be_the_payer(url: str, answer: str) -> dict[str, list[str]]:
    """Open the page, answer it, and return what is brought back."""
    assert requests.get(url, timeout=10).status_code == 200
    end = requests.post(url, data={"answer": answer}, allow_redirects=False, timeout=10)
    assert end.status_code == 303
    where = urlsplit(end.headers["location"])
    assert where.netloc == "shop.example"
    return parse_qs(where.query)


def test_payer_who_passes_the_page_of_their_bank_is_charged(client: stripe.StripeClient) -> None:
    asks = "pm_card_authenticationRequired"
    waiting = client.v1.payment_intents.create(paying(asks, **BACK))
    brought = be_the_payer(sent_to(waiting), "pass")
    assert brought["payment_intent"] == [waiting.id]
    assert brought["payment_intent_client_secret"] == [waiting.client_secret]
    expand: Any = {"expand": ["latest_charge"]}
    paid = client.v1.payment_intents.retrieve(waiting.id, expand)
    assert (paid.status, paid.amount_received) == ("succeeded", EUR_10_99)
    charge: Any = paid.latest_charge
    told = charge.payment_method_details.card.three_d_secure
    assert (told.result, told.authentication_flow, told.version) == (
        "authenticated",
        "challenge",
        "2.2.0",
    )


def test_payer_who_does_not_pass_is_not_charged_and_may_choose_another_card(
    client: stripe.StripeClient,
) -> None:
    asks = "pm_card_threeDSecure2Required"
    waiting = client.v1.payment_intents.create(paying(asks, **BACK))
    be_the_payer(sent_to(waiting), "fail")
    failed = client.v1.payment_intents.retrieve(waiting.id)
    assert (failed.status, failed.latest_charge) == ("requires_payment_method", None)
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    again = client.v1.payment_intents.confirm(waiting.id, {"payment_method": "pm_card_visa"})
    assert (again.id, again.status) == (waiting.id, "succeeded")


def test_what_waits_for_its_payer_can_be_canceled_and_nobody_acts_any_more(
    client: stripe.StripeClient,
) -> None:
    options: Any = {"card": {"request_three_d_secure": "challenge"}}
    asked = paying(payment_method_options=options, **BACK)  # whatever card it is
    waiting = client.v1.payment_intents.create(asked)
    assert waiting.payment_method_options is not None
    assert waiting.payment_method_options["card"]["request_three_d_secure"] == "challenge"
    url = sent_to(waiting)
    canceled = client.v1.payment_intents.cancel(waiting.id)
    assert (canceled.status, canceled.next_action) == ("canceled", None)
    assert requests.get(url, timeout=10).status_code == 410
    requests.post(url, data={"answer": "pass"}, allow_redirects=False, timeout=10)
    assert client.v1.payment_intents.retrieve(waiting.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.cancel(waiting.id)
    assert refusal.value.code == "payment_intent_unexpected_state"
    wrong: Any = {"card": {"request_three_d_secure": "gladly"}}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create(paying(payment_method_options=wrong))
