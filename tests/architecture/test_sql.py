"""Every statement agrees with the schema, with its function and with its row type."""

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

import psycopg
import pytest

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
        "swapped columns",
        "catalog.store", "sql",
        "SELECT code, currency, seller_code, zone", "SELECT code, currency, zone, seller_code",
        "read_market: columns from 3 on: ['zone'",
    ),
    Plant(
        "misspelt column",
        "catalog.store", "sql",
        "SELECT code, currency, seller_code, zone", "SELECT code, currencey, seller_code, zone",
        'read_market: ERROR:  column "currencey" does not exist',
    ),
    Plant(
        "wrong field type",
        "catalog.store", "py",
        "    cadence_count: int\n    cadence_unit: str\n    trial_days: int\n    members_max: int",
        "    cadence_count: int\n    cadence_unit: str\n    trial_days: str\n    members_max: int",
        "read_plan: column trial_days is Wire(name='int4'",
    ),
    Plant(
        "renamed parameter in SQL",
        "catalog.store", "sql",
        "tax_behavior FROM market WHERE code = %(code)s",
        "tax_behavior FROM market WHERE code = %(market)s",
        "read_market: parameter market is not passed",
    ),
    Plant(
        "renamed parameter in Python",
        "outbox.store", "py",
        '_SQL["revoke_api_key"], id=id, revoked_at=revoked_at',
        '_SQL["revoke_api_key"], id=id, at=revoked_at',
        "revoke_api_key: revoked_at is passed as at",
    ),
    Plant(
        "parameter without its cast",
        "ledger.store", "sql",
        "unnest(%(buckets)s::smallint[], %(source_ids)s::uuid[])",
        "unnest(%(buckets)s, %(source_ids)s::uuid[])",
        "recognised_sources: ERROR:  function pg_catalog.unnest(unknown) is not unique",
    ),
    Plant(
        "parameter of another type",
        "outbox.store", "py",
        "async def revoke_api_key(tx: Tx, *, id: str, revoked_at: datetime)",
        "async def revoke_api_key(tx: Tx, *, id: str, revoked_at: str)",
        "revoke_api_key: parameter revoked_at is Wire(name='timestamptz'",
    ),
    Plant(
        "one value where an array is asked for",
        "catalog.store", "py",
        "async def read_prices(tx: Tx, *, ids: Sequence[PriceId])",
        "async def read_prices(tx: Tx, *, ids: PriceId)",
        "read_prices: parameter ids is Wire(name='uuid', array=True)",
    ),
    Plant(
        "nullable column as required field",
        "catalog.store", "py",
        "    percent_ppm: int | None", "    percent_ppm: int",
        "read_coupons: column percent_ppm may be NULL",
    ),
    Plant(
        "required column as optional field",
        "catalog.store", "py",
        "    members_max: int", "    members_max: int | None",
        "read_plan: column members_max is NOT NULL",
    ),
    Plant(
        "COPY columns in another order",
        "ledger.store", "sql",
        "COPY transfer (bucket, source_id, purpose", "COPY transfer (source_id, bucket, purpose",
        "add_transfers: columns from 1 on",
    ),
    Plant(
        "COPY leaves out a required column",
        "outbox.store", "sql",
        "COPY event (bucket, aggregate_id, seq, kind, customer_id, occurred_at)",
        "COPY event (bucket, aggregate_id, seq, kind, customer_id)",
        "append: columns from 6 on: [], fields: ['occurred_at']",
    ),
    Plant(
        "statement without a function",
        "pricing.store", "sql",
        "-- name: read_tax_rates", "-- name: tax_rates",
        "tax_rates: no function speaks it",
    ),
    Plant(
        "function without a statement",
        "pricing.store", "sql",
        "-- name: read_tax_rates", "-- name: tax_rates",
        "read_tax_rates: no such statement",
    ),
    Plant(
        "function of another name",
        "pricing.store", "py",
        "async def read_tax_rates(", "async def tax_rates(",
        "read_tax_rates: its function is called tax_rates",
    ),
    Plant(
        "two statements of one name",
        "pricing.store", "sql",
        "-- name: add_tax_rates", "-- name: read_tax_rates",
        "read_tax_rates: named 2 times",
    ),
    Plant(
        "statement without a comment",
        "pricing.store", "sql",
        "-- Insert tax rates; a row that exists stays as it is.\n", "",
        "add_tax_rates: no comment says what it does",
    ),
    Plant(
        "every column at once",
        "catalog.store", "sql",
        "SELECT code, currency, seller_code, zone, locale, tax_behavior FROM market",
        "SELECT * FROM market",
        "read_market: SELECT * hides its columns",
    ),
    Plant(
        "insert without a column list",
        "outbox.store", "sql",
        "INSERT INTO api_key (id, principal, secret_hash, created_at)\nVALUES",
        "INSERT INTO api_key\nVALUES",
        "add_api_key: INSERT without a column list",
    ),
    Plant(
        "result that nobody reads",
        "outbox.store", "sql",
        "WHERE id = %(id)s AND revoked_at IS NULL",
        "WHERE id = %(id)s AND revoked_at IS NULL RETURNING id",
        "revoke_api_key: nobody reads what it returns",
    ),
)  # fmt: skip


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.case)
def test_planted_fault_is_found(plant: Plant, describer: Describer, tmp_path: Path) -> None:
    # given a copy of a statement file and its module with one fault in it
    real = next(file for file in FILES if file.module == f"ledgerline.{plant.module}")
    texts = {"sql": real.sql.read_text(), "py": real.python.read_text()}
    assert plant.old in texts[plant.kind]
    texts[plant.kind] = texts[plant.kind].replace(plant.old, plant.new, 1)
    planted = StatementFile(real.module, tmp_path / "planted.sql", tmp_path / "planted.py")
    planted.sql.write_text(texts["sql"])
    planted.python.write_text(texts["py"])
    # when it is checked
    found = faults_of(describer, planted, imported_from(planted.python, real.module))
    # then the fault is named
    assert any(fault.startswith(plant.expected) for fault in found), found
