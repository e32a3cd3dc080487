"""Money that came for a charge that had been given up pays what is owed, or goes back: once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from typing_extensions import override

from ledgerline.base.ids import AttemptId, InvoiceId, bucket_of
from ledgerline.cli.proof import compare
from ledgerline.datasets.audit import audit
from ledgerline.documents.snapshot import CameBack
from ledgerline.flows.close_exception import Decision, close_exception
from ledgerline.flows.decide_late_successes import decide_late_successes
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.read_document import read_document
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.flows.verify_documents import verify_documents
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentRefund,
)
from ledgerline.payments.refusals import ExceptionNotClosable
from ledgerline.payments.rules.exceptions import Reason
from tests.flow_catalog import WEEKLY, Offer, small_catalog
from tests.flow_values import Bought, Shopper
from tests.flow_world import World, open_world
from tests.numbering import number_all
from tests.relayed_psps import Relayed

FUNDS = DeclineCategory.INSUFFICIENT_FUNDS


@dataclass(slots=True)
class Denying(Relayed):
    """A provider that executes what it says it refused."""

    @override
    async def call(self, what: Action) -> Reading:
        found = await self.gateway.call(what)
        if isinstance(what, Lookup):
            return found
        return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, code="no", category=FUNDS)


@dataclass(slots=True)
class Refusing(Relayed):
    """A provider that gives nothing back."""

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, SentRefund):
            return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, code="too_old")
        return await self.gateway.call(what)


async def _denied_purchase(world: World) -> tuple[Shopper, Bought, AttemptId]:
    shopper = await world.shopper()
    bought = await _denying(world).buy(shopper)
    assert await world.state(bought.subscription_id) == "expired"
    return shopper, bought, await _last(world, bought)


async def _denied_renewal(world: World) -> tuple[Shopper, Bought, AttemptId]:
    """Let a renewal be charged, and its provider say that it was not."""
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    denying = _denying(world)
    await denying.advance(date(2026, 2, 2))
    world.run = denying.run
    assert await world.state(bought.subscription_id) == "past_due"
    return shopper, bought, await _last(world, bought)


def _denying(world: World) -> World:
    return replace(world, psps=cast("Gateway", Denying(world.psps)))


async def _last(world: World, bought: Bought) -> AttemptId:
    found = await world.value(
        "SELECT a.id FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
        " WHERE p.subscription_id = %s ORDER BY a.sent_at DESC, a.ordinal DESC LIMIT 1",
        bought.subscription_id,
    )
    return AttemptId(found)


async def _tell(world: World, attempt: AttemptId) -> None:
    """Hear what the provider's own book says of an attempt."""
    [line] = [one for one in await world.simulator.truth() if one["reference"] == str(attempt)]
    reading = Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY, psp_ref=line["id"])
    await settle_attempt(world.run, [Evidence(bucket_of(attempt), attempt, reading)])


async def _moved(world: World, kind: str) -> list[int]:
    return [
        one["amount"]
        for one in await world.simulator.truth()
        if (one["kind"], one["status"]) == (kind, "succeeded")
    ]


async def _open(world: World) -> list[str]:
    rows = await world.rows("SELECT reason FROM money_exception WHERE closed_at IS NULL")
    return [reason for (reason,) in rows]


async def _suspense(world: World, shopper: Shopper) -> int:
    return (await world.balances(shopper.customer_id)).get("suspense", 0)


async def test_late_money_of_a_renewal_pays_it_and_nothing_is_charged_again(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper, bought, attempt = await _denied_renewal(world)
    # when the provider tells the truth
    await _tell(world, attempt)
    assert await _suspense(world, shopper) == -1_199
    assert await _open(world) == [Reason.LATE_SUCCESS]
    await world.advance(world.now + timedelta(minutes=1))
    # then the invoice is paid by it, and the calendar is over
    assert await world.state(bought.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199)]
    assert (await _suspense(world, shopper), await _open(world)) == (0, [])
    assert await world.rows("SELECT state, adopted_from FROM attempt ORDER BY ordinal") == [
        ("declined", None),
        ("succeeded", attempt),
    ]
    await world.advance(date(2026, 2, 20))
    assert await _moved(world, "charge") == [1_199]
    # and what is told again is no news
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    assert (await _suspense(world, shopper), await _open(world)) == (0, [])
    # and it is refunded as any other
    paid = await world.value("SELECT id FROM payment WHERE state = 'succeeded'")
    await request_refund(world.run, world.psps, RefundOrder(paid, None, "goodwill"))
    assert await _moved(world, "refund") == [1_199]


