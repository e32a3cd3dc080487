"""What stands behind the ``type`` of a problem: one page for each code."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Final

from ledgerline.api.errors import RETRY_AFTER_SECONDS
from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.refusals import NotFound
from ledgerline.api.statuses import STATUS
from ledgerline.base.errors import Rejected

HTML: Final = "text/html; charset=utf-8"
PATH: Final = "/docs/errors/{code}"
_BY_CODE: Final[Mapping[str, type[Rejected]]] = MappingProxyType(
    {kind.code: kind for kind in STATUS}
)
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{code}</title>
<h1>{code}</h1>
<p>{meaning}</p>
<p>HTTP status {status}. {again}</p>
</html>
"""


async def get(call: Call) -> Answer:
    """Say what a code means, and whether the same request may go through later."""
    kind = _BY_CODE.get(call.path["code"])
    if kind is None:
        raise NotFound("no refusal has this code")
    meaning = " ".join((kind.__doc__ or "").partition("\n\n")[0].replace("``", "").split())
    again = "The same request with the same key may go through later." * (
        kind in RETRY_AFTER_SECONDS
    )
    page = _PAGE.format(
        code=escape(kind.code), meaning=escape(meaning), status=STATUS[kind].value, again=again
    )
    return Answer(200, page.encode(), media_type=HTML)


OPERATIONS: Final = (
    Operation(
        name="get_error_page", method="GET", path=PATH,
        summary="Say what the code of a problem means", handle=get, gives={200: bytes},
        is_open=True, media_type=HTML,
    ),
)  # fmt: skip
