"""Which merchant account a charge goes to: ordered rules over the accounts that could take it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final, TypeVar

from ledgerline.payments.model import Funding, Initiator

PPM: Final = 1_000_000
DEFAULT_RULE: Final = "default"
"""What is said to have decided where no rule did."""
LEARNED_RULE: Final = "model"
"""What is said to have decided where a model did."""
_T = TypeVar("_T", str, datetime)


class Strategy(StrEnum):
    """How accounts are ordered that no rule names."""

    PRIORITY = "priority"
    LEAST_COST = "least_cost"


class Filtered(StrEnum):
    """Why an account is no choice."""

    DISABLED = "disabled"
    EXCLUDED = "excluded"
    BREAKER_OPEN = "breaker_open"
    ALREADY_TRIED = "already_tried"
    PAYER_ONLY = "payer_only"  # a dispute says that no machine may charge it
    MANDATE_PAUSED = "mandate_paused"  # its payer lets nothing be debited for a while
    MANDATE_ENDED = "mandate_ended"
    NO_NOTICE = "no_notice"  # ours to announce, and nobody can say how long before
    TOLD_OTHERWISE = "told_otherwise"  # its payer was told that another account debits them


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A conjunction: what is None holds for every charge, else one of its values has to match.

    ``bin`` holds prefixes of a card number, at most eight digits. Amounts are minor units of the
    one currency named, ``[amount_from, amount_below)``.
    """

    market: tuple[str, ...] | None = None
    currency: tuple[str, ...] | None = None
    brand: tuple[str, ...] | None = None
    bin: tuple[str, ...] | None = None
    funding: tuple[Funding, ...] | None = None
    issuer_country: tuple[str, ...] | None = None
    initiator: tuple[Initiator, ...] | None = None
    amount_from: int | None = None
    amount_below: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What a rule does: exactly one of its parts is set.

    ``split`` are shares in ppm by account. ``exclude`` removes accounts and lets later rules
    decide; every other part decides.
    """

    prefer: tuple[str, ...] | None = None
    split: Mapping[str, int] | None = None
    exclude: tuple[str, ...] | None = None
    strategy: Strategy | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its name says in explanations and decisions what decided."""

    name: str
    when: When
    then: Then


