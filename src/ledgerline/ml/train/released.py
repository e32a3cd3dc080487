"""The log of retry decisions in a release, as tries to train on."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple

from ledgerline.datasets.lake import Lake
from ledgerline.datasets.reading import reading
from ledgerline.ml.train.timing import TryRow
from ledgerline.payments.rules.retry_scores import facts_of
from ledgerline.payments.scores import Refused
from ledgerline.releases.rows import ReleaseRow

PAID: Final = "authorised"
_READ: Final = """
    SELECT category, market_code, network, amount_minor, tries_count, decided_on,
           decided_hour_num, try_on, try_hour_num, try_local_on, try_local_hour_num, next_result
      FROM retry_decision_log
     WHERE is_chosen AND track IN ('slot', 'model') AND try_local_on IS NOT NULL
       AND next_result IN ('authorised', 'declined_soft', 'declined_hard', 'blocked')
       AND mature_on <= DATE '{until}' {more}
     ORDER BY decided_on, decided_hour_num, decision_id"""


class Read(NamedTuple):
    """Tries in the order of time, and from which to which day they were decided."""

    rows: list[TryRow]
    since: date | None
    until: date | None


def read_tries(lake: Lake, released: ReleaseRow, *, seller: str | None = None) -> Read:
    """Read what became of tries that a machine made when its plan or a model said.

    Only choices that are mature, so that what came soon counts no more than what came late; what
    has an unknown end, and what was not executed, is missing and no failure. Raises
    ``LakeUnusable``.
    """
    more = ""
    if seller is not None:
        more = "AND seller_code = '{}'".format(seller.replace("'", "''"))
    with reading(lake, released, filled=True) as engine:
        found = engine.sql(_READ.format(until=released.business_day, more=more)).to_pylist()
    return of_rows(found)


def as_of(released: ReleaseRow) -> datetime:
    """Return when what is trained on a release was trained: when that knew its newest day.

    By business time, by which it is asked whether a table is fresh, and not by the wall: in a
    sandbox the two lie years apart.
    """
    return datetime.combine(released.business_day, time(), tzinfo=UTC)


def of_rows(rows: Iterable[Mapping[str, Any]]) -> Read:
    """Return rows of the log as tries, with their facts as they were served."""
    tries, days = [], []
    for row in rows:
        at = _instant(row["try_local_on"], row["try_local_hour_num"])
        tries.append(TryRow(facts_of(_refused(row, at), at), row["next_result"] == PAID))
        days.append(row["decided_on"])
    return Read(tries, min(days, default=None), max(days, default=None))


def _refused(row: Mapping[str, Any], at: datetime) -> Refused:
    """Return what was refused, by the payer's clock: no zone leaves the database."""
    waited = _instant(row["try_on"], row["try_hour_num"]) - _instant(
        row["decided_on"], row["decided_hour_num"]
    )
    return Refused(
        category=row["category"] or "",
        market=row["market_code"],
        brand=row["network"] or "",
        amount_minor=row["amount_minor"],
        tries=row["tries_count"],
        failed_at=at - waited,
        zone="UTC",
    )


def _instant(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=UTC)
