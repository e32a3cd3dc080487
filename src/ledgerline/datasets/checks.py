"""What must hold of every table, and how sums are held against each other."""

from collections.abc import Sequence
from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Check, Node, Params, Sources
from ledgerline.datasets.portable import stacked, within

ROWS_SHOWN: Final = 5


def standing(node: Node) -> Sequence[Check]:
    """Return what must hold of any table: its key names one row, and its key is never empty."""
    contract = node.contract

    def doubled(sources: Sources, params: Params) -> Table:
        found = sources[contract.name]
        of_months = found.filter(within(found[contract.partition], params.months))
        counted = of_months.group_by(*contract.key).agg(rows_count=row.count())
        return counted.filter(row.rows_count > 1)

    return (Check(f"{contract.name}_key", f"no two rows share {', '.join(contract.key)}", doubled),)


def differences(
    left: Table, right: Table, *, by: Sequence[str], amount: str = "amount_minor"
) -> Table:
    """Return where the sums of two tables differ, with what each has and the difference."""
    nothing = ibis.literal(0, "int64")
    both = stacked(
        left.select(*by, left_minor=row[amount].cast("int64"), right_minor=nothing),
        right.select(*by, left_minor=nothing, right_minor=row[amount].cast("int64")),
    )
    summed = both.group_by(*by).agg(
        left_minor=row.left_minor.sum().cast("int64"),
        right_minor=row.right_minor.sum().cast("int64"),
    )
    found = summed.mutate(difference_minor=row.left_minor - row.right_minor)
    return found.filter(row.difference_minor != 0)


def unlike(left: Table, right: Table) -> Table:
    """Return the rows of which two tables have a different number, with how many more ``left`` has.

    Both have the same columns.
    """
    names = left.columns
    both = stacked(
        left.mutate(more_count=ibis.literal(1, "int64")),
        right.mutate(more_count=ibis.literal(-1, "int64")),
    )
    summed = both.group_by(*names).agg(more_count=row.more_count.sum().cast("int64"))
    return summed.filter(row.more_count != 0)


def balance(transfer: Table, account: str) -> Table:
    """Return what moved an account: debits count, credits are negative."""
    moves = transfer.filter((transfer.debit_code == account) | (transfer.credit_code == account))
    debited = row.debit_code == account
    return moves.mutate(amount_minor=ibis.ifelse(debited, row.amount_minor, -row.amount_minor))
