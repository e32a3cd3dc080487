"""Write what was measured of routing into the page of models."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from pspsim.routing.world import Kind

PAGE: Final = Path(__file__).parents[1] / "docs/reference/models.md"
BEGIN: Final = "<!-- routing figures: written by make bench ONLY=ml_routing -->"
END: Final = "<!-- end of routing figures -->"


class Measured(Protocol):
    """What the page says of a policy in a kind of world, in percent."""

    @property
    def regret(self) -> float:
        """Mean over seeds."""

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval of the mean."""

    @property
    def worst(self) -> float:
        """The worst seed."""

    @property
    def to_down(self) -> float:
        """Payments sent to an account that was down."""


def write_page(
    table: Mapping[tuple[Kind, str], Measured], policies: tuple[str, ...], size: str
) -> None:
    """Replace the figures on the page, and nothing else of it."""
    lines = [
        f"*Simulated*, {size}:",
        "",
        "| world | policy | behind the oracle | worst seed | sent to an account that is down |",
        "|---|---|---|---|---|",
    ]
    for (kind, policy), one in table.items():
        assert policy in policies
        lines.append(
            f"| {kind} | {policy} | {one.regret:.2f} ± {one.half_width:.2f} %"
            f" | {one.worst:.2f} % | {one.to_down:.2f} % |"
        )
    replace_figures(BEGIN, END, lines)


def replace_figures(begin: str, end: str, lines: Sequence[str]) -> None:
    """Replace what stands on the page between two marks."""
    text = PAGE.read_text()
    head, tail = text.split(begin)[0], text.split(end)[1]
    PAGE.write_text(head + "\n".join([begin, "", *lines, "", end]) + tail)
