"""What callers note on an object, and which version of it they change."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from ledgerline.access import views
from ledgerline.access.rules.external_ids import sought
from ledgerline.api.operations import Call
from ledgerline.api.refusals import InvalidValue

MetadataKey = Annotated[str, Meta(min_length=1, max_length=40)]
MetadataValue = Annotated[str, Meta(max_length=500)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Meta(max_length=50)]
ExternalId = Annotated[str, Meta(pattern="^[!-~]{1,255}$")]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]

_IF_MATCH: Final = re.compile(r'"?([1-9][0-9]{0,9})"?')


def seen_of(call: Call) -> int:
    """Read which version a change was made on: from the body, or from ``If-Match``.

    Raises ``InvalidValue`` when neither says it, both say something else, or it is no version.
    """
    in_body: int | None = call.body.version
    header = call.headers.get("if-match")
    if header is None:
        if in_body is None:
            raise InvalidValue(
                "say which version you change: in version or If-Match", pointer="/version"
            )
        return in_body
    found = _IF_MATCH.fullmatch(header.strip())
    if found is None or in_body not in {None, int(found[1])}:
        raise InvalidValue("If-Match is not the version you change", pointer="/version")
    return int(found[1])


async def owner_of(call: Call, kind: str, external_id: str) -> UUID | None:
    """Find the object of a kind that an external id names; None when it names none."""
    key = sought(kind, external_id)
    async with call.run.reading() as read:
        found = await views.owner(
            read, lookup_bucket=key.lookup_bucket, kind=key.kind, key_hash=key.key_hash
        )
    return None if found is None else found.owner_id


def shown(metadata: str) -> Mapping[str, str]:
    """Show the metadata of an object."""
    found: dict[str, str] = json.loads(metadata)
    return found
