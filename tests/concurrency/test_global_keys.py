"""What is unique across all customers stays so when two want it at once."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from typing_extensions import override

from ledgerline.access.model import IdempotencyKeyReused, PaymentTokenTaken
from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.claim_key import Command
from ledgerline.flows.keep_refusal import keep_refusal
from ledgerline.flows.release_key import release_key
from ledgerline.flows.start_purchase import Checkout, Purchased, start_purchase
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import Action, EvidenceKind, Outcome, Reading
from ledgerline.purchases.model import PreviewStale
from ledgerline.rules.quote import Order
from tests.concurrency.gate import meet
from tests.flow_values import Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed

CUSTOMERS = "SELECT FROM customer WHERE id = ANY (%s) FOR UPDATE"


async def _strangers(world: World) -> list[Shopper]:
    """Make two shoppers of two buckets."""
    first = other = await world.shopper()
    while bucket_of(other.customer_id) == bucket_of(first.customer_id):
        other = await world.shopper()
    return [first, other]


async def test_one_key_for_two_customers_at_once_buys_for_one_of_them(world: World) -> None:
    # given two customers and one key
    shoppers = await _strangers(world)
    before = len(await world.simulator.truth())

    async def ask(shopper: Shopper) -> Purchased:
        order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
        command = Command("shop", "one-key", str(shopper.customer_id).encode())
        return await start_purchase(
            world.run, world.psps, order, payment_method_id=shopper.method_id, command=command
        )

    # when both ask while neither can go on: the second waits for the key, not for a customer
    ids = [one.customer_id for one in shoppers]
    results = await meet(world, CUSTOMERS, ids, *map(ask, shoppers), waiting=2)
    # then one has bought
    [won] = [one for one in results if isinstance(one, Purchased)]
    assert not won.replayed
    [lost] = [one for one in results if not isinstance(one, Purchased)]
    assert isinstance(lost, IdempotencyKeyReused)
    assert await world.rows(
        "SELECT id FROM purchase WHERE customer_id = ANY (%s)", ids
    ) == [(won.purchase_id,)]  # fmt: skip
    assert len(await world.simulator.truth()) == before + 1
    # and the key names what it made, in one bucket
    assert await world.rows(
        "SELECT k.subject_id, g.owner_id, g.bucket = k.bucket FROM idempotency_key k"
        " JOIN global_key g ON g.kind = 'idempotency' AND g.owner_id = k.subject_id"
        " WHERE k.key = 'one-key'"
    ) == [(won.purchase_id, won.purchase_id, True)]


async def test_a_key_whose_request_is_undone_goes_to_who_waits_for_it(world: World) -> None:
    # given two customers, of which the first is about to be refused
    shoppers = await _strangers(world)

    async def ask(shopper: Shopper, expect: bytes | None) -> Purchased:
        order = Order(shopper.customer_id, "individual_monthly", with_trial=False)
        command = Command("shop", "undone", str(shopper.customer_id).encode())
        return await start_purchase(
            world.run, world.psps, order, payment_method_id=shopper.method_id, command=command,
            checkout=Checkout(expect=expect),
        )  # fmt: skip

    # when the second waits for the key
    ids = [one.customer_id for one in shoppers]
    refused, bought = await meet(
        world, CUSTOMERS, ids, ask(shoppers[0], b"another quote"), ask(shoppers[1], None),
        waiting=2,
    )  # fmt: skip
    # then the key is free once the first is undone
    assert isinstance(refused, PreviewStale)
    assert isinstance(bought, Purchased)
    # and the refusal that comes late to be kept leaves it to the second
    command = Command("shop", "undone", str(ids[0]).encode())
    await keep_refusal(
        world.run, bucket=bucket_of(ids[0]), command=command, status=409, plain=b"stale",
        customer_id=ids[0],
    )  # fmt: skip
    assert await world.rows("SELECT subject_id FROM idempotency_key WHERE key = 'undone'") == [
        (bought.purchase_id,)
    ]


async def test_of_two_customers_who_attach_one_token_at_once_one_has_it(world: World) -> None:
    # given two customers and one token
    ids = [one.customer_id for one in await _strangers(world)]

    async def attach(customer_id: CustomerId) -> CustomerId:
        new = NewPaymentMethod(
            customer_id=customer_id,
            psp_account="aster",
            psp_token="tok_ok_contested",
            brand="visa",
            last4="4242",
        )
        await add_payment_method(world.run, new)
        return customer_id

    # when both bring it
    results = await meet(world, CUSTOMERS, ids, *map(attach, ids), waiting=2)
    # then exactly one has it
    [won] = [one for one in results if not isinstance(one, BaseException)]
    [lost] = [one for one in results if isinstance(one, BaseException)]
    assert isinstance(lost, PaymentTokenTaken)
    assert await world.rows(
        "SELECT m.customer_id FROM instrument AS i JOIN payment_method AS m"
        " ON m.id = i.payment_method_id WHERE i.psp_token = 'tok_ok_contested'"
    ) == [(won,)]


@dataclass(slots=True)
class _Absent(Relayed):
    """A provider that cannot be reached."""

    @override
    async def call(self, what: Action) -> Reading:
        return Reading(Outcome.NOT_EXECUTED, EvidenceKind.TRANSPORT)


async def test_a_key_that_two_requests_give_back_is_free_once(world: World) -> None:
    # given two clicks on one purchase of which nothing was executed
    shopper, command = await world.shopper(), Command("alva", "two clicks", bytes(32))
    absent = replace(world, psps=cast("Gateway", _Absent(world.psps)))
    bought = await absent.buy(shopper, command=command)
    # when both give the key back
    back = partial(
        release_key, world.run, bucket=bought.bucket, command=command, subject_id=bought.purchase_id
    )
    await asyncio.gather(back(), back())
    # then the same request buys anew
    assert (await world.buy(shopper, command=command)).purchase_id != bought.purchase_id
