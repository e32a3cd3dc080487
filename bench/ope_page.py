"""Write what was measured of off-policy evaluation into the page of models."""

from collections.abc import Mapping
from typing import Final, Protocol

from bench.routing_page import replace_figures
from pspsim.routing.world import Kind

BEGIN: Final = "<!-- evaluation figures: written by make bench ONLY=ml_ope -->"
END: Final = "<!-- end of evaluation figures -->"


class Measured(Protocol):
    """What the page says of a kind of world; percentages, and points of approval."""

    @property
    def asked(self) -> int:
        """Questions."""

    @property
    def answered(self) -> int:
        """Questions that were not refused."""

    @property
    def covered(self) -> float:
        """Answers whose interval (DR) holds the truth."""

    @property
    def covered_snips(self) -> float:
        """The same by SNIPS."""

    @property
    def covered_lead(self) -> float:
        """Answers whose interval of the lead holds what a policy has over the logged one."""

    @property
    def near(self) -> float:
        """Answers within one point of the truth."""

    @property
    def bias(self) -> float:
        """Mean miss."""

    @property
    def width(self) -> float:
        """Half of the mean interval."""

    @property
    def ranked(self) -> float | None:
        """Spearman's correlation over policies."""


def write_page(table: Mapping[Kind, Measured], size: str) -> None:
    """Replace the figures on the page, and nothing else of it."""
    lines = [
        f"*Simulated*, {size}:",
        "",
        "| world | answered | held by DR | by SNIPS | lead | in 1 point | mean miss | ± | rank |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind, one in table.items():
        ranked = "–" if one.ranked is None else f"{one.ranked:.2f}"
        lines.append(
            f"| {kind} | {one.answered} of {one.asked} | {one.covered:.1f} %"
            f" | {one.covered_snips:.1f} % | {one.covered_lead:.1f} % | {one.near:.1f} %"
            f" | {one.bias:+.3f} points | {one.width:.2f} points | {ranked} |"
        )
    replace_figures(BEGIN, END, lines)
