"""What webhooks tell of charges that have ended: second executions, failed looks, other amounts."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest
from typing_extensions import override

from ledgerline.base.ids import AttemptId, RefundId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.flows.apply_psp_events import LOOKS_MAX, apply_psp_events
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments import store as payments
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import (
    Action,
    ChargeKind,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
)
from ledgerline.payments.rows.inbox import NewInboxRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.telling import told
from tests.disputing import broken
from tests.flow_values import Bought
from tests.flow_world import World
from tests.relayed_psps import Relayed

PAID = Money(1199, Currency("EUR"))
LOST = Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="bytes_sent")


@dataclass(slots=True)
class Looked(Relayed):
    """A provider whose looks find what a test says, by the name that is asked for."""

    found: dict[str | None, Reading] = field(default_factory=dict)

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, Lookup) and self.found:
            return self.found.get(what.psp_ref, LOST)
        return await self.gateway.call(what)


def _looking(world: World, found: dict[str | None, Reading]) -> World:
    return replace(world, psps=cast("Gateway", Looked(world.psps, found)))


async def _attempt(world: World, bought: Bought) -> AttemptId:
    found = await world.value(
        "SELECT id FROM attempt WHERE payment_id = %s ORDER BY ordinal DESC", bought.payment_id
    )
    return AttemptId(found)


async def _told(
    world: World, bought: Bought, reading: Reading, *, key: str = "evt_told"
) -> AttemptId:
    """Let a provider's webhook tell something of the attempt of a purchase."""
    attempt = await _attempt(world, bought)
    account = await world.value("SELECT psp_account FROM attempt WHERE id = %s", attempt)
    await _arrives(
        world, account, key, event_type="charge.succeeded", reference=attempt,
        said=told(ChargeKind.CHARGE, reading),
    )  # fmt: skip
    return attempt


async def _arrives(
    world: World, account: str, key: str, *, event_type: str, reference: UUID, said: str
) -> None:
    """Put a webhook into the inbox that says something of a charge or refund."""
    async with world.run.transaction() as tx:
        await payments.store_psp_event(
            tx,
            NewInboxRow(
                psp_account=account,
                event_key=key,
                event_type=event_type,
                reference=str(reference),
                told=said,
                alarm=None,
                dispute=None,
                mandate=None,
                body=b"{}",
                body_sha256=bytes(32),
                received_at=world.run.now(),
            ),
        )


def _success(name: str | None, amount: Money = PAID) -> Reading:
    return Reading(Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref=name, amount=amount)


async def _open(world: World) -> list[tuple[str, str]]:
    rows = await world.rows(
        "SELECT reason, detail FROM money_exception WHERE closed_at IS NULL ORDER BY reason"
    )
    return [(reason, detail) for reason, detail in rows]


async def _state(world: World, key: str = "evt_told") -> str:
    found: str = await world.value("SELECT state FROM psp_event WHERE event_key = %s", key)
    return found


@pytest.mark.parametrize("is_found", [True, False])
async def test_a_second_execution_that_a_webhook_tells_of_is_told_people(
    fresh_world: World, is_found: bool
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    before = await world.balances(shopper.customer_id)
    # when a webhook names another execution under our reference, whether a look finds it or not
    seen = Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY, psp_ref="ch_second", amount=PAID)
    world = _looking(world, {"ch_second": seen if is_found else LOST})
    attempt = await _told(world, bought, _success("ch_second"))
    assert await apply_psp_events(world.run, world.psps) == 1
    # then somebody has to give it back, and it names what
    [(reason, detail)] = await _open(world)
    assert reason == Reason.CHARGED_TWICE
    assert "ch_second" in detail
    assert await _state(world) == "applied"
    # and nothing is booked before its line, nor told again
    assert await world.balances(shopper.customer_id) == before
    await _told(world, bought, _success("ch_second"), key="evt_again")
    assert await apply_psp_events(world.run, world.psps) == 1
    assert await _open(world) == [(reason, detail)]
    # but a third one is told beside it
    await _told(world, bought, _success("ch_third"), key="evt_third")
    assert await apply_psp_events(world.run, world.psps) == 1
    [(_, more)] = await _open(world)
    assert more.startswith(detail)
    assert "ch_third" in more
    assert await world.value("SELECT state FROM attempt WHERE id = %s", attempt) == "succeeded"
    assert await broken(world) == []


async def _refund_told(world: World, refund: RefundId, name: str | None, *, key: str) -> None:
    """Let a provider's webhook tell that it made a refund, under some name."""
    account = await world.value("SELECT psp_account FROM refund WHERE id = %s", refund)
    reading = _success(name, Money(500, PAID.currency))
    await _arrives(
        world, account, key, event_type="refund.succeeded", reference=refund,
        said=told(ChargeKind.REFUND, reading),
    )  # fmt: skip


