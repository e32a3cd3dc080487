"""The log of routing decisions in a release, as arrays, with the policies that it knows."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from ledgerline.datasets.lake import Lake
from ledgerline.datasets.reading import reading
from ledgerline.ml.evaluate.answers import Evaluated, evaluate
from ledgerline.ml.evaluate.known import Feature, contexts
from ledgerline.ml.evaluate.log import Bools, Floats, Ints, Log, Policies
from ledgerline.ml.evaluate.refusals import Refused, Why
from ledgerline.releases.rows import ReleaseRow

LEARNED: Final = "learned"
RULES: Final = "rules"
LOGGED: Final = "logged"
KNOWN_WITH: Final = {
    "market_code": "decided_on",
    "segment": "decided_on",
    "initiator": "decided_on",
    "result": "ended_on",
    "category": "ended_on",
}
"""With what each column of the log that describes a charge was known."""
CONTEXT: Final = ("market_code", "segment")
_PPM: Final = 1_000_000
_READ: Final = """
    SELECT decision_id, candidate_account, customer_id, payment_id, market_code, segment,
           initiator, result, category, decided_on, ended_on, is_chosen, propensity_ppm,
           rules_ppm, learned_ppm, learned_percent_num, believed_milli_num
      FROM routing_decision_log
     WHERE ordinal_num = 1
       AND propensity_ppm + coalesce(learned_ppm, 0) + coalesce(rules_ppm, 0) > 0
       AND decision_id IN (
           SELECT decision_id FROM routing_decision_log WHERE is_chosen AND {window})
     ORDER BY decision_id, candidate_account"""


class Asked(NamedTuple):
    """Which decisions: those of ``[since, until)``, of one seller or of all.

    What was decided on the last day before the log was read is not mature: ``until`` is that day.
    """

    since: date
    until: date
    seller: str | None = None


class Read(NamedTuple):
    """The log, its accounts and contexts by their numbers, and policies to evaluate by it.

    The model was ``asked`` of so many decisions; of the others it does what the rules do.
    ``believed`` is the logit of approval that the model believed of the account that was chosen,
    not a number where it is not known.
    """

    log: Log
    accounts: tuple[str, ...]
    contexts: tuple[str, ...]
    policies: Policies
    asked: int
    believed: Floats


def read_log(lake: Lake, released: ReleaseRow, asked: Asked) -> Read:
    """Read the first decisions of payments from a release.

    Only first tries: later ones are of other payments (those that were refused), and would be a
    sequence. Raises ``LakeUnusable``, and ``FutureFeature`` where a context is of the future.
    """
    window = f"decided_on >= DATE '{asked.since}' AND decided_on < DATE '{asked.until}'"
    if asked.seller is not None:
        window += " AND seller_code = '{}'".format(asked.seller.replace("'", "''"))
    with reading(lake, released, filled=True) as engine:
        return of_table(engine.sql(_READ.format(window=window)))


def of_table(table: pa.Table, context: tuple[str, ...] = CONTEXT) -> Read:
    """Turn candidates, in the order of their decisions, into a log.

    Where the model decides for a share of the customers, who they are was drawn once for each: the
    probability of an account is that of both draws.
    """
    _, rows = _numbered(table, "decision_id")
    accounts, columns = _numbered(table, "candidate_account")
    shape = (int(rows.max()) + 1 if len(rows) else 0, len(accounts))
    parts = {name: _numbers(table, name) for name in _NUMBERS}
    by_rules, by_model = parts["rules_ppm"], parts["learned_ppm"]
    share = np.nan_to_num(parts["learned_percent_num"]) / 100
    was_asked = ~np.isnan(by_model) & ~np.isnan(by_rules) & (share > 0)
    drawn = np.where(was_asked, share * by_model + (1 - share) * by_rules, parts["propensity_ppm"])
    chosen = np.asarray(table["is_chosen"].to_pylist(), dtype=np.bool_)
    heads = table.filter(pa.array(chosen))
    decided = _days(heads, "decided_on")
    within = contexts(list(_features(heads, context)), decided)
    log = Log(
        customers=_numbered(heads, "customer_id")[1],
        payments=_numbered(heads, "payment_id")[1],
        contexts=within.numbers,
        logged=_spread(shape, rows, columns, drawn),
        chosen=columns[chosen],
        approved=_is(heads, "result", "authorised").astype(np.float64),
        is_known=~_is(heads, "result", "unknown"),
    )
    fallback = np.where(np.isnan(by_rules), parts["propensity_ppm"], by_rules)
    policies = {
        LOGGED: log.logged,
        RULES: _spread(shape, rows, columns, fallback),
        LEARNED: _spread(shape, rows, columns, np.where(np.isnan(by_model), fallback, by_model)),
    }
    return Read(
        log=log,
        accounts=accounts,
        contexts=within.names,
        policies=policies,
        asked=int((~np.isnan(by_model[chosen])).sum()),
        believed=parts["believed_milli_num"][chosen] / 1000,
    )


def evaluated(read: Read) -> Evaluated:
    """Evaluate the policies of a log; of a model that was not asked nothing can be said."""
    policies = dict(read.policies)
    if read.asked:
        return evaluate(read.log, policies)
    del policies[LEARNED]
    found = evaluate(read.log, policies)
    not_asked = Refused(Why.NOT_ASKED, 0.0, 1.0)
    return found._replace(answers={**found.answers, LEARNED: not_asked})


_NUMBERS: Final = (
    "propensity_ppm", "rules_ppm", "learned_ppm", "learned_percent_num", "believed_milli_num",
)  # fmt: skip


def _features(heads: pa.Table, names: tuple[str, ...]) -> Iterator[Feature]:
    """Give features with the day each was known; one without a day was never known."""
    for name in names:
        known = _days(heads, KNOWN_WITH[name])
        yield Feature(name, [str(one or "") for one in heads[name].to_pylist()], known)


def _numbered(table: pa.Table, name: str) -> tuple[tuple[str, ...], Ints]:
    """Give numbers from 0 to the values of a column, in their order."""
    names, numbers = np.unique(
        np.asarray(table[name].to_pylist(), dtype=np.str_), return_inverse=True
    )
    return tuple(str(one) for one in names), numbers.astype(np.int64)


def _numbers(table: pa.Table, name: str) -> Floats:
    """Return a column as numbers; what is empty is not a number."""
    return np.asarray(
        [np.nan if one is None else one for one in table[name].to_pylist()], dtype=np.float64
    )


def _days(table: pa.Table, name: str) -> Ints:
    """Return a column of days as numbers; what is empty is never."""
    never = date.max
    return np.asarray([(one or never).toordinal() for one in table[name].to_pylist()], np.int64)


def _is(table: pa.Table, name: str, value: str) -> Bools:
    return np.asarray([one == value for one in table[name].to_pylist()], dtype=np.bool_)


def _spread(shape: tuple[int, int], rows: Ints, columns: Ints, ppm: Any) -> Floats:
    """Lay millionths of candidates out as decision × account."""
    found = np.zeros(shape)
    found[rows, columns] = ppm / _PPM
    return found
