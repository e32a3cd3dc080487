"""What a model said of when to try again: kept beside the decision, and told in sentences."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final

from ledgerline.payments.rules.opinion_words import not_believed, who_decides
from ledgerline.payments.rules.points import points, ppm_by_term
from ledgerline.payments.rules.retry_timing import Timed

TERMS_SHOWN: Final = 5


def told_of(said: Timed) -> dict[str, object]:
    """Return what a model was told of a refusal, as plain values: what it can learn from later."""
    refused = said.refused
    return {**refused._asdict(), "failed_at": refused.failed_at.isoformat()}


def kept_of(said: Timed) -> dict[str, object]:
    """Return what is kept of what a model said beside its decision, as plain values."""
    head: dict[str, object] = {
        "mode": said.switch.mode.value,
        "percent": said.switch.percent,
        "acts": said.acts,
    }
    scores, chosen = said.scores, said.chosen
    if scores is None or said.ppm is None or chosen is None:
        return head | {"ignored": None if said.ignored is None else said.ignored.value}
    shown = {chosen, said.fixed}
    return head | {
        "version": scores.version,
        "chosen": chosen.isoformat(),
        "fixed": said.fixed.isoformat(),
        "explored": said.explored,
        "explores": said.explores,
        "cost": said.try_cost_minor,
        "unlikely": said.is_unlikely,
        "stops": said.stops,
        "drawn_ppm": said.ppm[chosen],
        "chances": {at.isoformat(): scores.ppm[at] for at in sorted(scores.ppm)},
        "terms": {
            at.isoformat(): dict(scores.terms[at]) for at in sorted(shown) if at in scores.terms
        },
    }


def moment_sentences(kept: Mapping[str, Any]) -> tuple[str, ...]:
    """Tell what ``kept_of`` kept."""
    return tuple(_told(kept))


def _told(kept: Mapping[str, Any]) -> Iterator[str]:
    if "chosen" not in kept:
        yield not_believed(kept)
        return
    yield who_decides(kept)
    chosen, fixed, chances = kept["chosen"], kept["fixed"], kept["chances"]
    yield (
        f"Version {kept['version']} chose {_short(chosen)} of {len(chances)} moments that rules"
        f" allow: it takes a try there to succeed in {_percent(chances[chosen])} %, and at"
        f" {_short(fixed)}, when the plan would try, in {_percent(chances[fixed])} %."
    )
    if kept["explored"]:
        yield "It explored: another moment is the best one by what it knows."
    yield from _compared(kept, chosen, fixed)
    if kept["stops"]:
        yield (
            "No moment that is left is worth what a try costs, by what it knows: no machine tries"
            " again, and the payer can mend it until the plan ends."
            if kept["acts"]
            else "It would not have tried again: no moment that is left is worth what a try costs."
        )
    elif kept["unlikely"]:
        yield (
            "That is not worth what a try costs, by what it knows; this customer is one of those"
            " who are tried on all the same, so that it can be found wrong."
        )


def _compared(kept: Mapping[str, Any], chosen: str, fixed: str) -> Iterator[str]:
    """Say by which facts the two moments differ most."""
    chances, terms = kept["chances"], kept["terms"]
    if chosen == fixed or chosen not in terms or fixed not in terms:
        return
    whole = chances[chosen] - chances[fixed]
    apart = ppm_by_term(terms[chosen], terms[fixed], whole=whole)
    parts = [f"{points(apart[name])} by {name}" for name in islice(apart, TERMS_SHOWN)]
    if parts:
        yield f"That is {points(whole)} points apart: {', '.join(parts)}."


def _short(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M} UTC"


def _percent(ppm: int) -> str:
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest // 1000}"
