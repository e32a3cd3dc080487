"""Several payments of one subscription that end in one batch: each is told once, in order."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from typing_extensions import override

from ledgerline.base.calendar import Cadence, Unit
from ledgerline.base.ids import AttemptId, bucket_of
from ledgerline.datasets.audit import audit
from ledgerline.flows.collect_due import collect_due
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
)
from tests.flow_catalog import Offer, small_catalog
from tests.flow_values import Bought
from tests.flow_world import World, open_world
from tests.relayed_psps import Relayed

EMPTY: Final = "tok_decline_insufficient_funds_1"
LOST: Final = "tok_hang_after_1"  # it takes the money at once and says so when it is asked
NEVER: Final = datetime(2027, 1, 1, tzinfo=UTC)
REFUSED: Final = Reading(
    Outcome.DECLINED, EvidenceKind.STATUS_QUERY, category=DeclineCategory.INSUFFICIENT_FUNDS
)


@dataclass(slots=True)
class Deaf(Relayed):
    """A provider of which nothing is heard, and that some payments reach."""

    reached: frozenset[UUID] = frozenset()

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, SentAttempt) and what.payment_id in self.reached:
            await self.gateway.call(what)
        return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT)


@dataclass(slots=True)
class Telling(Relayed):
    """A provider that says of one charge that it refused it, and of others what became of them."""

    refused: str

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, Lookup) and what.reference == self.refused:
            return REFUSED
        return await self.gateway.call(what)


async def _unknown(world: World, bought: Bought, cause: str) -> str:
    """Name the attempt of an invoice that has no end yet."""
    return str(
        await world.value(
            "SELECT a.id FROM attempt AS a"
            " JOIN payment AS p ON (p.bucket, p.id) = (a.bucket, a.payment_id)"
            " JOIN invoice AS i ON (i.bucket, i.id) = (p.bucket, p.invoice_id)"
            " WHERE p.subscription_id = %s AND i.cause = %s AND a.evidence_no IS NULL",
            bought.subscription_id, cause,
        )
    )  # fmt: skip


async def _look_at(world: World, attempt_id: str, instant: datetime) -> None:
    await world.write("UPDATE attempt SET resolve_at = %s WHERE id = %s", instant, attempt_id)


async def test_a_change_that_is_paid_too_late_and_a_renewal_that_is_lost(
    fresh_world: World,
) -> None:
    world = fresh_world
    # given a change whose answer is lost, and that nobody withdraws meanwhile
    shopper = await world.shopper()
    bought = await world.buy(shopper)
    await world.advance(datetime(2026, 1, 31, 9, tzinfo=UTC))
    await world.steal_card(shopper, LOST)
    await world.change(bought, "family_monthly")
    change = await _unknown(world, bought, "change")
    await _look_at(world, change, NEVER)
    await world.write("UPDATE pending_change SET lapses_at = %s", NEVER)
    # and a renewal whose last try has no answer either
    await world.steal_card(shopper, EMPTY)
    await world.advance(date(2026, 2, 16))
    due = await world.value(
        "SELECT next_try_at FROM payment WHERE subscription_id = %s AND next_try_at IS NOT NULL",
        bought.subscription_id,
    )
    await world.advance(due - timedelta(seconds=1))
    world.run = world.run.at(due)
    await collect_due(world.run, Deaf(world.psps), buckets=ALL)
    renewal = await _unknown(world, bought, "renewal")
    # when both answers come at once
    for attempt_id in (change, renewal):
        await _look_at(world, attempt_id, due)
    assert await resolve_attempts(world.run, Telling(world.psps, renewal), buckets=ALL) == 2
    # then the change is withdrawn, the subscription ends, and both are told, one after the other
    assert await world.state(bought.subscription_id) == "canceled"
    assert [kind for _, kind in await _told(world, bought)][-2:] == [
        "subscription.change_withdrawn", "subscription.canceled",
    ]  # fmt: skip
    # and what came too late goes back
    await world.advance(due + timedelta(days=1))
    assert ("refund", 25) in await world.receipts(shopper.customer_id)
    assert {one.invariant.id for one in await audit(world.run)} == {"I-53"}  # of the stolen card


FORTNIGHT: Final = Cadence(2, Unit.WEEK)
READINGS: Final = {
    "paid": Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY, psp_ref="ch_told"),
    "refused": REFUSED,  # for the fifth time where it is the older invoice
    "bank away": Reading(
        Outcome.DECLINED, EvidenceKind.STATUS_QUERY, category=DeclineCategory.ISSUER_UNAVAILABLE
    ),
}
ENDINGS: Final = {
    ("paid", "paid"): ("active", ["payment_settled"]),
    ("paid", "refused"): ("past_due", []),
    ("bank away", "paid"): ("past_due", []),
    ("bank away", "refused"): ("past_due", []),
    ("refused", "paid"): ("active", ["payment_settled"]),
    ("refused", "refused"): ("canceled", ["canceled"]),
}
"""What becomes of a subscription that is late with two invoices when both are told about at once:
the state, and what is told of it. The older invoice stands first."""


async def test_two_invoices_of_one_subscription_that_end_at_once(
    fresh_database_url: str, tmp_path: Path
) -> None:
    catalog = small_catalog(Offer("fortnightly", 300, FORTNIGHT, trial_days=7))
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        # given subscriptions whose older invoice is at its last try, the newer at its third
        shoppers = {ends: await world.shopper("XX", EMPTY) for ends in ENDINGS}
        cases = {
            ends: await world.buy(shopper, "fortnightly", trial=True)
            for ends, shopper in shoppers.items()
        }
        await world.advance(datetime(2026, 1, 29, 1, tzinfo=UTC))
        for number, shopper in enumerate(shoppers.values()):  # two may share a bucket
            await world.steal_card(shopper, f"tok_ok_other_{number}")
        due = [
            (payment, end)
            for ends, bought in cases.items()
            for payment, end in zip(await _due(world, bought), ends, strict=True)
        ]
        world.run = world.run.at(datetime(2026, 1, 29, 12, tzinfo=UTC))
        reached = frozenset(payment for payment, end in due if end == "paid")
        await collect_due(world.run, Deaf(world.psps, reached), buckets=ALL)
        told = {ends: len(await _told(world, bought)) for ends, bought in cases.items()}
        # when what became of all of them is told in one batch
        live = await _live(world)
        await settle_attempt(
            world.run,
            [Evidence(bucket_of(payment), live[payment], READINGS[end]) for payment, end in due],
        )
        # then each is where it would be had they been told about one after the other
        found = {
            ends: (
                await world.state(bought.subscription_id),
                [kind for _, kind in (await _told(world, bought))[told[ends] :]],
            )
            for ends, bought in cases.items()
        }
        assert found == {
            ends: (state, [f"subscription.{kind}" for kind in kinds])
            for ends, (state, kinds) in ENDINGS.items()
        }
        await world.advance(datetime(2026, 1, 29, 13, tzinfo=UTC))
        assert {one.invariant.id for one in await audit(world.run)} == {
            "I-53"
        }  # of the stolen card


async def _told(world: World, bought: Bought) -> list[tuple[int, str]]:
    """Read what was told of a subscription; asserts that the count has no gap."""
    told = await world.rows(
        "SELECT seq, kind FROM event WHERE aggregate_id = %s ORDER BY seq", bought.subscription_id
    )
    assert [seq for seq, _ in told] == list(range(1, len(told) + 1))
    return [(seq, kind) for seq, kind in told]


async def _due(world: World, bought: Bought) -> list[UUID]:
    """Name the payments that will be tried again, that of the oldest invoice first."""
    rows = await world.rows(
        "SELECT id FROM payment WHERE subscription_id = %s AND next_try_at IS NOT NULL"
        " ORDER BY invoice_id",
        bought.subscription_id,
    )
    return [id for (id,) in rows]


async def _live(world: World) -> dict[UUID, AttemptId]:
    """Name the attempts that have no end yet, by payment."""
    rows = await world.rows("SELECT payment_id, id FROM attempt WHERE evidence_no IS NULL")
    return {payment_id: AttemptId(id) for payment_id, id in rows}
