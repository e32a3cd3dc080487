"""What can be sold so far: a plan by itself, free for a trial, then at the price that stays.

Fees, intro phases, add-ons and prices below the minor unit are in the catalog and cannot be billed
yet. Whoever would need one is refused, so that nothing is charged wrongly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from ledgerline.base.errors import Rejected
from ledgerline.catalog.model import SETUP, PhaseKind, ProductKind
from ledgerline.catalog.rows import PhaseRow, PriceRow


class NotSoldYet(Rejected):
    """The plan has an intro phase, a fee or a price that cannot be billed yet, or is an add-on."""

    code: ClassVar[str] = "not_sold_yet"


@dataclass(frozen=True, slots=True)
class Offered:
    """A plan in a market: its prices of all phases, components and days, newest first."""

    prices: Sequence[PriceRow]
    phases: Sequence[PhaseRow]

    @property
    def staying(self) -> list[PriceRow]:
        """The recurring prices of the last phase, newest first."""
        last = max((phase.no for phase in self.phases), default=1)
        return [row for row in self.prices if row.phase_no == last and row.component != SETUP]

    @property
    def trial_days(self) -> int:
        """How long the trial is; 0 without one."""
        trials = [phase for phase in self.phases if phase.kind == PhaseKind.TRIAL]
        return sum(phase.length_count or 0 for phase in trials)

    def refuse_unsold(self, *, on: date) -> None:
        """Raise ``NotSoldYet`` if a sale on a day would need what cannot be billed."""
        in_force = [row for row in self.prices if row.valid_from <= on]
        for refused, why in (
            (any(row.product_kind == ProductKind.ADD_ON for row in in_force), "is an add-on"),
            (any(phase.kind == PhaseKind.INTRO for phase in self.phases), "has an intro phase"),
            (any(row.component == SETUP for row in in_force), "has a setup fee"),
            (any(row.unit_den != 1 for row in in_force), "has a price below the minor unit"),
        ):
            if refused:
                plan = self.phases[0].plan_code
                raise NotSoldYet(f"the plan {why}, which cannot be billed yet", plan=plan)
