"""Subscribers whose renewals are due, and what became of their money."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ledgerline.base.ids import BillRunId, Bucket
from ledgerline.flows.bill_due import bill_due
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.decide_late_successes import decide_late_successes
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from tests.flow_values import Bought, Shopper
from tests.flow_world import NEW_YEAR, World

TODAY: Final = datetime(2026, 2, 8, tzinfo=UTC)  #: where the clock stands; flows are played before
RENEWED: Final = datetime(2026, 1, 30, 23, tzinfo=UTC)  #: when trials of New Year end, in Berlin
LATER: Final = RENEWED + timedelta(hours=1)
MUCH_LATER: Final = RENEWED + timedelta(days=1)
PRICE: Final = 1199
EMPTY: Final = "tok_decline_insufficient_funds_1"


def at(world: World, instant: datetime) -> World:
    """Return the same world at another instant; its clock is not moved."""
    return replace(world, run=world.run.at(instant))


async def moved(world: World, bought: Bought) -> list[tuple[str, int]]:
    """Ask the provider's book what it executed for a subscription: (kind, amount)."""
    rows = await world.rows(
        "SELECT a.id FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
        " WHERE p.subscription_id = %s UNION ALL"
        " SELECT f.id FROM refund AS f JOIN invoice AS i ON i.id = f.invoice_id"
        " WHERE i.subscription_id = %s",
        bought.subscription_id, bought.subscription_id,
    )  # fmt: skip
    ours = {str(one) for (one,) in rows}
    return sorted(
        (one["kind"], one["amount"])
        for one in await world.simulator.truth()
        if one["reference"] in ours and one["status"] == "succeeded"
    )


async def attempts(world: World, bought: Bought) -> list[str]:
    """Read the states of all attempts of a subscription, sorted."""
    rows = await world.rows(
        "SELECT a.state FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
        " WHERE p.subscription_id = %s",
        bought.subscription_id,
    )
    return sorted(state for (state,) in rows)


async def finish(world: World) -> None:
    """Let what the flows left to others come to its end."""
    later = at(world, world.now + timedelta(days=1))
    await resolve_attempts(later.run, world.psps, buckets=ALL)
    while await decide_late_successes(later.run, buckets=ALL):
        pass
    while await resolve_refunds(later.run, world.psps, buckets=ALL):
        pass


async def renewal(world: World, token: str = "tok_ok") -> tuple[Shopper, Bought]:
    """Bring a subscriber to where the first paid month is due."""
    early = at(world, NEW_YEAR)
    shopper = await early.shopper(token=token)
    bought = await early.buy(shopper, trial=True)
    run = world.run.at(RENEWED)
    bill_run_id = BillRunId(run.new_id(Bucket(0)))
    await open_bill_run(run, bill_run_id=bill_run_id)
    await bill_due(run, bill_run_id=bill_run_id, buckets=ALL)
    return shopper, bought


async def refused_renewal(world: World) -> tuple[Bought, datetime]:
    """Bring a subscriber to a second try of the first paid month, which the card would bear."""
    shopper, bought = await renewal(world)
    paying = await world.value(
        "SELECT psp_token FROM instrument WHERE payment_method_id = %s", shopper.method_id
    )
    await world.steal_card(shopper, f"{EMPTY}{next(world.numbers)}")  # limits count by card
    await collect_due(world.run.at(RENEWED), world.psps, buckets=ALL)
    await world.steal_card(shopper, paying)
    refused = await attempts(world, bought)
    assert refused == ["declined"], refused  # a lost answer on a busy machine is no refusal
    due = await world.value(
        "SELECT next_try_at FROM payment WHERE subscription_id = %s AND state = 'processing'",
        bought.subscription_id,
    )
    return bought, due


async def renewal_invoice(world: World, bought: Bought) -> Any:
    return await world.value(
        "SELECT id FROM invoice WHERE subscription_id = %s AND cause = 'renewal'",
        bought.subscription_id,
    )
