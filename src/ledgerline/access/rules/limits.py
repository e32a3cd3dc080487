"""How much money a person may give back: alone, or by standing behind what a colleague proposed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ledgerline.access.model import AboveLimit, Role
from ledgerline.access.rows import OwnLimitRow
from ledgerline.base.money import Money, exponent

UNITS: Final[Mapping[Role, int]] = MappingProxyType(
    {
        Role.OWNER: 1000,
        Role.ADMIN: 1000,
        Role.FINANCE: 1000,
        Role.SUPPORT_LEAD: 250,
        Role.SUPPORT: 50,
        Role.DEVELOPER: 0,
        Role.AUDITOR: 0,
    }
)
"""Limits where none was set, in whole units of any currency: no rate of exchange is known here."""
UNLIMITED: Final = frozenset({Role.OWNER, Role.ADMIN})
"""Who may stand behind any amount, as the second of two; alone they have a limit as well."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What somebody of a role may give back, at once and through one payment."""

    role: Role
    set_minor: Mapping[str, int]

    def minor_of(self, amount: Money) -> int:
        """Return the limit in the currency of an amount, in minor units."""
        usual: int = UNITS[self.role] * 10 ** exponent(amount.currency)
        return self.set_minor.get(str(amount.currency), usual)

    def allows_alone(self, amount: Money) -> bool:
        """Tell whether nobody else has to look at it."""
        return amount.minor <= self.minor_of(amount)

    def allows_behind(self, amount: Money) -> bool:
        """Tell whether they may answer for it where no amount was chosen, or others chose it."""
        return self.role in UNLIMITED or self.allows_alone(amount)


def limits_of(rows: Sequence[OwnLimitRow]) -> Limits | None:
    """Put together the limits of a person; None for somebody who does not work here."""
    if not rows:
        return None
    found = {
        one.currency: one.limit_minor
        for one in rows
        if one.currency is not None and one.limit_minor is not None
    }
    return Limits(Role(rows[0].role), found)


def require_alone(limits: Limits | None, amounts: Iterable[Money]) -> None:
    """Refuse what a second person has to approve; raises ``AboveLimit``."""
    for amount in amounts:
        if limits is None or not limits.allows_alone(amount):
            raise _above(limits, amount, "propose it: a second person approves what is above")


def require_behind(limits: Limits | None, amounts: Iterable[Money]) -> None:
    """Refuse what only somebody with a higher limit may do; raises ``AboveLimit``."""
    for amount in amounts:
        if limits is None or not limits.allows_behind(amount):
            raise _above(limits, amount, "ask somebody whose role may give back as much")


def _above(limits: Limits | None, amount: Money, advice: str) -> AboveLimit:
    return AboveLimit(
        f"this gives back more than your role may alone: {advice}",
        limit_minor=0 if limits is None else limits.minor_of(amount),
        currency=str(amount.currency),
    )
