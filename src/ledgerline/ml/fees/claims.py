"""Lines that are dearer than agreed, put together as what one would write to a provider."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np

from ledgerline.ml.fees.contracts import Contracts, Lookup, Rate
from ledgerline.ml.fees.fitting import fit
from ledgerline.ml.fees.lines import LINES_MIN, Cluster, FeeLine, volumes_of
from ledgerline.ml.fees.tariff import BANDS, MICRO, Tariff, told

APART: Final = timedelta(days=14)
"""Lines of a cluster that lie farther apart are of two claims."""
LINES_LEAST: Final = 2
"""One line that is dearer is rounding of a kind that was not seen before."""
_USUAL: Final = 0.995
_FOLLOWED: Final = 0.9


class Held(NamedTuple):
    """A line, the rate it is held to, and what that takes (millionths of a minor unit)."""

    line: FeeLine
    rate: Rate
    expected_micro: int

    @property
    def excess(self) -> int:
        """How much more was kept, in millionths of a minor unit."""
        return self.line.fee_minor * MICRO - self.expected_micro


class Claim(NamedTuple):
    """Lines of a cluster between two days: what was charged, and what was agreed, in minor units.

    ``charged_as`` is the tariff that they follow instead, where they follow one.
    """

    cluster: Cluster
    since: date
    until: date
    agreed: Tariff
    charged_as: Tariff | None
    charged_minor: int
    expected_minor: int
    lines: tuple[str, ...]

    @property
    def over_minor(self) -> int:
        """What was kept too much."""
        return self.charged_minor - self.expected_minor


def claims(
    lines: Sequence[FeeLine], contracts: Contracts, *, seller: str | None = None
) -> list[Claim]:
    """Claim what was kept too much, of a seller or of all, the largest first.

    A line counts that is dearer than its rounding allows, and than 99.5 % of what is not dearer is
    off; only where lines are held to a rate. ``lines`` are all of the accounts.
    """
    some: dict[Cluster, list[Held]] = {}
    for one in dearer(lines, contracts):
        if seller is None or one.line.seller == seller:
            some.setdefault(one.line.cluster, []).append(one)
    found = [claim for own in some.values() for claim in _grouped(own)]
    return sorted(found, key=lambda one: (-one.over_minor, one.cluster, one.since))


def dearer(lines: Sequence[FeeLine], contracts: Contracts) -> list[Held]:
    """Return the lines that are dearer than agreed, in the order of their days."""
    return _beyond(held(lines, contracts))


def held(lines: Sequence[FeeLine], contracts: Contracts) -> list[Held]:
    """Return the lines that are held to a rate, dearer or not, in the order of their days."""
    ordered = sorted(lines, key=lambda one: one.settled_on)
    found: list[Held] = []
    rates = Lookup(contracts)
    for line, volume in zip(ordered, volumes_of(ordered), strict=True):
        rate = rates.of(line.cluster, volume, line.settled_on)
        if rate is None or not rate.are_held_to:
            continue
        found.append(Held(line, rate, rate.tariff.of(line.amount_minor)))
    return found


def _beyond(found: Sequence[Held]) -> list[Held]:
    """Leave lines that are off by more than the rounding of their rate, and than others are.

    While all lines follow a dearer tariff, whole units say enough.
    """
    by_rate: dict[tuple[Cluster, int, date], list[int]] = {}
    for one in found:
        if one.excess <= BANDS[-1]:
            by_rate.setdefault(_key(one.rate), []).append(abs(one.excess))
    usual = {key: float(np.quantile(off, _USUAL)) for key, off in by_rate.items()}

    def limit(one: Held) -> float:
        day = one.line.settled_on
        if any(span.holds(day) for span in one.rate.dear):
            return BANDS[0]
        return max(one.rate.tariff.band_micro, usual.get(_key(one.rate), 0.0))

    return [one for one in found if one.excess > limit(one)]


def _key(rate: Rate) -> tuple[Cluster, int, date]:
    return rate.cluster, rate.from_minor, rate.since


def _grouped(own: Sequence[Held]) -> Iterator[Claim]:
    """Make claims of lines of a cluster that lie close together, under one rate."""
    some: list[Held] = []
    for one in own:
        is_near = some and one.line.settled_on - some[-1].line.settled_on <= APART
        if some and not (is_near and some[-1].rate.tariff == one.rate.tariff):
            yield from _claim(some)
            some = []
        some.append(one)
    yield from _claim(some)


def _claim(some: Sequence[Held]) -> Iterator[Claim]:
    if len(some) < LINES_LEAST:
        return
    lines = [one.line for one in some]
    yield Claim(
        cluster=lines[0].cluster,
        since=lines[0].settled_on,
        until=lines[-1].settled_on,
        agreed=some[0].rate.tariff,
        charged_as=_charged_as(lines),
        charged_minor=sum(one.fee_minor for one in lines),
        expected_minor=(sum(one.expected_micro for one in some) + MICRO // 2) // MICRO,
        lines=tuple(one.line for one in lines),
    )


def _charged_as(lines: Sequence[FeeLine]) -> Tariff | None:
    """Return the tariff that lines follow, where nearly all do."""
    if len(lines) < LINES_MIN:
        return None
    amounts = np.asarray([one.amount_minor for one in lines], np.int64)
    fees = np.asarray([one.fee_minor for one in lines], np.int64)
    found = fit(amounts, fees)
    return found if float(found.holds(amounts, fees).mean()) >= _FOLLOWED else None


def because(claim: Claim) -> str:
    """Say why, in a sentence."""
    agreed = f"agreed was {told(claim.agreed)}"
    if claim.charged_as is None:
        return f"{agreed}; these lines are dearer than its rounding allows"
    return f"{agreed}; these lines follow {told(claim.charged_as)}"
