"""What grows without end can be cut into years: the keys are those PostgreSQL accepts for it.

The tables are not partitioned today. The test cuts them in a copy of the schema and lives in it for
a while, on the oldest and the newest release.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, NamedTuple, cast
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from ledgerline.base.ids import Bucket, uuid7
from ledgerline.cli import migrate, postgres_binaries
from ledgerline.cli.local_postgres import LocalPostgres, Profile, start
from ledgerline.cli.postgres_binaries import NoPostgres
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.invoicing.rules.numbering import series_id
from tests.architecture.dump import SCHEMA
from tests.flow_world import World, open_world
from tests.postgres import new_database, temporary_folder
from tests.shipped import shipped_catalog

YEARS: Final = (2026, 2027)
KINDS: Final = ("invoice", "credit_note", "receipt")
NOVEMBER: Final = datetime(2026, 11, 15, tzinfo=UTC)
FEBRUARY: Final = date(2027, 2, 16)
MAJORS: Final = (15, 18)
REFERENCE: Final = ("environment", "transition", "account", "migration")
"""Tables whose rows the migrations write."""


class Cut(NamedTuple):
    """How a table is cut, and by which column."""

    how: str
    column: str


GROWING: Final[Mapping[str, Cut]] = {
    "transfer": Cut("RANGE", "source_id"),
    "event": Cut("RANGE", "id"),
    "invoice_line": Cut("RANGE", "period_start"),
    "document_number": Cut("LIST", "series_id"),
}


@pytest.fixture(scope="module", params=MAJORS)
def server(request: pytest.FixtureRequest, postgres: LocalPostgres) -> Iterator[LocalPostgres]:
    """Give the server of this process if it is of that release, else one more."""
    with psycopg.connect(postgres.url) as connection:
        is_running = connection.info.server_version // 10_000 == request.param
    if is_running:
        yield postgres
        return
    try:
        postgres_binaries.find(major=request.param)
    except NoPostgres as missing:
        pytest.skip(str(missing))
    with (
        temporary_folder() as folder,
        start(folder, profile=Profile.TESTS, major=request.param) as other,
    ):
        yield other


@pytest.fixture(scope="module")
def cut_url(server: LocalPostgres) -> Iterator[str]:
    """Give a database whose growing tables are cut into years, with the rows of the migrations."""
    with (
        new_database(server, template="template0") as plain,
        new_database(server, template="template0") as url,
    ):
        migrate.upgrade(plain, migrate.migrations_folder())
        with psycopg.connect(url) as into, psycopg.connect(plain) as source:
            into.execute(cut_schema().encode())
            into.execute("SET search_path = public")
            for table in REFERENCE:
                _copy_rows(table, source, into)
        yield url


def _copy_rows(table: str, source: psycopg.Connection, into: psycopg.Connection) -> None:
    read = SQL("COPY {} TO STDOUT").format(Identifier(table))
    write = SQL("COPY {} FROM STDIN").format(Identifier(table))
    with source.cursor().copy(read) as found, into.cursor().copy(write) as put:
        for block in found:
            put.write(block)


def cut_schema(*more: str) -> str:
    """Write the schema with its growing tables cut by year, ``more`` before there are any parts."""
    text = SCHEMA.read_text(encoding="utf-8")
    for table, cut in GROWING.items():
        text, count = re.subn(
            rf"(CREATE TABLE public\.{table} \(\n(?:    .*\n)+\));",
            rf"\1 PARTITION BY {cut.how} ({cut.column});",
            text,
        )
        assert count == 1, table
    parts = [_part(table, cut, year) for table, cut in GROWING.items() for year in YEARS]
    rest = [
        f"CREATE TABLE public.{table}_rest PARTITION OF public.{table} DEFAULT" for table in GROWING
    ]
    return ";\n".join([text.rstrip().rstrip(";"), *more, *parts, *rest]) + ";\n"


def _part(table: str, cut: Cut, year: int) -> str:
    head = f"CREATE TABLE public.{table}_{year} PARTITION OF public.{table} FOR VALUES"
    if cut.how == "LIST":
        sellers = sorted(seller.code for seller in shipped_catalog().sellers)
        ids = [str(series_id(code, kind, date(year, 1, 1))) for code in sellers for kind in KINDS]
        return f"{head} IN ({', '.join(map(repr, ids))})"
    bounds = [str(_bound(cut.column, one)) for one in (year, year + 1)]
    return f"{head} FROM ('{bounds[0]}') TO ('{bounds[1]}')"


def _bound(column: str, year: int) -> UUID | date:
    """Return the least value of a year: a date, or the id that time gives a row."""
    if column == "period_start":
        return date(year, 1, 1)
    first = uuid7(int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000), Bucket(0), 0)
    return UUID(int=first.int >> 80 << 80)


async def test_a_year_ends_and_each_row_lies_in_its_year(cut_url: str, tmp_path: Path) -> None:
    # given purchases in November on a schema whose growing tables are cut by year
    async with open_world(cut_url, tmp_path, at=NOVEMBER) as world:
        bought = await world.buy(await world.shopper())
        await world.buy(await world.shopper("US"), "individual_yearly")
        # when renewals go over the new year and the first month is given back
        await world.advance(FEBRUARY)
        assert bought.payment_id is not None
        await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, None, "asked"))
        # then everything is billed once
        lines = await world.lines(bought.subscription_id)
        assert [start.isoformat() for start, _, _ in lines] == [
            "2026-11-15", "2026-12-15", "2027-01-15", "2027-02-15",
        ]  # fmt: skip
        # and each year has its rows, and nothing lies in no year
        found = {table: await _spread(world, table) for table in GROWING}
        assert all(found[table][year] > 0 for table in GROWING for year in map(str, YEARS)), found
        assert all(found[table]["rest"] == 0 for table in GROWING), found
        # and a year can be taken off
        await world.write("ALTER TABLE invoice_line DETACH PARTITION invoice_line_rest")
        await world.write("ALTER TABLE transfer DETACH PARTITION transfer_rest")


async def _spread(world: World, table: str) -> dict[str, int]:
    return {
        part: cast("int", await world.value(f"SELECT count(*) FROM {table}_{part}"))
        for part in (*map(str, YEARS), "rest")
    }


@pytest.mark.parametrize("table", GROWING)
def test_a_key_without_the_column_it_is_cut_by_is_refused(
    table: str, server: LocalPostgres
) -> None:
    with new_database(server, template="template0") as url, psycopg.connect(url) as connection:
        planted = f"ALTER TABLE public.{table} ADD CONSTRAINT planted UNIQUE (bucket)"
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="partition"):
            connection.execute(cut_schema(planted).encode())
