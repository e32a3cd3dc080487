"""An artefact of churn: JSON that is checked when it is read, never code, and what it says."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np

from ledgerline.ml.evaluate.log import Ints
from ledgerline.ml.train.cells import Families
from ledgerline.ml.train.churn import BY_CHOICE, UNPAID, Head, Measured, Trained, chances
from ledgerline.ml.train.facts import Facts, laid
from ledgerline.payments.rules.artefacts import compact, digest
from ledgerline.payments.rules.retry_scores import BODY_MAX

PPM: Final = 1_000_000
REASONS: Final = 2
_SAID_ALONE: Final = (("plan",), ("market",), ("cadence",))
_CELL_MAX: Final = 100_000  # thousandths of a logit: far beyond certainty
_LINE_MAX: Final = 1_000 * PPM
_MEASURES: Final = (
    "rows", "ends", "log_loss_ppm", "ece_ppm", "ece_of_chance_ppm", "auc_ppm", "auc_low_ppm",
    "auc_high_ppm",
)  # fmt: skip
_TOLD: Final[Mapping[str, type]] = {
    "release": int, "renewals": int, "since": str, "until": str, "code": str, "simulated": bool,
    "left_out": dict,
}  # fmt: skip
WORDS: Final[Mapping[str, str]] = {
    "tenure": "how long they have been here",
    "plan": "their plan",
    "market": "their market",
    "cadence": "how often they pay",
    "usage": "how often they use it",
    "fall": "how much less they use it",
    "price": "when, if ever, their price rose",
    "pauses": "whether they paused",
    "failures": "how many renewals were refused",
    "failed": "when, if ever, a renewal was refused",
}


KIND: Final = "churn"


class NoArtefact(Exception):
    """Refuse what is no artefact of churn, or not as it was written."""


class Artefact(NamedTuple):
    """Heads by name, and what is told of them: how they did, and what they were trained on.

    ``sha256`` is of all of it, so that a measure is believed no more than a cell that was changed.
    """

    heads: Mapping[str, Head]
    sha256: str
    trained_at: datetime
    metrics: Mapping[str, Any]
    trained_on: Mapping[str, Any]


def written(
    trained: Mapping[str, Trained], *, trained_at: datetime, told: Mapping[str, object]
) -> str:
    """Write heads as an artefact; ``told`` is what they were trained on."""
    found = {
        "kind": KIND,
        "trained_at": trained_at.isoformat(),
        "metrics": {name: _metrics(one) for name, one in trained.items()},
        "trained_on": told,
        "heads": {
            name: {
                "families": one.head.families,
                "cells": dict(one.head.cells),
                "slope_ppm": round(PPM * one.head.slope),
                "level_ppm": round(PPM * one.head.level),
            }
            for name, one in trained.items()
        },
    }
    return json.dumps(found | {"sha256": digest(compact(found))}, indent=1, sort_keys=True) + "\n"


def artefact_of(text: str) -> Artefact:
    """Read an artefact; raises ``NoArtefact`` where it is none or was changed."""
    if len(text) > BODY_MAX:
        raise NoArtefact("it is too large")
    try:
        told = json.loads(text)
        is_whole = told.pop("sha256") == (sha256 := digest(compact(told)))
        found = Artefact(
            heads={name: _head(one) for name, one in told["heads"].items()},
            sha256=sha256,
            trained_at=datetime.fromisoformat(told["trained_at"]),
            metrics=told["metrics"],
            trained_on=told["trained_on"],
        )
        _check_told(found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise NoArtefact("it is no artefact of churn") from wrong
    if told.get("kind") != KIND or not found.heads or not set(found.heads) <= {BY_CHOICE, UNPAID}:
        raise NoArtefact("it is no artefact of churn")
    if not is_whole:
        raise NoArtefact("its SHA-256 is another than it says")
    return found


def scored(head: Head, facts: Facts) -> Ints:
    """Return how likely each leaves this way, in millionths."""
    return np.rint(PPM * chances(head, facts)).astype(np.int64)


def silent_of(head: Head, facts: Facts) -> list[str]:
    """Name the plans, markets and cadences of which a head says nothing: mostly, it saw none."""
    return [
        f"{name} {word}"
        for no, family in enumerate(head.families)
        for name in family
        if family in _SAID_ALONE
        for word in sorted({facts[name].words[code] for code in np.unique(facts[name].codes)})
        if f"{no}|{word}" not in head.cells
    ]


def reasons(head: Head, facts: Facts) -> list[str]:
    """Say for each row which facts add most to the chance, in a sentence; empty where none does."""
    found: list[list[tuple[int, str]]] = [[] for _ in range(len(next(iter(facts.values())).codes))]
    for no, family in enumerate(head.families):
        over = laid(no, family, facts)
        added = [head.cells.get(name, 0) for name in over.names]
        for row, cell in enumerate(over.numbers):
            if added[cell] > 0:
                found[row].append((added[cell], " with ".join(WORDS[name] for name in family)))
    return ["; ".join(_most(one)) for one in found]


def _most(added: list[tuple[int, str]]) -> Iterator[str]:
    for by, what in sorted(added, key=lambda one: (-one[0], one[1]))[:REASONS]:
        yield f"{what} (+{by / 1000:.1f})"


def _head(told: Mapping[str, Any]) -> Head:
    cells = dict(told["cells"])
    numbers = [*cells.values(), told["slope_ppm"], told["level_ppm"]]
    if any(type(one) is not int for one in numbers):
        raise TypeError(numbers)
    lines = (told["slope_ppm"], told["level_ppm"])
    if any(abs(one) > _CELL_MAX for one in cells.values()) or max(map(abs, lines)) > _LINE_MAX:
        raise ValueError(numbers)
    families = tuple(tuple(family) for family in told["families"])
    if not all(name in WORDS for family in families for name in family):
        raise KeyError(families)
    _check_cells(cells, families)
    return Head(families, cells, told["slope_ppm"] / PPM, told["level_ppm"] / PPM)


def _check_cells(cells: Mapping[str, int], families: Families) -> None:
    """Raise ``ValueError`` where a cell is of no family."""
    for name in cells.keys() - {"base"}:
        no, *words = name.split("|")
        if not 0 <= int(no) < len(families) or len(families[int(no)]) != len(words):
            raise ValueError(name)


def _check_told(found: Artefact) -> None:
    """Raise what ``artefact_of`` takes for no artefact where something that a card says is not."""
    for name in found.heads:
        of = found.metrics[name]
        told = [one[what] for one in (of["model"], *of["baselines"].values()) for what in _MEASURES]
        counts = [
            number for believed, seen, rows in of["bins"] for number in (believed, seen, rows)
        ]
        if any(type(one) is not int for one in (*told, *counts)):
            raise TypeError(name)
    if any(type(found.trained_on[name]) is not of for name, of in _TOLD.items()):
        raise TypeError(_TOLD)
    if type(found.trained_on["seller"]) not in {str, type(None)}:
        raise TypeError("seller")
    if not set(found.trained_on["left_out"]) <= {BY_CHOICE, UNPAID}:
        raise ValueError("left_out")


def _metrics(one: Trained) -> dict[str, Any]:
    return {
        "model": _measured(one.measured),
        "baselines": {name: _measured(of) for name, of in one.baselines.items()},
        "bins": [
            [round(PPM * each.believed), round(PPM * each.seen), each.decisions]
            for each in one.measured.bins
        ],
    }


def _measured(one: Measured) -> dict[str, int]:
    return {
        "rows": one.rows,
        "ends": one.ends,
        "log_loss_ppm": round(PPM * one.log_loss),
        "ece_ppm": round(PPM * one.ece),
        "ece_of_chance_ppm": round(PPM * one.ece_of_chance),
        "auc_ppm": round(PPM * one.auc.value),
        "auc_low_ppm": round(PPM * one.auc.low),
        "auc_high_ppm": round(PPM * one.auc.high),
    }
