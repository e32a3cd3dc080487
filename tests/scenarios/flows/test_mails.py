"""Mails of a sandbox: what happened is told once, in the sink, in the customer's language."""

import json
from collections import Counter
from datetime import date

import pytest_asyncio

from ledgerline.base.ids import bucket_of
from ledgerline.datasets.audit import audit
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.erase_customer import erase_customer
from ledgerline.flows.export_customer import export_customer
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.letters.facts import read_facts
from ledgerline.letters.render import render
from ledgerline.mail.model import MailKind
from ledgerline.mail.rules.occasions import mail_of
from ledgerline.outbox.model import EventKind
from ledgerline.subscriptions.model import Timing
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.mailing import deliver_all, relay_all, states


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def buyer(world: World) -> Shopper:
    customer_id = await create_customer(
        world.run, NewCustomer("DE", name="Alva", email="alva@mail.example")
    )
    return Shopper(customer_id, await world.method(customer_id))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bought(world: World, buyer: Shopper) -> Bought:
    return await world.buy(buyer, "individual_monthly")


async def test_a_purchase_is_told_by_its_order_and_its_receipt(
    world: World, buyer: Shopper, bought: Bought
) -> None:
    # given a purchase that was relayed, whose receipt has no number yet
    await relay_all(world)
    assert {kind for kind, _, _ in await states(world, buyer.customer_id)} == {
        "order_confirmed", "receipt",
    }  # fmt: skip
    # when it is numbered and delivered, twice over
    await deliver_all(world)
    await deliver_all(world)
    # then each was shown once, and says it in the customer's language
    told = await states(world, buyer.customer_id)
    assert sorted(told) == [("order_confirmed", "shown", None), ("receipt", "shown", None)]
    [[facts, locale]] = await world.rows(
        "SELECT facts::text, language FROM mail WHERE kind = 'receipt' AND customer_id = %s",
        buyer.customer_id,
    )
    said = read_facts(facts)
    assert (said.amount, said.currency, len(said.documents)) == (1199, "EUR", 2)
    assert said.number is not None
    letter = render(MailKind.RECEIPT, said, locale=locale)
    assert letter.language == "de"
    assert "11,99\xa0€" in letter.subject
    assert bought.payment_id is not None
    # and the customer's own record holds what they were written
    [held] = await export_customer(world.run, buyer.customer_id, section="mails")
    assert {row["kind"] for row in held.rows} == {"order_confirmed", "receipt"}
    assert all(str(row["id"]).startswith("mail_") for row in held.rows)


async def test_what_happens_later_is_told(world: World, buyer: Shopper, bought: Bought) -> None:
    # given a cancellation that is taken back, a renewal and a refund
    await cancel_subscription(world.run, bought.subscription_id, timing=Timing.PERIOD_END)
    await world.undo(bought)
    await world.advance(date(2026, 2, 2))
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, 300, "asked"))
    await deliver_all(world)
    # and the list is in the order of what happened, though all of it was relayed at once
    happened = [at for (at,) in await world.rows("SELECT occurred_at FROM mail ORDER BY id")]
    assert happened == sorted(happened)
    assert len(set(happened)) > 2, happened
    kinds = [kind for kind, _, _ in await states(world, buyer.customer_id)]
    assert sorted(kinds) == sorted(
        ["order_confirmed", "receipt", "canceled", "kept", "receipt", "refund"]
    )
    # then all of it is audited
    assert await audit(world.run) == []


async def test_somebody_without_an_address_gets_no_mail_and_no_error(world: World) -> None:
    silent = await world.shopper()
    await world.buy(silent)
    await deliver_all(world)
    told = await states(world, silent.customer_id)
    assert {(state, why) for _, state, why in told} == {("skipped", "no_address")}


