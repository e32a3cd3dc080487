"""People take late money or give it back, and record what was made at the provider's own place."""

from dataclasses import replace
from datetime import date, timedelta
from typing import cast
from uuid import UUID

import pytest

from ledgerline.base.ids import AttemptId, ExceptionId, PaymentId, bucket_of
from ledgerline.datasets.audit import audit
from ledgerline.flows.adopt_exception import Adoption, adopt_exception, preview_adoption
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.assign_exception import assign_exception
from ledgerline.flows.claim_key import Command
from ledgerline.flows.close_exception import Decision, close_exception
from ledgerline.flows.decide_late_successes import decide_late_successes
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.erase_customer import erase_customer, preview_erasure
from ledgerline.flows.receive_psp_event import receive_psp_event
from ledgerline.flows.refund_exception import Return, preview_return, refund_exception
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import (
    ExceptionNotClosable,
    ExceptionNotDecidable,
    ExceptionNotFound,
    RefundExceedsCaptured,
)
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.pricing.rules.credit import ExceedsLineRemainder
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.scenarios.flows.test_exceptions import Alarming
from tests.scenarios.flows.test_late_success import Denying, Refusing
from tests.statements import clearing, look_again, open_reasons, statement, take


async def _exception(world: World, reason: Reason) -> ExceptionId:
    found = await world.value(
        "SELECT id FROM money_exception WHERE reason = %s AND closed_at IS NULL", reason
    )
    return ExceptionId(found)


async def _closed(world: World) -> list[tuple[str, str | None, str | None]]:
    rows = await world.rows(
        "SELECT reason, closed_by, resolution FROM money_exception WHERE closed_at IS NOT NULL"
    )
    return [(reason, by, words) for reason, by, words in rows]


def _adoption(
    exception_id: ExceptionId,
    *,
    amount_minor: int | None = None,
    psp_ref: str | None = None,
    payment_id: PaymentId | None = None,
) -> Adoption:
    return Adoption(
        exception_id=exception_id,
        by="mara",
        note="found it",
        psp_ref=psp_ref,
        amount_minor=amount_minor,
        payment_id=payment_id,
    )


def _decided(attempt: UUID) -> Decision:
    return Decision(
        bucket=bucket_of(attempt),
        subject_id=attempt,
        reason=Reason.PROVIDER_TOLD,
        by="mara",
        note="answered",
    )


async def _denied_purchase(world: World) -> tuple[Shopper, Bought, AttemptId]:
    """Let a purchase be charged, and its provider say that it was not."""
    shopper = await world.shopper()
    bought = await replace(world, psps=cast("Gateway", Denying(world.psps))).buy(shopper)
    return shopper, bought, await _last(world, bought)


async def _denied_renewal(world: World) -> tuple[Shopper, Bought, AttemptId]:
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    denying = replace(world, psps=cast("Gateway", Denying(world.psps)))
    await denying.advance(date(2026, 2, 2))
    world.run = denying.run
    return shopper, bought, await _last(world, bought)


async def _last(world: World, bought: Bought) -> AttemptId:
    found = await world.value(
        "SELECT a.id FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
        " WHERE p.subscription_id = %s ORDER BY a.sent_at DESC, a.ordinal DESC LIMIT 1",
        bought.subscription_id,
    )
    return AttemptId(found)


async def _tell_truth(world: World, attempt: AttemptId) -> None:
    """Hear what the provider's own book says of an attempt."""
    [line] = [one for one in await world.simulator.truth() if one["reference"] == str(attempt)]
    reading = Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY, psp_ref=line["id"])
    await settle_attempt(world.run, [Evidence(bucket_of(attempt), attempt, reading)])


async def _tell_dispute(world: World, reference: str | None, key: str) -> None:
    """Hear of something that no machine acts on."""
    psps = Alarming(world.psps, reference, [key])
    await receive_psp_event(world.run, psps, account="aster", headers={}, raw=b"{}")
    await apply_psp_events(world.run, psps)


def _return(exception_id: ExceptionId) -> Return:
    return Return(exception_id=exception_id, by="mara", note="they want it back")


