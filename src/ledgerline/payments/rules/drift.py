"""Whether decisions are still of the kind that a model was made for, feature by feature.

The population stability index sums (a - e) · ln(a / e) over the levels of a feature, a being their
shares of late and e before. Half a decision is added to each level, so that one that is new counts.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from enum import StrEnum
from typing import Final, NamedTuple

from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rows.learning import FeatureRow

RECENT: Final = timedelta(days=3)
REFERENCE: Final = timedelta(days=28)
WARNS: Final = 200
FALLS_BACK: Final = 400
"""From these thousandths of the index on."""
RECENT_MIN: Final = 500
LEVEL_MIN: Final = 50
"""So many late decisions at least, in all and by level: chance makes the index large otherwise."""
UNMAPPED: Final = "unmapped"
_ONLY_WARN: Final = frozenset({"who", "propensity", "delay", UNMAPPED})
_HALF: Final = Decimal("0.5")


class Grade(StrEnum):
    """What is made of a drift."""

    QUIET = "quiet"
    WARNS = "warns"
    FALLS_BACK = "falls_back"
    FEW = "few"  # too few decisions to say


class Level(NamedTuple):
    """How many decisions had a value of a feature."""

    level: str
    before: int
    recent: int


class Drift(NamedTuple):
    """How far a feature moved: the index in thousandths, none where decisions are too few."""

    feature: str
    psi_milli: int | None
    grade: Grade
    before: int
    recent: int
    levels: tuple[Level, ...]


def recent_since(now: datetime) -> date:
    """Return the first day that counts as late."""
    return now.astimezone(UTC).date() - RECENT


def drifts(rows: Sequence[FeatureRow]) -> tuple[Drift, ...]:
    """Say of each feature how far it moved."""
    of_feature: dict[str, list[Level]] = {}
    for row in rows:
        of_feature.setdefault(row.feature, []).append(Level(row.level, row.before, row.recent))
    if "category" in of_feature:
        of_feature[UNMAPPED] = list(_mapped(of_feature["category"]))
    return tuple(_drift(name, tuple(levels)) for name, levels in sorted(of_feature.items()))


def drift_sentence(one: Drift) -> str:
    """Say how far a feature moved, and which of its levels most."""
    if one.psi_milli is None:
        return f"{one.feature}: too few decisions to say ({one.recent:,} of late)"
    moved = max(one.levels, key=lambda level: abs(_moved(one, level)))
    was, now = (100 * Decimal(part) / whole for part, whole in (
        (moved.before, one.before), (moved.recent, one.recent)
    ))  # fmt: skip
    return (
        f"{one.feature}: population stability index {index(one.psi_milli)}, most of all"
        f" {moved.level or 'not known'} from {was:.1f} % to {now:.1f} % of {one.recent:,} decisions"
    )


def index(psi_milli: int) -> str:
    """Write the index with its three digits."""
    return f"{psi_milli // 1000}.{psi_milli % 1000:03}"


def _mapped(categories: Sequence[Level]) -> Iterator[Level]:
    """Sum categories up into codes that are mapped and those that are not."""
    for name, is_in in (("mapped", False), (UNMAPPED, True)):
        some = [one for one in categories if (one.level == DeclineCategory.UNMAPPED) is is_in]
        yield Level(name, sum(one.before for one in some), sum(one.recent for one in some))


def _drift(feature: str, levels: tuple[Level, ...]) -> Drift:
    before, recent = sum(one.before for one in levels), sum(one.recent for one in levels)
    enough = max(RECENT_MIN, LEVEL_MIN * len(levels))
    psi = _psi(levels, before=before, recent=recent) if min(before, recent) >= enough else None
    return Drift(
        feature=feature,
        psi_milli=psi,
        grade=Grade.FEW if psi is None else _grade(feature, psi),
        before=before,
        recent=recent,
        levels=levels,
    )


def _psi(levels: Sequence[Level], *, before: int, recent: int) -> int:
    more = _HALF * len(levels)
    with localcontext(Context(prec=28)):
        total = Decimal(0)
        for one in levels:
            was, now = (
                (one.before + _HALF) / (before + more),
                (one.recent + _HALF) / (recent + more),
            )
            total += (now - was) * (now / was).ln()
        return int((1000 * total).to_integral_value())


def _grade(feature: str, psi: int) -> Grade:
    if psi > FALLS_BACK and feature not in _ONLY_WARN:
        return Grade.FALLS_BACK
    return Grade.WARNS if psi > WARNS else Grade.QUIET


def _moved(one: Drift, level: Level) -> Decimal:
    return Decimal(level.recent) / one.recent - Decimal(level.before) / one.before
