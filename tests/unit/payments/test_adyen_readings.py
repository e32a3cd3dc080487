"""How answers of Adyen are read, case by case of its documentation."""

from dataclasses import replace

import pytest

from ledgerline.base.money import Currency, Money
from ledgerline.payments.adapters.adyen import outcomes
from ledgerline.payments.authentication import Authentication
from ledgerline.payments.contract import Answer, TransportFailure, TransportPhase
from ledgerline.payments.model import (
    Action,
    Advice,
    CardFacts,
    DeclineCategory,
    EvidenceKind,
    Funding,
    Outcome,
    Reading,
)
from ledgerline.payments.rules.advice import advised_by
from tests.contracts.connectors.adyen import (
    BROUGHT,
    CHARGE,
    GIVEN_BACK,
    HERE,
    MERCHANT,
    SAMPLES,
    canceling,
    error,
    paid,
    received,
    refused,
    sent_away,
)
from tests.contracts.samples import carried, talk
from tests.unit.payments.samples import CHARGE_LOOKUP, EUR_17_99, reply

DEEP = b'{"x":' + b"[" * 100_000
ACTIONS = {
    "AuthenticationFinished", "AuthenticationNotRequired", "ChallengeShopper", "IdentifyShopper",
    "PartiallyAuthorised", "PresentToShopper", "RedirectShopper", "Success",
}  # fmt: skip


def read(what: Action, answer: Answer) -> Reading:
    reading = talk(SAMPLES.psp, what, MERCHANT, [answer]).reading
    assert reading is not None
    return reading


def declined(code: str, **told: str) -> Reading:
    return read(CHARGE, reply(200, refused(code, "Refused", additionalData=told)))


@pytest.mark.parametrize(
    ("_case", "what", "answer", "outcome"),
    [
        ("authorised", CHARGE, reply(200, paid()), Outcome.SUCCEEDED),
        ("unknown fields", CHARGE, reply(200, paid(x=[1])), Outcome.SUCCEEDED),
        ("authorised with a code for none", CHARGE, reply(200, paid(refusalReasonCode="0")),
         Outcome.SUCCEEDED),
        ("no amount is told", CHARGE, reply(200, paid(amount=None)), Outcome.SUCCEEDED),
        ("no reference is told", CHARGE, reply(200, paid(merchantReference=None)),
         Outcome.SUCCEEDED),
        ("without a name of its own", CHARGE, reply(200, paid(pspReference=None)),
         Outcome.UNKNOWN),
        ("another reference", CHARGE, reply(200, paid(merchantReference="r")), Outcome.UNKNOWN),
        ("one minor unit less", CHARGE,
         reply(200, paid(amount={"currency": "EUR", "value": 1798})), Outcome.UNKNOWN),
        ("another currency", CHARGE,
         reply(200, paid(amount={"currency": "USD", "value": 1799})), Outcome.UNKNOWN),
        ("no currency we know", CHARGE,
         reply(200, paid(amount={"currency": "XXX", "value": 1799})), Outcome.UNKNOWN),
        ("an amount as text", CHARGE,
         reply(200, paid(amount={"currency": "EUR", "value": "1799"})), Outcome.UNKNOWN),
        ("authorised inside 201", CHARGE, reply(201, paid()), Outcome.UNKNOWN),
        ("canceled", CHARGE, reply(200, paid(resultCode="Cancelled")), Outcome.DECLINED),
        ("error", CHARGE, reply(200, paid(resultCode="Error")), Outcome.DECLINED),
        ("refused, no reason", CHARGE, reply(200, paid(resultCode="Refused")), Outcome.DECLINED),
        ("refused, unknown reason", CHARGE, reply(200, refused("0", "?")), Outcome.UNKNOWN),
        ("refused, another payment", CHARGE,
         reply(200, refused("12", "?", merchantReference="r")), Outcome.UNKNOWN),
        ("no JSON", CHARGE, reply(200, b"<html>"), Outcome.UNKNOWN),
        ("too deep", CHARGE, reply(200, DEEP), Outcome.UNKNOWN),
        ("400 of ours", CHARGE, reply(400, error(400, "702", "validation")),
         Outcome.NOT_EXECUTED),
        ("400 of a proxy", CHARGE, reply(400, b"bad"), Outcome.UNKNOWN),
        ("422 without a type", CHARGE, reply(422, {"errorCode": "130"}), Outcome.UNKNOWN),
        ("422 of an unknown type", CHARGE, reply(422, error(422, "130", "internal")),
         Outcome.UNKNOWN),
        ("422 that may pass", CHARGE,
         reply(422, error(422, "130", "validation"), transient_error="true"), Outcome.UNKNOWN),
        ("401 of a proxy", CHARGE, reply(401, b""), Outcome.NOT_EXECUTED),
        ("404", CHARGE, reply(404, error(404, "000", "validation")), Outcome.UNKNOWN),
        ("429", CHARGE, reply(429, b""), Outcome.UNKNOWN),
        ("500", CHARGE, reply(500, error(500, "905", "configuration")), Outcome.UNKNOWN),
        ("503", CHARGE, reply(503, b""), Outcome.UNKNOWN),
        ("refund received", GIVEN_BACK, reply(201, received()), Outcome.PENDING),
        ("refund inside 200", GIVEN_BACK, reply(200, received()), Outcome.UNKNOWN),
        ("refund of another payment", GIVEN_BACK,
         reply(201, received(paymentPspReference="993617895204576K")), Outcome.UNKNOWN),
        ("another refund", GIVEN_BACK, reply(201, received(reference="r")), Outcome.UNKNOWN),
        ("refund of more", GIVEN_BACK,
         reply(201, received(amount={"currency": "EUR", "value": 1800})), Outcome.UNKNOWN),
        ("a payment for a refund", GIVEN_BACK, reply(201, paid()), Outcome.UNKNOWN),
    ],
)  # fmt: skip
def test_answer_is_read_as_documented(
    _case: str, what: Action, answer: Answer, outcome: Outcome
) -> None:
    assert read(what, answer).outcome is outcome


