"""A whole small world for scenarios: database, catalog, provider simulator, gateway, clock.

Business time is the sandbox clock, which moves only through ``World.advance``; the simulator's
clock moves with it. Every amount and date a scenario asserts is therefore exact.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import count
from pathlib import Path
from typing import Any, Final, LiteralString, cast
from uuid import UUID

import pytest
import pytest_asyncio
from psycopg import AsyncConnection
from typing_extensions import Unpack

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.http import HttpClient
from ledgerline.base.ids import (
    CustomerId,
    PaymentId,
    PaymentMethodId,
    PurchaseId,
    SubscriptionId,
)
from ledgerline.base.pipelines import Connection as Wire
from ledgerline.base.run import Run
from ledgerline.catalog.model import Catalog
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.advance_clock import Advanced, advance_clock
from ledgerline.flows.cancel_subscription import cancel_subscription
from ledgerline.flows.carry_out_change import Proposed
from ledgerline.flows.change_subscription import change_subscription, preview_change
from ledgerline.flows.claim_key import Command
from ledgerline.flows.create_customer import NewCustomer, create_customer
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.put_psp_account import NewPspAccount, put_psp_account, read_merchants
from ledgerline.flows.start_purchase import start_purchase
from ledgerline.flows.undo_scheduled import undo_scheduled
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import Secret
from ledgerline.rules.change import Change
from ledgerline.rules.quote import AddOn, Order
from ledgerline.subscriptions.model import Timing
from pspsim.world import Latency
from tests.flow_proof import prove, prove_documents
from tests.flow_values import Bought, Extras, Shopper
from tests.pspsim.simulator import Simulator, simulator
from tests.shipped import calm_world, shipped_catalog, shipped_world

NEW_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)
CALL_DEADLINE_MS: Final = 20_000  # never met: a busy machine must not change an outcome
OK: Final = "tok_ok"
POOL: Final = 8

Transfer = tuple[str, str, str, int]


@dataclass(slots=True)
class World:
    """One environment of its own, at an instant."""

    run: Run
    psps: Gateway
    simulator: Simulator
    connection: AsyncConnection[tuple[Any, ...]]
    url: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def now(self) -> datetime:
        """The instant of the clock."""
        return self.run.now()

    async def customer(self, market: str = "DE", *, zone: str | None = None) -> CustomerId:
        """Create a customer of a market."""
        return await create_customer(self.run, NewCustomer(market, name="Alva", zone=zone))

    async def method(
        self, customer_id: CustomerId, token: str = OK, *, psp: str = "aster"
    ) -> PaymentMethodId:
        """Store a payment method; the token gets an ending nobody else has."""
        unique = f"{token}_{next(self.numbers)}"
        new = NewPaymentMethod(
            customer_id=customer_id, psp_account=psp, psp_token=unique, brand="visa", last4="4242"
        )
        return await add_payment_method(self.run, new)

    async def shopper(
        self, market: str = "DE", token: str = OK, *, zone: str | None = None, psp: str = "aster"
    ) -> Shopper:
        """Create a customer with a payment method."""
        customer_id = await self.customer(market, zone=zone)
        return Shopper(customer_id, await self.method(customer_id, token, psp=psp))

    async def buy(
        self,
        shopper: Shopper,
        plan: str = "individual_monthly",
        *,
        trial: bool = False,
        quantity: int = 1,
        command: Command | None = None,
        **extras: Unpack[Extras],
    ) -> Bought:
        """Buy a plan now, without its trial unless asked for."""
        order = Order(
            customer_id=shopper.customer_id,
            plan_code=plan,
            quantity=quantity,
            add_ons=tuple(AddOn(code) for code in extras.get("add_ons", ())),
            coupon_code=extras.get("coupon"),
            with_trial=trial,
        )
        bought = await start_purchase(
            self.run, self.psps, order, payment_method_id=shopper.method_id, command=command
        )
        return await self.bought(bought.purchase_id)

    async def cancel(self, bought: Bought) -> None:
        """Cancel a subscription now."""
        await cancel_subscription(self.run, bought.subscription_id, timing=Timing.NOW)

    async def preview(
        self,
        bought: Bought,
        plan: str | None = None,
        *,
        quantity: int | None = None,
        timing: Timing = Timing.NOW,
    ) -> Proposed:
        """Preview a change of plan or quantity."""
        change = Change(bought.subscription_id, plan, quantity, timing)
        return await preview_change(self.run, change)

    async def change(
        self,
        bought: Bought,
        plan: str | None = None,
        *,
        quantity: int | None = None,
        timing: Timing = Timing.NOW,
        command: Command | None = None,
    ) -> None:
        """Change the plan or the quantity."""
        change = Change(bought.subscription_id, plan, quantity, timing)
        await change_subscription(self.run, self.psps, change, command=command)

    async def undo(self, bought: Bought, seq: int | None = None) -> None:
        """Take back what is planned."""
        await undo_scheduled(self.run, bought.subscription_id, seq=seq)

    async def steal_card(self, shopper: Shopper, token: str = "tok_decline_stolen_card_1") -> None:
        """Let the stored card be another from now on, behind the flows' back."""
        await self.write(
            "UPDATE instrument SET psp_token = %s WHERE payment_method_id = %s",
            token,
            shopper.method_id,
        )

    async def items(self, bought: Bought) -> list[tuple[str, str, int, date, date | None]]:
        """Read what is had: (component, plan, quantity, from, until), without what has no day."""
        rows = await self.rows(
            "SELECT component, plan_code, quantity, starts_on, ends_on FROM subscription_item"
            " WHERE subscription_id = %s AND starts_on IS DISTINCT FROM ends_on ORDER BY no",
            bought.subscription_id,
        )
        return [tuple(row) for row in rows]

    async def give_credit(self, shopper: Shopper, plan: str) -> None:
        """Give a customer the price of a plan as credit: bought and canceled on its first day."""
        await self.cancel(await self.buy(shopper, plan))

    async def bought(self, purchase_id: PurchaseId) -> Bought:
        """Read what a purchase made."""
        [row] = await self.rows(
            "SELECT p.id, p.bucket, p.subscription_id, p.invoice_id, p.payment_id"
            " FROM purchase p WHERE p.id = %s",
            purchase_id,
        )
        return Bought._make(row)

    async def advance(self, to: date | datetime) -> Advanced:
        """Move the clock, a date meaning its midnight in UTC, and do all that falls due."""
        instant = to if isinstance(to, datetime) else datetime.combine(to, time.min, tzinfo=UTC)
        done = await advance_clock(
            self.run, self.psps, to=instant, outside=self._outside, progress=no_progress
        )
        self.run = self.run.at(instant)
        return done

    async def _outside(self, instant: datetime) -> None:
        await self.simulator.control("clock", {"now": instant.isoformat()})

    async def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Read the database directly."""
        cursor = await self.connection.execute(cast("LiteralString", sql), parameters)
        return await cursor.fetchall()

    async def value(self, sql: str, *parameters: object) -> Any:
        """Read one value."""
        [[value]] = await self.rows(sql, *parameters)
        return value

    async def write(self, sql: str, *parameters: object) -> int:
        """Change rows behind the flows' back, to plant what must not be there."""
        cursor = await self.connection.execute(cast("LiteralString", sql), parameters)
        return cursor.rowcount

    async def state(self, subscription_id: SubscriptionId) -> str:
        """Read where a subscription stands."""
        found: str = await self.value(
            "SELECT state FROM subscription WHERE id = %s", subscription_id
        )
        return found

    async def lines(self, subscription_id: SubscriptionId) -> list[tuple[date, date, int]]:
        """Read what was billed: (first day, end, amount with tax), oldest first."""
        rows = await self.rows(
            "SELECT l.period_start, l.period_end, l.gross_minor FROM invoice_line l"
            " JOIN invoice i ON (i.bucket, i.id) = (l.bucket, l.invoice_id)"
            " WHERE i.subscription_id = %s ORDER BY i.issued_at, l.period_start, l.line_no",
            subscription_id,
        )
        return [(start, end, gross) for start, end, gross in rows]

    async def invoices(self, subscription_id: SubscriptionId) -> list[tuple[str, str, int]]:
        """Read the invoices: (cause, state, total), oldest first, then smallest."""
        rows = await self.rows(
            "SELECT cause, state, total_minor FROM invoice WHERE subscription_id = %s"
            " ORDER BY issued_at, total_minor",
            subscription_id,
        )
        return [(cause, state, total) for cause, state, total in rows]

    async def notes(self, customer_id: CustomerId) -> list[tuple[str, int, int, int]]:
        """Read the credit notes: (reason, net, tax, total), oldest first, then smallest."""
        rows = await self.rows(
            "SELECT reason, net_minor, tax_minor, total_minor FROM credit_note"
            " WHERE customer_id = %s ORDER BY issued_at, total_minor",
            customer_id,
        )
        return [(reason, net, tax, total) for reason, net, tax, total in rows]

    async def covers(self, subscription_id: SubscriptionId) -> list[tuple[datetime, datetime, str]]:
        """Read the cover that says something: (from, to, why), oldest first."""
        rows = await self.rows(
            "SELECT starts_at, ends_at, reason FROM cover WHERE subscription_id = %s"
            " AND starts_at < ends_at ORDER BY starts_at",
            subscription_id,
        )
        return [(start, end, reason) for start, end, reason in rows]

    async def receipts(self, customer_id: CustomerId) -> list[tuple[str, int]]:
        """Read the receipts: (kind, amount), oldest first."""
        rows = await self.rows(
            "SELECT kind, amount_minor FROM receipt WHERE customer_id = %s"
            " ORDER BY issued_at, kind, amount_minor",
            customer_id,
        )
        return [(kind, amount) for kind, amount in rows]

    async def events(self, customer_id: CustomerId | None = None) -> Counter[str]:
        """Count the events by kind, of one customer or of all."""
        rows = await self.rows(
            "SELECT kind, count(*) FROM event WHERE %s::uuid IS NULL OR customer_id = %s"
            " GROUP BY kind",
            customer_id,
            customer_id,
        )
        return Counter(dict(rows))

    async def transfers(self, customer_id: CustomerId) -> list[Transfer]:
        """Read a customer's transfers: (purpose, debit, credit, amount), sorted."""
        rows = await self.rows(
            "SELECT purpose, debit, credit, amount_minor FROM transfer WHERE customer_id = %s",
            customer_id,
        )
        return sorted((purpose, debit, credit, amount) for purpose, debit, credit, amount in rows)

    async def balances(self, customer_id: CustomerId | None = None) -> dict[str, int]:
        """Sum every account, debits positive, of one customer or of all; zeros are left out."""
        rows = await self.rows(
            "SELECT a.account, sum(a.amount) FROM ("
            " SELECT debit AS account, amount_minor AS amount, customer_id FROM transfer UNION ALL"
            " SELECT credit, -amount_minor, customer_id FROM transfer) a"
            " WHERE %s::uuid IS NULL OR customer_id = %s GROUP BY 1 HAVING sum(a.amount) <> 0",
            customer_id,
            customer_id,
        )
        return {account: int(amount) for account, amount in rows}

    async def credit(self, customer_id: CustomerId) -> int:
        """Read a customer's credit balance."""
        return int(
            await self.value(
                "SELECT coalesce(sum(remaining_minor), 0) FROM credit_lot WHERE customer_id = %s",
                customer_id,
            )
        )

    async def captures(self, payment_id: PaymentId | UUID | None) -> list[int]:
        """Ask the provider's own book what it captured for a payment: one amount a capture."""
        attempts = await self.rows("SELECT id FROM attempt WHERE payment_id = %s", payment_id)
        references = {str(attempt_id) for (attempt_id,) in attempts}
        return [
            entry["amount"]
            for entry in await self.simulator.truth()
            if entry["kind"] == "charge"
            and entry["status"] == "succeeded"
            and entry["reference"] in references
        ]


