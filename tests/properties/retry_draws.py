"""Chance of one retry plan, and a model that says anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from typing_extensions import override

from ledgerline.payments.rules.routing import PPM
from ledgerline.payments.scores import MomentModel, MomentScores, Refused

T = TypeVar("T")


@dataclass(slots=True)
class Draws:
    """Chance of one plan: the same number draws the same."""

    number: int
    drawn: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self.drawn = self._draw()

    def _draw(self) -> Iterator[int]:
        turn = 0
        while True:
            yield from sha256(f"{self.number} {turn}".encode()).digest()
            turn += 1

    def below(self, count: int) -> int:
        return (next(self.drawn) << 16 | next(self.drawn) << 8 | next(self.drawn)) % count

    def one_of(self, values: "tuple[T, ...]") -> T:
        return values[self.below(len(values))]

    def happens(self, percent: int) -> bool:
        return self.below(100) < percent


class Adversary(MomentModel):
    """A model that says anything: constant, one moment, poisoned, stale, slow or nothing."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws

    @override
    def weigh(self, refused: Refused, moments: Sequence[datetime]) -> MomentScores | None:
        draws, kind = self._draws, self._draws.below(12)
        ppm: dict[datetime, Any] = dict.fromkeys(moments, draws.below(PPM + 1))
        ppm[moments[draws.below(len(moments))]] = draws.below(PPM + 1)
        if kind < 4:
            ppm[moments[-1 if kind < 2 else 0]] = PPM
        poisons: dict[int, Any] = {5: float("nan"), 6: PPM + 1, 7: -1, 8: 0.5}
        if kind in poisons:
            ppm[moments[0]] = poisons[kind]
        if kind == 9:
            ppm[refused.failed_at] = PPM
        if kind == 10:
            return None
        late = 10_000 if draws.happens(5) else 1
        old = 46 * 86_400 if draws.happens(5) else 1
        return MomentScores(ppm, 1, old, took_ms=late)
