"""Passwords: which are taken, and how often they may be tried.

Sources: NIST SP 800-63B-4 section 3.1.1.2 (fifteen characters where nothing stands beside the
password, no rules of composition, no expiry), OWASP ASVS 5.0 chapter 6.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from ledgerline.access.model import PasswordRefused, TooManySignIns
from ledgerline.access.rows import CountRow

LENGTH_MIN: Final = 15
LENGTH_MAX: Final = 128
DIFFERENT_MIN: Final = 6
WORD_MIN: Final = 3
WINDOW: Final = timedelta(minutes=15)
"""Tries are counted from the first one on; then the count begins anew, whoever goes on trying."""
PAIR_MAX: Final = 5
"""Tries at one e-mail address from one network address."""
PLACE_MAX: Final = 30
"""Tries from one network address, at whomever."""
PERSON_MAX: Final = 60
"""Tries at one e-mail address from wherever; an address that was right before is not held back."""
KNOWN_FOR: Final = timedelta(days=90)


def password_of(text: str) -> str:
    """Write a password as it is hashed, the same from every keyboard."""
    return unicodedata.normalize("NFC", text)


def require_fit(password: str, words: Iterable[str]) -> None:
    """Refuse a password that is guessed, or holds one of ``words``; raises ``PasswordRefused``."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise PasswordRefused(f"a password has {LENGTH_MIN} to {LENGTH_MAX} characters")
    if len(set(password)) < DIFFERENT_MIN:
        raise PasswordRefused(f"a password has at least {DIFFERENT_MIN} different characters")
    lower = password.lower()
    if any(len(word) >= WORD_MIN and word.lower() in lower for word in words):
        raise PasswordRefused("a password does not hold your name or e-mail address")


def require_calm(count: CountRow, allowed: int, *, now: datetime) -> None:
    """Refuse a try beyond what is allowed; raises ``TooManySignIns``."""
    if count.tries > allowed:
        wait = max(1, int((count.began_at + WINDOW - now).total_seconds()) + 1)
        raise TooManySignIns(
            "it was tried too often: wait a quarter of an hour, or use a sign-in link",
            retry_after_seconds=wait,
        )


def is_known(pair: CountRow, *, now: datetime) -> bool:
    """Tell whether a person signed in from there not long ago: strangers lock nobody out."""
    return pair.known_at is not None and now < pair.known_at + KNOWN_FOR
