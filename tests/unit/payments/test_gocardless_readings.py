"""What GoCardless's answers mean."""

from dataclasses import replace

import pytest

from ledgerline.payments.adapters.gocardless.causes import CAUSES, REASONS, category_of
from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.contract import Answer, TransportFailure, TransportPhase
from ledgerline.payments.disputes import DisputeEvent
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
)
from ledgerline.payments.rules.advice import advised_by
from tests.contracts.connectors.gocardless import (
    CONFIRMED,
    CONFLICT,
    FAILED,
    INACTIVE,
    INTERNAL,
    LOST,
    MERCHANT,
    NO_FUNDS,
    REFUND_CONFLICT,
    ended_by,
    error,
    event,
    failed,
    invalid,
    page,
    payment,
    refund,
)
from tests.contracts.samples import carried, reply, talk
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, EUR_17_99, REFUND, REFUND_LOOKUP

RESPONSE, QUERY = EvidenceKind.RESPONSE, EvidenceKind.STATUS_QUERY


def read(what: Action, *answers: Answer) -> Reading:
    talked = talk(GoCardless(), what, MERCHANT, answers)
    assert talked.reading is not None, "it asks on"
    assert len(talked.requests) == len(answers), "it did not hear all"
    return talked.reading


def told(**changes: object) -> Answer:
    return reply(200, {"payments": payment(**changes)})


def test_accepted_payment_is_pending_under_the_providers_id() -> None:
    assert read(ATTEMPT, reply(201, {"payments": payment()})) == Reading(
        Outcome.PENDING, RESPONSE, psp_ref="PM123", amount=EUR_17_99
    )


def test_cancel_names_the_payment_and_says_who_ended_it() -> None:
    named = replace(CHARGE_LOOKUP, psp_ref="PM123")
    gc = GoCardless()
    done = carried(gc.cancel(named, MERCHANT), [told(status="cancelled")])
    assert done.reading == Reading(
        Outcome.NOT_EXECUTED,
        EvidenceKind.VOID_CONFIRMED,
        psp_ref="PM123",
        amount=EUR_17_99,
        code="cancelled",
    )
    [request] = done.requests
    assert (request.method, request.path) == ("POST", "/payments/PM123/actions/cancel")
    assert (request.moves_money, request.body) == (False, b"{}")
    late = reply(422, error(422, "invalid_state", "cancellation_failed"))
    for cause, outcome in (
        ("payment_cancelled", Outcome.NOT_EXECUTED),  # by an earlier cancel whose answer was lost
        ("mandate_cancelled", Outcome.DECLINED),  # the payer did it
    ):
        found = [late, told(status="cancelled"), reply(200, page(events=[ended_by(cause)]))]
        reading = carried(gc.cancel(named, MERCHANT), found).reading
        assert reading is not None
        assert reading.outcome is outcome
    banks_have_it = carried(gc.cancel(named, MERCHANT), [late, told(status="submitted")]).reading
    assert banks_have_it is not None
    assert banks_have_it.outcome is Outcome.PENDING
    strange: tuple[dict[str, object], ...] = ({"metadata": {}}, {"amount": 1798})
    for changes in strange:
        other = carried(gc.cancel(named, MERCHANT), [told(status="cancelled", **changes)]).reading
        assert other is not None
        assert other.outcome is Outcome.UNKNOWN


def test_used_key_is_answered_by_what_it_created() -> None:
    assert read(ATTEMPT, CONFLICT, CONFIRMED) == Reading(
        Outcome.SUCCEEDED, QUERY, psp_ref="PM123", amount=EUR_17_99
    )
    assert read(ATTEMPT, CONFLICT, FAILED, NO_FUNDS) == Reading(
        Outcome.DECLINED,
        QUERY,
        psp_ref="PM123",
        amount=EUR_17_99,
        code="insufficient_funds:AM04",
        category=DeclineCategory.INSUFFICIENT_FUNDS,
    )
    assert read(REFUND, REFUND_CONFLICT, reply(200, {"refunds": refund(status="paid")})) == Reading(
        Outcome.SUCCEEDED, QUERY, psp_ref="RF123", amount=EUR_17_99
    )


@pytest.mark.parametrize("answer", [LOST, INTERNAL, reply(404, {}), reply(200, {"payments": {}})])
def test_used_key_whose_object_cannot_be_read_is_unknown(answer: Answer) -> None:
    assert read(ATTEMPT, CONFLICT, answer).outcome is Outcome.UNKNOWN