async def test_what_is_said_against_late_money_that_was_taken_is_told(fresh_world: World) -> None:
    # given late money that paid a renewal
    world = fresh_world
    shopper, _, attempt = await _denied_renewal(world)
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    assert await _open(world) == []
    # when its provider says that there was none after all
    no = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, code="no", category=FUNDS)
    for _ in range(2):
        await settle_attempt(world.run, [Evidence(bucket_of(attempt), attempt, no)])
    # then people hear of it once, and nothing moves
    assert await _open(world) == [Reason.DECLINED_AFTER_SUCCESS]
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199)]
    assert await audit(world.run) == []


async def test_late_money_of_a_purchase_goes_back_with_a_receipt(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, attempt = await _denied_purchase(world)
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    assert await _moved(world, "refund") == [1_199]
    assert await world.receipts(shopper.customer_id) == [("refund", 1_199)]
    assert await world.balances(shopper.customer_id) == {}
    assert await _open(world) == []
    assert await world.state(bought.subscription_id) == "expired"
    # and what is told again is no news
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    assert await _moved(world, "refund") == [1_199]


async def test_late_money_that_came_back_is_printed_as_held(fresh_world: World) -> None:
    world = fresh_world
    shopper, _, attempt = await _denied_purchase(world)
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    [(bucket, refund)] = await world.rows("SELECT bucket, id FROM refund")
    # when what was given back comes back
    reading = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, code="closed")
    await settle_refund(world.run, bucket=bucket, refund_id=refund, reading=reading)
    await number_all(world.run)
    # then the correction of its receipt promises no credit: it is in suspense
    kept: UUID = await world.value("SELECT id FROM receipt WHERE kind = 'reversal'")
    document = (await read_document(world.run, kept)).document
    assert document.body.came_back == CameBack(held=1_199)
    assert await _suspense(world, shopper) == -1_199
    [*proven] = await verify_documents(world.run, rebuild=True)
    assert [one.faults for one in proven if one.faults] == []
    assert await audit(world.run) == []


