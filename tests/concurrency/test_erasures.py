"""An erasure and whatever the customer does at the same time: one of them comes first."""

import pytest

from ledgerline.customers.model import CustomerErased, CustomerNotErasable
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.claim_key import Command
from ledgerline.flows.erase_customer import Erasure, erase_customer, preview_erasure
from ledgerline.flows.finish_key import finish_key
from tests.concurrency.gate import meet
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.numbering import number_all

CUSTOMER = "SELECT FROM customer WHERE id = %s FOR UPDATE"
KEY = "SELECT FROM customer_key WHERE customer_id = %s FOR UPDATE"


async def _erase(world: World, shopper: Shopper) -> Erasure:
    return await erase_customer(world.run, shopper.customer_id, actor="test", forfeits_credit=True)


async def test_of_a_purchase_and_an_erasure_one_comes_first(world: World) -> None:
    for turned in (False, True):
        # given a customer
        shopper = await world.shopper()
        flows = [world.buy(shopper), _erase(world, shopper)]
        # when both happen at once
        results = await meet(
            world, CUSTOMER, shopper.customer_id, *(flows[::-1] if turned else flows), waiting=2
        )
        bought, erased = results[::-1] if turned else results
        # then who buys is not erased, and who is erased does not buy
        charged = await world.value(
            "SELECT count(*) FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
            " WHERE p.customer_id = %s", shopper.customer_id,
        )  # fmt: skip
        if isinstance(bought, Bought):
            assert isinstance(erased, CustomerNotErasable), results
            assert charged == 1
        else:
            assert isinstance(bought, CustomerErased), results
            assert isinstance(erased, Erasure)
            assert charged == 0


async def test_an_answer_that_is_kept_meanwhile_is_deleted_or_refused(world: World) -> None:
    # given a purchase that has ended and whose answer is about to be kept
    shopper = await world.shopper()
    command = Command("shop", "meanwhile", b"asked")
    bought = await world.buy(shopper, command=command)
    await world.cancel(bought)
    await number_all(world.run)
    # when it is kept while the customer is erased
    kept, erased = await meet(
        world, KEY, shopper.customer_id,
        finish_key(world.run, bucket=bought.bucket, command=command, status=201, plain=b"answer",
                   customer_id=shopper.customer_id),
        _erase(world, shopper), waiting=2,
    )  # fmt: skip
    # then whichever came first, no answer is left
    assert kept is None or isinstance(kept, CustomerErased)
    assert isinstance(erased, Erasure)
    assert await world.value("SELECT count(body) FROM idempotency_key WHERE key = 'meanwhile'") == 0
    with pytest.raises(CustomerErased):
        await finish_key(
            world.run, bucket=bought.bucket, command=command, status=201, plain=b"answer",
            customer_id=shopper.customer_id,
        )  # fmt: skip


async def test_of_two_erasures_one_erases_and_a_preview_changes_nothing(world: World) -> None:
    # given a customer who has ended
    shopper = await world.shopper()
    await world.cancel(await world.buy(shopper))
    await number_all(world.run)
    # when they are looked at and erased twice at once
    results = await meet(
        world, CUSTOMER, shopper.customer_id,
        preview_erasure(world.run, shopper.customer_id, forfeits_credit=True),
        _erase(world, shopper), _erase(world, shopper), waiting=3,
    )  # fmt: skip
    # then one deleted the key, and it was told once
    done = [one for one in results[1:] if isinstance(one, Erasure)]
    assert sorted(one.deletes["data_key"] for one in done) == [0, 1], results
    assert (await world.events(shopper.customer_id))["customer.erased"] == 1
    # and nothing can be attached afterwards
    with pytest.raises(CustomerErased):
        await add_payment_method(
            world.run,
            NewPaymentMethod(
                customer_id=shopper.customer_id,
                psp_account="aster",
                psp_token="tok_ok_afterwards",
                brand="visa",
                last4="4242",
            ),
        )
