import pytest

from ledgerline.payments.adapters.sandbox import outcomes
from ledgerline.payments.contract import PspReply, TransportFailure, TransportPhase
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
)
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    EUR_17_99,
    REFUND,
    REFUND_LOOKUP,
    charge,
    declined,
    read,
    refund,
    reply,
)

PENDING = charge(status="pending", final=False)
INVALID = {"error": {"code": "invalid_request", "message": "amount is missing"}}
DEEP = b'{"x":' + b"[" * 100_000


@pytest.mark.parametrize(
    ("_case", "what", "answer", "outcome"),
    [
        ("charge succeeded", ATTEMPT, reply(200, charge()), Outcome.SUCCEEDED),
        ("unknown fields are ignored", ATTEMPT, reply(200, charge(x=[1])), Outcome.SUCCEEDED),
        ("charge pending", ATTEMPT, reply(202, PENDING), Outcome.PENDING),
        ("final decline", ATTEMPT, reply(402, declined()), Outcome.DECLINED),
        ("decline not final", ATTEMPT, reply(402, declined(final=False)), Outcome.UNKNOWN),
        ("decline without finality", ATTEMPT, reply(402, declined(final=None)), Outcome.UNKNOWN),
        ("decline, unknown word", ATTEMPT, reply(402, declined("velocity")), Outcome.UNKNOWN),
        ("success inside 402", ATTEMPT, reply(402, charge()), Outcome.UNKNOWN),
        ("decline inside 200", ATTEMPT, reply(200, declined()), Outcome.UNKNOWN),
        ("pending inside 200", ATTEMPT, reply(200, PENDING), Outcome.UNKNOWN),
        ("success inside 202", ATTEMPT, reply(202, charge()), Outcome.UNKNOWN),
        ("success inside 201", ATTEMPT, reply(201, charge()), Outcome.UNKNOWN),
        ("unknown status", ATTEMPT, reply(200, charge(status="held")), Outcome.UNKNOWN),
        ("refund object for a charge", ATTEMPT, reply(200, refund()), Outcome.UNKNOWN),
        ("one minor unit less", ATTEMPT, reply(200, charge(amount=1798)), Outcome.UNKNOWN),
        ("declined, other amount", ATTEMPT, reply(402, declined(amount=1)), Outcome.UNKNOWN),
        ("other currency", ATTEMPT, reply(200, charge(currency="USD")), Outcome.UNKNOWN),
        ("no currency we know", ATTEMPT, reply(200, charge(currency="XYZ")), Outcome.UNKNOWN),
        ("other reference", ATTEMPT, reply(200, charge(reference="r")), Outcome.UNKNOWN),
        (
            "declined, other reference",
            ATTEMPT,
            reply(402, declined(reference="r")),
            Outcome.UNKNOWN,
        ),
        ("amount as a float", ATTEMPT, reply(200, charge(amount=1799.0)), Outcome.UNKNOWN),
        ("amount as text", ATTEMPT, reply(200, charge(amount="1799")), Outcome.UNKNOWN),
        ("empty body", ATTEMPT, reply(200, b""), Outcome.UNKNOWN),
        ("half a body", ATTEMPT, reply(200, b'{"id":"ch_1"'), Outcome.UNKNOWN),
        ("wrong UTF-8", ATTEMPT, reply(200, b'{"id":"\xff"}'), Outcome.UNKNOWN),
        ("endless nesting", ATTEMPT, reply(200, DEEP), Outcome.UNKNOWN),
        ("page of a proxy", ATTEMPT, reply(200, b"<html>"), Outcome.UNKNOWN),
        ("redirect", ATTEMPT, reply(302, b""), Outcome.UNKNOWN),
        ("timeout answered as 408", ATTEMPT, reply(408, INVALID), Outcome.UNKNOWN),
        ("no content", ATTEMPT, reply(204, b""), Outcome.UNKNOWN),
        ("refund succeeded", REFUND, reply(200, refund()), Outcome.SUCCEEDED),
        ("refund pending", REFUND, reply(200, refund(status="pending")), Outcome.PENDING),
        ("refund failed", REFUND, reply(200, refund(status="failed")), Outcome.DECLINED),
        ("refund of another charge", REFUND, reply(200, refund(charge="ch_2")), Outcome.UNKNOWN),
        ("refund, other amount", REFUND, reply(200, refund(amount=1)), Outcome.UNKNOWN),
        ("refund, other reference", REFUND, reply(200, refund(reference="r")), Outcome.UNKNOWN),
        ("refund inside 402", REFUND, reply(402, refund(status="failed")), Outcome.UNKNOWN),
        ("charge object for a refund", REFUND, reply(200, charge()), Outcome.UNKNOWN),
    ],
)
def test_answer_means_what_the_documentation_says_and_else_unknown(
    _case: str, what: Action, answer: PspReply, outcome: Outcome
) -> None:
    assert read(what, answer).outcome is outcome


