"""The one translation of database errors into our three kinds of failure."""

from typing import Final

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout

from ledgerline.base.conninfo import told
from ledgerline.base.errors import (
    CommitUnknown,
    ConstraintViolated,
    TryAgain,
    Unavailable,
    WrongDatabase,
)
from ledgerline.base.pipelines import STALE
from ledgerline.base.statements import Refusals

_PASSING: Final = (
    errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable,
    errors.IdleInTransactionSessionTimeout, *STALE,
)  # fmt: skip
_WRONG: Final[dict[type[Exception], str]] = {
    errors.UndefinedTable: "the database lacks tables of this release",
    errors.UndefinedColumn: "the database lacks columns of this release",
    errors.InsufficientPrivilege: "the role of the database URL lacks a right",
}
_LATE: Final[dict[type[Exception], str]] = {
    PoolTimeout: "no database connection became free in time",
    errors.QueryCanceled: "the database gave up a statement that took too long",
}


def translated(error: psycopg.Error, refusals: Refusals, *, committing: bool) -> Exception:
    """Turn a database error into one of the three kinds of failure, or leave it a defect."""
    if isinstance(error, errors.IntegrityError):
        return _refused(error, refusals)
    if isinstance(error, _PASSING):
        return TryAgain(f"the database asks to try again ({error.sqlstate})")
    if type(error) in _LATE:
        return Unavailable(_LATE[type(error)])
    if not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        wrong = _WRONG.get(type(error))
        return error if wrong is None else WrongDatabase(f"{wrong}: {told(error)}")
    if committing:
        return CommitUnknown("the connection broke during COMMIT")
    return Unavailable(f"the database is not reachable: {told(error)}")


def _refused(error: psycopg.IntegrityError, refusals: Refusals) -> Exception:
    constraint = error.diag.constraint_name or "a constraint"
    if constraint in refusals:
        return refusals[constraint](constraint=constraint)
    return ConstraintViolated(constraint, str(error).strip())
