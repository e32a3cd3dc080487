"""What nobody knows is ended by two people, once, and by no one who has just been overtaken."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import cast
from uuid import UUID

import pytest
from typing_extensions import override

from ledgerline.base.cards import CardNumberRefused
from ledgerline.base.ids import AttemptId, EvidenceProposalId, RefundId, bucket_of
from ledgerline.datasets.audit import audit
from ledgerline.flows.approve_evidence import approve_evidence
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.claim_key import Command
from ledgerline.flows.detach_payment_method import detach_payment_method
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.propose_evidence import Proposal, propose_evidence
from ledgerline.flows.remove_psp_account import remove_psp_account
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.withdraw_evidence import withdraw_evidence
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import Action, EvidenceKind, Outcome, Reading, Sent
from ledgerline.payments.refusals import (
    EvidenceNeedsReference,
    EvidenceNotFound,
    EvidenceNotOpen,
    EvidenceNotProposable,
    EvidenceProposed,
    SelfApproval,
)
from ledgerline.payments.rules.evidence import Ending, Subject
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.subscriptions.model import Timing
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed
from tests.scenarios.flows.test_exceptions import NOTHING, Saying

LONG = timedelta(hours=40)


@dataclass(slots=True)
class Lost(Relayed):
    """A gateway whose answers never come."""

    @override
    async def call(self, what: Action) -> Reading:
        await self.gateway.call(what)
        return NOTHING


@dataclass(slots=True)
class Gone(Relayed):
    """A gateway that does not know the account any more."""

    @override
    def prepared(self, what: Sent) -> Sent:
        return replace(what, request_digest=None)

    @override
    async def call(self, what: Action) -> Reading:
        return Reading(Outcome.NOT_EXECUTED, EvidenceKind.WITHDRAWN, code="never_sent")


async def _unknown(world: World, token: str) -> tuple[Shopper, Bought, AttemptId]:
    """Let nobody know for a day what became of a purchase."""
    shopper = await world.shopper(token=token)
    bought = await world.buy(shopper)
    await _silently(world)
    attempt = await world.value("SELECT id FROM attempt WHERE state = 'unknown'")
    assert await _open(world) == [Reason.UNKNOWN_TOO_LONG]
    return shopper, bought, AttemptId(attempt)


async def _silently(world: World) -> None:
    """Let a day and more go by in which no provider says anything."""
    silent = replace(world, psps=cast("Gateway", Saying(world.psps, NOTHING)))
    await silent.advance(world.now + timedelta(hours=1))
    await silent.advance(world.now + LONG)
    world.run = silent.run


async def _open(world: World) -> list[str]:
    rows = await world.rows("SELECT reason FROM money_exception WHERE closed_at IS NULL")
    return [reason for (reason,) in rows]


async def _states(world: World) -> list[tuple[str, str | None]]:
    rows = await world.rows("SELECT state, ended_by FROM evidence_proposal ORDER BY id")
    return [(state, ended_by) for state, ended_by in rows]


async def _name(world: World, reference: UUID) -> str:
    """Ask the provider's own book what it calls a charge."""
    [line] = [one for one in await world.simulator.truth() if one["reference"] == str(reference)]
    return str(line["id"])


def _of_attempt(attempt: AttemptId, ending: Ending, psp_ref: str | None = None) -> Proposal:
    return Proposal(
        subject=Subject.ATTEMPT,
        subject_id=attempt,
        ending=ending,
        note="ticket 4711",
        by="mara",
        psp_ref=psp_ref,
        file_sha256=bytes(32),
    )


async def test_a_success_that_two_people_prove_pays_what_was_bought(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, attempt = await _unknown(world, "tok_500_after")
    named = await _name(world, attempt)
    with pytest.raises(EvidenceNeedsReference):
        await propose_evidence(world.run, _of_attempt(attempt, Ending.SUCCEEDED))
    # when somebody proposes it, nothing has changed
    proposal = await propose_evidence(world.run, _of_attempt(attempt, Ending.SUCCEEDED, named))
    assert await world.value("SELECT state FROM attempt") == "unknown"
    assert await world.receipts(shopper.customer_id) == []
    # and whoever proposed it cannot approve it
    for by in ("mara", " MARA "):
        with pytest.raises(SelfApproval):
            await approve_evidence(world.run, proposal, by=by)
    with pytest.raises(EvidenceProposed):
        await propose_evidence(world.run, _of_attempt(attempt, Ending.DECLINED))
    # when another approves it
    await approve_evidence(world.run, proposal, by="nils")
    # then it is paid, by evidence of people, and nobody has to look at it any more
    assert await world.state(bought.subscription_id) == "active"
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199)]
    assert await world.rows("SELECT kind, outcome, psp_ref FROM attempt_evidence") == [
        (EvidenceKind.OPERATOR, "succeeded", named)
    ]
    assert await _open(world) == []
    assert await _states(world) == [("approved", "nils")]
    # and it is refunded as any other
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "goodwill"))
    assert await world.value("SELECT state FROM refund") == "succeeded"
    for act in (approve_evidence, withdraw_evidence):
        with pytest.raises(EvidenceNotOpen):
            await act(world.run, proposal, by="olga")
    assert await audit(world.run) == []


