"""What routing may take an account to cost, by contracts: a person looks at it and loads it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ledgerline.ml.fees.contracts import Contracts, Lookup
from ledgerline.ml.fees.lines import LINES_MIN, FeeLine, volumes_of
from ledgerline.ml.fees.tariff import MICRO
from ledgerline.payments.rules.routing import PPM, Fee, Policy

LATELY: Final = timedelta(days=90)


def proposed(policy: Policy, lines: Sequence[FeeLine], contracts: Contracts) -> Policy:
    """Return a policy with the fees that contracts have for charges as they lately were.

    One fixed part and one share for an account and the currency it charges and settles in: what
    accounts take of these charges now, agreed or not. What is known of too few of them,
    and of charges that were exchanged, stays as it was. Where no order of accounts was loaded,
    those with fees are named: rules need one.
    """
    fees = {account: dict(known) for account, known in policy.fees.items()}
    for (account, currency), fee in _fees(lines, contracts).items():
        fees.setdefault(account, {})[currency] = fee
    return replace(policy, fees=fees, default=policy.default or tuple(sorted(fees)))


def _fees(lines: Sequence[FeeLine], contracts: Contracts) -> Mapping[tuple[str, str], Fee]:
    rates = Lookup(contracts)
    last = max(one.settled_on for one in lines)
    some: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for line, volume in zip(lines, volumes_of(lines), strict=True):
        cluster = line.cluster
        rate = rates.of(cluster, volume, last)
        if rate is None or line.settled_on <= last - LATELY:
            continue
        if cluster.charged_in == cluster.currency:
            known = some.setdefault((cluster.account, cluster.currency), [])
            known.append((line.amount_minor, rate.charged(last).of(line.amount_minor)))
    return {key: _laid(known) for key, known in sorted(some.items()) if len(known) >= LINES_MIN}


def _laid(known: Sequence[tuple[int, int]]) -> Fee:
    """Lay a line through amounts and fees (millionths), so that both come to the same."""
    count = len(known)
    amounts, fees = (sum(column) for column in zip(*known, strict=True))
    spread = sum(amount * amount for amount, _ in known) * count - amounts * amounts
    both = sum(amount * fee for amount, fee in known) * count - amounts * fees
    rate = max(both // spread, 0) if spread else fees // amounts
    fixed = max((fees - rate * amounts) // count, 0)
    fixed_minor = (fixed + MICRO // 2) // MICRO
    ppm = max((fees - fixed_minor * MICRO * count) // amounts, 0)
    return Fee(fixed_minor=fixed_minor, ppm=min(ppm, PPM))