async def test_late_money_that_pays_what_is_owed_is_adopted_by_hand(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, attempt = await _denied_renewal(world)
    await _tell_truth(world, attempt)
    late = await _exception(world, Reason.LATE_SUCCESS)
    # a look changes nothing, and says what would be booked
    effect = await preview_adoption(world.run, _adoption(late))
    assert (effect.amount.minor, effect.amount.currency) == (1_199, "EUR")
    assert [f"{debit} {credit}" for debit, credit in effect.books] == [
        "suspense psp_clearing", "psp_clearing receivable",
    ]  # fmt: skip
    assert (await world.balances(shopper.customer_id))["suspense"] == -1_199
    # when it is adopted, twice under one key
    command = Command("shop", "key-1", b"asked")
    assert await adopt_exception(world.run, _adoption(late), command=command) == effect
    assert await adopt_exception(world.run, _adoption(late), command=command) is None
    # then it has paid, once
    assert await world.state(bought.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199)]
    assert await _closed(world) == [(Reason.LATE_SUCCESS, "mara", "found it")]
    for act in (preview_adoption, adopt_exception):
        with pytest.raises(ExceptionNotFound):
            await act(world.run, _adoption(late))
    assert await audit(world.run) == []


async def test_late_money_that_nothing_is_owed_for_is_refunded_not_adopted(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper, _, attempt = await _denied_purchase(world)
    await _tell_truth(world, attempt)
    late = await _exception(world, Reason.LATE_SUCCESS)
    with pytest.raises(ExceptionNotDecidable, match="refund it") as refused:
        await adopt_exception(world.run, _adoption(late))
    assert refused.value.facts["reason"] == "nothing_owed"
    # given that the provider refuses the refund that was begun by itself
    assert await decide_late_successes(world.run, buckets=ALL) == 1
    for act in (preview_return, refund_exception):
        with pytest.raises(ExceptionNotDecidable, match="already"):
            await act(world.run, _return(late))
    await resolve_refunds(world.run, Refusing(world.psps), buckets=ALL)
    # when a person asks for it again
    effect = await preview_return(world.run, _return(late))
    assert [f"{debit} {credit}" for debit, credit in effect.books] == ["suspense psp_clearing"]
    command = Command("shop", "key-1", b"asked")
    first = await refund_exception(world.run, _return(late), command=command)
    assert await refund_exception(world.run, _return(late), command=command) == first
    assert await world.value("SELECT assigned_to FROM money_exception") == "mara"
    await world.advance(world.now + timedelta(minutes=1))
    # then it has gone back, with a receipt, and what was told is over
    assert await world.receipts(shopper.customer_id) == [("refund", 1_199)]
    assert await world.balances(shopper.customer_id) == {}
    assert [reason for reason, _, _ in await _closed(world)] == [Reason.LATE_SUCCESS]
    assert await audit(world.run) == []


async def test_a_hundred_and_fifty_that_wait_hold_up_no_other(fresh_world: World) -> None:
    """Late money waits while another attempt of its payment may succeed."""
    world = fresh_world
    _, bought, waiting = await _denied_renewal(world)
    shopper, _, other = await _denied_purchase(world)
    await _tell_truth(world, waiting)
    await world.write(
        "UPDATE payment SET next_try_at = NULL WHERE subscription_id = %s AND state = 'processing'",
        bought.subscription_id,
    )
    await world.write(
        "INSERT INTO attempt SELECT r.* FROM attempt AS s, generate_series(1, 150) AS g,"
        " jsonb_populate_record(s, jsonb_build_object('id', md5(g::text)::uuid, 'ordinal', 9)) AS r"
        " WHERE s.id = %s",
        waiting,
    )
    await world.write(
        "INSERT INTO attempt_evidence (bucket, attempt_id, no, kind, outcome, psp_ref, recorded_at)"
        " SELECT bucket, id, 2, 'webhook', 'succeeded', 'ch', sent_at FROM attempt"
        " WHERE ordinal = 9"
    )
    await world.write(
        "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
        " SELECT bucket, gen_random_uuid(), id, 'late_success', '', sent_at FROM attempt"
        " WHERE ordinal = 9"
    )
    # when money comes that goes back
    await _tell_truth(world, other)
    assert await decide_late_successes(world.run, buckets=ALL) == 1
    await resolve_refunds(world.run, world.psps, buckets=ALL)
    assert await world.receipts(shopper.customer_id) == [("refund", 1_199)]
    # the rest waits
    assert await decide_late_successes(world.run, buckets=ALL) == 0
    await world.write("DELETE FROM money_exception WHERE detail = ''")
    await world.write("SET session_replication_role = replica")
    await world.write(
        "DELETE FROM attempt_evidence WHERE attempt_id IN"
        " (SELECT id FROM attempt WHERE ordinal = 9)"
    )
    await world.write("DELETE FROM attempt WHERE ordinal = 9")
    await world.write(
        "UPDATE payment SET next_try_at = created_at WHERE subscription_id = %s"
        " AND state = 'processing'",
        bought.subscription_id,
    )


async def test_a_refund_made_at_the_provider_is_recorded(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await world.value("SELECT id FROM attempt")
    await _tell_dispute(world, str(attempt), "d1")
    told = await _exception(world, Reason.PROVIDER_TOLD)
    with pytest.raises(ExceptionNotDecidable, match="in minor units"):
        await adopt_exception(world.run, _adoption(told))
    more_than_paid = _adoption(told, amount_minor=1_200, psp_ref="re_1")
    with pytest.raises(RefundExceedsCaptured):
        await adopt_exception(world.run, more_than_paid)
    # when a person says what was given back
    adoption = _adoption(told, amount_minor=500, psp_ref="re_1")
    effect = await preview_adoption(world.run, adoption)
    assert effect.payment_id == bought.payment_id
    await adopt_exception(world.run, adoption)
    # then it is a refund as any other, and nothing was sent
    assert await world.rows("SELECT state, amount_minor, psp_ref FROM refund") == [
        ("succeeded", 500, "re_1")
    ]
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199), ("refund", 500)]
    assert [total for _, _, _, total in await world.notes(shopper.customer_id)] == [500]
    assert [one for one in await world.simulator.truth() if one["kind"] == "refund"] == []
    assert await _closed(world) == [(Reason.PROVIDER_TOLD, "mara", "found it")]
    # and what is left is refunded through us
    assert bought.payment_id is not None
    with pytest.raises((RefundExceedsCaptured, ExceedsLineRemainder)):
        await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, 700, "x"))
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "rest"))
    assert await world.rows("SELECT refunded_minor FROM payment") == [(1_199,)]
    assert await audit(world.run) == []


