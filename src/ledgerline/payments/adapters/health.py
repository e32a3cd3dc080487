"""How merchant accounts fare, as this process sees it."""

from collections.abc import Mapping
from datetime import datetime

from ledgerline.payments.capabilities import Light
from ledgerline.payments.rules.breaker import UNTRIED, Breaker, Seen, after, light, probed


class HealthBook:
    """One breaker an account, in the memory of this process.

    It has no clock: what was seen counts from the instant at which somebody asks next, so that in
    a sandbox the window runs on the virtual clock.
    """

    def __init__(self) -> None:
        """Begin with all accounts healthy."""
        self._breakers: dict[str, Breaker] = {}
        self._unread: list[tuple[str, Seen]] = []

    def note(self, account: str, seen: Seen) -> None:
        """Remember one call."""
        self._unread.append((account, seen))

    def lights(self, *, now: datetime, to_charge: bool) -> Mapping[str, Light]:
        """Say which accounts are not closed; who asks ``to_charge`` has their one probe."""
        for account, seen in self._unread:
            breaker = self._breakers.get(account, UNTRIED)
            self._breakers[account] = after(breaker, seen, now=now)
        self._unread.clear()
        found = {account: light(one, now=now) for account, one in self._breakers.items()}
        if to_charge:
            for account, shown in found.items():
                if shown is Light.HALF_OPEN:
                    self._breakers[account] = probed(self._breakers[account], now=now)
        return {account: shown for account, shown in found.items() if shown is not Light.CLOSED}
