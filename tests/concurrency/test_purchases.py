from pathlib import Path

import pytest

from ledgerline.access.model import IdempotencyKeyReused
from ledgerline.base.ids import bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.flows.claim_key import Command
from ledgerline.flows.keep_refusal import keep_refusal
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.start_purchase import Checkout, Purchased, start_purchase
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.rules.settlement import Ignore, Succeed
from ledgerline.purchases.model import PreviewStale
from ledgerline.rules.quote import Order
from ledgerline.subscriptions.model import PurchaseInProgress
from tests.concurrency.gate import meet
from tests.flow_catalog import Offer, small_catalog
from tests.flow_values import Bought
from tests.flow_world import World, open_world

CUSTOMER = "SELECT FROM customer WHERE id = %s FOR UPDATE"


async def test_of_two_purchases_of_one_family_one_wins_and_one_charge_is_made(
    world: World,
) -> None:
    # given a customer with two cards and two tabs
    shopper = await world.shopper()
    other = shopper._replace(method_id=await world.method(shopper.customer_id))
    # when both are confirmed at once
    results = await meet(
        world, CUSTOMER, shopper.customer_id, world.buy(shopper),
        world.buy(other, "family_monthly"), waiting=2,
    )  # fmt: skip
    # then
    [won] = [one for one in results if isinstance(one, Bought)]
    [lost] = [one for one in results if not isinstance(one, Bought)]
    assert isinstance(lost, PurchaseInProgress)
    assert await world.state(won.subscription_id) == "active"
    assert await world.value(
        "SELECT count(*) FROM subscription WHERE customer_id = %s", shopper.customer_id
    ) == (1)
    assert await world.value("SELECT count(*) FROM attempt") == 1
    assert len(await world.simulator.truth()) == 1


async def test_one_key_asked_twice_at_once_makes_one_purchase(world: World) -> None:
    # given
    shopper = await world.shopper()
    order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
    command = Command("shop", "key-1", b"the same request")
    before = len(await world.simulator.truth())

    async def ask(asked: Command) -> Purchased:
        return await start_purchase(
            world.run, world.psps, order, payment_method_id=shopper.method_id, command=asked
        )

    # when
    results = await meet(
        world, CUSTOMER, shopper.customer_id, ask(command), ask(command), waiting=2
    )
    # then both know the same purchase
    answers = [one for one in results if isinstance(one, Purchased)]
    assert len(answers) == 2, results
    assert len({one.purchase_id for one in answers}) == 1
    assert sorted(one.replayed for one in answers) == [False, True]
    assert len(await world.simulator.truth()) == before + 1
    # and the key belongs to that request
    with pytest.raises(IdempotencyKeyReused):
        await ask(Command("shop", "key-1", b"another request"))
    # while another principal's key of the same name is another key
    with pytest.raises(PurchaseInProgress):
        await ask(Command("console", "key-1", b"the same request"))


async def test_who_waits_behind_a_refused_request_with_the_same_key_goes_on(world: World) -> None:
    # given a request that is going to be refused, and the same key asked again meanwhile
    shopper = await world.shopper()
    order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
    command = Command("shop", "key-2", b"the same request")
    before = len(await world.simulator.truth())

    async def ask(expect: bytes | None) -> Purchased:
        return await start_purchase(
            world.run, world.psps, order, payment_method_id=shopper.method_id, command=command,
            checkout=Checkout(expect=expect),
        )  # fmt: skip

    # when the first is refused and undone
    refused, bought = await meet(
        world, CUSTOMER, shopper.customer_id, ask(b"another quote"), ask(None), waiting=2
    )
    # then the key is the second's, and the refusal that comes late to be kept leaves it alone
    assert isinstance(refused, PreviewStale)
    assert isinstance(bought, Purchased)
    bucket = bucket_of(shopper.customer_id)
    await keep_refusal(
        world.run, bucket=bucket, command=command, status=409, plain=b"stale",
        customer_id=shopper.customer_id,
    )  # fmt: skip
    assert await ask(None) == Purchased(bought.purchase_id, replayed=True)
    assert len(await world.simulator.truth()) == before + 1


async def test_two_settlements_of_one_attempt_make_one_receipt(world: World) -> None:
    # given an attempt whose answer was lost
    shopper = await world.shopper(token="tok_hang_after")
    bought = await world.buy(shopper)
    [(bucket, attempt_id)] = await world.rows(
        "SELECT bucket, id FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    amount = Money(1199, Currency("EUR"))

    def settled(kind: EvidenceKind) -> Evidence:
        reading = Reading(Outcome.SUCCEEDED, kind, psp_ref="ch_1", amount=amount)
        return Evidence(bucket, attempt_id, reading)

    # when a webhook and the resolver say so at once
    results = await meet(
        world, "SELECT FROM subscription WHERE id = %s FOR UPDATE", bought.subscription_id,
        settle_attempt(world.run, [settled(EvidenceKind.WEBHOOK)]),
        settle_attempt(world.run, [settled(EvidenceKind.STATUS_QUERY)]), waiting=2,
    )  # fmt: skip
    # then one of them ended it and the other found it ended
    verdicts = [one[attempt_id] for one in results if not isinstance(one, BaseException)]
    assert len(verdicts) == 2, results
    assert {type(one) for one in verdicts} == {Succeed, Ignore}
    assert await world.receipts(shopper.customer_id) == [("payment", 1199)]
    assert await world.value(
        "SELECT count(*) FROM attempt_evidence WHERE attempt_id = %s", attempt_id
    ) == (1)
    assert (await world.events(shopper.customer_id))["payment.succeeded"] == 1


async def test_credit_is_spent_once_by_two_purchases_at_once(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given 700 of credit and two plans of 500
    catalog = small_catalog(
        Offer("gift", 700, family="other"),
        Offer("songs", 500, family="songs"),
        Offer("books", 500, family="books"),
    )
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        await world.give_credit(shopper, "gift")
        # when
        results = await meet(
            world, "SELECT FROM credit_lot WHERE customer_id = %s FOR UPDATE",
            shopper.customer_id, world.buy(shopper, "songs"), world.buy(shopper, "books"),
            waiting=2,
        )  # fmt: skip
        # then
        assert all(isinstance(one, Bought) for one in results), results
        used = await world.rows(
            "SELECT a.amount_minor FROM invoice i JOIN allocation a ON a.invoice_id = i.id"
            " WHERE i.total_minor = 500 AND a.source_kind = 'credit' ORDER BY 1"
        )
        assert used == [(200,), (500,)]
        assert await world.credit(shopper.customer_id) == 0
        assert await world.receipts(shopper.customer_id) == [("payment", 300), ("payment", 700)]
