"""What of a model's word is believed, and what it may change: an order that rules left open."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from ledgerline.payments.model import Initiator
from ledgerline.payments.rules.routing import (
    DEFAULT_RULE,
    LEARNED_RULE,
    PPM,
    Candidate,
    Charge,
    Fee,
    Filtered,
    RouteDecision,
    draw,
)
from ledgerline.payments.scores import Features, Kind, Mode, Scores, Switch

STALE_SECONDS: Final = 300
SLOW_MS: Final = 50
SHIFT_MAX: Final = 200_000
"""How far the share of an account may move against that of the last hour, in ppm of all."""
COST_MAX: Final = 900_000
COST_STEP: Final = 1_000


class Ignored(StrEnum):
    """Why a model that was asked is not believed; then everything is as if there were none."""

    NOTHING_SAID = "nothing_said"
    STALE = "stale"
    SLOW = "slow"
    OTHER_ACCOUNTS = "other_accounts"
    OTHER_MOMENTS = "other_moments"
    OUT_OF_RANGE = "out_of_range"
    NOT_WHOLE = "not_whole"


class Opinion(NamedTuple):
    """What a model said of one charge, and what became of it.

    ``ppm`` are its propensities once they are within bounds, by which ``chosen`` was drawn;
    neither is there where it was ``ignored``. It decided where it ``acts``. It was asked of
    ``accounts``, in the order of the rules, with their ``costs``, and ``explores`` says whether
    any but the most likely one could be drawn.
    """

    switch: Switch
    acts: bool
    scores: Scores | None
    ignored: Ignored | None = None
    ppm: Mapping[str, int] | None = None
    chosen: str | None = None
    accounts: tuple[str, ...] = ()
    costs: tuple[int, ...] = ()
    explores: bool = False

    @property
    def explored(self) -> bool:
        """Say whether an account was drawn that was not the most likely one."""
        return self.ppm is not None and self.ppm[self.chosen or ""] < max(self.ppm.values())

    @property
    def is_bounded(self) -> bool:
        """Say whether bounds changed what the model said."""
        if self.ppm is None or self.scores is None:
            return False
        return self.ppm not in (self.scores.ppm, certain(self.scores.ppm))

    @property
    def runner_up(self) -> str | None:
        """Name the most likely account but the chosen one."""
        ppm = self.ppm or {}
        return max((one for one in ppm if one != self.chosen), key=ppm.__getitem__, default=None)


def features_of(charge: Charge, candidates: Sequence[Candidate], *, is_again: bool) -> Features:
    """Say what of a charge a model is told; what candidates know of the card counts too."""
    country = charge.issuer_country or _first([one.issuer_country for one in candidates])
    funding = charge.funding or _first([one.funding for one in candidates])
    here = "domestic" if country == charge.market else "abroad"
    who = "payer" if charge.initiator is Initiator.CUSTOMER else "machine"
    return Features(
        charge.market,
        "" if country is None else here,
        f"{charge.brand or ''} {'again' if is_again else who}",
        funding or "",
    )


def costs_of(
    charge: Charge, accounts: Sequence[str], fees: Mapping[str, Mapping[str, Fee]]
) -> tuple[int, ...]:
    """Return what a success costs at each account, ppm of the amount in whole thousandths.

    Nothing where a fee is not known of every account: then they count as equally dear.
    """
    known = [fees.get(account, {}).get(charge.currency) for account in accounts]
    costs = []
    for fee in known:
        if fee is None or not charge.amount_minor:
            return ()
        cost = fee.ppm + fee.fixed_minor * PPM // charge.amount_minor
        costs.append(min(cost, COST_MAX) // COST_STEP * COST_STEP)
    return tuple(costs)


def any_asks(switches: Iterable[Switch]) -> bool:
    """Say whether a model is asked at all; else nothing has to be learned in time."""
    return any(one.mode is not Mode.OFF for one in switches)


def asks(decision: RouteDecision, switch: Switch) -> bool:
    """Say whether a model is asked: no rule decided, and there is something to choose."""
    is_open = decision.rule == DEFAULT_RULE and len(decision.ordered) > 1
    fixed = Filtered.TOLD_OTHERWISE in decision.reasons.values()
    return switch.mode is not Mode.OFF and is_open and not fixed


def acts_for(kind: Kind, switch: Switch, customer: str) -> bool:
    """Say whether a model decides for a customer: the same ones always, and more with the share.

    Who is not among 95 % never is. Each kind of model has customers of its own: were they the
    same, what one of them does would be seen in the other's comparison.
    """
    place = int.from_bytes(sha256(f"{kind}\x00{customer}".encode()).digest()[:8]) % 100
    return place < switch.percent


def opinion_of(
    scores: Scores | None,
    decision: RouteDecision,
    switch: Switch,
    *,
    customer: str,
    key: str,
    explores: bool,
) -> Opinion:
    """Believe what a model says of the accounts that are left, whole or not at all.

    ``key`` is what is drawn by: the same one draws the same account. Unless it ``explores``, that
    is the most likely one.
    """
    acts = acts_for(Kind.ROUTING, switch, customer)
    wrong = fault(scores, decision.ordered)
    if scores is None or wrong is not None:
        return Opinion(switch=switch, acts=False, scores=None, ignored=wrong)
    ppm = limited(scores, explores=explores, percent=switch.percent)
    return Opinion(
        switch=switch,
        acts=acts,
        scores=scores,
        ppm=ppm,
        chosen=drawn(ppm, key),
        accounts=decision.ordered,
        explores=explores,
    )


def limited(scores: Scores, *, explores: bool, percent: int) -> dict[str, int]:
    """Return the propensities that are drawn by: bounded, certain where nothing is tried out."""
    ppm = scores.ppm if explores else certain(scores.ppm)
    return bounded(ppm, scores, percent=percent)


def _are_counts(scores: Scores) -> bool:
    """Say whether all that is reckoned with are whole numbers, none below zero."""
    for told in (scores.ppm.values(), scores.before.values(), (scores.tick,)):
        for one in told:
            if type(one) is not int or one < 0:
                return False
    return True


def certain(ppm: Mapping[str, int]) -> dict[str, int]:
    """Give everything to the most likely account."""
    best = max(ppm, key=lambda account: ppm[account])
    return {account: PPM * (account == best) for account in ppm}


def fault(scores: Scores | None, accounts: Sequence[str]) -> Ignored | None:
    """Say why scores are not to be believed; None: they are."""
    if scores is None:
        return Ignored.NOTHING_SAID
    if not 0 <= scores.age_seconds <= STALE_SECONDS:
        return Ignored.STALE
    if not 0 <= scores.took_ms <= SLOW_MS:
        return Ignored.SLOW
    if scores.ppm.keys() != set(accounts):
        return Ignored.OTHER_ACCOUNTS
    if max(scores.ppm.values(), default=0) > PPM or not _are_counts(scores):
        return Ignored.OUT_OF_RANGE
    return None if sum(scores.ppm.values()) == PPM else Ignored.NOT_WHOLE


def bounded(ppm: Mapping[str, int], scores: Scores, *, percent: int) -> dict[str, int]:
    """Keep the share of every account near that of the last hour: by 20 points of all at most.

    Where a model decides for ``percent`` of the customers, its own shares may move as much more.
    Accounts that are down may lose everything at once, and the others take it over. What nobody
    chose in the last hour has no share that could move.
    """
    before, down = scores.before, scores.down
    total = sum([before.get(account, 0) for account in ppm])
    if not total:
        return dict(ppm)
    shift = SHIFT_MAX * 100 // max(percent, 1)
    is_out = not down.isdisjoint(ppm)
    left, kept, spans = PPM, {}, {}
    for account, wanted in ppm.items():
        was = before.get(account, 0) * PPM // total
        low = 0 if account in down else max(0, was - shift)
        high = PPM if is_out else min(PPM, was + shift + len(ppm))  # what rounding took counts too
        spans[account] = (low, high)
        kept[account] = low if wanted < low else min(wanted, high)
        left -= kept[account]
    if left:
        for account in sorted(kept, key=lambda one: -ppm[one]):
            low, high = spans[account]
            moved = max(low, min(high, kept[account] + left)) - kept[account]
            kept[account] += moved
            left -= moved
    return kept


def steered(decision: RouteDecision, opinion: Opinion) -> RouteDecision:
    """Let a model decide among what rules left open; others are tried by their propensity."""
    if not opinion.acts or opinion.ppm is None or opinion.chosen is None:
        return decision
    ppm = opinion.ppm
    others = [account for account in decision.ordered if account != opinion.chosen]
    return RouteDecision(
        ordered=(opinion.chosen, *sorted(others, key=lambda account: -ppm[account])),
        reasons=decision.reasons,
        propensities={**decision.propensities, **ppm},
        rule=LEARNED_RULE,
        version=decision.version,
    )


def written(opinion: Opinion) -> dict[str, object]:
    """Return what is kept of an opinion beside its decision, as plain values."""
    head: dict[str, object] = {
        "mode": opinion.switch.mode.value,
        "percent": opinion.switch.percent,
        "acts": opinion.acts,
    }
    if opinion.scores is None or opinion.ppm is None:
        return head | {"ignored": None if opinion.ignored is None else opinion.ignored.value}
    scores = opinion.scores
    shown = [one for one in (opinion.chosen, opinion.runner_up) if one is not None]
    return head | {
        "tick": scores.tick,
        "ppm": dict(opinion.ppm),
        "chosen": opinion.chosen,
        "accounts": list(opinion.accounts),
        "costs": list(opinion.costs),
        "explores": opinion.explores,
        "before": {one: scores.before.get(one, 0) for one in opinion.accounts},
        "explored": opinion.explored,
        "bounded": opinion.is_bounded,
        "down": sorted(scores.down & opinion.ppm.keys()),
        "terms": {one: _whole(scores.terms[one]) for one in shown if one in scores.terms},
    }


def _whole(terms: Mapping[str, int]) -> dict[str, int]:
    """Keep what is a whole number of what a model says for people to read."""
    return {name: term for name, term in terms.items() if type(term) is int}


def _first(told: Sequence[str | None]) -> str | None:
    return next((one for one in told if one is not None), None)


def drawn(ppm: Mapping[str, int], key: str) -> str:
    """Draw an account by its propensity: the same key (the attempt's id) draws the same one."""
    return draw(ppm, f"{LEARNED_RULE}\x00{key}")
