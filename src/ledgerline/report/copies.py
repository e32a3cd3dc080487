"""Whole tables as files: Parquet as it is, CSV as a spreadsheet reads it."""

from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa

from ledgerline.base.money import EXPONENTS
from ledgerline.datasets.contract import Contract, type_of
from ledgerline.datasets.engine import Engine
from ledgerline.report.cells import currency_of

_TEN_THOUSANDTHS: Final = 4
_FORMULA: Final = "^[=+@\t\r\\x00-]"
"""Text that a spreadsheet would compute; an apostrophe before it makes it text."""


class Copy(NamedTuple):
    """One file: its name below the folder of the report, and how large it is."""

    path: str
    size: int


def write_copies(engine: Engine, contract: Contract, folder: Path) -> tuple[Copy, Copy]:
    """Write all rows, sorted by key, as CSV and as Parquet into ``folder``.

    Beside each amount in minor units the CSV has the same amount as a decimal. Text that a
    spreadsheet would take for a formula is prefixed there, and nowhere in the Parquet file.
    """
    order = ", ".join(_quoted(name) for name in contract.key)
    csv, parquet = folder / f"{contract.name}.csv", folder / f"{contract.name}.parquet"
    columns = ", ".join(part for name in contract.columns for part in _written(name, contract))
    engine.sql(
        f"COPY (SELECT {columns} FROM {_quoted(contract.name)} ORDER BY {order}) "  # noqa: S608 - names of a contract
        f"TO {_literal(csv)} (FORMAT csv, HEADER)"
    )
    engine.sql(
        f"COPY (SELECT * FROM {_quoted(contract.name)} ORDER BY {order}) "  # noqa: S608 - names of a contract
        f"TO {_literal(parquet)} (FORMAT parquet, COMPRESSION zstd)"
    )
    return (
        Copy(f"{folder.name}/{csv.name}", csv.stat().st_size),
        Copy(f"{folder.name}/{parquet.name}", parquet.stat().st_size),
    )


def _written(name: str, contract: Contract) -> list[str]:
    column = _quoted(name)
    if type_of(name) == pa.string():
        formula = f"regexp_matches({column}, '{_FORMULA}')"
        return [f"CASE WHEN {formula} THEN '''' || {column} ELSE {column} END AS {column}"]
    currency = currency_of(name, contract.columns)
    if currency is None:
        return [column]
    return [column, f"{_decimal(name, currency)} AS {_quoted(name.rpartition('_')[0])}"]


def _decimal(name: str, currency: str) -> str:
    """Write minor units as a decimal with all of the currency's decimals."""
    more = _TEN_THOUSANDTHS if name.endswith("_e4") else 0
    by_exponent = {
        digits: ", ".join(f"'{code}'" for code, each in sorted(EXPONENTS.items()) if each == digits)
        for digits in sorted(set(EXPONENTS.values()))
    }
    cases = " ".join(
        f"WHEN {_quoted(currency)} IN ({codes}) THEN {_shifted(_quoted(name), digits + more)}"
        for digits, codes in by_exponent.items()
    )
    return f"CASE {cases} END"


def _shifted(column: str, digits: int) -> str:
    if digits == 0:
        return f"CAST({column} AS VARCHAR)"
    sign = f"CASE WHEN {column} < 0 THEN '-' ELSE '' END"
    unit = 10**digits
    whole = f"CAST(abs({column}) // {unit} AS VARCHAR)"
    rest = f"lpad(CAST(abs({column}) % {unit} AS VARCHAR), {digits}, '0')"
    return f"{sign} || {whole} || '.' || {rest}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
