"""What a payment token says: a segment of payers, or a fixed behavior for tests."""

import re
from enum import Enum, auto
from typing import Final, NamedTuple

from pspsim.codes import DeclineCode
from pspsim.faults import Fault


class TokenRefused(Exception):
    """Refuse a token that names neither a known segment nor a fixed behavior."""


class TokenKind(Enum):
    """Tell a drawn outcome from the fixed ones."""

    DRAWN = auto()
    OK = auto()
    DECLINE = auto()
    RECOVER = auto()
    PENDING = auto()
    CHALLENGE = auto()


class Token(NamedTuple):
    """Hold what one payment token asks for."""

    text: str
    kind: TokenKind
    segment: str = ""
    code: DeclineCode | None = None
    declines: int = 0
    fault: Fault | None = None
    """Meets the first request of every reference, and no later one."""

    @property
    def is_fixed(self) -> bool:
        """Tell whether the outcome is fixed, so that no random fault may meet it."""
        return self.kind is not TokenKind.DRAWN


RESERVED_SEGMENTS: Final = frozenset(
    {"ok", "decline", "recover", "hang", "500", "pending", "challenge"}
)
ANY_SEGMENT: Final = "*"
SEGMENT_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*\Z")

_TEXT: Final = re.compile(r"tok_([a-z0-9][a-z0-9-]*)_(.+)\Z", re.DOTALL)
_RECOVER: Final = re.compile(r"([0-9]{1,4})_.+\Z", re.DOTALL)
_FIXED_KINDS: Final = {
    "ok": TokenKind.OK,
    "pending": TokenKind.PENDING,
    "challenge": TokenKind.CHALLENGE,
}
_FIXED_FAULTS: Final = {
    ("hang", "after"): Fault.TIMEOUT_AFTER_ACCEPT,
    ("hang", "before"): Fault.TIMEOUT_BEFORE_ACCEPT,
    ("500", "after"): Fault.HTTP_5XX_AFTER,
    ("500", "before"): Fault.HTTP_5XX_BEFORE,
}


def parse_token(text: str) -> Token:
    """Read ``tok_<segment>_<anything>`` or one of the fixed forms.

    Raises ``TokenRefused``. Whether the segment exists is the world's business.
    """
    match = _TEXT.match(text)
    if match is None:
        raise TokenRefused("payment_token must look like tok_<segment>_<anything>")
    segment, rest = match.groups()
    if segment not in RESERVED_SEGMENTS:
        return Token(text, TokenKind.DRAWN, segment)
    return _fixed(text, segment, rest=rest)


def _fixed(text: str, word: str, *, rest: str) -> Token:
    if word in _FIXED_KINDS:
        return Token(text, _FIXED_KINDS[word])
    if word == "decline":
        return Token(text, TokenKind.DECLINE, code=_decline_code(rest))
    if word == "recover":
        match = _RECOVER.match(rest)
        if match is None:
            raise TokenRefused("expected tok_recover_<n>_<anything>")
        return Token(text, TokenKind.RECOVER, declines=int(match[1]))
    side, _, name = rest.partition("_")
    fault = _FIXED_FAULTS.get((word, side))
    if fault is None or not name:
        raise TokenRefused(f"expected tok_{word}_after_<anything> or tok_{word}_before_<anything>")
    return Token(text, TokenKind.OK, fault=fault)


def _decline_code(rest: str) -> DeclineCode:
    for code in DeclineCode:
        if rest.startswith(f"{code.value}_"):
            return code
    raise TokenRefused("expected tok_decline_<decline code>_<anything>")
