"""Whether an issuer is asked to authenticate a payer who is here, or to let them pass.

Strong authentication: Directive (EU) 2015/2366 art. 97 and Commission Delegated Regulation (EU)
2018/389; in the United Kingdom the FCA's technical standards that followed them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PPM: Final = 1_000_000
EVERYBODY: Final = 1
"""The version of this policy: it is the same for all, and decides without chance."""
REGULATED: Final = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE"),
        *("SI", "SK", "GB"),
    }
)
"""The European Economic Area and the United Kingdom."""


class Choice(StrEnum):
    """What is asked of the issuer."""

    CHALLENGE = "challenge"
    LEAVE = "leave"  # nothing: provider and issuer decide
    LOW_VALUE = "low_value"  # art. 16
    RISK_ANALYSIS = "risk_analysis"  # art. 18


class Unfit(StrEnum):
    """Why something is no choice."""

    FIRST_OF_SERIES = "first_of_series"  # it protects every renewal that follows
    NOT_REGULATED = "not_regulated"
    NOT_OFFERED = "not_offered"  # no connector can ask for it
    AUTHENTICATED_BEFORE = "authenticated_before"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the issuer, and why nothing else is."""

    chosen: Choice
    reasons: Mapping[Choice, Unfit]

    @property
    def propensities(self) -> dict[Choice, int]:
        """Return how likely each choice was, in ppm; it was decided without chance."""
        return {one: PPM if one is self.chosen else 0 for one in Choice}


def ask(*, issuer_country: str | None, market: str, paid_before: bool) -> Asked:
    """Decide for a charge whose payer is here and can be sent to their bank.

    ``paid_before`` says that a charge with the payer present has succeeded with this instrument.
    Where the issuer is not known, it is that of the market. The first charge of a series in a
    regulated country is challenged, so that what follows without the payer rests on it.
    """
    unoffered = {Choice.LOW_VALUE: Unfit.NOT_OFFERED, Choice.RISK_ANALYSIS: Unfit.NOT_OFFERED}
    if (issuer_country or market) not in REGULATED:
        return Asked(Choice.LEAVE, unoffered | {Choice.CHALLENGE: Unfit.NOT_REGULATED})
    if paid_before:
        return Asked(Choice.LEAVE, unoffered | {Choice.CHALLENGE: Unfit.AUTHENTICATED_BEFORE})
    others = [one for one in Choice if one is not Choice.CHALLENGE]
    return Asked(Choice.CHALLENGE, dict.fromkeys(others, Unfit.FIRST_OF_SERIES))