@pytest.mark.parametrize("ending", [Ending.DECLINED, Ending.NOT_EXECUTED])
async def test_a_charge_that_never_was_ends_its_purchase_unpaid(
    fresh_world: World, ending: Ending
) -> None:
    world = fresh_world
    shopper, bought, attempt = await _unknown(world, "tok_500_before")
    proposal = await propose_evidence(world.run, _of_attempt(attempt, ending))
    await approve_evidence(world.run, proposal, by="nils")
    assert await world.value("SELECT state FROM attempt") == ending
    assert await world.state(bought.subscription_id) == "expired"
    assert await world.balances(shopper.customer_id) == {}
    # and nothing is sent for it any more
    await world.advance(world.now + timedelta(days=3))
    assert await world.captures(bought.payment_id) == []
    assert await audit(world.run) == []


async def test_what_its_provider_says_meanwhile_overtakes_a_proposal(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, attempt = await _unknown(world, "tok_500_after")
    # given a proposal that the truth contradicts
    proposal = await propose_evidence(world.run, _of_attempt(attempt, Ending.NOT_EXECUTED))
    # when its provider is heard first
    await world.advance(world.now + timedelta(days=2))
    assert await world.state(bought.subscription_id) == "active"
    # then it has lapsed and cannot be approved
    assert await _states(world) == [("lapsed", None)]
    with pytest.raises(EvidenceNotOpen, match="lapsed"):
        await approve_evidence(world.run, proposal, by="nils")
    with pytest.raises(EvidenceNotProposable):
        await propose_evidence(world.run, _of_attempt(attempt, Ending.NOT_EXECUTED))
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199)]
    assert await audit(world.run) == []


async def test_what_is_found_out_after_people_ended_it_is_late_money(fresh_world: World) -> None:
    world = fresh_world
    shopper, bought, attempt = await _unknown(world, "tok_500_after")
    proposal = await propose_evidence(world.run, _of_attempt(attempt, Ending.NOT_EXECUTED))
    await approve_evidence(world.run, proposal, by="nils")
    assert await world.state(bought.subscription_id) == "expired"
    # when it turns out that the provider was wrong
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    # then the money goes back
    assert await world.receipts(shopper.customer_id) == [("refund", 1_199)]
    assert await world.balances(shopper.customer_id) == {}
    assert await audit(world.run) == []


async def _tell(world: World, attempt: AttemptId) -> None:
    from_provider = Reading(
        Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref=await _name(world, attempt)
    )
    await settle_attempt(world.run, [Evidence(bucket_of(attempt), attempt, from_provider)])


async def test_a_proposal_is_withdrawn_and_another_made(fresh_world: World) -> None:
    world = fresh_world
    _, _, attempt = await _unknown(world, "tok_500_before")
    first = await propose_evidence(world.run, _of_attempt(attempt, Ending.DECLINED))
    await withdraw_evidence(world.run, first, by="mara")
    with pytest.raises(EvidenceNotOpen, match="withdrawn"):
        await approve_evidence(world.run, first, by="nils")
    second = await propose_evidence(world.run, _of_attempt(attempt, Ending.NOT_EXECUTED))
    await approve_evidence(world.run, second, by="nils")
    assert sorted(await _states(world)) == [("approved", "nils"), ("withdrawn", "mara")]


async def test_only_what_is_open_for_people_is_proposed(fresh_world: World) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    attempt = AttemptId(await world.value("SELECT id FROM attempt"))
    with pytest.raises(EvidenceNotProposable):
        await propose_evidence(world.run, _of_attempt(attempt, Ending.DECLINED))
    nobody = AttemptId(world.run.new_id(bought.bucket))
    with pytest.raises(EvidenceNotFound):
        await propose_evidence(world.run, _of_attempt(nobody, Ending.DECLINED))
    missing = EvidenceProposalId(world.run.new_id(bought.bucket))
    for act in (approve_evidence, withdraw_evidence):
        with pytest.raises(EvidenceNotFound):
            await act(world.run, missing, by="nils")
    card = replace(_of_attempt(attempt, Ending.DECLINED), note="card 4111 1111 1111 1111")
    with pytest.raises(CardNumberRefused):
        await propose_evidence(world.run, card)


