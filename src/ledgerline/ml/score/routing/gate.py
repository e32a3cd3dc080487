"""When an account is down though it answers: refusals that come too thick to be chance."""

from math import log
from typing import Final

LEFT: Final = 0.3
"""Share of approvals that is left in the outage that is looked for."""
TRIPS_AT: Final = 9.0
_APPROVAL_MAX: Final = 0.97


class Gate:
    """A test of every outcome for and against an outage, of one account or one of its brands.

    Source: Page's test (CUSUM) of the likelihood of an outage against that of what is believed. It
    trips when the ratio reaches exp(9), six refusals in a row at 85 %, and closes once as much
    speaks against: eight approvals in a row, or what amounts to it.
    """

    __slots__ = ("_evidence", "is_open")

    def __init__(self) -> None:
        """Begin closed: traffic flows."""
        self._evidence = 0.0
        self.is_open = False

    def kept(self) -> tuple[float, bool]:
        """Return what is known."""
        return self._evidence, self.is_open

    @classmethod
    def restored(cls, evidence: float, is_open: bool) -> "Gate":  # noqa: FBT001 - as it was kept
        """Return the gate that was kept."""
        gate = cls()
        gate._evidence, gate.is_open = evidence, is_open
        return gate

    def see(self, believed: float, *, approved: bool) -> bool:
        """Take in an outcome whose approval was believed so likely; say whether it switched."""
        p = min(believed, _APPROVAL_MAX)
        speaks = log(LEFT) if approved else log((1 - LEFT * p) / (1 - p))
        self._evidence = min(max(self._evidence + speaks, 0.0), TRIPS_AT)
        was = self.is_open
        if self._evidence >= TRIPS_AT:
            self.is_open = True
        elif self._evidence <= 0.0:
            self.is_open = False
        return was is not self.is_open
