"""Write what was measured of retry timing into the page of models."""

from collections.abc import Mapping
from typing import Final, Protocol

from bench.routing_page import PAGE
from pspsim.declined.world import Kind

BEGIN: Final = "<!-- retry figures: written by make bench ONLY=ml_retry -->"
END: Final = "<!-- end of retry figures -->"


class Measured(Protocol):
    """What the page says of a schedule in a kind of world, in percent and tries."""

    @property
    def of_ceiling(self) -> float:
        """Mean over seeds of what was paid, in percent of what could be."""

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval of that mean."""

    @property
    def worst(self) -> float:
        """The worst seed."""

    @property
    def tries(self) -> float:
        """Tries for each renewal."""

    @property
    def per_recovery(self) -> float:
        """Tries for each renewal that was paid."""

    @property
    def against_default(self) -> float:
        """Mean over seeds of what was paid more than by the default calendar, in percent of it."""

    @property
    def against_half_width(self) -> float:
        """Half of the 95 % interval of that mean."""


def write_page(table: Mapping[tuple[Kind, str], Measured], size: str) -> None:
    """Replace the figures on the page, and nothing else of it."""
    lines = [
        f"*Simulated*, {size}:",
        "",
        "| world | schedule | of the ceiling | worst seed | more paid | tries | a recovery |",
        "|---|---|---|---|---|---|---|",
    ]
    for (kind, name), one in table.items():
        lines.append(
            f"| {kind} | {name} | {one.of_ceiling:.1f} ± {one.half_width:.1f} %"
            f" | {one.worst:.1f} % | {one.against_default:+.1f} ± {one.against_half_width:.1f} %"
            f" | {one.tries:.2f} | {one.per_recovery:.2f} |"
        )
    text = PAGE.read_text()
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(head + "\n".join([BEGIN, "", *lines, "", END]) + tail)