async def test_a_refund_that_is_told_of_twice_is_recorded_once(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await world.shopper())
    attempt = await world.value("SELECT id FROM attempt")
    await _tell_dispute(world, str(attempt), "d1")
    told = await _exception(world, Reason.PROVIDER_TOLD)
    adoption = _adoption(told, amount_minor=500, psp_ref="re_1")
    await adopt_exception(world.run, adoption)
    await _tell_dispute(world, str(attempt), "d2")
    for act in (preview_adoption, adopt_exception):
        with pytest.raises(ExceptionNotDecidable, match="already") as refused:
            await act(world.run, adoption)
        assert refused.value.facts["reason"] == "refund_recorded"
    await close_exception(world.run, _decided(attempt))
    assert await world.rows("SELECT refunded_minor FROM payment") == [(500,)]


async def test_what_holds_no_money_says_what_to_do_instead(fresh_world: World) -> None:
    world = fresh_world
    await _tell_dispute(world, None, "d1")
    told = await _exception(world, Reason.PROVIDER_TOLD)
    with pytest.raises(ExceptionNotDecidable, match="act on it at the provider"):
        await refund_exception(world.run, _return(told))
    with pytest.raises(ExceptionNotDecidable, match="not about a charge"):
        await adopt_exception(world.run, _adoption(told, amount_minor=1, psp_ref="x"))
    nothing = ExceptionId(world.run.new_id(await world.value("SELECT 7::smallint")))
    for act in (
        adopt_exception(world.run, _adoption(nothing)),
        refund_exception(world.run, _return(nothing)),
        assign_exception(world.run, nothing, to="mara"),
    ):
        with pytest.raises(ExceptionNotFound):
            await act


