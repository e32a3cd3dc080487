"""How much a table of retry timing that was trained anew differs from the one before."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median_low
from typing import Final

from ledgerline.payments.rules.retry_scores import Table

TABLES_READ: Final = 7
CHANGES_MIN: Final = 3
"""So many changes have to be known before one is unusual."""
_TIMES: Final = 2
_THOUSAND: Final = 1_000


def change(before: Table, after: Table) -> int:
    """Return by how much cells differ on average, in millionths of a logit.

    A cell that is in one table only differs by all that it adds. Tables of other families have
    nothing in common: then it is the sum of what both add.
    """
    alike = before.families == after.families
    names = before.cells.keys() | after.cells.keys()
    if not names:
        return 0
    moved = (
        abs(after.cells.get(name, 0) - before.cells.get(name, 0))
        if alike
        else abs(after.cells.get(name, 0)) + abs(before.cells.get(name, 0))
        for name in names
    )
    return _THOUSAND * sum(moved) // len(names)


def unusual(tables: Sequence[Table]) -> str | None:
    """Say how far the newest of some tables, in order, is from usual; None where it is not.

    Usual is the median of the changes before. A table that is one of the earlier ones again is no
    change: somebody goes back.
    """
    changes = [change(before, after) for before, after in pairwise(tables)]
    if len(changes) <= CHANGES_MIN or tables[-1] in tables[:-1]:
        return None
    usual = median_low(changes[:-1])
    if changes[-1] <= _TIMES * usual:
        return None
    return (
        f"the table changed by {_thousandths(changes[-1])} thousandths of a logit a cell, usual are"
        f" {_thousandths(usual)}:"
        f" more than {_TIMES} times as much"
    )


def _thousandths(millionths: int) -> str:
    return f"{millionths // _THOUSAND}.{millionths % _THOUSAND:03}"
