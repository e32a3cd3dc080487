"""Whether a webhook may be applied again because a person asks for it."""

from typing import Final

from ledgerline.base.saying import noted

UNKNOWN: Final = noted("there is no such event")
_ENDED: Final = {
    "applied": noted("it was applied: what it names has been looked at"),
    "received": noted("it is about to be looked at"),
}


def why_not(state: str, *, is_named: bool) -> str | None:
    """Say why a webhook is not applied again; None where it is.

    What waits is looked at sooner, and what was given up once more from its beginning. Both are
    safe: a webhook is a hint, and what it names is looked up before anything is booked. One that
    names nothing leads nowhere, however often it is read.
    """
    if state in _ENDED:
        return _ENDED[state]
    return None if is_named else noted("it names nothing that could be looked up")
