"""The same of fees where ten times as many charges are settled: what thin clusters cost."""

from collections.abc import Sequence
from typing import Final

from bench.fees_page import BEGIN_VOLUME, END_VOLUME, write_page
from bench.fees_read import DAYS, MODEL
from bench.ml_fees import errors_of, tabled
from bench.report import Figure
from bench.stage import Stage
from pspsim.fees.world import Kind

SEEDS: Final = tuple(range(5101, 5121))
A_DAY: Final = 1_000


async def ml_fees_volume(
    stage: Stage, *, seeds: Sequence[int] = SEEDS, a_day: int = A_DAY
) -> list[Figure]:
    """Read contracts out of many lines; the page of models is written at full size."""
    del stage  # worlds need no database
    table = await tabled(seeds, a_day)
    if seeds == SEEDS:
        models = {key: one for key, one in table.items() if key[1] == MODEL}
        size = f"{DAYS * a_day:,} lines of {DAYS} days, {len(seeds)} seeds"
        write_page(models, size, begin=BEGIN_VOLUME, end=END_VOLUME)
    return [
        errors_of(f"ml_fees_volume_{kind}_errors", table[kind, MODEL])
        for kind in Kind
        if kind is not Kind.NULL
    ]
