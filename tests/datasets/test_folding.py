"""Folding in steps: what an earlier release has folded, and what was said since, gives the same."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis import Table

from ledgerline.datasets.engine import Engine, duckdb_engine
from ledgerline.datasets.folding import Seen, folded
from ledgerline.datasets.node import Fold, Params
from ledgerline.datasets.nodes import node_of
from ledgerline.rules.timeline import Delta
from ledgerline.subscriptions.model import LogKind
from tests.datasets.tables import arrow_of
from tests.datasets.test_subscription_version import MONTHS, PRICES, RATES, log_rows, logs
from tests.unit.rules.test_contracted import FEB_1, FEB_10, MAR_5, bought, created, log, said, step

_NODE = node_of("subscription_version")
_Rows = Sequence[Mapping[str, Any]]


@contextmanager
def _engine() -> Iterator[Engine]:
    with TemporaryDirectory() as folder, duckdb_engine(Path(folder)) as opened:
        yield opened


def _table(name: str, rows: _Rows) -> Table:
    return ibis.memtable(arrow_of(name, rows))


def _read(rows: _Rows) -> dict[str, Table]:
    given = {"subscription_log": rows, "agreed_price": PRICES, "tax_rate": RATES}
    contract = _NODE.contract
    names = (*contract.sources, *contract.reads)
    return {name: _table(name, given.get(name, ())) for name in names}


def _months(until: date) -> Params:
    return Params(tuple(month for month in MONTHS if month < until), until, None)


def _in_one(rows: _Rows, *, until: date) -> list[dict[str, Any]]:
    with _engine() as computing:
        found = folded(computing, _NODE, _read(rows), _months(until), seen=None)
    return sorted(found.to_pylist(), key=str)


def _in_steps(rows: _Rows, *, cuts: Sequence[date]) -> tuple[list[dict[str, Any]], list[int]]:
    """Fold up to one cut after the other; return the rows, and how many each step folded."""
    sizes = list[int]()
    assert isinstance(_NODE.build, Fold)
    inner = _NODE.build.rows

    def counted(held: Mapping[str, Any], params: Params) -> Any:
        sizes.append(len(held["subscription_log"]["subscription_id"].unique()))
        return inner(held, params)

    node = _NODE._replace(build=_NODE.build._replace(rows=counted))
    found, before = _NODE.contract.schema().empty_table(), date.min
    with _engine() as computing:
        for cut in cuts:
            known = [row for row in rows if row["recorded_on"] < cut]
            fresh = [row for row in known if row["recorded_on"] >= before]
            seen = Seen(ibis.memtable(found), _table("subscription_log", fresh), before)
            first = before == date.min
            found = folded(
                computing, node, _read(known), _months(cut), seen=None if first else seen
            )
            before = cut
    return sorted(found.to_pylist(), key=str), sizes


@settings(max_examples=25, deadline=None)
@given(
    st.lists(logs(), min_size=1, max_size=4),
    st.lists(st.sampled_from(MONTHS[2:]), min_size=1, max_size=3, unique=True),
)
def test_steps_give_what_one_fold_of_all_gives(drawn: list[Any], cuts: list[date]) -> None:
    rows = [row for n, entries in enumerate(drawn) for row in log_rows(f"{n}", entries)]
    months = sorted(cuts)
    known = [row for row in rows if row["recorded_on"] < months[-1]]
    found, _ = _in_steps(rows, cuts=months)
    assert found == _in_one(known, until=months[-1])


def test_only_what_may_have_changed_is_folded_again() -> None:
    # given one of which nothing is ever said again, one that ends in April as was said in February,
    # and one of which something is new in March
    calm = log(*bought(created(step("single", FEB_1))))
    april = date(2026, 4, 20)
    ending = log(
        *bought(created(step("single", FEB_1))),
        said(LogKind.CANCEL_SCHEDULED, april, on=FEB_10),
    )
    moved = log(
        *bought(created(step("single", FEB_1))),
        said(LogKind.PLAN_CHANGED, MAR_5, Delta(steps=(step("family", MAR_5),))),
    )
    rows = [*log_rows("calm", calm), *log_rows("ending", ending), *log_rows("moved", moved)]
    # when they are folded at the ends of February, March, April and May
    cuts = [date(2026, month, 1) for month in (3, 4, 5, 6)]
    found, sizes = _in_steps(rows, cuts=cuts)
    # then each step folds what is new, and what is still to come
    assert sizes == [3, 2, 1, 0]
    assert found == _in_one(rows, until=cuts[-1])
    assert [row["valid_start"] for row in found if row["status"] == "ended"] == [april]
