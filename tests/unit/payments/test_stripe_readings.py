"""What answers of Stripe mean, beside those that every connector is asked about."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ledgerline.payments.adapters.stripe import outcomes
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.authentication import Authentication, PayerAction
from ledgerline.payments.contract import Answer
from ledgerline.payments.model import (
    Action,
    Advice,
    CardFacts,
    DeclineCategory,
    EvidenceKind,
    Funding,
    Lookup,
    Outcome,
    Reading,
)
from ledgerline.payments.rules.advice import advised_by
from tests.contracts.connectors.stripe import (
    MERCHANT,
    asking,
    charge,
    declined,
    error,
    intent,
    listed,
    refund,
    refused,
)
from tests.contracts.samples import carried, reply, talk
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    EUR_17_99,
    PRESENT,
    REFUND,
    REFUND_LOOKUP,
)

CARD = CardFacts(
    fingerprint="AOB934RVNwzk6xtn", funding=Funding.CREDIT, issuer_country="DE", expires="2030-08"
)
OF_CUSTOMER = replace(CHARGE_LOOKUP, psp_token="cus_1/pm_1")


def read(what: Action, *answers: Answer) -> Reading:
    reading = talk(Stripe(), what, MERCHANT, answers).reading
    assert reading is not None
    return reading


def test_a_payer_who_has_to_act_is_told_where() -> None:
    reading = read(PRESENT, reply(200, asking()))
    assert (reading.outcome, reading.psp_ref) == (Outcome.REQUIRES_ACTION, "pi_1")
    assert reading.action == PayerAction(
        url="https://hooks.stripe.com/3d_secure_2/hosted?merchant=acct_1&intent=pi_1"
    )


@pytest.mark.parametrize(
    "action",
    [
        None,
        7,
        {"type": "use_stripe_sdk", "use_stripe_sdk": {}},
        {"type": "redirect_to_url", "redirect_to_url": {"url": "javascript:alert(1)"}},
        {"type": "redirect_to_url", "redirect_to_url": {"url": "https://a b/"}},
        {"type": "redirect_to_url", "redirect_to_url": {"url": f"https://{'a' * 4001}"}},
        {"type": "redirect_to_url", "redirect_to_url": {}},
    ],
)
def test_who_cannot_be_sent_anywhere_is_asked_for_nothing_and_nothing_is_decided(
    action: object,
) -> None:
    asked = {**asking(), "next_action": action}
    for what, said in ((PRESENT, (reply(200, asked),)), (CHARGE_LOOKUP, _found(asked))):
        reading = read(what, *said)
        assert (reading.outcome, reading.action) == (Outcome.REQUIRES_ACTION, None)


def test_canceled_is_never_executed_and_only_ours_is_taken_for_ours() -> None:
    canceled = intent(status="canceled", latest_charge=None, amount_received=0)
    assert read(CHARGE_LOOKUP, *_found(canceled)) == Reading(
        Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED, psp_ref="pi_1", amount=EUR_17_99
    )
    strange: tuple[dict[str, object], ...] = ({"metadata": {}}, {"amount": 1798})
    for changes in strange:
        other = read(replace(CHARGE_LOOKUP, psp_ref="pi_1"), reply(200, {**canceled, **changes}))
        assert other.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("told", "authentication"),
    [
        (
            {
                "authentication_flow": "challenge",
                "electronic_commerce_indicator": "05",
                "result": "authenticated",
                "transaction_id": "ad8fa0cd-9f1b-4a3c-8d6b-1d52d5ab1d31",
                "version": "2.2.0",
            },
            Authentication(
                version="2.2.0",
                challenged=True,
                status="Y",
                eci="05",
                transaction_id="ad8fa0cd-9f1b-4a3c-8d6b-1d52d5ab1d31",
            ),
        ),
        (
            {"authentication_flow": "frictionless", "result": "attempt_acknowledged"},
            Authentication(challenged=False, status="A"),
        ),
        ({"authentication_flow": "telepathy", "result": "exempted"}, Authentication()),
        (None, None),
        ("Y", None),
        ({"version": 2}, None),
    ],
)
def test_how_the_payer_was_authenticated_is_told_and_changes_nothing_else(
    told: object, authentication: Authentication | None
) -> None:
    card = {"type": "card", "card": {"fingerprint": "AOB934RVNwzk6xtn", "three_d_secure": told}}
    reading = read(PRESENT, reply(200, intent(latest_charge=charge(payment_method_details=card))))
    assert (reading.outcome, reading.authentication) == (Outcome.SUCCEEDED, authentication)
    assert reading.card == CardFacts(fingerprint="AOB934RVNwzk6xtn")


def test_cancel_names_the_intent_and_reads_what_else_it_is_by_then() -> None:
    canceled = reply(200, intent(status="canceled"))
    named = replace(CHARGE_LOOKUP, psp_ref="pi_1")
    talked = carried(Stripe().cancel(named, MERCHANT), [canceled])
    [request] = talked.requests
    assert (request.method, request.path) == ("POST", "/v1/payment_intents/pi_1/cancel")
    assert request.body == b"cancellation_reason=abandoned&expand%5B%5D=latest_charge"
    # done twice it is done once, and a refusal must not be kept for a day
    assert "Idempotency-Key" not in dict(request.headers)
    page = reply(200, listed(asking()))
    looked = carried(Stripe().cancel(OF_CUSTOMER, MERCHANT), [page, canceled])
    assert looked.reading == talked.reading
    assert [one.path.partition("?")[0] for one in looked.requests] == [
        "/v1/payment_intents",
        "/v1/payment_intents/pi_1/cancel",
    ]
    late = reply(400, error(code="payment_intent_unexpected_state"))
    paid = carried(Stripe().cancel(named, MERCHANT), [late, reply(200, intent())]).reading
    assert paid == read(named, reply(200, intent()))
    for said in ([late, late], [reply(200, {})], [reply(200, intent(metadata={}))]):
        nothing = carried(Stripe().cancel(named, MERCHANT), said).reading
        assert nothing is not None
        assert nothing.outcome is Outcome.UNKNOWN, said


def test_success_tells_the_card_and_the_networks_id() -> None:
    assert read(ATTEMPT, reply(200, intent())) == Reading(
        Outcome.SUCCEEDED,
        EvidenceKind.RESPONSE,
        psp_ref="pi_1",
        amount=EUR_17_99,
        card=CARD,
        network_id="104102978678771",
    )


@pytest.mark.parametrize("latest", ["ch_1", None, 7, charge(payment_method_details=None)])
def test_success_stays_one_whatever_is_told_of_the_card(latest: object) -> None:
    reading = read(ATTEMPT, reply(200, intent(latest_charge=latest)))
    assert (reading.outcome, reading.card) == (Outcome.SUCCEEDED, CardFacts())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"metadata": {}}, "reference_mismatch"),
        ({"metadata": {"reference": "another"}}, "reference_mismatch"),
        ({"amount_received": 1798}, "amount_mismatch"),
        ({"amount_received": 0}, "amount_mismatch"),
        ({"currency": "usd"}, "amount_mismatch"),
        ({"currency": "EUR"}, "amount_mismatch"),
        ({"status": "requires_capture"}, "requires_capture"),
        ({"status": "a_new_one"}, "a_new_one"),
    ],
)
def test_what_is_not_exactly_asked_for_is_unknown(changes: Mapping[str, object], code: str) -> None:
    reading = read(ATTEMPT, reply(200, intent(**changes)))
    assert (reading.outcome, reading.code) == (Outcome.UNKNOWN, code)


@pytest.mark.parametrize("code", sorted(outcomes.DECLINE_CODES))
def test_every_decline_code_has_one_category(code: str) -> None:
    category = outcomes.DECLINE_CODES[code]
    found = read(CHARGE_LOOKUP, *_found(refused(decline_code=code)))
    assert (found.outcome, found.code, found.category) == (Outcome.DECLINED, code, category)
    answered = read(ATTEMPT, reply(402, declined(decline_code=code)))
    if code in outcomes.LOOK_FIRST:
        assert (answered.outcome, answered.category) == (Outcome.UNKNOWN, None)
    else:
        assert answered == replace(found, kind=EvidenceKind.RESPONSE)
    assert found.card == CARD


def test_an_error_without_a_decline_code_is_read_by_its_code() -> None:
    expired = read(ATTEMPT, reply(402, declined(decline_code=None, code="expired_card")))
    assert expired.category is DeclineCategory.EXPIRED_CARD
    bare = read(ATTEMPT, reply(402, declined(decline_code=None)))
    assert (bare.outcome, bare.code) == (Outcome.DECLINED, "card_declined")
    assert bare.category is DeclineCategory.UNMAPPED
    for code in outcomes.AUTHENTICATION_FAILED:
        challenged = {"type": "invalid_request_error", "code": code}
        failed = read(ATTEMPT, reply(402, declined(decline_code=None, **challenged)))
        assert (failed.outcome, failed.category) == (
            Outcome.DECLINED,
            DeclineCategory.AUTHENTICATION_FAILED,
        )


@pytest.mark.parametrize(
    ("code", "advice", "expected"),
    [
        ("generic_decline", "do_not_try_again", Advice.NEVER),
        ("insufficient_funds", "confirm_card_data", Advice.UPDATE_INSTRUMENT),
        ("insufficient_funds", "try_again_later", Advice.LATER),
        ("lost_card", "confirm_card_data", Advice.NEVER),
        ("lost_card", "try_again_later", Advice.NEVER),
        ("a_new_one", "do_not_try_again", Advice.NEVER),
        ("a_new_one", 7, Advice.LATER),
    ],
)
def test_advice_forbids_and_never_allows(code: str, advice: object, expected: Advice) -> None:
    found = read(ATTEMPT, reply(402, declined(decline_code=code, advice_code=advice)))
    assert found.category is outcomes.DECLINE_CODES.get(code, DeclineCategory.UNMAPPED)
    assert advised_by(found).advice is expected


@pytest.mark.parametrize(
    ("code", "network", "expected"),
    [
        ("do_not_honor", "01", Advice.UPDATE_INSTRUMENT),
        ("insufficient_funds", "03", Advice.NEVER),
        ("generic_decline", "21", Advice.STOP_RECURRING),
        ("insufficient_funds", "02", Advice.LATER),
        ("lost_card", "21", Advice.STOP_RECURRING),
        ("insufficient_funds", 3, Advice.LATER),
    ],
)
def test_network_forbids_what_its_advice_code_says_whatever_stripe_advises(
    code: str, network: object, expected: Advice
) -> None:
    told = {"advice_code": "try_again_later", "network_advice_code": network}
    found = read(ATTEMPT, reply(402, declined(decline_code=code, **told)))
    assert advised_by(found).advice is expected


def test_a_refusal_that_contradicts_itself_is_unknown() -> None:
    paid = {"error": {**refused(), "type": "card_error", "payment_intent": intent()}}
    assert read(ATTEMPT, reply(402, paid)).outcome is Outcome.UNKNOWN
    api_error = declined(type="api_error")
    assert read(ATTEMPT, reply(402, api_error)).outcome is Outcome.UNKNOWN
    never_tried = refused()
    never_tried["last_payment_error"] = None
    assert read(ATTEMPT, reply(200, never_tried)).outcome is Outcome.UNKNOWN
    begun = {"error": {"type": "invalid_request_error", "payment_intent": intent()}}
    assert read(ATTEMPT, reply(400, begun)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body", "outcome", "category"),
    [
        (400, error(), Outcome.NOT_EXECUTED, DeclineCategory.REQUEST_REFUSED),
        (404, error(), Outcome.NOT_EXECUTED, DeclineCategory.REQUEST_REFUSED),
        (400, {}, Outcome.UNKNOWN, None),
        (404, {}, Outcome.UNKNOWN, None),
        (401, {}, Outcome.NOT_EXECUTED, DeclineCategory.MERCHANT_CONFIG),
        (403, {}, Outcome.NOT_EXECUTED, DeclineCategory.MERCHANT_CONFIG),
        (429, {}, Outcome.UNKNOWN, None),
        (502, {}, Outcome.UNKNOWN, None),
        (302, {}, Outcome.UNKNOWN, None),
        (201, intent(), Outcome.UNKNOWN, None),
    ],
)
def test_only_what_is_documented_as_before_execution_is_not_executed(
    status: int, body: object, outcome: Outcome, category: DeclineCategory | None
) -> None:
    for what in (ATTEMPT, REFUND):
        reading = read(what, reply(status, body))
        assert (reading.outcome, reading.category) == (outcome, category)


def test_a_limit_says_when_to_ask_again() -> None:
    limited = replace(reply(429, error(code="rate_limit")), headers={"retry-after": "7"})
    reading = read(ATTEMPT, limited)
    assert (reading.outcome, reading.retry_after_seconds) == (Outcome.NOT_EXECUTED, 7)
    assert read(CHARGE_LOOKUP, limited).retry_after_seconds == 7


def test_refund_is_of_the_charge_that_was_named() -> None:
    other = read(REFUND, reply(200, refund(charge="ch_2")))
    assert (other.outcome, other.code) == (Outcome.UNKNOWN, "reference_mismatch")
    of_intent = replace(REFUND, charge_ref="pi_1")
    assert read(of_intent, reply(200, refund())).outcome is Outcome.SUCCEEDED
    expanded = refund(payment_intent=intent())
    assert read(of_intent, reply(200, expanded)).outcome is Outcome.SUCCEEDED
    failed = read(REFUND, reply(200, refund(status="failed", failure_reason="lost_or_stolen_card")))
    assert (failed.outcome, failed.code) == (Outcome.DECLINED, "lost_or_stolen_card")
    assert read(REFUND, reply(200, refund(status=None))).outcome is Outcome.UNKNOWN


def test_charge_of_a_customer_is_looked_for_among_its_own_page_by_page() -> None:
    page = listed(intent(id="pi_9", metadata={}), has_more=True)
    last = reply(200, listed(intent(status="processing", latest_charge="ch_1")))
    talked = talk(Stripe(), OF_CUSTOMER, MERCHANT, [reply(200, page), last, reply(200, intent())])
    assert talked.reading == read(CHARGE_LOOKUP, *_found(intent()))
    first, second, one = (request.path for request in talked.requests)
    window = "created%5Bgte%5D=1772362800&created%5Blte%5D=1772452800"
    assert first == f"/v1/payment_intents?customer=cus_1&{window}&limit=100"
    assert second == f"{first}&starting_after=pi_9"
    assert one == "/v1/payment_intents/pi_1?expand%5B%5D=latest_charge"


@pytest.mark.parametrize("what", [OF_CUSTOMER, replace(REFUND_LOOKUP, charge_ref="pi_1")])
def test_two_under_one_reference_and_a_list_without_end_are_for_people(what: Lookup) -> None:
    make = intent if what is OF_CUSTOMER else refund
    two = read(what, reply(200, listed(make(), make(id="another"))))
    assert (two.outcome, two.code) == (Outcome.UNKNOWN, "several_executions")
    more = reply(200, listed(make(metadata={}), has_more=True))
    endless = read(what, *[more] * 6)
    assert (endless.outcome, endless.code) == (Outcome.UNKNOWN, "too_many_to_look_through")
    assert read(what, reply(200, listed())).outcome is Outcome.ABSENT
    assert read(what, more, reply(500, error("api_error"))).outcome is Outcome.UNKNOWN


def test_search_that_finds_two_under_one_reference_is_for_people() -> None:
    two = read(CHARGE_LOOKUP, reply(200, listed(intent(), intent(id="pi_2"), kind="search_result")))
    assert (two.outcome, two.code) == (Outcome.UNKNOWN, "several_executions")


def test_what_was_named_is_read_by_its_id_and_nothing_else_is_asked() -> None:
    named = replace(CHARGE_LOOKUP, psp_ref="pi_1")
    assert read(named, reply(200, intent())).outcome is Outcome.SUCCEEDED
    assert read(named, reply(404, error(code="resource_missing"))).outcome is Outcome.UNKNOWN
    of_refund = replace(REFUND_LOOKUP, psp_ref="re_1")
    assert read(of_refund, reply(200, refund())).outcome is Outcome.SUCCEEDED
    assert read(of_refund, reply(404, error())).outcome is Outcome.UNKNOWN


def _found(held: dict[str, object]) -> tuple[Answer, Answer]:
    return reply(200, listed(held, kind="search_result")), reply(200, held)
