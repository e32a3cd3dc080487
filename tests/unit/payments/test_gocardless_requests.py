"""What goes to GoCardless, to the byte."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, repeat

import pytest

from ledgerline.payments.adapters.gocardless import requests
from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.adapters.gocardless.talk import PAGES_MAX
from ledgerline.payments.contract import Secret
from ledgerline.payments.model import ChargeKind, Lookup, Outcome
from ledgerline.payments.refusals import PspAccountRefused
from tests.contracts.connectors.gocardless import (
    CONFIRMED,
    CONFLICT,
    FAILED,
    INACTIVE,
    MERCHANT,
    NO_FUNDS,
    page,
    payment,
)
from tests.contracts.samples import reply, talk
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, EUR_17_99, REFUND, REFUND_LOOKUP

CHARGE = replace(ATTEMPT, psp_token="MD123")
BARE = Lookup(
    kind=ChargeKind.CHARGE, psp_account="aster_eu", reference=ATTEMPT.reference, amount=EUR_17_99
)


def test_payment_is_ordered_once_and_never_tried_again_by_the_provider() -> None:
    request = requests.create(CHARGE, MERCHANT)
    assert (request.method, request.path, request.moves_money) == ("POST", "/payments", True)
    assert dict(request.headers) == {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "GoCardless-Version": "2015-07-06",
        "Idempotency-Key": ATTEMPT.reference,
    }
    assert request.credentials == (("Authorization", "Bearer a-sample-token"),)
    assert request.body == (
        b'{"payments":{"amount":1799,"currency":"EUR",'
        b'"description":"payment 01890a5d-ac96-774b-bcce-b302099a8058",'
        b'"links":{"mandate":"MD123"},'
        b'"metadata":{"reference":"01890a5d-ac96-774b-bcce-b302099a8057"},'
        b'"retry_if_possible":false}}'
    )


def test_refund_confirms_its_own_amount_as_the_total_unless_the_account_is_let_off() -> None:
    request = requests.create(REFUND, MERCHANT)
    assert request.path == "/refunds"
    assert request.body == (
        b'{"refunds":{"amount":1799,"links":{"payment":"ch_1"},'
        b'"metadata":{"reference":"01890a5d-ac96-774b-bcce-b302099a8059"},'
        b'"total_amount_confirmation":1799}}'
    )
    let_off = replace(MERCHANT, settings={**MERCHANT.settings, "total_amount_confirmation": "off"})
    assert b"total_amount_confirmation" not in requests.create(REFUND, let_off).body


def test_only_one_word_is_known_for_the_confirmation_of_refunds() -> None:
    settings = {**MERCHANT.settings, "total_amount_confirmation": "off"}
    GoCardless().check(settings, MERCHANT.secrets, live=True)
    with pytest.raises(PspAccountRefused) as refusal:
        GoCardless().check(
            {**settings, "total_amount_confirmation": "yes"}, MERCHANT.secrets, live=True
        )
    assert refusal.value.facts["name"] == "total_amount_confirmation"
    with pytest.raises(PspAccountRefused):
        GoCardless().check(settings, {"access_token": Secret("t")}, live=True)


def asked(what: object, *answers: object) -> list[str]:
    talked = talk(GoCardless(), what, MERCHANT, answers)  # type: ignore[arg-type] # as documented
    return [f"{request.method} {request.path}" for request in talked.requests]


def test_key_that_was_used_leads_to_what_it_created_and_to_why_that_failed() -> None:
    assert asked(CHARGE, CONFLICT, CONFIRMED) == ["POST /payments", "GET /payments/PM123"]
    assert asked(CHARGE, CONFLICT, FAILED, NO_FUNDS) == [
        "POST /payments",
        "GET /payments/PM123",
        "GET /events?payment=PM123&action=failed",
    ]


def test_refusal_for_the_state_of_things_is_believed_once_nothing_was_created_before() -> None:
    assert asked(CHARGE, INACTIVE, reply(200, page(payments=[]))) == [
        "POST /payments",
        "GET /payments?mandate=MD123&limit=500",
    ]


def test_lookup_asks_by_id_where_it_is_known_and_else_in_the_narrowest_list() -> None:
    since = "created_at%5Bgte%5D=2026-03-01T11%3A00%3A00.000Z"
    assert asked(replace(CHARGE_LOOKUP, psp_ref="PM123")) == ["GET /payments/PM123"]
    assert asked(replace(CHARGE_LOOKUP, psp_token="MD123")) == [
        f"GET /payments?mandate=MD123&{since}&limit=500"
    ]
    assert asked(replace(REFUND_LOOKUP, psp_ref="RF/1")) == ["GET /refunds/RF%2F1"]
    assert asked(REFUND_LOOKUP) == [f"GET /refunds?payment=ch_1&{since}&limit=500"]
    assert asked(BARE) == ["GET /payments?limit=500"]
    assert asked(replace(BARE, sent_at=datetime(2026, 1, 1, tzinfo=UTC)))[0].endswith("&limit=500")


def test_list_is_read_to_its_end_and_not_beyond_what_a_conversation_may_ask() -> None:
    first = reply(200, page("PM900", payments=[payment(id="PM901", metadata={})]))
    last = reply(200, page(payments=[payment(status="confirmed")]))
    assert asked(BARE, first, last) == [
        "GET /payments?limit=500",
        "GET /payments?limit=500&after=PM900",
    ]
    endless = list(chain(repeat(first, PAGES_MAX)))
    talked = talk(GoCardless(), BARE, MERCHANT, endless)
    assert len(talked.requests) == PAGES_MAX
    assert talked.reading is not None
    assert (talked.reading.outcome, talked.reading.code) == (Outcome.UNKNOWN, "list_too_long")
