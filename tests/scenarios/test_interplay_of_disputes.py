"""Disputes beside refunds, evidence, changes and cancellations, in many orders, at one provider."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from ledgerline.base.errors import Rejected
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.send_evidence import EvidenceOrder, send_evidence
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from tests.disputing import broken
from tests.flow_values import Bought
from tests.scenarios.dialects import Seller, spoken

ORDERS: Final = 6  # of each tale, in order, the other way round, and by chance
CAME_BACK: Final = Reading(Outcome.DECLINED, EvidenceKind.WEBHOOK, code="account_closed")
TALES: Final = (
    ("refund", "open", "bounce", "lose"),
    ("refund", "open", "send", "bounce", "win"),
    ("change", "refund", "open", "lose"),
    ("refund", "open", "cancel", "bounce", "lose"),
    ("refund", "refund", "open", "send", "lose"),
)


@pytest_asyncio.fixture(loop_scope="session")
async def seller(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[Seller]:
    """Open a world at a provider that takes evidence."""
    async with spoken(fresh_database_url, tmp_path, "stripe") as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class _Sold:
    """A purchase, and what may happen to it."""

    seller: Seller
    bought: Bought

    async def refund(self) -> None:
        """Give half of it back."""
        assert self.bought.payment_id is not None
        world = self.seller.world
        await request_refund(world.run, world.psps, RefundOrder(self.bought.payment_id, 600, "no"))

    async def bounce(self) -> None:
        """Let the first refund that succeeded come back."""
        rows = await self.seller.world.rows(
            "SELECT bucket, id FROM refund WHERE payment_id = %s AND state = 'succeeded'"
            " ORDER BY id LIMIT 1",
            self.bought.payment_id,
        )
        for bucket, id_ in rows:
            await settle_refund(
                self.seller.world.run, bucket=bucket, refund_id=id_, reading=CAME_BACK
            )

    async def send(self) -> None:
        """Send evidence of its dispute, if there is one."""
        world = self.seller.world
        query = "SELECT id FROM dispute WHERE payment_id = %s"
        for (id_,) in await world.rows(query, self.bought.payment_id):
            await send_evidence(world.run, world.psps, EvidenceOrder(id_, "mara"))

    async def step(self, step: str) -> None:
        """Let one thing happen to its dispute, and hear of it."""
        told = await self.seller.step(self.bought, step, reason="not_received")
        await self.seller.arrive(told)

    async def change(self) -> None:
        """Change to a dearer plan."""
        await self.seller.world.change(self.bought, "family_monthly")

    async def cancel(self) -> None:
        """Cancel at once."""
        await self.seller.world.cancel(self.bought)

    async def do(self, what: str) -> None:
        """Do one thing; what a rule refuses changes nothing."""
        acts: Mapping[str, Callable[[], Awaitable[None]]] = {
            "refund": self.refund,
            "bounce": self.bounce,
            "send": self.send,
            "change": self.change,
            "cancel": self.cancel,
        }
        try:
            await (acts[what]() if what in acts else self.step(what))
        except Rejected:
            return

    async def returned(self) -> tuple[int, int, int]:
        """Return what was captured, what its payer has of it, and what is over by the books."""
        [row] = await self.seller.world.rows(
            "SELECT p.captured_minor,"
            " coalesce((SELECT sum(r.amount_minor) FROM refund AS r"
            "            WHERE r.payment_id = p.id AND r.state = 'succeeded'), 0)::bigint"
            " + coalesce((SELECT sum(f.taken_minor - f.given_minor) FROM dispute AS d"
            "              JOIN dispute_fact AS f ON f.dispute_id = d.id"
            "             WHERE d.payment_id = p.id), 0)::bigint,"
            " coalesce((SELECT sum(d.over_minor) FROM dispute AS d WHERE d.payment_id = p.id), 0)"
            "::bigint FROM payment AS p WHERE p.id = %s",
            self.bought.payment_id,
        )
        captured, had, over = row
        return captured, had, over


@pytest.mark.parametrize("tale", TALES, ids="-".join)
async def test_in_any_order_nobody_gets_more_than_was_paid_unnoticed(
    seller: Seller, tale: tuple[str, ...]
) -> None:
    orders = dict.fromkeys(permutations(tale))
    by_chance = sorted(orders, key=lambda one: sha256("-".join(one).encode()).digest())
    for order in dict.fromkeys([tale, tale[::-1], *by_chance[:ORDERS]]):
        sold = _Sold(seller, await seller.sell())
        for what in order:
            await sold.do(what)
        captured, had, over = await sold.returned()
        assert had - captured <= over, (order, captured, had, over)
        assert over in {0, had - captured}, (order, captured, had, over)
        assert await broken(seller.world) == [], order