@pytest.mark.parametrize("came_back", [False, True])
@pytest.mark.parametrize("is_found", [True, False])
async def test_a_refund_that_a_provider_made_twice_is_told_people(
    fresh_world: World, is_found: bool, came_back: bool
) -> None:
    world = fresh_world
    # given a refund that its provider made, and whose money may have come back
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    order = RefundOrder(bought.payment_id, 500, "asked")
    refund = await request_refund(world.run, world.psps, order)
    if came_back:
        back = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, code="refused")
        bucket = bucket_of(refund)
        await settle_refund(world.run, bucket=bucket, refund_id=refund, reading=back)
    ref = await world.value("SELECT psp_ref FROM refund")
    state = "reversed" if came_back else "succeeded"
    before = await world.balances(shopper.customer_id)
    opened = len(await _open(world))
    # when a webhook names another refund under our reference, whether a look finds it or ours
    seen = Reading(
        Outcome.SUCCEEDED,
        EvidenceKind.STATUS_QUERY,
        psp_ref="re_second" if is_found else ref,
        amount=Money(500, PAID.currency),
    )
    world = _looking(world, {ref: seen})
    await _refund_told(world, refund, ref, key="evt_first")
    if not is_found:
        assert await apply_psp_events(world.run, world.psps) == 1
        assert len(await _open(world)) == opened
    await _refund_told(world, refund, "re_second", key="evt_second")
    assert await apply_psp_events(world.run, world.psps) >= 1
    # then people are told once, by its name, and nothing is booked
    [detail] = [said for reason, said in await _open(world) if reason == Reason.REFUNDED_TWICE]
    assert "re_second" in detail
    await _refund_told(world, refund, "re_second", key="evt_again")
    assert await apply_psp_events(world.run, world.psps) == 1
    assert len(await _open(world)) == opened + 1
    assert await world.balances(shopper.customer_id) == before
    assert await world.rows("SELECT state, psp_ref FROM refund") == [(state, ref)]
    assert await broken(world) == []


async def test_a_webhook_of_what_ended_is_looked_at_until_a_look_answers(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a refused purchase, whose provider says that it was executed and cannot be asked
    bought = await world.buy(await world.shopper(token="tok_decline_do_not_honor"))
    attempt = await _attempt(world, bought)
    assert await world.value("SELECT state FROM attempt WHERE id = %s", attempt) == "declined"
    silent = _looking(world, {"nothing": LOST})
    await _told(world, bought, _success("ch_late"))
    assert await apply_psp_events(silent.run, silent.psps) == 1
    assert await _state(world) == "parked"
    # when it can be asked an hour later
    seen = Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY, psp_ref="ch_late", amount=PAID)
    later = world.run.at(world.now + timedelta(hours=1))
    assert await apply_psp_events(later, _looking(world, {"ch_late": seen}).psps) == 1
    # then the money is known
    assert await _state(world) == "applied"
    assert [reason for reason, _ in await _open(world)] == [Reason.LATE_SUCCESS]


async def test_a_webhook_that_no_look_answers_for_days_is_told_people(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper(token="tok_decline_do_not_honor"))
    silent = _looking(world, {"nothing": LOST})
    attempt = await _told(world, bought, _success("ch_late"))
    await world.write("UPDATE psp_event SET tries = %s", 2 * LOOKS_MAX)
    assert await apply_psp_events(silent.run, silent.psps) == 1
    assert await _state(world) == "applied"
    assert await world.rows("SELECT reason, subject_id FROM money_exception") == [
        (Reason.PROVIDER_TOLD, attempt)
    ]


async def test_a_look_that_fails_of_what_is_refused_already_is_repeated(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    pending = Reading(Outcome.PENDING, EvidenceKind.STATUS_QUERY)
    # what is told of as pending has no end to wait for; all else of an ended charge has
    await _told(world, bought, Reading(Outcome.PENDING, EvidenceKind.WEBHOOK), key="evt_begun")
    await _told(world, bought, Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK), key="evt_no")
    ref = await world.value("SELECT psp_ref FROM attempt")
    assert await apply_psp_events(world.run, _looking(world, {ref: pending}).psps) == 2
    assert [await _state(world, key) for key in ("evt_begun", "evt_no")] == ["applied", "parked"]


@pytest.mark.parametrize("minor", [1198, 1200])
async def test_another_amount_is_told_at_once_and_books_nothing(
    fresh_world: World, minor: int
) -> None:
    world = fresh_world
    # given an answer that was lost
    shopper = await world.shopper(token="tok_pending")
    bought = await world.buy(shopper)
    before = await world.balances(shopper.customer_id)
    # when a webhook tells of a cent more or less, and the look finds the same
    other = Money(minor, PAID.currency)
    ref = await world.value("SELECT psp_ref FROM attempt")
    seen = Reading(
        Outcome.UNKNOWN,
        EvidenceKind.STATUS_QUERY,
        psp_ref=ref,
        amount=other,
        code="amount_mismatch",
    )
    honest, world = world.psps, _looking(world, {ref: seen})
    attempt = await _told(world, bought, _success(ref, other))
    assert await apply_psp_events(world.run, world.psps) == 1
    # then people are told at once which is which, and the attempt is live still
    [(reason, detail)] = await _open(world)
    assert reason == Reason.AMOUNT_DIFFERS
    assert str(PAID) in detail
    assert str(other) in detail
    assert await world.value("SELECT state FROM attempt WHERE id = %s", attempt) == "sent"
    assert await world.balances(shopper.customer_id) == before
    # and the resolver, who sees it too, tells it no second time
    await world.advance(world.now + timedelta(hours=2))
    assert [reason for reason, _ in await _open(world)] == [Reason.AMOUNT_DIFFERS]
    assert await world.value("SELECT state FROM attempt WHERE id = %s", attempt) == "unknown"
    # until the provider proves the amount that was asked for
    world.psps = honest
    await world.advance(world.now + timedelta(days=2))
    assert await world.value("SELECT state FROM attempt WHERE id = %s", attempt) == "succeeded"
    assert await _open(world) == []
