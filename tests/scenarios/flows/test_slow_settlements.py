"""Who settles by an older clock than the one that told people still ends what they were told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from ledgerline.base.ids import AttemptId, RefundId, bucket_of, instant_of
from ledgerline.datasets.audit import audit
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.propose_evidence import Proposal, propose_evidence
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.rules.evidence import Ending, Subject
from tests.flow_world import World
from tests.scenarios.flows.test_exceptions import NOTHING, Saying
from tests.scenarios.flows.test_operator_evidence import stranded

SOON = timedelta(minutes=5)
LATER = timedelta(hours=40)


async def _silently(world: World) -> World:
    """Let a day and more go by in which no provider says anything; the world given stays behind."""
    silent = replace(world, psps=cast("Gateway", Saying(world.psps, NOTHING)))
    await silent.advance(world.now + timedelta(hours=1))
    await silent.advance(world.now + LATER)
    return silent


async def _open(world: World) -> int:
    found = await world.value("SELECT count(*) FROM money_exception WHERE closed_at IS NULL")
    return int(found)


async def _read(world: World, reference: str) -> Reading:
    [line] = [one for one in await world.simulator.truth() if one["reference"] == reference]
    return Reading(Outcome.SUCCEEDED, EvidenceKind.SETTLEMENT_LINE, psp_ref=str(line["id"]))


async def test_a_charge_is_ended_by_who_began_before_people_were_told_of_it(
    fresh_world: World,
) -> None:
    # given a charge nobody knows the end of, people who are told, and one of them who proposes it
    bought = await fresh_world.buy(await fresh_world.shopper(token="tok_500_after"))
    attempt = AttemptId(await fresh_world.value("SELECT id FROM attempt"))
    silent = await _silently(fresh_world)
    assert await _open(silent) == 1
    proposed = Proposal(
        subject=Subject.ATTEMPT, subject_id=attempt, ending=Ending.NOT_EXECUTED, note="4711",
        by="mara", psp_ref=None, file_sha256=bytes(32),
    )  # fmt: skip
    await propose_evidence(silent.run, proposed)
    # when a statement names it that somebody began to import minutes after the charge
    early = fresh_world.run.at(fresh_world.now + SOON)
    reading = await _read(fresh_world, str(attempt))
    await settle_attempt(early, [Evidence(bucket_of(attempt), attempt, reading)])
    # then it is known, and nobody is asked any more
    assert await silent.state(bought.subscription_id) == "active"
    assert await _open(silent) == 0
    assert await silent.value("SELECT state FROM evidence_proposal") == "lapsed"
    await silent.advance(silent.now + SOON)
    assert await audit(silent.run) == []


async def test_a_refund_is_ended_by_who_began_before_people_were_told_of_it(
    fresh_world: World,
) -> None:
    # given a refund nobody knows the end of
    world = fresh_world
    shopper = await world.shopper(token="tok_visa", psp="boreal")
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    lossy = {"provider": "boreal", "rates": {"timeout_after_accept": 1_000_000}}
    await world.simulator.control("faults", lossy)
    order = RefundOrder(bought.payment_id, None, "no")
    refund: RefundId = await request_refund(world.run, world.psps, order)
    assert await world.value("SELECT state FROM refund") == "unknown"
    silent = await _silently(world)
    await resolve_refunds(silent.run, silent.psps, buckets=ALL)
    assert await _open(silent) == 1
    # when
    reading = await _read(world, str(refund))
    early = world.run.at(world.now + SOON)
    await settle_refund(early, bucket=bucket_of(refund), refund_id=refund, reading=reading)
    # then
    assert await silent.value("SELECT state FROM refund") == "succeeded"
    assert await _open(silent) == 0
    await silent.advance(silent.now + SOON)
    assert await audit(silent.run) == []


async def test_a_refund_that_nobody_could_send_is_ended_by_who_began_before_people_were_told(
    fresh_world: World,
) -> None:
    # given a refund at an account that was removed, and people who are told that it waits
    world = fresh_world
    shopper, refund = await stranded(world)
    asked_at = datetime.fromtimestamp(instant_of(refund) / 1000, UTC)
    proposed = Proposal(
        subject=Subject.REFUND, subject_id=refund, ending=Ending.NOT_EXECUTED, note="4711",
        by="mara", psp_ref=None, file_sha256=bytes(32),
    )  # fmt: skip
    await propose_evidence(world.run, proposed)
    # when its provider's statement shows that it was executed all the same
    done = Reading(Outcome.SUCCEEDED, EvidenceKind.SETTLEMENT_LINE, psp_ref="re_17")
    early = world.run.at(asked_at + SOON)
    await settle_refund(early, bucket=bucket_of(refund), refund_id=refund, reading=done)
    # then nobody is asked to have it sent, and what was proposed lapses
    assert await _open(world) == 0
    assert await world.value("SELECT state FROM evidence_proposal") == "lapsed"
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199), ("refund", 500)]
    await world.advance(world.now + SOON)
    assert await audit(world.run) == []
