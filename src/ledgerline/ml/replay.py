"""A stored decision computed once more, from the state that it names."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ledgerline.ml.score.routing.deltas import Segment
from ledgerline.ml.score.routing.router import Router
from ledgerline.payments.rules.learned import drawn, limited
from ledgerline.payments.scores import Scores

THOUSAND: Final = 1_000


class Kept(NamedTuple):
    """What is stored of a decision: features and opinion (as they were written), what was drawn by.

    ``chosen`` is where the charge went and ``candidates`` are the propensities that were logged.
    """

    key: str
    features: Mapping[str, str]
    learned: Mapping[str, Any]
    chosen: str | None
    candidates: Mapping[str, int]


class Difference(NamedTuple):
    """What came out otherwise than it was stored."""

    what: str
    stored: object
    computed: object


def lacks(kept: Kept) -> str | None:
    """Say what a decision does not have that it would be replayed from; None where it has all."""
    if kept.learned.get("ignored") is not None or "ppm" not in kept.learned:
        return "the model was not believed, so nothing of what it said is kept"
    missing = [
        one for one in ("accounts", "costs", "explores", "before") if one not in kept.learned
    ]
    return f"{', '.join(missing)} were not kept yet" if missing else None


def replay(kept: Kept, state: str) -> list[Difference]:
    """Compute a decision from the state after its tick; return what is not equal, to the digit.

    Raises ``ValueError`` for a state of another tick.
    """
    router = Router.restored(state)
    learned = kept.learned
    if router.tick != learned["tick"]:
        raise ValueError((router.tick, learned["tick"]))
    return list(_differences(kept, router))


def _differences(kept: Kept, router: Router) -> Iterator[Difference]:
    learned, segment = kept.learned, Segment(**kept.features)
    accounts, costs = tuple(learned["accounts"]), tuple(learned["costs"])
    scores = Scores(
        ppm=router.weigh_again(segment, accounts, costs, down=learned["down"]),
        tick=router.tick,
        age_seconds=0,
        down=frozenset(learned["down"]),
        before=learned["before"],
    )
    ppm = limited(scores, explores=learned["explores"], percent=learned["percent"])
    account = drawn(ppm, kept.key)
    terms = {
        one: {name: round(THOUSAND * term) for name, term in router.parts(segment, one).items()}
        for one in learned["terms"]
    }
    found: dict[str, tuple[object, object]] = {
        "ppm": (learned["ppm"], ppm),
        "chosen": (learned["chosen"], account),
        "terms": (learned["terms"], terms),
    }
    if learned["acts"]:
        logged = {one: kept.candidates[one] for one in accounts}
        found |= {"logged ppm": (logged, ppm), "account": (kept.chosen, account)}
    for what, (stored, computed) in found.items():
        if stored != computed:
            yield Difference(what, stored, computed)
