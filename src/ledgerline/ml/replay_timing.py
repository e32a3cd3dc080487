"""A stored decision when to try again, computed once more from the table that it names."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ledgerline.ml.replay import Difference
from ledgerline.payments.rules.retry_scores import Table, TableModel
from ledgerline.payments.rules.retry_timing import drawn, is_worth_it, propensities
from ledgerline.payments.scores import MomentScores, Refused


class KeptTiming(NamedTuple):
    """What is stored of a decision: what it was told and said (as written), what was drawn by.

    ``chosen`` is the moment that the plan has, None where nothing is tried any more, and
    ``candidates`` are the propensities that were logged.
    """

    key: str
    told: Mapping[str, Any]
    learned: Mapping[str, Any]
    chosen: str | None
    candidates: Mapping[str, int]


def lacks_timing(kept: KeptTiming) -> str | None:
    """Say what a decision does not have that it would be replayed from; None where it has all."""
    if "chosen" not in kept.learned:
        return "the model was not believed, so nothing of what it said is kept"
    missing = [one for one in ("explores", "cost") if one not in kept.learned]
    return f"{', '.join(missing)} were not kept yet" if missing else None


def replay_timing(kept: KeptTiming, table: Table) -> list[Difference]:
    """Compute a decision from its table; return what is not equal, to the digit."""
    return list(_differences(kept, table))


def _differences(kept: KeptTiming, table: Table) -> Iterator[Difference]:
    learned, refused = kept.learned, _refused(kept.told)
    scores = _scores(table, refused, kept)
    ppm = propensities(scores.ppm, failed_at=refused.failed_at, explores=learned["explores"])
    at = drawn(ppm, kept.key)
    computed: dict[str, object] = {
        "chosen": at.isoformat(),
        "drawn_ppm": ppm[at],
        "explored": at != max(ppm, key=ppm.__getitem__),
        "unlikely": not is_worth_it(scores.ppm, refused, try_cost_minor=learned["cost"]),
        "chances": {one.isoformat(): chance for one, chance in scores.ppm.items()},
        "terms": {one: dict(scores.terms[datetime.fromisoformat(one)]) for one in learned["terms"]},
    }
    found = {name: (learned[name], said) for name, said in computed.items()}
    if learned["acts"] and not learned["stops"]:
        logged = {one: share for one, share in kept.candidates.items() if one in learned["chances"]}
        found["logged ppm"] = (logged, {one.isoformat(): share for one, share in ppm.items()})
        found["moment"] = (kept.chosen, at.isoformat())
    for what, (stored, again) in found.items():
        if stored != again:
            yield Difference(what, stored, again)


def _scores(table: Table, refused: Refused, kept: KeptTiming) -> MomentScores:
    moments = [datetime.fromisoformat(one) for one in kept.learned["chances"]]
    model = TableModel(table, version=kept.learned["version"], age_seconds=0)
    scores = model.weigh(refused, moments)
    assert scores is not None
    return scores


def _refused(told: Mapping[str, Any]) -> Refused:
    return Refused(
        category=told["category"],
        market=told["market"],
        brand=told["brand"],
        amount_minor=told["amount_minor"],
        tries=told["tries"],
        failed_at=datetime.fromisoformat(told["failed_at"]),
        zone=told["zone"],
    )
