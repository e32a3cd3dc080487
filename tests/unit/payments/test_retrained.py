"""A table that was trained anew differs a little from the one before, or is looked at again."""

from ledgerline.payments.rules.retrained import change, unusual
from ledgerline.payments.rules.retry_scores import Table

KNOTS = ((0, 1),)


def _table(*cells: int, family: str = "hour") -> Table:
    return Table(((family,),), {f"0|{no}": cell for no, cell in enumerate(cells)}, KNOTS)


def test_a_change_is_what_cells_differ_by_on_average() -> None:
    assert change(_table(100, 200), _table(110, 170)) == 20_000
    assert change(_table(100, 200), _table(100)) == 100_000
    assert change(_table(100, 200), _table(100, 200, family="brand")) == 300_000
    assert change(Table((), {}, KNOTS), Table((), {}, KNOTS)) == 0


def test_more_than_twice_the_usual_change_is_unusual_once_some_are_known() -> None:
    tables = [_table(at) for at in (0, 10, 22, 31)]
    assert unusual([*tables[:3], _table(500)]) is None
    assert unusual([*tables, _table(51)]) is None
    assert unusual([*tables, _table(52)]) == (
        "the table changed by 21.000 thousandths of a logit a cell, usual are 10.000: more than 2"
        " times as much"
    )
    # small changes are compared as well: what is usual is not rounded to nothing
    small = [_table(0, 0, 0, no) for no in range(5)]
    assert unusual(small) is None
    assert unusual([*small[:4], _table(1, 2, 2, 3)]) is not None
    # to go back to an earlier one is no change of what was learned
    assert unusual([*tables, _table(0)]) is None