@pytest.mark.parametrize("what", [ATTEMPT, REFUND])
@pytest.mark.parametrize(
    ("status", "body", "outcome", "category"),
    [
        (400, INVALID, Outcome.NOT_EXECUTED, DeclineCategory.REQUEST_REFUSED),
        (401, b"", Outcome.NOT_EXECUTED, DeclineCategory.MERCHANT_CONFIG),
        (403, b"", Outcome.NOT_EXECUTED, DeclineCategory.MERCHANT_CONFIG),
        (404, INVALID, Outcome.NOT_EXECUTED, DeclineCategory.REQUEST_REFUSED),
        (422, INVALID, Outcome.NOT_EXECUTED, DeclineCategory.REQUEST_REFUSED),
        (429, b"", Outcome.NOT_EXECUTED, None),
        (400, b"<html>", Outcome.UNKNOWN, None),
        (404, b"<html>", Outcome.UNKNOWN, None),
        (422, b"{}", Outcome.UNKNOWN, None),
        (409, {"error": {"code": "idempotency_in_progress"}}, Outcome.UNKNOWN, None),
        (409, {"error": {"code": "idempotency_mismatch"}}, Outcome.UNKNOWN, None),
        (500, INVALID, Outcome.UNKNOWN, None),
        (502, b"", Outcome.UNKNOWN, None),
        (503, b"", Outcome.UNKNOWN, None),
        (504, b"", Outcome.UNKNOWN, None),
    ],
)
def test_refusal_is_not_executed_only_where_it_comes_before_execution(
    what: Action, status: int, body: object, outcome: Outcome, category: DeclineCategory | None
) -> None:
    reading = read(what, reply(status, body))
    assert (reading.outcome, reading.kind) == (outcome, EvidenceKind.RESPONSE)
    assert reading.category is category
    assert reading.psp_ref is None


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (409, {"error": {"code": "idempotency_mismatch"}}, "idempotency_mismatch"),
        (422, {"error": {"code": "refund_exceeds_captured"}}, "refund_exceeds_captured"),
        (503, b"", "http_503"),
    ],
)
def test_reading_keeps_the_providers_own_word(status: int, body: object, code: str) -> None:
    assert read(REFUND, reply(status, body)).code == code


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        ("-1", None),
        ("soon", None),
        ("\u0661", None),
        ("999999", None),
        ("", None),
    ],
)
def test_rate_limit_says_when_to_come_back_if_it_is_a_number(
    text: str, seconds: int | None
) -> None:
    reading = read(ATTEMPT, reply(429, b"", retry_after=text))
    assert reading.outcome is Outcome.NOT_EXECUTED
    assert reading.retry_after_seconds == seconds


@pytest.mark.parametrize("what", [ATTEMPT, REFUND])
@pytest.mark.parametrize(
    ("phase", "outcome"),
    [
        (TransportPhase.NOT_CONNECTED, Outcome.NOT_EXECUTED),
        (TransportPhase.NO_BYTE_SENT, Outcome.NOT_EXECUTED),
        (TransportPhase.BYTES_SENT, Outcome.UNKNOWN),
        (TransportPhase.REPLY_PARTIAL, Outcome.UNKNOWN),
    ],
)
def test_broken_call_is_not_executed_only_if_no_byte_left(
    what: Action, phase: TransportPhase, outcome: Outcome
) -> None:
    assert read(what, TransportFailure(phase, "broken")) == Reading(
        outcome, EvidenceKind.TRANSPORT, code=phase.value
    )


@pytest.mark.parametrize(("code", "category"), outcomes.DECLINE_CODES.items())
def test_every_documented_decline_has_a_category(code: str, category: DeclineCategory) -> None:
    assert read(ATTEMPT, reply(402, declined(code, network_code="05"))) == Reading(
        Outcome.DECLINED,
        EvidenceKind.RESPONSE,
        psp_ref="ch_1",
        amount=EUR_17_99,
        code=code,
        category=category,
    )


