"""What models say of accounts and of moments, in whole numbers, and how far they are let."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol


class Kind(StrEnum):
    """What models decide about."""

    ROUTING = "routing"  # which account
    RETRY = "retry"  # when again


class Mode(StrEnum):
    """How far a seller lets a model decide."""

    OFF = "off"
    SHADOW = "shadow"  # it is asked, and what it would have chosen is written down
    CANARY = "canary"  # it decides for a few customers
    ON = "on"  # for all but those who are held out for good


PERCENTS: Final[Mapping[Mode, tuple[int, ...]]] = {
    Mode.OFF: (0,), Mode.SHADOW: (0,), Mode.CANARY: (1, 5, 25), Mode.ON: (95,),
}  # fmt: skip
"""The shares of customers for whom a model may decide, by mode."""


class Switch(NamedTuple):
    """How far a model decides, for ``percent`` of the customers.

    From the amounts of ``explore_below`` on (minor units by currency), and in currencies that are
    not named there, nothing is tried out.
    """

    mode: Mode = Mode.OFF
    percent: int = 0
    explore_below: Mapping[str, int] = MappingProxyType({})

    def explores(self, currency: str, amount_minor: int) -> bool:
        """Say whether other accounts than the most likely one may be tried with an amount."""
        return amount_minor < self.explore_below.get(currency, 0)


OFF: Final = Switch()
SYSTEM: Final = "system"
"""Who changes a switch by itself; nobody else is called so."""


class Features(NamedTuple):
    """What of a charge its approval depends on, as it was known; the unknown is ``""``.

    ``region`` is ``domestic`` or ``abroad``: whether the card is from the market. ``brand`` names
    who tries as well (``visa machine``), since an account meets other payers then.
    """

    market: str
    region: str
    brand: str
    funding: str


class Scores(NamedTuple):
    """What a model says of some accounts: propensities in ppm, and when it last heard anything.

    ``tick`` names the state. ``down`` are accounts it takes to be down, ``terms`` the parts of
    what it believes by account (thousandths of a logit), ``before`` how decisions of the last
    hour about such charges were shared (ppm, in sum over them).
    """

    ppm: Mapping[str, int]
    tick: int
    age_seconds: int
    took_ms: int = 0
    down: frozenset[str] = frozenset()
    terms: Mapping[str, Mapping[str, int]] = MappingProxyType({})
    before: Mapping[str, int] = MappingProxyType({})


class ModelBook(Protocol):
    """Where flows find the model of routing."""

    def model(self) -> "Model | None":
        """Return what orders accounts that rules leave open, where this process has a model."""


class Model(Protocol):
    """A model of routing in the memory of this process. It answers at once and never raises."""

    def switch(self, market: str) -> Switch:
        """Say how far the seller of a market lets it decide, as was read last."""

    def weigh(
        self, features: Features, accounts: Sequence[str], costs: Sequence[int]
    ) -> Scores | None:
        """Weigh accounts; ``costs`` are ppm of the amount. None where it cannot say anything."""


class Refused(NamedTuple):
    """What of a refused payment a model of retry timing is told; the unknown is ``""``.

    ``tries`` counts those so far; ``zone`` is the payer's.
    """

    category: str
    market: str
    brand: str
    amount_minor: int
    tries: int
    failed_at: datetime
    zone: str


class MomentScores(NamedTuple):
    """What a model says of moments of a try: chances of success in ppm, and whose word it is.

    ``terms`` are the parts of what it believes by moment (thousandths of a logit).
    """

    ppm: Mapping[datetime, int]
    version: int
    age_seconds: int
    took_ms: int = 0
    terms: Mapping[datetime, Mapping[str, int]] = MappingProxyType({})


class MomentModel(Protocol):
    """A model of retry timing. It answers at once and never raises."""

    def weigh(self, refused: Refused, moments: Sequence[datetime]) -> MomentScores | None:
        """Say how likely a try succeeds at each moment; None where it cannot say anything."""


class Timing(NamedTuple):
    """A model of retry timing, how far its seller lets it decide, and what and for whom.

    ``customer`` decides who is held out; the same ``key`` draws the same moment.
    """

    switch: Switch
    model: MomentModel | None
    market: str
    brand: str
    amount_minor: int
    currency: str
    customer: str
    key: str
