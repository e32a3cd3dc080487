"""The lists of the API with a year behind them, and what their indexes cost a renewal."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import psycopg

from bench.billing_day import bill_day, wal_files
from bench.history import DAY, MONTHS, SIGNUP_DAYS, make_history, vary
from bench.report import Figure
from bench.stage import Stage
from bench.wal import written
from ledgerline.api.cursors import TOP
from ledgerline.api.lists import MONTHS_FIRST
from ledgerline.api.payments import GIVEN_UP
from ledgerline.api.payments import LIVE as LIVE_PAYMENTS
from ledgerline.api.subscriptions import ENDED, LIVE
from ledgerline.base.calendar import months
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import bucket_of
from ledgerline.customers import views as customers
from ledgerline.invoicing import views as invoicing
from ledgerline.invoicing.rows.shown import InvoicesAsked
from ledgerline.payments import views as payments
from ledgerline.payments.rows.shown import CustomersPaymentsAsked, PaymentsAsked
from ledgerline.receipts import views as receipts
from ledgerline.subscriptions import views as subscriptions
from ledgerline.subscriptions.rows import SubscriptionsAsked

PEOPLE: Final = 100_000
READS: Final = 200  # of each list
LIMIT: Final = 21  # a page of twenty, and whether there is more
MILLISECONDS_MAX: Final = 10.0
ALL_MONTHS: Final = months(DAY - timedelta(days=SIGNUP_DAYS + 31 * (MONTHS + 2)), DAY)
FEW_MONTHS: Final = ALL_MONTHS[:MONTHS_FIRST]
INDEXES: Final = (
    "invoice_in_state", "payment_in_state", "payment_given_up", "subscription_in_state",
    "subscription_ended", "invoice_of_customer",
)  # fmt: skip

States = Sequence[str] | None
Listing = Callable[[ReadTx, "Owner"], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody whose lists are read, and one of their invoices."""

    customer_id: UUID
    subscription_id: UUID
    invoice_id: UUID


async def api_list(stage: Stage, *, people: int = PEOPLE, reads: int = READS) -> list[Figure]:
    """Measure each list and each filter, first page, and the log of its indexes a renewal."""
    await make_history(stage, people=people)
    await asyncio.to_thread(vary, stage)
    owners = await asyncio.to_thread(_owners, stage, reads)
    said = f"{people:,} subscriptions with {MONTHS} months; {reads} reads of a first page"
    figures = []
    for name, listing in _listings().items():
        taken = sorted([await _timed(stage, listing, owner) for owner in owners])
        p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
        note = f"p99 (p50 {p50:.2f}); {said}; goal ≤ {MILLISECONDS_MAX:.0f} ms"
        figures.append(
            Figure(
                name=f"api_list {name}",
                value=p99,
                unit="ms",
                limit=MILLISECONDS_MAX,
                ratio=p99 / MILLISECONDS_MAX,
                note=note,
            )
        )
    return figures + await _costs(stage, people)


def _owners(stage: Stage, reads: int) -> list[Owner]:
    with psycopg.connect(stage.url) as connection:
        rows = connection.execute(
            "SELECT r.customer_id, r.subscription_id, r.invoice_id FROM bench.renewed AS r"
            " ORDER BY md5(r.invoice_id::text) LIMIT %s",
            (reads,),
        ).fetchall()
    return [Owner(*row) for row in rows]


async def _timed(stage: Stage, listing: Listing, owner: Owner) -> float:
    before = time.perf_counter()
    async with stage.run.reading() as read:
        await listing(read, owner)
    return (time.perf_counter() - before) * 1e3


def _listings() -> dict[str, Listing]:
    """Name each list and filter the API has, read as it reads them."""
    found: dict[str, Listing] = {
        "customers": _customers,
        "payment methods of a customer": _methods,
        "receipts of a customer": _receipts,
        "payments of an invoice": _payments_of_invoice,
        "payments of a customer": _payments_of_customer,
        "subscriptions of a customer": _subscriptions_of_customer,
    }
    for state in (None, "open", "paid", "uncollectible", "void"):
        found[f"invoices {state or ''}".strip()] = _invoices(state and [state])
    for state in (None, "open"):
        found[f"invoices of a customer {state or ''}".strip()] = _invoices_of(state and [state])
    for state in (None, "active", "past_due", "canceled", "trialing"):
        found[f"subscriptions {state or ''}".strip()] = _subscriptions(state and [state])
    for state in (None, "succeeded", "processing", "failed", "canceled"):
        found[f"payments {state or ''}".strip()] = _payments(state and [state])
    return found