def test_decline_table_holds_the_documented_words_and_no_other() -> None:
    assert set(outcomes.DECLINE_CODES) == {
        "insufficient_funds", "do_not_honor", "issuer_unavailable", "processing_error",
        "expired_card", "invalid_account", "lost_card", "stolen_card", "fraudulent",
        "authentication_failed", "authentication_required", "card_not_supported",
        "revocation_of_authorization", "try_again_later",
    }  # fmt: skip


def test_decline_without_a_word_is_read_from_the_network_code_or_as_unmapped() -> None:
    by_network = read(ATTEMPT, reply(402, charge(status="declined", network_code="41")))
    without = read(ATTEMPT, reply(402, charge(status="declined")))
    strange = read(ATTEMPT, reply(402, charge(status="declined", network_code="ZZ")))
    assert (by_network.outcome, by_network.code) == (Outcome.DECLINED, "41")
    assert by_network.category is DeclineCategory.LOST_OR_STOLEN
    assert (without.outcome, without.category) == (Outcome.DECLINED, DeclineCategory.UNMAPPED)
    assert (strange.outcome, strange.category) == (Outcome.UNKNOWN, DeclineCategory.UNMAPPED)


def test_mismatch_names_what_differs_and_trusts_nothing_of_a_foreign_object() -> None:
    amount = read(ATTEMPT, reply(200, charge(amount=1798)))
    reference = read(ATTEMPT, reply(200, charge(reference="another")))
    assert (amount.code, amount.psp_ref) == ("amount_mismatch", "ch_1")
    assert reference == Reading(Outcome.UNKNOWN, EvidenceKind.RESPONSE, code="reference_mismatch")


@pytest.mark.parametrize(
    ("_case", "what", "answer", "outcome"),
    [
        ("nothing", CHARGE_LOOKUP, reply(200, {"data": []}), Outcome.ABSENT),
        ("succeeded", CHARGE_LOOKUP, reply(200, {"data": [charge()]}), Outcome.SUCCEEDED),
        ("declined", CHARGE_LOOKUP, reply(200, {"data": [declined()]}), Outcome.DECLINED),
        ("pending", CHARGE_LOOKUP, reply(200, {"data": [PENDING]}), Outcome.PENDING),
        ("unknown state", CHARGE_LOOKUP, reply(200, {"data": [charge(status="x")]}),
         Outcome.UNKNOWN),
        ("not final", CHARGE_LOOKUP, reply(200, {"data": [declined(final=False)]}),
         Outcome.UNKNOWN),
        ("twice", CHARGE_LOOKUP, reply(200, {"data": [charge(), charge()]}), Outcome.UNKNOWN),
        ("less", CHARGE_LOOKUP, reply(200, {"data": [charge(amount=1)]}), Outcome.UNKNOWN),
        ("foreign", CHARGE_LOOKUP, reply(200, {"data": [charge(reference="r")]}), Outcome.UNKNOWN),
        ("garbage", CHARGE_LOOKUP, reply(200, b"[]"), Outcome.UNKNOWN),
        ("refunds for charges", CHARGE_LOOKUP, reply(200, {"data": [refund()]}), Outcome.UNKNOWN),
        ("list inside an error", CHARGE_LOOKUP, reply(500, {"data": []}), Outcome.UNKNOWN),
        ("rate limit", CHARGE_LOOKUP, reply(429, b""), Outcome.UNKNOWN),
        ("key refused", CHARGE_LOOKUP, reply(401, b""), Outcome.UNKNOWN),
        ("not found", CHARGE_LOOKUP, reply(404, {"error": {"code": "not_found"}}), Outcome.UNKNOWN),
        ("no refund", REFUND_LOOKUP, reply(200, {"data": []}), Outcome.ABSENT),
        ("refunded", REFUND_LOOKUP, reply(200, {"data": [refund()]}), Outcome.SUCCEEDED),
        ("refund failed", REFUND_LOOKUP, reply(200, {"data": [refund(status="failed")]}),
         Outcome.DECLINED),
    ],
)  # fmt: skip
def test_lookup_tells_the_state_and_an_error_tells_nothing(
    _case: str, what: Action, answer: PspReply, outcome: Outcome
) -> None:
    reading = read(what, answer)
    assert (reading.outcome, reading.kind) == (outcome, EvidenceKind.STATUS_QUERY)


@pytest.mark.parametrize("phase", TransportPhase)
def test_lookup_that_did_not_get_through_says_nothing_about_the_charge(
    phase: TransportPhase,
) -> None:
    reading = read(CHARGE_LOOKUP, TransportFailure(phase, "broken"))
    assert reading.outcome is Outcome.UNKNOWN
