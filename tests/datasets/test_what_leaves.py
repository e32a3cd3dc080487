"""What leaves the database: ids, numbers, days, and words that are named here with the reason."""

from collections.abc import Iterable, Mapping
from typing import Final, LiteralString

import psycopg
import pytest

from ledgerline.datasets.nodes import nodes
from ledgerline.datasets.source import Source, text
from ledgerline.datasets.sources import SOURCES

_BARE: Final = frozenset({"uuid", "bigint", "integer", "smallint", "date", "boolean"})
"""Types that can say nothing of a person by themselves."""
_AT: Final = "timestamp with time zone"
"""Instants leave as days, or by the hour; what does is seen by the kinds of columns of sources."""
REASONS: Final[Mapping[str, str]] = {
    "a word of a short list of ours": """
        attempt.category attempt.initiator attempt.state_before attempt_evidence.kind
        attempt_evidence.outcome credit_note.reason decision.kind event.kind invoice.cause
        invoice_line.kind line_credit.kind payment.purpose retry_plan.advice retry_plan.category
        payout_step.event retry_plan.network_advice retry_plan.track settlement_line.kind
        settlement_step.state
        subscription_event.kind transfer.purpose transfer.debit transfer.credit
        allocation.source_kind collection_policy.end_policy""",
    "a currency": """
        attempt.currency coupon.currency dispute.currency invoice.currency invoice_line.currency
        line_credit.currency payout.currency price.currency recognition.currency refund.currency
        settlement_line.currency settlement_line.gross_currency subscription.currency
        transfer.currency""",
    "the catalog says it to everybody": """
        collection_policy.market_code
        coupon.code invoice.market_code invoice_line.component invoice_line.plan_code
        invoice_line.tax_category market.code market.rounding_components market.rounding_mode
        market.rounding_target plan.cadence_unit plan.code plan.product_code plan_phase.kind
        plan_phase.plan_code price.component price.market_code price.plan_code price.tax_behavior
        product.code product.family product.kind product.tax_category recognition.category
        retry_plan.market_code subscription.market_code tax_rate.category tax_rate.components
        tax_rate.market_code tax_rate.treatment""",
    "a seller of ours, by its code": """
        credit_note.seller_code dispute.seller_code invoice.seller_code payment.seller_code
        recognition.seller_code refund.seller_code settlement_line.seller_code
        subscription.seller_code transfer.seller_code""",
    "a merchant account, by the code that an operator gave it": """
        attempt.psp_account dispute.psp_account payout.psp_account refund.psp_account
        settlement_file.psp_account""",
    "what the provider calls a charge, a refund or a payout: reconciliation is done by it": """
        attempt.psp_ref refund.psp_ref settlement_line.psp_ref settlement_file.reference
        payout.reference""",
    "read only where it is an id of ours": "settlement_line.reference",
    "accounts, hours and their odds, as routing and retries chose among them": """
        decision.candidates decision.chosen decision.rule""",
    "odds of a model, and what it is told: where, network, funding, who tries, their clock": """
        decision.features decision.learned""",
    "a part of an account: a plan, a rate of tax, or a merchant account": "transfer.dim",
    "decides on which day something falls, and does not leave itself": "subscription.zone",
    "which part of the program or kind of caller caused it, never who": "subscription_event.actor",
    "prices, offers, quantities and days of a contract: typed, without a word of anybody": """
        subscription_event.body""",
}
"""Why columns of text and JSON may leave. What is personal is under none of these headings."""
WORDS: Final = {column for columns in REASONS.values() for column in columns.split()}
_PERSONAL: Final = (
    "sealed", "hash", "token", "secret", "wrapped", "email", "name", "last4", "bin", "brand",
    "note", "detail", "address", "postal", "city", "phone", "ip", "metadata", "external",
    "fingerprint", "nti", "buyer", "locale", "digest", "signature",
)  # fmt: skip
"""Parts of names by which columns of the schema, and of tables, say that they are of somebody."""


async def _read(url: str, sources: Iterable[Source]) -> dict[str, str]:
    """Return the columns that sources read, with their types: what PostgreSQL says of a view."""
    found: dict[str, str] = {}
    async with await psycopg.AsyncConnection.connect(url) as connection:
        for source in sources:
            listed = ", ".join(
                f'{one.expression} AS "{name}"' for name, one in source.columns.items()
            )
            view = (
                f"CREATE TEMP VIEW leaving AS SELECT {listed} FROM {source.rows}"
                f" WHERE {source.where}"
            )
            await connection.execute(view.encode())
            cursor = await connection.execute(_DEPENDS)
            found |= dict(await cursor.fetchall())
            await connection.execute("DROP VIEW leaving")
    return found


_DEPENDS: Final = """
    SELECT DISTINCT c.relname || '.' || a.attname, format_type(a.atttypid, NULL)
      FROM pg_rewrite AS r
      JOIN pg_depend AS d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_class AS c ON c.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
     WHERE r.ev_class = 'leaving'::regclass AND d.refobjsubid > 0"""


def _unnamed(read: Mapping[str, str]) -> list[str]:
    """Return what is read that is neither bare nor named."""
    return sorted(
        column
        for column, kind in read.items()
        if kind not in _BARE and kind != _AT and column not in WORDS
    )


def _is_personal(name: str) -> bool:
    return not name.endswith("_id") and not set(name.split("_")).isdisjoint(_PERSONAL)


async def test_only_what_is_named_leaves_as_words(database_url: str) -> None:
    read = await _read(database_url, SOURCES)
    assert _unnamed(read) == []
    assert sorted(set(WORDS) - set(read)) == []  # and nothing is named that does not
    assert [one for one in read if _is_personal(one.split(".")[1])] == []


@pytest.mark.parametrize(
    ("rows", "expression", "found"),
    [
        ("customer AS f", "f.email_sealed::text", "customer.email_sealed"),
        ("customer AS f", "coalesce(f.external_id, '')", "customer.external_id"),
        ("payment_method AS f", "f.brand || f.last4", "payment_method.last4"),
        ("instrument AS f", "f.psp_token", "instrument.psp_token"),
        ("credit_note AS f JOIN customer AS c ON c.locale = f.reason", "f.reason",
         "customer.locale"),
    ],
)  # fmt: skip
async def test_what_says_something_of_a_person_is_found(
    database_url: str, rows: LiteralString, expression: LiteralString, found: str
) -> None:
    planted = Source(name="planted", rows=rows, columns={"planted": text(expression)})
    assert found in _unnamed(await _read(database_url, [planted]))


def test_no_row_leaves_whole() -> None:
    for source in SOURCES:
        for name, column in source.columns.items():
            assert "json(" not in column.expression, (source.name, name)
            assert "jsonb(" not in column.expression, (source.name, name)
            assert ".*" not in column.expression, (source.name, name)


def test_no_table_has_a_column_of_a_person() -> None:
    for columns in (
        *(source.columns for source in SOURCES),
        *(node.contract.columns for node in nodes()),
    ):
        assert [name for name in columns if _is_personal(name)] == []
