"""A model of retry timing as a table of whole numbers: what a moment adds to a chance, added up.

Trained elsewhere; here it is only read. Each family is one to three facts of a moment; a cell says
what their values add, in thousandths of a logit, and one that is not there adds nothing. What comes
out is read from a line of knots, so no number here is ever anything but whole.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from typing_extensions import override

from ledgerline.payments.rules.artefacts import digest
from ledgerline.payments.rules.routing import PPM
from ledgerline.payments.scores import MomentModel, MomentScores, Refused

FIELDS: Final = (
    "category", "market", "brand", "band", "tries", "wait", "weekday", "monthday", "hour",
)  # fmt: skip
"""What a family may be of."""
BODY_MAX: Final = 4 * 1024 * 1024  # characters of an artefact
_ADDED_MAX: Final = 20_000
_FAMILIES_MAX: Final = 32
BANDS: Final = (500, 1_000, 2_000, 5_000)  # minor units
WAITS: Final = (1, 2, 3, 4, 6, 8, 11, 15, 20)  # days


class Table(NamedTuple):
    """Families of facts, what their values add, and the chance (ppm) at sums of them."""

    families: tuple[tuple[str, ...], ...]
    cells: Mapping[str, int]
    knots: tuple[tuple[int, int], ...]


class TableModel(MomentModel):
    """A table as a model that is asked."""

    def __init__(self, table: Table, *, version: int, age_seconds: int) -> None:
        """Answer by ``table``, which was trained ``age_seconds`` ago."""
        self._table = table
        self._version, self._age = version, age_seconds

    @override
    def weigh(self, refused: Refused, moments: Sequence[datetime]) -> MomentScores | None:
        table, ppm, terms = self._table, {}, {}
        for at in moments:
            parts = added(table, facts_of(refused, at))
            terms[at] = parts
            ppm[at] = chance(table.knots, sum(parts.values()))
        return MomentScores(ppm, self._version, self._age, terms=terms)


def facts_of(refused: Refused, at: datetime) -> dict[str, str]:
    """Say what a model knows of a try at a moment, by name of the fact."""
    local = at.astimezone(ZoneInfo(refused.zone))
    ends = (local + timedelta(days=1)).month != local.month
    return {
        "category": refused.category,
        "market": refused.market,
        "brand": refused.brand,
        "band": str(bisect_right(BANDS, refused.amount_minor)),
        "tries": str(min(refused.tries, 6)),
        "wait": str(bisect_right(WAITS, (at - refused.failed_at) // timedelta(days=1))),
        "weekday": str(local.weekday()),
        "monthday": "end" if ends else str(local.day),
        "hour": str(local.hour // 4),
    }


def cell_of(no: int, family: Sequence[str], facts: Mapping[str, str]) -> str:
    """Name the cell of a family that some facts lie in."""
    return f"{no}|{'|'.join([facts[name] for name in family])}"


@lru_cache(maxsize=_FAMILIES_MAX)
def _called(family: tuple[str, ...]) -> str:
    return " × ".join(family)


def added(table: Table, facts: Mapping[str, str]) -> dict[str, int]:
    """Return what each family adds, in thousandths of a logit; the constant is ``base``."""
    found = {"base": table.cells.get("base", 0)}
    for no, family in enumerate(table.families):
        found[_called(family)] = table.cells.get(cell_of(no, family, facts), 0)
    return found


def chance(knots: Sequence[tuple[int, int]], total: int) -> int:
    """Read the chance at a sum from a line of knots (ppm); beyond its ends it is flat."""
    right = bisect_right(knots, total, key=lambda knot: knot[0])
    if right == 0:
        return knots[0][1]
    if right == len(knots):
        return knots[-1][1]
    (low, below), (high, above) = knots[right - 1], knots[right]
    return below + (above - below) * (total - low) // (high - low)


def table_of(body: str, *, sha256: str) -> Table | None:
    """Read a table; None where anything of it is not as it was written, or out of range."""
    if len(body) > BODY_MAX or digest(body) != sha256:
        return None
    try:
        told = json.loads(body)
        table = Table(
            families=tuple(tuple(family) for family in told["families"]),
            cells=dict(told["cells"]),
            knots=tuple((low, ppm) for low, ppm in told["knots"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return table if _is_sound(table) else None


def _is_sound(table: Table) -> bool:
    families = len(table.families) <= _FAMILIES_MAX and all(
        name in FIELDS for one in table.families for name in one
    )
    numbers: list[Any] = [*table.cells.values(), *(one for knot in table.knots for one in knot)]
    if not families or any(type(one) is not int for one in numbers):
        return False
    if any(abs(one) > _ADDED_MAX for one in table.cells.values()):
        return False
    rising = all(
        low < high and below <= above for (low, below), (high, above) in pairwise(table.knots)
    )
    return bool(table.knots) and rising and all(0 <= ppm <= PPM for _, ppm in table.knots)