def test_conflict_that_names_nothing_is_unknown() -> None:
    unnamed = reply(409, error(409, "invalid_state", "idempotent_creation_conflict"))
    other = reply(409, error(409, "invalid_state", "bank_account_exists", creditor="PM123"))
    odd = reply(
        409,
        error(409, "invalid_state", "idempotent_creation_conflict", conflicting_resource_id="../x"),
    )
    unlikely = reply(422, error(422, "invalid_state", "idempotent_creation_conflict"))
    for answer in (unnamed, other, odd, unlikely):
        assert read(ATTEMPT, answer).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 1798}, "amount_mismatch"),
        ({"currency": "GBP"}, "amount_mismatch"),
        ({"currency": "XXX"}, "amount_mismatch"),
        ({"metadata": {"reference": "another"}}, "reference_mismatch"),
        ({"metadata": {}}, "reference_mismatch"),
        ({"metadata": None}, "reference_mismatch"),
        ({"status": "something_new"}, "something_new"),
    ],
)
def test_payment_that_is_not_as_asked_or_not_known_is_unknown(
    changes: dict[str, object], code: str
) -> None:
    reading = read(ATTEMPT, CONFLICT, told(**{"status": "confirmed", **changes}))
    assert (reading.outcome, reading.code) == (Outcome.UNKNOWN, code)


def test_payment_that_is_charged_back_was_collected_and_is_taken_back() -> None:
    reading = read(ATTEMPT, CONFLICT, told(status="charged_back"))
    assert (reading.outcome, reading.code) == (Outcome.SUCCEEDED, None)
    assert reading.taken_back is not None
    assert (reading.taken_back.event, reading.taken_back.psp_ref) == (
        DisputeEvent.LOST,
        reading.psp_ref,
    )
    assert read(ATTEMPT, CONFLICT, told(status="paid_out")).taken_back is None


def test_refund_of_another_payment_is_not_ours() -> None:
    other = refund(status="paid", links={"payment": "PM999"})
    reading = read(REFUND, REFUND_CONFLICT, reply(200, {"refunds": other}))
    assert (reading.outcome, reading.code) == (Outcome.UNKNOWN, "reference_mismatch")


@pytest.mark.parametrize(
    ("answer", "code", "category"),
    [
        (
            reply(401, error(401, "invalid_api_usage", "access_token_revoked")),
            "access_token_revoked",
            DeclineCategory.MERCHANT_CONFIG,
        ),
        (
            reply(403, error(403, "invalid_api_usage", "insufficient_permissions")),
            "insufficient_permissions",
            DeclineCategory.MERCHANT_CONFIG,
        ),
        (
            reply(400, error(400, "invalid_api_usage", "invalid_document_structure")),
            "invalid_document_structure",
            DeclineCategory.REQUEST_REFUSED,
        ),
        (
            reply(404, error(404, "invalid_api_usage", "link_not_found")),
            "link_not_found",
            DeclineCategory.REQUEST_REFUSED,
        ),
        (
            reply(422, invalid(amount="is too small")),
            "validation_failed",
            DeclineCategory.REQUEST_REFUSED,
        ),
    ],
)
def test_refusal_before_creation_executed_nothing(
    answer: Answer, code: str, category: DeclineCategory
) -> None:
    for what in (ATTEMPT, REFUND):
        assert read(what, answer) == Reading(
            Outcome.NOT_EXECUTED, RESPONSE, code=code, category=category
        )


def test_too_many_requests_come_back_after_a_minute_or_as_said() -> None:
    body = error(429, "invalid_api_usage", "rate_limit_exceeded")
    assert read(ATTEMPT, reply(429, body)) == Reading(
        Outcome.NOT_EXECUTED, RESPONSE, code="rate_limit_exceeded", retry_after_seconds=60
    )
    said = replace(reply(429, body), headers={"retry-after": "7"})
    assert read(ATTEMPT, said).retry_after_seconds == 7


@pytest.mark.parametrize(
    "answer",
    [
        INTERNAL,
        reply(503, {}),
        reply(422, {"message": "a proxy says so"}),
        reply(400, b"not JSON"),
        reply(404, {"error": "no such page"}),
        reply(200, {"payments": payment()}),
        reply(302, {}),
        reply(409, {}),
    ],
)
def test_answer_that_is_not_documented_is_unknown(answer: Answer) -> None:
    assert read(ATTEMPT, answer).outcome is Outcome.UNKNOWN


