"""The card of contracts that were read out of lines: what they are of, how well they tell."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from ledgerline.charts.figure import Axis, toned
from ledgerline.charts.lines import lines
from ledgerline.documents.locales import locality
from ledgerline.ml.fees.artefact import Artefact
from ledgerline.ml.fees.contracts import Rate
from ledgerline.ml.fees.tariff import told
from ledgerline.report.cells import Pen
from ledgerline.report.model_parts import instant, write_page
from ledgerline.report.pages import page

_SHOWN: Final = 200
_BP: Final = 100  # ppm
_SECTIONS: Final = (
    ("what", "What it is"),
    ("near", "How near it comes"),
    ("parts", "Told and kept"),
    ("contracts", "Contracts that hold"),
    ("dear", "Not agreed"),
    ("bounds", "What it may do"),
)


def write_fees_card(artefact: Artefact, folder: Path) -> Path:
    """Write the card into a folder, and return its page (``write_page``)."""
    return write_page(folder, fees_card_page(artefact), sha256=artefact.sha256)


def fees_card_page(artefact: Artefact) -> str:
    """Return the page."""
    pen, on = Pen(locality("en")), artefact.metrics
    hold = [one for one in artefact.contracts.rates if one.until is None]
    return page(
        "fees_card.html",
        sections=_SECTIONS,
        simulated=on["simulated"],
        read=on,
        lines=pen.count.written(on["lines"]),
        held=pen.count.written(on["lines_held_to"]),
        digest=artefact.sha256,
        file_digest=artefact.file_sha256,
        trained_at=instant(artefact.trained_at),
        foreseen=_foreseen(on, pen),
        steps=_steps(on.get("steps", ()), pen),
        parts=_parts(on.get("parts", ()), pen),
        contracts=[_shown(one, pen) for one in hold[:_SHOWN]],
        more=max(len(hold) - _SHOWN, 0),
        ended=len(artefact.contracts.rates) - len(hold),
        dear=list(_dear(artefact.contracts.rates, pen)),
    )


def _foreseen(on: Mapping[str, Any], pen: Pen) -> Mapping[str, str] | None:
    """Write what was told of days that were left out; None where too little was there."""
    if "foreseen_since" not in on:
        return None
    shares = {name: pen.share.written(ppm) for name, ppm in on.items() if name.endswith("_bp_ppm")}
    return {
        "since": on["foreseen_since"],
        "lines": pen.count.written(on["foreseen_lines"]),
        **shares,
    }


def _steps(found: list[list[int]], pen: Pen) -> Markup:
    """Draw what share of the volume is told within so much, beside the fees that are loaded."""
    if not found:
        return Markup("")
    within, contracts, loaded = zip(*found, strict=True)
    axis = Axis("Within basis points", [str(ppm // _BP) for ppm in within])
    series = toned((("contracts", contracts), ("the loaded fees", loaded)))
    return lines(axis, series, pen.share, title="Part of the volume whose fee is told")


def _parts(found: list[list[int]], pen: Pen) -> Markup:
    if not found:
        return Markup("")
    axis = Axis("Part", [str(no) for no in range(1, len(found) + 1)])
    both = ([round(one[side] / _BP) for one in found] for side in (0, 1))
    series = toned(tuple(zip(("told", "kept"), both, strict=True)))
    return lines(axis, series, pen.count, title="Basis points of the volume", from_zero=False)


def _shown(rate: Rate, pen: Pen) -> Mapping[str, str]:
    return {
        **_named(rate),
        "month_from": pen.amount(rate.cluster.currency).written(rate.from_minor)
        if rate.from_minor
        else "",
        "since": pen.day(rate.since),
        "kept": told(rate.tariff),
        "grade": rate.grade.value,
        "lines": pen.count.written(rate.lines),
        "off": f"{rate.median_error_ppm / _BP:.1f}",
        "held_to": "yes" if rate.are_held_to else "no",
    }


def _dear(rates: tuple[Rate, ...], pen: Pen) -> Iterator[Mapping[str, str]]:
    """Name the spans in which lines follow a dearer tariff that was not agreed."""
    for rate in rates:
        for one in rate.dear:
            yield {
                **_named(rate),
                "days": f"{pen.day(one.since)} to {_before(one.until, pen)}",
                "agreed": told(rate.tariff),
                "kept": told(one.tariff),
            }


def _before(until: date | None, pen: Pen) -> str:
    return "now" if until is None else f"before {pen.day(until)}"


def _named(rate: Rate) -> Mapping[str, str]:
    of = rate.cluster
    cards = " ".join(one for one in (of.brand, of.funding, of.region) if one)
    exchanged = "" if of.charged_in == of.currency else f" for {of.charged_in}"
    return {
        "account": of.account,
        "cards": cards or "not known",
        "currency": f"{of.currency}{exchanged}",
    }
