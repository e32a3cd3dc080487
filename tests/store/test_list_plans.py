"""Each list and each of its filters reads about a page of rows, however many there are."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio

from bench.history import DAY, make_history, vary, write_mails_and_logs
from bench.stage import Stage
from ledgerline.api.cursors import TOP
from ledgerline.api.payments import GIVEN_UP
from ledgerline.api.payments import LIVE as LIVE_PAYMENTS
from ledgerline.api.subscriptions import ENDED, LIVE
from ledgerline.base.calendar import months
from ledgerline.base.crypto import KEY_BYTES, Keyring
from ledgerline.base.db import PLANNED_EACH, connected
from ledgerline.base.ids import bucket_of
from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from tests.store.searching import FIRST_COLUMNS, reads_all

PEOPLE: Final = 1_500
LIMIT: Final = 21
ROWS_MAX: Final = 12 * LIMIT  # looked at for a page, with the rare states in between
OWNED_ROWS_MAX: Final = 40  # a year of one customer
SMALL: Final = frozenset({"market", "plan", "price", "product", "seller"})
YEARS: Final = months(DAY - timedelta(days=3 * 365), DAY)


class Filled(NamedTuple):
    """A database with a year behind it, and whose lists are read."""

    connection: psycopg.Connection
    customer_id: UUID
    ended_id: UUID
    subscription_id: UUID
    invoice_id: UUID
    series_id: UUID
    position: int


class Listing(NamedTuple):
    """One list with its filters; ``of`` names the id in ``Filled`` that says whose it is.

    The statement is one of a context's views, or of the module that it names.
    """

    statement: str
    of: str | None = None
    states: Collection[str] | None = None
    account: str | None = None

    def named(self) -> str:
        """Name the list as its test is named."""
        filters = [*sorted(self.states or []), *([self.account] if self.account else [])]
        return " ".join([self.statement, self.of or "all", *filters])

    def parameters(self, filled: Filled) -> Mapping[str, object]:
        """Give every parameter any list has; a statement takes its own."""
        owner: UUID | None = getattr(filled, self.of) if self.of else None
        customer = owner if self.of in {"customer_id", "ended_id"} else None
        if self.of == "subscription_id":
            customer = filled.customer_id
        return {
            "before": TOP,
            "until": datetime.max.replace(tzinfo=UTC),
            "now": datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC),
            "limit": LIMIT,
            "open_only": True,
            "closed_only": False,
            "reasons": None,
            "assigned_to": None,
            "late_reasons": None,
            "late_before": [],
            "state": None,
            "subject_id": None,
            "kind": "payment_method",
            "id": owner,
            "bucket": owner and bucket_of(owner),
            "customer_id": customer,
            "subscription_id": owner if self.of == "subscription_id" else None,
            "invoice_id": owner if self.of == "invoice_id" else None,
            "buckets": [owner and bucket_of(owner)],
            "ids": [owner],
            "series_id": filled.series_id,
            "position": filled.position,
            "account": self.account,
            "looked": LIMIT * 2,
            "rare": None,
            "mail_kind": None,
            "months": None if owner is None else YEARS,
            "states": None if self.states is None else sorted(self.states),
        }


LISTS: Final = (
    Listing("customers.customers"),
    Listing("payments.payment_methods", "customer_id"),
    Listing("payments.payment_setups", "customer_id"),
    *(
        Listing("invoicing.invoices", of, state and [state])
        for of in (None, "customer_id", "subscription_id")
        for state in (None, "open", "paid", "uncollectible", "void")
    ),
    *(
        Listing("subscriptions.subscriptions", None, state and [state])
        for state in (None, "active", "past_due", "canceled", "trialing")
    ),
    Listing("subscriptions.subscriptions", "customer_id", LIVE),
    Listing("subscriptions.subscriptions", "ended_id", ENDED),
    *(
        Listing("payments.payments", None, state and [state])
        for state in (None, "succeeded", "processing", "failed", "canceled")
    ),
    *(
        Listing(statement, of, states)
        for statement, of in (
            ("payments.payments", "invoice_id"), ("payments.payments_of_customer", "customer_id"),
        )
        for states in (LIVE_PAYMENTS, GIVEN_UP)
    ),
    Listing("payments.exceptions"),
    Listing("payments.proposals"),
    Listing("payments.waiting_refunds"),
    Listing("receipts.receipts", "customer_id"),
    Listing("entitlements.covers", "subscription_id"),
    Listing("console.timeline.timeline", "customer_id"),
    Listing("console.timeline.timeline", "ended_id"),
    Listing("console.timeline.sums", "customer_id"),
    Listing("console.timeline.standing", "customer_id"),
    Listing("console.mails.mails"),
    Listing("console.mails.mails_of_customer", "customer_id"),
    Listing("console.finding.numbered"),
    Listing("console.finding.stands_on", "customer_id"),
    *(
        Listing(f"console.recovery.{name}")
        for name in ("open_claims", "next_hours", "next_payments")
    ),
    *(
        Listing("console.ledger.transfers", account=account)
        for account in (None, "receivable", "tax_payable", "psp_fees")
    ),
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(database_url: str) -> AsyncIterator[Filled]:
    async with connected(database_url, size=1, name="lists") as database:
        stage = Stage(database_url, Run(database, Keyring(bytes(KEY_BYTES))))
        assert await stage.run.begin_sandbox(datetime(2026, 1, 1, tzinfo=UTC), seed=1)
        await make_history(stage, people=PEOPLE)
        vary(stage)
        write_mails_and_logs(stage)
    _set_up(database_url)
    with psycopg.connect(database_url, autocommit=True, options=PLANNED_EACH) as connection:
        row = connection.execute(
            "SELECT s.customer_id, e.customer_id, s.id, (SELECT id FROM invoice"
            " WHERE subscription_id = s.id LIMIT 1), n.series_id, n.position"
            " FROM subscription AS s, subscription AS e, document_number AS n"
            " WHERE s.state = 'active' AND e.state = 'canceled' LIMIT 1"
        ).fetchone()
        assert row is not None
        names = Filled._fields[1:]
        yield Filled(connection=connection, **dict(zip(names, row, strict=True)))


def _set_up(url: str) -> None:
    """Give every payment method the set-up that it could have come from."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO payment_setup (bucket, id, customer_id, psp_account, psp_token, currency,"
            " makes_default, state, state_before, state_event, sent_at, expires_at, resolve_at,"
            " looks, challenge)"
            " SELECT bucket, id, customer_id, 'aster', 'tok_1', 'EUR', false, 'sent', '-',"
            " 'created', created_at, created_at + interval '1 day', created_at, 0, false"
            " FROM payment_method"
        )
        connection.execute("ANALYZE payment_setup")


