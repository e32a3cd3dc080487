"""Clocks that tests hold: this machine's, put forward as if it had slept."""

from dataclasses import dataclass

from ledgerline.base.moments import Moment, moment


@dataclass(slots=True)
class Slept:
    """What a machine's clocks say after it slept; one of the two may not have noticed."""

    since_boot: float = 0.0
    wall: float = 0.0

    def __call__(self) -> Moment:
        """Read both."""
        here = moment()
        return Moment(here.since_boot + self.since_boot, here.wall + self.wall)