def no_progress(so_far: Advanced) -> None:
    """Tell nobody how far the clock is."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Give a module a world with the shipped catalog; its tests run in order on one clock."""
    async with open_world(database_url, tmp_path_factory.mktemp("world")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def fresh_world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Give one test a world of its own."""
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def open_world(
    url: str,
    folder: Path,
    *,
    at: datetime | None = NEW_YEAR,
    catalog: Catalog | None = None,
    latency: Latency | None = None,
    writing_class: type[Wire] = Wire,
) -> AsyncIterator[World]:
    """Open a world on a migrated database; with a catalog of one's own instead of the shipped.

    Providers answer at once, or as slowly as ``latency`` says. Flows write through connections of
    ``writing_class``. ``at`` is None where one that was left goes on, on copies of both.

    What must hold whatever happened is proven when the block ends.
    """
    async with (
        simulator(calm_world(folder, latency), folder / "psp") as outside,
        connected(url, size=POOL, name="scenario", writing_class=writing_class) as database,
        HttpClient() as client,
        await AsyncConnection.connect(url, autocommit=True) as connection,
    ):
        run = Run(database, Keyring(bytes(32)))
        assert await run.knows_key()
        if at is not None:
            assert await run.begin_sandbox(at, seed=7)
            await outside.control("clock", {"now": at.isoformat()})
            await load_catalog(await run.at_clock(), catalog or shipped_catalog())
        run = run.at((await run.at_clock()).now())  # worlds stand still for longer than decisions
        gateway = await _connect(run, outside, client)
        opened = World(run=run, psps=gateway, simulator=outside, connection=connection, url=url)
        if at is None:  # tokens are given once
            opened.numbers = count(1_000)
        yield opened
        await prove(connection, outside)
        if await opened.value("SHOW session_replication_role") == "origin":  # no guard was lifted
            await prove_documents(run)


async def _connect(run: Run, outside: Simulator, client: HttpClient) -> Gateway:
    for name, provider in shipped_world()["providers"].items():
        await put_psp_account(
            run,
            Sandbox(),
            NewPspAccount(
                code=name,
                psp="sandbox",
                settings={"base_url": f"http://127.0.0.1:{outside.port}/{name}"},
                secrets={key: Secret(provider[key]) for key in ("api_secret", "webhook_secret")},
                call_deadline_ms=CALL_DEADLINE_MS,
            ),
        )
    merchants = await read_merchants(run)
    return Gateway({one.code: Connection(one, Sandbox()) for one in merchants}, client)