async def _customers(read: ReadTx, _: Owner) -> int:
    return len(await customers.customers(read, before=TOP, limit=LIMIT))


async def _methods(read: ReadTx, of: Owner) -> int:
    rows = await payments.payment_methods(
        read, bucket=bucket_of(of.customer_id), customer_id=of.customer_id, before=TOP, limit=LIMIT
    )
    return len(rows)


async def _receipts(read: ReadTx, of: Owner) -> int:
    rows = await receipts.receipts(
        read, bucket=bucket_of(of.customer_id), customer_id=of.customer_id, months=FEW_MONTHS,
        before=TOP, limit=LIMIT,
    )  # fmt: skip
    return len(rows)


def _invoices(states: States, of: Owner | None = None) -> Listing:
    asked = InvoicesAsked(
        before=TOP,
        bucket=None if of is None else bucket_of(of.customer_id),
        customer_id=None if of is None else of.customer_id,
        subscription_id=None,
        months=None if of is None else FEW_MONTHS,
        states=None if states is None else list(states),
        limit=LIMIT,
    )

    async def listing(read: ReadTx, _: Owner) -> int:
        return len(await invoicing.invoices(read, asked))

    return listing


def _invoices_of(states: States) -> Listing:
    async def listing(read: ReadTx, of: Owner) -> int:
        return await _invoices(states, of)(read, of)

    return listing


def _subscriptions(states: States, customer_id: UUID | None = None) -> Listing:
    asked = SubscriptionsAsked(
        now=datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC),
        before=TOP,
        bucket=None if customer_id is None else bucket_of(customer_id),
        customer_id=customer_id,
        states=None if states is None else list(states),
        limit=LIMIT,
    )

    async def listing(read: ReadTx, _: Owner) -> int:
        return len(await subscriptions.subscriptions(read, asked))

    return listing


async def _subscriptions_of_customer(read: ReadTx, of: Owner) -> int:
    counts = [
        await _subscriptions(sorted(states), of.customer_id)(read, of) for states in (LIVE, ENDED)
    ]
    return sum(counts)


def _payments(states: States, invoice_id: UUID | None = None) -> Listing:
    asked = PaymentsAsked(
        before=TOP,
        bucket=None if invoice_id is None else bucket_of(invoice_id),
        invoice_id=invoice_id,
        states=None if states is None else list(states),
        limit=LIMIT,
    )

    async def listing(read: ReadTx, _: Owner) -> int:
        return len(await payments.payments(read, asked))

    return listing


async def _payments_of_invoice(read: ReadTx, of: Owner) -> int:
    counts = [
        await _payments(sorted(states), of.invoice_id)(read, of)
        for states in (LIVE_PAYMENTS, GIVEN_UP)
    ]
    return sum(counts)


async def _payments_of_customer(read: ReadTx, of: Owner) -> int:
    count = 0
    for states in (LIVE_PAYMENTS, GIVEN_UP):
        asked = CustomersPaymentsAsked(
            before=TOP,
            bucket=bucket_of(of.customer_id),
            customer_id=of.customer_id,
            months=ALL_MONTHS,
            states=sorted(states),
            limit=LIMIT,
        )
        count += len(await payments.payments_of_customer(read, asked))
    return count


async def _costs(stage: Stage, people: int) -> list[Figure]:
    """Bill a day and say what of its log belongs to the indexes of lists."""
    await asyncio.to_thread(stage.settle_wal, files=wal_files(people))
    day = await bill_day(stage, DAY)
    found = await asyncio.to_thread(written, stage, day.start, day.end)
    whole = day.end - day.start
    free = sorted(set(INDEXES) - set(found))
    return [
        Figure(
            name=f"api_list_wal {index}",
            value=found[index].bytes / day.renewals,
            unit="B/renewal",
            limit=whole / day.renewals,
            ratio=found[index].bytes / whole,
            note=f"of the log of {day.renewals:,} renewals after a checkpoint;"
            f" {(found[index].bytes - found[index].page_bytes) / day.renewals:.0f} B without whole"
            f" pages; nothing for {', '.join(free)}",
        )
        for index in INDEXES
        if index in found
    ]
