"""Fold the logs: each distinct one once, since many customers do the same on the same days."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis import Table

from ledgerline.base.ids import PriceId
from ledgerline.catalog.model import TaxRate, TaxTreatment
from ledgerline.catalog.rows import CouponRow, PriceRow
from ledgerline.datasets.node import Params
from ledgerline.datasets.portable import stacked
from ledgerline.pricing.rows import components_in
from ledgerline.pricing.tax.rates import TaxRates, as_known
from ledgerline.rules.contracted import Version, versions
from ledgerline.rules.entries import read_delta
from ledgerline.rules.reasons import why
from ledgerline.rules.statuses import Recorded
from ledgerline.rules.terms import Book
from ledgerline.rules.timeline import Delta, Entry
from ledgerline.rules.worth import Till
from ledgerline.subscriptions.model import LogKind

_WHOSE: Final = ("subscription_id", "customer_id", "seller_code", "market_code", "currency")
_SAID: Final = ("kind", "effective_on", "recorded_on", "cause", "body")
_Said = tuple[str, date, date, str, str]
_Row = tuple[str, date, date | None, str, int, str, int, str, int, int, str, bool]
_SCHEMA: Final = pa.schema(
    [
        ("component", pa.string()),
        ("valid_start", pa.date32()),
        ("valid_end", pa.date32()),
        ("plan_code", pa.string()),
        ("quantity_count", pa.int64()),
        ("cadence_unit", pa.string()),
        ("cadence_count", pa.int64()),
        ("status", pa.string()),
        ("net_minor", pa.int64()),
        ("mrr_e4", pa.int64()),
        ("reason", pa.string()),
        ("is_late", pa.bool_()),
    ]
)


class _Reading(NamedTuple):
    """What logs are read by, and the parts of them that are known already."""

    till: Till
    intros: frozenset[PriceId]
    deltas: dict[str, Delta]
    kinds: Mapping[str, LogKind]


def fold(sources: Mapping[str, pa.Table], params: Params) -> pa.Table:
    """Return the versions of all subscriptions that began by the last of the months.

    Raises what pricing raises for terms that it cannot price.
    """
    log = sources["subscription_log"].sort_by(
        [("subscription_id", "ascending"), ("seq_count", "ascending")]
    )
    firsts, logs = _grouped(log)
    reading = _reading(sources)
    months = frozenset(params.months)
    distinct = {said: number for number, said in enumerate(dict.fromkeys(logs))}
    rows, spans = list[_Row](), list[range]()
    for said in distinct:
        begin = len(rows)
        rows += [one for one in _rows(said, reading) if one[1].replace(day=1) in months]
        spans.append(range(begin, len(rows)))
    of_log, of_row = list[int](), list[int]()
    for first, said in zip(firsts, logs, strict=True):
        span = spans[distinct[said]]
        of_log += [first] * len(span)
        of_row += span
    columns = list(zip(*rows, strict=True)) or [()] * len(_SCHEMA)
    made = pa.table(
        [pa.array(each, field.type) for each, field in zip(columns, _SCHEMA, strict=True)],
        schema=_SCHEMA,
    ).take(pa.array(of_row, pa.int64()))
    whose = log.select(list(_WHOSE)).take(pa.array(of_log, pa.int64()))
    for name in _WHOSE:
        made = made.append_column(name, whose[name])
    starts = pc.call_function(
        "floor_temporal", [made["valid_start"]], pc.RoundTemporalOptions(unit="month")
    )
    return made.append_column("start_month", starts.cast(pa.date32()))


def unsettled(log: Table, before: Table, since: date) -> Table:
    """Return subscriptions of which something begins from ``since`` on that was said before.

    It ends a version that there is, or it is the first of its component, and those begin on the
    day on which an entry takes effect; what came late begins with the month in which it came.
    """
    day = ibis.date(since.year, since.month, since.day)
    planned = log.filter((log.effective_on >= day) | (log.recorded_on >= day))
    ending = before.filter(before.valid_end >= day)
    return stacked(planned.select("subscription_id"), ending.select("subscription_id"))


def _grouped(log: pa.Table) -> tuple[list[int], list[tuple[_Said, ...]]]:
    """Return where the log of each subscription begins, and what each says."""
    ids = log["subscription_id"].to_pylist()
    said = list(zip(*(_shared(log[name]) for name in _SAID), strict=True))
    firsts = [n for n, one in enumerate(ids) if n == 0 or one != ids[n - 1]]
    ends = [*firsts[1:], len(ids)] if firsts else []
    return firsts, [tuple(said[a:b]) for a, b in zip(firsts, ends, strict=True)]


def _shared(column: pa.ChunkedArray) -> Iterable[Any]:
    """Return values so that equal ones are one object: they hash once and compare at once."""
    coded = column.combine_chunks().dictionary_encode()
    values = coded.dictionary.to_pylist()
    return [values[code] for code in coded.indices.to_pylist()]


def _rows(said: Sequence[_Said], reading: _Reading) -> list[_Row]:
    log = [
        Recorded(
            Entry(seq, reading.kinds[kind], effective, _delta(body, reading.deltas)), on, cause
        )
        for seq, (kind, effective, on, cause, body) in enumerate(said, 1)
    ]
    return [_row(one, reading) for one in versions(log, reading.till)]


def _delta(body: str, known: dict[str, Delta]) -> Delta:
    found = known.get(body)
    if found is None:
        found = known[body] = read_delta(json.loads(body))
    return found


def _row(one: Version, reading: _Reading) -> _Row:
    cell = one.cell
    return (
        one.component, one.start, one.end, cell.plan_code, cell.quantity, cell.cadence.unit.value,
        cell.cadence.count, cell.status.value, cell.net_minor, cell.mrr_e4,
        why(one.component, one.before, cell, intros=reading.intros).value, one.is_late,
    )  # fmt: skip


def _reading(sources: Mapping[str, pa.Table]) -> _Reading:
    prices = {row["price_id"]: row for row in _rows_of(sources["agreed_price"].drop("agreed_id"))}
    coupons = {
        row["offer_code"]: row for row in _rows_of(sources["agreed_offer"].drop("agreed_id"))
    }
    rates = as_known((_rate(row), row["recorded_on"]) for row in sources["tax_rate"].to_pylist())
    book = Book(
        {UUID(price_id).int: _price(row) for price_id, row in prices.items()},
        TaxRates.of(rates),
        {
            code: CouponRow(
                code=code,
                percent_ppm=row["percent_ppm"],
                amount_minor=row["amount_minor"],
                currency=row["currency"],
                periods=None,
            )
            for code, row in coupons.items()
        },
    )
    intros = frozenset(
        PriceId(UUID(price_id)) for price_id, row in prices.items() if row["phase_kind"] == "intro"
    )
    return _Reading(Till(book), intros, {}, {kind.value: kind for kind in LogKind})


def _rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """Return the distinct rows of a table."""
    found: list[dict[str, Any]] = table.group_by(table.column_names).aggregate([]).to_pylist()
    return found


def _rate(row: Mapping[str, Any]) -> TaxRate:
    return TaxRate(
        market_code=row["market_code"],
        category=row["tax_category"],
        valid_from=row["valid_on"],
        rate_ppm=row["rate_ppm"],
        source="",
        treatment=TaxTreatment(row["treatment"]),
        components=components_in(row["components"]),
    )


def _price(row: Mapping[str, Any]) -> PriceRow:
    """Read a price; what its catalog calls it, and when it may be sold, no period depends on."""
    return PriceRow(
        id=PriceId(UUID(row["price_id"])),
        plan_code=row["plan_code"],
        phase_no=row["phase_count"],
        component=row["component"],
        market_code=row["market_code"],
        currency=row["currency"],
        unit_num=row["unit_num"],
        unit_den=row["unit_den"],
        tax_behavior=row["tax_behavior"],
        valid_from=row["valid_on"],
        plan_name="",
        product_code=row["product_code"],
        product_kind=row["product_kind"],
        cadence_count=row["cadence_count"],
        cadence_unit=row["cadence_unit"],
        status="",
        family=row["family"],
        tax_category=row["tax_category"],
        seller_code="",
        market_zone="",
        seller_zone="",
        release_no=0,
        rounding_mode=row["rounding_mode"],
        rounding_target=row["rounding_target"],
        rounding_components=row["rounding_components"],
        grace_days=0,
    )
