"""What an issuer has printed on the card behind a token: the same at every charge."""

from typing import Final

from pspsim.draws import Draws
from pspsim.records import Card

_FUNDINGS: Final = {"credit": 40, "debit": 50, "prepaid": 10}
_ISSUERS: Final = {"DE": 5, "FR": 4, "GB": 4, "US": 4, "BR": 3}
_BINS: Final = 1_000_000
_FIRST_YEAR: Final = 2028
_MONTHS: Final = 72


def card_of(draws: Draws, token: str, *, provider: str, segment: str) -> Card:
    """Describe the card behind ``token``; a segment named after a funding has that funding.

    The number's beginning, the issuer and the expiry belong to the card, so every provider says
    the same; the fingerprint is the provider's own word for it.
    """
    named = segment.rpartition("-")[2]
    year, month = divmod(draws.below(_MONTHS, "card-expiry", token), 12)
    return Card(
        fingerprint=draws.name("fp", "card", provider, token),
        bin=f"4{draws.below(_BINS, 'card-bin', token):07d}",
        funding=named if named in _FUNDINGS else draws.pick(_FUNDINGS, "card-funding", token),
        issuer_country=draws.pick(_ISSUERS, "card-issuer", token),
        expires=f"{_FIRST_YEAR + year}-{month + 1:02d}",
    )