def test_payment_by_a_dead_mandate_is_declined_for_good() -> None:
    reading = read(ATTEMPT, INACTIVE, reply(200, page(payments=[])))
    assert reading == Reading(
        Outcome.DECLINED,
        RESPONSE,
        code="mandate_is_inactive",
        category=DeclineCategory.REVOKED,
    )
    assert not advised_by(
        reading
    ).allows_machine  # so no machine tries again, and the payer is asked


def test_dead_mandate_does_not_hide_what_an_earlier_call_created() -> None:
    created = reply(200, page(payments=[payment(status="confirmed")]))
    assert read(ATTEMPT, INACTIVE, created).outcome is Outcome.SUCCEEDED
    for unread in (LOST, INTERNAL, reply(200, {}), reply(200, page(refunds=[]))):
        assert read(ATTEMPT, INACTIVE, unread).outcome is Outcome.UNKNOWN


def test_refund_that_cannot_be_now_fails_but_waits_for_a_balance() -> None:
    nothing = reply(200, page(refunds=[]))

    def refused(reason: str) -> Reading:
        return read(REFUND, reply(422, error(422, "invalid_state", reason)), nothing)

    for reason in ("total_amount_confirmation_invalid", "refund_payment_invalid_state"):
        assert refused(reason) == Reading(
            Outcome.NOT_EXECUTED, RESPONSE, code=reason, category=DeclineCategory.REQUEST_REFUSED
        )
    waits = refused("available_refund_amount_insufficient")
    assert (waits.outcome, waits.category) == (Outcome.NOT_EXECUTED, None)


def test_lookup_finds_our_reference_among_others() -> None:
    listed = page(
        payments=[payment(id="PM9", metadata={}), 7, payment(status="submitted"), {"metadata": 1}]
    )
    assert read(CHARGE_LOOKUP, reply(200, listed)) == Reading(
        Outcome.PENDING, QUERY, psp_ref="PM123", amount=EUR_17_99
    )
    twice = page(payments=[payment(), payment(id="PM124")])
    assert read(CHARGE_LOOKUP, reply(200, twice)).code == "several_executions"
    broken = page(payments=[payment(amount="1799")])
    assert read(CHARGE_LOOKUP, reply(200, broken)).outcome is Outcome.UNKNOWN
    assert read(REFUND_LOOKUP, reply(200, page(refunds=[]))).outcome is Outcome.ABSENT


def test_lookup_by_id_reads_that_object() -> None:
    by_id: Lookup = replace(CHARGE_LOOKUP, psp_ref="PM123")
    assert read(by_id, CONFIRMED).outcome is Outcome.SUCCEEDED
    missing = reply(404, error(404, "invalid_api_usage", "resource_not_found"))
    assert read(by_id, missing).outcome is Outcome.UNKNOWN
    refused = reply(401, error(401, "invalid_api_usage", "access_token_revoked"))
    assert read(by_id, refused).category is DeclineCategory.MERCHANT_CONFIG


def test_failure_without_a_cause_is_unmapped_and_one_whose_cause_cannot_be_read_waits() -> None:
    by_id = replace(CHARGE_LOOKUP, psp_ref="PM123")
    untold = read(by_id, FAILED, reply(200, page(events=[])))
    assert (untold.outcome, untold.category) == (Outcome.DECLINED, DeclineCategory.UNMAPPED)
    for unread in (LOST, INTERNAL, reply(200, {})):
        reading = read(by_id, FAILED, unread)
        assert (reading.outcome, reading.psp_ref) == (Outcome.UNKNOWN, "PM123")


def test_newest_event_of_the_payment_says_why() -> None:
    by_id = replace(CHARGE_LOOKUP, psp_ref="PM123")
    events = [
        failed("refer_to_payer", "MS03") | {"links": {"payment": "PM999"}},
        event("cancelled"),
        failed("bank_account_closed", "AC04"),
        failed("insufficient_funds", "AM04"),
    ]
    reading = read(by_id, FAILED, reply(200, page(events=events)))
    assert (reading.code, reading.category) == (
        "bank_account_closed:AC04",
        DeclineCategory.INVALID_ACCOUNT,
    )


def test_failure_that_the_provider_tries_again_is_no_decline() -> None:
    by_id = replace(CHARGE_LOOKUP, psp_ref="PM123")
    again = failed("insufficient_funds", "AM04", will_attempt_retry=True)
    reading = read(by_id, FAILED, reply(200, page(events=[again])))
    assert (reading.outcome, reading.code) == (Outcome.PENDING, "will_be_retried")


