"""The dialect as Stripe's own library (version 16.1.0) finds it."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests
import stripe

from tests.pspsim.simulator import EUR_10_99, Simulator
from tests.pspsim.stripe.face import client_of, paying

NAMES: Iterator[str] = (f"a-reference-{number}" for number in count())
NEVER: Any = {"enabled": True, "allow_redirects": "never"}


def test_intent_is_created_confirmed_and_read_again(client: stripe.StripeClient) -> None:
    reference = next(NAMES)
    paid = client.v1.payment_intents.create(
        paying(metadata={"reference": reference}, expand=["latest_charge"])
    )
    assert isinstance(paid, stripe.PaymentIntent)
    assert (paid.status, paid.amount_received, paid.currency) == ("succeeded", EUR_10_99, "eur")
    assert paid.metadata["reference"] == reference
    charge = paid.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.paid, charge.captured, charge.payment_intent) == (True, True, paid.id)
    assert charge.payment_method_details is not None
    card: Any = charge.payment_method_details.card
    assert str(card.network_transaction_id).startswith("nt_")
    again = client.v1.payment_intents.retrieve(paid.id)
    assert (again.status, again.latest_charge) == ("succeeded", charge.id)
    assert again.last_response is not None
    assert str(again.last_response.request_id).startswith("req_")


def test_intent_may_be_confirmed_later_with_another_card_and_is_then_over(
    client: stripe.StripeClient,
) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": EUR_10_99, "currency": "eur", "automatic_payment_methods": NEVER}
    )
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_visa_chargeDeclinedLostCard"}
        )
    refused = client.v1.payment_intents.retrieve(intent.id)
    assert refused.status == "requires_payment_method"
    assert refused.last_payment_error is not None
    assert refused.last_payment_error["decline_code"] == "lost_card"
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.id, paid.status) == (intent.id, "succeeded")
    for call in (client.v1.payment_intents.confirm, client.v1.payment_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            call(intent.id)
        assert refusal.value.code == "payment_intent_unexpected_state"


def test_parameter_of_earlier_versions_is_refused_by_name(client: stripe.StripeClient) -> None:
    for create in (client.v1.payment_intents.create, client.v1.setup_intents.create):
        asked: Any = {"amount": EUR_10_99, "currency": "eur", "payment_method_types": ["card"]}
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            create(asked)
        assert refusal.value.code == "payment_method_types_no_longer_supported"
    both = paying(automatic_payment_methods=NEVER)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.create(both)
    assert refusal.value.code == "parameters_exclusive"


def test_intent_that_took_nothing_can_be_canceled(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": EUR_10_99, "currency": "eur"})
    canceled = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert client.v1.payment_intents.retrieve(intent.id).status == "canceled"


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
        (
            "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
            "card_declined",
            "card_velocity_exceeded",
        ),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
        ("pm_tok_decline_issuer_unavailable_1", "card_declined", "issuer_not_available"),
    ],
)
def test_card_error_says_why_and_bears_its_intent(
    client: stripe.StripeClient, method: str, code: str, decline_code: str
) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        client.v1.payment_intents.create(paying(method))
    assert (refusal.value.http_status, refusal.value.code) == (402, code)
    error = refusal.value.error
    assert error is not None
    assert (error.type, error.decline_code) == ("card_error", decline_code)
    held = error.payment_intent
    assert held is not None
    assert (held.status, held.amount_received) == ("requires_payment_method", 0)
    assert held.latest_charge == error.charge


def test_card_that_asks_for_its_payer_waits_or_is_refused_as_asked(
    client: stripe.StripeClient,
) -> None:
    asks = "pm_card_authenticationRequired"
    waiting = client.v1.payment_intents.create(paying(asks))
    assert (waiting.status, waiting.latest_charge) == ("requires_action", None)
    assert waiting.next_action is not None
    for nobody in ({"off_session": True}, {"error_on_requires_action": True}):
        with pytest.raises(stripe.CardError) as refusal:
            client.v1.payment_intents.create(paying(asks, **nobody))
        assert refusal.value.code == "authentication_required"


def test_intents_are_found_by_search_and_by_lists_of_any_length(
    client: stripe.StripeClient,
) -> None:
    customer = client.v1.customers.create({"email": "payer@example.com"})
    made = [
        client.v1.payment_intents.create(
            paying(customer=customer.id, metadata={"reference": next(NAMES)})
        )
        for _ in range(5)
    ]
    wanted = made[2].metadata["reference"]
    query = f"metadata['reference']:'{wanted}' AND status:'succeeded'"
    found = client.v1.payment_intents.search({"query": query})
    assert ([each.id for each in found.data], found.has_more) == ([made[2].id], False)
    assert client.v1.payment_intents.search({"query": f'{query} AND amount:"1"'}).data == []
    listed = client.v1.payment_intents.list({"customer": customer.id, "limit": 2})
    assert (len(listed.data), listed.has_more) == (2, True)
    every = list(listed.auto_paging_iter())
    assert [each.id for each in every] == [each.id for each in reversed(made)]
    later: Any = {"gt": made[0].created}
    none = client.v1.payment_intents.list({"customer": customer.id, "created": later})
    assert none.data == []


def test_refunds_give_back_no_more_than_was_taken(client: stripe.StripeClient) -> None:
    paid = client.v1.payment_intents.create(paying())
    part = client.v1.refunds.create(
        {"payment_intent": paid.id, "amount": 100, "metadata": {"reference": "part"}}
    )
    assert (part.object, part.status, part.amount) == ("refund", "succeeded", 100)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 1000})
    rest = client.v1.refunds.create({"charge": str(paid.latest_charge)})
    assert rest.amount == EUR_10_99 - 100
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": paid.id})
    assert refusal.value.code == "charge_already_refunded"
    listed = client.v1.refunds.list({"payment_intent": paid.id})
    assert [each.id for each in listed.data] == [rest.id, part.id]
    told = client.v1.refunds.retrieve(part.id).metadata
    assert told is not None
    assert told["reference"] == "part"
    expanded = client.v1.payment_intents.retrieve(paid.id, {"expand": ["latest_charge"]})
    assert isinstance(expanded.latest_charge, stripe.Charge)
    assert expanded.latest_charge.refunded
    assert expanded.latest_charge.amount_refunded == EUR_10_99


def test_customer_keeps_a_card_by_setup_and_pays_with_it_while_away(
    client: stripe.StripeClient,
) -> None:
    customer = client.v1.customers.create({"name": "Ada", "metadata": {"ours": "1"}})
    told = client.v1.customers.retrieve(customer.id).metadata
    assert told is not None
    assert told["ours"] == "1"
    asked: Any = {
        "customer": customer.id,
        "payment_method": "pm_card_mastercard",
        "allowed_payment_method_types": ["card"],
        "usage": "off_session",
        "confirm": True,
    }
    setup = client.v1.setup_intents.create(asked)
    assert setup.status == "succeeded"
    method = client.v1.payment_methods.retrieve(str(setup.payment_method))
    assert method.customer == customer.id
    assert method.card is not None
    assert (method.card.brand, method.card.funding) == ("mastercard", "credit")
    away = {"customer": customer.id, "off_session": True}
    paid = client.v1.payment_intents.create(paying(method.id, **away))
    assert (paid.status, paid.payment_method) == ("succeeded", method.id)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create(paying(method.id))  # without its customer


def test_setup_may_be_confirmed_later_and_refused(client: stripe.StripeClient) -> None:
    asked: Any = {"allowed_payment_method_types": ["card"]}
    setup = client.v1.setup_intents.create(asked)
    assert setup.status == "requires_payment_method"
    with pytest.raises(stripe.CardError) as refusal:
        client.v1.setup_intents.confirm(
            setup.id, {"payment_method": "pm_card_chargeDeclinedExpiredCard"}
        )
    assert refusal.value.code == "expired_card"
    confirmed = client.v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa"})
    assert confirmed.status == "succeeded"
    assert client.v1.setup_intents.retrieve(setup.id).status == "succeeded"


def test_methods_are_made_of_tokens_attached_and_detached(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    made = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    attached = client.v1.payment_methods.attach(made.id, {"customer": customer.id})
    assert (attached.id, attached.customer) == (made.id, customer.id)
    other = client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_methods.attach(made.id, {"customer": other.id})
    assert client.v1.payment_methods.detach(made.id).customer is None
    drawn = client.v1.payment_methods.attach("pm_tok_eu-credit_7", {"customer": customer.id})
    assert (drawn.id, drawn.customer) == ("pm_tok_eu-credit_7", customer.id)


def test_balance_tells_what_charges_and_refunds_added(client: stripe.StripeClient) -> None:
    paid = client.v1.payment_intents.create(paying(metadata={"reference": "of the balance"}))
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 99})
    lines = client.v1.balance_transactions.list(
        {"source": str(paid.latest_charge), "expand": ["data.source"]}
    )
    [line] = lines.data
    assert (line.type, line.amount, line.fee, line.net) == ("charge", EUR_10_99, 41, 1058)
    assert isinstance(line.source, stripe.Charge)
    assert line.source.metadata["reference"] == "of the balance"
    newest = client.v1.balance_transactions.list({"type": "refund", "limit": 1}).data[0]
    assert (newest.amount, newest.fee) == (-99, 0)


def test_key_answers_as_it_did_first_and_refuses_another_request(
    client: stripe.StripeClient,
) -> None:
    key = next(NAMES)
    first = client.v1.payment_intents.create(paying(), {"idempotency_key": key})
    again = client.v1.payment_intents.create(paying(), {"idempotency_key": key})
    assert again == first
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    for other in (paying(amount=1), paying(description="another")):
        with pytest.raises(stripe.IdempotencyError) as refusal:
            client.v1.payment_intents.create(other, {"idempotency_key": key})
        assert refusal.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"name": "Ada"}, {"idempotency_key": key})
    made = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": f"{key}-2"})
    assert client.v1.customers.create({"name": "Ada"}, {"idempotency_key": f"{key}-2"}) == made
    with pytest.raises(stripe.IdempotencyError):
        client.v1.payment_intents.create(paying(), {"idempotency_key": f"{key}-2"})


def test_refused_card_and_a_lost_500_are_answered_again(client: stripe.StripeClient) -> None:
    key = next(NAMES)
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(
                paying("pm_card_visa_chargeDeclined"), {"idempotency_key": key}
            )
    hidden = paying("pm_tok_500_after_1", metadata={"reference": key})
    for _ in range(2):
        with pytest.raises(stripe.APIError) as refusal:
            client.v1.payment_intents.create(hidden, {"idempotency_key": f"{key}-2"})
        assert refusal.value.http_status == 500
    found = client.v1.payment_intents.search({"query": f"metadata['reference']:'{key}'"})
    assert [each.status for each in found.data] == ["succeeded"]


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amont": 1}, "parameter_unknown", "amont"),
        ({"amount": "10.99"}, "parameter_invalid_integer", "amount"),
        ({"amount": ""}, "parameter_invalid_empty", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": 1099, "currency": "kwd"}, None, "amount"),
        (
            {"amount": 150, "currency": "isk"},
            "invalid_charge_amount_no_decimal_compatible",
            "amount",
        ),
        ({"currency": "xyz"}, None, "currency"),
        ({"currency": "EUR"}, None, "currency"),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"payment_method": "pm_nothing"}, "resource_missing", "payment_method"),
        ({"expand": ["everything"]}, None, "expand"),
        ({"confirm": False, "off_session": True}, None, "off_session"),
    ],
)
def test_what_is_not_documented_is_refused_by_name(
    client: stripe.StripeClient, changes: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.create(paying(**changes))
    found = (refusal.value.http_status, refusal.value.code, refusal.value.param)
    assert found == (400, code, param)


def test_missing_parameters_ids_and_pages_are_refused(client: stripe.StripeClient) -> None:
    incomplete: Any = {"currency": "eur"}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.create(incomplete)
    assert refusal.value.code == "parameter_missing"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.retrieve("pi_nothing")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.search({"query": "everything"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create(
            {"amount": 1, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
        )  # it might send the payer away, and nobody says where to come back


def test_currencies_without_decimals_are_counted_as_stripe_does(
    client: stripe.StripeClient,
) -> None:
    for currency, amount in (("jpy", 500), ("isk", 50_000), ("ugx", 50_000), ("mga", 500)):
        paid = client.v1.payment_intents.create(paying(amount=amount, currency=currency))
        assert (paid.amount, paid.amount_received) == (amount, amount)


async def test_truth_is_kept_in_minor_units(
    client: stripe.StripeClient, calm_stripe: Simulator
) -> None:
    for currency, amount in (("isk", 50_000), ("mga", 500)):
        reference = f"of {currency}"
        told = paying(amount=amount, currency=currency, metadata={"reference": reference})
        client.v1.payment_intents.create(told)
    truth = {line["reference"]: line["amount"] for line in await calm_stripe.truth()}
    assert (truth["of isk"], truth["of mga"]) == (500, 50_000)


def test_wrong_key_and_another_version_are_refused(calm_stripe: Simulator) -> None:
    with requests.Session() as session:
        stranger = client_of(calm_stripe, session, key="sk_test_stranger")
        with pytest.raises(stripe.AuthenticationError):
            stranger.v1.payment_intents.create(paying())
        known = client_of(calm_stripe, session)
        with pytest.raises(stripe.InvalidRequestError):
            known.v1.customers.create({}, {"stripe_version": "2020-08-27"})