async def test_a_failed_renewal_is_told_until_it_is_paid(world: World) -> None:
    customer_id = await create_customer(
        world.run, NewCustomer("DE", name="Bo", email="bo@mail.example")
    )
    shopper = Shopper(customer_id, await world.method(customer_id, "tok_recover_2"))
    await world.buy(shopper, trial=True)
    await world.advance(date(2026, 3, 5))
    await deliver_all(world)
    assert await states(world, customer_id) == [
        ("order_confirmed", "shown", None), ("trial_ending", "shown", None),
        ("payment_failed", "shown", None),
    ]  # fmt: skip
    facts = read_facts(
        await world.value(
            "SELECT facts::text FROM mail WHERE kind = 'payment_failed' AND customer_id = %s",
            customer_id,
        )
    )
    assert (facts.variant, facts.amount) == ("soft", 1199)
    assert facts.on is not None
    # and once the money comes, that is told as well
    await world.advance(date(2026, 3, 20))
    await deliver_all(world)
    later = {kind for kind, _, _ in await states(world, customer_id)}
    assert later == {
        "order_confirmed", "trial_ending", "payment_failed", "payment_reminder", "receipt",
        "paid_after_failure",
    }  # fmt: skip


async def test_an_erasure_leaves_neither_address_nor_contents(world: World) -> None:
    # given a customer who was written to, and a mail that waits
    customer_id = await create_customer(
        world.run, NewCustomer("DE", name="Cy", email="cy@mail.example")
    )
    gone = Shopper(customer_id, await world.method(customer_id))
    bought = await world.buy(gone)
    await deliver_all(world)
    await world.cancel(bought)
    await deliver_all(world)
    await world.write(
        "UPDATE mail SET state = 'waiting', due_at = now(), ended_at = NULL"
        " WHERE customer_id = %s AND kind = 'canceled'",
        customer_id,
    )
    # when they are erased
    await erase_customer(world.run, customer_id, actor="test", forfeits_credit=True)
    await deliver_all(world)
    # then
    kept = await world.rows(
        "SELECT state, reason, facts, told, address_sealed FROM mail WHERE customer_id = %s"
        " AND kind IN ('canceled', 'receipt') ORDER BY kind",
        customer_id,
    )
    assert kept == [("skipped", "erased", None, None, None), ("shown", None, None, None, None)]
    assert await audit(world.run) == []


async def test_events_of_every_kind_are_relayed(world: World) -> None:
    # given an event of each kind that there is
    await relay_all(world)
    customer_id = await create_customer(world.run, NewCustomer("DE", email="ed@mail.example"))
    bucket = bucket_of(customer_id)
    for kind in EventKind:
        told = {"notice": "failed", "amount": 1} if kind is EventKind.PAYMENT_NOTICE else {}
        await world.write(
            "INSERT INTO event (id, bucket, aggregate_id, seq, kind, customer_id, occurred_at,"
            " body) VALUES (gen_random_uuid(), %s, %s, 1, %s, %s, now(), %s)",
            bucket, world.run.new_id(bucket), kind, customer_id, json.dumps(told),
        )  # fmt: skip
    # when they are relayed
    await relay_all(world)
    # then none is left, and each that makes a mail has made one
    assert await world.value("SELECT count(*) FROM event WHERE relayed_at IS NULL") == 0
    # but for the invoice: a consumer's comes with its receipt
    made = await world.value("SELECT count(*) FROM mail WHERE customer_id = %s", customer_id)
    assert made == sum(mail_of(kind, {"notice": "failed"}) is not None for kind in EventKind) - 1
    # and those of which nothing can be said, since there is no such thing, hold up no other
    other = await create_customer(world.run, NewCustomer("DE", email="di@mail.example"))
    await world.buy(Shopper(other, await world.method(other)))
    await deliver_all(world)
    assert {state for _, state, _ in await states(world, other)} == {"shown"}
    ended = Counter(state for _, state, _ in await states(world, customer_id))
    assert (ended["failed"], ended["shown"], ended["waiting"]) == (made, 0, 0)
    await world.write("DELETE FROM mail WHERE customer_id = %s", customer_id)
    await world.write("DELETE FROM event WHERE customer_id = %s", customer_id)
