"""What people did: who, through which route, to what, and what was before and after."""

import json
from typing import Any, NamedTuple

from ledgerline.access import views
from ledgerline.access.rows import AuditAsked, AuditRow
from ledgerline.access.rules.people import actor_of
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.console.asking import Ask, id_in, path_of
from ledgerline.console.customers import PAGE, TOP
from ledgerline.console.filters import saved_of
from ledgerline.web.wire import Response


class Entry(NamedTuple):
    """An entry as it is shown: its object by name and page, and what changed."""

    row: AuditRow
    object: str
    path: str | None
    before: dict[str, Any]
    after: dict[str, Any]


async def show(ask: Ask) -> Response:
    """Show the audit log, the newest first, of everybody or of one."""
    by = ask.asked.get("by") or None
    asked = AuditAsked(
        before=id_in("audit_entry", ask.asked.get("after", "")) or TOP, actor=by, object_id=None,
        customer_id=None, limit=PAGE + 1,
    )  # fmt: skip
    async with ask.run.reading() as read:
        rows = await views.audit(read, asked)
        people = await views.people(read)
    following = encode(PREFIXES["audit_entry"], rows[PAGE - 1].id) if len(rows) > PAGE else ""
    return ask.page(
        "audit.html",
        {
            "saved": await saved_of(ask),
            "entries": [_entry(one) for one in rows[:PAGE]], "following": following, "by": by or "",
            "colleagues": {actor_of(one.id): one.name for one in people},
            "section": "/console/audit",
        },
    )  # fmt: skip


def _entry(row: AuditRow) -> Entry:
    kind, id = row.object_kind, row.object_id
    named = kind is not None and id is not None and kind in PREFIXES
    return Entry(
        row=row,
        object=encode(PREFIXES[kind], id) if named and kind and id else "",
        path=path_of(kind, id) if named and kind and id else None,
        before=json.loads(row.before or "{}"),
        after=json.loads(row.after or "{}"),
    )