def excess(filled: Filled, listing: Listing) -> list[str]:
    """Name what a list reads that is not on its page: whole tables, and more rows than a page."""
    module, _, name = listing.statement.rpartition(".")
    where = module if "." in module else f"{module}.views"
    statement = statements(f"ledgerline.{where}")[name]
    given = listing.parameters(filled)
    cursor = psycopg.ClientCursor(filled.connection)
    cursor.execute(b"PREPARE listing AS " + statement.numbered)
    values = ", ".join(["%s"] * len(statement.parameters))
    called = f"listing ({values})" if values else "listing"
    try:
        cursor.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {called}".encode(),
            [given[name] for name in statement.parameters],
        )
        row = cursor.fetchone()
    finally:
        cursor.execute("DEALLOCATE listing")
    assert row is not None
    first: dict[str, str] = dict(cursor.execute(FIRST_COLUMNS).fetchall())
    return list(_excess(row[0][0]["Plan"], first, owned=listing.of is not None))


def _excess(
    node: Mapping[str, Any], first: Mapping[str, str], table: str = "", *, owned: bool
) -> Iterator[str]:
    """Name what is read too much of; a list that somebody owns walks down nobody else's rows."""
    table = node.get("Relation Name", table)
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    rows = (node["Actual Rows"] + removed) * node["Actual Loops"]
    if table not in {"", *SMALL}:
        if reads_all(node, first) and "Index Cond" in node:
            yield f"all of {table}"  # how much of it was passed over nobody counts
        elif rows > (OWNED_ROWS_MAX if owned else ROWS_MAX):
            yield f"{rows:.0f} rows of {table}"
        elif owned and "(id < " in node.get("Index Cond", ""):
            yield f"everybody's rows of {table}"
    for inner in node.get("Plans", []):
        yield from _excess(inner, first, table, owned=owned)


@pytest.mark.parametrize("listing", LISTS, ids=Listing.named)
async def test_a_list_reads_about_a_page(listing: Listing, filled: Filled) -> None:
    assert excess(filled, listing) == []


@pytest.mark.parametrize(
    ("index", "listing"),
    [
        ("invoice_in_state", Listing("invoicing.invoices", None, ["open"])),
        ("payment_in_state", Listing("payments.payments", None, ["processing"])),
        ("subscription_in_state", Listing("subscriptions.subscriptions", None, ["past_due"])),
        ("subscription_ended", Listing("subscriptions.subscriptions", "ended_id", ENDED)),
        ("payment_given_up", Listing("payments.payments", "invoice_id", GIVEN_UP)),
        ("invoice_of_customer", Listing("invoicing.invoices", "customer_id")),
        ("receipt_of_customer", Listing("receipts.receipts", "customer_id")),
        ("mail_of_customer", Listing("console.mails.mails_of_customer", "customer_id")),
    ],
)
async def test_a_list_that_loses_its_index_is_noticed(
    index: str, listing: Listing, filled: Filled
) -> None:
    with filled.connection.transaction(force_rollback=True):
        filled.connection.execute(f"DROP INDEX {index}".encode())
        assert excess(filled, listing) != []