async def test_who_works_on_it_is_forgotten_when_it_is_opened_anew(fresh_world: World) -> None:
    world = fresh_world
    await world.buy(await world.shopper())
    attempt = await world.value("SELECT id FROM attempt")
    await _tell_dispute(world, str(attempt), "d1")
    told = await _exception(world, Reason.PROVIDER_TOLD)
    await assign_exception(world.run, told, to="mara")
    await _tell_dispute(world, str(attempt), "d2")
    assert await world.rows("SELECT id, assigned_to FROM money_exception") == [(told, "mara")]
    await close_exception(world.run, _decided(attempt))
    with pytest.raises(ExceptionNotFound):
        await assign_exception(world.run, told, to="nils")
    await _tell_dispute(world, str(attempt), "d3")
    assert await world.rows("SELECT id, assigned_to, closed_at FROM money_exception") == [
        (told, None, None)
    ]


async def test_an_erasure_deletes_the_words_of_people_and_none_are_kept_afterwards(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    attempt = await world.value("SELECT id FROM attempt")
    await _tell_dispute(world, str(attempt), "d1")
    said = _decided(attempt)
    await close_exception(world.run, replace(said, note="Alva called from her new number"))
    await world.cancel(bought)
    await world.advance(date(2026, 1, 2))
    customer_id = shopper.customer_id
    shown = await preview_erasure(world.run, customer_id, forfeits_credit=True)
    assert shown.deletes["operators_words"] == 1
    await erase_customer(world.run, customer_id, actor="test", forfeits_credit=True)
    assert await _closed(world) == [(Reason.PROVIDER_TOLD, "mara", "")]
    # when something of that customer is decided afterwards
    await _tell_dispute(world, str(attempt), "d2")
    command = Command("shop", "key-1", b"asked")
    for _ in range(2):
        await close_exception(world.run, replace(said, note="Alva again"), command=command)
    # then who decided it stays, and no word
    assert await _closed(world) == [(Reason.PROVIDER_TOLD, "mara", "")]
    assert await audit(world.run) == []


async def test_what_only_proof_ends_is_neither_closed_nor_adopted(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    attempt = await world.value("SELECT id FROM attempt")
    await world.write(
        "INSERT INTO money_exception (bucket, id, subject_id, reason, detail, opened_at)"
        " VALUES (%s, %s, %s, 'unknown_too_long', '', now())",
        bought.bucket, world.run.new_id(bought.bucket), attempt,
    )  # fmt: skip
    unknown = await _exception(world, Reason.UNKNOWN_TOO_LONG)
    decision = Decision(
        bucket=bought.bucket,
        subject_id=attempt,
        reason=Reason.UNKNOWN_TOO_LONG,
        by="mara",
        note="gone",
    )
    with pytest.raises(ExceptionNotClosable, match="evidence propose"):
        await close_exception(world.run, decision)
    adoption = _adoption(unknown, payment_id=PaymentId(bought.payment_id))
    with pytest.raises(ExceptionNotDecidable, match="evidence propose"):
        await adopt_exception(world.run, adoption)
    await world.write("DELETE FROM money_exception")


async def test_the_refund_of_a_statement_line_is_recorded_and_leaves_suspense(
    fresh_world: World,
) -> None:
    # given a refund that was made at the provider's own place, and the day's statement
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    charge = await world.value("SELECT psp_ref FROM attempt")
    made = await world.simulator.refund("not-ours-1", charge, amount=500)
    assert made.status == 200
    await world.advance(date(2026, 1, 2))
    await take(world, await statement(world, date(2026, 1, 1)))
    assert await open_reasons(world) == [Reason.LINE_UNMATCHED]
    assert (await world.balances())["suspense"] == 500
    told = await _exception(world, Reason.LINE_UNMATCHED)
    with pytest.raises(ExceptionNotDecidable, match="name the payment"):
        await preview_adoption(world.run, _adoption(told))
    with pytest.raises(ExceptionNotDecidable, match="ask the provider"):
        await refund_exception(world.run, _return(told))
    # when a person says of which payment it is
    adoption = _adoption(told, payment_id=bought.payment_id)
    assert (await preview_adoption(world.run, adoption)).amount.minor == 500
    await adopt_exception(world.run, adoption)
    # then it is recorded, and the line is matched with it and leaves suspense
    await look_again(world)
    assert await open_reasons(world) == []
    assert "suspense" not in await world.balances()
    assert await clearing(world) == {}
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199), ("refund", 500)]
    assert await world.rows("SELECT refunded_minor FROM payment") == [(500,)]
    assert await audit(world.run) == []