async def test_late_money_goes_back_where_the_payer_has_paid_with_another_card(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper, bought, attempt = await _denied_renewal(world)
    invoice_id = await world.value("SELECT invoice_id FROM payment WHERE state = 'processing'")
    other = await world.method(shopper.customer_id)
    await pay_invoice(world.run, world.psps, InvoiceId(invoice_id), method_id=other)
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    assert await _moved(world, "charge") == [1_199, 1_199]
    assert await _moved(world, "refund") == [1_199]
    assert (await _suspense(world, shopper), await _open(world)) == (0, [])
    assert await world.state(bought.subscription_id) == "active"
    assert await world.value("SELECT refunded_minor FROM payment WHERE state = 'succeeded'") == 0


async def test_late_money_for_service_that_is_over_goes_back(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given a subscription that ended with one open invoice, while others of it are still open
    catalog = small_catalog(Offer("weekly", 300, WEEKLY, trial_days=7))
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    async with open_world(fresh_database_url, tmp_path, at=noon, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "weekly", trial=True)
        denying = _denying(world)
        # of four weeks' claims on one card two tries a day may fail: the last of the first waits
        await denying.advance(noon + timedelta(days=29))
        world.run = denying.run
        assert await world.state(bought.subscription_id) == "canceled"
        [attempt] = await world.rows(
            "SELECT a.id FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
            " WHERE p.state = 'processing' ORDER BY a.sent_at DESC LIMIT 1"
        )
        # when it turns out that one of those was paid, before its turn to be withdrawn
        await _tell(world, AttemptId(*attempt))
        await world.advance(world.now + timedelta(minutes=1))
        # then nobody has paid for service that is over
        assert await _moved(world, "refund") == [300]
        assert await world.receipts(shopper.customer_id) == [("refund", 300)]
        assert await _open(world) == []
        # and what else their provider executed behind our back goes back as well
        for (one,) in await world.rows("SELECT id FROM attempt WHERE id <> %s", *attempt):
            await _tell(world, AttemptId(one))
        await world.advance(noon + timedelta(days=40))
        assert await _moved(world, "refund") == await _moved(world, "charge")
        assert (await _suspense(world, shopper), await _open(world)) == (0, [])


@pytest.mark.parametrize("executed", [True, False])
async def test_late_money_waits_for_an_attempt_that_may_still_pay(
    fresh_world: World, *, executed: bool
) -> None:
    # given a second attempt whose end nobody knows
    world = fresh_world
    shopper, bought, attempt = await _denied_renewal(world)
    token = "tok_500_after" if executed else "tok_decline_stolen_card"
    method = await world.method(shopper.customer_id, token)
    invoice_id = await world.value("SELECT invoice_id FROM payment WHERE state = 'processing'")
    silent = _Silent(world.psps)
    await pay_invoice(world.run, silent, InvoiceId(invoice_id), method_id=method)
    # when the first turns out to be paid, nothing is decided
    await _tell(world, attempt)
    assert await decide_late_successes(world.run, buckets=ALL) == 0
    assert await _suspense(world, shopper) == -1_199
    # until the second has come to its end
    await world.advance(world.now + timedelta(minutes=1))
    await world.advance(world.now + timedelta(minutes=1))
    assert (await _suspense(world, shopper), await _open(world)) == (0, [])
    assert await _moved(world, "charge") == ([1_199, 1_199] if executed else [1_199])
    assert await _moved(world, "refund") == ([1_199] if executed else [])
    assert await world.state(bought.subscription_id) == "active"


@dataclass(slots=True)
class _Silent(Relayed):
    """A provider that does what it is asked and answers nothing."""

    @override
    async def call(self, what: Action) -> Reading:
        await self.gateway.call(what)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


@pytest.mark.parametrize("ends", ["taken", "given back", "by hand"])
async def test_the_audit_follows_late_money_and_misses_none_of_it(
    fresh_world: World, ends: str
) -> None:
    world = fresh_world
    denied = _denied_renewal if ends == "taken" else _denied_purchase
    shopper, _, attempt = await denied(world)
    await _tell(world, attempt)
    truth = await world.simulator.truth()
    assert await audit(world.run) == []
    if ends == "by hand":
        decision = Decision(
            bucket=bucket_of(attempt),
            subject_id=attempt,
            reason=Reason.LATE_SUCCESS,
            by="mara",
            note="given back by hand: re_17",
        )
        await close_exception(world.run, decision)
    await world.advance(world.now + timedelta(minutes=1))
    assert await _suspense(world, shopper) == 0
    assert await audit(world.run) == []
    # and what a provider only said, and did not do, is no money
    compared = await compare(world.run, _each(truth))
    assert compared.counts["booked, not executed"] == (1 if ends == "given back" else 0)
    compared = await compare(world.run, _each([]))
    assert compared.counts["booked, not executed"] == (2 if ends == "given back" else 1)


async def _each(lines: list[Any]) -> AsyncIterator[Any]:
    for line in lines:
        yield line


async def test_two_workers_decide_once(fresh_world: World) -> None:
    world = fresh_world
    _, _, attempt = await _denied_renewal(world)
    _, _, other = await _denied_purchase(world)
    await _tell(world, attempt)
    await _tell(world, other)
    decided = await asyncio.gather(
        *(decide_late_successes(world.run.branch(), buckets=ALL) for _ in range(3))
    )
    assert sum(decided) == 2
    await world.advance(world.now + timedelta(minutes=1))
    assert await world.value("SELECT count(*) FROM attempt WHERE adopted_from IS NOT NULL") == 1
    assert await _moved(world, "refund") == [1_199]


async def test_a_refund_of_late_money_that_is_refused_stays_with_people(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper, _, attempt = await _denied_purchase(world)
    await _tell(world, attempt)
    decision = Decision(
        bucket=bucket_of(attempt),
        subject_id=attempt,
        reason=Reason.LATE_SUCCESS,
        by="mara",
        note="given back by hand: re_17",
    )
    # while a refund is under way nobody closes it by hand
    assert await decide_late_successes(world.run, buckets=ALL) == 1
    with pytest.raises(ExceptionNotClosable, match="gives it back already"):
        await close_exception(world.run, decision)
    # when the provider refuses that
    await resolve_refunds(world.run, Refusing(world.psps), buckets=ALL)
    await world.advance(world.now + timedelta(days=1))
    assert await _suspense(world, shopper) == -1_199
    [(detail, is_open)] = await world.rows(
        "SELECT detail, closed_at IS NULL FROM money_exception WHERE reason = 'late_success'"
    )
    assert is_open
    assert detail.endswith("; its refund was refused (too_old)")
    # then a person gives it back at the provider and says so
    await close_exception(world.run, decision)
    assert await world.balances(shopper.customer_id) == {}
    assert await _open(world) == []
    assert await decide_late_successes(world.run, buckets=ALL) == 0


async def test_late_money_of_an_erased_customer_goes_back(fresh_world: World) -> None:
    world = fresh_world
    shopper, _, attempt = await _denied_purchase(world)
    await erase_customer(world.run, shopper.customer_id, actor="test")
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    assert await _moved(world, "refund") == [1_199]
    assert await world.value("SELECT reason FROM refund") == ""