async def test_two_who_approve_and_a_provider_who_is_heard_end_it_once(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper, bought, attempt = await _unknown(world, "tok_500_after")
    named = await _name(world, attempt)
    command = Command("shop", "key-1", b"asked")
    ids = [
        await propose_evidence(
            world.run, _of_attempt(attempt, Ending.SUCCEEDED, named), command=command
        )
        for _ in range(2)
    ]
    assert ids[0] == ids[1]
    ended = await asyncio.gather(
        approve_evidence(world.run.branch(), ids[0], by="nils"),
        approve_evidence(world.run.branch(), ids[0], by="olga"),
        _tell(replace(world, run=world.run.branch()), attempt),
        return_exceptions=True,
    )
    assert all(one is None or isinstance(one, EvidenceNotOpen) for one in ended), ended
    assert await world.receipts(shopper.customer_id) == [("payment", 1_199)]
    assert await world.state(bought.subscription_id) == "active"
    assert (await _states(world))[0][0] in {"approved", "lapsed"}
    assert await audit(world.run) == []


@pytest.mark.parametrize("ending", Ending)
async def test_a_refund_that_nobody_knows_is_ended_by_two(
    fresh_world: World, ending: Ending
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    psps = world.psps if ending is Ending.SUCCEEDED else Saying(world.psps, NOTHING)
    lost = Lost(psps)
    refund = await request_refund(world.run, lost, RefundOrder(bought.payment_id, 500, "asked"))
    await _silently(world)
    proposal = Proposal(
        subject=Subject.REFUND,
        subject_id=refund,
        ending=ending,
        note="letter of May 3rd",
        by="mara",
        psp_ref="re_17" if ending is Ending.SUCCEEDED else None,
    )
    proposed = await propose_evidence(world.run, proposal)
    await approve_evidence(world.run, proposed, by="nils")
    succeeded = ending is Ending.SUCCEEDED
    assert await world.value("SELECT state FROM refund") == ("succeeded" if succeeded else "failed")
    assert await world.rows("SELECT refunded_minor, refunding_minor FROM payment") == [
        (500 if succeeded else 0, 0)
    ]
    receipts = [("payment", 1_199), ("refund", 500)] if succeeded else [("payment", 1_199)]
    assert await world.receipts(shopper.customer_id) == receipts
    assert await _open(world) == []
    assert await audit(world.run) == []
    # what the people of a shop wrote goes with the customer
    await world.cancel(bought)
    await world.advance(world.now + timedelta(minutes=1))
    await erase_customer(world.run, shopper.customer_id, actor="test", forfeits_credit=True)
    assert await world.value("SELECT note FROM evidence_proposal") == ""
    assert await audit(world.run) == []


async def stranded(world: World) -> tuple[Shopper, RefundId]:
    """Ask for a refund of a payment whose account was removed since, and wait for hours."""
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    await world.advance(date(2026, 2, 2))
    await detach_payment_method(world.run, shopper.method_id)
    await remove_psp_account(world.run, "aster")
    world.psps = cast("Gateway", Gone(world.psps))
    order = RefundOrder(bought.payment_id, 500, "asked")
    refund = await request_refund(world.run, world.psps, order)
    await world.advance(world.now + timedelta(hours=2))
    assert await _open(world) == []
    await world.advance(world.now + timedelta(hours=6))
    assert await _open(world) == [Reason.REFUND_STRANDED]
    assert await world.value("SELECT state FROM refund") == "requested"
    return shopper, refund


@pytest.mark.parametrize("ending", [Ending.SUCCEEDED, Ending.NOT_EXECUTED])
async def test_a_refund_whose_account_was_removed_is_told_and_ended_by_people(
    fresh_world: World, ending: Ending
) -> None:
    world = fresh_world
    shopper, refund = await stranded(world)
    proposal = Proposal(
        subject=Subject.REFUND,
        subject_id=refund,
        ending=ending,
        note="given back by bank transfer",
        by="mara",
        psp_ref="transfer 12" if ending is Ending.SUCCEEDED else None,
    )
    proposed = await propose_evidence(world.run, proposal)
    # it waits still, and waiting overtakes no proposal
    await world.advance(world.now + timedelta(hours=3))
    await approve_evidence(world.run, proposed, by="nils")
    succeeded = ending is Ending.SUCCEEDED
    assert await world.value("SELECT state FROM refund") == ("succeeded" if succeeded else "failed")
    receipts = [("payment", 1_199), ("refund", 500)] if succeeded else [("payment", 1_199)]
    assert await world.receipts(shopper.customer_id) == receipts
    assert await _open(world) == []
    await world.advance(world.now + timedelta(days=2))
    assert await _open(world) == []
    assert await audit(world.run) == []


async def test_a_refund_goes_out_once_its_account_is_registered_again(fresh_world: World) -> None:
    world = fresh_world
    _, refund = await stranded(world)
    given = Proposal(
        subject=Subject.REFUND, subject_id=refund, ending=Ending.NOT_EXECUTED, note="no", by="mara"
    )
    await propose_evidence(world.run, given)
    # when the account is there again
    world.psps = cast("Gateway", cast("Gone", world.psps).gateway)
    await world.advance(world.now + timedelta(hours=2))
    # then the refund is made, nobody has to look at it, and what was proposed has lapsed
    assert await world.value("SELECT state FROM refund") == "succeeded"
    assert await _open(world) == []
    assert await _states(world) == [("lapsed", None)]
    assert await audit(world.run) == []
