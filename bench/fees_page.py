"""Write what was measured of fees into the page of models."""

from collections.abc import Mapping
from typing import Final, Protocol

from bench.routing_page import replace_figures
from pspsim.fees.world import Kind

BEGIN: Final = "<!-- fee figures: written by make bench ONLY=ml_fees -->"
END: Final = "<!-- end of fee figures -->"
BEGIN_VOLUME: Final = "<!-- fee volume figures: written by make bench ONLY=ml_fees_volume -->"
END_VOLUME: Final = "<!-- end of fee volume figures -->"
_HEAD: Final = (
    "| world | reader | within 5 bp | within 15 bp | worst seed | errors found | their money"
    " | their lines | false alarms | worst seed |"
)


class Share(Protocol):
    """A share over seeds, in percent."""

    @property
    def value(self) -> float:
        """Mean."""

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval of the mean."""

    @property
    def worst(self) -> float:
        """The worst seed."""


class Measured(Protocol):
    """What the page says of a reader in a kind of world."""

    @property
    def within_5(self) -> Share:
        """Volume within five basis points."""

    @property
    def within_15(self) -> Share:
        """Volume within fifteen."""

    @property
    def found(self) -> Share | None:
        """Errors of whose money half or more was claimed."""

    @property
    def money(self) -> Share | None:
        """Money of errors that was claimed."""

    @property
    def lines(self) -> Share | None:
        """Lines of errors that were claimed."""

    @property
    def false(self) -> Share:
        """Lines that are right, and were claimed."""


def write_page(
    table: Mapping[tuple[Kind, str], Measured], size: str, *, begin: str = BEGIN, end: str = END
) -> None:
    """Replace the figures on the page, and nothing else of it."""
    lines = [
        f"*Simulated*, {size}:",
        "",
        _HEAD,
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (kind, name), one in table.items():
        lines.append(
            f"| {kind} | {name} | {_said(one.within_5)} | {_said(one.within_15)}"
            f" | {one.within_15.worst:.1f} % | {_said(one.found)} | {_said(one.money)}"
            f" | {_said(one.lines)} | {one.false.value:.2f} % | {one.false.worst:.2f} % |"
        )
    replace_figures(begin, end, lines)


def _said(share: Share | None) -> str:
    return "–" if share is None else f"{share.value:.1f} ± {share.half_width:.1f} %"