@pytest.mark.parametrize("result", sorted(ACTIONS))
def test_results_that_want_more_than_we_can_give_prove_nothing(result: str) -> None:
    reading = read(CHARGE, reply(200, paid(resultCode=result)))
    assert (reading.outcome, reading.code) == (Outcome.UNKNOWN, result)


def test_a_payer_who_has_to_act_is_told_where() -> None:
    reading = read(HERE, reply(200, sent_away()))
    assert (reading.outcome, reading.psp_ref) == (Outcome.REQUIRES_ACTION, None)
    assert reading.action is not None
    assert reading.action.url.startswith("https://checkoutshopper-test.adyen.com/")
    for odd in ({"url": "javascript:alert(1)"}, {"method": "POST"}, {"type": "threeDS2"}):
        action = {"type": "redirect", "method": "GET", "url": "https://a.example/", **odd}
        lost = read(HERE, reply(200, sent_away(action=action)))
        assert (lost.outcome, lost.action, lost.code) == (Outcome.UNKNOWN, None, "RedirectShopper")


def brought(answer: Answer) -> Reading:
    reading = carried(SAMPLES.psp.confirm(HERE, BROUGHT, MERCHANT), [answer]).reading
    assert reading is not None
    return reading


def test_what_the_payer_brought_is_read_as_a_payment_of_ours_or_not_at_all() -> None:
    assert brought(reply(200, paid())) == read(HERE, reply(200, paid()))
    failed = brought(reply(200, refused("11", "3D Not Authenticated")))
    assert failed.category is DeclineCategory.AUTHENTICATION_FAILED
    # a result comes from a browser: it may be of a cheaper payment, or of one that is nobody's
    for other in ("another", None):
        for body in (paid(merchantReference=other), refused("12", "?", merchantReference=other)):
            reading = brought(reply(200, body))
            assert (reading.outcome, reading.code) == (Outcome.UNKNOWN, "reference_mismatch")
    cheap = brought(reply(200, paid(amount={"currency": "EUR", "value": 1})))
    assert (cheap.outcome, cheap.code) == (Outcome.UNKNOWN, "amount_mismatch")


