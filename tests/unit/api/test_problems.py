"""Refusals as problem documents, and declines as payers read them."""

from uuid import UUID

import pytest

from ledgerline.access.model import AlreadyAnswered, IdempotencyKeyReused
from ledgerline.api.declines import decline
from ledgerline.api.errors import is_stored, problem
from ledgerline.api.refusals import InvalidValue, UnknownField
from ledgerline.api.statuses import STATUS
from ledgerline.base.ids import encode
from ledgerline.ledger.model import CreditExhausted
from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.refusals import RefundExceedsCaptured
from ledgerline.subscriptions.model import PurchaseInProgress
from ledgerline.web.refusals import Malformed

SUBSCRIPTION = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def test_ids_leave_in_their_outside_form_and_unknown_ones_not_at_all() -> None:
    refused = PurchaseInProgress(
        "there is one", subscription=str(SUBSCRIPTION), id=str(SUBSCRIPTION)
    )
    shown = problem(refused, request_id="req_1")
    assert shown.facts == {"subscription": encode("sub", SUBSCRIPTION)}
    assert shown.title == "The customer already has a live subscription of this product family"
    assert (shown.status, shown.type) == (409, "/docs/errors/purchase_in_progress")


def test_numbers_that_made_a_rule_refuse_are_shown() -> None:
    shown = problem(RefundExceedsCaptured(left_minor=5, asked_minor=9), request_id="req_1")
    assert shown.facts == {"left_minor": 5, "asked_minor": 9}
    assert shown.detail == "More would be refunded than was captured and not refunded yet"


def test_a_pointer_becomes_an_error_of_its_place() -> None:
    shown = problem(UnknownField("no", pointer="/x"), request_id="req_1")
    assert [(one.pointer, one.code) for one in shown.errors] == [("/x", "unknown_field")]
    assert shown.facts == {}


def test_only_what_a_rule_said_is_kept_under_a_key() -> None:
    assert is_stored(RefundExceedsCaptured())
    assert is_stored(PurchaseInProgress())
    for passing in (IdempotencyKeyReused(), CreditExhausted(), Malformed()):
        assert not is_stored(passing)


def test_an_answer_that_is_kept_shows_nothing_of_itself() -> None:
    shown = problem(AlreadyAnswered(201, b"envelope", b"wrapped"), request_id="req_1")
    assert "envelope" not in repr(shown)
    assert "wrapped" not in repr(shown)


@pytest.mark.parametrize("category", list(DeclineCategory))
def test_every_decline_has_advice_and_no_text_tells_of_theft(category: DeclineCategory) -> None:
    told = decline(category)
    assert told.retry in {"never", "later", "other_method", "authenticate"}
    assert not {"stolen", "lost", "fraud"} & set(told.message.lower().replace(".", "").split())


def test_a_payment_that_never_reached_the_bank_may_be_tried_again() -> None:
    assert decline(None).retry == "later"


def test_statuses_are_those_of_refusals() -> None:
    known = {400, 401, 402, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429, 500, 501, 503}
    assert set(STATUS.values()) <= known
    assert STATUS[InvalidValue] == 422