@pytest.mark.parametrize(
    ("cause", "reason", "category"),
    [
        ("insufficient_funds", "AM04", DeclineCategory.INSUFFICIENT_FUNDS),
        ("refer_to_payer", "MS02", DeclineCategory.DO_NOT_HONOR),
        ("refer_to_payer", "ARUDD-0", DeclineCategory.INSUFFICIENT_FUNDS),
        ("refer_to_payer", "ACH_RETURN-R09", DeclineCategory.INSUFFICIENT_FUNDS),
        ("refer_to_payer", "ACH_RETURN-R08", DeclineCategory.INSUFFICIENT_FUNDS),
        ("authorisation_disputed", "ACH_RETURN-R08", DeclineCategory.REVOKED),
        ("bank_account_closed", "MD07", DeclineCategory.REVOKED),
        ("bank_account_closed", "ARUDD-2", DeclineCategory.REVOKED),
        ("bank_account_closed", "ARUDD-B", DeclineCategory.INVALID_ACCOUNT),
        ("other", "ARUDD-6", DeclineCategory.REVOKED),
        ("bank_account_transferred", "ARUDD-3", DeclineCategory.NEW_ACCOUNT_INFO),
        ("invalid_bank_details", "15", DeclineCategory.INVALID_ACCOUNT),
        ("mandate_cancelled", None, DeclineCategory.REVOKED),
        ("customer_approval_denied", None, DeclineCategory.CUSTOMER_CANCELED),
        ("payment_cancelled", None, DeclineCategory.UNMAPPED),
        ("other", "ACH_RETURN-R17", DeclineCategory.UNMAPPED),
        ("something_new", "XX99", DeclineCategory.UNMAPPED),
    ],
)
def test_causes_are_ours(cause: str, reason: str | None, category: DeclineCategory) -> None:
    assert category_of(cause, reason) is category


def test_no_table_says_of_the_payer_what_only_we_can_be_to_blame_for() -> None:
    ours = {DeclineCategory.MERCHANT_CONFIG, DeclineCategory.REQUEST_REFUSED}
    assert not ours & {*REASONS.values(), *CAUSES.values()}


def test_cancelled_payments_say_who_cancelled() -> None:
    by_id = replace(CHARGE_LOOKUP, psp_ref="PM123")
    for cause, category in (
        ("mandate_cancelled", DeclineCategory.REVOKED),
        ("payment_cancelled", DeclineCategory.UNMAPPED),
    ):
        said = event("cancelled", details={"origin": "api", "cause": cause})
        reading = read(by_id, told(status="cancelled"), reply(200, page(events=[said])))
        assert (reading.outcome, reading.code, reading.category) == (
            Outcome.DECLINED,
            cause,
            category,
        )
    denied = read(by_id, told(status="customer_approval_denied"))
    assert (denied.outcome, denied.category) == (
        Outcome.DECLINED,
        DeclineCategory.CUSTOMER_CANCELED,
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("created", Outcome.PENDING),
        ("pending_submission", Outcome.PENDING),
        ("submitted", Outcome.PENDING),
        ("paid", Outcome.SUCCEEDED),
        ("cancelled", Outcome.DECLINED),
        ("bounced", Outcome.DECLINED),
        ("funds_returned", Outcome.DECLINED),
        ("something_new", Outcome.UNKNOWN),
    ],
)
def test_states_of_refunds(status: str, outcome: Outcome) -> None:
    by_id = replace(REFUND_LOOKUP, psp_ref="RF123")
    reading = read(by_id, reply(200, {"refunds": refund(status=status)}))
    assert (reading.outcome, reading.category) == (outcome, None)


@pytest.mark.parametrize("phase", list(TransportPhase))
def test_only_what_never_left_proves_that_nothing_was_created(phase: TransportPhase) -> None:
    unsent = {
        TransportPhase.NOT_STARTED,
        TransportPhase.NOT_CONNECTED,
        TransportPhase.NO_BYTE_SENT,
    }
    what: SentAttempt = ATTEMPT
    outcome = Outcome.NOT_EXECUTED if phase in unsent else Outcome.UNKNOWN
    assert read(what, TransportFailure(phase, "")) == Reading(
        outcome, EvidenceKind.TRANSPORT, code=phase
    )