@pytest.mark.parametrize("phase", TransportPhase)
def test_that_a_result_was_not_handed_in_says_nothing_of_the_payment(phase: TransportPhase) -> None:
    assert brought(TransportFailure(phase, "x")).outcome is Outcome.UNKNOWN
    for status, body in ((401, b""), (422, error(422, "174", "validation"))):
        assert brought(reply(status, body)).outcome is Outcome.UNKNOWN


def test_a_cancel_is_received_and_proves_nothing_by_itself() -> None:
    said: tuple[tuple[Answer, Outcome], ...] = (
        (reply(201, canceling()), Outcome.UNKNOWN),  # also of what never arrived
        (reply(200, canceling()), Outcome.UNKNOWN),
        (reply(201, {**canceling(), "status": "canceled"}), Outcome.UNKNOWN),
        (reply(201, canceling(paymentReference="another")), Outcome.UNKNOWN),
        (reply(401, b""), Outcome.UNKNOWN),
        (TransportFailure(TransportPhase.NOT_CONNECTED, "x"), Outcome.UNKNOWN),
    )
    for answer, outcome in said:
        reading = carried(SAMPLES.psp.cancel(CHARGE_LOOKUP, MERCHANT), [answer]).reading
        assert reading is not None
        assert reading.outcome is outcome, answer
    denied = carried(SAMPLES.psp.cancel(CHARGE_LOOKUP, MERCHANT), [reply(401, b"")]).reading
    assert denied is not None
    assert denied.category is DeclineCategory.MERCHANT_CONFIG


def test_how_the_payer_was_authenticated_is_taken_where_it_is_told() -> None:
    told = {
        "threeDAuthenticated": "true",
        "threeDAuthenticatedResponse": "Y",
        "threeDSVersion": "2.2.0",
        "eci": "05",
        "dsTransID": "ad8fa0cd-9f1b-4a3c-8d6b-1d52d5ab1d31",
        "liabilityShift": "true",
        "cavv": "AAABBWcSNIdjeUZThmNHAAAAAAA=",
    }
    reading = brought(reply(200, paid(additionalData=told)))
    assert reading.authentication == Authentication(
        version="2.2.0",
        status="Y",
        eci="05",
        transaction_id="ad8fa0cd-9f1b-4a3c-8d6b-1d52d5ab1d31",
        liability_shifted=True,
    )
    odd = {"threeDAuthenticatedResponse": "?", "liabilityShift": "maybe", "eci": 5}
    assert brought(reply(200, paid(additionalData=odd))).authentication is None


def test_every_documented_reason_is_a_refusal_of_one_category() -> None:
    readings = {code: declined(code) for code in outcomes.REASONS}
    assert {code: each.category for code, each in readings.items()} == dict(outcomes.REASONS)
    assert {each.outcome for each in readings.values()} == {Outcome.DECLINED}
    assert {code: each.code for code, each in readings.items()} == {
        code: code for code in outcomes.REASONS
    }


def test_unknown_reason_is_shown_and_proves_nothing() -> None:
    reading = declined("51", refusalReasonRaw="05 : Do not honor")
    assert reading == Reading(
        Outcome.UNKNOWN, EvidenceKind.RESPONSE, psp_ref="993617895204576J", code="51/05",
        category=DeclineCategory.UNMAPPED,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "told", "network", "advice", "shown"),
    [
        ("2", {"refusalReasonRaw": "05 : Do not honor"}, None, Advice.LATER, "2/05"),
        ("2", {"refusalReasonRaw": "R1 : Revocation of authorization"}, "visa_1", Advice.NEVER,
         "2/R1"),
        ("2", {"refusalReasonRaw": "43 : Stolen card"}, "visa_1", Advice.NEVER, "2/43"),
        ("2", {"refusalReasonRaw": "DECLINED"}, None, Advice.LATER, "2"),
        ("2", {"refusalReasonRaw": ""}, None, Advice.LATER, "2"),
        ("12", {"merchantAdviceCode": "24 : Retry after 1 hour"}, "mac_24", Advice.LATER, "12"),
        ("12", {"merchantAdviceCode": "03 : Do not try again"}, "mac_03", Advice.NEVER, "12"),
        ("12", {"merchantAdviceCode": "24", "refusalReasonRaw": "41"}, "visa_1", Advice.NEVER,
         "12/41"),
        ("2", {"merchantAdviceCode": "21 : Payment Cancellation"}, "mac_21", Advice.STOP_RECURRING,
         "2"),
        ("2", {"merchantAdviceCode": "01"}, "mac_01", Advice.UPDATE_INSTRUMENT, "2"),
        # what is stricter already stays what it is
        ("5", {"merchantAdviceCode": "02"}, "mac_02", Advice.NEVER, "5"),
        ("38", {"merchantAdviceCode": "24"}, "mac_24", Advice.AUTHENTICATE, "38"),
    ],
)  # fmt: skip
def test_issuer_and_network_can_forbid_and_never_allow(
    code: str, told: dict[str, str], network: str | None, advice: Advice, shown: str
) -> None:
    reading = declined(code, **told)
    assert (reading.outcome, reading.category) == (Outcome.DECLINED, outcomes.REASONS[code])
    assert (reading.network_advice, reading.code) == (network, shown)
    assert advised_by(reading).advice is advice


