"""The card of a model of churn: what it was trained on, how it does, what it cannot know."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from ledgerline.charts.figure import Axis, toned
from ledgerline.charts.lines import lines
from ledgerline.documents.locales import locality
from ledgerline.ml.train.churn import BY_CHOICE, UNPAID, Head
from ledgerline.ml.train.churn_artefact import PPM, WORDS, Artefact
from ledgerline.ml.train.renewals import AFTER_DAYS, AHEAD_DAYS, said_of
from ledgerline.report.cells import Pen
from ledgerline.report.model_parts import instant, write_page
from ledgerline.report.pages import page

TITLES: Final[Mapping[str, str]] = {BY_CHOICE: "Of their own will", UNPAID: "By not paying"}
_SHOWN: Final = 5
_COIN: Final = PPM // 2
_SECTIONS: Final = (("what", "What it is"), ("bounds", "What it may do"))


def write_churn_card(artefact: Artefact, folder: Path) -> Path:
    """Write the card into a folder, and return its page (``write_page``)."""
    return write_page(folder, churn_card_page(artefact), sha256=artefact.sha256)


def churn_card_page(artefact: Artefact) -> str:
    """Return the page."""
    pen, on = Pen(locality("en")), artefact.trained_on
    heads = [_shown(name, artefact, pen) for name in artefact.heads]
    what, *rest = _SECTIONS
    return page(
        "churn_card.html",
        sections=(what, *((one["id"], one["title"]) for one in heads), *rest),
        simulated=on["simulated"],
        trained_on=on,
        renewals=pen.count.written(on["renewals"]),
        digest=artefact.sha256,
        trained_at=instant(artefact.trained_at),
        ahead=AHEAD_DAYS,
        after=AFTER_DAYS,
        facts=[words for name, words in WORDS.items() if name not in {"usage", "fall"}],
        heads=heads,
        left_out=[f"{TITLES[name].lower()} ({why})" for name, why in on["left_out"].items()],
    )


def _shown(name: str, artefact: Artefact, pen: Pen) -> dict[str, Any]:
    told = artefact.metrics[name]
    return {
        "id": name,
        "title": TITLES[name],
        "rows": pen.count.written(told["model"]["rows"]),
        "ends": pen.count.written(told["model"]["ends"]),
        "off": pen.share.written(told["model"]["ece_ppm"]),
        "by_chance": pen.share.written(told["model"]["ece_of_chance_ppm"]),
        "orders": told["model"]["auc_low_ppm"] > _COIN,
        "calibration": _calibration(told["bins"], pen),
        "ways": list(_ways(told, pen)),
        "cells": list(_cells(artefact.heads[name])),
    }


def _calibration(bins: list[list[int]], pen: Pen) -> Markup:
    axis = Axis("Part", [str(no) for no in range(1, len(bins) + 1)])
    believed, seen = ([one[side] for one in bins] for side in (0, 1))
    series = toned((("believed", believed), ("seen", seen)))
    return lines(axis, series, pen.share, title="Who left, by what was believed")


def _ways(told: Mapping[str, Any], pen: Pen) -> Iterator[Mapping[str, str]]:
    for name, one in {"this model": told["model"], **told["baselines"]}.items():
        yield {
            "name": name,
            "off": pen.share.written(one["ece_ppm"]),
            "auc": "{:.3f} ({:.3f} to {:.3f})".format(
                *(one[f"auc{end}_ppm"] / PPM for end in ("", "_low", "_high"))
            ),
            "loss": f"{one['log_loss_ppm'] / 1_000_000:.4f}",
        }


def _cells(head: Head) -> Iterator[Mapping[str, str]]:
    """Name the cells that add most and least, as the artefact has them."""
    cells = sorted(
        ((by, name) for name, by in head.cells.items() if name != "base"), key=lambda one: -one[0]
    )
    for by, name in [*cells[:_SHOWN], *cells[-_SHOWN:]] if len(cells) > 2 * _SHOWN else cells:
        no, *words = name.split("|")
        facts = head.families[int(no)]
        said = ", ".join(  # a fact that is not kept has no word
            said_of(fact, word) for fact, word in zip(facts, words, strict=True) if word
        )
        yield {"cell": said, "adds": f"{by / 1000:+.2f}"}
