"""What a person gives back is held to their role's limit where the money is committed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio

from ledgerline.access.model import AboveLimit, Act, EmailTaken, Role
from ledgerline.access.rules.people import actor_of, person_in
from ledgerline.base.cards import CardNumberRefused
from ledgerline.base.ids import PaymentId, RefundProposalId
from ledgerline.base.money import Currency, Money
from ledgerline.datasets.audit import audit
from ledgerline.flows.add_person import NewPerson, add_person
from ledgerline.flows.approve_refund import approve_refund, check_approval
from ledgerline.flows.audit_act import audit_row
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.change_person import change_person
from ledgerline.flows.claim_key import Command
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.propose_refund import propose_refund
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.set_amount_limit import set_amount_limit
from ledgerline.flows.withdraw_refund import withdraw_refund
from ledgerline.payments.refusals import (
    RefundExceedsCaptured,
    RefundProposalNotFound,
    RefundProposalNotOpen,
    RefundProposed,
    SelfApproval,
)
from ledgerline.subscriptions.model import GivingBack, Timing
from tests.flow_proof import prove
from tests.flow_world import World, world

__all__ = ["world"]
LIMITS: Final = {
    Role.OWNER: 800, Role.ADMIN: 800, Role.FINANCE: 700, Role.SUPPORT_LEAD: 600, Role.SUPPORT: 500,
}  # fmt: skip
"""In cents; a purchase is 11.99 dollars, without tax."""
HERE: Final = {"by": "tests", "route": "tests"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def limited(world: World) -> AsyncIterator[World]:
    """Set limits that a small purchase is above."""
    for role, minor in LIMITS.items():
        await set_amount_limit(world.run, role, Money(minor, Currency("USD")), **HERE)
    yield world


async def _actor(world: World, role: Role, name: str = "ida") -> str:
    email = f"{name}.{role}@shop.example"
    with suppress(EmailTaken):
        await add_person(world.run, NewPerson(email, name, role), **HERE)
    return actor_of(await world.value("SELECT id FROM person WHERE email = %s", email))


def _asks(world: World, actor: str, about: RefundProposalId | None = None) -> Command:
    """Ask as the console does, under a key that nobody has used."""
    key = world.run.random(8).hex()
    kind = None if about is None else "refund_proposal"
    act = Act(actor=actor, name="asked", route="tests", kind=kind, object_id=about)
    return Command(actor, key, b"f", audit_row(world.run, act, key=key))


async def _payment(world: World) -> PaymentId:
    bought = await world.buy(await world.shopper("US"))
    assert bought.payment_id is not None
    return bought.payment_id


async def _ask(world: World, actor: str, payment: PaymentId, minor: int) -> None:
    order = RefundOrder(payment, minor, "asked")
    await request_refund(world.run, world.psps, order, command=_asks(world, actor))


async def _propose(world: World, actor: str, payment: PaymentId, minor: int) -> RefundProposalId:
    order = RefundOrder(payment, minor, "asked")
    return await propose_refund(world.run, order, by=actor, command=_asks(world, actor))


async def _approve(world: World, actor: str, proposal: RefundProposalId) -> object:
    command = _asks(world, actor, proposal)
    return await approve_refund(world.run, world.psps, proposal, by=actor, command=command)


async def _state(world: World, proposal: RefundProposalId) -> Any:
    return await world.value("SELECT state FROM refund_proposal WHERE id = %s", proposal)


@pytest.mark.parametrize("role", Role)
async def test_a_refund_is_held_to_the_limit_of_a_role(limited: World, role: Role) -> None:
    world, actor, edge = limited, await _actor(limited, role), LIMITS.get(role, 0)
    payment = await _payment(world)
    with pytest.raises(AboveLimit) as refused:
        await _ask(world, actor, payment, edge + 1)
    assert refused.value.facts["limit_minor"] == edge
    if edge:  # in two parts that are a cent above it together
        await _ask(world, actor, payment, edge - 1)
        with pytest.raises(AboveLimit):
            await _ask(world, actor, payment, 2)
        await _ask(world, actor, payment, 1)
    returned = await world.value("SELECT refunded_minor FROM payment WHERE id = %s", payment)
    assert returned == edge
    # a program has no limit: it acts in no person's name
    await request_refund(world.run, world.psps, RefundOrder(payment, None, "program"))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("above", [0, 1])
async def test_a_second_person_answers_within_their_own_limit(
    limited: World, role: Role, above: int
) -> None:
    world, edge = limited, LIMITS.get(role, 0)
    proposer = await _actor(world, Role.SUPPORT, "olga")
    proposal = await _propose(world, proposer, await _payment(world), max(edge, 1) + above)
    actor = await _actor(world, role)
    may = role in {Role.OWNER, Role.ADMIN} or (edge > 0 and not above)
    if may:
        await _approve(world, actor, proposal)
        assert await _state(world, proposal) == "approved"
    else:
        with pytest.raises(AboveLimit):
            await _approve(world, actor, proposal)
        assert await _state(world, proposal) == "proposed"


async def test_a_proposal_moves_nothing_until_another_approves_it_once(limited: World) -> None:
    world, payment = limited, await _payment(limited)
    mara, nils = await _actor(world, Role.OWNER, "mara"), await _actor(world, Role.OWNER, "nils")
    proposal = await _propose(world, mara, payment, 1199)
    assert await world.value("SELECT count(*) FROM refund WHERE payment_id = %s", payment) == 0
    with pytest.raises(SelfApproval):
        await _approve(world, mara, proposal)
    with pytest.raises(RefundProposed):
        await _propose(world, nils, payment, 1)
    shown = await check_approval(world.run, proposal, by=nils)
    assert (shown.amount_minor, shown.returned.minor) == (1199, 1199)
    # when two approve at once, each twice
    admin = await _actor(world, Role.ADMIN)
    commands = [_asks(world, one, proposal) for one in (nils, admin)]
    tried = await asyncio.gather(
        *(
            approve_refund(world.run, world.psps, proposal, by=one.principal, command=one)
            for one in (*commands, *commands)
        ),
        return_exceptions=True,
    )
    made = {one for one in tried if not isinstance(one, BaseException)}
    lost = [one for one in tried if isinstance(one, BaseException)]
    assert len(made) == 1, tried
    assert lost
    assert all(isinstance(one, RefundProposalNotOpen | RefundExceedsCaptured) for one in lost), lost
    rows = await world.rows(
        "SELECT amount_minor, state, reason FROM refund WHERE payment_id = %s", payment
    )
    assert rows == [(1199, "succeeded", "asked")]
    with pytest.raises(RefundProposalNotOpen, match="approved"):
        await withdraw_refund(world.run, proposal, by=mara)


async def test_what_is_withdrawn_or_old_is_not_approved(limited: World) -> None:
    world, payment = limited, await _payment(limited)
    mara, nils = await _actor(world, Role.OWNER, "mara"), await _actor(world, Role.OWNER, "nils")
    first = await _propose(world, mara, payment, 1000)
    again = _asks(world, nils, first)
    for _ in range(2):
        await withdraw_refund(world.run, first, by=nils, command=again)
    with pytest.raises(RefundProposalNotOpen, match="withdrawn"):
        await _approve(world, nils, first)
    # one that nobody approves in a day is too old, and makes way for the next
    second = await _propose(world, mara, payment, 1000)
    later = world.run.at(world.now + timedelta(days=1))
    with pytest.raises(RefundProposalNotOpen, match="lapsed"):
        await approve_refund(later, world.psps, second, by=nils)
    third = await propose_refund(later, RefundOrder(payment, 900, "asked"), by=mara)
    assert [await _state(world, one) for one in (first, second, third)] == [
        "withdrawn", "lapsed", "proposed",
    ]  # fmt: skip
    # what was given back meanwhile is not given back again
    await request_refund(world.run, world.psps, RefundOrder(payment, 300, "program"))
    with pytest.raises(RefundExceedsCaptured):
        await approve_refund(later, world.psps, third, by=nils)
    nothing = RefundProposalId(UUID(int=third.int ^ 1))
    with pytest.raises(RefundProposalNotFound):
        await withdraw_refund(world.run, nothing, by=nils)
    with pytest.raises(RefundProposalNotFound):
        await _approve(world, nils, nothing)
    with pytest.raises(CardNumberRefused):
        await propose_refund(
            world.run, RefundOrder(payment, 1, "card 4242 4242 4242 4242"), by=mara
        )


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.OWNER])
async def test_what_a_cancellation_gives_back_takes_somebody_who_may_answer_for_it(
    limited: World, role: Role
) -> None:
    world, actor = limited, await _actor(limited, role)
    shopper = await world.shopper("US")
    bought = await world.buy(shopper)

    async def cancel(back: GivingBack) -> None:
        command = _asks(world, actor)
        await cancel_subscription(
            world.run, bought.subscription_id, timing=Timing.NOW, back=back, command=command
        )

    if role is Role.SUPPORT:
        for back in (GivingBack.FULL, GivingBack.NONE):
            with pytest.raises(AboveLimit):
                await cancel(back)
        assert await world.state(bought.subscription_id) == "active"
        return
    await cancel(GivingBack.NONE)
    # the credit of it is paid out by the same rule
    order = CreditOrder(customer_id=shopper.customer_id, reason="asked")
    other = await _actor(world, Role.SUPPORT)
    with pytest.raises(AboveLimit):
        await pay_out_credit(world.run, order, command=_asks(world, other))
    await pay_out_credit(world.run, order, command=_asks(world, actor))


async def test_a_role_that_was_taken_away_gives_nothing_back_any_more(limited: World) -> None:
    world, payment = limited, await _payment(limited)
    actor = await _actor(world, Role.SUPPORT, "eva")
    assert person_in(actor) is not None
    await change_person(world.run, actor, role=Role.DEVELOPER, **HERE)
    with pytest.raises(AboveLimit):
        await _ask(world, actor, payment, 1)
    await change_person(world.run, actor, role=None, **HERE)
    with pytest.raises(AboveLimit):
        await _ask(world, actor, payment, 1)


async def test_the_words_go_with_the_customer_and_all_of_it_adds_up(limited: World) -> None:
    world = limited
    shopper = await world.shopper("US")
    bought = await world.buy(shopper)
    assert bought.payment_id is not None
    mara = await _actor(world, Role.OWNER, "mara")
    proposal = await _propose(world, mara, bought.payment_id, 900)
    await world.cancel(bought)
    await world.advance(world.now + timedelta(hours=1))
    await erase_customer(world.run, shopper.customer_id, actor="tests", forfeits_credit=True)
    words = await world.value("SELECT reason FROM refund_proposal WHERE id = %s", proposal)
    assert words == ""
    entries = await world.rows(
        "SELECT after->>'limit' FROM audit_entry WHERE act = 'limit_set' ORDER BY id"
    )
    assert sorted(int(one) for (one,) in entries) == sorted(LIMITS.values())  # ids of one instant
    await prove(world.connection, world.simulator)
    assert await audit(world.run) == []
