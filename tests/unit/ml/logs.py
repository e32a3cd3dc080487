"""Logs whose truth is known: three accounts, four contexts, customers with luck of their own."""

from typing import Any, Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Floats, Log

APPROVALS: Final = np.array([[0.9, 0.8, 0.7], [0.7, 0.85, 0.8], [0.6, 0.6, 0.9], [0.8, 0.8, 0.8]])
LOGGED: Final = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [1 / 3] * 3])


class Drawn(NamedTuple):
    """A log, and the true approval of every account for each decision."""

    log: Log
    approvals: Floats

    def policy(self, table: Any) -> Floats:
        """Spread a table (context × account) over the decisions."""
        found: Floats = np.asarray(table, dtype=np.float64)[self.log.contexts]
        return found

    def truth(self, policy: Floats) -> float:
        """Return what a policy earns."""
        return float((policy * self.approvals).sum(axis=1).mean())


def drawn(size: int = 6_000, *, seed: int = 1, logged: Any = LOGGED, followed: Any = None) -> Drawn:
    """Draw a log by the probabilities ``logged``; ``followed`` are those that are followed."""
    chance = np.random.default_rng(seed)
    customers = np.arange(size) // 3
    contexts = chance.integers(0, len(APPROVALS), size // 3 + 1)[customers]
    edges = np.asarray(logged if followed is None else followed).cumsum(axis=1)[contexts]
    chosen = (chance.random((size, 1)) > edges).sum(axis=1).clip(max=edges.shape[1] - 1)
    approvals = APPROVALS[contexts]
    own = chance.random(size // 3 + 1)[customers]
    luck = np.where(chance.random(size) < 0.5, own, chance.random(size))
    approved = luck < approvals[np.arange(size), chosen]
    log = Log(
        customers=customers, payments=np.arange(size), contexts=contexts,
        logged=np.asarray(logged, dtype=np.float64)[contexts], chosen=chosen,
        approved=approved.astype(np.float64), is_known=np.ones(size, dtype=np.bool_),
    )  # fmt: skip
    return Drawn(log, approvals)


def half_asked(seed: int, *, approval: float = 0.97, size: int = 4_500) -> Drawn:
    """Draw a log in which all accounts approve alike, and a model decides for 95 % at the end.

    Customers pay seven times each, in thirty contexts; the model decides for the last fifth, and
    rarely chooses what the rules would.
    """
    chance = np.random.default_rng(seed)
    customers = chance.integers(0, size // 7, size)
    contexts = customers * 7_919 % 30
    by_rules = np.tile([0.5, 0.3, 0.2], (size, 1))
    best = chance.integers(0, 3, 30)[contexts]
    by_model = np.where(np.arange(3) == best[:, None], 0.96, 0.02)
    is_asked = (np.arange(size) >= 0.8 * size)[:, None]
    held_out = (chance.random(size // 7) < 0.05)[customers, None]
    followed = np.where(is_asked & ~held_out, by_model, by_rules)
    chosen = (chance.random((size, 1)) > followed.cumsum(axis=1)).sum(axis=1).clip(max=2)
    log = Log(
        customers=customers, payments=np.arange(size), contexts=contexts,
        logged=np.where(is_asked, 0.05 * by_rules + 0.95 * by_model, by_rules), chosen=chosen,
        approved=(chance.random(size) < approval).astype(np.float64),
        is_known=np.ones(size, dtype=np.bool_),
    )  # fmt: skip
    return Drawn(log, np.full((size, 3), approval))


RULES: Final = np.tile([0.5, 0.3, 0.2], (30, 1))
"""What the rules choose in a log that is ``half_asked``, by context."""
