"""What banks, networks and people do later, with what can happen to a subscription, in every order.

The oracle is that of `test_interplay`, which knows no rule of ours: each day is paid for once. What
a network took or a bank took back counts as paid as far as it is our loss or is collected again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from pathlib import Path
from typing import Final, cast

import pytest
from typing_extensions import override

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import AttemptId, RefundId, bucket_of
from ledgerline.datasets.audit import audit
from ledgerline.flows.change_subscription import change_subscription
from ledgerline.flows.pay_out_credit import CreditOrder, pay_out_credit
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.authentication import PayerAction
from ledgerline.payments.disputes import DisputeEvent, DisputeKind, DisputeReason
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
)
from tests.disputing import attempt_of, tell
from tests.flow_catalog import Offer, Place, small_catalog
from tests.flow_world import World, open_world
from tests.scenarios.flows.test_interplay import (
    ACTS,
    BEGIN,
    FATE,
    PRICES,
    REFUSED,
    SIDE_BY_SIDE,
    ZONE,
    Fated,
    Story,
    _cost,
)
from tests.scenarios.payers import RETURN_URL

AT: Final = datetime(2026, 1, 11, 9, tzinfo=UTC)
END: Final = datetime(2026, 3, 10, 9, tzinfo=UTC)
LATER: Final = (
    "dispute opened", "dispute won", "dispute lost", "bank return", "refund comes back",
    "pay out credit", "bigger, asks and passes", "bigger, asks and leaves", "bigger, our failure",
    "bigger, denied", "the truth of what was denied",
)  # fmt: skip
MAY_REFUSE: Final = REFUSED | {"credit_not_payable", "payment_disputed", "change_withdrawn"}


@dataclass(slots=True)
class Later(Fated):
    """A provider that also asks for payers, denies what it did, or refuses us ourselves."""

    asking: dict[str, SentAttempt] = field(default_factory=dict)
    passes: set[str] = field(default_factory=set)

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, Lookup) and what.reference in self.asking:
            if what.reference not in self.passes:
                return self._asks()
            return await self.gateway.call(self.asking.pop(what.reference))
        fate = FATE.get()
        if isinstance(what, SentAttempt) and fate.startswith("asks"):
            self.asking[what.reference] = what
            self.passes |= {what.reference} if fate == "asks and passes" else set()
            return self._asks()
        if isinstance(what, SentAttempt) and fate == "our failure":
            category = DeclineCategory.MERCHANT_CONFIG
            return Reading(Outcome.NOT_EXECUTED, EvidenceKind.RESPONSE, category=category)
        if isinstance(what, SentAttempt) and fate == "denied":
            await self.gateway.call(what)
            category = DeclineCategory.EXPIRED_CARD
            return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, category=category)
        return await Fated.call(self, what)

    def _asks(self) -> Reading:
        action = PayerAction(url="https://bank.example/confirm", expires_at=None)
        return Reading(Outcome.REQUIRES_ACTION, EvidenceKind.RESPONSE, action=action)

    @override
    async def cancel(self, subject: Lookup) -> Reading:
        if self.asking.pop(subject.reference, None) is None:
            return await self.gateway.cancel(subject)
        return Reading(Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)


@dataclass(frozen=True, slots=True)
class LongStory(Story):
    """A story in which others act as well."""

    @override
    async def do(self, world: World, n: int) -> None:
        if n >= len(self.acts):
            return
        what, _, fate = self.acts[n].partition(", ")
        FATE.set(fate)
        try:
            if self.acts[n] in LATER:
                await self._later(world, what)
            else:
                await self._do(world, what)
        except Rejected as refused:
            if refused.code not in MAY_REFUSE:
                raise

    async def _later(self, world: World, what: str) -> None:
        """Do one thing that others do."""
        match what:
            case "dispute opened" | "dispute won" | "dispute lost":
                event = DisputeEvent(what.removeprefix("dispute "))
                attempt = await attempt_of(world, self.bought)
                minor = await world.value(
                    "SELECT captured_minor FROM payment WHERE id = %s", self.bought.payment_id
                )
                await tell(world, attempt, event, minor=minor, ref=f"dp_{attempt}", at=world.now)
            case "bank return":
                await tell(
                    world,
                    await attempt_of(world, self.bought),
                    DisputeEvent.LOST,
                    minor=None,
                    ref=f"return_{self.bought.payment_id}",
                    kind=DisputeKind.BANK_RETURN,
                    reason=DisputeReason.INSUFFICIENT_FUNDS,
                )
            case "refund comes back":
                await self._bounce(world)
            case "pay out credit":
                order = CreditOrder(customer_id=self.shopper.customer_id, reason="asked for it")
                await pay_out_credit(world.run, order)
            case "the truth of what was denied":
                await self.tell_truth(world)
            case _:
                change = self._change(what)
                await change_subscription(world.run, world.psps, change, return_url=RETURN_URL)

    async def _bounce(self, world: World) -> None:
        for id_, psp_ref in await world.rows(
            "SELECT id, psp_ref FROM refund WHERE customer_id = %s AND state = 'succeeded'"
            " ORDER BY id LIMIT 1",
            self.shopper.customer_id,
        ):
            reading = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, psp_ref=psp_ref)
            await settle_refund(
                world.run, bucket=bucket_of(id_), refund_id=RefundId(id_), reading=reading
            )

    async def tell_truth(self, world: World) -> None:
        """Hear that what was said to be refused was executed."""
        rows = await world.rows(
            "SELECT a.id, a.amount_minor FROM attempt a JOIN payment p ON p.id = a.payment_id"
            " WHERE p.subscription_id = %s AND a.state = 'declined' ORDER BY a.id",
            self.bought.subscription_id,
        )
        truth = {one["reference"]: one for one in await world.simulator.truth()}
        for id_, _ in rows:
            line = truth.get(str(id_))
            if line is None or line["status"] != "succeeded":
                continue
            reading = Reading(Outcome.SUCCEEDED, EvidenceKind.STATUS_QUERY, psp_ref=line["id"])
            await settle_attempt(world.run, [Evidence(bucket_of(id_), AttemptId(id_), reading)])


def _orders(*, long: bool, apart: bool) -> list[tuple[str, ...]]:
    """Give each new act before and after each old one, and each two of the new ones.

    The short form plays every other of them at once, and the rest days apart.
    """
    first = [*product(LATER, ACTS), *product(ACTS, LATER), *permutations(LATER, 2)]
    if not long:
        return [*first[int(apart) :: 2]]
    return [*first, *permutations(LATER, 3)]


@pytest.mark.parametrize("apart", [timedelta(0), timedelta(days=4)], ids=["at once", "days apart"])
async def test_whatever_banks_and_people_do_later_money_is_right(
    apart: timedelta, fresh_database_url: str, tmp_path: Path, long_form: bool
) -> None:
    offers = [Offer(plan, amount) for plan, amount in PRICES.items()]
    catalog = small_catalog(*offers, place=Place(zone=ZONE, rate_ppm=190_000))
    async with open_world(fresh_database_url, tmp_path, at=BEGIN, catalog=catalog) as world:
        world.psps = cast("Gateway", Later(world.psps))
        stories = [await _begun(world, acts) for acts in _orders(long=long_form, apart=bool(apart))]
        await world.advance(AT)
        for n in range(3):
            for at in range(0, len(stories), SIDE_BY_SIDE):
                some = stories[at : at + SIDE_BY_SIDE]
                await asyncio.gather(*(story.do(world, n) for story in some))
            if apart:
                await world.advance(world.now + apart)
        for story in stories:  # what was denied is heard of in the end
            await story.tell_truth(world)
        await world.advance(END)
        assert await audit(world.run) == []
        assert await _never_happened(world) == []
        assert [one for story in stories if (one := await _wrong(world, story))] == []


HAPPENED: Final = {
    "a dispute that is open": "SELECT FROM dispute WHERE state = 'needs_response'",
    "a dispute that was won": "SELECT FROM dispute WHERE state = 'won'",
    "a dispute that was lost": "SELECT FROM dispute WHERE state = 'lost' AND kind = 'card'",
    "a return that is collected anew": (
        "SELECT FROM payment WHERE purpose LIKE 'recollect:%%' AND state = 'succeeded'"
    ),
    "more that went back than was taken": "SELECT FROM dispute WHERE over_minor > 0",
    "a refund that came back": "SELECT FROM refund WHERE state = 'reversed'",
    "credit that was paid out": (
        "SELECT FROM refund WHERE cause = 'credit' AND state = 'succeeded'"
    ),
    "a payer who passed": (
        "SELECT FROM attempt WHERE return_url IS NULL AND state = 'succeeded'"
        " AND initiator = 'customer' AND looks > 0"
    ),
    "a payer who left": "SELECT FROM attempt WHERE category = 'authentication_failed'",
    "a failure of ours": "SELECT FROM attempt WHERE category = 'merchant_config'",
    "late money that was taken or given back": (
        "SELECT FROM money_exception WHERE reason = 'late_success' AND closed_at IS NOT NULL"
    ),
}


async def _never_happened(world: World) -> list[str]:
    """Name what no story led to: then this test would prove less than it says."""
    return [
        name
        for name, query in HAPPENED.items()
        if not await world.value(f"SELECT count(*) FROM ({query}) AS found")
    ]


async def _begun(world: World, acts: Sequence[str]) -> LongStory:
    shopper = await world.shopper("XX")
    return LongStory(shopper, await world.buy(shopper, "small", quantity=2), acts)


async def _wrong(world: World, story: LongStory) -> str | None:
    """Hold what was kept, and what others took of it, against what the days cost."""
    balances = await world.balances(story.shopper.customer_id)
    kept = sum(
        balances.get(account, 0)
        for account in (
            "psp_clearing",
            "dispute_hold",
            "dispute_loss",
            "customer_credit",
            "suspense",
        )
    )
    refunded: int = await world.value(
        "SELECT coalesce(sum(f.amount_minor), 0)::bigint FROM refund f WHERE f.customer_id = %s"
        " AND f.state IN ('succeeded', 'reversed') AND f.cause = 'asked'",
        story.shopper.customer_id,
    )
    waived: int = await world.value(  # who cancels owes nothing for what a bank took back
        "SELECT coalesce(sum(total_minor), 0)::bigint FROM invoice"
        " WHERE subscription_id = %s AND state = 'uncollectible'",
        story.bought.subscription_id,
    )
    lines = await world.lines(story.bought.subscription_id)
    cost = await _cost(world, story.bought)
    right = cost - refunded - waived - len(lines) <= kept <= cost + len(lines)
    if right and not balances.get("receivable"):
        return None
    return f"{story.acts}: {float(cost):.2f} due, {kept} kept, {refunded} refunded; {balances}"
