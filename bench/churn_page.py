"""Write what was measured of churn and of offers into the page of models."""

from collections.abc import Mapping
from typing import Final, Protocol

from bench.routing_page import replace_figures
from ledgerline.ml.train.churn import BY_CHOICE, UNPAID
from pspsim.leaving.world import Kind

CHURN_BEGIN: Final = "<!-- churn figures: written by make bench ONLY=ml_churn -->"
CHURN_END: Final = "<!-- end of churn figures -->"
UPLIFT_BEGIN: Final = "<!-- uplift figures: written by make bench ONLY=ml_uplift -->"
UPLIFT_END: Final = "<!-- end of uplift figures -->"
_HEADS: Final = {BY_CHOICE: "own will", UNPAID: "not paid"}


class Told(Protocol):
    """What the page says of a way to tell who leaves; points, shares and percentages."""

    @property
    def ece(self) -> float:
        """Mean over seeds of the calibration error."""

    @property
    def ece_half_width(self) -> float:
        """Half of the 95 % interval of that mean."""

    @property
    def ece_worst(self) -> float:
        """The worst seed."""

    @property
    def auc(self) -> float:
        """How often of two the one who left was believed the likelier."""

    @property
    def gain(self) -> float:
        """How much less the log loss is than that of the base rate."""

    @property
    def gain_half_width(self) -> float:
        """Half of the 95 % interval of that."""


class Kept(Protocol):
    """What the page says of a way to choose; units of currency for 1,000 customers."""

    @property
    def kept(self) -> float:
        """Margin of those who stay because of it."""

    @property
    def kept_half_width(self) -> float:
        """Half of the 95 % interval of that mean."""

    @property
    def by_arms(self) -> float:
        """The same by the experiment alone."""

    @property
    def net(self) -> float:
        """What is left after what is taken."""

    @property
    def net_worst(self) -> float:
        """The worst seed."""

    @property
    def spent(self) -> float:
        """Percentage of the budget."""

    @property
    def woken(self) -> float:
        """Percentage of offers that make leaving likelier."""

    @property
    def qini(self) -> float:
        """Qini coefficient of the whole order."""


def write_churn(table: Mapping[tuple[Kind, str, str], Told], size: str) -> None:
    """Replace the figures of churn on the page."""
    lines = [
        f"*Simulated*, {size}:",
        "",
        "| world | leaves | told by | off by (ECE) | worst seed | AUC | log loss less |",
        "|---|---|---|---|---|---|---|",
    ]
    for (kind, head, way), one in table.items():
        lines.append(
            f"| {kind} | {_HEADS[head]} | {way} | {one.ece:.2f} ± {one.ece_half_width:.2f} points"
            f" | {one.ece_worst:.2f} | {one.auc:.3f}"
            f" | {one.gain:+.1f} ± {one.gain_half_width:.1f} % |"
        )
    replace_figures(CHURN_BEGIN, CHURN_END, lines)


def write_uplift(table: Mapping[tuple[Kind, str], Kept], size: str) -> None:
    """Replace the figures of offers on the page."""
    lines = [
        f"*Simulated*, {size}; units of currency for 1,000 customers:",
        "",
        "| world | chosen by | keeps | by arms | after cost | worst seed | spent | wakes | Qini |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (kind, way), one in table.items():
        lines.append(
            f"| {kind} | {way} | {one.kept:.0f} ± {one.kept_half_width:.0f} | {one.by_arms:.0f}"
            f" | {one.net:+.0f} | {one.net_worst:+.0f} | {one.spent:.0f} % | {one.woken:.0f} %"
            f" | {1000 * one.qini:.2f} ‰ |"
        )
    replace_figures(UPLIFT_BEGIN, UPLIFT_END, lines)
