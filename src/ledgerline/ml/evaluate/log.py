"""A log of choices as arrays: a row a decision, a column an account."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Policies = Mapping[str, Floats]
"""Policies by name: the probability of each account (column) for each decision (row)."""


class Log(NamedTuple):
    """Decisions in the order of time.

    ``customers`` and ``payments`` number who pays and what; ``contexts`` number what was known of
    the charge. ``logged`` is the probability of each account when it was drawn, 0 where it could
    not be; ``chosen`` the column that was. ``approved`` is 1.0 or 0.0 where the outcome
    ``is_known``, and says nothing elsewhere.
    """

    customers: Ints
    payments: Ints
    contexts: Ints
    logged: Floats
    chosen: Ints
    approved: Floats
    is_known: Bools

    @property
    def size(self) -> int:
        """How many decisions there are."""
        return len(self.chosen)

    def rows(self, which: Bools) -> "Log":
        """Return some of the decisions."""
        return Log(
            customers=self.customers[which],
            payments=self.payments[which],
            contexts=self.contexts[which],
            logged=self.logged[which],
            chosen=self.chosen[which],
            approved=self.approved[which],
            is_known=self.is_known[which],
        )

    def of_chosen(self, table: Floats) -> Floats:
        """Return what a table (decision × account) says of the account that was chosen."""
        found: Floats = table[np.arange(self.size), self.chosen]
        return found


_ROUNDED: Final = 1e-6


def checked(log: Log) -> Log:
    """Return the log if it can be one; raises ``ValueError`` where what was chosen could not be."""
    if not log.size:
        return log
    sums = log.logged.sum(axis=1)
    if np.any(np.abs(sums - 1) > _ROUNDED) or log.logged.min() < 0:
        raise ValueError("probabilities of a decision come to 1")
    if log.of_chosen(log.logged).min() <= 0:
        raise ValueError("an account was chosen that could not be")
    return log
