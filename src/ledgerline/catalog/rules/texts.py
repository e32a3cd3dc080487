"""What a buyer in a market is told and has to confirm: which version in which language."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from ledgerline.catalog.rows import MarketTextRow


class TextKind(StrEnum):
    """What a text is for."""

    ORDER_BUTTON = "order_button"  # what the button says that orders
    RENEWAL = "renewal"  # that it renews, and how that is ended
    WITHDRAWAL = "withdrawal"  # the right of withdrawal
    TERMS = "terms"
    WITHDRAWAL_WAIVER = "withdrawal_waiver"  # service is to begin before that right ends
    RENEWAL_CONSENT = "renewal_consent"  # a separate word for the renewal, as some states want it


CONFIRMED: Final = frozenset({TextKind.TERMS, TextKind.WITHDRAWAL_WAIVER, TextKind.RENEWAL_CONSENT})
"""What a buyer has to confirm; every other kind is shown."""


def in_force(
    texts: Sequence[MarketTextRow], *, on: date, languages: Sequence[str]
) -> list[MarketTextRow]:
    """Choose the text of each kind that holds on a day, in the first language that has one.

    ``languages`` are those that the reader would rather have, best first; any other comes last. The
    newest that has begun holds.
    """
    begun = sorted((one for one in texts if one.valid_from <= on), key=_age)
    chosen = []
    for kind in TextKind:
        newest = {one.language: one for one in begun if one.kind == kind}
        order = [*languages, *sorted(newest)]
        found = next((newest[code] for code in order if code in newest), None)
        if found is not None:
            chosen.append(found)
    return chosen


def unconfirmed(
    texts: Sequence[MarketTextRow], confirmed: Sequence[tuple[str, str]], *, on: date
) -> list[tuple[str, str]]:
    """List what still has to be confirmed on a day, as kinds with their newest version.

    ``confirmed`` are kinds with versions. A text is confirmed in any of its languages.
    """
    missing = []
    for kind in sorted(CONFIRMED):
        newest = {
            one.language: one.version
            for one in sorted(texts, key=_age)
            if one.kind == kind and one.valid_from <= on
        }
        if newest and not {(kind.value, one) for one in newest.values()} & set(confirmed):
            missing.append((kind.value, max(newest.values())))
    return missing


def _age(text: MarketTextRow) -> tuple[date, str]:
    return text.valid_from, text.version
