"""Merchant accounts that are registered, disabled, enabled and removed, under what is charged."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, cast

import pytest
from typing_extensions import override

from ledgerline.datasets.audit import audit
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_merchants
from ledgerline.flows.remove_psp_account import remove_psp_account
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.switch_psp_account import switch_psp_account
from ledgerline.flows.try_psp_account import try_psp_account
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Secret
from ledgerline.payments.model import AccountStatus, Action, Reading
from ledgerline.payments.refusals import PspAccountInUse, PspAccountNotFound, PspAccountRefused
from ledgerline.payments.rules.accounts import Answered
from tests.flow_world import World
from tests.relayed_psps import Relayed

RENEWED: Final = date(2026, 1, 31)
SECRETS: Final = {"api_secret": Secret("known"), "webhook_secret": Secret("known")}


def _account(code: str, url: str) -> NewPspAccount:
    return NewPspAccount(
        code=code,
        psp="sandbox",
        settings={"base_url": url},
        secrets=SECRETS,
        call_deadline_ms=1000,
    )


@dataclass(slots=True)
class Counted(Relayed):
    """A gateway that keeps what it was asked to send."""

    asked: list[Action] = field(default_factory=list)

    @override
    async def call(self, what: Action) -> Reading:
        self.asked.append(what)
        return await self.gateway.call(what)


async def test_a_disabled_account_takes_no_new_charge_and_ends_nobody(fresh_world: World) -> None:
    world = fresh_world
    # given a trial whose renewal falls due at an account that is disabled, and a paid purchase
    shopper, payer = await world.shopper(), await world.shopper()
    bought = await world.buy(shopper, trial=True)
    paid = await world.buy(payer)
    use = await switch_psp_account(world.run, "aster", AccountStatus.DISABLED)
    assert (use.payment_methods, use.due_payments, use.open_attempts) == (2, 0, 0)
    healthy, world.psps = world.psps, cast("Gateway", Counted(world.psps))
    # when days go by
    await world.advance(date(2026, 2, 4))
    # then nothing was sent, service goes on without a gap, and it stands in the exceptions
    assert cast("Counted", world.psps).asked == []
    assert await world.state(bought.subscription_id) == "active"
    covers = await world.covers(bought.subscription_id)
    assert all(end == begin for (_, end, _), (begin, _, _) in pairwise(covers))
    assert covers[-1][1] > world.now
    assert await world.rows("SELECT reason, detail FROM money_exception WHERE closed_at IS NULL")
    # and nobody begins anything there
    with pytest.raises(PspAccountNotFound, match="disabled"):
        await world.buy(payer, "family_monthly")
    with pytest.raises(PspAccountNotFound, match="disabled"):
        await add_payment_method(
            world.run,
            NewPaymentMethod(
                customer_id=payer.customer_id,
                psp_account="aster",
                psp_token="tok_ok_new",
                brand="visa",
                last4="4242",
            ),
        )
    # while money that was taken there is given back there
    world.psps = healthy
    assert paid.payment_id is not None
    refund_id = await request_refund(
        world.run, world.psps, RefundOrder(paid.payment_id, 500, "sorry")
    )
    assert await world.value("SELECT state FROM refund WHERE id = %s", refund_id) == "succeeded"
    # and once it is enabled, what waited is charged once
    await switch_psp_account(world.run, "aster", AccountStatus.ACTIVE)
    await world.advance(world.now + timedelta(days=1))
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    assert await world.value("SELECT count(*) FROM money_exception WHERE closed_at IS NULL") == 0
    assert await audit(world.run) == []


async def test_an_account_is_removed_once_nothing_rests_on_it(fresh_world: World) -> None:
    world = fresh_world
    # given one that cards are kept at, and one that nobody uses
    await world.buy(await world.shopper())
    idle = _account("idle", "https://psp.example/idle")
    await put_psp_account(world.run, Sandbox(), idle)
    # then the first stays, with what it is needed for, and the other goes with its secrets
    with pytest.raises(PspAccountInUse, match="needed for 1 payment methods") as refusal:
        await remove_psp_account(world.run, "aster")
    assert refusal.value.facts["open_attempts"] == 0
    await remove_psp_account(world.run, "idle", dry_run=True)
    assert await world.value("SELECT count(*) FROM psp_account WHERE code = 'idle'") == 1
    await remove_psp_account(world.run, "idle")
    assert await world.value("SELECT count(*) FROM psp_account WHERE code = 'idle'") == 0
    with pytest.raises(PspAccountNotFound):
        await remove_psp_account(world.run, "idle")


async def test_registering_again_leaves_an_account_disabled(fresh_world: World) -> None:
    world = fresh_world
    first = _account("idle", "http://psp.example/1")
    await put_psp_account(world.run, Sandbox(), first)
    await switch_psp_account(world.run, "idle", AccountStatus.DISABLED)
    second = _account("idle", "http://psp.example/2")
    await put_psp_account(world.run, Sandbox(), second)
    assert await world.rows(
        "SELECT status, settings ->> 'base_url' FROM psp_account WHERE code = 'idle'"
    ) == [("disabled", "http://psp.example/2")]


async def test_money_that_is_real_goes_over_https_alone(fresh_world: World) -> None:
    world = fresh_world
    await world.write("UPDATE environment SET kind = 'live', instant = NULL")
    plain = _account("shop", "http://psp.example")
    with pytest.raises(PspAccountRefused, match="begins with no https://"):
        await put_psp_account(world.run, Sandbox(), plain)
    secret = _account("shop", "https://psp.example")
    await put_psp_account(world.run, Sandbox(), secret)
    [found] = [one for one in await read_merchants(world.run) if one.code == "shop"]
    assert found.settings["base_url"] == "https://psp.example"


async def test_a_trial_call_moves_no_money_and_is_kept_nowhere(fresh_world: World) -> None:
    world = fresh_world
    before = len(await world.simulator.truth())
    assert (await try_psp_account(world.run, world.psps, "aster")).answered is Answered.YES
    assert len(await world.simulator.truth()) == before
    assert await world.value("SELECT count(*) FROM attempt") == 0
