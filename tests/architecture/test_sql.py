"""Every statement agrees with the schema, with its function and with its row type."""

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

import psycopg
import pytest

from ledgerline.base.statements import statements
from tests.architecture.statement_faults import faults_of
from tests.architecture.statement_files import StatementFile, read_statements, statement_files
from tests.architecture.statement_types import Describer

FILES: Final = statement_files()


@pytest.fixture(scope="module")
def describer(database_url: str) -> Iterator[Describer]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Describer(connection)


def imported_from(path: Path, name: str) -> ModuleType:
    """Load a changed copy of a module under its own name, beside the real one."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def in_place_of(name: str, path: Path) -> Iterator[None]:
    """Let imports of a module find a changed copy of it."""
    real = importlib.import_module(name)
    sys.modules[name] = imported_from(path, name)
    try:
        yield
    finally:
        sys.modules[name] = real


def test_statement_files_are_found() -> None:
    modules = {file.module for file in FILES}
    assert {"ledgerline.base.run", "ledgerline.payments.store"} <= modules
    assert sum(len(read_statements(file.sql.read_text())) for file in FILES) > 90


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.module)
def test_statements_agree_with_schema_function_and_row_type(
    file: StatementFile, describer: Describer
) -> None:
    module = importlib.import_module(file.module)
    assert faults_of(describer, file, module) == []


def test_a_set_of_one_bucket_is_told_apart_in_every_statement_that_compares_it(
    describer: Describer,
) -> None:
    """What the server is asked then has the same types, and its bucket is a ``smallint``."""
    told = 0
    for one in chain.from_iterable(statements(file.module).values() for file in FILES):
        compared = re.search(r"\bunnest\([^;]*?%\(buckets?\)s", one.text) and re.search(
            r"\w\.bucket = \w+\.bucket\b", one.text
        )
        if one.one_bucket is None:
            assert compared is None, one.name
            continue
        told += 1
        usual = describer.describe(one.numbered.decode())
        in_one = describer.describe(one.one_bucket.decode())
        assert in_one.columns == usual.columns, one.name
        *parameters, bucket = in_one.parameters
        assert (parameters, bucket.name) == (list(usual.parameters), "int2"), one.name
    assert told > 50


class Plant(NamedTuple):
    """A change of one file, and how the finding begins that it must cause."""

    case: str
    module: str
    kind: str
    old: str
    new: str
    expected: str


PLANTS: Final = (
    Plant(
        case="swapped columns",
        module="catalog.store",
        kind="sql",
        old="SELECT {MarketRow} FROM",
        new="SELECT code, currency, zone, seller_code, locale, tax_behavior FROM",
        expected="read_market: columns from 3 on: ['zone'",
    ),
    Plant(
        case="misspelt column",
        module="catalog.store",
        kind="sql",
        old="SELECT {MarketRow} FROM",
        new="SELECT code, currencey, seller_code, zone, locale, tax_behavior FROM",
        expected='read_market: ERROR:  column "currencey" does not exist',
    ),
    Plant(
        case="wrong field type",
        module="catalog.store",
        kind="rows",
        old="    members_max: int\n    status: str",
        new="    members_max: str\n    status: str",
        expected="read_some_plans: column members_max is Wire(name='int4'",
    ),
    Plant(
        case="misspelt field",
        module="catalog.store",
        kind="rows",
        old="    seller_code: str\n    zone: str",
        new="    seler_code: str\n    zone: str",
        expected='read_market: ERROR:  column "seler_code" does not exist',
    ),
    Plant(
        case="arrays in another order than their columns",
        module="catalog.store",
        kind="sql",
        old="%(code)s::text[], %(name)s::text[], %(legal_name)s::text[]",
        new="%(code)s::text[], %(legal_name)s::text[], %(name)s::text[]",
        expected="put_sellers: column name takes legal_name",
    ),
    Plant(
        case="fields in another order than the arrays",
        module="catalog.store",
        kind="rows",
        old="    name: str\n    legal_name: str",
        new="    legal_name: str\n    name: str",
        expected="put_sellers: column legal_name takes name",
    ),
    Plant(
        case="values in another order than their columns",
        module="access.store",
        kind="sql",
        old="(%(id)s, %(principal)s,",
        new="(%(principal)s, %(id)s,",
        expected="add_api_key: column id takes %(principal)s",
    ),
    Plant(
        case="renamed parameter in SQL",
        module="catalog.store",
        kind="sql",
        old="FROM market WHERE code = %(code)s",
        new="FROM market WHERE code = %(market)s",
        expected="read_market: parameter market is not passed",
    ),
    Plant(
        case="renamed parameter in Python",
        module="access.store",
        kind="py",
        old='_SQL["revoke_api_key"], id=id, revoked_at=revoked_at',
        new='_SQL["revoke_api_key"], id=id, at=revoked_at',
        expected="revoke_api_key: revoked_at is passed as at",
    ),
    Plant(
        case="parameter without its cast",
        module="ledger.store",
        kind="sql",
        old="unnest(%(buckets)s::smallint[], %(customer_ids)s::uuid[])",
        new="unnest(%(buckets)s, %(customer_ids)s::uuid[])",
        expected="read_credit: ERROR:  function pg_catalog.unnest(unknown) is not unique",
    ),
    Plant(
        case="parameter of another type",
        module="access.store",
        kind="py",
        old="async def revoke_api_key(tx: Tx, *, id: str, revoked_at: datetime)",
        new="async def revoke_api_key(tx: Tx, *, id: str, revoked_at: str)",
        expected="revoke_api_key: parameter revoked_at is Wire(name='timestamptz'",
    ),
    Plant(
        case="one value where an array is asked for",
        module="catalog.store",
        kind="py",
        old="async def read_prices(tx: Tx, *, ids: Sequence[PriceId])",
        new="async def read_prices(tx: Tx, *, ids: PriceId)",
        expected="read_prices: parameter ids is Wire(name='uuid', array=True)",
    ),
    Plant(
        case="nullable column as required field",
        module="catalog.store",
        kind="rows",
        old="    percent_ppm: int | None",
        new="    percent_ppm: int",
        expected="read_coupons: column percent_ppm may be NULL",
    ),
    Plant(
        case="required column as optional field",
        module="catalog.store",
        kind="rows",
        old="    members_max: int",
        new="    members_max: int | None",
        expected="read_some_plans: column members_max is NOT NULL",
    ),
    Plant(
        case="COPY columns in another order",
        module="ledger.store",
        kind="sql",
        old="COPY transfer ({TransferRow})",
        new="COPY transfer (source_id, {TransferRow - source_id})",
        expected="add_transfers: columns from 1 on",
    ),
    Plant(
        case="COPY leaves out a required column",
        module="outbox.store",
        kind="sql",
        old="COPY event ({EventRow})",
        new="COPY event ({EventRow - occurred_at})",
        expected="append: columns from 7 on: ['body'], fields: ['occurred_at', 'body']",
    ),
    Plant(
        case="statement without a function",
        module="pricing.store",
        kind="sql",
        old="-- name: read_tax_rates",
        new="-- name: tax_rates",
        expected="tax_rates: no function speaks it",
    ),
    Plant(
        case="function without a statement",
        module="pricing.store",
        kind="sql",
        old="-- name: read_tax_rates",
        new="-- name: tax_rates",
        expected="read_tax_rates: no such statement",
    ),
    Plant(
        case="function of another name",
        module="pricing.store",
        kind="py",
        old="async def read_tax_rates(",
        new="async def tax_rates(",
        expected="read_tax_rates: its function is called tax_rates",
    ),
    Plant(
        case="two statements of one name",
        module="pricing.store",
        kind="sql",
        old="-- name: put_tax_rates",
        new="-- name: read_tax_rates",
        expected="read_tax_rates: named 2 times",
    ),
    Plant(
        case="statement without a comment",
        module="pricing.store",
        kind="sql",
        old="-- All tax rates of some markets: a small reference table.\n",
        new="",
        expected="read_tax_rates: no comment says what it does",
    ),
    Plant(
        case="every column at once",
        module="catalog.store",
        kind="sql",
        old="SELECT {MarketRow} FROM market",
        new="SELECT * FROM market",
        expected="read_market: SELECT * hides its columns",
    ),
    Plant(
        case="insert without a column list",
        module="access.store",
        kind="sql",
        old="INSERT INTO api_key ({NewApiKeyRow})\nVALUES",
        new="INSERT INTO api_key\nVALUES",
        expected="add_api_key: INSERT without a column list",
    ),
    Plant(
        case="result that nobody reads",
        module="access.store",
        kind="sql",
        old="WHERE id = %(id)s AND revoked_at IS NULL",
        new="WHERE id = %(id)s AND revoked_at IS NULL RETURNING id",
        expected="revoke_api_key: nobody reads what it returns",
    ),
)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.case)
def test_planted_fault_is_found(plant: Plant, describer: Describer, tmp_path: Path) -> None:
    # given a copy of a statement file, its module and its row types with one fault in it
    real = next(file for file in FILES if file.module == f"ledgerline.{plant.module}")
    rows = real.python.with_name("rows.py")
    texts = {"sql": real.sql.read_text(), "py": real.python.read_text(), "rows": rows.read_text()}
    assert plant.old in texts[plant.kind]
    texts[plant.kind] = texts[plant.kind].replace(plant.old, plant.new, 1)
    planted = StatementFile(real.module, tmp_path / "planted.sql", tmp_path / "planted.py")
    planted.sql.write_text(texts["sql"])
    planted.python.write_text(texts["py"])
    (tmp_path / "rows.py").write_text(texts["rows"])
    # when it is checked
    with in_place_of(f"{real.module.rpartition('.')[0]}.rows", tmp_path / "rows.py"):
        found = faults_of(describer, planted, imported_from(planted.python, real.module))
    # then the fault is named
    assert any(fault.startswith(plant.expected) for fault in found), found


def test_unknown_row_type_is_a_defect_when_statements_are_loaded(tmp_path: Path) -> None:
    planted = StatementFile("ledgerline.catalog.store", tmp_path / "p.sql", tmp_path / "p.py")
    planted.sql.write_text("-- name: read_market\nSELECT {MarketsRow} FROM market\n")
    with pytest.raises(AssertionError, match="has no MarketsRow"):
        _ = planted.text
