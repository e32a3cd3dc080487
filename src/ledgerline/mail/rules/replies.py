"""What the reply of a mail server means. Source: RFC 5321 §4.2, RFC 3463."""

import re
from enum import StrEnum
from typing import Final

from ledgerline.mail.model import Deferred, Outcome, Refused

PERMANENT: Final = 500
WORDS_MAX: Final = 200
_ENHANCED: Final = re.compile(r"^(?P<code>[245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS: Final = re.compile(r"5\.1\.\d+|5\.2\.1")
"""The address or its mailbox: bad, unknown, moved, disabled."""
_NOT_THE_ADDRESS: Final = re.compile(r"5\.[34567]\.\d+|5\.2\.[2-9]")
"""Space, network, protocol, content and policy."""
_EMAIL: Final = re.compile(r"[^\s<>@]+@[^\s<>@]+")


class Stage(StrEnum):
    """What had been said to the server when it replied."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"


def outcome_of(stage: Stage, code: int, text: str) -> Outcome:
    """Read a reply that does not take a mail.

    4xx is tried again. 5xx at the recipient ends it and the address, unless its enhanced code says
    that it is not about the address; 5xx after the content ends this mail, and the address only by
    such a code. 5xx at our own sender says nothing of the customer: we are misconfigured, and the
    mail waits until we are not.
    """
    why = reason(code, text)
    if code < PERMANENT or stage is Stage.SENDER:
        return Deferred(why)
    found = _ENHANCED.match(text)
    enhanced = found["code"] if found else ""
    if stage is Stage.RECIPIENT:
        return Refused(why, for_address=not _NOT_THE_ADDRESS.fullmatch(enhanced))
    return Refused(why, for_address=bool(_ADDRESS.fullmatch(enhanced)))


def reason(code: int, text: str) -> str:
    """Write a reply as it is kept: one line, cut, without the address that servers repeat."""
    words = _EMAIL.sub("[address]", " ".join(text.split()))
    return f"{code} {words}".strip()[:WORDS_MAX]