@dataclass(frozen=True, slots=True)
class Fee:
    """What an account costs for a charge that succeeds: a fixed part and a share."""

    fixed_minor: int
    ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All rules in their order. Accounts that ``default`` does not name come after those it does.

    ``fees`` are by account, then by currency. Version 0 is what holds where nothing was loaded.
    """

    default: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    fees: Mapping[str, Mapping[str, Fee]]
    version: int = 0


NO_POLICY: Final = Policy(fees={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is to be charged; ``key`` (the payment's id) decides which side of a split it is on."""

    key: str
    market: str
    currency: str
    amount_minor: int
    initiator: Initiator
    brand: str | None = None
    bin: str | None = None
    funding: str | None = None
    issuer_country: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that could take a charge, and what speaks against it, if anything does.

    What is known of the card there holds where the charge does not say it.
    """

    account: str
    filtered: Filtered | None = None
    bin: str | None = None
    funding: str | None = None
    issuer_country: str | None = None


@dataclass(frozen=True, slots=True)
class RouteDecision:
    """Accounts in the order in which they are tried, and why the others are not.

    ``propensities`` say in ppm how likely each candidate was to be first: they sum to exactly
    1,000,000, or are all 0 where nothing is ``ordered``. ``rule`` names what decided.
    """

    ordered: tuple[str, ...]
    reasons: Mapping[str, Filtered]
    propensities: Mapping[str, int]
    rule: str
    version: int

    @property
    def chosen(self) -> str | None:
        """Return the account that is tried first; None where there is none."""
        return self.ordered[0] if self.ordered else None


def route(charge: Charge, candidates: Sequence[Candidate], policy: Policy) -> RouteDecision:
    """Order the candidates for a charge by the first rule that decides, else as ``default`` says.

    Every exclusion that matches holds. Candidates come in their own order, which counts last. Of a
    split the shares of accounts that are no choice go to the others in proportion.
    """
    reasons = {one.account: one.filtered for one in candidates if one.filtered is not None}
    known = _with_card(charge, candidates)
    decided: Rule | None = None
    for rule in policy.rules:
        if not _matches(rule.when, known):
            continue
        if rule.then.exclude is not None:
            for account in rule.then.exclude:
                if any(one.account == account for one in candidates):
                    reasons.setdefault(account, Filtered.EXCLUDED)
        elif decided is None:
            decided = rule
    open_ones = [one.account for one in candidates if one.account not in reasons]
    ranked = _ranked(open_ones, policy)
    ordered, shares = _ordered(known, ranked, decided, policy)
    return RouteDecision(
        ordered=ordered,
        reasons=reasons,
        propensities={one.account: 0 for one in candidates} | shares,
        rule=DEFAULT_RULE if decided is None else decided.name,
        version=policy.version,
    )


def _with_card(charge: Charge, candidates: Sequence[Candidate]) -> Charge:
    """Add what the candidates know of the card and the charge does not say."""
    digits = charge.bin or _first(one.bin for one in candidates)
    funding = charge.funding or _first(one.funding for one in candidates)
    country = charge.issuer_country or _first(one.issuer_country for one in candidates)
    if (digits, funding, country) == (charge.bin, charge.funding, charge.issuer_country):
        return charge
    return replace(charge, bin=digits, funding=funding, issuer_country=country)


def _first(told: Iterable[str | None]) -> str | None:
    return next((one for one in told if one is not None), None)


def _matches(when: When, charge: Charge) -> bool:
    """Say whether a charge fulfils a conjunction; what is not known of it fulfils nothing."""
    return (
        (when.market is None or charge.market in when.market)
        and (when.currency is None or charge.currency in when.currency)
        and (when.initiator is None or charge.initiator in when.initiator)
        and (when.brand is None or charge.brand in when.brand)
        and (when.funding is None or charge.funding in when.funding)
        and (when.issuer_country is None or charge.issuer_country in when.issuer_country)
        and (when.bin is None or (charge.bin is not None and charge.bin.startswith(when.bin)))
        and (when.amount_from is None or charge.amount_minor >= when.amount_from)
        and (when.amount_below is None or charge.amount_minor < when.amount_below)
    )


def unmet(when: When, charge: Charge) -> tuple[str, ...]:
    """Name the conditions of a conjunction that a charge does not fulfil; none: it matches."""
    told = {
        "market": charge.market,
        "currency": charge.currency,
        "brand": charge.brand,
        "funding": charge.funding,
        "issuer_country": charge.issuer_country,
        "initiator": charge.initiator,
    }
    missed = [
        name
        for name, value in told.items()
        if (wanted := getattr(when, name)) is not None and value not in wanted
    ]
    if when.bin is not None and not (charge.bin or "").startswith(when.bin):
        missed.append("bin")
    if when.amount_from is not None and charge.amount_minor < when.amount_from:
        missed.append("amount_from")
    if when.amount_below is not None and charge.amount_minor >= when.amount_below:
        missed.append("amount_below")
    return tuple(missed)


def _ranked(accounts: Sequence[str], policy: Policy) -> list[str]:
    """Order accounts as ``default`` names them; those it does not name keep their own order."""
    place = {account: no for no, account in enumerate(policy.default)}
    return sorted(accounts, key=lambda account: place.get(account, len(place)))


def _ordered(
    charge: Charge, ranked: Sequence[str], rule: Rule | None, policy: Policy
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the accounts in the order a rule gives them, and the propensity of each."""
    if not ranked:
        return (), {}
    then = Then() if rule is None else rule.then
    if then.split is not None and rule is not None:
        shares = _shares({one: then.split[one] for one in ranked if then.split.get(one)})
        if shares:
            first = draw(shares, f"{rule.name}\x00{charge.key}")
            rest = sorted((one for one in ranked if one != first), key=lambda a: -shares.get(a, 0))
            return (first, *rest), shares
    elif then.prefer is not None:
        place = {account: no for no, account in enumerate(then.prefer)}
        ranked = sorted(ranked, key=lambda account: place.get(account, len(place)))
    elif then.strategy is Strategy.LEAST_COST:
        ranked = sorted(ranked, key=lambda account: _cost(charge, account, policy))
    return tuple(ranked), {ranked[0]: PPM}


def _shares(split: Mapping[str, int]) -> dict[str, int]:
    """Scale shares so that they sum to 1,000,000, by largest remainder; ties go to the earlier."""
    total = sum(split.values())
    if not total:
        return {}
    parts = {account: divmod(share * PPM, total) for account, share in split.items()}
    left = PPM - sum(whole for whole, _ in parts.values())
    larger = sorted(parts, key=lambda account: -parts[account][1])[:left]
    return {account: whole + (account in larger) for account, (whole, _) in parts.items()}


def draw(shares: Mapping[_T, int], key: str) -> _T:
    """Draw one by its share (ppm): the same key draws the same one, whenever it is asked."""
    point = int.from_bytes(sha256(key.encode()).digest()[:8]) % PPM
    for one in sorted(shares):
        if point < shares[one]:
            return one
        point -= shares[one]
    raise AssertionError(shares)


def _cost(charge: Charge, account: str, policy: Policy) -> tuple[bool, int]:
    """Return what a charge costs in millionths of a minor unit; an unknown fee is the dearest."""
    fee = policy.fees.get(account, {}).get(charge.currency)
    if fee is None:
        return True, 0
    return False, fee.fixed_minor * PPM + charge.amount_minor * fee.ppm