def test_errors_are_told_apart_by_whose_fault_they_are() -> None:
    ours = read(CHARGE, reply(422, error(422, "130", "validation")))
    setup = read(CHARGE, reply(422, error(422, "905", "configuration")))
    denied = read(CHARGE, reply(403, error(403, "901", "security")))
    assert (ours.category, ours.code) == (DeclineCategory.REQUEST_REFUSED, "130")
    assert (setup.category, setup.code) == (DeclineCategory.MERCHANT_CONFIG, "905")
    assert (denied.category, denied.code) == (DeclineCategory.MERCHANT_CONFIG, "901")


def test_card_and_network_id_are_taken_where_they_are_understood() -> None:
    told = {
        "alias": "H167852639363479",
        "issuerBin": "41111111",
        "cardBin": "411111",
        "fundingSource": "PREPAID_RELOADABLE",
        "issuerCountry": "NL",
        "expiryDate": "3/2030",
        "networkTxReference": "MCC123456789012",
    }
    reading = read(CHARGE, reply(200, paid(additionalData=told)))
    assert reading.network_id == "MCC123456789012"
    assert reading.card == CardFacts(
        fingerprint="H167852639363479",
        bin="41111111",
        funding=Funding.PREPAID,
        issuer_country="NL",
        expires="2030-03",
    )
    strange: tuple[object, ...] = (
        None,
        [],
        "x",
        {"expiryDate": "13/2030", "fundingSource": ["CREDIT"], "alias": 7},
    )
    for odd in strange:
        reading = read(CHARGE, reply(200, paid(additionalData=odd)))
        assert reading == Reading(
            Outcome.SUCCEEDED, EvidenceKind.RESPONSE, psp_ref="993617895204576J", amount=EUR_17_99
        )


def test_amounts_are_compared_in_our_units() -> None:
    pesos = replace(CHARGE, amount=Money(1990, Currency("CLP")))
    taken = read(pesos, reply(200, paid(amount={"currency": "CLP", "value": 199_000})))
    assert (taken.outcome, taken.amount) == (Outcome.SUCCEEDED, pesos.amount)
    for value in (1990, 199_001):
        other = read(pesos, reply(200, paid(amount={"currency": "CLP", "value": value})))
        assert (other.outcome, other.code) == (Outcome.UNKNOWN, "amount_mismatch")


@pytest.mark.parametrize("text", ["", "soon", "-1", "\u0661", "123456"])
def test_time_to_wait_that_is_no_number_of_seconds_is_none(text: str) -> None:
    assert read(CHARGE, reply(429, b"", retry_after=text)).retry_after_seconds is None
    assert read(CHARGE, reply(429, b"", retry_after="30")).retry_after_seconds == 30


@pytest.mark.parametrize("phase", TransportPhase)
def test_only_what_never_left_was_not_executed(phase: TransportPhase) -> None:
    left = phase in {TransportPhase.BYTES_SENT, TransportPhase.REPLY_PARTIAL}
    for what in (CHARGE, GIVEN_BACK):
        reading = read(what, TransportFailure(phase, "x"))
        assert reading.outcome is (Outcome.UNKNOWN if left else Outcome.NOT_EXECUTED)
        assert (reading.kind, reading.code) == (EvidenceKind.TRANSPORT, phase)
