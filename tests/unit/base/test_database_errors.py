"""Errors of the database as our kinds of failure."""

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolTimeout

from ledgerline.base.database_errors import translated
from ledgerline.base.errors import CommitUnknown, TryAgain, Unavailable, WrongDatabase


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (errors.UndefinedTable('relation "x" does not exist'), WrongDatabase,
         'the database lacks tables of this release: relation "x" does not exist'),
        (errors.UndefinedColumn("column x"), WrongDatabase,
         "the database lacks columns of this release: column x"),
        (errors.InsufficientPrivilege("permission denied\nHINT"), WrongDatabase,
         "the role of the database URL lacks a right: permission denied"),
        (psycopg.OperationalError("gone"), Unavailable, "the database is not reachable: gone"),
        (PoolTimeout("5 s"), Unavailable, "no database connection became free in time"),
        (errors.QueryCanceled("60 s"), Unavailable,
         "the database gave up a statement that took too long"),
        (errors.DeadlockDetected("a circle"), TryAgain,
         "the database asks to try again (40P01)"),
    ],
)  # fmt: skip
def test_a_failure_is_one_sentence_of_its_kind(
    error: psycopg.Error, kind: type[Exception], said: str
) -> None:
    found = translated(error, {}, committing=False)
    assert (type(found), str(found)) == (kind, said)


def test_what_breaks_at_commit_is_unknown() -> None:
    found = translated(psycopg.OperationalError("gone"), {}, committing=True)
    assert type(found) is CommitUnknown


def test_a_defect_stays_what_it_is() -> None:
    defect = errors.SyntaxError("SELEKT")
    assert translated(defect, {}, committing=False) is defect
