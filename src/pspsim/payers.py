"""Why a payer cannot pay: latent causes per segment, one lasting, one waiting, one by chance.

A hard refusal sticks to the token at every provider. An empty account stays empty from its dry
day until the next payday. A generic refusal lasts one day at one provider. A technical one is
drawn anew for every reference. Where a segment drifts, generic refusals do: who is refused for good
stays so.
"""

from datetime import datetime
from typing import Final, NamedTuple

from pspsim.codes import CAUSE, Cause, DeclineCode
from pspsim.draws import PPM, Draws
from pspsim.world import Drift, SegmentWorld, World

PAY_CYCLE_DAYS: Final = 30
# Mean share of a short cycle spent without money, when its dry day is drawn evenly: 31/60.
_SHORT_CYCLE: Final = (2 * PAY_CYCLE_DAYS, PAY_CYCLE_DAYS + 1)


class Attempt(NamedTuple):
    """Hold what the outcome of a charge may depend on."""

    provider: str
    segment: str
    token: str
    reference: str
    execution: int
    """Earlier executions under the same reference."""
    payer_is_present: bool
    at: datetime


class _Chance(NamedTuple):
    ppm: int
    """Given that no earlier cause has struck."""
    codes: dict[str, int]


class Payers:
    """Decide who pays."""

    __slots__ = ("_chances", "_draws", "_drifts")

    def __init__(self, draws: Draws, world: World) -> None:
        """Work out the chances of every cause, per segment and provider."""
        self._draws = draws
        self._chances = {
            (name, provider): _chances(segment, PPM - approval)
            for name, segment in world.segments.items()
            for provider, approval in segment.approval_ppm.items()
        }
        self._drifts = {name: one.drift for name, one in world.segments.items() if one.drift}

    def decline(self, attempt: Attempt) -> DeclineCode | None:
        """Decide whether the attempt is declined, and why; None is an approval."""
        for cause, chance in self._chances[attempt.segment, attempt.provider].items():
            if cause is Cause.AUTHENTICATION and attempt.payer_is_present:
                continue
            if self._strikes(cause, self._ppm(cause, chance, attempt), attempt=attempt):
                entity = _entity(cause, attempt)
                return DeclineCode(self._draws.pick(chance.codes, f"{cause}-code", *entity))
        return None

    def _ppm(self, cause: Cause, chance: _Chance, attempt: Attempt) -> int:
        """Return the chance of a cause on that day."""
        drift = self._drifts.get(attempt.segment)
        if drift is None or cause is not Cause.GENERIC:
            return chance.ppm
        return min(max(chance.ppm + self._shift(drift, attempt), 0), PPM)

    def _shift(self, drift: Drift, attempt: Attempt) -> int:
        """Return how far generic refusals are from their mean: on the line between two levels."""
        number, day = divmod(attempt.at.toordinal(), drift.days)
        before, after = (
            self._draws.below(
                2 * drift.spread_ppm + 1, "drift", attempt.segment, attempt.provider, number + step
            )
            - drift.spread_ppm
            for step in (0, 1)
        )
        return before + (after - before) * day // drift.days

    def _strikes(self, cause: Cause, ppm: int, *, attempt: Attempt) -> bool:
        if cause is Cause.FUNDS:
            return self._is_short(ppm, attempt)
        return self._draws.ppm(cause.value, *_entity(cause, attempt)) < ppm

    def _is_short(self, ppm: int, attempt: Attempt) -> bool:
        payday = self._draws.below(PAY_CYCLE_DAYS, "payday", attempt.token)
        cycle, day = divmod(attempt.at.toordinal() + payday, PAY_CYCLE_DAYS)
        cycles, days = _SHORT_CYCLE
        if self._draws.ppm("short-cycle", attempt.token, cycle) >= ppm * cycles // days:
            return False
        return day >= self._draws.below(PAY_CYCLE_DAYS, "dry-day", attempt.token, cycle)


def _entity(cause: Cause, attempt: Attempt) -> tuple[str | int, ...]:
    if cause is Cause.GENERIC:
        return (attempt.provider, attempt.token, attempt.at.toordinal())
    if cause is Cause.TECHNICAL:
        return (attempt.provider, attempt.token, attempt.reference, attempt.execution)
    return (attempt.token,)


def _chances(segment: SegmentWorld, decline_ppm: int) -> dict[Cause, _Chance]:
    total = sum(segment.declines.values())
    rest = PPM
    chances: dict[Cause, _Chance] = {}
    for cause in Cause:  # its order is the order in which causes are asked
        codes = {str(code): w for code, w in segment.declines.items() if CAUSE[code] is cause}
        share = decline_ppm * sum(codes.values()) // total if codes else 0
        if share > 0:
            chances[cause] = _Chance(share * PPM // rest, codes)
            rest -= share
    return chances
