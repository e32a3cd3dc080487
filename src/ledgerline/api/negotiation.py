"""Whether an address gives what the caller accepts (RFC 9110 §12.5.1), told before it acts."""

import re
from typing import Final

from ledgerline.api.operations import Operation
from ledgerline.api.refusals import NotAcceptable

_RANGE: Final = re.compile(r"\s*(?P<type>[^\s/;,]+)/(?P<subtype>[^\s/;,]+)\s*(?P<rest>;.*)?")
_ZERO: Final = re.compile(r";\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)", re.IGNORECASE)


def refuse_unacceptable(accept: str | None, operation: Operation) -> None:
    """Refuse a caller that could not read what comes; raises ``NotAcceptable``.

    What is no list of media types is not heeded, and a refusal is a problem document to anybody.
    """
    if not accept:
        return
    ranges = [_RANGE.fullmatch(one) for one in accept.split(",")]
    wanted = operation.media_type.partition(";")[0]
    kind = wanted.partition("/")[0]
    best, excluded = -1, False
    for one in ranges:
        if one is None:
            return
        name = f"{one['type']}/{one['subtype']}".lower()
        if name in {wanted, f"{kind}/*", "*/*"}:
            closeness = ("*/*", f"{kind}/*", wanted).index(name)
            if closeness > best:
                best, excluded = closeness, _ZERO.search(one["rest"] or "") is not None
    if best < 0 or excluded:
        raise NotAcceptable(f"this address gives {wanted}", gives=wanted)
