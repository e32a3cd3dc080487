"""A table of retry timing, fitted to tries and what came of them.

The chance of a try is a sum of what facts of it add to a logit (``retry_scores``). Every number is
drawn towards nothing by ``shrinkage``: what was seen seldom says little, and what was never seen
says nothing. All families are fitted in turn, Newton steps with their curvature, until they rest.
A line is then laid through what was believed and what happened on later rows, which trained nothing
(Platt, "Probabilistic outputs", 1999): the knots are that line, in whole numbers. How it did is
measured on the latest rows, which did neither.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from math import exp, log, pi, sqrt
from typing import Final, NamedTuple

from ledgerline.payments.rules.artefacts import SEAL, digest, seal
from ledgerline.payments.rules.retry_scores import Table, cell_of, chance

FAMILIES: Final = (
    ("category", "wait"), ("category", "tries"), ("category", "hour"), ("market", "hour"),
    ("category", "weekday"), ("market", "category", "weekday"), ("category", "monthday"),
    ("market", "category", "monthday"), ("market", "category"), ("brand",), ("band",),
)  # fmt: skip
SHRINKAGE: Final = 6.0
SWEEPS: Final = 12
LATER: Final = 10  # a tenth of the rows, the latest ones, measures; the tenth before calibrates
ROWS_MIN: Final = 500
BINS: Final = 15
_SCALE: Final = 1000  # thousandths of a logit
_MILLION: Final = 1_000_000
_EDGE: Final = 8_000
_STEP: Final = 500
_CELL_MAX: Final = 20_000
_STEP_MAX: Final = 2.0  # of a logit: a whole Newton step can leap to where nothing slopes any more


class TooFewRows(Exception):
    """Refuse to train on less than can tell anything."""


class TryRow(NamedTuple):
    """A try as its facts were when it was decided, and whether it brought the money."""

    facts: Mapping[str, str]
    paid: bool


class Bin(NamedTuple):
    """Tries that were believed to be about equally likely to be paid, and how many were."""

    believed: float
    seen: float
    tries: int


class Trained(NamedTuple):
    """A table, and how it did on the latest rows: log loss, that of their mean, and calibration.

    ``ece`` is the expected calibration error in 15 bins of equal size, ``ece_of_chance`` what it
    comes to where everything is exactly as likely as it is believed to be. ``bins`` are those bins,
    and ``gains`` what part of all that was paid came from the likeliest tenths of the tries.
    """

    table: Table
    rows: int
    measured_on: int
    log_loss: float
    log_loss_of_mean: float
    ece: float
    ece_of_chance: float
    bins: tuple[Bin, ...]
    gains: tuple[float, ...]


def train(rows: Sequence[TryRow], *, shrinkage: float = SHRINKAGE) -> Trained:
    """Fit a table to tries in the order of time; raises ``TooFewRows``."""
    if len(rows) < ROWS_MIN:
        raise TooFewRows(f"{len(rows)} tries are too few: {ROWS_MIN} are needed")
    tenth = len(rows) // LATER
    fitted, later, latest = rows[: -2 * tenth], rows[-2 * tenth : -tenth], rows[-tenth:]
    cells = _fitted(fitted, shrinkage)
    raw = Table(FAMILIES, cells, ())
    slope, level = line_through(
        [total_of(raw, row.facts) for row in later], [row.paid for row in later]
    )
    knots = tuple(
        (at, round(_MILLION * _sigmoid(slope * at / _SCALE + level)))
        for at in range(-_EDGE, _EDGE + 1, _STEP)
    )
    believed = [chance(knots, total_of(raw, row.facts)) / _MILLION for row in latest]
    paid = [float(row.paid) for row in latest]
    share = sum(paid) / len(paid)
    return Trained(
        table=Table(FAMILIES, cells, knots),
        rows=len(rows),
        measured_on=len(latest),
        log_loss=_log_loss(believed, paid),
        log_loss_of_mean=_log_loss([share] * len(paid), paid),
        ece=calibration_error(believed, paid),
        ece_of_chance=ece_of_chance(believed),
        bins=tuple(_bins(believed, paid)),
        gains=tuple(gained(believed, paid)),
    )


def artefact(trained: Trained, *, trained_at: datetime, told: Mapping[str, object]) -> str:
    """Write a table as an artefact: JSON that ``ledgerline ml load`` takes, never code.

    ``told`` is what it was trained on (release, months, commit).
    """
    table = trained.table
    plain = {"families": table.families, "cells": table.cells, "knots": table.knots}
    body = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    metrics = {
        "rows": trained.rows,
        "measured_on": trained.measured_on,
        "log_loss_ppm": round(_MILLION * trained.log_loss),
        "log_loss_of_mean_ppm": round(_MILLION * trained.log_loss_of_mean),
        "ece_ppm": round(_MILLION * trained.ece),
        "ece_of_chance_ppm": round(_MILLION * trained.ece_of_chance),
        "bins": [
            [round(_MILLION * one.believed), round(_MILLION * one.seen), one.tries]
            for one in trained.bins
        ],
        "gains_ppm": [round(_MILLION * one) for one in trained.gains],
        "parameters": {"shrinkage": SHRINKAGE, "sweeps": SWEEPS, "families": len(FAMILIES)},
        **told,
    }
    said = {
        "kind": "retry",
        "sha256": digest(body),
        "trained_at": trained_at.isoformat(),
        "metrics": metrics,
        "table": json.loads(body),
    }
    return json.dumps(said | {SEAL: seal(said)}, indent=1, sort_keys=True)


def total_of(table: Table, facts: Mapping[str, str]) -> int:
    """Return the sum of what facts add, in thousandths of a logit."""
    cells = table.cells
    return cells.get("base", 0) + sum(
        cells.get(cell_of(no, family, facts), 0) for no, family in enumerate(table.families)
    )


def _fitted(rows: Sequence[TryRow], shrinkage: float) -> dict[str, int]:
    """Fit what each cell adds; the constant is the logit of all."""
    names: dict[str, int] = {}
    of_family = [
        [names.setdefault(cell_of(no, family, row.facts), len(names)) for row in rows]
        for no, family in enumerate(FAMILIES)
    ]
    paid = [float(row.paid) for row in rows]
    base = _logit((sum(paid) + 1) / (len(paid) + 2))
    added = [0.0] * len(names)
    logits = [base] * len(rows)
    for _ in range(SWEEPS):
        for of_row in of_family:
            _step(of_row, paid, logits=logits, added=added, shrinkage=shrinkage)
    limit = _CELL_MAX
    cells = {name: max(-limit, min(limit, round(_SCALE * added[no]))) for name, no in names.items()}
    return {"base": round(_SCALE * base)} | {name: one for name, one in cells.items() if one}


def _step(
    of_row: Sequence[int],
    paid: Sequence[float],
    *,
    logits: list[float],
    added: list[float],
    shrinkage: float,
) -> None:
    """Move the cells of one family to where the rows that lie in them want it."""
    slopes: dict[int, float] = {}
    curves: dict[int, float] = {}
    for cell, y, logit in zip(of_row, paid, logits, strict=True):
        p = 1 / (1 + exp(-logit))
        slopes[cell] = slopes.get(cell, 0.0) + y - p
        curves[cell] = curves.get(cell, 0.0) + p * (1 - p)
    moved = {
        cell: (slope - shrinkage * added[cell]) / (curves[cell] + shrinkage)
        for cell, slope in slopes.items()
    }
    for cell, by in moved.items():
        added[cell] += by
    for no, cell in enumerate(of_row):
        logits[no] += moved[cell]


def line_through(sums: Sequence[int], paid: Sequence[bool]) -> tuple[float, float]:
    """Return slope and level of the line; a line that falls is laid flat."""
    xs = [one / _SCALE for one in sums]
    won = sum(paid)
    # Platt's targets: no outcome is believed to be certain
    targets = [(won + 1) / (won + 2) if one else 1 / (len(paid) - won + 2) for one in paid]
    slope, level = 1.0, 0.0
    for _ in range(25):
        gs, gl, hss, hsl, hll = 1 - slope, 0.0, 1.0, 0.0, 0.0  # drawn a little towards 1
        for x, y in zip(xs, targets, strict=True):
            p = _sigmoid(slope * x + level)
            w = p * (1 - p)
            gs, gl = gs + (y - p) * x, gl + y - p
            hss, hsl, hll = hss + w * x * x, hsl + w * x, hll + w
        found = hss * hll - hsl * hsl
        by, up = (gs * hll - gl * hsl) / found, (gl * hss - gs * hsl) / found
        far = max(abs(by * x + up) for x in (min(xs), max(xs)))
        shorter = _STEP_MAX / max(_STEP_MAX, far)
        slope, level = slope + shorter * by, level + shorter * up
    return (slope, level) if slope > 0 else (0.0, _logit((won + 1) / (len(paid) + 2)))


def _log_loss(believed: Sequence[float], paid: Sequence[float]) -> float:
    tiny = 1e-6
    kept = [min(max(p, tiny), 1 - tiny) for p in believed]
    return -sum(y * log(p) + (1 - y) * log(1 - p) for p, y in zip(kept, paid, strict=True)) / len(
        paid
    )


def calibration_error(believed: Sequence[float], paid: Sequence[float]) -> float:
    """Return how far belief and outcome lie apart on average, in bins of equal size."""
    off = sum(abs(one.believed - one.seen) * one.tries for one in _bins(believed, paid))
    return off / len(believed)


def _bins(believed: Sequence[float], paid: Sequence[float]) -> Iterator[Bin]:
    ordered = sorted(zip(believed, paid, strict=True), key=lambda one: one[0])  # not by outcome
    for no in range(BINS):
        some = ordered[no * len(ordered) // BINS : (no + 1) * len(ordered) // BINS]
        if some:
            count = len(some)
            yield Bin(_sum(p for p, _ in some) / count, _sum(y for _, y in some) / count, count)


def gained(believed: Sequence[float], paid: Sequence[float]) -> Iterator[float]:
    """Yield what part of all that was paid came from the likeliest tenth, two tenths … of tries.

    Tries that are believed to be alike count as if they were in any order. None where none paid.
    """
    found: dict[float, list[float]] = {}
    for p, y in zip(believed, paid, strict=True):
        found.setdefault(p, []).append(y)
    ordered = [
        _sum(found[p]) / len(found[p]) for p in sorted(found, reverse=True) for _ in found[p]
    ]
    total = _sum(paid)
    for tenth in range(1, LATER + 1) if total else ():
        yield _sum(ordered[: len(ordered) * tenth // LATER]) / total


def ece_of_chance(believed: Sequence[float]) -> float:
    """Return the calibration error that outcomes have which are drawn by belief itself.

    How far a bin is off is then nearly normal around nothing, so that its mean is its deviation by
    √(2/π).
    """
    ordered = sorted(believed)
    off = 0.0
    for no in range(BINS):
        some = ordered[no * len(ordered) // BINS : (no + 1) * len(ordered) // BINS]
        off += sqrt(2 / pi * _sum(p * (1 - p) for p in some))
    return off / len(ordered)


def _sum(values: Iterable[float]) -> float:
    return sum(values, 0.0)


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-max(-40.0, min(40.0, x))))


def _logit(p: float) -> float:
    return log(p / (1 - p))
