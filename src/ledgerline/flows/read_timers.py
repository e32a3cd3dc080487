"""Read how far sellers let a model of retry timing decide, and the model itself."""

from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.flows.switch_model import switch_of
from ledgerline.payments import learning
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.learning import TimerRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rules.retry_scores import TableModel, table_of
from ledgerline.payments.scores import OFF, Timing

_table: Final = lru_cache(maxsize=4)(table_of)  # the same few texts are read again and again


class Told(NamedTuple):
    """What of a refusal is not in its rows."""

    market: str
    brand: str
    now: datetime


async def read_timers_in(tx: Tx) -> list[TimerRow]:
    """Read the switches, in the caller's pipeline; where all are off that is nothing."""
    return await learning.read_timers(tx)


def timing_of(attempt: AttemptRow, payment: PaymentRow, row: TimerRow | None, told: Told) -> Timing:
    """Say what may order the moments of a payment's next try.

    A table that is not as it was written is no model.
    """
    return Timing(
        switch=OFF if row is None else switch_of(row),
        model=None if row is None else _model(row, now=told.now),
        market=told.market,
        brand=told.brand,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        customer=str(payment.customer_id),
        key=str(attempt.id),
    )


def _model(row: TimerRow, *, now: datetime) -> TableModel | None:
    if row.version is None or row.body is None or row.sha256 is None or row.trained_at is None:
        return None
    table = _table(row.body, sha256=row.sha256)
    if table is None:
        return None
    age = int((now - row.trained_at).total_seconds())
    return TableModel(table, version=row.version, age_seconds=age)
