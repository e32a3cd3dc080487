"""One row that is refused is set aside, with an exception, and the rest of its batch goes on."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import pytest

from ledgerline.base.errors import ConstraintViolated, Unavailable
from ledgerline.flows.set_aside import Refusal, set_aside
from ledgerline.ledger.model import CreditExhausted
from tests.disputing import broken, reasons
from tests.expiring import expire_card
from tests.flow_world import World

DAY: Final = timedelta(days=1)


async def _poisoned(
    rows: Sequence[int], poison: set[int], why: Exception
) -> tuple[int, list[int], list[Sequence[int]]]:
    """Do a batch with poison in it; return what was done, what was set aside, and the tries."""
    aside: list[int] = []
    tries: list[Sequence[int]] = []

    async def work(some: Sequence[int]) -> int:
        tries.append(some)
        if poison & set(some):
            raise why
        return len(some)

    async def put(one: int, refusal: Refusal) -> None:
        assert refusal is why
        aside.append(one)

    return await set_aside(rows, work, aside=put), aside, tries


@pytest.mark.parametrize("why", [CreditExhausted("no"), ConstraintViolated("x", "no")])
async def test_only_what_is_refused_alone_is_set_aside(why: Exception) -> None:
    done, aside, tries = await _poisoned(range(16), {3, 11}, why)
    assert (done, aside) == (14, [3, 11])
    assert len(tries) < 20
    assert await _poisoned(range(16), set(), why) == (16, [], [range(16)])
    assert await _poisoned([], set(), why) == (0, [], [])
    assert (await _poisoned([1], {1}, why))[:2] == (0, [1])


@pytest.mark.parametrize("failure", [Unavailable("gone"), AssertionError("a defect")])
async def test_what_is_no_refusal_of_a_row_is_raised(failure: Exception) -> None:
    with pytest.raises(type(failure)):
        await _poisoned(range(4), {2}, failure)


async def test_a_payment_that_cannot_be_given_up_stops_no_other(fresh_world: World) -> None:
    world = fresh_world
    shoppers = [await world.shopper() for _ in range(3)]
    bought = [await world.buy(one) for one in shoppers]
    for one in shoppers:
        await world.steal_card(one)
    # given a row that the database will not take
    poison = bought[1].subscription_id
    await world.write(
        "ALTER TABLE payment ADD CONSTRAINT payment_poison"
        f" CHECK (subscription_id <> '{poison}' OR state <> 'failed')"
    )
    # when nobody mends the renewals in time
    await world.advance(world.now + 70 * DAY)
    # then the others end as their policy says, and people hear of the one
    assert [await world.state(one.subscription_id) for one in bought] == [
        "canceled", "past_due", "canceled",
    ]  # fmt: skip
    assert await reasons(world) == ["set_aside"]
    assert "payment_poison" in await world.value("SELECT detail FROM money_exception")
    # when what was wrong is mended
    await world.write("ALTER TABLE payment DROP CONSTRAINT payment_poison")
    await world.advance(world.now + 2 * DAY)
    # then it is done the next day
    assert await world.state(poison) == "canceled"
    assert await broken(world) == ["I-53"]  # their cards were changed behind the flows' back


async def test_a_card_that_cannot_be_told_of_stops_no_other(fresh_world: World) -> None:
    world = fresh_world
    shoppers = [await world.shopper() for _ in range(3)]
    for one in shoppers:
        await world.buy(one, "individual_yearly")
        await expire_card(world, one, date(2026, 3, 1))
    poison = shoppers[1].method_id
    await world.write(
        "ALTER TABLE card_notice ADD CONSTRAINT card_notice_poison"
        f" CHECK (payment_method_id <> '{poison}' OR told_at IS NULL)"
    )
    await world.advance(date(2026, 2, 1))
    told = "SELECT payment_method_id FROM card_notice WHERE told_at IS NOT NULL"
    assert {id for (id,) in await world.rows(told)} == {
        shoppers[0].method_id, shoppers[2].method_id,
    }  # fmt: skip
    assert await reasons(world) == ["set_aside"]
    await world.write("ALTER TABLE card_notice DROP CONSTRAINT card_notice_poison")
    await world.advance(date(2026, 2, 3))
    assert (poison,) in await world.rows(told)
    assert await broken(world) == []
